/* sentence.h - puts a reason (struct because) into words: the catalogue of decode/sentences.h with its placeholders
 * filled.
 *
 * The catalogue is ours, so the text needs no escaping.
 */
#ifndef SYNFIN_REPORT_SENTENCE_H
#define SYNFIN_REPORT_SENTENCE_H

#include "base/text.h"
#include "decode/connection.h"
#include "decode/sentences.h"

/* Appends the sentence; nothing for SENTENCE_NONE. `of` tells which end is the client; NULL: the ends are "the sender"
 * and "the receiver". */
void sentence_text(struct text *t, const struct conversation *of, const struct because *because);

/* The section behind a move: the arc's, but the sentence's own where it is not the one that the arc has. */
const char *sentence_rfc(const struct because *because, unsigned arc);

#endif

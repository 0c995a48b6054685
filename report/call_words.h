/* call_words.h - recorded calls in words: with their arguments and results, for ladders and for reasons.
 *
 * What comes from the calls file is harmless already (capture/call.h).
 */
#ifndef SYNFIN_REPORT_CALL_WORDS_H
#define SYNFIN_REPORT_CALL_WORDS_H

#include "base/text.h"
#include "capture/call.h"
#include "report/scenes.h"

enum { CALL_WORD_ROOM = 96 };

/* "connect(:6666)", "recv()=5", "= refused": as much as fits into `width` columns, nothing cut in the middle; the
 * shortest form where nothing fits. A name that would be lost so may take up to `room` columns: "send=EPIPE". */
void call_word(char out[CALL_WORD_ROOM], const struct true_call *call, enum call_part part, unsigned width,
               unsigned room);

/* "connect(10.9.0.1:6666) on socket 3 returned 0 after 30.1 ms.", with what the result means; or that it is made.
 * returned: as far as is known at the present. */
void call_sentence(struct text *t, const struct true_call *call, bool returned);

#endif

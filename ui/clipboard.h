/* clipboard.h - the escape sequence that puts text into the clipboard of the terminal's own machine: OSC 52.
 *
 * xterm's control sequences, "Operating System Commands", Ps = 52. Nobody answers: whether the terminal took it
 * cannot be known. tmux drops it unless `set-clipboard` is on, and lets a wrapped one through only where
 * `allow-passthrough` is on (always before 3.3), so it gets both; the same text twice does no harm.
 */
#ifndef SYNFIN_UI_CLIPBOARD_H
#define SYNFIN_UI_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum multiplexer { MULTIPLEXER_NONE, MULTIPLEXER_TMUX, MULTIPLEXER_SCREEN };

/* From the values of TERM, TMUX and STY, each of which may be NULL. */
enum multiplexer multiplexer_of(const char *term, const char *tmux, const char *sty);

/* Appends the sequence. False: more than 74,000 bytes of base64 (55,500 of text), or memory ran out. */
bool clipboard_sequence(struct text *t, enum multiplexer multiplexer, const char *bytes, size_t length);

#endif

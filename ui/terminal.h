/* terminal.h - the terminal: cells out, keys in. The only file behind it, terminal.c, includes curses.h.
 *
 * What is drawn is a canvas; curses sends only what differs from what stands there. Whatever ends the program - a
 * signal, a failed assertion, exit() - the terminal is given back as it was.
 */
#ifndef SYNFIN_UI_TERMINAL_H
#define SYNFIN_UI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/canvas.h"
#include "ui/key.h"
#include "ui/theme.h"

struct terminal;

struct terminal_options {
    bool ascii;                   /* no characters beyond ASCII */
    bool mono;                    /* NO_COLOR, or asked for: attributes only */
    enum theme theme;
};

/* Takes the terminal of standard input and output over. NULL: it is none, or TERM is not known; `error` says what to
 * do (EXIT_OUTPUT). One at a time. */
struct terminal *terminal_open(const struct terminal_options *options, struct error *error);

/* Gives it back; NULL is fine. */
void terminal_close(struct terminal *terminal);

void terminal_size(const struct terminal *terminal, unsigned *width, unsigned *height);

/* Draws what differs. The canvas may be of another size than the terminal. */
void terminal_show(struct terminal *terminal, const struct canvas *canvas);

/* Draws everything anew at the next terminal_show(): after something else has written there. */
void terminal_redraw(struct terminal *terminal);

/* The next key that has come; false: none waits. Never waits itself, except for the rest of an escape sequence (25 ms). */
bool terminal_key(struct terminal *terminal, struct key *key);

/* Descriptors to poll for reading, at most 2: keys, and a pipe that a new size or SIGCONT writes to. Gives how many. */
unsigned terminal_descriptors(const struct terminal *terminal, int descriptors[2]);

void terminal_theme(struct terminal *terminal, enum theme theme);

/* Copies text to the clipboard by OSC 52, through tmux and screen too. False: longer than terminals take (74,000
 * bytes), or it cannot be written. */
bool terminal_copy(struct terminal *terminal, const char *bytes, size_t length);

#endif

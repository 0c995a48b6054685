/* terminal.h - the terminal: cells out, keys in. Of the files behind it only terminal.c includes curses.h.
 *
 * What is drawn is a canvas; curses sends only what differs from what stands there. No character that is not
 * printable and one column wide is ever sent (glyph.h). Whatever ends the program - a signal, a failed assertion,
 * exit() - the terminal is given back as it was (restore.h). Ctrl-C is SIGINT and ends the program; who has to
 * finish something first catches it after terminal_open() and closes the terminal. Ctrl-Z stops it, with the
 * terminal given back, at the next terminal_key().
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
    bool mono;                    /* attributes only; NO_COLOR in the environment asks for the same */
    enum theme theme;
};

/* Takes the terminal of standard output over; keys come from standard input, or from /dev/tty where that is no
 * terminal (frames come through it). Sets LC_CTYPE from the environment: where it is not UTF-8, only ASCII is
 * drawn. NULL: there is no terminal, or TERM is not known; `error` says what to do (EXIT_OUTPUT). One at a time. */
struct terminal *terminal_open(const struct terminal_options *options, struct error *error);

/* Gives it back; NULL is fine. */
void terminal_close(struct terminal *terminal);

/* At most 2000x1000, whatever the terminal says. Changes only in terminal_key(), which tells PRESS_RESIZED. */
void terminal_size(const struct terminal *terminal, unsigned *width, unsigned *height);

/* Draws what differs. The canvas may be of another size than the terminal. */
void terminal_show(struct terminal *terminal, const struct canvas *canvas);

/* Draws everything anew at the next terminal_show(): after something else has written there. */
void terminal_redraw(struct terminal *terminal);

/* The next key that has come; false: none waits. To be called until then, since some may have been read already,
 * when no descriptor tells of them. Never waits itself, except for the rest of an escape sequence (25 ms), and
 * where Ctrl-Z was pressed: then the process stops here. After PRESS_GONE only that follows. */
bool terminal_key(struct terminal *terminal, struct key *key);

/* Descriptors to poll for reading, at most 2: keys, and a pipe that a new size or SIGCONT writes to. Gives how many. */
unsigned terminal_descriptors(const struct terminal *terminal, int descriptors[2]);

void terminal_theme(struct terminal *terminal, enum theme theme);

/* Sends text to the clipboard by OSC 52, through tmux and screen too. False: longer than terminals take (55,500 bytes,
 * 74,000 in base64), or it cannot be written. True does not say that the terminal took it: it never answers. */
bool terminal_copy(struct terminal *terminal, const char *bytes, size_t length);

#endif

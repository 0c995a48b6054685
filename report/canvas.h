/* canvas.h - a field of character cells that views draw into: for text, for the screen, for tests.
 *
 * A cell holds one Unicode character that takes one column, and the role it plays; what colour a role has is not known
 * here. Drawing outside the canvas is cut off, so a view need not measure first. ASCII comes from the same cells
 * through one table.
 */
#ifndef SYNFIN_REPORT_CANVAS_H
#define SYNFIN_REPORT_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum role {
    ROLE_PLAIN,
    ROLE_CLIENT,
    ROLE_SERVER,
    ROLE_STATE,                   /* a state where it changes */
    ROLE_CALL,
    ROLE_LINE,                    /* life lines, frames */
    ROLE_TROUBLE,                 /* sent again, lost, reset */
    ROLE_QUIET,                   /* silence, what was left out */
    ROLE_COUNT
};

struct cell {
    uint32_t character;           /* 0: a blank */
    uint32_t role;                /* enum role */
};

struct canvas {
    struct cell *cells;           /* owned, row by row; NULL when memory ran out: drawing has no effect */
    unsigned width, height;
};

/* Blank. */
struct canvas canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);

void canvas_put(struct canvas *canvas, unsigned x, unsigned y, enum role role, uint32_t character);

/* UTF-8 text of ours, each character one column; gives the column behind it. */
unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s);

/* The same, ending before column x. */
void canvas_text_right(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s);

/* `count` times the same character from column x on. */
void canvas_line(struct canvas *canvas, unsigned x, unsigned y, unsigned count, enum role role, uint32_t character);

/* A row as text, without the blanks at its end and without a newline. */
void canvas_row(const struct canvas *canvas, unsigned y, bool ascii, struct text *t);

/* What stands for a character where there is only ASCII. */
char canvas_ascii(uint32_t character);

#endif

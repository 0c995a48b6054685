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
    ROLE_HEADING,                 /* titles of screens, panes and columns */
    ROLE_KEY,                     /* the key that does it */
    ROLE_NOW,                     /* the present: the selected segment's mark, the lit state */
    ROLE_GOOD,                    /* answered right, where synfin and the kernel agree */
    ROLE_COUNT,
    ROLE_SELECTED = 0x100         /* a bit beside any role: the row that the keys act on */
};

struct cell {
    uint32_t character;           /* 0: a blank */
    uint32_t role;                /* enum role, perhaps with ROLE_SELECTED */
};

struct canvas {
    struct cell *cells;           /* owned, row by row; NULL when memory ran out: drawing has no effect */
    unsigned width, height;
};

/* Blank. */
struct canvas canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);

/* `role` may have ROLE_SELECTED, here and below. */
void canvas_put(struct canvas *canvas, unsigned x, unsigned y, enum role role, uint32_t character);

/* UTF-8 text of ours, each character one column; gives the column behind it. */
unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s);

/* The same, ending before column x. */
void canvas_text_right(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s);

/* `count` times the same character from column x on. */
void canvas_line(struct canvas *canvas, unsigned x, unsigned y, unsigned count, enum role role, uint32_t character);

/* Copies `from` to (x, y), cut off at the edges; blanks too. */
void canvas_copy(struct canvas *canvas, unsigned x, unsigned y, const struct canvas *from);

/* Marks `count` cells from (x, y) on as selected; blanks too. */
void canvas_select(struct canvas *canvas, unsigned x, unsigned y, unsigned count);

/* A row as text, without the blanks at its end and without a newline. */
void canvas_row(const struct canvas *canvas, unsigned y, bool ascii, struct text *t);

/* What stands for a character where there is only ASCII. */
char canvas_ascii(uint32_t character);

#endif

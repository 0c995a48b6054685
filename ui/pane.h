/* pane.h - what panes share: which steps of the story may be used, and paragraphs on a canvas.
 */
#ifndef SYNFIN_UI_PANE_H
#define SYNFIN_UI_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "report/canvas.h"
#include "ui/view.h"

/* The present has a conversation, and what is known of it. */
bool pane_has_story(const struct present *present);

/* Why nothing of the selected row is shown: it has not begun by a present behind which nothing is shown, it is being
 * read, or none is selected. */
const char *pane_no_story(const struct present *present);

/* The first so many steps of the story are not later than the present. */
size_t pane_steps_by_now(const struct present *present);

/* The first of `count` lines to show in `height` rows, so that line `at` stands two thirds down where it can: the
 * same wherever one came from. SIZE_MAX: no line in particular. */
size_t pane_top(size_t at, size_t count, size_t height);

/* The column of a moment on a line of `width` columns from `first` to `last`. */
unsigned pane_place(nanoseconds time, nanoseconds first, nanoseconds last, unsigned width);

/* No connection or flow is selected, or nothing is known of it yet: says so. */
bool pane_is_empty(const struct present *present, struct canvas *canvas);

/* A paragraph of our own words, broken to `width` columns, from row y on; gives the row behind it. `words` is freed. */
unsigned pane_paragraph(struct canvas *canvas, unsigned x, unsigned y, unsigned width, enum role role,
                        struct text *words);

/* The same for a sentence. */
unsigned pane_say(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *words);

/* A text of ours at (x, y), freed; gives the column behind it. */
unsigned pane_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, struct text *words);

#endif

/* plot.h - a field with a time axis and a value axis, on part of a canvas: what every graph draws into.
 *
 * Time runs to the right from `from` to `to`, values upwards from 0 to `most`. A cell has two halves (dots) or eight
 * eighths (bars). What is later than the present is quiet. Only integers: the same everywhere.
 */
#ifndef SYNFIN_UI_PLOT_H
#define SYNFIN_UI_PLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "report/canvas.h"

enum { PLOT_COLUMNS_MAX = 1024 };
enum plot_unit { PLOT_BYTES, PLOT_BYTES_A_SECOND, PLOT_TIME };

struct plot {
    struct canvas *canvas;
    unsigned x, y, width, height; /* of the field itself; axes stand left of it and below */
    nanoseconds from, to;
    nanoseconds now;              /* of the present; before `from`: it has not begun */
    uint64_t most;
};

/* Places a plot in rows top to bottom - 1 of the canvas, with a scale that reaches `most` and has round numbers on it,
 * and draws its axes. False: there is no room. */
bool plot_open(struct plot *plot, struct canvas *canvas, unsigned top, unsigned bottom, nanoseconds from,
               nanoseconds to, nanoseconds now, uint64_t most, enum plot_unit unit);

/* The column of a time, clamped to the field; and when that column begins. */
unsigned plot_column(const struct plot *plot, nanoseconds time);
nanoseconds plot_time(const struct plot *plot, unsigned column);

/* The half row of a value, from the bottom; clamped. */
unsigned plot_half(const struct plot *plot, uint64_t value);

/* ROLE_QUIET for what is later than the present, else `role`. */
enum role plot_role(const struct plot *plot, nanoseconds time, enum role role);

void plot_dot(struct plot *plot, unsigned column, unsigned half, enum role role);
void plot_bar(struct plot *plot, unsigned column, uint64_t value, enum role role);
void plot_character(struct plot *plot, unsigned column, uint64_t value, enum role role, uint32_t character);

/* From one column's value to the next one's: flat, and upright where it changes. values[i] < 0: none. */
void plot_line(struct plot *plot, const int64_t *values, enum role role, uint32_t flat, uint32_t upright);

/* The present: a line through what is blank, and a mark on the axis. Drawn last. */
void plot_now(struct plot *plot);

/* "1.5k", "1.5 kB/s", "30 ms". */
void plot_value(struct text *t, uint64_t value, enum plot_unit unit);

#endif

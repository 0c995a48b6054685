/* figure.h - RFC 9293 figure 5 as a drawing on a canvas, in two sizes.
 *
 * The arcs are those of tcp_arcs, found by the state they leave and their event; what is drawn of them here is only
 * where they run. CLOSED stands at the top, before a connection, and at the bottom, after it. What the figure leaves
 * to its notes, and arcs that would only cross others, are not drawn; figure_draws() tells.
 */
#ifndef SYNFIN_UI_FIGURE_H
#define SYNFIN_UI_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/tcp_state.h"
#include "report/canvas.h"

enum { FIGURE_AFTER = STATE_COUNT, FIGURE_PLACES };   /* places by enum tcp_state; CLOSED after the connection */
enum figure_side { FIGURE_CLIENT, FIGURE_SERVER };

/* Where the two ends are, and which way they came; arcs as bits by their index in tcp_arcs. */
struct figure_way {
    uint64_t taken[2];            /* by side */
    uint64_t last[2];             /* of the last move */
    uint8_t place[2];             /* STATE_UNKNOWN: nowhere */
    bool supposed[2];             /* nothing of that end was heard: "S?" instead of "S>" */
};

struct figure;

/* The larger one that fits into so many cells, or NULL. */
const struct figure *figure_fitting(unsigned width, unsigned height);

unsigned figure_width(const struct figure *figure);
unsigned figure_height(const struct figure *figure);

/* It has a line for this arc. */
bool figure_draws(const struct figure *figure, unsigned arc);

void figure_draw(const struct figure *figure, const struct figure_way *way, struct canvas *canvas, unsigned x,
                 unsigned y);

#endif

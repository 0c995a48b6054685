/* graph.h - what the graphs share: the steps that count, and numbers relative to the beginning.
 *
 * A graph is of one direction: what `from` sends and the other end acknowledges. Segments that nobody believed, second
 * captures of a frame and RSTs are left out: their numbers prove nothing. A graph goes over the scenes a few times, and
 * keeps nothing between drawings.
 */
#ifndef SYNFIN_UI_GRAPH_H
#define SYNFIN_UI_GRAPH_H

#include "ui/plot.h"
#include "ui/view.h"

struct graph {
    const struct present *present;
    struct canvas *canvas;
    bool tcp;
    size_t scenes;                /* that may be used */
    unsigned from;                /* end of the key whose direction it is */
    bool numbered[2];             /* base is known */
    uint32_t base[2];             /* sequence number of the SYN; without it, one less than the first seen */
    nanoseconds begin, end;       /* times of the first and last unit */
    nanoseconds now;              /* of the present; before begin: it has not begun */
    unsigned payloads[2];         /* units with payload, by end */
};

/* The unit of scene i that counts, or NULL. */
const struct step *graph_unit(const struct graph *graph, size_t i);

uint32_t graph_payload(const struct step *unit);

/* A sequence number of `end` relative to its base; false: before it, or there is none. */
bool graph_relative(const struct graph *graph, unsigned end, uint32_t seq, uint32_t *relative);

/* The window that a segment advertises, in bytes. False: it is scaled, and by how much is not known. */
bool graph_window(const struct graph *graph, const struct step *segment, uint32_t *window);

enum role graph_role(const struct graph *graph, unsigned end);

/* A sign and what it means, in the row above the plot; gives the column behind. */
unsigned graph_legend(struct canvas *canvas, unsigned x, unsigned y, enum role role, uint32_t sign, const char *means);

/* Says in the middle why there is no graph. */
void graph_empty(struct canvas *canvas, const char *words);

void graph_sequence(const struct graph *graph);
void graph_round_trips(const struct graph *graph);
void graph_throughput(const struct graph *graph);
void graph_windows(const struct graph *graph);

#endif

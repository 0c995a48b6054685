/* Time-sequence, as in Stevens: each segment where it lies in the stream, and how far the other end acknowledged. */
#include <string.h>

#include "ui/graph.h"

enum { LEGEND_COLUMNS = 56 };      /* of the legend in full */

struct lines {
    int64_t ack[PLOT_COLUMNS_MAX];    /* by column: highest acknowledged; -1: nothing yet */
    int64_t edge[PLOT_COLUMNS_MAX];   /* acknowledged + window */
};

static uint64_t highest(const struct graph *g)
{
    uint32_t most = 1, relative;
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        if (unit && unit->who == g->from && graph_relative(g, g->from, unit->segment.seq, &relative) &&
            relative + unit->segment.payload > most)
            most = relative + unit->segment.payload;
    }
    return most;
}

static void find_lines(const struct graph *g, const struct plot *p, struct lines *lines)
{
    int64_t ack = -1, edge = -1;
    unsigned column = 0;
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        uint32_t relative, window;
        if (!unit || unit->who == g->from || !(unit->segment.flags & TCP_ACK) ||
            !graph_relative(g, g->from, unit->segment.ack, &relative))
            continue;
        for (unsigned to = plot_column(p, unit->time); column < to; column++) {
            lines->ack[column] = ack;
            lines->edge[column] = edge;
        }
        if (relative <= p->most && relative > ack)
            ack = relative;
        if (graph_window(g, unit, &window))
            edge = (uint64_t)relative + window <= p->most ? (int64_t)relative + window : -1;
    }
    for (unsigned last = plot_column(p, g->end); column < p->width; column++) {
        lines->ack[column] = column <= last ? ack : -1;
        lines->edge[column] = column <= last ? edge : -1;
    }
}

static void draw_segment(const struct graph *g, struct plot *p, const struct step *unit)
{
    uint32_t seq;
    if (!graph_relative(g, g->from, unit->segment.seq, &seq))
        return;
    unsigned column = plot_column(p, unit->time), payload = unit->segment.payload;
    bool again = unit->segment.marks & MARKS_SENT_AGAIN;
    enum role role = plot_role(p, unit->time, graph_role(g, g->from));
    if (payload && !again) {
        unsigned last = plot_half(p, (uint64_t)seq + payload - 1);
        for (unsigned half = plot_half(p, seq); half <= last; half++)
            plot_dot(p, column, half, role);
    }
    if (again)
        plot_character(p, column, seq, plot_role(p, unit->time, ROLE_TROUBLE), 'R');
    else if (unit->segment.flags & TCP_SYN)
        plot_character(p, column, seq, role, 'S');
    else if (unit->segment.flags & TCP_FIN)
        plot_character(p, column, (uint64_t)seq + payload, role, 'F');
}

static void draw_segments(const struct graph *g, struct plot *p, bool again)
{
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        if (unit && unit->who == g->from && again == ((unit->segment.marks & MARKS_SENT_AGAIN) != 0))
            draw_segment(g, p, unit);
    }
}

void graph_sequence(const struct graph *g)
{
    struct plot p;
    struct lines lines;
    if (!g->tcp) {
        graph_empty(g->canvas, "UDP has no sequence numbers: nobody could tell that a datagram is missing or late.");
        return;
    }
    if (!g->payloads[g->from]) {
        graph_empty(g->canvas, "No data was sent this way.");
        return;
    }
    unsigned top = g->canvas->height > 6 ? 1 : 0;
    if (!plot_open(&p, g->canvas, top, g->canvas->height, g->begin, g->end, g->now, highest(g), PLOT_BYTES))
        return;
    find_lines(g, &p, &lines);
    plot_line(&p, lines.edge, ROLE_LINE, 0x2504, ' ');
    plot_line(&p, lines.ack, graph_role(g, !g->from), 0x2500, 0x2502);
    draw_segments(g, &p, false);
    draw_segments(g, &p, true);
    plot_now(&p);
    if (!top)
        return;
    bool narrow = g->canvas->width < LEGEND_COLUMNS;
    unsigned x = graph_legend(g->canvas, 0, 0, graph_role(g, g->from), 0x2588, narrow ? "sent" : "segment");
    x = graph_legend(g->canvas, x, 0, graph_role(g, !g->from), 0x2500, narrow ? "acked" : "acknowledged");
    x = graph_legend(g->canvas, x, 0, ROLE_TROUBLE, 'R', narrow ? "again" : "sent again");
    graph_legend(g->canvas, x, 0, ROLE_LINE, 0x2504, narrow ? "window" : "window's edge");
}

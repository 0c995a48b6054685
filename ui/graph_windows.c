/* Window and bytes in flight: how much the receiver would take, and how much is on its way. */
#include <string.h>

#include "decode/sequence.h"
#include "report/words.h"
#include "ui/graph.h"

enum { LEGEND_COLUMNS = 78 };      /* of the legend in full */

struct values {
    int64_t window[PLOT_COLUMNS_MAX];   /* by column, as it stood at its end; -1: not known */
    int64_t flight[PLOT_COLUMNS_MAX];   /* the most in it */
    bool zero[PLOT_COLUMNS_MAX];        /* a window of 0 was advertised in it */
};

/* The stream as it stands after a step. */
struct standing {
    bool sent, acknowledged;
    uint32_t next, ack;
    int64_t window, flight;
    bool zero;
};

static void take(const struct graph *g, struct standing *s, const struct step *unit)
{
    s->zero = false;
    if (unit->who == g->from) {
        uint32_t end = unit->segment.seq + unit->segment.payload +
                       ((unit->segment.flags & TCP_SYN) != 0) + ((unit->segment.flags & TCP_FIN) != 0);
        if (!s->sent || seq_after(end, s->next))
            s->next = end;
        s->sent = true;
    } else {
        uint32_t window;
        if (unit->segment.flags & TCP_ACK && (!s->acknowledged || seq_after(unit->segment.ack, s->ack))) {
            s->ack = unit->segment.ack;
            s->acknowledged = true;
        }
        if (unit->segment.known >= 16) {
            s->window = graph_window(g, unit, &window) ? (int64_t)window : -1;
            s->zero = unit->segment.window == 0;
        }
    }
    s->flight = s->sent && s->acknowledged ? seq_minus(s->next, s->ack) : -1;
    if (s->flight < 0)
        s->flight = s->sent && s->acknowledged ? 0 : -1;
}

static uint64_t highest(const struct graph *g, bool *zero)
{
    struct standing s = { .window = -1, .flight = -1 };
    int64_t most = 1;
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        if (!unit)
            continue;
        take(g, &s, unit);
        most = s.window > most ? s.window : most;
        most = s.flight > most ? s.flight : most;
        *zero |= s.zero;
    }
    return (uint64_t)most;
}

static void find_values(const struct graph *g, const struct plot *p, struct values *v)
{
    struct standing s = { .window = -1, .flight = -1 };
    unsigned column = 0;
    memset(v->zero, 0, sizeof v->zero);
    v->flight[0] = -1;
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        if (!unit)
            continue;
        for (unsigned to = plot_column(p, unit->time); column < to;) {
            v->window[column++] = s.window;
            v->flight[column] = s.flight;
        }
        take(g, &s, unit);
        if (s.flight > v->flight[column])
            v->flight[column] = s.flight;
        v->zero[column] |= s.zero;
    }
    v->window[column++] = s.window;
    for (; column < p->width; column++)
        v->window[column] = v->flight[column] = -1;
}

static void legend(const struct graph *g, bool zero, bool unscaled)
{
    bool client = g->from == g->present->of->client;
    bool narrow = g->canvas->width < LEGEND_COLUMNS;
    unsigned x = graph_legend(g->canvas, 0, 0, graph_role(g, g->from), 0x2588,
                              narrow ? "in flight" : client ? "client's bytes in flight" : "server's bytes in flight");
    x = graph_legend(g->canvas, x, 0, graph_role(g, !g->from), 0x2550, client ? "server's window" : "client's window");
    if (unscaled)
        canvas_text(g->canvas, x, 0, ROLE_QUIET, narrow ? "not known" : "(not known: its scale was not heard)");
    else if (zero)
        graph_legend(g->canvas, x, 0, ROLE_TROUBLE, '0', narrow ? "closed" : "closed: the sender must wait");
}

void graph_windows(const struct graph *g)
{
    struct plot p;
    struct values v;
    bool zero = false;
    if (!g->tcp) {
        graph_empty(g->canvas, "UDP has no window: nothing stops a sender that is faster than the receiver reads.");
        return;
    }
    uint64_t most = highest(g, &zero);
    unsigned top = g->canvas->height > 6 ? 1 : 0;
    if (!plot_open(&p, g->canvas, top, g->canvas->height, g->begin, g->end, g->now, most, PLOT_BYTES))
        return;
    find_values(g, &p, &v);
    bool unscaled = true;
    for (unsigned i = 0; i < p.width; i++) {
        unscaled = unscaled && v.window[i] < 0;
        if (v.flight[i] > 0)
            plot_bar(&p, i, (uint64_t)v.flight[i], plot_role(&p, plot_time(&p, i), graph_role(g, g->from)));
    }
    plot_line(&p, v.window, graph_role(g, !g->from), 0x2550, 0x2551);
    for (unsigned i = 0; i < p.width; i++)
        if (v.zero[i])
            plot_character(&p, i, 0, plot_role(&p, plot_time(&p, i), ROLE_TROUBLE), '0');
    plot_now(&p);
    if (top)
        legend(g, zero, unscaled);
}

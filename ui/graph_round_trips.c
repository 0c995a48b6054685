/* Round trips: for each ACK how long ago what it acknowledges was sent; of a flow, request to reply. */
#include "report/words.h"
#include "ui/graph.h"

struct samples {
    unsigned count;
    nanoseconds least, most, sum;
};

/* Calls `found` with each sample; `p` NULL while the scale is not known. */
static void each(const struct graph *g, struct samples *samples, struct plot *p)
{
    const struct step *request = NULL;
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        nanoseconds rtt = -1;
        if (!unit)
            continue;
        if (unit->who == g->from) {
            request = unit;
            continue;
        }
        if (g->tcp) {
            rtt = unit->segment.ack_rtt;
        } else if (request) {
            rtt = unit->time - request->time;
            request = NULL;
        }
        if (rtt < 0)
            continue;
        if (p) {
            plot_character(p, plot_column(p, unit->time), (uint64_t)rtt,
                           plot_role(p, unit->time, graph_role(g, g->from)), '*');
            continue;
        }
        samples->least = samples->count++ && samples->least < rtt ? samples->least : rtt;
        samples->most = samples->most > rtt ? samples->most : rtt;
        samples->sum += rtt;
    }
}

static void heading(const struct graph *g, const struct samples *s)
{
    struct text t = {0};
    text_string(&t, g->tcp ? "* data to its ACK" : "* request to reply");
    text_string(&t, ": least ");
    words_duration(&t, s->least);
    text_string(&t, ", mean ");
    words_duration(&t, s->sum / s->count);
    text_string(&t, ", most ");
    words_duration(&t, s->most);
    text_format(&t, "; %u sample%s", s->count, s->count == 1 ? "" : "s");
    text_char(&t, '\0');
    if (!t.failed)
        canvas_text(g->canvas, 0, 0, ROLE_PLAIN, t.bytes);
    text_free(&t);
}

void graph_round_trips(const struct graph *g)
{
    struct samples samples = { .count = 0 };
    struct plot p;
    each(g, &samples, NULL);
    if (!samples.count) {
        graph_empty(g->canvas, g->tcp ? "No round trip was measured: nothing was sent this way, or nothing acknowledged."
                                      : "No datagram this way was answered.");
        return;
    }
    unsigned top = g->canvas->height > 6 ? 1 : 0;
    if (!plot_open(&p, g->canvas, top, g->canvas->height, g->begin, g->end, g->now, (uint64_t)samples.most, PLOT_TIME))
        return;
    each(g, &samples, &p);
    plot_now(&p);
    if (top)
        heading(g, &samples);
}

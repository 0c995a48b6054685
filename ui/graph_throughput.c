/* Throughput: payload a second, of what passed while a column lasts; what was sent again counts too. */
#include <string.h>

#include "report/words.h"
#include "ui/graph.h"

enum { BOTH_HEIGHT = 14 };        /* rows from which on both directions are drawn */

static void bins(const struct graph *g, unsigned from, const struct plot *p, uint64_t *bytes)
{
    memset(bytes, 0, PLOT_COLUMNS_MAX * sizeof *bytes);
    for (size_t i = 0; i < g->scenes; i++) {
        const struct step *unit = graph_unit(g, i);
        if (unit && unit->who == from)
            bytes[plot_column(p, unit->time)] += graph_payload(unit);
    }
}

/* Bytes in `duration`, a second. */
static uint64_t rate(uint64_t bytes, nanoseconds duration)
{
    uint64_t us = (uint64_t)(duration / NS_PER_US) ? (uint64_t)(duration / NS_PER_US) : 1;
    return bytes < UINT64_MAX / 1000000 ? bytes * 1000000 / us : bytes / us * 1000000;
}

static void heading(const struct graph *g, unsigned from, unsigned y, nanoseconds column, uint64_t total)
{
    struct text t = {0};
    text_string(&t, from == g->present->of->client ? "client -> server: " : "server -> client: ");
    words_count(&t, total, "byte", "bytes");
    if (g->end > g->begin) {
        text_string(&t, ", mean ");
        plot_value(&t, rate(total, g->end - g->begin), PLOT_BYTES_A_SECOND);
        text_string(&t, "; a column is ");
        words_duration(&t, column);
    }
    text_char(&t, '\0');
    if (!t.failed)
        canvas_text(g->canvas, 0, y, graph_role(g, from), t.bytes);
    text_free(&t);
}

static void draw_one(const struct graph *g, unsigned from, unsigned top, unsigned bottom)
{
    struct plot p;
    uint64_t bytes[PLOT_COLUMNS_MAX], most = 1, total = 0;
    unsigned row = bottom - top > 6 ? 1 : 0;
    /* Once without a canvas: how wide it is decides how long a column lasts, and so how high the scale must be. */
    struct canvas nowhere = { .cells = NULL, .width = g->canvas->width, .height = g->canvas->height };
    if (!plot_open(&p, &nowhere, top + row, bottom, g->begin, g->end, g->now, 1, PLOT_BYTES_A_SECOND))
        return;
    nanoseconds column = (p.to - p.from) / (p.width > 1 ? p.width - 1 : 1);
    bins(g, from, &p, bytes);
    for (unsigned i = 0; i < p.width; i++) {
        total += bytes[i];
        most = rate(bytes[i], column) > most ? rate(bytes[i], column) : most;
    }
    plot_open(&p, g->canvas, top + row, bottom, g->begin, g->end, g->now, most, PLOT_BYTES_A_SECOND);
    for (unsigned i = 0; i < p.width; i++)
        plot_bar(&p, i, rate(bytes[i], column), plot_role(&p, plot_time(&p, i), graph_role(g, from)));
    plot_now(&p);
    if (row)
        heading(g, from, top, column, total);
}

void graph_throughput(const struct graph *g)
{
    unsigned height = g->canvas->height, client = g->present->of->client;
    if (!g->payloads[0] && !g->payloads[1])
        graph_empty(g->canvas, "No data was sent.");
    else if (height >= BOTH_HEIGHT && g->payloads[0] && g->payloads[1]) {
        draw_one(g, client, 0, height / 2);
        draw_one(g, !client, height / 2, height);
    } else if (g->payloads[g->from]) {
        draw_one(g, g->from, 0, height);
    } else {
        graph_empty(g->canvas, "No data was sent this way.");
    }
}

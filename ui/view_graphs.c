/* The pane Graphs: one of four pictures over time, of one direction. */
#include "ui/graph.h"

#include "decode/sequence.h"
#include "ui/pane.h"

enum picture { PICTURE_SEQUENCE, PICTURE_ROUND_TRIPS, PICTURE_THROUGHPUT, PICTURE_WINDOWS, PICTURES };
enum way { WAY_ANY, WAY_TO_SERVER, WAY_TO_CLIENT };   /* any: the one with more payload; of a flow the client's */

static const struct {
    const char *name;
    void (*draw)(const struct graph *graph);
} pictures[PICTURES] = {
    { "time-sequence", graph_sequence },
    { "round trips", graph_round_trips },
    { "throughput", graph_throughput },
    { "window", graph_windows },
};

struct remembered {
    uint8_t picture, way;
    uint8_t shown;                /* the way of the last drawing */
};

/* --- what the graphs share --- */

const struct step *graph_unit(const struct graph *g, size_t i)
{
    const struct scene *scene = &g->present->scenes->scenes[i];
    const struct step *unit = scene->unit;
    if (!unit || unit->who >= NO_END || scene->refused)
        return NULL;
    if (unit->kind == EVENT_TCP_SEGMENT && (unit->segment.duplicate_of || unit->segment.flags & TCP_RST))
        return NULL;
    return unit;
}

uint32_t graph_payload(const struct step *unit)
{
    return unit->kind == EVENT_TCP_SEGMENT ? unit->segment.payload : unit->datagram.payload;
}

bool graph_relative(const struct graph *g, unsigned end, uint32_t seq, uint32_t *relative)
{
    *relative = seq - g->base[end];
    return g->numbered[end] && !seq_before(seq, g->base[end]);
}

bool graph_window(const struct graph *g, const struct step *segment, uint32_t *window)
{
    const struct connection *c = as_connection(g->present->of);
    unsigned who = segment->who;
    bool both = c->peer[0].facts & (PEER_SYN | PEER_SYN_ACK) && c->peer[1].facts & (PEER_SYN | PEER_SYN_ACK);
    uint8_t scale = c->peer[who].window_scale, others = c->peer[!who].window_scale;
    if (segment->segment.flags & TCP_SYN || (both && (scale > 14 || others > 14)))   /* RFC 7323 2.2: both, or none */
        scale = 0;
    else if (!both)
        return false;
    *window = (uint32_t)segment->segment.window << scale;
    return true;
}

enum role graph_role(const struct graph *g, unsigned end)
{
    return end == g->present->of->client ? ROLE_CLIENT : ROLE_SERVER;
}

unsigned graph_legend(struct canvas *canvas, unsigned x, unsigned y, enum role role, uint32_t sign, const char *means)
{
    canvas_put(canvas, x, y, role, sign);
    return canvas_text(canvas, x + 2, y, ROLE_PLAIN, means) + 2;
}

void graph_empty(struct canvas *canvas, const char *words)
{
    pane_say(canvas, 1, canvas->height > 3 ? canvas->height / 3 : 0, ROLE_QUIET, words);
}

/* --- the pane --- */

static void begin(struct graph *g, const struct step *unit)
{
    if (g->begin > g->end)
        g->begin = g->end = unit->time;
    g->begin = unit->time < g->begin ? unit->time : g->begin;
    g->end = unit->time > g->end ? unit->time : g->end;
    g->payloads[unit->who] += graph_payload(unit) > 0;
    if (!g->tcp)
        return;
    bool syn = unit->segment.flags & TCP_SYN;
    if (!g->numbered[unit->who] || syn) {
        g->base[unit->who] = unit->segment.seq - !syn;
        g->numbered[unit->who] = true;
    }
}

static struct graph graph_of(const struct present *present, struct canvas *canvas, unsigned way)
{
    const struct scenes *s = present->scenes;
    bool begun = present->scene < s->count;
    struct graph g = { .present = present, .canvas = canvas, .tcp = conversation_is_tcp(present->of), .begin = 1,
                       .end = 0, .scenes = !present->hide_later ? s->count : begun ? present->scene + 1 : 0 };
    uint64_t bytes[2] = { 0, 0 };
    for (size_t i = 0; i < g.scenes; i++) {
        const struct step *unit = graph_unit(&g, i);
        if (!unit)
            continue;
        begin(&g, unit);
        bytes[unit->who] += graph_payload(unit);
    }
    g.now = begun ? story_step(present->story, s->scenes[present->scene].first)->time : g.begin - 1;
    unsigned client = present->of->client;
    g.from = way == WAY_TO_SERVER ? client : way == WAY_TO_CLIENT ? !client
             : !g.tcp || bytes[client] >= bytes[!client] ? client : !client;
    return g;
}

static void draw(const struct present *present, void *record, bool active, struct canvas *canvas)
{
    struct remembered *r = record;
    (void)active;
    if (pane_is_empty(present, canvas))
        return;
    struct graph g = graph_of(present, canvas, r->way);
    r->shown = g.from == present->of->client ? WAY_TO_SERVER : WAY_TO_CLIENT;
    if (g.begin > g.end)
        graph_empty(canvas, present->hide_later ? "Nothing has passed by now." : "Nothing to draw.");
    else
        pictures[r->picture % PICTURES].draw(&g);
}

static bool request(const struct present *present, void *record, enum request request, const struct key *key)
{
    struct remembered *r = record;
    (void)present;
    (void)key;
    switch (request) {
    case REQUEST_MODE:
        r->picture = (uint8_t)((r->picture + 1) % PICTURES);
        return true;
    case REQUEST_RIGHT:
        r->way = WAY_TO_SERVER;
        return true;
    case REQUEST_LEFT:
        r->way = WAY_TO_CLIENT;
        return true;
    default:
        return false;
    }
}

static void title(const struct present *present, const void *record, struct text *t)
{
    const struct remembered *r = record;
    static const char *const ways[] = { "", ": client -> server", ": server -> client" };
    unsigned way = r->way ? r->way : r->shown;
    (void)present;
    text_format(t, "%s%s   m: %s   Left Right: which way", pictures[r->picture % PICTURES].name, ways[way % 3],
                pictures[(r->picture + 1) % PICTURES].name);
}

const struct view view_graphs = { .name = "Graphs", .record = sizeof(struct remembered), .title = title, .draw = draw,
                                  .request = request };

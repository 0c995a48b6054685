/* The generator: what its two programs called, with results, the newest at the bottom; what they wrote; what the wire
 * did. Or the lessons, to choose from.
 *
 *    time s CLIENT 10.9.0.2  runs               SERVER 10.9.0.1  runs
 *     0.000                                     socket(tcp) = 3
 *     0.002 connect(3, 10.9.0.1:6666) ...
 */
#include <string.h>

#include "report/words.h"
#include "ui/pane.h"
#include "ui/traffic_words.h"
#include "ui/view_traffic.h"

enum { TIME_END = 9, CALLS_X = 10, HEAD_LINES = 2, DEEDS_SHOWN = 2, WROTE_LINES = 2 };

/* Where the two programs have their columns. */
struct halves {
    unsigned x[LAB_ENDS], width;
};

static struct halves halves_of(unsigned width)
{
    unsigned half = width > CALLS_X + 8 ? (width - CALLS_X) / 2 : 4;
    return (struct halves){ .x = { CALLS_X, CALLS_X + half }, .width = half - 1 };
}

/* At most `width` columns of it; freed. */
static void put(struct canvas *canvas, unsigned x, unsigned y, unsigned width, enum role role, struct text *t)
{
    struct canvas words = canvas_new(width, 1);
    bool cut = words_columns(t->bytes, t->used) > width && width > 2;
    canvas_text(&words, 0, 0, role, text_ended(t));
    if (cut)
        canvas_text(&words, width - 2, 0, ROLE_QUIET, "..");
    canvas_copy(canvas, x, y, &words);
    canvas_free(&words);
    text_free(t);
}

static enum role role_of(enum lab_end end)
{
    return end == LAB_CLIENT ? ROLE_CLIENT : ROLE_SERVER;
}

/* --- what runs, and on what --- */

static unsigned what_draw(const struct traffic *g, struct canvas *canvas)
{
    const struct session_options *o = g->options;
    const struct wire_options *wire = &o->lab.wire;
    struct text says = { 0 }, numbers = { 0 };
    if (o->scenario) {
        text_string(&says, o->scenario->says);
        traffic_numbers(&numbers, o->scenario, o->number);
        text_string(&numbers, "   ");
    } else {
        text_string(&says, "programs of your own");
    }
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (o->command[end]) {
            text_format(&numbers, "%s: ", lab_end_names[end]);
            text_harmless(&numbers, o->command[end], strlen(o->command[end]));
            text_string(&numbers, "   ");
        }
    if (g->wire && (wire->delay || wire->rate)) {
        text_string(&numbers, "wire ");
        traffic_wire(&numbers, wire);
    } else if (!g->wire && g->phase != SESSION_READY) {
        text_string(&numbers, "over loopback");
    }
    struct canvas words = canvas_new(canvas->width > 2 ? canvas->width - 2 : 1, HEAD_LINES);
    unsigned used = pane_paragraph(&words, 0, 0, words.width, ROLE_PLAIN, &says);
    canvas_copy(canvas, 1, 0, &words);
    canvas_free(&words);
    used = used < HEAD_LINES ? used : HEAD_LINES;
    put(canvas, 1, used, canvas->width - 2, ROLE_QUIET, &numbers);
    return used + 1;
}

static void ends_draw(const struct present *p, struct canvas *canvas, unsigned y, const struct halves *halves)
{
    const struct traffic *g = p->traffic;
    canvas_text_right(canvas, TIME_END, y, ROLE_HEADING, "time s");
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        struct text t = { 0 };
        text_format(&t, "%s ", end == LAB_CLIENT ? "CLIENT" : "SERVER");
        if (g->speech[end])
            traffic_ending(&t, g->speech[end]);
        put(canvas, halves->x[end], y, halves->width, role_of(end), &t);
    }
}

/* --- calls --- */

/* The newest at the bottom; returns are not lines of their own. */
static void calls_draw(const struct traffic *g, struct traffic_record *r, struct canvas *canvas, unsigned y,
                       unsigned rows, const struct halves *halves)
{
    const struct calls *calls = g->calls;
    size_t at = calls ? calls->count : 0, made = calls ? calls->calls : 0, most = made > rows ? made - rows : 0;
    unsigned line = rows < made ? rows : (unsigned)made;
    r->height = rows;
    r->back = r->back < most ? r->back : most;
    for (size_t back = r->back; at && line; at--) {
        const struct call_moment *m = &calls->moments[at - 1];
        struct text time = { 0 }, words = { 0 };
        if (m->returns)
            continue;
        if (back) {
            back--;
            continue;
        }
        enum lab_end end = m->call->who == CALLER_CLIENT ? LAB_CLIENT : LAB_SERVER;
        line--;
        text_format(&time, "%8.3f", (double)(m->time - g->begun) / (double)NS_PER_S);
        put(canvas, 1, y + line, TIME_END - 1, ROLE_PLAIN, &time);
        traffic_call(&words, m->call, halves->width);
        put(canvas, halves->x[end], y + line, halves->width, m->call->error ? ROLE_TROUBLE : role_of(end), &words);
    }
    if (r->back)
        canvas_text_right(canvas, canvas->width, y + rows - 1, ROLE_QUIET, " End: the newest");
}

/* --- what else is known: from the bottom up --- */

/* Lines that a program has written, as many as are shown. */
static unsigned wrote_lines(const struct session_speech *speech)
{
    const struct text *said = speech ? &speech->said : NULL;
    if (!said || !said->used)
        return 0;
    return memchr(said->bytes, '\n', said->used - 1) ? WROTE_LINES : 1;
}

/* The last of them. */
static void wrote_draw(const struct session_speech *speech, struct canvas *canvas, unsigned x, unsigned y,
                       unsigned width)
{
    const char *bytes = speech ? speech->said.bytes : NULL;
    size_t end = speech ? speech->said.used : 0;
    for (unsigned line = wrote_lines(speech); line-- > 0 && end;) {
        struct text t = { 0 };
        end -= bytes[end - 1] == '\n';
        const char *before = end ? memrchr(bytes, '\n', end) : NULL;
        size_t begin = before ? (size_t)(before - bytes) + 1 : 0;
        text_harmless(&t, bytes + begin, end - begin);
        put(canvas, x, y + line, width, ROLE_PLAIN, &t);
        end = begin;
    }
}

/* "12 frames: 10 segments, no datagrams" */
static void captured_draw(const struct present *p, struct canvas *canvas, unsigned y)
{
    struct totals totals = trace_totals(p->trace);
    struct text t = { 0 };
    words_count(&t, trace_known(p->trace), "frame", "frames");
    text_string(&t, ": ");
    words_count(&t, totals.tcp_segments, "segment", "segments");
    text_string(&t, ", ");
    words_count(&t, totals.udp_datagrams, "datagram", "datagrams");
    canvas_text(canvas, 1, y, ROLE_HEADING, "captured");
    put(canvas, CALLS_X, y, canvas->width - CALLS_X, ROLE_PLAIN, &t);
}

/* "7 frames sent, 6 delivered" */
static void wire_draw(const struct present *p, struct canvas *canvas, unsigned y, const struct halves *halves)
{
    const struct wire_page *page = p->traffic->wire;
    for (unsigned end = 0; page && end < LAB_ENDS; end++) {
        struct text t = { 0 };
        words_count(&t, page->frames[end], "frame", "frames");
        text_string(&t, " sent, ");
        words_number(&t, page->delivered[end]);
        text_string(&t, " delivered");
        put(canvas, halves->x[end], y, halves->width, ROLE_PLAIN, &t);
    }
    canvas_text(canvas, 1, y, ROLE_HEADING, "wire");
}

static uint64_t deeds_shown(const struct traffic *g)
{
    uint64_t deeds = g->wire ? g->wire->deeds : 0;
    return deeds < DEEDS_SHOWN ? deeds : DEEDS_SHOWN;
}

static void deeds_draw(const struct traffic *g, struct canvas *canvas, unsigned y)
{
    uint64_t shown = deeds_shown(g), logged = g->wire ? g->wire->deeds : 0;
    logged = logged < WIRE_LOG ? logged : WIRE_LOG;
    for (uint64_t i = logged - shown; i < logged; i++, y++) {
        const struct wire_deed *d = &g->wire->log[i];
        struct text t = { 0 };
        text_format(&t, "%8.3f ", (double)(d->time - g->begun) / (double)NS_PER_S);
        traffic_deed(&t, &g->options->lab.wire, d);
        put(canvas, 1, y, canvas->width - 1, ROLE_TROUBLE, &t);
    }
}

static bool waits_for_keys(const struct traffic *g)
{
    return g && g->options && g->options->by_hand && g->phase != SESSION_READY && g->phase != SESSION_OVER;
}

/* What each end is about to call; two lines. */
static void held_draw(const struct traffic *g, struct canvas *canvas, unsigned y, const struct halves *halves)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        struct text t = { 0 };
        const struct true_call *in = traffic_waits_in(g, end);
        bool runs = g->speech[end] && g->speech[end]->started && !g->speech[end]->ended;
        if (g->held[end])
            text_format(&t, "next: %s", g->held[end]->words);
        else if (in)
            text_format(&t, "waits in %s()", call_names[in->call]);
        else
            text_string(&t, runs ? "calls nothing now" : "");
        put(canvas, halves->x[end], y, halves->width, g->held[end] ? ROLE_NOW : ROLE_QUIET, &t);
    }
    unsigned x = canvas_text(canvas, 1, y + 1, ROLE_KEY, "n");
    x = canvas_text(canvas, x, y + 1, ROLE_PLAIN, " makes the next call, ");
    x = canvas_text(canvas, x, y + 1, ROLE_KEY, "c");
    x = canvas_text(canvas, x, y + 1, ROLE_PLAIN, " the client's, ");
    x = canvas_text(canvas, x, y + 1, ROLE_KEY, "s");
    canvas_text(canvas, x, y + 1, ROLE_PLAIN, " the server's. Kernel timers are real.");
}

/* --- the pane --- */

static void run_draw(const struct present *p, struct traffic_record *r, struct canvas *canvas)
{
    const struct traffic *g = p->traffic;
    const struct halves halves = halves_of(canvas->width);
    bool waits = waits_for_keys(g);
    unsigned wrote = wrote_lines(g->speech[LAB_CLIENT]), server = wrote_lines(g->speech[LAB_SERVER]);
    wrote = server > wrote ? server : wrote;
    unsigned deeds = (unsigned)deeds_shown(g), wire = g->wire ? 1 + deeds : 0, captured = p->trace ? 1 : 0;
    unsigned foot = 1 + (waits ? 2u : 0u) + wrote + captured + wire;
    unsigned y = what_draw(g, canvas);
    ends_draw(p, canvas, y++, &halves);
    unsigned rows = canvas->height > y + foot ? canvas->height - y - foot : 0;
    calls_draw(g, r, canvas, y, rows, &halves);
    y += rows;
    canvas_line(canvas, 0, y++, canvas->width, ROLE_LINE, 0x2500);
    if (waits)
        held_draw(g, canvas, y, &halves);
    y += waits ? 2 : 0;
    if (wrote)
        canvas_text(canvas, 1, y, ROLE_HEADING, "wrote");
    for (unsigned end = 0; end < LAB_ENDS; end++)
        wrote_draw(g->speech[end], canvas, halves.x[end], y, halves.width);
    y += wrote;
    if (p->trace)
        captured_draw(p, canvas, y++);
    if (g->wire)
        wire_draw(p, canvas, y++, &halves);
    deeds_draw(g, canvas, y);
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct traffic_record *r = record;
    (void)active;
    if (r->page == TRAFFIC_LESSON)
        traffic_lesson_draw(p, r, canvas);
    else if (traffic_lists(p, r))
        traffic_lessons_draw(p, r, canvas);
    else
        run_draw(p, r, canvas);
}

static void title(const struct present *p, const void *record, struct text *t)
{
    const struct traffic *g = p->traffic;
    const struct traffic_record *r = record;
    if (r->page == TRAFFIC_LESSON) {
        text_format(t, "traffic: what %s teaches, and what to ask; m all lessons", traffic_selected(p, r)->name);
        return;
    }
    if (traffic_lists(p, record)) {
        text_format(t, "traffic: the lessons that run, m %s", g && g->options ? "the run" : "what this one teaches");
        return;
    }
    const char *name = g->options->scenario ? g->options->scenario->name : "your programs";
    bool over = g->phase == SESSION_OVER;
    const char *how = r->by_hand == g->options->by_hand ? "" : r->by_hand ? " by hand" : " by itself";
    text_format(t, "traffic: %s%s%s%s%s, m what it teaches", name, g->options->by_hand ? ", by hand" : "",
                g->stopped ? ", stopped" : over ? ", over" : "", over ? ", Enter again" : ", x ends it",
                over ? how : "");
}

static bool list_request(const struct present *p, struct traffic_record *r, enum request request, const struct key *key)
{
    int page = r->height > 2 ? (int)r->height - 2 : 1;
    switch (request) {
    case REQUEST_UP: traffic_lessons_move(p, r, -1); return true;
    case REQUEST_DOWN: traffic_lessons_move(p, r, 1); return true;
    case REQUEST_PAGE_UP: traffic_lessons_move(p, r, -page); return true;
    case REQUEST_PAGE_DOWN: traffic_lessons_move(p, r, page); return true;
    case REQUEST_FIRST: traffic_lessons_move(p, r, -10000); return true;
    case REQUEST_LAST: traffic_lessons_move(p, r, 10000); return true;
    case REQUEST_CLICK: traffic_lessons_pick(r, key->y); return true;
    default: return false;
    }
}

static bool run_request(struct traffic_record *r, enum request request)
{
    size_t page = r->height > 2 ? r->height - 2 : 1;
    switch (request) {
    case REQUEST_UP: r->back++; return true;
    case REQUEST_DOWN: r->back -= r->back > 0; return true;
    case REQUEST_PAGE_UP: r->back += page; return true;
    case REQUEST_PAGE_DOWN: r->back -= r->back < page ? r->back : page; return true;
    case REQUEST_FIRST: r->back = SIZE_MAX / 2; return true;
    case REQUEST_LAST: r->back = 0; return true;
    case REQUEST_CLICK: return true;
    default: return false;
    }
}

static bool lesson_request(struct traffic_record *r, enum request request)
{
    size_t page = r->height > 2 ? r->height - 2 : 1;
    switch (request) {
    case REQUEST_DOWN: r->back++; return true;
    case REQUEST_UP: r->back -= r->back > 0; return true;
    case REQUEST_PAGE_DOWN: r->back += page; return true;
    case REQUEST_PAGE_UP: r->back -= r->back < page ? r->back : page; return true;
    case REQUEST_FIRST: r->back = 0; return true;
    case REQUEST_LAST: r->back = SIZE_MAX / 2; return true;
    case REQUEST_CLICK: return true;
    default: return false;
    }
}

static bool request(const struct present *p, void *record, enum request request, const struct key *key)
{
    struct traffic_record *r = record;
    if (request == REQUEST_MODE) {
        bool runs = p->traffic && p->traffic->options;
        r->page = (enum traffic_page)((r->page + 1) % TRAFFIC_PAGES);
        if (!runs && r->page == TRAFFIC_RUN)
            r->page = TRAFFIC_LESSON;
        r->back = 0;
        return true;
    }
    if (r->page == TRAFFIC_LESSON)
        return lesson_request(r, request);
    return traffic_lists(p, r) ? list_request(p, r, request, key) : run_request(r, request);
}

const struct view view_traffic = { .name = "Traffic", .record = sizeof(struct traffic_record), .title = title,
                                   .draw = draw, .request = request };

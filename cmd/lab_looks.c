#include "cmd/lab_looks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/json.h"
#include "report/words.h"

enum {
    QUIET_MS = 200,
    AGAIN_MS = 1000,
    DIFFERENCES_TOLD = 20,
    COLUMNS = 80,
    INDENT = 11,                      /* of what follows a time */
};

struct lab_looks {
    const struct session *session;
    struct lab_look look[LAB_LOOKS_MOST * LAB_ENDS];
    unsigned count, moments;          /* moments: quiet ones, however often each was looked at */
    size_t sockets;                   /* of all looks */
    uint64_t left_out;                /* looks, beyond the limits */
    uint64_t moved;                   /* what the wire had counted when last asked */
    size_t calls;                     /* moments of calls that were recorded when it was last looked */
    nanoseconds active, looked;       /* when something moved last, and when it was last looked; steady clock */
};

/* --- looking --- */

struct lab_looks *lab_looks_new(const struct session *session)
{
    struct lab_looks *l = lab_is_here(session_lab(session)) ? NULL : calloc(1, sizeof *l);
    if (l) {
        l->session = session;
        l->active = clock_steady();
    }
    return l;
}

void lab_looks_free(struct lab_looks *l)
{
    for (unsigned i = 0; l && i < l->count; i++)
        sockets_free(&l->look[i].table);
    free(l);
}

static void look_at(struct lab_looks *l, enum lab_end end)
{
    struct lab_look *look = &l->look[l->count];
    nanoseconds began = clock_steady();
    *look = (struct lab_look){ .end = end };
    if (!sockets_read(lab_diag(session_lab(l->session), end), &look->table))
        return;
    look->took = clock_steady() - began;
    l->sockets += look->table.count;
    l->count++;
}

/* Everything that the wire took, gave on or still has: the sum stays as it is only while nothing moves. */
static bool wire_moves(struct lab_looks *l)
{
    const struct wire_page *page = lab_wire(session_lab(l->session));
    uint64_t moved = 0, waiting = 0;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        moved += page->frames[end] + page->delivered[end];
        waiting += page->waiting[end];
    }
    bool moves = moved != l->moved || waiting;
    l->moved = moved;
    return moves;
}

void lab_looks_work(struct lab_looks *l, bool frames)
{
    nanoseconds now = clock_steady();
    if (!l || session_phase(l->session) == SESSION_OVER)
        return;
    if (frames || wire_moves(l))
        l->active = now;
    size_t calls = session_calls(l->session)->count;
    bool again = l->looked > l->active, unchanged = again && calls == l->calls;
    if (now - (again ? l->looked : l->active) < (unchanged ? AGAIN_MS : QUIET_MS) * NS_PER_MS)
        return;
    l->looked = now;
    l->calls = calls;
    if (l->count + LAB_ENDS > LAB_LOOKS_MOST * LAB_ENDS || l->sockets > LAB_LOOKS_SOCKETS) {
        l->left_out++;
        return;
    }
    l->moments += !again;
    for (unsigned end = 0; end < LAB_ENDS; end++)
        look_at(l, end);
}

/* --- each look at its time among the frames of its host --- */

struct reading {
    const struct lab_tale *tale;
    enum lab_end end;
    struct kernel_host host;          /* its table is a look's, borrowed */
    struct source *source;
    struct decoder *decoder;
    unsigned next;                    /* look */
    void (*at)(struct reading *r, const struct lab_look *look, nanoseconds told);
    void *self;
};

/* NULL: there are no more of this end. */
static const struct lab_look *next_look(struct reading *r)
{
    const struct lab_looks *l = r->tale->looks;
    while (l && r->next < l->count && l->look[r->next].end != r->end)
        r->next++;
    return l && r->next < l->count ? &l->look[r->next] : NULL;
}

/* Nothing was captured between what was fed and `time`. */
static void look_before(struct reading *r, nanoseconds time)
{
    for (const struct lab_look *look; (look = next_look(r)) && look->table.time < time; r->next++) {
        decoder_time(r->decoder, look->table.time);
        r->host.table = look->table;
        r->at(r, look, time == INT64_MAX ? time : time - look->took);
    }
}

static void read_all(struct reading *r)
{
    struct frame batch[FRAME_BATCH];
    const struct calls *calls = r->tale->calls;
    struct call_queue queue = { .moments = calls ? calls->moments : NULL, .count = calls ? calls->count : 0 };
    enum source_state state = SOURCE_MORE;
    while (state != SOURCE_END) {
        unsigned count = 0;
        state = source_next(r->source, batch, &count);
        for (unsigned i = 0; i < count; i++) {
            look_before(r, batch[i].time);
            decoder_feed_between(r->decoder, &batch[i], 1, &queue);
        }
    }
    look_before(r, INT64_MAX);
    decoder_feed_rest(r->decoder, &queue);
    decoder_end(r->decoder);
}

static void close_reading(struct reading *r)
{
    decoder_free(r->decoder);
    if (r->source)
        source_close(r->source);
    r->decoder = NULL;
    r->source = NULL;
}

static bool open_reading(struct reading *r, enum lab_end end, struct error *error)
{
    struct decoder_options options = { .msl = LAB_MSL };
    if (getrandom(&options.secret, sizeof options.secret, GRND_NONBLOCK) < 0)
        options.secret = (uint64_t)clock_wall();
    r->end = end;
    r->next = 0;
    r->host = (struct kernel_host){ .diag = -1 };
    kernel_host_add(&r->host, lab_addresses[end]);
    kernel_host_add(&r->host, lab_addresses6[end]);
    r->source = source_open(&r->tale->capture[end], error);
    r->decoder = r->source ? decoder_new(&options) : NULL;
    if (r->source && !r->decoder)
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    if (!r->decoder)
        close_reading(r);
    return r->decoder;
}

/* --- in words --- */

struct difference_told {
    enum lab_end end;
    nanoseconds time;                 /* when it was first seen */
    struct beside_pair pair;
};

struct count {
    const struct lab_look *look;
    unsigned compared, differ, moving, states[STATE_COUNT];
    struct difference_told told[DIFFERENCES_TOLD];
    unsigned told_count;
};

static bool same_end(const struct kernel_end *a, const struct kernel_end *b)
{
    return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static bool is_known(const struct count *c, const struct beside_pair *pair)
{
    for (unsigned i = 0; i < c->told_count; i++) {
        const struct beside_pair *known = &c->told[i].pair;
        if (c->told[i].end == c->look->end && known->beside.kernel == pair->beside.kernel &&
            known->beside.wire == pair->beside.wire && same_end(&known->local, &pair->local) &&
            same_end(&known->remote, &pair->remote))
            return true;
    }
    return false;
}

static void count_pair(void *self, const struct beside_pair *pair)
{
    struct count *c = self;
    if (pair->beside.agreement == BESIDE_MOVING) {
        c->moving++;
        return;
    }
    c->compared++;
    c->states[pair->beside.kernel]++;
    if (pair->beside.agreement == BESIDE_SAME)
        return;
    c->differ++;
    if (c->told_count < DIFFERENCES_TOLD && !is_known(c, pair))
        c->told[c->told_count++] = (struct difference_told){ .end = c->look->end, .time = c->look->table.time,
                                                             .pair = *pair };
}

static void count_look(struct reading *r, const struct lab_look *look, nanoseconds told)
{
    struct count *c = r->self;
    c->look = look;
    beside_each(&r->host, r->decoder, told, count_pair, c);
}

static void tell_difference(struct text *t, const struct difference_told *d, nanoseconds begun)
{
    struct text words = { 0 };
    text_format(t, "  %7.3f s  ", (double)(d->time - begun) / (double)NS_PER_S);
    text_format(&words, "%s ", lab_end_names[d->end]);
    text_address(&words, d->pair.local.address, d->pair.version);
    text_format(&words, ":%u ", d->pair.local.port);
    beside_words(&words, &d->pair.beside);
    text_format(&words, " (%s)", difference_words[d->pair.beside.why]);
    words_wrap(t, text_ended(&words), words.used, INDENT + 2, INDENT + 2, COLUMNS);
    text_free(&words);
}

static void tell_count(struct text *t, const struct count *c, const struct lab_looks *l)
{
    struct text words = { 0 };
    unsigned kinds = 0;
    text_string(&words, "The kernel's own view: in ");
    words_count(&words, l->moments, "quiet moment", "quiet moments");
    text_char(&words, ' ');
    words_count(&words, c->compared, "state", "states");
    for (unsigned state = 0; state < STATE_COUNT; state++)
        if (c->states[state])
            text_format(&words, "%s%u %s", kinds++ ? ", " : " (", c->states[state], tcp_state_names[state]);
    text_string(&words, "); ");
    if (c->moving)
        text_format(&words, "%u more changed just then; ", c->moving);
    if (c->differ)
        text_format(&words, "%u not as inferred here%s:", c->differ,
                    c->differ > c->told_count ? ", each difference told where it was first seen" : "");
    else
        text_string(&words, "all as inferred here.");
    words_wrap(t, text_ended(&words), words.used, 0, 0, COLUMNS);
    text_free(&words);
}

void lab_looks_tell(struct text *t, const struct lab_tale *tale)
{
    struct count c = { 0 };
    struct reading r = { .tale = tale, .at = count_look, .self = &c };
    struct error error = { 0 };
    if (!tale->looks || !tale->looks->count)
        return;
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (tale->capture[end].file && open_reading(&r, end, &error)) {
            read_all(&r);
            close_reading(&r);
        }
    if (!c.compared)
        return;
    text_char(t, '\n');
    tell_count(t, &c, tale->looks);
    for (unsigned i = 0; i < c.told_count; i++)
        tell_difference(t, &c.told[i], session_begun(tale->session));
}

/* --- as objects --- */

static void write_sockets(struct reading *r, const struct lab_look *look, nanoseconds told)
{
    json_sockets(r->self, r->decoder, &r->host, lab_end_names[look->end], told);
}

static void write_objects(struct reading *r, struct report_output *out, struct text *sockets)
{
    const struct lab_tale *tale = r->tale;
    struct report *report = report_new(out, &tale->request->report);
    if (report) {
        report_read(report, r->decoder);
        read_all(r);
        uint64_t dropped = tale->dropped[r->end];
        report_finish(report, &(struct report_source){ .name = source_name(r->source), .dropped = dropped,
                                                       .dropped_known = tale->session,
                                                       .complete = !source_problem(r->source) && !dropped });
        text_bytes(&out->text, sockets->bytes, sockets->used);
        report_free(report);
    }
}

enum exit_status lab_looks_objects(const struct lab_tale *tale)
{
    struct report_output out;
    struct error error = { 0 };
    enum exit_status status = EXIT_DONE;
    output_open(&out, STDOUT_FILENO);
    for (unsigned end = 0; end < LAB_ENDS && status == EXIT_DONE; end++) {
        struct text sockets = { 0 };
        struct reading r = { .tale = tale, .at = write_sockets, .self = &sockets };
        if (!tale->capture[end].file)
            continue;
        if (open_reading(&r, end, &error))
            write_objects(&r, &out, &sockets);
        else
            status = error_print(&error);
        close_reading(&r);
        text_free(&sockets);
    }
    enum exit_status written = output_close(&out, &error);
    return written == EXIT_DONE || out.failed == EPIPE ? status : error_print(&error);
}

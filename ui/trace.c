#include "ui/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/store.h"
#include "ui/index.h"
#include "ui/rows.h"

enum { BATCHES_PER_LOOK = 16, LOOK_BACK = 64 };

#define SPOOL_MOST (UINT64_C(4) << 30)

/* A decoder and where it stands. */
struct stand {
    struct decoder *decoder;          /* owned; NULL: none */
    struct rows rows;
    uint32_t at;                      /* last frame fed */
    struct trace_calls calls;
    struct trace *trace;
    bool indexes;                     /* its events are new to the index */
};

struct trace {
    struct source *source;
    struct store *store;
    struct index index;
    struct decoder_options options;
    struct calls *calls;              /* NULL: none */
    uint32_t *call_before;            /* owned: by moment, the frame that it comes before, as far as it was found */
    size_t calls_placed;
    struct stand latest;              /* follows the end, and writes the index */
    struct stand past;                /* at any other present */
    uint32_t known;
    uint32_t present;                 /* TRACE_END: the end */
    uint64_t version;
    nanoseconds past_time;            /* of the present, where it is not the end */
    nanoseconds clock;                /* live: what the latest decoder was told of time without frames */
    bool held, ended, told_end;
    struct error problem;
};

/* --- a decoder with its rows --- */

static void on_event(void *self, const struct event *e)
{
    struct stand *s = self;
    if (e->kind == EVENT_FRAME_FRAGMENT) {
        if (s->indexes)
            index_fragment(&s->trace->index, e->frame);
        return;
    }
    if (e->kind == EVENT_TCP_OPENED || e->kind == EVENT_UDP_OPENED)
        rows_add(&s->rows, e->of);
    if (e->kind == EVENT_TCP_GIVEN_UP || e->kind == EVENT_UDP_GIVEN_UP)
        rows_remove(&s->rows, e->of->id);
    else if (s->indexes)
        index_link(&s->trace->index, e->frame, e->of->id, e->kind == EVENT_TCP_OPENED ? e->opened.before : 0);
}

static void on_unit(void *self, const struct conversation *row, uint32_t frame)
{
    struct stand *s = self;
    index_link(&s->trace->index, frame, row->id, 0);
}

static bool stand_new(struct stand *s, struct trace *trace, bool indexes)
{
    enum { BIT = 1 };
    static const uint32_t wants = BIT << EVENT_TCP_OPENED | BIT << EVENT_UDP_OPENED | BIT << EVENT_TCP_GIVEN_UP |
                                  BIT << EVENT_UDP_GIVEN_UP;
    static const uint32_t links = BIT << EVENT_TCP_UNREACHABLE | BIT << EVENT_UDP_UNREACHABLE | BIT << EVENT_FRAME_FRAGMENT;
    struct decoder_options options = trace->options;
    *s = (struct stand){ .trace = trace, .indexes = indexes };
    options.counted = indexes ? on_unit : NULL;
    options.counted_self = s;
    s->decoder = decoder_new(&options);
    if (!s->decoder)
        return false;
    struct sink sink = { .wants = indexes ? wants | links : wants, .event = on_event, .self = s };
    decoder_attach(s->decoder, &sink);
    return true;
}

static void stand_free(struct stand *s)
{
    decoder_free(s->decoder);
    rows_free(&s->rows);
    s->decoder = NULL;
    s->at = 0;
    s->calls = (struct trace_calls){ 0 };
}

/* --- opening --- */

/* True where there are none. */
static bool read_calls(struct trace *t, const struct calls_source *source, struct error *error)
{
    if (!source->file && !source->bytes)
        return true;
    t->calls = calls_read(source, error);
    t->call_before = t->calls ? malloc((t->calls->count + 1) * sizeof *t->call_before) : NULL;
    if (t->calls && !t->call_before)
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    return t->call_before;
}

struct trace *trace_open(const struct trace_options *options, struct error *error)
{
    struct trace *t = calloc(1, sizeof *t);
    struct source_options source = options->source;
    struct error no_store;
    if (!t) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        return NULL;
    }
    source.never_wait = true;
    t->options = options->decoder;
    t->present = TRACE_END;
    t->source = read_calls(t, &options->calls, error) ? source_open(&source, error) : NULL;
    if (!t->source) {
        trace_close(t);
        return NULL;
    }
    t->store = store_open(t->source, &no_store);
    if (!t->store)
        t->store = store_spool(options->spool_most ? options->spool_most : SPOOL_MOST, error);
    if (t->store && !stand_new(&t->latest, t, true))
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    if (!t->store || !t->latest.decoder) {
        trace_close(t);
        return NULL;
    }
    return t;
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    stand_free(&t->latest);
    stand_free(&t->past);
    index_free(&t->index);
    store_close(t->store);
    if (t->source)
        source_close(t->source);
    calls_free(t->calls);
    free(t->call_before);
    free(t);
}

/* --- frames read again --- */

/* The frames themselves; what lacks a time stamp has time 0. */
static unsigned read_again(struct trace *t, const uint32_t *numbers, unsigned count, struct frame *frames,
                           struct error *error)
{
    uint64_t offsets[FRAME_BATCH];
    unsigned known = 0;
    while (known < count && known < FRAME_BATCH && index_offset(&t->index, numbers[known], &offsets[known]))
        known++;
    if (!known) {
        error_set(error, EXIT_UNREADABLE, "frame %u is not there", count ? numbers[0] : 0);
        return 0;
    }
    unsigned got = store_read_some(t->store, offsets, known, frames, error);
    for (unsigned i = 0; i < got; i++)
        frames[i].number = numbers[i];
    return got;
}

/* A frame without a time stamp has that of the frame before. */
static nanoseconds time_before(struct trace *t, uint32_t number)
{
    struct frame frame = { .time = 0 };
    struct error error;
    for (unsigned i = 0; i < LOOK_BACK && frame.time == 0 && (number = index_before(&t->index, number)) != 0; i++)
        if (read_again(t, &number, 1, &frame, &error) == 0)
            return 0;
    return frame.time;
}

/* Gives their times to those of the frames read that lack one; from the first on whose frame before is not at hand, they are
 * left for the next call. */
static unsigned give_times(struct trace *t, struct frame *frames, unsigned count, unsigned got, struct error *error)
{
    for (unsigned i = 1; i < count && i < got; i++) {
        if (frames[i].time != 0)
            continue;
        if (index_before(&t->index, frames[i].number) != frames[i - 1].number)
            got = i;
        else
            frames[i].time = frames[i - 1].time;
    }
    if (frames[0].time != 0)
        return got;
    uint32_t number = frames[0].number;
    nanoseconds time = time_before(t, number);
    got = read_again(t, &number, 1, frames, error);       /* looking back has taken the bytes away */
    frames[0].time = time;
    return got;
}

unsigned trace_frames(struct trace *t, const uint32_t *numbers, unsigned count, struct frame *frames,
                      struct error *error)
{
    unsigned got = read_again(t, numbers, count, frames, error);
    return got && store_lacks_times(t->store) ? give_times(t, frames, count, got, error) : got;
}

bool trace_frame(struct trace *t, uint32_t number, struct frame *frame, struct error *error)
{
    return trace_frames(t, &number, 1, frame, error) != 0;
}

/* --- feeding --- */

/* Calls come before the first frame that is not earlier. */
static void place_calls(struct trace *t, const struct frame *frame)
{
    while (t->calls && t->calls_placed < t->calls->count && t->calls->moments[t->calls_placed].time <= frame->time)
        t->call_before[t->calls_placed++] = frame->number;
}

/* The i-th call, where it comes before this frame. */
static const struct call_moment *call_at(const struct trace *t, size_t i, uint32_t frame)
{
    bool placed = i < t->calls_placed && t->call_before[i] <= frame;
    bool behind = t->calls && i < t->calls->count && frame == UINT32_MAX && t->ended;
    return placed || behind ? &t->calls->moments[i] : NULL;
}

static bool is_wanted(const struct call_moment *moment, const struct tuple *only)
{
    const struct true_call *call = moment->call;
    struct tuple key;
    if (!only || !call_of_one(call))
        return true;
    tuple_make(&key, call->local.version, call->protocol, call->local.address, call->remote.address, call->local.port,
               call->remote.port);
    return tuple_equal(&key, only);
}

void trace_feed_calls(const struct trace *t, struct decoder *decoder, struct trace_calls *calls, uint32_t frame)
{
    for (const struct call_moment *moment; (moment = call_at(t, calls->fed, frame)); calls->fed++)
        if (is_wanted(moment, calls->only))
            decoder_call(decoder, moment);
}

void trace_feed(const struct trace *t, struct decoder *decoder, struct trace_calls *calls, const struct frame *frames,
                unsigned count)
{
    unsigned fed = 0;
    for (unsigned i = 0; t->calls && i < count; i++) {
        if (!call_at(t, calls->fed, frames[i].number))
            continue;
        decoder_feed(decoder, frames + fed, i - fed);
        trace_feed_calls(t, decoder, calls, frames[i].number);
        fed = i;
    }
    decoder_feed(decoder, frames + fed, count - fed);
}

static void feed(struct stand *s, const struct frame *frames, unsigned count)
{
    trace_feed(s->trace, s->decoder, &s->calls, frames, count);
    s->at = frames[count - 1].number;
    s->trace->version++;
}

/* Feeds the next frames that are already known, at most `last`. False: there are none, or they cannot be read. */
static bool feed_from_store(struct stand *s, uint32_t last)
{
    struct trace *t = s->trace;
    uint32_t numbers[FRAME_BATCH], next = s->at;
    struct frame frames[FRAME_BATCH];
    unsigned count = 0;
    while (count < FRAME_BATCH && (next = index_after(&t->index, next)) != 0 && next <= last)
        numbers[count++] = next;
    if (!count)
        return false;
    unsigned got = trace_frames(t, numbers, count, frames, &t->problem);
    if (!got)
        return false;
    feed(s, frames, got);
    return true;
}

static void take_batch(struct trace *t, const struct frame *batch, unsigned count)
{
    bool caught_up = t->latest.at == t->known && !t->held;
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset;
        place_calls(t, &batch[i]);
        if (store_add(t->store, &batch[i], &offset))
            index_frame(&t->index, batch[i].number, offset);
    }
    t->known = batch[count - 1].number;
    if (caught_up)
        feed(&t->latest, batch, count);
}

static bool out_of_time(nanoseconds until)
{
    return clock_steady() >= until;
}

/* Reads what the source has. True: it may have more at once. */
static bool read_on(struct trace *t, nanoseconds until)
{
    struct frame batch[FRAME_BATCH];
    for (unsigned i = 1; !t->ended; i++) {
        unsigned count = 0;
        enum source_state state = source_next(t->source, batch, &count);
        if (count)
            take_batch(t, batch, count);
        if (state == SOURCE_END) {
            t->ended = true;
            t->version++;
        }
        if (state == SOURCE_IDLE)
            return false;
        if (i % BATCHES_PER_LOOK == 0 && out_of_time(until))
            return true;
    }
    return false;
}

/* Feeds a decoder until it stands at `frame` or the time is over. True: it has further to go. */
static bool catch_up(struct stand *s, uint32_t frame, nanoseconds until)
{
    for (unsigned i = 1; s->at < frame; i++) {
        if (!feed_from_store(s, frame))
            return false;
        if (i % BATCHES_PER_LOOK == 0 && out_of_time(until))
            return s->at < frame;
    }
    return false;
}

bool trace_work(struct trace *t, nanoseconds budget, nanoseconds now)
{
    nanoseconds until = clock_steady() + budget;
    bool more = read_on(t, until);
    if (t->present != TRACE_END && catch_up(&t->past, t->present, until))
        return true;
    if (trace_waits(t))
        trace_go(t, TRACE_END);       /* a frame on the way there cannot be read again */
    if (t->held)
        return more;
    more = catch_up(&t->latest, t->known, until) || more;
    if (!more && !t->ended && source_is_live(t->source))
        decoder_time(t->latest.decoder, t->clock = now);
    if (!more && t->ended && !t->told_end) {
        t->told_end = true;
        trace_feed_calls(t, t->latest.decoder, &t->latest.calls, UINT32_MAX);
        decoder_end(t->latest.decoder);
    }
    return more;
}

void trace_stop(struct trace *t)
{
    source_stop(t->source);
}

/* --- the present --- */

static const struct stand *standing(const struct trace *t)
{
    return t->present == TRACE_END ? &t->latest : &t->past;
}

/* Another decoder, unless the one of the past has not gone beyond the frame. */
static void begin_past(struct trace *t, uint32_t frame)
{
    if (t->past.decoder && t->past.at <= frame)
        return;
    stand_free(&t->past);
    if (!stand_new(&t->past, t, false)) {
        stand_free(&t->past);
        error_set(&t->problem, EXIT_UNREADABLE, "There is not enough memory to go back to frame %u.", frame);
        t->present = TRACE_END;
    }
}

void trace_go(struct trace *t, uint32_t frame)
{
    t->version++;
    if (frame == TRACE_END || frame >= t->known) {
        stand_free(&t->past);
        t->present = TRACE_END;
        return;
    }
    uint64_t offset;
    struct frame there = { .time = 0 };
    if (frame && !index_offset(&t->index, frame, &offset))
        frame = index_before(&t->index, frame);
    uint32_t first = frame ? frame : index_after(&t->index, 0);
    if (first && !trace_frame(t, first, &there, &t->problem))
        return;                       /* it cannot be read again: the present stays, and trace_problem() says why */
    t->past_time = there.time;
    t->present = frame;
    begin_past(t, frame);
}

void trace_hold(struct trace *t, bool hold)
{
    t->held = hold;
    t->version++;
}

bool trace_held(const struct trace *t)
{
    return t->held;
}

uint32_t trace_present(const struct trace *t)
{
    return t->present == TRACE_END ? t->latest.at : t->present;
}

nanoseconds trace_time(const struct trace *t)
{
    return t->present == TRACE_END ? decoder_totals(t->latest.decoder).last_time : t->past_time;
}

bool trace_follows(const struct trace *t)
{
    return t->present == TRACE_END;
}

bool trace_waits(const struct trace *t)
{
    return t->present != TRACE_END && t->past.at < t->present;
}

const struct decoder *trace_decoder(const struct trace *t)
{
    return standing(t)->decoder;
}

uint64_t trace_version(const struct trace *t)
{
    return t->version;
}

uint32_t trace_rows(const struct trace *t)
{
    return standing(t)->rows.last;
}

const struct conversation *trace_row(const struct trace *t, uint32_t id)
{
    return rows_find(&standing(t)->rows, id);
}

/* --- the whole --- */

const struct source *trace_source(const struct trace *t)
{
    return t->source;
}

const struct error *trace_problem(const struct trace *t)
{
    const struct error *problem = source_problem(t->source);
    if (!problem && t->calls && t->calls->problem.text[0])
        problem = &t->calls->problem;
    return problem ? problem : t->problem.text[0] ? &t->problem : NULL;
}

uint32_t trace_known(const struct trace *t)
{
    return t->known;
}

uint32_t trace_decoded(const struct trace *t)
{
    return t->latest.at;
}

bool trace_ended(const struct trace *t)
{
    return t->ended && t->latest.at == t->known;
}

nanoseconds trace_now(const struct trace *t)
{
    nanoseconds last = decoder_totals(t->latest.decoder).last_time;
    return t->clock > last ? t->clock : last;
}

struct totals trace_totals(const struct trace *t)
{
    return decoder_totals(t->latest.decoder);
}

uint64_t trace_given_up(const struct trace *t)
{
    return t->index.given_up;
}

uint32_t trace_after(const struct trace *t, uint32_t frame)
{
    return index_after(&t->index, frame);
}

uint32_t trace_before(const struct trace *t, uint32_t frame)
{
    return index_before(&t->index, frame);
}

uint32_t trace_row_of(const struct trace *t, uint32_t frame)
{
    return index_row(&t->index, frame);
}

uint32_t trace_at_time(struct trace *t, nanoseconds time)
{
    uint32_t low = 0, high = t->index.last;      /* the answer lies in [low, high] */
    struct frame frame;
    struct error error;
    while (low < high) {
        uint32_t middle = index_before(&t->index, low + (high - low + 1) / 2 + 1);
        if (middle <= low)
            middle = index_after(&t->index, low);
        if (!middle || middle > high || !trace_frame(t, middle, &frame, &error))
            break;
        if (frame.time <= time)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

const struct index *trace_index(const struct trace *t)
{
    return &t->index;
}

const struct decoder_options *trace_decoder_options(const struct trace *t)
{
    return &t->options;
}

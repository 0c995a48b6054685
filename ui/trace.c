#include "ui/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/store.h"
#include "ui/index.h"
#include "ui/placed.h"
#include "ui/rows.h"

enum { BATCHES_PER_LOOK = 16, LOOK_BACK = 64, REBUILD_REST = 4 };

#define SPOOL_MOST (UINT64_C(4) << 30)

/* A decoder and where it stands. */
struct stand {
    struct decoder *decoder;          /* owned; NULL: none */
    struct rows rows;
    uint32_t at;                      /* last frame fed */
    struct trace_calls calls;
    struct trace *trace;
    bool indexes;                     /* its events are for the index, as far as they are new to it */
};

struct trace {
    struct source *source;
    struct store *store;
    struct index index;
    struct decoder_options options;
    struct placed placed;             /* the calls */
    bool awaits;                      /* more calls: frames are decoded only once they are so old that theirs are known */
    struct stand ends[2];
    struct stand *latest;             /* of these: follows the end, and writes the index */
    nanoseconds rebuilt, rebuild;     /* when a new one of it was begun, and when one may be again: steady clock */
    struct stand past;                /* at any other present */
    uint32_t indexed;                 /* last frame that the index has all of */
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
    bool indexes = s->indexes && e->frame > s->trace->indexed;
    if (e->kind == EVENT_FRAME_FRAGMENT) {
        if (indexes)
            index_fragment(&s->trace->index, e->frame);
        return;
    }
    if (e->kind == EVENT_TCP_OPENED || e->kind == EVENT_UDP_OPENED)
        rows_add(&s->rows, e->of);
    if (e->kind == EVENT_TCP_GIVEN_UP || e->kind == EVENT_UDP_GIVEN_UP)
        rows_remove(&s->rows, e->of->id);
    else if (indexes)
        index_link(&s->trace->index, e->frame, e->of->id, e->kind == EVENT_TCP_OPENED ? e->opened.before : 0);
}

static void on_unit(void *self, const struct conversation *row, uint32_t frame)
{
    struct stand *s = self;
    if (frame > s->trace->indexed)
        index_link(&s->trace->index, frame, row->id, 0);
}

static bool stand_new(struct stand *s, struct trace *trace, bool indexes)
{
    enum { BIT = 1 };
    static const uint32_t wants = BIT << EVENT_TCP_OPENED | BIT << EVENT_UDP_OPENED | BIT << EVENT_TCP_GIVEN_UP |
                                  BIT << EVENT_UDP_GIVEN_UP;
    static const uint32_t links = BIT << EVENT_TCP_UNREACHABLE | BIT << EVENT_UDP_UNREACHABLE | BIT << EVENT_FRAME_FRAGMENT;
    struct decoder_options options = trace->options;
    *s = (struct stand){ .trace = trace, .indexes = indexes, .calls.epoch = trace->placed.epoch };
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
    t->source = placed_read(&t->placed, &options->calls, error) ? source_open(&source, error) : NULL;
    if (!t->source) {
        trace_close(t);
        return NULL;
    }
    t->store = store_open(t->source, &no_store);
    if (!t->store)
        t->store = store_spool(options->spool_most ? options->spool_most : SPOOL_MOST, error);
    t->latest = &t->ends[0];
    if (t->store && !stand_new(t->latest, t, true))
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    if (!t->store || !t->latest->decoder) {
        trace_close(t);
        return NULL;
    }
    return t;
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    stand_free(&t->ends[0]);
    stand_free(&t->ends[1]);
    stand_free(&t->past);
    index_free(&t->index);
    store_close(t->store);
    if (t->source)
        source_close(t->source);
    placed_free(&t->placed);
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

/* Gives their times to those of the frames read that lack one; from the first on whose frame before is not at hand,
 * they are left for the next call. */
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

void trace_feed_calls(struct trace *t, struct decoder *decoder, struct trace_calls *calls, uint32_t frame)
{
    for (const struct call_moment *moment; (moment = placed_next(&t->placed, calls, frame));)
        if (placed_wanted(moment, calls->only))
            decoder_call(decoder, moment);
}

void trace_feed(struct trace *t, struct decoder *decoder, struct trace_calls *calls, const struct frame *frames,
                unsigned count)
{
    unsigned fed = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!placed_due(&t->placed, calls, frames[i].number))
            continue;
        decoder_feed(decoder, frames + fed, i - fed);
        trace_feed_calls(t, decoder, calls, frames[i].number);
        fed = i;
    }
    decoder_feed(decoder, frames + fed, count - fed);
    placed_fed(&t->placed, count ? frames[count - 1].number : 0);
}

const struct calls *trace_known_calls(const struct trace *t)
{
    return t->placed.calls;
}

bool trace_rebuilds(const struct trace *t)
{
    return placed_stale(&t->placed, &t->latest->calls);
}

bool trace_calls_stale(const struct trace *t, struct trace_calls *calls)
{
    bool stale = placed_stale(&t->placed, calls);
    if (stale)
        *calls = (struct trace_calls){ .epoch = t->placed.epoch, .only = calls->only };
    return stale;
}

static void feed(struct stand *s, const struct frame *frames, unsigned count)
{
    struct trace *t = s->trace;
    trace_feed(t, s->decoder, &s->calls, frames, count);
    s->at = frames[count - 1].number;
    if (s->indexes && s->at > t->indexed)
        t->indexed = s->at;
    t->version++;
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
    bool caught_up = t->latest->at == t->known && !t->held && !t->awaits;
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset;
        placed_frame(&t->placed, &batch[i]);
        if (store_add(t->store, &batch[i], &offset))
            index_frame(&t->index, batch[i].number, offset);
    }
    t->known = batch[count - 1].number;
    if (caught_up && !trace_rebuilds(t))
        feed(t->latest, batch, count);
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

/* Another decoder, unless the one of the past has not gone beyond the frame. */
static void begin_past(struct trace *t, uint32_t frame)
{
    if (t->past.decoder && t->past.at <= frame && !placed_stale(&t->placed, &t->past.calls))
        return;
    stand_free(&t->past);
    if (!stand_new(&t->past, t, false)) {
        stand_free(&t->past);
        error_set(&t->problem, EXIT_UNREADABLE, "There is not enough memory to go back to frame %u.", frame);
        t->present = TRACE_END;
    }
}

/* The decoder of the end once more, from the first frame on, where calls have come too late for it. What it says
 * stays until the new one has come as far; and however often calls come too late, most of the time is left for other
 * work. True: there is more to do at once, also for who waited for it. */
static bool rebuild(struct trace *t, nanoseconds until)
{
    struct stand *new = t->latest == &t->ends[0] ? &t->ends[1] : &t->ends[0];
    if (!trace_rebuilds(t))
        return false;
    if (!new->decoder || placed_stale(&t->placed, &new->calls)) {
        if (clock_steady() < t->rebuild)
            return false;
        stand_free(new);
        t->rebuilt = clock_steady();
        if (!stand_new(new, t, true)) {
            error_set(&t->problem, EXIT_UNREADABLE, "There is not enough memory for the calls that came late.");
            trace_calls_stale(t, &t->latest->calls);
            return false;
        }
    }
    if (catch_up(new, t->latest->at, until))
        return true;
    stand_free(t->latest);
    t->latest = new;
    t->rebuild = clock_steady() + REBUILD_REST * (clock_steady() - t->rebuilt);
    t->told_end = false;
    t->version++;
    return true;
}

/* The decoder of the end goes on. True: it has further to go at once. */
static bool follow_end(struct trace *t, nanoseconds until, nanoseconds now)
{
    uint32_t last = t->awaits && !t->ended ? placed_until(&t->placed, now - PLACED_BACK) : UINT32_MAX;
    if (rebuild(t, until))
        return true;
    if (trace_rebuilds(t))
        return false;
    if (catch_up(t->latest, last < t->known ? last : t->known, until))
        return true;
    if (t->latest->at < t->known)
        return false;
    if (t->ended || t->awaits) {
        placed_tell(&t->placed, t->ended ? INT64_MAX : now - PLACED_BACK);
        size_t fed = t->latest->calls.fed;
        trace_feed_calls(t, t->latest->decoder, &t->latest->calls, UINT32_MAX);
        t->version += t->latest->calls.fed != fed;
    }
    return false;
}

bool trace_work(struct trace *t, nanoseconds budget, nanoseconds now)
{
    nanoseconds until = clock_steady() + budget;
    bool more = read_on(t, until);
    if (t->present != TRACE_END && !trace_rebuilds(t)) {
        begin_past(t, t->present);
        if (catch_up(&t->past, t->present, until))
            return true;
        if (trace_waits(t))
            trace_go(t, TRACE_END);   /* a frame on the way there cannot be read again */
    }
    if (t->held)
        return more;
    more = follow_end(t, until, now) || more;
    if (!more && !t->ended && source_is_live(t->source))
        decoder_time(t->latest->decoder, t->clock = t->awaits ? now - PLACED_BACK : now);
    if (!more && trace_ended(t) && !t->told_end) {
        t->told_end = true;
        decoder_end(t->latest->decoder);
    }
    return more;
}

static void no_room_for_calls(struct trace *t)
{
    error_set(&t->problem, EXIT_UNREADABLE, "There is not enough memory for the calls that are recorded.");
}

void trace_take_calls(struct trace *t, const struct calls *calls, size_t from)
{
    if (!placed_changed(&t->placed, calls, from))
        no_room_for_calls(t);
    t->version++;
}

void trace_await_calls(struct trace *t, bool await)
{
    if (await && !placed_grows(&t->placed))
        no_room_for_calls(t);
    t->awaits = await;
}

void trace_stop(struct trace *t)
{
    source_stop(t->source);
}

/* --- the present --- */

static const struct stand *standing(const struct trace *t)
{
    return t->present == TRACE_END ? t->latest : &t->past;
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
    return t->present == TRACE_END ? t->latest->at : t->present;
}

nanoseconds trace_time(const struct trace *t)
{
    return t->present == TRACE_END ? decoder_totals(t->latest->decoder).last_time : t->past_time;
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
    if (!problem && t->placed.read && t->placed.read->problem.text[0])
        problem = &t->placed.read->problem;
    return problem ? problem : t->problem.text[0] ? &t->problem : NULL;
}

uint32_t trace_known(const struct trace *t)
{
    return t->known;
}

uint32_t trace_decoded(const struct trace *t)
{
    return t->latest->at;
}

bool trace_told(const struct trace *t)
{
    return t->latest->at == t->known && !trace_rebuilds(t);
}

bool trace_ended(const struct trace *t)
{
    return t->ended && trace_told(t);
}

nanoseconds trace_now(const struct trace *t)
{
    nanoseconds last = decoder_totals(t->latest->decoder).last_time;
    return t->clock > last ? t->clock : last;
}

struct totals trace_totals(const struct trace *t)
{
    return decoder_totals(t->latest->decoder);
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

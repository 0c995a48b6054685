#include "ui/placed.h"

#include <stdlib.h>

enum { TIMES = 1 << 16, ROOM_LEAST = 256 };

/* The latest time of all frames up to this one: where that first reaches a moment, stands the first frame not
 * earlier. */
struct frame_time {
    uint32_t number;
    nanoseconds latest;
};

bool placed_read(struct placed *p, const struct calls_source *source, struct error *error)
{
    *p = (struct placed){ .told = INT64_MIN };
    if (!source->file && !source->bytes)
        return true;
    p->calls = p->read = calls_read(source, error);
    p->room = p->read ? p->read->count + 1 : 0;
    p->before = p->read ? malloc(p->room * sizeof *p->before) : NULL;
    if (p->read && !p->before)
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    return p->before;
}

void placed_free(struct placed *p)
{
    calls_free(p->read);
    free(p->before);
    free(p->times);
    *p = (struct placed){ 0 };
}

/* --- frames --- */

static const struct frame_time *time_at(const struct placed *p, uint32_t i)
{
    return &p->times[i % TIMES];
}

static uint32_t oldest(const struct placed *p)
{
    return p->times_count > TIMES ? p->times_count - TIMES : 0;
}

/* The first of the frames remembered whose latest time is not before `time`; times_count: none. */
static uint32_t first_from(const struct placed *p, nanoseconds time)
{
    uint32_t low = oldest(p), high = p->times_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (time_at(p, middle)->latest < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void begin_epoch(struct placed *p)
{
    p->epoch++;
    p->fed_most = 0;
    p->frame_most = 0;
    p->told = INT64_MIN;
}

static void remember(struct placed *p, const struct frame *frame)
{
    nanoseconds before = p->times_count ? time_at(p, p->times_count - 1)->latest : INT64_MIN;
    p->times[p->times_count++ % TIMES] = (struct frame_time){ .number = frame->number,
                                                             .latest = frame->time > before ? frame->time : before };
}

void placed_frame(struct placed *p, const struct frame *frame)
{
    if (p->times)
        remember(p, frame);
    while (p->calls && p->count < p->calls->count && p->count < p->room && p->calls->moments[p->count].time <= frame->time)
        p->before[p->count++] = frame->number;
    if (p->fed_most > p->count)           /* told behind all frames, and now one comes before it */
        begin_epoch(p);
}

uint32_t placed_until(const struct placed *p, nanoseconds time)
{
    uint32_t first = p->times ? first_from(p, time) : 0;
    if (!p->times || first == p->times_count)
        return UINT32_MAX;
    return first > oldest(p) ? time_at(p, first - 1)->number : time_at(p, first)->number - 1;
}

/* --- a list that grows --- */

bool placed_grows(struct placed *p)
{
    if (!p->times)
        p->times = calloc(TIMES, sizeof *p->times);
    return p->times;
}

static bool make_room(struct placed *p, size_t count)
{
    if (!placed_grows(p))
        return false;
    if (count <= p->room)
        return true;
    size_t room = p->room ? p->room : ROOM_LEAST;
    while (room < count)
        room *= 2;
    uint32_t *before = realloc(p->before, room * sizeof *before);
    if (!before)
        return false;
    p->before = before;
    p->room = room;
    return true;
}

bool placed_changed(struct placed *p, const struct calls *calls, size_t from)
{
    if (!make_room(p, calls->count + 1))
        return false;
    p->calls = calls;
    p->count = from < p->count ? from : p->count;
    while (p->count < calls->count) {
        uint32_t first = first_from(p, calls->moments[p->count].time);
        if (first == p->times_count)
            break;
        p->before[p->count++] = time_at(p, first)->number;
    }
    bool before_frame = from < p->count && p->before[from] <= p->frame_most;
    if (from < p->fed_most || before_frame)
        begin_epoch(p);
    return true;
}

/* --- feeding --- */

void placed_fed(struct placed *p, uint32_t frame)
{
    if (frame > p->frame_most)
        p->frame_most = frame;
}

void placed_tell(struct placed *p, nanoseconds time)
{
    if (time > p->told)
        p->told = time;
}

bool placed_stale(const struct placed *p, const struct trace_calls *fed)
{
    return fed->epoch != p->epoch;
}

bool placed_due(const struct placed *p, const struct trace_calls *fed, uint32_t frame)
{
    size_t i = fed->fed;
    if (!p->calls || i >= p->calls->count || fed->epoch != p->epoch)
        return false;
    return i < p->count ? p->before[i] <= frame : frame == UINT32_MAX && p->calls->moments[i].time <= p->told;
}

const struct call_moment *placed_next(struct placed *p, struct trace_calls *fed, uint32_t frame)
{
    if (!placed_due(p, fed, frame))
        return NULL;
    size_t i = fed->fed++;
    if (fed->fed > p->fed_most)
        p->fed_most = fed->fed;
    return &p->calls->moments[i];
}

bool placed_wanted(const struct call_moment *moment, const struct tuple *only)
{
    const struct true_call *call = moment->call;
    struct tuple key;
    if (!only || !call_of_one(call) || call_end_anywhere(&call->local))
        return true;
    tuple_make(&key, call->local.version, call->protocol, call->local.address, call->remote.address, call->local.port,
               call->remote.port);
    return tuple_equal(&key, only);
}

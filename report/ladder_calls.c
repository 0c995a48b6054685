/* Recorded calls on a ladder: each beside the frame that it sent or waited for; what waits is a bracket from where it
 * was made to where it returned. The cell beside an arrow holds one call; the others have rows of their own. */
#include <stdlib.h>
#include <string.h>

#include "report/call_words.h"
#include "report/fields.h"
#include "report/ladder_build.h"

enum { LOOK_BACK = 64 };

struct placed {
    const struct true_call *call;
    size_t home;                  /* scene */
    size_t order;
    uint8_t side, part;           /* CLIENT or SERVER; enum call_part */
    bool later;                   /* than the frame it stands at */
    bool alone;                   /* of no frame near it: at its own time, or in a row before the first frame */
    bool behind;                  /* so, or after one that is so */
    nanoseconds time;
};

static int by_home(const void *one, const void *two)
{
    const struct placed *a = one, *b = two;
    if (a->home != b->home)
        return a->home < b->home ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Made and returned beside the same frame: one word for both. */
static bool joined(struct builder *b, const struct true_call *call, size_t home)
{
    for (size_t i = b->placed_count, tries = 0; i-- > 0 && tries < LOOK_BACK; tries++)
        if (b->placed[i].call == call) {
            if (b->placed[i].home != home || b->placed[i].part != CALL_MADE)
                return false;
            b->placed[i].part = CALL_WHOLE;
            return true;
        }
    return false;
}

bool calls_place(struct builder *b, const struct scenes *scenes)
{
    const struct ladder *l = b->ladder;
    size_t calls = 0, last[2] = { 0, 0 }, alone_at[2] = { SIZE_MAX, SIZE_MAX };
    for (size_t i = 0; i < scenes->count; i++)
        calls += scenes->scenes[i].call != NULL;
    if (!calls)
        return true;
    b->placed = malloc(calls * sizeof *b->placed);
    for (size_t i = 0; b->placed && i < scenes->count; i++) {
        const struct step *step = scenes->scenes[i].call;
        enum call_part part = step && step->who < NO_END ? scenes_call_part(l->story, step) : CALL_NOT_TOLD;
        if (step && step->who < NO_END)
            b->recorded[step->who == l->of->client ? CLIENT : SERVER] = true;
        size_t home = part != CALL_NOT_TOLD ? scenes_call_home(scenes, l->story, i) : SIZE_MAX;
        if (part == CALL_NOT_TOLD || (part == CALL_RETURNS && joined(b, step->call.recorded, home)))
            continue;
        unsigned side = step->who == l->of->client ? CLIENT : SERVER;
        bool alone = home != SIZE_MAX && scenes_call_alone(scenes, l->story, i, home);
        if (part == CALL_MADE && home < last[side])
            home = last[side];    /* made after a call that is shown further down */
        if (home != SIZE_MAX && home > last[side])
            last[side] = home;
        alone = alone && home >= last[side];
        if (alone && home < i)
            alone_at[side] = home;
        b->placed[b->placed_count] = (struct placed){ .call = step->call.recorded, .home = home, .part = (uint8_t)part,
                                                      .order = b->placed_count, .side = (uint8_t)side,
                                                      .later = home < i, .time = step->time, .alone = alone,
                                                      .behind = home != SIZE_MAX && home == alone_at[side] };
        b->placed_count++;
    }
    if (b->placed && b->placed_count)
        qsort(b->placed, b->placed_count, sizeof *b->placed, by_home);
    return b->placed != NULL;
}

void calls_keep_side(struct builder *b, unsigned side)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->placed_count; i++)
        if (b->placed[i].side == side)
            b->placed[kept++] = b->placed[i];
    b->placed_count = kept;
    b->recorded[side == CLIENT ? SERVER : CLIENT] = false;
}

/* --- rows --- */

/* Results whose word the legend explains. */
static unsigned result_sign(const struct true_call *call)
{
    static const struct {
        const char *name;
        unsigned used;
    } signs[] = {
        { "EAGAIN", USED_NOTHING }, { "EINPROGRESS", USED_GOES_ON }, { "ENOTCONN", USED_NO_CONN },
        { "EADDRINUSE", USED_IN_USE },
    };
    for (unsigned i = 0; call->error && i < sizeof signs / sizeof *signs; i++)
        if (strcmp(call->error, signs[i].name) == 0)
            return signs[i].used;
    return 0;
}

static void write(struct builder *b, struct ladder_row *row, const struct placed *p)
{
    unsigned side = p->side;
    row->recorded[side] = p->call;
    row->part[side] = p->part;
    b->ladder->used |= USED_RECORDED | (p->part == CALL_MADE ? 0 : result_sign(p->call));
    if (p->part == CALL_MADE && !b->open[side]) {
        b->open[side] = p->call;
        row->bracket[side] = BRACKET_OPENS;
    } else if (p->part == CALL_RETURNS && b->open[side] == p->call) {
        b->open[side] = NULL;
        row->bracket[side] = BRACKET_CLOSES;
    } else if (p->part == CALL_RETURNS) {
        row->part[side] = CALL_WHOLE;     /* its bracket could not be drawn: another one was open */
    }
}

/* A row of its own, or the one before where this side of it is free. */
static void own_row(struct builder *b, const struct placed *p, size_t since)
{
    struct ladder *l = b->ladder;
    struct ladder_row *row = l->count > since ? &l->rows[l->count - 1] : NULL;
    if (!row || row->kind != LADDER_CALL || row->timed || row->call[p->side] || row->recorded[p->side])
        row = builder_row(b, LADDER_CALL, NULL);
    if (row)
        write(b, row, p);
}

/* At its own time, behind the frame before it. On the ladder of both ends the other clock leaves no room to tell it. */
static void row_alone(struct builder *b, const struct placed *p)
{
    bool both = b->ladder->both;
    b->first = false;             /* it is behind a frame */
    if (!both)
        builder_silence(b, p->time);
    struct ladder_row *row = builder_row(b, LADDER_CALL, NULL);
    if (!row)
        return;
    write(b, row, p);
    row->timed = !both;
    row->time[CLIENT] = b->time = p->time;
}

/* May stand beside the arrow of its frame. */
static bool beside_arrow(const struct placed *p)
{
    if (p->behind || p->alone)
        return false;
    if (p->part == CALL_RETURNS)
        return true;
    if (p->call->call == CALL_EXIT)
        return !p->later;         /* else it stands there for want of a frame of its own */
    return call_puts(p->call) || (p->part == CALL_WHOLE && call_receives(p->call->call));
}

/* What hidden frames have: what opens and closes brackets is shown all the same. */
static void pass_hidden(struct builder *b, size_t scene)
{
    for (; b->placed_at < b->placed_count && b->placed[b->placed_at].home < scene; b->placed_at++) {
        const struct placed *p = &b->placed[b->placed_at];
        if (!call_is_frequent(p->call->call) || b->open[p->side] == p->call)
            own_row(b, p, b->ladder->count);
    }
}

/* The states before the first frame, beside the last call made there. */
static void states_before(struct builder *b, size_t since)
{
    const struct ladder *l = b->ladder;
    if (!b->first || l->count == since || !conversation_is_tcp(l->of) ||
        connection_handshake(as_connection(l->of)) == HANDSHAKE_MIDSTREAM)
        return;
    struct ladder_row *row = &b->ladder->rows[l->count - 1];
    for (unsigned side = 0; side < 2; side++) {
        unsigned end = side == CLIENT ? l->of->client : !l->of->client;
        if (b->recorded[side])
            row->state[side] = (uint8_t)peer_path(&as_connection(l->of)->peer[end], 0);
    }
}

/* In a row below its frame: behind what stands beside the arrow, or because it was made later and nothing does. */
static bool below_arrow(const struct builder *b, const struct beside *beside, size_t i)
{
    size_t taken = beside->taken[b->placed[i].side];
    return taken == SIZE_MAX ? b->placed[i].later : taken < i;
}

struct beside calls_before_arrow(struct builder *b, size_t scene)
{
    struct beside beside = { .first = b->placed_at, .taken = { SIZE_MAX, SIZE_MAX } };
    size_t since = b->ladder->count;
    pass_hidden(b, scene);
    beside.first = b->placed_at;
    while (b->placed_at < b->placed_count && b->placed[b->placed_at].home == scene)
        b->placed_at++;
    beside.end = b->placed_at;
    for (size_t i = beside.first; i < beside.end; i++)
        if (beside.taken[b->placed[i].side] == SIZE_MAX && beside_arrow(&b->placed[i]))
            beside.taken[b->placed[i].side] = i;
    for (size_t i = beside.first; i < beside.end; i++)
        if (i != beside.taken[b->placed[i].side] && !below_arrow(b, &beside, i))
            own_row(b, &b->placed[i], since);
    states_before(b, since);
    return beside;
}

void calls_beside_arrow(struct builder *b, struct ladder_row *row, const struct beside *beside)
{
    for (unsigned side = 0; row && side < 2; side++)
        if (beside->taken[side] != SIZE_MAX)
            write(b, row, &b->placed[beside->taken[side]]);
}

void calls_after_arrow(struct builder *b, const struct beside *beside)
{
    size_t since = b->ladder->count;
    for (size_t i = beside->first; i < beside->end; i++)
        if (i != beside->taken[b->placed[i].side] && below_arrow(b, beside, i)) {
            if (b->placed[i].alone)
                row_alone(b, &b->placed[i]);
            else
                own_row(b, &b->placed[i], since);
        }
}

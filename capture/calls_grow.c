/* A list of calls that grows while it is read. */
#include <stdlib.h>
#include <string.h>

#include "capture/calls_list.h"

struct calls *calls_new(void)
{
    struct calls_owned *o = calloc(1, sizeof *o);
    return o ? &o->list : NULL;
}

/* The place of the first moment that comes not before this one: most come at the end. */
static size_t place_of(const struct calls_owned *o, const struct call_moment *moment)
{
    size_t low = 0, high = o->list.count;
    if (!high || calls_by_moment(&o->moments[high - 1], moment) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calls_by_moment(&o->moments[middle], moment) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Room for it must be there. */
static size_t insert(struct calls_owned *o, const struct call_moment *moment)
{
    size_t place = place_of(o, moment);
    memmove(&o->moments[place + 1], &o->moments[place], (o->list.count - place) * sizeof *o->moments);
    o->moments[place] = *moment;
    o->list.count++;
    return place;
}

/* --- a recorder's numbers --- */

static struct listed *find(const struct calls_owned *o, const struct true_call *call)
{
    const struct numbers *n = &o->numbers[call->who % CALLERS];
    return call->number && call->number <= n->count ? n->of[call->number - 1] : NULL;
}

/* Numbers come in order; those between are of calls that were lost on the way. */
static bool number(struct numbers *n, uint32_t number, struct listed *listed)
{
    if (!number || number > 8 * CALLS_MOST)
        return false;
    if (number > n->room) {
        size_t room = n->room ? n->room : 64;
        while (room < number)
            room *= 2;
        struct listed **of = realloc(n->of, room * sizeof *of);
        if (!of)
            return false;
        n->of = of;
        n->room = room;
    }
    while (n->count < number)
        n->of[n->count++] = NULL;
    n->of[number - 1] = listed;
    return true;
}

/* --- what becomes of it --- */

size_t calls_made(struct calls *calls, const struct true_call *call)
{
    struct calls_owned *o = (struct calls_owned *)calls;
    struct listed *listed = NULL;
    if (calls->calls < CALLS_MOST && calls_list_room(o, 2 * (calls->calls + 1) - calls->count))
        listed = calls_list_add(o, call);
    if (!listed) {
        calls->left_out++;
        return calls->count;
    }
    listed->call.returned = false;
    number(&o->numbers[call->who % CALLERS], call->number, listed);
    return insert(o, &(struct call_moment){ .time = call->time, .call = &listed->call });
}

static bool better(const struct call_end *now, const struct call_end *known)
{
    return now->version && memcmp(now, known, sizeof *now) != 0;
}

/* The place of its making, where its ends are other ones than before. */
static size_t take_ends(struct calls_owned *o, struct listed *listed, const struct true_call *call)
{
    struct recorded_ends *ends = &listed->recorded;
    bool other = (call->protocol && call->protocol != ends->protocol) || better(&call->local, &ends->local)
                 || better(&call->remote, &ends->remote);
    if (!other)
        return o->list.count;
    if (call->protocol)
        ends->protocol = call->protocol;
    if (call->local.version)
        ends->local = call->local;
    if (call->remote.version)
        ends->remote = call->remote;
    listed->call.protocol = ends->protocol;
    listed->call.local = ends->local;
    listed->call.remote = ends->remote;
    listed->before = *ends;
    return place_of(o, &(struct call_moment){ .time = listed->call.time, .call = &listed->call });
}

size_t calls_known(struct calls *calls, const struct true_call *call)
{
    struct calls_owned *o = (struct calls_owned *)calls;
    struct listed *listed = find(o, call);
    return listed ? take_ends(o, listed, call) : calls->count;
}

size_t calls_returned(struct calls *calls, const struct true_call *call)
{
    struct calls_owned *o = (struct calls_owned *)calls;
    struct listed *listed = find(o, call);
    if (!listed || listed->call.returned)
        return calls->count;
    size_t made = take_ends(o, listed, call);
    if (call->args)
        calls_list_text(o, &listed->call.args, call->args);
    calls_list_text(o, &listed->call.result, call->result);
    calls_list_text(o, &listed->call.error, call->error);
    listed->call.end = call->end > listed->call.time ? call->end : listed->call.time;
    listed->call.returned = true;
    size_t place = insert(o, &(struct call_moment){ .time = listed->call.end, .call = &listed->call, .returns = true });
    return made < place ? made : place;
}

size_t calls_settle(struct calls *calls)
{
    return calls_find_ends((struct calls_owned *)calls);
}

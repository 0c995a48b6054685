/* How far the two clocks are apart, from the shortest way each way.
 *
 * A difference of the two clocks makes one way look longer and the other shorter by the same amount. Taking both
 * shortest ways to be equally long, half of what they differ by is the offset. That cannot be checked from two
 * captures: where the ways are not equally long, the offset is wrong by half of their difference.
 */
#include <stdlib.h>

#include "report/compare_parts.h"

enum { FEW = 3 };                 /* pairs each way that a part of the capture needs to tell of drift */

#define DRIFT_SPAN  (10 * NS_PER_S)
#define DRIFT_LEAST NS_PER_MS
#define DRIFT_MOST  0.01          /* no clock is so bad: the way has changed, or the clock was set */

nanoseconds common_time(const struct comparison *c, unsigned side, nanoseconds time)
{
    if (side == CLIENT)
        return time;
    return time_bounded(time - c->offset - (nanoseconds)((double)time_between(c->since, time) * c->drift));
}

static bool counts(const struct pair *p)
{
    return p->sent && p->arrived && !p->guessed && !(p->changes & CHANGE_PIECES);
}

struct part {
    nanoseconds least[2];         /* arrival by one clock minus sending by the other, by side of the sender */
    size_t count[2];
    nanoseconds first, last;      /* by the server's clock */
};

/* Pairs whose server's time is in [begin, end]. */
static struct part part_of(const struct comparison *c, nanoseconds begin, nanoseconds end)
{
    struct part part = { .first = INT64_MAX, .last = INT64_MIN };
    for (size_t i = 0; i < c->count; i++) {
        const struct pair *p = &c->pairs[i];
        if (!counts(p))
            continue;
        nanoseconds at = p->from == SERVER ? p->sent->time : p->arrived->time;
        if (at < begin || at > end)
            continue;
        nanoseconds way = time_between(p->sent->time, p->arrived->time);
        if (!part.count[p->from]++ || way < part.least[p->from])
            part.least[p->from] = way;
        part.first = at < part.first ? at : part.first;
        part.last = at > part.last ? at : part.last;
    }
    return part;
}

static nanoseconds offset_of(const struct part *part)
{
    return (part->least[CLIENT] - part->least[SERVER]) / 2;
}

/* The offset at the beginning against that at the end, where both are long enough after another. */
static void find_drift(struct comparison *c, const struct part *all)
{
    nanoseconds third = (all->last - all->first) / 3;
    if (third * 3 < DRIFT_SPAN)
        return;
    struct part early = part_of(c, all->first, all->first + third), late = part_of(c, all->last - third, all->last);
    for (unsigned side = 0; side < 2; side++)
        if (early.count[side] < FEW || late.count[side] < FEW)
            return;
    nanoseconds moved = offset_of(&late) - offset_of(&early), round_trip = all->least[0] + all->least[1];
    nanoseconds noise = round_trip / 2 > DRIFT_LEAST ? round_trip / 2 : DRIFT_LEAST;
    if (moved < noise && moved > -noise)
        return;
    nanoseconds from = early.first + (early.last - early.first) / 2, until = late.first + (late.last - late.first) / 2;
    double drift = (double)moved / (double)time_between(from, until);
    if (drift > DRIFT_MOST || drift < -DRIFT_MOST)
        return;
    c->drifts = true;
    c->offset = offset_of(&early);
    c->since = from;
    c->drift = drift;
}

static int by_size(const void *a, const void *b)
{
    nanoseconds x = *(const nanoseconds *)a, y = *(const nanoseconds *)b;
    return x < y ? -1 : x > y;
}

static void find_delays(struct comparison *c, unsigned from, nanoseconds *ways)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct pair *p = &c->pairs[i];
        if (counts(p) && p->from == from)
            ways[count++] = time_between(common_time(c, from, p->sent->time), common_time(c, !from, p->arrived->time));
    }
    c->delay[from] = (struct delays){ .count = count };
    if (!count)
        return;
    qsort(ways, count, sizeof *ways, by_size);
    c->delay[from].least = ways[0];
    c->delay[from].median = ways[count / 2];
    c->delay[from].most = ways[count - 1];
}

bool compare_clocks(struct comparison *c)
{
    struct part all = part_of(c, INT64_MIN, INT64_MAX);
    nanoseconds *ways = calloc(c->count + 1, sizeof *ways);
    if (!ways)
        return false;
    c->clock_known = all.count[CLIENT] && all.count[SERVER];
    c->drifts = false;
    c->drift = 0;
    c->offset = 0;
    c->one_clock = !c->clock_known && c->at[CLIENT].capture->about.one_clock && c->at[SERVER].capture->about.one_clock;
    if (c->clock_known)
        c->offset = offset_of(&all);
    else if (c->one_clock)
        c->clock_known = true;
    else if (all.count[CLIENT])
        c->offset = all.least[CLIENT];
    else if (all.count[SERVER])
        c->offset = -all.least[SERVER];
    else                          /* nothing is in both: each begins at 0 */
        c->offset = time_between(time_bounded(c->at[CLIENT].of->first_time),
                                 time_bounded(c->at[SERVER].of->first_time));
    c->since = 0;
    if (c->clock_known && !c->one_clock)
        find_drift(c, &all);
    for (unsigned from = 0; from < 2; from++)
        find_delays(c, from, ways);
    free(ways);
    return true;
}

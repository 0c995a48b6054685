/* Which unit that arrived is which that was sent.
 *
 * Units with the same numbers, flags and length (datagrams: the same bytes) are of one group. What was sent again is
 * of the same group as its first copy; there the IP identification decides, else the time stamp, and where neither is
 * there, the order in time: then it is a guess, and said to be one.
 */
#include <stdlib.h>

#include "decode/sequence.h"
#include "report/compare_parts.h"

enum { LOOK_AT = 64 };            /* copies of one group compared with each other */

#define GUESS_WITHIN (10 * NS_PER_MS)

struct direction {
    struct comparison *c;
    unsigned from;
    struct keyed *sent, *arrived; /* owned */
    size_t sent_count, arrived_count;
};

struct pair *pair_add(struct comparison *c, unsigned from, const struct seen *sent, const struct seen *arrived)
{
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 256;
        struct pair *pairs = realloc(c->pairs, room * sizeof *pairs);
        if (!pairs) {
            c->failed = true;
            return NULL;
        }
        c->pairs = pairs;
        c->room = room;
    }
    c->pairs[c->count] = (struct pair){ .from = (uint8_t)from, .sent = sent, .arrived = arrived };
    return &c->pairs[c->count++];
}

static struct pair *join(struct direction *d, struct keyed *sent, struct keyed *arrived)
{
    sent->taken = arrived->taken = true;
    return pair_add(d->c, d->from, sent->seen, arrived->seen);
}

/* --- groups --- */

enum likeness { UNLIKE, ALIKE, SAME };

static enum likeness compare_copies(const struct comparison *c, const struct seen *s, const struct seen *r)
{
    if (c->ids_hold && s->ip_id && r->ip_id)
        return s->ip_id == r->ip_id ? SAME : UNLIKE;
    if (c->stamps_hold && s->notes & r->notes & NOTE_TIMESTAMPS)
        return s->tsval == r->tsval ? SAME : UNLIKE;
    return ALIKE;
}

struct group {
    size_t sent, sent_end, arrived, arrived_end;
};

/* The next group that both ends have, from g's ends on. */
static bool next_group(const struct direction *d, struct group *g)
{
    size_t i = g->sent_end, j = g->arrived_end;
    while (i < d->sent_count && j < d->arrived_count && d->sent[i].key != d->arrived[j].key)
        if (d->sent[i].key < d->arrived[j].key)
            i++;
        else
            j++;
    *g = (struct group){ i, i, j, j };
    if (i >= d->sent_count || j >= d->arrived_count)
        return false;
    while (g->sent_end < d->sent_count && d->sent[g->sent_end].key == d->sent[i].key)
        g->sent_end++;
    while (g->arrived_end < d->arrived_count && d->arrived[g->arrived_end].key == d->sent[i].key)
        g->arrived_end++;
    return true;
}

static void join_certain(struct direction *d, const struct group *g)
{
    bool alone = g->sent_end - g->sent == 1 && g->arrived_end - g->arrived == 1;
    size_t from = g->arrived;
    for (size_t i = g->sent; i < g->sent_end; i++) {
        while (from < g->arrived_end && d->arrived[from].taken)
            from++;
        for (size_t j = from; j < g->arrived_end && j < from + LOOK_AT; j++) {
            enum likeness likeness = compare_copies(d->c, d->sent[i].seen, d->arrived[j].seen);
            if (d->arrived[j].taken || likeness == UNLIKE || (likeness == ALIKE && !alone))
                continue;
            join(d, &d->sent[i], &d->arrived[j]);
            break;
        }
    }
}

/* How long it would have been on the way; below 0: it would have been sent too late. */
static nanoseconds way_between(const struct direction *d, const struct keyed *sent, const struct keyed *arrived)
{
    nanoseconds left = common_time(d->c, d->from, sent->seen->time);
    return time_between(left, common_time(d->c, !d->from, arrived->seen->time)) - d->c->delay[d->from].least / 2;
}

/* Each that arrived is the latest copy that can have been sent before: half of the shortest way earlier at least. Where
 * another copy would not have been unusually long on the way either, that is a guess. */
static void join_by_time(struct direction *d, const struct group *g)
{
    nanoseconds usual = 3 * d->c->delay[d->from].median + GUESS_WITHIN;
    size_t next = g->sent;
    for (size_t j = g->arrived; j < g->arrived_end; j++) {
        struct keyed *best = NULL, *arrived = &d->arrived[j];
        unsigned likely = 0;
        if (arrived->taken)
            continue;
        size_t left = LOOK_AT, waiting = g->arrived_end - j;
        for (size_t i = next; i < g->sent_end && left--; i++) {
            struct keyed *sent = &d->sent[i];
            if (sent->taken || compare_copies(d->c, sent->seen, arrived->seen) == UNLIKE)
                continue;
            nanoseconds way = way_between(d, sent, arrived);
            if (best && (way < 0 || waiting > g->sent_end - i))
                break;
            likely += way >= 0 && way <= usual;
            best = sent;
            next = i + 1;
        }
        struct pair *pair = best ? join(d, best, arrived) : NULL;
        if (pair)
            pair->guessed = likely > 1;
    }
}

static void each_group(struct direction *d, void (*join_group)(struct direction *, const struct group *))
{
    struct group g = { 0 };
    while (next_group(d, &g))
        join_group(d, &g);
}

/* --- what is left: changed on the way, cut apart or put together by a network card --- */

static int by_id(const void *a, const void *b)
{
    const struct keyed *x = *(struct keyed *const *)a, *y = *(struct keyed *const *)b;
    if (x->seen->ip_id != y->seen->ip_id)
        return x->seen->ip_id < y->seen->ip_id ? -1 : 1;
    return x->seen->frame < y->seen->frame ? -1 : x->seen->frame > y->seen->frame;
}

/* Those not taken, or only those with payload. NULL when memory ran out; owned by the caller. */
static struct keyed **left_over(struct keyed *units, size_t count, bool payload, size_t *left)
{
    struct keyed **list = calloc(count + 1, sizeof *list);
    *left = 0;
    for (size_t i = 0; list && i < count; i++)
        if (!units[i].taken && (!payload || units[i].seen->payload))
            list[(*left)++] = &units[i];
    return list;
}

/* The same datagram by its identification, with other contents. */
static bool join_changed(struct direction *d)
{
    size_t sent_left, arrived_left;
    struct keyed **sent = left_over(d->sent, d->sent_count, false, &sent_left);
    struct keyed **arrived = left_over(d->arrived, d->arrived_count, false, &arrived_left);
    bool well = sent && arrived;
    if (well && d->c->ids_hold) {
        qsort(sent, sent_left, sizeof *sent, by_id);
        qsort(arrived, arrived_left, sizeof *arrived, by_id);
        for (size_t i = 0, j = 0; i < sent_left && j < arrived_left;) {
            const struct seen *s = sent[i]->seen, *r = arrived[j]->seen;
            if (s->ip_id == r->ip_id && s->ip_id && s->payload == r->payload) {
                struct pair *pair = join(d, sent[i++], arrived[j++]);
                if (pair)
                    pair->changes = CHANGE_HEADER;
            } else if (s->ip_id <= r->ip_id) {
                i++;
            } else {
                j++;
            }
        }
    }
    free(sent);
    free(arrived);
    return well;
}

struct whole {
    const struct view_of *view, *piece_view;
};

static bool inside(const struct whole *w, const struct seen *piece, const struct seen *all)
{
    uint32_t begin = relative_seq(w->piece_view, piece) - relative_seq(w->view, all);
    return piece->payload < all->payload && begin < all->payload && begin + piece->payload <= all->payload;
}

/* One segment was sent, several arrived: cut apart by the sender's network card, behind the capture. */
static void join_pieces(struct direction *d, struct keyed *sent, struct keyed **arrived, size_t count)
{
    struct whole w = { &d->c->at[d->from], &d->c->at[!d->from] };
    uint32_t covered = 0, all = sent->seen->payload;
    unsigned looked = 0;
    for (size_t j = 0; j < count && covered < all && looked < LOOK_AT * 4; j++) {
        if (arrived[j]->taken || !inside(&w, arrived[j]->seen, sent->seen)) {
            looked += !arrived[j]->taken;
            continue;
        }
        struct pair *pair = covered ? NULL : join(d, sent, arrived[j]);
        arrived[j]->taken = true;
        covered += arrived[j]->seen->payload;
        if (pair)
            pair->changes = CHANGE_PIECES;
    }
    if (covered && covered < all) {
        struct pair *rest = pair_add(d->c, d->from, sent->seen, NULL);
        if (rest)
            rest->changes = CHANGE_PIECES;
    }
}

/* Several were sent, one arrived: put together by the receiver's network card, before the capture. */
static void join_parts(struct direction *d, struct keyed *arrived, struct keyed **sent, size_t count)
{
    struct whole w = { &d->c->at[!d->from], &d->c->at[d->from] };
    unsigned looked = 0;
    for (size_t i = 0; i < count && looked < LOOK_AT * 4; i++) {
        if (sent[i]->taken || !inside(&w, sent[i]->seen, arrived->seen)) {
            looked += !sent[i]->taken;
            continue;
        }
        struct pair *pair = join(d, sent[i], arrived);
        if (pair)
            pair->changes = CHANGE_PIECES;
    }
}

static int by_frame(const void *a, const void *b)
{
    const struct keyed *x = *(struct keyed *const *)a, *y = *(struct keyed *const *)b;
    return x->seen->frame < y->seen->frame ? -1 : x->seen->frame > y->seen->frame;
}

static bool join_offloaded(struct direction *d)
{
    size_t sent_left, arrived_left;
    struct keyed **sent = left_over(d->sent, d->sent_count, true, &sent_left);
    struct keyed **arrived = left_over(d->arrived, d->arrived_count, true, &arrived_left);
    bool well = sent && arrived;
    if (well && d->c->tcp) {
        qsort(sent, sent_left, sizeof *sent, by_frame);
        qsort(arrived, arrived_left, sizeof *arrived, by_frame);
        size_t first = 0;
        for (size_t i = 0; i < sent_left; i++) {
            while (first < arrived_left && arrived[first]->taken)
                first++;
            join_pieces(d, sent[i], arrived + first, arrived_left - first);
        }
        first = 0;
        for (size_t j = 0; j < arrived_left; j++) {
            while (first < sent_left && sent[first]->taken)
                first++;
            if (!arrived[j]->taken)
                join_parts(d, arrived[j], sent + first, sent_left - first);
        }
    }
    free(sent);
    free(arrived);
    return well;
}

/* --- what is alone --- */

/* Did something of this group arrive that is the same in all that tells copies apart? */
static bool arrived_before(const struct direction *d, size_t j)
{
    const struct keyed *r = &d->arrived[j];
    for (size_t i = j; i-- > 0 && j - i < LOOK_AT && d->arrived[i].key == r->key;)
        if (d->arrived[i].taken && compare_copies(d->c, d->arrived[i].seen, r->seen) != UNLIKE)
            return true;
    return false;
}

static void alone(struct direction *d)
{
    for (size_t i = 0; i < d->sent_count; i++)
        if (!d->sent[i].taken)
            pair_add(d->c, d->from, d->sent[i].seen, NULL);
    for (size_t j = 0; j < d->arrived_count; j++) {
        struct pair *pair = d->arrived[j].taken ? NULL : pair_add(d->c, d->from, NULL, d->arrived[j].seen);
        if (pair)
            pair->fate = arrived_before(d, j) ? FATE_DUPLICATE : FATE_INSERTED;
    }
}

/* Frames that come twice: captured twice, where what this end itself sent does so as well; else doubled on the way. */
static void doubled(struct direction *d)
{
    const struct view_of *view = &d->c->at[!d->from];
    const struct seen_list *list = view->capture->list;
    for (size_t i = 0; i < list->count; i++)
        if (list->seen[i].twice && side_at(view, &list->seen[i]) != d->from)
            return;
    for (size_t i = 0; i < list->count; i++) {
        struct pair *pair = list->seen[i].twice ? pair_add(d->c, d->from, NULL, &list->seen[i]) : NULL;
        if (pair)
            pair->fate = FATE_DUPLICATE;
    }
}

static int by_sending(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    nanoseconds s = x->sent ? x->sent_at : x->arrived_at, t = y->sent ? y->sent_at : y->arrived_at;
    if (s != t)
        return s < t ? -1 : 1;
    const struct seen *p = x->sent ? x->sent : x->arrived, *q = y->sent ? y->sent : y->arrived;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return p->frame < q->frame ? -1 : p->frame > q->frame;
}

static void order_by_sending(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++) {
        struct pair *p = &c->pairs[i];
        if (p->sent)
            p->sent_at = common_time(c, p->from, p->sent->time);
        if (p->arrived)
            p->arrived_at = common_time(c, !p->from, p->arrived->time);
    }
    if (c->count)
        qsort(c->pairs, c->count, sizeof *c->pairs, by_sending);
}

bool compare_pairs(struct comparison *c)
{
    struct direction d[2];
    bool well = true;
    for (unsigned from = 0; from < 2; from++) {
        d[from] = (struct direction){ .c = c, .from = from };
        d[from].sent = keyed_units(c, &c->at[from], from, &d[from].sent_count);
        d[from].arrived = keyed_units(c, &c->at[!from], from, &d[from].arrived_count);
        well = well && d[from].sent && d[from].arrived;
    }
    for (unsigned from = 0; from < 2 && well; from++)
        each_group(&d[from], join_certain);
    well = well && compare_clocks(c);
    for (unsigned from = 0; from < 2 && well; from++) {
        each_group(&d[from], join_by_time);
        well = join_changed(&d[from]) && join_offloaded(&d[from]);
        alone(&d[from]);
        doubled(&d[from]);
    }
    well = well && compare_clocks(c);
    if (well)
        order_by_sending(c);
    for (unsigned from = 0; from < 2; from++) {
        free(d[from].sent);
        free(d[from].arrived);
    }
    return well && !c->failed;
}

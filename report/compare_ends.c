/* Which capture was made at the client's end.
 *
 * Between a segment of the client and one of the server, more time passes at the client's end by one round trip. So the
 * server's clock minus the client's is greater by the round trip for what goes to the server than for what comes back;
 * where it is smaller, the captures are the other way round. Else the TTL tells, or checksums left to the device, or,
 * where both captures are of one clock, that what is sent is seen at its sender's first.
 */
#include <stdlib.h>
#include <string.h>

#include "report/compare_parts.h"

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* Flags that routers may change (RFC 3168) are no part of it. */
static uint64_t key_of(const struct comparison *c, const struct view_of *view, const struct seen *s)
{
    if (!c->tcp)
        return mix(mix(1, s->payload), c->heads_hold ? s->head : 0);
    unsigned side = side_at(view, s);
    uint32_t ack = s->flags & TCP_ACK ? s->ack - view->base[!side] : 0;
    uint16_t flags = s->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG);
    return mix(mix(mix(2, relative_seq(view, s)), ack), (uint64_t)flags << 32 | s->payload);
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->seen->frame < y->seen->frame ? -1 : x->seen->frame > y->seen->frame;
}

struct keyed *keyed_units(const struct comparison *c, const struct view_of *view, unsigned from, size_t *count)
{
    const struct seen_list *list = view->capture->list;
    struct keyed *units = calloc(list->count + 1, sizeof *units);
    *count = 0;
    for (size_t i = 0; units && i < list->count; i++) {
        const struct seen *s = &list->seen[i];
        if (side_at(view, s) == from && !s->twice)
            units[(*count)++] = (struct keyed){ .key = key_of(c, view, s), .seen = s };
    }
    if (units)
        qsort(units, *count, sizeof *units, by_key);
    return units;
}

/* --- what both captures agree on --- */

struct sample {
    nanoseconds *differences;     /* B's time minus A's; owned */
    size_t count, ids, same_ids, stamps, same_stamps;
    int64_t hops;                 /* A's TTL minus B's, all together */
    unsigned offloaded[2];        /* checksums left to the device, by capture */
};

static bool alone(const struct keyed *units, size_t count, size_t i)
{
    return (i == 0 || units[i - 1].key != units[i].key) && (i + 1 == count || units[i + 1].key != units[i].key);
}

static void sample_pair(struct sample *sample, const struct seen *a, const struct seen *b)
{
    sample->differences[sample->count++] = time_between(a->time, b->time);
    sample->hops += a->ttl - b->ttl;
    sample->offloaded[0] += a->checksum == CHECKSUM_OFFLOADED;
    sample->offloaded[1] += b->checksum == CHECKSUM_OFFLOADED;
    if (a->ip_id && b->ip_id) {
        sample->ids++;
        sample->same_ids += a->ip_id == b->ip_id;
    }
    if (a->notes & b->notes & NOTE_TIMESTAMPS) {
        sample->stamps++;
        sample->same_stamps += a->tsval == b->tsval;
    }
}

/* Units of one direction that are the only ones of their kind in both captures. False when memory ran out. */
static bool take_sample(const struct comparison *c, unsigned from, struct sample *sample)
{
    size_t count_a, count_b;
    struct keyed *a = keyed_units(c, &c->at[0], from, &count_a), *b = keyed_units(c, &c->at[1], from, &count_b);
    sample->differences = calloc(count_a + 1, sizeof *sample->differences);
    bool well = a && b && sample->differences;
    for (size_t i = 0, j = 0; well && i < count_a && j < count_b;) {
        if (a[i].key == b[j].key && alone(a, count_a, i) && alone(b, count_b, j))
            sample_pair(sample, a[i].seen, b[j].seen);
        if (a[i].key <= b[j].key)
            i++;
        else
            j++;
    }
    free(a);
    free(b);
    return well;
}

static int by_size(const void *a, const void *b)
{
    nanoseconds x = *(const nanoseconds *)a, y = *(const nanoseconds *)b;
    return x < y ? -1 : x > y;
}

static nanoseconds median(struct sample *sample)
{
    qsort(sample->differences, sample->count, sizeof *sample->differences, by_size);
    return sample->differences[sample->count / 2];
}

/* Is A at the server's end? */
static bool turned(struct comparison *c, struct sample to_server, struct sample to_client)
{
    nanoseconds round_trip = 0;
    if (to_server.count && to_client.count)
        round_trip = median(&to_server) - median(&to_client);
    c->told_by = TOLD_BY_ROUND_TRIP;
    if (round_trip)
        return round_trip < 0;
    c->told_by = TOLD_BY_TTL;
    if (to_server.hops != to_client.hops)
        return to_server.hops < to_client.hops;
    c->told_by = TOLD_BY_OFFLOAD;
    int client = (int)to_server.offloaded[0] - (int)to_server.offloaded[1];
    int server = (int)to_client.offloaded[1] - (int)to_client.offloaded[0];
    if (client + server)
        return client + server < 0;
    nanoseconds later = to_server.count ? median(&to_server) : to_client.count ? -median(&to_client) : 0;
    bool known = later && c->at[0].capture->about.one_clock && c->at[1].capture->about.one_clock;
    c->told_by = known ? TOLD_BY_CLOCK : TOLD_BY_NOTHING;
    return known && later < 0;
}

/* Most of many: a few may have been rewritten, or paired wrongly. */
static bool hold(size_t same, size_t all)
{
    return all && same * 10 >= all * 9;
}

/* --- the views --- */

/* Numbers count from the initial ones where both captures know them: a firewall may have replaced them. */
static void set_bases(struct comparison *c)
{
    for (unsigned side = 0; side < 2 && c->tcp; side++) {
        const struct peer *p[2];
        for (unsigned i = 0; i < 2; i++) {
            const struct view_of *view = &c->at[i];
            p[i] = &as_connection(view->of)->peer[side == CLIENT ? view->client : !view->client];
        }
        bool known = p[0]->facts & p[1]->facts & PEER_ISS;
        c->shifted[side] = known && p[0]->iss != p[1]->iss;
        for (unsigned i = 0; i < 2; i++)
            c->at[i].base[side] = known ? p[i]->iss : 0;
    }
}

static bool heads_hold(const struct seen_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->seen[i].notes & NOTE_CUT)
            return false;
    return true;
}

bool compare_ends(struct comparison *c, const struct compare_capture captures[2])
{
    for (unsigned i = 0; i < 2; i++) {
        const struct conversation *of = decoder_find(captures[i].decoder, c->match->id[i]);
        struct totals totals = decoder_totals(captures[i].decoder);
        if (!of)
            return false;
        c->at[i] = (struct view_of){ .capture = &captures[i], .of = of, .client = c->match->client[i],
                                     .first = time_bounded(totals.first_time),
                                     .last = time_bounded(totals.last_time) };
    }
    c->tcp = conversation_is_tcp(c->at[0].of);
    c->heads_hold = heads_hold(captures[0].list) && heads_hold(captures[1].list);
    set_bases(c);
    struct sample sample[2] = { { 0 }, { 0 } };
    bool well = take_sample(c, CLIENT, &sample[CLIENT]) && take_sample(c, SERVER, &sample[SERVER]);
    c->order[SERVER] = 1;
    if (well && turned(c, sample[CLIENT], sample[SERVER])) {
        struct view_of other = c->at[0];
        c->at[0] = c->at[1];
        c->at[1] = other;
        c->order[CLIENT] = 1;
        c->order[SERVER] = 0;
    }
    c->ids_hold = hold(sample[0].same_ids + sample[1].same_ids, sample[0].ids + sample[1].ids);
    c->stamps_hold = hold(sample[0].same_stamps + sample[1].same_stamps, sample[0].stamps + sample[1].stamps);
    free(sample[0].differences);
    free(sample[1].differences);
    return well;
}

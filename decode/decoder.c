#include "decode/internal.h"

#include <stdlib.h>

enum { PREFETCH_AHEAD = 6 };

struct decoder *decoder_new(const struct decoder_options *options)
{
    struct decoder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->options = *options;
    if (!d->options.max_connections)
        d->options.max_connections = DECODER_CONNECTIONS;
    if (d->options.max_connections > DECODER_CONNECTIONS_MOST)
        d->options.max_connections = DECODER_CONNECTIONS_MOST;
    if (d->options.counted)
        d->wants |= WANTS_COUNTED;
    if (!d->options.msl)
        d->options.msl = 120 * NS_PER_S;
    if (!d->options.flow_timeout)
        d->options.flow_timeout = 60 * NS_PER_S;
    d->now = INT64_MIN;
    pool_init(&d->outstanding, sizeof(struct outstanding), OUTSTANDING_MAX);
    pool_init(&d->holes, sizeof(struct hole), HOLES_MAX);
    pool_init(&d->tallies, sizeof(struct tally), TALLIES_MAX);
    bool table = table_init(&d->table, d->options.max_connections);
    d->parser = parser_new(d->options.secret);
    if (!table || !d->parser) {
        decoder_free(d);
        return NULL;
    }
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    parser_free(d->parser);
    table_clear(&d->table);
    pool_clear(&d->outstanding);
    pool_clear(&d->holes);
    pool_clear(&d->tallies);
    calls_free_book(d->calls);
    free(d);
}

static void tell_frame(const struct decoder *d, const struct frame *frame, const struct parsed *parsed)
{
    if (parsed->outcome == FRAME_UNITS && !parsed->malformed)
        return;
    bool cut = parsed->outcome == FRAME_CUT, malformed = parsed->malformed || parsed->outcome == FRAME_MALFORMED;
    bool waits = parsed->outcome == FRAME_FRAGMENT;
    enum event_kind kind = malformed ? EVENT_FRAME_MALFORMED : cut ? EVENT_FRAME_CUT : EVENT_FRAME_FRAGMENT;
    if (!(cut || malformed || waits) || !decoder_wants(d, kind))
        return;
    struct event event = { .kind = (uint8_t)kind, .who = NO_END, .frame = frame->number, .time = frame->time,
                           .parsed = parsed };
    decoder_emit(d, &event);
}

static void count_frame(struct decoder *d, const struct frame *frame, const struct parsed *parsed)
{
    struct totals *t = &d->totals;
    if (t->frames++ == 0)
        t->first_time = t->last_time = frame->time;
    if (frame->time < t->first_time)
        t->first_time = frame->time;
    if (frame->time > t->last_time)
        t->last_time = frame->time;
    t->frame_bytes += frame->len;
    t->captured_bytes += frame->caplen;
    t->other += parsed->outcome == FRAME_OTHER;
    t->cut_frames += parsed->cut || parsed->outcome == FRAME_CUT;
    t->malformed += parsed->malformed || parsed->outcome == FRAME_MALFORMED;
    t->fragments += parsed->fragment;
}

/* The id of the flow or connection whose unit this one came in: the layer around it in the same frame. */
static uint32_t carrier_of(const struct decoder *d, const struct unit *u, const struct unit *first)
{
    if (u == first || (u - 1)->frame != u->frame || u->layer == 0)
        return 0;
    const struct unit *outer = u - 1;
    uint32_t reference = table_find(&d->table, &outer->key, outer->hash);
    return reference ? table_row(&d->table, reference)->id : 0;
}

static void run_unit(struct decoder *d, struct unit *u)
{
    if (u->kind == UNIT_TCP || u->kind == UNIT_UDP) {
        uint64_t bad = u->checksum == CHECKSUM_BAD;
        d->totals.bad_checksum += bad;
        if (bad && d->options.verify_checksums)
            return;
    }
    uint32_t within = u->layer ? carrier_of(d, u, d->units) : 0;
    if (u->time > d->now)
        d->now = u->time;
    if (d->now >= d->next_due)
        tcp_timers(d, d->now);
    switch ((enum unit_kind)u->kind) {
    case UNIT_TCP:
        d->totals.tcp_segments++;
        u->fingerprint = unit_fingerprint(u);
        tcp_segment(d, u, within);
        break;
    case UNIT_UDP:
        d->totals.udp_datagrams++;
        udp_datagram(d, u, within);
        break;
    case UNIT_ICMP_ERROR:
        icmp_error(d, u);
        break;
    case UNIT_ARP:
        arp_message(d, u);
        break;
    }
}

/* Parses the whole batch first and touches the slots, then the rows, ahead of the unit at work: with many connections
 * every one of them is a cache miss otherwise. */
static void feed_batch(struct decoder *d, const struct frame *frames, unsigned count)
{
    struct parsed parsed[FRAME_BATCH];
    unsigned units = 0;
    for (unsigned i = 0; i < count; i++) {
        parsed[i] = parse_frame(d->parser, &frames[i], d->units + units);
        for (unsigned k = 0; k < parsed[i].units; k++)
            table_prefetch_slot(&d->table, d->units[units + k].hash);
        units += parsed[i].units;
    }
    for (unsigned k = 0; k < units && k < PREFETCH_AHEAD; k++)
        table_prefetch_row(&d->table, d->units[k].hash);
    unsigned at = 0;
    for (unsigned i = 0; i < count; i++) {
        count_frame(d, &frames[i], &parsed[i]);
        tell_frame(d, &frames[i], &parsed[i]);
        for (unsigned end = at + parsed[i].units; at < end; at++) {
            if (at + PREFETCH_AHEAD < units)
                table_prefetch_row(&d->table, d->units[at + PREFETCH_AHEAD].hash);
            run_unit(d, &d->units[at]);
        }
    }
}

void decoder_feed(struct decoder *d, const struct frame *frames, unsigned count)
{
    while (count) {
        unsigned batch = count < FRAME_BATCH ? count : FRAME_BATCH;
        feed_batch(d, frames, batch);
        frames += batch;
        count -= batch;
    }
}

void decoder_time(struct decoder *d, nanoseconds now)
{
    if (now <= d->now)
        return;
    d->now = now;
    tcp_timers(d, now);
}

void decoder_end(struct decoder *d)
{
    arp_end(d);
    calls_end(d);
}

struct totals decoder_totals(const struct decoder *d)
{
    struct totals totals = d->totals;
    totals.given_up_fragments = parser_counts(d->parser).fragments_given_up;
    return totals;
}

const struct conversation *decoder_first(const struct decoder *d)
{
    return d->oldest ? table_row(&d->table, d->oldest) : NULL;
}

const struct conversation *decoder_after(const struct decoder *d, const struct conversation *row)
{
    return row->newer ? table_row(&d->table, row->newer) : NULL;
}

const struct conversation *decoder_find(const struct decoder *d, uint32_t id)
{
    const struct conversation *row = decoder_first(d);
    while (row && row->id < id)
        row = decoder_after(d, row);
    return row && row->id == id ? row : NULL;
}

const struct conversation *decoder_newest(const struct decoder *d, const struct tuple *key)
{
    uint32_t reference = table_find(&d->table, key, tuple_hash(key, d->options.secret));
    return reference ? table_row(&d->table, reference) : NULL;
}

/* Sent again, overtaken, or captured twice? Our own verdict beside Wireshark's.
 *
 * Two counters of the sender only ever go up: its time stamp clock (TSval, RFC 7323) and, in IPv4, the identification
 * of its datagrams. A segment that carries later values than all captured before it has just left: if its bytes are not
 * new, it was sent again. One that carries earlier values was overtaken on the way. The identification counts
 * datagrams, so it decides first where it is seen to count; the clock has a resolution of a millisecond or so. Where
 * neither decides, bytes captured before were sent again, and for the rest Wireshark's rule of time stands.
 */
#include "decode/internal.h"

enum {
    ID_NEAR = 2048,               /* identifications further apart than this are not one counter */
    FEW = 3,                      /* so far the identification goes on where one or two copies were lost */
};

/* A frame captured twice carries the same identification at any distance. Without one, a sender cannot have learnt
 * of a loss within a round trip; where that is not known, only the shortest time tells a copy from a segment sent
 * again. */
#define TWICE_WITHIN_BY_ID   NS_PER_S
#define TWICE_WITHIN_OPENING (5 * NS_PER_MS)
#define TWICE_WITHIN_BARE    (50 * NS_PER_US)

/* Linux: a tail loss probe waits two round trips and two ticks. */
#define PROBE_SLACK          (6 * NS_PER_MS)

/* A keep-alive comes after a longer silence than this. */
#define KEEP_ALIVE_SHORTEST  NS_PER_S

static uint32_t mix(uint32_t h, uint32_t value)
{
    h ^= value;
    h *= 0x9E3779B1u;
    return h ^ h >> 15;
}

uint32_t unit_fingerprint(const struct unit *u)
{
    uint32_t h = mix(u->seq, u->ack);
    h = mix(h, (uint32_t)u->flags << 16 | u->window);
    h = mix(h, u->payload_length << 16 | (u->notes & NOTE_IP_ID ? u->ip_id : 0));
    return u->notes & NOTE_TIMESTAMPS ? mix(mix(h, u->tsval), u->tsecr) : h;
}

static bool occupies(const struct unit *u)
{
    return u->payload_length || (u->flags & (TCP_SYN | TCP_FIN));
}

static bool within(nanoseconds then, nanoseconds now, nanoseconds limit)
{
    return now - then <= limit && then - now <= limit;
}

/* Nine tenths of a round trip, or 0 where it is not known. */
static nanoseconds within_round_trip(const struct connection *c)
{
    nanoseconds round_trip = connection_initial_rtt(c);
    return round_trip > 0 ? round_trip / 10 * 9 : 0;
}

static nanoseconds twice_within(const struct connection *c, const struct unit *u)
{
    if (unit_has_id(u))
        return TWICE_WITHIN_BY_ID;
    if (u->flags & TCP_SYN)
        return TWICE_WITHIN_OPENING;
    nanoseconds round_trip = within_round_trip(c);
    return round_trip > TWICE_WITHIN_BARE ? round_trip : TWICE_WITHIN_BARE;
}

uint32_t captured_before(const struct decoder *d, const struct connection *c, const struct unit *u)
{
    const struct peer *p = &c->peer[u->from], *to = &c->peer[!u->from];
    if (!(p->facts & PEER_SENT))
        return 0;
    /* Without an identification two pure ACKs in a row may be alike in every field and yet be two. */
    if (!unit_has_id(u) && !occupies(u))
        return 0;
    /* A SYN,ACK after one more SYN answers that one. */
    if (!unit_has_id(u) && (u->flags & TCP_SYN) && (u->flags & TCP_ACK) && to->last_frame > p->last_frame)
        return 0;
    if (p->fingerprint == u->fingerprint && within(p->wireshark.last_time, u->time, twice_within(c, u)))
        return p->last_frame;
    if (!occupies(u) || !seq_before(u->seq, p->snd_nxt))
        return 0;
    nanoseconds limit = twice_within(c, u);
    unsigned left = OUTSTANDING_LOOKED_AT;
    for (const struct outstanding *o = outstanding_oldest(d, p); o && left--; o = outstanding_after(d, p, o))
        if (o->fingerprint == u->fingerprint && within(o->time, u->time, limit))
            return o->frame;
    return 0;
}

static void hole_add(struct decoder *d, struct peer *p, const struct unit *u)
{
    struct tally *tally = decoder_tally_of(d, p);
    uint32_t number = tally ? pool_take(&d->holes) : 0;
    if (!number) {
        d->totals.given_up_streams++;
        return;
    }
    *hole_at(d, number) = (struct hole){
        .seq = p->snd_nxt, .next_seq = u->seq, .next = tally->holes, .frame = u->frame, .tsval = u->tsval, .id = u->ip_id,
        .has_tsval = u->notes & NOTE_TIMESTAMPS, .has_id = unit_has_id(u), .time = u->time,
    };
    tally->holes = number;
}

/* Takes [seq, end) out of a hole that overlaps it; gives the bytes filled. *link refers to the hole. */
static uint32_t hole_fill(struct decoder *d, uint32_t *link, uint32_t seq, uint32_t end)
{
    uint32_t number = *link;
    struct hole *h = hole_at(d, number);
    uint32_t from = seq_after(seq, h->seq) ? seq : h->seq;
    uint32_t to = seq_before(end, h->next_seq) ? end : h->next_seq;
    if (from == h->seq && to == h->next_seq) {
        *link = h->next;
        pool_give(&d->holes, number);
    } else if (from == h->seq) {
        h->seq = to;
    } else {
        uint32_t rest = to == h->next_seq ? 0 : pool_take(&d->holes);
        if (rest) {
            struct hole *second = hole_at(d, rest);
            *second = *hole_at(d, number);
            second->seq = to;
            hole_at(d, number)->next = rest;
        }
        hole_at(d, number)->next_seq = from;
    }
    return to - from;
}

/* What of [seq, end) was not captured before. */
struct range {
    uint32_t fresh;               /* sequence numbers above all seen */
    uint32_t filled;              /* in holes */
    uint32_t below;               /* before the first segment of a capture that began late: unknown */
    uint32_t old;                 /* captured before */
    struct hole hole;             /* one of those filled, where any was */
};

static void range_of(struct decoder *d, struct peer *p, const struct unit *u, uint32_t end, struct range *r)
{
    uint32_t seq = u->seq;
    *r = (struct range){ 0 };
    if (!(p->facts & PEER_SENT) || !seq_before(seq, p->snd_nxt)) {
        if ((p->facts & PEER_SENT) && seq != p->snd_nxt)
            hole_add(d, p, u);
        r->fresh = end - seq;
        p->snd_nxt = end;
        return;
    }
    if (seq_after(end, p->snd_nxt)) {
        r->fresh = end - p->snd_nxt;
        end = p->snd_nxt;
        p->snd_nxt += r->fresh;
    }
    uint32_t rest = end - seq;
    uint32_t first = p->iss + 1;
    if (!(p->facts & PEER_ISS) && seq_before(seq, first)) {
        r->below = seq_before(end, first) ? rest : first - seq;
        rest -= r->below;
    }
    uint32_t none = 0;
    unsigned tries = HOLES_PER_PEER;
    for (uint32_t *link = p->tally ? &decoder_tally_of(d, p)->holes : &none; *link && rest && tries--;) {
        struct hole h = *hole_at(d, *link);
        if (!seq_before(h.seq, end) || !seq_after(h.next_seq, seq)) {
            link = &hole_at(d, *link)->next;
            continue;
        }
        uint32_t number = *link;
        uint32_t filled = hole_fill(d, link, seq, end);
        r->filled += filled;
        rest -= filled < rest ? filled : rest;
        r->hole = h;
        if (*link == number)
            link = &hole_at(d, number)->next;
    }
    r->old = rest;
}

void holes_release(struct decoder *d, struct connection *c)
{
    for (unsigned end = 0; end < 2; end++) {
        struct tally *tally = c->peer[end].tally ? decoder_tally_of(d, &c->peer[end]) : NULL;
        while (tally && tally->holes) {
            uint32_t number = tally->holes;
            tally->holes = hole_at(d, number)->next;
            pool_give(&d->holes, number);
        }
    }
}

/* No copy of [seq, end) is a measure of the RTT any more (Karn). */
static void mark_copies(const struct decoder *d, const struct peer *p, const struct unit *u, uint32_t end)
{
    unsigned left = OUTSTANDING_LOOKED_AT;
    for (struct outstanding *o = outstanding_oldest(d, p); o && left--; o = outstanding_after(d, p, o))
        if (outstanding_carries(o, u->seq, end))
            o->sent_again = true;
}

/* What the counters of an earlier segment were. */
struct counters {
    uint32_t tsval;
    uint16_t id;
    bool has_tsval, has_id;
};

enum order { ORDER_UNKNOWN, ORDER_LATER, ORDER_SAME, ORDER_EARLIER };

static bool id_counts(const struct peer *p)
{
    return p->id_jumps * 4 <= p->id_steps + p->id_skips;
}

/* Did u leave later or earlier than the segment whose counters are given? Says how it is known. */
static enum order order_of(const struct peer *p, const struct unit *u, const struct counters *than, struct because *because)
{
    *because = (struct because){ .who = u->from };
    int16_t apart = (int16_t)(u->ip_id - than->id);
    if (than->has_id && unit_has_id(u) && id_counts(p) && apart < ID_NEAR && apart > -ID_NEAR) {
        because->sentence = apart > 0 ? SENTENCE_KNOW_ID_NEW : apart ? SENTENCE_KNOW_ID_OLD : SENTENCE_KNOW_ID_SAME;
        because->value[0] = u->ip_id;
        because->value[1] = than->id;
        return apart > 0 ? ORDER_LATER : apart ? ORDER_EARLIER : ORDER_SAME;
    }
    if (than->has_tsval && (u->notes & NOTE_TIMESTAMPS) && u->tsval != than->tsval) {
        bool later = seq_after(u->tsval, than->tsval);
        because->sentence = later ? SENTENCE_KNOW_TSVAL_NEW : SENTENCE_KNOW_TSVAL_OLD;
        because->value[0] = u->tsval;
        because->value[1] = than->tsval;
        return later ? ORDER_LATER : ORDER_EARLIER;
    }
    return ORDER_UNKNOWN;
}

/* The highest counters of this end so far. */
static struct counters highest(const struct peer *p)
{
    return (struct counters){ .tsval = p->high_tsval, .id = p->high_id, .has_tsval = p->facts & PEER_TIMESTAMPS,
                              .has_id = p->high_id != 0 };
}

/* With segmentation offload one captured segment is several datagrams; it carries the identification of the first. */
static uint16_t last_id(const struct peer *p, const struct unit *u, uint16_t mss)
{
    if (!mss || u->payload_length <= mss)
        return u->ip_id;
    uint32_t each = mss - (p->facts & PEER_TIMESTAMPS && mss > 12 ? 12u : 0);
    return (uint16_t)(u->ip_id + (u->payload_length + each - 1) / each - 1);
}

void remember_counters(struct peer *p, const struct unit *u, uint16_t mss, const struct verdict *v)
{
    if (u->notes & NOTE_TIMESTAMPS) {
        if (!(p->facts & PEER_TIMESTAMPS) || seq_after(u->tsval, p->high_tsval))
            p->high_tsval = u->tsval;
        p->facts |= PEER_TIMESTAMPS;
    }
    if (!unit_has_id(u))
        return;
    int16_t apart = (int16_t)(u->ip_id - p->high_id);
    bool near = apart < ID_NEAR && apart > -ID_NEAR;
    if (p->high_id && apart == 1 && p->id_steps < 255)
        p->id_steps++;
    bool lost_copy = v->because.sentence == SENTENCE_KNOW_ID_GAP && apart <= FEW;
    if (p->high_id && near && apart != 1 && !lost_copy && p->id_skips < 15)
        p->id_skips++;
    if (p->high_id && !near && p->id_jumps < 15)
        p->id_jumps++;
    if (!p->high_id || !near || apart > 0)
        p->high_id = last_id(p, u, mss);
}

/* One byte at nextseq - 1: Wireshark's keep-alive rule swallows it, but a keep-alive is sent when all is
 * acknowledged and nothing has happened for long. */
static bool is_keep_alive(const struct connection *c, const struct unit *u, nanoseconds silence)
{
    const struct peer *p = &c->peer[u->from];
    bool outstanding = !(p->facts & PEER_ACKED) || !seq_before(u->seq, p->snd_una);
    return u->payload_length == 0 || (!outstanding && silence >= KEEP_ALIVE_SHORTEST);
}

static uint32_t with(uint32_t marks, uint32_t ours)
{
    if (ours & MARK_RETRANSMISSION)
        return (marks & ~(uint32_t)(MARK_OUT_OF_ORDER | MARK_KEEP_ALIVE)) | ours;
    return (marks & ~(uint32_t)(MARKS_SENT_AGAIN | MARK_OUT_OF_ORDER)) | ours;
}

/* Against every segment that lies beyond and is still outstanding: one that left earlier proves that u was sent
 * again, even where u itself was overtaken. Else against the hole it fills, or the highest counters of all. */
static enum order order_of_all(const struct decoder *d, const struct peer *p, const struct unit *u, uint32_t end,
                               const struct counters *last, struct because *because)
{
    unsigned left = OUTSTANDING_LOOKED_AT;
    for (const struct outstanding *o = outstanding_oldest(d, p); o && left--; o = outstanding_after(d, p, o)) {
        if (o->frame == u->frame || seq_before(o->next_seq, end))
            continue;
        struct counters counters = { o->tsval, o->id, o->has_tsval, o->has_id };
        if (order_of(p, u, &counters, because) == ORDER_LATER) {
            because->frame[0] = o->frame;
            return ORDER_LATER;
        }
    }
    return order_of(p, u, last, because);
}

/* Bytes that were captured before: sent again, unless the counters say that this copy left before others captured
 * already. Then it is the first copy, late, or a copy that the network made. */
static void judge_old(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t end,
                      nanoseconds silence, struct verdict *v)
{
    const struct peer *p = &c->peer[u->from];
    struct because b;
    struct counters high = highest(p);
    enum order order = order_of_all(d, p, u, end, &high, &b);
    if (order == ORDER_EARLIER || order == ORDER_SAME) {
        v->marks = with(v->marks, MARK_OUT_OF_ORDER);
        v->because = b;
        return;
    }
    v->because = again_because(d, c, u, end, v->marks, silence);
    mark_copies(d, p, u, end);
    v->marks = with(v->marks, MARK_RETRANSMISSION);
}

/* Bytes that the capture had jumped over. Where no counter decides, a hole older than a round trip is one that the
 * sender has heard of; a younger one is filled by what was overtaken. */
static void judge_filled(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t end,
                         const struct hole *hole, struct verdict *v)
{
    const struct peer *p = &c->peer[u->from];
    struct counters jumped = { hole->tsval, hole->id, hole->has_tsval, hole->has_id };
    struct because b;
    enum order order = order_of_all(d, p, u, end, &jumped, &b);
    nanoseconds age = u->time - hole->time, round_trip = within_round_trip(c);
    if (order == ORDER_UNKNOWN && round_trip) {
        order = age > round_trip ? ORDER_LATER : ORDER_EARLIER;
        bool told = c->peer[!u->from].wireshark.sacked;
        b = (struct because){ .sentence = order == ORDER_EARLIER ? SENTENCE_KNOW_HOLE_NEW
                                          : told ? SENTENCE_KNOW_SACKED : SENTENCE_KNOW_HOLE_OLD,
                              .who = u->from, .value = { age, c->syn_time } };
    }
    if (!b.frame[0])
        b.frame[0] = hole->frame;
    if (order == ORDER_LATER || order == ORDER_EARLIER) {
        v->marks = with(v->marks, order == ORDER_LATER ? MARK_RETRANSMISSION : MARK_OUT_OF_ORDER);
        v->because = b;
    }
    if (v->marks & MARK_RETRANSMISSION)
        mark_copies(d, p, u, end);
}

/* An end that answers at once was captured at its own host: nothing of it can have been lost before. */
static bool captured_at(const struct connection *c, unsigned end)
{
    if (!c->initial_rtt_known || !c->moment_frame[MOMENT_SYN] || !c->moment_frame[MOMENT_SYN_ACK] ||
        !c->moment_frame[MOMENT_ESTABLISHED])
        return false;
    enum moment before = end == c->head.client ? MOMENT_SYN_ACK : MOMENT_SYN;
    enum moment after = end == c->head.client ? MOMENT_ESTABLISHED : MOMENT_SYN_ACK;
    return connection_moment(c, after) - connection_moment(c, before) < c->syn_time / 8;
}

/* New bytes and yet sent before: the first copy was lost before the capture. Told by identifications that are
 * missing, more than the bytes jumped over can explain, after the silence of a timer; and only where they count this
 * connection alone. */
static bool first_copy_missing(const struct connection *c, const struct unit *u, uint32_t jumped, nanoseconds silence,
                               struct verdict *v)
{
    const struct peer *p = &c->peer[u->from], *to = &c->peer[!u->from];
    if (!unit_has_id(u) || !p->high_id || !p->id_steps || p->id_jumps || p->id_skips * 8 > p->id_steps ||
        captured_at(c, u->from))
        return false;
    uint32_t each = to->mss > 12 ? to->mss - (p->facts & PEER_TIMESTAMPS ? 12u : 0u) : 536;
    int missing = (int16_t)(u->ip_id - p->high_id - 1);
    if (missing < 1 || missing > 64 || jumped > 64 * each)
        return false;
    missing -= (int)((jumped + each - 1) / each);
    bool nothing_to_acknowledge = (to->facts & PEER_ACKED) && u->ack == to->snd_una;
    bool probe = nothing_to_acknowledge && c->initial_rtt_known && (silence - PROBE_SLACK) / 2 > c->syn_time;
    if (missing < 1 || !(silence > TIMER_SHORTEST || probe))
        return false;
    v->marks = with(v->marks, MARK_RETRANSMISSION);
    v->because = (struct because){ .sentence = SENTENCE_KNOW_ID_GAP, .who = u->from, .value = { silence, missing } };
    return true;
}

/* Linux probes a closed window without a byte, one number back, as if to ask whether the peer is still there. */
static void judge_probe(const struct connection *c, const struct unit *u, struct verdict *v)
{
    const struct wireshark_flow *to = &c->peer[!u->from].wireshark;
    if (!(v->marks & MARK_KEEP_ALIVE) || !to->window_known || to->window != 0)
        return;
    v->marks = (v->marks & ~(uint32_t)MARK_KEEP_ALIVE) | MARK_ZERO_WINDOW_PROBE;
    v->because = (struct because){ .sentence = SENTENCE_KNOW_WINDOW_PROBE, .who = u->from };
}

/* Wireshark takes an acknowledgement number of 0 for none: the ACK of a SYN numbered 2^32 - 1 is no repetition. And
 * it goes on counting from a first SYN,ACK when a second one has another ISN. */
static void judge_ack(const struct decoder *d, const struct connection *c, const struct unit *u, struct verdict *v)
{
    const struct peer *to = &c->peer[!u->from];
    if ((v->marks & MARK_ACK_LOST_SEGMENT) && (to->facts & PEER_ISS) && u->ack == to->snd_nxt &&
        !decoder_tally(d, to)->holes) {
        v->marks &= ~(uint32_t)MARK_ACK_LOST_SEGMENT;
        v->because = (struct because){ .sentence = SENTENCE_KNOW_ACK_SEEN, .who = u->from };
    }
    if ((v->marks & (MARK_WINDOW_UPDATE | MARK_DUPLICATE_ACK)) && u->ack == 0 && !(to->facts & PEER_ACKED)) {
        v->marks &= ~(uint32_t)(MARK_WINDOW_UPDATE | MARK_DUPLICATE_ACK);
        v->because = (struct because){ .sentence = SENTENCE_KNOW_ACK_ZERO, .who = u->from };
    }
}

static void judge_range(struct decoder *d, const struct connection *c, const struct unit *u, uint32_t end, uint32_t jumped,
                        const struct range *r, nanoseconds silence, struct verdict *v)
{
    const struct peer *p = &c->peer[u->from];
    bool answers_crossing = (u->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && (p->facts & PEER_SYN) &&
                            !(p->facts & PEER_SYN_ACK);
    bool after_probe = r->old == 1 && r->fresh > 0;      /* the byte of a zero window probe, and what follows it */
    if ((v->marks & MARK_KEEP_ALIVE) && is_keep_alive(c, u, silence))
        return;
    if (r->old && answers_crossing) {
        v->marks = with(v->marks, 0);
        v->because = (struct because){ .sentence = SENTENCE_KNOW_CROSSING, .who = u->from };
    } else if (r->old && !after_probe) {
        judge_old(d, c, u, end, silence, v);
    } else if (r->filled) {
        judge_filled(d, c, u, end, &r->hole, v);
    } else if (!r->below && !first_copy_missing(c, u, jumped, silence, v) &&
               (v->marks & (MARKS_SENT_AGAIN | MARK_OUT_OF_ORDER))) {
        v->marks = with(v->marks, 0);
        v->because = (struct because){ .sentence = SENTENCE_KNOW_NOT_SENT_AGAIN, .who = u->from };
    }
}

void sent_again(struct decoder *d, struct connection *c, const struct unit *u, uint32_t wireshark, nanoseconds silence,
                struct verdict *v)
{
    struct peer *p = &c->peer[u->from];
    v->marks = wireshark;
    v->duplicate_of = 0;
    v->new_bytes = 0;
    v->because.sentence = SENTENCE_NONE;
    if (u->sacks)
        note_sacks(d, p, u);
    if (!occupies(u) || (u->flags & TCP_RST)) {
        if (!(p->facts & PEER_SENT) && !(u->flags & TCP_RST))
            p->snd_nxt = u->seq;
        if (v->marks) {
            judge_ack(d, c, u, v);
            judge_probe(c, u, v);
        }
        return;
    }
    if ((wireshark & MARK_REUSED_PORTS) && (u->flags & TCP_ACK)) {     /* a SYN,ACK with another ISN counts anew */
        p->snd_nxt = u->seq + 1;
        v->marks &= ~(uint32_t)(MARK_REUSED_PORTS | MARK_LOST_SEGMENT);
        v->because = (struct because){ .sentence = SENTENCE_KNOW_ANOTHER_ISN, .who = u->from };
        return;
    }
    uint32_t end = u->seq + u->payload_length + !!(u->flags & TCP_SYN) + !!(u->flags & TCP_FIN);
    uint32_t jumped = (p->facts & PEER_SENT) && seq_after(u->seq, p->snd_nxt) ? u->seq - p->snd_nxt : 0;
    struct range r;
    range_of(d, p, u, end, &r);
    uint32_t unseen = r.fresh + r.filled + r.below;
    v->new_bytes = unseen < u->payload_length ? unseen : u->payload_length;
    if ((wireshark & MARK_LOST_SEGMENT) && !jumped) {
        v->marks &= ~(uint32_t)MARK_LOST_SEGMENT;
        v->because = (struct because){ .sentence = SENTENCE_KNOW_NOT_LOST, .who = u->from };
    }
    if (!(wireshark & MARK_ZERO_WINDOW_PROBE))
        judge_range(d, c, u, end, jumped, &r, silence, v);
}

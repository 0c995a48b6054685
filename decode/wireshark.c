/* Wireshark's sequence analysis, rule by rule (packet-tcp of 4.0; the numbers are those of corpus/ORACLES.md), so that
 * a student finds the same word in both programs. It keeps its own variables: where its idea of a direction differs
 * from RFC 9293's, as after a RST or a probe, the difference is part of the rule.
 */
#include "decode/internal.h"

#define FAST_RETRANSMISSION_WITHIN (20 * NS_PER_MS)
#define OUT_OF_ORDER_WITHIN        (3 * NS_PER_MS)   /* where the initial RTT is not known */

enum { SYN_FIN_RST = TCP_SYN | TCP_FIN | TCP_RST, SACKS_REMEMBERED = 3 };

/* The ISN as Wireshark takes it: relative numbers begin at 1 where the SYN was not seen. */
static void number_ends(struct connection *c, const struct unit *u)
{
    struct peer *fwd = &c->peer[u->from], *rev = &c->peer[!u->from];
    if (!(fwd->facts & PEER_NUMBERED)) {
        bool syn = u->flags & TCP_SYN;
        fwd->iss = syn ? u->seq : u->seq - 1;
        fwd->facts |= PEER_NUMBERED;
    }
    if (u->flags & TCP_SYN)
        fwd->facts |= fwd->iss == u->seq ? PEER_ISS : 0;
    if (!(rev->facts & PEER_NUMBERED) && (u->flags & TCP_ACK)) {
        rev->iss = u->ack - 1;
        rev->facts |= PEER_NUMBERED;
    }
}

/* Rule 1 ends the rules on windows and ACKs. */
static bool is_zero_window_probe(const struct unit *u, const struct wireshark_flow *fwd, const struct wireshark_flow *rev)
{
    return u->payload_length == 1 && u->seq == fwd->next_seq && rev->window_known && rev->window == 0;
}

/* The right edge of the peer's window: unscaled until its first ACK after the SYN. */
static uint32_t window_edge(const struct wireshark_flow *rev)
{
    unsigned shift = rev->first_ack || rev->window_scale < 0 ? 0 : (unsigned)rev->window_scale;
    uint32_t window = rev->window_known ? rev->window : UINT32_MAX;
    return rev->last_ack + (window << (shift & 31));
}

/* Rules 2 to 9. */
static uint32_t window_and_ack_marks(struct wireshark_flow *fwd, const struct wireshark_flow *rev, const struct unit *u)
{
    uint32_t marks = 0;
    uint32_t length = u->payload_length;
    bool plain = !(u->flags & SYN_FIN_RST);
    if (u->window == 0 && plain)
        marks |= MARK_ZERO_WINDOW;
    if (fwd->next_seq && seq_after(u->seq, fwd->next_seq) && !(u->flags & TCP_RST)) {
        marks |= MARK_LOST_SEGMENT;
        fwd->bytes_in_flight_valid = false;
    }
    if (!plain)
        return marks;
    if (length <= 1 && u->seq == fwd->next_seq - 1)
        marks |= MARK_KEEP_ALIVE;
    if (length > 0) {
        if (rev->window_scale != -1 && u->seq + length == window_edge(rev))
            marks |= MARK_WINDOW_FULL;
        return marks;
    }
    if (u->seq != fwd->next_seq || u->ack != fwd->last_ack)
        return marks;
    if (!fwd->window_known || u->window != fwd->window)
        return u->window ? marks | MARK_WINDOW_UPDATE : marks;
    if (u->window && (rev->last_marks & MARK_KEEP_ALIVE))
        return marks | MARK_KEEP_ALIVE_ACK;
    if (!u->window && (rev->last_marks & MARK_ZERO_WINDOW_PROBE))
        return marks | MARK_ZERO_WINDOW_PROBE_ACK;
    return u->window ? marks | MARK_DUPLICATE_ACK : marks;
}

/* With MPTCP an ACK may repeat the one before for the sake of its options (RFC 8684 4): when an operation was seen
 * that was new since the last segment this way. */
static bool mptcp_news(const struct connection *c, const struct wireshark_flow *fwd)
{
    enum { CAPABLE_OR_JOIN = 3 };
    return (c->mptcp & CAPABLE_OR_JOIN) && c->mptcp != fwd->mptcp;
}

/* Rule 10: once per hole. */
static uint32_t ack_lost_mark(struct wireshark_flow *rev, const struct unit *u)
{
    if (!rev->max_seq_to_be_acked || !(u->flags & TCP_ACK) || !seq_after(u->ack, rev->max_seq_to_be_acked))
        return 0;
    if (seq_before(rev->max_seq_to_be_acked, rev->next_seq)) {
        rev->max_seq_to_be_acked = rev->next_seq;
        return MARK_ACK_LOST_SEGMENT;
    }
    uint32_t mark = rev->duplicate_acks == 0 ? MARK_ACK_LOST_SEGMENT : 0;
    rev->duplicate_acks = -1;
    return mark;
}

/* Rule 11, for segments with payload, SYN or FIN. Differences of time that are negative count as very long. */
static uint32_t sent_again_mark(const struct connection *c, const struct wireshark_flow *fwd,
                                const struct wireshark_flow *rev, const struct unit *u)
{
    uint32_t length = u->payload_length;
    bool advanced = !fwd->next_seq || !seq_before(u->seq, fwd->next_seq) ||
                    (length > 1 && u->seq == fwd->next_seq - 1);
    if (length > 0 && rev->last_ack && !seq_after(u->seq + length, rev->last_ack))
        return MARK_SPURIOUS_RETRANSMISSION;
    if (advanced)
        return 0;
    if ((rev->duplicate_acks >= 2 || rev->duplicate_acks < 0) && rev->last_ack == u->seq &&
        (uint64_t)(u->time - rev->last_time) < FAST_RETRANSMISSION_WITHIN)
        return MARK_FAST_RETRANSMISSION;
    bool measured = c->initial_rtt_known && c->syn_time && !c->syn_at_zero;
    nanoseconds within = measured ? c->syn_time : OUT_OF_ORDER_WITHIN;
    uint32_t end = u->seq + length + (u->flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    if ((uint64_t)(u->time - fwd->next_seq_time) < (uint64_t)within && fwd->next_seq != end)
        return MARK_OUT_OF_ORDER;
    return MARK_RETRANSMISSION;
}

static void remember_outstanding(struct decoder *d, struct wireshark_flow *fwd, const struct unit *u, uint32_t end)
{
    uint32_t number = pool_take(&d->outstanding);
    if (!number) {
        d->totals.given_up_streams++;
        return;
    }
    *outstanding_at(d, number) = (struct outstanding){ .seq = u->seq, .next_seq = end, .frame = u->frame, .time = u->time,
                               .fingerprint = u->fingerprint, .tsval = u->tsval, .id = u->ip_id,
                               .has_tsval = u->notes & NOTE_TIMESTAMPS, .has_id = unit_has_id(u) };
    struct outstanding *o = outstanding_at(d, number);
    if (!fwd->newest) {
        o->next = number;
        fwd->in_order = true;
    } else {
        struct outstanding *newest = outstanding_at(d, fwd->newest);
        if (seq_before(u->seq, newest->next_seq))
            fwd->in_order = false;
        o->next = newest->next;
        newest->next = number;
    }
    fwd->newest = number;
    fwd->outstanding++;
}

static void advance(struct decoder *d, struct wireshark_flow *fwd, const struct unit *u, uint32_t marks)
{
    uint32_t end = u->seq + u->payload_length;
    bool listed = u->payload_length || (u->flags & (TCP_SYN | TCP_FIN));
    if (listed) {
        end += u->flags & (TCP_SYN | TCP_FIN) ? 1 : 0;
        if (fwd->outstanding < (fwd->in_order ? OUTSTANDING_PER_PEER : OUTSTANDING_OUT_OF_ORDER))
            remember_outstanding(d, fwd, u, end);
    }
    bool probe = marks & MARK_ZERO_WINDOW_PROBE;
    if (!probe && (!fwd->next_seq || seq_after(end, fwd->next_seq))) {
        fwd->next_seq = end;
        fwd->next_seq_time = u->time;
    }
    if (!probe && (!fwd->max_seq_to_be_acked || u->seq == fwd->max_seq_to_be_acked))
        fwd->max_seq_to_be_acked = fwd->next_seq;
}

/* Takes from the reverse direction's ring what this ACK covers. Of copies that end at the ACK the oldest one counts. */
static void acknowledge(struct decoder *d, struct wireshark_flow *rev, uint32_t ack, struct wireshark_result *result)
{
    uint32_t previous = rev->newest;
    for (unsigned left = rev->outstanding; left; left--) {
        uint32_t number = outstanding_at(d, previous)->next;
        struct outstanding *o = outstanding_at(d, number);
        if (seq_after(o->next_seq, ack)) {
            if (seq_after(ack, o->seq))
                o->seq = ack;
            if (rev->in_order)
                return;
            previous = number;
            continue;
        }
        if (o->next_seq == ack && !result->acked_frame) {
            result->acked_frame = o->frame;
            result->acked_time = o->time;
            result->acked_sent_again = o->sent_again;
        }
        outstanding_at(d, previous)->next = o->next;
        if (number == rev->newest)
            rev->newest = previous == number ? 0 : previous;
        pool_give(&d->outstanding, number);
        rev->outstanding--;
    }
}

/* What the options of this segment say counts from the next one on. */
static void remember_options(struct connection *c, const struct unit *u)
{
    struct wireshark_flow *fwd = &c->peer[u->from].wireshark, *rev = &c->peer[!u->from].wireshark;
    fwd->sacked = 0;
    for (unsigned i = 0; i < u->sacks && i < SACKS_REMEMBERED; i++)
        fwd->sacked += u->sack[i][1] - u->sack[i][0];
    if (u->notes & NOTE_MPTCP)
        c->mptcp |= u->mptcp;
    if (u->notes & NOTE_WINDOW_SCALE)
        fwd->window_scale = (int8_t)(u->window_scale > 14 ? 14 : u->window_scale);
    if (u->flags & TCP_SYN) {
        bool whole = !(u->notes & NOTE_HEADER_CUT);     /* else no option may be taken to be missing */
        if (whole && fwd->window_scale == -1)
            fwd->window_scale = rev->window_scale = -2;
        else if (whole && (u->flags & TCP_ACK) && rev->window_scale == -2)
            fwd->window_scale = -2;
        fwd->first_ack = true;
    } else if (u->flags & TCP_ACK) {
        fwd->first_ack = false;
    }
}

/* The initial RTT: last SYN to the first segment with ACK and without SYN. */
static void measure_handshake(struct connection *c, const struct unit *u)
{
    if (c->initial_rtt_known)
        return;
    if ((u->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        c->syn_time = u->time;
        c->syn_seen = true;
        c->syn_at_zero = u->time == 0;
    } else if ((u->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && c->syn_seen) {
        c->syn_time = u->time - c->syn_time;
        c->initial_rtt_known = true;
    }
}

void wireshark_segment(struct decoder *d, struct connection *c, const struct unit *u, uint32_t marks,
                       struct wireshark_result *result)
{
    struct wireshark_flow *fwd = &c->peer[u->from].wireshark, *rev = &c->peer[!u->from].wireshark;
    result->acked_frame = 0;
    number_ends(c, u);
    if (u->flags & TCP_ACK)
        rev->bytes_in_flight_valid = true;
    if (is_zero_window_probe(u, fwd, rev))
        marks |= MARK_ZERO_WINDOW_PROBE;
    else
        marks |= window_and_ack_marks(fwd, rev, u);
    if ((marks & MARK_DUPLICATE_ACK) && mptcp_news(c, fwd))
        marks &= ~(uint32_t)MARK_DUPLICATE_ACK;
    if (marks & MARK_DUPLICATE_ACK)
        fwd->duplicate_acks = (int16_t)(fwd->duplicate_acks < 0 ? 1
                                        : fwd->duplicate_acks + (fwd->duplicate_acks < INT16_MAX));
    if (u->ack != fwd->last_ack)
        fwd->duplicate_acks = 0;
    marks |= ack_lost_mark(rev, u);
    bool occupies = u->payload_length || (u->flags & (TCP_SYN | TCP_FIN));
    if (occupies && !(marks & MARK_KEEP_ALIVE))
        marks |= sent_again_mark(c, fwd, rev, u);
    advance(d, fwd, u, marks);
    fwd->window = u->window;
    fwd->window_known = true;
    fwd->last_ack = u->ack;
    fwd->last_time = u->time;
    fwd->last_marks = (uint16_t)marks;
    fwd->mptcp = c->mptcp & 255;
    const struct peer *to = &c->peer[!u->from];
    bool old = (to->facts & PEER_ACKED) && seq_before(u->ack, to->snd_una);       /* has taken its part already */
    if (rev->newest && !old)
        acknowledge(d, rev, u->ack, result);
    remember_options(c, u);
    measure_handshake(c, u);
    if (marks & (MARK_FAST_RETRANSMISSION | MARK_SPURIOUS_RETRANSMISSION))
        marks |= MARK_RETRANSMISSION;
    result->marks = marks;
}

/* 1 SYN, 2 SYN-ACK, 4 ACK without payload, 8 payload, 16 FIN with ACK, 32 RST. A SYN without ACK counts only where the
 * conversation begins with it; what else may be first counts once a second segment comes. */
void wireshark_completeness(struct connection *c, uint16_t flags, uint32_t payload_length)
{
    bool syn = flags & TCP_SYN, ack = flags & TCP_ACK;
    unsigned n = 0;
    if (syn && ack)
        n |= 2;
    if (!syn && ack)
        n |= payload_length ? 8 : 4;
    if ((flags & TCP_FIN) && ack)
        n |= 16;
    if (flags & TCP_RST)
        n |= 32;
    if (c->completeness_new) {
        c->completeness_new = false;
        c->completeness_first = (uint8_t)n;
        c->completeness = (uint8_t)(syn && !ack ? 1 | (payload_length ? 8 : 0) : 0);
        return;
    }
    c->completeness |= (uint8_t)(n | c->completeness_first);
}

int64_t wireshark_bytes_in_flight(const struct decoder *d, const struct connection *c, const struct unit *u)
{
    const struct wireshark_flow *fwd = &c->peer[u->from].wireshark, *rev = &c->peer[!u->from].wireshark;
    if (!u->payload_length || !fwd->newest || !fwd->bytes_in_flight_valid)
        return -1;
    uint32_t base = c->peer[u->from].iss, low = UINT32_MAX, high = 0;
    const struct peer *p = &c->peer[u->from];
    if (fwd->in_order) {
        low = outstanding_oldest(d, p)->seq - base;
        high = outstanding_at(d, fwd->newest)->next_seq - base;
    }
    for (const struct outstanding *o = fwd->in_order ? NULL : outstanding_oldest(d, p); o; o = outstanding_after(d, p, o)) {
        if (o->seq - base < low)
            low = o->seq - base;
        if (o->next_seq - base > high)
            high = o->next_seq - base;
    }
    uint32_t in_flight = high - low - rev->sacked;
    if (in_flight == 0 || in_flight >= 2000000000)
        return -1;
    return (int64_t)in_flight - (u->flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
}

static void release_flow(struct decoder *d, struct wireshark_flow *flow)
{
    for (uint32_t number = flow->newest; flow->outstanding; flow->outstanding--) {
        uint32_t next = outstanding_at(d, number)->next;
        pool_give(&d->outstanding, number);
        number = next;
    }
    flow->newest = 0;
}

void wireshark_release(struct decoder *d, struct connection *c)
{
    release_flow(d, &c->peer[0].wireshark);
    release_flow(d, &c->peer[1].wireshark);
}

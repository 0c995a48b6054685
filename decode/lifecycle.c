/* Step 3 of a segment: what it shows of its sender, then what it does to its receiver, offered to each end's state
 * machine (tcp_state.h). The order within one segment is RFC 9293 3.10.7.4's: RST, SYN, ACK, then FIN.
 */
#include "decode/internal.h"

enum { PATH_MAX_STATES = 16 };

/* Where the round trip is not known. */
#define ROUND_TRIP_LONG (200 * NS_PER_MS)

void path_add(struct peer *p, enum tcp_state state)
{
    if (p->path_length < PATH_MAX_STATES)
        p->path |= (uint64_t)state << (4 * p->path_length++);
}

static void move_to(struct decoder *d, struct connection *c, unsigned who, unsigned arc, struct because because)
{
    struct peer *p = &c->peer[who];
    const struct arc *a = &tcp_arcs[arc];
    if (d->move_count < MOVES_MAX)
        d->moves[d->move_count++] = (struct move){ .who = (uint8_t)who, .from = p->state, .to = a->to, .arc = (uint8_t)arc,
                                                   .inferred = a->visibility != ARC_SEEN, .because = because };
    p->state = a->to;
    if (a->event != ON_FIN_AGAIN)
        path_add(p, p->state);
}

/* Offers an event to one end: takes the arc from its state, if there is one. `evidence` is the frame that the arc's
 * sentence names; `other` replaces the sentence where it is not SENTENCE_NONE. */
void lifecycle_take(struct decoder *d, struct connection *c, unsigned who, enum arc_event on, uint32_t evidence,
                    enum sentence other)
{
    int arc = tcp_arc_find(c->peer[who].state, on);
    if (arc < 0)
        return;
    move_to(d, c, who, (unsigned)arc, (struct because){
        .sentence = other ? (uint16_t)other : tcp_arcs[arc].sentence, .who = (uint8_t)who, .frame = { evidence, 0 } });
}

/* An end that answers a SYN, or whose handshake was not captured, must have been listening. */
static void must_have_listened(struct decoder *d, struct connection *c, unsigned who)
{
    struct peer *p = &c->peer[who];
    if (p->state == STATE_CLOSED)
        lifecycle_take(d, c, who, ON_PASSIVE_OPEN, 0, p->path_length > 1 ? SENTENCE_PASSIVE_OPEN_AGAIN : SENTENCE_NONE);
}

static bool covers_syn(const struct peer *p, const struct unit *u)
{
    return (u->flags & TCP_ACK) && (p->facts & PEER_NUMBERED) && seq_after(u->ack, p->iss);
}

static bool covers_fin(const struct peer *p, const struct unit *u)
{
    return (u->flags & TCP_ACK) && (p->facts & PEER_FIN) && seq_after(u->ack, p->fin);
}

/* It was taken to listen, as a SYN came to it; a RST or a SYN of its own shows that it did not. */
static void correct_to_closed(struct peer *p)
{
    p->state = STATE_CLOSED;
    p->path = 0;
    p->path_length = 0;
    path_add(p, STATE_CLOSED);
}

/* The ACK of its FIN passed us, and it moved on; now it sends that FIN again, so the ACK had not reached it: back to
 * where it was, in the path too. What it acknowledged or was reset by since, it has received: that stays. */
static void correct_ack_of_fin(struct decoder *d, struct connection *c, const struct unit *u)
{
    struct peer *p = &c->peer[u->from];
    int arc = tcp_arc_find(p->state, ON_FIN_AGAIN);
    unsigned length = p->path_length;
    if (arc < 0 || u->seq + u->payload_length != p->fin || (c->peer[!u->from].facts & PEER_RST) || length < 2 ||
        peer_path(p, length - 1) != p->state || peer_path(p, length - 2) != tcp_arcs[arc].to)
        return;
    uint32_t ack = p->state == STATE_CLOSED ? c->moment_frame[MOMENT_LAST_ACK] : 0;
    p->path_length--;
    p->path &= ~(UINT64_C(15) << (4 * p->path_length));
    p->snd_una = p->fin;
    move_to(d, c, u->from, (unsigned)arc,
            (struct because){ .sentence = tcp_arcs[arc].sentence, .who = u->from, .frame = { ack, 0 } });
}

/* What a SYN or SYN,ACK shows of its sender. */
static void sender_opens(struct decoder *d, struct connection *c, const struct unit *u)
{
    unsigned s = u->from, r = !u->from;
    struct peer *from = &c->peer[s];
    if (!(u->flags & TCP_ACK)) {
        if (from->state == STATE_LISTEN)
            correct_to_closed(from);
        lifecycle_take(d, c, s, ON_ACTIVE_OPEN, 0, SENTENCE_NONE);
        return;
    }
    if (from->state != STATE_SYN_SENT && from->state != STATE_TIME_WAIT)
        must_have_listened(d, c, s);
    if (c->peer[r].state == STATE_CLOSED && !(c->peer[r].facts & PEER_SENT))
        lifecycle_take(d, c, r, ON_ACTIVE_OPEN, 0, SENTENCE_ANSWER_FIRST);
    lifecycle_take(d, c, s, ON_RCV_SYN, c->peer[r].syn_frame, SENTENCE_NONE);
    if ((from->facts & PEER_ACKED) && seq_after(from->snd_una, from->iss) && (from->facts & PEER_SYN))
        lifecycle_take(d, c, s, ON_ACK_OF_SYN, from->syn_frame, SENTENCE_ACK_OF_SYN_ACTIVE);
}

/* A segment without SYN from an end whose handshake is not over: what must have happened before it. */
static void sender_is_synchronised(struct decoder *d, struct connection *c, const struct unit *u)
{
    unsigned s = u->from, r = !u->from;
    struct peer *from = &c->peer[s], *to = &c->peer[r];
    bool crossed = from->facts & PEER_SYN && to->facts & PEER_SYN;
    bool refused = tcp_state_synchronised(peer_path(to, 0)) && !(to->facts & PEER_SYN_ACK);
    if (from->state == STATE_SYN_SENT && refused && covers_syn(to, u)) {
        from->state = STATE_ESTABLISHED;
        path_add(from, STATE_ESTABLISHED);
        return;                   /* the SYN was refused with a challenge ACK; the connection from before goes on */
    }
    if (from->state == STATE_SYN_SENT && covers_syn(to, u)) {
        bool seen = to->facts & (PEER_SYN_ACK | PEER_SYN);
        if (crossed) {
            lifecycle_take(d, c, s, ON_RCV_SYN, to->syn_frame, SENTENCE_NONE);
            if ((from->facts & PEER_ACKED) && seq_after(from->snd_una, from->iss))
                lifecycle_take(d, c, s, ON_ACK_OF_SYN, from->syn_frame, SENTENCE_ACK_OF_SYN_ACTIVE);
        } else {
            if (!(to->facts & PEER_SENT)) {
                must_have_listened(d, c, r);
                lifecycle_take(d, c, r, ON_RCV_SYN, c->moment_frame[MOMENT_SYN], SENTENCE_RCV_SYN_UNSEEN);
            }
            lifecycle_take(d, c, s, ON_RCV_SYN_ACK, to->facts & PEER_SYN_ACK ? to->syn_frame : 0,
                           seen ? SENTENCE_NONE : SENTENCE_RCV_SYN_ACK_UNSEEN);
        }
    }
    bool sends = u->payload_length || (u->flags & TCP_FIN);
    bool one_way = !(to->facts & PEER_SENT) || (u->flags & TCP_FIN) == 0;
    if (from->state == STATE_SYN_RECEIVED && sends && one_way && !((from->facts | to->facts) & PEER_FAST_OPEN))
        lifecycle_take(d, c, s, ON_ACK_OF_SYN, 0, SENTENCE_ACK_OF_SYN_UNSEEN);
}

/* Why an end resets, where anything tells it; else the arc's own sentence names what it may be. */
static enum sentence why_abort(const struct connection *c, unsigned end)
{
    if (c->peer[end].facts & PEER_DATA_AFTER_FIN)
        return SENTENCE_ABORT_AFTER_CLOSE;
    if (c->peer[end].facts & PEER_TIMED_OUT)
        return SENTENCE_ABORT_TIMED_OUT;
    if (c->peer[end].facts & PEER_GAVE_UP)
        return SENTENCE_ABORT_GAVE_UP;
    return connection_only_reset(c, end) ? SENTENCE_ABORT_UNKNOWN : SENTENCE_NONE;
}

static void sender_acts(struct decoder *d, struct connection *c, const struct unit *u)
{
    unsigned s = u->from, r = !u->from;
    if (u->flags & TCP_SYN)
        sender_opens(d, c, u);
    else
        sender_is_synchronised(d, c, u);
    if (covers_fin(&c->peer[r], u))
        lifecycle_take(d, c, s, ON_RCV_FIN, c->peer[r].fin_frame, SENTENCE_NONE);
    if ((u->flags & TCP_RST) && c->peer[s].state == STATE_LISTEN)
        correct_to_closed(&c->peer[s]);
    else if (u->flags & TCP_RST)
        lifecycle_take(d, c, s, ON_ABORT, 0, why_abort(c, s));
    else if (u->flags & TCP_FIN)
        lifecycle_take(d, c, s, ON_CLOSE, 0,
                       c->peer[s].state < STATE_SYN_RECEIVED ? SENTENCE_CLOSE_UNOPENED : SENTENCE_NONE);
}

static bool fin_is_acknowledged(const struct connection *c, unsigned end)
{
    const struct peer *p = &c->peer[end];
    return (p->facts & PEER_FIN) && (p->facts & PEER_ACKED) && seq_after(p->snd_una, p->fin);
}

/* "ACK of FIN" is a standing fact, offered again after each move. It waits while a FIN that passed us earlier may have
 * reached the same end first: what that end sends next shows the order, and so does a FIN that has to be sent again. */
static void offer_ack_of_fin(struct decoder *d, struct connection *c, unsigned end, bool fin_passed_before, bool fin_again)
{
    struct peer *p = &c->peer[end];
    if (!fin_is_acknowledged(c, end))
        return;
    bool behind_hole = decoder_tally(d, &c->peer[!end])->holes;
    bool order_unknown = p->state == STATE_FIN_WAIT_1 && fin_passed_before && !fin_again && !behind_hole;
    if (!order_unknown)
        lifecycle_take(d, c, end, ON_ACK_OF_FIN, p->fin_frame, SENTENCE_NONE);
}

/* A FIN that comes again after more than a round trip: the first one has not arrived, or its ACK would be here. */
static bool fin_sent_again(const struct connection *c, const struct unit *u, bool fin_passed_before)
{
    if (!(u->flags & TCP_FIN) || !fin_passed_before)
        return false;
    bool first = c->moment_frame[MOMENT_FIRST_FIN] == c->peer[u->from].fin_frame;
    nanoseconds sent = connection_moment(c, first ? MOMENT_FIRST_FIN : MOMENT_SECOND_FIN);
    return u->time - sent > (c->initial_rtt_known ? c->syn_time : ROUND_TRIP_LONG);
}

static void receiver_is_moved(struct decoder *d, struct connection *c, const struct unit *u, bool fin_passed_before)
{
    unsigned s = u->from, r = !u->from;
    struct peer *to = &c->peer[r];
    if (covers_syn(to, u) && to->state == STATE_SYN_RECEIVED && !(u->flags & TCP_RST))
        lifecycle_take(d, c, r, ON_ACK_OF_SYN, to->syn_frame,
                       to->facts & PEER_SYN ? SENTENCE_ACK_OF_SYN_ACTIVE : SENTENCE_NONE);
    offer_ack_of_fin(d, c, r, fin_passed_before, fin_sent_again(c, u, fin_passed_before));
    offer_ack_of_fin(d, c, s, c->peer[r].facts & PEER_FIN, false);
    if (u->flags & TCP_RST) {
        if (fin_passed_before && tcp_state_synchronised((enum tcp_state)to->state))
            lifecycle_take(d, c, r, ON_RCV_FIN, c->peer[s].fin_frame, SENTENCE_RCV_FIN_PASSED);
        bool opened_actively = to->state == STATE_SYN_RECEIVED && (to->facts & PEER_SYN);
        uint32_t about = to->state == STATE_SYN_SENT ? c->moment_frame[MOMENT_SYN] : to->last_frame;
        lifecycle_take(d, c, r, opened_actively ? ON_RCV_RST_ACTIVE : ON_RCV_RST, about, SENTENCE_NONE);
    }
}

void tcp_offer(struct decoder *d, struct connection *c, const struct unit *u, uint32_t marks)
{
    const struct peer *from = &c->peer[u->from], *to = &c->peer[!u->from];
    bool fin_passed_before = from->facts & PEER_FIN_PASSED;
    tcp_update(c, u);
    if ((u->flags & TCP_FIN) && fin_passed_before && (marks & MARK_RETRANSMISSION))
        correct_ack_of_fin(d, c, u);
    /* Most segments: data and ACKs of a connection that nobody is closing take no arc. */
    if (!(u->flags & (TCP_SYN | TCP_FIN | TCP_RST)) && from->state == STATE_ESTABLISHED && to->state == STATE_ESTABLISHED &&
        !((from->facts | to->facts) & PEER_FIN))
        return;
    sender_acts(d, c, u);
    receiver_is_moved(d, c, u, fin_passed_before);
}

/* Before the first segment: a SYN comes from CLOSED and goes to LISTEN; in the middle of a connection both ends are
 * taken to be ESTABLISHED; a RST tells nothing. A new incarnation finds its receiver in the state the old one left
 * it in. */
void lifecycle_begin(struct connection *c, const struct unit *u, const struct connection *before)
{
    struct peer *from = &c->peer[u->from], *to = &c->peer[!u->from];
    from->state = to->state = STATE_ESTABLISHED;
    if (u->flags & TCP_SYN) {
        from->state = u->flags & TCP_ACK ? STATE_LISTEN : STATE_CLOSED;
        to->state = u->flags & TCP_ACK ? STATE_CLOSED : STATE_LISTEN;
    } else if (u->flags & TCP_RST) {
        from->state = to->state = STATE_CLOSED;
    }
    if (before && (u->flags & TCP_SYN)) {
        enum tcp_state old = before->peer[!u->from].state;
        if (old != STATE_CLOSED && old != STATE_LISTEN && old != STATE_SYN_SENT)
            to->state = (uint8_t)old;
    }
    path_add(from, from->state);
    path_add(to, to->state);
}

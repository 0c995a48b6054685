/* Step 1 of a segment: may it be believed? Never changes anything; a refusal names its test. Step 2: what it tells of
 * the SND and RCV variables of both ends (RFC 9293 3.3.1).
 *
 * RCV.NXT of an end is not on the wire; it lies between what it last acknowledged and the highest number its peer has
 * sent.
 */
#include "decode/internal.h"

/* RFC 5961 3.2 asks for exactly RCV.NXT; any number that RCV.NXT may have by now passes. */
static bool rst_acceptable(const struct peer *from, const struct peer *to, const struct unit *u)
{
    if (!(from->facts & PEER_SENT))
        return true;
    if (u->seq == from->snd_nxt || u->seq == to->wireshark.last_ack)
        return true;
    uint32_t lowest = from->facts & PEER_ACKED ? from->snd_una : from->iss;
    return !seq_before(u->seq, lowest) && !seq_after(u->seq, from->snd_nxt);
}

static enum sentence accept_rst(const struct connection *c, const struct unit *u)
{
    const struct peer *from = &c->peer[u->from], *to = &c->peer[!u->from];
    if (to->state == STATE_SYN_SENT) {
        bool acknowledges = (u->flags & TCP_ACK) && seq_after(u->ack, to->iss) && !seq_after(u->ack, to->snd_nxt);
        return acknowledges || (from->facts & PEER_SENT) ? SENTENCE_NONE : SENTENCE_RST_UNACCEPTABLE;
    }
    return rst_acceptable(from, to, u) ? SENTENCE_NONE : SENTENCE_RST_OUTSIDE;
}

/* A FIN is processed when it is inside the window; its place is known when numbers of this end are. */
static bool fin_acceptable(const struct peer *from, const struct peer *to, const struct unit *u)
{
    if (!(from->facts & PEER_SENT) || !(from->facts & PEER_ACKED) || !to->window_seen)
        return true;
    return !seq_after(u->seq, from->snd_una + to->max_window) || !seq_after(u->seq, from->snd_nxt);
}

enum sentence tcp_accept(const struct connection *c, const struct unit *u)
{
    const struct peer *from = &c->peer[u->from], *to = &c->peer[!u->from];
    if (u->checksum == CHECKSUM_BAD && (from->facts & PEER_CHECKSUM_GOOD))
        return SENTENCE_MARK_CHECKSUM_BAD;
    if (u->flags & TCP_RST)
        return accept_rst(c, u);
    if ((u->flags & TCP_SYN) && tcp_state_synchronised((enum tcp_state)to->state) && (from->facts & PEER_SENT) &&
        tcp_state_synchronised((enum tcp_state)from->state) && (!(u->flags & TCP_ACK) || u->seq != from->iss))
        return SENTENCE_SYN_SYNCHRONISED;
    if ((u->flags & TCP_ACK) && to->state == STATE_SYN_SENT && (to->facts & PEER_ISS) &&
        (!seq_after(u->ack, to->iss) || seq_after(u->ack, to->snd_nxt)))
        return SENTENCE_ACK_OF_NOTHING;
    if ((u->flags & TCP_FIN) && !fin_acceptable(from, to, u))
        return SENTENCE_FIN_OUTSIDE;
    return SENTENCE_NONE;
}

static void update_window(struct peer *p, const struct unit *u)
{
    if (u->flags & TCP_RST)
        return;
    unsigned shift = u->flags & TCP_SYN || p->wireshark.window_scale < 0 ? 0 : (unsigned)p->wireshark.window_scale;
    uint32_t window = (uint32_t)u->window << shift;
    if (!p->window_seen || window < p->min_window)
        p->min_window = window;
    if (!p->window_seen || window > p->max_window)
        p->max_window = window;
    p->window_seen = true;
}

static void update_options(struct peer *p, const struct unit *u)
{
    if (u->notes & NOTE_MSS)
        p->mss = u->mss;
    p->window_scale = u->notes & NOTE_WINDOW_SCALE ? u->window_scale : 255;
    if (u->notes & NOTE_SACK_PERMITTED)
        p->facts |= PEER_SACK_PERMITTED;
    if (u->notes & NOTE_FAST_OPEN)
        p->facts |= PEER_FAST_OPEN;
}

/* Data that came after this end's own FIN: acknowledging it means that somebody still reads, a RST that nobody can. */
static void decide_close(struct peer *from, const struct unit *u)
{
    if (!(from->facts & PEER_DATA_AFTER_FIN) || (from->facts & (PEER_SHUTDOWN | PEER_CLOSE)))
        return;
    from->facts |= u->flags & TCP_RST ? PEER_CLOSE : PEER_SHUTDOWN;
}

void tcp_update(struct connection *c, const struct unit *u)
{
    struct peer *from = &c->peer[u->from], *to = &c->peer[!u->from];
    if (u->flags & TCP_SYN) {
        update_options(from, u);
        from->facts |= u->flags & TCP_ACK ? PEER_SYN_ACK : PEER_SYN;
        if (!from->syns)
            from->syn_frame = u->frame;
        from->syns = (uint8_t)(from->syns + (from->syns < 255));
    }
    update_window(from, u);
    decide_close(from, u);
    if ((u->flags & TCP_ACK) && !(u->flags & TCP_RST)) {
        if (!(to->facts & PEER_ACKED) || seq_after(u->ack, to->snd_una))
            to->snd_una = u->ack;
        to->facts |= PEER_ACKED;
    }
    if (u->payload_length && !(u->flags & TCP_RST)) {
        from->facts |= PEER_DATA;
        if (!from->first_data_frame)
            from->first_data_frame = u->frame;
        if (to->facts & PEER_FIN)
            to->facts |= PEER_DATA_AFTER_FIN;
    }
    if (u->flags & TCP_FIN) {
        from->fins = (uint8_t)(from->fins + (from->fins < 255));
        if (!(from->facts & PEER_FIN)) {
            from->fin = u->seq + u->payload_length;
            from->fin_frame = u->frame;
        }
        from->facts |= PEER_FIN | PEER_FIN_PASSED;
    }
    if (u->checksum == CHECKSUM_GOOD)
        from->facts |= PEER_CHECKSUM_GOOD;
    from->facts |= PEER_SENT;
}

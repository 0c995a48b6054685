/* Why was it sent again? Told of a loss, the timer, or what else the segments say; and what an end told by SACK.
 *
 * A timer is claimed only where nothing else explains it: RTO and tail loss probe both count from the latest copy, and
 * a sender that is kept going by acknowledgements does not wait for either.
 */
#include "decode/internal.h"

static bool holds(const uint32_t block[2], uint32_t seq)
{
    return !seq_before(seq, block[0]) && seq_before(seq, block[1]);
}

/* The first block is D-SACK's where it tells of what was acknowledged or lies in the second (RFC 2883 4). */
void note_sacks(struct decoder *d, struct peer *p, const struct unit *u)
{
    struct tally *t = decoder_tally_of(d, p);
    unsigned i = seq_after(u->sack[0][1], u->ack) && !(u->sacks > 1 && holds(u->sack[1], u->sack[0][0])) ? 0 : 1;
    if (!t || i >= u->sacks)
        return;
    if (t->sack[0] != u->sack[i][0] || t->sack[1] != u->sack[i][1])
        t->sack_news = u->frame;
    t->sack[0] = u->sack[i][0];
    t->sack[1] = u->sack[i][1];
    if (!seq_after(t->sack_edge, u->ack))
        t->sack_edge = u->ack;
    for (; i < u->sacks; i++)
        if (seq_after(u->sack[i][1], t->sack_edge))
            t->sack_edge = u->sack[i][1];
}

bool sack_is_news(const struct decoder *d, const struct peer *p, const struct unit *u)
{
    return u->sacks && decoder_tally(d, p)->sack_news == u->frame;
}

/* The copies of [seq, end) that were captured before, as far as they are known still. */
struct copies {
    const struct outstanding *first, *latest;
};

static struct copies copies_of(const struct decoder *d, const struct peer *p, const struct unit *u, uint32_t end)
{
    struct copies found = { NULL, NULL };
    unsigned left = OUTSTANDING_LOOKED_AT;
    for (const struct outstanding *o = outstanding_oldest(d, p); o && left--; o = outstanding_after(d, p, o))
        if (o->frame != u->frame && outstanding_carries(o, u->seq, end)) {
            found.first = found.first ? found.first : o;
            found.latest = o;
        }
    return found;
}

/* The other end's latest segment came so short a time ago that what is sent now may answer it: where the capture is
 * the other end's, a round trip lies between. */
static bool answers(const struct connection *c, const struct unit *u)
{
    nanoseconds round_trip = connection_initial_rtt(c);
    return u->time - c->peer[!u->from].wireshark.last_time < TIMER_SHORTEST + (round_trip > 0 ? round_trip : 0);
}

/* Since the latest copy left, the other end has told that more has arrived behind a hole with these bytes in it. */
static bool told_by_sack(const struct decoder *d, const struct connection *c, const struct unit *u,
                         const struct outstanding *latest)
{
    const struct peer *to = &c->peer[!u->from];
    const struct tally *t = decoder_tally(d, to);
    return to->wireshark.sacked && seq_after(t->sack_edge, u->seq) && !holds(t->sack, u->seq) && answers(c, u) &&
           (!latest || to->wireshark.last_time > latest->time);
}

/* A SYN,ACK right behind a SYN that came again: its sender's own timer has nothing to do with it. */
static bool answers_again(const struct connection *c, const struct unit *u)
{
    const struct peer *other = &c->peer[!u->from];
    return (u->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && other->syns > 1 &&
           u->time - other->wireshark.last_time < TIMER_SHORTEST;
}

/* Of a FIN the first frame is known even where its ACK has passed. */
static uint32_t first_frame(const struct peer *p, const struct unit *u, const struct copies *copies)
{
    if (copies->first)
        return copies->first->frame;
    return (u->flags & TCP_FIN) && (p->facts & PEER_FIN) ? p->fin_frame : 0;
}

struct because again_because(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t end,
                             uint32_t wireshark, nanoseconds silence)
{
    const struct peer *p = &c->peer[u->from];
    struct copies copies = copies_of(d, p, u, end);
    struct because b = { .who = u->from, .frame = { first_frame(p, u, &copies), 0 } };
    nanoseconds waited = copies.latest ? u->time - copies.latest->time : silence;
    if ((p->facts & PEER_FAST_OPEN) && u->payload_length && u->seq == p->iss + 1) {
        b.sentence = SENTENCE_KNOW_FAST_OPEN;
    } else if ((u->flags & TCP_FIN) && !(p->facts & PEER_FIN) && !u->payload_length) {
        b.sentence = SENTENCE_MARK_FIN_NUMBER;
    } else if (wireshark & MARK_KEEP_ALIVE) {
        b.sentence = SENTENCE_KNOW_ONE_BYTE;
    } else if (wireshark & MARK_SPURIOUS_RETRANSMISSION) {
        b.sentence = SENTENCE_MARK_SPURIOUS;
    } else if (wireshark & MARK_FAST_RETRANSMISSION) {
        b.sentence = told_by_sack(d, c, u, copies.latest) ? SENTENCE_MARK_FAST_SACK : SENTENCE_MARK_FAST;
        b.value[0] = c->peer[!u->from].wireshark.duplicate_acks;
    } else if (answers_again(c, u)) {
        b.sentence = SENTENCE_MARK_ANSWER_AGAIN;
    } else if (told_by_sack(d, c, u, copies.latest)) {
        b.sentence = SENTENCE_MARK_SACK;
    } else if (waited >= TIMER_SHORTEST && !(silence < TIMER_SHORTEST && answers(c, u))) {
        bool twice = copies.latest != copies.first;
        b.sentence = twice ? SENTENCE_MARK_TIMER_AGAIN : SENTENCE_MARK_TIMER;
        b.frame[1] = twice ? copies.latest->frame : 0;
        b.value[0] = waited;
    } else if ((u->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
        b.sentence = SENTENCE_MARK_ANSWER_TWICE;
    } else {
        b.sentence = wireshark & MARK_RETRANSMISSION ? SENTENCE_MARK_AGAIN : SENTENCE_KNOW_SEEN_BEFORE;
    }
    return b;
}

/* One TCP segment: finds its connection, runs the rules over it, tells what came of it. */
#include "decode/tcp.h"

static bool same_isn(const struct peer *p, const struct unit *u)
{
    return !(p->facts & PEER_NUMBERED) || p->iss == u->seq;
}

/* Who is the client: the sender of the first SYN, else the receiver of a SYN,ACK, else a guess: the end with the
 * higher port. */
static void decide_client(struct connection *c, const struct unit *u)
{
    struct conversation *row = &c->head;
    if (row->flags & CONVERSATION_OPENING_SEEN) {
        bool crossed = (u->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && u->from != row->client &&
                       (c->peer[row->client].facts & PEER_SYN);
        if (crossed)
            row->flags |= CONVERSATION_BOTH_OPENED;
        return;
    }
    if (u->flags & TCP_SYN) {
        row->client = u->flags & TCP_ACK ? !u->from : u->from;
        row->flags |= CONVERSATION_OPENING_SEEN;
    } else if (row->units[0] + row->units[1] == 0) {
        const uint16_t *port = row->key.port;
        row->client = port[0] == port[1] ? u->from : port[1] > port[0];
    }
}

static void begin(struct connection *c, const struct unit *u, const struct connection *before)
{
    c->incarnation = (before ? before->incarnation + 1u : 1u) & 0xffffff;
    c->completeness_new = true;
    c->reset_by = NO_END;
    for (unsigned end = 0; end < 2; end++) {
        c->peer[end].wireshark.window_scale = -1;
        c->peer[end].wireshark.bytes_in_flight_valid = true;
        c->peer[end].window_scale = 255;
    }
    lifecycle_begin(c, u, before);
    zeek_open(c, u);
}

/* The connection of a segment: the one on its 4-tuple, or a new one, which a SYN with another ISN also begins. */
static struct connection *connection_of(struct decoder *d, const struct unit *u, uint32_t within, uint32_t *reference,
                                        struct outcome *outcome)
{
    uint32_t old = table_find(&d->table, &u->key, u->hash);
    struct connection *before = old ? connection_at(d, old) : NULL;
    bool first_syn = (u->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (before && !(first_syn && !same_isn(&before->peer[u->from], u))) {
        *reference = old;
        return before;
    }
    struct connection was;
    if (before) {
        wireshark_release(d, before);
        holes_release(d, before);
        was = *before;
    }
    struct connection *c = (struct connection *)(void *)row_new(d, u, old, reference);
    if (!c)
        return NULL;
    c->head.within = within;
    begin(c, u, before ? &was : NULL);
    outcome->opened = true;
    outcome->before = before ? was.head.id : 0;
    return c;
}

/* Marks that follow from the numbers of a SYN alone, and what Wireshark corrects before its rules run. */
static uint32_t syn_marks(struct connection *c, const struct unit *u, bool opened)
{
    struct peer *p = &c->peer[u->from];
    if (!(u->flags & TCP_SYN))
        return 0;
    if (!(u->flags & TCP_ACK)) {
        if (!opened && (p->facts & PEER_NUMBERED))
            p->wireshark.next_seq = p->wireshark.max_seq_to_be_acked;
        if (opened && c->incarnation > 1) {
            c->completeness_new = false;
            c->completeness = 1;
            return MARK_REUSED_PORTS;
        }
        return 0;
    }
    if (same_isn(p, u))
        return 0;
    p->iss = u->seq;
    return MARK_REUSED_PORTS;
}

static void set_moment(struct connection *c, enum moment moment, const struct unit *u)
{
    nanoseconds after = u->time - c->head.first_time;
    uint64_t bits = after < 0 ? 0 : (uint64_t)after >> 48 ? UINT64_MAX : (uint64_t)after;
    c->moment_frame[moment] = u->frame;
    c->moment[moment] = (struct when){ .after_high = (uint16_t)(bits >> 32), .after_low = (uint32_t)bits };
}

static void set_first_moment(struct connection *c, enum moment moment, const struct unit *u)
{
    if (!c->moment_frame[moment])
        set_moment(c, moment, u);
}

static bool fin_acknowledged(const struct connection *c, unsigned end)
{
    const struct peer *p = &c->peer[end];
    return (p->facts & PEER_FIN) && (p->facts & PEER_ACKED) && seq_after(p->snd_una, p->fin);
}

static void note_moments(struct decoder *d, struct connection *c, const struct unit *u, struct outcome *o)
{
    if (u->payload_length && !(u->flags & TCP_RST)) {
        set_first_moment(c, MOMENT_FIRST_DATA, u);
        set_moment(c, MOMENT_LAST_DATA, u);
        c->last_data_by = u->from & 1;
    }
    if (c->told_established && !(u->flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
        (c->told_closed || !c->moment_frame[MOMENT_FIRST_FIN]))
        return;
    const struct peer *a = &c->peer[0], *b = &c->peer[1];
    if (u->flags & TCP_SYN)
        set_first_moment(c, u->flags & TCP_ACK ? MOMENT_SYN_ACK : MOMENT_SYN, u);
    if ((u->flags & TCP_SYN) && (u->flags & TCP_ACK)) {
        uint32_t hash = server_hash_of(d, &c->head, u->from, c->head.key.port[u->from]);
        d->servers[hash % SERVERS_REMEMBERED] = hash;
    }
    if (u->flags & TCP_FIN) {
        bool second = (c->peer[!u->from].facts & PEER_FIN) && c->peer[u->from].fin_frame == u->frame;
        set_first_moment(c, second ? MOMENT_SECOND_FIN : MOMENT_FIRST_FIN, u);
    }
    bool opening = c->head.flags & CONVERSATION_OPENING_SEEN;
    if (!c->told_established && opening && a->state >= STATE_ESTABLISHED && b->state >= STATE_ESTABLISHED) {
        c->told_established = true;
        o->established = true;
        set_moment(c, MOMENT_ESTABLISHED, u);
        c->reset_by = NO_END;     /* what was reset before was a half-open connection from before this one */
        c->moment_frame[MOMENT_RESET] = 0;
    }
    if (!c->told_closed && fin_acknowledged(c, 0) && fin_acknowledged(c, 1)) {
        c->told_closed = true;
        o->closed = true;
        set_moment(c, MOMENT_LAST_ACK, u);
    }
    if ((u->flags & TCP_RST) && !o->refusal && c->reset_by == NO_END) {
        set_moment(c, MOMENT_RESET, u);
        c->reset_by = u->from;
        o->reset = true;
    }
}

/* Before a RST counts: does it follow from a time-out of its sender? Keep-alives that nobody answered; or data sent
 * again in vain until the connection was forgotten: what comes for it then is answered by a RST that takes its
 * number from the ACK there, short of what was sent (RFC 9293 3.10.7.1). */
static uint32_t timed_out(const struct peer *p, const struct unit *u)
{
    if (p->wireshark.last_marks & MARK_KEEP_ALIVE)
        return PEER_TIMED_OUT;
    bool answers = !(u->flags & TCP_ACK) && (p->facts & PEER_ACKED) && u->seq == p->snd_una;
    bool in_vain = (p->wireshark.last_marks & MARKS_SENT_AGAIN) && seq_after(p->snd_nxt, p->snd_una);
    return answers && in_vain ? PEER_GAVE_UP : 0;
}

/* Is the RST that ended it close()'s? state: of its sender, before. */
static bool aborted(const struct connection *c, unsigned end, enum tcp_state state)
{
    const struct peer *p = &c->peer[end];
    return !(p->facts & (PEER_TIMED_OUT | PEER_GAVE_UP | PEER_FIN)) && tcp_state_synchronised(state) &&
           state != STATE_TIME_WAIT && !connection_only_reset(c, end);
}

/* The calls that this segment shows for the first time. */
static void note_calls(const struct connection *c, const struct unit *u, struct outcome *o, uint32_t facts)
{
    const struct peer *p = &c->peer[u->from];
    uint32_t new_facts = p->facts & ~facts;
    if (new_facts & PEER_SYN)
        o->calls[o->call_count++] = CALL_CONNECT;
    if ((new_facts & PEER_SYN_ACK) && !(p->facts & PEER_SYN))
        o->calls[o->call_count++] = CALL_LISTEN;
    bool server = (p->facts & PEER_SYN_ACK) && !(p->facts & PEER_SYN);
    if (server && !(facts & (PEER_DATA | PEER_FIN)) && (new_facts & (PEER_DATA | PEER_FIN)))
        o->calls[o->call_count++] = CALL_ACCEPT;
    if (o->verdict.new_bytes)
        o->calls[o->call_count++] = CALL_SEND;
    if ((new_facts & PEER_FIN) && o->call_count < OUTCOME_CALLS)
        o->calls[o->call_count++] = CALL_CLOSE_OR_SHUTDOWN;
    else if ((new_facts & PEER_ABORTED) && o->call_count < OUTCOME_CALLS)
        o->calls[o->call_count++] = CALL_CLOSE;
}

/* Karn's rule: a segment that was sent twice tells nothing (RFC 6298 3). */
static void measure_rtt(struct peer *sender, const struct wireshark_result *w, const struct unit *u)
{
    if (!w->acked_frame || w->acked_sent_again || !(u->flags & TCP_ACK))
        return;
    nanoseconds rtt = u->time - w->acked_time;
    if (rtt < 0)
        return;
    short_duration shortened = duration_shorten(rtt);
    if (!sender->rtt_samples || shortened < sender->rtt_min)
        sender->rtt_min = shortened;
    if (shortened > sender->rtt_max)
        sender->rtt_max = shortened;
    if (sender->rtt_sum > INT64_MAX / 2)
        return;
    sender->rtt_sum += rtt;
    sender->rtt_samples++;
}

/* How long the window was 0. */
static void time_zero_window(struct decoder *d, struct peer *p, const struct outcome *o, const struct unit *u)
{
    if (o->verdict.marks & MARK_ZERO_WINDOW) {
        struct tally *t = decoder_tally_of(d, p);
        if (t && !t->window_closed) {
            t->window_closed = true;
            t->zero_window_since = u->time;
        }
    } else if (p->tally && u->window && !(u->flags & TCP_RST)) {
        struct tally *t = decoder_tally_of(d, p);
        nanoseconds closed = t->window_closed ? u->time - t->zero_window_since : 0;
        t->window_closed = false;
        if (duration_shorten(closed) > t->zero_window_longest)
            t->zero_window_longest = duration_shorten(closed);
    }
}

static void count_marks(struct decoder *d, struct peer *p, const struct outcome *o, const struct unit *u)
{
    bool bad = u->checksum == CHECKSUM_BAD;
    if (!o->verdict.marks && !o->verdict.duplicate_of && !bad)
        return;
    struct tally *t = decoder_tally_of(d, p);
    if (!t)
        return;
    for (uint32_t marks = o->verdict.marks; marks; marks &= marks - 1)
        t->marks[__builtin_ctz(marks)]++;
    t->duplicates += o->verdict.duplicate_of != 0;
    t->checksum_bad += bad;
}

static void analyse(struct decoder *d, struct connection *c, const struct unit *u, struct outcome *o, uint32_t marks)
{
    struct peer *from = &c->peer[u->from];
    uint32_t twice = captured_before(d, c, u);
    nanoseconds silence = u->time - from->wireshark.last_time;
    wireshark_segment(d, c, u, marks, &o->wireshark);
    if (twice) {
        d->totals.duplicates++;
        from->last_frame = u->frame;
        o->verdict = (struct verdict){ .duplicate_of = twice, .because = {
            .sentence = SENTENCE_KNOW_DUPLICATE, .who = u->from, .frame = { twice, 0 }, .value = { silence } } };
        return;
    }
    o->refusal = tcp_accept(c, u);
    bool damaged = o->refusal == SENTENCE_MARK_CHECKSUM_BAD;
    if (damaged && u->seq != from->snd_nxt) {              /* its numbers may be what was damaged */
        o->verdict = (struct verdict){ .marks = o->wireshark.marks };
        return;
    }
    sent_again(d, c, u, o->wireshark.marks, from->facts & PEER_SENT ? silence : 0, &o->verdict);
    from->stream_bytes += o->verdict.new_bytes;
    if (damaged)
        return;
    remember_counters(from, u, c->peer[!u->from].mss, &o->verdict);
    measure_rtt(&c->peer[!u->from], &o->wireshark, u);
    if (!o->refusal)
        tcp_offer(d, c, u, o->verdict.marks);
    from->fingerprint = u->fingerprint;
    from->last_frame = u->frame;
}

static bool is_over(const struct peer *p)
{
    return p->state == STATE_CLOSED || p->state == STATE_TIME_WAIT;
}

/* A FIN that comes again begins TIME-WAIT anew (RFC 9293 3.10.7.4). */
static void note_queues(struct decoder *d, struct connection *c, uint32_t reference, const struct unit *u)
{
    const struct peer *a = &c->peer[0], *b = &c->peer[1];
    if (a->state == STATE_TIME_WAIT || b->state == STATE_TIME_WAIT) {
        if (c->head.queue != GIVE_UP_TIME_WAIT || (u->flags & TCP_FIN)) {
            c->due = d->now + 2 * d->options.msl;
            if (!d->give_up[GIVE_UP_TIME_WAIT].oldest)
                d->next_due = c->due;
            row_queue_move(d, reference, GIVE_UP_TIME_WAIT);
        }
    } else if (is_over(a) && is_over(b)) {
        row_queue_move(d, reference, GIVE_UP_CLOSED);
    } else if (a->state >= STATE_ESTABLISHED && b->state >= STATE_ESTABLISHED) {
        row_queue_move(d, reference, GIVE_UP_IDLE);
    }
}

void tcp_segment(struct decoder *d, const struct unit *u, uint32_t within)
{
    struct outcome o;
    o.opened = o.established = o.closed = o.reset = false;
    o.call_count = 0;
    o.refusal = SENTENCE_NONE;
    uint32_t reference;
    struct connection *c = connection_of(d, u, within, &reference, &o);
    if (!c)
        return;
    struct peer *from = &c->peer[u->from];
    uint32_t facts = from->facts;
    uint8_t state = from->state;
    if (u->flags & TCP_RST)
        from->facts |= timed_out(from, u);
    decide_client(c, u);
    row_count(&c->head, u);
    uint32_t marks = syn_marks(c, u, o.opened);
    d->move_count = 0;
    wireshark_completeness(c, u->flags, u->payload_length);
    if (u->notes & NOTE_NO_LENGTH)
        o.verdict = (struct verdict){ 0 }, o.wireshark = (struct wireshark_result){ 0 };
    else
        analyse(d, c, u, &o, marks);
    zeek_segment(c, u);
    if (u->flags & TCP_RST)
        from->facts |= PEER_RST_ANY | (o.refusal ? 0 : PEER_RST);
    note_moments(d, c, u, &o);
    if (o.reset && aborted(c, u->from, (enum tcp_state)state))
        from->facts |= PEER_ABORTED;
    count_marks(d, from, &o, u);
    time_zero_window(d, from, &o, u);
    if (d->move_count || o.opened || (u->flags & TCP_FIN))
        note_queues(d, c, reference, u);
    if (o.opened && d->calls)
        calls_opened(d, &c->head);
    if (!(d->wants & (TELLS_OF_TCP | WANTS_COUNTED)))
        return;
    if (o.opened || d->wants & (TELLS_OF_TCP & ~TELLS_OF_OPENING)) {
        note_calls(c, u, &o, facts);
        tcp_tell(d, c, u, &o);
    }
    decoder_count(d, &c->head, u->frame);
}

void tcp_timers(struct decoder *d, nanoseconds now)
{
    for (uint32_t reference; (reference = d->give_up[GIVE_UP_TIME_WAIT].oldest) != 0;) {
        struct connection *c = connection_at(d, reference);
        d->next_due = c->due;
        if (c->due > now)
            return;
        d->move_count = 0;
        for (unsigned end = 0; end < 2; end++)
            lifecycle_take(d, c, end, ON_2MSL, 0, SENTENCE_NONE);
        for (unsigned i = 0; i < d->move_count; i++)
            d->moves[i].because.value[0] = 2 * d->options.msl;
        row_queue_move(d, reference, is_over(&c->peer[0]) && is_over(&c->peer[1]) ? GIVE_UP_CLOSED : GIVE_UP_IDLE);
        tcp_tell_moves(d, c, 0, c->due);
    }
}

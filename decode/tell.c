/* Events of TCP: what a segment caused, in the order in which it reads best: the segment, then the arcs it took, then
 * the calls behind it. Nothing here changes a connection.
 */
#include "decode/tcp.h"

static struct event event_of(const struct connection *c, enum event_kind kind, uint32_t frame, nanoseconds time)
{
    return (struct event){ .kind = (uint8_t)kind, .who = NO_END, .frame = frame, .time = time, .of = &c->head,
                           .state = { c->peer[0].state, c->peer[1].state } };
}

/* Why a segment has the marks it has, where sent_again() did not say; the most telling mark first. */
static struct because mark_because(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t marks)
{
    static const struct { uint32_t mark; uint16_t sentence; } telling[] = {
        { MARK_OUT_OF_ORDER, SENTENCE_MARK_OUT_OF_ORDER },
        { MARK_RETRANSMISSION, SENTENCE_MARK_AGAIN },
        { MARK_ZERO_WINDOW_PROBE, SENTENCE_MARK_ZERO_WINDOW_PROBE },
        { MARK_ZERO_WINDOW_PROBE_ACK, SENTENCE_MARK_ZERO_WINDOW_PROBE_ACK },
        { MARK_ZERO_WINDOW, SENTENCE_MARK_ZERO_WINDOW },
        { MARK_WINDOW_FULL, SENTENCE_MARK_WINDOW_FULL },
        { MARK_WINDOW_UPDATE, SENTENCE_MARK_WINDOW_UPDATE },
        { MARK_KEEP_ALIVE, SENTENCE_MARK_KEEP_ALIVE },
        { MARK_KEEP_ALIVE_ACK, SENTENCE_MARK_KEEP_ALIVE_ACK },
        { MARK_DUPLICATE_ACK, SENTENCE_MARK_DUPLICATE_ACK },
        { MARK_LOST_SEGMENT, SENTENCE_MARK_LOST },
        { MARK_ACK_LOST_SEGMENT, SENTENCE_MARK_ACK_LOST },
        { MARK_REUSED_PORTS, SENTENCE_MARK_REUSED_PORTS },
    };
    struct because because = { .who = u->from };
    for (unsigned i = 0; i < sizeof telling / sizeof *telling && !because.sentence; i++)
        if (marks & telling[i].mark)
            because.sentence = telling[i].sentence;
    const struct peer *p = &c->peer[u->from];
    if (because.sentence == SENTENCE_MARK_DUPLICATE_ACK) {
        because.value[0] = p->wireshark.duplicate_acks;
        if (!seq_before(u->ack, c->peer[!u->from].wireshark.next_seq))
            because.sentence = SENTENCE_MARK_DUPLICATE_ACK_IDLE;
    } else if (because.sentence == SENTENCE_MARK_WINDOW_UPDATE && sack_is_news(d, p, u)) {
        because.sentence = SENTENCE_MARK_SACK_NEWS;
        because.value[0] = u->ack - c->peer[!u->from].iss;
    } else if (because.sentence == SENTENCE_MARK_WINDOW_UPDATE)
        because.value[0] = (int64_t)u->window << (p->wireshark.window_scale > 0 ? p->wireshark.window_scale : 0);
    else if (because.sentence == SENTENCE_MARK_LOST && decoder_tally(d, p)->holes) {
        const struct hole *hole = hole_at(d, decoder_tally(d, p)->holes);
        because.value[0] = hole->next_seq - hole->seq;
    }
    return because;
}

static void tell_segment(const struct decoder *d, const struct connection *c, const struct unit *u, const struct outcome *o)
{
    struct event event = event_of(c, EVENT_TCP_SEGMENT, u->frame, u->time);
    const struct verdict *v = &o->verdict;
    event.who = u->from;
    if (v->because.sentence)
        event.because = v->because;
    else if (o->refusal == SENTENCE_MARK_CHECKSUM_BAD)
        event.because = (struct because){ .sentence = SENTENCE_MARK_CHECKSUM_BAD, .who = u->from };
    else if (v->marks)
        event.because = mark_because(d, c, u, v->marks);
    else if (u->checksum == CHECKSUM_BAD && decoder_tally(d, &c->peer[u->from])->checksum_bad == 1)
        event.because = (struct because){ .sentence = SENTENCE_MARK_CHECKSUM_UNFILLED, .who = u->from };
    uint16_t mss = c->peer[!u->from].mss;
    event.segment.unit = u;
    event.segment.marks = v->marks;
    /* Wireshark gives up on a TCP header that is cut or bogus before it shows what it has worked out. */
    event.segment.wireshark = u->notes & (NOTE_HEADER_CUT | NOTE_OFFSET_BAD) ? 0 : o->wireshark.marks;
    if (event.segment.wireshark != v->marks && !event.because.sentence)
        event.because = (struct because){ .sentence = SENTENCE_KNOW_HEADER_BROKEN, .who = u->from };
    event.segment.duplicate_of = v->duplicate_of;
    event.segment.bytes_in_flight = u->notes & NOTE_NO_LENGTH ? -1 : wireshark_bytes_in_flight(d, c, u);
    event.segment.ack_rtt = -1;
    if (o->wireshark.acked_frame && !o->wireshark.acked_sent_again && (u->flags & TCP_ACK) && !v->duplicate_of)
        event.segment.ack_rtt = u->time - o->wireshark.acked_time;
    event.segment.coalesced = mss && u->payload_length > mss;
    decoder_emit(d, &event);
}

void tcp_tell_moves(const struct decoder *d, const struct connection *c, uint32_t frame, nanoseconds time)
{
    if (!decoder_wants(d, EVENT_TCP_STATE))
        return;
    for (unsigned i = 0; i < d->move_count; i++) {
        const struct move *m = &d->moves[i];
        struct event event = event_of(c, EVENT_TCP_STATE, frame, time);
        event.who = m->who;
        event.inferred = m->inferred;
        event.because = m->because;
        event.moved.from = m->from;
        event.moved.to = m->to;
        event.moved.arc = m->arc;
        decoder_emit(d, &event);
    }
}

static void tell_calls(const struct decoder *d, const struct connection *c, const struct unit *u, const struct outcome *o)
{
    static const uint16_t sentences[CALL_COUNT] = {
        [CALL_CONNECT] = SENTENCE_CALL_CONNECT, [CALL_LISTEN] = SENTENCE_CALL_LISTEN, [CALL_ACCEPT] = SENTENCE_CALL_ACCEPT,
        [CALL_SEND] = SENTENCE_CALL_SEND, [CALL_CLOSE] = SENTENCE_CALL_ABORT,
        [CALL_CLOSE_OR_SHUTDOWN] = SENTENCE_CALL_CLOSE_OR_SHUTDOWN,
    };
    for (unsigned i = 0; i < o->call_count; i++) {
        struct event event = event_of(c, EVENT_CALL, u->frame, u->time);
        event.who = u->from;
        event.inferred = true;
        event.call.call = o->calls[i];
        event.call.bytes = o->calls[i] == CALL_SEND ? o->verdict.new_bytes : 0;
        event.because = (struct because){ .sentence = sentences[o->calls[i]], .who = u->from,
                                          .value = { event.call.bytes } };
        decoder_emit(d, &event);
    }
}

static void tell_turn(const struct decoder *d, const struct connection *c, const struct unit *u, enum event_kind kind,
                      struct because because)
{
    if (!decoder_wants(d, kind))
        return;
    struct event event = event_of(c, kind, u->frame, u->time);
    event.who = because.who;
    event.because = because;
    event.unit = u;
    decoder_emit(d, &event);
}

static void tell_turns(const struct decoder *d, const struct connection *c, const struct unit *u, const struct outcome *o)
{
    if (o->refusal) {
        const struct peer *from = &c->peer[u->from];
        tell_turn(d, c, u, EVENT_TCP_REFUSED_SEGMENT, (struct because){
            .sentence = (uint16_t)o->refusal, .who = u->from, .value = { u->seq - from->iss, from->snd_nxt - from->iss } });
    }
    if (o->established) {
        nanoseconds after = c->moment_frame[MOMENT_SYN] ? u->time - connection_moment(c, MOMENT_SYN) : 0;
        tell_turn(d, c, u, EVENT_TCP_ESTABLISHED, (struct because){
            .sentence = SENTENCE_ESTABLISHED, .who = NO_END, .frame = { c->moment_frame[MOMENT_SYN], 0 },
            .value = { after } });
    }
    if (o->closed) {
        unsigned by = connection_closed_by(c);
        tell_turn(d, c, u, EVENT_TCP_CLOSED, (struct because){
            .sentence = by == BOTH_ENDS ? SENTENCE_CLOSED_BOTH : SENTENCE_CLOSED,
            .who = (uint8_t)(by == BOTH_ENDS ? NO_END : by) });
    }
    if (o->reset)
        tell_turn(d, c, u, EVENT_TCP_RESET, (struct because){ .sentence = SENTENCE_RESET, .who = u->from });
}

static void tell_opened(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t before)
{
    struct event event = event_of(c, EVENT_TCP_OPENED, u->frame, u->time);
    event.who = u->from;
    event.because.who = u->from;
    event.because.sentence = c->incarnation > 1 ? SENTENCE_INCARNATION
                             : !(u->flags & TCP_SYN) ? SENTENCE_MIDSTREAM
                             : u->flags & TCP_ACK ? SENTENCE_ANSWER_FIRST : SENTENCE_NONE;
    event.opened.unit = u;
    event.opened.before = before;
    decoder_emit(d, &event);
}

void tcp_tell(const struct decoder *d, const struct connection *c, const struct unit *u, const struct outcome *o)
{
    if (o->opened && decoder_wants(d, EVENT_TCP_OPENED))
        tell_opened(d, c, u, o->before);
    if (o->opened)
        arp_before(d, &c->head, u);
    if (decoder_wants(d, EVENT_TCP_SEGMENT))
        tell_segment(d, c, u, o);
    tcp_tell_moves(d, c, u->frame, u->time);
    if (o->call_count && decoder_wants(d, EVENT_CALL))
        tell_calls(d, c, u, o);
    tell_turns(d, c, u, o);
}

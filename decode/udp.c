/* One UDP datagram: its flow, and requests paired with replies as an inference. Nothing here suggests a connection.
 */
#include "decode/internal.h"

static void tell(const struct decoder *d, const struct flow *f, const struct unit *u, enum event_kind kind,
                 struct because because)
{
    if (!decoder_wants(d, kind))
        return;
    struct event event = { .kind = (uint8_t)kind, .who = u->from, .frame = u->frame, .time = u->time, .of = &f->head,
                           .because = because, .unit = u };
    decoder_emit(d, &event);
}

/* A datagram of the client opens a pair, the next one of the server closes it. */
static void pair(struct decoder *d, struct flow *f, const struct unit *u)
{
    if (u->from == f->head.client) {
        f->awaits_reply = true;
        f->request_time = u->time;
        return;
    }
    if (!f->awaits_reply)
        return;
    f->awaits_reply = false;
    nanoseconds delay = u->time - f->request_time;
    bool first = f->exchanges++ == 0;
    short_duration shortened = duration_shorten(delay);
    if (first || shortened < f->reply_min)
        f->reply_min = shortened;
    if (shortened > f->reply_max)
        f->reply_max = shortened;
    f->reply_sum += f->reply_sum < INT64_MAX / 2 ? delay : 0;
    if (first)
        tell(d, f, u, EVENT_UDP_REPLIED,
             (struct because){ .sentence = SENTENCE_UDP_REPLY, .who = u->from, .value = { delay } });
}

void udp_datagram(struct decoder *d, const struct unit *u, uint32_t within)
{
    uint32_t reference = table_find(&d->table, &u->key, u->hash);
    bool new = !reference;
    struct flow *f = (struct flow *)(void *)(new ? row_new(d, u, 0, &reference) : table_row(&d->table, reference));
    if (!f)
        return;
    if (new) {
        f->head.client = u->from;
        f->head.within = within;
        zeek_flow_open(f, u);
        calls_opened(d, &f->head);
        tell(d, f, u, EVENT_UDP_OPENED, (struct because){ .who = u->from });
        arp_before(d, &f->head, u);
    } else if (u->time - f->head.last_time > d->options.flow_timeout) {
        tell(d, f, u, EVENT_UDP_EXPIRED, (struct because){
            .sentence = SENTENCE_UDP_EXPIRED, .who = NO_END, .value = { u->time - f->head.last_time } });
    }
    row_count(&f->head, u);
    if (u->checksum == CHECKSUM_BAD && f->bad_checksums[u->from] < 255)
        f->bad_checksums[u->from]++;
    tell(d, f, u, EVENT_UDP_DATAGRAM, (struct because){ .who = u->from });
    if (decoder_wants(d, EVENT_CALL)) {
        struct event call = { .kind = EVENT_CALL, .who = u->from, .inferred = true, .frame = u->frame, .time = u->time,
                              .of = &f->head, .because = { .sentence = SENTENCE_CALL_SENDTO, .who = u->from,
                                                           .value = { u->payload_length } },
                              .call = { .call = CALL_SENDTO, .bytes = u->payload_length } };
        decoder_emit(d, &call);
    }
    pair(d, f, u);
    if (f->head.queue == GIVE_UP_OPENINGS && f->head.units[0] && f->head.units[1])
        row_queue_move(d, reference, GIVE_UP_IDLE);
    decoder_count(d, &f->head, u->frame);
}

enum flow_status flow_status(const struct flow *f)
{
    if (f->head.icmp_frame)
        return FLOW_UNREACHABLE;
    return f->head.units[0] && f->head.units[1] ? FLOW_REPLIED : FLOW_UNREPLIED;
}

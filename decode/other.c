/* What is neither TCP nor UDP but speaks of them: ICMP errors, tied to the conversation that they quote, and ARP, as
 * far as "nobody has that address", and what a first frame waited for.
 */
#include "decode/internal.h"

enum { QUOTED_TCP_FLAGS = 14, QUOTED_FOR_WIRESHARK = 16 };

/* Fragmentation needed (RFC 1191 4), packet too big (RFC 8201 4): delivered after all, in smaller pieces. */
static bool is_path_mtu(const struct unit *u)
{
    enum { UNREACHABLE = 3, FRAGMENTATION_NEEDED = 4, TOO_BIG6 = 2 };
    return u->key.version == 4 ? u->icmp_type == UNREACHABLE && u->icmp_code == FRAGMENTATION_NEEDED
                               : u->icmp_type == TOO_BIG6;
}

static void tell_unreachable(const struct decoder *d, const struct conversation *row, const struct unit *u)
{
    bool tcp = conversation_is_tcp(row);
    enum sentence sentence = is_path_mtu(u) ? SENTENCE_PATH_MTU : tcp ? SENTENCE_UNREACHABLE : SENTENCE_UDP_UNREACHABLE;
    enum event_kind kind = tcp ? EVENT_TCP_UNREACHABLE : EVENT_UDP_UNREACHABLE;
    if (!decoder_wants(d, kind))
        return;
    struct event event = { .kind = (uint8_t)kind, .who = u->quoted.from, .frame = u->frame, .time = u->time, .of = row,
                           .because = { .sentence = (uint16_t)sentence, .who = u->quoted.from,
                                        .value = { u->icmp_type, u->icmp_code } },
                           .unit = u };
    if (tcp) {
        event.state[0] = as_connection(row)->peer[0].state;
        event.state[1] = as_connection(row)->peer[1].state;
    }
    decoder_emit(d, &event);
}

void icmp_error(struct decoder *d, const struct unit *u)
{
    const struct quoted *q = &u->quoted;
    if (q->key.protocol != PROTOCOL_TCP && q->key.protocol != PROTOCOL_UDP)
        return;
    uint32_t reference = table_find(&d->table, &q->key, q->hash);
    if (!reference)
        return;
    struct conversation *row = table_row(&d->table, reference);
    if (!row->icmp_frame && !is_path_mtu(u)) {
        row->icmp_frame = u->frame;
        row->icmp_type = u->icmp_type;
        row->icmp_code = u->icmp_code;
        row->icmp_from = (unsigned)q->from & 1;
    }
    /* Wireshark reads a quoted header as a segment without payload, as far as its completeness number goes. */
    if (conversation_is_tcp(row) && q->tcp_bytes >= QUOTED_FOR_WIRESHARK)
        wireshark_completeness(connection_at(d, reference), q->tcp_flags, 0);
    tell_unreachable(d, row, u);
}

/* What waited for an ARP answer leaves as soon as it comes. */
#define ARP_RELEASES_WITHIN (10 * NS_PER_MS)

static struct arp_pending *arp_find(struct decoder *d, const uint8_t *address)
{
    for (unsigned i = 0; i < ARP_PENDING; i++)
        if (d->arp[i].requests && memcmp(d->arp[i].address, address, 4) == 0)
            return &d->arp[i];
    return NULL;
}

static void arp_unanswered(struct decoder *d, struct arp_pending *a)
{
    d->totals.arp_unanswered++;
    if (decoder_wants(d, EVENT_ARP_UNANSWERED)) {
        struct event event = { .kind = EVENT_ARP_UNANSWERED, .who = NO_END, .frame = a->frame, .time = a->time,
                               .because = { .sentence = SENTENCE_ARP_UNANSWERED, .who = NO_END, .value = { a->requests } },
                               .address = a->address };
        decoder_emit(d, &event);
    }
    a->requests = 0;
}

/* The slot for a new address: a free one, else that of the oldest request, which is told first. */
static struct arp_pending *arp_slot(struct decoder *d)
{
    struct arp_pending *oldest = &d->arp[0];
    for (unsigned i = 0; i < ARP_PENDING; i++) {
        if (!d->arp[i].requests)
            return &d->arp[i];
        if (d->arp[i].frame < oldest->frame)
            oldest = &d->arp[i];
    }
    arp_unanswered(d, oldest);
    return oldest;
}

void arp_message(struct decoder *d, const struct unit *u)
{
    enum { REQUEST = 1, REPLY = 2 };
    const uint8_t *sender = u->key.address[0], *target = u->key.address[1];
    if (u->arp_operation == REPLY) {
        struct arp_pending *a = arp_find(d, sender);
        if (!a)
            return;
        d->arp_answered = (struct arp_answered){ .frame = { a->first_frame, u->frame },
                                                 .time = { a->first_time, u->time } };
        memcpy(d->arp_answered.asker, target, 4);
        memcpy(d->arp_answered.address, sender, 4);
        a->requests = 0;
        return;
    }
    if (u->arp_operation != REQUEST || memcmp(sender, target, 4) == 0)
        return;                   /* a host that announces itself asks for nobody */
    struct arp_pending *a = arp_find(d, target);
    if (!a) {
        a = arp_slot(d);
        memcpy(a->address, target, 4);
        a->first_frame = u->frame;
        a->first_time = u->time;
    }
    a->requests++;
    a->frame = u->frame;
    a->time = u->time;
}

void arp_before(const struct decoder *d, const struct conversation *row, const struct unit *u)
{
    const struct arp_answered *a = &d->arp_answered;
    nanoseconds since = u->time - a->time[1];
    bool begins = u->key.protocol == PROTOCOL_UDP || (u->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (!a->frame[1] || !begins || !decoder_wants(d, EVENT_ARP_ANSWERED) || row->key.version != 4 || since < 0 ||
        since > ARP_RELEASES_WITHIN || memcmp(a->address, row->key.address[!u->from], 4) != 0 ||
        memcmp(a->asker, row->key.address[u->from], 4) != 0)
        return;
    bool tcp = conversation_is_tcp(row);
    struct event event = { .kind = EVENT_ARP_ANSWERED, .who = u->from, .frame = u->frame, .time = u->time, .of = row,
                           .because = { .sentence = tcp ? SENTENCE_ARP_ANSWERED : SENTENCE_ARP_ANSWERED_UDP,
                                        .who = u->from, .frame = { a->frame[0], a->frame[1] }, .value = { a->time[1] - a->time[0] } } };
    if (tcp) {
        event.state[0] = as_connection(row)->peer[0].state;
        event.state[1] = as_connection(row)->peer[1].state;
    }
    decoder_emit(d, &event);
}

void arp_end(struct decoder *d)
{
    for (unsigned i = 0; i < ARP_PENDING; i++)
        if (d->arp[i].requests)
            arp_unanswered(d, &d->arp[i]);
}

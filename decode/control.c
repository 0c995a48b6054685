/* control.c - ICMP (RFC 792) and ICMPv6 (RFC 4443) errors with the header they quote, and ARP (RFC 826).
 *
 * Only messages that say a datagram did not arrive are errors here: a redirect and an echo are not. What they quote
 * may be cut anywhere; only what can be read is said of it, and nobody is named before both ports were read.
 */
#include "decode/parse.h"
#include "decode/parser.h"

enum { ICMP_HEADER = 8, ARP_HEADER = 8 };

static bool is_icmp_error(uint8_t type)
{
    enum { UNREACHABLE = 3, SOURCE_QUENCH = 4, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12 };
    return type == UNREACHABLE || type == SOURCE_QUENCH || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
}

static bool is_icmpv6_error(uint8_t type)
{
    return type >= 1 && type <= 4;    /* unreachable, too big, time exceeded, parameter problem */
}

static void quote_transport(struct opening *o, struct quoted *quoted, struct cursor c, unsigned version,
                            uint8_t protocol, const uint8_t *source, const uint8_t *destination)
{
    size_t left = cursor_left(&c);
    if (left < 4 || (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP))
        return;
    const uint8_t *header = c.at;
    quoted->from = (uint8_t)tuple_make(&quoted->key, version, protocol, source, destination, bytes_be16(header),
                                       bytes_be16(header + 2));
    quoted->hash = tuple_hash(&quoted->key, o->parser->secret);
    if (protocol == PROTOCOL_UDP)
        return;
    quoted->tcp_bytes = left < 20 ? (uint8_t)left : 20;
    if (left >= 8)
        quoted->seq = bytes_be32(header + 4);
    if (left > 13)
        quoted->tcp_flags = bytes_be16(header + 12) & 0x1ff;
}

static void read_quote(struct opening *o, struct quoted *quoted)
{
    struct cursor c = o->at;
    int first = cursor_peek(&c, 0);
    memset(quoted, 0, sizeof *quoted);
    if (first >> 4 == 4) {
        size_t header = (size_t)(first & 15) * 4;
        const uint8_t *ip = header >= 20 ? cursor_take(&c, header) : NULL;
        if (ip && (bytes_be16(ip + 6) & 0x1fff) == 0)
            quote_transport(o, quoted, c, 4, ip[9], ip + 12, ip + 16);
    } else if (first >> 4 == 6) {
        const uint8_t *ip = cursor_take(&c, 40);
        int protocol = ip ? skip_extensions(&c, ip[6]) : -1;
        if (protocol >= 0)
            quote_transport(o, quoted, c, 6, (uint8_t)protocol, ip + 8, ip + 24);
    }
}

static enum layer open_message(struct opening *o, uint8_t protocol, bool (*is_error)(uint8_t))
{
    const uint8_t *message = o->at.at;
    size_t captured = cursor_left(&o->at);
    uint32_t length = wire_left(o);
    if (captured > 0 && !is_error(message[0]))
        return LAYER_DONE;
    const uint8_t *header = take(o, ICMP_HEADER, "no room for an ICMP header");
    struct unit *unit = header ? add_unit(o, UNIT_ICMP_ERROR, protocol, 0, 0) : NULL;
    if (!unit)
        return LAYER_DONE;
    unit->icmp_type = header[0];
    unit->icmp_code = header[1];
    unit->payload_length = length - ICMP_HEADER;
    unit->payload_captured = (uint32_t)cursor_left(&o->at);
    unit->payload = unit->payload_captured > 0 ? o->at.at : NULL;
    if (o->beyond > 0) {
        unit->notes |= NOTE_CUT;
        o->result->cut = true;
    } else if (!o->partial) {
        unit->checksum = (uint8_t)verify_checksum(o, protocol, message, length, bytes_be16(header + 2));
    }
    read_quote(o, &unit->quoted);
    return LAYER_DONE;
}

enum layer open_icmp(struct opening *o)
{
    return open_message(o, PROTOCOL_ICMP, is_icmp_error);
}

enum layer open_icmpv6(struct opening *o)
{
    return open_message(o, PROTOCOL_ICMPV6, is_icmpv6_error);
}

enum layer open_arp(struct opening *o)
{
    enum { REQUEST = 1, REPLY = 2, IPV4 = 0x0800 };
    const uint8_t *header = take(o, ARP_HEADER, "no room for an ARP header");
    if (!header)
        return LAYER_DONE;
    size_t hardware = header[4], address = header[5];
    uint16_t operation = bytes_be16(header + 6);
    if (bytes_be16(header + 2) != IPV4 || address != 4 || (operation != REQUEST && operation != REPLY))
        return LAYER_DONE;
    const uint8_t *bodies = take(o, 2 * (hardware + address), "no room for the addresses of an ARP message");
    if (!bodies)
        return LAYER_DONE;
    static const uint8_t nobody[4];
    o->version = 4;
    o->ttl = 0;
    o->ip_id = 0;
    o->notes &= NOTE_REASSEMBLED;
    o->source = o->destination = nobody;
    struct unit *unit = add_unit(o, UNIT_ARP, 0, 0, 0);
    if (!unit)
        return LAYER_DONE;
    memcpy(unit->key.address[0], bodies + hardware, 4);
    memcpy(unit->key.address[1], bodies + 2 * hardware + address, 4);
    unit->arp_operation = operation;
    if (o->trial == TRIAL_NOTHING)
        o->trial = TRIAL_DATAGRAM;
    return LAYER_DONE;
}

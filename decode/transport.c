/* transport.c - TCP segments (RFC 9293 3.1) and UDP datagrams (RFC 768, RFC 2675 4).
 *
 * Payload lengths are the IP header's: what it leaves after the transport header (TCP) or, for UDP, the length field
 * as long as it can be true. A segment whose first 16 bytes were captured is a segment; with fewer its flags and
 * window are unknown and the frame counts as cut.
 */
#include "decode/parse.h"

enum { TCP_HEADER = 20, TCP_ENOUGH = 16, TCP_CHECKSUM = 16, UDP_HEADER = 8 };

/* Names `length` bytes on the wire from the cursor on as the payload. */
static void set_payload(struct opening *o, struct unit *unit, uint32_t length)
{
    size_t captured = cursor_left(&o->at);
    unit->payload_length = length;
    unit->payload_captured = captured < length ? (uint32_t)captured : length;
    unit->payload = unit->payload_captured > 0 ? o->at.at : NULL;
    if (unit->payload_captured < length && o->beyond > 0) {
        unit->notes |= NOTE_CUT;
        o->result->cut = true;
    }
}

/* The fields of the fixed header, of which `known` bytes (16 to 20) were captured. */
static void read_fixed_header(struct unit *unit, const uint8_t *header, size_t known)
{
    unit->seq = bytes_be32(header + 4);
    unit->ack = bytes_be32(header + 8);
    unit->flags = bytes_be16(header + 12) & 0x1ff;
    unit->window = bytes_be16(header + 14);
    unit->known = (uint8_t)known;
    unit->urgent = known == TCP_HEADER ? bytes_be16(header + 18) : 0;
    unit->window_scale = 0;
    unit->mss = 0;
    unit->tsval = unit->tsecr = 0;
    unit->sacks = 0;
    unit->mptcp = 0;
}

/* Everything after the fixed header of a segment of `length` bytes on the wire. */
static void read_rest_of_segment(struct opening *o, struct unit *unit, const uint8_t *header, uint32_t header_length,
                                 uint32_t length)
{
    size_t captured = cursor_left(&o->at);
    if (header_length < TCP_HEADER) {
        unit->notes |= NOTE_MALFORMED | NOTE_OFFSET_BAD;
        broken(o, "TCP data offset below 5");
        unit->payload_length = length - header_length;
        return;
    }
    size_t options = header_length - TCP_HEADER;
    bool options_cut = captured < header_length;
    if (options_cut) {
        unit->notes |= NOTE_HEADER_CUT;
        o->result->cut = true;
        options = captured > TCP_HEADER ? captured - TCP_HEADER : 0;
    }
    if (options > 0) {
        read_tcp_options(unit, header + TCP_HEADER, options, options_cut);
        if (__builtin_expect(unit->notes & NOTE_OPTIONS_BAD, 0))
            broken(o, "TCP option with an impossible length");
    }
    cursor_skip(&o->at, captured < header_length ? captured : header_length);
    set_payload(o, unit, length - header_length);
}

enum layer open_tcp(struct opening *o)
{
    const uint8_t *header = o->at.at;
    size_t captured = cursor_left(&o->at);
    uint32_t length = wire_left(o);
    if (__builtin_expect(captured < TCP_ENOUGH, 0))
        return fell_short(o, TCP_ENOUGH, "no room for a TCP header");
    struct unit *unit = add_unit(o, UNIT_TCP, PROTOCOL_TCP, bytes_be16(header), bytes_be16(header + 2));
    if (!unit)
        return LAYER_DONE;
    read_fixed_header(unit, header, captured < TCP_HEADER ? captured : TCP_HEADER);
    uint32_t header_length = (uint32_t)(header[12] >> 4) * 4;
    unit->header_length = (uint8_t)header_length;
    if (__builtin_expect(o->partial, 0)) {
        unit->notes |= NOTE_NO_LENGTH | (captured < TCP_HEADER ? NOTE_HEADER_CUT : 0u);
        return LAYER_DONE;
    }
    if (captured == length && captured >= TCP_CHECKSUM + 2)
        unit->checksum = (uint8_t)verify_checksum(o, PROTOCOL_TCP, header, length, bytes_be16(header + TCP_CHECKSUM));
    if (__builtin_expect(length < header_length, 0)) {
        unit->notes |= NOTE_NO_LENGTH | NOTE_MALFORMED;
        broken(o, "TCP header longer than its segment");
        return LAYER_DONE;
    }
    read_rest_of_segment(o, unit, header, header_length, length);
    return LAYER_DONE;
}

enum layer open_udp(struct opening *o)
{
    uint32_t left = wire_left(o);
    const uint8_t *header = take(o, UDP_HEADER, "no room for a UDP header");
    if (!header)
        return LAYER_DONE;
    uint32_t length = bytes_be16(header + 4);
    bool jumbo = length == 0 && o->version == 6;
    if (jumbo)
        length = left;
    if (length < UDP_HEADER)
        return broken(o, "UDP length below 8");
    struct unit *unit = add_unit(o, UNIT_UDP, PROTOCOL_UDP, bytes_be16(header), bytes_be16(header + 2));
    if (!unit)
        return LAYER_DONE;
    if (length != left && !o->partial) {
        unit->notes |= NOTE_UDP_LENGTH;
        if (length > left) {
            unit->notes |= NOTE_MALFORMED;
            broken(o, "UDP length beyond its IP datagram");
        }
    }
    wire_limit(o, length - UDP_HEADER);
    set_payload(o, unit, length - UDP_HEADER);
    uint16_t field = bytes_be16(header + 6);
    if (field != 0 && !o->partial && unit->payload_captured == unit->payload_length)
        unit->checksum = (uint8_t)verify_checksum(o, PROTOCOL_UDP, header, length, field);
    try_udp_tunnels(o, unit);
    return LAYER_DONE;
}

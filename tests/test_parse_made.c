#include "tests/test_parse_made.h"

#include <stdlib.h>
#include <string.h>

#include "tests/craft.h"

static struct craft_network network(unsigned version)
{
    struct craft_network n = { .version = (uint8_t)version, .ttl = 64, .id = 0x4321 };
    static const uint8_t v4[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
    static const uint8_t v6[2][16] = { { 0x20, 1, 0x0d, 0xb8, [15] = 1 }, { 0x20, 1, 0x0d, 0xb8, [15] = 2 } };
    memcpy(n.source, version == 4 ? v4[0] : v6[0], version == 4 ? 4 : 16);
    memcpy(n.destination, version == 4 ? v4[1] : v6[1], version == 4 ? 4 : 16);
    return n;
}

static void append(struct packet *packet, const uint8_t *bytes, size_t length)
{
    ck_assert_uint_le(packet->length + length, PACKET_ROOM);
    memcpy(packet->bytes + packet->length, bytes, length);
    packet->length += length;
}

struct packet made_bytes(const char *hex)
{
    struct packet packet = { .length = 0 };
    while (*hex) {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        char digits[3] = { hex[0], hex[1], '\0' };
        uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        append(&packet, &byte, 1);
        hex += 2;
    }
    return packet;
}

struct packet made_text(const char *text)
{
    struct packet packet = { .length = 0 };
    append(&packet, (const uint8_t *)text, strlen(text));
    return packet;
}

struct packet made_segment(unsigned version, const char *options, size_t payload)
{
    struct packet bytes = made_bytes(options), text = made_text("hello");
    for (size_t i = HELLO; i < payload; i++)
        append(&text, (const uint8_t *)"x", 1);
    struct craft_segment segment = { .source_port = 40000, .destination_port = 80, .seq = 1000, .ack = 2000,
                                     .window = 512, .flags = TCP_PSH | TCP_ACK, .payload = text.bytes,
                                     .payload_length = payload, .options_length = (uint8_t)bytes.length };
    memcpy(segment.options, bytes.bytes, bytes.length);
    struct craft_network n = network(version);
    struct packet body = { .length = 0 };
    body.length = craft_segment(body.bytes, &n, &segment);
    return body;
}

struct packet made_datagram(unsigned version, uint16_t source_port, uint16_t destination_port,
                            const struct packet *payload)
{
    struct craft_datagram datagram = { .source_port = source_port, .destination_port = destination_port,
                                       .payload = payload->bytes, .payload_length = payload->length };
    struct craft_network n = network(version);
    struct packet body = { .length = 0 };
    body.length = craft_datagram(body.bytes, &n, &datagram);
    return body;
}

static struct packet without_link(const struct packet *frame)
{
    struct craft_network n = network(4);
    struct packet packet = { .length = 0 };
    append(&packet, frame->bytes + craft_link_length(&n), frame->length - craft_link_length(&n));
    return packet;
}

struct packet made_ip(unsigned version, uint8_t protocol, const struct packet *body)
{
    struct craft_network n = network(version);
    struct packet frame = { .length = 0 };
    frame.length = craft_frame(frame.bytes, &n, protocol, body->bytes, (struct craft_part){ 0, body->length, false });
    return without_link(&frame);
}

struct packet made_fragment(unsigned version, uint8_t protocol, uint32_t id, const struct packet *body, size_t from,
                            size_t length, bool more)
{
    struct craft_network n = network(version);
    n.id = (uint16_t)id;
    struct packet frame = { .length = 0 };
    frame.length = craft_frame(frame.bytes, &n, protocol, body->bytes, (struct craft_part){ from, length, more });
    return without_link(&frame);
}

struct packet made_before(const char *hex, const struct packet *packet)
{
    struct packet whole = made_bytes(hex);
    append(&whole, packet->bytes, packet->length);
    return whole;
}

struct packet made_after(const struct packet *packet, const char *hex)
{
    struct packet whole = *packet, tail = made_bytes(hex);
    append(&whole, tail.bytes, tail.length);
    return whole;
}

struct packet made_hello(unsigned version)
{
    struct packet segment = made_segment(version, "", HELLO);
    return made_ip(version, PROTOCOL_TCP, &segment);
}

struct packet made_ethernet(const struct packet *packet, uint16_t type)
{
    struct packet frame = made_before("020000000001 020000000002 0000", packet);
    made_put16(&frame, 12, type);
    return frame;
}

void made_put16(struct packet *packet, size_t at, uint16_t value)
{
    packet->bytes[at] = (uint8_t)(value >> 8);
    packet->bytes[at + 1] = (uint8_t)value;
}

struct opened open_cut(struct parser *parser, uint16_t linktype, const struct packet *packet, size_t caplen)
{
    struct opened result;
    uint8_t *exact = malloc(caplen ? caplen : 1);     /* so that a sanitizer sees a read behind the end */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, packet->bytes, caplen);
    struct frame frame = { .bytes = exact, .number = 1, .caplen = (uint32_t)caplen, .len = (uint32_t)packet->length,
                           .linktype = linktype, .time = 7 };
    result.parsed = parse_frame(parser, &frame, result.units);
    free(exact);
    return result;
}

struct opened open_packet(struct parser *parser, uint16_t linktype, const struct packet *packet)
{
    return open_cut(parser, linktype, packet, packet->length);
}

struct opened opened(uint16_t linktype, const struct packet *packet)
{
    struct parser *parser = parser_new(1);
    struct opened result = open_packet(parser, linktype, packet);
    parser_free(parser);
    return result;
}

void expect_hello(const struct unit *unit, unsigned version)
{
    ck_assert_int_eq(unit->kind, UNIT_TCP);
    ck_assert_uint_eq(unit->key.version, version);
    ck_assert_uint_eq(unit->key.protocol, PROTOCOL_TCP);
    ck_assert_uint_eq(unit->key.port[unit->from], 40000);
    ck_assert_uint_eq(unit->key.port[!unit->from], 80);
    ck_assert_uint_eq(unit->key.address[unit->from][version == 4 ? 3 : 15], 1);
    ck_assert_uint_eq(unit->seq, 1000);
    ck_assert_uint_eq(unit->ack, 2000);
    ck_assert_uint_eq(unit->window, 512);
    ck_assert_uint_eq(unit->flags, TCP_PSH | TCP_ACK);
    ck_assert_uint_eq(unit->known, 20);
    ck_assert_uint_eq(unit->payload_length, HELLO);
    ck_assert_uint_eq(unit->payload_captured, HELLO);
    ck_assert_int_eq(unit->checksum, CHECKSUM_GOOD);
    ck_assert_uint_eq(unit->frame, 1);
    ck_assert_int_eq(unit->time, 7);
    ck_assert_uint_eq(unit->hash, tuple_hash(&unit->key, 1));
}

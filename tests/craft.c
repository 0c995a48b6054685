#include "tests/craft.h"

#include <string.h>

#include "decode/tuple.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IPV6 = 0x86dd };
enum { ETHERNET_LEAST = 60, FRAGMENT_HEADER = 44, QUOTE_V4 = 576 - 28, QUOTE_V6 = 1280 - 48 };

static size_t put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return 2;
}

static size_t put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
    return 4;
}

static size_t put_bytes(uint8_t *at, const uint8_t *bytes, size_t length)
{
    if (length)
        memcpy(at, bytes, length);
    return length;
}

static size_t address_size(const struct craft_network *network)
{
    return network->version == 4 ? 4 : 16;
}

/* RFC 1071, without the final complement. */
static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        so_far += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (length & 1)
        so_far += (uint32_t)bytes[length - 1] << 8;
    while (so_far >> 16)
        so_far = (so_far & 0xffff) + (so_far >> 16);
    return so_far;
}

static uint32_t pseudo_header_sum(const struct craft_network *network, uint8_t protocol, size_t length)
{
    size_t size = address_size(network);
    uint32_t s = sum(0, network->source, size);
    s = sum(s, network->destination, size);
    uint8_t rest[6];
    put32(rest, (uint32_t)length);
    put16(rest + 4, protocol);
    return sum(s, rest, sizeof rest);
}

static void put_checksum(uint8_t *body, size_t length, size_t at, const struct craft_network *network, uint8_t protocol,
                         enum craft_checksum kind)
{
    put16(body + at, 0);
    uint32_t pseudo = protocol == PROTOCOL_ICMP ? 0 : pseudo_header_sum(network, protocol, length);
    uint32_t value = ~sum(pseudo, body, length) & 0xffff;
    if (kind == CRAFT_OFFLOADED)
        value = pseudo;
    else if (kind == CRAFT_BAD)
        value ^= 0x0100;
    if (protocol == PROTOCOL_UDP && value == 0)
        value = 0xffff;               /* RFC 768: a sum of zero is sent as all ones */
    put16(body + at, value);
}

size_t craft_segment(uint8_t body[CRAFT_ROOM], const struct craft_network *network,
                     const struct craft_segment *segment)
{
    size_t n = put16(body, segment->source_port);
    n += put16(body + n, segment->destination_port);
    n += put32(body + n, segment->seq);
    n += put32(body + n, segment->ack);
    n += put16(body + n, (5u + segment->options_length / 4u) << 12 | (segment->flags & 0x1ffu));
    n += put16(body + n, segment->window);
    n += 2;
    n += put16(body + n, segment->urgent);
    n += put_bytes(body + n, segment->options, segment->options_length);
    n += put_bytes(body + n, segment->payload, segment->payload_length);
    put_checksum(body, n, 16, network, PROTOCOL_TCP, segment->checksum);
    return n;
}

size_t craft_datagram(uint8_t body[CRAFT_ROOM], const struct craft_network *network,
                      const struct craft_datagram *datagram)
{
    size_t n = put16(body, datagram->source_port);
    n += put16(body + n, datagram->destination_port);
    n += put16(body + n, (uint32_t)(8 + datagram->payload_length));
    n += 2;
    n += put_bytes(body + n, datagram->payload, datagram->payload_length);
    put_checksum(body, n, 6, network, PROTOCOL_UDP, datagram->checksum);
    return n;
}

size_t craft_icmp_error(uint8_t body[CRAFT_ROOM], const struct craft_network *network, uint8_t type, uint8_t code,
                        const uint8_t *packet, size_t length)
{
    size_t most = network->version == 4 ? QUOTE_V4 : QUOTE_V6;
    memset(body, 0, 8);
    body[0] = type;
    body[1] = code;
    size_t n = 8 + put_bytes(body + 8, packet, length < most ? length : most);
    put_checksum(body, n, 2, network, network->version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6, CRAFT_GOOD);
    return n;
}

/* A locally administered address that shows the last four bytes of the IP address. */
static size_t put_mac(uint8_t *at, const uint8_t *address, size_t size)
{
    put16(at, 0x0200);
    memcpy(at + 2, address + size - 4, 4);
    return 6;
}

static size_t put_vlan_and_type(uint8_t *at, uint16_t vlan, uint16_t type)
{
    size_t n = 0;
    if (vlan) {
        n += put16(at, ETHERTYPE_VLAN);
        n += put16(at + n, vlan);
    }
    return n + put16(at + n, type);
}

static size_t put_ipv4(uint8_t *at, const struct craft_network *network, uint8_t protocol, struct craft_part part)
{
    enum { DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000 };
    bool whole = part.offset == 0 && !part.more;
    at[0] = 0x45;
    at[1] = network->ecn;
    put16(at + 2, network->length_zero ? 0 : (uint32_t)(20 + part.length));
    put16(at + 4, network->id);
    put16(at + 6, (whole ? DONT_FRAGMENT : 0u) | (part.more ? MORE_FRAGMENTS : 0u) | (uint32_t)(part.offset / 8));
    at[8] = network->ttl;
    at[9] = protocol;
    put16(at + 10, 0);
    memcpy(at + 12, network->source, 4);
    memcpy(at + 16, network->destination, 4);
    put16(at + 10, ~sum(0, at, 20) & 0xffff);
    return 20;
}

static size_t put_ipv6(uint8_t *at, const struct craft_network *network, uint8_t protocol, struct craft_part part)
{
    bool whole = part.offset == 0 && !part.more;
    put32(at, 6u << 28 | (uint32_t)network->ecn << 20);
    put16(at + 4, (uint32_t)(part.length + (whole ? 0 : 8)));
    at[6] = whole ? protocol : FRAGMENT_HEADER;
    at[7] = network->ttl;
    memcpy(at + 8, network->source, 16);
    memcpy(at + 24, network->destination, 16);
    size_t n = 40;
    if (!whole) {
        n += put16(at + n, (uint32_t)protocol << 8);
        n += put16(at + n, (uint32_t)part.offset | part.more);
        n += put32(at + n, network->id);
    }
    return n;
}

size_t craft_link_length(const struct craft_network *network)
{
    return network->vlan ? 18 : 14;
}

size_t craft_frame(uint8_t frame[CRAFT_ROOM], const struct craft_network *network, uint8_t protocol,
                   const uint8_t *body, struct craft_part part)
{
    size_t size = address_size(network);
    size_t n = put_mac(frame, network->destination, size);
    n += put_mac(frame + n, network->source, size);
    n += put_vlan_and_type(frame + n, network->vlan, network->version == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
    if (network->version == 4)
        n += put_ipv4(frame + n, network, protocol, part);
    else
        n += put_ipv6(frame + n, network, protocol, part);
    n += put_bytes(frame + n, body + part.offset, part.length);
    if (network->padded && n < ETHERNET_LEAST) {
        memset(frame + n, 0, ETHERNET_LEAST - n);
        n = ETHERNET_LEAST;
    }
    return n;
}

size_t craft_arp(uint8_t frame[CRAFT_ROOM], uint16_t operation, const uint8_t sender[4], const uint8_t target[4],
                 uint16_t vlan)
{
    size_t n = 6;
    if (operation == 1)
        memset(frame, 0xff, 6);
    else
        put_mac(frame, target, 4);
    n += put_mac(frame + n, sender, 4);
    n += put_vlan_and_type(frame + n, vlan, ETHERTYPE_ARP);
    n += put16(frame + n, 1);
    n += put16(frame + n, ETHERTYPE_IPV4);
    frame[n++] = 6;
    frame[n++] = 4;
    n += put16(frame + n, operation);
    n += put_mac(frame + n, sender, 4);
    n += put_bytes(frame + n, sender, 4);
    if (operation == 1) {
        memset(frame + n, 0, 6);
        n += 6;
    } else {
        n += put_mac(frame + n, target, 4);
    }
    n += put_bytes(frame + n, target, 4);
    return n;
}

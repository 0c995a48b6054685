/* network.c - IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, and AH (RFC 4302).
 *
 * Promises to the transport inside: struct opening has the addresses that its connection and its checksum use, and
 * the cursor holds the payload only: what the IP header counts, never a link layer's padding. Where an IP length is
 * larger than what the layer outside has room for, that room counts.
 */
#include "decode/fragments.h"
#include "decode/parse.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40 };

enum {
    NEXT_HOP_BY_HOP = 0, NEXT_IPV4 = 4, NEXT_IPV6 = 41, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_GRE = 47,
    NEXT_AH = 51, NEXT_NONE = 59, NEXT_DESTINATION = 60, NEXT_ETHERIP = 97, NEXT_PIM = 103, NEXT_IPCOMP = 108,
    NEXT_MOBILITY = 135, NEXT_MPLS = 137, NEXT_SHIM6 = 140, NEXT_ETHERNET = 143,
};

enum layer layer_of_protocol(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP: return LAYER_TCP;
    case PROTOCOL_UDP: return LAYER_UDP;
    case PROTOCOL_ICMP: return LAYER_ICMP;
    case PROTOCOL_ICMPV6: return LAYER_ICMPV6;
    case NEXT_HOP_BY_HOP: case NEXT_DESTINATION: return LAYER_IPV6_OPTIONS;
    case NEXT_ROUTING: return LAYER_IPV6_ROUTING;
    case NEXT_FRAGMENT: return LAYER_IPV6_FRAGMENT;
    case NEXT_MOBILITY: case NEXT_SHIM6: return LAYER_IPV6_EXTENSION;
    case NEXT_AH: return LAYER_AUTHENTICATION;
    case NEXT_IPCOMP: return LAYER_IPCOMP;
    case NEXT_IPV4: return LAYER_IPV4;
    case NEXT_IPV6: return LAYER_IPV6;
    case NEXT_GRE: return LAYER_GRE;
    case NEXT_ETHERIP: return LAYER_ETHERIP;
    case NEXT_PIM: return LAYER_PIM;
    case NEXT_ETHERNET: return LAYER_ETHERNET;
    case NEXT_MPLS: return LAYER_MPLS;
    default: return LAYER_DONE;
    }
}

enum layer layer_of_ip_version(const struct opening *o)
{
    int version = cursor_peek(&o->at, 0) >> 4;
    return version == 4 ? LAYER_IPV4 : version == 6 ? LAYER_IPV6 : LAYER_DONE;
}

/* An IP header inside an IP header: a tunnel. GRE and the ones in UDP have named themselves and forgotten the
 * version. */
static void enter_ip(struct opening *o, uint8_t version)
{
    if (o->version != 0) {
        if (version == 4)
            enter_tunnel(o, o->version == 4 ? TUNNEL_IPIP : TUNNEL_4IN6);
        else
            enter_tunnel(o, o->version == 4 ? TUNNEL_6IN4 : TUNNEL_6IN6);
    }
    o->version = version;
    o->notes &= NOTE_REASSEMBLED;
    o->home = o->final = NULL;
    o->partial = false;
}

/* Shortens what follows to `length`, a datagram's own claim, or notes that there is no room for it. */
static void believe_length(struct opening *o, uint32_t length, const char *why)
{
    if (__builtin_expect(length > wire_left(o), 0)) {
        o->notes |= NOTE_MALFORMED;
        if (o->trial == TRIAL_NOTHING)
            o->trial = TRIAL_CONTRADICTION;
        broken(o, why);
        return;
    }
    wire_limit(o, length);
    if (o->trial == TRIAL_NOTHING)
        o->trial = TRIAL_DATAGRAM;
}

/* The last address of a loose or strict source route still to be travelled, or NULL (RFC 791 3.1). */
static const uint8_t *source_route_end(const uint8_t *options, size_t length)
{
    enum { END = 0, NOP = 1, LOOSE = 131, STRICT = 137 };
    struct cursor c = cursor_on(options, length);
    while (cursor_left(&c) > 0) {
        int kind = cursor_peek(&c, 0);
        if (kind == END)
            return NULL;
        if (kind == NOP) {
            cursor_skip(&c, 1);
            continue;
        }
        int size = cursor_peek(&c, 1);
        if (size < 2)
            return NULL;
        const uint8_t *option = cursor_take(&c, (size_t)size);
        if (!option)
            return NULL;
        if (kind == LOOSE || kind == STRICT) {
            bool travelling = size >= 7 && option[2] >= 4 && option[2] % 4 == 0 && option[2] <= size;
            return travelling ? option + size - 4 : NULL;
        }
    }
    return NULL;
}

/* Addresses that routers do not pass on: their fragments' identifications are kept apart by VLAN. */
static bool is_private(const uint8_t *a)
{
    return a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
           (a[0] == 169 && a[1] == 254);
}

static enum layer ipv4_fragment(struct opening *o, uint16_t offset_field, uint8_t protocol)
{
    bool more = offset_field & 0x2000;
    uint32_t offset = (uint32_t)(offset_field & 0x1fff) * 8;
    o->result->fragment = true;
    if (o->beyond > 0 || (o->notes & NOTE_MALFORMED) || wire_left(o) == 0) {
        if (o->beyond > 0)
            o->result->cut = true;
        o->partial = true;
        return offset == 0 ? layer_of_protocol(protocol) : LAYER_DONE;
    }
    bool local = is_private(o->source) || is_private(o->destination);
    struct fragment fragment = {
        .version = 4, .protocol = protocol, .source = o->source, .destination = o->destination, .id = o->ip_id,
        .vlan = local ? o->vlan_outer : VLAN_NONE, .offset = offset, .more = more,
        .bytes = o->at.at, .length = (uint32_t)cursor_left(&o->at),
    };
    return open_fragment(o, &fragment);
}

enum layer open_ipv4(struct opening *o)
{
    int first = cursor_peek(&o->at, 0);
    if (__builtin_expect(first >> 4 != 4, 0)) {
        if (first >> 4 == 6)
            return LAYER_IPV6;
        return first < 0 ? fell_short(o, IPV4_HEADER, "no room for an IPv4 header")
                         : broken(o, "IP version is neither 4 nor 6");
    }
    uint32_t header = (uint32_t)(first & 15) * 4;
    if (header < IPV4_HEADER)
        return broken(o, "IPv4 header length below 20");
    const uint8_t *bytes = o->at.at;
    if (cursor_left(&o->at) < IPV4_HEADER)
        return fell_short(o, IPV4_HEADER, "no room for an IPv4 header");

    enter_ip(o, 4);
    uint32_t length = bytes_be16(bytes + 2);
    if (length < header) {
        if (length != 0)
            return broken(o, "IPv4 total length below its header length");
        length = wire_left(o);
        o->notes |= NOTE_LENGTH_ZERO;
    }
    believe_length(o, length, "IPv4 total length beyond the frame");
    if (!take(o, header, "no room for IPv4 options"))
        return LAYER_DONE;

    o->ip_id = bytes_be16(bytes + 4);
    o->ttl = bytes[8];
    o->source = bytes + 12;
    o->destination = bytes + 16;
    if (header > IPV4_HEADER) {
        const uint8_t *end = source_route_end(bytes + IPV4_HEADER, header - IPV4_HEADER);
        if (end)
            o->destination = end;
    }
    const uint8_t *to = o->destination;
    o->notes |= NOTE_IP_ID;
    if ((to[0] & 0xf0) == 0xe0 || bytes_be32(to) == 0xffffffff)
        o->notes |= NOTE_MULTICAST;
    uint16_t offset_field = bytes_be16(bytes + 6);
    if (__builtin_expect(offset_field & 0x3fff, 0))
        return ipv4_fragment(o, offset_field, bytes[9]);
    return layer_of_protocol(bytes[9]);
}

/* The length that a Jumbo Payload option gives (RFC 2675 2), or 0; `options` begins at the hop-by-hop header. */
static uint32_t jumbo_length(struct cursor options)
{
    enum { PAD1 = 0, JUMBO = 0xc2 };
    cursor_skip(&options, 1);
    size_t size = (size_t)cursor_u8(&options) * 8 + 6;
    cursor_limit(&options, size);
    while (cursor_left(&options) >= 2) {
        uint8_t kind = cursor_u8(&options);
        if (kind == PAD1)
            continue;
        uint8_t length = cursor_u8(&options);
        if (kind == JUMBO && length == 4) {
            uint32_t jumbo = cursor_be32(&options);
            return jumbo > 0xffff ? jumbo : 0;
        }
        if (!cursor_skip(&options, length))
            return 0;
    }
    return 0;
}

enum layer open_ipv6(struct opening *o)
{
    int first = cursor_peek(&o->at, 0);
    if (__builtin_expect(first >= 0 && first >> 4 != 6, 0))
        return broken(o, "IP version is not 6");
    const uint8_t *bytes = take(o, IPV6_HEADER, "no room for an IPv6 header");
    if (!bytes)
        return LAYER_DONE;
    enter_ip(o, 6);
    uint32_t length = bytes_be16(bytes + 4);
    uint8_t next = bytes[6];
    if (length == 0 && next == NEXT_HOP_BY_HOP) {
        length = jumbo_length(o->at);
    } else if (length == 0 && next != NEXT_NONE) {
        length = wire_left(o);
        o->notes |= NOTE_LENGTH_ZERO;
    }
    believe_length(o, length, "IPv6 payload length beyond the frame");
    o->ttl = bytes[7];
    o->source = bytes + 8;
    o->destination = bytes + 24;
    if (bytes[24] == 0xff)
        o->notes |= NOTE_MULTICAST;
    return layer_of_protocol(next);
}

/* Hop-by-hop and destination options: only the home address (RFC 6275 6.3) matters, to the checksum. */
enum layer open_ipv6_options(struct opening *o)
{
    enum { PAD1 = 0, HOME_ADDRESS = 0xc9 };
    int words = cursor_peek(&o->at, 1);
    size_t length = words < 0 ? 8 : (size_t)words * 8 + 8;
    const uint8_t *bytes = take(o, length, "no room for IPv6 options");
    if (!bytes)
        return LAYER_DONE;
    struct cursor c = cursor_on(bytes + 2, length - 2);
    while (cursor_left(&c) >= 2) {
        uint8_t kind = cursor_u8(&c);
        if (kind == PAD1)
            continue;
        uint8_t size = cursor_u8(&c);
        const uint8_t *value = cursor_take(&c, size);
        if (!value) {
            o->notes |= NOTE_MALFORMED;
            broken(o, "IPv6 option longer than its header");
            if (size > cursor_left(&c) + wire_left(o))
                return LAYER_DONE;
            break;
        }
        if (kind == HOME_ADDRESS && size == 16 && o->version == 6)
            o->home = value;
    }
    return layer_of_protocol(bytes[0]);
}

/* A routing header with segments left names the final destination, which the checksum covers (RFC 8200 8.1): types 0
 * (RFC 5095), 2 (RFC 6275) and 4 (RFC 8754). The connection keeps the address that the datagram travels to. */
enum layer open_ipv6_routing(struct opening *o)
{
    int words = cursor_peek(&o->at, 1);
    size_t length = words < 0 ? 8 : (size_t)words * 8 + 8;
    const uint8_t *bytes = take(o, length, "no room for an IPv6 routing header");
    if (!bytes)
        return LAYER_DONE;
    uint8_t type = bytes[2], segments_left = bytes[3];
    if (segments_left > 0 && length >= 24 && o->version == 6) {
        if (type == 0)
            o->final = bytes + 8 + (length - 24) / 16 * 16;
        else if (type == 2 || type == 4)
            o->final = bytes + 8;
    }
    return layer_of_protocol(bytes[0]);
}

enum layer open_ipv6_extension(struct opening *o)
{
    int words = cursor_peek(&o->at, 1);
    const uint8_t *bytes = take(o, words < 0 ? 8 : (size_t)words * 8 + 8, "no room for an IPv6 extension header");
    return bytes ? layer_of_protocol(bytes[0]) : LAYER_DONE;
}

enum layer open_ipv6_fragment(struct opening *o)
{
    const uint8_t *bytes = take(o, 8, "no room for an IPv6 fragment header");
    if (!bytes)
        return LAYER_DONE;
    uint32_t id = bytes_be32(bytes + 4);
    uint16_t offset_field = bytes_be16(bytes + 2);
    o->ip_id = (uint16_t)id;
    o->notes |= NOTE_IP_ID;
    o->result->fragment = true;
    if ((offset_field & 0xfff9) == 0)     /* atomic (RFC 6946) */
        return layer_of_protocol(bytes[0]);
    if (o->version != 6)
        return broken(o, "IPv6 fragment header in an IPv4 datagram");
    if (o->beyond > 0 || wire_left(o) == 0 || (o->notes & NOTE_MALFORMED)) {
        if (o->beyond > 0)
            o->result->cut = true;
        return LAYER_DONE;
    }
    struct fragment fragment = {
        .version = 6, .protocol = bytes[0], .source = o->source, .destination = o->destination, .id = id,
        .vlan = VLAN_NONE, .offset = offset_field & 0xfff8, .more = offset_field & 1,
        .bytes = o->at.at, .length = (uint32_t)cursor_left(&o->at),
    };
    return open_fragment(o, &fragment);
}

enum layer open_authentication(struct opening *o)
{
    int words = cursor_peek(&o->at, 1);
    const uint8_t *bytes = take(o, words < 0 ? 12 : (size_t)words * 4 + 8, "no room for an authentication header");
    return bytes ? layer_of_protocol(bytes[0]) : LAYER_DONE;
}

int skip_extensions(struct cursor *c, uint8_t protocol)
{
    for (;;) {
        switch (protocol) {
        case NEXT_HOP_BY_HOP: case NEXT_DESTINATION: case NEXT_ROUTING: case NEXT_MOBILITY: case NEXT_SHIM6:
        case NEXT_AH: case NEXT_FRAGMENT:
            break;
        default:
            return protocol;
        }
        int next = cursor_peek(c, 0), size = cursor_peek(c, 1);
        if (size < 0)
            return -1;
        size_t length = (size_t)size * (protocol == NEXT_AH ? 4 : protocol == NEXT_FRAGMENT ? 0 : 8) + 8;
        const uint8_t *bytes = cursor_take(c, length);
        if (!bytes || (protocol == NEXT_FRAGMENT && (bytes_be16(bytes + 2) & 0xfff8)))
            return -1;
        protocol = (uint8_t)next;
    }
}

/* anatomy_network.c - IPv4 with options, IPv6 with extension headers. */
#include "report/anatomy_walk.h"

const char *protocol_name(unsigned protocol)
{
    static const char *const names[256] = {
        [0] = "hop-by-hop options", [1] = "ICMP", [2] = "IGMP", [4] = "IPv4", [6] = "TCP", [17] = "UDP", [41] = "IPv6",
        [43] = "routing", [44] = "fragment", [47] = "GRE", [50] = "ESP", [51] = "AH", [58] = "ICMPv6",
        [59] = "nothing follows", [60] = "destination options", [89] = "OSPF", [97] = "EtherIP", [103] = "PIM",
        [108] = "IPComp", [112] = "VRRP", [132] = "SCTP", [135] = "mobility", [136] = "UDP-Lite", [137] = "MPLS",
    };
    return protocol < 256 && names[protocol] ? names[protocol] : "(no name here)";
}

static const char says_protocol[] = "Who takes what follows: 6 TCP, 17 UDP, 1 ICMP. With the addresses and ports it "
                                    "finds the socket.";
static const char says_dscp[] =
    "How urgent the sender says it is; routers may queue by it. 0: no wish. Once part of the "
    "\"type of service\".";
static const char says_ecn[] =
    "A router that is nearly full writes 3 here instead of dropping; the receiver then sets ECE "
    "in its ACKs.";

static const struct spec ipv4[] = {
    { 4, FORM_NUMBER, "version", "4: this is an IPv4 header." },
    { 4, FORM_NUMBER, "IHL",
      "Internet header length in words of 4 bytes: 5 without options. Payload begins behind it." },
    { 6, FORM_NUMBER, "DSCP", says_dscp },
    { 2, FORM_ECN, "ECN", says_ecn },
    { 16, FORM_NUMBER, "total length",
      "Bytes of the whole datagram, header included. TCP has no length of its own: its "
      "payload is what this leaves." },
    { 16, FORM_NUMBER, "identification",
      "Fragments of one datagram carry the same number, so that they are put together "
      "again. Often it just counts up." },
    { 3, FORM_IPV4_FLAGS, "flags",
      "DF: do not fragment, rather send an ICMP error (path MTU discovery). MF: more "
      "fragments follow." },
    { 13, FORM_NUMBER, "fragment offset",
      "Where in the datagram this piece belongs, in units of 8 bytes; 0: at its "
      "beginning." },
    { 8, FORM_NUMBER, "time to live",
      "Each router takes one off; at 0 the datagram dies and an ICMP error goes back. "
      "Hosts begin with 64, 128 or 255." },
    { 8, FORM_PROTOCOL, "protocol", says_protocol },
    { 16, FORM_HEX, "header checksum",
      "Over the IPv4 header alone; each router computes it anew, because the time to live "
      "changes." },
    { 32, FORM_IPV4, "source address",
      "The host that sent it: the same all the way (unless a NAT changes it). Half of the "
      "4-tuple's addresses." },
    { 32, FORM_IPV4, "destination address", "The host it is for. Routers choose the next hop by it alone." },
};

enum { IPV4_IHL = 1, IPV4_LENGTH = 4, IPV4_OFFSET = 7, IPV4_CHECKSUM = 10 };

static const char *ipv4_option_name(unsigned kind)
{
    switch (kind) {
    case 7: return "option record route";
    case 68: return "option time stamp";
    case 130: return "option security";
    case 131: return "option loose source route";
    case 136: return "option stream identifier";
    case 137: return "option strict source route";
    case 148: return "option router alert";
    default: return "option";
    }
}

void walk_ipv4_options(struct walk *w)
{
    enum { END = 0, NOP = 1 };
    while (cursor_left(&w->at) > 0 && w->a->count + WALK_ROOM / 2 < ANATOMY_FIELDS) {
        int kind = cursor_peek(&w->at, 0), size = cursor_peek(&w->at, 1);
        if (kind == NOP) {
            walk_add(w, 1, "option NOP", "Fills up to a boundary of 4 bytes.");
            continue;
        }
        if (kind == END) {
            walk_add(w, 1, "option end", "No options follow; the rest of the header is padding.");
            return;
        }
        if (size >= 0 && (size < 2 || (uint32_t)size > walk_left(w))) {
            field_malformed(
                walk_add(w, cursor_left(&w->at), "option", "An option's length counts its kind and itself."),
                "kind %d, length %d: malformed", kind, size);
            return;
        }
        if (size < 0 || (size_t)size > cursor_left(&w->at)) {
            walk_short(w, size < 0 ? 2 : (size_t)size, "option");
            return;
        }
        field_value(walk_add(w, (size_t)size, ipv4_option_name((unsigned)kind), "An option of the IPv4 header. Most "
                             "routers drop datagrams with options."), "kind %d, length %d", kind, size);
    }
}

/* The length that the header claims for itself and all behind it, and what it says of fragments. */
static void ipv4_verdicts(struct walk *w, const uint8_t *header, uint32_t header_length)
{
    uint32_t length = bytes_be16(header + 2), left = walk_left(w) + 20;
    struct anatomy_field *total = walk_field(w, IPV4_LENGTH);
    field_append(walk_field(w, IPV4_IHL), " (%u bytes)", header_length);
    if (length == 0)
        field_append(total, " (segmentation offload: the frame's length counts)");
    else if (length < header_length)
        field_malformed(total, ", less than its header: malformed");
    else if (length > left && !w->quoted)
        field_malformed(total, ", but only %u bytes are there: malformed", left);
    unsigned offset = bytes_be16(header + 6) & 0x1fff;
    if (offset)
        field_append(walk_field(w, IPV4_OFFSET), " (byte %u)", offset * 8);
}

/* What stands behind a network header whose protocol is `protocol`. */
static enum layer after_network(struct walk *w, unsigned protocol, unsigned fragment_offset)
{
    if (fragment_offset) {
        walk_payload(w, "fragment",
                     "A later piece of a datagram: its transport header, with the ports, is in the first "
                     "piece.");
        return LAYER_DONE;
    }
    enum layer layer = layer_of_protocol((uint8_t)protocol);
    if (layer == LAYER_DONE)
        walk_unopened(w, protocol_name(protocol));
    return layer;
}

enum layer walk_ipv4(struct walk *w)
{
    if (cursor_peek(&w->at, 0) >> 4 == 6)
        return LAYER_IPV6;
    if (!walk_layer(w, "IPv4", "RFC 791 3.1"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, ipv4);
    if (!header)
        return LAYER_DONE;
    uint32_t header_length = (uint32_t)(header[0] & 15) * 4, length = bytes_be16(header + 2);
    struct anatomy_field *ihl = walk_field(w, IPV4_IHL), *sum = walk_field(w, IPV4_CHECKSUM);
    ipv4_verdicts(w, header, header_length);
    if (header[0] >> 4 != 4 || header_length < 20) {
        field_malformed(header_length < 20 ? ihl : walk_field(w, 0), ": malformed");
        walk_unopened(w, "behind a malformed header");
        return LAYER_DONE;
    }
    if (!w->quoted && length >= header_length)
        walk_limit(w, length - 20);
    struct room room = walk_enter(w, header_length - 20);
    bool all = walk_left(w) == header_length - 20 && w->beyond == 0;
    if (!all && !w->quoted && w->beyond == 0)
        field_malformed(ihl, ": longer than the datagram: malformed");
    walk_ipv4_options(w);
    walk_leave(w, room, "padding");
    unsigned fragment = bytes_be16(header + 6);
    w->partial = false;
    w->version = 4;
    if (all)
        field_checksum(w, sum, 0, header, header_length, 10);
    else
        field_append(sum, ", not checked");
    w->source = header + 12;
    w->destination = header + 16;
    w->partial = fragment & 0x3fff || (length > header_length && length - header_length > walk_left(w));
    return after_network(w, header[9], fragment & 0x1fff);
}

static const struct spec ipv6[] = {
    { 4, FORM_NUMBER, "version", "6: this is an IPv6 header." },
    { 6, FORM_NUMBER, "DSCP", says_dscp },
    { 2, FORM_ECN, "ECN", says_ecn },
    { 20, FORM_HEX, "flow label",
      "The same for all datagrams of one conversation, so that routers keep them on one path "
      "without looking at ports." },
    { 16, FORM_NUMBER, "payload length",
      "Bytes behind this header of 40, extension headers included. There is no checksum: "
      "links and transports have theirs." },
    { 8, FORM_PROTOCOL, "next header",
      "Who takes what follows: 6 TCP, 17 UDP, 58 ICMPv6; or an extension header, which has "
      "such a field itself." },
    { 8, FORM_NUMBER, "hop limit",
      "Each router takes one off; at 0 the datagram dies and an ICMPv6 error goes back. IPv4's "
      "time to live." },
    { 128, FORM_IPV6, "source address",
      "The host that sent it: the same all the way. Half of the 4-tuple's addresses." },
    { 128, FORM_IPV6, "destination address", "The host it is for. Routers choose the next hop by it alone." },
};

enum layer walk_ipv6(struct walk *w)
{
    enum { LENGTH = 4, NOTHING_FOLLOWS = 59 };
    if (!walk_layer(w, "IPv6", "RFC 8200 3"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, ipv6);
    if (!header)
        return LAYER_DONE;
    if (header[0] >> 4 != 6) {
        field_malformed(walk_field(w, 0), ": malformed");
        walk_unopened(w, "behind a malformed header");
        return LAYER_DONE;
    }
    uint32_t length = bytes_be16(header + 4);
    w->partial = false;
    if (length > walk_left(w) && !w->quoted) {
        field_malformed(walk_field(w, LENGTH), ", but only %u bytes are there: malformed", walk_left(w));
        w->partial = true;
    } else if (!w->quoted && (length > 0 || header[6] == NOTHING_FOLLOWS)) {
        walk_limit(w, length);
    }
    w->version = 6;
    w->source = header + 8;
    w->destination = header + 24;
    return after_network(w, header[6], 0);
}

static const char says_next[] = "What follows this extension header: another one, or the transport.";
static const char says_length[] = "Length of this header in units of 8 bytes, the first 8 not counted.";

/* The options of a hop-by-hop or destination header, each a kind, a length, and so many bytes. */
static void ipv6_options(struct walk *w)
{
    enum { PAD1 = 0, PADN = 1, ROUTER_ALERT = 5, JUMBO = 0xc2, HOME_ADDRESS = 0xc9 };
    while (cursor_left(&w->at) > 0 && w->a->count + WALK_ROOM / 2 < ANATOMY_FIELDS) {
        int kind = cursor_peek(&w->at, 0), size = cursor_peek(&w->at, 1);
        if (kind == PAD1) {
            walk_add(w, 1, "option Pad1", "One byte of padding.");
            continue;
        }
        if (size < 0 || (size_t)size + 2 > cursor_left(&w->at)) {
            bool cut = w->beyond > 0;
            struct anatomy_field *f = walk_add(w, cursor_left(&w->at), "option", "");
            if (cut) {
                f->trouble = TROUBLE_CUT;
                field_value(f, "cut off by the snapshot length");
            } else {
                field_malformed(f, "longer than its header: malformed");
            }
            return;
        }
        const uint8_t *value = w->at.at + 2;
        if (kind == HOME_ADDRESS && size == 16 && w->version == 6)
            w->source = value;                /* RFC 6275 6.3: what the checksum counts */
        struct anatomy_field *f = walk_add(w, (size_t)size + 2,
                                           kind == PADN           ? "option PadN"
                                           : kind == ROUTER_ALERT ? "option router alert"
                                           : kind == JUMBO        ? "option jumbo payload"
                                           : kind == HOME_ADDRESS ? "option home address"
                                                                  : "option",
                                           kind == PADN ? "Padding, to a multiple of 8 bytes."
                                                        : "An option: kind, length, value. Its two highest "
                                                          "bits say what to do where it is not known.");
        field_value(f, "kind %d, length %d", kind, size);
    }
}

enum layer walk_ipv6_options(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_PROTOCOL, "next header", says_next },
        { 8, FORM_NUMBER, "header length", says_length },
    };
    if (!walk_layer(w, "options", "RFC 8200 4.2"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    uint32_t length = header[1] * 8u + 6;
    if (length > walk_left(w) && !w->quoted)
        field_malformed(walk_field(w, 1), ": longer than the datagram: malformed");
    struct room room = walk_enter(w, length);
    ipv6_options(w);
    walk_leave(w, room, "options");
    return after_network(w, header[0], 0);
}

enum layer walk_ipv6_routing(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_PROTOCOL, "next header", says_next },
        { 8, FORM_NUMBER, "header length", says_length },
        { 8, FORM_NUMBER, "routing type", "Which kind of source route: 0 and 2 addresses, 4 segment routing." },
        { 8, FORM_NUMBER, "segments left",
          "Stations still to be visited; with 0 the destination address is the last." },
    };
    if (!walk_layer(w, "routing", "RFC 8200 4.4"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    uint32_t length = header[1] * 8u + 4;
    struct room room = walk_enter(w, length);
    const uint8_t *route = w->at.at;
    bool all = cursor_left(&w->at) == length;
    walk_leave(w, room, "stations of the route");

    if (all && header[3] > 0 && length >= 20 && w->version == 6)
        w->destination = header[2] == 0 ? route + 4 + (length - 20) / 16 * 16 : route + 4;
    return after_network(w, header[0], 0);
}

enum layer walk_ipv6_fragment(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_PROTOCOL, "next header", says_next },
        { 8, FORM_HEX, "reserved", "Zero." },
        { 13, FORM_NUMBER, "fragment offset",
          "Where in the datagram this piece belongs, in units of 8 bytes; 0: at its "
          "beginning." },
        { 2, FORM_NUMBER, "reserved", "Zero." },
        { 1, FORM_NUMBER, "M", "1: more fragments follow." },
        { 32, FORM_HEX, "identification",
          "Fragments of one datagram carry the same number. Only the sender fragments in "
          "IPv6, never a router." },
    };
    if (!walk_layer(w, "fragment", "RFC 8200 4.5"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    unsigned field = bytes_be16(header + 2);
    w->partial = w->partial || field & 0xfff9;
    if (field >> 3)
        field_append(walk_field(w, 2), " (byte %u)", (field >> 3) * 8);
    return after_network(w, header[0], field >> 3);
}

/* Mobility, shim6: a length as all have it, and what we do not take apart. */
enum layer walk_ipv6_extension(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_PROTOCOL, "next header", says_next },
        { 8, FORM_NUMBER, "header length", says_length },
    };
    if (!walk_layer(w, "extension", "RFC 8200 4.1, RFC 6564"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    walk_leave(w, walk_enter(w, header[1] * 8u + 6), "extension header");
    return after_network(w, header[0], 0);
}

enum layer walk_authentication(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_PROTOCOL, "next header", says_next },
        { 8, FORM_NUMBER, "payload length", "Length of this header in words of 4 bytes, less 2." },
        { 16, FORM_HEX, "reserved", "Zero." },
        { 32, FORM_HEX, "SPI", "Security parameters index: which keys." },
        { 32, FORM_NUMBER, "sequence number", "Counts up, against repetition by an attacker." },
    };
    if (!walk_layer(w, "AH", "RFC 4302 2"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    uint32_t length = header[1] * 4u + 8;
    walk_leave(w, walk_enter(w, length > 12 ? length - 12 : 0), "integrity check value");
    return after_network(w, header[0], 0);
}

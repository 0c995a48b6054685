/* anatomy_link.c - link layers: Ethernet and its tags, LLC, Linux cooked, loopback, raw IP, PPPoE, MPLS; and ARP. */
#include "report/anatomy_walk.h"

static const char says_mac_to[] =
    "The network card this frame is for, on this link only: the host itself, or the router "
    "that takes it further. All ones: everybody here.";
static const char says_mac_from[] =
    "The network card that put the frame on this link. Each router on the way writes its "
    "own; the IP addresses stay.";
static const char says_type[] = "What the frame carries, so that the receiving kernel knows who takes it: 0x0800 IPv4, "
                                "0x86dd IPv6, 0x0806 ARP.";

const char *ethertype_name(unsigned type)
{
    switch (type) {
    case 0x0800: return "IPv4";
    case 0x0806: return "ARP";
    case 0x8035: return "RARP";
    case 0x86dd: return "IPv6";
    case 0x8100: return "802.1Q tag";
    case 0x88a8: return "802.1ad tag";
    case 0x8847: case 0x8848: return "MPLS";
    case 0x8863: return "PPPoE discovery";
    case 0x8864: return "PPPoE";
    case 0x888e: return "802.1X";
    case 0x88cc: return "LLDP";
    case 0x88e5: return "MACsec";
    case 0x6558: return "Ethernet";
    default: return "(no name here)";
    }
}

/* What a type or, below 1536, a length says of the bytes that follow. */
static enum layer after_type(struct walk *w, struct anatomy_field *field, unsigned type)
{
    if (type >= 1536) {
        enum layer layer = layer_of_ethertype((uint16_t)type);
        if (layer == LAYER_DONE)
            walk_unopened(w, ethertype_name(type));
        return layer;
    }
    field->name = "length";
    field->says =
        "Below 1536 this is no type but the number of bytes that follow, as IEEE 802.3 first had it; the type "
        "then stands in an LLC header.";
    field_value(field, "%u", type);
    walk_limit(w, type);
    return type > 0 ? LAYER_LLC : LAYER_DONE;
}

enum layer walk_ethernet(struct walk *w)
{
    static const struct spec specs[] = {
        { 48, FORM_MAC, "destination address", says_mac_to },
        { 48, FORM_MAC, "source address", says_mac_from },
        { 16, FORM_ETHERTYPE, "EtherType", says_type },
    };
    if (!walk_layer(w, "Ethernet", "RFC 894, IEEE 802.3"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    return header ? after_type(w, walk_field(w, 2), bytes_be16(header + 12)) : LAYER_DONE;
}

enum layer walk_vlan(struct walk *w)
{
    static const struct spec specs[] = {
        { 3, FORM_NUMBER, "PCP", "Priority code point: which queue a switch puts the frame in, 7 before 0." },
        { 1, FORM_NUMBER, "DEI", "Drop eligible indicator: with 1 a crowded switch may drop this frame first." },
        { 12, FORM_NUMBER, "VLAN identifier", "Which virtual network the frame belongs to. Switches keep them apart as "
                                              "if they had their own cables." },
        { 16, FORM_ETHERTYPE, "EtherType", says_type },
    };
    if (!walk_layer(w, "802.1Q", "IEEE 802.1Q 9.6"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    return header ? after_type(w, walk_field(w, 3), bytes_be16(header + 2)) : LAYER_DONE;
}

/* Behind LLC's SNAP: an organization, and then mostly an EtherType (RFC 1042). */
static enum layer walk_snap(struct walk *w)
{
    static const struct spec specs[] = {
        { 24, FORM_HEX, "organization code", "Who gave the type its meaning; 0: it is an EtherType (RFC 1042)." },
        { 16, FORM_ETHERTYPE, "type", says_type },
    };
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    enum layer layer = bytes_be32(header) >> 8 == 0 ? layer_of_ethertype(bytes_be16(header + 3)) : LAYER_DONE;
    if (layer == LAYER_DONE)
        walk_unopened(w, "SNAP");
    return layer;
}

enum layer walk_llc(struct walk *w)
{
    enum { SNAP = 0xaa, UNNUMBERED = 3 };
    static const struct spec specs[] = {
        { 8, FORM_HEX, "DSAP", "Destination service access point: who takes the bytes. 0xaa: a SNAP header follows." },
        { 8, FORM_HEX, "SSAP", "Source service access point: who sent them." },
        { 8, FORM_HEX, "control", "Kind of LLC frame; 0x03: unnumbered information, a datagram." },
    };
    if (!walk_layer(w, "LLC", "IEEE 802.2, RFC 1042"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    if (header[0] == SNAP && header[1] == SNAP && header[2] == UNNUMBERED)
        return walk_snap(w);
    walk_unopened(w, header[0] == 0x42 ? "spanning tree" : "LLC");
    return LAYER_DONE;
}

static const char says_cooked_type[] = "Which way it went, as the capturing Linux saw it: 0 to us, 1 broadcast, 2 "
                                       "multicast, 3 to somebody else, 4 sent by us.";
static const char says_hardware[] = "Linux's number for the kind of device (ARPHRD): 1 Ethernet, 772 loopback.";
static const char says_cooked_address[] = "The sender's link address. A cooked header is Linux's stand-in for the real "
                                          "one (capture on \"any\"): no destination.";

static enum layer after_cooked(struct walk *w, unsigned hardware, unsigned protocol)
{
    enum { NETLINK = 824, ETHERNET = 3, LLC = 4 };
    enum layer layer = hardware == NETLINK ? LAYER_DONE
                       : protocol > 1536   ? layer_of_ethertype((uint16_t)protocol)
                       : protocol == ETHERNET ? LAYER_ETHERNET
                       : protocol == LLC      ? LAYER_LLC
                                              : LAYER_DONE;
    if (layer == LAYER_DONE)
        walk_unopened(w, "what Linux had there");
    return layer;
}

enum layer walk_cooked(struct walk *w)
{
    static const struct spec specs[] = {
        { 16, FORM_NUMBER, "packet type", says_cooked_type },
        { 16, FORM_NUMBER, "device type", says_hardware },
        { 16, FORM_NUMBER, "address length", "Bytes of the address that count." },
        { 64, FORM_WORDS4, "link address", says_cooked_address },
        { 16, FORM_ETHERTYPE, "protocol", says_type },
    };
    if (!walk_layer(w, "cooked", "LINKTYPE_LINUX_SLL"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    return header ? after_cooked(w, bytes_be16(header + 2), bytes_be16(header + 14)) : LAYER_DONE;
}

enum layer walk_cooked2(struct walk *w)
{
    static const struct spec specs[] = {
        { 16, FORM_ETHERTYPE, "protocol", says_type },
        { 16, FORM_HEX, "reserved", "Must be zero." },
        { 32, FORM_NUMBER, "interface index", "Which interface of the capturing host it was seen on." },
        { 16, FORM_NUMBER, "device type", says_hardware },
        { 8, FORM_NUMBER, "packet type", says_cooked_type },
        { 8, FORM_NUMBER, "address length", "Bytes of the address that count." },
        { 64, FORM_WORDS4, "link address", says_cooked_address },
    };
    if (!walk_layer(w, "cooked v2", "LINKTYPE_LINUX_SLL2"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    return header ? after_cooked(w, bytes_be16(header + 8), bytes_be16(header)) : LAYER_DONE;
}

/* The family of a loopback header, a small number in the byte order of who wrote it. */
static enum layer loopback(struct walk *w, const char *rfc, bool network_order)
{
    static const struct spec specs[] = {
        { 32, FORM_HEX, "address family",
          "What follows, as the capturing host numbers it: 2 IPv4; 10, 24, 28 or 30 IPv6. "
          "Nothing of this was on a wire." },
    };
    if (!walk_layer(w, "loopback", rfc))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    uint32_t family = bytes_be32(header);
    if (!network_order && family >> 16)
        family = bytes_le32(header);
    enum layer layer = layer_of_family(family);
    if (layer == LAYER_DONE)
        walk_unopened(w, "another family");
    else
        field_value(walk_field(w, 0), "%u %s", family, layer == LAYER_IPV4 ? "IPv4" : "IPv6");
    return layer;
}

enum layer walk_null(struct walk *w)
{
    return loopback(w, "LINKTYPE_NULL", false);
}

enum layer walk_loop(struct walk *w)
{
    return loopback(w, "LINKTYPE_LOOP", true);
}

enum layer walk_raw(struct walk *w)
{
    int version = cursor_peek(&w->at, 0) >> 4;
    if (version == 4 || version == 6)
        return version == 4 ? LAYER_IPV4 : LAYER_IPV6;
    if (walk_layer(w, "raw", "LINKTYPE_RAW"))
        walk_unopened(w, "neither IPv4 nor IPv6");
    return LAYER_DONE;
}

enum layer walk_pppoe(struct walk *w)
{
    static const struct spec specs[] = {
        { 4, FORM_NUMBER, "version", "Always 1." },
        { 4, FORM_NUMBER, "type", "Always 1." },
        { 8, FORM_NUMBER, "code", "0: data of a session." },
        { 16, FORM_HEX, "session identifier", "Which of the provider's customers this is." },
        { 16, FORM_NUMBER, "length", "Bytes that follow, up to padding." },
        { 16, FORM_HEX, "PPP protocol", "What follows: 0x0021 IPv4, 0x0057 IPv6." },
    };
    if (!walk_layer(w, "PPPoE", "RFC 2516 4, RFC 1661 2"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    uint16_t length = bytes_be16(header + 4);
    if (length >= 2)
        walk_limit(w, length - 2u);
    enum layer layer = layer_of_ppp(bytes_be16(header + 6));
    if (layer == LAYER_DONE)
        walk_unopened(w, "PPP");
    return layer;
}

/* Nothing says what MPLS carries; its first four bits do, as they do for routers (RFC 4928 3). */
enum layer walk_mpls(struct walk *w)
{
    static const struct spec specs[] = {
        { 20, FORM_NUMBER, "label", "The router forwards by this number alone, and writes another in its place." },
        { 3, FORM_NUMBER, "TC", "Traffic class." },
        { 1, FORM_NUMBER, "S", "Bottom of stack: 1, no label follows." },
        { 8, FORM_NUMBER, "TTL", "Counts down at each router, as that of IP." },
    };
    const uint8_t *label;
    do {
        if (!walk_layer(w, "MPLS", "RFC 3032 2.1"))
            return LAYER_DONE;
        label = WALK_FIELDS(w, specs);
        if (!label)
            return LAYER_DONE;
    } while (!(label[2] & 1));
    int version = cursor_peek(&w->at, 0) >> 4;
    if (version != 4 && version != 6)
        walk_unopened(w, "a pseudowire");
    return version == 4 ? LAYER_IPV4 : version == 6 ? LAYER_IPV6 : LAYER_DONE;
}

enum layer walk_arp(struct walk *w)
{
    static const struct spec fixed[] = {
        { 16, FORM_NUMBER, "hardware type", "1: Ethernet." },
        { 16, FORM_ETHERTYPE, "protocol type", "Whose addresses are asked for: 0x0800 IPv4." },
        { 8, FORM_NUMBER, "hardware length", "Bytes of a link address: 6." },
        { 8, FORM_NUMBER, "protocol length", "Bytes of an IPv4 address: 4." },
        { 16, FORM_NUMBER, "operation", "1: who has the target's IP address? 2: I have it, here is my link address." },
    };
    static const struct spec addresses[] = {
        { 48, FORM_MAC, "sender hardware address",
          "Who asks or answers; everybody who hears it may remember the pair." },
        { 32, FORM_IPV4, "sender protocol address", "The IP address of who asks or answers." },
        { 48, FORM_MAC, "target hardware address", "In a request unknown, mostly zero: this is what is asked for." },
        { 32, FORM_IPV4, "target protocol address",
          "In a request: the IP address whose owner should answer. No answer: "
          "nobody on this link has it." },
    };
    if (!walk_layer(w, "ARP", "RFC 826"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, fixed);
    if (!header)
        return LAYER_DONE;
    unsigned operation = bytes_be16(header + 6);
    field_append(walk_field(w, 4), "%s", operation == 1 ? " request" : operation == 2 ? " reply" : "");
    if (bytes_be16(header + 2) != 0x0800 || header[4] != 6 || header[5] != 4) {
        walk_unopened(w, "addresses of other lengths");
        return LAYER_DONE;
    }
    if (WALK_FIELDS(w, addresses))
        walk_limit(w, 0);
    return LAYER_DONE;
}

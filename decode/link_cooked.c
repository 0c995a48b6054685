/* link_cooked.c - link layers that an operating system made up: loopback, raw IP, Linux cooked, NFLOG, PKTAP, PPI,
 * ENC, IPNET, PFLOG.
 *
 * Fields in the order of the host that captured are read in whichever order makes sense, as the frame does not say.
 */
#include "decode/parse.h"

/* Address families as the BSDs, Darwin, Linux and Solaris number them. */
enum layer layer_of_family(uint32_t family)
{
    switch (family) {
    case 2: return LAYER_IPV4;
    case 10: case 24: case 28: case 30: return LAYER_IPV6;
    default: return LAYER_DONE;
    }
}

/* The address family of a loopback header, whose writer's byte order is not told. Families are small numbers: what is
 * not small one way is read the other way. IRIX wrote two bytes and two of zero; old Linux two of zero and an
 * EtherType. */
static uint32_t null_family(const uint8_t *header)
{
    uint32_t little = bytes_le32(header);
    if (little >> 16 == 0)
        return (little & 0xff) == 0 && little < 0x600 ? little >> 8 : little;
    return little < 0x60000 ? little >> 16 : bytes_be32(header);
}

enum layer open_null(struct opening *o)
{
    if (cursor_peek(&o->at, 0) == 0xff && cursor_peek(&o->at, 1) == 0x03)
        return LAYER_PPP_SERIAL;
    const uint8_t *header = take(o, 4, "no room for a loopback header");
    if (!header)
        return LAYER_DONE;
    uint32_t family = null_family(header);
    return family > 1500 ? layer_of_ethertype((uint16_t)family) : layer_of_family(family);
}

enum layer open_loop(struct opening *o)
{
    const uint8_t *header = take(o, 4, "no room for a loopback header");
    return header ? layer_of_family(bytes_be32(header)) : LAYER_DONE;
}

/* Old Linux drivers left parts of a PPP header, or ten zero bytes, before the datagram. */
enum layer open_raw(struct opening *o)
{
    static const size_t ppp_at[] = { 0, 6, 1 };
    for (size_t i = 0; i < sizeof ppp_at / sizeof *ppp_at; i++)
        if (cursor_peek(&o->at, ppp_at[i]) == 0xff && cursor_peek(&o->at, ppp_at[i] + 1) == 0x03)
            return take(o, ppp_at[i], "") ? LAYER_PPP_SERIAL : LAYER_DONE;
    static const uint8_t zeroes[10];
    if (cursor_left(&o->at) >= sizeof zeroes && memcmp(o->at.at, zeroes, sizeof zeroes) == 0)
        return take(o, sizeof zeroes, "") ? LAYER_IPV4 : LAYER_DONE;
    switch (cursor_peek(&o->at, 0) >> 4) {
    case 4: return LAYER_IPV4;
    case 6: return LAYER_IPV6;
    case -1: return fell_short(o, 1, "an empty frame");
    default: return LAYER_DONE;
    }
}

/* What Linux's hardware type and protocol say of the bytes after a cooked header. */
static enum layer after_cooked(uint16_t hardware, uint16_t protocol)
{
    enum { HARDWARE_GRE = 778, HARDWARE_RADIOTAP = 803, HARDWARE_FRAD = 770, HARDWARE_NETLINK = 824 };
    enum { ETHERNET = 3, LLC = 4, PPP = 7 };
    if (hardware == HARDWARE_NETLINK)
        return LAYER_DONE;
    if (protocol > 1536)
        return hardware == HARDWARE_GRE && protocol == 0x6558 ? LAYER_ETHERNET : layer_of_ethertype(protocol);
    switch (hardware) {
    case HARDWARE_RADIOTAP: return LAYER_RADIOTAP;
    case HARDWARE_FRAD: return LAYER_FRAME_RELAY;
    default: break;
    }
    switch (protocol) {
    case ETHERNET: return LAYER_ETHERNET;
    case LLC: return LAYER_LLC;
    case PPP: return LAYER_PPP_SERIAL;
    default: return LAYER_DONE;
    }
}

enum layer open_cooked(struct opening *o)
{
    const uint8_t *header = take(o, 16, "no room for a Linux cooked header");
    return header ? after_cooked(bytes_be16(header + 2), bytes_be16(header + 14)) : LAYER_DONE;
}

enum layer open_cooked2(struct opening *o)
{
    const uint8_t *header = take(o, 20, "no room for a Linux cooked header");
    return header ? after_cooked(bytes_be16(header + 8), bytes_be16(header)) : LAYER_DONE;
}

/* Were the attributes from here on written by a big-endian host? Their length is only plausible one way. */
static bool attributes_are_big_endian(const struct opening *o)
{
    if (cursor_left(&o->at) < 2)
        return false;
    uint16_t little = bytes_le16(o->at.at), big = bytes_be16(o->at.at);
    return (little < 4 || little > wire_left(o)) && big >= 4 && big <= wire_left(o);
}

/* Linux netfilter log: attributes padded to 4 bytes, one of which is the datagram. */
enum layer open_nflog(struct opening *o)
{
    enum { PACKET_HEADER = 1, PAYLOAD = 9 };
    const uint8_t *header = take(o, 4, "no room for an NFLOG header");
    if (!header)
        return LAYER_DONE;
    uint16_t protocol = 0;
    bool swapped = attributes_are_big_endian(o);
    while (wire_left(o) >= 4) {
        const uint8_t *attribute = take(o, 4, "no room for an NFLOG attribute");
        if (!attribute)
            return LAYER_DONE;
        uint16_t length = swapped ? bytes_be16(attribute) : bytes_le16(attribute);
        uint16_t kind = (swapped ? bytes_be16(attribute + 2) : bytes_le16(attribute + 2)) & 0x7fff;
        if (length < 4)
            return broken(o, "NFLOG attribute length below 4");
        if (kind == PAYLOAD) {
            wire_limit(o, length - 4u);
            return protocol != 0 ? layer_of_ethertype(protocol) : layer_of_family(header[0]);
        }
        size_t padded = ((size_t)length + 3) / 4 * 4 - 4;
        const uint8_t *value = take(o, padded, "no room for an NFLOG attribute");
        if (!value)
            return LAYER_DONE;
        if (kind == PACKET_HEADER && length == 8)
            protocol = bytes_be16(value);
    }
    return LAYER_DONE;
}

/* macOS: a header in the capturing host's order that names the link type inside. */
enum layer open_pktap(struct opening *o)
{
    enum { RECORD_PACKET = 1, HEADER_MIN = 108 };
    const uint8_t *header = o->at.at;
    if (cursor_left(&o->at) < 12)
        return fell_short(o, 12, "no room for a PKTAP header");
    uint32_t length = bytes_le32(header), record = bytes_le32(header + 4), linktype = bytes_le32(header + 8);
    if (length < HEADER_MIN)
        return broken(o, "PKTAP header length below 108");
    if (!take(o, length, "no room for a PKTAP header") || record != RECORD_PACKET)
        return LAYER_DONE;
    return layer_of_linktype(linktype);
}

/* Per-Packet Information (CACE), little-endian. */
enum layer open_ppi(struct opening *o)
{
    enum { WIRELESS = 105, FIELD_COMMON = 2, FLAG_FCS = 1 };
    const uint8_t *header = o->at.at;
    if (cursor_left(&o->at) < 8)
        return fell_short(o, 8, "no room for a PPI header");
    uint32_t length = bytes_le16(header + 2), linktype = bytes_le32(header + 4);
    if (length < 8)
        return broken(o, "PPI header length below 8");
    const uint8_t *whole = take(o, length, "no room for a PPI header");
    if (!whole)
        return LAYER_DONE;
    struct cursor fields = cursor_on(whole + 8, length - 8);
    while (linktype == WIRELESS && cursor_left(&fields) >= 4) {
        const uint8_t *field = cursor_take(&fields, 4);
        size_t size = bytes_le16(field + 2);
        const uint8_t *value = cursor_take(&fields, size);
        if (!value)
            break;
        bool checked = bytes_le16(field) == FIELD_COMMON && size >= 10 && (value[8] & FLAG_FCS);
        if (checked && wire_left(o) >= 4)
            wire_limit(o, wire_left(o) - 4);
    }
    return layer_of_linktype(linktype);
}

/* OpenBSD's encapsulating interface, DLT_ENC. */
enum layer open_enc(struct opening *o)
{
    const uint8_t *header = take(o, 12, "no room for an ENC header");
    if (!header)
        return LAYER_DONE;
    uint32_t big = bytes_be32(header), little = bytes_le32(header);
    return layer_of_family(big < little ? big : little);
}

/* Solaris. */
enum layer open_ipnet(struct opening *o)
{
    enum { SOLARIS_INET = 2, SOLARIS_INET6 = 26 };
    const uint8_t *header = take(o, 24, "no room for an IPNET header");
    if (!header)
        return LAYER_DONE;
    return header[1] == SOLARIS_INET ? LAYER_IPV4 : header[1] == SOLARIS_INET6 ? LAYER_IPV6 : LAYER_DONE;
}

/* OpenBSD's packet filter log; its length field leaves out the padding. */
enum layer open_pflog(struct opening *o)
{
    int length = cursor_peek(&o->at, 0), family = cursor_peek(&o->at, 1);
    const uint8_t *header = take(o, length < 0 ? 48 : ((size_t)length + 3) / 4 * 4, "no room for a PFLOG header");
    return header && length >= 4 ? layer_of_family((uint32_t)family) : LAYER_DONE;
}

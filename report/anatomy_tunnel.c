/* anatomy_tunnel.c - tunnels: GRE and EtherIP by protocol number; VXLAN and GENEVE by port, where their first bytes
 * agree. */
#include "report/anatomy_walk.h"

static enum layer inside_tunnel(struct walk *w, unsigned type)
{
    enum layer layer = layer_of_ethertype((uint16_t)type);
    if (layer == LAYER_DONE)
        walk_unopened(w, ethertype_name(type));
    return layer;
}

enum layer walk_gre(struct walk *w)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, VERSION = 7 };
    static const struct spec fixed[] = {
        { 13, FORM_HEX, "flags", "Which optional fields follow: checksum, key, sequence number." },
        { 3, FORM_NUMBER, "version", "0; PPTP has 1." },
        { 16, FORM_ETHERTYPE, "protocol type", "What travels inside, as an EtherType." },
    };
    static const struct spec sum[] = {
        { 16, FORM_HEX, "checksum", "Over the GRE header and what it carries." },
        { 16, FORM_HEX, "reserved", "Zero." },
    };
    static const struct spec key[] = { { 32, FORM_HEX, "key", "Which of several tunnels between the same hosts." } };
    static const struct spec sequence[] = { { 32, FORM_NUMBER, "sequence number",
                                              "Tells the order they were sent in." } };
    if (!walk_layer(w, "GRE", "RFC 2784 2, RFC 2890 2"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, fixed);
    if (!header)
        return LAYER_DONE;
    unsigned flags = bytes_be16(header), type = bytes_be16(header + 2);
    if (flags & (ROUTING | VERSION)) {
        walk_unopened(w, flags & VERSION ? "PPTP" : "a GRE source route");
        return LAYER_DONE;
    }
    if ((flags & CHECKSUM && !WALK_FIELDS(w, sum)) || (flags & KEY && !WALK_FIELDS(w, key)) ||
        (flags & SEQUENCE && !WALK_FIELDS(w, sequence)))
        return LAYER_DONE;
    return inside_tunnel(w, type);
}

enum layer walk_etherip(struct walk *w)
{
    static const struct spec specs[] = {
        { 4, FORM_NUMBER, "version", "3." },
        { 12, FORM_HEX, "reserved", "Zero." },
    };
    if (!walk_layer(w, "EtherIP", "RFC 3378 3"))
        return LAYER_DONE;
    return WALK_FIELDS(w, specs) ? LAYER_ETHERNET : LAYER_DONE;
}

static enum layer walk_vxlan(struct walk *w)
{
    static const struct spec specs[] = {
        { 8, FORM_HEX, "flags", "0x08: the network identifier counts." },
        { 24, FORM_HEX, "reserved", "Zero." },
        { 24, FORM_NUMBER, "VNI", "VXLAN network identifier: which virtual Ethernet the frame inside belongs to." },
        { 8, FORM_HEX, "reserved", "Zero." },
    };
    if (!walk_layer(w, "VXLAN", "RFC 7348 5"))
        return LAYER_DONE;
    return WALK_FIELDS(w, specs) ? LAYER_ETHERNET : LAYER_DONE;
}

static enum layer walk_geneve(struct walk *w)
{
    static const struct spec specs[] = {
        { 2, FORM_NUMBER, "version", "0." },
        { 6, FORM_NUMBER, "option length", "Bytes of options in words of 4." },
        { 8, FORM_HEX, "flags", "Control message, critical options." },
        { 16, FORM_ETHERTYPE, "protocol type", "What travels inside, as an EtherType; 0x6558 Ethernet." },
        { 24, FORM_NUMBER, "VNI", "Virtual network identifier: which virtual network this belongs to." },
        { 8, FORM_HEX, "reserved", "Zero." },
    };
    if (!walk_layer(w, "GENEVE", "RFC 8926 3.4"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    walk_leave(w, walk_enter(w, (header[0] & 0x3fu) * 4), "options");
    return inside_tunnel(w, bytes_be16(header + 2));
}

/* Is there room behind `skip` bytes for an Ethernet header whose type is known? */
static bool has_ethernet(const struct walk *w, size_t skip)
{
    int high = cursor_peek(&w->at, skip + 12), low = cursor_peek(&w->at, skip + 13);
    return low >= 0 && layer_of_ethertype((uint16_t)(high << 8 | low)) != LAYER_DONE;
}

enum layer walk_udp_tunnel(struct walk *w, unsigned source_port, unsigned destination_port)
{
    enum { VXLAN_PORT = 4789, GENEVE_PORT = 6081, FLAG_VNI = 0x08, ETHERNET = 0x6558 };
    int first = cursor_peek(&w->at, 0);
    if (source_port == VXLAN_PORT || destination_port == VXLAN_PORT)
        return first == FLAG_VNI && has_ethernet(w, 8) ? walk_vxlan(w) : LAYER_DONE;
    if (source_port != GENEVE_PORT && destination_port != GENEVE_PORT)
        return LAYER_DONE;
    int high = cursor_peek(&w->at, 2), low = cursor_peek(&w->at, 3);
    size_t header = 8 + (size_t)(first & 0x3f) * 4;
    if (low < 0 || first >> 6 != 0 || cursor_left(&w->at) <= header)
        return LAYER_DONE;
    unsigned type = (unsigned)high << 8 | (unsigned)low;
    bool known = type == ETHERNET ? has_ethernet(w, header) : layer_of_ethertype((uint16_t)type) != LAYER_DONE;
    return known ? walk_geneve(w) : LAYER_DONE;
}

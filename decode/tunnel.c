/* tunnel.c - tunnels: GRE (RFC 2784, 2890, 1701, 2637 with PPP) and EtherIP (RFC 3378) by protocol number; VXLAN (RFC
 * 7348), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380), L2TP (RFC 2661), AYIYA, MPLS and GRE in UDP
 * (RFC 7510, 8086) by port.
 *
 * A port is only a hint. What it hints at is opened on trial: unless an IP datagram (or ARP) is found inside whose
 * lengths agree with the datagram around it, the trial is undone and the bytes stay what they were, payload of UDP.
 */
#include "decode/parse.h"

void enter_tunnel(struct opening *o, enum tunnel_kind kind)
{
    if (o->tunnels < UNIT_TUNNELS) {
        o->tunnel[o->tunnels] = (uint8_t)kind;
    } else {
        memmove(o->tunnel, o->tunnel + 1, UNIT_TUNNELS - 1);
        o->tunnel[UNIT_TUNNELS - 1] = (uint8_t)kind;
    }
    if (o->tunnels < UINT8_MAX)
        o->tunnels++;
    o->version = 0;
}

/* ERSPAN types I, II and III: a mirrored Ethernet frame after 0, 8, 12 or 20 bytes. */
static enum layer open_mirrored(struct opening *o, bool header)
{
    if (!header)
        return LAYER_ETHERNET;
    const uint8_t *bytes = take(o, 8, "no room for an ERSPAN header");
    if (!bytes)
        return LAYER_DONE;
    if (bytes[0] >> 4 == 1)
        return LAYER_ETHERNET;
    if (bytes[0] >> 4 != 2)
        return LAYER_DONE;
    const uint8_t *more = take(o, 4, "no room for an ERSPAN header");
    if (!more)
        return LAYER_DONE;
    if ((more[3] & 1) && !take(o, 8, "no room for an ERSPAN subheader"))
        return LAYER_DONE;
    bool ethernet = (more[2] >> 2 & 0x1f) == 0;
    return ethernet ? LAYER_ETHERNET : LAYER_DONE;
}

static enum layer layer_of_gre(struct opening *o, uint16_t type, uint16_t flags)
{
    enum { SEQUENCE = 0x1000 };
    switch (type) {
    case 0x0800: case 0x86dd: case 0x0806: case 0x8847: case 0x8848: case 0x894f:
        return layer_of_ethertype(type);
    case 0x6558: case 0x6400:                     /* transparent bridging, EoIP */
        return LAYER_ETHERNET;
    case 0x880b:
        return LAYER_PPP_SERIAL;
    case 0x88be:
        return open_mirrored(o, flags & SEQUENCE);
    case 0x22eb:
        return open_mirrored(o, true);
    case 0x6559:
        return LAYER_FRAME_RELAY;
    case 0x883e:                                  /* WCCP: version 2 has a header of 4 bytes more */
        if (cursor_peek(&o->at, 0) >> 4 != 4 && !take(o, 4, "no room for a WCCP header"))
            return LAYER_DONE;
        return LAYER_IPV4;
    default:
        return type >= 0x8200 && type <= 0x8370 && (type & 15) == 0 ? LAYER_WIRELESS : LAYER_DONE;
    }
}

/* Source route entries of RFC 1701, up to the empty one. */
static bool skip_gre_routing(struct opening *o)
{
    for (;;) {
        const uint8_t *entry = take(o, 4, "no room for a GRE source route");
        if (!entry)
            return false;
        if (entry[3] == 0 && bytes_be16(entry) == 0)
            return true;
        if (!take(o, entry[3], "no room for a GRE source route"))
            return false;
    }
}

enum layer open_gre(struct opening *o)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACKNOWLEDGED = 0x0080, VERSION = 7 };
    const uint8_t *header = take(o, 4, "no room for a GRE header");
    if (!header)
        return LAYER_DONE;
    uint16_t flags = bytes_be16(header), type = bytes_be16(header + 2);
    bool pptp = type == 0x880b && (flags & VERSION) != 0;
    size_t length = (flags & (CHECKSUM | ROUTING) ? 4u : 0u) + (flags & KEY ? 4u : 0u) + (flags & SEQUENCE ? 4u : 0u) +
                    (pptp && (flags & ACKNOWLEDGED) ? 4u : 0u);
    if (!take(o, length, "no room for a GRE header"))
        return LAYER_DONE;
    if ((flags & ROUTING) && !skip_gre_routing(o))
        return LAYER_DONE;
    if (wire_left(o) == 0)
        return LAYER_DONE;
    enter_tunnel(o, TUNNEL_GRE);
    return layer_of_gre(o, type, flags);
}

/* A Register message carries the datagram of a source to the rendezvous point (RFC 7761 4.9.3). */
enum layer open_pim(struct opening *o)
{
    enum { VERSION_2_REGISTER = 0x21 };
    if (cursor_peek(&o->at, 0) != VERSION_2_REGISTER)
        return LAYER_DONE;
    if (!take(o, 8, "no room for a PIM register header"))
        return LAYER_DONE;
    enum layer inside = layer_of_ip_version(o);
    if (inside != LAYER_DONE)
        enter_tunnel(o, TUNNEL_PIM);
    return inside;
}

enum layer open_etherip(struct opening *o)
{
    if (!take(o, 2, "no room for an EtherIP header"))
        return LAYER_DONE;
    enter_tunnel(o, TUNNEL_ETHERIP);
    return LAYER_ETHERNET;
}

static enum layer open_vxlan(struct opening *o)
{
    return take(o, 8, "") ? LAYER_ETHERNET : LAYER_DONE;
}

/* VXLAN-GPE, draft-ietf-nvo3-vxlan-gpe 3.1. */
static enum layer open_vxlan_gpe(struct opening *o)
{
    const uint8_t *header = take(o, 8, "");
    return header ? layer_of_next_protocol(header[3]) : LAYER_DONE;
}

static enum layer open_geneve(struct opening *o)
{
    const uint8_t *header = take(o, 8, "");
    if (!header || header[0] >> 6 != 0 || !take(o, (size_t)(header[0] & 0x3f) * 4, ""))
        return LAYER_DONE;
    uint16_t type = bytes_be16(header + 2);
    return type == 0x6558 ? LAYER_ETHERNET : layer_of_ethertype(type);
}

/* The optional fields of GTP version 1: a sequence number, and a chain of extension headers of 4n bytes. */
static bool skip_gtp_options(struct opening *o, uint8_t flags)
{
    enum { EXTENSION = 4 };
    if ((flags & 7) == 0)
        return true;
    const uint8_t *options = take(o, 4, "");
    uint8_t next = options && (flags & EXTENSION) ? options[3] : 0;
    while (next != 0) {
        int words = cursor_peek(&o->at, 0);
        const uint8_t *extension = words > 0 ? take(o, (size_t)words * 4, "") : NULL;
        if (!extension)
            return false;
        next = extension[(size_t)words * 4 - 1];
    }
    return options != NULL;
}

static enum layer open_gtp(struct opening *o)
{
    enum { T_PDU = 255, GTP = 0x10 };
    const uint8_t *header = take(o, 8, "");
    if (!header || header[1] != T_PDU || !(header[0] & GTP))
        return LAYER_DONE;
    uint32_t length = bytes_be16(header + 2);
    if (header[0] >> 5 == 0) {
        if (!take(o, 12, ""))
            return LAYER_DONE;
        wire_limit(o, length);
    } else if (header[0] >> 5 == 1) {
        wire_limit(o, length);
        if (!skip_gtp_options(o, header[0]))
            return LAYER_DONE;
    } else {
        return LAYER_DONE;
    }
    enum layer inside = layer_of_ip_version(o);
    return inside == LAYER_DONE ? LAYER_ETHERNET : inside;
}

static enum layer open_teredo(struct opening *o)
{
    if (cursor_peek(&o->at, 0) == 0 && cursor_peek(&o->at, 1) == 1) {         /* authentication, RFC 4380 5.1.1 */
        const uint8_t *header = take(o, 4, "");
        if (!header || !take(o, (size_t)header[2] + header[3] + 9, ""))
            return LAYER_DONE;
    }
    if (cursor_peek(&o->at, 0) == 0 && cursor_peek(&o->at, 1) == 0 && !take(o, 8, ""))    /* origin */
        return LAYER_DONE;
    return cursor_peek(&o->at, 0) >> 4 == 6 ? LAYER_IPV6 : LAYER_DONE;
}

/* Data messages of version 2. */
static enum layer open_l2tp(struct opening *o)
{
    enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, VERSION = 15 };
    const uint8_t *header = take(o, 2, "");
    uint16_t flags = header ? bytes_be16(header) : 0;
    if (!header || (flags & CONTROL) || (flags & VERSION) != 2)
        return LAYER_DONE;
    if (flags & LENGTH) {
        const uint8_t *length = take(o, 2, "");
        if (!length || bytes_be16(length) < 4)
            return LAYER_DONE;
        wire_limit(o, bytes_be16(length) - 4u);
    }
    if (!take(o, flags & SEQUENCE ? 8 : 4, ""))
        return LAYER_DONE;
    if (flags & OFFSET) {
        const uint8_t *offset = take(o, 2, "");
        if (!offset || !take(o, bytes_be16(offset), ""))
            return LAYER_DONE;
    }
    return LAYER_PPP_SERIAL;
}

/* Anything In Anything, draft-massar-v6ops-ayiya 3. */
static enum layer open_ayiya(struct opening *o)
{
    enum { FORWARD = 1 };
    const uint8_t *header = take(o, 8, "");
    if (!header || (header[2] & 15) != FORWARD)
        return LAYER_DONE;
    if (!take(o, ((size_t)1 << (header[0] >> 4)) + (size_t)(header[1] >> 4) * 4, ""))
        return LAYER_DONE;
    return header[3] == 4 || header[3] == 41 ? layer_of_protocol(header[3]) : LAYER_DONE;
}

static enum layer begin_mpls(struct opening *o)
{
    return wire_left(o) > 4 ? LAYER_MPLS : LAYER_DONE;
}

static enum layer begin_gre(struct opening *o)
{
    o->tunnels--;             /* GRE names itself */
    return LAYER_GRE;
}

struct udp_tunnel {
    enum layer (*open)(struct opening *o);
    enum tunnel_kind kind;
};

static struct udp_tunnel tunnel_of_port(uint16_t port)
{
    switch (port) {
    case 4789: return (struct udp_tunnel){ open_vxlan, TUNNEL_VXLAN };
    case 4790: return (struct udp_tunnel){ open_vxlan_gpe, TUNNEL_VXLAN };
    case 6081: return (struct udp_tunnel){ open_geneve, TUNNEL_GENEVE };
    case 2152: case 3386: return (struct udp_tunnel){ open_gtp, TUNNEL_GTPU };
    case 3544: return (struct udp_tunnel){ open_teredo, TUNNEL_TEREDO };
    case 1701: return (struct udp_tunnel){ open_l2tp, TUNNEL_L2TP };
    case 4754: return (struct udp_tunnel){ begin_gre, TUNNEL_GRE };
    case 5072: return (struct udp_tunnel){ open_ayiya, TUNNEL_AYIYA };
    case 6635: return (struct udp_tunnel){ begin_mpls, TUNNEL_MPLS };
    default: return (struct udp_tunnel){ NULL, TUNNEL_KINDS };
    }
}

static bool try_tunnel(struct opening *o, struct udp_tunnel tunnel)
{
    const struct opening before = *o;
    const struct parsed result = *o->result;
    o->trial = TRIAL_NOTHING;
    o->layer++;
    enter_tunnel(o, tunnel.kind);
    open_layers(o, tunnel.open(o));
    bool found = o->trial == TRIAL_DATAGRAM;
    if (!found) {
        unsigned steps = o->steps;
        *o = before;
        *o->result = result;
        o->steps = steps;
    }
    o->trial = before.trial;
    return found;
}

void try_udp_tunnels(struct opening *o, const struct unit *unit)
{
    uint16_t a = unit->key.port[0], b = unit->key.port[1];
    struct udp_tunnel low = tunnel_of_port(a < b ? a : b), high = tunnel_of_port(a < b ? b : a);
    if (__builtin_expect(!low.open && !high.open, 1) || unit->payload_captured < 8)
        return;
    if (low.open && try_tunnel(o, low))
        return;
    if (high.open && a != b)
        try_tunnel(o, high);
}

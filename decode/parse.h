/* parse.h - what the openers of one frame share; internal to the parser, the door is segment.h.
 *
 * A frame is opened layer by layer. Each opener reads one header at struct opening's cursor, moves past it, notes what
 * the layers inside need to know, and names the layer that follows. parse.c calls one after the other, at most
 * LAYERS_MAX of them, so nesting is bounded without any opener counting.
 *
 * Two lengths are kept apart everywhere: what was captured (the cursor) and what was on the wire (wire_left()), so that
 * a header cut off by the snapshot length and one that its sender made too short are told apart.
 */
#ifndef SYNFIN_DECODE_PARSE_H
#define SYNFIN_DECODE_PARSE_H

#include "base/cursor.h"
#include "decode/segment.h"

/* Every header that is opened: LAYER_X names it, open_x() opens it. By the file that has it. */
#define LAYER_LIST(X) \
    /* link.c */ \
    X(ETHERNET, ethernet) X(VLAN, vlan) X(SERVICE_TAG, service_tag) X(TAG6, tag6) X(TAG8, tag8) X(MPLS, mpls) \
    X(LLC, llc) X(SNAP, snap) X(SNAP_UNPADDED, snap_unpadded) X(NSH, nsh) X(MACSEC, macsec) \
    /* link_serial.c */ \
    X(PPPOE, pppoe) X(PPP, ppp) X(PPP_SERIAL, ppp_serial) X(PPP_DIRECTION, ppp_direction) \
    X(PPP_MULTILINK, ppp_multilink) X(CISCO_HDLC, cisco_hdlc) X(FRAME_RELAY, frame_relay) X(SYMANTEC, symantec) \
    /* link_cooked.c */ \
    X(NULL, null) X(LOOP, loop) X(RAW, raw) X(COOKED, cooked) X(COOKED2, cooked2) X(NFLOG, nflog) X(PKTAP, pktap) \
    X(PPI, ppi) X(ENC, enc) X(IPNET, ipnet) X(PFLOG, pflog) \
    /* link_old.c */ \
    X(FDDI, fddi) X(TOKEN_RING, token_ring) X(IP_OVER_FC, ip_over_fc) X(FIREWIRE, firewire) X(ARCNET, arcnet) X(INFINIBAND, infiniband) \
    X(ARCNET_LINUX, arcnet_linux) \
    /* link_wireless.c */ \
    X(WIRELESS, wireless) X(RADIOTAP, radiotap) X(AVS, avs) X(PRISM, prism) \
    /* network.c, ipcomp.c */ \
    X(IPV4, ipv4) X(IPV6, ipv6) X(IPV6_OPTIONS, ipv6_options) X(IPV6_ROUTING, ipv6_routing) \
    X(IPV6_FRAGMENT, ipv6_fragment) X(IPV6_EXTENSION, ipv6_extension) X(AUTHENTICATION, authentication) \
    X(IPCOMP, ipcomp) \
    /* transport.c, control.c */ \
    X(TCP, tcp) X(UDP, udp) X(ICMP, icmp) X(ICMPV6, icmpv6) X(ARP, arp) \
    /* tunnel.c */ \
    X(GRE, gre) X(ETHERIP, etherip) X(PIM, pim)

enum layer {
    LAYER_DONE,               /* nothing of ours follows */
#define X(NAME, name) LAYER_##NAME,
    LAYER_LIST(X)
#undef X
    LAYERS
};

/* What was found inside a tunnel that only a port hinted at. */
enum trial { TRIAL_NOTHING, TRIAL_DATAGRAM, TRIAL_CONTRADICTION };

enum {
    LAYERS_MAX = 64,          /* headers in one frame, all nesting together */
    AGGREGATES_MAX = 4,       /* aggregated 802.11 frames inside one another */
};

/* A frame being opened. */
struct opening {
    struct parser *parser;
    const struct frame *frame;
    struct unit *units;
    struct parsed *result;    /* its outcome is set last */

    struct cursor at;         /* what was captured from here on */
    uint32_t beyond;          /* bytes on the wire after at.end: cut off by the snapshot length */
    unsigned steps;           /* openers called so far */
    unsigned aggregates;      /* 802.11 aggregates we are inside of */

    uint16_t vlan;            /* innermost VLAN id, or VLAN_NONE */
    uint16_t vlan_outer;      /* outermost one */
    uint8_t tunnels;
    uint8_t tunnel[UNIT_TUNNELS];
    uint8_t layer;            /* transport units around us */

    /* The network layer in force. */
    uint8_t version;          /* 4 or 6; 0: none yet */
    uint8_t ttl;
    bool partial;             /* first fragment of a datagram that cannot be put together: lengths are unknown */
    uint8_t trial;            /* enum trial: what a tunnel opened on trial held */
    uint16_t ip_id;
    uint32_t notes;           /* those that hold for every unit inside: enum unit_note */
    const uint8_t *source;    /* addresses of 4 or 16 bytes */
    const uint8_t *destination;
    const uint8_t *home;      /* IPv6: what the checksum counts as source, the home address (RFC 6275 6.3); NULL */
    const uint8_t *final;     /* IPv6: what it counts as destination, the end of a source route; NULL */
};

/* Bytes on the wire from here on, captured or not. */
static inline uint32_t wire_left(const struct opening *o)
{
    return (uint32_t)cursor_left(&o->at) + o->beyond;
}

/* Forgets all bytes on the wire beyond `length` from here on; no effect where there are fewer. */
static inline void wire_limit(struct opening *o, uint32_t length)
{
    size_t captured = cursor_left(&o->at);
    if (length <= captured) {
        cursor_limit(&o->at, length);
        o->beyond = 0;
    } else if (length - captured < o->beyond) {
        o->beyond = (uint32_t)(length - captured);
    }
}

/* The sender broke a rule. `why` is a constant. Gives LAYER_DONE, to be returned. */
enum layer broken(struct opening *o, const char *why);

/* A header of `length` bytes does not fit in what was captured: blames the snapshot length, or the sender with
 * `why`. */
enum layer fell_short(struct opening *o, size_t length, const char *why);

/* The next `length` bytes, or NULL after fell_short(). */
static inline const uint8_t *take(struct opening *o, size_t length, const char *why)
{
    const uint8_t *bytes = cursor_take(&o->at, length);
    if (__builtin_expect(bytes == NULL, 0))
        fell_short(o, length, why);
    return bytes;
}

/* Opens from `layer` on, until nothing of ours follows. Openers call it only for aggregates and tunnels on trial. */
void open_layers(struct opening *o, enum layer layer);

/* The layer that a link type, EtherType, PPP protocol, OSI protocol identifier, address family or IP protocol names. */
enum layer layer_of_linktype(uint32_t linktype);
enum layer layer_of_ethertype(uint16_t type);
enum layer layer_of_ppp(uint16_t protocol);
enum layer layer_of_nlpid(uint8_t nlpid);
enum layer layer_of_family(uint32_t family);
enum layer layer_of_protocol(uint8_t protocol);

/* The layer that a next protocol number of NSH (RFC 8300 2.2) names; VXLAN-GPE took the same numbers. */
enum layer layer_of_next_protocol(uint8_t next);

/* IPv4 or IPv6, by the first four bits of what comes next, where nothing else tells; else LAYER_DONE. */
enum layer layer_of_ip_version(const struct opening *o);

/* What a link type that is not decoded is called; a constant. */
const char *link_name(uint16_t linktype);

/* Inside a tunnel from here on. */
void enter_tunnel(struct opening *o, enum tunnel_kind kind);

/* After a UDP header of `unit`: opens what the ports hint at, and forgets it again unless it holds an IP datagram. */
void try_udp_tunnels(struct opening *o, const struct unit *unit);

/* An IP fragment: once it is the last one missing, the cursor moves to the datagram put together and the layer that its
 * protocol names is given; until then LAYER_DONE. */
struct fragment;
enum layer open_fragment(struct opening *o, const struct fragment *fragment);

/* The next free unit, filled as far as the layers outside know it; NULL when the frame has FRAME_UNITS_MAX already. */
struct unit *add_unit(struct opening *o, enum unit_kind kind, uint8_t protocol, uint16_t source_port,
                      uint16_t destination_port);

/* TCP options in `length` captured bytes; `cut`: the snapshot length took the rest of them. Fills unit and its
 * notes. */
void read_tcp_options(struct unit *unit, const uint8_t *options, size_t length, bool cut);

/* Follows a chain of IPv6 extension headers in a quoted datagram; gives the protocol after it, or -1 when it is cut off
 * or a later fragment. */
int skip_extensions(struct cursor *c, uint8_t protocol);

/* Checksum of a TCP segment, UDP datagram or ICMP message of `length` bytes, all captured, under the network layer in
 * force. `field` is what the checksum field holds. */
enum checksum verify_checksum(const struct opening *o, uint8_t protocol, const uint8_t *bytes, uint32_t length,
                              uint16_t field);

#define X(NAME, name) enum layer open_##name(struct opening *o);
LAYER_LIST(X)
#undef X

#endif

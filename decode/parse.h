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

enum layer {
    LAYER_DONE,               /* nothing of ours follows */
    /* link.c */
    LAYER_ETHERNET, LAYER_VLAN, LAYER_SERVICE_TAG, LAYER_TAG6, LAYER_TAG8, LAYER_MPLS, LAYER_LLC, LAYER_SNAP, LAYER_SNAP_UNPADDED,
    LAYER_NSH,
    /* link_serial.c */
    LAYER_PPPOE, LAYER_PPP, LAYER_PPP_SERIAL, LAYER_PPP_DIRECTION, LAYER_PPP_MULTILINK, LAYER_CISCO_HDLC,
    LAYER_FRAME_RELAY, LAYER_SYMANTEC,
    /* link_cooked.c */
    LAYER_NULL, LAYER_LOOP, LAYER_RAW, LAYER_COOKED, LAYER_COOKED2, LAYER_NFLOG, LAYER_PKTAP, LAYER_PPI, LAYER_ENC,
    LAYER_IPNET, LAYER_PFLOG,
    /* link_old.c */
    LAYER_FDDI, LAYER_TOKEN_RING, LAYER_IP_OVER_FC, LAYER_FIREWIRE, LAYER_ARCNET, LAYER_ARCNET_LINUX,
    /* link_wireless.c */
    LAYER_WIRELESS, LAYER_RADIOTAP, LAYER_AVS, LAYER_PRISM,
    /* network.c */
    LAYER_IPV4, LAYER_IPV6, LAYER_IPV6_OPTIONS, LAYER_IPV6_ROUTING, LAYER_IPV6_FRAGMENT,
    LAYER_IPV6_EXTENSION, LAYER_AUTHENTICATION, LAYER_IPCOMP,
    /* transport.c, control.c */
    LAYER_TCP, LAYER_UDP, LAYER_ICMP, LAYER_ICMPV6, LAYER_ARP,
    /* tunnel.c */
    LAYER_GRE, LAYER_ETHERIP,
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

/* A header of `length` bytes does not fit in what was captured: blames the snapshot length, or the sender with `why`. */
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

/* TCP options in `length` captured bytes; `cut`: the snapshot length took the rest of them. Fills unit and its notes. */
void read_tcp_options(struct unit *unit, const uint8_t *options, size_t length, bool cut);

/* Follows a chain of IPv6 extension headers in a quoted datagram; gives the protocol after it, or -1 when it is cut off
 * or a later fragment. */
int skip_extensions(struct cursor *c, uint8_t protocol);

/* Checksum of a TCP segment, UDP datagram or ICMP message of `length` bytes, all captured, under the network layer in
 * force. `field` is what the checksum field holds. */
enum checksum verify_checksum(const struct opening *o, uint8_t protocol, const uint8_t *bytes, uint32_t length,
                              uint16_t field);

enum layer open_ethernet(struct opening *o);
enum layer open_vlan(struct opening *o);
enum layer open_service_tag(struct opening *o);
enum layer open_tag6(struct opening *o);
enum layer open_tag8(struct opening *o);
enum layer open_mpls(struct opening *o);
enum layer open_llc(struct opening *o);
enum layer open_snap(struct opening *o);
enum layer open_snap_unpadded(struct opening *o);
enum layer open_nsh(struct opening *o);
enum layer open_pppoe(struct opening *o);
enum layer open_ppp(struct opening *o);
enum layer open_ppp_serial(struct opening *o);
enum layer open_ppp_direction(struct opening *o);
enum layer open_ppp_multilink(struct opening *o);
enum layer open_cisco_hdlc(struct opening *o);
enum layer open_frame_relay(struct opening *o);
enum layer open_symantec(struct opening *o);
enum layer open_null(struct opening *o);
enum layer open_loop(struct opening *o);
enum layer open_raw(struct opening *o);
enum layer open_cooked(struct opening *o);
enum layer open_cooked2(struct opening *o);
enum layer open_nflog(struct opening *o);
enum layer open_pktap(struct opening *o);
enum layer open_ppi(struct opening *o);
enum layer open_enc(struct opening *o);
enum layer open_ipnet(struct opening *o);
enum layer open_fddi(struct opening *o);
enum layer open_token_ring(struct opening *o);
enum layer open_ip_over_fc(struct opening *o);
enum layer open_pflog(struct opening *o);
enum layer open_firewire(struct opening *o);
enum layer open_arcnet(struct opening *o);
enum layer open_arcnet_linux(struct opening *o);
enum layer open_wireless(struct opening *o);
enum layer open_radiotap(struct opening *o);
enum layer open_avs(struct opening *o);
enum layer open_prism(struct opening *o);
enum layer open_ipv4(struct opening *o);
enum layer open_ipv6(struct opening *o);
enum layer open_ipv6_options(struct opening *o);
enum layer open_ipv6_routing(struct opening *o);
enum layer open_ipv6_fragment(struct opening *o);
enum layer open_ipv6_extension(struct opening *o);
enum layer open_authentication(struct opening *o);
enum layer open_ipcomp(struct opening *o);
enum layer open_tcp(struct opening *o);
enum layer open_udp(struct opening *o);
enum layer open_icmp(struct opening *o);
enum layer open_icmpv6(struct opening *o);
enum layer open_arp(struct opening *o);
enum layer open_gre(struct opening *o);
enum layer open_etherip(struct opening *o);

#endif

/* segment.h - bytes to values: what one frame carries, usable without the rest of decode/.
 *
 * parse_frame() opens a frame and gives its transport units: TCP segments, UDP datagrams, ICMP errors with what they
 * quote, ARP messages. A tunnel gives one unit per layer, outermost first. It keeps nothing between frames but the
 * fragments that wait for the rest of their datagram (bounded). Numbers are in host byte order, times in nanoseconds.
 *
 * Two outcomes are kept apart: cut off by the snapshot length (fields are unknown) and malformed by the sender.
 * What was decoded well before the first bad byte is kept. Payload length comes from the IP header, never the frame.
 */
#ifndef SYNFIN_DECODE_SEGMENT_H
#define SYNFIN_DECODE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "capture/frame.h"
#include "decode/tuple.h"

enum unit_kind {
    UNIT_TCP,                 /* a segment */
    UNIT_UDP,                 /* a datagram */
    UNIT_ICMP_ERROR,          /* ICMP or ICMPv6 error: `quoted` says about whom */
    UNIT_ARP,                 /* request or reply: address[0] asks or answers for address[1] */
};

enum checksum {
    CHECKSUM_GOOD,
    CHECKSUM_BAD,
    CHECKSUM_OFFLOADED,       /* the field holds the pseudo-header's sum: left to the device, not sent wrong */
    CHECKSUM_UNKNOWN,         /* cut off, a fragment missing, or UDP without one: cannot be verified */
};

/* Flags of the TCP header, RFC 9293 3.1, as bits from the lowest up. */
enum tcp_flag {
    TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_URG = 0x20,
    TCP_ECE = 0x40, TCP_CWR = 0x80, TCP_AE = 0x100,
};

/* What is known of a unit beside its numbers. */
enum unit_note {
    NOTE_CUT = 0x01,          /* the snapshot length cut the payload; payload_captured < payload_length */
    NOTE_HEADER_CUT = 0x02,   /* the snapshot length cut the transport header: `known` says how far it goes */
    NOTE_MALFORMED = 0x04,    /* the sender broke a rule; what comes before the break stands */
    NOTE_REASSEMBLED = 0x08,  /* from IP fragments; this frame held the last one to arrive */
    NOTE_IP_ID = 0x10,        /* ip_id is known */
    NOTE_TIMESTAMPS = 0x20,   /* tsval and tsecr are known */
    NOTE_LENGTH_ZERO = 0x40,  /* IP total length was 0 (segmentation offload): length taken from the frame */
    NOTE_SACK_PERMITTED = 0x80,
    NOTE_WINDOW_SCALE = 0x100,
    NOTE_MSS = 0x200,
    NOTE_FAST_OPEN = 0x400,   /* Fast Open option, RFC 7413, cookie or request */
    NOTE_MPTCP = 0x800,
    NOTE_AUTHENTICATED = 0x1000, /* MD5 (RFC 2385) or AO (RFC 5925) */
    NOTE_OPTIONS_BAD = 0x2000,   /* an option's length is impossible; options before it stand */
    NOTE_UDP_LENGTH = 0x4000,    /* the UDP length field disagrees with the IP length */
    NOTE_MULTICAST = 0x8000,     /* destination is multicast or broadcast */
    NOTE_NO_LENGTH = 0x10000,    /* a TCP header longer than the segment: no payload length, no sequence analysis */
    NOTE_OFFSET_BAD = 0x20000,   /* the data offset is below 5: no options, and where the payload begins is a guess */
};

enum tunnel_kind {
    TUNNEL_IPIP, TUNNEL_6IN4, TUNNEL_4IN6, TUNNEL_6IN6, TUNNEL_GRE, TUNNEL_VXLAN, TUNNEL_GENEVE, TUNNEL_GTPU, TUNNEL_TEREDO,
    TUNNEL_ETHERIP, TUNNEL_L2TP, TUNNEL_MPLS, TUNNEL_AYIYA, TUNNEL_PIM,
    TUNNEL_KINDS
};
extern const char *const tunnel_names[TUNNEL_KINDS];   /* "ipip", "6in4", "4in6", "6in6", "gre", "vxlan", ... */

enum { UNIT_TUNNELS = 4, UNIT_SACKS = 4, VLAN_NONE = 0xffff };

/* The transport header that an ICMP error quotes. */
struct quoted {
    struct tuple key;         /* of TCP or UDP only; protocol 0: something else, or too little quoted */
    uint32_t hash;
    uint32_t seq;             /* TCP: sequence number of the quoted segment */
    uint8_t from;             /* which end of key sent what is quoted */
    uint8_t tcp_bytes;        /* bytes of TCP header quoted, 20 at most */
    uint16_t tcp_flags;       /* where tcp_bytes > 13 */
};

/* Only what its kind has is set; the rest of a unit is undefined, and so is sack[] from `sacks` on. */
struct unit {
    struct tuple key;         /* 4-tuple; ARP: address[0] sender, address[1] target; ICMP: addresses of the message */
    nanoseconds time;         /* of the frame */
    uint32_t hash;            /* tuple_hash() of key */
    uint32_t frame;           /* its number */
    uint32_t frame_len;       /* bytes of the whole frame on the wire */
    uint32_t notes;           /* enum unit_note */
    uint8_t kind;             /* enum unit_kind */
    uint8_t from;             /* which end of key sent it: 0 or 1 */
    uint8_t checksum;         /* enum checksum, of the transport layer */
    uint8_t layer;            /* 0: outermost transport unit of the frame */
    uint8_t ttl;              /* or hop limit */
    uint8_t tunnels;          /* number of tunnels around it; the innermost UNIT_TUNNELS in tunnel[] */
    uint8_t tunnel[UNIT_TUNNELS];
    uint16_t vlan;            /* innermost VLAN id, or VLAN_NONE */
    uint16_t ip_id;           /* IPv4 identification (IPv6: low half of the fragment's); see NOTE_IP_ID */
    uint32_t payload_length;  /* bytes of payload, from the IP header */
    uint32_t payload_captured;/* of them captured, from payload on */
    const uint8_t *payload;   /* borrowed from the frame or the reassembly */

    /* TCP, RFC 9293 3.1 */
    uint32_t seq;
    uint32_t ack;             /* the field, whether or not ACK is set */
    uint16_t flags;           /* enum tcp_flag */
    uint16_t window;          /* unscaled */
    uint8_t known;            /* bytes of the fixed header captured: 20, less where cut */
    uint8_t window_scale;     /* shift; see NOTE_WINDOW_SCALE */
    uint8_t header_length;    /* bytes of the header with its options, as its data offset says */
    uint16_t mss;
    uint32_t tsval, tsecr;    /* RFC 7323 */
    uint8_t sacks;            /* blocks in sack[] */
    uint8_t mptcp;            /* bits of the MPTCP subtypes seen, RFC 8684 3.: 1 << subtype (0 to 7) */
    uint16_t urgent;
    uint32_t fingerprint;     /* of the header's fields; set by the decoder, which tells frames captured twice by it */
    uint32_t sack[UNIT_SACKS][2];  /* left and right edges, RFC 2018; the first may be a D-SACK, RFC 2883 */

    /* ICMP */
    uint8_t icmp_type, icmp_code;
    uint16_t arp_operation;   /* 1 request, 2 reply */
    struct quoted quoted;
};

/* How a frame as a whole came out. Exactly one of them. */
enum frame_outcome {
    FRAME_UNITS,              /* one unit or more */
    FRAME_OTHER,              /* nothing of ours in it: another protocol, ICMP that is no error, an unknown link type */
    FRAME_FRAGMENT,           /* an IP fragment; the rest is still to come */
    FRAME_CUT,                /* the snapshot length cut it before a transport header could be found */
    FRAME_MALFORMED,          /* a header contradicts itself; `why` in struct parsed */
};

enum { FRAME_UNITS_MAX = 8 };

struct parsed {
    enum frame_outcome outcome;
    unsigned units;           /* 0 to FRAME_UNITS_MAX */
    bool fragment;            /* the frame held an IP fragment, whatever came of it */
    bool cut;                 /* something in it was cut off by the snapshot length */
    bool malformed;           /* something in it was malformed, though units were found */
    const char *why;          /* a constant: what was malformed, or the link type not known; NULL */
    uint16_t why_offset;      /* byte of the frame where that is */
};

struct parser;

struct parser_counts {
    uint64_t fragments_given_up;   /* datagrams whose fragments were dropped for want of room or time */
};

/* secret: for tuple_hash(). NULL when memory ran out. */
struct parser *parser_new(uint64_t secret);
void parser_free(struct parser *parser);

/* Opens one frame into units[FRAME_UNITS_MAX]. Payloads of reassembled datagrams live until the parser's next
 * FRAME_BATCH frames were parsed, so that a batch can be parsed before it is looked at. */
struct parsed parse_frame(struct parser *parser, const struct frame *frame, struct unit units[FRAME_UNITS_MAX]);

struct parser_counts parser_counts(const struct parser *parser);

#endif

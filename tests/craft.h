/* craft.h - values to bytes: the way back from decode/segment.h, for tests and for the bundled traces.
 *
 * A transport body (TCP, UDP, ICMP) is made first, then put into a frame: Ethernet, perhaps one 802.1Q tag, IPv4 or
 * IPv6, whole or as one fragment. Checksums are computed unless something else is asked for. Numbers are in host byte
 * order, addresses in network byte order. Nothing is allocated; the caller gives room for CRAFT_ROOM bytes.
 */
#ifndef SYNFIN_TESTS_CRAFT_H
#define SYNFIN_TESTS_CRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CRAFT_ROOM = 65536 + 128,     /* the largest IP packet and what stands before it */
    CRAFT_BODY_MAX = 65535 - 40,  /* so that it fits an IPv4 and an IPv6 packet */
    CRAFT_OPTIONS_MAX = 40,
};

enum craft_checksum {
    CRAFT_GOOD,
    CRAFT_BAD,                    /* one bit wrong */
    CRAFT_OFFLOADED,              /* only the pseudo-header's sum, as a sender leaves it to its device */
};

/* The two ends of one packet and what stands in its IP and Ethernet headers. */
struct craft_network {
    uint8_t source[16], destination[16];   /* IPv4 in the first four bytes */
    uint8_t version;                       /* 4 or 6 */
    uint8_t ttl;
    uint8_t ecn;                           /* RFC 3168: 0 not capable, 1 and 2 capable, 3 experienced */
    uint16_t id;                           /* IPv4 identification; IPv6: of a fragment */
    uint16_t vlan;                         /* 0: no tag */
    bool length_zero;                      /* IPv4 total length 0, as with segmentation offload */
    bool padded;                           /* to 60 bytes, the least that Ethernet sends */
};

struct craft_segment {
    uint16_t source_port, destination_port;
    uint32_t seq, ack;
    uint16_t flags;                        /* enum tcp_flag */
    uint16_t window, urgent;
    uint8_t options[CRAFT_OPTIONS_MAX];
    uint8_t options_length;                /* a multiple of 4 */
    enum craft_checksum checksum;
    const uint8_t *payload;
    size_t payload_length;
};

struct craft_datagram {
    uint16_t source_port, destination_port;
    enum craft_checksum checksum;
    const uint8_t *payload;
    size_t payload_length;
};

/* What of the body goes into this frame; {0, whole length, false} is all of it. */
struct craft_part {
    size_t offset;                         /* a multiple of 8 unless 0 */
    size_t length;
    bool more;                             /* more fragments follow */
};

/* Each gives the length of what it wrote. */
size_t craft_segment(uint8_t body[CRAFT_ROOM], const struct craft_network *network,
                     const struct craft_segment *segment);
size_t craft_datagram(uint8_t body[CRAFT_ROOM], const struct craft_network *network,
                      const struct craft_datagram *datagram);

/* An ICMP or ICMPv6 error about a packet, which begins with its IP header. Quotes as much as hosts do. */
size_t craft_icmp_error(uint8_t body[CRAFT_ROOM], const struct craft_network *network, uint8_t type, uint8_t code,
                        const uint8_t *packet, size_t length);

size_t craft_frame(uint8_t frame[CRAFT_ROOM], const struct craft_network *network, uint8_t protocol,
                   const uint8_t *body, struct craft_part part);

/* An ARP request (1) or reply (2): sender and target addresses of four bytes. */
size_t craft_arp(uint8_t frame[CRAFT_ROOM], uint16_t operation, const uint8_t sender[4], const uint8_t target[4],
                 uint16_t vlan);

/* Bytes before the IP header of a frame that craft_frame() made. */
size_t craft_link_length(const struct craft_network *network);

#endif

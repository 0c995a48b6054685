/* anatomy.h - one frame taken apart: its headers field by field, where each lies, what it says and what it is for.
 *
 * A walk of its own beside the parser of decode/: that one gives values as fast as it can, this one gives every byte of
 * one frame to a field, for somebody who looks at it. Fields come in the order of the frame, do not overlap, and cover
 * all that was captured. What the snapshot length cut off and what the sender made wrong are kept apart. Any bytes do;
 * nothing is allocated, and there is an end to the fields.
 *
 * Opened: Ethernet, 802.1Q, LLC and SNAP, Linux cooked, loopback, raw IP, PPPoE, MPLS, ARP, IPv4, IPv6 with extension
 * headers, TCP, UDP, ICMP with what it quotes, IP in IP, GRE, EtherIP, VXLAN and GENEVE. The rest is one field.
 */
#ifndef SYNFIN_REPORT_ANATOMY_H
#define SYNFIN_REPORT_ANATOMY_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/frame.h"
#include "decode/connection.h"

enum { ANATOMY_FIELDS = 256, ANATOMY_LAYERS = 32, ANATOMY_VALUE = 72, ANATOMY_NOTHING = ANATOMY_FIELDS };

enum anatomy_part {
    PART_HEADER,
    PART_PAYLOAD,                 /* what the layer carries, and nobody here opens */
    PART_TRAILER,                 /* behind the datagram: padding, check sequences */
};

enum anatomy_trouble {
    TROUBLE_NONE,
    TROUBLE_CUT,                  /* the snapshot length took the rest: unknown, not wrong */
    TROUBLE_MALFORMED,            /* the sender broke a rule */
};

struct anatomy_field {
    const char *name;             /* its term in the RFC: "sequence number"; a constant, as says and rfc */
    const char *says;             /* what it is for: one or two sentences; "" */
    const char *rfc;              /* "RFC 9293 3.1" */
    uint32_t offset;              /* first byte, from 0, in the frame */
    uint32_t length;              /* bytes it touches, all captured; 0: nothing of it is there */
    uint8_t bit, bits;            /* part of its bytes: first bit, 0 the highest of the first byte, and how many; */
                                  /* bits 0: whole bytes */
    uint8_t layer;                /* whose it is, in layers[] */
    uint8_t part;                 /* enum anatomy_part */
    uint8_t trouble;              /* enum anatomy_trouble */
    bool flags;                   /* each bit is a flag of its own: the lowest nine are those of TCP */
    char value[ANATOMY_VALUE];    /* in words, ends with a zero: "6666", "SYN,ACK", "0x0800 IPv4"; printable ASCII */
};

struct anatomy_layer {
    const char *name;             /* "TCP", at most 10 columns */
    uint32_t offset;              /* its first byte in the frame */
    bool quoted;                  /* an ICMP error quotes it: it is of an earlier frame */
};

struct anatomy {
    struct anatomy_field fields[ANATOMY_FIELDS];
    struct anatomy_layer layers[ANATOMY_LAYERS];   /* outermost first */
    unsigned count, layer_count;
};

/* Takes a frame apart. `of`: the connection whose segment it may be, for relative sequence numbers and the scaled
 * window; NULL: unknown. What is not its segment is not touched by it. */
void anatomy_of(struct anatomy *anatomy, const struct frame *frame, const struct connection *of);

/* The field that has byte `offset`, the first of them where several share it; ANATOMY_NOTHING: none. */
unsigned anatomy_at(const struct anatomy *anatomy, uint32_t offset);

/* Its bits in the frame: the first one, counted from 0, and the one behind the last. */
void anatomy_bits(const struct anatomy_field *field, uint64_t *begin, uint64_t *end);

/* "host unreachable": what a code of an ICMP error (version 4 or 6 of IP) means; "" where it has no name here. */
const char *anatomy_icmp_code(unsigned version, unsigned type, unsigned code);

#endif

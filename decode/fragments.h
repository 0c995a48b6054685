/* fragments.h - IP fragments that wait for the rest of their datagram.
 *
 * Datagrams are found by addresses, identification, protocol and VLAN (RFC 791 3.2, RFC 8200 4.5). At most
 * FRAGMENT_DATAGRAMS wait, in FRAGMENT_BLOCKS blocks of FRAGMENT_BLOCK bytes; when either runs out, the datagram
 * whose first fragment came longest ago is given up and counted. Time alone ends nothing, so the result does not
 * depend on clocks. A byte that arrived twice keeps its first value. All memory is taken at the start.
 */
#ifndef SYNFIN_DECODE_FRAGMENTS_H
#define SYNFIN_DECODE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAGMENT_DATAGRAMS = 1024,
    FRAGMENT_BLOCK = 2048,
    FRAGMENT_BLOCKS = 2048,       /* 4 MiB */
    DATAGRAM_MAX = 65536,         /* bytes after the IP header; an offset of 13 bits reaches no further */
};

struct fragment {
    uint8_t version;              /* 4 or 6 */
    uint8_t protocol;             /* IPv6: the fragment header's next header; not part of the key there */
    bool more;                    /* more fragments follow */
    uint16_t vlan;                /* part of the key; VLAN_NONE where it does not matter */
    uint32_t id;
    uint32_t offset;              /* in bytes */
    uint32_t length;              /* of bytes: all of the fragment's payload */
    const uint8_t *bytes;         /* borrowed */
    const uint8_t *source;        /* 4 or 16 bytes, borrowed */
    const uint8_t *destination;
};

struct fragments;

/* NULL when memory ran out. `secret` seeds the hash. */
struct fragments *fragments_new(uint64_t secret);
void fragments_free(struct fragments *fragments);

/* Takes a fragment in. When its datagram is whole now: gives its length, and *datagram says which it is, for
 * fragments_take(). Else 0. A fragment that ends beyond DATAGRAM_MAX or is empty is not taken. */
uint32_t fragments_add(struct fragments *fragments, const struct fragment *fragment, unsigned *datagram);

/* Copies a whole datagram of `length` bytes out and forgets it; with `out` NULL it is only forgotten, and counted as
 * given up. *protocol is that of its first fragment. */
void fragments_take(struct fragments *fragments, unsigned datagram, uint32_t length, uint8_t *out, uint8_t *protocol);

/* Datagrams given up for want of room so far. */
uint64_t fragments_given_up(const struct fragments *fragments);

#endif

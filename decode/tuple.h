/* tuple.h - the 4-tuple in canonical order: what connections and flows are found by.
 *
 * The end with the lower (address, port) is end 0, the other end 1, whoever sent; so both directions meet in one key.
 * Neither VLAN nor tunnel is in it. Everything that exists twice in a conversation is an array of two by this number.
 */
#ifndef SYNFIN_DECODE_TUPLE_H
#define SYNFIN_DECODE_TUPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

struct tuple {
    uint8_t address[2][16];   /* network byte order; IPv4 in the first four bytes, the rest zero */
    uint16_t port[2];         /* host byte order */
    uint8_t protocol;         /* PROTOCOL_TCP or PROTOCOL_UDP */
    uint8_t version;          /* 4 or 6 */
    uint16_t zero;
};

/* The eight bytes after the addresses, as the word that they are in this host's memory. */
static inline uint64_t tuple_tail(uint16_t port0, uint16_t port1, uint8_t protocol, unsigned version)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
               ? (uint64_t)version << 40 | (uint64_t)protocol << 32 | (uint64_t)port1 << 16 | port0
               : (uint64_t)port0 << 48 | (uint64_t)port1 << 32 | (uint64_t)protocol << 24 | (uint64_t)version << 16;
}

static inline void tuple_put_ipv4(uint8_t place[16], const uint8_t *address)
{
    uint32_t bytes;
    memcpy(&bytes, address, sizeof bytes);
    uint64_t first = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? bytes : (uint64_t)bytes << 32;
    memcpy(place, &first, sizeof first);
    memset(place + 8, 0, 8);
}

static inline uint64_t tuple_be64(const uint8_t *p)
{
    return (uint64_t)bytes_be32(p) << 32 | bytes_be32(p + 4);
}

/* The order of two addresses of 4 or 16 bytes: below, at or above 0. */
static inline int tuple_order(unsigned version, const uint8_t *a, const uint8_t *b)
{
    if (version == 4)
        return (bytes_be32(a) > bytes_be32(b)) - (bytes_be32(a) < bytes_be32(b));
    uint64_t x = tuple_be64(a), y = tuple_be64(b);
    if (x == y) {
        x = tuple_be64(a + 8);
        y = tuple_be64(b + 8);
    }
    return (x > y) - (x < y);
}

/* Makes the key of a unit from source to destination (addresses of 4 or 16 bytes); gives which end sent it (0 or 1).
 * Written as whole words, because the hash reads it back at once as such. */
static inline unsigned tuple_make(struct tuple *key, unsigned version, uint8_t protocol, const uint8_t *source,
                                  const uint8_t *destination, uint16_t source_port, uint16_t destination_port)
{
    int order = tuple_order(version, source, destination);
    unsigned from = order > 0 || (order == 0 && source_port > destination_port);
    if (version == 4) {
        tuple_put_ipv4(key->address[from], source);
        tuple_put_ipv4(key->address[!from], destination);
    } else {
        memcpy(key->address[from], source, 16);
        memcpy(key->address[!from], destination, 16);
    }
    uint64_t tail = from ? tuple_tail(destination_port, source_port, protocol, version)
                         : tuple_tail(source_port, destination_port, protocol, version);
    memcpy(key->port, &tail, sizeof tail);
    return from;
}

static inline bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* A hash of the key, never 0. `secret` differs from run to run, so that nobody can write a capture whose keys
 * collide. */
static inline uint32_t tuple_hash(const struct tuple *key, uint64_t secret)
{
    uint64_t words[5];
    for (unsigned i = 0; i < 5; i++)
        memcpy(&words[i], (const uint8_t *)key + i * sizeof *words, sizeof *words);
    __uint128_t a = (__uint128_t)(words[0] ^ secret ^ 0x9E3779B97F4A7C15u) * (words[2] ^ 0xa0761d6478bd642fu);
    __uint128_t b = (__uint128_t)(words[1] ^ secret ^ 0x8ebc6af09c88c6e3u) * (words[3] ^ 0xe7037ed1a0b428dbu);
    uint64_t mixed = (uint64_t)a ^ (uint64_t)(a >> 64) ^ (uint64_t)b ^ (uint64_t)(b >> 64) ^ words[4];
    __uint128_t c = (__uint128_t)(mixed ^ secret) * 0x9E3779B97F4A7C15u;
    uint64_t h = (uint64_t)c ^ (uint64_t)(c >> 64);
    return (uint32_t)(h ^ h >> 32) | 1;
}

_Static_assert(sizeof(struct tuple) == 40, "hashed as five words");

#endif

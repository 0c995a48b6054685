/* checksum.c - see checksum.h; and the verdict on a transport checksum. */
#include "decode/checksum.h"

#include <string.h>

#include "decode/parse.h"

typedef uint64_t lanes __attribute__((vector_size(16)));
typedef uint64_t wide_lanes __attribute__((vector_size(32)));

/* Compiled twice where that can be: once for processors with AVX2, which is found out when the program starts. */
#if defined(__x86_64__) && defined(__gnu_linux__) && __has_attribute(target_clones)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

/* A number as the word that its two bytes in network order are here. */
static inline uint16_t in_this_order(uint16_t n)
{
    uint8_t bytes[2] = { (uint8_t)(n >> 8), (uint8_t)n };
    uint16_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline lanes load(const uint8_t *bytes)
{
    lanes v;
    memcpy(&v, bytes, sizeof v);
    return v;
}

/* The 32-bit words in a vector, added up. */
static inline uint64_t sum_of_lanes(lanes v)
{
    return (v[0] & UINT32_MAX) + (v[0] >> 32) + (v[1] & UINT32_MAX) + (v[1] >> 32);
}

/* The last 0 to 14 bytes, up to `end`, of an even `length`, without a branch that depends on how many: they are read
 * with the bytes before them, which the mask takes away again. */
static inline lanes last_bytes(const uint8_t *end, size_t length)
{
    static const uint64_t mask[4] = { 0, 0, UINT64_MAX, UINT64_MAX };
    return load(end - 16) & load((const uint8_t *)mask + length % 16);
}

static uint64_t add_few(uint64_t sum, const uint8_t *bytes, size_t length)
{
    for (; length >= 2; bytes += 2, length -= 2)
        sum += in_this_order(bytes_be16(bytes));
    return length > 0 ? sum + in_this_order((uint16_t)(bytes[0] << 8)) : sum;
}

/* Sums 32-bit words into 64-bit lanes: they cannot overflow before 2^32 words were added. */
FOR_EACH_PROCESSOR
static uint64_t add_lanes(uint64_t sum, const uint8_t *bytes, size_t length)
{
    const lanes low = { UINT32_MAX, UINT32_MAX };
    if (length < 17)
        return add_few(sum, bytes, length);
    sum += length & 1 ? in_this_order((uint16_t)(bytes[length - 1] << 8)) : 0;
    length &= ~(size_t)1;
    lanes tail = last_bytes(bytes + length, length);
    lanes even = tail & low, odd = tail >> 32;
    wide_lanes wide_even = { 0 }, wide_odd = { 0 }, wide;
    for (; length >= sizeof wide; bytes += sizeof wide, length -= sizeof wide) {
        memcpy(&wide, bytes, sizeof wide);
        wide_even += wide & UINT32_MAX;
        wide_odd += wide >> 32;
    }
    if (length >= 16) {
        lanes a = load(bytes);
        even += a & low;
        odd += a >> 32;
    }
    wide = wide_even + wide_odd;
    return sum + sum_of_lanes(even + odd) + wide[0] + wide[1] + wide[2] + wide[3];
}

/* Not the clones themselves: clang 14 gives them a name that no other file can call. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length)
{
    return add_lanes(sum, bytes, length);
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16 & UINT16_MAX) + (sum >> 32);
    sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)((sum & UINT16_MAX) + (sum >> 16));
}

static inline uint64_t sum_of_address(const uint8_t *address, unsigned version)
{
    uint32_t words[4];
    memcpy(words, address, 4);
    if (version == 4)
        return words[0];
    memcpy(words, address, 16);
    return (uint64_t)words[0] + words[1] + words[2] + words[3];
}

static inline uint64_t pseudo_header(const struct opening *o, uint8_t protocol)
{
    return in_this_order(protocol) + sum_of_address(o->home ? o->home : o->source, o->version) +
           sum_of_address(o->final ? o->final : o->destination, o->version);
}

/* Left to the device: Linux leaves the pseudo-header's sum in the field, Windows that sum without the length. */
static bool is_offloaded(uint64_t pseudo, uint64_t length, uint16_t field)
{
    return field == checksum_fold(pseudo + length) || field == checksum_fold(pseudo);
}

enum checksum verify_checksum(const struct opening *o, uint8_t protocol, const uint8_t *bytes, uint32_t length,
                              uint16_t field)
{
    uint64_t words = (uint64_t)in_this_order((uint16_t)(length >> 16)) + in_this_order((uint16_t)length);
    uint64_t pseudo = protocol == PROTOCOL_ICMP ? 0 : pseudo_header(o, protocol);
    uint64_t covered = protocol == PROTOCOL_ICMP ? 0 : pseudo + words;
    if (checksum_fold(add_lanes(covered, bytes, length)) == UINT16_MAX)
        return CHECKSUM_GOOD;
    if (protocol != PROTOCOL_ICMP && is_offloaded(pseudo, words, in_this_order(field)))
        return CHECKSUM_OFFLOADED;
    return CHECKSUM_BAD;
}

/* sequence.h - comparing sequence numbers modulo 2^32 (RFC 9293 3.4): right as long as two numbers are less than 2^31
 * apart.
 */
#ifndef SYNFIN_DECODE_SEQUENCE_H
#define SYNFIN_DECODE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

static inline int32_t seq_minus(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline bool seq_before(uint32_t a, uint32_t b)
{
    return seq_minus(a, b) < 0;
}

static inline bool seq_after(uint32_t a, uint32_t b)
{
    return seq_minus(b, a) < 0;
}

#endif

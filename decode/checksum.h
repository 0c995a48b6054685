/* checksum.h - the Internet checksum (RFC 1071), summed 16 bytes at a time. */
#ifndef SYNFIN_DECODE_CHECKSUM_H
#define SYNFIN_DECODE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds `length` bytes, as 16-bit words in this host's order, to an unfolded sum. All parts but the last have even
 * length. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length);

/* Folds to 16 bits, still in this host's order and not complemented; 0xffff over bytes that hold a right checksum. */
uint16_t checksum_fold(uint64_t sum);

#endif

/* record.h - what the readers of both file formats answer about the bytes at the start of a window.
 */
#ifndef SYNFIN_CAPTURE_RECORD_H
#define SYNFIN_CAPTURE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum record_kind {
    RECORD_FRAME,             /* a frame; its bytes lie in the window */
    RECORD_OTHER,             /* a record without a frame */
    RECORD_NUMBERED,          /* the same, but Wireshark gives it a frame number, so we leave that number out */
    RECORD_SHORT,             /* the window holds only a part of it */
    RECORD_BAD,               /* no record can look like this: `why` */
};

struct record {
    size_t size;              /* of the whole record; RECORD_SHORT: bytes the window must have to say more */
    char why[160];            /* RECORD_BAD: a part of a sentence */
};

static inline uint16_t record_u16(bool big, const uint8_t *p)
{
    return big ? bytes_be16(p) : bytes_le16(p);
}

static inline uint32_t record_u32(bool big, const uint8_t *p)
{
    return big ? bytes_be32(p) : bytes_le32(p);
}

/* Marks a record as bad (printf-like). */
__attribute__((format(printf, 2, 3)))
enum record_kind record_bad(struct record *record, const char *format, ...);

/* Marks a record as needing `size` bytes. */
static inline enum record_kind record_short(struct record *record, size_t size)
{
    record->size = size;
    return RECORD_SHORT;
}

#endif

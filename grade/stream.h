/* stream.h - bytes that a rubric compares: one direction of a connection put in order, or one datagram's payload.
 *
 * A TCP stream is made from the records of its segments by sequence number: each byte once, as it was sent first,
 * segments that the receiver refused or that were damaged left out. It holds the bytes up to the first that is not
 * known; `missing` says in words what is not, NULL where the stream is whole: from its first byte to its FIN, a RST, or
 * the end of a run that was over.
 */
#ifndef SYNFIN_GRADE_STREAM_H
#define SYNFIN_GRADE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grade/evidence.h"

/* A run of bytes that one frame carried. */
struct stream_piece {
    size_t from;                  /* of the stream */
    uint32_t length;
    uint32_t frame;
};

struct stream {
    uint8_t *bytes;               /* owned */
    size_t length;
    struct stream_piece *pieces;  /* owned, in order */
    size_t piece_count;
    char missing[160];            /* "": whole */
};

/* Of an end (0 or 1) of the row's key. False: no memory. */
bool stream_make(struct stream *stream, const struct evidence *evidence, const struct conversation *row, unsigned end);

/* How many bytes of an end were acknowledged that no captured segment carries; 0 where its beginning is not known. */
uint64_t stream_lacks(const struct evidence *evidence, const struct conversation *row, unsigned end);

/* Of one segment or datagram. */
bool stream_of_unit(struct stream *stream, const struct evidence *evidence, const struct happening *happening);

void stream_free(struct stream *stream);

/* The frame that carried the byte at this place; behind the last one the last frame; 0: none. */
uint32_t stream_frame(const struct stream *stream, size_t at);

#endif

/* parser.h - the parser's own memory, all of it taken at the start; internal, the door is segment.h.
 *
 * Scratch holds bytes that are not in the frame, reassembled or inflated. Each frame has its share, and shares are
 * used in turn, so the bytes live until FRAME_BATCH frames later.
 */
#ifndef SYNFIN_DECODE_PARSER_H
#define SYNFIN_DECODE_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "decode/fragments.h"

enum { SCRATCH_FRAMES = FRAME_BATCH + 1, SCRATCH_EACH = 2 * DATAGRAM_MAX };

struct inflater;

struct parser {
    uint64_t secret;
    uint64_t frames;          /* parsed so far */
    struct fragments *fragments;
    struct inflater *inflater;/* NULL until the first IPComp header */
    uint8_t *scratch;         /* SCRATCH_FRAMES times SCRATCH_EACH bytes */
    uint64_t scratch_frame;   /* whose share scratch_used speaks of */
    size_t scratch_used;
};

/* `length` bytes from the share of the frame being parsed, or NULL when it is used up. */
uint8_t *parser_scratch(struct parser *parser, size_t length);

void inflater_free(struct inflater *inflater);

#endif

/* pieces.h - the payload of a conversation in order: which bytes of which frame are to be shown after which.
 *
 * A TCP stream is put in order by sequence numbers: what was sent again is there once, what came early waits for what
 * was before it, and bytes that were acknowledged but not captured are a gap. The two directions lie in the order of
 * time. Of UDP each datagram is a piece. Made from steps alone: no byte is read.
 */
#ifndef SYNFIN_UI_PIECES_H
#define SYNFIN_UI_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/view.h"

enum piece_kind {
    PIECE_NEW,                    /* payload not shown before */
    PIECE_AGAIN,                  /* all of it was sent before */
    PIECE_TWICE,                  /* the same frame captured twice */
    PIECE_IGNORED,                /* the receiver does not accept the segment */
    PIECE_LEFT_OUT,               /* the middle of a long story; no step */
    PIECE_NOW,                    /* the present, where its segment has no payload; no step */
};

struct piece {
    const struct step *step;      /* of the story; NULL */
    uint32_t skip, length;        /* bytes of its payload: shown before, and shown here */
    uint32_t missing;             /* bytes in front of it that were not captured */
    uint32_t offset;              /* of the first byte shown in its stream, modulo 2^32 */
    uint8_t kind;                 /* enum piece_kind */
    bool early;                   /* captured before what it follows */
};

struct pieces {
    struct piece *all;            /* owned */
    size_t count, room;
    size_t now;                   /* the piece of the present */
    bool failed;                  /* memory ran out: pieces are missing */
};

/* Of both ends, or of one (an end of the key). */
void pieces_make(struct pieces *pieces, const struct present *present, unsigned only);
void pieces_free(struct pieces *pieces);

#endif

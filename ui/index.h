/* index.h - where each frame's record begins, and which row its segment belongs to.
 *
 * By frame number, 16 bytes a frame: the offset of its record, the id of the row that it carries a segment or datagram
 * of, and the frame of that row before. So the frames of one row are found without looking at the others. Frames that a
 * filter took out have no record. A frame with units of several rows (tunnels) has its other rows in a side list, and
 * frames with IP fragments are listed too: they belong to a datagram that is whole only later.
 */
#ifndef SYNFIN_UI_INDEX_H
#define SYNFIN_UI_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INDEX_CHUNK = 1 << 16,            /* entries */
    INDEX_MOST = 100000000,           /* frames; those beyond are counted and cannot be gone to */
    INDEX_SIDE_MOST = 1 << 20,        /* side links, and fragments */
};

struct index_entry {
    uint64_t offset;                  /* of its record, plus 1; 0: no such frame */
    uint32_t row;                     /* 0: none */
    uint32_t before;                  /* that row's frame before, of this row or the one whose place it took; 0: none */
};

struct index_side {
    uint32_t frame, row, before;
};

struct index_taken {
    uint32_t row, from;               /* row took the place of `from` on its 4-tuple */
};

/* An array that grows. */
struct index_list {
    void *items;                      /* owned */
    size_t count, room;
};

/* An array in chunks of INDEX_CHUNK, which stay where they are. */
struct index_chunks {
    void **chunks;                    /* owned, each of them too; NULL: nothing there yet */
    size_t count;
};

struct index {
    struct index_chunks entries;      /* struct index_entry, by frame number */
    struct index_chunks heads;        /* uint32_t, by row id: its last frame */
    struct index_list side;           /* struct index_side, in order of frames */
    struct index_list taken;          /* struct index_taken, in order of rows */
    struct index_list fragments;      /* uint32_t: frames, in order */
    uint32_t last;                    /* last frame with a record */
    uint64_t given_up;                /* frames, links and fragments without a place here */
};

void index_free(struct index *index);

/* Frame `number`, greater than all before, begins at `offset`. */
void index_frame(struct index *index, uint32_t number, uint64_t offset);

/* A unit of row `id` is in `frame`; `taken_from`: id of the row whose 4-tuple it continues, where this is its first
 * frame, or 0. Frames come in order; the same twice has no effect. */
void index_link(struct index *index, uint32_t frame, uint32_t id, uint32_t taken_from);
void index_fragment(struct index *index, uint32_t frame);

/* False: no such frame, or no place was left for it. */
bool index_offset(const struct index *index, uint32_t frame, uint64_t *offset);

/* The next frame with a record after `frame`, up to index->last; 0: none. And the one before. */
uint32_t index_after(const struct index *index, uint32_t frame);
uint32_t index_before(const struct index *index, uint32_t frame);

/* The row of the frame's first linked unit; 0: none. */
uint32_t index_row(const struct index *index, uint32_t frame);

/* The first and the last frame of a row; 0: none. */
uint32_t index_first(const struct index *index, uint32_t id);
uint32_t index_head(const struct index *index, uint32_t id);

/* The frame before `frame` in the chain that row `*id` is in; where that belongs to the row whose place it took, *id
 * becomes that row's. 0: none. */
uint32_t index_chain(const struct index *index, uint32_t frame, uint32_t *id);

#endif

/* both.h - one connection or flow captured at both ends, in one ladder: what was sent, and what of it arrived.
 *
 * Made once, of two traces that have ended, by decoding both anew (report/compare.h). Small ones only: lessons are.
 */
#ifndef SYNFIN_UI_BOTH_H
#define SYNFIN_UI_BOTH_H

#include "report/compare.h"
#include "report/ladder.h"
#include "report/scenes.h"
#include "ui/trace.h"

enum { BOTH_FRAMES_MOST = 20000, BOTH_WIDTH = 120 };

struct both {
    uint32_t id;                      /* of the row, in the trace that it was made for */
    bool made;                        /* else it is not in both, or they are too long */
    struct decoder *decoder[2];       /* owned: of this trace, of the other one */
    struct story *story[2];           /* owned */
    struct seen_list seen[2];
    struct scenes scenes[2];
    struct ladder ladder;
    struct trace_calls fed;           /* of this trace's calls */
    unsigned side;                    /* of the ladder: which this trace was captured at */
};

/* Of row `id` of `trace`, and the same conversation in the other one. NULL: memory ran out. */
struct both *both_make(struct trace *trace, struct trace *other, uint32_t id);
void both_free(struct both *both);

/* Calls have become known since it was made. */
bool both_stale(const struct both *both, const struct trace *trace);

/* The frame that this row of the ladder has in this trace; 0: it has none. */
uint32_t both_frame(const struct both *both, size_t row);

/* The row of the last of its frames up to this one; SIZE_MAX: none. */
size_t both_row(const struct both *both, uint32_t frame);

#endif

/* placed.h - recorded calls between the frames: each comes before the first frame that is not earlier.
 *
 * A list that was read stays as it is. One that is being recorded grows, also in its middle, since calls become known a
 * little after they were made; frames are decoded only once they are PLACED_BACK old. What nevertheless comes too late
 * for a decoder begins another epoch: whoever was fed in the one before has to begin anew.
 */
#ifndef SYNFIN_UI_PLACED_H
#define SYNFIN_UI_PLACED_H

#include <stdbool.h>

#include "capture/calls.h"
#include "capture/frame.h"
#include "decode/decoder.h"

#define PLACED_BACK (20 * NS_PER_MS)

/* Calls that a decoder has been fed so far, in the order of the trace, and whose it is to have: NULL, all of them; else
 * those of this 4-tuple, and of no single conversation (what another one waits for must not crowd it out). */
struct trace_calls {
    size_t fed;
    uint64_t epoch;
    const struct tuple *only;         /* borrowed */
};

struct placed {
    struct calls *read;               /* owned; NULL: they are another's, or there are none */
    const struct calls *calls;        /* NULL: none */
    uint32_t *before;                 /* owned: by moment, the frame that it comes before, as far as it was found */
    size_t count, room;               /* of those that were found */
    size_t fed_most;                  /* that any decoder was fed in this epoch; and the last frame */
    uint32_t frame_most;
    uint64_t epoch;
    nanoseconds told;                 /* moments up to here may be told though no frame has come after them */
    struct frame_time *times;         /* owned, a ring: when frames came; NULL: the list does not grow */
    uint32_t times_count;
};

/* Reads those beside a capture; true where there are none. */
bool placed_read(struct placed *placed, const struct calls_source *source, struct error *error);
void placed_free(struct placed *placed);

/* A list that grows is to come: from now on the times of frames are kept. False: memory ran out. */
bool placed_grows(struct placed *placed);

/* The list, borrowed from now on and always the same one, has changed from this place of its moments on. False: memory
 * ran out. */
bool placed_changed(struct placed *placed, const struct calls *calls, size_t from);

/* The next frame of the trace. */
void placed_frame(struct placed *placed, const struct frame *frame);

/* The last frame not later than `time`, of those that a growing list is held against; UINT32_MAX: all. */
uint32_t placed_until(const struct placed *placed, nanoseconds time);

/* All frames that have come were decoded, so calls up to `time` may be told behind them. */
void placed_tell(struct placed *placed, nanoseconds time);

/* It was fed in another epoch than this. */
bool placed_stale(const struct placed *placed, const struct trace_calls *fed);

/* The next call that `fed` is due before frame `frame` (UINT32_MAX: also what may be told behind all frames); NULL:
 * none. Counts it as fed. */
const struct call_moment *placed_next(struct placed *placed, struct trace_calls *fed, uint32_t frame);

/* A decoder was fed a frame. */
void placed_fed(struct placed *placed, uint32_t frame);

/* Is there one? */
bool placed_due(const struct placed *placed, const struct trace_calls *fed, uint32_t frame);

/* Is it of this 4-tuple, or of no single one? */
bool placed_wanted(const struct call_moment *moment, const struct tuple *only);

#endif

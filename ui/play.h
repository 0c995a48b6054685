/* play.h - the present moving by itself, at so many times the speed of the trace.
 */
#ifndef SYNFIN_UI_PLAY_H
#define SYNFIN_UI_PLAY_H

#include <stdbool.h>

#include "ui/trace.h"

struct play {
    bool on;
    int speed;                        /* index of the list of speeds; 0: once the speed of the trace */
    bool chosen;                      /* by the person; else a short trace is played slowly enough to be followed */
    nanoseconds wall_from;            /* the wall clock when it began, or the speed changed; 0: not yet known */
    nanoseconds trace_from;           /* the time of the present then */
};

/* Begins at the present. Unless a speed was chosen, a short trace gets one at which its frames can be followed. */
void play_begin(struct play *play, const struct trace *trace);
void play_end(struct play *play);

/* Faster by `steps` (slower where negative), within the list: x0.001 to x1000, then as fast as it can. */
void play_faster(struct play *play, int steps);

/* "x1", "x0.1", "as fast as it can" */
const char *play_speed(const struct play *play);

/* Moves the present to where it is due at `now` (wall clock). False: nothing more comes, it has ended. */
bool play_on(struct play *play, struct trace *trace, nanoseconds now);

/* The silence before the next frame, in the trace's time; 0: nothing follows. */
nanoseconds play_gap(struct trace *trace);

/* How long until the next frame is due; 0: now. */
nanoseconds play_due(const struct play *play, struct trace *trace, nanoseconds now);

#endif

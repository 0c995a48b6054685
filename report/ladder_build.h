/* ladder_build.h - what the two makers of ladders share: ladder.c (one capture) and ladder_both.c (one at each end).
 */
#ifndef SYNFIN_REPORT_LADDER_BUILD_H
#define SYNFIN_REPORT_LADDER_BUILD_H

#include "report/ladder.h"

struct builder {
    struct ladder *ladder;
    bool connecting[2];           /* by side: its connect() has not returned */
    bool sending[2];              /* by side: its last payload had no PSH, so one send() may still be at work */
    nanoseconds silence;          /* as long as this is worth a row */
    nanoseconds time;             /* of the scene before */
    bool begun[2];                /* by side: it has a row, with the state it began in */
    bool first, failed;
    uint64_t left_out;            /* segments since the last row */
    struct placed *placed;        /* recorded calls, in the order of their frames; owned while the ladder is made */
    size_t placed_count, placed_at;
    const struct true_call *open[2];   /* by side: recorded, and has not returned */
    bool recorded[2];             /* by side: its calls were; then not all inferred ones are shown */
};

struct calls {
    const char *last[2];          /* by side; NULL */
};

/* An empty row; NULL when memory ran out. */
struct ladder_row *builder_row(struct builder *b, enum ladder_kind kind, const struct scene *scene);

/* The calls of a scene, by side (NULL: none there): all but the last of each get rows of their own, before it. */
struct calls builder_calls(struct builder *b, const struct scene *const seen[2]);

/* A row with the states, calls and brackets of what each side saw. `scene` is drawn, and was captured at `from`. */
struct ladder_row *builder_place(struct builder *b, unsigned kind, const struct scene *scene, unsigned from,
                                 const struct scene *const seen[2], struct calls calls);

/* Rows for what was left out since the last one, and for a silence until `time`. */
void builder_left_out(struct builder *b);
void builder_silence(struct builder *b, nanoseconds time);

/* As long a silence of this conversation is worth a row. */
nanoseconds builder_silence_of(const struct conversation *of);

/* Finds each recorded call its frame (ladder_calls.c). False when memory ran out. */
bool calls_place(struct builder *b, const struct scenes *scenes);

/* Of those only this side's: the other side's are placed by its own capture. */
void calls_keep_side(struct builder *b, unsigned side);

/* Recorded calls of one frame: rows for what comes before its arrow, words beside it, rows for what comes after. */
struct beside {
    size_t first, end;            /* of builder.placed */
    size_t taken[2];              /* by side: beside the arrow; SIZE_MAX: none */
};
struct beside calls_before_arrow(struct builder *b, size_t scene);
void calls_beside_arrow(struct builder *b, struct ladder_row *row, const struct beside *beside);
void calls_after_arrow(struct builder *b, const struct beside *beside);

/* Columns for so wide a ladder; last_frame: the greatest number there is room for. */
void builder_lay_out(struct ladder *ladder, unsigned width, uint32_t last_frame);

#endif

/* ladders.h - the conversations that a result's checks speak of, drawn: its capture is read once more.
 */
#ifndef SYNFIN_GRADE_LADDERS_H
#define SYNFIN_GRADE_LADDERS_H

#include "grade/result.h"
#include "report/report.h"

enum { LADDERS_MOST = 4 };        /* a decoder has no more sinks */

struct ladders {
    struct {
        uint32_t id;
        struct text drawn;        /* owned; of one format */
    } of[LADDERS_MOST];
    unsigned count;
    unsigned left_out;            /* conversations that no ladder was drawn for */
};

/* Draws those of the checks that did not pass, then of the others that students see. Nothing where the capture
 * cannot be read. capture: its path. */
void ladders_draw(struct ladders *ladders, const struct result *result, const char *capture, enum ladder_format format);
void ladders_free(struct ladders *ladders);

#endif

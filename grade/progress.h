/* progress.h - how far a batch is, on one line of a terminal: "[#####     ] 123 of 300, 96/s, 0:02 left, 4 errors".
 */
#ifndef SYNFIN_GRADE_PROGRESS_H
#define SYNFIN_GRADE_PROGRESS_H

#include <stdbool.h>

#include "base/text.h"
#include "base/time.h"

struct progress {
    int terminal;                 /* descriptor; -1: nothing is drawn */
    unsigned total, done, errors;
    nanoseconds begun, drawn;     /* by the steady clock */
};

void progress_begin(struct progress *progress, int terminal, unsigned total);
void progress_tell(struct progress *progress, unsigned done, unsigned errors);

/* At most five times a second. */
void progress_draw(struct progress *progress);

/* Takes the line away. */
void progress_end(struct progress *progress);

/* The line itself, for so many columns. */
void progress_line(struct text *t, const struct progress *progress, nanoseconds now, unsigned width);

#endif

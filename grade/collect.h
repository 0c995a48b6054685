/* collect.h - the results of a class together: a table for a spreadsheet, who missed what, and what was handed in
 * twice.
 *
 * Of each result only what the table needs is kept: names, points and statuses, the digest and the prints of its
 * capture.
 */
#ifndef SYNFIN_GRADE_COLLECT_H
#define SYNFIN_GRADE_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "grade/marks.h"
#include "grade/result.h"

/* A check, as a column. */
struct collected_check {
    char *id, *title;
    uint32_t most;                /* hundredths; the largest that a result has */
    unsigned count[GRADE_STATUS_COUNT];
    uint64_t points;              /* hundredths, of all */
};

struct collected_cell {
    uint32_t points;
    uint8_t status;
    bool there, marked, missed;   /* missed: not all of its points, and it was decided */
};

struct collected {
    char *name, *student, *error, *sha256, *prints, *rubric_sha256, *remarks;
    uint64_t frames;              /* in its capture */
    uint32_t points, most;
    uint8_t status;               /* of the whole */
    struct collected_cell *cells; /* by column */
    unsigned cell_count;
};

struct collection {
    struct collected *results;    /* owned, by name */
    unsigned count;
    struct collected_check *checks;
    unsigned check_count;
    /* A line for each file that is no result, each mark that no result has; who is in no class list, and whose result is
     * of another rubric. */
    struct text problems;
};

/* Is handed a result and its file; false ends the reading, with `error` set. */
typedef bool collect_each(void *self, const char *file, const struct result *result, struct error *error);

/* Reads every OUT/NAME.json, with OUT/marks.csv put in. `each` (NULL: none) is handed every result. False: `error`
 * says why there is nothing. */
bool collect_read(struct collection *collection, const char *out, collect_each *each, void *self, struct error *error);
void collect_free(struct collection *collection);

/* A line for each submission: submission, student, points, most, status, the points of each check, what is
 * undecidable, what a person changed, the error. */
void collect_csv(struct text *t, const struct collection *collection);
void collect_csv_of_one(struct text *t, const struct result *result);

/* For people at a terminal of so many columns: how the points are spread, each check with how many passed, and who
 * missed it. */
void collect_statistics(struct text *t, const struct collection *collection, unsigned width);

/* Captures that more than one handed in: the same file with a frame in it at least, or another one with the same
 * conversations. */
void collect_same(struct text *t, const struct collection *collection);

#endif

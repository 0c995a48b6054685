/* marks.h - what a person decided after the rubric did: OUT/marks.csv, with a heading and the columns student,
 * check, points and (it may be missing) remark.
 *
 * `student` is her id, or the name of the submission; a later line goes before an earlier one. The file is the
 * truth: what it no longer says is the rubric's again.
 */
#ifndef SYNFIN_GRADE_MARKS_H
#define SYNFIN_GRADE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "grade/result.h"

enum { MARKS_FILE_MOST = 4 << 20 };

struct given_mark {
    const char *student, *check, *remark;
    uint32_t points;              /* hundredths */
    unsigned line;
    bool used;                    /* some result has this student and check */
    bool too_many;                /* more than the check can give, which is what counts then */
};

struct marks {
    char *text;                   /* owned; what the list points into */
    struct given_mark *list;            /* owned */
    unsigned count;
};

/* A file that is not there is no marks. False: `error` names the line that makes no sense. */
bool marks_load(struct marks *marks, const char *file, struct error *error);
void marks_free(struct marks *marks);

/* Takes back what persons changed before, and puts in what the list says. */
void marks_apply(struct marks *marks, struct result *result);

/* Adds a line to the file, which is made where it is not there. */
bool marks_add(const char *file, const char *student, const char *check, uint32_t points, const char *remark,
               struct error *error);

/* Points as people write them, "2.5" or "2,5", in hundredths. False: they are none. */
bool marks_points(const char *s, uint32_t *points);

#endif

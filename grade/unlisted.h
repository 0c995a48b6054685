/* unlisted.h - submissions of which the class list does not tell whose they are: counted, named, and said.
 *
 * They are graded all the same, with values derived from their names; whoever grades has to know.
 */
#ifndef SYNFIN_GRADE_UNLISTED_H
#define SYNFIN_GRADE_UNLISTED_H

#include "base/text.h"
#include "grade/names.h"
#include "grade/result.h"

enum { UNLISTED_KINDS = 4 };

/* One set to {0} is empty. */
struct unlisted {
    struct {
        char *where;              /* "in no line of class.csv" */
        struct names names;
    } kinds[UNLISTED_KINDS];      /* what is more is not told apart from the last */
};

/* where: NULL or "" where the class list has it. */
void unlisted_add(struct unlisted *unlisted, const char *name, const char *where);

/* Appends a line for each kind: "2 submissions are in no line of class.csv: anna, bob." Empties it. */
void unlisted_tell(struct text *t, struct unlisted *unlisted);

/* Of one result, a sentence for the instructor; nothing where the class list has it. */
void unlisted_sentence(struct text *t, const struct result *result);

#endif

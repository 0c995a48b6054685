/* format.h - one result in the format that its reader asks for.
 *
 * What a student or a platform reads (all but text and json) never holds notes for the instructor or right answers,
 * and of a check that is not to be seen only its number and points. A format has only its own grammar to mind: the
 * texts of a result are one line of harmless UTF-8 already (result.h).
 */
#ifndef SYNFIN_GRADE_FORMAT_H
#define SYNFIN_GRADE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "grade/result.h"

/* The name, the ending of its files, and what reads it. */
#define GRADE_FORMATS(X) \
    X(TEXT, "text", "txt")                   /* people, at a terminal: instructors */ \
    X(JSON, "json", "json")                  /* synfin itself, and your own programs: all there is */ \
    X(CSV, "csv", "csv")                     /* a spreadsheet: a line for each submission */ \
    X(HTML, "html", "html")                  /* the student */ \
    X(JUNIT, "junit", "xml")                 /* continuous integration */ \
    X(TAP, "tap", "tap")                     /* prove, and other harnesses: version 13 */ \
    X(GRADESCOPE, "gradescope", "json") \
    X(GITHUB, "github", "txt")               /* GitHub Classroom's reporter: base64 */ \
    X(CLASSROOM50, "classroom50", "json") \
    X(PRAIRIELEARN, "prairielearn", "json")

enum grade_format {
#define X(id, name, ending) FORMAT_##id,
    GRADE_FORMATS(X)
#undef X
    FORMAT_COUNT
};
extern const char *const grade_format_names[FORMAT_COUNT];
extern const char *const grade_format_endings[FORMAT_COUNT];

/* False: no format has that name; `error` lists them. */
bool grade_format_find(const char *name, enum grade_format *format, struct error *error);

struct format_options {
    bool ascii;                   /* text: nothing beyond ASCII of our own */
    bool ladders;                 /* html: read the capture again, and draw the connections concerned */
    const char *capture;          /* for that: its path, where the result has only a harmless form; NULL: as there */
    time_t now;                   /* classroom50: when it was graded */
};

/* Appends the whole document, ending in a newline. */
void grade_format_write(struct text *t, const struct result *result, enum grade_format format,
                        const struct format_options *options);

/* The two lines that GitHub shows as notices of the run. */
void github_notices(struct text *t, const struct result *result);

/* PrairieLearn takes no larger file. */
enum { PRAIRIELEARN_MOST = 1000000 };

/* --- what the formats share --- */

void format_text(struct text *t, const struct result *result, const struct format_options *options);
void format_item_text(struct text *t, const struct result_item *item);
void format_html(struct text *t, const struct result *result, const struct format_options *options);
void format_junit(struct text *t, const struct result *result);
void format_tap(struct text *t, const struct result *result);
void format_gradescope(struct text *t, const struct result *result);
void format_github(struct text *t, const struct result *result);
void format_classroom50(struct text *t, const struct result *result, time_t now);
void format_prairielearn(struct text *t, const struct result *result);

/* May students see it now? */
static inline bool item_shown(const struct result_item *item)
{
    return item->visibility == GRADE_VISIBLE;
}

/* It earns what it can, by the rubric, a person, or --undecidable full. */
static inline bool item_passed(const struct result_item *item)
{
    enum grade_status status = item_status(item);
    return status == GRADE_PASSED || (status == GRADE_UNDECIDABLE && item->full);
}

/* Its status for people: "passed", "partly passed", "not passed", "undecidable" ... */
const char *item_status_words(const struct result_item *item);

/* Its title where `shown`, else "Check 3 (not shown)". */
void item_title(struct text *t, const struct result_item *item, bool shown);

/* One thing that a student is told of an item. `label` is NULL where the text speaks for itself. */
struct told {
    const char *label;            /* "Hint" */
    const char *text;
};
enum { TOLD_MOST = 8 };

/* What a student is told, in order: what was found, the nearest thing, why, her answer, the hint, what a person
 * says, the frames. `room` holds the texts that are made here. Gives the count. */
unsigned item_told(const struct result_item *item, struct told told[TOLD_MOST], struct text *room);

/* The same as lines "Label: text"; nothing where it is not shown. */
void item_lines(struct text *t, const struct result_item *item, bool shown, const char *end_of_line);

/* Of the whole, as lines: why it could not be graded, what is wrong with the capture. Empty where all is well. */
void result_lines(struct text *t, const struct result *result, const char *end_of_line);

/* "7.5 of 10" */
void points_of(struct text *t, uint32_t points, uint32_t most);

#endif

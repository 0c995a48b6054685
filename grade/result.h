/* result.h - what grading one submission came to: the one object behind every format of results.
 *
 * A result owns all it holds; one set to {0} is empty, and result_free() makes it so again. Texts are UTF-8 on one line
 * and harmless for a terminal (text_harmless) from the moment they are set: a format has only its own grammar to mind.
 * NULL is a text that there is none of. Points are counted in hundredths, so that sums come out the same everywhere.
 * Written as JSON (OUT/SUBMISSION.json) and read back from it: the same object again. What is read is bounded and
 * checked, wherever it comes from: files may be damaged, and a worker's messages are not trusted.
 */
#ifndef SYNFIN_GRADE_RESULT_H
#define SYNFIN_GRADE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

enum {
    RESULT_ITEMS_MOST = 500,      /* checks and questions */
    RESULT_FRAMES_MOST = 100,     /* frames that one item names; what is more is counted */
    RESULT_CONNECTIONS_MOST = 100,
    RESULT_TEXT_MOST = 4000,      /* bytes of one text; longer ones end in "..." behind them */
    RESULT_JSON_MOST = 16 << 20,  /* bytes of a result as JSON */
    RESULT_POINTS_MOST = 1000000, /* hundredths, of one item */
    RESULT_VERSION = 1,
};

/* How an item came out; the name is that in JSON. */
#define GRADE_STATUSES(X) \
    X(PASSED, "passed") X(PARTIAL, "partial") X(FAILED, "failed") \
    X(SKIPPED, "skipped")         /* what it needs did not pass */ \
    X(UNDECIDABLE, "undecidable") /* the capture cannot tell; `reason` says why */ \
    X(ERROR, "error")             /* the rubric's own mistake, or a limit that it met */ \
    X(HUMAN, "human")             /* a person has to judge it */

enum grade_status {
#define X(id, name) GRADE_##id,
    GRADE_STATUSES(X)
#undef X
    GRADE_STATUS_COUNT
};
extern const char *const grade_status_names[GRADE_STATUS_COUNT];

/* Who may see an item, in Gradescope's words. */
#define GRADE_VISIBILITIES(X) \
    X(VISIBLE, "visible") X(HIDDEN, "hidden") X(AFTER_DUE_DATE, "after_due_date") X(AFTER_PUBLISHED, "after_published")

enum grade_visibility {
#define X(id, name) GRADE_##id,
    GRADE_VISIBILITIES(X)
#undef X
    GRADE_VISIBILITY_COUNT
};
extern const char *const grade_visibility_names[GRADE_VISIBILITY_COUNT];

/* One check or question, in the order of the rubric. */
struct result_item {
    char *id;                     /* "at-once": unique in its rubric */
    char *number;                 /* "1", "2", ...: its place */
    char *title;                  /* of a question: what it asks */
    char *type;                   /* of a question: "port", "duration", ...; NULL: a check */
    char *needs;                  /* ids it needs, joined by ", " */
    unsigned line;                /* of the rubric */
    uint32_t points, most;        /* hundredths; points is at most `most` */
    uint8_t status;               /* enum grade_status */
    uint8_t visibility;           /* enum grade_visibility */
    bool decided;                 /* its status is known; else it was never come to (the whole ended early) */
    bool full;                    /* undecidable, and full points were asked for by --undecidable full */
    char *message;                /* for the student: what was found */
    char *hint;                   /* for the student, where it did not pass */
    char *note;                   /* for the instructor only */
    char *nearest;                /* the nearest thing found, where what was asked for is missing */
    char *reason;                 /* why it is undecidable, skipped, or an error */
    char *answer;                 /* of a question: as the student gave it; NULL: not answered */
    char *expected;               /* of a question: the right answer, for the instructor only */
    char *key;                    /* where answers are asked for: its one spelling, which hashes are made of */
    bool marked;                  /* a person has given the points (OUT/marks.csv) */
    uint32_t graded;              /* hundredths: then, what the rubric had given */
    char *remark;                 /* of that person */
    uint32_t *frames;             /* that it rests on, in order */
    unsigned frame_count;
    unsigned frames_more;         /* not kept */
    uint32_t *connections;        /* ids of the connections and flows that it speaks of */
    unsigned connection_count;
    double seconds;               /* that the check took */
};

struct result {
    char *name;                   /* of the submission: its folder, or its file */
    char *student;                /* id, where a class list or the name tells */
    char *unlisted;               /* where the class list does not tell whose it is: "in no line of class.csv"; else NULL */
    char *capture;                /* path of the capture; NULL: none was found */
    char *capture_sha256;         /* of the file's bytes, 64 hexadecimal digits */
    char *program;                /* path of the program that was run and captured; NULL: a capture was handed in */
    char *program_sha256;         /* of all that lies in its folder */
    char *ran;                    /* how its run ended, in words */
    char *wrote;                  /* what it wrote, for the student too; between two lines stands " | " */
    char *answers;                /* path of the answer file; NULL: none */
    char *answers_sha256;
    char *unanswered;             /* why there is none, where other files are there; NULL */
    char *rubric;                 /* path or bundled name */
    char *rubric_sha256;
    char *title;                  /* of the rubric */
    char *synfin;                 /* version of the program that graded */
    char *prints;                 /* of its conversations: capture_prints() of prints.h; NULL: none */
    uint64_t frames;              /* in the capture */
    bool complete;                /* the capture ends where it should, and nothing was dropped */
    char *capture_problem;        /* why not, or why it cannot be read at all */
    char *error;                  /* why there are no items, or not all are decided; NULL: graded to the end */
    uint8_t error_status;         /* enum exit_status that goes with it: EXIT_USAGE is the rubric's mistake */
    struct result_item *items;
    unsigned count;
    double seconds;               /* that all took, by the clock on the wall */
};

void result_free(struct result *result);
void result_item_free(struct result_item *item);

/* Sets a text, made harmless and one line; NULL clears it. When memory runs out it is NULL. */
void result_text(char **text, const char *value);
__attribute__((format(printf, 2, 3)))
void result_format(char **text, const char *format, ...);

/* Appends an empty item; NULL when there are RESULT_ITEMS_MOST, or memory ran out. */
struct result_item *result_add(struct result *result);

/* Each frame once, in order; more than RESULT_FRAMES_MOST are counted. */
void result_frame(struct result_item *item, uint32_t frame);
void result_connection(struct result_item *item, uint32_t id);

/* NULL: there is none. */
struct result_item *result_find(const struct result *result, const char *id);

/* Hundredths. */
uint32_t result_points(const struct result *result);
uint32_t result_most(const struct result *result);

/* The whole in one word: error where one is set; else failed, partial, undecidable, human or passed, the worst of what
 * carries points (skipped is failed). */
enum grade_status result_status(const struct result *result);

/* A person's points and remark in place of the rubric's; once more: in place of the person's. */
void result_mark(struct result_item *item, uint32_t points, const char *remark);
void result_unmark(struct result_item *item);

/* How it came out in the end: by a person's points where there are any, else its status. */
enum grade_status item_status(const struct result_item *item);

/* Hundredths as people write them: "3", "2.5", "0.33". */
void result_points_text(struct text *t, uint32_t points);

/* --- JSON --- */

/* One object; a newline behind it. */
void result_json(struct text *t, const struct result *result);
void result_item_json(struct text *t, const struct result_item *item);

/* From a parsed object. False: `error` says what is wrong, and the result is empty. */
bool result_read(struct result *result, const json_t *object, struct error *error);
bool result_item_read(struct result_item *item, const json_t *object, struct error *error);

/* From the file OUT/SUBMISSION.json, at most RESULT_JSON_MOST bytes of it. */
bool result_load(struct result *result, const char *file, struct error *error);

#endif

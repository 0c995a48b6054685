/* grade.h - the door of grade/: a rubric over one submission gives one result.
 *
 * The caller never runs a rubric and never decodes a submission: both happen in worker processes with limits on time
 * and memory, from which only bounded messages come back. Whatever a rubric, a capture or an answer file does, the
 * call returns in bounded time with a result. It waits for its workers; a batch calls it from processes of its own.
 */
#ifndef SYNFIN_GRADE_GRADE_H
#define SYNFIN_GRADE_GRADE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "grade/result.h"

enum {
    GRADE_SECONDS = 10,           /* of the processor, for one check; by the clock four times that */
    GRADE_RUBRIC_SECONDS = 2,     /* to read a rubric */
    GRADE_READ_SECONDS = 60,      /* to read and decode the capture */
    GRADE_MEMORY_MIB = 64,        /* for the rubric's own values */
    GRADE_RUBRIC_MOST = 1 << 20,  /* bytes of a rubric */
    GRADE_ANSWERS_MOST = 1 << 20, /* bytes of an answer file */
};

/* A rubric as text, which only workers understand, and what one said of it when it was opened. */
struct rubric {
    char *name;                   /* path or bundled name */
    char *text;
    size_t length;
    char sha256[65];              /* DIGEST_TEXT */
    char *captures, *answers;     /* patterns of file names of its `submission`; NULL: none are named */
    char *program;                /* the name of the student's program, where one is handed in; NULL */
    char *seed;                   /* NULL */
    json_t *lab;                  /* an object of texts: its `lab`; NULL */
    struct result declared;       /* title and items, none decided */
};

/* From a file, or (no such file, and a name without a slash or dot) a bundled one. False: it cannot be read, or is
 * wrong (EXIT_USAGE): `error` says file, line and what was expected. */
bool rubric_open(struct rubric *rubric, const char *name, struct error *error);
bool rubric_from(struct rubric *rubric, const char *name, const char *text, size_t length, struct error *error);
void rubric_close(struct rubric *rubric);

struct student;

/* Its `lab` as this student has it, for student.port and the like may stand in it. The caller's; NULL: `error`. */
json_t *rubric_lab(const struct rubric *rubric, const struct student *student, struct error *error);

/* The rubrics that are compiled in (grade/rubrics/NAME.lua), in the order of their names. */
struct bundled_rubric {
    const char *name;
    const char *title;            /* the first line of its comment */
    const char *text;
    size_t length;
};
extern const struct bundled_rubric bundled_rubrics[];
extern const unsigned bundled_rubric_count;

/* One student of a class list (CSV with a heading: id, and whatever else: port, token, name ...). */
struct class_list;

/* NULL: `error` says which line is wrong. */
struct class_list *class_open(const char *file, struct error *error);
void class_close(struct class_list *list);

/* The ids, one after the other from 0; NULL: there are no more. */
const char *class_id(const struct class_list *list, unsigned number);

struct grade_options {
    unsigned seconds;             /* of the processor for each check; 0: GRADE_SECONDS */
    unsigned memory_mib;          /* for the rubric's values; 0: GRADE_MEMORY_MIB */
    bool undecidable_full;        /* undecidable earns full points, and is still flagged */
    bool answers;                 /* no marks: each question's right answer, from this capture; checks are left alone */
    const struct class_list *students;   /* NULL: a student's values come from her id and the seed alone */
    const char *seed;             /* NULL: the rubric's, or "" */
    const char *keep;             /* where the capture of a student's program goes; NULL: it is gone afterwards */
    FILE *said;                   /* where the rubric's print() goes; NULL: nowhere */
    atomic_llong *waited;         /* counts the nanoseconds in which other programs ran, and this one's waited; NULL */
};

/* What is handed in. All borrowed. */
struct submission {
    const char *name;             /* a folder's or file's own name, without what leads to it */
    const char *student;          /* her id; NULL: from the class list by name, else the name itself */
    const char *capture;          /* path, or a bundled trace's name; NULL: none was found */
    const char *program;          /* path of a program, which is run and captured; `capture` is NULL then */
    char *const *files;           /* where everybody's lie beside it: hers, and what they are called without what a */
    const char *const *names;     /* platform adds; NULL: all that lies in the program's folder is hers */
    unsigned file_count;
    const char *answers;          /* path of answers.txt or answers.json; NULL: none */
    bool alone;                   /* the rubric wants no capture: `capture = "none"` */
    const char *missing;          /* why `capture` is NULL, in words for the student */
    const char *unanswered;       /* why `answers` is, where files are there that are none; NULL */
};

/* A folder or file as a submission: the one capture at any depth below, or the program, and the answers. Patterns
 * are those of the rubric's `submission`, or "*.pcap* *.cap" and "*answers*.txt *answers*.json". Where no file has the
 * answers' name, one is taken that plainly means it ("answers.txt.txt", "answers (1).txt", "answers.md"). What was found
 * stands in `found`, which owns the texts. */
struct found {
    struct submission submission;
    char name[256], capture[4096], program[4096], answers[4096], missing[2000], unanswered[2000];
};
void submission_find(struct found *found, const char *path, const struct rubric *rubric);

/* The same of one student's files in a folder that holds everybody's: their paths, and what they are called without
 * what the platform puts before that. `found` borrows both. */
void submission_find_among(struct found *found, char *const *files, const char *const *names, unsigned count,
                           const struct rubric *rubric);

/* Is a capture called so, by the rubric's patterns? */
bool submission_is_capture(const struct rubric *rubric, const char *name);

/* Grades. The result is always filled, with `error` set in it where it could not be graded at all. */
void grade_submission(const struct rubric *rubric, const struct submission *submission,
                      const struct grade_options *options,
                      struct result *result);

/* What is wrong with a rubric, without any submission: one sentence a line, "FILE:LINE: ..." each. The count. */
unsigned grade_lint(const struct rubric *rubric, const struct grade_options *options, struct text *said);

/* Appends a first rubric that the good capture passes fully. False: `error` says why it cannot be written. */
bool grade_new(struct text *t, const char *capture, struct error *error);

#endif

/* program.h - what is handed in as a program: which lesson it is run in, and what comes of it.
 *
 * A rubric names it (`submission = { program = "server" }`) and the lesson (`lab = { scenario = "many-clients" }`). It
 * runs behind walls (lesson.h), in a copy of the folder that it lies in; the capture of the run is then graded as any
 * other.
 */
#ifndef SYNFIN_GRADE_PROGRAM_H
#define SYNFIN_GRADE_PROGRAM_H

#include "grade/class.h"
#include "grade/digest.h"
#include "grade/lesson.h"

/* What the rubric's `lab` says, as a lesson for one student, whose id may decide the seed. The lesson borrows from the
 * rubric. False: EXIT_USAGE, `error` says what is wrong in it. */
bool program_lesson(struct lesson *lesson, const struct rubric *rubric, const struct student *student,
                    struct error *error);

/* All files that are handed in with this program, so that it is known again; "" where they cannot be read. */
void program_digest(char digest[DIGEST_TEXT], const struct submission *submission);

/* A run, and the files of its capture, until program_end(). The caller sets `waited`, and no lock in `place`. */
struct program_run {
    struct lesson_place place;
    atomic_llong *waited;         /* counts the nanoseconds that it waits for others */
    const char *capture;          /* NULL: none */
};

/* Runs it, and sets in the result what it did. keep: where the capture goes, with its calls beside it; NULL: it is
 * gone at the end. False: it was not run, or there is nothing to grade; the result says why. */
bool program_begin(struct program_run *run, const struct rubric *rubric, const struct submission *submission,
                   const struct student *student, const char *keep, struct result *result);
void program_end(struct program_run *run);

#endif

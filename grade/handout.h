/* handout.h - a lesson of her own for each student: recorded, asked about, and with a key that says no answer.
 *
 * Which of the lessons named, its port, its numbers and the seed that its words come from are derived from her id and
 * the class's seed: the same each time. What is asked is what her capture answers (grade/rubrics/lesson.lua), as it
 * was recorded. OUT/ID holds capture.pcap, questions.txt and key.lua, a rubric of salted hashes; it is there whole or
 * not at all, and what is there is never written over.
 */
#ifndef SYNFIN_GRADE_HANDOUT_H
#define SYNFIN_GRADE_HANDOUT_H

#include "grade/class.h"
#include "grade/lesson.h"

enum { HANDOUT_LESSONS_MOST = 16 };

struct handout {
    const struct scenario *lessons[HANDOUT_LESSONS_MOST];
    unsigned lesson_count;
    const char *out, *seed;       /* seed NULL: "" */
    const struct class_list *students;
    bool gift;                    /* OUT/ID.gift too, for Moodle, with the answers */
    struct rubric sheet;
};

/* lessons: names with commas between. False: `error`. */
bool handout_open(struct handout *handout, const char *lessons, struct error *error);
void handout_close(struct handout *handout);

/* Her lesson, without running it. */
void handout_lesson(const struct handout *handout, const char *id, struct lesson *lesson);

/* Runs and writes it. False: nothing of hers is written. */
bool handout_make(const struct handout *handout, const char *id, struct error *error);

/* Questions of a sheet with its answers, as GIFT: a category for her, one question each. */
void handout_gift(struct text *t, const char *id, const struct result *sheet);

#endif

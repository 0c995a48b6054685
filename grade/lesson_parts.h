/* lesson_parts.h - between the files of lesson.h.
 */
#ifndef SYNFIN_GRADE_LESSON_PARTS_H
#define SYNFIN_GRADE_LESSON_PARTS_H

#include "grade/lesson.h"

/* A name on this network namespace that one process at a time has; -1: another has it. Closing gives it back. */
int lesson_lock(const char *name);

/* The same after all who asked for it before, however many; what is waited is added to `waited` meanwhile, which may be
 * NULL. -1: nobody's turn has ended for so many seconds. */
int lesson_turn(const char *name, unsigned stuck_s, atomic_llong *waited);

/* Until the student's bind() can have the lesson's port here: what another run has left in TIME-WAIT would refuse it for a
 * minute. Counted as waited. False: somebody else has it. */
bool lesson_port_wait(const struct lesson *lesson);
uint32_t lesson_port(const struct lesson *lesson);

/* This process, from root, for good. */
bool lesson_become(uid_t user);

/* Ends all processes of that user, and removes what they left in folders that everybody writes to. From root. */
void lesson_end_user(uid_t user);

/* Whose process writes the capture: from root. */
bool lesson_keep_as(const struct lesson_place *place, uid_t user);

/* The student's files into FOLDER/work, which is ours. */
bool lesson_work(const struct lesson_place *place, const struct lesson *lesson, uint64_t most, struct error *error);

/* What the process that runs the lesson found, in memory that it shares with us. */
struct lesson_report {
    bool ran;                     /* else `error` */
    bool refused;                 /* there is no lab here; `error` says why */
    struct error error;
    struct lesson_tale tale;
    atomic_bool too_much;         /* the parent's word to it: the program has written more than it may */
};

/* In that process: runs it, and fills the report. here: over loopback. Never comes back. */
_Noreturn void lesson_play(const struct lesson *lesson, const struct lesson_place *place, bool here,
                           struct lesson_report *report);

#endif

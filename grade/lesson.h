/* lesson.h - one run of a lesson of the lab, recorded into a file: for handing out, or with a student's program at one
 * end.
 *
 * It happens in processes of its own that end with this one. A student's program stands behind walls (traffic/walls.h):
 * in the lab as an ordinary user, root too (as himself where his user namespace knows nobody else); where the lab is
 * refused only as root, as a user of its own over loopback, whose processes and files are ended and removed. Whatever
 * it does, this returns in bounded time.
 */
#ifndef SYNFIN_GRADE_LESSON_H
#define SYNFIN_GRADE_LESSON_H

#include <stdatomic.h>

#include "base/error.h"
#include "traffic/session.h"

enum {
    LESSON_SECONDS = 20,          /* for a student's program, by the clock; and of the processor */
    LESSON_MEMORY_MIB = 512,      /* addresses of one of its processes */
    LESSON_PROCESSES = 64,        /* and threads, at once */
    LESSON_FILES_MIB = 32,        /* that it may write, its own files included */
    LESSON_CAPTURE_MIB = 48,      /* captured: then it is ended */
    LESSON_SAID_MOST = 4000,      /* bytes of what it wrote that are kept */
};

struct lesson {
    const struct scenario *scenario;
    uint32_t number[ACTOR_NUMBERS];   /* 0: the scenario's own */
    uint64_t seed;
    const char *faults[SCENARIO_FAULTS];  /* beside the scenario's own; NULL: no more */
    const char *program;          /* a student's: the folder that it lies in; NULL: both ends are the scenario's own */
    char *const *files;           /* hers alone, where others' lie in that folder too, and what they are called in the */
    const char *const *names;     /* copy; NULL: all of it */
    unsigned file_count;
    enum lab_end end;             /* that it is */
    const char *file;             /* its name in there, executed with host (a client) and port as its words; or */
    const char *command;          /* for /bin/sh, in that folder, with PORT and HOST; NULL: the file */
    unsigned seconds, memory_mib, processes, files_mib;     /* 0: as above */
    atomic_llong *waited;         /* counts the nanoseconds that it waits for others' runs to end; NULL: nobody asks */
};

/* How it went. */
struct lesson_tale {
    bool here;                    /* over loopback, not in the lab */
    bool captured;                /* else `why` says why not; it ran all the same */
    char why[512];
    char ended[300];              /* of a student's program, in words: "It ended with status 1 before ..." */
    char said[LESSON_SAID_MOST + 1];      /* what it wrote, as it is: not harmless */
    uint64_t said_more;           /* bytes that were not kept */
};

/* A folder for what is kept of a run (capture.pcap, and its calls beside it) that nobody else can look into, and
 * lesson_forget() removes. False: `error`. */
struct lesson_place {
    char folder[64], capture[96];
    uid_t user;                   /* of a student's program; where we are not root, or can be nobody else: we */
    int user_lock;                /* -1: none was needed */
    pid_t caretaker;              /* clears it away should this process be killed; 0: nobody does */
};
bool lesson_place(struct lesson_place *place, struct error *error);
void lesson_forget(struct lesson_place *place);

/* False: nothing ran, and `error` says why, for who handed in or who grades. */
bool lesson_run(const struct lesson *lesson, const struct lesson_place *place, struct lesson_tale *tale,
                struct error *error);

#endif

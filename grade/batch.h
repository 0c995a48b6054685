/* batch.h - many submissions: each in a process of its own with limits, one result file each.
 *
 * OUT/NAME.json is written whole when a submission is graded, so that a batch can be killed at any moment: with
 * `resume` what has a result for the same capture, answers and rubric is not graded again. A submission that breaks
 * its limits, or the program, costs itself: its result says so. The memory of all is that of the processes at work.
 */
#ifndef SYNFIN_GRADE_BATCH_H
#define SYNFIN_GRADE_BATCH_H

#include "grade/batch_list.h"
#include "grade/format.h"
#include "grade/marks.h"

enum {
    BATCH_JOBS_MOST = 256,
    BATCH_CPU_SECONDS = 120,      /* for one submission, beside what its workers may use */
    BATCH_WALL_SECONDS = 300,     /* for one submission, with its workers; without waiting for others' runs */
    BATCH_MEMORY_MIB = 1024,      /* addresses of a process; workers have narrower limits of their own */
    BATCH_FILE_MIB = 64,          /* a file that it writes */
};

struct batch_options {
    const char *out;              /* folder of the results; made where it is not there */
    unsigned jobs;                /* processes at once; 0: 1 */
    unsigned shard, shards;       /* of the sorted list, every shards-th from the shard-th (from 1); 0, 0: all */
    bool resume;
    bool another;                 /* OUT/FORMAT/NAME.ENDING too, in this format: */
    enum grade_format format;
    struct format_options how;
    struct grade_options grade;
    unsigned cpu_seconds, wall_seconds, memory_mib;   /* 0: as above */
    int progress;                 /* descriptor of a terminal that a bar is drawn on; -1: none */
};

struct batch_counts {
    unsigned total;               /* of this shard */
    unsigned graded;
    unsigned kept;                /* had its result already */
    unsigned errors;              /* of the graded: with an error in the result */
    unsigned ended;               /* of these: the process met a limit, or ended by itself */
    unsigned unwritten;           /* no result could be written */
    double seconds;
    int signal;                   /* that ended the batch early; 0 */
};

/* Is this entry of the list in the shard that is asked for? */
bool batch_is_mine(const struct batch_options *options, unsigned entry);

/* EXIT_DONE when every submission has its result; else `error` says what is missing. SIGINT, SIGTERM and SIGHUP end it
 * early, and the caller ends by `counts->signal` too; no process of it is left behind. */
enum exit_status batch_run(const struct rubric *rubric, const struct batch_list *list,
                           const struct batch_options *options, struct batch_counts *counts, struct error *error);

/* --- one submission, in its process --- */

struct batch_job {
    const struct rubric *rubric;
    const struct batch_entry *entry;
    const struct batch_options *options;
    struct marks *marks;
    atomic_llong *waited;         /* shared with the parent: as in grade_options */
    const char *broken;           /* do not grade: the result is this error */
};

/* How the process of a submission ends. */
enum batch_end { BATCH_GRADED, BATCH_ERROR, BATCH_KEPT, BATCH_UNWRITTEN, BATCH_END_COUNT };

enum batch_end batch_one(const struct batch_job *job);

#endif

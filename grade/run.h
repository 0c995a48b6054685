/* run.h - one worker seen from its parent: started, kept in time, heard, ended.
 *
 * The parent believes no more of what a worker says than a result can hold: messages are bounded, each is what may come
 * now, and points are at most those declared.
 */
#ifndef SYNFIN_GRADE_RUN_H
#define SYNFIN_GRADE_RUN_H

#include <sys/types.h>
#include <time.h>

#include "grade/worker.h"

enum run_end { RUN_GOES_ON, RUN_FINISHED, RUN_ERROR, RUN_UNREADABLE, RUN_TOO_LONG, RUN_MEMORY, RUN_DIED };

/* One worker, seen from here. */
struct run {
    struct worker_order order;
    struct result *result;        /* items declared and decided */
    struct rubric *about;         /* filled with what rubric { } says; NULL: it is known */
    struct text *lines;           /* what it said; NULL: nobody wants to know */
    pid_t pid;
    int pipe;
    clockid_t processor;          /* the worker's time */
    bool has_processor;
    bool ready;                   /* all items are declared */
    bool capture_read;
    unsigned declared;
    int current;                  /* item being decided; -1: none */
    unsigned seconds;             /* of the processor, that what it does now may take */
    double began, began_processor;
    unsigned said;
    char message[MESSAGE_MOST + 1];
    char error[RESULT_TEXT_MOST + 1];
};

/* NULL: no memory, and the result's error says so. */
struct run *run_new(const struct rubric *rubric, const struct grade_options *options, struct result *result);

/* One worker from its start to its end. seconds: of the processor, for each item; by the clock WALL_TIMES as many. */
enum run_end run_worker(struct run *run, unsigned seconds);

/* Sets the error of the item that met a limit. False: no item was being decided. */
bool run_blame_item(struct run *run, enum run_end ended);

/* Sets the error of the result as a whole. */
void run_blame_whole(struct run *run, enum run_end ended);

/* Workers one after the other, until all items are decided or the whole is an error. */
void run_to_end(struct run *run, unsigned seconds);

#endif

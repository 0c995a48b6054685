/* scenario.h - the lessons that run: what a client and a server do with ordinary sockets, and what shall come of it.
 *
 * A scenario is a row of a table and two small programs, one for each host. The programs are what a student could have
 * written: each of their socket calls is recorded as that of any other program. They know no lifecycle; what shall come
 * out is told in the words of the display filter, for tests to hold against what was captured.
 */
#ifndef SYNFIN_TRAFFIC_SCENARIO_H
#define SYNFIN_TRAFFIC_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "traffic/actor.h"
#include "traffic/lab.h"

enum { SCENARIO_QUESTIONS = 6, SCENARIO_FAULTS = 6, SCENARIO_SETTINGS = 6, SCENARIO_EXPECTATIONS = 8,
       SCENARIO_DIFFERENCES = 2 };

/* A parameter that it takes, and within which limits; most 0: it takes none of this kind. */
struct scenario_number {
    uint32_t is, least, most;
};

/* So many rows of the capture match this display filter. */
struct expectation {
    const char *filter;
    unsigned rows;
};

/* What its server's port is of. */
enum scenario_speaks { SPEAKS_TCP, SPEAKS_UDP, SPEAKS_BOTH };

struct scenario {
    const char *name;             /* one word: "half-close" */
    const char *topic;            /* "Closing a connection"; those of one topic follow one another */
    const char *says;             /* what it shows: one sentence */
    const char *lesson;           /* what it teaches: a paragraph */
    const char *questions[SCENARIO_QUESTIONS];    /* a student should be able to answer after it */
    int (*program[LAB_ENDS])(const struct actor *actor);     /* gives an exit status; NULL: none at this end */
    enum scenario_speaks speaks;
    struct scenario_number number[ACTOR_NUMBERS];
    nanoseconds delay;            /* of the wire, each way */
    uint64_t rate;                /* of the wire, bytes a second; 0: no limit */
    const char *faults[SCENARIO_FAULTS];          /* in the fault language */
    struct lab_setting settings[SCENARIO_SETTINGS];
    const char *settings_say;     /* why, for the story: "the kernel gives up after 2 SYNs here, not 7" */
    bool lab_only;                /* says nothing without the wire: not run on loopback */
    bool server_stays;            /* its program goes on until it is ended, and what it does then is not captured */
    unsigned quiet_ms;            /* captured so long after the last frame once both have ended; 0: as usual */
    struct expectation expect[SCENARIO_EXPECTATIONS];        /* captured at the client's end */
    const char *unseen;           /* states that the wire cannot show, and why; NULL: none */
    /* Of those, what a look at the kernels finds: "client kernel: no socket, wire: SYN-SENT". */
    const char *differs[SCENARIO_DIFFERENCES];
};

/* In the order of topics; ends with NULL. */
extern const struct scenario *const scenarios[];

/* NULL: none has that name. */
const struct scenario *scenario_find(const char *name);

/* Its wire and its kernel settings into the options of a lab; faults are added to those that are there. */
bool scenario_wire(const struct scenario *scenario, struct lab_options *options, struct error *error);

#endif

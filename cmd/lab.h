/* lab.h - one run of the lab: programs on its hosts, captures at them, then what happened.
 */
#ifndef SYNFIN_CMD_LAB_H
#define SYNFIN_CMD_LAB_H

#include <limits.h>

#include "base/text.h"
#include "report/report.h"
#include "traffic/session.h"

struct lab_request {
    struct session_options session;
    bool at[LAB_ENDS];                /* where it captures: one end, or both */
    const char *write_to[LAB_ENDS];   /* NULL: kept only until the story is told */
    struct report_options report;
};

/* Where a run can take place on this machine. */
enum lab_way {
    LAB_WAY_LAB,
    LAB_WAY_HERE,                     /* a lesson on loopback, without the wire: the lab is refused, capturing is not */
    LAB_WAY_RECORDED,                 /* the lesson's bundled trace: both are refused, or it needs the wire */
    LAB_WAY_NONE,
};

/* Finds it by trying, and makes the request fit: on loopback without faults, delay, rate and second capture. Where
 * it is not the lab, `refused` says why, and *instead what there is in its place (NULL: nothing). */
enum lab_way lab_way_find(struct lab_request *request, struct error *refused, const char **instead);

/* The lesson as it was recorded in a lab, with its calls; NULL: it was not. */
struct lesson;
const struct lesson *lab_recorded(const struct scenario *scenario);

/* Opens the place, runs until the run is over (without programs: until Ctrl-C), and tells. */
enum exit_status lab_run(const struct lab_request *request);

/* The same in the dashboard, by whatever way there is, and each run that is wished there. */
enum exit_status lab_dashboard(const struct lab_request *request);

struct lab_looks;

/* What is to be told: captures that are read from their beginning, all calls beside them known. */
struct lab_tale {
    const struct lab_request *request;
    const struct session *session;    /* NULL: recorded, not run */
    struct source_options capture[LAB_ENDS];  /* file NULL: not captured there */
    const struct calls *calls;        /* NULL: none */
    const struct lab_looks *looks;    /* lab_looks.h; NULL: none */
    uint64_t dropped[LAB_ENDS];
};

/* What the programs wrote, what the wire did, the report, the stories, what the kernels said, and what to ask; or
 * all of it as JSON Lines. */
enum exit_status lab_tell(const struct lab_tale *tale);

/* The addresses, the wire, and how to get in. */
void lab_tell_open(struct text *t, const struct lab_request *request);

/* "The client's program ended with status 1. It wrote:" and the lines; nothing where none was started. */
void lab_tell_speech(struct text *t, enum lab_end end, const struct session_speech *speech);

/* Each fault that happened, and what the wire lost on its own. */
void lab_tell_wire(struct text *t, const struct wire_options *wire, const struct wire_page *page, nanoseconds begun);

#endif

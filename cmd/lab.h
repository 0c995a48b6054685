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

/* What was captured at one end, while it runs and once it is over. */
struct lab_capture {
    struct source *source;            /* NULL: not captured there */
    bool ended;
    int file;                         /* -1: `path` is one that was asked for */
    char path[PATH_MAX];
};

/* Opens the place, runs until the run is over (without programs: until Ctrl-C), and tells. */
enum exit_status lab_run(const struct lab_request *request);

/* Reads what was captured again, now with all calls beside it, and tells it: what the programs wrote, what the wire did,
 * the report, the stories. */
enum exit_status lab_tell(const struct lab_request *request, const struct session *session,
                          const struct lab_capture capture[LAB_ENDS]);

/* The addresses, the wire, and how to get in. */
void lab_tell_open(struct text *t, const struct lab_request *request);

/* What is to be learned, before; and what is to be asked, after it. Nothing where there is no lesson. */
void lab_tell_lesson(struct text *t, const struct scenario *scenario);
void lab_tell_questions(struct text *t, const struct scenario *scenario);

/* "The client's program ended with status 1. It wrote:" and the lines; nothing where none was started. */
void lab_tell_speech(struct text *t, enum lab_end end, const struct session_speech *speech);

/* Each fault that happened, and what the wire lost on its own. */
void lab_tell_wire(struct text *t, const struct wire_options *wire, const struct wire_page *page, nanoseconds begun);

#endif

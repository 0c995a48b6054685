/* lab.h - one run of the lab: programs on its hosts, a capture at one of them, then what happened.
 */
#ifndef SYNFIN_CMD_LAB_H
#define SYNFIN_CMD_LAB_H

#include "base/text.h"
#include "report/report.h"
#include "traffic/lab.h"

struct lab_request {
    struct lab_options lab;
    const char *command[LAB_ENDS];    /* for /bin/sh; NULL: none */
    enum lab_end at;                  /* where it captures */
    const char *write_to;
    nanoseconds limit;                /* for the client; 0: none */
    struct report_options report;
};

/* Opens the lab, runs until the client has ended and the wire is quiet (without a client: until Ctrl-C), and reports.
 * */
enum exit_status lab_run(const struct lab_request *request);

/* What a program wrote, kept up to a limit. */
struct lab_speech {
    struct text said;
    uint64_t left_out;                /* bytes beyond the limit */
    bool started, ended, timed_out;
    int status;                       /* as of waitpid(2), once it has ended */
};

/* The addresses, the wire, and how to get in. */
void lab_tell_open(struct text *t, const struct lab_request *request);

/* "The client's program ended with status 1. It said:" and the lines; nothing where none was started. */
void lab_tell_speech(struct text *t, enum lab_end end, const struct lab_speech *speech);

/* Each fault that happened, and what the wire lost on its own. */
void lab_tell_wire(struct text *t, const struct lab_request *request, const struct wire_page *page, nanoseconds begun);

#endif

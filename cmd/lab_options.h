/* lab_options.h - the command line of what starts programs: synfin lab and synfin traffic.
 */
#ifndef SYNFIN_CMD_LAB_OPTIONS_H
#define SYNFIN_CMD_LAB_OPTIONS_H

#include "cmd/lab.h"

enum { LAB_WORDS = 3 };
enum lab_line_of { LAB_LINE_LAB, LAB_LINE_TRAFFIC };

struct lab_line {
    struct lab_request request;
    const char *word[LAB_WORDS];      /* what is no option, in order; NULL: fewer */
    const char *to;                   /* traffic: the other machine's address */
    const char *beside;               /* traffic: the capture that the calls shall lie beside */
    bool text;                        /* no dashboard */
    bool step;                        /* calls are made by hand */
    bool help;
    char both[LAB_ENDS][PATH_MAX];    /* names of the two captures that one -w asks for */
};

/* Fills `line` from argv[1..]. False: `error` says what is wrong. */
bool lab_options_read(struct lab_line *line, enum lab_line_of command, int argc, char **argv, struct error *error);

/* "client" or "server". */
bool lab_options_end(const char *word, const char *what, enum lab_end *end, struct error *error);

/* NULL: no lesson is called so; `error` names what is near. */
const struct scenario *lab_options_find(const char *name, struct error *error);

/* Its wire, settings and numbers into the request, with what the line says instead. False: `error`, also for a
 * number that this scenario does not take. */
bool lab_options_scenario(struct lab_line *line, const struct scenario *scenario, struct error *error);

#endif

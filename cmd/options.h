/* options.h - the command line of every subcommand that reads a capture.
 *
 * One list of options with the commands that take each; trailing words are the file (where neither -r nor -i is given)
 * and then a BPF filter.
 */
#ifndef SYNFIN_CMD_OPTIONS_H
#define SYNFIN_CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/calls.h"
#include "capture/source.h"
#include "decode/decoder.h"
#include "report/compare.h"
#include "report/report.h"
#include "ui/theme.h"

/* FOR_DASHBOARD: also takes what only a report does, which then asks for one (report_asked). */
enum command_bit { FOR_REPORT = 1, FOR_EVENTS = 2, FOR_EXPLAIN = 4, FOR_DASHBOARD = 8, FOR_ALL = 15,
                   FOR_COMPARE = 16 };

struct options {
    enum command_bit command;
    struct source_options source;
    struct calls_source calls;    /* neither file nor bytes: none */
    bool calls_asked;             /* with --calls, not found beside the capture */
    struct decoder_options decoder;
    struct report_options report;
    enum ladder_format ladder;    /* explain: LADDER_TEXT is the whole story, else the ladder alone */
    enum theme theme;             /* dashboard */
    bool play;                    /* dashboard: begin at the first frame, and play */
    bool report_asked;            /* an option that only a report has was given */
    enum compare_format compare;
    const char *second;           /* compare: the other capture */
    const char *second_name;      /* for headings instead of that; NULL */
    bool one_clock;               /* both were captured on this host */
    uint32_t event_kinds;         /* events: bits wanted; 0: all */
    bool summary;                 /* report: the capture alone */
    bool list;                    /* events: the catalogue */
    bool list_interfaces;
    bool help;
    char filter[4096];            /* trailing words, joined */
    char calls_name[4096];        /* of the calls file beside the capture */
};

/* Fills options from argv[1..]. False: `error` says what is wrong. */
bool options_read(struct options *options, enum command_bit command, int argc, char **argv, struct error *error);

/* -h or --help, for what reads no capture and takes no other option. */
bool options_asks_help(const char *word);

/* Does the locale speak UTF-8? *variable: the name of the environment variable that decides, or NULL; `variable` may be
 * NULL. */
bool options_utf8(const char **variable);

/* A file called `file` that is neither there nor in another folder may be a bundled capture: then the options hold its
 * bytes. False: nothing is called so; `error` names what is near. */
bool options_bundled(struct source_options *source, struct error *error);

/* Unless --calls chose: the calls beside the capture that the options name, or of the bundled one. */
void options_calls(struct options *options);

/* Neither help nor a list was asked for, so a capture is needed: is one named? */
bool options_need_source(const struct options *options, struct error *error);

#endif

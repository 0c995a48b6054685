/* grade_batch.h - the part of `synfin grade` that is about formats, many submissions, and what became of them.
 *
 * cmd/grade.c reads the command line. The options below are handed to grade_line_take(); then, of what was asked for:
 *   --collect OUT   grade_collect(), --review OUT   grade_review(): neither needs a rubric
 *   else            grade_run(), with the rubric and the paths of the submissions: one or many
 */
#ifndef SYNFIN_CMD_GRADE_BATCH_H
#define SYNFIN_CMD_GRADE_BATCH_H

#include <getopt.h>
#include <stdbool.h>

#include "base/error.h"
#include "grade/format.h"
#include "grade/grade.h"

/* Long options for getopt_long(); letters that stand alone: "o:j:". */
enum { GRADE_OPTION_FIRST = 0x400, GRADE_OPTION_FORMAT = GRADE_OPTION_FIRST, GRADE_OPTION_RESUME, GRADE_OPTION_SHARD,
       GRADE_OPTION_COLLECT, GRADE_OPTION_REVIEW, GRADE_OPTION_GRADESCOPE, GRADE_OPTION_EXIT_CODE };

#define GRADE_LINE_OPTIONS \
    { "format", required_argument, NULL, GRADE_OPTION_FORMAT }, \
    { "resume", no_argument, NULL, GRADE_OPTION_RESUME }, \
    { "shard", required_argument, NULL, GRADE_OPTION_SHARD }, \
    { "collect", required_argument, NULL, GRADE_OPTION_COLLECT }, \
    { "review", required_argument, NULL, GRADE_OPTION_REVIEW }, \
    { "gradescope", optional_argument, NULL, GRADE_OPTION_GRADESCOPE }, \
    { "exit-code", no_argument, NULL, GRADE_OPTION_EXIT_CODE }

#define GRADE_LINE_LETTERS "o:j:"

struct grade_line {
    struct format_options how;
    enum grade_format format;
    bool format_given;
    const char *out;              /* -o: a file for one result, a folder for many; NULL: standard output */
    unsigned jobs;                /* -j; 0: not given */
    unsigned shard, shards;       /* 0: all */
    bool batch;                   /* -j, --shard or --resume was given, well or ill */
    bool resume;
    bool exit_code;               /* EXIT_CHECK where not every check passed */
    const char *collect;          /* folder of results */
    const char *review;
    const char *gradescope;       /* folder: /autograder; NULL */
};

/* An option's whole number, from 1 to `most`. False: `error`. */
bool grade_number(const char *value, unsigned most, const char *option, unsigned *number, struct error *error);

/* False: `error` says what is wrong with the option's value. `option` is 'o', 'j' or one of those above. */
bool grade_line_take(struct grade_line *line, int option, const char *value, struct error *error);

/* Prints what went wrong. The exit status. */
int grade_run(const struct grade_line *line, const struct rubric *rubric, const struct grade_options *options,
              char **submissions, unsigned count);
int grade_collect(const struct grade_line *line);
int grade_review(const struct grade_line *line);

/* Where grading cannot even begin (the rubric cannot be read, an option is wrong): a platform that waits for a
 * results file gets one that says so. Prints the error; its status. */
int grade_cannot(const struct grade_line *line, const struct error *error);

#endif

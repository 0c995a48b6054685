/* synfin grade: a rubric over what students hand in. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/grade_batch.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "grade/format.h"
#include "grade/grade.h"

static const char usage[] =
    "usage: synfin grade RUBRIC SUBMISSION...   each: a capture, or a folder with one\n"
    "                                           and answers.txt\n"
    "       synfin grade RUBRIC DIR... -j N -o OUT   many: a file OUT/NAME.json each\n"
    "       synfin grade --collect OUT          their table as CSV; who missed what\n"
    "       synfin grade --review OUT           what did not pass, at its frame\n"
    "       synfin grade --lint RUBRIC...       what is wrong with it\n"
    "       synfin grade --new RUBRIC -r FILE   a first one, from a good capture\n"
    "       synfin grade --list                 the rubrics that come with synfin\n"
    "\n"
    "  --format FORMAT      text, json, csv, html, junit, tap, gradescope, github,\n"
    "                       classroom50 or prairielearn\n"
    "  -o FILE              the result, whole or not at all; of many a folder\n"
    "  -j N, --resume       so many at once; only what is new or changed\n"
    "  --shard K/N          on many machines: every Nth submission from the Kth on\n"
    "  --gradescope         what is in /autograder, into /autograder/results\n"
    "  --class FILE         students as CSV with a heading: id, and port, token, name\n"
    "  --seed TEXT          what each student's own values are derived from\n"
    "  --undecidable full   what a capture cannot tell earns full points\n"
    "  --exit-code, --ascii status 1 where a check did not pass; only ASCII\n"
    "  --seconds N          of the processor, for each check (10)\n"
    "  --memory MIB         for the rubric's own values (64)\n";

enum { OPTION_LINT = 256, OPTION_NEW, OPTION_LIST, OPTION_CLASS, OPTION_SEED, OPTION_UNDECIDABLE,
       OPTION_SECONDS, OPTION_MEMORY, OPTION_ASCII };

static const struct option long_options[] = {
    { "lint", no_argument, NULL, OPTION_LINT }, { "new", required_argument, NULL, OPTION_NEW },
    { "list", no_argument, NULL, OPTION_LIST },
    { "class", required_argument, NULL, OPTION_CLASS }, { "seed", required_argument, NULL, OPTION_SEED },
    { "undecidable", required_argument, NULL, OPTION_UNDECIDABLE },
    { "seconds", required_argument, NULL, OPTION_SECONDS }, { "memory", required_argument, NULL, OPTION_MEMORY },
    { "ascii", no_argument, NULL, OPTION_ASCII }, { "read", required_argument, NULL, 'r' },
    { "help", no_argument, NULL, 'h' }, GRADE_LINE_OPTIONS, { NULL, 0, NULL, 0 },
};

struct request {
    struct grade_options grade;
    struct grade_line line;       /* formats, batches, and what became of them */
    const char *class_file, *new_rubric, *read;
    bool lint, list, help;
    int words;                    /* first word of argv that is no option */
};

/* --- options --- */

static bool take(struct request *r, int option, struct error *error)
{
    switch (option) {
    case OPTION_LINT: r->lint = true; return true;
    case OPTION_NEW: r->new_rubric = optarg; return true;
    case OPTION_LIST: r->list = true; return true;
    case OPTION_CLASS: r->class_file = optarg; return true;
    case OPTION_SEED: r->grade.seed = optarg; return true;
    case OPTION_SECONDS: return grade_number(optarg, 3600, "--seconds", &r->grade.seconds, error);
    case OPTION_MEMORY: return grade_number(optarg, 4096, "--memory", &r->grade.memory_mib, error);
    case OPTION_ASCII: r->line.how.ascii = true; return true;
    case 'r': r->read = optarg; return true;
    case OPTION_UNDECIDABLE: break;
    default: return grade_line_take(&r->line, option, optarg, error);
    }
    if (strcmp(optarg, "full") == 0 || strcmp(optarg, "none") == 0) {
        r->grade.undecidable_full = *optarg == 'f';
        return true;
    }
    error_set(error, EXIT_USAGE, "--undecidable is full or none, not \"%.100s\".", optarg);
    return false;
}

static bool read_options(struct request *r, int argc, char **argv, struct error *error)
{
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":r:h" GRADE_LINE_LETTERS, long_options, NULL)) != -1) {
        if (option == 'h') {
            r->help = true;
            return true;
        }
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%s needs a value. See synfin grade --help."
                                                       : "%s is not an option here. See synfin grade --help.",
                      argv[optind - 1]);
            return false;
        }
        if (!take(r, option, error))
            return false;
    }
    r->words = optind;
    return true;
}

/* --- what it does --- */

static int list_rubrics(void)
{
    struct text t = {0};
    for (unsigned i = 0; i < bundled_rubric_count; i++)
        text_format(&t, "%-26s %s\n", bundled_rubrics[i].name, bundled_rubrics[i].title);
    int status = (int)run_print(text_ended(&t));
    text_free(&t);
    return status;
}

/* "NAME: 7 checks and questions, "; of a single one what it is. */
static void tell_count(struct text *t, const char *name, const struct result *declared)
{
    text_format(t, "%s: %u %s, ", name, declared->count, declared->count != 1 ? "checks and questions"
                : declared->items[0].type ? "question" : "check");
}

/* An error of the rubric stands first in what lint finds: it ends there. */
static enum exit_status lint(const struct request *r, const char *name)
{
    struct rubric rubric;
    struct error error = { 0 };
    struct text said = {0};
    if (!rubric_open(&rubric, name, &error))
        return error_print(&error);
    unsigned count = grade_lint(&rubric, &r->grade, &said);
    struct text t = {0};
    text_bytes(&t, said.bytes ? said.bytes : "", said.used);
    if (count == 0) {
        uint32_t most = result_most(&rubric.declared);
        tell_count(&t, rubric.name, &rubric.declared);
        result_points_text(&t, most);
        text_format(&t, " point%s; nothing is wrong\n", most == 100 ? "" : "s");
    }
    enum exit_status printed = run_print(text_ended(&t));
    text_free(&t);
    text_free(&said);
    rubric_close(&rubric);
    return count ? EXIT_USAGE : printed;
}

/* The worst status. */
static enum exit_status lint_all(const struct request *r, int count, char **words)
{
    enum exit_status status = EXIT_DONE;
    for (int i = 0; i < count; i++) {
        enum exit_status one = lint(r, words[i]);
        status = one > status ? one : status;
    }
    return status;
}

static int write_new(const struct request *r)
{
    struct error error = { 0 };
    struct text t = {0};
    FILE *out = NULL;
    if (!r->read)
        error_set(&error, EXIT_USAGE, "--new writes a rubric from a capture that deserves full marks: name it with -r "
                  "FILE.");
    else if (grade_new(&t, r->read, &error) && !(out = fopen(r->new_rubric, "wxe")))
        error_set(&error, EXIT_OUTPUT, "%.200s is not written: %s.", r->new_rubric,
                  access(r->new_rubric, F_OK) == 0 ? "it is there already" : "the folder cannot be written");
    if (out) {
        bool well = fwrite(t.bytes, 1, t.used, out) == t.used;
        if (fclose(out) != 0 || !well)
            error_set(&error, EXIT_OUTPUT, "%.200s could not be written whole.", r->new_rubric);
    }
    text_free(&t);
    if (error.text[0])
        return (int)error_print(&error);
    text_format(&t, "%s is written; edit it, then: synfin grade --lint %s\n", r->new_rubric, r->new_rubric);
    enum exit_status status = run_print(text_ended(&t));
    text_free(&t);
    return (int)status;
}

static int grade_all(const struct request *r, int count, char **words)
{
    struct rubric rubric;
    struct error error = { 0 };
    if (!rubric_open(&rubric, words[0], &error))
        return grade_cannot(&r->line, &error);
    int status = grade_run(&r->line, &rubric, &r->grade, words + 1, (unsigned)count - 1);
    rubric_close(&rubric);
    return status;
}

/* What was asked for names all that it is about. */
static const char *takes_no_words(const struct request *r)
{
    return r->list ? "--list" : r->new_rubric ? "--new" : r->line.collect ? "--collect" : r->line.review ? "--review"
                                                                                                         : NULL;
}

static int run(struct request *r, int count, char **words, struct error *error)
{
    if (r->help)
        return (int)run_print(usage);
    const char *alone = takes_no_words(r);
    if (alone && count) {
        error_set(error, EXIT_USAGE, "%s takes no word like \"%.100s\". See synfin grade --help.", alone, words[0]);
        return grade_cannot(&r->line, error);
    }
    if (r->list)
        return list_rubrics();
    if (r->new_rubric)
        return write_new(r);
    if (r->line.collect)
        return grade_collect(&r->line);
    if (r->line.review)
        return grade_review(&r->line);
    if (count == 0)
        error_set(error, EXIT_USAGE, "Which rubric? synfin grade RUBRIC SUBMISSION... (synfin grade --list names those "
                  "that come with synfin).");
    else if (r->lint)
        return (int)lint_all(r, count, words);
    else if (count == 1 && !r->line.gradescope)
        error_set(error, EXIT_USAGE, "Whose submission? synfin grade %.100s CAPTURE-OR-FOLDER...", words[0]);
    else
        return grade_all(r, count, words);
    return grade_cannot(&r->line, error);
}

int command_grade(int argc, char **argv)
{
    struct request r = { .line.how.ladders = true };
    struct error error = { 0 };
    struct class_list *students = NULL;
    r.line.how.ascii = !options_utf8(NULL);
    r.grade.said = stderr;
    if (!read_options(&r, argc, argv, &error) ||
        (r.class_file && !(students = class_open(r.class_file, &error))))
        return grade_cannot(&r.line, &error);
    r.grade.students = students;
    int status = run(&r, argc - r.words, argv + r.words, &error);
    class_close(students);
    return status;
}

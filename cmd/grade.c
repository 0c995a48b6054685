/* synfin grade: a rubric over what students hand in. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "grade/format.h"
#include "grade/grade.h"

static const char usage[] =
    "usage: synfin grade RUBRIC SUBMISSION...   each: a capture, or a folder with one\n"
    "                                           and answers.txt\n"
    "       synfin grade --lint RUBRIC          what is wrong with it\n"
    "       synfin grade --new RUBRIC -r FILE   writes a first one from a good capture\n"
    "       synfin grade --list                 the rubrics that come with synfin\n"
    "\n"
    "  --format FORMAT      text, json, csv, html, junit, tap, gradescope, github,\n"
    "                       classroom50 or prairielearn\n"
    "  --class FILE         students as CSV with a heading: id, and port, token, name\n"
    "  --seed TEXT          what each student's own values are derived from\n"
    "  --undecidable full   what a capture cannot tell earns full points\n"
    "  --exit-code          status 1 where a check did not pass\n"
    "  --seconds N          of the processor, for each check (10)\n"
    "  --memory MIB         for the rubric's own values (64)\n"
    "  --ascii              no characters beyond ASCII\n";

enum { OPTION_LINT = 256, OPTION_NEW, OPTION_LIST, OPTION_FORMAT, OPTION_CLASS, OPTION_SEED, OPTION_UNDECIDABLE,
       OPTION_EXIT_CODE, OPTION_SECONDS, OPTION_MEMORY, OPTION_ASCII };

static const struct option long_options[] = {
    { "lint", no_argument, NULL, OPTION_LINT }, { "new", required_argument, NULL, OPTION_NEW },
    { "list", no_argument, NULL, OPTION_LIST }, { "format", required_argument, NULL, OPTION_FORMAT },
    { "class", required_argument, NULL, OPTION_CLASS }, { "seed", required_argument, NULL, OPTION_SEED },
    { "undecidable", required_argument, NULL, OPTION_UNDECIDABLE }, { "exit-code", no_argument, NULL,
                                                                      OPTION_EXIT_CODE },
    { "seconds", required_argument, NULL, OPTION_SECONDS }, { "memory", required_argument, NULL, OPTION_MEMORY },
    { "ascii", no_argument, NULL, OPTION_ASCII }, { "read", required_argument, NULL, 'r' },
    { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

struct request {
    struct grade_options grade;
    struct format_options write;
    enum grade_format format;
    const char *class_file, *new_rubric, *read;
    bool lint, list, exit_code, help;
    int words;                    /* first word of argv that is no option */
};

/* --- options --- */

static bool read_number(const char *word, const char *what, unsigned most, unsigned *number, struct error *error)
{
    char *end;
    unsigned long n = strtoul(word, &end, 10);
    if (end == word || *end || *word == '-' || n == 0 || n > most) {
        error_set(error, EXIT_USAGE, "%s takes a whole number from 1 to %u, not \"%.100s\".", what, most, word);
        return false;
    }
    *number = (unsigned)n;
    return true;
}

static bool take(struct request *r, int option, struct error *error)
{
    switch (option) {
    case OPTION_LINT: r->lint = true; return true;
    case OPTION_NEW: r->new_rubric = optarg; return true;
    case OPTION_LIST: r->list = true; return true;
    case OPTION_FORMAT: return grade_format_find(optarg, &r->format, error);
    case OPTION_CLASS: r->class_file = optarg; return true;
    case OPTION_SEED: r->grade.seed = optarg; return true;
    case OPTION_EXIT_CODE: r->exit_code = true; return true;
    case OPTION_SECONDS: return read_number(optarg, "--seconds", 3600, &r->grade.seconds, error);
    case OPTION_MEMORY: return read_number(optarg, "--memory", 4096, &r->grade.memory_mib, error);
    case OPTION_ASCII: r->write.ascii = true; return true;
    case 'r': r->read = optarg; return true;
    default: break;
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
    while ((option = getopt_long(argc, argv, ":r:h", long_options, NULL)) != -1) {
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
        text_format(&t, "%-24s %s\n", bundled_rubrics[i].name, bundled_rubrics[i].title);
    int status = (int)run_print(text_ended(&t));
    text_free(&t);
    return status;
}

/* An error of the rubric stands first in what lint finds: it ends there. */
static int lint(const struct request *r, const char *name)
{
    struct rubric rubric;
    struct error error = { 0 };
    struct text said = {0};
    if (!rubric_open(&rubric, name, &error))
        return (int)error_print(&error);
    unsigned count = grade_lint(&rubric, &r->grade, &said);
    struct text t = {0};
    text_bytes(&t, said.bytes ? said.bytes : "", said.used);
    if (count == 0) {
        text_format(&t, "%s: %u checks and questions, ", rubric.name, rubric.declared.count);
        result_points_text(&t, result_most(&rubric.declared));
        text_string(&t, " points; nothing is wrong\n");
    }
    run_print(text_ended(&t));
    text_free(&t);
    text_free(&said);
    rubric_close(&rubric);
    return count ? EXIT_USAGE : EXIT_DONE;
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
    printf("%s is written; edit it, then: synfin grade --lint %s\n", r->new_rubric, r->new_rubric);
    return EXIT_DONE;
}

static void grade_one(const struct request *r, const struct rubric *rubric, const char *path, struct result *result)
{
    struct found *found = malloc(sizeof *found);
    if (!found) {
        result_text(&result->error, "There is not enough memory to begin.");
        result->error_status = EXIT_UNREADABLE;
        return;
    }
    submission_find(found, path, rubric->captures, rubric->answers);
    grade_submission(rubric, &found->submission, &r->grade, result);
    free(found);
}

/* The worse of both. */
static enum exit_status status_of(const struct request *r, const struct result *result, enum exit_status status)
{
    enum exit_status own = EXIT_DONE;
    enum grade_status graded = result_status(result);
    if (result->error)
        own = result->error_status;
    else if (result->capture_problem && !result->complete)
        own = EXIT_CUT_SHORT;
    else if (r->exit_code && graded != GRADE_PASSED && graded != GRADE_HUMAN)
        own = EXIT_CHECK;
    return own > status ? own : status;
}

static int grade_all(const struct request *r, int count, char **words)
{
    struct rubric rubric;
    struct error error = { 0 };
    struct report_output out;
    enum exit_status status = EXIT_DONE;
    if (!rubric_open(&rubric, words[0], &error))
        return (int)error_print(&error);
    output_open(&out, STDOUT_FILENO);
    for (int i = 1; i < count; i++) {
        struct result result = { 0 };
        grade_one(r, &rubric, words[i], &result);
        if (i > 1 && r->format == FORMAT_TEXT)
            text_char(&out.text, '\n');
        grade_format_write(&out.text, &result, r->format, &r->write);
        status = status_of(r, &result, status);
        result_free(&result);
        if (!output_flush(&out))
            break;
    }
    rubric_close(&rubric);
    if (output_close(&out, &error) != EXIT_DONE)
        return out.failed == EPIPE ? (int)status : (int)error_print(&error);
    return (int)status;
}

static int run(struct request *r, int count, char **words, struct error *error)
{
    if (r->help)
        return (int)run_print(usage);
    if (r->list)
        return list_rubrics();
    if (r->new_rubric)
        return write_new(r);
    if (count == 0)
        error_set(error, EXIT_USAGE, "Which rubric? synfin grade RUBRIC SUBMISSION... (synfin grade --list names those "
                  "that "
                  "come with synfin).");
    else if (r->lint)
        return lint(r, words[0]);
    else if (count == 1)
        error_set(error, EXIT_USAGE, "Whose submission? synfin grade %.100s CAPTURE-OR-FOLDER...", words[0]);
    else
        return grade_all(r, count, words);
    return (int)error_print(error);
}

int command_grade(int argc, char **argv)
{
    struct request r = { .format = FORMAT_TEXT };
    struct error error = { 0 };
    struct class_list *students = NULL;
    r.write.ascii = !options_utf8(NULL);
    r.grade.said = stderr;
    if (!read_options(&r, argc, argv, &error))
        return (int)error_print(&error);
    if (r.class_file && !(students = class_open(r.class_file, &error)))
        return (int)error_print(&error);
    r.grade.students = students;
    int status = run(&r, argc - r.words, argv + r.words, &error);
    class_close(students);
    return status;
}

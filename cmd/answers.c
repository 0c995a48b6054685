/* synfin answers: a sheet of questions with the answers that one capture gives, and how each is found. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "grade/grade.h"
#include "report/words.h"

static const char usage[] =
    "usage: synfin answers SHEET [-r] FILE   each question of a rubric, the answer\n"
    "                                        that this capture gives, the frames it\n"
    "                                        rests on, and why\n"
    "       synfin answers --list            the rubrics with questions that come\n"
    "                                        with synfin\n"
    "\n"
    "  --hints              the way to each answer, not the answer\n"
    "  --blank              the questions alone, as a file to be filled in\n"
    "  --student ID         whose port, token and columns the sheet speaks of\n"
    "  --class FILE         students as CSV with a heading: id, and port, token, name\n"
    "  --seed TEXT          what her own values are derived from\n"
    "  --format FORMAT      text or json (all there is, as synfin grade writes it)\n";

enum { OPTION_HINTS = 256, OPTION_BLANK, OPTION_LIST, OPTION_CLASS, OPTION_STUDENT, OPTION_SEED, OPTION_FORMAT, WIDTH = 80,
       INDENT = 4 };

static const struct option long_options[] = {
    { "hints", no_argument, NULL, OPTION_HINTS }, { "blank", no_argument, NULL, OPTION_BLANK },
    { "list", no_argument, NULL, OPTION_LIST }, { "class", required_argument, NULL, OPTION_CLASS },
    { "student", required_argument, NULL, OPTION_STUDENT }, { "seed", required_argument, NULL, OPTION_SEED },
    { "format", required_argument, NULL, OPTION_FORMAT }, { "read", required_argument, NULL, 'r' },
    { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

struct request {
    struct grade_options grade;
    const char *class_file, *student, *file;
    bool hints, blank, list, json, help;
};

static bool take(struct request *r, int option, struct error *error)
{
    switch (option) {
    case 'h': r->help = true; return true;
    case 'r': r->file = optarg; return true;
    case OPTION_HINTS: r->hints = true; return true;
    case OPTION_BLANK: r->blank = true; return true;
    case OPTION_LIST: r->list = true; return true;
    case OPTION_CLASS: r->class_file = optarg; return true;
    case OPTION_STUDENT: r->student = optarg; return true;
    case OPTION_SEED: r->grade.seed = optarg; return true;
    default: break;
    }
    r->json = strcmp(optarg, "json") == 0;
    if (!r->json && strcmp(optarg, "text") != 0) {
        error_set(error, EXIT_USAGE, "--format is text or json here, not \"%.100s\".", optarg);
        return false;
    }
    return true;
}

static bool read_options(struct request *r, int argc, char **argv, struct error *error)
{
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":r:h", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%s needs a value. See synfin answers --help."
                                                       : "%s is not an option here. See synfin answers --help.",
                      argv[optind - 1]);
            return false;
        }
        if (!take(r, option, error))
            return false;
    }
    return true;
}

/* --- what is printed --- */

static bool has_questions(const struct result *declared)
{
    for (unsigned i = 0; i < declared->count; i++)
        if (declared->items[i].type)
            return true;
    return false;
}

static int list_sheets(void)
{
    struct text t = {0};
    for (unsigned i = 0; i < bundled_rubric_count; i++) {
        struct rubric rubric;
        struct error error = { 0 };
        if (!rubric_open(&rubric, bundled_rubrics[i].name, &error))
            continue;
        if (has_questions(&rubric.declared))
            text_format(&t, "%-26s %s\n", bundled_rubrics[i].name, bundled_rubrics[i].title);
        rubric_close(&rubric);
    }
    int status = (int)run_print(text_ended(&t));
    text_free(&t);
    return status;
}

static void paragraph(struct text *t, const char *label, const char *s)
{
    struct text line = {0};
    if (!s || !*s)
        return;
    text_string(&line, label);
    text_string(&line, s);
    text_repeat(t, " ", INDENT);
    words_wrap(t, line.bytes, line.used, INDENT, INDENT + 2, WIDTH);
    text_free(&line);
}

static void frames_line(struct text *t, const struct result_item *item)
{
    struct text list = {0};
    for (unsigned i = 0; i < item->frame_count; i++)
        text_format(&list, "%s%u", i ? ", " : "", item->frames[i]);
    paragraph(t, item->frame_count == 1 ? "Frame: " : "Frames: ", text_ended(&list));
    text_free(&list);
}

static void tell_question(struct text *t, const struct request *r, const struct result_item *item)
{
    struct text title = {0};
    text_format(&title, "%s: %s", item->id, item->title);
    text_char(t, '\n');
    words_wrap(t, title.bytes, title.used, 0, INDENT, WIDTH);
    text_free(&title);
    if (r->hints) {
        paragraph(t, "", item->hint ? item->hint : "There is no hint to this one.");
        return;
    }
    if (item->expected)
        paragraph(t, "Answer: ", item->expected);
    else
        paragraph(t, "", item->status == GRADE_UNDECIDABLE || item->status == GRADE_ERROR ? NULL : item->message);
    if (item->expected)
        paragraph(t, "", item->message);
    paragraph(t, item->status == GRADE_ERROR ? "Error of the sheet: " : "This capture does not tell: ", item->reason);
    frames_line(t, item);
}

/* The question as a comment, broken between words, and a line for the answer. */
static void blank_question(struct text *t, const struct result_item *item)
{
    enum { ROOM = WIDTH - 2 };
    text_char(t, '\n');
    for (const char *s = item->title ? item->title : ""; *s;) {
        size_t length = strlen(s);
        if (length > ROOM) {
            for (length = ROOM; length > 0 && s[length] != ' '; length--)
                continue;
            length = length ? length : ROOM;
        }
        text_format(t, "# %.*s\n", (int)length, s);
        s += length + strspn(s + length, " ");
    }
    text_format(t, "%s:\n", item->id);
}

static void tell_sheet(struct text *t, const struct request *r, const struct result *result)
{
    text_format(t, r->blank ? "# %s\n" : "%s\n", result->title ? result->title : "");
    for (unsigned i = 0; i < result->count; i++) {
        if (result->items[i].type && r->blank)
            blank_question(t, &result->items[i]);
        else if (result->items[i].type)
            tell_question(t, r, &result->items[i]);
    }
}

/* Takes out the checks, which nobody has asked here. */
static void keep_questions(struct result *result)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < result->count; i++) {
        if (result->items[i].type)
            result->items[kept++] = result->items[i];
        else
            result_item_free(&result->items[i]);
    }
    result->count = kept;
}

/* Takes the answers out, and what would give them away. */
static void keep_hints(struct result *result)
{
    for (unsigned i = 0; i < result->count; i++) {
        struct result_item *item = &result->items[i];
        char **texts[] = { &item->expected, &item->key, &item->message, &item->reason, &item->nearest, &item->note };
        for (unsigned j = 0; j < sizeof texts / sizeof *texts; j++)
            result_text(texts[j], NULL);
        item->frame_count = item->frames_more = item->connection_count = 0;
    }
}

/* --- the command --- */

static enum exit_status status_of(const struct result *result)
{
    if (result->error)
        return result->error_status;
    return result->capture_problem && !result->complete ? EXIT_CUT_SHORT : EXIT_DONE;
}

static int answer(struct request *r, const struct rubric *rubric)
{
    struct result result = { 0 };
    struct report_output out;
    struct error error = { 0 };
    enum exit_status status = EXIT_DONE;
    struct submission submission = { .name = r->student ? r->student : "you", .capture = r->file };
    output_open(&out, STDOUT_FILENO);
    if (r->blank) {
        tell_sheet(&out.text, r, &rubric->declared);
    } else {
        r->grade.answers = true;
        grade_submission(rubric, &submission, &r->grade, &result);
        status = status_of(&result);
        keep_questions(&result);
        if (r->hints)
            keep_hints(&result);
        if (r->json)
            result_json(&out.text, &result);
        else if (!result.error)
            tell_sheet(&out.text, r, &result);
        if (result.error)
            error_set(&error, status, "%.500s", result.error);
    }
    if (error.text[0])
        error_print(&error);
    else if (status == EXIT_CUT_SHORT)
        fprintf(stderr, "synfin: %s\n", result.capture_problem);
    result_free(&result);
    if (output_close(&out, &error) != EXIT_DONE)
        return out.failed == EPIPE ? (int)status : (int)error_print(&error);
    return (int)status;
}

static int run(struct request *r, int count, char **words, struct error *error)
{
    struct rubric rubric;
    if (r->help)
        return (int)run_print(usage);
    if (r->list)
        return list_sheets();
    if (count > 1 && !r->file)
        r->file = words[1];
    if (count == 0)
        error_set(error, EXIT_USAGE, "Which sheet? synfin answers SHEET FILE (synfin answers --list names those that come "
                  "with synfin).");
    else if (!r->file && !r->blank)
        error_set(error, EXIT_USAGE, "Which capture? synfin answers %.100s FILE", words[0]);
    if (error->text[0] || !rubric_open(&rubric, words[0], error))
        return (int)error_print(error);
    if (!has_questions(&rubric.declared))
        error_set(error, EXIT_USAGE, "%.200s asks no question.", words[0]);
    int status = error->text[0] ? (int)error_print(error) : answer(r, &rubric);
    rubric_close(&rubric);
    return status;
}

int command_answers(int argc, char **argv)
{
    struct request r = { .file = NULL };
    struct error error = { 0 };
    struct class_list *students = NULL;
    r.grade.said = stderr;
    if (!read_options(&r, argc, argv, &error))
        return (int)error_print(&error);
    if (r.class_file && !(students = class_open(r.class_file, &error)))
        return (int)error_print(&error);
    r.grade.students = students;
    int status = run(&r, argc - optind, argv + optind, &error);
    class_close(students);
    return status;
}

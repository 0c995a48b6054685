/* synfin grade: one result in its format, a batch, Gradescope's folders, the results collected. */
#include "cmd/grade_batch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/gradescope.h"
#include "grade/batch.h"
#include "grade/class.h"
#include "grade/collect.h"
#include "grade/unlisted.h"
#include "base/version.h"
#include "base/whole.h"
#include "report/report.h"

/* --- options --- */

bool grade_number(const char *value, unsigned most, const char *option, unsigned *number, struct error *error)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || n < 1 || n > most) {
        error_set(error, EXIT_USAGE, "%s is a number from 1 to %u, not \"%.40s\".", option, most, value);
        return false;
    }
    *number = (unsigned)n;
    return true;
}

static bool take_shard(struct grade_line *line, const char *value, struct error *error)
{
    unsigned shard, shards;
    int used = 0;
    if (sscanf(value, "%u/%u%n", &shard, &shards, &used) != 2 || value[used] || shard < 1 || shard > shards ||
        shards > BATCH_MOST) {
        error_set(error, EXIT_USAGE, "--shard is K/N with K from 1 to N, as 3/8 for the third of eight, not \"%.40s\".",
                  value);
        return false;
    }
    line->shard = shard;
    line->shards = shards;
    return true;
}

bool grade_line_take(struct grade_line *line, int option, const char *value, struct error *error)
{
    switch (option) {
    case 'o': line->out = value; return true;
    case 'j': line->batch = true; return grade_number(value, BATCH_JOBS_MOST, "-j", &line->jobs, error);
    case GRADE_OPTION_FORMAT: line->format_given = true; return grade_format_find(value, &line->format, error);
    case GRADE_OPTION_RESUME: line->batch = line->resume = true; return true;
    case GRADE_OPTION_SHARD: line->batch = true; return take_shard(line, value, error);
    case GRADE_OPTION_COLLECT: line->collect = value; return true;
    case GRADE_OPTION_REVIEW: line->review = value; return true;
    case GRADE_OPTION_GRADESCOPE: line->gradescope = value ? value : "/autograder"; return true;
    default: line->exit_code = true; return true;
    }
}

static bool is_folder(const char *path)
{
    struct stat status;
    return path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* --- one result --- */

static enum exit_status print(struct text *t, int fd)
{
    struct report_output out;
    struct error error = { 0 };
    output_open(&out, fd);
    out.text = *t;
    *t = (struct text){ 0 };
    return output_close(&out, &error) == EXIT_DONE ? EXIT_DONE : error_print(&error);
}

/* GitHub's runner gives a file to put a step's outputs in; what is printed beside it are notices. */
static enum exit_status give_to_github(struct text *t, const struct result *r)
{
    const char *file = getenv("GITHUB_OUTPUT");
    FILE *out = file && *file ? fopen(file, "ae") : NULL;
    bool well = !file || !*file;
    if (out) {
        setvbuf(out, NULL, _IOFBF, t->used + 16);      /* one write */
        fprintf(out, "result=%.*s", (int)t->used, t->used ? t->bytes : "");
        well = fclose(out) == 0;
        t->used = 0;
    }
    if (!well)
        fprintf(stderr, "synfin: the file that GITHUB_OUTPUT names could not be written\n");
    github_notices(t, r);
    enum exit_status printed = print(t, STDOUT_FILENO);
    return well ? printed : EXIT_OUTPUT;
}

static enum exit_status give(const struct grade_line *line, const struct result *r, const char *capture)
{
    struct format_options how = line->how;
    struct text t = {0};
    struct error error = { 0 };
    enum exit_status status;
    how.now = time(NULL);
    how.capture = capture;
    if (line->format == FORMAT_CSV)
        collect_csv_of_one(&t, r);
    else
        grade_format_write(&t, r, line->format, &how);
    if (line->out && strcmp(line->out, "-") != 0)
        status = whole_write(line->out, &t, &error) ? EXIT_DONE : error_print(&error);
    else if (line->format == FORMAT_GITHUB && !line->out)
        status = give_to_github(&t, r);
    else
        status = print(&t, STDOUT_FILENO);
    text_free(&t);
    return status;
}

/* What the exit status says of a result that was given. */
static enum exit_status status_of(const struct grade_line *line, const struct result *r)
{
    enum grade_status graded = result_status(r);
    if (r->error)
        return r->error_status;
    if (r->capture_problem && !r->complete)
        return EXIT_CUT_SHORT;
    return line->exit_code && graded != GRADE_PASSED && graded != GRADE_HUMAN ? EXIT_CHECK : EXIT_DONE;
}

/* Of a program the capture of its run, beside the file of its result. */
static void grade_it(const struct grade_line *line, const struct rubric *rubric, const struct grade_options *options,
                     struct found *found, struct text *keep, struct result *r)
{
    struct grade_options how = *options;
    if (found->submission.program && line->out && strcmp(line->out, "-") != 0) {
        const char *slash = strrchr(line->out, '/'), *dot = strrchr(slash ? slash : line->out, '.');
        text_format(keep, "%.*s.pcap", (int)(dot ? (size_t)(dot - line->out) : strlen(line->out)), line->out);
        how.keep = text_ended(keep);
    }
    grade_submission(rubric, &found->submission, &how, r);
    if (how.keep && r->capture)
        found->submission.capture = how.keep;
}

static enum exit_status grade_one(const struct grade_line *line, const struct rubric *rubric,
                                  const struct grade_options *options, const struct batch_entry *entry)
{
    struct found *found = calloc(1, sizeof *found);
    struct result r = { 0 };
    if (!found)
        return EXIT_UNREADABLE;
    batch_entry_find(entry, rubric, found);
    struct text keep = {0};
    grade_it(line, rubric, options, found, &keep, &r);
    enum exit_status given = give(line, &r, found->submission.capture), status = status_of(line, &r);
    if (r.error && (line->out || line->format != FORMAT_TEXT))
        fprintf(stderr, "synfin: %s: %s\n", r.name ? r.name : "", r.error);
    result_free(&r);
    text_free(&keep);
    free(found);
    return given != EXIT_DONE ? given : status;
}

static int cannot_grade(const struct grade_line *line, const char *path, const struct error *error)
{
    bool one = !line->collect && !line->review && !line->batch && !is_folder(line->out);
    struct result r = { .error_status = (uint8_t)error->status };
    result_text(&r.error, error->text);
    size_t length;
    const char *name = names_last(path, &length);
    result_format(&r.name, "%.*s", (int)length, name);
    result_text(&r.synfin, SYNFIN_VERSION);
    if (line->gradescope)
        gradescope_write(line->gradescope, &r);
    else if (one && (line->out || (line->format_given && line->format != FORMAT_TEXT)))
        give(line, &r, NULL);
    result_free(&r);
    return (int)error_print(error);
}

int grade_cannot(const struct grade_line *line, const struct error *error)
{
    return cannot_grade(line, "", error);
}

/* To standard output, one after the other, where the format allows that. The worst status. */
static enum exit_status grade_some(const struct grade_line *line, const struct rubric *rubric,
                                   const struct grade_options *options, const struct batch_list *list)
{
    enum exit_status status = EXIT_DONE;
    struct error error = { 0 };
    if (list->count > 1 && line->format != FORMAT_TEXT && line->format != FORMAT_JSON) {
        error_set(&error, EXIT_USAGE, "A document in %s is of one submission, and there are %u: -o names a folder for "
                  "theirs.", grade_format_names[line->format], list->count);
        return error_print(&error);
    }
    for (unsigned i = 0; i < list->count; i++) {
        if (i && line->format == FORMAT_TEXT)
            putchar('\n');
        fflush(stdout);
        enum exit_status one = grade_one(line, rubric, options, &list->entries[i]);
        status = one > status ? one : status;
    }
    return status;
}

/* --- many --- */

static void tell_batch(const struct batch_counts *n, const char *out)
{
    fprintf(stderr, "synfin: %u graded in %.1f s", n->graded, n->seconds);
    if (n->graded && n->seconds > 0)
        fprintf(stderr, " (%.0f/s)", n->graded / n->seconds);
    if (n->kept)
        fprintf(stderr, ", %u had their result already", n->kept);
    if (n->errors)
        fprintf(stderr, "; of them %u not, or not to the end: their results say why", n->errors);
    fprintf(stderr, ". synfin grade --collect %s makes one table.\n", out);
}

static void tell_unlisted(const struct batch_options *batch, const struct batch_list *list)
{
    struct unlisted unlisted = { 0 };
    struct text t = {0};
    for (unsigned i = 0; batch->grade.students && i < list->count; i++) {
        struct student student;
        if (!batch_is_mine(batch, i))
            continue;
        student_find(&student, batch->grade.students, list->entries[i].name, NULL);
        unlisted_add(&unlisted, list->entries[i].name, student.unlisted);
    }
    unlisted_tell(&t, &unlisted);
    for (const char *line = text_ended(&t); *line; line += strcspn(line, "\n") + 1)
        fprintf(stderr, "synfin: %.*s\n", (int)strcspn(line, "\n"), line);
    text_free(&t);
}

/* Of a whole class: what an earlier batch left of who is not in it any more would be in the table. */
static void tell_strays(const struct batch_list *list, const char *out)
{
    struct names names = { 0 };
    struct text t = {0};
    if (list->everybodys)
        batch_list_strays(list, out, &names);
    unsigned count = names.count;
    const char *them = count == 1 ? "it" : "them";
    names_say(&t, &names);
    if (count)
        fprintf(stderr, "synfin: %u %s in %s, but not among the submissions: %s. --collect has %s in its table; to "
                "leave %s out, delete %s/NAME.json.\n", count, count == 1 ? "result is" : "results are", out,
                text_ended(&t), them, them, out);
    text_free(&t);
}

static enum exit_status grade_many(const struct grade_line *line, const struct rubric *rubric,
                                   const struct grade_options *options, const struct batch_list *list)
{
    struct batch_counts counts;
    struct error error = { 0 };
    struct batch_options batch = {
        .out = line->out, .jobs = line->jobs, .shard = line->shard, .shards = line->shards, .resume = line->resume,
        .another = line->format_given, .format = line->format, .how = line->how,
        .grade = *options, .progress = isatty(STDERR_FILENO) ? STDERR_FILENO : -1,
    };
    batch.how.now = time(NULL);
    enum exit_status status = batch_run(rubric, list, &batch, &counts, &error);
    if (counts.total)
        tell_batch(&counts, line->out);
    tell_unlisted(&batch, list);
    if (!counts.signal)
        tell_strays(list, line->out);
    if (status != EXIT_DONE)
        error_print(&error);
    if (counts.signal) {          /* as whoever sent it expects: a script does not go on */
        signal(counts.signal, SIG_DFL);
        raise(counts.signal);
    }
    return status;
}

/* Is -o a folder for many results? One that is there; else what is called so, and where a folder is graded also a name
 * without an ending. */
static bool takes_many(const char *out, char **submissions, unsigned count)
{
    struct stat status;
    if (!out || strcmp(out, "-") == 0)
        return false;
    if (stat(out, &status) == 0)
        return S_ISDIR(status.st_mode);
    const char *slash = strrchr(out, '/');
    return (slash && !slash[1]) || ((count > 1 || is_folder(submissions[0])) && !strchr(slash ? slash : out, '.'));
}

int grade_run(const struct grade_line *line, const struct rubric *rubric, const struct grade_options *options,
              char **submissions, unsigned count)
{
    struct batch_list list;
    struct error error = { 0 };
    if (line->gradescope)
        return (int)gradescope_run(line->gradescope, rubric, options);
    bool batch = line->batch || takes_many(line->out, submissions, count);
    if (!batch_list_make(&list, rubric, submissions, count, batch, &error))
        return cannot_grade(line, count == 1 ? submissions[0] : "", &error);
    batch = batch || (list.count > 1 && line->out);
    enum exit_status status = EXIT_DONE;
    if (batch && !line->out) {
        error_set(&error, EXIT_USAGE, "A batch needs a folder for its results: -o OUT.");
        status = error_print(&error);
    } else if (batch) {
        status = grade_many(line, rubric, options, &list);
    }
    if (!batch)
        status = grade_some(line, rubric, options, &list);
    batch_list_free(&list);
    return (int)status;
}

/* --- collecting --- */

/* --format html and its like: a file of each result, with what persons changed in it. */
static bool write_each(void *self, const char *file, const struct result *r, struct error *error)
{
    const struct grade_line *line = self;
    struct format_options how = line->how;
    how.now = time(NULL);
    const char *slash = strrchr(file, '/') + 1;
    struct text name = {0}, t = {0};
    text_format(&name, "%s/%s", line->out ? line->out : line->collect,
                line->out ? "" : grade_format_names[line->format]);
    mkdir(text_ended(&name), 0777);
    text_format(&name, "/%.*s.%s", (int)(strlen(slash) - strlen(".json")), slash, grade_format_endings[line->format]);
    grade_format_write(&t, r, line->format, &how);
    bool well = whole_write(text_ended(&name), &t, error);
    text_free(&name);
    text_free(&t);
    return well;
}

static unsigned terminal_width(int fd)
{
    struct winsize size = { 0 };
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

int grade_collect(const struct grade_line *line)
{
    struct collection c;
    struct error error = { 0 };
    struct text table = {0}, words = {0};
    bool each = line->format_given && line->format != FORMAT_CSV && line->format != FORMAT_TEXT;
    bool text = line->format_given && line->format == FORMAT_TEXT;
    if (each && line->format == FORMAT_JSON)
        error_set(&error, EXIT_USAGE, "The results are JSON already: %.200s/*.json.", line->collect);
    if (error.text[0] || !collect_read(&c, line->collect, each ? write_each : NULL, (void *)line, &error))
        return (int)error_print(&error);
    collect_statistics(&words, &c, terminal_width(text ? STDOUT_FILENO : STDERR_FILENO));
    text_string(&words, "\n");
    collect_same(&words, &c);
    if (words.used && words.bytes[words.used - 1] == '\n' && words.used > 1 && words.bytes[words.used - 2] == '\n')
        words.used--;
    if (c.problems.used)
        fprintf(stderr, "%s", text_ended(&c.problems));
    if (!each && !text)
        collect_csv(&table, &c);
    enum exit_status status = print(&words, text ? STDOUT_FILENO : STDERR_FILENO);
    if (!each && !text && line->out && strcmp(line->out, "-") != 0)
        status = whole_write(line->out, &table, &error) ? status : error_print(&error);
    else if (!each && !text)
        status = print(&table, STDOUT_FILENO);
    text_free(&table);
    collect_free(&c);
    return (int)status;
}

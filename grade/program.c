#include "grade/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/calls.h"
#include "base/whole.h"
#include "grade/names.h"

enum { HEAD = 4, SEED_DIGITS = 16, KEPT_MOST = 64 << 20, DIGEST_DEPTH_MOST = 12, DIGEST_FILES_MOST = 4000 };

/* --- the lesson --- */

static const char *said(const struct rubric *rubric, const char *name)
{
    return json_string_value(json_object_get(rubric->lab, name));
}

static bool wrong(struct error *error, const struct rubric *rubric, const char *name, const char *what)
{
    error_set(error, EXIT_USAGE, "%.100s: rubric: lab: %s = %.60s: %s", rubric->name, name, said(rubric, name), what);
    return false;
}

/* 0 where the rubric says nothing. */
static bool number_of(uint32_t *number, const struct rubric *rubric, const char *name, uint32_t least, uint32_t most,
                      struct error *error)
{
    const char *text = said(rubric, name);
    char *end, limits[80];
    unsigned long long n = text ? strtoull(text, &end, 10) : 0;
    *number = (uint32_t)n;
    if (!text || (*text >= '0' && *text <= '9' && !*end && n >= least && n <= most))
        return true;
    if (most)
        snprintf(limits, sizeof limits, "it is a whole number from %u to %u.", least, most);
    else
        snprintf(limits, sizeof limits, "this lesson takes no such number.");
    return wrong(error, rubric, name, limits);
}

/* "student": of her id and the rubric's seed; a number: itself; other words: what they come to. */
static uint64_t seed_of(const struct rubric *rubric, const struct student *student)
{
    const char *text = said(rubric, "seed");
    char digest[DIGEST_TEXT], *end;
    if (!text)
        return 1;
    uint64_t number = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end)
        return number;
    const char *of = strcmp(text, "student") == 0 ? student->id : text;
    digest_keyed(digest, rubric->seed ? rubric->seed : "", of, strlen(of));
    digest[SEED_DIGITS] = 0;
    return strtoull(digest, NULL, 16);
}

static bool end_of(enum lab_end *end, const struct rubric *rubric, struct error *error)
{
    for (unsigned i = 0; rubric->program && i < LAB_ENDS; i++)
        if (strncmp(rubric->program, lab_end_names[i], strlen(lab_end_names[i])) == 0) {
            *end = i;
            return true;
        }
    error_set(error, EXIT_USAGE, "%.100s: rubric: submission: program = \"%.60s\": its name begins with server or "
              "client: which of both it is.", rubric->name, rubric->program ? rubric->program : "");
    return false;
}

static bool scenario_of(struct lesson *lesson, const struct rubric *rubric, struct error *error)
{
    const char *name = said(rubric, "scenario"), *overlap = said(rubric, "overlap");
    lesson->scenario = name ? scenario_find(name) : NULL;
    if (!name)
        error_set(error, EXIT_USAGE, "%.100s: rubric: lab needs scenario, the lesson that the program is run in (synfin "
                  "lab lists them).", rubric->name);
    else if (!lesson->scenario)
        wrong(error, rubric, "scenario", "there is no such lesson (synfin lab lists them).");
    else if (!lesson->scenario->program[!lesson->end])
        wrong(error, rubric, "scenario", "this lesson has no program at the other end.");
    else if (overlap && (strcmp(overlap, "true") == 0) != (strcmp(name, "many-clients") == 0))
        wrong(error, rubric, "overlap", "clients are there at once in \"many-clients\", and one after another in "
              "\"accept\".");
    return !error->text[0];
}

bool program_lesson(struct lesson *lesson, const struct rubric *rubric, const struct student *student,
                    struct error *error)
{
    static const struct { const char *name; size_t offset; uint32_t most; } limits[] = {
        { "seconds", offsetof(struct lesson, seconds), 120 }, { "memory", offsetof(struct lesson, memory_mib), 16384 },
        { "processes", offsetof(struct lesson, processes), 1000 },
        { "files", offsetof(struct lesson, files_mib), 1024 },
    };
    *lesson = (struct lesson){ .command = said(rubric, "command"), .seed = seed_of(rubric, student) };
    if (!end_of(&lesson->end, rubric, error) || !scenario_of(lesson, rubric, error))
        return false;
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++) {
        const struct scenario_number *n = &lesson->scenario->number[i];
        if (!number_of(&lesson->number[i], rubric, actor_number_names[i], n->least, n->most, error))
            return false;
    }
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!number_of((uint32_t *)(void *)((char *)lesson + limits[i].offset), rubric, limits[i].name, 1,
                       limits[i].most, error))
            return false;
    lesson->faults[0] = said(rubric, "fault");
    struct faults tried = { 0 };
    struct error why = { 0 };
    if (lesson->faults[0] && !faults_add(&tried, lesson->faults[0], &why))
        return wrong(error, rubric, "fault", why.text);
    return true;
}

/* --- what was handed in --- */

static void folder_of(char folder[PATH_MAX], const char *program)
{
    const char *slash = strrchr(program, '/');
    snprintf(folder, PATH_MAX, "%.*s", slash ? (int)(slash - program) : 1, slash ? program : ".");
}

static void list_file(struct text *t, const char *path, unsigned depth, const char *name)
{
    char digest[DIGEST_TEXT];
    struct error error;
    if (digest_file(digest, path, &error))
        text_format(t, "%u %s %s\n", depth, name, digest);
}

static void list_files(struct text *t, const char *folder, unsigned depth, unsigned *left)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, names_by_bytes);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat status;
        const char *name = entries[i]->d_name;
        int length = snprintf(path, sizeof path, "%s/%s", folder, name);
        bool real = strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && length < PATH_MAX && *left > 0;
        if (real && lstat(path, &status) == 0) {
            --*left;
            if (S_ISDIR(status.st_mode) && depth < DIGEST_DEPTH_MOST)
                list_files(t, path, depth + 1, left);
            else if (S_ISREG(status.st_mode))
                list_file(t, path, depth, name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void program_digest(char digest[DIGEST_TEXT], const struct submission *submission)
{
    char folder[PATH_MAX];
    struct text t = {0};
    unsigned left = DIGEST_FILES_MOST;
    folder_of(folder, submission->program);
    if (!submission->files)
        list_files(&t, folder, 0, &left);
    for (unsigned i = 0; submission->files && i < submission->file_count; i++)
        list_file(&t, submission->files[i], 0, submission->names[i]);
    digest[0] = 0;
    if (t.used && !t.failed)
        digest_bytes(digest, t.bytes, t.used);
    text_free(&t);
}

/* An executable file of this kind of machine, or a script. What it needs beyond that shows when it is run. */
static bool is_program(const char *program, const char *name, struct error *error)
{
    char head[HEAD] = { 0 };
    FILE *in = fopen(program, "rbe");
    size_t length = in ? fread(head, 1, sizeof head, in) : 0;
    if (in)
        fclose(in);
    if ((length == HEAD && memcmp(head, "\177ELF", HEAD) == 0) || (length >= 2 && memcmp(head, "#!", 2) == 0))
        return true;
    bool text = length && !memchr(head, 0, length);
    error_set(error, EXIT_UNREADABLE, "The file %.60s is no program: %s. %s in what the compiler made, under that "
              "name.", name,
              text ? "it is text that does not begin with #!" : "neither an executable file of Linux nor a script",
              text ? "Begin a script with #!/usr/bin/env python3, or whatever runs it; of sources, hand" : "Hand");
    return false;
}

/* --- the run --- */

/* Lines one after the other, each harmless: results have no lines of their own. */
static void set_wrote(struct result *result, const struct lesson_tale *tale)
{
    struct text t = {0};
    for (const char *at = tale->said; *at;) {
        size_t length = strcspn(at, "\n\t\r");
        text_string(&t, t.used && length ? " | " : "");
        text_bytes(&t, at, length);
        at += length + (at[length] != 0);
    }
    if (tale->said_more)
        text_format(&t, " ... and %llu bytes more", (unsigned long long)tale->said_more);
    if (t.used)
        result_text(&result->wrote, text_ended(&t));
    text_free(&t);
}

static bool keep_run(const struct lesson_place *place, const char *keep, struct error *error)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (!whole_copy(place->capture, keep, KEPT_MOST, error))
        return false;
    bool fits = calls_beside(from, sizeof from, place->capture) &&
                snprintf(to, sizeof to, "%s.calls.jsonl", keep) < (int)sizeof to;
    return !fits || whole_copy(from, to, KEPT_MOST, error);
}

static void set_undecidable(struct result *result, const char *why)
{
    for (unsigned i = 0; i < result->count; i++) {
        result->items[i].decided = true;
        result->items[i].status = GRADE_UNDECIDABLE;
        result_text(&result->items[i].reason, why);
    }
    result_text(&result->capture_problem, why);
}

/* A platform may have put a number behind the program's. */
static const char **names_of(const struct submission *submission, const char *program)
{
    const char **names = calloc(submission->file_count + 1u, sizeof *names);
    for (unsigned i = 0; names && i < submission->file_count; i++)
        names[i] = strcmp(submission->files[i], submission->program) == 0 ? program : submission->names[i];
    return names;
}

static bool run_it(struct program_run *run, const struct rubric *rubric, const struct submission *submission,
                   const struct student *student, struct lesson_tale *tale, struct error *error)
{
    char folder[PATH_MAX];
    struct lesson lesson;
    if (!program_lesson(&lesson, rubric, student, error) ||
        (!lesson.command && !is_program(submission->program, rubric->program, error)))
        return false;
    const char **names = names_of(submission, rubric->program);
    if (!names)
        return false;
    folder_of(folder, submission->program);
    lesson.program = folder;
    lesson.file = rubric->program;
    lesson.files = submission->files;
    lesson.names = names;
    lesson.file_count = submission->file_count;
    lesson.waited = run->waited;
    bool ran = lesson_place(&run->place, error) && lesson_run(&lesson, &run->place, tale, error);
    free(names);
    return ran;
}

bool program_begin(struct program_run *run, const struct rubric *rubric, const struct submission *submission,
                   const struct student *student, const char *keep, struct result *result)
{
    struct error error = { 0 };
    struct lesson_tale *tale = calloc(1, sizeof *tale);
    struct rubric hers = *rubric;
    hers.lab = tale ? rubric_lab(rubric, student, &error) : NULL;
    bool ran = hers.lab && run_it(run, &hers, submission, student, tale, &error);
    json_decref(hers.lab);
    if (ran) {
        result_format(&result->ran, "%s%s", tale->ended, tale->here ? " It ran over loopback." : "");
        set_wrote(result, tale);
        if (!tale->captured)
            set_undecidable(result, tale->why);
        else if (!keep || keep_run(&run->place, keep, &error))
            run->capture = keep ? keep : run->place.capture;
    }
    if (tale && !ran && !error.text[0])
        error_set(&error, EXIT_UNREADABLE, "The program could not be run.");
    if (error.text[0]) {
        result_text(&result->error, error.text);
        result->error_status = (uint8_t)error.status;
    }
    free(tale);
    return run->capture != NULL;
}

void program_end(struct program_run *run)
{
    lesson_forget(&run->place);
}

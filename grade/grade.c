/* Grading one submission: its hashes, its student, the workers, and what is left when they are done. */
#include "grade/grade.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "grade/digest.h"
#include "grade/program.h"
#include "grade/run.h"

/* A capture without frames, for a rubric whose answers need none. -1: errno. */
static int no_frames(char path[48])
{
    static const uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [18] = 4, [20] = 1 };
    int fd = memfd_create("no frames", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, header, sizeof header) != (ssize_t)sizeof header) {
        close(fd);
        fd = -1;
    }
    snprintf(path, 48, "/proc/%d/fd/%d", (int)getpid(), fd);     /* ours: the worker closes its own */
    return fd;
}

/* A program is run first: what was captured of it is what is graded. */
static const char *capture_of(struct program_run *run, const struct rubric *rubric, const struct submission *submission,
                              const struct student *student, const struct grade_options *options, struct result *result)
{
    if (!submission->program)
        return submission->capture;
    char digest[DIGEST_TEXT];
    program_digest(digest, submission);
    result_text(&result->program, submission->program);
    result_text(&result->program_sha256, digest);
    return program_begin(run, rubric, submission, student, options->keep, result) ? run->capture : NULL;
}

static void set_hash(char **text, const char *file)
{
    char digits[DIGEST_TEXT];
    struct error error;
    if (file && digest_file(digits, file, &error))
        result_text(text, digits);
}

/* Items that no worker came to: an error for each, with the same reason. */
static void close_items(struct result *result)
{
    for (unsigned i = 0; i < result->count; i++) {
        struct result_item *item = &result->items[i];
        if (item->decided)
            continue;
        item->decided = true;
        item->status = GRADE_ERROR;
        result_text(&item->reason, result->error ? result->error : "it was never come to");
    }
}

static void give_full_points(struct result *result)
{
    for (unsigned i = 0; i < result->count; i++) {
        struct result_item *item = &result->items[i];
        if (item->status == GRADE_UNDECIDABLE && item->points < item->most) {
            item->points = item->most;
            item->full = true;
        }
    }
}

static bool copy_declared(struct result *result, const struct result *declared)
{
    for (unsigned i = 0; i < declared->count; i++) {
        const struct result_item *from = &declared->items[i];
        struct result_item *to = result_add(result);
        if (!to)
            return false;
        to->line = from->line;
        to->most = from->most;
        to->visibility = from->visibility;
        to->status = GRADE_ERROR;
        char **texts[] = { &to->id, &to->number, &to->title, &to->type, &to->needs, &to->hint, &to->note };
        char *const values[] = { from->id, from->number, from->title, from->type, from->needs, from->hint, from->note };
        for (unsigned j = 0; j < sizeof texts / sizeof *texts; j++)
            result_text(texts[j], values[j]);
    }
    result_text(&result->title, declared->title);
    return true;
}

static bool asks(const struct rubric *rubric)
{
    for (unsigned i = 0; i < rubric->declared.count; i++)
        if (rubric->declared.items[i].type)
            return true;
    return false;
}

void grade_submission(const struct rubric *rubric, const struct submission *submission,
                      const struct grade_options *options,
                      struct result *result)
{
    nanoseconds began = clock_steady();
    struct student student;
    *result = (struct result){ 0 };
    const char *seed = options->seed ? options->seed : rubric->seed;
    student_find(&student, options->students, submission->student ? submission->student : submission->name, seed);
    result_text(&result->name, submission->name);
    result_text(&result->student, student.id);
    result_text(&result->unlisted, student.unlisted[0] ? student.unlisted : NULL);
    result_text(&result->answers, submission->answers);
    result_text(&result->unanswered, asks(rubric) ? submission->unanswered : NULL);
    result_text(&result->rubric, rubric->name);
    result_text(&result->rubric_sha256, rubric->sha256);
    result_text(&result->synfin, SYNFIN_VERSION);
    set_hash(&result->answers_sha256, submission->answers);
    copy_declared(result, &rubric->declared);
    atomic_llong own = 0, *waited = options->waited ? options->waited : &own;
    struct program_run program = { .place.user_lock = -1, .waited = waited };
    const char *capture = capture_of(&program, rubric, submission, &student, options, result);
    result_text(&result->capture, submission->program && !options->keep ? NULL : capture);
    set_hash(&result->capture_sha256, capture);
    char without[48];
    int empty = submission->alone ? no_frames(without) : -1;
    capture = empty >= 0 ? without : capture;
    struct run *run = run_new(rubric, options, result);
    struct text lines = {0};
    if (run && !capture && !submission->program) {
        result_text(&result->error, submission->missing ? submission->missing : "There is no capture.");
        result->error_status = EXIT_UNREADABLE;
    } else if (run && capture) {
        run->order.mode = options->answers ? WORKER_ANSWERS : WORKER_GRADE;
        run->order.capture = capture;
        run->order.over = submission->program != NULL;
        run->order.answers = submission->answers;
        run->order.student = &student;
        run->lines = options->said ? &lines : NULL;
        run_to_end(run, options->seconds ? options->seconds : GRADE_SECONDS);
    }
    if (options->said)
        fwrite(lines.bytes ? lines.bytes : "", 1, lines.used, options->said);
    text_free(&lines);
    free(run);
    if (empty >= 0)
        close(empty);
    program_end(&program);
    close_items(result);
    if (options->undecidable_full && !options->answers)
        give_full_points(result);
    result->seconds = (double)(clock_steady() - began - atomic_load(waited)) / (double)NS_PER_S;
}

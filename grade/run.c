#include "grade/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WALL_TIMES = 4, SAID_MOST = 400 };

/* --- time --- */

static double seconds_of(clockid_t clock)
{
    struct timespec now = { 0, 0 };
    clock_gettime(clock, &now);   /* of a process that has gone: 0 */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double processor_of(const struct run *run)
{
    return run->has_processor ? seconds_of(run->processor) : 0;
}

static void begin_time(struct run *run, unsigned seconds)
{
    run->seconds = seconds;
    run->began = seconds_of(CLOCK_MONOTONIC);
    run->began_processor = processor_of(run);
}

/* Seconds left of either time; 0 or less: over. */
static double time_left(const struct run *run)
{
    double processor = run->seconds - (processor_of(run) - run->began_processor);
    double wall = (double)run->seconds * WALL_TIMES - (seconds_of(CLOCK_MONOTONIC) - run->began);
    return processor < wall ? processor : wall;
}

/* --- starting and ending --- */

_Noreturn static void be_worker(struct run *run, int write_end)
{
    enum { PIPE = 3 };
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    if (write_end != PIPE)
        dup2(write_end, PIPE);
    close_range(PIPE + 1, ~0u, 0);
    run->order.pipe = PIPE;
    worker_run(&run->order);
}

static bool start(struct run *run)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    run->pid = fork();
    if (run->pid == 0)
        be_worker(run, ends[1]);
    close(ends[1]);
    if (run->pid < 0) {
        close(ends[0]);
        return false;
    }
    run->pipe = ends[0];
    run->has_processor = clock_getcpuclockid(run->pid, &run->processor) == 0;
    run->current = -1;
    run->ready = false;
    run->capture_read = false;
    run->declared = 0;
    return true;
}

static void end(struct run *run)
{
    kill(run->pid, SIGKILL);
    close(run->pipe);
    while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* --- messages --- */

/* So many bytes, in time. RUN_DIED: the worker ended. */
static enum run_end receive(struct run *run, char *bytes, size_t length)
{
    while (length) {
        double left = time_left(run);
        if (left <= 0)
            return RUN_TOO_LONG;
        struct pollfd ready = { .fd = run->pipe, .events = POLLIN };
        int polled = poll(&ready, 1, (int)(left * 1000) + 1);
        if (polled <= 0)
            continue;
        ssize_t got = read(run->pipe, bytes, length);
        if (got == 0 || (got < 0 && errno != EINTR))
            return RUN_DIED;
        if (got > 0) {
            bytes += got;
            length -= (size_t)got;
        }
    }
    return RUN_GOES_ON;
}

static char *copy_of(const json_t *object, const char *name)
{
    char *text = NULL;
    result_text(&text, json_string_value(json_object_get(object, name)));
    return text;
}

static void take_about(struct run *run, const json_t *object)
{
    const json_t *rubric = json_object_get(object, "rubric");
    struct rubric *about = run->about;
    if (!run->result->title)
        run->result->title = copy_of(rubric, "title");
    if (!about || about->lab)
        return;
    about->captures = copy_of(rubric, "captures");
    about->answers = copy_of(rubric, "answers");
    about->program = copy_of(rubric, "program");
    about->seed = copy_of(rubric, "seed");
    about->lab = json_incref(json_object_get(object, "lab"));
}

static void take_capture(struct run *run, const json_t *object)
{
    run->capture_read = true;
    run->result->frames = (uint64_t)json_integer_value(json_object_get(object, "frames"));
    run->result->complete = json_is_true(json_object_get(object, "complete"));
    if (!run->result->capture_problem)
        run->result->capture_problem = copy_of(object, "problem");
    if (!run->result->prints && json_string_length(json_object_get(object, "prints")))
        run->result->prints = copy_of(object, "prints");
}

/* Declared again by each worker: the first time counts, and the others must say the same. */
static bool take_declared(struct run *run, const json_t *object)
{
    struct result_item item;
    struct error error = { 0 };
    if (!result_item_read(&item, object, &error))
        return false;
    item.decided = false;         /* whatever it says */
    item.points = 0;
    unsigned place = run->declared++;
    if (place < run->result->count) {
        bool same = strcmp(run->result->items[place].id, item.id) == 0;
        result_item_free(&item);
        return same;
    }
    struct result_item *added = result_add(run->result);
    if (!added) {
        result_item_free(&item);
        return false;
    }
    *added = item;
    return true;
}

static bool take_result(struct run *run, const json_t *object)
{
    struct result_item item;
    struct error error = { 0 };
    if (run->current < 0 || !result_item_read(&item, object, &error))
        return false;
    struct result_item *place = &run->result->items[run->current];
    if (strcmp(place->id, item.id) != 0 || item.points > place->most) {
        result_item_free(&item);
        return false;
    }
    item.most = place->most;
    item.decided = true;
    item.seconds = seconds_of(CLOCK_MONOTONIC) - run->began;
    result_item_free(place);
    *place = item;
    run->current = -1;
    return true;
}

static bool take_begin(struct run *run, const char *text)
{
    unsigned long number = strtoul(text, NULL, 10);
    if (!run->ready || number >= run->result->count)
        return false;
    run->current = (int)number;
    return true;
}

static bool take_json(struct run *run, char kind, const char *bytes, size_t length)
{
    json_error_t problem;
    json_t *object = json_loadb(bytes, length, 0, &problem);
    bool well = object != NULL;
    if (well && kind == MESSAGE_ABOUT)
        take_about(run, object);
    else if (well && kind == MESSAGE_CAPTURE)
        take_capture(run, object);
    else if (well)
        well = kind == MESSAGE_DECLARED ? take_declared(run, object) : take_result(run, object);
    json_decref(object);
    return well;
}

static void take_line(struct run *run, const char *bytes, size_t length)
{
    if (!run->lines || run->said++ >= SAID_MOST)
        return;
    text_harmless(run->lines, bytes, length);
    text_char(run->lines, '\n');
}

static enum run_end take(struct run *run, char kind, size_t length, unsigned seconds)
{
    const char *bytes = run->message;
    bool well = true;
    switch (kind) {
    case MESSAGE_CAPTURE:
        begin_time(run, seconds);
        well = take_json(run, kind, bytes, length);
        break;
    case MESSAGE_ABOUT:
    case MESSAGE_DECLARED:
    case MESSAGE_RESULT:
        well = take_json(run, kind, bytes, length);
        break;
    case MESSAGE_READY:
        run->ready = true;
        break;
    case MESSAGE_BEGIN:
        begin_time(run, seconds);
        well = take_begin(run, bytes);
        break;
    case MESSAGE_SAID:
        take_line(run, bytes, length);
        break;
    case MESSAGE_MEMORY:
        return RUN_MEMORY;
    case MESSAGE_FINISHED:
        return run->ready ? RUN_FINISHED : RUN_DIED;
    case MESSAGE_ERROR:
    case MESSAGE_UNREADABLE:
        snprintf(run->error, sizeof run->error, "%.*s", (int)(length < RESULT_TEXT_MOST ? length : RESULT_TEXT_MOST),
                 bytes);
        return kind == MESSAGE_ERROR ? RUN_ERROR : RUN_UNREADABLE;
    default:
        well = false;
    }
    return well ? RUN_GOES_ON : RUN_DIED;
}

/* One worker from its start to its end. */
enum run_end run_worker(struct run *run, unsigned seconds)
{
    enum run_end ended;
    run->error[0] = 0;
    if (!start(run))
        return RUN_DIED;
    begin_time(run, GRADE_READ_SECONDS);
    do {
        unsigned char head[5];
        ended = receive(run, (char *)head, sizeof head);
        size_t length = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        if (ended == RUN_GOES_ON && length > MESSAGE_MOST)
            ended = RUN_DIED;
        if (ended == RUN_GOES_ON)
            ended = receive(run, run->message, length);
        if (ended == RUN_GOES_ON) {
            run->message[length] = 0;
            ended = take(run, (char)head[4], length, seconds);
        }
    } while (ended == RUN_GOES_ON);
    end(run);
    return ended;
}

/* --- what a worker's end means --- */

static void limit_words(const struct run *run, enum run_end ended, char *words, size_t room)
{
    if (ended == RUN_TOO_LONG)
        snprintf(words, room, "it took longer than %u s", run->seconds);
    else if (ended == RUN_MEMORY)
        snprintf(words, room, "it needs more than %u MiB", run->order.memory_mib);
    else
        snprintf(words, room, "the process that ran it ended before it was done");
}

/* The item that met a limit is an error, and the rest can go on. False: there is none, so nothing can. */
bool run_blame_item(struct run *run, enum run_end ended)
{
    if (run->current < 0)
        return false;
    struct result_item *item = &run->result->items[run->current];
    char words[100];
    limit_words(run, ended, words, sizeof words);
    item->decided = true;
    item->status = GRADE_ERROR;
    result_text(&item->reason, words);
    item->seconds = seconds_of(CLOCK_MONOTONIC) - run->began;
    return true;
}

void run_blame_whole(struct run *run, enum run_end ended)
{
    struct result *result = run->result;
    char words[100];
    if (ended == RUN_ERROR || ended == RUN_UNREADABLE) {
        result_text(&result->error, run->error);
        result->error_status = ended == RUN_ERROR ? EXIT_USAGE : EXIT_UNREADABLE;
        return;
    }
    limit_words(run, ended, words, sizeof words);
    if (run->capture_read)
        result_format(&result->error, "%s: while it was read, %s.", run->order.rubric->name, words);
    else
        result_format(&result->error, "The capture could not be read: %s.", words);
    result->error_status = run->capture_read ? EXIT_USAGE : EXIT_UNREADABLE;
}

/* Runs workers until all is decided. */
void run_to_end(struct run *run, unsigned seconds)
{
    for (;;) {
        run->order.so_far = run->result;
        enum run_end ended = run_worker(run, seconds);
        if (ended == RUN_FINISHED)
            return;
        if (ended == RUN_ERROR || !run_blame_item(run, ended)) {
            run_blame_whole(run, ended);
            return;
        }
    }
}

struct run *run_new(const struct rubric *rubric, const struct grade_options *options, struct result *result)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run) {
        result_text(&result->error, "There is not enough memory to begin.");
        result->error_status = EXIT_UNREADABLE;
        return NULL;
    }
    run->order.rubric = rubric;
    run->order.memory_mib = options && options->memory_mib ? options->memory_mib : GRADE_MEMORY_MIB;
    run->result = result;
    return run;
}

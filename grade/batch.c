/* The parent of a batch: it reads nothing that was handed in. It forks from the little that it holds, waits, and
 * counts. */
#include "grade/batch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitized.h"
#include "base/signals.h"
#include "grade/progress.h"

/* A submission at work. */
struct slot {
    pid_t pid;                    /* of it, and of its process group; 0: free */
    unsigned entry;
    nanoseconds since;            /* by the steady clock */
    bool too_long;                /* it was ended for that */
    bool broken;                  /* this is the second process, which only writes why the first one ended */
};

struct batch {
    const struct rubric *rubric;
    const struct batch_list *list;
    const struct batch_options *options;
    struct marks marks;
    struct batch_counts *counts;
    struct slot slots[BATCH_JOBS_MOST];
    atomic_llong *waited;         /* of each slot, in memory that its process shares */
    unsigned jobs, busy;
    unsigned next;                /* of the list */
    unsigned done;
    int signals, children;        /* descriptors */
    sigset_t before;              /* signals blocked by whoever called */
    struct progress progress;
};

static unsigned wall_seconds(const struct batch *b)
{
    return b->options->wall_seconds ? b->options->wall_seconds : BATCH_WALL_SECONDS;
}

/* --- the child --- */

static void limit(enum __rlimit_resource what, rlim_t most)
{
    struct rlimit both = { most, most };
    setrlimit(what, &both);
}

static void set_limits(const struct batch_options *o)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, o->cpu_seconds ? o->cpu_seconds : BATCH_CPU_SECONDS);
    limit(RLIMIT_FSIZE, (rlim_t)BATCH_FILE_MIB << 20);
    if (!SANITIZED)
        limit(RLIMIT_AS, (rlim_t)(o->memory_mib ? o->memory_mib : BATCH_MEMORY_MIB) << 20);
}

/* Ends with its parent; in a group of its own, so that all of it can be ended. */
_Noreturn static void child(struct batch *b, const struct slot *slot, pid_t parent, const char *broken)
{
    const struct batch_job job = { .rubric = b->rubric, .entry = &b->list->entries[slot->entry], .options = b->options,
                                   .marks = &b->marks, .broken = broken,
                                   .waited = &b->waited[slot - b->slots] };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() != parent)
        _exit(BATCH_UNWRITTEN);
    sigprocmask(SIG_SETMASK, &b->before, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    set_limits(b->options);
    _exit((int)batch_one(&job));
}

static bool start(struct batch *b, struct slot *slot, unsigned entry, const char *broken)
{
    pid_t parent = getpid();
    *slot = (struct slot){ .entry = entry, .since = clock_steady(), .broken = broken != NULL };
    atomic_store(&b->waited[slot - b->slots], 0);
    pid_t pid = fork();
    if (pid == 0)
        child(b, slot, parent, broken);
    if (pid < 0)
        return false;
    setpgid(pid, pid);            /* whoever of the two comes first */
    slot->pid = pid;
    b->busy++;
    return true;
}

/* --- the parent --- */

static void finished(struct batch *b)
{
    b->done++;
    progress_tell(&b->progress, b->done, b->counts->errors);
}

/* What ended a process that did not end as it should, as a sentence for its result. */
static void why_ended(char *why, size_t room, const struct batch *b, const struct slot *slot, int status)
{
    unsigned cpu = b->options->cpu_seconds ? b->options->cpu_seconds : BATCH_CPU_SECONDS;
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (slot->too_long)
        snprintf(why, room, "grading took longer than %u s and was ended", wall_seconds(b));
    else if (number == SIGXCPU || (number == SIGKILL && !slot->too_long))
        snprintf(why, room, "grading was ended by the system: more than %u s of the processor, or no memory", cpu);
    else if (number == SIGXFSZ)
        snprintf(why, room, "grading was ended: it wrote a file of more than %d MiB", BATCH_FILE_MIB);
    else if (number)
        snprintf(why, room, "the program itself failed on this submission (%s): please report it, with the capture",
                 strsignal(number));
    else
        snprintf(why, room, "the program itself ended with status %d on this submission", WEXITSTATUS(status));
}

static void count_end(struct batch *b, int code)
{
    switch ((enum batch_end)code) {
    case BATCH_KEPT: b->counts->kept++; break;
    case BATCH_UNWRITTEN: b->counts->unwritten++; break;
    case BATCH_ERROR: b->counts->errors++; b->counts->graded++; break;
    default: b->counts->graded++; break;
    }
}

static void ended(struct batch *b, struct slot *slot, int status)
{
    unsigned entry = slot->entry;
    bool broken = slot->broken, as_it_should = WIFEXITED(status) && WEXITSTATUS(status) < BATCH_END_COUNT;
    char why[300];
    kill(-slot->pid, SIGKILL);    /* what it left behind */
    b->busy--;
    slot->pid = 0;
    if (as_it_should) {
        count_end(b, WEXITSTATUS(status));
        b->counts->ended += broken;
        finished(b);
        return;
    }
    why_ended(why, sizeof why, b, slot, status);
    if (!broken && start(b, slot, entry, why))
        return;
    b->counts->unwritten++;
    finished(b);
}

static void reap(struct batch *b)
{
    struct signalfd_siginfo info;
    while (read(b->children, &info, sizeof info) > 0)
        ;
    for (unsigned i = 0; i < b->jobs; i++) {
        struct slot *slot = &b->slots[i];
        int status;
        if (slot->pid && waitpid(slot->pid, &status, WNOHANG) == slot->pid)
            ended(b, slot, status);
    }
}

static void end_the_late(struct batch *b)
{
    nanoseconds now = clock_steady();
    for (unsigned i = 0; i < b->jobs; i++) {
        struct slot *slot = &b->slots[i];
        nanoseconds own = now - slot->since - atomic_load(&b->waited[i]);
        if (slot->pid && !slot->too_long && own > (nanoseconds)wall_seconds(b) * NS_PER_S) {
            slot->too_long = true;
            kill(-slot->pid, SIGKILL);
        }
    }
}

bool batch_is_mine(const struct batch_options *o, unsigned entry)
{
    return o->shards == 0 || entry % o->shards == o->shard - 1;
}

static bool mine(const struct batch *b, unsigned entry)
{
    return batch_is_mine(b->options, entry);
}

/* The next of this shard; false: there is none. */
static bool next(struct batch *b, unsigned *entry)
{
    while (b->next < b->list->count && !mine(b, b->next))
        b->next++;
    *entry = b->next;
    return b->next < b->list->count;
}

static void start_some(struct batch *b)
{
    unsigned entry;
    for (unsigned i = 0; i < b->jobs && next(b, &entry); i++)
        if (!b->slots[i].pid) {
            if (!start(b, &b->slots[i], entry, NULL)) {
                if (b->busy)      /* no process to be had now: when one has ended */
                    return;
                b->counts->unwritten++;
                finished(b);
            }
            b->next++;
        }
}

static void stop_all(struct batch *b)
{
    for (unsigned i = 0; i < b->jobs; i++)
        if (b->slots[i].pid) {
            kill(-b->slots[i].pid, SIGKILL);
            waitpid(b->slots[i].pid, NULL, 0);
        }
}

static void loop(struct batch *b)
{
    unsigned entry;
    while (!b->counts->signal && (next(b, &entry) || b->busy)) {
        start_some(b);
        struct pollfd polled[] = { { .fd = b->children, .events = POLLIN }, { .fd = b->signals, .events = POLLIN } };
        poll(polled, 2, 200);     /* now and then for the bar, and for who takes too long */
        if (polled[1].revents)
            b->counts->signal = signals_next(b->signals);
        reap(b);
        end_the_late(b);
        progress_draw(&b->progress);
    }
    stop_all(b);
}

/* --- before and after --- */

/* What a batch that was killed left half written: only of the entries that are this shard's. */
static void remove_parts(const struct batch *b)
{
    DIR *folder = opendir(b->options->out);
    for (struct dirent *file; folder && (file = readdir(folder));) {
        size_t length = strlen(file->d_name);
        if (file->d_name[0] != '.' || length < 6 || strcmp(file->d_name + length - 5, ".part") != 0)
            continue;
        for (unsigned i = 0; i < b->list->count; i++) {
            const char *safe = b->list->entries[i].safe;
            size_t name = strlen(safe);
            if (mine(b, i) && strncmp(file->d_name + 1, safe, name) == 0 && file->d_name[1 + name] == '.') {
                unlinkat(dirfd(folder), file->d_name, 0);
                break;
            }
        }
    }
    if (folder)
        closedir(folder);
}

static bool open_folder(const struct batch_options *o, struct marks *marks, struct error *error)
{
    struct stat status;
    struct text file = {0};
    if (mkdir(o->out, 0777) < 0 && errno != EEXIST) {
        error_set(error, EXIT_OUTPUT, "The folder %.200s cannot be made: %s.", o->out, strerror(errno));
        return false;
    }
    if (stat(o->out, &status) < 0 || !S_ISDIR(status.st_mode) || access(o->out, W_OK | X_OK) < 0) {
        error_set(error, EXIT_OUTPUT, "%.200s is no folder that results can be written into.", o->out);
        return false;
    }
    if (o->another && o->format != FORMAT_JSON) {
        text_format(&file, "%s/%s", o->out, grade_format_names[o->format]);
        mkdir(text_ended(&file), 0777);      /* that it cannot be is told by the first who writes there */
        file.used = 0;
    }
    text_format(&file, "%s/marks.csv", o->out);
    bool well = marks_load(marks, text_ended(&file), error);
    text_free(&file);
    return well;
}

static void open_signals(struct batch *b)
{
    sigset_t child_ends;
    sigemptyset(&child_ends);
    sigaddset(&child_ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ends, &b->before);
    b->children = signalfd(-1, &child_ends, SFD_CLOEXEC | SFD_NONBLOCK);
    b->signals = signals_caught();
}

static void close_signals(struct batch *b)
{
    close(b->children);
    close(b->signals);
    sigprocmask(SIG_SETMASK, &b->before, NULL);
}

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    marks_free(&b->marks);
    munmap(b->waited, BATCH_JOBS_MOST * sizeof *b->waited);
    free(b);
}

static struct batch *batch_new(void)
{
    struct batch *b = calloc(1, sizeof *b);
    void *shared = mmap(NULL, BATCH_JOBS_MOST * sizeof *b->waited, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
    if (b && shared != MAP_FAILED) {
        b->waited = shared;
        return b;
    }
    if (shared != MAP_FAILED)
        munmap(shared, BATCH_JOBS_MOST * sizeof *b->waited);
    free(b);
    return NULL;
}

enum exit_status batch_run(const struct rubric *rubric, const struct batch_list *list,
                           const struct batch_options *options, struct batch_counts *counts, struct error *error)
{
    struct batch *b = batch_new();
    *counts = (struct batch_counts){ 0 };
    if (!b)
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    if (!b || !open_folder(options, &b->marks, error)) {
        batch_free(b);
        return error->status;
    }
    nanoseconds begun = clock_steady();
    b->rubric = rubric;
    b->list = list;
    b->options = options;
    b->counts = counts;
    b->jobs = options->jobs == 0 ? 1 : options->jobs < BATCH_JOBS_MOST ? options->jobs : BATCH_JOBS_MOST;
    for (unsigned i = 0; i < list->count; i++)
        counts->total += mine(b, i);
    remove_parts(b);
    open_signals(b);
    progress_begin(&b->progress, options->progress, counts->total);
    loop(b);
    progress_end(&b->progress);
    close_signals(b);
    counts->seconds = (double)(clock_steady() - begun) / NS_PER_S;
    if (counts->signal)
        error_set(error, EXIT_OUTPUT, "Stopped by a signal (%s): %u of %u have a result. The same command with "
                  "--resume goes on.", strsignal(counts->signal), b->done - counts->unwritten, counts->total);
    else if (counts->unwritten)
        error_set(error, EXIT_OUTPUT, "%u of %u results could not be written.", counts->unwritten, counts->total);
    batch_free(b);
    return counts->signal || counts->unwritten ? EXIT_OUTPUT : EXIT_DONE;
}

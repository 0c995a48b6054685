#include "traffic/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/privileges.h"
#include "traffic/deny.h"
#include "traffic/record.h"
#include "traffic/refused.h"

enum { CALLS = 3, DESCRIPTORS, EXIT_NOT_STARTED = 127, MOVED = 64, PROCESSES_MOST = 1024, POLL_MOST_S = 3600 };

struct kept {
    unsigned program;
    pid_t pid;                    /* 0: this place is free */
    nanoseconds end;              /* by the steady clock; 0: no limit */
    bool timed_out;
};

struct keeper {
    struct kept kept[LAB_PROGRAMS];
    bool here;
    const struct lab_walls *walls;
    pid_t wire;
    int children;                 /* signalfd */
    struct {
        struct keeper_request request;
        char bytes[LAB_WORDS_ROOM];
    } asked;
};

static void tell(const struct keeper_notice *notice)
{
    send(KEEPER_CONTROL, notice, sizeof *notice, MSG_NOSIGNAL);
}

static void tell_program(enum lab_notice_kind kind, unsigned program, int status, bool timed_out)
{
    tell(&(struct keeper_notice){
        .notice = { .kind = kind, .program = program, .status = status, .timed_out = timed_out },
    });
}

/* --- what a program of the lab may --- */

bool keeper_give_up_rights(void)
{
    struct error error;
    /* Without these root in the namespace would get its capabilities back from execve(). */
    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && privileges_drop(&error) && deny_user_namespaces();
}

/* --- the wire --- */

static _Noreturn void be_the_wire(const struct keeper_start *start, int lifeline)
{
    const int sockets[LAB_ENDS] = { KEEPER_WIRE_CLIENT, KEEPER_WIRE_SERVER };
    prctl(PR_SET_NAME, "synfin-wire");
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);       /* a program has no more to do with it than with its frames */
    for (int fd = KEEPER_CONTROL; fd <= KEEPER_SERVER; fd++)
        close(fd);
    bool good = keeper_give_up_rights() && wire_run(sockets, start->wire, start->page, lifeline);
    _exit(good ? 0 : 1);
}

/* The lifeline's other end stays open in the keeper, and is never written to. */
static bool start_wire(struct keeper *k, const struct keeper_start *start)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    k->wire = fork();
    if (k->wire == 0) {
        close(ends[1]);
        be_the_wire(start, ends[0]);
    }
    close(ends[0]);
    close(KEEPER_WIRE_CLIENT);
    close(KEEPER_WIRE_SERVER);
    return k->wire > 0;
}

/* --- programs --- */

/* fd[] are the caller's, above all targets. */
static void take_descriptors(const int fd[DESCRIPTORS], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        dup2(fd[i], (int)i);
    close_range(count < 3 ? 3 : count, ~0u, 0);
}

static void signals_as_usual(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

struct program {
    const struct keeper_request *request;
    const char *bytes;
    const struct lab_walls *walls;    /* NULL: none */
};

/* One that starts others without end hits the lab, not its host. (Root's own processes are not counted by the
 * kernel.) */
static void bound_processes(void)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_NPROC, &most) == 0 && (most.rlim_max == RLIM_INFINITY || most.rlim_max > PROCESSES_MOST)) {
        most.rlim_cur = most.rlim_max = PROCESSES_MOST;
        setrlimit(RLIMIT_NPROC, &most);
    }
}

/* In the process that is the program: its exit status, where it is none that was executed. */
static int program_run(void *self)
{
    const struct program *program = self;
    const struct keeper_request *r = program->request;
    const char *bytes = program->bytes;
    if (r->run) {
        prctl(PR_SET_NAME, lab_end_names[r->end]);
        return r->run(bytes, r->length);
    }
    char **words = calloc(r->words + 1, sizeof *words);
    for (unsigned i = 0; words && i < r->words; i++) {
        words[i] = (char *)(uintptr_t)bytes;
        bytes += strlen(bytes) + 1;
    }
    if (!program->walls)
        bound_processes();
    else if (!walls_limit(program->walls))
        return WALLS_FAILED;
    if (words)
        execvp(words[0], words);
    fprintf(stderr, "%s: %s\n", words ? words[0] : "synfin", strerror(errno));
    return EXIT_NOT_STARTED;
}

/* Or the recorder, whose child the program is then. Walls stand around commands: what runs here is our own. */
static _Noreturn void be_program(const struct keeper *k, const struct keeper_request *r, const char *bytes,
                                 const int fd[DESCRIPTORS], unsigned fds)
{
    int network = r->end == LAB_CLIENT ? KEEPER_CLIENT : KEEPER_SERVER;
    const struct lab_walls *walls = k->walls && !r->run && k->walls->end == r->end ? k->walls : NULL;
    struct program program = { .request = r, .bytes = bytes, .walls = walls };
    setsid();
    signals_as_usual();
    bool placed = k->here || (setns(network, CLONE_NEWNET) == 0 && (!walls || walls_own_processes()));
    take_descriptors(fd, fds);
    if (placed && walls && !walls_raise(walls, k->here))
        _exit(WALLS_FAILED);
    if (!placed || !keeper_give_up_rights())
        _exit(EXIT_NOT_STARTED);
    prctl(PR_SET_PDEATHSIG, SIGKILL);         /* after the rights: giving them up takes it back */
    setenv("SYNFIN_LAB", lab_end_names[r->end], 1);
    if (fds > CALLS)
        record_run(CALLS, r->hold, program_run, &program);
    _exit(program_run(&program));
}

static struct kept *place_of(struct keeper *k, unsigned program)
{
    for (unsigned i = 0; i < LAB_PROGRAMS; i++)
        if (program ? k->kept[i].pid && k->kept[i].program == program : !k->kept[i].pid)
            return &k->kept[i];
    return NULL;
}

static void start_program(struct keeper *k, const struct keeper_request *r, const int fd[DESCRIPTORS], unsigned fds)
{
    struct kept *kept = place_of(k, 0);
    pid_t pid = -1;
    errno = EAGAIN;
    if (kept && fds >= 3)
        pid = fork();
    if (pid == 0)
        be_program(k, r, k->asked.bytes, fd, fds);
    if (pid < 0) {
        tell_program(LAB_PROGRAM_FAILED, r->program, errno, false);
        return;
    }
    *kept = (struct kept){ .program = r->program, .pid = pid, .end = r->limit ? clock_steady() + r->limit : 0 };
}

/* Its group, or itself where it has not yet come to having one. */
static void signal_program(const struct kept *kept, int signal_number)
{
    if (kill(-kept->pid, signal_number) < 0)
        kill(kept->pid, signal_number);
}

/* One request, or the end. */
static bool take_request(struct keeper *k)
{
    union {
        char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct iovec io = { .iov_base = &k->asked, .iov_len = sizeof k->asked };
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room,
    };
    ssize_t length = recvmsg(KEEPER_CONTROL, &message, MSG_CMSG_CLOEXEC);
    if (length <= 0)
        return length < 0 && errno == EINTR;
    int fd[DESCRIPTORS];
    unsigned fds = 0;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (c && c->cmsg_type == SCM_RIGHTS)
        for (; fds < DESCRIPTORS && CMSG_LEN((fds + 1) * sizeof *fd) <= c->cmsg_len; fds++) {
            int given;
            memcpy(&given, CMSG_DATA(c) + fds * sizeof given, sizeof given);
            fd[fds] = fcntl(given, F_DUPFD_CLOEXEC, MOVED);
            close(given);
        }
    const struct keeper_request *r = &k->asked.request;
    const struct kept *kept = place_of(k, r->program);
    if (r->signal_number && kept)
        signal_program(kept, r->signal_number);
    else if (!r->signal_number)
        start_program(k, r, fd, fds);
    for (unsigned i = 0; i < fds; i++)
        close(fd[i]);
    return true;
}

/* Also those that were left to us by a parent that ended before them. */
static void reap(struct keeper *k)
{
    struct signalfd_siginfo info;
    while (read(k->children, &info, sizeof info) > 0)
        ;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == k->wire)
            tell_program(LAB_WIRE_ENDED, 0, status, false);
        for (unsigned i = 0; i < LAB_PROGRAMS; i++)
            if (k->kept[i].pid == pid) {
                tell_program(LAB_PROGRAM_ENDED, k->kept[i].program, status, k->kept[i].timed_out);
                k->kept[i].pid = 0;
            }
    }
}

/* Milliseconds until the next one's time is over; -1: none has a limit. */
static int end_late_ones(struct keeper *k)
{
    nanoseconds now = clock_steady(), next = INT64_MAX;
    for (unsigned i = 0; i < LAB_PROGRAMS; i++) {
        struct kept *kept = &k->kept[i];
        if (!kept->pid || !kept->end || kept->timed_out)
            continue;
        if (kept->end <= now) {
            kept->timed_out = true;
            signal_program(kept, SIGKILL);
        } else if (kept->end < next) {
            next = kept->end;
        }
    }
    if (next == INT64_MAX)
        return -1;
    return next - now < POLL_MOST_S * NS_PER_S ? (int)((next - now) / NS_PER_MS + 1) : POLL_MOST_S * 1000;
}

/* --- the beginning --- */

/* Moves what it needs to its places, and closes all else that its parent had open. */
static bool arrange_descriptors(const struct keeper_start *start)
{
    int moved[KEEPER_FDS];
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = KEEPER_CONTROL; fd < KEEPER_FDS; fd++)
        if ((moved[fd] = fcntl(start->fd[fd], F_DUPFD_CLOEXEC, MOVED)) < 0 && start->fd[fd] >= 0)
            return false;
    for (int fd = 0; fd < KEEPER_CONTROL; fd++)
        if (nothing < 0 || dup2(nothing, fd) < 0)
            return false;
    for (int fd = KEEPER_CONTROL; fd < KEEPER_FDS; fd++)
        if (moved[fd] < 0)
            close(fd);
        else if (dup3(moved[fd], fd, O_CLOEXEC) < 0)
            return false;
    return close_range(KEEPER_FDS, ~0u, 0) == 0;
}

/* A /proc that knows the lab's processes by their own numbers; a container may refuse it, and then it is the host's.
 * Segments, semaphores and message queues are the lab's, and end with it; POSIX queues are seen where a host shows
 * its own. */
static bool own_mounts(void)
{
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return false;
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    return true;
}

static bool watch_children(struct keeper *k)
{
    sigset_t all, child;
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);
    k->children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    return k->children >= 0;
}

static enum lab_step begin(struct keeper *k, const struct keeper_start *start)
{
    k->here = start->here;
    k->walls = start->walls;
    prctl(PR_SET_NAME, k->here ? "synfin-local" : KEEPER_NAME);
    if (k->here)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);       /* whoever joins reads /proc/PID */
    prctl(PR_SET_PDEATHSIG, SIGKILL);         /* whoever died before this has closed the control socket */
    setsid();
    if (!arrange_descriptors(start) || !watch_children(k))
        return STEP_PROCESS;
    if (k->here)
        return STEP_NONE;
    if (!own_mounts())
        return STEP_MOUNT;
    return start_wire(k, start) ? STEP_NONE : STEP_PROCESS;
}

_Noreturn void keeper_run(const struct keeper_start *start)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (!k)
        _exit(1);
    errno = 0;
    enum lab_step failed = begin(k, start);
    tell(&(struct keeper_notice){ .ready = failed == STEP_NONE, .failed_step = (int)failed, .notice.status = errno });
    struct pollfd polled[] = {
        { .fd = KEEPER_CONTROL, .events = POLLIN }, { .fd = k->children, .events = POLLIN },
    };
    while (failed == STEP_NONE) {
        poll(polled, 2, end_late_ones(k));
        if (polled[0].revents && !take_request(k))
            break;
        if (polled[1].revents)
            reap(k);
    }
    for (unsigned i = 0; k->here && i < LAB_PROGRAMS; i++)
        if (k->kept[i].pid)
            signal_program(&k->kept[i], SIGKILL);
    _exit(failed == STEP_NONE ? 0 : 1);       /* and the kernel ends all that is left in the namespace */
}

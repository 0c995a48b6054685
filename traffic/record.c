/* The recorder: its beginning, its loop, its end. */
#include "traffic/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic/record_parts.h"

enum { EXIT_NOT_STARTED = 127 };

/* The pipes between the recorder and the child that becomes the program. */
struct start {
    int go[2];                    /* to the child: one byte, whether it is traced */
    int problem[2];               /* from the child: errno where it cannot be filtered */
    sigset_t mask;                /* the program's */
    int (*program)(void *self);
    void *self;
};

/* --- the child --- */

static bool filter_calls(void)
{
    struct sock_filter filter[FILTER_ROOM];
    const struct sock_fprog program = { .len = (unsigned short)record_filter(filter), .filter = filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static _Noreturn void be_program(const struct start *s, int socket)
{
    char traced = 0;
    close(socket);
    close(s->go[1]);
    close(s->problem[0]);
    setsid();
    if (read(s->go[0], &traced, 1) != 1 || !traced)
        prctl(PR_SET_PDEATHSIG, SIGKILL);     /* where it is traced the kernel sees to it */
    close(s->go[0]);
    sigprocmask(SIG_SETMASK, &s->mask, NULL);
    if (traced && !filter_calls()) {
        int why = errno;
        if (write(s->problem[1], &why, sizeof why) < 0)
            _exit(EXIT_NOT_STARTED);
    }
    close(s->problem[1]);
    _exit(s->program(s->self));
}

/* --- the beginning --- */

static bool seize(pid_t child)
{
    const unsigned long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
                                  | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT
                                  | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    errno = ENOSYS;
    return record_architecture() && ptrace(PTRACE_SEIZE, child, NULL, options) == 0;
}

/* Signals are the program's; what is sent to the recorder is passed on. */
static bool take_signals(struct recorder *r, struct start *s)
{
    sigset_t all;
    sigfillset(&all);
    signal(SIGCHLD, SIG_DFL);
    return sigprocmask(SIG_SETMASK, &all, &s->mask) == 0
           && (r->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)) >= 0;
}

/* What the program has open is not kept open by the recorder: pipes end when it ends them. */
static void keep_only(const int *kept, unsigned count)
{
    for (unsigned at = 0, next = 0; next != ~0u; at = next + 1) {
        next = ~0u;
        for (unsigned i = 0; i < count; i++)
            if ((unsigned)kept[i] >= at && (unsigned)kept[i] < next)
                next = (unsigned)kept[i];
        if (at < next)
            close_range(at, next - 1, 0);
    }
}

static bool begin(struct recorder *r, struct start *s)
{
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);       /* or nobody may look into it where synfin's file has capabilities */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (pipe2(s->go, O_CLOEXEC) < 0 || pipe2(s->problem, O_CLOEXEC | O_NONBLOCK) < 0 || !take_signals(r, s))
        return false;
    r->program = fork();
    if (r->program == 0) {
        close(r->signals);
        be_program(s, r->socket);
    }
    if (r->program < 0)
        return false;
    close(s->go[0]);
    close(s->problem[1]);
    r->problem = s->problem[0];
    char traced = seize(r->program);
    if (!traced)
        tell(r, RECORDED_REFUSED, NULL, NULL, errno);
    ssize_t written = write(s->go[1], &traced, 1);
    close(s->go[1]);
    keep_only((int[]){ r->socket, r->signals, r->problem }, 3);
    prctl(PR_SET_NAME, RECORDER_NAME);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);       /* the program may not look into it, nor speak in its name */
    return written == 1;
}

/* --- the loop --- */

/* False: nothing is left that could end. */
static bool take_ends(struct recorder *r)
{
    int status;
    pid_t thread;
    while ((thread = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
        take_status(r, thread, status);
    return thread == 0;
}

static void pass_signals_on(struct recorder *r)
{
    struct signalfd_siginfo info;
    while (read(r->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        int number = (int)info.ssi_signo;
        if (number != SIGCHLD && kill(-r->program, number) < 0)
            kill(r->program, number);
    }
}

static void take_leaves(struct recorder *r)
{
    uint32_t number;
    ssize_t length;
    while ((length = recv(r->socket, &number, sizeof number, MSG_DONTWAIT)) == (ssize_t)sizeof number)
        take_leave(r, number);
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
        r->gone = true;
}

static void take_problem(struct recorder *r)
{
    int why;
    if (read(r->problem, &why, sizeof why) == (ssize_t)sizeof why)
        tell(r, RECORDED_REFUSED, NULL, NULL, why);
    close(r->problem);
    r->problem = -1;
}

static void loop(struct recorder *r)
{
    while (take_ends(r)) {
        struct pollfd polled[] = {
            { .fd = r->signals, .events = POLLIN },
            { .fd = r->hold && !r->gone ? r->socket : -1, .events = POLLIN },
            { .fd = r->problem, .events = POLLIN },
        };
        poll(polled, sizeof polled / sizeof *polled, look_later(r));
        if (polled[0].revents)
            pass_signals_on(r);
        if (polled[1].revents)
            take_leaves(r);
        if (polled[2].revents)
            take_problem(r);
        if (r->gone && r->hold) {
            r->hold = false;
            take_leave(r, 0);
        }
    }
}

/* --- the end --- */

static _Noreturn void end_as(int status)
{
    const struct rlimit none = { 0 };
    sigset_t all;
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    sigfillset(&all);
    raise(WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    _exit(EXIT_NOT_STARTED);
}

_Noreturn void record_run(int socket, bool hold, int (*program)(void *self), void *self)
{
    struct recorder r = { .socket = socket, .hold = hold, .problem = -1 };
    struct start start = { .program = program, .self = self };
    if (!begin(&r, &start))
        _exit(EXIT_NOT_STARTED);
    loop(&r);
    end_as(r.status);
}

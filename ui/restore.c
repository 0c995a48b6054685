#include "ui/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A signal handler has no argument of its own, and neither has one of atexit(): whose terminal is to be given back. */
static struct restore *volatile taken;

/* Ends a sequence that was cut off in its middle, even one that takes a string. */
#define STRING_TERMINATOR "\033\\"

enum { PATIENCE = 300, WRITE_AT_ONCE = 1024 };

static const int deadly[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGPIPE, SIGALRM, SIGTERM,
    SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ,
};

bool restore_write(int fd, const char *bytes, size_t length, int patience)
{
    while (length) {
        struct pollfd ready = { .fd = fd, .events = POLLOUT };
        int count = poll(&ready, 1, patience);
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        if (count < 0)
            continue;
        ssize_t written = write(fd, bytes, length < WRITE_AT_ONCE ? length : WRITE_AT_ONCE);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static void give_back(struct restore *r)
{
    if (!r || !r->held || getpid() != r->owner)
        return;
    r->held = 0;
    restore_write(r->fd, STRING_TERMINATOR, sizeof STRING_TERMINATOR - 1, PATIENCE);
    restore_write(r->fd, r->leave, r->leave_length, PATIENCE);
    tcsetattr(r->fd, TCSANOW, &r->before);
}

static void give_back_at_exit(void)
{
    give_back(taken);
}

/* A fault comes again when its instruction is run again, and then with its address; others are sent again. */
static bool comes_again(const siginfo_t *info)
{
    switch (info->si_signo) {
    case SIGILL: case SIGBUS: case SIGFPE: case SIGSEGV: return info->si_code > 0;
    default: return false;
    }
}

static void die(int number, siginfo_t *info, void *context)
{
    (void)context;
    int saved = errno;
    struct restore *r = taken;
    give_back(r);
    struct sigaction before = { .sa_handler = SIG_DFL };
    for (unsigned i = 0; r && i < r->caught_count; i++)
        if (r->caught[i].number == number)
            before = r->caught[i].before;
    sigaction(number, &before, NULL);
    if (!comes_again(info))
        raise(number);            /* blocked until this handler is left */
    errno = saved;
}

static void wake(int number)
{
    int saved = errno;
    struct restore *r = taken;
    if (r && getpid() == r->owner) {
        if (number == SIGWINCH)
            r->resized = 1;
        else if (number == SIGCONT)
            r->continued = 1;
        else
            r->stopping = 1;
        ssize_t ignored = write(r->pipe[1], "", 1);   /* full: then the loop wakes anyway */
        (void)ignored;
    }
    errno = saved;
}

/* A signal that is ignored stays so: nohup, or a shell without job control. */
static void catch_signal(struct restore *r, int number, const struct sigaction *action)
{
    struct sigaction before;
    if (r->caught_count >= RESTORE_SIGNALS_MAX || sigaction(number, NULL, &before) != 0)
        return;
    bool ignored = !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_IGN;
    if (ignored || sigaction(number, action, NULL) != 0)
        return;
    r->caught[r->caught_count].number = number;
    r->caught[r->caught_count++].before = before;
}

static void catch_signals(struct restore *r)
{
    struct sigaction waking = { .sa_handler = wake, .sa_flags = SA_RESTART };
    sigfillset(&waking.sa_mask);
    catch_signal(r, SIGWINCH, &waking);
    catch_signal(r, SIGTSTP, &waking);
    catch_signal(r, SIGCONT, &waking);
    struct sigaction dying = { .sa_sigaction = die, .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK) };
    sigfillset(&dying.sa_mask);
    for (unsigned i = 0; i < sizeof deadly / sizeof *deadly; i++)
        catch_signal(r, deadly[i], &dying);
}

static void take_stack(struct restore *r)
{
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE))
        return;
    r->stack = malloc(RESTORE_STACK);
    stack_t stack = { .ss_sp = r->stack, .ss_size = RESTORE_STACK };
    if (r->stack && sigaltstack(&stack, NULL) != 0) {
        free(r->stack);
        r->stack = NULL;
    }
}

bool restore_begin(struct restore *r, int fd)
{
    *r = (struct restore){ .fd = fd, .owner = getpid() };
    if (tcgetattr(fd, &r->before) != 0 || pipe2(r->pipe, O_NONBLOCK | O_CLOEXEC) != 0)
        return false;
    taken = r;
    atexit(give_back_at_exit);
    take_stack(r);
    catch_signals(r);
    return true;
}

void restore_leave_with(struct restore *r, const char *bytes, size_t length)
{
    if (length > RESTORE_LEAVE_MAX - r->leave_length)
        return;
    memcpy(r->leave + r->leave_length, bytes, length);
    r->leave_length += length;
}

void restore_hold(struct restore *r, bool held)
{
    r->held = held;
}

static bool is_ours(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ? action->sa_sigaction == die : action->sa_handler == wake;
}

void restore_end(struct restore *r)
{
    r->held = 0;
    for (unsigned i = 0; i < r->caught_count; i++) {
        struct sigaction now;
        if (sigaction(r->caught[i].number, NULL, &now) == 0 && is_ours(&now))
            sigaction(r->caught[i].number, &r->caught[i].before, NULL);
    }
    taken = NULL;
    if (r->stack) {
        stack_t none = { .ss_flags = SS_DISABLE };
        sigaltstack(&none, NULL);
        free(r->stack);
    }
    close(r->pipe[0]);
    close(r->pipe[1]);
}

struct restore_news restore_news(struct restore *r)
{
    char bytes[64];
    while (read(r->pipe[0], bytes, sizeof bytes) > 0)
        ;
    struct restore_news news = { .resized = r->resized, .continued = r->continued, .stopping = r->stopping };
    if (news.resized)
        r->resized = 0;
    if (news.continued)
        r->continued = 0;
    if (news.stopping)
        r->stopping = 0;
    return news;
}

void restore_stop(struct restore *r)
{
    struct sigaction stop = { .sa_handler = SIG_DFL }, ours;
    sigaction(SIGTSTP, &stop, &ours);
    raise(SIGTSTP);               /* in a process group without a shell nothing stops, and we go on at once */
    sigaction(SIGTSTP, &ours, NULL);
    r->continued = 0;             /* this is the news */
    r->resized = 1;               /* and nobody has told of a size that changed meanwhile, if in another window */
}

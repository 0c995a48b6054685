/* What a traced thread stopped for, and how it goes on. */
#include <errno.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "traffic/record_parts.h"

/* What the kernel says to itself of a call that a signal interrupted (its include/linux/errno.h). */
enum { ERESTARTSYS = 512, ERESTARTNOINTR, ERESTARTNOHAND, ENOIOCTLCMD, ERESTART_RESTARTBLOCK };

enum { LOOK_AGAIN_MS = 1, LOOK_ON_NS = 200 * 1000 };

typedef struct __ptrace_syscall_info syscall_info;

/* --- the threads --- */

static int by_thread(const void *one, const void *two)
{
    const struct tracee *a = one, *b = two;
    return (a->thread > b->thread) - (a->thread < b->thread);
}

static struct tracee *find(struct recorder *r, pid_t thread)
{
    const struct tracee key = { .thread = thread };
    void *node = tfind(&key, &r->tracees, by_thread);
    return node ? *(struct tracee **)node : NULL;
}

/* Its process where that is known already. A signal of number 0 goes only to a thread of that process. */
static struct holder *process_of(struct recorder *r, pid_t thread, struct holder *parent)
{
    if (parent && tgkill(parent->pid, thread, 0) == 0)
        return parent;
    for (struct holder *process = r->holders.first; process && !parent; process = process->next)
        if (tgkill(process->pid, thread, 0) == 0)
            return process;
    return holder_new(&r->holders, thread, parent);
}

/* NULL: no memory, or too many: it goes on unrecorded. */
static struct tracee *add(struct recorder *r, pid_t thread, struct holder *parent)
{
    struct tracee *t = r->count < TRACEES_MOST ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return NULL;
    t->thread = thread;
    if (!tsearch(t, &r->tracees, by_thread)) {
        free(t);
        return NULL;
    }
    t->process = process_of(r, thread, parent);
    if (!t->process) {
        tdelete(t, &r->tracees, by_thread);
        free(t);
        return NULL;
    }
    t->process->threads++;
    t->process->alive++;
    r->count++;
    return t;
}

static void forget(struct recorder *r, struct tracee *t)
{
    struct holder *process = t->process;
    process->alive -= !t->ending;
    if (--process->threads == 0)
        holder_free(&r->holders, process);
    tdelete(t, &r->tracees, by_thread);
    free(t);
    r->count--;
}

static void go_on(const struct tracee *t, int signal_number)
{
    bool each = t->phase == PHASE_CALLING || t->phase == PHASE_INTERRUPTED || t->outer.active;
    ptrace(each ? PTRACE_SYSCALL : PTRACE_CONT, t->thread, NULL, (long)signal_number);
}

/* --- a call begins --- */

void look(struct recorder *r, struct tracee *t, int32_t fd, struct socket_facts *facts)
{
    socket_look(facts, t->thread, t->process->pid, fd);
    const struct held *held = holder_find(t->process, fd);
    if (facts->protocol)
        holder_take(&r->holders, t->process, fd, facts);
    else if (facts->seen)
        holder_drop(&r->holders, t->process, fd);
    else if (held)                /* not to be seen now: it is what it was */
        *facts = (struct socket_facts){
            .protocol = held->protocol, .cookie = held->cookie, .local = held->local, .remote = held->remote,
        };
}

void take_facts(struct true_call *call, const struct socket_facts *facts)
{
    call->protocol = facts->protocol;
    call->local = facts->local;
    call->remote = facts->remote;
}

/* poll() and select() are told where they wait for a socket; with its ends where it is one only. */
static bool polls_socket(struct recorder *r, struct tracee *t, struct going *going)
{
    int32_t fds[ASKED_FDS];
    struct socket_facts facts, one = { 0 };
    unsigned count = asked_descriptors(&going->asked, fds), sockets = 0;
    for (unsigned i = 0; i < count; i++) {
        look(r, t, fds[i], &facts);
        if (facts.protocol && sockets++ == 0) {
            one = facts;
            going->call.fd = fds[i];
        }
    }
    if (sockets == 1)
        take_facts(&going->call, &one);
    else
        going->call.fd = -1;
    return sockets > 0;
}

/* One of its two is a pipe. Into a socket it is a send(), out of it a recv(). */
static void choose_spliced(struct recorder *r, struct tracee *t, struct going *going)
{
    struct socket_facts facts;
    int32_t into = (int32_t)going->asked.arg[2];
    look(r, t, into, &facts);
    if (facts.protocol)
        going->call.fd = into;
}

/* Is this call of interest? Then as much is filled in as is known before it is made. */
static bool of_interest(struct recorder *r, struct tracee *t, struct going *going)
{
    const struct asked *asked = &going->asked;
    struct true_call *call = &going->call;
    struct socket_facts facts;
    call->fd = asked_descriptor(asked);
    going->told = true;
    switch ((enum shape)asked->meaning->shape) {
    case SHAPE_SOCKET:
        call->call = CALL_SOCKET;
        return asked_for_socket(asked);
    case SHAPE_POLL:
    case SHAPE_PPOLL:
    case SHAPE_SELECT:
    case SHAPE_PSELECT:
        call->call = CALL_POLL;
        return polls_socket(r, t, going);
    case SHAPE_EPOLL:
        call->call = CALL_POLL;
        return t->process->count > 0;
    case SHAPE_CLOSE_RANGE: going->told = false; return t->process->count > 0;
    case SHAPE_SETSOCKOPT:
        if (!asked_for_option(asked))
            return false;
        break;
    case SHAPE_SPLICE: choose_spliced(r, t, going); break;
    case SHAPE_EXEC: going->told = false; return t->process->count > 0;
    case SHAPE_DUP:
    case SHAPE_DUP_TO:
    case SHAPE_FCNTL: going->told = false; break;
    default: break;
    }
    look(r, t, call->fd, &facts);
    call->call = asked_call(asked, facts.protocol);
    if (asked->meaning->shape == SHAPE_SPLICE && call->fd != asked_descriptor(asked))
        call->call = CALL_SEND;
    take_facts(call, &facts);
    struct call_end to;
    if ((call->call == CALL_CONNECT || call->call == CALL_SENDTO) && asked_address(asked, &to))
        call->remote = to;
    return beside_begins(r, t, going) || facts.protocol;
}

void close_begins(struct recorder *r, struct tracee *t, struct going *going)
{
    const struct held *held = holder_find(t->process, going->call.fd);
    going->call.stays_open = held && holders_share(&r->holders, t->process, held->fd, held->cookie);
    holder_drop(&r->holders, t->process, going->call.fd);
}

/* A connect() chooses its own port and then waits, or fails and is without an address again: there is only a moment to
 * see it. */
static void look_soon(struct recorder *r, const struct tracee *t, const struct going *going)
{
    if (going->call.call != CALL_CONNECT || going->call.local.port || r->later_count == LOOKS_LATER)
        return;
    r->later[r->later_count].thread = t->thread;
    r->later[r->later_count].number = going->call.number;
    r->later[r->later_count++].made = clock_steady();
}

/* Lets it be made. */
static void make(struct recorder *r, struct tracee *t)
{
    struct going *going = &t->going;
    if (going->told) {
        if (going->call.call == CALL_CLOSE)
            close_begins(r, t, going);
        going->call.time = clock_wall();
        tell(r, RECORDED_MADE, t, going, 0);
        look_soon(r, t, going);
    } else if (going->asked.meaning->shape == SHAPE_CLOSE_RANGE) {
        beside_close_range(r, t);
    }
    t->phase = PHASE_CALLING;
    go_on(t, 0);
}

static void begin(struct recorder *r, struct tracee *t, const syscall_info *info)
{
    struct going going = { .active = true };
    going.asked = (struct asked){ .meaning = meaning_of(info->seccomp.nr), .thread = t->thread };
    t->process->caller = t->thread;
    for (unsigned i = 0; i < 6; i++)
        going.asked.arg[i] = info->seccomp.args[i];
    if (r->gone || !going.asked.meaning || !of_interest(r, t, &going)) {
        go_on(t, 0);
        return;
    }
    if (t->phase == PHASE_INTERRUPTED)
        t->outer = t->going;
    if (going.told)
        going.call.number = ++r->number;
    t->going = going;
    t->going.call.time = clock_wall();
    if (going.told && r->hold && tell(r, RECORDED_HELD, t, &t->going, 0))
        t->phase = PHASE_HELD;
    else
        make(r, t);
}

struct leave {
    struct recorder *recorder;
    uint32_t number;
};

static void give_leave(const void *node, VISIT visit, void *closure)
{
    struct tracee *t = *(struct tracee *const *)node;
    const struct leave *leave = closure;
    if ((visit == postorder || visit == leaf) && t->phase == PHASE_HELD
        && (!leave->number || t->going.call.number == leave->number))
        make(leave->recorder, t);
}

void take_leave(struct recorder *r, uint32_t number)
{
    struct leave leave = { .recorder = r, .number = number };
    twalk_r(r->tracees, give_leave, &leave);
}

int look_later(struct recorder *r)
{
    unsigned left = 0;
    for (unsigned i = 0; i < r->later_count; i++) {
        struct socket_facts facts;
        struct tracee *t = find(r, r->later[i].thread);
        if (!t || t->phase != PHASE_CALLING || t->going.call.number != r->later[i].number)
            continue;
        do
            look(r, t, t->going.call.fd, &facts);
        while (!facts.local.port && clock_steady() - r->later[i].made < LOOK_ON_NS);
        if (facts.local.port) {
            t->going.call.local = facts.local;
            tell(r, RECORDED_KNOWN, t, &t->going, 0);
        } else {
            r->later[left++] = r->later[i];
        }
    }
    r->later_count = left;
    return left ? LOOK_AGAIN_MS : -1;
}

/* --- a call returns --- */

static void gave_descriptor(struct recorder *r, struct tracee *t, struct going *going, int32_t fd)
{
    struct socket_facts facts;
    look(r, t, fd, &facts);
    if (facts.protocol && (going->call.call == CALL_ACCEPT || going->call.call == CALL_SOCKET))
        take_facts(&going->call, &facts);
}

/* What is known now and was not before. */
static void ends_after(struct recorder *r, struct tracee *t, struct going *going, int64_t result)
{
    struct true_call *call = &going->call;
    struct socket_facts facts;
    switch (call->call) {
    case CALL_SOCKET:
    case CALL_ACCEPT:
        if (result >= 0)
            gave_descriptor(r, t, going, (int32_t)result);
        break;
    case CALL_RECVFROM:
        if (result >= 0)
            asked_address(&going->asked, &call->remote);
        break;
    case CALL_BIND:
    case CALL_LISTEN:
    case CALL_CONNECT:
    case CALL_SEND:
    case CALL_SENDTO:
        if (!call->local.port || call->call == CALL_BIND || (call->call == CALL_CONNECT && result >= 0)) {
            look(r, t, call->fd, &facts);
            if (facts.local.port)
                call->local = facts.local;
        }
        if (call->call == CALL_BIND && result < 0 && !call->local.port)
            asked_address(&going->asked, &call->local);       /* the one it did not get: whose row it belongs to */
        /* One that failed has lost the address it had while it waited. */
        if (call->call == CALL_CONNECT && result < 0 && socket_is_anywhere(&call->local))
            socket_own_address(&call->local, &call->remote);
        break;
    default: break;
    }
}

static void returned(struct recorder *r, struct tracee *t, struct going *going, int64_t result)
{
    going->active = false;
    if (going->told) {
        going->call.end = clock_wall();
        going->call.returned = true;
        ends_after(r, t, going, result);
        tell_returned(r, t, going, result);
        return;
    }
    beside_returns(r, t, going, result);
}

static bool to_be_restarted(int64_t result)
{
    return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND
           || result == -ERESTART_RESTARTBLOCK;
}

static bool same_call(const struct going *going, const syscall_info *info)
{
    if (info->entry.nr == SYS_restart_syscall)
        return true;
    for (unsigned i = 0; i < 6; i++)
        if (info->entry.args[i] != going->asked.arg[i])
            return false;
    return info->entry.nr == going->asked.meaning->number;
}

/* Seen only while a call goes on or was interrupted. */
static void enters(struct tracee *t, const syscall_info *info)
{
    t->entered = info->entry.nr;
    if (t->phase == PHASE_INTERRUPTED && same_call(&t->going, info)) {
        t->phase = PHASE_CALLING;
    } else if (t->phase == PHASE_RUNNING && t->outer.active && same_call(&t->outer, info)) {
        t->going = t->outer;
        t->outer.active = false;
        t->phase = PHASE_CALLING;
    }
    go_on(t, 0);
}

/* After a handler the interrupted call is restarted, or returns EINTR: rt_sigreturn() then "returns" just that. */
static void leaves(struct recorder *r, struct tracee *t, const syscall_info *info)
{
    bool fails = t->entered == SYS_rt_sigreturn && info->exit.rval == -EINTR;
    if (t->phase == PHASE_CALLING && to_be_restarted(info->exit.rval)) {
        t->phase = PHASE_INTERRUPTED;
    } else if (t->phase == PHASE_CALLING) {
        t->phase = PHASE_RUNNING;
        returned(r, t, &t->going, info->exit.rval);
    } else if (t->phase == PHASE_INTERRUPTED && fails) {
        t->phase = PHASE_RUNNING;
        returned(r, t, &t->going, -EINTR);
    } else if (t->outer.active && fails) {
        returned(r, t, &t->outer, -EINTR);
    }
    go_on(t, 0);
}

/* --- processes begin and end --- */

static void has_child(struct recorder *r, struct tracee *t)
{
    unsigned long child = 0;
    ptrace(PTRACE_GETEVENTMSG, t->thread, NULL, &child);
    struct tracee *known = find(r, (pid_t)child);
    if (!known)
        add(r, (pid_t)child, t->process);
    else if (known->process != t->process)
        holder_inherit(&r->holders, known->process, t->process);
    go_on(t, 0);
}

/* Its other threads are gone, and it has their process's number whichever of them it was. */
static void executes(struct recorder *r, struct tracee *t)
{
    unsigned long before = 0;
    syscall_info info = { 0 };
    ptrace(PTRACE_GETEVENTMSG, t->thread, NULL, &before);
    struct tracee *caller = (pid_t)before != t->thread ? find(r, (pid_t)before) : NULL;
    const struct going going = caller ? caller->going : t->going;
    if (caller)
        forget(r, caller);
    t->phase = PHASE_RUNNING;
    t->going.active = t->outer.active = false;
    t->process->alive += t->ending;
    t->ending = false;
    t->process->name[0] = '\0';
    t->process->caller = t->process->pid;
    ptrace(PTRACE_GET_SYSCALL_INFO, t->thread, sizeof info, &info);
    if (info.arch != record_architecture())
        tell(r, RECORDED_FOREIGN, t, NULL, 0);
    if (going.active && going.asked.meaning->shape == SHAPE_EXEC)
        beside_executed(r, t, &going);
    go_on(t, 0);
}

/* The kernel closes what the process has open: what nobody else has ends with it. */
static void ends(struct recorder *r, struct tracee *t)
{
    struct holder *process = t->process;
    process->alive -= !t->ending;
    t->ending = true;
    if (process->caller == t->thread && process->alive)
        process->caller = process->pid;
    while (process->alive == 0 && process->count > 0) {
        struct held held = process->held[process->count - 1];
        struct socket_facts facts;
        look(r, t, held.fd, &facts);
        struct going going = { .call = { .call = CALL_EXIT, .fd = held.fd, .protocol = held.protocol } };
        holder_drop(&r->holders, process, held.fd);
        if (!facts.protocol || holders_share(&r->holders, process, held.fd, held.cookie))
            continue;
        take_facts(&going.call, &facts);
        going.call.number = ++r->number;
        going.call.time = clock_wall();
        tell(r, RECORDED_MADE, t, &going, 0);
    }
    go_on(t, 0);
}

static void has_ended(struct recorder *r, pid_t thread, int status)
{
    struct tracee *t = find(r, thread);
    if (t && t->process->pid == thread)
        tell(r, RECORDED_ENDED, t, NULL, status);
    if (t)
        forget(r, t);
    if (thread != r->program)
        return;
    r->status = status;
    tell(r, RECORDED_PROGRAM_ENDED, NULL, NULL, status);
}

/* --- every stop --- */

static void stops_at_call(struct recorder *r, struct tracee *t)
{
    syscall_info info = { 0 };
    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->thread, sizeof info, &info) < 0)
        return;                   /* killed meanwhile: its end comes next */
    bool restarted = t->phase == PHASE_CALLING;
    if (info.op == PTRACE_SYSCALL_INFO_SECCOMP && !restarted)
        begin(r, t, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        enters(t, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        leaves(r, t, &info);
    else
        go_on(t, 0);
}

static bool stops_process(int signal_number)
{
    return signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN
           || signal_number == SIGTTOU;
}

static void stops_for_event(struct recorder *r, struct tracee *t, int event, int signal_number)
{
    switch (event) {
    case PTRACE_EVENT_SECCOMP: stops_at_call(r, t); break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: has_child(r, t); break;
    case PTRACE_EVENT_EXEC: executes(r, t); break;
    case PTRACE_EVENT_EXIT: ends(r, t); break;
    case PTRACE_EVENT_STOP:
        if (stops_process(signal_number))
            ptrace(PTRACE_LISTEN, t->thread, NULL, 0L);       /* until SIGCONT, as it would untraced */
        else
            go_on(t, 0);
        break;
    default: go_on(t, 0); break;
    }
}

/* More than can be followed: it goes on, and is not recorded. */
static void goes_on_unknown(pid_t thread, int status)
{
    int event = status >> 16, signal_number = WSTOPSIG(status);
    if (event == PTRACE_EVENT_STOP && stops_process(signal_number))
        ptrace(PTRACE_LISTEN, thread, NULL, 0L);
    else
        ptrace(PTRACE_CONT, thread, NULL, event ? 0L : (long)signal_number);
}

void take_status(struct recorder *r, pid_t thread, int status)
{
    int event = status >> 16, signal_number;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        has_ended(r, thread, status);
        return;
    }
    if (!WIFSTOPPED(status))
        return;
    struct tracee *t = find(r, thread);
    if (!t)
        t = add(r, thread, NULL);
    signal_number = WSTOPSIG(status);
    if (!t)
        goes_on_unknown(thread, status);
    else if (signal_number == (SIGTRAP | 0x80))
        stops_at_call(r, t);
    else if (event)
        stops_for_event(r, t, event, signal_number);
    else
        go_on(t, signal_number);
}

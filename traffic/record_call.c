/* Which system calls are stopped for, and what each is about. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "traffic/record_parts.h"

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0                /* no program's: nothing is recorded, and said */
#endif

enum { UDP = 17 };

/* Newer kinds of processors have only the newer ones of two calls that do the same. */
static const struct meaning meanings[] = {
    { SYS_socket, SHAPE_SOCKET, CALL_SOCKET },
    { SYS_bind, SHAPE_BIND, CALL_BIND },
    { SYS_connect, SHAPE_CONNECT, CALL_CONNECT },
    { SYS_listen, SHAPE_LISTEN, CALL_LISTEN },
    { SYS_accept, SHAPE_ACCEPT, CALL_ACCEPT },
    { SYS_accept4, SHAPE_ACCEPT, CALL_ACCEPT },
    { SYS_sendto, SHAPE_SEND, CALL_SEND },
    { SYS_sendmsg, SHAPE_SENDMSG, CALL_SEND },
    { SYS_sendmmsg, SHAPE_SENDMMSG, CALL_SEND },
    { SYS_write, SHAPE_WRITE, CALL_SEND },
    { SYS_writev, SHAPE_WRITEV, CALL_SEND },
    { SYS_sendfile, SHAPE_SENDFILE, CALL_SEND },
    { SYS_splice, SHAPE_SPLICE, CALL_RECV },
    { SYS_recvfrom, SHAPE_RECV, CALL_RECV },
    { SYS_recvmsg, SHAPE_RECVMSG, CALL_RECV },
    { SYS_recvmmsg, SHAPE_RECVMMSG, CALL_RECV },
    { SYS_read, SHAPE_READ, CALL_RECV },
    { SYS_readv, SHAPE_READV, CALL_RECV },
    { SYS_shutdown, SHAPE_SHUTDOWN, CALL_SHUTDOWN },
    { SYS_setsockopt, SHAPE_SETSOCKOPT, CALL_SETSOCKOPT },
    { SYS_close, SHAPE_CLOSE, CALL_CLOSE },
    { SYS_close_range, SHAPE_CLOSE_RANGE, CALL_CLOSE },
    { SYS_ppoll, SHAPE_PPOLL, CALL_POLL },
    { SYS_pselect6, SHAPE_PSELECT, CALL_POLL },
    { SYS_epoll_pwait, SHAPE_EPOLL, CALL_POLL },
    { SYS_epoll_pwait2, SHAPE_EPOLL, CALL_POLL },
    { SYS_dup, SHAPE_DUP, CALL_COUNT },
    { SYS_dup3, SHAPE_DUP_TO, CALL_COUNT },
    { SYS_fcntl, SHAPE_FCNTL, CALL_COUNT },
    { SYS_execve, SHAPE_EXEC, CALL_COUNT },
    { SYS_execveat, SHAPE_EXEC, CALL_COUNT },
#ifdef SYS_poll
    { SYS_poll, SHAPE_POLL, CALL_POLL },
#endif
#ifdef SYS_select
    { SYS_select, SHAPE_SELECT, CALL_POLL },
#endif
#ifdef SYS_epoll_wait
    { SYS_epoll_wait, SHAPE_EPOLL, CALL_POLL },
#endif
#ifdef SYS_dup2
    { SYS_dup2, SHAPE_DUP_TO, CALL_COUNT },
#endif
};

enum { MEANINGS = sizeof meanings / sizeof *meanings };

const struct meaning *meaning_of(uint64_t number)
{
    for (unsigned i = 0; i < MEANINGS; i++)
        if (meanings[i].number == number)
            return &meanings[i];
    return NULL;
}

uint32_t record_architecture(void)
{
    return ARCHITECTURE;
}

/* --- the filter --- */

static struct sock_filter load(size_t offset)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct sock_filter unless_equal_skip(uint64_t value, uint8_t skipped)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)value, 0, skipped);
}

static struct sock_filter give(uint32_t action)
{
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
}

/* The second argument's lower half: fcntl() commands are numbers of 32 bits. */
static size_t offset_of_command(void)
{
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    return offsetof(struct seccomp_data, args[1]) + (little ? 0 : sizeof(uint32_t));
}

unsigned record_filter(struct sock_filter filter[FILTER_ROOM])
{
    unsigned n = 0;
    filter[n++] = load(offsetof(struct seccomp_data, arch));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    filter[n++] = give(SECCOMP_RET_ALLOW);
    filter[n++] = load(offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < MEANINGS; i++)
        if (meanings[i].shape != SHAPE_FCNTL) {
            filter[n++] = unless_equal_skip(meanings[i].number, 1);
            filter[n++] = give(SECCOMP_RET_TRACE);
        }
    filter[n++] = unless_equal_skip(SYS_fcntl, 5);       /* made often, and of interest where it duplicates only */
    filter[n++] = load(offset_of_command());
    filter[n++] = unless_equal_skip(F_DUPFD, 1);
    filter[n++] = give(SECCOMP_RET_TRACE);
    filter[n++] = unless_equal_skip(F_DUPFD_CLOEXEC, 1);
    filter[n++] = give(SECCOMP_RET_TRACE);
    filter[n++] = give(SECCOMP_RET_ALLOW);
    return n;
}

/* --- what it is about --- */

int32_t asked_descriptor(const struct asked *a)
{
    switch (a->meaning->shape) {
    case SHAPE_SOCKET:
    case SHAPE_CLOSE_RANGE:
    case SHAPE_EXEC:
    case SHAPE_POLL:
    case SHAPE_PPOLL:
    case SHAPE_SELECT:
    case SHAPE_PSELECT: return -1;
    default: return (int32_t)a->arg[0];
    }
}

bool asked_for_socket(const struct asked *a)
{
    int family = (int)a->arg[0], type = (int)a->arg[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol = (int)a->arg[2];
    if (family != AF_INET && family != AF_INET6)
        return false;
    return (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP)) ||
           (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP));
}

static bool has_address(const struct asked *a)
{
    struct msghdr message;
    switch (a->meaning->shape) {
    case SHAPE_SEND:
    case SHAPE_RECV: return a->arg[4] != 0;
    case SHAPE_SENDMSG:
    case SHAPE_SENDMMSG:
    case SHAPE_RECVMSG:
    case SHAPE_RECVMMSG:
        return memory_read(a->thread, a->arg[1], &message, sizeof message) == sizeof message && message.msg_name;
    default: return false;
    }
}

uint8_t asked_call(const struct asked *a, uint8_t protocol)
{
    bool addressed = protocol == UDP && has_address(a);
    if (a->meaning->call == CALL_SEND)
        return addressed ? CALL_SENDTO : CALL_SEND;
    if (a->meaning->call == CALL_RECV)
        return addressed ? CALL_RECVFROM : CALL_RECV;
    return a->meaning->call;
}

bool asked_address(const struct asked *a, struct call_end *end)
{
    struct sockaddr_storage address = { 0 };
    struct msghdr message = { 0 };
    uint64_t at = a->arg[4];
    *end = (struct call_end){ 0 };
    if (a->meaning->shape == SHAPE_CONNECT || a->meaning->shape == SHAPE_BIND) {
        at = a->arg[1];
    } else if (!has_address(a)) {
        return false;
    } else if (a->meaning->shape != SHAPE_SEND && a->meaning->shape != SHAPE_RECV) {
        if (memory_read(a->thread, a->arg[1], &message, sizeof message) != sizeof message)
            return false;
        at = (uintptr_t)message.msg_name;
    }
    socket_end(end, &address, memory_read(a->thread, at, &address, sizeof address));
    return end->version != 0;
}

/* --- descriptors in messages --- */

bool asked_for_rights(const struct asked *a)
{
    struct msghdr message;
    return memory_read(a->thread, a->arg[1], &message, sizeof message) == sizeof message && message.msg_control &&
           message.msg_controllen >= CMSG_LEN(sizeof(int32_t));
}

unsigned asked_rights(const struct asked *a, int32_t fds[RIGHTS_MOST])
{
    struct msghdr message;
    struct cmsghdr head;
    uint8_t bytes[CMSG_SPACE(RIGHTS_MOST * sizeof(int32_t))];
    unsigned count = 0;
    if (memory_read(a->thread, a->arg[1], &message, sizeof message) != sizeof message)
        return 0;
    size_t length = message.msg_controllen < sizeof bytes ? message.msg_controllen : sizeof bytes;
    length = memory_read(a->thread, (uintptr_t)message.msg_control, bytes, length);
    for (size_t at = 0; at < length && length - at >= sizeof head; at += CMSG_ALIGN(head.cmsg_len)) {
        memcpy(&head, bytes + at, sizeof head);
        if (head.cmsg_len < sizeof head || head.cmsg_len > length - at)
            break;
        for (size_t in = sizeof head; head.cmsg_level == SOL_SOCKET && head.cmsg_type == SCM_RIGHTS
             && head.cmsg_len - in >= sizeof *fds && count < RIGHTS_MOST; in += sizeof *fds)
            memcpy(&fds[count++], bytes + at + in, sizeof *fds);
    }
    return count;
}

/* --- poll() and select() --- */

/* Programs leave out entries with -1, and name a socket twice, once for each direction. */
static unsigned add_once(int32_t fds[ASKED_FDS], unsigned count, int32_t fd)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] == fd)
            return count;
    if (fd >= 0)
        fds[count++] = fd;
    return count;
}

static unsigned of_poll(const struct asked *a, int32_t fds[ASKED_FDS])
{
    struct pollfd polled[ASKED_FDS];
    unsigned known = 0;
    size_t count = a->arg[1] < ASKED_FDS ? (size_t)a->arg[1] : ASKED_FDS;
    count = memory_read(a->thread, a->arg[0], polled, count * sizeof *polled) / sizeof *polled;
    for (unsigned i = 0; i < count; i++)
        known = add_once(fds, known, polled[i].fd);
    return known;
}

static unsigned of_select(const struct asked *a, int32_t fds[ASKED_FDS])
{
    int highest = (int)a->arg[0] < FD_SETSIZE ? (int)a->arg[0] : FD_SETSIZE;
    fd_set sets[3];
    unsigned count = 0;
    memset(sets, 0, sizeof sets);
    for (unsigned i = 0; i < 3 && highest > 0; i++)
        memory_read(a->thread, a->arg[1 + i], &sets[i], ((size_t)highest + 63) / 64 * 8);
    for (int fd = 0; fd < highest && count < ASKED_FDS; fd++)
        if (FD_ISSET(fd, &sets[0]) || FD_ISSET(fd, &sets[1]) || FD_ISSET(fd, &sets[2]))
            fds[count++] = fd;
    return count;
}

unsigned asked_descriptors(const struct asked *a, int32_t fds[ASKED_FDS])
{
    bool poll = a->meaning->shape == SHAPE_POLL || a->meaning->shape == SHAPE_PPOLL;
    return poll ? of_poll(a, fds) : of_select(a, fds);
}

/* What a descriptor of another process is: a copy of it is asked, and closed again before that process goes on, since a
 * copy that lives longer would keep the socket open. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "traffic/record_parts.h"

enum { TCP = 6, UDP = 17 };

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

size_t memory_read(pid_t thread, uint64_t at, void *out, size_t length)
{
    const struct iovec here = { .iov_base = out, .iov_len = length };
    const struct iovec there = { .iov_base = (void *)(uintptr_t)at, .iov_len = length };
    ssize_t got = at ? process_vm_readv(thread, &here, 1, &there, 1, 0) : 0;
    return got > 0 ? (size_t)got : 0;
}

void socket_end(struct call_end *end, const struct sockaddr_storage *address, size_t length)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    *end = (struct call_end){ 0 };
    if (address->ss_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof ipv4);
        end->version = 4;
        end->port = ntohs(ipv4.sin_port);
        memcpy(end->address, &ipv4.sin_addr, 4);
    } else if (address->ss_family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof ipv6);
        bool speaks_ipv4 = memcmp(&ipv6.sin6_addr, mapped, sizeof mapped) == 0;
        end->version = speaks_ipv4 ? 4 : 6;
        end->port = ntohs(ipv6.sin6_port);
        memcpy(end->address, (const uint8_t *)&ipv6.sin6_addr + (speaks_ipv4 ? 12 : 0), speaks_ipv4 ? 4 : 16);
    }
}

bool socket_is_anywhere(const struct call_end *end)
{
    static const uint8_t nowhere[16] = { 0 };
    return end->version && memcmp(end->address, nowhere, sizeof nowhere) == 0;
}

static socklen_t address_of(struct sockaddr_storage *address, const struct call_end *end)
{
    struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(end->port) };
    struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(end->port) };
    memcpy(&ipv4.sin_addr, end->address, 4);
    memcpy(&ipv6.sin6_addr, end->address, 16);
    if (end->version == 4)
        memcpy(address, &ipv4, sizeof ipv4);
    else
        memcpy(address, &ipv6, sizeof ipv6);
    return end->version == 4 ? sizeof ipv4 : sizeof ipv6;
}

void socket_own_address(struct call_end *local, const struct call_end *remote)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = address_of(&address, remote), given = sizeof address;
    uint16_t port = local->port;
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *local = (struct call_end){ 0 };
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, length) == 0
        && getsockname(fd, (struct sockaddr *)&address, &given) == 0) {
        socket_end(local, &address, given);
        local->port = port;
    }
    if (fd >= 0)
        close(fd);
}

static int number_of(int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* A socket that is bound to no port has no end yet: "any address, port 0" is nothing to tell. */
static void look_at(struct socket_facts *facts, int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof address;
    int protocol = number_of(fd, SO_PROTOCOL);
    facts->seen = true;
    if (protocol < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6)
        return;
    facts->protocol = protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP ? TCP : protocol == IPPROTO_UDP ? UDP : 0;
    socket_end(&facts->local, &address, length);
    if (!facts->local.port)
        facts->local = (struct call_end){ 0 };
    length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) == 0)
        socket_end(&facts->remote, &address, length);
    length = sizeof facts->cookie;
    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &facts->cookie, &length);
    facts->listens = facts->protocol == TCP && number_of(fd, SO_ACCEPTCONN) == 1;
}

/* Of a thread where the kernel has that (Linux 6.9): a process's first thread may end before the others. Else of the
 * process, which has no descriptors any more then. */
static int open_thread(pid_t thread, pid_t process, bool *surely)
{
    int pidfd = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
    *surely = pidfd >= 0 || thread == process;
    return pidfd < 0 && errno == EINVAL ? (int)syscall(SYS_pidfd_open, process, 0) : pidfd;
}

void socket_look(struct socket_facts *facts, pid_t thread, pid_t process, int32_t fd)
{
    bool surely = false;
    *facts = (struct socket_facts){ 0 };
    int pidfd = fd < 0 ? -1 : open_thread(thread, process, &surely);
    int copy = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    facts->seen = copy < 0 && errno == EBADF && surely;
    if (copy >= 0) {
        look_at(facts, copy);
        close(copy);
    }
    if (pidfd >= 0)
        close(pidfd);
}

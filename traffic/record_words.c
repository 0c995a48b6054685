/* The arguments of a system call as a student reads them. */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "traffic/record_parts.h"

enum { ROOM = CALLS_TEXT_MOST + 1, PARTS_MOST = 64, POLLED_SHOWN = 8, ADDRESS_ROOM = 64 };

/* The options that change what is seen on the wire, or what courses teach. */
static const struct option {
    int level, option;
    const char *name;
    enum { OPTION_NUMBER, OPTION_LINGER, OPTION_TIME } kind;
} options[] = {
    { SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", OPTION_NUMBER },
    { SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT", OPTION_NUMBER },
    { SOL_SOCKET, SO_LINGER, "SO_LINGER", OPTION_LINGER },
    { SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE", OPTION_NUMBER },
    { SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST", OPTION_NUMBER },
    { SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", OPTION_NUMBER },
    { SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", OPTION_NUMBER },
    { SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO", OPTION_TIME },
    { SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO", OPTION_TIME },
    { IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_CORK, "TCP_CORK", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_QUICKACK, "TCP_QUICKACK", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT", OPTION_NUMBER },
    { IPPROTO_TCP, TCP_FASTOPEN, "TCP_FASTOPEN", OPTION_NUMBER },
    { IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", OPTION_NUMBER },
};

static const struct option *option_of(const struct asked *a)
{
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].level == (int)a->arg[1] && options[i].option == (int)a->arg[2])
            return &options[i];
    return NULL;
}

bool asked_for_option(const struct asked *a)
{
    return option_of(a) != NULL;
}

/* --- addresses --- */

static void write_end(char out[ADDRESS_ROOM], const struct call_end *end)
{
    char address[INET6_ADDRSTRLEN] = "?";
    inet_ntop(end->version == 4 ? AF_INET : AF_INET6, end->address, address, sizeof address);
    snprintf(out, ADDRESS_ROOM, end->version == 4 ? "%s:%u" : "[%s]:%u", address, end->port);
}

static void write_address(char *out, const struct asked *a)
{
    struct sockaddr_storage address = { 0 };
    struct call_end end;
    char words[ADDRESS_ROOM];
    size_t length = (uint32_t)a->arg[2] < sizeof address ? (uint32_t)a->arg[2] : sizeof address;
    length = memory_read(a->thread, a->arg[1], &address, length);
    socket_end(&end, &address, length);
    if (end.version) {
        write_end(words, &end);
        snprintf(out, ROOM, "%s", words);
    } else if (length < sizeof(sa_family_t)) {
        snprintf(out, ROOM, "an address that cannot be read");
    } else if (address.ss_family == AF_UNSPEC) {
        snprintf(out, ROOM, "AF_UNSPEC");
    } else {
        snprintf(out, ROOM, "an address of family %u, %u bytes", address.ss_family, (uint32_t)a->arg[2]);
    }
}

/* --- how much --- */

/* Bytes of an array of so many parts; what cannot be read counts nothing. */
static uint64_t bytes_of(const struct asked *a, uint64_t at, uint64_t count)
{
    struct iovec parts[PARTS_MOST];
    uint64_t bytes = 0;
    size_t wanted = count < PARTS_MOST ? (size_t)count : PARTS_MOST;
    size_t got = memory_read(a->thread, at, parts, wanted * sizeof *parts) / sizeof *parts;
    for (size_t i = 0; i < got; i++)
        bytes += parts[i].iov_len;
    return bytes;
}

static uint64_t length_of(const struct asked *a)
{
    struct msghdr message = { 0 };
    switch (a->meaning->shape) {
    case SHAPE_WRITEV:
    case SHAPE_READV: return bytes_of(a, a->arg[1], a->arg[2]);
    case SHAPE_SENDMSG:
    case SHAPE_RECVMSG:
        if (memory_read(a->thread, a->arg[1], &message, sizeof message) != sizeof message)
            return 0;
        return bytes_of(a, (uintptr_t)message.msg_iov, message.msg_iovlen);
    case SHAPE_SENDFILE: return a->arg[3];
    default: return a->arg[2];
    }
}

static void write_flags(char *out, int flags)
{
    static const struct {
        int flag;
        const char *name;
    } names[] = {
        { MSG_PEEK, "MSG_PEEK" }, { MSG_OOB, "MSG_OOB" }, { MSG_WAITALL, "MSG_WAITALL" }, { MSG_MORE, "MSG_MORE" },
        { MSG_DONTWAIT, "MSG_DONTWAIT" }, { MSG_NOSIGNAL, "MSG_NOSIGNAL" }, { MSG_FASTOPEN, "MSG_FASTOPEN" },
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        size_t used = strlen(out);
        if (flags & names[i].flag)
            snprintf(out + used, ROOM - used, ", %s", names[i].name);
    }
}

static int flags_of(const struct asked *a)
{
    switch (a->meaning->shape) {
    case SHAPE_SEND:
    case SHAPE_RECV:
    case SHAPE_SENDMMSG:
    case SHAPE_RECVMMSG: return (int)a->arg[3];
    case SHAPE_SENDMSG:
    case SHAPE_RECVMSG: return (int)a->arg[2];
    default: return 0;
    }
}

static bool same_end(const struct call_end *one, const struct call_end *two)
{
    return one->version == two->version && one->port == two->port && memcmp(one->address, two->address, 16) == 0;
}

/* Addresses that the messages of sendmmsg() go to, besides that of the first. */
static unsigned other_addresses(const struct asked *a, const struct call_end *first)
{
    struct mmsghdr messages[PARTS_MOST];
    struct call_end other[PARTS_MOST];
    unsigned found = 0;
    size_t wanted = (unsigned)a->arg[2] < PARTS_MOST ? (unsigned)a->arg[2] : PARTS_MOST;
    size_t got = memory_read(a->thread, a->arg[1], messages, wanted * sizeof *messages) / sizeof *messages;
    for (size_t i = 1; i < got; i++) {
        struct sockaddr_storage address = { 0 };
        uint64_t at = (uintptr_t)messages[i].msg_hdr.msg_name;
        struct call_end *to = &other[found];
        socket_end(to, &address, memory_read(a->thread, at, &address, sizeof address));
        bool known = !to->version || same_end(to, first);
        for (unsigned k = 0; k < found && !known; k++)
            known = same_end(to, &other[k]);
        found += !known;
    }
    return found;
}

static void write_sent(char *out, const struct asked *a)
{
    struct call_end to;
    char words[ADDRESS_ROOM];
    if (a->meaning->shape == SHAPE_SENDMMSG)
        snprintf(out, ROOM, "%u message%s", (unsigned)a->arg[2], (unsigned)a->arg[2] == 1 ? "" : "s");
    else
        snprintf(out, ROOM, "%llu byte%s", (unsigned long long)length_of(a), length_of(a) == 1 ? "" : "s");
    write_flags(out, flags_of(a));
    if (asked_address(a, &to)) {
        size_t used = strlen(out);
        write_end(words, &to);
        snprintf(out + used, ROOM - used, " to %s", words);
        unsigned others = a->meaning->shape == SHAPE_SENDMMSG ? other_addresses(a, &to) : 0;
        used = strlen(out);
        if (others)
            snprintf(out + used, ROOM - used, " and %u other address%s", others, others == 1 ? "" : "es");
    }
}

static void write_received(char *out, const struct asked *a)
{
    if (a->meaning->shape == SHAPE_RECVMMSG)
        snprintf(out, ROOM, "up to %u messages", (unsigned)a->arg[2]);
    else
        snprintf(out, ROOM, "up to %llu byte%s", (unsigned long long)length_of(a), length_of(a) == 1 ? "" : "s");
    write_flags(out, flags_of(a));
}

/* --- the others --- */

static void write_socket(char *out, const struct asked *a)
{
    int type = (int)a->arg[1];
    snprintf(out, ROOM, "%s, %s%s", (int)a->arg[0] == AF_INET ? "AF_INET" : "AF_INET6",
             (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_DGRAM",
             type & SOCK_NONBLOCK ? ", SOCK_NONBLOCK" : "");
}

static void write_option(char *out, const struct asked *a)
{
    const struct option *option = option_of(a);
    union {
        int number;
        struct linger linger;
        struct timeval time;
    } value = { 0 };
    size_t length = (uint32_t)a->arg[4] < sizeof value ? (uint32_t)a->arg[4] : sizeof value;
    size_t got = memory_read(a->thread, a->arg[3], &value, length);
    if (option->kind == OPTION_LINGER && got >= sizeof value.linger)
        snprintf(out, ROOM, "%s, %s, %d s", option->name, value.linger.l_onoff ? "on" : "off", value.linger.l_linger);
    else if (option->kind == OPTION_TIME && got >= sizeof value.time)
        snprintf(out, ROOM, "%s, %lld.%03d s", option->name, (long long)value.time.tv_sec,
                 (int)(value.time.tv_usec / 1000 % 1000));
    else if (option->kind == OPTION_NUMBER && got >= sizeof value.number)
        snprintf(out, ROOM, "%s, %d", option->name, value.number);
    else
        snprintf(out, ROOM, "%s, a value that cannot be read", option->name);
}

/* "3, 5 and 7 more": what it waits for. */
static void write_polled(char *out, const struct asked *a)
{
    int32_t fds[ASKED_FDS];
    unsigned count = asked_descriptors(a, fds), shown = count < POLLED_SHOWN ? count : POLLED_SHOWN;
    for (unsigned i = 0; i < shown; i++) {
        size_t used = strlen(out);
        snprintf(out + used, ROOM - used, "%s%d", i ? ", " : "", fds[i]);
    }
    if (shown < count) {
        size_t used = strlen(out);
        snprintf(out + used, ROOM - used, " and %u more", count - shown);
    }
}

void asked_words(char out[CALLS_TEXT_MOST + 1], const struct asked *a)
{
    static const char *const ways[] = { "SHUT_RD", "SHUT_WR", "SHUT_RDWR" };
    out[0] = '\0';
    switch ((enum shape)a->meaning->shape) {
    case SHAPE_SOCKET: write_socket(out, a); break;
    case SHAPE_BIND:
    case SHAPE_CONNECT: write_address(out, a); break;
    case SHAPE_LISTEN: snprintf(out, ROOM, "%d, %d", (int)a->arg[0], (int)a->arg[1]); break;
    case SHAPE_SEND:
    case SHAPE_WRITE:
    case SHAPE_WRITEV:
    case SHAPE_SENDMSG:
    case SHAPE_SENDMMSG:
    case SHAPE_SENDFILE: write_sent(out, a); break;
    case SHAPE_RECV:
    case SHAPE_READ:
    case SHAPE_READV:
    case SHAPE_RECVMSG:
    case SHAPE_RECVMMSG: write_received(out, a); break;
    case SHAPE_SPLICE: snprintf(out, ROOM, "up to %llu bytes", (unsigned long long)a->arg[4]); break;
    case SHAPE_SHUTDOWN:
        snprintf(out, ROOM, "%s", a->arg[1] < 3 ? ways[a->arg[1]] : "neither way");
        break;
    case SHAPE_SETSOCKOPT: write_option(out, a); break;
    case SHAPE_POLL:
    case SHAPE_PPOLL:
    case SHAPE_SELECT:
    case SHAPE_PSELECT: write_polled(out, a); break;
    case SHAPE_DUP_TO: snprintf(out, ROOM, "by dup2()"); break;
    case SHAPE_EXEC: snprintf(out, ROOM, "by execve()"); break;
    case SHAPE_EPOLL: snprintf(out, ROOM, "those of epoll %d", (int)a->arg[0]); break;
    default: break;
    }
}

bool returned_words(char out[CALLS_TEXT_MOST + 1], const struct asked *a)
{
    struct msghdr message = { 0 };
    if (a->meaning->shape != SHAPE_RECVMSG ||
        memory_read(a->thread, a->arg[1], &message, sizeof message) != sizeof message ||
        !(message.msg_flags & MSG_TRUNC))
        return false;
    asked_words(out, a);
    size_t used = strlen(out);
    snprintf(out + used, ROOM - used, ", " CALL_CUT);
    return true;
}

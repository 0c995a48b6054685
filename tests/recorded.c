#include "tests/recorded.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

enum { HIGH = 200 };

static void be_on_old_kernel(void)
{
    const struct scmp_arg_cmp of_thread = { .arg = 1, .op = SCMP_CMP_NE, .datum_a = 0, .datum_b = 0 };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(pidfd_open), 1, of_thread) < 0
        || seccomp_load(filter) < 0)
        _exit(1);
    seccomp_release(filter);
}

static struct recording *start(int (*program)(void *), bool hold, bool old_kernel, pid_t *recorder)
{
    int theirs;
    struct recording *recording = recording_new(&theirs);
    ck_assert_ptr_nonnull(recording);
    *recorder = fork();
    if (*recorder == 0) {
        dup2(theirs, HIGH);
        close_range(3, HIGH - 1, 0);              /* so that the program's first descriptor is 3 */
        close_range(HIGH + 1, ~0u, 0);
        if (old_kernel)
            be_on_old_kernel();
        record_run(HIGH, hold, program, NULL);
    }
    ck_assert_int_gt(*recorder, 0);
    close(theirs);
    return recording;
}

struct recording *recorder_start(int (*program)(void *), bool hold, pid_t *recorder)
{
    return start(program, hold, false, recorder);
}

static void keep(struct heard *h, const struct recorded *m)
{
    h->messages = realloc(h->messages, (h->count + 1) * sizeof *m);
    ck_assert_ptr_nonnull(h->messages);
    h->messages[h->count++] = *m;
    h->refused |= m->kind == RECORDED_REFUSED;
}

void hear(struct heard *h, struct recording *recording, pid_t recorder)
{
    while (!recording_ended(recording)) {
        struct pollfd polled = { .fd = recording_descriptor(recording), .events = POLLIN };
        poll(&polled, 1, -1);
        for (struct recorded m; recording_next(recording, &m);) {
            keep(h, &m);
            if (m.kind == RECORDED_HELD)
                recording_release(recording, m.call.number);
        }
    }
    recording_free(recording);
    while (waitpid(recorder, &h->status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
}

static bool record_on(struct heard *h, int (*program)(void *), bool hold, bool old_kernel)
{
    pid_t recorder;
    *h = (struct heard){ 0 };
    struct recording *recording = start(program, hold, old_kernel, &recorder);
    hear(h, recording, recorder);
    if (h->refused)
        printf("not allowed to trace here: left out\n");
    return !h->refused;
}

bool record(struct heard *h, int (*program)(void *), bool hold)
{
    return record_on(h, program, hold, false);
}

bool record_on_old_kernel(struct heard *h, int (*program)(void *))
{
    return record_on(h, program, false, true);
}

void heard_free(struct heard *h)
{
    free(h->messages);
}

const struct recorded *heard_find(const struct heard *h, enum recorded_kind kind, enum call call, unsigned nth)
{
    for (unsigned i = 0; i < h->count; i++)
        if (h->messages[i].kind == kind && h->messages[i].call.call == call && --nth == 0)
            return &h->messages[i];
    return NULL;
}

unsigned heard_count(const struct heard *h, enum recorded_kind kind, enum call call)
{
    unsigned count = 0;
    while (heard_find(h, kind, call, count + 1))
        count++;
    return count;
}

void heard_words(const struct heard *h, pid_t process, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < h->count && used < room; i++) {
        const struct recorded *m = &h->messages[i];
        if (m->kind != RECORDED_RETURNED || (process && m->call.pid != process))
            continue;
        used += (size_t)snprintf(out + used, room - used, "%s%s=%s", used ? " " : "", call_names[m->call.call],
                                 m->error[0] ? m->error : m->result);
    }
}

static int bound_socket(int type, uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, type, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0
        || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

int listening_socket(uint16_t *port)
{
    int fd = bound_socket(SOCK_STREAM, port);
    return fd >= 0 && listen(fd, 5) == 0 ? fd : -1;
}

int datagram_socket(uint16_t *port)
{
    return bound_socket(SOCK_DGRAM, port);
}

int connected_to(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

void assert_ends(const struct recorded *m, const char *local, unsigned port, const char *remote)
{
    struct text t = { 0 };
    ck_assert_ptr_nonnull(m);
    if (m->call.local.version)
        text_address(&t, m->call.local.address, m->call.local.version);
    text_char(&t, ' ');
    if (m->call.remote.version)
        text_address(&t, m->call.remote.address, m->call.remote.version);
    text_char(&t, '\0');
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%s %s", local, remote);
    ck_assert_str_eq(t.bytes, wanted);
    if (port)
        ck_assert_uint_eq(m->call.local.port, port);
    text_free(&t);
}

void assert_exited(const struct heard *h, int status)
{
    ck_assert_msg(WIFEXITED(h->status) && WEXITSTATUS(h->status) == status, "status is %x", (unsigned)h->status);
    const struct recorded *last = &h->messages[h->count - 1];
    ck_assert_int_eq(last->kind, RECORDED_PROGRAM_ENDED);
    ck_assert_int_eq(last->status, h->status);
    ck_assert_uint_eq(last->lost, 0);
}

int datagrams_both_ways(void *self)
{
    (void)self;
    uint16_t port = 0;
    int server = datagram_socket(&port), client = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    char bytes[10];
    struct iovec part = { .iov_base = bytes, .iov_len = 7 };
    struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1 };
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
    if (client < 0)
        return 77;
    sendto(client, "hello", 5, 0, (struct sockaddr *)&to, sizeof to);
    sendmsg(client, &message, 0);
    recvfrom(server, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    recv(server, bytes, sizeof bytes, 0);
    return 0;
}

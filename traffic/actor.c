#include "traffic/actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { STRANGER_NAP_MS = 200, LOOK_MS = 1, REST_LEAST_MS = 300, REST_MOST_MS = 400, REST = 1000,
       FEW_CLIENTS = 5 };

const char *const actor_number_names[ACTOR_NUMBERS] = { "port", "clients", "count", "size", "messages" };
const char *const actor_number_says[ACTOR_NUMBERS] = {
    " (of the server)", "", " (messages)", " (bytes of one message)", " (messages a second)",
};

/* --- when --- */

void actor_nap(unsigned ms)
{
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

void actor_stay(void)
{
    sigset_t end;
    int signal_number;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    sigwait(&end, &signal_number);
}

void actor_reach(const struct actor *a, unsigned mark)
{
    if (a->meeting)
        atomic_fetch_add(&a->meeting->reached[a->end][mark], 1);
}

int actor_patience(const struct actor *a)
{
    return a->by_hand ? -1 : ACTOR_PATIENCE_S * 1000;
}

static nanoseconds patient_until(const struct actor *a)
{
    return a->by_hand ? INT64_MAX : clock_steady() + ACTOR_PATIENCE_S * NS_PER_S;
}

void actor_await(const struct actor *a, unsigned mark, unsigned times)
{
    nanoseconds until = patient_until(a);
    if (!a->meeting)
        actor_nap(STRANGER_NAP_MS);
    while (a->meeting && atomic_load(&a->meeting->reached[!a->end][mark]) < times && clock_steady() < until)
        actor_nap(LOOK_MS);
}

/* splitmix64, of what the call is for alone: the order of calls does not matter. */
uint32_t actor_chance(const struct actor *a, unsigned place, uint32_t least, uint32_t most)
{
    uint64_t z = a->seed + UINT64_C(0x9E3779B97F4A7C15) * (2 * (uint64_t)place + a->end + 1);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return least + (uint32_t)(z % ((uint64_t)most - least + 1));
}

void actor_rest(const struct actor *a)
{
    actor_nap(actor_chance(a, REST, REST_LEAST_MS, REST_MOST_MS));
}

const char *actor_word(const struct actor *a, unsigned place)
{
    static const char words[][ACTOR_WORD + 1] = {
        "alpha", "bravo", "delta", "gamma", "kappa", "omega", "sigma", "theta",
    };
    return words[actor_chance(a, place, 0, sizeof words / sizeof *words - 1)];
}

int64_t actor_tell(const char *call, int64_t gave)
{
    int why = errno;
    if (gave < 0)
        printf("%s = -1, %s: %s\n", call, strerrorname_np(why), strerror(why));
    else
        printf("%s = %lld\n", call, (long long)gave);
    errno = why;
    return gave;
}

int64_t actor_tell_from(int64_t gave, const struct sockaddr_in *from)
{
    char address[INET_ADDRSTRLEN];
    if (gave < 0)
        return actor_tell("recvfrom()", gave);
    inet_ntop(AF_INET, &from->sin_addr, address, sizeof address);
    printf("recvfrom() = %lld, from %s:%u\n", (long long)gave, address, ntohs(from->sin_port));
    return gave;
}

void actor_tell_ends(int fd)
{
    struct sockaddr_in end[2] = { { 0 } };
    char address[2][INET_ADDRSTRLEN];
    socklen_t size[2] = { sizeof end[0], sizeof end[1] };
    getsockname(fd, (struct sockaddr *)&end[0], &size[0]);
    getpeername(fd, (struct sockaddr *)&end[1], &size[1]);
    for (unsigned i = 0; i < 2; i++)
        inet_ntop(AF_INET, &end[i].sin_addr, address[i], sizeof address[i]);
    printf("    its own end %s:%u, the other end %s:%u\n", address[0], ntohs(end[0].sin_port), address[1],
           ntohs(end[1].sin_port));
}

/* --- sockets --- */

bool actor_poll(const struct actor *a, int fd, short events)
{
    struct pollfd polled = { .fd = fd, .events = events };
    return poll(&polled, 1, actor_patience(a)) == 1;
}

void actor_await_bytes(const struct actor *a, int fd, int bytes)
{
    nanoseconds until = a->meeting ? patient_until(a) : clock_steady() + STRANGER_NAP_MS * NS_PER_MS;
    int waiting = 0;
    while (ioctl(fd, FIONREAD, &waiting) == 0 && waiting < bytes && clock_steady() < until)
        actor_nap(LOOK_MS);
}

struct sockaddr_in actor_address(const char *text, uint32_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (*text)
        inet_pton(AF_INET, text, &address.sin_addr);
    return address;
}

int actor_socket(int type)
{
    return socket(AF_INET, type | SOCK_CLOEXEC, 0);
}

bool actor_bind(const struct actor *a, int fd, uint32_t port)
{
    struct sockaddr_in address = actor_address(a->own, port);
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static int closed(int fd)
{
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

int actor_listen(const struct actor *a, int backlog)
{
    int fd = actor_socket(SOCK_STREAM), one = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!actor_bind(a, fd, a->number[ACTOR_PORT]) || listen(fd, backlog) < 0)
        return closed(fd);
    return fd;
}

/* On loopback each end has an address of its own, which the kernel would not choose by itself. */
static bool needs_address(const struct actor *a, int fd)
{
    struct sockaddr_in own = { 0 };
    socklen_t size = sizeof own;
    return strncmp(a->own, "127.", 4) == 0 && getsockname(fd, (struct sockaddr *)&own, &size) == 0 && !own.sin_port;
}

int actor_join(const struct actor *a, int fd)
{
    struct sockaddr_in address = actor_address(a->peer, a->number[ACTOR_PORT]);
    if (needs_address(a, fd) && !actor_bind(a, fd, 0))
        return -1;
    return connect(fd, (const struct sockaddr *)&address, sizeof address);
}

int actor_connect(const struct actor *a)
{
    int fd = actor_socket(SOCK_STREAM);
    return fd < 0 || actor_join(a, fd) == 0 ? fd : closed(fd);
}

int actor_accept(int listening)
{
    return accept4(listening, NULL, NULL, SOCK_CLOEXEC);
}

int actor_accept_one(const struct actor *a, unsigned mark)
{
    int listening = actor_listen(a, FEW_CLIENTS);
    actor_reach(a, mark);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (listening >= 0)
        close(listening);
    return fd;
}

bool actor_say(int fd, const char *words)
{
    size_t length = strlen(words);
    while (length) {
        ssize_t sent = send(fd, words, length, 0);
        if (sent < 0)
            return false;
        words += sent;
        length -= (size_t)sent;
    }
    return true;
}

size_t actor_hear(int fd, void *bytes, size_t length)
{
    size_t heard = 0;
    while (heard < length) {
        ssize_t got = recv(fd, (char *)bytes + heard, length - heard, 0);
        if (got <= 0)
            break;
        heard += (size_t)got;
    }
    return heard;
}

int64_t actor_drain(int fd)
{
    char bytes[4096];
    int64_t all = 0;
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        all += got;
    return got < 0 ? -1 : all;
}

int actor_datagrams(const struct actor *a)
{
    int fd = actor_socket(SOCK_DGRAM);
    return fd < 0 || !needs_address(a, fd) || actor_bind(a, fd, 0) ? fd : closed(fd);
}

int actor_bind_datagrams(const struct actor *a)
{
    int fd = actor_socket(SOCK_DGRAM);
    return fd < 0 || actor_bind(a, fd, a->number[ACTOR_PORT]) ? fd : closed(fd);
}

ssize_t actor_send_to(int fd, const void *bytes, size_t length, const struct sockaddr_in *to)
{
    return sendto(fd, bytes, length, 0, (const struct sockaddr *)to, sizeof *to);
}

ssize_t actor_hear_from(int fd, void *bytes, size_t length, struct sockaddr_in *from)
{
    struct sockaddr_in nobody;
    socklen_t size = sizeof nobody;
    return recvfrom(fd, bytes, length, 0, (struct sockaddr *)(from ? from : &nobody), &size);
}

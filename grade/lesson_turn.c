/* What only one run at a time may have: a user's number, and loopback, where ports are there once. */
#include "grade/lesson_parts.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { PLACES = 1024, LOOK_MS = 50, TIME_WAIT_S = 60 };

/* Among all who work on this network namespace: a name that only one can have, and that ends with its process. */
int lesson_lock(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "synfin-%s", name);
    int lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    if (lock >= 0 && bind(lock, (const struct sockaddr *)&address, size) == 0)
        return lock;
    if (lock >= 0)
        close(lock);
    return -1;
}

static int take_place(const char *name, unsigned place)
{
    char words[64];
    snprintf(words, sizeof words, "%.40s-%u", name, place);
    return lesson_lock(words);
}

/* When it is over; what passed is added to `waited`. */
static nanoseconds nap(nanoseconds since, atomic_llong *waited)
{
    nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * NS_PER_MS }, NULL);
    nanoseconds now = clock_steady();
    if (waited)
        atomic_fetch_add(waited, now - since);
    return now;
}

/* A line of places, each a lock. One enters at its far end and steps to the place before it when that is free, without
 * leaving her own until then: nobody passes another, and who ends in between leaves only a gap. */
int lesson_turn(const char *name, unsigned stuck_s, atomic_llong *waited)
{
    nanoseconds looked = clock_steady(), stepped = looked;
    unsigned place = PLACES;
    int lock = -1;
    while (place > 0 && looked - stepped < stuck_s * NS_PER_S) {
        int next = take_place(name, place - 1);
        if (next >= 0) {
            if (lock >= 0)
                close(lock);
            lock = next;
            place--;
            stepped = looked;
            continue;
        }
        looked = nap(looked, waited);
    }
    if (place > 0 && lock >= 0)
        close(lock);
    return place > 0 ? -1 : lock;
}

static bool can_bind(int type, uint32_t port, bool beside_old)
{
    const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;
    if (fd >= 0 && beside_old)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool can = fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) == 0 || errno != EADDRINUSE;
    if (fd >= 0)
        close(fd);
    return can;
}

bool lesson_port_wait(const struct lesson *lesson)
{
    uint32_t port = lesson_port(lesson);
    enum scenario_speaks speaks = lesson->scenario->speaks;
    bool ours = lesson->end == LAB_CLIENT;       /* our server's bind() gets a port that is in TIME-WAIT */
    nanoseconds now = clock_steady(), until = now + (TIME_WAIT_S + 5) * NS_PER_S;
    for (;; now = nap(now, lesson->waited)) {
        if ((speaks == SPEAKS_UDP || can_bind(SOCK_STREAM, port, ours)) &&
            (speaks == SPEAKS_TCP || can_bind(SOCK_DGRAM, port, false)))
            return true;
        if (now > until)
            return false;
    }
}

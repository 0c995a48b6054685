/* recorded.h - a program under the recorder, and all that was heard of it.
 */
#ifndef SYNFIN_TESTS_RECORDED_H
#define SYNFIN_TESTS_RECORDED_H

#include <sys/types.h>

#include "traffic/record.h"

struct heard {
    struct recorded *messages;    /* owned; their texts are their own */
    unsigned count;
    int status;                   /* of the recorder, as of waitpid(2) */
    bool refused;                 /* ptrace is not allowed here: there is nothing to be seen */
};

/* The recorder begins in a process of its own. */
struct recording *recorder_start(int (*program)(void *), bool hold, pid_t *recorder);

/* Hears what comes until all has ended; held calls are let go at once. */
void hear(struct heard *h, struct recording *recording, pid_t recorder);

/* Both. False: refused here. */
bool record(struct heard *h, int (*program)(void *), bool hold);

/* On a kernel as before Linux 6.9, where no thread but a process's first one has a descriptor. */
bool record_on_old_kernel(struct heard *h, int (*program)(void *));
void heard_free(struct heard *h);

/* The nth (from 1) message of that kind about that call; NULL: there is none. */
const struct recorded *heard_find(const struct heard *h, enum recorded_kind kind, enum call call, unsigned nth);
unsigned heard_count(const struct heard *h, enum recorded_kind kind, enum call call);

/* "socket=3 bind=0 connect=ECONNREFUSED": what returned, in this order, of that process; 0: of all. */
void heard_words(const struct heard *h, pid_t process, char *out, size_t room);

/* Of a program's end, and the ends of a call's socket ("": none; port 0: any). */
void assert_exited(const struct heard *h, int status);
void assert_ends(const struct recorded *m, const char *local, unsigned port, const char *remote);

enum { WORDS = 2048 };

/* The beginning of a test: what was heard, and its words; where ptrace is refused there is nothing to test. */
#define RECORDED(program) \
    struct heard h; \
    char words[WORDS] = ""; \
    if (!record(&h, program, false)) \
        return; \
    heard_words(&h, 0, words, sizeof words)

/* A listening TCP socket on loopback, a connected pair of it, a UDP socket with a port; -1: that failed. */
int listening_socket(uint16_t *port);
int connected_to(uint16_t port);
int datagram_socket(uint16_t *port);

/* A program: sendto() and sendmsg(), recvfrom() and recv(). 77: there is no IPv6 here. */
int datagrams_both_ways(void *self);

#endif

/* actor.h - what a program of a scenario has at hand: its numbers, the other host's address, and a meeting point.
 *
 * Only ordinary socket calls, each made here under its own name, so that what is recorded reads as the program does.
 * Calls wait as long as they do for anybody: the session ends a program whose time is over.
 */
#ifndef SYNFIN_TRAFFIC_ACTOR_H
#define SYNFIN_TRAFFIC_ACTOR_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "traffic/fault.h"

enum { ACTOR_PATIENCE_S = 9, ACTOR_ADDRESS = 46, ACTOR_MARKS = 16, ACTOR_WORD = 5 };

/* Parameters, by --NAME. */
enum actor_number { ACTOR_PORT, ACTOR_CLIENTS, ACTOR_COUNT, ACTOR_SIZE, ACTOR_RATE, ACTOR_NUMBERS };
extern const char *const actor_number_names[ACTOR_NUMBERS];      /* "port", "clients", "count", "size", "messages" */
extern const char *const actor_number_says[ACTOR_NUMBERS];       /* " (messages)": what the name leaves open, or "" */

/* Memory that both ends share, where they run on one machine: what each has reached. */
struct meeting {
    _Atomic uint32_t reached[LAB_ENDS][ACTOR_MARKS];
};

struct actor {
    enum lab_end end;
    char own[ACTOR_ADDRESS], peer[ACTOR_ADDRESS];    /* as text; own "": any address */
    uint32_t number[ACTOR_NUMBERS];
    uint64_t seed;
    struct meeting *meeting;      /* NULL: the other end is another program, or on another machine */
    bool by_hand;                 /* each call waits until somebody makes it: there is no haste */
};

/* This end has come to a mark of the scenario (0 to ACTOR_MARKS - 1), once more. */
void actor_reach(const struct actor *actor, unsigned mark);

/* For poll(): ACTOR_PATIENCE_S in milliseconds; -1: by hand. */
int actor_patience(const struct actor *actor);

/* Waits until the other end has come to it so many times; where it cannot be known, a moment. */
void actor_await(const struct actor *actor, unsigned mark, unsigned times);

void actor_nap(unsigned ms);

/* Goes on until it is asked to end (SIGTERM), for a server that stays. */
void actor_stay(void);

/* least to most, the same for the same seed, end and `place`. */
uint32_t actor_chance(const struct actor *actor, unsigned place, uint32_t least, uint32_t most);

/* A nap of 300 ms or more, by chance: long enough to look at the sockets. */
void actor_rest(const struct actor *actor);

/* A word of ACTOR_WORD letters, by chance. */
const char *actor_word(const struct actor *actor, unsigned place);

/* Waits until so many bytes lie in the socket's receive queue (of a UDP socket: in its first datagram). */
void actor_await_bytes(const struct actor *actor, int fd, int bytes);

/* Prints "recv() = 5", or "recv() = -1, ECONNRESET: Connection reset by peer". Gives `gave` again, and keeps errno. */
int64_t actor_tell(const char *call, int64_t gave);

/* The same of recvfrom(): "recvfrom() = 5, from 10.9.0.2:40000". */
int64_t actor_tell_from(int64_t gave, const struct sockaddr_in *from);

/* Prints the addresses of both ends: getsockname(), getpeername(). */
void actor_tell_ends(int fd);

/* poll() for one of these events, an error or a hang-up. False: none came. */
bool actor_poll(const struct actor *actor, int fd, short events);

/* "": any address. */
struct sockaddr_in actor_address(const char *address, uint32_t port);

/* --- socket calls with what goes with them; -1 and errno as the call gives it --- */

/* SOCK_STREAM or SOCK_DGRAM. */
int actor_socket(int type);

/* socket(), SO_REUSEADDR unless `plain`, bind() to this host's address, listen(). */
int actor_listen(const struct actor *actor, int backlog);

/* bind() to this host's address and a port; 0: the kernel chooses. */
bool actor_bind(const struct actor *actor, int fd, uint32_t port);

/* connect() to the other host; 0, or -1. */
int actor_join(const struct actor *actor, int fd);

/* socket(), connect() to the other host. */
int actor_connect(const struct actor *actor);

int actor_accept(int listening);

/* actor_listen(), this mark, accept() of one client, close() of the listening socket. The client's socket. */
int actor_accept_one(const struct actor *actor, unsigned mark);

/* All of it, in as many send() as it takes. */
bool actor_say(int fd, const char *words);

/* recv() until so many bytes have come; fewer: the stream ended or it failed. */
size_t actor_hear(int fd, void *bytes, size_t length);

/* recv() until it gives 0. How many bytes came, or -1. */
int64_t actor_drain(int fd);

/* A bound UDP socket of this host, and any UDP socket. */
int actor_bind_datagrams(const struct actor *actor);
int actor_datagrams(const struct actor *actor);

/* sendto(), and recvfrom() where `from` may be NULL. */
ssize_t actor_send_to(int fd, const void *bytes, size_t length, const struct sockaddr_in *to);
ssize_t actor_hear_from(int fd, void *bytes, size_t length, struct sockaddr_in *from);

#endif

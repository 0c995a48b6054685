/* record_parts.h - the parts of the recorder: what a system call means, what a socket's ends are, who has which socket.
 * Internal to it.
 *
 * A traced program is foreign: pointers and numbers of its system calls may be anything, and what is read from its
 * memory may be changed by another of its threads before the kernel reads it. Everything here is bounded and never
 * waits.
 */
#ifndef SYNFIN_TRAFFIC_RECORD_PARTS_H
#define SYNFIN_TRAFFIC_RECORD_PARTS_H

#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

#include "traffic/record.h"

/* --- system calls (record_call.c, record_words.c) --- */

/* How the arguments of a system call are read. */
enum shape {
    SHAPE_SOCKET, SHAPE_BIND, SHAPE_CONNECT, SHAPE_LISTEN, SHAPE_ACCEPT, SHAPE_SEND, SHAPE_WRITE, SHAPE_WRITEV,
    SHAPE_SENDMSG, SHAPE_SENDMMSG, SHAPE_SENDFILE, SHAPE_SPLICE, SHAPE_RECV, SHAPE_READ, SHAPE_READV, SHAPE_RECVMSG,
    SHAPE_RECVMMSG, SHAPE_SHUTDOWN, SHAPE_SETSOCKOPT, SHAPE_CLOSE, SHAPE_CLOSE_RANGE, SHAPE_POLL, SHAPE_PPOLL,
    SHAPE_SELECT, SHAPE_PSELECT, SHAPE_EPOLL, SHAPE_DUP, SHAPE_DUP_TO, SHAPE_FCNTL, SHAPE_EXEC
};

struct meaning {
    uint64_t number;              /* of the system call, on this kind of processor */
    uint8_t shape, call;          /* enum shape, enum call */
};

/* One system call on its way. */
struct asked {
    const struct meaning *meaning;
    pid_t thread;
    uint64_t arg[6];
};

/* NULL: none that could be one on a socket. */
const struct meaning *meaning_of(uint64_t number);

/* The filter that stops exactly at those, and lets all else pass. */
enum { FILTER_ROOM = 128 };
unsigned record_filter(struct sock_filter filter[FILTER_ROOM]);
uint32_t record_architecture(void);

/* The descriptor that it is about (of splice(), the one it reads from); -1: none or many. */
int32_t asked_descriptor(const struct asked *asked);

/* Is this socket() for what is recorded? Is this setsockopt() of interest to anybody? */
bool asked_for_socket(const struct asked *asked);
bool asked_for_option(const struct asked *asked);

/* Which call it is told as, on a socket of this protocol: write() on a stream is a send(). */
uint8_t asked_call(const struct asked *asked, uint8_t protocol);

/* Its arguments as a student reads them; "" where there is nothing to say. */
void asked_words(char out[CALLS_TEXT_MOST + 1], const struct asked *asked);

/* The same once it has returned, where that tells more: recvmsg() whose datagram was cut. False: it does not. */
bool returned_words(char out[CALLS_TEXT_MOST + 1], const struct asked *asked);

/* The descriptors that poll() or select() is to look at, at most ASKED_FDS; how many. */
enum { ASKED_FDS = 64 };
unsigned asked_descriptors(const struct asked *asked, int32_t fds[ASKED_FDS]);

/* The descriptors that a message of sendmsg() takes along, or that recvmsg() was given once it has returned; at most
 * RIGHTS_MOST. */
enum { RIGHTS_MOST = 64 };
unsigned asked_rights(const struct asked *asked, int32_t fds[RIGHTS_MOST]);

/* Has the message room for any? */
bool asked_for_rights(const struct asked *asked);

/* The address that a call gives, as connect() and sendto() do, or was given once it has returned, as recvfrom(). */
bool asked_address(const struct asked *asked, struct call_end *end);

/* --- sockets (record_socket.c) --- */

struct socket_facts {
    bool seen;                    /* else this process may not look at it */
    uint8_t protocol;             /* 6, 17; 0: nothing that is recorded */
    bool listens;
    uint64_t cookie;              /* the kernel's number of this socket */
    struct call_end local, remote;
};

/* What the descriptor of that thread is now; `process` is its thread group. */
void socket_look(struct socket_facts *facts, pid_t thread, pid_t process, int32_t fd);

/* Version 0 where it is no IPv4 or IPv6 address. */
void socket_end(struct call_end *end, const struct sockaddr_storage *address, size_t length);

/* A connect() that failed leaves its socket with the port that it had, but without an address. */
bool socket_is_anywhere(const struct call_end *end);

/* The address that this host speaks to that one from; nothing is sent. Version 0 where there is no way there. */
void socket_own_address(struct call_end *local, const struct call_end *remote);

/* Bytes of memory that could be read, at most `length`. By a thread that is alive: the first may have ended before. */
size_t memory_read(pid_t thread, uint64_t at, void *out, size_t length);

/* --- who has which socket (record_holders.c) --- */

struct held {
    int32_t fd;
    uint8_t protocol;
    uint64_t cookie;
    struct call_end local, remote;
};

/* A process that is traced; a list of them all. */
struct holder {
    struct holder *next;
    pid_t pid;
    pid_t caller;                 /* its thread that made a call last; `pid` where that one has ended */
    unsigned threads, alive;      /* still to be waited for; not yet at their end */
    char name[16];                /* "" until asked for */
    struct held *held;            /* owned, by descriptor */
    unsigned count, room;
};

enum { HELD_MOST = 1 << 16 };     /* in all; what is beyond is taken for held by one process only */
enum { SENT_MOST = 64 };          /* the latest */

struct holders {
    struct holder *first;
    unsigned held;
    uint64_t sent[SENT_MOST];     /* cookies of what is in messages between processes: open, and nobody has it */
    unsigned sent_count;
};

/* NULL: no memory. `parent` gives its sockets on; it may be NULL. */
struct holder *holder_new(struct holders *holders, pid_t pid, const struct holder *parent);
void holder_free(struct holders *holders, struct holder *holder);
struct held *holder_find(const struct holder *holder, int32_t fd);
void holder_take(struct holders *holders, struct holder *holder, int32_t fd, const struct socket_facts *facts);
void holder_drop(struct holders *holders, struct holder *holder, int32_t fd);
void holder_inherit(struct holders *holders, struct holder *holder, const struct holder *parent);

/* It goes in a message; it came out of one. */
void holders_send(struct holders *holders, uint64_t cookie);
void holders_receive(struct holders *holders, uint64_t cookie);

/* Has another descriptor this socket, of this process or another, or a message? Those that have it no more are dropped
 * on the way. */
bool holders_share(struct holders *holders, const struct holder *holder, int32_t fd, uint64_t cookie);

/* --- the recorder itself (record.c, record_tell.c, record_stops.c) --- */

/* A call between its entry and its return. */
struct going {
    bool active, told;            /* not told: only its result is of interest, as dup()'s */
    struct asked asked;
    struct true_call call;        /* without texts */
    struct held over;             /* dup2() onto it; protocol 0: onto no socket */
};

enum phase {
    PHASE_RUNNING,                /* stops at the next socket call */
    PHASE_HELD,                   /* stands before one, and waits for leave */
    PHASE_CALLING,                /* is in one; stops when it returns */
    PHASE_INTERRUPTED,            /* a signal came first: it will be restarted, or return EINTR after the handler */
};

struct tracee {
    pid_t thread;
    struct holder *process;
    enum phase phase;
    bool ending;                  /* past its last instruction */
    uint64_t entered;             /* the system call that it entered last, while each is looked at */
    struct going going;
    struct going outer;           /* interrupted, while a handler makes calls of its own */
};

enum { TRACEES_MOST = 1 << 16, LOOKS_LATER = 16 };

struct recorder {
    int socket, signals, problem; /* problem: a pipe, the child's errno where it cannot be filtered */
    bool hold;
    bool gone, slow;              /* the reader */
    pid_t program;
    int status;                   /* the program's, once it has ended */
    uint32_t number;              /* of the last call */
    uint64_t lost;
    void *tracees;                /* a tree of tsearch(3) */
    unsigned count;
    struct holders holders;
    struct {
        pid_t thread;
        uint32_t number;
        nanoseconds made;         /* steady clock */
    } later[LOOKS_LATER];         /* connect()s whose own port was not known yet */
    unsigned later_count;
};

/* Sends one message; false: it was lost. */
bool tell(struct recorder *r, enum recorded_kind kind, const struct tracee *t, const struct going *going, int status);

/* With its result, as the kernel gave it. */
void tell_returned(struct recorder *r, const struct tracee *t, const struct going *going, int64_t result);

/* The descriptor of that thread now; its process's list is put right on the way. */
void look(struct recorder *r, struct tracee *t, int32_t fd, struct socket_facts *facts);
void take_facts(struct true_call *call, const struct socket_facts *facts);

/* The connection ends with the last close(), whoever makes it. */
void close_begins(struct recorder *r, struct tracee *t, struct going *going);

/* What waitpid(2) gave. */
void take_status(struct recorder *r, pid_t thread, int status);

/* Leave for a held call; 0: for all of them. */
void take_leave(struct recorder *r, uint32_t number);

/* --- what a call does to other sockets than the one that it is about (record_beside.c) --- */

/* close_range() is made: told as a close() of each. */
void beside_close_range(struct recorder *r, struct tracee *t);

/* Is this dup2(), sendmsg() or recvmsg() of interest for others, though not for its own descriptor? */
bool beside_begins(struct recorder *r, struct tracee *t, struct going *going);
void beside_returns(struct recorder *r, struct tracee *t, struct going *going, int64_t result);

/* execve() has closed what was to be closed then. */
void beside_executed(struct recorder *r, struct tracee *t, const struct going *going);

/* Looks for the own ports of connect()s that wait; milliseconds until it wants to be called again, -1: not. */
int look_later(struct recorder *r);

#endif

/* call.h - one socket call as a program made it and somebody recorded it: a true call, where the decoder only infers.
 *
 * Values only. Like a frame it comes from outside with its time and is borrowed: whoever keeps it, keeps the list that
 * it is of (calls.h). Texts are UTF-8 and harmless for a terminal.
 */
#ifndef SYNFIN_CAPTURE_CALL_H
#define SYNFIN_CAPTURE_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/time.h"

/* Socket calls as they are told. exit is none that a program makes on a socket: the process ended, and the kernel
 * closed what it had open. The last one is what an inferred FIN cannot tell apart, and is never recorded. */
#define CALLS(X) \
    X(CONNECT, "connect") \
    X(LISTEN, "listen") \
    X(ACCEPT, "accept") \
    X(SEND, "send") \
    X(SENDTO, "sendto") \
    X(CLOSE, "close") \
    X(SHUTDOWN, "shutdown") \
    X(SOCKET, "socket") \
    X(BIND, "bind") \
    X(RECV, "recv") \
    X(RECVFROM, "recvfrom") \
    X(SETSOCKOPT, "setsockopt") \
    X(POLL, "poll") \
    X(EXIT, "exit") \
    X(CLOSE_OR_SHUTDOWN, "close_or_shutdown")

enum call {
#define X(id, name) CALL_##id,
    CALLS(X)
#undef X
    CALL_COUNT
};

extern const char *const call_names[CALL_COUNT];

enum caller { CALLER_CLIENT, CALLER_SERVER };

enum { CALL_DATAGRAMS = 17 };     /* UDP, as a call's protocol */

#define CALL_CUT "cut: MSG_TRUNC" /* among the arguments of a recv() that was recvmsg(): more had come than it gave */

struct call_end {
    uint8_t address[16];          /* network byte order; IPv4 in the first four bytes; all zero: any address */
    uint16_t port;                /* host byte order */
    uint8_t version;              /* 4 or 6; 0: the end is not known */
};

struct true_call {
    nanoseconds time, end;        /* when it was made and when it returned */
    bool stays_open;              /* of close(): another descriptor has the socket, so the connection goes on */
    bool returned;                /* else it never did, as far as is known, and `end` says nothing */
    uint8_t call;                 /* enum call */
    uint8_t who;                  /* enum caller: which program of the lesson; the ends below say which end of what */
    uint8_t protocol;             /* IP's number: 6, 17; 0: not known */
    int32_t fd, pid;              /* -1: not known. Of accept(): the listening socket */
    uint32_t number;              /* in the order recorded, from 1 */
    struct call_end local;        /* of the socket; of accept(): of the one it gave; of bind() that failed: asked for */
    struct call_end remote;       /* the other end, also for one sendto() or recvfrom() */
    const char *args;             /* in words; NULL: none */
    const char *result;           /* "0", "5", "-1"; NULL: not known */
    const char *error;            /* "ECONNREFUSED"; NULL: none */
    const char *program;          /* NULL: not known */
};

/* Making and returning, each at its time: frames lie between. */
struct call_moment {
    nanoseconds time;
    const struct true_call *call;
    bool returns;
};

/* Any address of the host: only the port is known, as of a UDP socket that is not connected. */
static inline bool call_end_anywhere(const struct call_end *end)
{
    static const uint8_t any[16] = { 0 };
    return end->version && memcmp(end->address, any, sizeof any) == 0;
}

/* Both ends are known: the call is of one conversation, not of all that one socket has. An IPv6 socket for any address
 * takes IPv4 too. */
static inline bool call_of_one(const struct true_call *call)
{
    return call->protocol && call->local.version && call->remote.version &&
           (call->local.version == call->remote.version || call_end_anywhere(&call->local));
}

/* Calls that put something on the wire; calls that wait for what comes. */
static inline bool call_sends(unsigned call)
{
    return call == CALL_CONNECT || call == CALL_SEND || call == CALL_SENDTO || call == CALL_CLOSE ||
           call == CALL_SHUTDOWN || call == CALL_EXIT || call == CALL_CLOSE_OR_SHUTDOWN;
}

/* This one does. Not the close() of a socket that another descriptor has, nor a send() that failed; of a datagram
 * socket neither connect() nor close(). */
static inline bool call_puts(const struct true_call *call)
{
    bool gives = call->call == CALL_SEND || call->call == CALL_SENDTO;
    if (gives)
        return !call->error;
    return call_sends(call->call) && !call->stays_open && call->protocol != CALL_DATAGRAMS;
}

/* By name such a call ends what its end sends: inferred from a FIN. This one did, in its conversation, or a RST came of
 * it. */
static inline bool call_ends(unsigned call)
{
    return call == CALL_CLOSE || call == CALL_SHUTDOWN || call == CALL_EXIT || call == CALL_CLOSE_OR_SHUTDOWN;
}

static inline bool call_ended(const struct true_call *call)
{
    bool half = call->call == CALL_SHUTDOWN && (call->error || (call->args && strcmp(call->args, "SHUT_RD") == 0));
    return call_ends(call->call) && call_of_one(call) && !call->stays_open && !half;
}

static inline bool call_receives(unsigned call)
{
    return call == CALL_RECV || call == CALL_RECVFROM || call == CALL_POLL || call == CALL_ACCEPT;
}

/* Of these a program makes many; the others tell something each time. */
static inline bool call_is_frequent(unsigned call)
{
    return call == CALL_SEND || call == CALL_SENDTO || call == CALL_RECV || call == CALL_RECVFROM || call == CALL_POLL;
}

#endif

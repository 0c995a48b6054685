/* sockets_seen.h - the sockets of one host: as the segments let us know them, and, where its kernel is asked, as that
 * has them. What the Sockets pane draws.
 */
#ifndef SYNFIN_UI_SOCKETS_SEEN_H
#define SYNFIN_UI_SOCKETS_SEEN_H

#include "report/beside.h"
#include "ui/view.h"

enum { SOCKETS_MOST = 400 };

/* Bound: a TCP socket that neither listens nor connects, which only the kernel knows. */
enum socket_kind { SOCKET_LISTENING, SOCKET_CONNECTED, SOCKET_DATAGRAM, SOCKET_BOUND };

struct socket {
    enum socket_kind kind;
    struct tuple key;                 /* local is key.address[end]; a remote port of 0: none */
    unsigned end;
    const struct conversation *row;   /* any of it; of a connected socket its own; NULL: no frame told of it */
    uint32_t count;                   /* datagram: senders */
    bool gone;                        /* connected: the segment of the present was its last */
    int32_t fd;                       /* in its program; -1: not known */
    const struct kernel_socket *kernel;   /* NULL: it has none such, or nobody knows */
    struct beside beside;             /* connected, with a row */
};

/* What arrives: the segment or datagram of the present. */
struct arrival {
    const struct step *unit;          /* NULL: none */
    const struct conversation *of;    /* as it stands at the present */
    unsigned to;                      /* end of the key */
};

struct seen {
    struct socket sockets[SOCKETS_MOST];
    unsigned count, listening, connected, datagram;   /* seen by the capture: so many of each */
    unsigned of_kernel;               /* that only the kernel knows, among them */
    unsigned differ, moving;          /* connections that the kernel has in another state */
    uint64_t left_out;                /* rows that were not looked at, or found no room */
    uint64_t kernel_left_out;         /* sockets of the kernel that found no room */
    const struct kernel_host *kernel; /* NULL: it is not asked */
};

struct arrival arrival_of(const struct present *present);

/* Is it a SYN that opens? */
bool arrival_opens(const struct arrival *arrival);

/* The sockets of the host that end `host` of the arrival's row is at; `seen` begins as {0}. */
void sockets_look(const struct present *present, const struct arrival *arrival, unsigned host, struct seen *seen);

/* All sockets of a host, where no frame has told of any. */
void sockets_of_host(const struct kernel_host *kernel, struct seen *seen);

/* In words: does it take what arrives? *yes: it is the one. */
const char *socket_takes(const struct socket *socket, const struct arrival *arrival, bool *yes);

#endif

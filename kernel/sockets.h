/* sockets.h - the door of kernel/: the sockets of a network namespace as its kernel has them, not as segments tell.
 *
 * By NETLINK_SOCK_DIAG (libmnl): what ss(8) shows. Any user may ask. A descriptor asks the namespace it was opened in,
 * wherever and with whatever privileges it is used. The kernel tells one socket after the other while others change, so
 * a table is not of one instant; each socket in it is.
 *
 * Where the kernel's figures count something else than bytes (a SYN or FIN is one, ss shows it), it is taken off.
 */
#ifndef SYNFIN_KERNEL_SOCKETS_H
#define SYNFIN_KERNEL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "kernel/owners.h"

/* RFC 9293 3.3.2, in the order of Linux's numbers. A UDP socket is CLOSED, after connect() ESTABLISHED; a TCP socket
 * that is CLOSED is bound and neither listens nor connects (told since Linux 6.8). */
#define KERNEL_STATES(X) \
    X(UNKNOWN, "UNKNOWN") \
    X(ESTABLISHED, "ESTABLISHED") \
    X(SYN_SENT, "SYN-SENT") \
    X(SYN_RECEIVED, "SYN-RECEIVED") \
    X(FIN_WAIT_1, "FIN-WAIT-1") \
    X(FIN_WAIT_2, "FIN-WAIT-2") \
    X(TIME_WAIT, "TIME-WAIT") \
    X(CLOSED, "CLOSED") \
    X(CLOSE_WAIT, "CLOSE-WAIT") \
    X(LAST_ACK, "LAST-ACK") \
    X(LISTEN, "LISTEN") \
    X(CLOSING, "CLOSING")

enum kernel_state {
#define X(id, name) KERNEL_##id,
    KERNEL_STATES(X)
#undef X
    KERNEL_STATE_COUNT
};

extern const char *const kernel_state_names[KERNEL_STATE_COUNT];

enum kernel_timer { TIMER_NONE, TIMER_RETRANSMISSION, TIMER_KEEP_ALIVE, TIMER_TIME_WAIT, TIMER_PERSIST };

enum { KERNEL_TCP = 6, KERNEL_UDP = 17 };

struct kernel_end {
    uint8_t address[16];          /* network byte order; IPv4 in the first four bytes, the rest zero; all zero: any */
    uint16_t port;                /* host byte order; 0: none */
};

struct kernel_socket {
    struct kernel_end local, remote;
    uint8_t protocol;             /* KERNEL_TCP, KERNEL_UDP */
    uint8_t version;              /* 4 or 6; 4 where an IPv6 socket talks IPv4 (::ffff:10.9.0.1) */
    uint8_t state;                /* enum kernel_state */
    uint8_t timer;                /* enum kernel_timer: which one runs */
    bool dual;                    /* an IPv6 socket for any address that takes IPv4 too */
    bool fin_unread;              /* the peer's FIN is here, and no recv() has come as far as it */
    uint8_t tries;                /* retransmissions, or probes, without an answer so far */
    uint32_t receive_queue;       /* TCP: bytes here that no recv() has taken. UDP: memory of the datagrams that wait */
    uint32_t send_queue;          /* TCP: bytes given to send() that the peer has not acknowledged */
    uint32_t waiting, backlog;    /* LISTEN: connections in the accept queue; one more than backlog has room there */
    uint32_t dropped;             /* UDP: datagrams that found its buffer full; LISTEN: segments that found no room */
    uint32_t inode;               /* 0: no program holds it (kernel_unaccepted(), kernel_orphan()) */
    uint32_t uid;
    uint32_t round_trip_us;       /* smoothed; 0: none yet */
    uint32_t congestion_window;   /* in segments */
    uint32_t sent_again;          /* segments, since it was opened */
    nanoseconds timer_left;
    uint64_t cookie;              /* its own among all sockets of this kernel, as long as it runs */
};

/* Nobody has called accept() for it yet. */
static inline bool kernel_unaccepted(const struct kernel_socket *s)
{
    return s->protocol == KERNEL_TCP && !s->inode
           && (s->state == KERNEL_SYN_RECEIVED || s->state == KERNEL_ESTABLISHED || s->state == KERNEL_CLOSE_WAIT);
}

/* Its program has called close() or is dead; the kernel finishes alone. */
static inline bool kernel_orphan(const struct kernel_socket *s)
{
    return s->protocol == KERNEL_TCP && !s->inode && !kernel_unaccepted(s);
}

enum { KERNEL_SOCKETS_MOST = 16384 };

/* Sockets sorted by protocol, local port and the rest, so that they are found quickly. {0}: nothing is known. */
struct kernel_table {
    nanoseconds time;             /* wall clock before the first was asked for */
    struct kernel_socket *sockets;    /* owned */
    size_t count, room;
    uint64_t left_out;            /* beyond KERNEL_SOCKETS_MOST */
    bool cut;                     /* time ran out: there are more, nobody knows how many */
    bool tcp, udp;                /* the kernel tells of these; else none of them is known */
};

/* A netlink socket for the network namespace that this process is in now; -1: errno. */
int sockets_open(void);

/* Reads the table anew; takes at most about 60 ms. False: errno, and the table is empty. */
bool sockets_read(int diag, struct kernel_table *table);
void sockets_free(struct kernel_table *table);

/* For tables made by hand: brings the sockets into their order. */
void sockets_sort(struct kernel_table *table);

/* Would the same be said of both? Timers and round trips aside. */
bool sockets_same(const struct kernel_table *a, const struct kernel_table *b);

/* Is it a TCP socket in LISTEN, or a UDP socket that is bound and not connected? And: is there one? */
bool socket_expects_peers(const struct kernel_socket *socket);
bool sockets_expect_peers(const struct kernel_table *table);

/* The sockets of a protocol with this local port: the first one, and how many follow in *count, it included. */
const struct kernel_socket *sockets_of_port(const struct kernel_table *table, unsigned protocol, uint16_t port,
                                            size_t *count);

/* The socket of these four numbers; NULL: there is none. */
const struct kernel_socket *sockets_find(const struct kernel_table *table, unsigned protocol, unsigned version,
                                         const struct kernel_end *local, const struct kernel_end *remote);

/* Does a socket without a remote end take what comes to this address? */
bool kernel_takes_address(const struct kernel_socket *socket, unsigned version, const uint8_t address[16]);

/* What there is at one address and port of a server. */
struct kernel_port {
    const struct kernel_socket *open; /* that listens there, or takes datagrams from anybody: the nearest; NULL: none */
    unsigned opens;               /* how many such */
    unsigned connected;           /* sockets of one peer each; those in TIME-WAIT left out */
};
struct kernel_port sockets_at(const struct kernel_table *table, unsigned protocol, unsigned version,
                              const struct kernel_end *local);

/* --- whose sockets they are --- */

enum { KERNEL_ADDRESSES = 64 };

struct kernel_host {
    int diag;                     /* as of sockets_open(), owned; -1: it cannot be asked, its table stays as it is */
    struct kernel_table table;    /* owned: what was read last */
    struct kernel_owners owners;  /* owned: the programs that hold them, where that is known */
    unsigned count;
    struct kernel_address {
        uint8_t bytes[16];
        uint8_t version;
    } addresses[KERNEL_ADDRESSES];    /* its own; of more than these nothing is said */
};

/* The host, or namespace, that this process is in: its descriptor and its addresses. False: errno. */
bool kernel_host_open(struct kernel_host *host);
void kernel_host_close(struct kernel_host *host);

/* Reads its table anew (sockets_read), and now and then whose the sockets are. True: it says something else now. */
bool kernel_host_read(struct kernel_host *host);

/* One more address, as text. False: it is none, or there are too many. */
bool kernel_host_add(struct kernel_host *host, const char *address);

/* Is it this host's address? (With 127.0.0.1, all of 127.0.0.0/8.) */
bool kernel_host_has(const struct kernel_host *host, unsigned version, const uint8_t address[16]);

#endif

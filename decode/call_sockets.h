/* call_sockets.h - which rows a program's sockets have been of: where a call is told that names no other end.
 *
 * recvmsg() of a UDP socket, poll() that gives 0, a bind() that fails: none says whose it is. It is told with the row
 * of the same socket (process and descriptor), of several with the one that spoke last; what went wrong with a socket
 * that never had a row, with the latest row of the same program.
 */
#ifndef SYNFIN_DECODE_CALL_SOCKETS_H
#define SYNFIN_DECODE_CALL_SOCKETS_H

#include "decode/internal.h"

enum { SOCKET_ROWS_MOST = 64 };   /* the latest */

struct socket_row {
    struct tuple key;
    uint32_t hash;
    int32_t fd, pid;
    uint8_t program;              /* enum caller */
    uint8_t end;
    bool closed;                  /* the descriptor may be another socket's by now */
};

struct call_sockets {
    struct socket_row rows[SOCKET_ROWS_MOST];
    unsigned count;
};

/* The descriptor that a call is about: of socket() the one it gave. */
int32_t call_descriptor(const struct true_call *call);

/* This call is of that end of the row, and so is its socket, until it is closed. */
void call_sockets_learn(struct call_sockets *sockets, const struct decoder *d, const struct conversation *row,
                        unsigned end, const struct true_call *call);
void call_sockets_close(struct call_sockets *sockets, const struct true_call *call);

/* The row to tell this call with, and *end: whose end of it made it. NULL: it is no such call, or there is none. */
const struct conversation *call_sockets_row(const struct call_sockets *sockets, const struct decoder *d,
                                            const struct true_call *call, unsigned *end);

#endif

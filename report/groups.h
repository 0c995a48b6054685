/* groups.h - rows gathered under the server's socket that they belong to: what the overview shows.
 *
 * A TCP socket address of a server is a heading, its connections are the rows; a UDP socket is a heading, its senders
 * are the rows. Groups come in the order of their first rows, rows in the order of ids.
 */
#ifndef SYNFIN_REPORT_GROUPS_H
#define SYNFIN_REPORT_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "decode/decoder.h"

/* The socket of a server that a row belongs to. */
struct server_socket {
    uint8_t address[16];          /* as in struct tuple */
    uint16_t port;
    uint8_t protocol, version;
};

struct server_socket server_socket_of(const struct conversation *row);
uint64_t server_socket_hash(const struct server_socket *socket);

/* Below 0, 0 or above, in an order that means nothing. */
static inline int server_socket_compare(const struct server_socket *a, const struct server_socket *b)
{
    return memcmp(a, b, sizeof *a);
}

struct grouped_row {
    uint64_t hash;                /* of the server's protocol, address and port */
    const struct conversation *row;
    uint32_t id;
};

struct group {
    const struct grouped_row *rows;
    size_t count;
};

struct groups {
    struct grouped_row *rows;     /* owned: all rows, group by group */
    struct group *groups;         /* owned */
    size_t row_count, count;
};

/* False when memory ran out. Borrows the decoder's rows: valid until it is fed again. only: one row's id, or 0 for
 * all. */
bool groups_make(struct groups *groups, const struct decoder *decoder, uint32_t only);
void groups_free(struct groups *groups);

/* How many connections of a group were established at the same time, at most. `end` is the time of the last frame of
 * all. 0 where memory ran out. */
size_t group_at_once(const struct group *group, nanoseconds end);

#endif

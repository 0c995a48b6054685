#include "decode/call_sockets.h"

#include <stdlib.h>

int32_t call_descriptor(const struct true_call *call)
{
    return call->call == CALL_SOCKET && call->result && !call->error ? atoi(call->result) : call->fd;
}

static bool same_program(const struct socket_row *row, const struct true_call *call)
{
    return row->pid == call->pid && row->program == call->who;
}

static bool same_socket(const struct socket_row *row, const struct true_call *call)
{
    int32_t fd = call_descriptor(call);
    return fd >= 0 && row->fd == fd && !row->closed && same_program(row, call);
}

void call_sockets_learn(struct call_sockets *s, const struct decoder *d, const struct conversation *row,
                        unsigned end, const struct true_call *call)
{
    int32_t fd = call_descriptor(call);
    if (fd < 0 || call->call == CALL_ACCEPT)       /* its descriptor is the listening socket's */
        return;
    for (unsigned i = s->count; i-- > 0;)
        if (same_socket(&s->rows[i], call) && tuple_equal(&s->rows[i].key, &row->key))
            return;
    if (s->count == SOCKET_ROWS_MOST)
        memmove(&s->rows[0], &s->rows[1], --s->count * sizeof s->rows[0]);
    s->rows[s->count++] = (struct socket_row){ .key = row->key, .hash = tuple_hash(&row->key, d->options.secret),
                                               .fd = fd, .pid = call->pid, .program = call->who, .end = (uint8_t)end };
}

void call_sockets_close(struct call_sockets *s, const struct true_call *call)
{
    for (unsigned i = 0; i < s->count; i++)
        if (same_socket(&s->rows[i], call))
            s->rows[i].closed = true;
}

/* Of a socket that waits for whoever comes only what fails: its accept() and close() are of nobody in particular. Of
 * poll() that it was in vain; else the call that takes what came tells it. */
static bool wants_row(const struct true_call *call)
{
    bool in_vain = call->call == CALL_POLL && call->result && strcmp(call->result, "0") == 0;
    bool takes = call->call == CALL_RECV || call->call == CALL_RECVFROM;
    bool bound = call->local.version && call->local.port;      /* told of the next who comes to that port */
    return in_vain || (takes && call->protocol == CALL_DATAGRAMS) ||
           (call->error && !(bound && call->call == CALL_BIND) && call->call != CALL_ACCEPT);
}

const struct conversation *call_sockets_row(const struct call_sockets *s, const struct decoder *d,
                                            const struct true_call *call, unsigned *end)
{
    const struct conversation *found = NULL;
    bool of_socket = false;
    for (unsigned i = s->count; wants_row(call) && i-- > 0;) {
        const struct socket_row *at = &s->rows[i];
        bool same = same_socket(at, call);
        uint32_t reference = same || (call->error && !of_socket && same_program(at, call))
                                 ? table_find(&d->table, &at->key, at->hash) : 0;
        const struct conversation *row = reference ? table_row(&d->table, reference) : NULL;
        if (!row || (found && same == of_socket && row->last_time <= found->last_time))
            continue;
        found = row;
        of_socket = same;
        *end = at->end;
    }
    return found;
}

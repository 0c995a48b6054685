/* The sockets that the kernel of a live report's host has at its end, one object each: beside an inferred state where
 * the capture has one.
 */
#include <stdlib.h>

#include "report/beside.h"
#include "report/json.h"
#include "report/words.h"

/* By the kernel's sockets: the connection that each is of. */
struct owners {
    const struct connection **connection;    /* owned; NULL: memory ran out, or there is none */
    uint8_t *end;                             /* owned */
};

static void find_owners(struct owners *o, const struct decoder *decoder, const struct kernel_host *host)
{
    const struct kernel_table *table = &host->table;
    o->connection = calloc(table->count + 1, sizeof(struct connection *));
    o->end = calloc(table->count + 1, sizeof *o->end);
    const struct conversation *row = o->connection && o->end ? decoder_first(decoder) : NULL;
    for (; row; row = decoder_after(decoder, row))
        for (unsigned end = 0; conversation_is_tcp(row) && end < 2; end++) {
            struct kernel_end local, remote;
            beside_ends(&row->key, end, &local, &remote);
            const struct kernel_socket *s = sockets_find(table, KERNEL_TCP, row->key.version, &local, &remote);
            if (!s || !kernel_host_has(host, row->key.version, row->key.address[end]))
                continue;
            o->connection[s - table->sockets] = as_connection(row);       /* the newest on these four numbers */
            o->end[s - table->sockets] = (uint8_t)end;
        }
}

static const char *kind_of(const struct kernel_socket *s)
{
    if (s->protocol == KERNEL_UDP)
        return "datagram";
    return s->state == KERNEL_LISTEN ? "listening" : s->state == KERNEL_CLOSED ? "bound" : "connected";
}

static void end_write(struct text *t, const char *name, const struct kernel_socket *s, const struct kernel_end *e)
{
    text_format(t, ",\"%s\":", name);
    if (!e->port) {
        text_string(t, "null");
        return;
    }
    text_string(t, "{\"addr\":\"");
    text_address(t, e->address, s->version);
    text_format(t, "\",\"port\":%u}", e->port);
}

/* The number, or null where it says nothing. */
static void number_write(struct text *t, const char *name, bool known, uint32_t n)
{
    text_format(t, ",\"%s\":", name);
    if (known)
        text_u64(t, n);
    else
        text_string(t, "null");
}

static void word_write(struct text *t, const char *name, const char *word)
{
    text_format(t, ",\"%s\":", name);
    text_json_string(t, word);
}

static void beside_write(struct text *t, const struct beside *b)
{
    static const char *const same[] = { [BESIDE_SAME] = "true", [BESIDE_DIFFERS] = "false" };
    bool known = b->agreement == BESIDE_SAME || b->agreement == BESIDE_DIFFERS;
    word_write(t, "inferred", b->wire ? tcp_state_names[b->wire] : NULL);
    text_format(t, ",\"same\":%s", known ? same[b->agreement] : "null");
    word_write(t, "difference", b->agreement == BESIDE_DIFFERS ? difference_words[b->why] : NULL);
}

static void socket_write(struct text *t, const struct kernel_host *host, const char *name, uint32_t i,
                         const struct owners *owners, const struct beside *beside)
{
    const struct kernel_socket *s = &host->table.sockets[i];
    const struct connection *c = owners->connection && owners->end ? owners->connection[i] : NULL;
    const struct kernel_owner *program = owners_find(&host->owners, s->inode);
    bool tcp = s->protocol == KERNEL_TCP, listens = tcp && s->state == KERNEL_LISTEN;
    text_format(t, "{\"type\":\"socket\",\"id\":%u", i + 1);
    word_write(t, "host", name ? name : c ? words_side(&c->head, owners->end[i]) : listens ? "server" : NULL);
    word_write(t, "protocol", tcp ? "tcp" : "udp");
    word_write(t, "kind", kind_of(s));
    end_write(t, "local", s, &s->local);
    end_write(t, "remote", s, &s->remote);
    number_write(t, "connection", c, c ? c->head.id : 0);
    struct kernel_port port = { 0 };          /* a connection on a port that listens was made by it */
    if (tcp && s->remote.port)
        port = sockets_at(&host->table, KERNEL_TCP, s->version, &s->local);
    number_write(t, "accepted_from", port.open, port.open ? (uint32_t)(port.open - host->table.sockets) + 1 : 0);
    text_format(t, ",\"accepted\":%s", kernel_unaccepted(s) ? "false" : port.open ? "true" : "null");
    word_write(t, "program", program ? program->name : NULL);
    number_write(t, "fd", program, program ? (uint32_t)program->fd : 0);
    text_string(t, ",\"certainty\":\"kernel\",\"time\":\"");
    text_time(t, host->table.time);
    text_char(t, '"');
    word_write(t, "state", tcp ? kernel_state_names[s->state] : NULL);
    number_write(t, "waiting", listens, s->waiting);
    number_write(t, "backlog", listens, s->backlog);
    number_write(t, "receive_queue", tcp && !listens, s->receive_queue);
    number_write(t, "send_queue", tcp && !listens, s->send_queue);
    beside_write(t, beside);
    text_string(t, "}\n");
}

void json_sockets(struct text *t, const struct decoder *decoder, const struct kernel_host *host, const char *name,
                  nanoseconds told)
{
    struct owners owners;
    find_owners(&owners, decoder, host);
    for (uint32_t i = 0; i < host->table.count; i++) {
        const struct kernel_socket *s = &host->table.sockets[i];
        struct beside beside = { .agreement = BESIDE_UNKNOWN };
        if ((owners.connection && owners.connection[i]) || s->state == KERNEL_LISTEN)
            beside = beside_of_socket(host, s, decoder, told);
        socket_write(t, host, name, i, &owners, &beside);
    }
    free(owners.connection);
    free(owners.end);
}

#include "ui/sockets_seen.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_LOOKED_AT = 20000 };

#define HAS_A_PLACE UINT32_MAX

/* One look, while it goes on. */
struct looking {
    const struct present *present;
    const struct arrival *arrival;
    struct seen *seen;
    unsigned host;
    uint32_t *owner;                  /* of each socket of the kernel: its row, or HAS_A_PLACE; NULL: none is known */
    bool both_here;                   /* the other end is at the same host: its sockets are shown apart from these */
};

struct arrival arrival_of(const struct present *p)
{
    struct arrival a = { .of = trace_row(p->trace, p->id) };
    if (p->of && p->scene != SIZE_MAX)
        a.unit = p->scenes->scenes[p->scene].unit;
    if (a.unit)
        a.to = !a.unit->who;
    return a;
}

bool arrival_opens(const struct arrival *a)
{
    return conversation_is_tcp(a->of) && (a->unit->segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static uint32_t *owner_of(struct looking *l, const struct kernel_socket *s)
{
    return &l->owner[s - l->seen->kernel->table.sockets];
}

static struct socket *socket_add(struct looking *l, struct socket socket)
{
    struct seen *seen = l->seen;
    if (socket.kernel && l->owner)
        *owner_of(l, socket.kernel) = HAS_A_PLACE;
    const struct kernel_owner *owner = socket.kernel ? owners_find(&seen->kernel->owners, socket.kernel->inode) : NULL;
    if (owner && socket.fd < 0)
        socket.fd = owner->fd;
    if (seen->count == SOCKETS_MOST) {
        seen->left_out++;
        return NULL;
    }
    seen->sockets[seen->count] = socket;
    return &seen->sockets[seen->count++];
}

static struct socket *socket_find(struct seen *seen, enum socket_kind kind, uint16_t port)
{
    for (unsigned i = 0; i < seen->count; i++)
        if (seen->sockets[i].kind == kind && seen->sockets[i].key.port[seen->sockets[i].end] == port)
            return &seen->sockets[i];
    return NULL;
}

/* --- descriptors, from recorded calls --- */

/* What accept() gave is its result, and its own descriptor the listening socket's. Before accept() the server's
 * calls are of the latter too. */
static int32_t recorded_fd(const struct present *p, const struct conversation *row, unsigned end, bool listening)
{
    struct told_call calls[CALLS_OF_ROW];
    unsigned count = decoder_calls(trace_decoder(p->trace), row, calls);
    for (unsigned i = 0; i < count; i++) {
        const struct true_call *call = calls[i].call;
        bool accept = call->call == CALL_ACCEPT;
        bool own = call->call == CALL_CONNECT || call->call == CALL_SHUTDOWN || call->call == CALL_CLOSE;
        if (calls[i].who != end)
            continue;
        bool returned = call->returned && (call->end <= p->time || trace_follows(p->trace));
        if (accept && !listening && returned && call->result && *call->result >= '0' && *call->result <= '9')
            return (int32_t)strtol(call->result, NULL, 10);
        if ((listening ? accept : own) && call->fd >= 0)
            return call->fd;
    }
    return -1;
}

/* Has listen() returned by now? */
static bool recorded_listen(const struct present *p, const struct conversation *row, unsigned end)
{
    struct told_call calls[CALLS_OF_ROW];
    unsigned count = decoder_calls(trace_decoder(p->trace), row, calls);
    for (unsigned i = 0; i < count; i++) {
        const struct true_call *call = calls[i].call;
        bool returned = call->returned && !call->error && (call->end <= p->time || trace_follows(p->trace));
        if (call->call == CALL_LISTEN && calls[i].who == end && returned)
            return true;
    }
    return false;
}

/* --- what the kernel has --- */

/* The socket that takes what comes to this address and port from anybody; NULL. */
static const struct kernel_socket *open_socket(const struct kernel_table *table, unsigned protocol,
                                               const struct tuple *key, unsigned end)
{
    struct kernel_end local, remote;
    beside_ends(key, end, &local, &remote);
    return sockets_at(table, protocol, key->version, &local).open;
}

static const struct kernel_socket *connected_socket(const struct kernel_table *table, const struct tuple *key,
                                                    unsigned end)
{
    struct kernel_end local, remote;
    beside_ends(key, end, &local, &remote);
    return sockets_find(table, key->protocol, key->version, &local, &remote);
}

/* A socket of the kernel under its own names: what it is bound to, not what came to it. */
static void name_as(struct socket *socket, const struct kernel_socket *kernel)
{
    socket->kernel = kernel;
    if (!kernel)
        return;
    socket->end = tuple_make(&socket->key, kernel->version, kernel->protocol, kernel->local.address,
                             kernel->remote.address, kernel->local.port, kernel->remote.port);
}

/* --- what the capture saw --- */

static void listening_socket(struct looking *l, const struct connection *c, unsigned end)
{
    struct socket socket = { .kind = SOCKET_LISTENING, .key = c->head.key, .row = &c->head, .end = end };
    if (socket_find(l->seen, SOCKET_LISTENING, c->head.key.port[end]))
        return;
    socket.fd = recorded_fd(l->present, &c->head, end, true);
    if (l->owner)
        name_as(&socket, open_socket(&l->seen->kernel->table, KERNEL_TCP, &c->head.key, end));
    bool closed = l->owner && l->seen->kernel->table.tcp && !socket.kernel;
    if (socket_add(l, socket) && !closed)
        l->seen->listening++;
}

/* Sockets of a connection at this end: what its segments prove, and what the kernel still has. */
static void connection_sockets(struct looking *l, const struct connection *c, unsigned end)
{
    const struct arrival *a = l->arrival;
    enum tcp_state state = c->peer[end].state;
    struct socket socket = { .kind = SOCKET_CONNECTED, .key = c->head.key, .row = &c->head, .end = end };
    bool server = end != c->head.client && connection_handshake(c) != HANDSHAKE_SIMULTANEOUS;
    if (server && ((c->peer[end].facts & PEER_SYN_ACK) || recorded_listen(l->present, &c->head, end)))
        listening_socket(l, c, end);
    bool unheard = server && handshake_unheard(connection_handshake(c));
    bool none = state == STATE_CLOSED || state == STATE_LISTEN || state == STATE_UNKNOWN || unheard;
    bool arrives = a->unit && a->to == end && tuple_equal(&c->head.key, &a->of->key);
    bool takes_it = arrives && (c->peer[end].facts & PEER_SENT);
    bool refused = connection_handshake(c) == HANDSHAKE_REFUSED && server;
    if (l->owner)
        socket.kernel = connected_socket(&l->seen->kernel->table, &c->head.key, end);
    bool of_newer = socket.kernel && *owner_of(l, socket.kernel) != c->head.id;
    if (of_newer)
        socket.kernel = NULL;
    if (!socket.kernel && (refused || (none && !takes_it)))
        return;
    socket.gone = none && !socket.kernel;
    socket.fd = recorded_fd(l->present, &c->head, end, false);
    if (l->owner && !of_newer && !socket.gone)
        socket.beside = beside_of(l->seen->kernel, c, end, present_told(l->present));
    l->seen->differ += socket.beside.agreement == BESIDE_DIFFERS;
    l->seen->moving += socket.beside.agreement == BESIDE_MOVING;
    l->seen->connected += !socket.gone;
    socket_add(l, socket);
}

static void flow_sockets(struct looking *l, const struct conversation *row, unsigned end)
{
    if (!row->units[end] && row->icmp_frame)
        return;                       /* nobody is bound there */
    struct socket *socket = socket_find(l->seen, SOCKET_DATAGRAM, row->key.port[end]);
    if (!socket) {
        struct socket new = { .kind = SOCKET_DATAGRAM, .key = row->key, .row = row, .end = end };
        new.fd = recorded_fd(l->present, row, end, false);
        if (l->owner) {
            const struct kernel_table *table = &l->seen->kernel->table;
            const struct kernel_socket *connected = connected_socket(table, &row->key, end);
            name_as(&new, connected ? connected : open_socket(table, KERNEL_UDP, &row->key, end));
        }
        socket = socket_add(l, new);
        bool closed = l->owner && l->seen->kernel->table.udp && !new.kernel;
        l->seen->datagram += socket && !closed;
    }
    if (socket)
        socket->count++;
}

/* Where a host talks to itself, its servers' sockets are told apart from its clients'. */
static bool is_host(const struct conversation *row, unsigned end, const struct conversation *of, unsigned host)
{
    bool itself = memcmp(row->key.address[0], row->key.address[1], 16) == 0;
    if (itself && (end == row->client) != (host == of->client))
        return false;
    return row->key.version == of->key.version && memcmp(row->key.address[end], of->key.address[host], 16) == 0;
}

/* Which of the kernel's sockets are of which row, the newest where several had the same four numbers. Those of the
 * other side, where a host talks to itself, are shown there. */
static void claim(struct looking *l, const struct conversation *row, unsigned end)
{
    const struct kernel_host *kernel = l->seen->kernel;
    bool here = is_host(row, end, l->arrival->of, l->host);
    if (!kernel_host_has(kernel, row->key.version, row->key.address[end]))
        return;
    const struct kernel_socket *s = connected_socket(&kernel->table, &row->key, end);
    if (!s && !here && !conversation_is_tcp(row))
        s = open_socket(&kernel->table, KERNEL_UDP, &row->key, end);
    if (s)
        *owner_of(l, s) = here ? row->id : HAS_A_PLACE;
}

static void look_at(struct looking *l, const struct conversation *row, unsigned end)
{
    if (!is_host(row, end, l->arrival->of, l->host))
        return;
    if (conversation_is_tcp(row))
        connection_sockets(l, as_connection(row), end);
    else
        flow_sockets(l, row, end);
}

static void each_end(struct looking *l, void (*do_it)(struct looking *l, const struct conversation *row, unsigned end))
{
    const struct present *p = l->present;
    uint32_t last = trace_rows(p->trace), first = last > ROWS_LOOKED_AT ? last - ROWS_LOOKED_AT + 1 : 1;
    for (uint32_t id = first; id <= last; id++) {
        const struct conversation *row = trace_row(p->trace, id);
        for (unsigned end = 0; row && end < 2; end++)
            do_it(l, row, end);
    }
}

/* --- what the capture never saw --- */

static enum socket_kind kind_of(const struct kernel_socket *s)
{
    return s->protocol == KERNEL_UDP      ? SOCKET_DATAGRAM
           : s->state == KERNEL_LISTEN    ? SOCKET_LISTENING
           : s->state == KERNEL_CLOSED    ? SOCKET_BOUND
                                          : SOCKET_CONNECTED;
}

/* A host that holds both ends: what waits for others is the server's, and what was made by it. */
static bool on_this_side(const struct looking *l, const struct kernel_socket *s)
{
    bool servers = l->host != l->arrival->of->client;
    size_t count;
    if (!l->both_here)
        return true;
    if (!s->remote.port)
        return servers;
    const struct kernel_socket *first = sockets_of_port(&l->seen->kernel->table, s->protocol, s->local.port, &count);
    bool made = s->protocol == KERNEL_TCP && first && first->state == KERNEL_LISTEN;
    return made == servers;
}

static void add_unseen(struct looking *l, bool of_port)
{
    const struct tuple *key = &l->arrival->of->key;
    const struct kernel_table *table = &l->seen->kernel->table;
    for (size_t i = 0; i < table->count; i++) {
        const struct kernel_socket *s = &table->sockets[i];
        bool same = s->protocol == key->protocol && s->local.port == key->port[l->host];
        if (l->owner[i] == HAS_A_PLACE || same != of_port || !on_this_side(l, s))
            continue;
        struct socket socket = { .kind = kind_of(s), .fd = -1 };
        name_as(&socket, s);
        if (l->seen->count == SOCKETS_MOST)
            l->seen->kernel_left_out++;
        else if (socket_add(l, socket))
            l->seen->of_kernel++;
    }
}

void sockets_of_host(const struct kernel_host *kernel, struct seen *seen)
{
    struct looking l = { .seen = seen };
    seen->kernel = kernel;
    for (size_t i = 0; i < kernel->table.count; i++) {
        struct socket socket = { .kind = kind_of(&kernel->table.sockets[i]), .fd = -1 };
        name_as(&socket, &kernel->table.sockets[i]);
        if (seen->count == SOCKETS_MOST)
            seen->kernel_left_out++;
        else if (socket_add(&l, socket))
            seen->of_kernel++;
    }
}

void sockets_look(const struct present *p, const struct arrival *a, unsigned host, struct seen *seen)
{
    const struct tuple *key = &a->of->key;
    struct looking l = { .present = p, .arrival = a, .seen = seen, .host = host };
    seen->kernel = present_host(p, key->version, key->address[host]);
    l.both_here = seen->kernel && present_host(p, key->version, key->address[!host]) == seen->kernel;
    if (seen->kernel)
        l.owner = calloc(seen->kernel->table.count + 1, sizeof *l.owner);
    if (l.owner)
        each_end(&l, claim);
    uint32_t rows = trace_rows(p->trace);
    seen->left_out = rows > ROWS_LOOKED_AT ? rows - ROWS_LOOKED_AT : 0;
    each_end(&l, look_at);
    if (l.owner) {
        add_unseen(&l, true);         /* near to what is looked at */
        add_unseen(&l, false);
    }
    free(l.owner);
}

/* --- which one takes it --- */

const char *socket_takes(const struct socket *s, const struct arrival *a, bool *yes)
{
    *yes = false;
    bool tcp = conversation_is_tcp(a->of);
    const struct tuple *key = &a->of->key;
    if ((s->kind == SOCKET_DATAGRAM) == tcp)
        return tcp ? "not UDP" : "not TCP";
    if (s->key.port[s->end] != key->port[a->to])
        return "another port";
    bool open = s->kind != SOCKET_CONNECTED && !s->key.port[!s->end];
    if (s->kernel && open && !kernel_takes_address(s->kernel, key->version, key->address[a->to]))
        return "other address";
    if (s->kind == SOCKET_BOUND)
        return "not listening";
    if (s->kind == SOCKET_DATAGRAM) {
        *yes = !s->kernel || open || tuple_equal(&s->key, key);
        return *yes ? "YES: its port" : "other sender";
    }
    if (s->kind == SOCKET_LISTENING) {
        *yes = arrival_opens(a);
        return *yes ? "YES: a SYN" : "only a SYN";
    }
    if (tuple_equal(&s->key, key)) {
        *yes = !arrival_opens(a);
        return !*yes ? "made by this SYN" : "YES: all four";
    }
    return "other sender";
}

#include "report/beside.h"

/* What was captured is told up to so much later; segments meet so long before it. */
#define LATE    (30 * NS_PER_MS)
#define SETTLED (100 * NS_PER_MS)

const char *const difference_words[DIFFERENCE_COUNT] = {
#define X(id, words) [DIFFERS_##id] = words,
    DIFFERENCES(X)
#undef X
};

enum tcp_state beside_state(enum kernel_state state)
{
    static const uint8_t states[KERNEL_STATE_COUNT] = {
        [KERNEL_UNKNOWN] = STATE_UNKNOWN, [KERNEL_ESTABLISHED] = STATE_ESTABLISHED, [KERNEL_SYN_SENT] = STATE_SYN_SENT,
        [KERNEL_SYN_RECEIVED] = STATE_SYN_RECEIVED, [KERNEL_FIN_WAIT_1] = STATE_FIN_WAIT_1,
        [KERNEL_FIN_WAIT_2] = STATE_FIN_WAIT_2, [KERNEL_TIME_WAIT] = STATE_TIME_WAIT, [KERNEL_CLOSED] = STATE_CLOSED,
        [KERNEL_CLOSE_WAIT] = STATE_CLOSE_WAIT, [KERNEL_LAST_ACK] = STATE_LAST_ACK, [KERNEL_LISTEN] = STATE_LISTEN,
        [KERNEL_CLOSING] = STATE_CLOSING,
    };
    return state < KERNEL_STATE_COUNT ? (enum tcp_state)states[state] : STATE_UNKNOWN;
}

void beside_ends(const struct tuple *key, unsigned end, struct kernel_end *local, struct kernel_end *remote)
{
    struct kernel_end *const places[] = { local, remote };
    for (unsigned i = 0; i < 2; i++) {
        unsigned of = i ? !end : end;
        *places[i] = (struct kernel_end){ .port = key->port[of] };
        memcpy(places[i]->address, key->address[of], sizeof key->address[of]);
    }
}

/* CLOSE was called: ESTABLISHED goes to FIN-WAIT-1, CLOSE-WAIT to LAST-ACK, whether or not the FIN could be sent. */
static bool fin_queued(const struct beside *b)
{
    bool closing = (b->wire == STATE_ESTABLISHED && b->kernel == STATE_FIN_WAIT_1)
                   || (b->wire == STATE_CLOSE_WAIT && b->kernel == STATE_LAST_ACK)
                   || (b->wire == STATE_CLOSE_WAIT && b->kernel == STATE_CLOSING);
    return closing && b->socket && b->socket->send_queue;
}

static enum difference why_gone(enum tcp_state wire)
{
    switch (wire) {
    case STATE_TIME_WAIT:
        return DIFFERS_WAITS_LESS;
    case STATE_SYN_SENT:
    case STATE_SYN_RECEIVED:
    case STATE_FIN_WAIT_1:
    case STATE_FIN_WAIT_2:
    case STATE_CLOSING:
    case STATE_LAST_ACK:
        return DIFFERS_GAVE_UP;
    default:
        return DIFFERS_ENDED_UNSEEN;
    }
}

/* How far a state is on its way, so that it can be said who is ahead. */
static unsigned progress(enum tcp_state state)
{
    static const uint8_t steps[STATE_COUNT] = {
        [STATE_SYN_SENT] = 1, [STATE_SYN_RECEIVED] = 2, [STATE_ESTABLISHED] = 3,
        [STATE_FIN_WAIT_1] = 4, [STATE_CLOSE_WAIT] = 4, [STATE_FIN_WAIT_2] = 5, [STATE_CLOSING] = 5, [STATE_LAST_ACK] = 5,
        [STATE_TIME_WAIT] = 6, [STATE_CLOSED] = 7,
    };
    return steps[state];
}

static enum difference why(const struct beside *b)
{
    if (fin_queued(b))
        return DIFFERS_FIN_QUEUED;
    if (!b->socket)
        return why_gone(b->wire);
    if (b->wire == STATE_ESTABLISHED && b->kernel == STATE_SYN_RECEIVED)
        return DIFFERS_QUEUE_FULL;
    if (b->wire == STATE_CLOSED && b->kernel == STATE_TIME_WAIT)
        return DIFFERS_WAITS_LONGER;
    return progress(b->kernel) < progress(b->wire) ? DIFFERS_NOT_ARRIVED : DIFFERS_NOT_CAPTURED;
}

static const struct kernel_socket *listening_at(const struct kernel_table *table, unsigned version,
                                                const struct kernel_end *local)
{
    const struct kernel_socket *open = sockets_at(table, KERNEL_TCP, version, local).open;
    return open && open->state == KERNEL_LISTEN ? open : NULL;
}

struct beside beside_of(const struct kernel_host *host, const struct connection *c, unsigned end, nanoseconds told)
{
    const struct tuple *key = &c->head.key;
    const struct kernel_table *table = &host->table;
    struct beside b = { .wire = (enum tcp_state)c->peer[end].state, .kernel = STATE_CLOSED };
    struct kernel_end local, remote;
    if (!table->tcp || !kernel_host_has(host, key->version, key->address[end]))
        return b;
    beside_ends(key, end, &local, &remote);
    b.socket = sockets_find(table, KERNEL_TCP, key->version, &local, &remote);
    if (!b.socket && b.wire == STATE_LISTEN)
        b.socket = listening_at(table, key->version, &local);
    if (b.socket)
        b.kernel = beside_state((enum kernel_state)b.socket->state);
    bool none_known = !b.socket && (table->cut || table->left_out || b.wire == STATE_LISTEN);
    if (b.wire == STATE_UNKNOWN || b.kernel == STATE_UNKNOWN || none_known)
        return b;
    b.agreement = BESIDE_SAME;
    if (b.wire == b.kernel)
        return b;
    b.why = why(&b);
    bool settled = c->head.last_time + SETTLED <= table->time && told >= table->time + LATE;
    b.agreement = settled || b.why == DIFFERS_FIN_QUEUED ? BESIDE_DIFFERS : BESIDE_MOVING;
    return b;
}

/* --- all of a host --- */

/* The newest that came to a listening socket tells whether it listened then. */
static struct beside beside_of_listening(const struct kernel_host *host, const struct kernel_socket *s,
                                         const struct decoder *decoder)
{
    struct beside b = { .socket = s, .kernel = STATE_LISTEN };
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row))
        for (unsigned end = 0; conversation_is_tcp(row) && end < 2; end++) {
            struct kernel_end local, remote;
            beside_ends(&row->key, end, &local, &remote);
            bool here = kernel_host_has(host, row->key.version, row->key.address[end]) && local.port == s->local.port &&
                        listening_at(&host->table, row->key.version, &local) == s;
            if (here)
                b.wire = peer_path(&as_connection(row)->peer[end], 0) == STATE_LISTEN ? STATE_LISTEN : STATE_UNKNOWN;
        }
    b.agreement = b.wire == STATE_LISTEN ? BESIDE_SAME : BESIDE_UNKNOWN;
    return b;
}

struct beside beside_of_socket(const struct kernel_host *host, const struct kernel_socket *s,
                               const struct decoder *decoder, nanoseconds told)
{
    struct beside b = { .socket = s, .kernel = beside_state((enum kernel_state)s->state) };
    struct tuple key;
    if (s->protocol != KERNEL_TCP)
        return b;
    if (s->state == KERNEL_LISTEN)
        return beside_of_listening(host, s, decoder);
    unsigned end = tuple_make(&key, s->version, PROTOCOL_TCP, s->local.address, s->remote.address, s->local.port,
                              s->remote.port);
    const struct conversation *row = s->remote.port ? decoder_newest(decoder, &key) : NULL;
    return row ? beside_of(host, as_connection(row), end, told) : b;
}

/* What a host says to itself, or to others behind no wire, is captured nowhere. */
static bool goes_out(const struct kernel_host *host, const struct kernel_socket *s)
{
    return s->protocol == KERNEL_TCP && s->remote.port && kernel_host_has(host, s->version, s->local.address) &&
           !kernel_host_has(host, s->version, s->remote.address);
}

static bool has_no_socket(const struct beside *b)
{
    return !b->socket && b->agreement != BESIDE_UNKNOWN && b->wire != STATE_CLOSED;
}

void beside_each(const struct kernel_host *host, const struct decoder *decoder, nanoseconds told,
                 void (*each)(void *self, const struct beside_pair *pair), void *self)
{
    for (size_t i = 0; i < host->table.count; i++) {
        const struct kernel_socket *s = &host->table.sockets[i];
        struct beside_pair pair = { .beside = beside_of_socket(host, s, decoder, told), .local = s->local,
                                    .remote = s->remote, .version = s->version };
        if (pair.beside.wire == STATE_UNKNOWN && goes_out(host, s)) {
            pair.beside.agreement = BESIDE_DIFFERS;
            pair.beside.why = DIFFERS_NO_SEGMENT;
        }
        if (pair.beside.agreement != BESIDE_UNKNOWN)
            each(self, &pair);
    }
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row)) {
        bool newest = conversation_is_tcp(row) && decoder_newest(decoder, &row->key) == row;
        for (unsigned end = 0; newest && end < 2; end++) {
            struct beside_pair pair = { .beside = beside_of(host, as_connection(row), end, told),
                                        .version = row->key.version };
            beside_ends(&row->key, end, &pair.local, &pair.remote);
            if (has_no_socket(&pair.beside))
                each(self, &pair);
        }
    }
}

void beside_words(struct text *t, const struct beside *b)
{
    const char *kernel = b->socket ? tcp_state_names[b->kernel] : "no socket";
    const char *wire = b->wire == STATE_UNKNOWN ? "nothing" : tcp_state_names[b->wire];
    text_format(t, "kernel: %s, wire: %s", kernel, wire);
}

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

void beside_words(struct text *t, const struct beside *b)
{
    const char *kernel = b->socket ? tcp_state_names[b->kernel] : "no socket";
    text_format(t, "kernel: %s, wire: %s", kernel, tcp_state_names[b->wire]);
}

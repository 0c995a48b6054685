/* Finding sockets in what was read: sorted once, then by bisection. */
#include "kernel/sockets.h"

#include <stdlib.h>
#include <string.h>

void sockets_free(struct kernel_table *table)
{
    free(table->sockets);
    *table = (struct kernel_table){ 0 };
}

/* The numbers that decide: protocol, port, remote port; then addresses; then which one it is. */
static uint64_t numbers_of(unsigned protocol, uint16_t local, uint16_t remote)
{
    return (uint64_t)protocol << 32 | (uint64_t)local << 16 | remote;
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int end_order(const struct kernel_end *a, const struct kernel_end *b)
{
    return memcmp(a->address, b->address, sizeof a->address);
}

static int four_order(const struct kernel_socket *a, const struct kernel_socket *b)
{
    int order = order_of(numbers_of(a->protocol, a->local.port, a->remote.port),
                         numbers_of(b->protocol, b->local.port, b->remote.port));
    if (!order)
        order = order_of(a->version, b->version);
    if (!order)
        order = end_order(&a->remote, &b->remote);
    return order ? order : end_order(&a->local, &b->local);
}

static int order(const void *a, const void *b)
{
    const struct kernel_socket *x = a, *y = b;
    int by_numbers = four_order(x, y);
    return by_numbers ? by_numbers : order_of(x->cookie, y->cookie);
}

void sockets_sort(struct kernel_table *table)
{
    if (table->count)
        qsort(table->sockets, table->count, sizeof *table->sockets, order);
}

static bool said_the_same(const struct kernel_socket *a, const struct kernel_socket *b)
{
    return four_order(a, b) == 0 && a->cookie == b->cookie && a->state == b->state && a->inode == b->inode
           && a->receive_queue == b->receive_queue && a->send_queue == b->send_queue && a->waiting == b->waiting
           && a->backlog == b->backlog && a->dropped == b->dropped && a->fin_unread == b->fin_unread;
}

bool sockets_same(const struct kernel_table *a, const struct kernel_table *b)
{
    if (a->count != b->count || a->left_out != b->left_out || a->cut != b->cut || a->tcp != b->tcp || a->udp != b->udp)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!said_the_same(&a->sockets[i], &b->sockets[i]))
            return false;
    return true;
}

bool socket_expects_peers(const struct kernel_socket *s)
{
    return s->protocol == KERNEL_TCP ? s->state == KERNEL_LISTEN : s->state == KERNEL_CLOSED && s->local.port;
}

bool sockets_expect_peers(const struct kernel_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (socket_expects_peers(&table->sockets[i]))
            return true;
    return false;
}

/* How many sockets come before these numbers. */
static size_t before(const struct kernel_table *table, uint64_t numbers)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct kernel_socket *s = &table->sockets[middle];
        if (numbers_of(s->protocol, s->local.port, s->remote.port) < numbers)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct kernel_socket *sockets_of_port(const struct kernel_table *table, unsigned protocol, uint16_t port,
                                            size_t *count)
{
    size_t first = before(table, numbers_of(protocol, port, 0));
    *count = before(table, numbers_of(protocol, port, UINT16_MAX) + 1) - first;
    return *count ? &table->sockets[first] : NULL;
}

const struct kernel_socket *sockets_find(const struct kernel_table *table, unsigned protocol, unsigned version,
                                         const struct kernel_end *local, const struct kernel_end *remote)
{
    uint64_t numbers = numbers_of(protocol, local->port, remote->port);
    for (size_t i = before(table, numbers), end = before(table, numbers + 1); i < end; i++) {
        const struct kernel_socket *s = &table->sockets[i];
        if (s->version == version && end_order(&s->local, local) == 0 && end_order(&s->remote, remote) == 0)
            return s;
    }
    return NULL;
}

bool kernel_takes_address(const struct kernel_socket *s, unsigned version, const uint8_t address[16])
{
    static const uint8_t any[16] = { 0 };
    if (s->dual)
        return true;
    return s->version == version
           && (memcmp(s->local.address, any, sizeof any) == 0 || memcmp(s->local.address, address, sizeof any) == 0);
}

struct kernel_port sockets_at(const struct kernel_table *table, unsigned protocol, unsigned version,
                              const struct kernel_end *local)
{
    struct kernel_port port = { 0 };
    size_t count;
    const struct kernel_socket *s = sockets_of_port(table, protocol, local->port, &count);
    for (size_t i = 0; i < count; i++) {
        bool own = s[i].version == version && end_order(&s[i].local, local) == 0;
        bool open = protocol == KERNEL_TCP ? s[i].state == KERNEL_LISTEN : !s[i].remote.port;
        if (s[i].remote.port)
            port.connected += own && s[i].state != KERNEL_TIME_WAIT;
        if (!open || !kernel_takes_address(&s[i], version, local->address))
            continue;
        port.opens++;
        if (own || !port.open)        /* that of the very address is asked first */
            port.open = &s[i];
    }
    return port;
}

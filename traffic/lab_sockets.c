/* What the kernel of a lab's host, or this host's, has in sockets. */
#include "traffic/lab.h"

#include <string.h>
#include <unistd.h>

#include "kernel/sockets.h"

/* On this host each is asked anew: nothing is kept of it. */
static bool read_them(const struct lab *lab, enum lab_end end, struct kernel_table *table)
{
    int own = lab_is_here(lab) ? sockets_open() : -1, diag = own >= 0 ? own : lab_diag(lab, end);
    bool known = diag >= 0 && sockets_read(diag, table);
    if (own >= 0)
        close(own);
    return known;
}

static bool is_loopback(const struct kernel_end *end, unsigned version)
{
    static const uint8_t loopback6[16] = { [15] = 1 };
    return version == 4 ? end->address[0] == 127 : memcmp(end->address, loopback6, sizeof loopback6) == 0;
}

bool lab_listens(const struct lab *lab, enum lab_end end)
{
    struct kernel_table table = { 0 };
    bool listens = read_them(lab, end, &table) && sockets_expect_peers(&table);
    sockets_free(&table);
    return listens;
}

bool lab_listens_at(const struct lab *lab, enum lab_end end, uint16_t port, struct lab_listening *found)
{
    struct kernel_table table = { 0 };
    *found = (struct lab_listening){ 0 };
    bool known = read_them(lab, end, &table);
    for (size_t i = 0; known && i < table.count; i++) {
        const struct kernel_socket *k = &table.sockets[i];
        if (!socket_expects_peers(k))
            continue;
        bool inward = k->local.port == port && !lab_is_here(lab) && is_loopback(&k->local, k->version);
        found->inward |= inward;
        found->there |= k->local.port == port && !inward;
        if (k->local.port != port && k->protocol == KERNEL_TCP && !lab_is_here(lab))
            found->elsewhere = k->local.port;
    }
    sockets_free(&table);
    return known;
}

bool lab_talks(const struct lab *lab, uint16_t port)
{
    bool talks = false;
    for (unsigned end = 0; end < LAB_ENDS && !talks; end++) {
        struct kernel_table table = { 0 };
        talks = !read_them(lab, end, &table);
        for (size_t i = 0; i < table.count && !talks; i++) {
            const struct kernel_socket *k = &table.sockets[i];
            bool ours = !lab_is_here(lab) || k->local.port == port || k->remote.port == port;
            talks = ours && k->protocol == KERNEL_TCP && k->state != KERNEL_LISTEN && k->state != KERNEL_CLOSED &&
                    k->state != KERNEL_TIME_WAIT;
        }
        sockets_free(&table);
    }
    return talks;
}

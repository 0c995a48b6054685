/* The addresses of a host: whose a socket's end is. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/sockets.h"

enum { LOOPBACK_NET = 127 };

static bool add(struct kernel_host *host, uint8_t version, const void *address)
{
    if (host->count == KERNEL_ADDRESSES)
        return false;
    struct kernel_address *a = &host->addresses[host->count++];
    *a = (struct kernel_address){ .version = version };
    memcpy(a->bytes, address, version == 4 ? 4 : 16);
    return true;
}

bool kernel_host_open(struct kernel_host *host)
{
    struct ifaddrs *all;
    *host = (struct kernel_host){ .diag = sockets_open() };
    if (host->diag < 0 || getifaddrs(&all) < 0)
        return host->diag >= 0;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        if (!i->ifa_addr)
            continue;
        if (i->ifa_addr->sa_family == AF_INET)
            add(host, 4, &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr);
        else if (i->ifa_addr->sa_family == AF_INET6)
            add(host, 6, &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr);
    }
    freeifaddrs(all);
    return true;
}

void kernel_host_close(struct kernel_host *host)
{
    if (host->diag >= 0)
        close(host->diag);
    sockets_free(&host->table);
    owners_free(&host->owners);
    host->diag = -1;
}

static bool owners_wanted(const struct kernel_host *host)
{
    if (clock_steady() < host->owners.due)
        return false;
    for (size_t i = 0; i < host->table.count; i++)
        if (host->table.sockets[i].inode && !owners_find(&host->owners, host->table.sockets[i].inode))
            return true;
    return false;
}

bool kernel_host_read(struct kernel_host *host)
{
    struct kernel_table before = host->table;
    if (host->diag < 0)
        return false;
    host->table = (struct kernel_table){ 0 };
    sockets_read(host->diag, &host->table);
    bool changed = !sockets_same(&before, &host->table);
    if (owners_wanted(host)) {
        owners_read(&host->owners);
        changed = true;
    }
    sockets_free(&before);
    return changed;
}

bool kernel_host_add(struct kernel_host *host, const char *address)
{
    uint8_t bytes[16] = { 0 };
    if (inet_pton(AF_INET, address, bytes) == 1)
        return add(host, 4, bytes);
    return inet_pton(AF_INET6, address, bytes) == 1 && add(host, 6, bytes);
}

bool kernel_host_has(const struct kernel_host *host, unsigned version, const uint8_t address[16])
{
    for (unsigned i = 0; i < host->count; i++) {
        const struct kernel_address *a = &host->addresses[i];
        if (a->version != version)
            continue;
        bool loopback = version == 4 && a->bytes[0] == LOOPBACK_NET;
        if (loopback ? address[0] == LOOPBACK_NET : memcmp(a->bytes, address, version == 4 ? 4 : 16) == 0)
            return true;
    }
    return false;
}

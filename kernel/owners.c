#include "kernel/owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { PROCESSES_MOST = 8192, DESCRIPTORS_MOST = 4096, ROOM_LEAST = 64, LINK_ROOM = 64, REST = 50 };

#define LONGEST (50 * NS_PER_MS)
#define EACH    NS_PER_S

/* A number that is the whole word; -1: it is none. */
static int32_t number_of(const char *word)
{
    char *end;
    long n = strtol(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && n <= INT32_MAX ? (int32_t)n : -1;
}

static void add(struct kernel_owners *o, const struct kernel_owner *owner)
{
    if (o->count == o->room && o->room < OWNERS_MOST) {
        size_t room = o->room ? o->room * 2 : ROOM_LEAST;
        struct kernel_owner *owners = realloc(o->owners, room * sizeof *owners);
        if (owners) {
            o->owners = owners;
            o->room = room;
        }
    }
    if (o->count < o->room)
        o->owners[o->count++] = *owner;
}

static void read_name(int process, char name[OWNER_NAME])
{
    int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, name, OWNER_NAME - 1);
    if (fd >= 0)
        close(fd);
    name[length > 0 ? length : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

/* "socket:[4711]"; 0: it is none. */
static uint32_t inode_of(int descriptors, const char *entry)
{
    static const char begins[] = "socket:[";
    char link[LINK_ROOM];
    ssize_t length = readlinkat(descriptors, entry, link, sizeof link - 1);
    if (length < (ssize_t)sizeof begins)
        return 0;
    link[length] = '\0';
    return strncmp(link, begins, sizeof begins - 1) == 0 ? (uint32_t)strtoul(link + sizeof begins - 1, NULL, 10) : 0;
}

static void read_process(struct kernel_owners *o, int proc, const char *entry, nanoseconds until)
{
    struct kernel_owner owner = { .pid = number_of(entry) };
    int process = openat(proc, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = process < 0 ? -1 : openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *descriptors = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *d;
    if (descriptors) {
        read_name(process, owner.name);
        for (unsigned i = 0; i < DESCRIPTORS_MOST && clock_steady() < until && (d = readdir(descriptors)); i++) {
            owner.fd = number_of(d->d_name);
            owner.inode = owner.fd < 0 ? 0 : inode_of(fd, d->d_name);
            if (owner.inode)
                add(o, &owner);
        }
        closedir(descriptors);
    } else if (fd >= 0) {
        close(fd);
    }
    if (process >= 0)
        close(process);
}

static int by_inode(const void *a, const void *b)
{
    const struct kernel_owner *x = a, *y = b;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->pid != y->pid ? (x->pid > y->pid) - (x->pid < y->pid) : (x->fd > y->fd) - (x->fd < y->fd);
}

void owners_read(struct kernel_owners *o)
{
    nanoseconds begun = clock_steady(), until = begun + LONGEST;
    DIR *proc = opendir("/proc");
    const struct dirent *d;
    o->count = 0;
    for (unsigned i = 0; proc && i < PROCESSES_MOST && clock_steady() < until && (d = readdir(proc)); i++)
        if (number_of(d->d_name) > 0)
            read_process(o, dirfd(proc), d->d_name, until);
    if (proc)
        closedir(proc);
    if (o->count)
        qsort(o->owners, o->count, sizeof *o->owners, by_inode);
    nanoseconds rest = (clock_steady() - begun) * REST;
    o->due = clock_steady() + (rest > EACH ? rest : EACH);
}

void owners_free(struct kernel_owners *o)
{
    free(o->owners);
    *o = (struct kernel_owners){ 0 };
}

const struct kernel_owner *owners_find(const struct kernel_owners *o, uint32_t inode)
{
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->owners[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return inode && low < o->count && o->owners[low].inode == inode ? &o->owners[low] : NULL;
}

/* owners.h - which program holds a socket, and as which descriptor: by /proc, as far as this user may look into others
 * (its own programs; with sudo's capabilities gone, often no more than that).
 *
 * A socket that several processes hold is the first one's, which is most often the one that made it.
 */
#ifndef SYNFIN_KERNEL_OWNERS_H
#define SYNFIN_KERNEL_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum { OWNER_NAME = 16, OWNERS_MOST = 16384 };

struct kernel_owner {
    uint32_t inode;               /* of the socket, as in struct kernel_socket */
    int32_t pid, fd;
    char name[OWNER_NAME];        /* as the program calls itself: any bytes, ends with a zero */
};

/* {0}: none is known. */
struct kernel_owners {
    struct kernel_owner *owners;  /* owned: in the order of inodes */
    size_t count, room;
    nanoseconds due;              /* not to be read again before, by the steady clock: it takes its time */
};

/* Reads all anew; takes at most about 50 ms: then those of later processes are missing. */
void owners_read(struct kernel_owners *owners);
void owners_free(struct kernel_owners *owners);

/* NULL: not known. */
const struct kernel_owner *owners_find(const struct kernel_owners *owners, uint32_t inode);

#endif

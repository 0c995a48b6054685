/* walls.h - what keeps a program that nobody trusts to itself, while it runs on the lab or on this host.
 *
 * In the lab: processes, a file system and a /work of its own. It sees the system's programs and libraries, and can
 * write to memory only, of a limited size; nothing else of this machine is there for it. It sees no process but its
 * own, and what it kills is its own too. On this host (lab_open_here()) there are no namespaces: it runs as a user of
 * its own, in a folder of its own; who started it ends that user's processes. In both: limits on memory, processes,
 * files and time of the processor, no shared memory that these do not count, no capability, no way to get any, and an
 * environment without what was in ours. What the kernel does not give is an error: the program does not run then.
 */
#ifndef SYNFIN_TRAFFIC_WALLS_H
#define SYNFIN_TRAFFIC_WALLS_H

#include <stdbool.h>
#include <sys/types.h>

#include "traffic/fault.h"

struct lab_walls {
    enum lab_end end;             /* whose command they stand around */
    const char *folder;           /* its files, copied to /work; on this host it works in that folder itself */
    uid_t uid;                    /* on this host: the user, and group, that it runs as */
    unsigned memory_mib;          /* addresses of one process */
    unsigned processes;           /* and threads, at once */
    unsigned files_mib;           /* one file; in the lab: all that it has written */
    unsigned seconds;             /* of the processor, of one process */
};

enum { WALLS_FAILED = 125 };      /* exit status: there is a line on standard error then, and it did not run */

/* In the lab's keeper's child, with the capabilities of its user namespace: goes on as the first process of a PID
 * namespace, and this process ends as that one does. False: errno. */
bool walls_own_processes(void);

/* In the process that becomes the program or its recorder, with descriptors 0 to 2 in place: everything but the limits.
 * It stands in its folder then. False: a line on standard error says what was refused. */
bool walls_raise(const struct lab_walls *walls, bool here);

/* Just before it is executed: the recorder has none of them. False: as above. */
bool walls_limit(const struct lab_walls *walls);

#endif

/* keeper.h - the lab's init: process 1 of its PID namespace, or on this host as it is the parent of all programs.
 * Internal to the lab.
 *
 * Starts programs on the hosts when asked over a socket, ends those whose time is over, reaps what ends, and ends
 * when the other end of that socket is closed; the kernel then ends all that is left. It keeps the lab's user
 * namespace's capabilities, to put programs into the hosts' networks; the programs and the wire give theirs up.
 */
#ifndef SYNFIN_TRAFFIC_KEEPER_H
#define SYNFIN_TRAFFIC_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "traffic/lab.h"

#define KEEPER_NAME "synfin-lab"      /* its comm: what `lab sh` looks for */

/* Its descriptors, the same in each lab, so that who joins finds the networks under /proc/PID/fd. */
enum keeper_fd {
    KEEPER_CONTROL = 3, KEEPER_CLIENT, KEEPER_SERVER, KEEPER_WIRE_CLIENT, KEEPER_WIRE_SERVER, KEEPER_FDS
};

/* To the keeper, with three or four descriptors, and the words (each ended by a zero byte) or the data behind it. */
struct keeper_request {
    unsigned program;
    int signal_number;            /* not 0: only that */
    enum lab_end end;
    int (*run)(const void *data, size_t length);
    unsigned words;               /* 0: `run` */
    bool hold;                    /* its calls, where the fourth descriptor is a recorder's */
    size_t length;
    nanoseconds limit;
};

/* From the keeper. */
struct keeper_notice {
    bool ready;                   /* the first one: the mount namespace and the wire stand */
    int failed_step;              /* enum lab_step, with its errno in notice.status */
    struct lab_notice notice;
};

struct keeper_start {
    bool here;                    /* no namespaces and no wire: programs run on this host */
    int fd[KEEPER_FDS];           /* from KEEPER_CONTROL on; -1: none */
    const struct wire_options *wire;
    struct wire_page *page;
    const struct lab_walls *walls;    /* NULL: none */
};

/* In the new process; never comes back. */
_Noreturn void keeper_run(const struct keeper_start *start);

/* For a process that becomes a program of the lab: no capabilities, no way to get any. */
bool keeper_give_up_rights(void);

#endif

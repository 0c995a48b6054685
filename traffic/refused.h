/* refused.h - why the lab could not be set up here, and what mends it.
 *
 * Which step failed is known from having tried; what stands behind it is read from /proc. Nothing is changed.
 */
#ifndef SYNFIN_TRAFFIC_REFUSED_H
#define SYNFIN_TRAFFIC_REFUSED_H

#include <stdbool.h>

#include "base/error.h"

/* The set-up, in its order. */
enum lab_step {
    STEP_NONE,                    /* nothing failed */
    STEP_USER,                    /* a user namespace */
    STEP_MAPS,                    /* this user as itself in it */
    STEP_NETWORK,                 /* network namespaces */
    STEP_LINK,                    /* veth pairs, addresses */
    STEP_SOCKET,                  /* packet sockets of the wire */
    STEP_PROCESS,                 /* a PID namespace and its init */
    STEP_MOUNT,                   /* a mount and an IPC namespace */
};

struct lab_refusal {
    enum lab_step step;
    int why;                      /* errno */
};

/* What of this machine matters; -1: it has no such setting. */
struct lab_facts {
    long clone_allowed;           /* kernel.unprivileged_userns_clone (Debian) */
    long apparmor;                /* kernel.apparmor_restrict_unprivileged_userns (Ubuntu) */
    long max_user, max_net, max_pid, max_mnt;     /* user.max_*_namespaces */
    bool container;               /* Docker, Podman, LXC and the like */
    bool seccomp;                 /* system calls are filtered */
    bool on_lab;                  /* this is a host of a lab already */
};

struct lab_facts refused_facts(void);

/* Fills `error` (EXIT_PERMISSION): what was refused, by what, the ways out. */
void refused_tell(const struct lab_refusal *refusal, const struct lab_facts *facts, struct error *error);

#endif

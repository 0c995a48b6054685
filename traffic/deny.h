/* deny.h - system calls that what runs on the lab, or here in its place, does not get: by a seccomp filter, which
 * everything that it starts inherits and nobody can take off.
 *
 * A user namespace is where who has no capability gets all of them, so none can be made. clone3() answers ENOSYS, since
 * a filter cannot see what it asks for; C libraries then take clone(). The 32-bit calls of the same processor are
 * filtered too. Internal to the lab.
 */
#ifndef SYNFIN_TRAFFIC_DENY_H
#define SYNFIN_TRAFFIC_DENY_H

#include <stdbool.h>

/* For a process that holds no capability and may gain no privileges. False: the kernel does not filter. */
bool deny_user_namespaces(void);

/* Memory that no limit of a process counts: memfd_create(), memfd_secret() and shmget() answer ENOSYS, and semget()
 * gives no large sets. Message queues are left, of which the kernel keeps each below 16 KiB. */
bool deny_uncounted_memory(void);

#endif

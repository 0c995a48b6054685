/* join.h - a program on a host of a lab that another process has opened: `synfin lab sh`.
 *
 * An open lab is found through /proc, by the name of its init, so there is no file that could be left behind or be
 * out of date; joining it is allowed to its user alone, by the kernel.
 */
#ifndef SYNFIN_TRAFFIC_JOIN_H
#define SYNFIN_TRAFFIC_JOIN_H

#include <sys/types.h>

#include "base/error.h"
#include "traffic/fault.h"

/* The init of the newest open lab of this user, or 0: there is none. */
pid_t join_find(void);

/* Runs the words (ending with NULL; looked for in PATH) on a host of that lab, on this terminal and in this folder,
 * without capabilities, and waits for them. Their exit status, 128 and more for a signal as in a shell; -1: `error`.
 * This process is in the lab's namespaces from then on. */
int join_run(pid_t lab, enum lab_end end, char *const *words, struct error *error);

#endif

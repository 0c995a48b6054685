/* privileges.h - giving up what is no longer needed once a capture is open.
 */
#ifndef SYNFIN_CAPTURE_PRIVILEGES_H
#define SYNFIN_CAPTURE_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Gives up every capability this process holds (none is fine). The user stays who it is, so what root
 * opens afterwards is what the plain file modes grant root: open files of other users, and files to write, before.
 * False: some could not be given up; `error` says why. */
bool privileges_drop(struct error *error);

/* The same until the program is executed anew, which gives it back what its file or its user grants. */
bool privileges_lay_down(struct error *error);

/* Does this process hold the capability that capturing needs? Opens nothing. */
bool privileges_may_capture(void);

/* The file of this program, for the setcap command that would let it capture; "synfin" where it cannot be found out. */
void privileges_own_path(char *path, size_t room);

#endif

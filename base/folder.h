/* folder.h - a folder with all that is in it, which somebody else may have filled: copied, measured, removed.
 *
 * Only plain files and folders count; a symbolic link is never followed. Everything is bounded: so many entries, so
 * deep, so many bytes.
 */
#ifndef SYNFIN_BASE_FOLDER_H
#define SYNFIN_BASE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum { FOLDER_ENTRIES_MOST = 4000, FOLDER_DEPTH_MOST = 12 };

/* From one open folder into another, empty one; the descriptors stay the caller's. Plain files come over with their
 * bytes and whether they can be executed, all else is left behind. They belong to `owner`, from root, or to us. False:
 * `error` says why. */
bool folder_copy(int from, int to, uid_t owner, uint64_t bytes_most, struct error *error);

/* The same of files that lie anywhere, each under a name of its own; what is no plain file is left behind. */
bool folder_copy_files(char *const *paths, const char *const *names, unsigned count, int to, uid_t owner,
                       uint64_t bytes_most, struct error *error);

/* The bytes on disk of what is there, UINT64_MAX where there is more than can be counted. */
uint64_t folder_size(int folder);

/* Removes what is in it and belongs to this user, as far as it may, also behind folders that are closed to their owner and
 * in more entries and folders than above; what is others' stays, and little of that is searched. It ends after ten
 * seconds. */
void folder_clear(int folder, uid_t owner);

#endif

/* whole.h - files that are there whole or not at all, whenever the program or the machine stops.
 */
#ifndef SYNFIN_BASE_WHOLE_H
#define SYNFIN_BASE_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

/* All the bytes, in as many write() as it takes; waits for a descriptor that is full. False: errno. */
bool whole_bytes(int descriptor, const char *bytes, size_t length);

/* Writes beside the file (".NAME.part"), to the disk, then renames it over what was there. What is no regular file (a
 * terminal, /dev/null, a pipe) is written to as it is. Of two that write the same file at once one wins, whole. False:
 * `error` says why, and what was there before is untouched. */
bool whole_write(const char *file, const struct text *t, struct error *error);

/* The same with another file's bytes, at most `most`. */
bool whole_copy(const char *from, const char *to, size_t most, struct error *error);

/* A regular file to be read, in no case one that lets its reader wait, as a pipe does: that is NULL with EINVAL. */
FILE *whole_open(const char *file);

/* All of a text file, at most `most` bytes, with a zero behind them, for the caller to free; NULL: `error` says
 * why. A file that is not there is NULL too, with error->text "". */
char *whole_read(const char *file, size_t most, size_t *length, struct error *error);

#endif

/* digest.h - SHA-256 of what was handed in, so that it is known again: to resume a batch, and to find a file handed
 * in twice.
 */
#ifndef SYNFIN_GRADE_DIGEST_H
#define SYNFIN_GRADE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* 64 hexadecimal digits in small letters, and a zero byte. */
enum { DIGEST_TEXT = 65 };

void digest_bytes(char digest[DIGEST_TEXT], const void *bytes, size_t length);

/* Of a whole regular file, whatever its size, a piece at a time. Whatever is no regular file (a pipe would make us
 * wait) is refused. False: `error` says why; the digest is "" then. */
bool digest_file(char digest[DIGEST_TEXT], const char *file, struct error *error);

#endif

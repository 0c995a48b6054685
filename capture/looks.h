/* looks.h - what a file that is no capture looks like, and what to do about it.
 */
#ifndef SYNFIN_CAPTURE_LOOKS_H
#define SYNFIN_CAPTURE_LOOKS_H

#include <stddef.h>
#include <stdint.h>

/* The rest of the sentence "FILE cannot be read: ", from the file's first bytes; a constant string. */
const char *looks_like(const uint8_t *bytes, size_t length);

#endif

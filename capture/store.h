/* store.h - frames read again, one at a time, by their offset in the file.
 *
 * Only a regular file that is not compressed can be a store. It knows the sections and interfaces that its source has
 * come by, so a frame can be read once the source has given it.
 */
#ifndef SYNFIN_CAPTURE_STORE_H
#define SYNFIN_CAPTURE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"
#include "capture/source.h"

struct store;

/* The file behind a source, which must outlive the store; needs no privileges. NULL: it is not seekable, live, ... */
struct store *store_open(const struct source *source, struct error *error);
void store_close(struct store *store);

/* The frame whose record begins at `offset`. Its bytes are valid until the next call; its number is 0, and so is the
 * time of a frame without a time stamp. False: no record of a frame lies there, or reading failed. */
bool store_read(struct store *store, uint64_t offset, struct frame *frame, struct error *error);

#endif

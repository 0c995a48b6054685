/* store.h - frames read again, by the offset of their record.
 *
 * A plain file is its own store: it knows the sections and interfaces that its source has come by, so a frame can be
 * read once the source has given it. What cannot be read twice (an interface, a pipe, gzip) is spooled: each frame is
 * added to an unlinked file of bounded size, in which the latest frames take the place of the oldest.
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

/* An empty spool of at most `most` bytes, in TMPDIR or /var/tmp, which nobody else can open. NULL: `error` says why. */
struct store *store_spool(uint64_t most, struct error *error);

void store_close(struct store *store);

/* Keeps a frame of the source, whose record then begins at *offset; a file has it already. Offsets only grow. False:
 * it could not be written (the disk is full), and neither will later ones; store_problem() tells why. */
bool store_add(struct store *store, const struct frame *frame, uint64_t *offset);

/* Frames at offsets below this one are no longer kept. 0 for a file. */
uint64_t store_oldest(const struct store *store);

/* Its frames may come without a time stamp (pcapng has such records); else a time of 0 is one. */
bool store_lacks_times(const struct store *store);

/* Spool: errno of the first frame that could not be kept, or 0. */
int store_problem(const struct store *store);

/* The frame whose record begins at `offset`. Its bytes are valid until the next call; its number is 0 unless
 * spooled, and so is the time of a frame without a time stamp. False: no record of a frame lies there, or reading
 * failed. */
bool store_read(struct store *store, uint64_t offset, struct frame *frame, struct error *error);

/* The same for several at once, in growing order: reads the first of them and as many more as lie whole in the same
 * piece of the file. Gives how many; 0: `error` says why the first could not be read. */
unsigned store_read_some(struct store *store, const uint64_t *offsets, unsigned count, struct frame *frames,
                         struct error *error);

#endif

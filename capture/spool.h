/* spool.h - a bounded file of frames, written once and read again: the store of what comes only once.
 *
 * Records of our own form, in this host's byte order, since nobody else reads them. Offsets count all that was ever
 * added; the place in the file is the offset modulo its size, so the latest records take the place of the oldest. The
 * file has no name any more once it is open. A disk that is full ends the keeping, not the capture.
 */
#ifndef SYNFIN_CAPTURE_SPOOL_H
#define SYNFIN_CAPTURE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "capture/frame.h"
#include "capture/record.h"

struct spool;

/* At most `most` bytes, and at most half of what the file system has free. */
struct spool *spool_open(uint64_t most, struct error *error);
void spool_close(struct spool *spool);

bool spool_add(struct spool *spool, const struct frame *frame, uint64_t *offset);

/* Records that begin before this offset are gone. */
uint64_t spool_oldest(const struct spool *spool);

/* errno of the write that failed first, or 0. */
int spool_problem(const struct spool *spool);

/* Up to `length` bytes from `offset` on, fewer at the end of the records and where the file turns round; -1 with
 * errno. */
ssize_t spool_read(struct spool *spool, uint64_t offset, uint8_t *bytes, size_t length);

/* The record at `bytes`: sets all of the frame but its offset. RECORD_FRAME, RECORD_SHORT or RECORD_BAD. */
enum record_kind spool_record(const uint8_t *bytes, size_t length, struct frame *frame, struct record *record);

#endif

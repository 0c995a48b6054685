/* live.h - frames of an interface, by libpcap.
 *
 * The kernel's ring may be used anew as soon as libpcap goes on, so the frames of a batch are copied to an arena.
 * Nothing waits longer than LIVE_WAIT_MS.
 */
#ifndef SYNFIN_CAPTURE_LIVE_H
#define SYNFIN_CAPTURE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"
#include "capture/source.h"

enum { LIVE_WAIT_MS = 10 };

struct live;

/* Opens the interface, its filter, and the file that what is captured is written to. */
struct live *live_open(const struct source_options *options, struct error *error);

/* Flushes and closes. */
void live_close(struct live *live);

/* At most `room` frames. SOURCE_END: live_problem() says why. */
enum source_state live_frames(struct live *live, struct frame *frames, unsigned room, unsigned *count);

/* The same once nothing more is wanted: what came until the first of these calls, which the kernel may still hold,
 * waiting for it a few milliseconds. SOURCE_END: that was all. */
enum source_state live_rest(struct live *live, struct frame *frames, unsigned room, unsigned *count);

/* Writes out what was captured so far; false: live_problem() says why it could not be. */
bool live_flush(struct live *live);

/* NULL: none. */
const struct error *live_problem(const struct live *live);

int live_descriptor(const struct live *live);

/* Frames that the kernel dropped for want of buffer; false: not known. */
bool live_dropped(const struct live *live, uint64_t *dropped);

#endif

/* trace.h - a capture as the dashboard has it: growing at its end, readable anywhere, decoded up to a position.
 *
 * Frames come from a source and stay readable: a plain file is its own store, what is live or comes through a pipe or
 * gzip is spooled (capture/spool.h). An index holds, for each frame, where its record begins, which row it belongs to and
 * that row's frame before; so the frames of one row are read without the others.
 *
 * The decoder stands at a position: it has been fed frames 1..position, and nothing else. Going back means decoding anew
 * from the first frame. Both directions run in slices, so that keys never wait; what a decoder at N says depends on
 * frames 1..N alone, however one came there.
 */
#ifndef SYNFIN_UI_TRACE_H
#define SYNFIN_UI_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/source.h"
#include "decode/decoder.h"

struct trace;

/* Reads frame `number` again. Its bytes are valid until the next call. False: `error` says why (its frame is not known
 * yet, its bytes are no longer kept, the file has changed). */
bool trace_frame(struct trace *trace, uint32_t number, struct frame *frame, struct error *error);

/* Last frame that is known: it has been read, and may be gone to. 0 at first. */
uint32_t trace_known(const struct trace *trace);

/* Where the decoder stands: it was fed frames 1 to this one. */
uint32_t trace_position(const struct trace *trace);
const struct decoder *trace_decoder(const struct trace *trace);

/* The last frame of row `id` before frame `before`, as far as the trace is known; 0: none. */
uint32_t trace_row_before(const struct trace *trace, uint32_t id, uint32_t before);

#endif

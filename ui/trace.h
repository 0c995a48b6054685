/* trace.h - a capture as the dashboard has it: growing at its end, readable anywhere, decoded up to the present.
 *
 * Frames come from a source and stay readable: a plain file is its own store, what is live or comes through a pipe or
 * gzip is spooled. An index holds where each frame's record begins and which row it belongs to (index.h).
 *
 * The present is a frame: the world just after it. At the end of the trace one decoder follows what comes; at any other
 * frame N a second one is fed frames 1..N, with the calls between them, and nothing else. Going back means decoding
 * anew from the first frame. All work is done in slices, so that keys never wait; what is said of frame N depends on
 * frames 1..N and their calls alone, however one came there.
 */
#ifndef SYNFIN_UI_TRACE_H
#define SYNFIN_UI_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/calls.h"
#include "capture/source.h"
#include "decode/decoder.h"
#include "ui/placed.h"

struct trace;

struct trace_options {
    struct source_options source;
    struct decoder_options decoder;
    struct calls_source calls;        /* true calls beside it; neither file nor bytes: none */
    uint64_t spool_most;              /* bytes; 0: 4 GiB */
};

/* Opens it and reads nothing yet. NULL: `error` says why. */
struct trace *trace_open(const struct trace_options *options, struct error *error);
void trace_close(struct trace *trace);

/* Reads and decodes for about `budget` (wall clock), live at least what waits. True: there is more to do at once;
 * false: until source_descriptor() of trace_source() has something, or the present is moved. `now`: the wall clock,
 * for live timers. */
bool trace_work(struct trace *trace, nanoseconds budget, nanoseconds now);

const struct source *trace_source(const struct trace *trace);

/* Ends what is live as the end of a file does. */
void trace_stop(struct trace *trace);

/* Calls that are recorded while it runs: the list, borrowed and always the same one, has changed from this place of its
 * moments on. Where that is too late for what was decoded, it is decoded anew. */
void trace_take_calls(struct trace *trace, const struct calls *calls, size_t from);

/* Programs run whose calls become known a little after they were made: so long frames are decoded a little later
 * too. */
void trace_await_calls(struct trace *trace, bool await);

/* Why the input ended early, or why frames are no longer kept; NULL: all is well. */
const struct error *trace_problem(const struct trace *trace);

/* --- the present --- */

#define TRACE_END UINT32_MAX

/* Moves the present to a frame (0: before the first one; TRACE_END: the end, where it follows what comes). A frame
 * that is not known becomes the last one known before it; to one that cannot be read again it does not go
 * (trace_problem()). */
void trace_go(struct trace *trace, uint32_t frame);

/* At the end: what comes is counted and kept, and not decoded until this ends. */
void trace_hold(struct trace *trace, bool hold);
bool trace_held(const struct trace *trace);

/* The frame of the present, and its time (that of the first frame where it is 0); does it follow the end? Has the
 * decoder still to get there? */
uint32_t trace_present(const struct trace *trace);
nanoseconds trace_time(const struct trace *trace);
bool trace_follows(const struct trace *trace);
bool trace_waits(const struct trace *trace);

/* The decoder that stands at the present, or is on its way there, and what is changed whenever it has been fed. */
const struct decoder *trace_decoder(const struct trace *trace);
uint64_t trace_version(const struct trace *trace);

/* Ids that the decoder at the present has given: 1 to this one. Its row of an id; NULL: given up. */
uint32_t trace_rows(const struct trace *trace);
const struct conversation *trace_row(const struct trace *trace, uint32_t id);

/* --- the whole, as far as it is known --- */

/* Last frame that has been read, and the last of them that has been decoded for the first time. */
uint32_t trace_known(const struct trace *trace);
uint32_t trace_decoded(const struct trace *trace);

/* Everything has been read, and nothing more comes. */
bool trace_ended(const struct trace *trace);

/* The time up to which the whole has been told: of its last frame, live also the wall clock while no frame waits. */
nanoseconds trace_now(const struct trace *trace);

/* Of all that has been decoded. */
struct totals trace_totals(const struct trace *trace);

/* Frames and links that the index had no room for. */
uint64_t trace_given_up(const struct trace *trace);

/* Reads frame `number` again. Its bytes are valid until the next call. False: `error` says why (it is not known yet,
 * its bytes are no longer kept, the file has changed). */
bool trace_frame(struct trace *trace, uint32_t number, struct frame *frame, struct error *error);

/* The same for several frames in growing order: the first and as many more as are at hand. Gives how many. */
unsigned trace_frames(struct trace *trace, const uint32_t *numbers, unsigned count, struct frame *frames,
                      struct error *error);

/* The frame after and before this one, of the whole trace; 0: none. */
uint32_t trace_after(const struct trace *trace, uint32_t frame);
uint32_t trace_before(const struct trace *trace, uint32_t frame);

/* The row that a frame carries a unit of (the outermost one); 0: none. */
uint32_t trace_row_of(const struct trace *trace, uint32_t frame);

/* The last frame whose time is not after `time` (a bisection: times are taken to grow); 0: none. */
uint32_t trace_at_time(struct trace *trace, nanoseconds time);

/* All calls that are known; NULL: there are none beside it. */
const struct calls *trace_known_calls(const struct trace *trace);

/* Feeds the calls that come before frame `frame` (UINT32_MAX: all that are known by now, once all frames were). */
void trace_feed_calls(struct trace *trace, struct decoder *decoder, struct trace_calls *calls, uint32_t frame);

/* Feeds frames, and between them the calls, each before the first frame that is not earlier. */
void trace_feed(struct trace *trace, struct decoder *decoder, struct trace_calls *calls, const struct frame *frames,
                unsigned count);

/* Calls have come too late for a decoder fed so: it has to begin anew, with `calls`, which are as at first now. */
bool trace_calls_stale(const struct trace *trace, struct trace_calls *calls);

/* That happened to the decoder of the end, and the one that begins anew has not come as far yet: it is to go on
 * soon. */
bool trace_rebuilds(const struct trace *trace);

/* All frames known have been decoded, and the decoder of the end has the calls that belong between and behind them. */
bool trace_told(const struct trace *trace);

/* What a row's story needs (follow.h). */
struct index;
const struct index *trace_index(const struct trace *trace);
const struct decoder_options *trace_decoder_options(const struct trace *trace);

#endif

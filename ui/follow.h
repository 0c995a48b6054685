/* follow.h - the story of one row, kept up with the trace: what ladder, why, states, stream and graphs draw from.
 *
 * Only the frames of this row are read, found through the index, and fed to a decoder of their own; what it tells is
 * what the decoder of the whole trace tells, since nothing a connection does depends on another's frames (tests hold
 * the two against each other). Frames of connections before on the same 4-tuple, and IP fragments, are fed too.
 */
#ifndef SYNFIN_UI_FOLLOW_H
#define SYNFIN_UI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/decoder.h"
#include "report/scenes.h"
#include "report/story.h"
#include "ui/trace.h"

struct follow;

/* Of row `id` of the trace, which is borrowed. Nothing is read yet. NULL: memory ran out. */
struct follow *follow_open(struct trace *trace, uint32_t id);
void follow_close(struct follow *follow);

/* Reads what the trace has come to know of it, for about `budget` of wall clock. True: there is more to read at
 * once. */
bool follow_work(struct follow *follow, nanoseconds budget);

/* Nothing later than frame `last`, at which the time is `time`, is to be known; UINT32_MAX: everything. What is
 * known of later frames is forgotten, which means reading anew. */
void follow_limit(struct follow *follow, uint32_t last, nanoseconds time);

/* Of a row with more segments than are kept, those up to this frame always are; what comes later only as far as it
 * is near the last one read, so a present behind this frame wants follow_limit(). UINT32_MAX: all are kept, or not
 * known yet. */
uint32_t follow_kept_until(const struct follow *follow);

uint32_t follow_id(const struct follow *follow);

/* All as it stands after the last frame read; NULL: nothing has been read yet. Valid until follow_work(). */
const struct conversation *follow_row(struct follow *follow);
const struct decoder *follow_decoder(const struct follow *follow);
const struct story *follow_story(const struct follow *follow);
const struct scenes *follow_scenes(struct follow *follow);

/* Changed whenever the story has grown. */
uint64_t follow_version(const struct follow *follow);

/* The last scene, calls left out, not later than frame `present`, at which the time is `time`; SIZE_MAX: none. */
size_t follow_scene_at(struct follow *follow, uint32_t present, nanoseconds time);

#endif

/* saved.h - a pcap file of frames that were captured before: whole or not at all.
 *
 * Written under another name beside it, and given its own when it is complete; no other file is ever replaced. Classic
 * pcap with nanoseconds, by libpcap: one link type a file.
 */
#ifndef SYNFIN_CAPTURE_SAVED_H
#define SYNFIN_CAPTURE_SAVED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"

struct saved;

struct saved *saved_open(const char *path, uint16_t linktype, struct error *error);

/* False: it cannot be written, or the frame is of another link type. */
bool saved_add(struct saved *saved, const struct frame *frame, struct error *error);

/* Puts it in its place. False: that failed, and nothing is left. Frees it. */
bool saved_close(struct saved *saved, struct error *error);

/* Leaves nothing behind. */
void saved_drop(struct saved *saved);

#endif

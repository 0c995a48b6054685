/* pcapng.h - pcapng files (draft-ietf-opsawg-pcapng): sections of blocks, each section with its own byte order and
 * interfaces, each interface with its own link type, snapshot length and clock.
 *
 * Understood: Section Header, Interface Description, Enhanced, Simple and the obsolete Packet Block, and of the
 * Interface Statistics the drops. Other blocks are passed over by their length. The tables of all sections are kept, so
 * that a frame can be read again by its offset; they have a limit, and a file beyond it is refused there.
 */
#ifndef SYNFIN_CAPTURE_PCAPNG_H
#define SYNFIN_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "capture/record.h"

enum { PCAPNG_MOST = 65536 };         /* sections in a file, interfaces in it */

enum tick {
    TICK_MULTIPLIED,                  /* a tick is `factor` nanoseconds */
    TICK_DIVIDED,                     /* a nanosecond is `factor` ticks */
    TICK_BINARY,                      /* a tick is 2^-factor seconds */
};

struct pcapng_interface {
    uint64_t factor;
    uint64_t dropped;                 /* as its last statistics say */
    int64_t epoch_seconds;            /* where its clock began */
    uint32_t snaplen;                 /* 0: no limit */
    uint16_t linktype;
    enum tick tick;
};

struct pcapng_section {
    uint64_t offset;
    uint32_t first;                   /* of its interfaces in the table */
    uint32_t count;
    bool big;                         /* byte order */
};

struct pcapng {
    struct pcapng_section *sections;  /* owned; the last one is being read */
    struct pcapng_interface *interfaces; /* owned; of all sections */
    size_t section_count;
    size_t interface_count;
    nanoseconds time;                 /* of the last frame */
    uint64_t dropped;                 /* of all interfaces */
    bool dropped_known;
};

bool pcapng_magic(const uint8_t magic[4]);
void pcapng_free(struct pcapng *p);

/* The block at `bytes`, which lies at `offset` of the file. Sets of a frame: bytes, time, caplen, len, linktype,
 * interface (counted within the section). */
enum record_kind pcapng_record(struct pcapng *p, const uint8_t *bytes, size_t length, uint64_t offset,
                               struct frame *frame, struct record *record);

/* A packet block met before, read again. A Simple Packet Block's time is 0: it has none of its own. */
enum record_kind pcapng_again(const struct pcapng *p, const uint8_t *bytes, size_t length, uint64_t offset,
                              struct frame *frame, struct record *record);

/* Ticks of an interface's clock in nanoseconds since the epoch; what does not fit becomes the largest or smallest. */
nanoseconds pcapng_time(const struct pcapng_interface *interface, uint64_t ticks);

/* Sets tick and factor from the if_tsresol option's byte. */
void pcapng_set_resolution(struct pcapng_interface *interface, uint8_t resolution);

#endif

/* evidence.h - what a rubric may look at: one capture, decoded to its end and kept.
 *
 * The true calls that lie beside it are fed with it. Every connection and flow stays in the decoder; what happened to
 * them (segments, datagrams, arcs, calls) is kept as records, and their payload in one arena. All of it is bounded,
 * and what found no room is counted and told as a reason why the capture cannot tell. Owned by its worker; nothing in
 * it changes once it was read.
 */
#ifndef SYNFIN_GRADE_EVIDENCE_H
#define SYNFIN_GRADE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/calls.h"
#include "decode/decoder.h"

enum {
    EVIDENCE_HAPPENINGS = 300000,      /* records: some 30 MB */
    EVIDENCE_PAYLOAD = 32 << 20,       /* bytes of payload */
    EVIDENCE_CONNECTIONS = 65536,      /* connections and flows */
};

/* Something that happened to a connection or flow; a segment or datagram with its numbers. */
struct happening {
    nanoseconds time;
    nanoseconds ack_rtt;          /* segment; -1: none */
    int64_t in_flight;            /* segment; -1: not known */
    size_t payload_at;            /* in the arena */
    uint32_t payload_kept;        /* bytes there; less than payload: cut off, or no room */
    uint32_t payload;
    uint32_t frame;
    uint32_t row;                 /* id */
    uint32_t next;                /* of the same row: its number plus 1; 0: none */
    uint32_t seq, ack;
    uint32_t marks;
    uint32_t duplicate_of;
    uint16_t flags, window, mss;
    uint8_t known;                /* bytes of the TCP header captured */
    uint8_t header_length;        /* segment: of the TCP header, options and all */
    uint8_t ttl;                  /* segment, datagram: or hop limit */
    uint8_t kind;                 /* enum event_kind */
    uint8_t who;                  /* end, or NO_END */
    uint8_t state[2];             /* of both ends */
    uint8_t from, to, call;       /* TCP_STATE; CALL */
    bool inferred, coalesced;
    bool refused;                 /* segment: the receiver does not accept it */
    bool bad;                     /* segment, datagram: its checksum is wrong */
    bool no_room;                 /* payload was captured, but not kept */
};

struct evidence_row {
    uint32_t first, last;         /* number of a happening plus 1; 0: none */
};

struct evidence {
    struct decoder *decoder;
    struct happening *happenings; /* owned, in the order told */
    size_t count, room;
    uint64_t left_out;            /* happenings not kept */
    uint8_t *payload;             /* owned */
    size_t payload_used, payload_room;
    uint64_t payload_left_out;    /* bytes captured and not kept */
    struct evidence_row *rows;    /* by id */
    size_t row_room;
    const struct conversation **conversations;   /* owned: those still held, in the order of ids */
    size_t conversation_count;
    struct calls *calls;          /* true ones that lie beside the capture; NULL: none */
    struct totals totals;
    uint64_t dropped;
    bool read;                    /* there is a capture; else everything is empty */
    bool over;                    /* what it is of had ended when it did: what is open then stays open */
    bool failed;                  /* memory ran out */
    char problem[512];            /* why what comes later is not known (cut short, dropped, no room); "": it is whole */
};

/* Reads a capture (a path, or a bundled trace's name) to its end; NULL: an empty one. over: as above. False: it cannot
 * be read at all. */
bool evidence_read(struct evidence *evidence, const char *capture, bool over, struct error *error);
void evidence_free(struct evidence *evidence);

/* The connection or flow of an id; NULL: there is none, or it was given up. */
const struct conversation *evidence_conversation(const struct evidence *evidence, uint32_t id);

/* The first happening of a row, and the one after; NULL at the end. */
const struct happening *evidence_first(const struct evidence *evidence, uint32_t row);
const struct happening *evidence_next(const struct evidence *evidence, const struct happening *happening);

/* Why a row is not over, or not there from its beginning, so that later or earlier frames could say something else: a
 * phrase without a full stop, or NULL. */
const char *evidence_unfinished(const struct evidence *evidence, const struct conversation *row);

#endif

/* story.h - what happened to one connection or flow, kept: the events that explain, the ladder and the dashboard draw
 * from.
 *
 * Events are borrowed and gone after the sink's call; a step is the part of one that a story needs. Where there are
 * more segments than it has room for, those in the middle are counted and left out.
 */
#ifndef SYNFIN_REPORT_STORY_H
#define SYNFIN_REPORT_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/event.h"

enum {
    STORY_FIRST = 2000,           /* segments kept from the beginning, where nothing else is asked for */
    STORY_LAST_STEPS = 8192,      /* steps kept from the end: 2000 segments and more, with what they cause */
};

struct step {
    nanoseconds time;
    uint32_t frame;               /* 0: time alone did it */
    uint8_t kind;                 /* enum event_kind */
    uint8_t who;                  /* end of the key, or NO_END */
    bool inferred;
    uint8_t state[2];             /* enum tcp_state, of both ends, as far as this frame has got */
    struct because because;
    union {
        struct {                  /* TCP_SEGMENT; `who` sent it */
            uint32_t seq, ack;
            uint32_t payload;
            uint32_t marks, wireshark;
            uint32_t duplicate_of;
            nanoseconds ack_rtt;  /* -1: none */
            uint16_t flags;
            uint16_t window;      /* unscaled */
            bool coalesced;
            uint8_t known;        /* bytes of the fixed header captured; see struct unit */
        } segment;
        struct {                  /* TCP_STATE */
            uint8_t from, to;
            uint8_t arc;
        } moved;
        struct {                  /* CALL, CALL_RETURNED */
            uint8_t call;
            uint32_t bytes;
            const struct true_call *recorded;   /* borrowed from the list of calls; NULL: inferred */
        } call;
        struct {                  /* UDP_DATAGRAM */
            uint32_t payload;
        } datagram;
        struct {                  /* TCP_UNREACHABLE, UDP_UNREACHABLE */
            uint8_t type, code;
        } icmp;
    };
};

struct story {
    uint32_t id;
    uint64_t first_units;         /* segments or datagrams kept from the beginning, at most */
    struct step *first;           /* owned */
    size_t first_count, first_room;
    struct step *last;            /* owned; a ring of STORY_LAST_STEPS, or NULL while it is not needed */
    size_t last_count;            /* steps ever put into the ring */
    uint64_t units;               /* segments or datagrams told */
    uint64_t dropped;             /* of them, in neither part */
    bool failed;                  /* memory ran out: steps are missing */
};

/* As story_new(), with room for more: of the beginning so many segments or datagrams are kept. */
struct story *story_new_long(uint32_t id, uint64_t first_units);

/* Keeps an event as a step, in the order told. */
void story_add(struct story *story, const struct event *event);

/* Steps kept, and the i-th of them; story_gap() is the place of the first step behind the gap (the count where there
 * is none). */
size_t story_count(const struct story *story);
const struct step *story_step(const struct story *story, size_t i);
size_t story_gap(const struct story *story);

#endif

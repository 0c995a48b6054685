/* ladder.h - one connection or flow as a ladder: two life lines, an arrow per segment, states where they change,
 * calls.
 *
 *    # time s  CLIENT 10.9.0.2:40000                      SERVER 10.9.0.1:6666
 *    1 0.000 connect()┐ SYN-SENT    │─SYN seq=0──────────►│
 *    2 0.030          │             │◄SYN,ACK seq=0 ack=1─│ SYN-RECEIVED listen()?
 *    3 0.030   returns┘ ESTABLISHED │─ACK ack=1──────────►│ ESTABLISHED
 *                                   ╎ 0.200 s of silence  ╎
 *
 * The client is on the left, whoever sent. Relative numbers; without the ISN they begin at 1. A flow has no states.
 * The label on an arrow gives up, in this order, where there is no room: ack, len, seq; never the flags, never part of
 * a number.
 */
#ifndef SYNFIN_REPORT_LADDER_H
#define SYNFIN_REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/connection.h"
#include "report/canvas.h"
#include "report/scenes.h"

enum ladder_kind {
    LADDER_UNIT,                  /* a segment or datagram */
    LADDER_ICMP,
    LADDER_TIME,                  /* time alone did it: 2 MSL */
    LADDER_CALL,                  /* a call that has no row of its own */
    LADDER_SILENCE,
    LADDER_LEFT_OUT,
    LADDER_CROSS_1, LADDER_CROSS_2, LADDER_CROSS_3, LADDER_CROSS_4,   /* two segments that cross */
};

enum bracket { BRACKET_NONE, BRACKET_OPENS, BRACKET_RUNS, BRACKET_CLOSES };

struct ladder_row {
    const struct scene *scene;    /* LADDER_CROSS_*: of the segment drawn on this row */
    const char *call[2];          /* by side, CLIENT or SERVER; NULL */
    uint64_t number;              /* LADDER_SILENCE: nanoseconds; LADDER_LEFT_OUT: segments */
    uint8_t kind;                 /* enum ladder_kind */
    uint8_t bracket[2];           /* by side, enum bracket */
    uint8_t state[2];             /* by side, to be written; STATE_UNKNOWN: none */
};

/* What a legend must explain: set where it occurs. */
enum ladder_used {
    USED_BY_NOW = 1,              /* accept()?, listen()?: happened by now, moment unknown */
    USED_CLOSE = 2,               /* close()?: or shutdown() */
    USED_AGAIN = 4,
    USED_TWICE = 8,
    USED_IGNORED = 16,
    USED_LEFT_OUT = 32,
    USED_GUESSED = 64,            /* relative numbers without the ISN */
    USED_BAD_SUM = 128,
    USED_SENDING = 256,           /* payload that a send() before it may have given */
};

struct ladder {
    const struct conversation *of;
    const struct story *story;
    struct ladder_row *rows;      /* owned */
    size_t count, room;
    unsigned used;                /* enum ladder_used */
    unsigned unit_word;           /* 0 segments, 1 datagrams */
    struct {                      /* columns; a width, or the column where it begins */
        unsigned frame_width, time, time_width, call_width;
        unsigned left_call, left_bracket, left_state, left_line, right_line, right_state, right_bracket, right_call;
        unsigned width;
    } at;
};

/* False when memory ran out. Borrows conversation, story and scenes. width: at least 74 columns are needed, 120 at
 * most used. */
bool ladder_make(struct ladder *ladder, const struct conversation *of, const struct story *story,
                 const struct scenes *scenes, unsigned width);
void ladder_free(struct ladder *ladder);

/* One or two rows with the names of the ends, from row y on; gives how many. */
unsigned ladder_heading(const struct ladder *ladder, struct canvas *canvas, unsigned y);

/* Draws row i of the ladder at row y. */
void ladder_draw(const struct ladder *ladder, size_t i, struct canvas *canvas, unsigned y);

#endif

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

/* Kinds that only a ladder of both ends has: where a unit is sent before another one of the other end arrives. */
enum {
    LADDER_DEPARTS = LADDER_CROSS_4 + 1,   /* it is sent */
    LADDER_OVER,                  /* the other one, drawn across it */
    LADDER_ARRIVES,               /* it arrives */
};

/* A ladder that is over sooner, as most on loopback is, counts in milliseconds. */
#define LADDER_BRIEF (20 * NS_PER_MS)

/* What became of a unit, where both ends were captured. */
enum fate {
    FATE_ARRIVES,
    FATE_LOST,
    FATE_UNDECIDABLE,             /* only one capture has it, and the other could not have had it */
    FATE_NOT_CAPTURED,            /* it arrived, for it was acknowledged; the other capture lacks it */
    FATE_INSERTED,                /* it arrived and was never sent */
    FATE_DUPLICATE,               /* it was sent once and arrived again */
};

enum bracket { BRACKET_NONE, BRACKET_OPENS, BRACKET_RUNS, BRACKET_CLOSES };

struct ladder_row {
    const struct scene *scene;    /* LADDER_CROSS_*: of the segment drawn on this row */
    const char *call[2];          /* inferred, by side, CLIENT or SERVER; NULL */
    const struct true_call *recorded[2];   /* the same of a recorded one */
    uint8_t part[2];              /* what of it: enum call_part */
    uint64_t number;              /* LADDER_SILENCE: nanoseconds; LADDER_LEFT_OUT: segments */
    uint8_t kind;                 /* enum ladder_kind */
    uint8_t bracket[2];           /* by side, enum bracket */
    uint8_t state[2];             /* by side, to be written; STATE_UNKNOWN: none */
    const struct scene *seen[2];  /* by side: the scene in the capture made there; NULL. With one capture both are it */
    nanoseconds time[2];          /* by side: when, where seen; on the client's clock */
    bool timed;                   /* LADDER_CALL: it stands at time[CLIENT], for it belongs to no frame */
    const char *word;             /* both ends: what became of it ("late"), after or instead of its mark; NULL */
    uint8_t from;                 /* side whose capture `scene` is of */
    uint8_t fate;                 /* enum fate */
    bool unsent;                  /* both ends: only its receiver's capture has it */
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
    USED_LOST = 512,              /* both ends: an arrow that ends with X */
    USED_UNDECIDED = 1024,        /* both ends: one that ends or begins with ? */
    USED_RECORDED = 2048,         /* calls with results: recorded */
    USED_NOTHING = 4096,          /* what went wrong, in the words of call_words.h */
    USED_GOES_ON = 8192,
    USED_NO_CONN = 16384,
    USED_IN_USE = 32768,
};

/* Where the states and calls of one side are known from. */
struct ladder_capture {
    const struct conversation *of;
    const struct story *story;
    const struct scenes *scenes;  /* of that story, for its recorded calls; NULL: those that are inferred */
    uint8_t client;               /* which end of the key is the client */
};

struct ladder {
    const struct conversation *of;
    const struct story *story;
    struct ladder_capture capture[2];  /* by side; with one capture both are it */
    bool both;                    /* captured at both ends: rows have a second frame and time, at the right edge */
    bool recorded;                /* some of its calls were */
    bool milliseconds;            /* times are told in them */
    nanoseconds zero;             /* times count from here */
    struct ladder_row *rows;      /* owned */
    size_t count, room;
    unsigned used;                /* enum ladder_used */
    unsigned unit_word;           /* 0 segments, 1 datagrams */
    struct {                      /* columns; a width, or the column where it begins */
        unsigned frame_width, time, time_width, call_width;
        unsigned left_call, left_bracket, left_state, left_line, right_line, right_state, right_bracket, right_call;
        unsigned right_time, right_frame;   /* both ends */
        unsigned width;
    } at;
};

/* False when memory ran out. Borrows conversation, story and scenes. width: at least 74 columns are needed, 120 at
 * most used. */
bool ladder_make(struct ladder *ladder, const struct conversation *of, const struct story *story,
                 const struct scenes *scenes, unsigned width);

/* One unit, for the ladder of both ends. Scenes are borrowed from scenes of the two stories. */
struct ladder_pair {
    const struct scene *seen[2];  /* by side; NULL: not captured there */
    nanoseconds time[2];          /* by side, both on the client's clock */
    const char *word;             /* as in struct ladder_row */
    uint8_t from;                 /* side that sent it */
    uint8_t fate;                 /* enum fate */
    bool shown;
};

/* The ladder of a conversation captured at both ends. Pairs are in the order of sending; those not shown are counted.
 * Below 100 columns calls are left out, to leave room for the second clock. False when memory ran out. */
bool ladder_make_both(struct ladder *ladder, const struct ladder_capture capture[2], const struct ladder_pair *pairs,
                      size_t count, unsigned width);
void ladder_free(struct ladder *ladder);

/* One or two rows with the names of the ends, from row y on; gives how many. */
unsigned ladder_heading(const struct ladder *ladder, struct canvas *canvas, unsigned y);

/* Draws row i of the ladder at row y. */
void ladder_draw(const struct ladder *ladder, size_t i, struct canvas *canvas, unsigned y);

#endif

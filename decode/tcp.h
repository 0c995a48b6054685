/* tcp.h - what tcp.c works out of one segment and tell.c tells of it.
 */
#ifndef SYNFIN_DECODE_TCP_H
#define SYNFIN_DECODE_TCP_H

#include "decode/internal.h"

enum { OUTCOME_CALLS = 4 };

/* What one segment came to, gathered while it is worked on. */
struct outcome {
    struct wireshark_result wireshark;
    struct verdict verdict;
    enum sentence refusal;        /* the test that it fails; SENTENCE_NONE: believed */
    uint32_t before;              /* opened: id of the connection whose 4-tuple it has; 0: none */
    bool opened, established, closed, reset;
    uint8_t calls[OUTCOME_CALLS];             /* enum call */
    unsigned call_count;
};

/* The kinds of events that a segment can cause. */
#define TELLS_OF_TCP (1u << EVENT_TCP_OPENED | 1u << EVENT_TCP_SEGMENT | 1u << EVENT_TCP_STATE | 1u << EVENT_TCP_ESTABLISHED | \
                      1u << EVENT_TCP_REFUSED_SEGMENT | 1u << EVENT_TCP_CLOSED | 1u << EVENT_TCP_RESET | 1u << EVENT_CALL | \
                      1u << EVENT_ARP_ANSWERED)

/* Those that only the first segment of a connection can cause. */
#define TELLS_OF_OPENING (1u << EVENT_TCP_OPENED | 1u << EVENT_ARP_ANSWERED)

/* Tells all that the segment caused: opened, the segment itself, arcs, calls, established, closed, reset. */
void tcp_tell(const struct decoder *d, const struct connection *c, const struct unit *u, const struct outcome *o);

/* Tells the arcs in d->moves, taken by the segment of this frame, or by time alone (frame 0). */
void tcp_tell_moves(const struct decoder *d, const struct connection *c, uint32_t frame, nanoseconds time);

#endif

/* tcp_state.h - RFC 9293 figure 5 as a list of arcs, to be laid beside the figure.
 *
 * A passive observer sees segments, never calls or states. So each arc says how it can be known:
 *   SEEN      its action is a segment of the same end (snd SYN, snd FIN, snd ACK): taken when that segment passes;
 *   INFERRED  it has a cause and no action of its own (rcv ACK of FIN): taken when the cause passes us on its way to the
 *             end. If the cause is lost behind us, the end's next segments show it, and the state was told too early
 *             (a FIN that comes again takes back what its ACK had moved);
 *   NEVER     nothing on the wire tells it (a call that sends nothing): `why_never` says what is shown instead.
 *
 * What cannot be known: whether a segment that passed has arrived; which of two crossing segments an end saw first when
 * both pass us before either arrives (it is taken to see them in the order in which they pass).
 */
#ifndef SYNFIN_DECODE_TCP_STATE_H
#define SYNFIN_DECODE_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/sentences.h"

/* The eleven states, RFC 9293 3.3.2, and 0 for "not known". */
#define TCP_STATES(X) \
    X(UNKNOWN, "UNKNOWN") \
    X(CLOSED, "CLOSED") \
    X(LISTEN, "LISTEN") \
    X(SYN_SENT, "SYN-SENT") \
    X(SYN_RECEIVED, "SYN-RECEIVED") \
    X(ESTABLISHED, "ESTABLISHED") \
    X(FIN_WAIT_1, "FIN-WAIT-1") \
    X(FIN_WAIT_2, "FIN-WAIT-2") \
    X(CLOSE_WAIT, "CLOSE-WAIT") \
    X(CLOSING, "CLOSING") \
    X(LAST_ACK, "LAST-ACK") \
    X(TIME_WAIT, "TIME-WAIT")

enum tcp_state {
#define X(id, name) STATE_##id,
    TCP_STATES(X)
#undef X
    STATE_COUNT
};

extern const char *const tcp_state_names[STATE_COUNT];

/* What moves an end, in the figure's words. */
enum arc_event {
    ON_PASSIVE_OPEN, ON_ACTIVE_OPEN, ON_SEND, ON_CLOSE, ON_ABORT, ON_RCV_SYN, ON_RCV_SYN_ACK, ON_ACK_OF_SYN, ON_RCV_FIN,
    ON_ACK_OF_FIN, ON_RCV_RST, ON_RCV_RST_ACTIVE, ON_2MSL, ON_FIN_AGAIN,
};

enum arc_visibility { ARC_SEEN, ARC_INFERRED, ARC_NEVER };

struct arc {
    uint8_t from, event, to;      /* enum tcp_state, enum arc_event, enum tcp_state */
    uint8_t visibility;           /* enum arc_visibility */
    const char *label;            /* the figure's own, "event / action"; the figure's notes are named */
    const char *rfc;              /* section that tells it */
    uint16_t sentence;            /* enum sentence: why, in words */
    const char *why_never;        /* ARC_NEVER only */
};

extern const struct arc tcp_arcs[];
extern const unsigned tcp_arc_count;

/* The arc that leaves `from` on `event`, as an index of tcp_arcs, or -1. */
int tcp_arc_find(enum tcp_state from, enum arc_event event);

/* RFC 9293 3.3.2: ESTABLISHED and later, until CLOSED. */
static inline bool tcp_state_synchronised(enum tcp_state s)
{
    return s >= STATE_ESTABLISHED;
}

#endif

/* event.h - the one stream: what a decoder tells its sinks.
 *
 * An event names its evidence (frame), the conversation, both ends' states after it, whether it was seen or inferred,
 * and why. Events and what they point to are borrowed: valid inside the sink's function only. A sink says which kinds
 * it wants; an event that nobody wants is not built.
 */
#ifndef SYNFIN_DECODE_EVENT_H
#define SYNFIN_DECODE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "capture/call.h"
#include "decode/segment.h"
#include "decode/sentences.h"
#include "decode/tcp_state.h"

/* kind, name in JSON, what it says, RFC section. Listed by `synfin events --list`. */
#define EVENTS(X) \
    X(TCP_OPENED, "tcp.opened", "first segment of a connection that was not known before", "RFC 9293 3.3.1") \
    X(TCP_SEGMENT, "tcp.segment", "one TCP segment, with its marks and both states after it", "RFC 9293 3.1") \
    X(TCP_STATE, "tcp.state", "one end takes an arc of figure 5", "RFC 9293 3.3.2") \
    X(TCP_ESTABLISHED, "tcp.established", "both ends are ESTABLISHED", "RFC 9293 3.5") \
    X(TCP_REFUSED_SEGMENT, "tcp.not_accepted", "a segment fails an acceptance test and changes no state", \
      "RFC 9293 3.10.7.4") \
    X(TCP_CLOSED, "tcp.closed", "both ends have closed: each FIN is acknowledged", "RFC 9293 3.6") \
    X(TCP_RESET, "tcp.reset", "a RST ends the connection", "RFC 9293 3.5.3") \
    X(TCP_UNREACHABLE, "tcp.unreachable", "an ICMP error answers a segment of the connection", "RFC 9293 3.9.2.2") \
    X(TCP_GIVEN_UP, "tcp.given_up", "the connection was dropped from the table to make room", "") \
    X(CALL, "call", "a socket call behind a segment: true where it was recorded, else inferred", "RFC 9293 3.9.1") \
    X(CALL_RETURNED, "call.returned", "a recorded call returns, with its result", "RFC 9293 3.9.1") \
    X(UDP_OPENED, "udp.opened", "first datagram of a flow that was not known before", "RFC 768") \
    X(UDP_DATAGRAM, "udp.datagram", "one UDP datagram", "RFC 768") \
    X(UDP_REPLIED, "udp.replied", "first datagram the other way", "RFC 768") \
    X(UDP_UNREACHABLE, "udp.unreachable", "an ICMP error quotes a datagram of the flow", "RFC 1122 4.1.3.3") \
    X(UDP_EXPIRED, "udp.expired", "no datagram for the flow's time-out, by the trace's time", "") \
    X(UDP_GIVEN_UP, "udp.given_up", "the flow was dropped from the table to make room", "") \
    X(ARP_ANSWERED, "arp.answered", "a conversation's first frame had waited for an ARP answer", "RFC 826") \
    X(ARP_UNANSWERED, "arp.unanswered", "ARP requests for an address that nobody answered", "RFC 1122 2.3.2.1") \
    X(FRAME_FRAGMENT, "frame.fragment", "an IP fragment, before its datagram is whole", "RFC 791 3.2") \
    X(FRAME_CUT, "frame.cut", "the snapshot length cut the frame before its transport header", "") \
    X(FRAME_MALFORMED, "frame.malformed", "a header contradicts itself", "")

enum event_kind {
#define X(id, name, says, rfc) EVENT_##id,
    EVENTS(X)
#undef X
    EVENT_COUNT
};

extern const char *const event_names[EVENT_COUNT];
extern const char *const event_says[EVENT_COUNT];
extern const char *const event_rfcs[EVENT_COUNT];

enum { NO_END = 2 };              /* `who` of an event that is not one end's */

struct event {
    uint8_t kind;                 /* enum event_kind */
    uint8_t who;                  /* which end of the key did it or was moved: 0, 1, or NO_END */
    bool inferred;                /* else seen */
    uint8_t state[2];             /* both ends', enum tcp_state, after all that this frame has caused so far */
    uint32_t frame;               /* 0: time alone did it, or a program's call */
    nanoseconds time;
    const struct conversation *of;/* NULL: of the capture as a whole */
    struct because because;
    union {
        struct {                  /* TCP_SEGMENT */
            const struct unit *unit;
            uint32_t marks;       /* ours, enum mark */
            uint32_t wireshark;   /* Wireshark's; differs from marks only where because.sentence says why */
            uint32_t duplicate_of;/* frame that this one is a second capture of; 0: none */
            int64_t bytes_in_flight; /* -1: not known */
            nanoseconds ack_rtt;  /* -1: none */
            bool coalesced;       /* more payload than the MSS: segmentation offload */
        } segment;
        struct {                  /* TCP_STATE */
            uint8_t from, to;
            uint8_t arc;          /* index of tcp_arcs */
        } moved;
        struct {                  /* CALL; CALL_RETURNED */
            uint8_t call;         /* enum call */
            bool repeated;        /* told before, of no conversation, and again for one that its socket had or has */
            uint32_t bytes;       /* send, sendto, inferred: at least so many */
            const struct true_call *recorded;   /* as the program made it; NULL: inferred */
        } call;
        struct {                  /* TCP_OPENED */
            const struct unit *unit;
            uint32_t before;      /* id of the connection on the same 4-tuple whose place it takes; 0: none */
        } opened;
        const struct unit *unit;  /* UDP_*, TCP_UNREACHABLE, TCP_REFUSED_SEGMENT, ... */
        const struct parsed *parsed; /* FRAME_* */
        const uint8_t *address;   /* ARP_UNANSWERED: four bytes */
    };
};

struct sink {
    uint32_t wants;               /* bits: 1 << enum event_kind */
    void (*event)(void *self, const struct event *event);
    void *self;
};

#endif

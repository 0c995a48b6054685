/* internal.h - what the files of decode/ share behind the door of decoder.h.
 */
#ifndef SYNFIN_DECODE_INTERNAL_H
#define SYNFIN_DECODE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "decode/decoder.h"
#include "decode/sequence.h"
#include "decode/table.h"

enum {
    SINKS_MAX = 4,
    MOVES_MAX = 12,               /* arcs that one frame can cause, both ends together */
    ARP_PENDING = 64,             /* addresses asked for and not yet answered */
    OUTSTANDING_MAX = 1 << 20,    /* segments waiting for their ACK, all connections together */
    OUTSTANDING_PER_PEER = 2048,  /* of one end; what is beyond gives no RTT */
    OUTSTANDING_OUT_OF_ORDER = 256, /* where each ACK has to look at all of them */
    SERVERS_REMEMBERED = 4096,
    HOLES_MAX = 1 << 18,
    HOLES_PER_PEER = 64,
    TALLIES_MAX = 1 << 20,
};

/* An arc taken by the segment at hand, told after the segment's own event. */
struct move {
    uint8_t who, from, to, arc;
    bool inferred;
    struct because because;
};

struct arp_pending {
    uint8_t address[4];
    uint32_t requests;            /* 0: slot is free */
    uint32_t frame;               /* of the latest */
    nanoseconds time;
    uint32_t first_frame;
    nanoseconds first_time;
};

/* The latest exchange. */
struct arp_answered {
    uint8_t asker[4], address[4];
    uint32_t frame[2];            /* first request, answer; 0: none yet */
    nanoseconds time[2];
};

/* A queue of rows, oldest first, linked through queue_older and queue_newer. */
struct row_queue {
    uint32_t oldest, newest;
};

/* In the order in which they are given up. In the 2MSL queue all wait equally long, so it is in order of `due` as
 * well. */
enum give_up_order { GIVE_UP_OPENINGS, GIVE_UP_CLOSED, GIVE_UP_TIME_WAIT, GIVE_UP_IDLE, GIVE_UP_QUEUES };

struct decoder {
    struct decoder_options options;
    struct table table;
    struct pool outstanding, holes, tallies;
    struct parser *parser;
    struct sink sinks[SINKS_MAX];
    unsigned sink_count;
    uint32_t wants;               /* of all sinks together */
    struct totals totals;
    nanoseconds now;              /* latest time of frames and decoder_time(): never steps back */
    uint32_t next_id;
    uint32_t oldest, newest;      /* rows in the order of their ids */
    struct row_queue give_up[GIVE_UP_QUEUES];
    nanoseconds next_due;         /* nothing in the 2MSL queue is due before */
    struct move moves[MOVES_MAX];
    unsigned move_count;
    struct arp_pending arp[ARP_PENDING];
    struct arp_answered arp_answered;
    struct call_book *calls;      /* NULL until the first is told */
    uint32_t servers[SERVERS_REMEMBERED];  /* hashes of addresses and ports that have answered a SYN; the latest win */
    struct unit units[FRAME_BATCH * FRAME_UNITS_MAX];
};

static inline bool decoder_wants(const struct decoder *d, enum event_kind kind)
{
    return d->wants >> kind & 1;
}

/* A bit of `wants` beside those of the events: decoder_options.counted is set. One test for all, since each segment
 * makes it. */
#define WANTS_COUNTED (UINT32_C(1) << 31)

/* Tells whose segment or datagram this frame held. */
static inline void decoder_count(const struct decoder *d, const struct conversation *row, uint32_t frame)
{
    if (d->wants & WANTS_COUNTED)
        d->options.counted(d->options.counted_self, row, frame);
}

/* Hands an event to the sinks that want it. */
void decoder_emit(const struct decoder *d, const struct event *event);

static inline struct connection *connection_at(const struct decoder *d, uint32_t reference)
{
    return pool_at(&d->table.connections, reference >> 1);
}

static inline struct outstanding *outstanding_at(const struct decoder *d, uint32_t number)
{
    return pool_at(&d->outstanding, number);
}

/* The outstanding segments of an end, oldest first; NULL after the newest. */
static inline struct outstanding *outstanding_oldest(const struct decoder *d, const struct peer *p)
{
    uint32_t newest = p->wireshark.newest;
    return newest ? outstanding_at(d, outstanding_at(d, newest)->next) : NULL;
}

static inline struct outstanding *outstanding_after(const struct decoder *d, const struct peer *p,
                                                    const struct outstanding *o)
{
    return o == outstanding_at(d, p->wireshark.newest) ? NULL : outstanding_at(d, o->next);
}

enum { OUTSTANDING_LOOKED_AT = 256 };  /* oldest first: what is sent again is among the oldest */

/* Does it carry some of [seq, end)? */
static inline bool outstanding_carries(const struct outstanding *o, uint32_t seq, uint32_t end)
{
    return seq_before(o->seq, end) && seq_after(o->next_seq, seq);
}

static inline struct hole *hole_at(const struct decoder *d, uint32_t number)
{
    return pool_at(&d->holes, number);
}

/* The counts of an end, made when first needed; NULL when there is no room. */
struct tally *decoder_tally_of(struct decoder *d, struct peer *peer);

/* --- rows (rows.c) --- */

/* A new row of its protocol, linked and with what both kinds have in common filled from the first unit; takes the
 * place of `old` where that is not 0. May give up another row. NULL when memory ran out. *reference names it. */
struct conversation *row_new(struct decoder *d, const struct unit *u, uint32_t old, uint32_t *reference);
void row_count(struct conversation *row, const struct unit *u);
void row_queue_move(struct decoder *d, uint32_t reference, enum give_up_order to);

/* --- recorded calls (calls.c) --- */

/* A row has come: tells the calls that waited for it. */
void calls_opened(struct decoder *d, const struct conversation *row);
/* Those that still wait are of no row. */
void calls_end(struct decoder *d);
/* What they know of a row at its beginning. A socket is bound to that port at its end's address; */
bool calls_bound(const struct decoder *d, const struct conversation *row, unsigned end, uint16_t port);
/* one listens for it, and no accept() gave it to the program; */
bool calls_never_accepted(const struct decoder *d, const struct conversation *row);
/* the one at this end is connect()ed to somebody else than the row's other end. */
bool calls_connected_elsewhere(const struct decoder *d, const struct conversation *row, unsigned end);
void calls_free_book(struct call_book *book);

/* --- one unit (tcp.c, udp.c, other.c) --- */
void tcp_segment(struct decoder *d, const struct unit *u, uint32_t within);
void udp_datagram(struct decoder *d, const struct unit *u, uint32_t within);
void icmp_error(struct decoder *d, const struct unit *u);
void arp_message(struct decoder *d, const struct unit *u);
/* The first unit of a row: tells of the ARP exchange that it had to wait for. */
void arp_before(const struct decoder *d, const struct conversation *row, const struct unit *u);
void arp_end(struct decoder *d);

/* Lets 2MSL timers fall due that are due by `now`. */
void tcp_timers(struct decoder *d, nanoseconds now);

/* --- Wireshark's rules (wireshark.c) --- */

struct wireshark_result {
    uint32_t marks;
    uint32_t acked_frame;         /* segment whose end the ACK meets; 0: none */
    bool acked_sent_again;
    nanoseconds acked_time;       /* when that was sent */
};

/* Runs the rules over one segment and updates both directions. marks starts with what the caller knows (reused
 * ports). */
void wireshark_segment(struct decoder *d, struct connection *c, const struct unit *u, uint32_t marks,
                       struct wireshark_result *result);
void wireshark_completeness(struct connection *c, uint16_t flags, uint32_t payload_length);
int64_t wireshark_bytes_in_flight(const struct decoder *d, const struct connection *c, const struct unit *u);
/* Gives all outstanding segments of both ends back. */
void wireshark_release(struct decoder *d, struct connection *c);

/* --- what was sent again (sent_again.c) --- */

struct verdict {
    uint32_t marks;               /* ours */
    uint32_t duplicate_of;        /* frame captured before; 0 */
    uint32_t new_bytes;           /* payload not captured before */
    struct because because;       /* sentence 0: nothing else is set in it */
};

/* Is this frame a second capture of an earlier one? Gives that frame, or 0. */
uint32_t captured_before(const struct decoder *d, const struct connection *c, const struct unit *u);
uint32_t unit_fingerprint(const struct unit *u);

/* IPv4 senders that do not count leave 0. */
static inline bool unit_has_id(const struct unit *u)
{
    return (u->notes & NOTE_IP_ID) && u->ip_id != 0;
}

/* A hash of one end's address and a port, never 0; for "does this port of that host answer?" */
uint32_t server_hash_of(const struct decoder *d, const struct conversation *row, unsigned end, uint16_t port);

/* Our verdict on Wireshark's marks; updates holes and snd_nxt. `silence` is the time since the sender's segment
 * before. */
void sent_again(struct decoder *d, struct connection *c, const struct unit *u, uint32_t wireshark, nanoseconds silence,
                struct verdict *verdict);
/* Remembers the counters of a segment, once the verdict is there. mss: what its receiver announced; 0: not known. */
void remember_counters(struct peer *p, const struct unit *u, uint16_t mss, const struct verdict *verdict);
/* Linux: the shortest timer is 200 ms (TCP_RTO_MIN). */
#define TIMER_SHORTEST (190 * NS_PER_MS)

/* Why a segment whose bytes [seq, end) were captured before was sent again (again_because.c). wireshark: its marks. */
struct because again_because(const struct decoder *d, const struct connection *c, const struct unit *u, uint32_t end,
                             uint32_t wireshark, nanoseconds silence);
/* What the sender of u tells by SACK, where u has blocks; afterwards: does u tell what was not told before? */
void note_sacks(struct decoder *d, struct peer *p, const struct unit *u);
bool sack_is_news(const struct decoder *d, const struct peer *p, const struct unit *u);
void holes_release(struct decoder *d, struct connection *c);

/* --- lifecycles (accept.c, lifecycle.c) --- */

/* Step 1: may the segment be believed? SENTENCE_NONE, or the test that it fails (RFC 9293 3.10.7, RFC 5961). */
enum sentence tcp_accept(const struct connection *c, const struct unit *u);

/* Steps 2 and 3 of a segment that is believed: updates what is known of both ends, offers the events to the sender's
 * then the receiver's machine. marks: our verdict on it. */
void tcp_update(struct connection *c, const struct unit *u);
void tcp_offer(struct decoder *d, struct connection *c, const struct unit *u, uint32_t marks);

/* The state both ends are in before the first segment, and their paths begun. */
void lifecycle_begin(struct connection *c, const struct unit *u, const struct connection *before);
void lifecycle_take(struct decoder *d, struct connection *c, unsigned who, enum arc_event on, uint32_t evidence,
                    enum sentence other);
void path_add(struct peer *p, enum tcp_state state);

#endif

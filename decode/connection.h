/* connection.h - what is known of one TCP connection or one UDP flow: the values behind every report.
 *
 * Owned and written by the decoder, read by everybody else. Everything that exists once per end is an array of two,
 * indexed by the end's place in the canonical 4-tuple (tuple.h); `client` says which of the two is the client.
 * Sequence numbers are absolute, modulo 2^32. A frame number of 0 means "not seen".
 *
 * There may be a million of these: every byte here is paid a million times. What few connections have lies in shared,
 * bounded pools and is referred to by a number (0: none).
 */
#ifndef SYNFIN_DECODE_CONNECTION_H
#define SYNFIN_DECODE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "decode/event.h"
#include "decode/marks.h"
#include "decode/tcp_state.h"
#include "decode/tuple.h"
#include "decode/zeek.h"

enum conversation_flag {
    CONVERSATION_GIVEN_UP = 1,    /* dropped early to make room */
    CONVERSATION_BOTH_OPENED = 2, /* simultaneous open */
    CONVERSATION_OPENING_SEEN = 4,/* a SYN or SYN-ACK told who is the client; else the client is a guess */
    CONVERSATION_MULTICAST = 8,
};

/* What a connection and a flow have in common; both begin with it, and key.protocol says which one it is. */
struct conversation {
    struct tuple key;
    uint32_t id;                  /* from 1, in the order of first frames; connections and flows share the numbers */
    uint32_t first_frame, last_frame;
    uint32_t older, newer;        /* neighbours in the order of ids: references of the decoder's tables, 0 at the ends */
    uint32_t queue_older, queue_newer;   /* neighbours in its give-up queue */
    uint32_t within;              /* id of the flow or connection whose datagrams carry this one; 0 */
    nanoseconds first_time, last_time;   /* of those frames */
    uint64_t frame_bytes[2];      /* whole frames, as on the wire */
    uint64_t payload_bytes[2];
    uint32_t units[2];            /* segments or datagrams sent by each end */
    uint32_t icmp_frame;          /* first ICMP error about it; 0 */
    uint8_t icmp_type, icmp_code; /* of that error */
    uint8_t icmp_from : 1;        /* which end had sent what it quotes */
    uint8_t active : 1;           /* a frame came since it was put into its queue */
    uint8_t queue : 3;            /* which of the give-up queues it is in */
    uint8_t tunnels : 3;          /* tunnels around it, at most 7 counted; the innermost of them in tunnel[] */
    uint8_t client;               /* which end is the client: 0 or 1 */
    uint8_t flags;                /* enum conversation_flag */
    uint16_t vlan;                /* of the first frame, or VLAN_NONE */
    uint8_t tunnel[UNIT_TUNNELS];
};

/* One segment sent and not yet acknowledged. */
struct outstanding {
    uint32_t seq, next_seq;       /* next_seq: behind payload, SYN and FIN */
    uint32_t frame;
    uint32_t next;                /* in the shared pool */
    nanoseconds time;
    uint32_t fingerprint;         /* of header fields: tells a frame captured twice */
    uint32_t tsval;
    uint16_t id;
    bool has_tsval, has_id;
    bool sent_again;              /* the range was sent before or since: no RTT sample (Karn) */
};

/* Bytes of one direction that the capture jumped over: [seq, next_seq). */
struct hole {
    uint32_t seq, next_seq;
    uint32_t next;                /* in the shared pool */
    uint32_t frame;               /* that jumped over them, with its time stamp and IP identification: what was */
    uint32_t tsval;               /* overtaken carries earlier ones, what was sent again later ones */
    uint16_t id;
    bool has_tsval, has_id;
    nanoseconds time;             /* of that frame */
};

/* What only connections with something remarkable have, once per end. */
struct tally {
    uint32_t marks[MARK_COUNT];   /* segments of this end with our mark */
    uint32_t checksum_bad;
    uint32_t duplicates;          /* frames captured twice */
    uint32_t holes;               /* first of the holes in what it sent, in the shared pool */
    short_duration zero_window_longest;
    uint32_t sack[2];             /* the block it told last, and how far all it told reach: */
    uint32_t sack_edge;
    uint32_t sack_news;           /* last frame whose block was new */
    bool window_closed;           /* its window is 0 since: */
    nanoseconds zero_window_since;
};

/* What Wireshark's rules remember of one direction (packet-tcp 4.0; corpus/ORACLES.md tells the rules). */
struct wireshark_flow {
    nanoseconds next_seq_time;    /* when next_seq last grew */
    nanoseconds last_time;        /* of the last segment this way */
    uint32_t next_seq;            /* highest seq + length seen */
    uint32_t max_seq_to_be_acked; /* end of the contiguous data */
    uint32_t last_ack;
    uint32_t sacked;              /* bytes in the SACK blocks of the last segment */
    uint32_t newest;              /* outstanding segments: a ring, the newest refers to the oldest; 0: none */
    uint16_t outstanding;         /* how many, 10000 at most */
    uint16_t last_marks;
    uint16_t window;              /* of the last segment, unscaled; see window_known */
    int16_t duplicate_acks;       /* -1: an ACK of something lost came; counts as many */
    int8_t window_scale;          /* -1 unknown, -2 not used */
    uint8_t mptcp;                /* of struct connection, at the last segment this way */
    bool window_known : 1, first_ack : 1, bytes_in_flight_valid : 1, in_order : 1;
};

enum peer_fact {
    PEER_CHECKSUM_GOOD = 0x20000, /* a segment of it had a good checksum: a bad one is damage, not the capture's doing */
    PEER_TIMED_OUT = 0x40000,     /* its RST follows keep-alives: the kernel's own act, no call */
    PEER_GAVE_UP = 0x80000,       /* its RST follows data sent again in vain: likewise */
    PEER_ABORTED = 0x100000,      /* its RST ended a live connection, and nothing else explains it: close() */
    PEER_NUMBERED = 0x10000,      /* iss holds something, known or guessed */
    PEER_ISS = 0x01,              /* iss is known from its SYN, not guessed */
    PEER_SENT = 0x02,             /* a segment of it was seen: snd_nxt is valid */
    PEER_ACKED = 0x04,            /* snd_una is valid */
    PEER_FIN = 0x08,              /* it sent a FIN: fin is valid */
    PEER_FIN_PASSED = 0x10,       /* that FIN passed us in order, on its way to the peer */
    PEER_RST = 0x20,              /* it sent a RST that was believed */
    PEER_SACK_PERMITTED = 0x40,
    PEER_TIMESTAMPS = 0x80,       /* its SYN carried timestamps (midstream: its segments do) */
    PEER_SHUTDOWN = 0x100,        /* after its FIN it acknowledged new data: it was shutdown(), not close() */
    PEER_CLOSE = 0x200,           /* after its FIN it answered new data with RST: it was close() */
    PEER_DATA_AFTER_FIN = 0x400,  /* new data reached it after its own FIN */
    PEER_SYN = 0x800,             /* it sent a SYN without ACK */
    PEER_SYN_ACK = 0x1000,
    PEER_FAST_OPEN = 0x2000,      /* Fast Open in its SYN or SYN-ACK */
    PEER_DATA = 0x4000,           /* it sent payload */
    PEER_RST_ANY = 0x8000,        /* it sent a RST, believed or not */
};

/* One end of a connection as inferred from its segments and its peer's (RFC 9293 3.3.1). */
struct peer {
    uint32_t iss;                 /* without its SYN one less than the first number seen, so that relative ones begin at 1 */
    uint32_t snd_una, snd_nxt;
    uint32_t fin;                 /* sequence number of its FIN */
    uint32_t facts;               /* enum peer_fact */
    uint8_t state;                /* enum tcp_state */
    uint8_t path_length;          /* states in path */
    uint8_t fins, syns;           /* segments with FIN, with SYN; at most 255 */
    uint64_t path;                /* states it passed through, four bits each, the first lowest; at most 16 */

    uint16_t mss;                 /* option of its SYN; 0: none */
    uint8_t window_scale;         /* option of its SYN; 255: none */
    bool window_seen;
    uint32_t min_window, max_window;   /* scaled, RST left out; valid with window_seen */

    uint32_t high_tsval;          /* highest TSval of its segments, with PEER_TIMESTAMPS */
    uint16_t high_id;             /* highest IP identification of its segments, modulo 2^16; 0: none yet */
    uint8_t id_steps;             /* times the identification went on by one */
    uint8_t id_skips : 4;         /* by a few: others use the same counter, or datagrams are missing */
    uint8_t id_jumps : 4;         /* by many, or back: no counter */
    uint32_t fingerprint;         /* of its last segment */
    uint32_t last_frame;          /* its time is wireshark.last_time */
    uint32_t tally;               /* in the shared pool */
    uint32_t first_data_frame, fin_frame, syn_frame;

    uint32_t rtt_samples;         /* of its segments that end sent, Karn's rule (RFC 6298 3) */
    nanoseconds rtt_sum;
    short_duration rtt_min, rtt_max;

    uint64_t stream_bytes;        /* payload without what was sent again */

    struct wireshark_flow wireshark;
    struct zeek_endpoint zeek;
};

enum moment {
    MOMENT_SYN, MOMENT_SYN_ACK, MOMENT_ESTABLISHED, MOMENT_FIRST_DATA, MOMENT_LAST_DATA, MOMENT_FIRST_FIN, MOMENT_SECOND_FIN,
    MOMENT_LAST_ACK, MOMENT_RESET, MOMENT_COUNT
};
extern const char *const moment_names[MOMENT_COUNT];

/* A point in the life of a connection. */
struct when {
    uint16_t after_high;          /* nanoseconds after the first frame, 48 bits of them: 78 hours */
    uint32_t after_low;
} __attribute__((packed));

struct connection {
    struct conversation head;
    struct peer peer[2];
    uint8_t completeness;         /* Wireshark's number: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST */
    uint8_t completeness_first;   /* what the first segment adds to it once there is a second */
    bool completeness_new : 1;    /* no segment has counted yet */
    bool told_closed : 1, told_established : 1, syn_seen : 1, initial_rtt_known : 1;
    bool syn_at_zero : 1;         /* that SYN's time is 0, which Wireshark takes for no time */
    bool last_data_by : 1;        /* end that sent the last payload, once there was any */
    uint8_t reset_by;             /* end that sent the believed RST: 0, 1 or NO_END */
    uint32_t incarnation : 24;    /* from 1, per 4-tuple */
    uint32_t mptcp : 8;           /* MPTCP subtypes seen, as in struct unit */
    nanoseconds syn_time;         /* of the last SYN until initial_rtt_known; then the initial RTT: last SYN to the first
                                     segment with ACK and without SYN */
    nanoseconds due;              /* in the TIME-WAIT queue: when 2MSL is over */
    uint32_t moment_frame[MOMENT_COUNT];
    struct when moment[MOMENT_COUNT];
    struct zeek_history zeek;
};

enum flow_status { FLOW_UNREPLIED, FLOW_REPLIED, FLOW_UNREACHABLE };

struct flow {
    struct conversation head;
    uint32_t exchanges;           /* request and reply paired, as an inference: a datagram of the client, then one of the
                                     server; so many delays are in reply_sum */
    short_duration reply_min, reply_max;
    bool awaits_reply;
    bool zeek_flipped;            /* Zeek takes the server's end for the originator */
    uint8_t bad_checksums[2];     /* at most 255 */
    nanoseconds reply_sum;
    nanoseconds request_time;     /* of the client's last datagram, while it awaits a reply */
};

/* How a connection began and ended, in SCHEMA's words; read by every report. */
enum handshake {
    HANDSHAKE_COMPLETE, HANDSHAKE_HALF, HANDSHAKE_REFUSED, HANDSHAKE_NO_ANSWER, HANDSHAKE_UNREACHABLE,
    HANDSHAKE_SIMULTANEOUS, HANDSHAKE_FAST_OPEN, HANDSHAKE_MIDSTREAM, HANDSHAKE_COUNT
};
enum ending { ENDING_CLOSED, ENDING_RESET, ENDING_HALF_CLOSED, ENDING_OPEN, ENDING_COUNT };
enum { BOTH_ENDS = 3 };

/* Nothing that the server sent was captured: whether there is one is not known. */
static inline bool handshake_unheard(enum handshake handshake)
{
    return handshake == HANDSHAKE_NO_ANSWER || handshake == HANDSHAKE_UNREACHABLE;
}

extern const char *const handshake_names[HANDSHAKE_COUNT];
extern const char *const ending_names[ENDING_COUNT];
extern const char *const flow_status_names[3];

/* When that was; the frame tells whether it was at all. */
static inline nanoseconds connection_moment(const struct connection *c, enum moment moment)
{
    struct when when = c->moment[moment];
    return c->head.first_time + (nanoseconds)((uint64_t)when.after_high << 32 | when.after_low);
}

/* Last SYN to the first segment with ACK and without SYN; -1: not known, or the capture's clock stepped back
 * meanwhile. */
static inline nanoseconds connection_initial_rtt(const struct connection *c)
{
    return c->initial_rtt_known && c->syn_time >= 0 ? c->syn_time : -1;
}

/* The window that a segment's sender meant: scaled where both SYNs were seen, and never in a SYN itself (RFC 7323 2.2).
 * False: it is not known whether it is scaled. */
static inline bool connection_window(const struct connection *c, unsigned from, unsigned flags, uint16_t window,
                                     uint32_t *size)
{
    const struct peer *sender = &c->peer[from], *other = &c->peer[!from];
    bool scaled = !(flags & TCP_SYN) && sender->window_scale != 255 && other->window_scale != 255;
    *size = (uint32_t)window << (!scaled ? 0 : sender->window_scale > 14 ? 14 : sender->window_scale);
    return flags & TCP_SYN || sender->facts & other->facts & PEER_ISS;
}

enum handshake connection_handshake(const struct connection *c);
enum ending connection_ending(const struct connection *c);

/* Who sent the first FIN, or the RST: an end, BOTH_ENDS (simultaneous close), or NO_END. */
unsigned connection_closed_by(const struct connection *c);

/* Who opened it: an end, BOTH_ENDS (simultaneous open), or NO_END where the opening was not seen. */
unsigned connection_opened_by(const struct connection *c);

/* "S2F2", "S1F0R": SYNs (a SYN-ACK counts as one), FINs, R when a RST was seen. text holds at least 16 bytes. */
void connection_sxfy(const struct connection *c, char text[16]);

/* Of a connection begun before the capture: all that is seen of this end is the RST it sent, if it sent one. Most
 * likely it knew of no such connection (RFC 9293 3.5.1, figures 9 and 10). */
bool connection_only_reset(const struct connection *c, unsigned end);

/* The socket calls behind it that its segments show, in order of frames. */
struct inferred_call {
    uint8_t who;                  /* end */
    uint8_t call;                 /* enum call */
    uint32_t frame;
};
enum { CONNECTION_CALLS_MAX = 8 };
unsigned connection_calls(const struct connection *c, struct inferred_call calls[CONNECTION_CALLS_MAX]);

enum flow_status flow_status(const struct flow *f);

static inline bool conversation_is_tcp(const struct conversation *c)
{
    return c->key.protocol == PROTOCOL_TCP;
}

static inline const struct connection *as_connection(const struct conversation *c)
{
    return (const struct connection *)(const void *)c;
}

static inline const struct flow *as_flow(const struct conversation *c)
{
    return (const struct flow *)(const void *)c;
}

/* The states of a peer's path in order; n below path_length. */
static inline enum tcp_state peer_path(const struct peer *p, unsigned n)
{
    return (enum tcp_state)(p->path >> (4 * n) & 15);
}

/* Initial RTT, or the mean time from request to reply; -1: not known. */
static inline nanoseconds conversation_round_trip(const struct conversation *c)
{
    if (conversation_is_tcp(c))
        return connection_initial_rtt(as_connection(c));
    const struct flow *f = as_flow(c);
    return f->exchanges ? f->reply_sum / f->exchanges : -1;
}

#endif

/* zeek.h - Zeek's verdict on a connection or flow: conn_state and history, by Zeek's rules (corpus/ORACLES.md).
 *
 * Zeek's view is kept apart from ours: its endpoint states and its idea of the originator live here and decide nothing
 * else. Written per segment by zeek_segment(), read by reports. The rules are Zeek 8's, without its timers (five
 * seconds after a close, a reset or an unanswered attempt) and without what its protocol analyzers add (X; NTP's ^). A
 * bad checksum gives C or c and the segment still counts, as where Zeek is told to ignore checksums; one left to the
 * device gives no letter.
 */
#ifndef SYNFIN_DECODE_ZEEK_H
#define SYNFIN_DECODE_ZEEK_H

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct flow;
struct unit;

/* Numbers called relative count from start_seq, modulo 2^32. */
struct zeek_endpoint {
    uint32_t start_seq;           /* its ISN; without its SYN one less than the first number known */
    uint32_t last_seq;            /* behind the last byte it sent */
    uint32_t ack_seq;             /* highest acknowledgement of it */
    uint16_t last_wraps, ack_wraps;   /* times those two passed the end of the sequence space */
    uint32_t fin_seq;             /* relative: behind its last FIN; 0: none */
    uint32_t delivered;           /* relative: its bytes were seen without a hole up to here */
    uint32_t ahead, ahead_end;    /* relative: first run of bytes behind a hole; the same number twice: none */
    uint32_t sent_again : 14, gaps : 14, state : 3;
    uint32_t further_holes : 1;   /* behind the first run, or, without one, right behind `delivered` */
    uint32_t bad_checksums : 14, zero_windows : 14, previous_state : 3;
    uint32_t not_reassembled : 1; /* too much behind a hole with nothing acknowledged: no gaps are told any more */
};

struct zeek_history {
    uint64_t letters[3];          /* five bits each, twelve in each word; what does not fit is left out */
    uint16_t last_rst[2];         /* digest of the relative number of each end's last RST */
    uint8_t told[2];              /* letters already told, by role: originator, responder */
    uint8_t length;
    uint8_t originator;           /* end that Zeek takes for the originator */
};

enum { ZEEK_HISTORY_MAX = 64, ZEEK_STATE_MAX = 8 };

_Static_assert(sizeof(struct zeek_endpoint) <= 40 && sizeof(struct zeek_history) <= 32, "there may be a million");

/* The first segment of a connection decides the originator. */
void zeek_open(struct connection *c, const struct unit *u);

/* Every segment, in order; called after zeek_open() for the first one too. */
void zeek_segment(struct connection *c, const struct unit *u);

void zeek_conn_state(const struct connection *c, char text[ZEEK_STATE_MAX]);
void zeek_history(const struct connection *c, char text[ZEEK_HISTORY_MAX]);

/* Zeek's orig_bytes/resp_bytes of one end: sequence space covered, less SYN and FIN. */
uint64_t zeek_sequence_bytes(const struct connection *c, unsigned end);

/* Does Zeek's list of likely server ports hold this one? The protocol is PROTOCOL_TCP or PROTOCOL_UDP. */
bool zeek_likely_server(uint8_t protocol, uint16_t port);

/* The first datagram of a flow decides zeek_flipped. */
void zeek_flow_open(struct flow *f, const struct unit *u);
void zeek_flow_state(const struct flow *f, char text[ZEEK_STATE_MAX]);
void zeek_flow_history(const struct flow *f, char text[ZEEK_HISTORY_MAX]);

#endif

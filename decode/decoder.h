/* decoder.h - the door of decode/: frames in, lifecycles and events out.
 *
 * A decoder is fed batches of frames and keeps every connection and flow in one bounded table. No I/O, no wall clock:
 * time comes with the frames, or through decoder_time() when none come. The result depends on the frames alone, not on
 * how they are cut into batches nor on how often decoder_time() is called.
 */
#ifndef SYNFIN_DECODE_DECODER_H
#define SYNFIN_DECODE_DECODER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/call.h"
#include "capture/frame.h"
#include "decode/connection.h"
#include "decode/event.h"

struct decoder;

/* However many are asked for, no more rows are kept than fit into some 1.4 GB. */
enum { DECODER_CONNECTIONS = 1 << 20, DECODER_CONNECTIONS_MOST = 1900000 };

struct decoder_options {
    uint32_t max_connections;     /* connections and flows together; 0: DECODER_CONNECTIONS */
    nanoseconds msl;              /* maximum segment lifetime; 0: 120 s, so that 2 MSL is 240 s */
    nanoseconds flow_timeout;     /* UDP flows expire after so much silence; 0: 60 s */
    uint64_t secret;              /* seeds the hash; any number, best a random one */
    bool verify_checksums;        /* leave units with a bad checksum out, as the receiver does */
    /* Called with each row that is given up early, before it goes; NULL: not. */
    void (*given_up)(void *self, const struct conversation *row);
    void *given_up_self;
    /* Called for each segment and datagram once its events are told, with the row it belongs to; NULL: not. Costs
     * less than an event, for who only wants to know whose frame it is. */
    void (*counted)(void *self, const struct conversation *row, uint32_t frame);
    void *counted_self;
};

/* NULL when memory ran out. */
struct decoder *decoder_new(const struct decoder_options *options);
void decoder_free(struct decoder *decoder);

/* Attaches a sink for all that follows; at most 4. The sink is copied. */
void decoder_attach(struct decoder *decoder, const struct sink *sink);

void decoder_feed(struct decoder *decoder, const struct frame *frames, unsigned count);

/* No frames came until `now`: lets fall due what falls due. Time never steps back. */
void decoder_time(struct decoder *decoder, nanoseconds now);

/* A program made a call, or it returned, between the frames fed so far and those to come. A call of one conversation
 * is told with it (EVENT_CALL, seen), at once or, where its first frame is still to come, just before that; one of a
 * listening socket at once, and again for each connection that comes to it. The call is borrowed as long as the
 * decoder lives, its moment is not. */
void decoder_call(struct decoder *decoder, const struct call_moment *moment);

/* Calls of a sorted list, to be fed between frames. */
struct call_queue {
    const struct call_moment *moments;
    size_t count;
    size_t fed;                   /* of them so far */
};

/* Feeds frames, and each call before the first frame that is not earlier, so that nothing depends on how frames are
 * batched. Then those that are later than all frames. */
void decoder_feed_between(struct decoder *decoder, const struct frame *frames, unsigned count, struct call_queue *calls);
void decoder_feed_rest(struct decoder *decoder, struct call_queue *calls);

/* The recorded calls of a row that tell something each time (call_is_frequent: not those), in the order of time: how
 * many, at most CALLS_OF_ROW. */
enum { CALLS_OF_ROW = 32 };
struct told_call {
    const struct true_call *call;
    uint8_t who;                  /* end of the row's key */
};
unsigned decoder_calls(const struct decoder *decoder, const struct conversation *row, struct told_call calls[CALLS_OF_ROW]);

/* The capture is over: nothing more falls due; unanswered ARP is told. */
void decoder_end(struct decoder *decoder);

struct totals {
    uint64_t frames;
    uint64_t frame_bytes;         /* on the wire */
    uint64_t captured_bytes;
    uint64_t tcp_segments, udp_datagrams;
    uint64_t connections, flows;
    uint64_t other;               /* frames without TCP, UDP, ICMP error or ARP */
    uint64_t cut_frames;          /* something was cut off by the snapshot length */
    uint64_t malformed;
    uint64_t fragments;
    uint64_t bad_checksum;        /* segments and datagrams */
    uint64_t duplicates;          /* segments captured twice */
    uint64_t arp_unanswered;      /* addresses asked for in vain */
    uint64_t given_up_connections, given_up_fragments;
    uint64_t given_up_streams;    /* outstanding segments and holes not kept for want of room */
    nanoseconds first_time, last_time;   /* earliest and latest time stamp */
};
struct totals decoder_totals(const struct decoder *decoder);

/* All rows still held, in the order of their first frames. NULL at the end. */
const struct conversation *decoder_first(const struct decoder *decoder);
const struct conversation *decoder_after(const struct decoder *decoder, const struct conversation *row);
const struct conversation *decoder_find(const struct decoder *decoder, uint32_t id);

/* The newest row of these addresses and ports; NULL: there is none. */
const struct conversation *decoder_newest(const struct decoder *decoder, const struct tuple *key);

/* Marks and other counts of one end; all zero where it has none. */
const struct tally *decoder_tally(const struct decoder *decoder, const struct peer *peer);

/* What to check: one list behind report, explain, lab and rubric hints. */
#define CHECKS(X) \
    X(NOBODY_LISTENS, "nobody_listens", \
      "A SYN was answered with RST: no program listens on that port.", \
      "Does the server run? Is it bound to this address and port (0.0.0.0 rather than 127.0.0.1)? TCP, not UDP?") \
    X(BYTE_SWAPPED_PORT, "byte_swapped_port", \
      "The port is that of another connection with its two bytes swapped: htons() is missing.", \
      "sin_port = htons(port), in client and server. 6666 without htons() is 2586.") \
    X(BOUND_BYTE_SWAPPED, "bound_byte_swapped", \
      "A program is bound to this port with its two bytes swapped: bind() or connect() lacks htons().", \
      "sin_port = htons(port), in client and server. 7777 without htons() is 24862.") \
    X(NEVER_ACCEPTED, "never_accepted", \
      "The server's recorded calls hold no accept() for this connection: it was left in the accept queue.", \
      "Does the server call accept() again for each client? Up to the backlog of listen() the kernel connects " \
      "without it.") \
    X(SERVER_SILENT, "server_silent", \
      "The handshake is complete and the client sent data, but the server's program never sent anything.", \
      "Does the server call accept() and recv()? An iterative server still busy with another client looks like this.") \
    X(CLOSE_WAIT_AT_END, "close_wait_at_end", \
      "One end is still in CLOSE-WAIT: it was told of the other's FIN and never closed.", \
      "When recv() returns 0, close() the socket that accept() gave. Or was the capture stopped too early?") \
    X(RESET_AFTER_UNREAD, "reset_after_unread", \
      "A RST follows data. If the program had not read it, close() threw the rest away; SO_LINGER 0 looks the same.", \
      "Read until recv() returns 0 before close().") \
    X(LONG_ZERO_WINDOW, "long_zero_window", \
      "The receive window was 0 for a long time: the program is not calling recv().", \
      "Which end advertises window 0? That program is busy, blocked or stuck.") \
    X(ONE_DIRECTION, "one_direction", \
      "Only one direction was captured.", \
      "Capture at one of the two hosts, on the right interface; a switch shows others only half or nothing.") \
    X(FRAMES_TWICE, "frames_twice", \
      "Most frames were captured twice.", \
      "Capture on one interface only, not on \"any\"; a mirror port may show ingress and egress.") \
    X(NO_ANSWER, "no_answer", \
      "SYN again and again without any answer: no such host, a firewall, a full backlog, or loss. Not decidable " \
      "from here.", \
      "Is the address right? ping it. A firewall that drops? Does the server call accept() often enough?") \
    X(HOST_UNREACHABLE, "host_unreachable", \
      "An ICMP error says that the host or port cannot be reached.", \
      "Port: no UDP socket is bound there, or one connect()ed to another peer. Host or network: the address, or a " \
      "route. Forbidden: a firewall.") \
    X(CONNECTED_ELSEWHERE, "connected_elsewhere", \
      "The UDP socket bound to that port is connect()ed to another peer: what others send is refused with ICMP.", \
      "After connect() a UDP socket receives from that one peer only. Without it recvfrom() takes from all.") \
    X(NO_PROGRAM_FRAMES, "no_program_frames", \
      "The capture holds no TCP segment and no UDP datagram.", \
      "Programs on one machine talk on the loopback interface: capture on lo.")

enum check_index {
#define X(id, name, evidence, advice) CHECK_INDEX_##id,
    CHECKS(X)
#undef X
    CHECK_COUNT
};
enum check {
#define X(id, name, evidence, advice) CHECK_##id = 1 << CHECK_INDEX_##id,
    CHECKS(X)
#undef X
};
extern const char *const check_names[CHECK_COUNT];
extern const char *const check_evidence[CHECK_COUNT];
extern const char *const check_advice[CHECK_COUNT];

/* The checks (enum check) that apply to a row at this moment. */
uint32_t decoder_check(const struct decoder *decoder, const struct conversation *row);

/* Those that apply to the capture as a whole (NO_PROGRAM_FRAMES, FRAMES_TWICE). */
uint32_t decoder_check_capture(const struct decoder *decoder);

#endif

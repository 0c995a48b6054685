/* script.h - conversations written down, one segment a line, made into frames and what a decoder must say of them.
 *
 * The notation is told in traces/README.md. A script gives the frames of a capture with their own bytes, per frame the
 * states and marks that are expected after it, and claims about each conversation as a whole. Bundled captures are
 * written from it, conversation tests feed it to a decoder.
 */
#ifndef SYNFIN_TESTS_SCRIPT_H
#define SYNFIN_TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/frame.h"
#include "decode/tcp_state.h"

enum {
    SCRIPT_NAME_MAX = 24,
    SCRIPT_CONVERSATIONS_MAX = 24,
    SCRIPT_CAPTURE = -1,          /* instead of a conversation: the capture as a whole */
    SCRIPT_NOT_ASKED = STATE_COUNT,
};

enum { SCRIPT_CLIENT, SCRIPT_SERVER };

struct script_end {
    uint8_t address[16];          /* network byte order; IPv4 in the first four bytes */
    uint16_t port;
    uint32_t isn;                 /* what relative numbers of this end count from */
    uint32_t tsval;               /* latest time stamp it sent */
    uint16_t id;                  /* next IP identification */
    uint16_t window;              /* of its last segment */
    bool finished;                /* it sent a FIN */
};

/* One row of a report: a connection (or one incarnation of it) or a flow. */
struct script_conversation {
    char name[SCRIPT_NAME_MAX];   /* "": the one that needs no prefix */
    struct script_end end[2];     /* SCRIPT_CLIENT, SCRIPT_SERVER */
    uint8_t version;              /* 4, 6; 0: not yet known */
    uint8_t protocol;             /* PROTOCOL_TCP, PROTOCOL_UDP; 0: no line has told */
    unsigned incarnation;         /* from 1, among those with the same protocol, addresses and ports */
    unsigned line;                /* where it is declared */
};

/* What is expected after a frame. */
struct script_expectation {
    bool asked;                   /* nothing of it holds unless this is set */
    uint8_t state[2];             /* enum tcp_state of client and server; STATE_UNKNOWN: a flow, which has none */
    uint32_t marks;               /* ours, exactly these */
    uint32_t wireshark;           /* Wireshark's, exactly these */
    uint32_t duplicate_of;        /* frame of which this is a second capture; 0 */
    uint16_t sentence;            /* enum sentence that some event of the frame gives as its reason; 0: not asked */
};

struct script_frame {
    struct frame frame;           /* its bytes belong to the script */
    unsigned line;
    int conversation;             /* index, or SCRIPT_CAPTURE for ARP */
    struct script_expectation expect;
};

/* Subjects of `=` lines. */
#define SCRIPT_CLAIMS(X) \
    X(HANDSHAKE, "handshake") X(ENDING, "ending") X(OPENED_BY, "opened_by") X(CLOSED_BY, "closed_by") \
    X(CONN_STATE, "conn_state") X(HISTORY, "history") X(COMPLETENESS, "completeness") X(SXFY, "sxfy") \
    X(PATH, "path") X(STATES, "states") X(CHECK, "check") X(CALL, "call") X(SEGMENTS, "segments") \
    X(PAYLOAD, "payload_bytes") X(STREAM, "stream_bytes") X(RTT_SAMPLES, "rtt_samples") X(STATUS, "status") \
    X(DATAGRAMS, "datagrams") X(EXCHANGES, "exchanges") X(TOTAL, "total")

enum script_subject {
#define X(id, name) CLAIM_##id,
    SCRIPT_CLAIMS(X)
#undef X
    CLAIM_COUNT
};

struct script_claim {
    enum script_subject subject;
    unsigned line;
    int conversation;             /* index or SCRIPT_CAPTURE */
    char *value;                  /* the rest of the line, one blank between words; owned */
};

struct script {
    char *name;                   /* as given; owned */
    struct script_frame *frames;
    unsigned frame_count, frame_room;
    struct script_claim *claims;
    unsigned claim_count, claim_room;
    struct script_conversation conversations[SCRIPT_CONVERSATIONS_MAX];
    int conversation_count;
    nanoseconds start;            /* of second 0 */
    uint32_t snaplen;
    bool nanosecond_clock;
    uint16_t vlan;                /* of the frames that follow; 0: none */
    char options[160];            /* of segments that name none */
};

/* Compiles `text` (ending at a zero byte). False: error tells name, line and what was expected, and nothing is kept. */
bool script_parse(const char *text, const char *name, struct script *script, struct error *error);
void script_free(struct script *script);

/* The script's frames as a classic pcap file, little-endian on every machine, appended to `out`. */
void script_pcap(const struct script *script, struct text *out);

/* The name of a claim's subject. */
extern const char *const script_subject_names[CLAIM_COUNT];

#endif

/* What the network breaks, TCP repairs: lost, sent again, overtaken. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { PIECES = 3, ANSWER = PIECES * ACTOR_WORD, SEGMENT = 1448, SEGMENTS = 10, QUIET_MS = 300, LONG_QUIET_MS = 1200 };
enum { READY, ACCEPTED, SENT, HEARD };    /* marks */

static int accept_one(const struct actor *a, int *listening)
{
    *listening = actor_listen(a, 5);
    actor_reach(a, READY);
    return *listening < 0 ? -1 : actor_accept(*listening);
}

/* Each send() a segment of its own. */
static void say_in_pieces(const struct actor *a, int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (unsigned i = 0; i < PIECES; i++)
        actor_tell("send()", send(fd, actor_word(a, i), ACTOR_WORD, 0));
}

/* --- a word there, an answer in three pieces back: whatever the wire does, the programs see the same --- */

static int talk_client(const struct actor *a)
{
    char answer[ANSWER];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (actor_tell("connect()", fd < 0 ? -1 : 0) < 0)
        return 1;
    actor_tell("send()", send(fd, actor_word(a, 0), ACTOR_WORD, 0));
    actor_await(a, SENT, 1);
    actor_nap(QUIET_MS);              /* reads once all is there: see many_server() */
    printf("heard %zu bytes in order\n", actor_hear(fd, answer, sizeof answer));
    actor_nap(QUIET_MS + actor_chance(a, 1, 0, 50));
    actor_tell("close()", close(fd));
    return 0;
}

static int talk_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    int listening, fd = accept_one(a, &listening);
    if (fd < 0)
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, words, sizeof words));
    say_in_pieces(a, fd);
    actor_reach(a, SENT);
    actor_tell("recv()", recv(fd, words, sizeof words, 0));
    close(fd);
    close(listening);
    return 0;
}

#define TALK_REPAIRED "handshake == complete && ending == closed && closed_by == client && " \
                      "stream_bytes.client == 5 && stream_bytes.server == 15"
#define TIMER_ALONE .settings = { { .name = "ipv4/tcp_early_retrans", .value = "0" } }, \
    .settings_say = "no tail loss probes: Linux would send the last segment again after two round trips already, " \
                    "before its retransmission timer runs out"

const struct scenario scenario_lost_syn = {
    .name = "lost-syn", .topic = "Lost, sent again, overtaken",
    .says = "the first SYN is lost: connect() waits, and the kernel sends it again after a second",
    .lesson = "The wire loses the client's first SYN. The server never heard of it, so nobody answers, and the client "
              "cannot know why: it waits. No round trip was measured yet, so its timer begins at one second (RFC "
              "6298), then the same SYN leaves again, with the same sequence number. connect() returns a second late "
              "and the program is told nothing of it.",
    .questions = { "How long did connect() take, and how long does it take without the loss?",
                   "Can the capture at the client tell whether the SYN or the SYN,ACK was lost?",
                   "Why does the second SYN have the same sequence number?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client SYN 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.client.retransmission >= 1 && duration > 1s", 1 },
    },
};

const struct scenario scenario_lost_syn_ack = {
    .name = "lost-syn-ack", .topic = "Lost, sent again, overtaken",
    .says = "the SYN,ACK is lost: both ends send again, for neither can know",
    .lesson = "The server's kernel has answered, in SYN-RECEIVED, but its SYN,ACK is lost. The client hears nothing "
              "and sends its SYN again; the server hears no ACK, and its own timer runs too. A SYN that comes again "
              "for a connection in SYN-RECEIVED starts nothing new: the server sends the same SYN,ACK again. To the "
              "client this looks exactly like a lost SYN; capture with --at server to see the difference.",
    .questions = { "In which state is the server while the client waits?",
                   "What does the server do with the second SYN?",
                   "How would the two captures, at the client and at the server, differ?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop server SYN,ACK 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.client.retransmission >= 1 && duration > 1s", 1 },
    },
    .unseen = "Captured at the client, the server seems to be in LISTEN until its second SYN,ACK arrives; its kernel "
              "is in SYN-RECEIVED from the first SYN on. --at server shows that.",
};

const struct scenario scenario_retransmission = {
    .name = "retransmission", .topic = "Lost, sent again, overtaken",
    .says = "data is lost: no ACK comes, the timer runs out, and the same bytes leave again",
    .lesson = "The client's five bytes are lost. send() returned long ago: the kernel keeps them until they are "
              "acknowledged. Nothing else is on the way that could tell of the loss, so the retransmission timer has "
              "to run out: the round trip that was measured in the handshake and its variation, on Linux 200 ms more "
              "at least. Then the same sequence numbers leave again, and the server's program reads its five bytes, "
              "only later.",
    .questions = { "How long after the first time are the bytes sent again, compared with the round trip?",
                   "Where are the bytes between send() and their acknowledgement?",
                   "What do the two programs notice of the loss?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client data 1" },
    TIMER_ALONE,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.client.retransmission >= 1 && payload_bytes.client >= 10", 1 },
    },
};

const struct scenario scenario_lost_fin = {
    .name = "lost-fin", .topic = "Lost, sent again, overtaken",
    .says = "the FIN is lost: it has a sequence number, so it is sent again like data",
    .lesson = "close() returned at once; the client's kernel sends the FIN and waits in FIN-WAIT-1. The FIN is lost, "
              "so the server's program still waits in recv(): to it the connection is open. A FIN takes one sequence "
              "number and is acknowledged as a byte is, therefore the timer sends it again. The program that called "
              "close() may have ended by then; its kernel goes on for it.",
    .questions = { "In which state is the client until the second FIN, and in which is the server?",
                   "Whose work is the second FIN: the program's or the kernel's?",
                   "When does the server's recv() return 0?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client FIN 1" },
    TIMER_ALONE,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.client.retransmission >= 1 && state.client == TIME-WAIT", 1 },
    },
};

const struct scenario scenario_duplicated = {
    .name = "duplicated", .topic = "Lost, sent again, overtaken",
    .says = "a segment arrives twice: the bytes are there already, so the second is only acknowledged",
    .lesson = "The network doubles the segment with the client's five bytes. The server's kernel knows by the "
              "sequence number that it has them: the program reads them once, and the copy is answered with an ACK "
              "that acknowledges nothing new. Its SACK option names the bytes that came twice (D-SACK, RFC 2883), so "
              "the sender learns that it was not its own doing. With UDP the program would have received the message "
              "twice.",
    .questions = { "How does the server's kernel recognise the copy?",
                   "Which acknowledgement answers the copy, and what does its SACK option say?",
                   "How often does the server's recv() give these five bytes?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "duplicate client data 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.server.duplicate_ack >= 1", 1 },
    },
};

const struct scenario scenario_reordered = {
    .name = "reordered", .topic = "Lost, sent again, overtaken",
    .says = "segments overtake each other: the kernel puts them in order before recv() sees a byte",
    .lesson = "The server answers in three segments, and on the wire the third overtakes the second. The client's "
              "kernel finds a gap: it keeps the late one's successor, repeats its last acknowledgement (a duplicate "
              "ACK) with a SACK that names what it has, and gives the program nothing. Then the missing one comes, "
              "and one ACK is for all. The program reads fifteen bytes in order. Nothing was sent again, for one "
              "duplicate ACK proves no loss.",
    .questions = { "Which acknowledgement number does the client send when the third segment arrives early?",
                   "Why does the sender not send the second one again at once?",
                   "What would recv() give in the time between the two?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "reorder server data 2" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && analysis.server.out_of_order >= 1 && analysis.client.duplicate_ack >= 1", 1 },
    },
};

const struct scenario scenario_bad_checksum = {
    .name = "bad-checksum", .topic = "Lost, sent again, overtaken",
    .says = "a segment is damaged on the way: its checksum is wrong, so it is thrown away, as if lost",
    .lesson = "The wire changes one bit of the server's first answer. The client's kernel adds the segment up, finds "
              "another checksum than the sender wrote, and throws it away without a word: no field of it can be "
              "believed, not even the ports. For the sender this is a loss: it is told by what arrives after it, or "
              "by its timer, and sends the bytes again. The capture shows the damaged segment, for it is taken before "
              "the kernel looks.",
    .questions = { "What does the client answer to the damaged segment?",
                   "Why does TCP not say to the sender that something was damaged?",
                   "Why does a capture at the sender show many wrong checksums where nothing is wrong?" },
    .program = { talk_client, talk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "corrupt server data 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { TALK_REPAIRED " && payload_bytes.server >= 20", 1 },
    },
};

/* --- the last acknowledgement --- */

/* Nothing comes back from the server, so its FIN is the only thing that the client acknowledges by itself. */
static int last_ack_client(const struct actor *a)
{
    char byte;
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    actor_tell("shutdown()", shutdown(fd, SHUT_WR));
    actor_tell("recv()", recv(fd, &byte, 1, 0));
    close(fd);
    return 0;
}

static int last_ack_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    int listening, fd = accept_one(a, &listening);
    if (fd < 0)
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, words, sizeof words));
    actor_reach(a, HEARD);
    actor_tell("recv()", recv(fd, words, sizeof words, 0));
    actor_nap(QUIET_MS);
    actor_tell("close()", close(fd));
    close(listening);
    return 0;
}

const struct scenario scenario_lost_last_ack = {
    .name = "lost-last-ack", .topic = "Lost, sent again, overtaken",
    .says = "the very last ACK is lost: the FIN comes again, and TIME-WAIT is there to answer it",
    .lesson = "Both have closed, the client first. Its ACK of the server's FIN is lost. The server waits in LAST-ACK, "
              "hears nothing, and sends its FIN again. The client's program has ended, but its end of the connection "
              "still stands in TIME-WAIT and acknowledges the FIN once more: this is what TIME-WAIT is for. Had it "
              "been gone, the kernel would have answered with RST, and the server could not have told a good end from "
              "a bad one.",
    .questions = { "Who answers the second FIN, now that the client's program is gone?",
                   "In which state is the server between its two FINs?",
                   "What would the server see without TIME-WAIT?" },
    .program = { last_ack_client, last_ack_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client ACK 2" },
    TIMER_ALONE,
    .lab_only = true,
    .quiet_ms = LONG_QUIET_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && state.client == TIME-WAIT && "
          "state.server == CLOSED && stream_bytes.client == 5", 1 },
        { "analysis.server.retransmission >= 1", 1 },
    },
    .unseen = "Captured at the client, the server seems CLOSED after the first ACK, for nothing there tells that it "
              "was lost; its kernel stays in LAST-ACK until the second one. --at server shows that.",
};

/* --- a loss among many segments --- */

static int many_client(const struct actor *a)
{
    static char bytes[SEGMENT * SEGMENTS];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    memset(bytes, *actor_word(a, 0), sizeof bytes);
    actor_await(a, ACCEPTED, 1);
    actor_tell("send()", send(fd, bytes, sizeof bytes, 0));
    actor_nap(QUIET_MS);
    actor_reach(a, SENT);
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

/* Reads once all is there: while a program holds its socket, Linux joins what arrives and answers it with one ACK. */
static int many_server(const struct actor *a)
{
    static char bytes[SEGMENT * SEGMENTS];
    int listening, fd = accept_one(a, &listening);
    if (fd < 0)
        return 1;
    actor_reach(a, ACCEPTED);
    actor_await(a, SENT, 1);
    printf("heard %zu bytes in order\n", actor_hear(fd, bytes, sizeof bytes));
    actor_reach(a, HEARD);
    actor_tell("recv()", recv(fd, bytes, sizeof bytes, 0));
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_fast_retransmission = {
    .name = "fast-retransmission", .topic = "Lost, sent again, overtaken",
    .says = "one of ten segments is lost: duplicate ACKs tell, and it is sent again without waiting for the timer",
    .lesson = "The client sends ten full segments in one go, and the third is lost. Each one that arrives after it is "
              "answered at once with the same acknowledgement number again, and with SACK blocks that name what is "
              "already there. Three such duplicate ACKs are taken as proof of a loss (RFC 5681): the missing segment "
              "alone leaves again after about one round trip, long before the timer. Then one ACK jumps over all.",
    .questions = { "How many duplicate ACKs came before the segment was sent again?",
                   "How long would the client have waited for its timer?",
                   "What do the SACK blocks save the sender?" },
    .program = { many_client, many_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client data 3" },
    .settings = { { .name = "ipv4/tcp_rmem", .value = "4096 65536 65536" } },
    .settings_say = "the receive window does not grow, so that an ACK which only repeats the last one is a duplicate "
                    "in the words of RFC 5681, with the same window",
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 14480", 1 },
        { "analysis.server.duplicate_ack >= 3 && payload_bytes.client > stream_bytes.client", 1 },
    },
};

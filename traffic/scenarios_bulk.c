/* Much data: how a sender finds out how much the way can carry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { PIECE = 64 * 1024, QUIET_MS = 300 };
enum { READY, HEARD };                /* marks */

static int bulk_client(const struct actor *a)
{
    size_t left = a->number[ACTOR_SIZE], calls = 0;
    char *bytes = malloc(PIECE);
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !bytes)
        return 1;
    memset(bytes, *actor_word(a, 0), PIECE);
    for (; left; calls++) {
        ssize_t sent = send(fd, bytes, left < PIECE ? left : PIECE, 0);
        if (sent <= 0)
            break;
        left -= (size_t)sent;
    }
    printf("send() %zu times, %zu bytes\n", calls, a->number[ACTOR_SIZE] - left);
    free(bytes);
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS + actor_chance(a, 1, 0, 50));
    close(fd);
    return 0;
}

static int bulk_server(const struct actor *a)
{
    char *bytes = malloc(PIECE);
    size_t heard = 0, calls = 0;
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0 || !bytes)
        return 1;
    for (; heard < a->number[ACTOR_SIZE]; calls++) {
        ssize_t got = recv(fd, bytes, PIECE, 0);
        if (got <= 0)
            break;
        heard += (size_t)got;
    }
    printf("recv() %zu times, %zu bytes\n", calls, heard);
    actor_reach(a, HEARD);
    actor_tell("recv()", recv(fd, bytes, PIECE, 0));
    free(bytes);
    close(fd);
    close(listening);
    return 0;
}

/* Reno is what textbooks and RFC 5681 describe, and every kernel has it. */
#define AS_RFC_5681 .settings = { { .name = "ipv4/tcp_congestion_control", .value = "reno" } }, \
    .settings_say = "congestion control is Reno, as in RFC 5681 and in textbooks; Linux would take CUBIC or BBR"

const struct scenario scenario_bulk = {
    .name = "bulk", .topic = "Much data",
    .says = "slow start: ten segments in the first round trip, twice as many in each one after it",
    .lesson = "The client has much to send and does not know how much the way can carry. It begins with ten segments "
              "(its congestion window) and waits for their acknowledgements; each ACK lets more than one new segment "
              "go, so the window doubles with every round trip: slow start. In the time-sequence graph (7 in the "
              "dashboard) these are steps, each twice as high as the one before. --size N sends more, --rate 500k "
              "makes the wire narrow.",
    .questions = { "How many segments left in the first round trip, in the second, in the third?",
                   "What limits the client in the end: its own window, the server's, or the wire?",
                   "Why does it not simply send everything at once?" },
    .program = { bulk_client, bulk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 150000, 20000, 5000000 } },
    .delay = 15 * NS_PER_MS,
    AS_RFC_5681,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 150000", 1 },
    },
};

const struct scenario scenario_bulk_loss = {
    .name = "bulk-loss", .topic = "Much data",
    .says = "a loss in the middle: sent again at once, and the sender goes on at half the pace",
    .lesson = "The fortieth segment with data is lost, in the middle of slow start. ACKs that go no further tell of it "
              "within a round trip, and say with SACK what has arrived beyond the gap; Wireshark calls them duplicate "
              "ACKs, or window updates where the window changed too. The segment is sent again. But a loss is also "
              "taken as a sign that the way is full: the congestion window is cut to half and then grows by one "
              "segment in a round trip only (congestion avoidance, RFC 5681). In the time-sequence graph the steep "
              "steps end there; the receiver's program gets nothing until the gap is closed.",
    .questions = { "How long after the loss was the segment sent again?",
                   "How fast do sequence numbers grow before the loss, and how fast after it?",
                   "What does the server's program notice?" },
    .program = { bulk_client, bulk_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 200000, 100000, 2000000 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client data 40" },
    AS_RFC_5681,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 200000", 1 },
        { "analysis.client.retransmission >= 1 && payload_bytes.client > stream_bytes.client", 1 },
    },
};

/* TCP and UDP side by side. */
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "traffic/scenarios.h"

enum { ROOM = 1400, CLIENTS_MOST = 8, QUIET_MS = 300, MESSAGES_MOST = 150 };
enum { READY };                       /* marks */

/* A listening socket and a UDP socket on the same port. */
static bool open_both(const struct actor *a, int *listening, int *datagrams)
{
    *listening = actor_listen(a, CLIENTS_MOST);
    *datagrams = actor_bind_datagrams(a);
    actor_reach(a, READY);
    return *listening >= 0 && *datagrams >= 0;
}

/* --- the same message by both --- */

static int side_client(const struct actor *a)
{
    char message[ROOM], answer[2];
    size_t size = a->number[ACTOR_SIZE];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    memset(message, *actor_word(a, 0), sizeof message);
    actor_await(a, READY, 1);

    nanoseconds begun = clock_steady();
    int fd = actor_connect(a);
    if (fd < 0 || send(fd, message, size, 0) < 0 || actor_hear(fd, answer, sizeof answer) < sizeof answer)
        return 1;
    printf("TCP: answered after %lld ms\n", (long long)((clock_steady() - begun) / NS_PER_MS));
    close(fd);
    actor_nap(QUIET_MS + actor_chance(a, 1, 0, 50));

    begun = clock_steady();
    fd = actor_datagrams(a);
    if (fd < 0 || actor_send_to(fd, message, size, &server) < 0 || actor_hear_from(fd, answer, sizeof answer, NULL) < 0)
        return 1;
    printf("UDP: answered after %lld ms\n", (long long)((clock_steady() - begun) / NS_PER_MS));
    close(fd);
    return 0;
}

static int side_server(const struct actor *a)
{
    char message[ROOM];
    struct sockaddr_in from = { 0 };
    int listening, datagrams;
    int fd = open_both(a, &listening, &datagrams) ? actor_accept(listening) : -1;
    if (fd < 0)
        return 1;
    printf("TCP: %zu bytes\n", actor_hear(fd, message, a->number[ACTOR_SIZE]));
    actor_say(fd, "ok");
    actor_drain(fd);
    close(fd);
    close(listening);
    printf("UDP: %zd bytes\n", actor_hear_from(datagrams, message, sizeof message, &from));
    actor_send_to(datagrams, "ok", 2, &from);
    close(datagrams);
    return 0;
}

const struct scenario scenario_side_by_side = {
    .name = "side-by-side", .topic = "TCP and UDP side by side",
    .says = "the same message by TCP and by UDP: segments, bytes and round trips compared",
    .lesson = "The client sends the same bytes and gets the same short answer, once by TCP and once by UDP. TCP needs "
              "a round trip for its handshake before the first byte, acknowledges, and closes in both directions: "
              "some ten segments with headers of 20 bytes and options. UDP needs two datagrams with headers of 8 "
              "bytes, and half the time. For that TCP knows that the message has arrived, and would have sent it "
              "again; UDP has promised nothing.",
    .questions = { "How many frames and how many bytes on the wire did each of the two need?",
                   "How many round trips passed until the answer was there?",
                   "For which exchanges is the handshake not worth its round trip, and when does it not matter?" },
    .program = { side_client, side_server },
    .speaks = SPEAKS_BOTH,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 1000, 1, ROOM } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "udp", 1 },
        { "tcp && handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 1000 && "
          "stream_bytes.server == 2", 1 },
        { "udp && status == replied && datagrams.client == 1 && datagrams.server == 1 && "
          "payload_bytes.client == 1000", 1 },
    },
};

/* --- both on one port --- */

static int same_client(const struct actor *a)
{
    char answer[ACTOR_WORD];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int stream = actor_connect(a), datagrams = actor_datagrams(a);
    if (stream < 0 || datagrams < 0)
        return 1;
    actor_tell("sendto()", actor_send_to(datagrams, actor_word(a, 0), ACTOR_WORD, &server));
    actor_tell("send()", send(stream, actor_word(a, 1), ACTOR_WORD, 0));
    printf("over TCP %zu bytes back\n", actor_hear(stream, answer, sizeof answer));
    printf("over UDP %zd bytes back\n", actor_hear_from(datagrams, answer, sizeof answer, NULL));
    actor_nap(QUIET_MS + actor_chance(a, 2, 0, 50));
    close(stream);
    close(datagrams);
    return 0;
}

static int same_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    struct sockaddr_in from = { 0 };
    int listening, datagrams;
    int fd = open_both(a, &listening, &datagrams) ? actor_accept(listening) : -1;
    if (fd < 0)
        return 1;
    actor_tell_from(actor_hear_from(datagrams, words, sizeof words, &from), &from);
    actor_send_to(datagrams, words, sizeof words, &from);
    size_t got = actor_hear(fd, words, sizeof words);
    printf("recv() = %zu\n", got);
    send(fd, words, got, 0);
    actor_drain(fd);
    close(fd);
    close(listening);
    close(datagrams);
    return 0;
}

const struct scenario scenario_same_port = {
    .name = "same-port", .topic = "TCP and UDP side by side",
    .says = "TCP and UDP on port 6666 at once: two sets of ports that know nothing of each other",
    .lesson = "The server has a listening TCP socket and a UDP socket, both bound to port 6666, and bind() refuses "
              "neither. The IP header names the protocol, and each protocol has its own 65,535 ports: a datagram for "
              "6666 never reaches the TCP socket, and a segment never the UDP one. DNS does just that on port 53. "
              "When you look for what answers on a port, always ask of which protocol it is.",
    .questions = { "Why does the second bind() not fail with EADDRINUSE?",
                   "Which field of which header tells segments from datagrams?",
                   "How many sockets has the server's program in the end, and which are bound to 6666?" },
    .program = { same_client, same_server },
    .speaks = SPEAKS_BOTH,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "server.port == 6666", 2 },
        { "tcp && handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 5 && "
          "stream_bytes.server == 5", 1 },
        { "udp && status == replied && datagrams.client == 1 && datagrams.server == 1", 1 },
    },
};

/* --- a message every so often, and loss --- */

struct tick {
    uint32_t number;
    uint32_t filler;
    nanoseconds sent;
};

static int ticks_client(const struct actor *a)
{
    int one = 1;
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int stream = actor_connect(a), datagrams = actor_datagrams(a);
    if (stream < 0 || datagrams < 0)
        return 1;
    setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (uint32_t i = 0; i < a->number[ACTOR_COUNT]; i++) {
        struct tick tick = { .number = i + 1, .sent = clock_steady() };
        actor_send_to(datagrams, &tick, sizeof tick, &server);
        send(stream, &tick, sizeof tick, 0);
        actor_nap(1000 / a->number[ACTOR_RATE]);
    }
    printf("%u messages, each by UDP and by TCP\n", a->number[ACTOR_COUNT]);
    close(datagrams);
    actor_nap(QUIET_MS);
    close(stream);
    return 0;
}

/* What came by one of the two ways. */
struct heard {
    unsigned count;
    nanoseconds latest;               /* the longest that one was on its way */
};

static void note(struct heard *heard, const struct tick *tick)
{
    nanoseconds way = clock_steady() - tick->sent;
    heard->count++;
    heard->latest = way > heard->latest ? way : heard->latest;
}

/* On two machines there are two clocks, and no way to compare. */
static void tell_heard(const struct actor *a, const char *how, const struct heard *heard)
{
    printf("%s: %u of %u came", how, heard->count, a->number[ACTOR_COUNT]);
    if (a->meeting)
        printf(", the slowest after %lld ms", (long long)(heard->latest / NS_PER_MS));
    putchar('\n');
}

static int ticks_server(const struct actor *a)
{
    struct heard by_tcp = { 0 }, by_udp = { 0 };
    struct tick tick;
    int listening, datagrams;
    int fd = open_both(a, &listening, &datagrams) ? actor_accept(listening) : -1;
    if (fd < 0)
        return 1;
    struct pollfd polled[] = { { .fd = fd, .events = POLLIN }, { .fd = datagrams, .events = POLLIN } };
    while (poll(polled, 2, actor_patience(a)) > 0) {
        if (polled[1].revents && actor_hear_from(datagrams, &tick, sizeof tick, NULL) == sizeof tick)
            note(&by_udp, &tick);
        if (polled[0].revents && actor_hear(fd, &tick, sizeof tick) < sizeof tick)
            break;
        if (polled[0].revents)
            note(&by_tcp, &tick);
    }
    tell_heard(a, "UDP", &by_udp);
    tell_heard(a, "TCP", &by_tcp);
    close(fd);
    close(listening);
    close(datagrams);
    return by_tcp.count < a->number[ACTOR_COUNT];
}

const struct scenario scenario_late_or_lost = {
    .name = "late-or-lost", .topic = "TCP and UDP side by side",
    .says = "a message every 20 ms and 5% loss: UDP misses some, TCP brings all of them, some late",
    .lesson = "As in a call or a game, a small message leaves every 20 ms, by both ways at once, and the wire loses "
              "one in twenty. By UDP a lost one is gone, and all others arrive on time. TCP brings every one, in "
              "order: it sends the lost one again, and what came behind it waits in the kernel until the gap is "
              "closed, so one loss makes several late (head-of-line blocking). For a voice, late is as bad as lost; "
              "for a file, lost is not allowed. Try --fault 'drop client any 20%'.",
    .questions = { "How many messages did each of the two bring, and how late was the slowest?",
                   "Why are messages late that were not lost themselves?",
                   "Which of the two would you take for a call, for a chat, for a file?" },
    .program = { ticks_client, ticks_server },
    .speaks = SPEAKS_BOTH,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 60, 30, MESSAGES_MOST },
                [ACTOR_RATE] = { 50, 25, 200 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client datagram 25", "drop client data 25", "drop client datagram 5%", "drop client data 5%" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "udp", 1 },
        { "tcp && handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 960", 1 },
        { "udp && datagrams.client == 60 && datagrams.server == 0 && payload_bytes.client == 960", 1 },
    },
};

/* UDP: no handshake, no connection, no promise. */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { MESSAGES = 3, ROOM = 1024, QUIET_MS = 300, SENDERS_MOST = 16, NO_MORE_MS = 800, SERVER_MORE_MS = 700 };
enum { READY };                       /* marks */

/* --- request and reply --- */

static int udp_client(const struct actor *a)
{
    char answer[ROOM];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]), from = { 0 };
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0)
        return 1;
    actor_tell("sendto()", actor_send_to(fd, actor_word(a, 0), ACTOR_WORD, &server));
    actor_tell_from(actor_hear_from(fd, answer, sizeof answer, &from), &from);
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int udp_server(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in from = { 0 };
    int fd = actor_bind_datagrams(a);
    actor_reach(a, READY);
    ssize_t got = fd < 0 ? -1 : actor_tell_from(actor_hear_from(fd, words, sizeof words, &from), &from);
    if (got < 0)
        return 1;
    actor_nap(QUIET_MS);
    actor_tell("sendto()", actor_send_to(fd, words, (size_t)got, &from));
    close(fd);
    return 0;
}

const struct scenario scenario_udp = {
    .name = "udp", .topic = "UDP",
    .says = "no handshake: the first datagram carries data, and the server learns from it where to answer",
    .lesson = "The client calls socket() and sendto(), with the server's address in the call; the kernel gives its "
              "socket a port then. The first frame is already the message. The server's socket is bound, nothing "
              "more: no listen(), no accept(), no second socket. recvfrom() gives the message and the address it came "
              "from, and that is where sendto() answers. When both close their sockets, no frame tells of it.",
    .questions = { "How many frames pass before the first byte of the program's, here and with TCP?",
                   "How does the server know where to send its answer?",
                   "When did the client's socket get its port?",
                   "What does the wire show of the two close()?" },
    .program = { udp_client, udp_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client == 1 && datagrams.server == 1 && exchanges == 1 && "
          "payload_bytes.client == 5 && payload_bytes.server == 5", 1 },
    },
};

/* --- one socket, many senders --- */

static int senders_client(const struct actor *a)
{
    char answer[ROOM];
    int fd[SENDERS_MOST];
    unsigned count = a->number[ACTOR_CLIENTS];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < count; i++) {
        if ((fd[i] = actor_datagrams(a)) < 0)
            return 1;
        actor_tell("sendto()", actor_send_to(fd[i], actor_word(a, i), ACTOR_WORD, &server));
        actor_nap(actor_chance(a, count + i, 1, 20));
    }
    for (unsigned i = 0; i < count; i++)
        actor_tell("recvfrom()", actor_hear_from(fd[i], answer, sizeof answer, NULL));
    for (unsigned i = 0; i < count; i++)
        close(fd[i]);
    return 0;
}

static int senders_server(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in from[SENDERS_MOST] = { 0 };
    unsigned count = a->number[ACTOR_CLIENTS];
    int fd = actor_bind_datagrams(a);
    actor_reach(a, READY);
    for (unsigned i = 0; fd >= 0 && i < count; i++)
        if (actor_tell_from(actor_hear_from(fd, words, sizeof words, &from[i]), &from[i]) < 0)
            return 1;
    actor_nap(QUIET_MS);
    for (unsigned i = 0; fd >= 0 && i < count; i++)
        actor_tell("sendto()", actor_send_to(fd, "heard", 5, &from[i]));
    close(fd);
    return fd < 0;
}

const struct scenario scenario_udp_senders = {
    .name = "udp-senders", .topic = "UDP",
    .says = "one UDP socket hears many senders: recvfrom() tells them apart, for there is one queue",
    .lesson = "Several sockets of the client's host, each with a port of its own, send to the same address and port. "
              "The server has one socket for all: a datagram is given to the socket that is bound to its destination, "
              "whoever sent it. All wait in one queue, in the order in which they came, and each answer goes to the "
              "address that recvfrom() gave. A TCP server would have a socket for each of them.",
    .questions = { "How many sockets does the server use, and how many would a TCP server use?",
                   "In what do the client's datagrams differ, so that each gets its own answer?",
                   "What would happen to the third sender if the first one sent very much?" },
    .program = { senders_client, senders_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 3, 2, SENDERS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp", 3 },
        { "server.port == 6666 && status == replied && datagrams.client == 1 && datagrams.server == 1", 3 },
    },
};

/* --- connect()ed UDP --- */

static int connected_client(const struct actor *a)
{
    char answer[ROOM];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0)
        return 1;
    actor_tell("connect()", connect(fd, (const struct sockaddr *)&server, sizeof server));
    actor_nap(QUIET_MS);
    actor_tell("send()", send(fd, actor_word(a, 0), ACTOR_WORD, 0));
    actor_tell("recv()", recv(fd, answer, sizeof answer, 0));
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

/* Answers from another socket first: the client's kernel takes that for nobody's. */
static int connected_server(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in from = { 0 };
    int fd = actor_bind_datagrams(a), stranger = actor_datagrams(a);
    actor_reach(a, READY);
    if (fd < 0 || stranger < 0 || actor_tell_from(actor_hear_from(fd, words, sizeof words, &from), &from) < 0)
        return 1;
    actor_tell("sendto() of another socket", actor_send_to(stranger, "I am somebody else", 18, &from));
    actor_nap(actor_chance(a, 0, 1, 30));
    actor_tell("sendto()", actor_send_to(fd, words, ACTOR_WORD, &from));
    close(stranger);
    close(fd);
    return 0;
}

const struct scenario scenario_connected_udp = {
    .name = "connected-udp", .topic = "UDP",
    .says = "connect() of a UDP socket sends nothing: it sets the peer, and keeps everybody else out",
    .lesson = "connect() on a UDP socket makes no connection and sends no frame. The kernel notes the peer's address: "
              "send() needs none any more, errors of the network are reported to the program, and only datagrams of "
              "this peer come in. Here another socket of the server's host answers first, from another port. The "
              "client's kernel finds no socket for that datagram and says so with ICMP port unreachable, although the "
              "port is in use.",
    .questions = { "Which frame does connect() cause, and how long does it take?",
                   "Why is the datagram from the other port answered with port unreachable?",
                   "Which datagrams would recv() give without connect()?" },
    .program = { connected_client, connected_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp", 2 },
        { "server.port == 6666 && status == replied && datagrams.client == 1 && datagrams.server == 1", 1 },
        { "status == unreachable && payload_bytes == 18", 1 },
    },
};

/* --- what the network does to datagrams, nobody undoes --- */

/* Numbered messages; what comes back shows which of them arrived, in which order. */
static int faulty_client(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < MESSAGES; i++) {
        int length = snprintf(words, sizeof words, "%u %s", i + 1, actor_word(a, i));
        actor_send_to(fd, words, (size_t)length, &server);
        printf("sendto(\"%s\")\n", words);
    }
    struct pollfd more = { .fd = fd, .events = POLLIN };
    while (poll(&more, 1, NO_MORE_MS) > 0) {
        ssize_t got = actor_hear_from(fd, words, sizeof words, NULL);
        printf("recvfrom() = %zd: \"%.*s\"\n", got, (int)(got > 0 ? got : 0), words);
    }
    puts("nothing more comes, and no call says whether something is missing");
    close(fd);
    return 0;
}

static int faulty_server(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in from = { 0 };
    int fd = actor_bind_datagrams(a), patience = actor_patience(a);
    struct pollfd more = { .fd = fd, .events = POLLIN };
    actor_reach(a, READY);
    for (; fd >= 0 && poll(&more, 1, patience) > 0; patience = SERVER_MORE_MS) {
        ssize_t got = actor_hear_from(fd, words, sizeof words, &from);
        printf("recvfrom() = %zd: \"%.*s\"\n", got, (int)(got > 0 ? got : 0), words);
        if (got >= 0)
            actor_send_to(fd, words, (size_t)got, &from);
    }
    close(fd);
    return fd < 0;
}

const struct scenario scenario_udp_lost = {
    .name = "udp-lost", .topic = "UDP",
    .says = "a lost datagram stays lost: nobody sends it again, and nobody is told",
    .lesson = "Three datagrams, each to be answered; the wire loses the second. The server receives the first and the "
              "third and answers these. sendto() had returned for all three, for it only hands the datagram to the "
              "kernel. No acknowledgement is missed, since there is none, and no timer runs: only the client's "
              "program can notice that an answer is missing, and only if it waits for it with a time limit.",
    .questions = { "What did sendto() return for the datagram that was lost?",
                   "Which of the two programs can find out, and how?",
                   "Was it the request or the answer that was lost? Can the capture at the client tell?" },
    .program = { faulty_client, faulty_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client datagram 2" },
    .lab_only = true,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client == 3 && datagrams.server == 2", 1 },
    },
};

const struct scenario scenario_udp_reordered = {
    .name = "udp-reordered", .topic = "UDP",
    .says = "datagrams that overtake each other arrive in that order: UDP does not number them",
    .lesson = "The wire swaps the first two of three datagrams. The server's recvfrom() gives the second message, "
              "then the first, then the third: a UDP header has ports, length and checksum, but no number by which "
              "the kernel could sort them. A program for which the order matters must number its messages itself, as "
              "these do.",
    .questions = { "In which order do the messages reach the server's program?",
                   "Which field of a TCP header lets the kernel sort segments, and is there one in UDP's?",
                   "What would a program do that sends a picture in pieces?" },
    .program = { faulty_client, faulty_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "reorder client datagram 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client == 3 && datagrams.server == 3", 1 },
    },
};

const struct scenario scenario_udp_duplicated = {
    .name = "udp-duplicated", .topic = "UDP",
    .says = "a datagram that the network doubles is received twice",
    .lesson = "The wire delivers the second of three datagrams twice. To the server's kernel these are two datagrams, "
              "and its program answers both: four answers come back for three requests. TCP throws away bytes it has "
              "already; UDP does not know what it had. An order to pay must not be carried out twice: such programs "
              "number their requests and remember the last ones.",
    .questions = { "How many answers does the client get for three requests?",
                   "Could the server's kernel have noticed that a datagram came twice?",
                   "Which requests may be carried out twice without harm?" },
    .program = { faulty_client, faulty_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "duplicate client datagram 2" },
    .lab_only = true,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client == 3 && datagrams.server == 4", 1 },
    },
};

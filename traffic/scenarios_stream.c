/* A stream of bytes, and datagrams. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { MESSAGES = 3, ROOM = 1024, SHORT_ROOM = 100, QUIET_MS = 300 };
enum { READY, SENT };                 /* marks */

/* --- three send() are one recv() --- */

static int stream_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < MESSAGES; i++) {
        actor_tell("send()", send(fd, actor_word(a, i), ACTOR_WORD, 0));
        actor_nap(actor_chance(a, MESSAGES + i, 1, 9));
    }
    actor_reach(a, SENT);
    actor_await(a, SENT, 1);          /* the server's: it has read */
    close(fd);
    return 0;
}

static int stream_server(const struct actor *a)
{
    char bytes[ROOM];
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    actor_await(a, SENT, 1);
    actor_await_bytes(a, fd, MESSAGES * ACTOR_WORD);
    actor_nap(QUIET_MS);
    actor_tell("recv()", recv(fd, bytes, sizeof bytes, 0));
    actor_reach(a, SENT);
    actor_tell("recv()", recv(fd, bytes, sizeof bytes, 0));
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_stream = {
    .name = "stream", .topic = "A stream of bytes, and datagrams",
    .says = "three send() arrive as one recv(): TCP carries bytes and knows no messages",
    .lesson = "The client calls send() three times, five bytes each. The server's program reads when all has arrived: "
              "its first recv() gives fifteen bytes at once, its second one 0, for the client has closed. TCP keeps "
              "the order of bytes, not where one send() ended. On the wire the three are mostly two segments: the "
              "first leaves at once, the others wait until it is acknowledged and then go together (Nagle). A program "
              "that needs messages must mark their ends itself: by a length in front, or by a newline.",
    .questions = { "How many segments carry the fifteen bytes, and who decided that?",
                   "How can the server's program tell where the first message ends?",
                   "What would it read if it called recv() with room for four bytes?" },
    .program = { stream_client, stream_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 15 && "
          "stream_bytes.server == 0", 1 },
    },
};

/* --- three sendto() stay three datagrams --- */

static int datagrams_client(const struct actor *a)
{
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < MESSAGES; i++)
        actor_tell("sendto()", actor_send_to(fd, actor_word(a, i), ACTOR_WORD, &server));
    actor_reach(a, SENT);
    close(fd);
    return 0;
}

static int datagrams_server(const struct actor *a)
{
    char bytes[ROOM];
    int fd = actor_bind_datagrams(a);
    actor_reach(a, READY);
    if (fd < 0)
        return 1;
    actor_await(a, SENT, 1);
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < MESSAGES; i++)
        actor_tell("recvfrom()", actor_hear_from(fd, bytes, sizeof bytes, NULL));
    close(fd);
    return 0;
}

const struct scenario scenario_datagrams = {
    .name = "datagrams", .topic = "A stream of bytes, and datagrams",
    .says = "three sendto() are three datagrams and three recvfrom(), however much room the buffer has",
    .lesson = "The client calls sendto() three times, five bytes each, and each call makes one datagram. All three "
              "wait in the server's receive queue when its program first asks. recvfrom() gives one of them, although "
              "its buffer has room for all: UDP keeps what belongs together. Nothing tells the client whether any of "
              "them arrived.",
    .questions = { "How many bytes does each recvfrom() give, with 1024 bytes of room?",
                   "Which call of the server does the client's first sendto() wait for?",
                   "What is different if TCP carries the same three messages (lesson stream)?" },
    .program = { datagrams_client, datagrams_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp && status == unreplied && datagrams.client == 3 && payload_bytes.client == 15", 1 },
    },
};

/* --- a datagram larger than the buffer --- */

static int cut_client(const struct actor *a)
{
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    size_t size = a->number[ACTOR_SIZE];
    char *bytes = calloc(1, size);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0 || !bytes)
        return 1;
    actor_tell("sendto()", actor_send_to(fd, bytes, size, &server));
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    actor_tell("sendto()", actor_send_to(fd, actor_word(a, 0), ACTOR_WORD, &server));
    close(fd);
    free(bytes);
    return 0;
}

static int cut_server(const struct actor *a)
{
    char bytes[SHORT_ROOM];
    struct iovec room = { .iov_base = bytes, .iov_len = sizeof bytes };
    int fd = actor_bind_datagrams(a);
    actor_reach(a, READY);
    for (unsigned i = 0; fd >= 0 && i < 2; i++) {
        struct msghdr message = { .msg_iov = &room, .msg_iovlen = 1 };
        ssize_t got = recvmsg(fd, &message, 0);
        if (actor_tell("recvmsg()", got) >= 0)
            printf("    %s\n", message.msg_flags & MSG_TRUNC ? "MSG_TRUNC: the rest of this datagram is gone"
                                                             : "all of it");
    }
    close(fd);
    return fd < 0;
}

const struct scenario scenario_cut_datagram = {
    .name = "cut-datagram", .topic = "A stream of bytes, and datagrams",
    .says = "a datagram larger than the buffer is cut: recvmsg() gives what fits, the rest is thrown away",
    .lesson = "The server's buffer has room for 100 bytes. A larger datagram arrives whole, as the capture shows; the "
              "call gives its first 100 bytes and throws the rest away. The next call gives the next datagram, not "
              "the rest. Only recvmsg() tells that something was cut, by MSG_TRUNC; a plain recv() or recvfrom() does "
              "not say it. With TCP the rest would have waited for the next recv().",
    .questions = { "How many bytes did the first datagram carry, and how many did the program get?",
                   "Is there any sign on the wire that bytes were thrown away?",
                   "How large must a buffer be so that no datagram is ever cut?" },
    .program = { cut_client, cut_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 200, 101, 1400 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp && status == unreplied && datagrams.client == 2 && payload_bytes.client == 205", 1 },
    },
};

/* --- an empty datagram --- */

static int empty_client(const struct actor *a)
{
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    if (fd < 0)
        return 1;
    actor_tell("sendto()", actor_send_to(fd, "", 0, &server));
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    actor_tell("sendto()", actor_send_to(fd, actor_word(a, 0), ACTOR_WORD, &server));
    close(fd);
    return 0;
}

static int empty_server(const struct actor *a)
{
    char bytes[ROOM];
    struct sockaddr_in from = { 0 };
    int fd = actor_bind_datagrams(a);
    actor_reach(a, READY);
    for (unsigned i = 0; fd >= 0 && i < 2; i++)
        actor_tell_from(actor_hear_from(fd, bytes, sizeof bytes, &from), &from);
    close(fd);
    return fd < 0;
}

const struct scenario scenario_empty_datagram = {
    .name = "empty-datagram", .topic = "A stream of bytes, and datagrams",
    .says = "an empty datagram is a datagram: recvfrom() gives 0, and nothing has ended",
    .lesson = "sendto() with no bytes sends a datagram that is only a UDP header: its length field says 8. The "
              "server's recvfrom() returns 0, and tells who sent it. For a TCP socket 0 would mean that the other end "
              "has closed; UDP has no end, so 0 is only a length, and the next datagram comes as any other.",
    .questions = { "What is the length field of the empty datagram, and why is it not 0?",
                   "What does recv() = 0 mean on a TCP socket, and what on a UDP socket?",
                   "Why can send() with 0 bytes not do the same with TCP?" },
    .program = { empty_client, empty_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp && status == unreplied && datagrams.client == 2 && payload_bytes.client == 5", 1 },
    },
};

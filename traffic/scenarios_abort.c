/* Connections that end otherwise: cut off, left behind, or dead. */
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD, LONG_LEAST = 100, LONG_MOST = 1400 };
enum { KEEP_IDLE_S = 1, KEEP_EVERY_S = 1, KEEP_PROBES = 2 };
enum { READY, SENT };                 /* marks */

/* recv() fails, and with this error. */
static bool recv_fails(int fd, int error)
{
    char byte;
    return actor_tell("recv()", recv(fd, &byte, 1, 0)) < 0 && errno == error;
}

/* --- abort --- */

static int abort_client(const struct actor *a)
{
    char answer[WORDS];
    struct linger none = { .l_onoff = 1, .l_linger = 0 };
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)) || actor_hear(fd, answer, sizeof answer) != sizeof answer)
        return 1;
    actor_rest(a);
    actor_tell("setsockopt(SO_LINGER, 0)", setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    actor_tell("close()", close(fd));
    return 0;
}

static int abort_server(const struct actor *a)
{
    char words[WORDS];
    int fd = actor_accept_one(a, READY);
    if (fd < 0 || actor_hear(fd, words, sizeof words) != sizeof words || !actor_say(fd, actor_word(a, 0)))
        return 1;
    bool reset = recv_fails(fd, ECONNRESET);
    close(fd);
    return reset ? 0 : 1;
}

const struct scenario scenario_abort = {
    .name = "abort", .topic = "Cut off, left behind, dead",
    .says = "SO_LINGER with a time of 0: close() sends a RST instead of a FIN, and the other end gets ECONNRESET",
    .lesson = "An abort (RFC 9293 3.10.5) ends both directions at once, with one segment that nobody acknowledges. "
              "What was not sent yet is thrown away, both ends are CLOSED, and there is no TIME-WAIT. The other end's "
              "program is told by its next call: recv() fails with ECONNRESET, where an orderly end gives 0. Some "
              "servers abort in order to avoid TIME-WAIT; then nobody knows any more what had arrived.",
    .questions = { "How many segments does the end of this connection take?",
                   "How does the server's program tell an abort from an orderly end?",
                   "In which state are the two ends afterwards, and for how long?" },
    .program = { abort_client, abort_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == reset && closed_by == client && state.client == CLOSED && "
          "state.server == CLOSED && stream_bytes.client == 5 && stream_bytes.server == 5", 1 },
        { "TIME-WAIT || path.client contains FIN-WAIT-1", 0 },
    },
};

/* --- unread data --- */

static int unread_client(const struct actor *a)
{
    char words[LONG_MOST + 1] = "";
    memset(words, 'x', actor_chance(a, 0, LONG_LEAST, LONG_MOST));
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, words))
        return 1;
    printf("sent %zu bytes\n", strlen(words));
    bool reset = recv_fails(fd, ECONNRESET);
    close(fd);
    return reset ? 0 : 1;
}

static int unread_server(const struct actor *a)
{
    char words[WORDS];
    int fd = actor_accept_one(a, READY);
    if (fd < 0)
        return 1;
    printf("read %zu bytes, and no more\n", actor_hear(fd, words, sizeof words));
    actor_rest(a);
    actor_tell("close()", close(fd));
    return 0;
}

const struct scenario scenario_unread = {
    .name = "unread", .topic = "Cut off, left behind, dead",
    .says = "close() with data unread in the receive queue: a RST, though nothing was wrong with the call",
    .lesson = "The client's message lies in the server's receive queue and is acknowledged. The server reads a part "
              "of it and closes. The rest is thrown away, and the kernel says so with a RST instead of a FIN (RFC "
              "9293 3.6.1, RFC 2525 2.17): an acknowledgement only says that the data reached the kernel. The client "
              "gets ECONNRESET, and an answer that was on its way may be lost too. A program that reads until recv() "
              "gives 0 before it closes never does this.",
    .questions = { "How much of the message did the kernel acknowledge, and how much had the program read?",
                   "Why is a FIN not good enough here?",
                   "What should the server do before it calls close()?" },
    .program = { unread_client, unread_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == reset && closed_by == server && stream_bytes.client >= 100 && "
          "stream_bytes.server == 0 && state.client == CLOSED && state.server == CLOSED", 1 },
        { "reset_after_unread", 1 },
    },
};

/* --- a process that dies --- */

static int killed_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    int64_t heard = fd < 0 ? -1 : actor_drain(fd);
    printf("recv() gave %lld bytes, then 0\n", (long long)heard);
    actor_rest(a);
    close(fd);
    return heard == WORDS ? 0 : 1;
}

static int killed_server(const struct actor *a)
{
    int fd = actor_accept_one(a, READY);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_rest(a);
    printf("and now kill -9\n");
    fflush(stdout);
    kill(getpid(), SIGKILL);
    return 1;
}

const struct scenario scenario_killed = {
    .name = "killed", .topic = "Cut off, left behind, dead",
    .says = "the server's process dies of kill -9: its kernel closes the socket, and the wire shows an ordinary FIN",
    .lesson = "When a process ends, however it ends, the kernel closes its descriptors. The connection does not "
              "notice the difference: a FIN goes out as if close() had been called, and the other end's recv() gives "
              "0. So a FIN says that the other program is through with sending, not that it has finished its work, "
              "and a program that needs to know must say so itself. Only when the whole host dies does nothing come: "
              "that takes keep-alives or a time-out to find out.",
    .questions = { "Which segment would be different, had the server called close()?",
                   "Who answers the client's FIN, although the server's process is gone?",
                   "How could the client find out that the server did not end as it should?" },
    .program = { killed_client, killed_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "ending == closed && closed_by == server && state.server == TIME-WAIT && state.client == CLOSED && "
          "path.client contains CLOSE-WAIT && stream_bytes.server == 5", 1 },
    },
};

/* --- keep-alive --- */

static void keep_alive(int fd)
{
    int on = 1, idle = KEEP_IDLE_S, every = KEEP_EVERY_S, probes = KEEP_PROBES;
    actor_tell("setsockopt(SO_KEEPALIVE)", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

static int keep_alive_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    keep_alive(fd);
    bool timed_out = recv_fails(fd, ETIMEDOUT);
    close(fd);
    return timed_out ? 0 : 1;
}

static int keep_alive_server(const struct actor *a)
{
    char words[WORDS];
    int fd = actor_accept_one(a, READY);
    bool heard = fd >= 0 && actor_hear(fd, words, sizeof words) == sizeof words, reset = recv_fails(fd, ECONNRESET);
    close(fd);
    return heard && reset ? 0 : 1;
}

const struct scenario scenario_keep_alive = {
    .name = "keep-alive", .topic = "Cut off, left behind, dead",
    .says = "keep-alives over an idle connection: the first is answered, then the peer is dead, and recv() gives "
            "ETIMEDOUT",
    .lesson = "A connection over which nobody speaks is silent: neither end would ever notice that the other one is "
              "gone. With SO_KEEPALIVE the kernel sends a probe after some idle time, a segment one sequence number "
              "back, which a living peer must acknowledge. Here the wire loses everything the server's host says from "
              "the second answer on, as if it had been switched off. Two probes stay unanswered, the kernel gives up, "
              "resets the connection, and the blocked recv() fails with ETIMEDOUT.",
    .questions = { "Which sequence number does a keep-alive carry, and why that one?",
                   "How long did it take to find out that the peer was dead, and what does it depend on?",
                   "What would the client have learnt without SO_KEEPALIVE?" },
    .program = { keep_alive_client, keep_alive_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop server ACK 3-" },
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == reset && closed_by == client && stream_bytes.client == 5 && "
          "stream_bytes.server == 0", 1 },
        { "analysis.client.keep_alive == 3 && analysis.server.keep_alive_ack == 1", 1 },
    },
};

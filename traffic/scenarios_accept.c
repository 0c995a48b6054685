/* One listening socket, a new socket for each client. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD, BACKLOG = 20, CLIENTS_MOST = 20, LINE = 64, BETWEEN_MS = 200 };
enum { READY };                       /* marks */

/* --- one after another --- */

static int accept_client(const struct actor *a)
{
    char answer[WORDS];
    unsigned answered = 0;
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < a->number[ACTOR_CLIENTS]; i++) {
        int fd = actor_connect(a);
        if (fd < 0 || !actor_say(fd, actor_word(a, i)))
            return 1;
        answered += actor_hear(fd, answer, sizeof answer) == sizeof answer;
        actor_rest(a);
        close(fd);
        actor_nap(BETWEEN_MS);
    }
    printf("%u of %u answered\n", answered, a->number[ACTOR_CLIENTS]);
    return answered == a->number[ACTOR_CLIENTS] ? 0 : 1;
}

static int accept_server(const struct actor *a)
{
    char words[WORDS];
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    for (unsigned i = 0; i < a->number[ACTOR_CLIENTS]; i++) {
        int fd = listening < 0 ? -1 : (int)actor_tell("accept()", actor_accept(listening));
        if (fd < 0)
            return 1;
        actor_tell_ends(fd);
        actor_hear(fd, words, sizeof words);
        send(fd, words, sizeof words, 0);
        actor_drain(fd);
        close(fd);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_accept = {
    .name = "accept", .topic = "Opening a connection",
    .says = "one listening socket, and accept() gives a new one for each client, one client after another",
    .lesson = "The server calls socket(), bind() and listen() once. Each accept() takes one finished connection out "
              "of the accept queue and gives a new descriptor for it; the listening socket stays what it is and goes "
              "on listening. All these sockets have the same local address and port: what tells them apart is the "
              "client's address and port. This server is iterative: it serves one client to its end before it accepts "
              "the next.",
    .questions = { "Which local port do the sockets have that accept() gives?",
                   "By what does the kernel know to which socket an arriving segment belongs?",
                   "Which descriptor does the server close() at the end of each client, and which one at the very end?",
                   "What would a second client see while the first one is being served?" },
    .program = { accept_client, accept_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 3, 1, CLIENTS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 3 },
        { "server.port == 6666 && handshake == complete && ending == closed && closed_by == client && "
          "state.client == TIME-WAIT && stream_bytes.client == 5 && stream_bytes.server == 5", 3 },
    },
};

/* --- at once --- */

/* Each says something of its own. */
static int line_of(const struct actor *a, unsigned i, char line[LINE])
{
    return snprintf(line, LINE, "client %u says %s\n", i + 1, actor_word(a, i));
}

static bool check_echo(const struct actor *a, unsigned i, int fd)
{
    char said[LINE], heard[LINE];
    size_t length = (size_t)line_of(a, i, said), got = actor_hear(fd, heard, length);
    bool same = got == length && memcmp(said, heard, length) == 0;
    printf("client %u: %zu of %zu bytes came back%s\n", i + 1, got, length, same ? "" : ", not what it had said");
    return same;
}

static int many_client(const struct actor *a)
{
    int fd[CLIENTS_MOST];
    char line[LINE];
    unsigned clients = a->number[ACTOR_CLIENTS], echoes = 0;
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < clients; i++)
        if ((fd[i] = actor_connect(a)) < 0)
            return actor_tell("connect()", -1) < 0;
    for (unsigned i = 0; i < clients; i++) {
        line_of(a, i, line);
        actor_say(fd[i], line);
    }
    actor_rest(a);              /* all are connected, all have said something */
    for (unsigned i = 0; i < clients; i++) {
        echoes += check_echo(a, i, fd[i]);
        close(fd[i]);
    }
    return echoes == clients ? 0 : 1;
}

/* What came in goes back; false: the client is done. */
static bool echo(int fd)
{
    char bytes[4096];
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    if (got > 0 && send(fd, bytes, (size_t)got, 0) == got)
        return true;
    close(fd);
    return false;
}

/* Goes on until it is ended, as servers do. */
static int many_server(const struct actor *a)
{
    struct pollfd polled[CLIENTS_MOST + 1] = { { .fd = actor_listen(a, BACKLOG), .events = POLLIN } };
    unsigned clients = 0;
    actor_reach(a, READY);
    while (polled[0].fd >= 0 && poll(polled, clients + 1, -1) > 0) {
        for (unsigned i = clients; i > 0; i--)
            if (polled[i].revents && !echo(polled[i].fd))
                polled[i] = polled[clients--];
        int fd = polled[0].revents && clients < CLIENTS_MOST ? accept(polled[0].fd, NULL, NULL) : -1;
        if (fd >= 0) {
            polled[++clients] = (struct pollfd){ .fd = fd, .events = POLLIN };
            printf("accept() = %d: %u connected now\n", fd, clients);
        }
    }
    return 1;
}

const struct scenario scenario_many_clients = {
    .name = "many-clients", .topic = "Opening a connection",
    .says = "an echo server and several clients at once, each with a connection of its own",
    .lesson = "All clients are connected to the same address and port at the same time. The server has a listening "
              "socket and one more for each of them, waits for all with poll(), and sends back what comes, to the one "
              "it came from. A server that does not return to accept() before its client is done leaves all others "
              "waiting: their handshakes are complete, their data is acknowledged, but nobody answers.",
    .questions = { "How many sockets does the server have when all clients are connected?",
                   "How are the connections told apart, though all go to one port?",
                   "Which frames would look the same if the server served one client at a time, and which would not?" },
    .program = { many_client, many_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 3, 1, CLIENTS_MOST } },
    .delay = 15 * NS_PER_MS,
    .server_stays = true,
    .expect = {
        { "tcp", 3 },
        { "server.port == 6666 && handshake == complete && ending == closed && closed_by == client && "
          "state.client == TIME-WAIT && state.server == CLOSED", 3 },
        { "stream_bytes.client == 20 && stream_bytes.server == 20 && duration >= 300ms", 3 },
    },
};

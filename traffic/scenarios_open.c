/* Opening a connection. */
#include <stdio.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = 5 };

static int handshake_client(const struct actor *a)
{
    char answer[WORDS];
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, "hello"))
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, answer, sizeof answer));
    actor_nap(300);
    close(fd);
    return 0;
}

static int handshake_server(const struct actor *a)
{
    char words[WORDS];
    int listening = actor_listen(a, 5), fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    actor_hear(fd, words, sizeof words);
    actor_say(fd, "HELLO");
    printf("the client closed after %lld more bytes\n", (long long)actor_drain(fd));
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_handshake = {
    .name = "handshake", .topic = "Opening a connection",
    .says = "socket, bind, listen, connect, accept, send and recv both ways, close: the client closes first",
    .lesson = "connect() sends a SYN and waits. The server's kernel answers for the listening socket with SYN,ACK, whether "
              "accept() was called or not; the client's ACK completes the handshake, and connect() returns after one round "
              "trip. accept() then gives the server's program a new socket for this client.",
    .questions = { "Which call of the client sends the SYN, and when does it return?",
                   "Who sends the SYN,ACK: the server's program, or its kernel?",
                   "How many sockets does the server have while the two talk?",
                   "Which end is in TIME-WAIT at the end, and why that one?" },
    .program = { handshake_client, handshake_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && state.client == TIME-WAIT && "
          "state.server == CLOSED && stream_bytes.client == 5 && stream_bytes.server == 5", 1 },
    },
};

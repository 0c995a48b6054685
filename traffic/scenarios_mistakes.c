/* Mistakes of first programs, and how they look on the wire: of servers and of how they are reached. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { ROOM = 256, QUIET_MS = 300 };
enum { READY, TRIED };                /* marks */

/* connect() to this address and port, with what it says. -1: refused. */
static int try_port(const struct actor *a, uint16_t port_of_header)
{
    struct sockaddr_in own = actor_address(a->own, 0), server = actor_address(a->peer, 0);
    int fd = actor_socket(SOCK_STREAM);
    server.sin_port = port_of_header;
    bind(fd, (const struct sockaddr *)&own, sizeof own);
    if (actor_tell("connect()", connect(fd, (const struct sockaddr *)&server, sizeof server)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Both talk, the client closes first. */
static int talk(const struct actor *a, int fd)
{
    char answer[ACTOR_WORD];
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, answer, sizeof answer));
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int answer_one(int listening)
{
    char words[ROOM];
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    send(fd, words, actor_hear(fd, words, ACTOR_WORD), 0);
    recv(fd, words, sizeof words, 0);
    close(fd);
    close(listening);
    return 0;
}

/* Expects to be refused. */
static int refused_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = try_port(a, htons((uint16_t)a->number[ACTOR_PORT]));
    actor_nap(actor_chance(a, 0, QUIET_MS, QUIET_MS + 50));
    actor_reach(a, TRIED);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

#define REFUSED { "tcp", 1 }, \
    { "handshake == refused && nobody_listens && state.client == CLOSED && state.server == CLOSED && " \
      "payload_bytes == 0", 1 }

/* --- bind() without listen() --- */

static int no_listen_server(const struct actor *a)
{
    struct sockaddr_in own = actor_address(a->own, a->number[ACTOR_PORT]);
    int fd = actor_socket(SOCK_STREAM), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int bound = (int)actor_tell("bind()", bind(fd, (const struct sockaddr *)&own, sizeof own));
    actor_reach(a, READY);
    actor_tell("accept()", accept(fd, NULL, NULL));
    actor_await(a, TRIED, 1);
    close(fd);
    return bound < 0;
}

const struct scenario scenario_no_listen = {
    .name = "no-listen", .topic = "Mistakes of first programs",
    .says = "bind() without listen(): the port is taken, and the client is refused all the same",
    .lesson = "The server's program calls socket() and bind(), and forgets listen(). Its port is taken, no other "
              "program can have it, but a bound socket accepts nothing: the kernel finds no listening socket for the "
              "SYN and answers with RST. To the client this looks exactly as if no server ran. accept() says EINVAL "
              "at once, which is easy to miss in a program that does not look at what its calls return.",
    .questions = { "Which error does the client's connect() give, and which segment caused it?",
                   "Can the client tell this from a server that was never started?",
                   "Which call of the server told about the mistake?" },
    .program = { refused_client, no_listen_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = { REFUSED },
};

/* --- the client is faster --- */

static int first_client(const struct actor *a)
{
    int fd = try_port(a, htons((uint16_t)a->number[ACTOR_PORT]));
    if (fd >= 0) {
        puts("this time the server was faster");
        return talk(a, fd);
    }
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    actor_reach(a, TRIED);
    actor_await(a, READY, 1);
    return talk(a, try_port(a, htons((uint16_t)a->number[ACTOR_PORT])));
}

static int late_server(const struct actor *a)
{
    actor_await(a, TRIED, 1);
    int listening = actor_listen(a, 5);
    actor_tell("listen()", listening < 0 ? -1 : 0);
    actor_reach(a, READY);
    return answer_one(listening);
}

const struct scenario scenario_client_first = {
    .name = "client-first", .topic = "Mistakes of first programs",
    .says = "the client is started before the server: refused at once, not kept waiting",
    .lesson = "connect() does not wait for a server to be started: the kernel of the server's host answers the SYN "
              "with RST, as nobody listens yet, and connect() fails with ECONNREFUSED after one round trip. The "
              "socket is of no use any more; the client makes a new one, and its second try finds the server. "
              "Programs that are started together should try again a few times.",
    .questions = { "How long did the first connect() take?",
                   "Who sent the RST, if the server's program did not even run?",
                   "In what do the two SYNs differ?" },
    .program = { first_client, late_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "handshake == refused && nobody_listens", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 5", 1 },
    },
};

/* --- listens where nobody comes --- */

static int loopback_server(const struct actor *a)
{
    struct sockaddr_in own = actor_address("127.0.0.1", a->number[ACTOR_PORT]);
    int fd = actor_socket(SOCK_STREAM), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int bound = (int)actor_tell("bind() to 127.0.0.1", bind(fd, (const struct sockaddr *)&own, sizeof own));
    actor_tell("listen()", listen(fd, 5));
    actor_reach(a, READY);
    actor_await(a, TRIED, 1);
    puts("nobody came");
    close(fd);
    return bound < 0;
}

const struct scenario scenario_loopback_server = {
    .name = "loopback-server", .topic = "Mistakes of first programs",
    .says = "a server on 127.0.0.1: it listens, and only programs of its own host can reach it",
    .lesson = "The server is bound to 127.0.0.1. bind() and listen() say nothing wrong, and a client on the same host "
              "works: a usual surprise when the client moves to another machine. A SYN to the host's address 10.9.0.1 "
              "fits no listening socket, because the address it is bound to is part of what must match, so the kernel "
              "answers with RST. A server for others binds to INADDR_ANY (0.0.0.0), or to the address that they use.",
    .questions = { "The server listens on the right port. Why is the client refused?",
                   "Which addresses would reach a server that is bound to 0.0.0.0?",
                   "For which servers is 127.0.0.1 right?" },
    .program = { refused_client, loopback_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .lab_only = true,
    .expect = { REFUSED },
};

static int privileged_server(const struct actor *a)
{
    struct sockaddr_in own = actor_address(a->own, a->number[ACTOR_PORT]);
    int fd = actor_socket(SOCK_STREAM);
    int bound = (int)actor_tell("bind()", bind(fd, (const struct sockaddr *)&own, sizeof own));
    bool refused = bound < 0 && errno == EACCES;
    socklen_t length = sizeof own;
    actor_tell("listen()", listen(fd, 5));
    getsockname(fd, (struct sockaddr *)&own, &length);
    printf("it listens on port %u now, which nobody knows\n", ntohs(own.sin_port));
    actor_reach(a, READY);
    actor_await(a, TRIED, 1);
    close(fd);
    return !refused;
}

const struct scenario scenario_privileged_port = {
    .name = "privileged-port", .topic = "Mistakes of first programs",
    .says = "a port below 1024: bind() fails with EACCES, and the client finds nobody",
    .lesson = "The server wants port 80. Ports below 1024 are kept for programs with the right to them "
              "(CAP_NET_BIND_SERVICE), so bind() fails with EACCES. This program does not look at it and goes on: "
              "listen() on a socket without a port gets any free one, so it listens somewhere, and the client at port "
              "80 is refused. For exercises take a port of 1024 or more.",
    .questions = { "What does the client see, and does it tell anything about the server's mistake?",
                   "Why are low ports reserved, and who may lift that?",
                   "Where does the server listen in the end, and how could it find out?" },
    .program = { refused_client, privileged_server },
    .number = { [ACTOR_PORT] = { 80, 1, 1023 } },
    .delay = 15 * NS_PER_MS,
    .settings = { { .name = "ipv4/ip_unprivileged_port_start", .value = "1024" } },
    .settings_say = "ports below 1024 are for the privileged, as on most machines; in containers they are sometimes "
                    "for all",
    .lab_only = true,
    .expect = { REFUSED },
};

/* --- htons() --- */

static int swapped_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    printf("sin_port = %u, without htons()\n", a->number[ACTOR_PORT]);
    int fd = try_port(a, (uint16_t)a->number[ACTOR_PORT]);
    if (fd >= 0)
        return talk(a, fd);           /* two equal bytes: swapped, it is the same port */
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    printf("sin_port = htons(%u)\n", a->number[ACTOR_PORT]);
    return talk(a, try_port(a, htons((uint16_t)a->number[ACTOR_PORT])));
}

static int swapped_server(const struct actor *a)
{
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    return answer_one(listening);
}

const struct scenario scenario_byte_swapped_port = {
    .name = "byte-swapped-port", .topic = "Mistakes of first programs",
    .says = "htons() forgotten: the client knocks at port 2586 instead of 6666",
    .lesson = "A port stands in sockaddr_in as it stands in the header: the high byte first. 6666 is 1A 0A; on a "
              "machine that keeps the low byte first, without htons() it goes out as 0A 1A, which is 2586. Nobody "
              "listens there, so the client is refused although the server runs. If both programs forget it they meet "
              "at 2586 and seem to work. The capture shows the wrong port at once.",
    .questions = { "Which port does the first SYN go to, and how do its bytes compare with 6666?",
                   "Why do two programs that both forget htons() still meet?",
                   "Which other fields of sockaddr_in need such care?" },
    .program = { swapped_client, swapped_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "server.port == 2586 && handshake == refused && byte_swapped_port", 1 },
        { "server.port == 6666 && handshake == complete && ending == closed && closed_by == client && "
          "stream_bytes.client == 5", 1 },
    },
};

/* Addresses and ports: who chooses them, and who may have them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD, BACKLOG = 5, PORT_LEAST = 20000, PORT_MOST = 29999 };
enum { READY, AGAIN };                /* marks */

/* Takes a client, and serves it until it closes. */
static bool serve(int listening)
{
    int fd = listening < 0 ? -1 : (int)actor_tell("accept()", actor_accept(listening));
    bool well = fd >= 0 && actor_drain(fd) >= 0;
    if (fd >= 0)
        close(fd);
    return well;
}

/* Closes, and knows that the other end has closed too. */
static bool close_both(int fd)
{
    bool well = shutdown(fd, SHUT_WR) == 0 && actor_drain(fd) >= 0;
    close(fd);
    return well;
}

/* Is the address taken, as it must be? */
static bool is_in_use(const struct actor *a, int fd)
{
    bool in_use = actor_tell("bind()", actor_bind(a, fd, a->number[ACTOR_PORT]) ? 0 : -1) < 0 && errno == EADDRINUSE;
    close(fd);
    return in_use;
}

/* --- nobody binds --- */

static int ephemeral_client(const struct actor *a)
{
    unsigned connected = 0;
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < a->number[ACTOR_CLIENTS]; i++) {
        int fd = actor_socket(SOCK_STREAM);
        printf("socket() = %d\n", fd);
        actor_tell_ends(fd);
        connected += actor_tell("connect()", actor_join(a, fd)) == 0;
        actor_tell_ends(fd);
        actor_say(fd, actor_word(a, i));
        actor_rest(a);
        close(fd);
    }
    return connected == a->number[ACTOR_CLIENTS] ? 0 : 1;
}

static int ephemeral_server(const struct actor *a)
{
    unsigned served = 0;
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    for (unsigned i = 0; i < a->number[ACTOR_CLIENTS]; i++)
        served += serve(listening);
    close(listening);
    return served == a->number[ACTOR_CLIENTS] ? 0 : 1;
}

const struct scenario scenario_ephemeral_port = {
    .name = "ephemeral-port", .topic = "Addresses and ports",
    .says = "a client that never calls bind(): connect() gives its socket an address and a port",
    .lesson = "A fresh socket has no address: getsockname() says 0.0.0.0 and port 0. connect() needs one to send the "
              "SYN from, so the kernel chooses: the address of the interface that leads there, and an ephemeral port "
              "that no other connection to this server uses (on Linux 32768 to 60999, net.ipv4.ip_local_port_range). "
              "A server cannot do so: its clients must know its port, so it calls bind().",
    .questions = { "Which call gives the client's socket its port?",
                   "Why do two clients on one host never get the same four numbers?",
                   "Why does a server call bind() and a client hardly ever?" },
    .program = { ephemeral_client, ephemeral_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 2, 1, 10 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "client.port in {32768..60999} && server.port == 6666 && handshake == complete && ending == closed && "
          "closed_by == client && stream_bytes.client == 5", 2 },
    },
};

/* --- the client binds --- */

static int client_port_client(const struct actor *a)
{
    struct actor with = *a;           /* the same, with the client's own port */
    with.number[ACTOR_PORT] = actor_chance(a, 0, PORT_LEAST, PORT_MOST);
    actor_await(a, READY, 1);
    int fd = actor_socket(SOCK_STREAM);
    printf("port %u: ", with.number[ACTOR_PORT]);
    if (actor_tell("bind()", actor_bind(&with, fd, with.number[ACTOR_PORT]) ? 0 : -1) < 0)
        return 1;
    if (actor_tell("connect()", actor_join(a, fd)) < 0 || !actor_say(fd, actor_word(a, 1)))
        return 1;
    actor_tell_ends(fd);
    actor_rest(a);
    if (!close_both(fd))
        return 1;
    printf("the same port once more: ");
    bool in_use = is_in_use(&with, actor_socket(SOCK_STREAM));
    actor_rest(a);
    return in_use ? 0 : 1;
}

static int serve_one(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    bool well = serve(listening);
    close(listening);
    return well ? 0 : 1;
}

const struct scenario scenario_client_port = {
    .name = "client-port", .topic = "Addresses and ports",
    .says = "a client that binds its port before it connects, and cannot have it again at once",
    .lesson = "bind() before connect() fixes the port that the SYN comes from. It is possible, and mostly a mistake: "
              "the client closes first, so its end waits in TIME-WAIT with this port, and the next start of the "
              "program fails in bind() with EADDRINUSE for a minute. A client that leaves the choice to the kernel "
              "gets another port each time and never notices its TIME-WAITs.",
    .questions = { "From which port does the SYN come, and who chose it?",
                   "In which state is the client's end when the second bind() is called?",
                   "Would the second bind() fail, had the server closed first?" },
    .program = { client_port_client, serve_one },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "client.port in {20000..29999} && ending == closed && closed_by == client && state.client == TIME-WAIT && "
          "stream_bytes.client == 5", 1 },
    },
};

/* --- address in use --- */

/* A second server on the same port; SO_REUSEADDR does not help it as long as the first one listens. */
static bool second_is_refused(const struct actor *a)
{
    int plain = actor_socket(SOCK_STREAM), reusing = actor_socket(SOCK_STREAM), one = 1;
    printf("a second socket: ");
    bool refused = is_in_use(a, plain);
    setsockopt(reusing, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    printf("with SO_REUSEADDR: ");
    return is_in_use(a, reusing) && refused;
}

/* What is not in use: the same port of UDP, and of another address of this host. */
static bool others_are_free(const struct actor *a)
{
    struct actor elsewhere = *a;
    int udp = actor_socket(SOCK_DGRAM), tcp = actor_socket(SOCK_STREAM);
    snprintf(elsewhere.own, sizeof elsewhere.own, "127.0.0.9");
    printf("a UDP socket, the same port: ");
    bool free_udp = actor_tell("bind()", actor_bind(a, udp, a->number[ACTOR_PORT]) ? 0 : -1) == 0;
    printf("127.0.0.9, the same port: ");
    bool free_tcp = actor_tell("bind()", actor_bind(&elsewhere, tcp, a->number[ACTOR_PORT]) ? 0 : -1) == 0;
    close(udp);
    close(tcp);
    return free_udp && free_tcp;
}

static int in_use_server(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    printf("the first socket listens on port %u\n", a->number[ACTOR_PORT]);
    bool refused = second_is_refused(a), others = others_are_free(a);
    actor_reach(a, READY);
    bool served = serve(listening);
    close(listening);
    return served && refused && others ? 0 : 1;
}

static int say_and_close(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_rest(a);
    close(fd);
    return 0;
}

const struct scenario scenario_address_in_use = {
    .name = "address-in-use", .topic = "Addresses and ports",
    .says = "bind() of an address and port that another socket listens on: EADDRINUSE, and what is not in use",
    .lesson = "Only one socket may listen on an address and a port: the second bind() fails with EADDRINUSE, mostly "
              "because the same server still runs in another terminal. SO_REUSEADDR changes nothing while the first "
              "one listens. Ports of TCP and UDP are two things, and so are the same ports of two addresses of one "
              "host: these bind() succeed. The wire shows nothing of all this; the first server goes on and serves "
              "its client.",
    .questions = { "Which of the bind() calls fail, and what do the others have different?",
                   "What would `ss -ltnp` show while the first server runs?",
                   "Does the wire show a bind() that failed?" },
    .program = { say_and_close, in_use_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "udp", 0 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 5", 1 },
    },
};

/* --- one address of several --- */

/* A socket of IPv6; `any`: bound to every address, IPv4's too. */
static int listen_on_all(uint32_t port)
{
    struct sockaddr_in6 all = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_any };
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    actor_tell("bind() to every address", bind(fd, (const struct sockaddr *)&all, sizeof all));
    listen(fd, BACKLOG);
    return fd;
}

static int one_address_server(const struct actor *a)
{
    int one = actor_listen(a, BACKLOG), all = listen_on_all(a->number[ACTOR_PORT] + 1);
    actor_reach(a, READY);
    bool at_one = serve(one), first = serve(all), second = serve(all);
    close(one);
    close(all);
    return at_one && first && second ? 0 : 1;
}

/* Connects to the server's address of IPv6, says a word, closes. */
static bool visit6(const struct actor *a, uint32_t port)
{
    struct sockaddr_in6 server = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, lab_addresses6[LAB_SERVER], &server.sin6_addr);
    printf("%s, port %u: ", lab_addresses6[LAB_SERVER], port);
    bool well = actor_tell("connect()", connect(fd, (const struct sockaddr *)&server, sizeof server)) == 0 &&
                actor_say(fd, actor_word(a, port));
    close(fd);
    return well;
}

static bool visit(const struct actor *a, uint32_t port)
{
    struct actor there = *a;
    there.number[ACTOR_PORT] = port;
    int fd = actor_socket(SOCK_STREAM);
    printf("%s, port %u: ", a->peer, port);
    bool well = actor_tell("connect()", actor_join(&there, fd)) == 0 && actor_say(fd, actor_word(a, port));
    actor_rest(a);
    close(fd);
    return well;
}

static int one_address_client(const struct actor *a)
{
    uint32_t port = a->number[ACTOR_PORT];
    actor_await(a, READY, 1);
    bool one = visit(a, port), other = visit6(a, port);
    bool all = visit(a, port + 1), all6 = visit6(a, port + 1);
    return one && !other && all && all6 ? 0 : 1;
}

const struct scenario scenario_one_address = {
    .name = "one-address", .topic = "Addresses and ports",
    .says = "a server bound to one of its host's addresses is refused at the other one; bound to all, it answers at "
            "both",
    .lesson = "The server's host has two addresses. bind() with one of them makes a socket that exists only there: a "
              "SYN to the other address finds no socket and is answered with RST, although a server listens on that "
              "very port. bind() with the address of all zeros (INADDR_ANY, in6addr_any) takes every address; a "
              "socket of IPv6 so bound also takes IPv4, unless IPV6_V6ONLY is set.",
    .questions = { "Which of the four connect() is refused, and who sends the RST?",
                   "What does the server's second socket have different?",
                   "Why do servers often listen on 0.0.0.0, and when is it wiser not to?" },
    .program = { one_address_client, one_address_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65534 } },
    .delay = 15 * NS_PER_MS,
    .lab_only = true,
    .expect = {
        { "tcp", 4 },
        { "server.addr == 10.9.0.1 && server.port == 6666 && ending == closed", 1 },
        { "server.addr == fd09::1 && server.port == 6666 && handshake == refused", 1 },
        { "server.addr == 10.9.0.1 && server.port == 6667 && ending == closed", 1 },
        { "server.addr == fd09::1 && server.port == 6667 && ending == closed", 1 },
    },
};

/* --- SO_REUSEADDR --- */

static int reuse_server(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)) || !close_both(fd))
        return 1;
    close(listening);
    actor_rest(a);
    printf("started again, without SO_REUSEADDR: ");
    bool in_use = is_in_use(a, actor_socket(SOCK_STREAM));
    listening = actor_listen(a, BACKLOG);
    printf("with SO_REUSEADDR: ");
    actor_tell("bind()", listening < 0 ? -1 : 0);
    actor_reach(a, AGAIN);
    bool served = serve(listening);
    close(listening);
    return in_use && served ? 0 : 1;
}

static int reuse_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    int64_t heard = fd < 0 ? -1 : actor_drain(fd);
    close(fd);
    actor_await(a, AGAIN, 1);
    fd = actor_connect(a);
    if (fd < 0 || heard != WORDS || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_rest(a);
    close(fd);
    return 0;
}

const struct scenario scenario_reuse_address = {
    .name = "reuse-address", .topic = "Addresses and ports",
    .says = "a server that closed first is started again: bind() fails over TIME-WAIT, and works with SO_REUSEADDR",
    .lesson = "The server closed its connection first, so the end in TIME-WAIT is the server's, with the server's "
              "port. Nothing listens any more, but for a minute bind() of this port fails with EADDRINUSE: the famous "
              "fault of servers that are started again. setsockopt(SO_REUSEADDR) before bind() says that old "
              "connections in TIME-WAIT do not matter. On Linux the first server must have set it as well; every "
              "server should.",
    .questions = { "At which end is TIME-WAIT after the first connection, and why there?",
                   "Between which calls must SO_REUSEADDR be set?",
                   "Why is it safe to listen again while an old connection is in TIME-WAIT?" },
    .program = { reuse_client, reuse_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "closed_by == server && ending == closed && state.server == TIME-WAIT && stream_bytes.server == 5", 1 },
        { "closed_by == client && ending == closed && state.client == TIME-WAIT && stream_bytes.client == 5", 1 },
    },
};

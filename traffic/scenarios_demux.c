/* Which socket gets it: how the kernel finds the socket of what arrives. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { CLIENTS_MOST = 8, ROOM = 64, QUIET_MS = 300 };
enum { READY, HEARD };                /* marks */

static unsigned port_of(int fd)
{
    struct sockaddr_in own = { 0 };
    socklen_t size = sizeof own;
    getsockname(fd, (struct sockaddr *)&own, &size);
    return ntohs(own.sin_port);
}

/* The same host on the next port. */
static struct actor next_door(const struct actor *a)
{
    struct actor next = *a;
    next.number[ACTOR_PORT]++;
    return next;
}

/* --- TCP: two clients, two sockets of one port --- */

static int demux_client(const struct actor *a)
{
    int fd[CLIENTS_MOST];
    char answer[ROOM];
    unsigned count = a->number[ACTOR_CLIENTS];
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < count; i++) {
        if ((fd[i] = actor_connect(a)) < 0)
            return 1;
        printf("connect() of socket %u: its own port is %u\n", i + 1, port_of(fd[i]));
        actor_nap(actor_chance(a, count + i, 1, 20));
    }
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < count; i++)
        actor_say(fd[i], actor_word(a, i));
    for (unsigned i = 0; i < count; i++)
        printf("socket %u heard \"%.*s\"\n", i + 1, (int)actor_hear(fd[i], answer, ACTOR_WORD), answer);
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < count; i++)
        close(fd[i]);
    return 0;
}

/* Answers the one that came last first. */
static int demux_server(const struct actor *a)
{
    int fd[CLIENTS_MOST];
    char words[ROOM];
    unsigned count = a->number[ACTOR_CLIENTS];
    int listening = actor_listen(a, CLIENTS_MOST);
    actor_reach(a, READY);
    for (unsigned i = 0; i < count; i++)
        if (listening < 0 || (fd[i] = actor_accept(listening)) < 0)
            return 1;
    for (unsigned i = count; i--;) {
        size_t got = actor_hear(fd[i], words, ACTOR_WORD);
        printf("socket %u of port %u heard \"%.*s\"\n", i + 1, port_of(fd[i]), (int)got, words);
        send(fd[i], words, got, 0);
    }
    actor_reach(a, HEARD);
    for (unsigned i = 0; i < count; i++) {
        recv(fd[i], words, sizeof words, 0);
        close(fd[i]);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_demux = {
    .name = "demux", .topic = "Which socket gets it",
    .says = "two TCP clients, two sockets of the server on one port: the four numbers choose",
    .lesson = "Two sockets of one client host connect to the same address and port. The server's program then has "
              "three sockets, all on that port: the listening one, and one from accept() for each client. What "
              "arrives is given to the socket whose four numbers fit: both addresses and both ports. The clients have "
              "the same address here, so only their own ports tell them apart. The listening socket gets what opens "
              "connections, and no data.",
    .questions = { "In which of the four numbers do the two connections differ?",
                   "How many sockets of the server have port 6666 at the same time?",
                   "To which socket is a SYN from a third client given, and to which its data?" },
    .program = { demux_client, demux_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 2, 2, CLIENTS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "server.port == 6666 && handshake == complete && ending == closed && closed_by == client && "
          "stream_bytes.client == 5 && stream_bytes.server == 5", 2 },
    },
};

/* --- UDP: two senders, one socket; and another socket next to it --- */

static int demux_udp_client(const struct actor *a)
{
    char answer[ROOM];
    int fd[] = { actor_datagrams(a), actor_datagrams(a) };
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct sockaddr_in to = actor_address(a->peer, a->number[ACTOR_PORT] + i / 2);
        if (actor_send_to(fd[i % 2], actor_word(a, i), ACTOR_WORD, &to) < 0)
            return 1;
        printf("socket %u, port %u: sendto() port %u\n", i % 2 + 1, port_of(fd[i % 2]), ntohs(to.sin_port));
        actor_nap(actor_chance(a, 4 + i, 1, 20));
    }
    for (unsigned i = 0; i < 4; i++)
        actor_hear_from(fd[i % 2], answer, sizeof answer, NULL);
    actor_nap(QUIET_MS);
    close(fd[0]);
    close(fd[1]);
    return 0;
}

static int demux_udp_server(const struct actor *a)
{
    char words[ROOM];
    struct sockaddr_in from = { 0 };
    struct actor next = next_door(a);
    int fd[] = { actor_bind_datagrams(a), actor_bind_datagrams(&next) };
    actor_reach(a, READY);
    if (fd[0] < 0 || fd[1] < 0)
        return 1;
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < 4; i++) {
        printf("socket %u, port %u: ", i / 2 + 1, port_of(fd[i / 2]));
        ssize_t got = actor_tell_from(actor_hear_from(fd[i / 2], words, sizeof words, &from), &from);
        if (got > 0)
            actor_send_to(fd[i / 2], words, (size_t)got, &from);
    }
    close(fd[0]);
    close(fd[1]);
    return 0;
}

const struct scenario scenario_demux_udp = {
    .name = "demux-udp", .topic = "Which socket gets it",
    .says = "two UDP senders reach one socket: the destination alone chooses, not who sent it",
    .lesson = "The server has two UDP sockets, on neighbouring ports; two sockets of the client send to both. Each "
              "datagram is given to the socket bound to its destination address and port, so both senders come out of "
              "the same socket, and recvfrom() has to tell who it was. TCP's rule asks for four numbers; UDP's for "
              "two, unless the socket called connect(). Which of the client's sockets an answer reaches is again "
              "decided by its destination port.",
    .questions = { "How many flows are there, and how many sockets on each host?",
                   "Which numbers of a datagram choose the server's socket, and which are only told to its program?",
                   "How does the client's kernel find the right socket for an answer?" },
    .program = { demux_udp_client, demux_udp_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65534 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp", 4 },
        { "server.port == 6666 && status == replied && datagrams.client == 1 && datagrams.server == 1", 2 },
        { "server.port == 6667 && status == replied && datagrams.client == 1 && datagrams.server == 1", 2 },
    },
};

/* --- one client port for two connections --- */

/* SO_REUSEADDR at both sockets lets the second one have the port of the first. */
static int connect_from(const struct actor *a, unsigned port)
{
    int fd = actor_socket(SOCK_STREAM), one = 1;
    struct sockaddr_in own = actor_address(a->own, port), server = actor_address(a->peer, a->number[ACTOR_PORT]);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    actor_tell("bind()", bind(fd, (const struct sockaddr *)&own, sizeof own));
    if (actor_tell("connect()", connect(fd, (const struct sockaddr *)&server, sizeof server)) < 0)
        return -1;
    printf("    own port %u, server's port %u\n", port_of(fd), a->number[ACTOR_PORT]);
    return fd;
}

static int four_client(const struct actor *a)
{
    struct actor next = next_door(a);
    char answer[ACTOR_WORD];
    actor_await(a, READY, 1);
    int first = connect_from(a, 0), second = first < 0 ? -1 : connect_from(&next, port_of(first));
    if (second < 0)
        return 1;
    actor_say(second, actor_word(a, 2));
    actor_say(first, actor_word(a, 1));
    printf("first heard %zu bytes\n", actor_hear(first, answer, sizeof answer));
    printf("second heard %zu bytes\n", actor_hear(second, answer, sizeof answer));
    actor_nap(QUIET_MS);
    close(first);
    close(second);
    return 0;
}

static int four_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    struct actor next = next_door(a);
    int listening[] = { actor_listen(a, 5), actor_listen(&next, 5) }, fd[2];
    actor_reach(a, READY);
    for (unsigned i = 0; i < 2; i++)
        if (listening[i] < 0 || (fd[i] = actor_accept(listening[i])) < 0)
            return 1;
    for (unsigned i = 0; i < 2; i++)
        send(fd[i], words, actor_hear(fd[i], words, sizeof words), 0);
    for (unsigned i = 0; i < 2; i++) {
        actor_drain(fd[i]);
        close(fd[i]);
        close(listening[i]);
    }
    return 0;
}

const struct scenario scenario_four_tuple = {
    .name = "four-tuple", .topic = "Which socket gets it",
    .says = "one port of the client carries two connections at once: they differ in the server's port alone",
    .lesson = "The client binds two sockets to the same address and port, which SO_REUSEADDR allows, and connects "
              "them to two ports of the same server. Three of the four numbers are equal, and it works: a connection "
              "is its four numbers, not a port. Therefore a host is not limited to 65,535 connections, and a server's "
              "port can have as many as it has memory for. Only all four equal would be refused (EADDRNOTAVAIL).",
    .questions = { "Which of the four numbers tells the two connections apart?",
                   "How many connections can one client port have to one server port?",
                   "Why does a client rarely call bind()?" },
    .program = { four_client, four_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65534 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 5 && "
          "stream_bytes.server == 5", 2 },
        { "server.port == 6666", 1 },
        { "server.port == 6667", 1 },
    },
};

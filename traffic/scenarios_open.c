/* Opening a connection. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD, BACKLOG = 5 };
enum { READY, CONNECTED, FULL, TAKEN };     /* marks */

/* --- the procedure --- */

static int handshake_client(const struct actor *a)
{
    char answer[WORDS];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, "hello"))
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, answer, sizeof answer));
    actor_rest(a);
    close(fd);
    return 0;
}

static int handshake_server(const struct actor *a)
{
    char words[WORDS];
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
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
    .lesson = "connect() sends a SYN and waits. The server's kernel answers for the listening socket with SYN,ACK, "
              "whether accept() was called or not; the client's ACK completes the handshake, and connect() returns "
              "after one round trip (and one more where ARP must ask for the link address first). accept() then gives "
              "the server's program a new socket for this client.",
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

/* --- the order of accept() --- */

/* Begins to connect and does not wait. */
static int begin_to_connect(const struct actor *a)
{
    int fd = actor_socket(SOCK_STREAM);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (fd >= 0)
        actor_tell("first: connect()", actor_join(a, fd));
    return fd;
}

static int order_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int first = begin_to_connect(a), second = actor_connect(a);
    actor_tell("second: connect()", second < 0 ? -1 : 0);
    if (first < 0 || second < 0 || !actor_poll(a, first, POLLOUT))
        return 1;
    printf("first: now it is connected, too\n");
    actor_say(first, "first");
    actor_say(second, "other");
    actor_rest(a);
    actor_reach(a, CONNECTED);
    int64_t left = actor_drain(second);
    fcntl(first, F_SETFL, 0);
    left += actor_drain(first);
    close(second);
    close(first);
    return left == 0 ? 0 : 1;
}

/* The first letter of what the next client says. */
static char serve_next(const struct actor *a, int listening)
{
    char words[WORDS] = "?";
    int fd = actor_accept(listening);
    size_t heard = fd < 0 ? 0 : actor_hear(fd, words, sizeof words);
    printf("accept(): a client that says \"%.*s\"\n", (int)heard, words);
    actor_rest(a);
    if (fd >= 0)
        close(fd);
    return words[0];
}

static int order_server(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    actor_await(a, CONNECTED, 1);
    if (listening < 0)
        return 1;
    char one = serve_next(a, listening), two = serve_next(a, listening);
    close(listening);
    return one == 'o' && two == 'f' ? 0 : 1;
}

const struct scenario scenario_accept_order = {
    .name = "accept-order", .topic = "Opening a connection",
    .says = "accept() gives connections in the order in which their handshakes were completed, not in that of "
            "connect()",
    .lesson = "Two sockets connect, one right after the other, but the first SYN is lost and sent again a second "
              "later. By then the second handshake is complete. What is complete waits in the accept queue, first "
              "come, first served: accept() gives the second client first, though the first one called connect() "
              "earlier. What a client sends before it is accepted waits in its socket's receive queue; the kernel "
              "acknowledges it.",
    .questions = { "Which of the two SYNs left first, and which connection was first ESTABLISHED?",
                   "How long does the client's kernel wait before it sends the lost SYN again?",
                   "Who acknowledges data of a connection that nobody has accepted yet?" },
    .program = { order_client, order_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client SYN 1" },
    .lab_only = true,
    .expect = {
        { "tcp", 2 },
        { "handshake == complete && ending == closed && closed_by == server && stream_bytes.client == 5", 2 },
        { "id == 1 && retransmission && duration > 1s", 1 },
        { "id == 2 && state.server == TIME-WAIT", 1 },
    },
};

/* --- the accept queue is full --- */

/* A client that connects and says a word that nobody may ever read. */
static int connect_and_say(const struct actor *a, unsigned which)
{
    int fd = actor_connect(a);
    printf("client %u: ", which);
    actor_tell("connect()", fd < 0 ? -1 : 0);
    if (fd >= 0)
        actor_say(fd, actor_word(a, which));
    return fd;
}

/* Was it cut off, never having been accepted? */
static bool was_reset(int fd, unsigned which)
{
    char byte;
    printf("client %u: ", which);
    bool reset = actor_tell("recv()", recv(fd, &byte, 1, 0)) < 0 && errno == ECONNRESET;
    close(fd);
    return reset;
}

static int backlog_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int first = connect_and_say(a, 1), second = connect_and_say(a, 2), third = connect_and_say(a, 3);
    bool given_up = third < 0 && errno == ETIMEDOUT;
    actor_reach(a, FULL);
    actor_await(a, TAKEN, 1);
    int fourth = connect_and_say(a, 4);
    actor_rest(a);
    actor_reach(a, CONNECTED);
    if (first < 0 || second < 0 || fourth < 0)
        return 1;
    printf("client 1: ");
    bool closed = actor_tell("recv()", actor_drain(first)) == 0;
    close(first);
    bool second_reset = was_reset(second, 2), fourth_reset = was_reset(fourth, 4);
    return given_up && closed && second_reset && fourth_reset ? 0 : 1;
}

static int backlog_server(const struct actor *a)
{
    char words[WORDS];
    int listening = actor_listen(a, 1);
    actor_reach(a, READY);
    actor_await(a, FULL, 1);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    printf("accept(): there is room for one more\n");
    actor_hear(fd, words, sizeof words);
    actor_reach(a, TAKEN);
    actor_await(a, CONNECTED, 1);
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_backlog = {
    .name = "backlog", .topic = "Opening a connection",
    .says = "listen(fd, 1) and no accept(): the accept queue fills, and the next client's SYN gets no answer",
    .lesson = "The kernel completes handshakes by itself and puts them into the listening socket's accept queue. Its "
              "length is the second number of listen() (Linux keeps one more). Who is in the queue believes to be "
              "connected and may send. Once the queue is full, Linux drops each further SYN without a word: connect() "
              "sends again and again and fails at last with ETIMEDOUT. One accept() makes room for one. What was "
              "never accepted when the server closes its listening socket is reset.",
    .questions = { "How many clients are connected although accept() was never called?",
                   "What does the third client see, and can it tell a full queue from a host that is off?",
                   "Why does the fourth client get through?",
                   "What becomes of the clients that still wait in the queue when the server ends?" },
    .program = { backlog_client, backlog_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .settings = { { "ipv4/tcp_syn_retries", "1", { [LAB_SERVER] = true } },
                  { "ipv4/tcp_syn_linear_timeouts", "0", { [LAB_SERVER] = true } } },
    .settings_say = "the client's kernel gives up after 2 SYNs and 3 s here, not after 7 or more and two minutes",
    .lab_only = true,
    .unseen = "After its last SYN the third client's end is CLOSED: its kernel has given up, and no segment says so.",
    .differs = { "client kernel: no socket, wire: SYN-SENT" },
    .expect = {
        { "tcp", 4 },
        { "handshake == complete", 3 },
        { "id == 3 && handshake == no_answer && segments.client == 2 && segments.server == 0", 1 },
        { "id == 3 && state.client == SYN-SENT", 1 },
        { "no_answer", 1 },
        { "id == 1 && ending == closed && closed_by == server", 1 },
        { "ending == reset && closed_by == server && stream_bytes.client == 5 && stream_bytes.server == 0", 2 },
    },
};

/* --- two connect() meet --- */

static int meet(const struct actor *a)
{
    char words[WORDS];
    int fd = actor_socket(SOCK_STREAM);
    if (fd < 0 || !actor_bind(a, fd, a->number[ACTOR_PORT]))
        return -1;
    actor_reach(a, READY);
    actor_await(a, READY, 1);
    if (actor_tell("connect()", actor_join(a, fd)) < 0 || !actor_say(fd, actor_word(a, 0)))
        return -1;
    printf("heard %zu bytes\n", actor_hear(fd, words, sizeof words));
    return fd;
}

static int meet_client(const struct actor *a)
{
    int fd = meet(a);
    actor_rest(a);
    close(fd);
    return fd < 0;
}

static int meet_server(const struct actor *a)
{
    int fd = meet(a);
    bool well = fd >= 0 && actor_drain(fd) == 0;
    close(fd);
    return well ? 0 : 1;
}

const struct scenario scenario_simultaneous_open = {
    .name = "simultaneous-open", .topic = "Opening a connection",
    .says = "both ends bind a port and connect() to each other: two SYNs cross, and nobody ever listens",
    .lesson = "Each end is bound to its port and calls connect() before the other one's SYN has arrived. In SYN-SENT "
              "a SYN without ACK comes in: the end goes to SYN-RECEIVED and answers SYN,ACK. Both connect() return, "
              "it is one connection, and neither end called listen() or accept(). The wire is long here (100 ms each "
              "way), so that the SYNs cross for certain.",
    .questions = { "How many connections come of it, and which end is the client?",
                   "Which state does an end go to when it gets a SYN in SYN-SENT?",
                   "What would the answer have been, had one SYN arrived before the other end called connect()?" },
    .program = { meet_client, meet_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 100 * NS_PER_MS,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == simultaneous && opened_by == both && ending == closed && stream_bytes.client == 5 && "
          "stream_bytes.server == 5", 1 },
        { "path.client contains SYN-SENT && path.client contains SYN-RECEIVED", 1 },
        { "path.server contains SYN-SENT && path.server contains SYN-RECEIVED", 1 },
        { "TIME-WAIT", 1 },
    },
};

/* Mistakes of first programs, and how they look on the wire: with a connection that stands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { ROOM = 4096, CLIENTS_MOST = 8, QUIET_MS = 300, SERVE_MS = 250, SMALL_BUFFER = 16 * 1024 };
enum { READY, SENT, HEARD };          /* marks */

static int listens(const struct actor *a)
{
    int listening = actor_listen(a, CLIENTS_MOST);
    actor_reach(a, READY);
    return listening;
}

/* --- close() forgotten --- */

static int forgotten_client(const struct actor *a)
{
    char answer[ACTOR_WORD];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, answer, sizeof answer));
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    actor_tell("close()", close(fd));
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    return 0;
}

static int forgotten_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    int listening = listens(a), fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    send(fd, words, actor_hear(fd, words, sizeof words), 0);
    actor_tell("recv()", recv(fd, words, sizeof words, 0));
    puts("the client is gone; on to the next one, and the old socket stays open");
    actor_reach(a, HEARD);
    actor_stay();
    return 0;
}

const struct scenario scenario_forgotten_close = {
    .name = "forgotten-close", .topic = "Mistakes of first programs",
    .says = "the server never calls close(): its end stays in CLOSE-WAIT, and the client's in FIN-WAIT-2",
    .lesson = "The client closes; the server's recv() gives 0, and its program turns to the next client without "
              "close(). Its kernel has acknowledged the FIN and waits in CLOSE-WAIT for the program, without any time "
              "limit. The client's end waits in FIN-WAIT-2, which Linux gives up after a minute when nobody holds "
              "that socket any more. Each such client costs the server a socket, until accept() fails with EMFILE. "
              "Sockets in CLOSE-WAIT that stay are always this mistake.",
    .questions = { "Which segment is missing, and whose program would have to cause it?",
                   "How long does CLOSE-WAIT last?",
                   "What happens to the socket when the server's program ends?" },
    .program = { forgotten_client, forgotten_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .server_stays = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == half_closed && closed_by == client && close_wait_at_end && "
          "state.client == FIN-WAIT-2 && state.server == CLOSE-WAIT", 1 },
    },
};

/* --- one after the other --- */

static int iterative_client(const struct actor *a)
{
    int fd[CLIENTS_MOST];
    char answer[ACTOR_WORD];
    unsigned count = a->number[ACTOR_CLIENTS];
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < count; i++) {
        if ((fd[i] = actor_connect(a)) < 0 || !actor_say(fd[i], actor_word(a, i)))
            return 1;
        printf("client %u is connected and has asked\n", i + 1);
    }
    actor_nap(QUIET_MS);
    actor_reach(a, SENT);
    for (unsigned i = 0; i < count; i++) {
        printf("client %u heard %zu bytes\n", i + 1, actor_hear(fd[i], answer, sizeof answer));
        close(fd[i]);
    }
    return 0;
}

static int iterative_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    int listening = listens(a);
    actor_await(a, SENT, 1);
    for (unsigned i = 0; i < a->number[ACTOR_CLIENTS]; i++) {
        int fd = listening < 0 ? -1 : actor_accept(listening);
        if (fd < 0)
            return 1;
        printf("accept(): client %u\n", i + 1);
        size_t got = actor_hear(fd, words, sizeof words);
        actor_nap(SERVE_MS + actor_chance(a, i, 0, 30));
        send(fd, words, got, 0);
        actor_tell("recv()", recv(fd, words, sizeof words, 0));
        close(fd);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_iterative = {
    .name = "iterative", .topic = "Mistakes of first programs",
    .says = "an iterative server with three clients at once: all are connected, one is served",
    .lesson = "The server serves one client to its end before it calls accept() again. All three clients connect at "
              "once and send their request: the kernel completes the handshakes and even takes the data, which waits "
              "in the accept queue with the connection. Only the answers come late, the third after the first two are "
              "done. Nothing on the wire is wrong; it is a program that is busy. Threads, processes or poll() would "
              "serve them together.",
    .questions = { "How long did each client wait for its answer?",
                   "Who acknowledged the third client's data, before accept() was called for it?",
                   "What would the clients see if the backlog were smaller?" },
    .program = { iterative_client, iterative_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 3, 2, CLIENTS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 3 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 5 && "
          "stream_bytes.server == 5", 3 },
    },
};

/* --- one recv() taken for one message --- */

static int one_recv_client(const struct actor *a)
{
    size_t half = a->number[ACTOR_SIZE] / 2, rest = a->number[ACTOR_SIZE] - half;
    char *message = calloc(1, a->number[ACTOR_SIZE]);
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !message)
        return 1;
    memset(message, *actor_word(a, 0), a->number[ACTOR_SIZE]);
    actor_tell("send() of the first half", send(fd, message, half, 0));
    actor_await(a, HEARD, 1);
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    actor_tell("send() of the other half", send(fd, message + half, rest, 0));
    actor_await(a, HEARD, 2);
    free(message);
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int one_recv_server(const struct actor *a)
{
    char bytes[ROOM];
    int listening = listens(a), fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    ssize_t got = actor_tell("recv()", recv(fd, bytes, sizeof bytes, 0));
    printf("a message should have %u bytes: %s\n", a->number[ACTOR_SIZE],
           got < (ssize_t)a->number[ACTOR_SIZE] ? "this is only a part, and a program that goes on works on half of it"
                                                : "this is all of it, this time");
    actor_reach(a, HEARD);
    for (int64_t all = got; got > 0 && all < a->number[ACTOR_SIZE]; all += got)
        got = actor_tell("recv() again", recv(fd, bytes, sizeof bytes, 0));
    actor_reach(a, HEARD);
    actor_drain(fd);
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_one_recv = {
    .name = "one-recv", .topic = "Mistakes of first programs",
    .says = "one recv() taken for one message: it gives what is there, and that may be a part",
    .lesson = "The server expects messages of 1200 bytes and calls recv() once. recv() does not wait for 1200 bytes: "
              "it gives what has arrived, here the first half. On one machine all of it mostly comes together, so the "
              "program works there and fails at the customer's. A program must call recv() until its message is "
              "complete, which it can only know by a length, a mark at the end, or the end of the stream.",
    .questions = { "How many bytes did each recv() give, and in which frames did they come?",
                   "Why does this mistake hide when both programs run on one machine?",
                   "What does MSG_WAITALL change, and what not?" },
    .program = { one_recv_client, one_recv_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 1200, 2, 2800 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 1200", 1 },
    },
};

/* --- send() may take less --- */

/* Does not wait for room, so it takes what fits into the send buffer. */
static ssize_t send_once(int fd, const char *bytes, size_t size)
{
    return actor_tell("send()", send(fd, bytes, size, MSG_DONTWAIT));
}

static int connect_small(const struct actor *a)
{
    int fd = actor_connect(a), buffer = SMALL_BUFFER;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    return fd;
}

static int partial_client(const struct actor *a)
{
    size_t size = a->number[ACTOR_SIZE], sent = 0;
    char *bytes = malloc(size);
    actor_await(a, READY, 1);
    int careless = connect_small(a);
    if (careless < 0 || !bytes)
        return 1;
    memset(bytes, *actor_word(a, 0), size);
    printf("%zu bytes are to be sent, by a program that calls send() once:\n", size);
    send_once(careless, bytes, size);
    actor_nap(QUIET_MS);
    actor_reach(a, SENT);
    close(careless);
    actor_await(a, HEARD, 1);
    int careful = connect_small(a);
    ssize_t taken = careful < 0 ? -1 : send_once(careful, bytes, size);
    for (sent = taken > 0 ? (size_t)taken : 0; taken > 0 && sent < size; sent += taken > 0 ? (size_t)taken : 0)
        taken = send(careful, bytes + sent, size - sent, 0);
    printf("the other one goes on with the rest: %zu bytes\n", sent);
    free(bytes);
    actor_nap(actor_chance(a, 1, QUIET_MS, QUIET_MS + 50));
    close(careful);
    return sent < size;
}

static int partial_server(const struct actor *a)
{
    int listening = actor_listen(a, CLIENTS_MOST), buffer = SMALL_BUFFER;
    setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);     /* for those that accept() gives */
    actor_reach(a, READY);
    for (unsigned i = 0; i < 2; i++) {
        int fd = listening < 0 ? -1 : actor_accept(listening);
        if (fd < 0)
            return 1;
        actor_await(a, SENT, 1);      /* what does not fit into both buffers stays with the client */
        printf("%lld of %u bytes came\n", (long long)actor_drain(fd), a->number[ACTOR_SIZE]);
        close(fd);
        actor_reach(a, HEARD);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_partial_send = {
    .name = "partial-send", .topic = "Mistakes of first programs",
    .says = "send() may take less than it was given: the rest is the program's to send",
    .lesson = "send() copies into the socket's send buffer and returns how much that was. A nonblocking socket takes "
              "what fits now, and no more; a blocking one may stop early too, when a signal or its time limit comes. "
              "The first client does not look at the number and closes: the server gets a part, and the stream ends "
              "properly, so nobody is told. The second goes on with what is left until all is sent.",
    .questions = { "How many bytes did the first send() take, and what limits that?",
                   "Does the capture show that something is missing?",
                   "Why did the server's recv() report no error?" },
    .program = { partial_client, partial_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 100000, 90000, 1000000 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client < 100000", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 100000", 1 },
    },
    .unseen = "Once the first client has called close(), its kernel is in FIN-WAIT-1 although the FIN still waits "
              "behind data in the send buffer; the wire shows ESTABLISHED until the FIN leaves.",
};

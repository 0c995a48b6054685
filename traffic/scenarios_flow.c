/* Flow control: how fast a sender may send, and when small pieces leave. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { SMALL_BUFFER = 16 * 1024, PIECE = 2048, PROBES_MS = 1500, QUIET_MS = 300, SMALL_SENDS_MOST = 10 };
enum { READY, SENDING, HEARD, SET };  /* marks */

/* --- a reader that is slow, or does not read at all --- */

static int flood_client(const struct actor *a)
{
    size_t size = a->number[ACTOR_SIZE];
    char *bytes = malloc(size);
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !bytes)
        return 1;
    memset(bytes, *actor_word(a, 0), size);
    actor_reach(a, SENDING);
    actor_tell("send()", send(fd, bytes, size, 0));
    free(bytes);
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

/* A small receive buffer; the socket that accept() gives inherits it. */
static int accept_small(const struct actor *a, int *listening)
{
    int buffer = SMALL_BUFFER;
    *listening = actor_listen(a, 5);
    setsockopt(*listening, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    actor_reach(a, READY);
    return *listening < 0 ? -1 : actor_accept(*listening);
}

static int hear_all(const struct actor *a, int fd, unsigned nap_ms)
{
    char bytes[PIECE];
    size_t heard = 0;
    while (heard < a->number[ACTOR_SIZE]) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0)
            break;
        heard += (size_t)got;
        if (nap_ms)
            actor_nap(nap_ms);
    }
    printf("recv(), again and again: %zu bytes\n", heard);
    actor_reach(a, HEARD);
    actor_tell("recv()", recv(fd, bytes, sizeof bytes, 0));
    return heard == a->number[ACTOR_SIZE] ? 0 : 1;
}

static int busy_server(const struct actor *a)
{
    int listening, fd = accept_small(a, &listening);
    if (fd < 0)
        return 1;
    actor_await(a, SENDING, 1);
    puts("busy with something else");
    actor_nap(PROBES_MS);
    int status = hear_all(a, fd, 0);
    close(fd);
    close(listening);
    return status;
}

const struct scenario scenario_zero_window = {
    .name = "zero-window", .topic = "Flow control",
    .says = "a program that does not read: its window shrinks to 0, the sender probes it, then an update opens it",
    .lesson = "The server's program does not call recv() for a while. Its kernel takes what fits into the receive "
              "buffer and acknowledges it, each time with a smaller window, at last with 0: the client's kernel must "
              "stop. It keeps what is left in its own buffer; were that full too, send() would block. A window update "
              "could be lost, so the client's persist timer asks now and then (zero window probes), each wait twice "
              "as long. When the program reads, an update opens the window and the rest follows.",
    .questions = { "Whose buffer is full when the window is 0: the client's, the network's or the server's?",
                   "What do the probes prevent?",
                   "How long was the window closed, and which call opened it?",
                   "Were any bytes lost?" },
    .program = { flood_client, busy_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 60000, 40000, 500000 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 60000", 1 },
        { "min_window.server == 0 && analysis.server.zero_window >= 1 && analysis.client.zero_window_probe >= 1", 1 },
        { "analysis.server.window_update >= 1 && duration > 1.2s", 1 },
    },
};

static int slow_server(const struct actor *a)
{
    int listening, fd = accept_small(a, &listening);
    if (fd < 0)
        return 1;
    int status = hear_all(a, fd, actor_chance(a, 0, 20, 30));
    close(fd);
    close(listening);
    return status;
}

const struct scenario scenario_slow_reader = {
    .name = "slow-reader", .topic = "Flow control",
    .says = "a program that reads slowly: the window makes the sender just as slow",
    .lesson = "The server's program takes 2048 bytes and then does something else for some milliseconds, again and "
              "again. The client could send much faster, but each acknowledgement tells it how much room is left in "
              "the server's buffer, and more may not be on the way. So the slowest part, the program that reads, sets "
              "the pace, and not a byte is lost. With UDP the kernel would throw away what does not fit.",
    .questions = { "How many bytes a second does the server's program read, and how many does the client send?",
                   "What is the smallest window that the server tells?",
                   "Why does the server not tell each small piece of room at once?" },
    .program = { flood_client, slow_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_SIZE] = { 60000, 40000, 300000 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 60000", 1 },
        { "min_window.server < max_window.server && duration > 500ms", 1 },
    },
};

/* --- small pieces --- */

static int small_client(const struct actor *a, int no_delay)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    actor_tell(no_delay ? "setsockopt(TCP_NODELAY, 1)" : "setsockopt(TCP_NODELAY, 0)",
               setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay));
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++)
        send(fd, actor_word(a, i), ACTOR_WORD, 0);
    printf("send() %u times, %d bytes each\n", a->number[ACTOR_COUNT], ACTOR_WORD);
    actor_await(a, HEARD, 1);
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int nagle_client(const struct actor *a)
{
    return small_client(a, 0);
}

static int no_delay_client(const struct actor *a)
{
    return small_client(a, 1);
}

static int small_server(const struct actor *a)
{
    char words[SMALL_SENDS_MOST * ACTOR_WORD];
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    printf("heard %zu bytes\n", actor_hear(fd, words, (size_t)a->number[ACTOR_COUNT] * ACTOR_WORD));
    actor_reach(a, HEARD);
    actor_tell("recv()", recv(fd, words, sizeof words, 0));
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_nagle = {
    .name = "nagle", .topic = "Flow control",
    .says = "small pieces wait for each other: Nagle's algorithm sends one small segment in a round trip",
    .lesson = "The client calls send() eight times, five bytes each, without a pause. The first piece leaves at once. "
              "While it is not acknowledged, the kernel keeps what follows, until a full segment is together or the "
              "ACK comes (RFC 9293 3.7.4, Nagle): then all seven leave in one segment. Few segments, a little later. "
              "Compare no-delay, where each send() is a segment, with 40 bytes of headers for five of data.",
    .questions = { "How many segments with data did the client send for eight send()?",
                   "What let the second segment go?",
                   "For which programs is this waiting a nuisance?" },
    .program = { nagle_client, small_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 8, 3, SMALL_SENDS_MOST } },
    .delay = 15 * NS_PER_MS,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 40", 1 },
        { "segments.client < 11", 1 },
    },
};

const struct scenario scenario_no_delay = {
    .name = "no-delay", .topic = "Flow control",
    .says = "TCP_NODELAY: each small send() is a segment at once, Nagle's algorithm is off",
    .lesson = "The same eight small send(), but the socket was told TCP_NODELAY. Nothing waits for an "
              "acknowledgement: eight segments leave one after the other, each with 40 bytes of headers and more for "
              "five bytes of data. Programs that answer keys or moves of a game want this; others do better to put a "
              "message together first and call send() once.",
    .questions = { "How many bytes went over the wire, frames and all, for 40 bytes of data, and how many in nagle?",
                   "When did the last of the eight pieces arrive, here and with Nagle?",
                   "How could the client get both, few segments and no waiting?" },
    .program = { no_delay_client, small_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 8, 3, SMALL_SENDS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 40", 1 },
        { "segments.client >= 12", 1 },
    },
};

/* --- write, write, read --- */

static int write_write_read(const struct actor *a)
{
    char answer[ACTOR_WORD];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    actor_await(a, SET, 1);
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        actor_tell("send() of a header", send(fd, actor_word(a, 2 * i), ACTOR_WORD, 0));
        actor_tell("send() of a body", send(fd, actor_word(a, 2 * i + 1), ACTOR_WORD, 0));
        printf("heard %zu bytes\n", actor_hear(fd, answer, sizeof answer));
    }
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

/* The option is set before the first byte comes: a new connection acknowledges its first segments at once. */
static int answers_when_all_is_there(const struct actor *a, int quick)
{
    char words[2 * ACTOR_WORD];
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    int fd = listening < 0 ? -1 : actor_accept(listening);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &quick, sizeof quick);
        if (i == 0)
            actor_reach(a, SET);
        printf("heard %zu bytes\n", actor_hear(fd, words, sizeof words));
        send(fd, words, ACTOR_WORD, 0);
    }
    actor_tell("recv()", recv(fd, words, sizeof words, 0));
    close(fd);
    close(listening);
    return 0;
}

static int delayed_server(const struct actor *a)
{
    return answers_when_all_is_there(a, 0);
}

static int quick_server(const struct actor *a)
{
    return answers_when_all_is_there(a, 1);
}

const struct scenario scenario_delayed_ack = {
    .name = "delayed-ack", .topic = "Flow control",
    .says = "write, write, read: Nagle waits for an ACK that the other end delays, 40 ms each time",
    .lesson = "The client sends a request in two small pieces and waits for the answer. The first leaves at once; the "
              "second waits for its ACK (Nagle). The server's kernel delays that ACK (RFC 9293 3.8.6.3), hoping to "
              "put it on an answer, but its program cannot answer half a request. Both wait until the server's timer "
              "runs out, 40 ms on Linux, for nothing. (A new connection would acknowledge its first segments at once; "
              "the server sets TCP_QUICKACK to 0, as it is later in a connection's life.) One send() for the whole "
              "request, or TCP_NODELAY, mends it; compare quick-ack.",
    .questions = { "Who waits for whom in the 40 ms, and which timer ends it?",
                   "How long does one request take here, and how many round trips should it be?",
                   "Which change in the client's program helps, without any option?" },
    .program = { write_write_read, delayed_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 2, 10 } },
    .delay = 15 * NS_PER_MS,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 30 && "
          "stream_bytes.server == 15", 1 },
        { "rtt.client.max >= 60ms && rtt.client.mean >= 45ms", 1 },
    },
};

const struct scenario scenario_quick_ack = {
    .name = "quick-ack", .topic = "Flow control",
    .says = "the same with TCP_QUICKACK: each ACK leaves at once, and nobody waits for a timer",
    .lesson = "The client sends each request in two small pieces, as in delayed-ack. This server sets TCP_QUICKACK "
              "before it reads, so its kernel acknowledges the first piece at once: the second leaves after one round "
              "trip, not after the timer. More segments carry nothing but an ACK, and the answers come sooner. Two "
              "round trips for one request are still one too many: the client's two send() cost that.",
    .questions = { "How long does one request take, compared with delayed-ack?",
                   "How many segments without data does the server send, here and there?",
                   "Why is an ACK not always sent at once, if it is so much faster?" },
    .program = { write_write_read, quick_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 2, 10 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 30 && "
          "stream_bytes.server == 15", 1 },
    },
};

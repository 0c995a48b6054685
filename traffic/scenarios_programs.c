/* Programs that talk: how requests and replies are made of a stream or of datagrams. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { REPLY_MOST = 50000, ROOM = 512, CLIENTS_MOST = 8, QUIET_MS = 300, AGAIN_MS = 500, NO_MORE_MS = 1200 };
enum { READY, HEARD };                /* marks */

static int accept_one(const struct actor *a, int *listening)
{
    *listening = actor_listen(a, 5);
    actor_reach(a, READY);
    return *listening < 0 ? -1 : actor_accept(*listening);
}

/* --- echo --- */

static int echo_client(const struct actor *a)
{
    char answer[ACTOR_WORD];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        const char *word = actor_word(a, i);
        if (!actor_say(fd, word) || actor_hear(fd, answer, sizeof answer) < ACTOR_WORD)
            return 1;
        printf("said \"%s\", heard \"%.*s\"\n", word, ACTOR_WORD, answer);
        actor_nap(actor_chance(a, 100 + i, 1, 30));
    }
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int echo_server(const struct actor *a)
{
    char words[ROOM];
    ssize_t got;
    int listening, fd = accept_one(a, &listening);
    if (fd < 0)
        return 1;
    while ((got = recv(fd, words, sizeof words, 0)) > 0)
        send(fd, words, (size_t)got, 0);
    actor_tell("recv()", got);
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_echo = {
    .name = "echo", .topic = "Programs that talk",
    .says = "an echo server: what comes in goes out, until recv() gives 0",
    .lesson = "The server's program is one loop: recv(), then send() of the same bytes, until recv() gives 0, for the "
              "client has closed. It needs to know nothing of messages, as it gives back bytes however they were cut. "
              "The client knows how long its word is, and calls recv() until as many bytes have come back. Each "
              "exchange takes one round trip; often the acknowledgement of the word comes with the echo itself.",
    .questions = { "Which segments acknowledge the client's words: segments of their own, or the echoes?",
                   "How does the server know that the client is done?",
                   "Why must the client call recv() in a loop?" },
    .program = { echo_client, echo_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 1, 20 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 15 && "
          "stream_bytes.server == 15", 1 },
    },
};

/* --- request and reply --- */

/* Both are four bytes of length, as a big-endian number, then so many bytes; one send() for all of it. */
struct message { uint32_t length; char bytes[REPLY_MOST]; };

static bool say_message(int fd, struct message *message, uint32_t length)
{
    ssize_t all = (ssize_t)(sizeof message->length + length);
    message->length = htonl(length);
    return send(fd, message, (size_t)all, 0) == all;
}

/* How many bytes; -1: the stream ended before it was whole, or that is no length. */
static int64_t hear_message(int fd, struct message *message)
{
    if (actor_hear(fd, &message->length, sizeof message->length) < sizeof message->length)
        return -1;
    uint32_t length = ntohl(message->length);
    return length <= REPLY_MOST && actor_hear(fd, message->bytes, length) == length ? (int64_t)length : -1;
}

static int requests_client(const struct actor *a)
{
    static struct message message;
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        memcpy(message.bytes, actor_word(a, i), ACTOR_WORD);
        int64_t got = say_message(fd, &message, ACTOR_WORD) ? hear_message(fd, &message) : -1;
        if (got < 0)
            return 1;
        printf("asked for %s: %lld bytes were announced, and came\n", actor_word(a, i), (long long)got);
        actor_nap(actor_chance(a, 100 + i, 10, 40));
    }
    actor_nap(QUIET_MS);
    close(fd);
    return 0;
}

static int requests_server(const struct actor *a)
{
    static struct message message;
    int listening, fd = accept_one(a, &listening);
    if (fd < 0)
        return 1;
    for (int64_t got; (got = hear_message(fd, &message)) >= 0;) {
        printf("a request: %.*s\n", (int)got, message.bytes);
        if (!say_message(fd, &message, a->number[ACTOR_SIZE]))
            return 1;
    }
    puts("the client has closed");
    close(fd);
    close(listening);
    return 0;
}

const struct scenario scenario_requests = {
    .name = "requests", .topic = "Programs that talk",
    .says = "request and reply on one connection: a length in front of each makes messages of the stream",
    .lesson = "A stream has no messages, so this protocol makes them: each begins with four bytes that tell how many "
              "follow. Both ends call recv() until they have a whole one, in however many segments it came. So one "
              "connection carries one request after the other, as in HTTP, and costs its handshake only once. Without "
              "the length the server would have to close to mark the end of its reply.",
    .questions = { "How does each end know that a message is complete?",
                   "How many round trips does a request cost here, and how many with a connection of its own?",
                   "Which segments carry one reply, and does the client's program notice how many they are?" },
    .program = { requests_client, requests_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 1, 20 },
                [ACTOR_SIZE] = { 5000, 1, REPLY_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == client && stream_bytes.client == 27 && "
          "stream_bytes.server == 15012", 1 },
    },
};

/* --- as DNS does it --- */

#define DOCUMENTATION UINT32_C(0xC0000200)        /* 192.0.2.0, addresses that nobody has (RFC 5737) */

struct query { uint16_t id; char name[ACTOR_WORD + 1]; };
struct reply { uint16_t id; char name[ACTOR_WORD + 1]; uint32_t address; };

/* Asks again when no answer comes; answers to another question, or twice, are told by their number. */
static bool ask(const struct actor *a, int fd, const struct sockaddr_in *server, unsigned number)
{
    struct query query = { .id = htons((uint16_t)actor_chance(a, number, 1, UINT16_MAX)) };
    struct reply reply = { 0 };
    struct pollfd more = { .fd = fd, .events = POLLIN };
    memcpy(query.name, actor_word(a, 100 + number), sizeof query.name);
    for (unsigned tries = 0; tries < 3; tries++) {
        printf("%s %s, number %u\n", tries ? "asks again:" : "asks:", query.name, ntohs(query.id));
        actor_send_to(fd, &query, sizeof query, server);
        while (poll(&more, 1, AGAIN_MS) > 0)
            if (actor_hear_from(fd, &reply, sizeof reply, NULL) == sizeof reply && reply.id == query.id) {
                struct in_addr address = { .s_addr = reply.address };
                printf("    %s has address %s\n", query.name, inet_ntoa(address));
                return true;
            }
        puts("    no answer");
    }
    return false;
}

static int names_client(const struct actor *a)
{
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    actor_await(a, READY, 1);
    int fd = actor_datagrams(a);
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++)
        if (fd < 0 || !ask(a, fd, &server, i))
            return 1;
    close(fd);
    return 0;
}

static int names_server(const struct actor *a)
{
    struct query query;
    struct sockaddr_in from = { 0 };
    int fd = actor_bind_datagrams(a), patience = actor_patience(a);
    struct pollfd more = { .fd = fd, .events = POLLIN };
    actor_reach(a, READY);
    for (; fd >= 0 && poll(&more, 1, patience) > 0; patience = NO_MORE_MS) {
        if (actor_hear_from(fd, &query, sizeof query, &from) != sizeof query)
            continue;
        struct reply reply = { .id = query.id, .address = htonl(DOCUMENTATION + (uint8_t)query.name[0]) };
        memcpy(reply.name, query.name, sizeof reply.name);
        printf("%.*s, number %u\n", ACTOR_WORD, query.name, ntohs(query.id));
        actor_send_to(fd, &reply, sizeof reply, &from);
    }
    close(fd);
    return fd < 0;
}

const struct scenario scenario_names = {
    .name = "names", .topic = "Programs that talk",
    .says = "questions and answers over UDP, as DNS has them: one datagram each, matched by a number",
    .lesson = "Each question fits into one datagram and so does its answer: two datagrams and one round trip, where "
              "TCP would need a handshake before and a closing after. The client puts a number into each question, "
              "and the server copies it into the answer; by it the client knows which question was answered, as UDP "
              "does not promise an order. If no answer comes in time it must ask again itself (lesson names-lost).",
    .questions = { "How many segments would TCP need for one of these questions?",
                   "What could go wrong without the numbers?",
                   "Why should the numbers be hard to guess?" },
    .program = { names_client, names_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 1, 20 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client >= 3 && datagrams.server >= 3 && exchanges >= 3", 1 },
    },
};

const struct scenario scenario_names_lost = {
    .name = "names-lost", .topic = "Programs that talk",
    .says = "an answer over UDP is lost: the client's own program asks again after half a second",
    .lesson = "The second answer is lost on the way. No kernel will send it again, for UDP keeps nothing. The "
              "client's program waits with a time limit, asks the same question with the same number again, and the "
              "server answers a second time, unaware of the loss: the question must be one that may be asked twice. "
              "What TCP's kernel does for every program, each program over UDP does itself, or not at all.",
    .questions = { "Was the question or the answer lost? Can the client's program know?",
                   "How did the client choose how long to wait, and what does TCP do instead?",
                   "What if the question had been: move 100 from one account to the other?" },
    .program = { names_client, names_server },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 2, 20 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop server datagram 2" },
    .lab_only = true,
    .expect = {
        { "tcp", 0 },
        { "udp && status == replied && datagrams.client >= 4 && datagrams.server >= 3", 1 },
    },
};

/* --- many short connections --- */

static int short_client(const struct actor *a)
{
    char answer[ACTOR_WORD];
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        int fd = actor_connect(a);
        if (fd < 0 || !actor_say(fd, actor_word(a, i)) || actor_hear(fd, answer, sizeof answer) < ACTOR_WORD)
            return 1;
        close(fd);
    }
    printf("%u connections, one after the other; each still has its port, in TIME-WAIT\n", a->number[ACTOR_COUNT]);
    actor_nap(QUIET_MS);
    return 0;
}

static int short_server(const struct actor *a)
{
    char words[ACTOR_WORD];
    int listening = actor_listen(a, 5);
    actor_reach(a, READY);
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        int fd = listening < 0 ? -1 : actor_accept(listening);
        if (fd < 0)
            return 1;
        send(fd, words, actor_hear(fd, words, sizeof words), 0);
        recv(fd, words, sizeof words, 0);
        close(fd);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_many_short = {
    .name = "many-short", .topic = "Programs that talk",
    .says = "a connection for each request: TIME-WAIT piles up at the end that closes first",
    .lesson = "The client opens a connection for each of its requests, closes it, and opens the next. For five bytes "
              "each way it pays a handshake and a closing every time. And since it closes first, each of its old "
              "connections stays in TIME-WAIT for a while, 60 s on Linux, with a port that this client cannot use for "
              "the same server again. A busy client runs out of ports that way; had the server closed first, its side "
              "would pile up.",
    .questions = { "How many segments does one request cost here, and how many on a connection that stays open?",
                   "Which end is in TIME-WAIT, and what decides that?",
                   "How many such connections in a minute could one client have to one server's port?" },
    .program = { short_client, short_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 12, 2, 100 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 12 },
        { "handshake == complete && ending == closed && closed_by == client && state.client == TIME-WAIT && "
          "stream_bytes.client == 5 && stream_bytes.server == 5", 12 },
    },
};

/* --- chat --- */

/* Each of the clients says a word; all others hear it. */
static int chat_client(const struct actor *a)
{
    int fd[CLIENTS_MOST];
    char words[ACTOR_WORD];
    unsigned count = a->number[ACTOR_CLIENTS];
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < count; i++)
        if ((fd[i] = actor_connect(a)) < 0)
            return 1;
    actor_await(a, HEARD, count);     /* the server has accepted all, so nobody misses a word */
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < count; i++) {
        actor_say(fd[i], actor_word(a, i));
        printf("client %u says %s\n", i + 1, actor_word(a, i));
        for (unsigned other = 0; other < count; other++)
            if (other != i && actor_hear(fd[other], words, sizeof words) == sizeof words)
                printf("    client %u hears %.*s\n", other + 1, ACTOR_WORD, words);
    }
    actor_nap(QUIET_MS);
    for (unsigned i = 0; i < count; i++) {
        close(fd[i]);
        actor_nap(actor_chance(a, count + i, 1, 50));
    }
    return 0;
}

static void pass_on(const struct pollfd *clients, unsigned count, unsigned from, const char *words, size_t length)
{
    for (unsigned i = 0; i < count; i++)
        if (i != from && clients[i].fd >= 0)
            send(clients[i].fd, words, length, 0);
}

/* One thread, one poll() for the listening socket (the last one) and for all clients. */
static int chat_server(const struct actor *a)
{
    char words[ROOM];
    unsigned all = a->number[ACTOR_CLIENTS], count = 0, left = 0;
    struct pollfd polled[CLIENTS_MOST + 1] = { 0 };
    int listening = actor_listen(a, CLIENTS_MOST);
    actor_reach(a, READY);
    while (listening >= 0 && left < all) {
        polled[count] = (struct pollfd){ .fd = listening, .events = POLLIN };
        if (poll(polled, count + (count < all), actor_patience(a)) <= 0)
            return 1;
        for (unsigned i = 0; i < count; i++) {
            ssize_t got = polled[i].revents ? recv(polled[i].fd, words, sizeof words, 0) : -1;
            if (got > 0)
                pass_on(polled, count, i, words, (size_t)got);
            if (!polled[i].revents || got > 0)
                continue;
            close(polled[i].fd);
            polled[i].fd = -1;        /* poll() passes over it */
            printf("client %u has left\n", i + 1);
            left++;
        }
        if (count == all || !polled[count].revents)
            continue;
        polled[count] = (struct pollfd){ .fd = actor_accept(listening), .events = POLLIN };
        printf("client %u has come\n", ++count);
        actor_reach(a, HEARD);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_chat = {
    .name = "chat", .topic = "Programs that talk",
    .says = "a chat with three clients: one server program, one poll(), a socket for each",
    .lesson = "The server waits with one poll() for its listening socket and for the sockets of all clients. What one "
              "client says is sent to all others, on their connections: three sendings for one, as a stream has only "
              "two ends. Each client may leave when it likes, recv() gives 0 for its socket alone, and the others "
              "stay. With UDP the server would have one socket, and would have to remember itself who takes part, and "
              "notice who has gone.",
    .questions = { "How many sockets does the server's program hold while three clients are connected?",
                   "On which connections does a word of the second client appear?",
                   "How does the server learn that a client has left, and how would it with UDP?" },
    .program = { chat_client, chat_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_CLIENTS] = { 3, 2, CLIENTS_MOST } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 3 },
        { "server.port == 6666 && handshake == complete && ending == closed && closed_by == client && "
          "stream_bytes.client == 5 && stream_bytes.server == 10", 3 },
    },
};

/* Closing a connection, in good order. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD, BACKLOG = 5, SHORT_MS = 200 };
enum { READY, HEARD };                /* marks */

/* --- three segments, four segments --- */

static int close_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    for (unsigned i = 0; i < 2; i++) {
        int fd = actor_connect(a);
        if (fd < 0 || !actor_say(fd, actor_word(a, i)))
            return 1;
        actor_nap(SHORT_MS);          /* what is said is acknowledged by then, for itself */
        printf("connection %u: ", i + 1);
        actor_tell("close()", close(fd));
        actor_await(a, HEARD, i + 1);
        actor_rest(a);
    }
    return 0;
}

static int close_server(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    for (unsigned i = 0; i < 2; i++) {
        int fd = listening < 0 ? -1 : actor_accept(listening);
        if (fd < 0)
            return 1;
        int64_t left = actor_drain(fd);
        if (i == 1)
            actor_rest(a);            /* a program that has something to do before it closes */
        close(fd);
        printf("connection %u: recv() gave %lld bytes, then 0; close()\n", i + 1, (long long)left);
        actor_reach(a, HEARD);
    }
    close(listening);
    return 0;
}

const struct scenario scenario_close = {
    .name = "close", .topic = "Closing a connection",
    .says = "a connection ends in three segments where the server closes at once, in four where it takes its time",
    .lesson = "Each direction is closed for itself: a FIN says that this end will send no more, and it is "
              "acknowledged as data is. When recv() gives 0 and the server calls close() at once, the acknowledgement "
              "of the client's FIN and its own FIN travel in one segment: three in all. When it takes its time, the "
              "kernel acknowledges the FIN by itself and the server's end waits in CLOSE-WAIT until close() is "
              "called: four segments, and the client's end spends the time in FIN-WAIT-2.",
    .questions = { "Which segment carries two things in the first connection, and how do they look in the second?",
                   "Whose call ends CLOSE-WAIT, and whose FIN-WAIT-2?",
                   "Why is the last state of the client TIME-WAIT in both?" },
    .program = { close_client, close_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 2 },
        { "ending == closed && closed_by == client && state.client == TIME-WAIT && state.server == CLOSED && "
          "path.client contains FIN-WAIT-1 && path.client contains FIN-WAIT-2 && path.server contains CLOSE-WAIT && "
          "path.server contains LAST-ACK", 2 },
        { "id == 1 && segments.server <= 4", 1 },     /* 3, unless the program comes later than the kernel's 40 ms */
        { "id == 2 && segments.server == 4 && duration > 300ms", 1 },
    },
};

/* --- the server first --- */

static int server_closes_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0)
        return 1;
    int64_t heard = actor_drain(fd);
    printf("recv() gave %lld bytes, then 0\n", (long long)heard);
    actor_rest(a);
    close(fd);
    return heard == WORDS ? 0 : 1;
}

static int server_closes_server(const struct actor *a)
{
    int fd = actor_accept_one(a, READY);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_rest(a);
    actor_tell("close()", close(fd));
    return 0;
}

const struct scenario scenario_server_closes = {
    .name = "server-closes", .topic = "Closing a connection",
    .says = "the server says something and closes first: TIME-WAIT is at its end",
    .lesson = "Client and server differ only in who opens; either may close first. Here the server sends its word and "
              "closes, as the old daytime service does. Its end goes through FIN-WAIT-1 and FIN-WAIT-2 and waits in "
              "TIME-WAIT with the server's port; the client's end goes through CLOSE-WAIT and LAST-ACK and is gone. "
              "With many clients, a server that closes first gathers one TIME-WAIT for each of them, a client that "
              "closes first keeps its own.",
    .questions = { "What does recv() give to the client after the last byte, and which segment caused it?",
                   "In which state is the client's end until it calls close()?",
                   "At which end is TIME-WAIT, and what does it cost there?" },
    .program = { server_closes_client, server_closes_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == closed && closed_by == server && stream_bytes.server == 5 && "
          "stream_bytes.client == 0", 1 },
        { "state.server == TIME-WAIT && state.client == CLOSED && path.server contains FIN-WAIT-2 && "
          "path.client contains CLOSE-WAIT && path.client contains LAST-ACK", 1 },
    },
};

/* --- half a connection --- */

static int half_close_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_tell("shutdown(SHUT_WR)", shutdown(fd, SHUT_WR));
    int64_t heard = actor_drain(fd);
    printf("after that recv() gave %lld bytes, then 0\n", (long long)heard);
    close(fd);
    return heard == (int64_t)WORDS * a->number[ACTOR_COUNT] ? 0 : 1;
}

static int half_close_server(const struct actor *a)
{
    int fd = actor_accept_one(a, READY);
    if (fd < 0)
        return 1;
    printf("recv() gave %lld bytes, then 0: the client will send no more\n", (long long)actor_drain(fd));
    for (unsigned i = 0; i < a->number[ACTOR_COUNT]; i++) {
        actor_say(fd, actor_word(a, i));
        actor_rest(a);
    }
    close(fd);
    return 0;
}

const struct scenario scenario_half_close = {
    .name = "half-close", .topic = "Closing a connection",
    .says = "shutdown(SHUT_WR): the client has no more to say, and still listens; data flows the other way",
    .lesson = "close() gives up both directions; shutdown(SHUT_WR) gives up only the one that sends. The FIN tells "
              "the server that the question is complete (recv() gives 0), and the server answers at leisure: its end "
              "is in CLOSE-WAIT, the client's in FIN-WAIT-2, and data flows from the one to the other as before. So a "
              "program can say where its data ends without any length or end mark in it.",
    .questions = { "Between which two segments is the connection half closed?",
                   "What would happen to the server's data, had the client called close() instead?",
                   "In which state can an end still send, though the other end never will?" },
    .program = { half_close_client, half_close_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 }, [ACTOR_COUNT] = { 3, 1, 20 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "ending == closed && closed_by == client && stream_bytes.client == 5 && stream_bytes.server == 15", 1 },
        { "moments.first_fin.frame < moments.last_data.frame", 1 },
        { "path.client contains FIN-WAIT-2 && path.server contains CLOSE-WAIT && state.client == TIME-WAIT && "
          "state.server == CLOSED", 1 },
    },
};

/* --- both at once --- */

/* Both have heard something, so nothing is on its way any more but what close() sends. */
static int close_together(const struct actor *a, int fd)
{
    char words[WORDS];
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)) || actor_hear(fd, words, sizeof words) != sizeof words)
        return 1;
    actor_rest(a);
    actor_reach(a, HEARD);
    actor_await(a, HEARD, 1);
    actor_tell("close()", close(fd));
    actor_rest(a);
    return 0;
}

static int together_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    return close_together(a, actor_connect(a));
}

static int together_server(const struct actor *a)
{
    return close_together(a, actor_accept_one(a, READY));
}

const struct scenario scenario_simultaneous_close = {
    .name = "simultaneous-close", .topic = "Closing a connection",
    .says = "both ends call close() at the same time: two FINs cross, CLOSING, and TIME-WAIT at both ends",
    .lesson = "Each end has sent its FIN before the other one's arrives. In FIN-WAIT-1 comes a FIN that does not "
              "acknowledge one's own: the end goes to CLOSING, acknowledges, and goes to TIME-WAIT when its own FIN "
              "is acknowledged. Neither end sees CLOSE-WAIT or LAST-ACK, and both wait for 2 MSL. The wire is long "
              "here (100 ms each way), so that the FINs cross for certain.",
    .questions = { "How do you see in the two FINs that neither end knew of the other one's?",
                   "Through which states does each end go, and which of an ordinary close are missing?",
                   "Which end closed first?" },
    .program = { together_client, together_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 100 * NS_PER_MS,
    .lab_only = true,
    .expect = {
        { "tcp", 1 },
        { "ending == closed && path.client contains CLOSING && path.server contains CLOSING", 1 },
        { "state.client == TIME-WAIT && state.server == TIME-WAIT", 1 },
        { "path.client contains CLOSE-WAIT || path.server contains CLOSE-WAIT", 0 },
    },
};

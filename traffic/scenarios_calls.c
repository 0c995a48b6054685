/* What a call says, and what it does not. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { WORDS = ACTOR_WORD };
enum { READY, GIVEN_UP };             /* marks */

/* --- recv() = 0 --- */

static int end_client(const struct actor *a)
{
    char bytes[WORDS];
    static const int64_t wanted[] = { 2, 3, 0, 0 };
    bool right = true;
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_poll(a, fd, POLLRDHUP))
        return 1;
    printf("poll(): the FIN has come, and nothing was read yet\n");
    actor_rest(a);
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        right &= actor_tell("recv()", recv(fd, bytes, i == 0 ? 2 : sizeof bytes, 0)) == wanted[i];
    close(fd);
    return right ? 0 : 1;
}

static int end_server(const struct actor *a)
{
    int fd = actor_accept_one(a, READY);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_tell("close()", close(fd));
    return 0;
}

const struct scenario scenario_end_of_stream = {
    .name = "end-of-stream", .topic = "What a call says",
    .says = "recv() gives all that was sent before the FIN, then 0, and 0 again",
    .lesson = "A FIN has its place in the stream, behind the last byte. It may arrive long before the program reads: "
              "recv() still gives every byte that came before it, and only then 0. 0 is no error and no empty "
              "message; it says that the other end will never send again, and says it each time it is asked. A "
              "program that takes 0 for \"nothing yet\" runs in circles, and one that forgets to close() then stays "
              "in CLOSE-WAIT.",
    .questions = { "In which state is the client's end when it calls recv() for the first time?",
                   "How do \"nothing has come yet\" and \"nothing will ever come\" differ for a program?",
                   "May the client still send after recv() gave 0?" },
    .program = { end_client, end_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "ending == closed && closed_by == server && stream_bytes.server == 5 && stream_bytes.client == 0 && "
          "state.server == TIME-WAIT && path.client contains CLOSE-WAIT", 1 },
    },
};

/* --- EPIPE --- */

static int broken_pipe_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_poll(a, fd, POLLRDHUP))
        return 1;
    actor_rest(a);
    bool first = actor_tell("send()", send(fd, actor_word(a, 0), WORDS, 0)) == WORDS;
    actor_poll(a, fd, 0);
    printf("poll(): an error has come\n");
    bool second = actor_tell("send()", send(fd, actor_word(a, 0), WORDS, 0)) < 0 && errno == EPIPE;
    close(fd);
    return first && second ? 0 : 1;
}

static int broken_pipe_server(const struct actor *a)
{
    int fd = actor_accept_one(a, READY);
    actor_tell("close()", close(fd));
    return fd < 0;
}

const struct scenario scenario_broken_pipe = {
    .name = "broken-pipe", .topic = "What a call says",
    .says = "send() to an end that has closed: the first one succeeds and brings a RST, the second one gives EPIPE",
    .lesson = "The server has closed its socket, and its FIN has arrived. The client's send() still succeeds: it only "
              "puts data into the client's own kernel, and a FIN says that the other end will not send, not that it "
              "will not receive. But no program is there to read, so the server's kernel answers the data with RST. "
              "From then on send() fails with EPIPE (and the signal SIGPIPE, which ends the program unless it is "
              "ignored or MSG_NOSIGNAL is given). What the first send() sent is lost, and nobody was told.",
    .questions = { "Which of the two send() reached the wire?",
                   "Why could the first send() not fail?",
                   "What would the client need to know for certain that its data was read?" },
    .program = { broken_pipe_client, broken_pipe_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && ending == reset && closed_by == server && stream_bytes.client == 5 && "
          "stream_bytes.server == 0", 1 },
        { "state.client == CLOSED && state.server == CLOSED && path.client contains CLOSE-WAIT && "
          "path.server contains FIN-WAIT-2", 1 },
    },
};

/* --- ETIMEDOUT --- */

static int timed_out_client(const struct actor *a)
{
    char answer[WORDS];
    actor_await(a, READY, 1);
    int fd = actor_connect(a);
    if (fd < 0 || !actor_say(fd, actor_word(a, 0)) || actor_hear(fd, answer, sizeof answer) != sizeof answer)
        return 1;
    actor_rest(a);
    actor_tell("send()", send(fd, actor_word(a, 1), WORDS, 0));
    bool timed_out = actor_tell("recv()", recv(fd, answer, sizeof answer, 0)) < 0 && errno == ETIMEDOUT;
    close(fd);
    actor_reach(a, GIVEN_UP);
    return timed_out ? 0 : 1;
}

static int timed_out_server(const struct actor *a)
{
    char words[WORDS];
    int fd = actor_accept_one(a, READY);
    if (fd < 0 || actor_hear(fd, words, sizeof words) != sizeof words || !actor_say(fd, actor_word(a, 0)))
        return 1;
    actor_await(a, GIVEN_UP, 1);
    actor_rest(a);
    actor_tell("close()", close(fd));
    actor_rest(a);
    return 0;
}

const struct scenario scenario_timed_out = {
    .name = "timed-out", .topic = "What a call says",
    .says = "data that is never acknowledged: sent again at growing intervals, then ETIMEDOUT; the other end knows "
            "nothing of it",
    .lesson = "send() succeeds, but the wire loses the data and all that is sent again. The intervals double; in the "
              "end the client's kernel gives up, and recv() fails with ETIMEDOUT. Nothing is sent to say so (nothing "
              "would arrive): the server's end is ESTABLISHED as before, a half-open connection. It finds out only "
              "when it speaks: its FIN meets a host that knows of no such connection, and is answered with RST.",
    .questions = { "By which factor does the time between two attempts grow?",
                   "Which call of the client tells that the data did not get through?",
                   "In which state is the server's end after the client has given up, and what would change it?" },
    .program = { timed_out_client, timed_out_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client data 2-" },
    .settings = { { "ipv4/tcp_retries2", "3", { [LAB_SERVER] = true } },
                  { .name = "ipv4/tcp_early_retrans", .value = "0" } },
    .settings_say = "the client's kernel gives up after about 3 s here, not after a quarter of an hour, and tail loss "
                    "probes (RFC 8985) are off, so that the timer alone sends again",
    .lab_only = true,
    .unseen = "When the client's kernel gives up, its end is CLOSED, and no segment says so; the wire shows "
              "ESTABLISHED until the server's FIN is answered with RST.",
    .differs = { "client kernel: no socket, wire: ESTABLISHED" },
    .expect = {
        { "tcp", 1 },
        { "handshake == complete && analysis.client.retransmission >= 3 && stream_bytes.client == 10 && "
          "stream_bytes.server == 5", 1 },
        { "ending == reset && path.server contains FIN-WAIT-1 && state.client == CLOSED && state.server == CLOSED", 1 },
    },
};

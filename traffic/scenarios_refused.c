/* Nobody listens, or nobody answers. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic/scenarios.h"

enum { BACKLOG = 5, NOTHING_COMES_MS = 400 };
enum { READY, GIVEN_UP };             /* marks */

/* connect() fails, and with this error. */
static bool fails_with(const struct actor *a, int error)
{
    int fd = actor_socket(SOCK_STREAM);
    bool right = actor_tell("connect()", actor_join(a, fd)) < 0 && errno == error;
    close(fd);
    return right;
}

/* --- TCP --- */

static int refused_client(const struct actor *a)
{
    bool refused = fails_with(a, ECONNREFUSED);
    actor_rest(a);
    return refused ? 0 : 1;
}

const struct scenario scenario_refused = {
    .name = "refused", .topic = "Nobody answers, or somebody refuses",
    .says = "connect() to a port that nobody listens on: a RST, and ECONNREFUSED",
    .lesson = "The SYN reaches the host, but no socket listens on its port. The host's kernel answers with RST,ACK, "
              "and connect() fails at once with ECONNREFUSED, after one round trip. This is good news of a kind: the "
              "host is there and could be reached. The server's program does not run, it listens on another port or "
              "address, or it has bound its socket and never called listen().",
    .questions = { "Who sends the RST, although no program runs there?",
                   "After how long does connect() fail, and how long would it take if nothing came back?",
                   "Which mistakes in a server look exactly like this?" },
    .program = { refused_client, NULL },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "tcp", 1 },
        { "handshake == refused && ending == reset && closed_by == server && state.client == CLOSED && "
          "state.server == CLOSED && segments.client == 1 && segments.server == 1", 1 },
        { "nobody_listens", 1 },
    },
};

/* --- UDP --- */

/* Sent without connect(): the error comes back to the host, but not to this socket. */
static bool is_not_told(const struct actor *a)
{
    struct sockaddr_in server = actor_address(a->peer, a->number[ACTOR_PORT]);
    struct pollfd answer = { .fd = actor_datagrams(a), .events = POLLIN };
    actor_tell("sendto()", actor_send_to(answer.fd, actor_word(a, 0), ACTOR_WORD, &server));
    int ready = poll(&answer, 1, NOTHING_COMES_MS);
    printf("poll() = %d: nothing comes, not even an error\n", ready);
    close(answer.fd);
    return ready == 0;
}

static bool is_told(const struct actor *a)
{
    char byte;
    int fd = actor_socket(SOCK_DGRAM);
    actor_tell("connect()", actor_join(a, fd));
    actor_tell("send()", send(fd, actor_word(a, 1), ACTOR_WORD, 0));
    bool told = actor_tell("recv()", recv(fd, &byte, 1, 0)) < 0 && errno == ECONNREFUSED;
    close(fd);
    return told;
}

static int udp_unreachable_client(const struct actor *a)
{
    bool first = is_not_told(a), second = is_told(a);
    actor_rest(a);
    return first && second ? 0 : 1;
}

const struct scenario scenario_udp_unreachable = {
    .name = "udp-unreachable", .topic = "Nobody answers, or somebody refuses",
    .says = "a datagram to a port without a socket: ICMP port unreachable, which only a connect()ed socket is told of",
    .lesson = "UDP has no RST. The host's kernel answers a datagram for which it has no socket with an ICMP error, "
              "port unreachable, which quotes the datagram. sendto() has long returned. A socket that only used "
              "sendto() is never told (which of its datagrams was it?); a socket that called connect() has one other "
              "end, and its next call gives ECONNREFUSED: so connect() is worth it for UDP too, although it sends "
              "nothing.",
    .questions = { "What does connect() of a UDP socket put on the wire?",
                   "How does the client's kernel know which socket the ICMP error is for?",
                   "Does the first send() or sendto() ever fail because nobody is there?" },
    .program = { udp_unreachable_client, NULL },
    .speaks = SPEAKS_UDP,
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .expect = {
        { "udp", 2 },
        { "tcp", 0 },
        { "udp && status == unreachable && datagrams.client == 1 && datagrams.server == 0 && "
          "payload_bytes.client == 5", 2 },
        { "host_unreachable", 2 },
    },
};

/* --- a host that never answers --- */

static int no_answer_client(const struct actor *a)
{
    actor_await(a, READY, 1);
    bool right = fails_with(a, ETIMEDOUT);
    actor_reach(a, GIVEN_UP);
    return right ? 0 : 1;
}

static int no_answer_server(const struct actor *a)
{
    int listening = actor_listen(a, BACKLOG);
    actor_reach(a, READY);
    actor_await(a, GIVEN_UP, 1);
    close(listening);
    return listening < 0;
}

const struct scenario scenario_no_answer = {
    .name = "no-answer", .topic = "Nobody answers, or somebody refuses",
    .says = "no SYN arrives: sent again and again, at doubled intervals, until connect() fails with ETIMEDOUT",
    .lesson = "The wire loses every SYN, as a firewall does that drops what it does not like, or a host that is off. "
              "The client's kernel hears nothing and sends the SYN again after 1 s, then after 2 s more, and gives up "
              "another 4 s later: ETIMEDOUT. From the client it cannot be decided why nothing comes back. Being "
              "refused takes one round trip, and being ignored takes (without the settings of this lab) two minutes.",
    .questions = { "At which times does the client send its SYN?",
                   "In which state is the client's end all the while, and which state has it after connect() failed?",
                   "The server listens all the time. What does its kernel know of the client?" },
    .program = { no_answer_client, no_answer_server },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .faults = { "drop client SYN" },
    .settings = { { "ipv4/tcp_syn_retries", "2", { [LAB_SERVER] = true } },
                  { "ipv4/tcp_syn_linear_timeouts", "0", { [LAB_SERVER] = true } } },
    .settings_say = "the client's kernel gives up after 3 SYNs and 7 s here, not after 7 or more and two minutes; "
                    "each wait is twice the one before from the first on (new kernels send the first ones every "
                    "second)",
    .lab_only = true,
    .unseen = "7 s after the first SYN the client's kernel gives up: its end is CLOSED, and no segment says so. The "
              "server's socket stays in LISTEN all the time.",
    .differs = { "client kernel: no socket, wire: SYN-SENT" },
    .expect = {
        { "tcp", 1 },
        { "handshake == no_answer && ending == open && segments.client == 3 && segments.server == 0 && "
          "state.client == SYN-SENT && analysis.client.retransmission == 2 && duration > 2.9s", 1 },
        { "no_answer", 1 },
    },
};

/* --- no such host --- */

static int arp_client(const struct actor *a)
{
    struct actor nobody = *a;
    snprintf(nobody.peer, sizeof nobody.peer, "10.9.0.9");
    printf("10.9.0.9, which nobody has: ");
    return fails_with(&nobody, EHOSTUNREACH) ? 0 : 1;
}

const struct scenario scenario_arp_unanswered = {
    .name = "arp-unanswered", .topic = "Nobody answers, or somebody refuses",
    .says = "connect() to an address that nobody has: ARP asks in vain, no SYN is ever sent, and EHOSTUNREACH",
    .lesson = "To send to a host of its own network the kernel needs the host's hardware address, and asks for it by "
              "ARP: who has 10.9.0.9? Nobody answers. The SYN waits in the kernel, ARP asks three times, a second "
              "apart, and then connect() fails with EHOSTUNREACH. The capture holds no TCP segment at all: a filter "
              "that shows TCP alone shows nothing, and the answer lies in the ARP frames.",
    .questions = { "How many TCP segments does the capture hold?",
                   "Who decides that the host is unreachable, and after how long?",
                   "Would it look the same if the address lay in another network, behind a router?" },
    .program = { arp_client, NULL },
    .number = { [ACTOR_PORT] = { 6666, 1, 65535 } },
    .delay = 15 * NS_PER_MS,
    .lab_only = true,
    .unseen = "The client's socket is in SYN-SENT while ARP asks: its SYN waits for an address to go to, and no "
              "segment shows it.",
    .differs = { "client kernel: SYN-SENT, wire: nothing" },
    .expect = {
        { "tcp", 0 },
        { "udp", 0 },
    },
};

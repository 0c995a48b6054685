/* The recorder: what a program's calls are told as. Each test is a small program on loopback. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/recorded.h"

Suite *record_suite(void);

enum { PATIENCE_S = 60 };

static int talk(void *self)
{
    (void)self;
    uint16_t port;
    char bytes[100];
    const struct linger linger = { .l_onoff = 1 };
    int listener = listening_socket(&port), client = connected_to(port), server = accept(listener, NULL, NULL);
    setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    send(client, "hello", 5, MSG_NOSIGNAL);
    recv(server, bytes, sizeof bytes, 0);
    if (write(server, "bye", 3) != 3 || read(client, bytes, 3) != 3)
        return 1;
    shutdown(client, SHUT_WR);
    recv(server, bytes, sizeof bytes, 0);
    close(server);
    close(client);
    close(listener);
    return 42;
}

START_TEST(a_conversation_is_told_call_by_call)
{
    RECORDED(talk);
    ck_assert_str_eq(words, "socket=3 bind=0 listen=0 socket=4 connect=0 accept=5 setsockopt=0 send=5 recv=5 send=3 "
                            "recv=3 shutdown=0 recv=0 close=0 close=0 close=0");
    unsigned port = heard_find(&h, RECORDED_RETURNED, CALL_BIND, 1)->call.local.port;
    assert_ends(heard_find(&h, RECORDED_RETURNED, CALL_CONNECT, 1), "127.0.0.1", 0, "127.0.0.1");
    assert_ends(heard_find(&h, RECORDED_RETURNED, CALL_ACCEPT, 1), "127.0.0.1", port, "127.0.0.1");
    assert_ends(heard_find(&h, RECORDED_MADE, CALL_ACCEPT, 1), "127.0.0.1", port, "");
    assert_ends(heard_find(&h, RECORDED_MADE, CALL_CLOSE, 1), "127.0.0.1", port, "127.0.0.1");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SOCKET, 1)->args, "AF_INET, SOCK_STREAM");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_BIND, 1)->args, "127.0.0.1:0");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_LISTEN, 1)->args, "3, 5");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SETSOCKOPT, 1)->args, "SO_LINGER, on, 0 s");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SEND, 1)->args, "5 bytes, MSG_NOSIGNAL");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_RECV, 1)->args, "up to 100 bytes");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SHUTDOWN, 1)->args, "SHUT_WR");
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 0);
    for (unsigned i = 0; i + 1 < h.count; i++)
        ck_assert_int_eq(h.messages[i].call.pid, h.messages[0].call.pid);
    assert_exited(&h, 42);
    heard_free(&h);
}
END_TEST

static int refused(void *self)
{
    (void)self;
    uint16_t port;
    close(listening_socket(&port));
    return connected_to(port) < 0 && errno == ECONNREFUSED ? 0 : 1;
}

START_TEST(an_error_is_told_by_its_name)
{
    RECORDED(refused);
    ck_assert_str_eq(words, "socket=3 bind=0 listen=0 close=0 socket=3 connect=ECONNREFUSED");
    const struct recorded *m = heard_find(&h, RECORDED_RETURNED, CALL_CONNECT, 1);
    ck_assert_str_eq(m->result, "-1");
    assert_ends(m, "127.0.0.1", 0, "127.0.0.1");
    ck_assert_uint_ne(m->call.local.port, 0);
    ck_assert_uint_eq(m->call.remote.port, heard_find(&h, RECORDED_RETURNED, CALL_BIND, 1)->call.local.port);
    ck_assert_uint_eq(heard_count(&h, RECORDED_MADE, CALL_EXIT), 1);
    assert_exited(&h, 0);
    heard_free(&h);
}
END_TEST

static int without_waiting(void *self)
{
    (void)self;
    uint16_t port;
    char byte;
    int listener = listening_socket(&port), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port),
    };
    int made = connect(client, (const struct sockaddr *)&address, sizeof address);
    struct pollfd polled[] = { { .events = POLLIN }, { .fd = client, .events = POLLOUT }, { .fd = -1 },
                               { .fd = client, .events = POLLIN } };
    polled[0].fd = open("/dev/null", O_WRONLY);
    if ((made < 0 && errno != EINPROGRESS) || poll(polled, 4, PATIENCE_S * 1000) < 1)
        return 1;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(listener, &set);
    if (select(listener + 1, &set, NULL, NULL, NULL) != 1 || recv(client, &byte, 1, 0) >= 0)
        return 1;
    int epoll = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    return epoll_wait(epoll, &event, 1, -1) == 1 ? 0 : 1;
}

START_TEST(calls_that_do_not_wait_and_those_that_wait_for_many)
{
    RECORDED(without_waiting);
    const struct recorded *connected = heard_find(&h, RECORDED_RETURNED, CALL_CONNECT, 1);
    ck_assert(strcmp(connected->error, "EINPROGRESS") == 0 || strcmp(connected->result, "0") == 0);
    assert_ends(connected, "127.0.0.1", 0, "127.0.0.1");
    ck_assert(connected->call.local.port != 0);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SOCKET, 2)->args, "AF_INET, SOCK_STREAM, SOCK_NONBLOCK");
    ck_assert_str_eq(heard_find(&h, RECORDED_RETURNED, CALL_RECV, 1)->error, "EAGAIN");
    ck_assert_uint_eq(heard_count(&h, RECORDED_RETURNED, CALL_POLL), 3);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_POLL, 1)->args, "5, 4");
    ck_assert_int_eq(heard_find(&h, RECORDED_MADE, CALL_POLL, 1)->call.fd, 4);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_POLL, 2)->args, "3");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_POLL, 3)->args, "those of epoll 6");
    assert_exited(&h, 0);
    heard_free(&h);
}
END_TEST

START_TEST(datagrams_are_told_with_the_address_given_or_received)
{
    RECORDED(datagrams_both_ways);
    if (WEXITSTATUS(h.status) == 77)
        return;
    ck_assert_str_eq(words, "socket=3 bind=0 socket=4 sendto=5 sendto=7 recvfrom=5 recv=7");
    unsigned port = heard_find(&h, RECORDED_RETURNED, CALL_BIND, 1)->call.local.port;
    char args[64];
    snprintf(args, sizeof args, "5 bytes to 127.0.0.1:%u", port);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SENDTO, 1)->args, args);
    const struct recorded *sent = heard_find(&h, RECORDED_RETURNED, CALL_SENDTO, 2);
    ck_assert_uint_eq(sent->call.remote.port, port);
    ck_assert_uint_eq(sent->call.protocol, 17);
    const struct recorded *got = heard_find(&h, RECORDED_RETURNED, CALL_RECVFROM, 1);
    assert_ends(got, "127.0.0.1", port, "127.0.0.1");
    ck_assert_uint_eq(got->call.remote.port, sent->call.local.port);
    heard_free(&h);
}
END_TEST

static int cut(void *self)
{
    (void)self;
    uint16_t port;
    char bytes[10] = { 0 };
    int fd = datagram_socket(&port);
    struct iovec part = { .iov_base = bytes, .iov_len = 5 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned size = 6; size > 4; size--)
        if (sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof to) != size)
            return 1;
    return recvmsg(fd, &message, 0) == 5 && recvmsg(fd, &message, 0) == 5 ? 0 : 1;
}

/* Nothing else tells it: not the result, not the wire. */
START_TEST(a_datagram_that_recvmsg_has_cut_is_told_so)
{
    RECORDED(cut);
    ck_assert_str_eq(words, "socket=3 bind=0 sendto=6 sendto=5 recv=5 recv=5");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_RECV, 1)->args, "up to 5 bytes");
    ck_assert_str_eq(heard_find(&h, RECORDED_RETURNED, CALL_RECV, 1)->args, "up to 5 bytes, cut: MSG_TRUNC");
    ck_assert_str_eq(heard_find(&h, RECORDED_RETURNED, CALL_RECV, 2)->args, "");
    assert_exited(&h, 0);
    heard_free(&h);
}
END_TEST

/* As resolvers do it: one call, several addresses. */
static int to_several(void *self)
{
    (void)self;
    uint16_t port[2];
    int fd = datagram_socket(&port[0]), other = datagram_socket(&port[1]);
    struct sockaddr_in to[2];
    struct iovec part = { .iov_base = port, .iov_len = 4 };
    struct mmsghdr many[3];
    memset(many, 0, sizeof many);
    for (unsigned i = 0; i < 3; i++) {
        to[i % 2] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port[i % 2]) };
        to[i % 2].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        many[i].msg_hdr = (struct msghdr){ .msg_name = &to[i % 2], .msg_namelen = sizeof to[0], .msg_iov = &part,
                                           .msg_iovlen = 1 };
    }
    return other >= 0 && sendmmsg(fd, many, 3, 0) == 3 && sendmmsg(fd, many, 1, 0) == 1 ? 0 : 1;
}

START_TEST(messages_to_several_addresses_are_told_so)
{
    RECORDED(to_several);
    char args[64];
    unsigned port = heard_find(&h, RECORDED_RETURNED, CALL_BIND, 1)->call.local.port;
    assert_exited(&h, 0);
    snprintf(args, sizeof args, "3 messages to 127.0.0.1:%u and 1 other address", port);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SENDTO, 1)->args, args);
    snprintf(args, sizeof args, "1 message to 127.0.0.1:%u", port);
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SENDTO, 2)->args, args);
    heard_free(&h);
}
END_TEST

static int in_many_ways(void *self)
{
    (void)self;
    uint16_t port;
    char bytes[100];
    int listener = listening_socket(&port), client = connected_to(port), server = accept4(listener, NULL, NULL, 0);
    int file = open("/dev/zero", O_RDONLY), pair[2];
    struct iovec parts[2] = { { .iov_base = bytes, .iov_len = 2 }, { .iov_base = bytes, .iov_len = 3 } };
    struct mmsghdr many[2] = { { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 2 } },
                               { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 1 } } };
    if (writev(client, parts, 2) != 5 || sendmmsg(client, many, 2, 0) != 2 || read(file, bytes, 9) != 9)
        return 1;
    if (recv(server, bytes, 4, MSG_PEEK) != 4 || readv(server, parts, 2) != 5 || recv(server, bytes, 100, 0) != 7)
        return 1;
    if (pipe(pair) < 0 || write(pair[1], bytes, 4) != 4 || read(pair[0], bytes, 4) != 4)
        return 1;
    FILE *plain = tmpfile();
    if (!plain || ftruncate(fileno(plain), 8) < 0 || sendfile(server, fileno(plain), NULL, 8) != 8)
        return 1;
    if (splice(client, NULL, pair[1], NULL, 100, 0) != 8 || splice(pair[0], NULL, server, NULL, 6, 0) != 6)
        return 1;
    return 0;
}

START_TEST(reads_and_writes_of_files_and_pipes_are_not_told)
{
    RECORDED(in_many_ways);
    ck_assert_str_eq(words, "socket=3 bind=0 listen=0 socket=4 connect=0 accept=5 send=5 send=2 recv=4 "
                            "recv=5 recv=7 send=8 recv=8 send=6");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_SEND, 2)->args, "2 messages");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_RECV, 1)->args, "up to 4 bytes, MSG_PEEK");
    ck_assert_str_eq(heard_find(&h, RECORDED_MADE, CALL_RECV, 4)->args, "up to 100 bytes");
    assert_exited(&h, 0);
    heard_free(&h);
}
END_TEST

Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *told = tcase_create("told");
    tcase_set_timeout(told, PATIENCE_S);
    tcase_add_test(told, a_conversation_is_told_call_by_call);
    tcase_add_test(told, an_error_is_told_by_its_name);
    tcase_add_test(told, calls_that_do_not_wait_and_those_that_wait_for_many);
    tcase_add_test(told, datagrams_are_told_with_the_address_given_or_received);
    tcase_add_test(told, a_datagram_that_recvmsg_has_cut_is_told_so);
    tcase_add_test(told, messages_to_several_addresses_are_told_so);
    tcase_add_test(told, reads_and_writes_of_files_and_pipes_are_not_told);
    suite_add_tcase(suite, told);
    return suite;
}

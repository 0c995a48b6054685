/* The kernel's own view: real sockets on loopback, found again with their states and queues. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/sockets.h"

Suite *sockets_suite(void);

#define PATIENCE (10 * NS_PER_S)

/* Both addresses of a socket made here, as the kernel's table has them. */
struct made {
    int fd;
    uint8_t protocol, version;
    struct kernel_end local, remote;
};

static int diag = -1;
static struct kernel_table table;

static void open_diag(void)
{
    diag = sockets_open();
    ck_assert_int_ge(diag, 0);
}

static void close_diag(void)
{
    close(diag);
    sockets_free(&table);
}

static struct kernel_end end_of(const struct sockaddr_storage *address, uint8_t *version)
{
    struct kernel_end e = { 0 };
    *version = address->ss_family == AF_INET ? 4 : 6;
    if (*version == 4) {
        const struct sockaddr_in *in = (const void *)address;
        memcpy(e.address, &in->sin_addr, 4);
        e.port = ntohs(in->sin_port);
    } else {
        const struct sockaddr_in6 *in6 = (const void *)address;
        memcpy(e.address, &in6->sin6_addr, 16);
        e.port = ntohs(in6->sin6_port);
    }
    return e;
}

static struct made made_of(int fd, int type)
{
    struct made m = { .fd = fd, .protocol = type == SOCK_STREAM ? KERNEL_TCP : KERNEL_UDP };
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(getsockname(fd, (void *)&address, &length), 0);
    m.local = end_of(&address, &m.version);
    length = sizeof address;
    uint8_t version;
    if (getpeername(fd, (void *)&address, &length) == 0)
        m.remote = end_of(&address, &version);
    return m;
}

static struct sockaddr_storage address_of(const char *text, uint16_t port, socklen_t *length)
{
    struct sockaddr_storage s = { 0 };
    struct sockaddr_in *in = (void *)&s;
    struct sockaddr_in6 *in6 = (void *)&s;
    if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        *length = sizeof *in;
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        *length = sizeof *in6;
    }
    return s;
}

static struct made bound(const char *text, int type)
{
    socklen_t length;
    struct sockaddr_storage address = address_of(text, 0, &length);
    int fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const void *)&address, length), 0);
    return made_of(fd, type);
}

static struct made listening(const char *text, int backlog)
{
    struct made m = bound(text, SOCK_STREAM);
    ck_assert_int_eq(listen(m.fd, backlog), 0);
    return m;
}

static struct made connected(const char *text, uint16_t port, int type)
{
    socklen_t length;
    struct sockaddr_storage address = address_of(text, port, &length);
    int fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (const void *)&address, length), 0);
    return made_of(fd, type);
}

static struct made accepted(const struct made *listener)
{
    return made_of(accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC), SOCK_STREAM);
}

/* A pair of connected sockets, client first. */
static void pair(struct made ends[2])
{
    struct made listener = listening("127.0.0.1", 1);
    ends[0] = connected("127.0.0.1", listener.local.port, SOCK_STREAM);
    ends[1] = accepted(&listener);
    close(listener.fd);
}

static const struct kernel_socket *now(const struct made *m)
{
    nanoseconds until = clock_steady() + PATIENCE;
    do                            /* a reading has little time, and a busy machine may take that away */
        ck_assert_msg(sockets_read(diag, &table), "the kernel tells nothing");
    while (table.cut && clock_steady() < until);
    ck_assert(table.tcp && table.udp && !table.cut && !table.left_out);
    return sockets_find(&table, m->protocol, m->version, &m->local, &m->remote);
}

/* Reads until the socket is in this state; what arrives on loopback may take its time on a busy machine. */
static const struct kernel_socket *once_in(const struct made *m, enum kernel_state state)
{
    nanoseconds until = clock_steady() + PATIENCE;
    const struct kernel_socket *s;
    do
        s = now(m);
    while ((!s || s->state != state) && clock_steady() < until);
    ck_assert_msg(s && s->state == state, "it is in %s, not in %s", s ? kernel_state_names[s->state] : "no table",
                  kernel_state_names[state]);
    return s;
}

static const struct kernel_socket *once_queued(const struct made *m, uint32_t bytes)
{
    nanoseconds until = clock_steady() + PATIENCE;
    const struct kernel_socket *s;
    do
        s = now(m);
    while (s && s->receive_queue < bytes && clock_steady() < until);
    ck_assert_ptr_nonnull(s);
    return s;
}

START_TEST(a_listening_socket_has_its_accept_queue_and_backlog)
{
    struct made listener = listening("127.0.0.1", 1);
    const struct kernel_socket *s = once_in(&listener, KERNEL_LISTEN);
    ck_assert_uint_eq(s->waiting, 0);
    ck_assert_uint_eq(s->backlog, 1);
    ck_assert_uint_ne(s->inode, 0);
    ck_assert_uint_eq(s->uid, geteuid());
    ck_assert(sockets_expect_peers(&table));
    struct made client = connected("127.0.0.1", listener.local.port, SOCK_STREAM);
    struct made waits = { .protocol = KERNEL_TCP, .version = 4, .local = client.remote, .remote = client.local };
    ck_assert(kernel_unaccepted(once_in(&waits, KERNEL_ESTABLISHED)));
    ck_assert_uint_eq(now(&listener)->waiting, 1);
    struct made server = accepted(&listener);
    ck_assert(!kernel_unaccepted(now(&server)));
    ck_assert_uint_eq(now(&listener)->waiting, 0);
    close(server.fd);
    close(client.fd);
    close(listener.fd);
    ck_assert_ptr_null(now(&listener));
}
END_TEST

START_TEST(what_no_recv_has_taken_is_the_receive_queue)
{
    struct made ends[2];
    pair(ends);
    const struct kernel_socket *s = once_in(&ends[1], KERNEL_ESTABLISHED);
    ck_assert_uint_eq(s->receive_queue, 0);
    ck_assert_uint_eq(s->send_queue, 0);
    ck_assert_int_eq(send(ends[0].fd, "abc", 3, MSG_NOSIGNAL), 3);
    ck_assert_uint_eq(once_queued(&ends[1], 3)->receive_queue, 3);
    char bytes[8];
    ck_assert_int_eq(recv(ends[1].fd, bytes, 2, 0), 2);
    ck_assert_uint_eq(now(&ends[1])->receive_queue, 1);
    close(ends[0].fd);
    close(ends[1].fd);
}
END_TEST

/* ss shows 4 bytes here: the FIN is a number of its own. */
START_TEST(a_fin_is_no_byte)
{
    struct made ends[2];
    char bytes[8];
    pair(ends);
    ck_assert_int_eq(send(ends[0].fd, "abc", 3, MSG_NOSIGNAL), 3);
    close(ends[0].fd);
    const struct kernel_socket *s = once_in(&ends[1], KERNEL_CLOSE_WAIT);
    ck_assert_uint_eq(s->receive_queue, 3);
    ck_assert(s->fin_unread);
    ck_assert(!kernel_unaccepted(s));
    ck_assert(kernel_orphan(once_in(&ends[0], KERNEL_FIN_WAIT_2)));
    ck_assert_int_eq(recv(ends[1].fd, bytes, sizeof bytes, 0), 3);
    ck_assert_int_eq(recv(ends[1].fd, bytes, sizeof bytes, 0), 0);
    s = now(&ends[1]);
    ck_assert(!s->fin_unread);
    ck_assert_uint_eq(s->receive_queue, 0);
    close(ends[1].fd);
    s = once_in(&ends[0], KERNEL_TIME_WAIT);
    ck_assert_int_eq(s->timer, TIMER_TIME_WAIT);
    ck_assert_int_gt(s->timer_left, 0);
    ck_assert_ptr_null(now(&ends[1]));
}
END_TEST

START_TEST(a_fin_waits_behind_data_that_nobody_reads)
{
    struct made ends[2];
    static char bytes[16384];
    pair(ends);
    size_t sent = 0;
    ssize_t length;
    while ((length = send(ends[0].fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
        sent += (size_t)length;
    ck_assert_int_eq(shutdown(ends[0].fd, SHUT_WR), 0);
    const struct kernel_socket *s = once_in(&ends[0], KERNEL_FIN_WAIT_1);
    ck_assert_uint_gt(s->send_queue, 0);
    ck_assert(!kernel_orphan(s));
    nanoseconds until = clock_steady() + PATIENCE;
    size_t queued;
    do {                          /* until what has arrived is acknowledged too */
        queued = now(&ends[0])->send_queue;
        s = sockets_find(&table, KERNEL_TCP, 4, &ends[1].local, &ends[1].remote);
        ck_assert_ptr_nonnull(s);
        queued += s->receive_queue;
    } while (queued != sent && clock_steady() < until);
    ck_assert_uint_eq(queued, sent);
    ck_assert_int_eq(s->state, KERNEL_ESTABLISHED);
    close(ends[0].fd);
    close(ends[1].fd);
}
END_TEST

START_TEST(a_udp_socket_is_bound_or_connected)
{
    struct made server = bound("127.0.0.1", SOCK_DGRAM);
    struct made client = connected("127.0.0.1", server.local.port, SOCK_DGRAM);
    ck_assert_int_eq(now(&server)->state, KERNEL_CLOSED);
    ck_assert(sockets_expect_peers(&table));
    ck_assert_int_eq(now(&client)->state, KERNEL_ESTABLISHED);
    ck_assert_int_eq(send(client.fd, "abc", 3, MSG_NOSIGNAL), 3);
    ck_assert_uint_gt(once_queued(&server, 1)->receive_queue, 0);
    close(client.fd);
    close(server.fd);
}
END_TEST

START_TEST(a_dual_stack_socket_is_one_and_takes_both)
{
    struct made probe = { .fd = socket(AF_INET6, SOCK_STREAM, 0) };
    if (probe.fd < 0)
        return;                   /* no IPv6 in this kernel */
    close(probe.fd);
    struct made listener = listening("::", 2), only4 = listening("127.0.0.1", 1);
    const struct kernel_socket *s = once_in(&listener, KERNEL_LISTEN);
    static const uint8_t four[16] = { 127, 0, 0, 1 }, other[16] = { 10, 9, 0, 1 };
    ck_assert(s->dual);
    ck_assert(kernel_takes_address(s, 4, four) && kernel_takes_address(s, 6, s->local.address));
    struct made client = connected("127.0.0.1", listener.local.port, SOCK_STREAM);
    struct made waits = { .protocol = KERNEL_TCP, .version = 4, .local = client.remote, .remote = client.local };
    ck_assert_int_eq(once_in(&waits, KERNEL_ESTABLISHED)->version, 4);
    size_t count;
    const struct kernel_socket *of_port = sockets_of_port(&table, KERNEL_TCP, listener.local.port, &count);
    ck_assert_ptr_nonnull(of_port);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(of_port[0].state, KERNEL_LISTEN);
    s = now(&only4);
    ck_assert(kernel_takes_address(s, 4, four) && !kernel_takes_address(s, 4, other));
    close(client.fd);
    close(only4.fd);
    close(listener.fd);
}
END_TEST

START_TEST(an_ipv6_connection_is_found_by_its_four_numbers)
{
    struct kernel_host host;
    static const uint8_t loopback[16] = { [15] = 1 };
    ck_assert(kernel_host_open(&host));
    bool has_ipv6 = kernel_host_has(&host, 6, loopback);
    close(host.diag);
    if (!has_ipv6)
        return;
    struct made listener = listening("::1", 1);
    ck_assert(!once_in(&listener, KERNEL_LISTEN)->dual);
    struct made client = connected("::1", listener.local.port, SOCK_STREAM), server = accepted(&listener);
    ck_assert_int_eq(once_in(&client, KERNEL_ESTABLISHED)->version, 6);
    ck_assert_int_eq(once_in(&server, KERNEL_ESTABLISHED)->version, 6);
    close(client.fd);
    close(server.fd);
    close(listener.fd);
}
END_TEST

START_TEST(a_host_has_its_addresses)
{
    struct kernel_host host = { 0 };
    static const uint8_t one[16] = { 127, 0, 0, 1 }, two[16] = { 127, 0, 0, 2 }, ten[16] = { 10, 9, 0, 1 };
    ck_assert(kernel_host_add(&host, "10.9.0.1"));
    ck_assert(kernel_host_add(&host, "fd09::1"));
    ck_assert(!kernel_host_add(&host, "10.9.0.256"));
    ck_assert(kernel_host_has(&host, 4, ten) && !kernel_host_has(&host, 4, one) && !kernel_host_has(&host, 6, ten));
    ck_assert(kernel_host_add(&host, "127.0.0.1"));
    ck_assert(kernel_host_has(&host, 4, two));
    while (host.count < KERNEL_ADDRESSES)
        ck_assert(kernel_host_add(&host, "10.9.0.3"));
    ck_assert(!kernel_host_add(&host, "10.9.0.4"));
    ck_assert(kernel_host_open(&host));
    ck_assert(kernel_host_has(&host, 4, one));
    close(host.diag);
}
END_TEST

START_TEST(what_was_read_last_time_is_forgotten)
{
    struct made listener = listening("127.0.0.1", 1);
    struct kernel_table other = { 0 };
    once_in(&listener, KERNEL_LISTEN);
    close(listener.fd);
    ck_assert(sockets_read(diag, &other));
    ck_assert(!sockets_same(&table, &other));
    ck_assert(sockets_same(&other, &other));
    int none = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert(!sockets_read(none, &other));
    ck_assert_uint_eq(other.count, 0);
    ck_assert(!other.tcp && !other.udp);
    close(none);
    sockets_free(&other);
}
END_TEST

START_TEST(a_socket_has_its_program_and_descriptor)
{
    struct made listener = listening("127.0.0.1", 1);
    struct kernel_host host;
    ck_assert(kernel_host_open(&host));
    ck_assert(kernel_host_read(&host));
    const struct kernel_socket *s = sockets_find(&host.table, KERNEL_TCP, 4, &listener.local, &listener.remote);
    ck_assert_ptr_nonnull(s);
    const struct kernel_owner *owner = owners_find(&host.owners, s->inode);
    ck_assert_ptr_nonnull(owner);
    ck_assert_int_eq(owner->fd, listener.fd);
    ck_assert_int_eq(owner->pid, getpid());
    ck_assert_str_eq(owner->name, "unit");
    ck_assert_ptr_null(owners_find(&host.owners, 0));
    close(listener.fd);
    kernel_host_close(&host);
}
END_TEST

START_TEST(a_port_has_one_open_socket_and_a_connected_one_a_peer)
{
    struct made ends[2], listener = listening("127.0.0.1", 3);
    ends[0] = connected("127.0.0.1", listener.local.port, SOCK_STREAM);
    ends[1] = accepted(&listener);
    once_in(&ends[1], KERNEL_ESTABLISHED);
    struct kernel_port port = sockets_at(&table, KERNEL_TCP, 4, &listener.local);
    ck_assert_uint_eq(port.opens, 1);
    ck_assert_uint_eq(port.connected, 1);
    ck_assert_uint_eq(port.open->backlog, 3);
    struct kernel_end elsewhere = { .address = { 10, 9, 0, 1 }, .port = listener.local.port };
    ck_assert_uint_eq(sockets_at(&table, KERNEL_TCP, 4, &elsewhere).opens, 0);
    ck_assert_uint_eq(sockets_at(&table, KERNEL_UDP, 4, &listener.local).opens, 0);
    close(ends[0].fd);
    close(ends[1].fd);
    close(listener.fd);
}
END_TEST

/* A hundred thousand: each is found, and none that is not there. */
START_TEST(a_large_table_is_searched)
{
    struct kernel_table many = { .count = 100000, .tcp = true };
    many.sockets = calloc(many.count, sizeof *many.sockets);
    ck_assert_ptr_nonnull(many.sockets);
    for (size_t i = 0; i < many.count; i++) {
        size_t n = i * 7919 % many.count;
        many.sockets[i] = (struct kernel_socket){
            .protocol = KERNEL_TCP, .version = 4, .state = KERNEL_ESTABLISHED, .cookie = n,
            .local = { .address = { 10, 9, 0, 1 }, .port = (uint16_t)(n % 2 ? 80 : 6666) },
            .remote = { .address = { 10, 1, (uint8_t)(n / 60000), 1 }, .port = (uint16_t)(n % 60000 + 1) },
        };
    }
    sockets_sort(&many);
    size_t of_80, of_6666, none;
    sockets_of_port(&many, KERNEL_TCP, 80, &of_80);
    sockets_of_port(&many, KERNEL_TCP, 6666, &of_6666);
    ck_assert_uint_eq(of_80, 50000);
    ck_assert_uint_eq(of_6666, 50000);
    ck_assert_ptr_null(sockets_of_port(&many, KERNEL_UDP, 80, &none));
    for (size_t i = 0; i < many.count; i += 97) {
        const struct kernel_socket *s = &many.sockets[i];
        ck_assert_ptr_eq(sockets_find(&many, KERNEL_TCP, 4, &s->local, &s->remote), s);
        ck_assert_ptr_null(sockets_find(&many, KERNEL_TCP, 6, &s->local, &s->remote));
    }
    sockets_free(&many);
}
END_TEST

Suite *sockets_suite(void)
{
    Suite *suite = suite_create("sockets");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_diag, close_diag);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, a_listening_socket_has_its_accept_queue_and_backlog);
    tcase_add_test(all, what_no_recv_has_taken_is_the_receive_queue);
    tcase_add_test(all, a_fin_is_no_byte);
    tcase_add_test(all, a_fin_waits_behind_data_that_nobody_reads);
    tcase_add_test(all, a_udp_socket_is_bound_or_connected);
    tcase_add_test(all, a_dual_stack_socket_is_one_and_takes_both);
    tcase_add_test(all, an_ipv6_connection_is_found_by_its_four_numbers);
    tcase_add_test(all, a_host_has_its_addresses);
    tcase_add_test(all, what_was_read_last_time_is_forgotten);
    tcase_add_test(all, a_socket_has_its_program_and_descriptor);
    tcase_add_test(all, a_port_has_one_open_socket_and_a_connected_one_a_peer);
    tcase_add_test(all, a_large_table_is_searched);
    suite_add_tcase(suite, all);
    return suite;
}

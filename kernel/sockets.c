#include "kernel/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum {
    ANSWER = 32 * 1024, ROOM_LEAST = 64,
    NEW_SYN_RECEIVED = 12,        /* Linux's number for a request that is no socket yet */
    LAST_STATE = 13,              /* bound, and nothing else */
};

#define LONGEST (60 * NS_PER_MS)
#define ALL_STATES ((UINT32_C(1) << (LAST_STATE + 1)) - 2)

const char *const kernel_state_names[KERNEL_STATE_COUNT] = {
#define X(id, name) [KERNEL_##id] = name,
    KERNEL_STATES(X)
#undef X
};

/* One run of the answers to one question. */
struct reading {
    struct kernel_table *table;
    uint8_t protocol;
};

int sockets_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* --- one socket --- */

static struct kernel_end end_of(const uint32_t address[4], uint16_t port, uint8_t version)
{
    struct kernel_end e = { .port = ntohs(port) };
    memcpy(e.address, address, version == 4 ? 4 : 16);
    return e;
}

static bool any_address(const struct kernel_end *e)
{
    static const uint8_t any[16] = { 0 };
    return memcmp(e->address, any, sizeof any) == 0;
}

static bool mapped(const struct kernel_end *e)
{
    static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(e->address, prefix, sizeof prefix) == 0;
}

/* ::ffff:10.9.0.1 is 10.9.0.1, to which the other host talks. */
static void unmap(struct kernel_socket *s)
{
    struct kernel_end *const ends[] = { &s->local, &s->remote };
    if (s->version != 6 || !mapped(&s->local))
        return;
    s->version = 4;
    for (unsigned i = 0; i < 2; i++) {
        struct kernel_end e = { .port = ends[i]->port };
        if (mapped(ends[i]))
            memcpy(e.address, ends[i]->address + 12, 4);
        *ends[i] = e;
    }
}

/* What the kernel counts as bytes: write_seq - snd_una and rcv_nxt - copied_seq, SYN and FIN within. */
static void set_queues(struct kernel_socket *s, uint32_t received, uint32_t sent)
{
    static const bool own_number[KERNEL_STATE_COUNT] = {      /* a SYN or FIN of its own is not acknowledged */
        [KERNEL_SYN_SENT] = true, [KERNEL_SYN_RECEIVED] = true, [KERNEL_FIN_WAIT_1] = true, [KERNEL_CLOSING] = true,
        [KERNEL_LAST_ACK] = true,
    };
    static const bool peers_fin[KERNEL_STATE_COUNT] = {
        [KERNEL_CLOSE_WAIT] = true, [KERNEL_LAST_ACK] = true, [KERNEL_CLOSING] = true,
    };
    if (s->protocol == KERNEL_TCP && s->state == KERNEL_LISTEN) {
        s->waiting = received;
        s->backlog = sent;
        return;
    }
    s->receive_queue = received;
    s->send_queue = sent;
    if (s->protocol != KERNEL_TCP)
        return;
    s->fin_unread = received && peers_fin[s->state];
    s->receive_queue -= s->fin_unread;
    s->send_queue -= sent && own_number[s->state];
}

static void set_tcp_info(struct kernel_socket *s, const struct nlattr *attribute)
{
    struct tcp_info info = { 0 };
    size_t length = mnl_attr_get_payload_len(attribute);
    memcpy(&info, mnl_attr_get_payload(attribute), length < sizeof info ? length : sizeof info);
    s->round_trip_us = info.tcpi_rtt;
    s->congestion_window = info.tcpi_snd_cwnd;
    s->sent_again = info.tcpi_total_retrans;
}

/* Attributes come in any order, and need not be there. */
static int set_fact(const struct nlattr *attribute, void *self)
{
    struct kernel_socket *s = self;
    uint32_t figures[SK_MEMINFO_VARS];
    uint16_t type = mnl_attr_get_type(attribute), length = mnl_attr_get_payload_len(attribute);
    if (type == INET_DIAG_SKV6ONLY && length >= 1) {
        s->dual = s->version == 6 && !mnl_attr_get_u8(attribute) && any_address(&s->local);
    } else if (type == INET_DIAG_INFO && s->protocol == KERNEL_TCP && s->state != KERNEL_LISTEN) {
        set_tcp_info(s, attribute);
    } else if (type == INET_DIAG_SKMEMINFO && length >= sizeof figures) {
        memcpy(figures, mnl_attr_get_payload(attribute), sizeof figures);
        s->dropped = figures[SK_MEMINFO_DROPS];
    }
    return MNL_CB_OK;
}

static struct kernel_socket socket_of(const struct nlmsghdr *message, uint8_t protocol)
{
    const struct inet_diag_msg *m = mnl_nlmsg_get_payload(message);
    uint8_t version = m->idiag_family == AF_INET ? 4 : 6;
    uint8_t state = m->idiag_state == NEW_SYN_RECEIVED ? KERNEL_SYN_RECEIVED : m->idiag_state;
    struct kernel_socket s = {
        .local = end_of(m->id.idiag_src, m->id.idiag_sport, version),
        .remote = end_of(m->id.idiag_dst, m->id.idiag_dport, version),
        .protocol = protocol, .version = version, .state = state < KERNEL_STATE_COUNT ? state : KERNEL_UNKNOWN,
        .timer = m->idiag_timer <= TIMER_PERSIST ? m->idiag_timer : TIMER_NONE, .tries = m->idiag_retrans,
        .timer_left = (nanoseconds)m->idiag_expires * NS_PER_MS, .inode = m->idiag_inode, .uid = m->idiag_uid,
        .cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
    };
    set_queues(&s, m->idiag_rqueue, m->idiag_wqueue);
    mnl_attr_parse(message, sizeof *m, set_fact, &s);
    unmap(&s);
    return s;
}

/* --- the table --- */

static int take(const struct nlmsghdr *message, void *self)
{
    struct reading *r = self;
    struct kernel_table *t = r->table;
    if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(message) < sizeof(struct inet_diag_msg))
        return MNL_CB_OK;
    if (t->count == t->room && t->room < KERNEL_SOCKETS_MOST) {
        size_t room = t->room ? t->room * 2 : ROOM_LEAST;
        struct kernel_socket *sockets = realloc(t->sockets, room * sizeof *sockets);
        if (sockets) {
            t->sockets = sockets;
            t->room = room;
        }
    }
    if (t->count == t->room)
        t->left_out++;
    else
        t->sockets[t->count++] = socket_of(message, r->protocol);
    return MNL_CB_OK;
}

static bool ask(int diag, uint8_t family, uint8_t protocol, uint32_t number)
{
    uint8_t buffer[NLMSG_ALIGN(sizeof(struct nlmsghdr)) + NLMSG_ALIGN(sizeof(struct inet_diag_req_v2))];
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = number;
    struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(message, sizeof *request);
    request->sdiag_family = family;
    request->sdiag_protocol = protocol;
    request->idiag_states = ALL_STATES;
    request->idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1);
    ssize_t sent;
    do
        sent = send(diag, message, message->nlmsg_len, MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)message->nlmsg_len;
}

/* The kernel makes answers while they are read, so there is always one until the last. */
static ssize_t receive(int diag, uint8_t *buffer, size_t room)
{
    ssize_t length;
    do
        length = recv(diag, buffer, room, MSG_DONTWAIT);
    while (length < 0 && errno == EINTR);
    return length;
}

enum outcome { OUTCOME_WHOLE, OUTCOME_LATE, OUTCOME_REFUSED };

static enum outcome take_answers(int diag, struct reading *r, uint32_t number, nanoseconds until)
{
    uint8_t buffer[ANSWER];
    for (;;) {
        ssize_t length = receive(diag, buffer, sizeof buffer);
        if (length <= 0)
            return OUTCOME_REFUSED;
        int more = mnl_cb_run(buffer, (size_t)length, number, 0, take, r);
        if (more <= MNL_CB_STOP)
            return more == MNL_CB_STOP ? OUTCOME_WHOLE : OUTCOME_REFUSED;
        if (clock_steady() > until)
            return OUTCOME_LATE;
    }
}

/* What was left of a reading that took too long: before it is read to its end, nothing new can be asked. */
static bool drain(int diag, nanoseconds until)
{
    uint8_t buffer[ANSWER];
    while (receive(diag, buffer, sizeof buffer) > 0)
        if (clock_steady() > until) {
            errno = EBUSY;
            return false;
        }
    return errno == EAGAIN;
}

bool sockets_read(int diag, struct kernel_table *table)
{
    static const uint8_t families[] = { AF_INET, AF_INET6 }, protocols[] = { KERNEL_TCP, KERNEL_UDP };
    nanoseconds until = clock_steady() + LONGEST;
    table->count = 0;
    table->left_out = 0;
    table->cut = table->tcp = table->udp = false;
    table->time = clock_wall();
    if (!drain(diag, until))
        return false;
    for (uint32_t i = 0; i < 4 && !table->cut; i++) {
        struct reading r = { .table = table, .protocol = protocols[i / 2] };
        enum outcome outcome = OUTCOME_REFUSED;
        if (ask(diag, families[i % 2], r.protocol, i + 1))
            outcome = take_answers(diag, &r, i + 1, until);
        table->cut = outcome == OUTCOME_LATE;
        bool told = outcome != OUTCOME_REFUSED;           /* IPv6 may be switched off */
        table->tcp |= told && r.protocol == KERNEL_TCP;
        table->udp |= told && r.protocol == KERNEL_UDP;
    }
    sockets_sort(table);
    return table->tcp || table->udp;
}

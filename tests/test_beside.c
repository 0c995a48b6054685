/* The kernel's sockets beside what a capture tells: the comparison, and tables made by hand on the screen. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/beside.h"
#include "tests/settle.h"
#include "tests/test_report_made.h"
#include "ui/screen.h"

Suite *beside_suite(void);

/* --- a host made by hand --- */

enum { SOCKETS = 16 };

struct made_host {
    struct kernel_host host;
    struct kernel_socket sockets[SOCKETS];
};

static void made_begin(struct made_host *m, const char *address, nanoseconds time)
{
    *m = (struct made_host){ .host = { .diag = -1, .table = { .time = time, .tcp = true, .udp = true } } };
    ck_assert(kernel_host_add(&m->host, address));
    m->host.table.sockets = m->sockets;
    m->host.table.room = SOCKETS;
}

/* Of the kernel: 10.9.0.LOCAL:PORT, 10.9.0.REMOTE:PORT; 0: any. */
static struct kernel_socket *made_add(struct made_host *m, unsigned protocol, enum kernel_state state, uint8_t local,
                                      uint16_t local_port, uint8_t remote, uint16_t remote_port)
{
    struct kernel_table *t = &m->host.table;
    ck_assert_uint_lt(t->count, SOCKETS);
    struct kernel_socket *s = &t->sockets[t->count++];
    *s = (struct kernel_socket){ .protocol = (uint8_t)protocol, .version = 4, .state = (uint8_t)state,
                                 .inode = 1000 + (uint32_t)t->count, .cookie = t->count,
                                 .local.port = local_port, .remote.port = remote_port };
    if (local)
        memcpy(s->local.address, (const uint8_t[]){ 10, 9, 0, local }, 4);
    if (remote)
        memcpy(s->remote.address, (const uint8_t[]){ 10, 9, 0, remote }, 4);
    return s;
}

/* --- the comparison --- */

struct opened {
    struct trace *trace;
    const struct connection *connection;
    nanoseconds last;
};

static struct opened opened_at_end(const char *name, uint32_t id)
{
    char path[80];
    struct error error = { 0 };
    snprintf(path, sizeof path, "traces/%s.pcap", name);
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7 } };
    struct opened o = { .trace = trace_open(&options, &error) };
    ck_assert_msg(o.trace, "%s", error.text);
    while (trace_work(o.trace, NS_PER_S, 0))
        ;
    o.connection = as_connection(trace_row(o.trace, id));
    o.last = o.connection->head.last_time;
    return o;
}

struct comparison {
    const char *trace;
    uint32_t id;
    uint8_t at;                       /* 10.9.0.AT: whose kernel */
    uint16_t port;
    enum kernel_state state;          /* KERNEL_UNKNOWN: it has no such socket */
    uint32_t send_queue;
    enum agreement agreement;
    enum difference why;
    const char *words;
};

static const struct comparison comparisons[] = {
    { "many-clients", 2, 1, 6666, KERNEL_ESTABLISHED, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "many-clients", 2, 2, 33446, KERNEL_ESTABLISHED, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "forgotten-close", 1, 1, 6666, KERNEL_CLOSE_WAIT, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "forgotten-close", 1, 2, 40001, KERNEL_FIN_WAIT_2, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "handshake", 1, 2, 40000, KERNEL_TIME_WAIT, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "handshake", 1, 1, 6666, KERNEL_UNKNOWN, 0, BESIDE_SAME, DIFFERS_NONE, "" },
    { "many-clients", 2, 2, 33446, KERNEL_FIN_WAIT_1, 14480, BESIDE_DIFFERS, DIFFERS_FIN_QUEUED,
      "kernel: FIN-WAIT-1, wire: ESTABLISHED" },
    { "forgotten-close", 1, 1, 6666, KERNEL_LAST_ACK, 5, BESIDE_DIFFERS, DIFFERS_FIN_QUEUED,
      "kernel: LAST-ACK, wire: CLOSE-WAIT" },
    { "many-clients", 2, 1, 6666, KERNEL_SYN_RECEIVED, 0, BESIDE_DIFFERS, DIFFERS_QUEUE_FULL,
      "kernel: SYN-RECEIVED, wire: ESTABLISHED" },
    { "handshake", 1, 2, 40000, KERNEL_UNKNOWN, 0, BESIDE_DIFFERS, DIFFERS_WAITS_LESS,
      "kernel: no socket, wire: TIME-WAIT" },
    { "handshake", 1, 1, 6666, KERNEL_TIME_WAIT, 0, BESIDE_DIFFERS, DIFFERS_WAITS_LONGER,
      "kernel: TIME-WAIT, wire: CLOSED" },
    { "no-answer", 1, 2, 40000, KERNEL_UNKNOWN, 0, BESIDE_DIFFERS, DIFFERS_GAVE_UP,
      "kernel: no socket, wire: SYN-SENT" },
    { "forgotten-close", 1, 2, 40001, KERNEL_UNKNOWN, 0, BESIDE_DIFFERS, DIFFERS_GAVE_UP,
      "kernel: no socket, wire: FIN-WAIT-2" },
    { "forgotten-close", 2, 1, 6666, KERNEL_UNKNOWN, 0, BESIDE_DIFFERS, DIFFERS_ENDED_UNSEEN,
      "kernel: no socket, wire: ESTABLISHED" },
    { "forgotten-close", 1, 2, 40001, KERNEL_FIN_WAIT_1, 0, BESIDE_DIFFERS, DIFFERS_NOT_ARRIVED,
      "kernel: FIN-WAIT-1, wire: FIN-WAIT-2" },
    { "forgotten-close", 1, 2, 40001, KERNEL_TIME_WAIT, 0, BESIDE_DIFFERS, DIFFERS_NOT_CAPTURED,
      "kernel: TIME-WAIT, wire: FIN-WAIT-2" },
    { "no-answer", 1, 1, 6666, KERNEL_UNKNOWN, 0, BESIDE_UNKNOWN, DIFFERS_NONE, "" },
};

/* The row's end and the made socket, if there is one. */
static struct beside compared(const struct comparison *c, const struct opened *o, struct made_host *m)
{
    const struct tuple *key = &o->connection->head.key;
    unsigned end = key->address[1][3] == c->at;
    ck_assert_uint_eq(key->port[end], c->port);
    uint8_t peer = key->address[!end][3];
    if (c->state != KERNEL_UNKNOWN)
        made_add(m, KERNEL_TCP, c->state, c->at, c->port, peer, key->port[!end])->send_queue = c->send_queue;
    return beside_of(&m->host, o->connection, end, INT64_MAX);
}

START_TEST(states_agree_or_the_reason_is_told)
{
    const struct comparison *c = &comparisons[_i];
    struct opened o = opened_at_end(c->trace, c->id);
    struct made_host m;
    char address[32];
    snprintf(address, sizeof address, "10.9.0.%u", c->at);
    made_begin(&m, address, o.last + NS_PER_S);
    struct beside b = compared(c, &o, &m);
    struct text t = { 0 };
    beside_words(&t, &b);
    ck_assert_msg(b.agreement == c->agreement, "%s %u: %.*s", c->trace, c->id, (int)t.used, t.bytes);
    ck_assert_int_eq(b.why, c->why);
    if (*c->words)
        ck_assert_str_eq(text_ended(&t), c->words);
    ck_assert_uint_le(strlen(difference_words[b.why]), 34);
    text_free(&t);
    trace_close(o.trace);
}
END_TEST

/* Frames just before the table was read, or not told yet: nobody can say that the two differ. */
START_TEST(what_moves_does_not_differ)
{
    struct opened o = opened_at_end("forgotten-close", 1);
    struct made_host m;
    made_begin(&m, "10.9.0.1", o.last + 10 * NS_PER_MS);
    struct comparison c = { .at = 1, .port = 6666, .state = KERNEL_ESTABLISHED };
    ck_assert_int_eq(compared(&c, &o, &m).agreement, BESIDE_MOVING);
    m.host.table.time = o.last + NS_PER_S;
    unsigned end = o.connection->head.key.address[1][3] == 1;
    ck_assert_int_eq(beside_of(&m.host, o.connection, end, o.last + NS_PER_S).agreement, BESIDE_MOVING);
    ck_assert_int_eq(beside_of(&m.host, o.connection, end, o.last + 2 * NS_PER_S).agreement, BESIDE_DIFFERS);
    trace_close(o.trace);
}
END_TEST

START_TEST(what_is_not_known_does_not_differ)
{
    struct opened o = opened_at_end("forgotten-close", 1);
    struct made_host m;
    made_begin(&m, "10.9.0.7", o.last + NS_PER_S);
    struct comparison c = { .at = 1, .port = 6666, .state = KERNEL_UNKNOWN };
    ck_assert_int_eq(compared(&c, &o, &m).agreement, BESIDE_UNKNOWN);     /* another host's */
    made_begin(&m, "10.9.0.1", o.last + NS_PER_S);
    ck_assert_int_eq(compared(&c, &o, &m).agreement, BESIDE_DIFFERS);
    m.host.table.left_out = 1;                                            /* it may be among them */
    ck_assert_int_eq(compared(&c, &o, &m).agreement, BESIDE_UNKNOWN);
    m.host.table.left_out = 0;
    m.host.table.tcp = false;
    ck_assert_int_eq(compared(&c, &o, &m).agreement, BESIDE_UNKNOWN);
    trace_close(o.trace);
}
END_TEST

/* --- the screen --- */

struct shown {
    struct trace *trace;
    struct screen *screen;
};

static void press(struct shown *s, uint32_t code)
{
    struct key key = { .code = code };
    screen_key(s->screen, &key);
    settle(s->screen);
}

static struct shown shown_of(const char *path, struct kernel_host *hosts, unsigned count)
{
    struct error error = { 0 };
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7 } };
    struct screen_options screen = { .name = path, .hosts = hosts, .host_count = count };
    struct shown s = { .trace = trace_open(&options, &error) };
    ck_assert_msg(s.trace, "%s", error.text);
    s.screen = screen_new(s.trace, &screen);
    settle(s.screen);
    return s;
}

static void shown_free(struct shown *s)
{
    screen_free(s->screen);
    trace_close(s->trace);
}

static char *screen_text(struct shown *s, unsigned width, unsigned height)
{
    struct canvas canvas = canvas_new(width, height);
    struct text t = { 0 };
    screen_draw(s->screen, &canvas);
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, false, &t);
        text_char(&t, '\n');
    }
    text_char(&t, '\0');
    canvas_free(&canvas);
    return t.bytes;
}

static void assert_screen(struct shown *s, unsigned width, const char *part)
{
    char *text = screen_text(s, width, width >= 120 ? 40 : 24);
    assert_holds(text, part);
    free(text);
}

static void assert_not_on_screen(struct shown *s, const char *part)
{
    char *text = screen_text(s, 80, 24);
    assert_lacks(text, part);
    free(text);
}

/* The server of many-clients, after its end. */
static void servers_kernel(struct made_host *m)
{
    struct opened o = opened_at_end("many-clients", 2);
    made_begin(m, "10.9.0.1", o.last + 10 * NS_PER_S);
    trace_close(o.trace);
    struct kernel_socket *s = made_add(m, KERNEL_TCP, KERNEL_LISTEN, 0, 6666, 0, 0);
    s->backlog = 5;
    s->waiting = 1;
    s = made_add(m, KERNEL_TCP, KERNEL_ESTABLISHED, 1, 6666, 2, 33446);
    s->receive_queue = 3;
    made_add(m, KERNEL_TCP, KERNEL_ESTABLISHED, 1, 6666, 2, 50000)->inode = 0;
    made_add(m, KERNEL_TCP, KERNEL_LISTEN, 1, 80, 0, 0)->backlog = 128;
    made_add(m, KERNEL_UDP, KERNEL_CLOSED, 1, 53, 0, 0)->receive_queue = 768;
    sockets_sort(&m->host.table);
}

START_TEST(the_pane_has_queues_backlog_and_what_no_frame_told_of)
{
    struct made_host m;
    servers_kernel(&m);
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    press(&s, PRESS_DOWN);
    press(&s, '3');
    assert_screen(&s, 80,
        "   fd  kind          local: the server remote            takes it?      waiting\n"
        "       listening     0.0.0.0:6666      any               only a SYN      1 of 5\n"
        "►      connected     10.9.0.1:6666     10.9.0.2:33446    YES: all four      3 B\n"
        "    -  accept queue  10.9.0.1:6666     10.9.0.2:50000    other sender       0 B\n"
        "       listening     10.9.0.1:80       any               another port  0 of 128\n"
        "       datagram      10.9.0.1:53       any               not UDP           some\n");
    assert_screen(&s, 80, "The kernel says the same (by hand: ss -tuan); no frame told of 3 more.");
    assert_screen(&s, 80, "Connection 2: 3 bytes for recv(), 0 without ACK.");
    assert_screen(&s, 120, "10.9.0.2:33446                YES: all four      3 B  ESTABLISHED\n");
    press(&s, 'm');
    assert_screen(&s, 80, "Inferred from the segments; descriptors and queues only the kernel knows.");
    shown_free(&s);
}
END_TEST

START_TEST(headings_count_sockets_where_the_kernel_tells)
{
    struct made_host m;
    servers_kernel(&m);
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    assert_screen(&s, 80, " TCP 10.9.0.1:6666  1 listening socket (1 of 5 waiting), 2 connected sockets\n");
    assert_screen(&s, 80, " TCP 10.9.0.1:120  1 attempt: no socket\n");
    assert_screen(&s, 120, "1 listening socket (1 of 5 waiting), 2 connected sockets, 3 connections, "
                           "3 open at the same time\n");
    shown_free(&s);
    m.host.table.count = 0;
    s = shown_of("traces/many-clients.pcap", &m.host, 1);
    assert_screen(&s, 80, " TCP 10.9.0.1:6666  3 connections, 3 open at the same time, no socket now\n");
    shown_free(&s);
    m.host.table.tcp = false;
    s = shown_of("traces/many-clients.pcap", &m.host, 1);
    assert_screen(&s, 80, " TCP 10.9.0.1:6666  3 connections, 3 open at the same time\n");
    shown_free(&s);
}
END_TEST

START_TEST(where_kernel_and_wire_disagree_both_are_shown)
{
    struct made_host m;
    servers_kernel(&m);
    for (size_t i = 0; i < m.host.table.count; i++)
        if (m.sockets[i].remote.port == 33446)
            m.sockets[i].state = KERNEL_FIN_WAIT_1, m.sockets[i].send_queue = 14480;
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    press(&s, PRESS_DOWN);
    press(&s, '3');
    assert_screen(&s, 80,
        "►      FIN-WAIT-1    10.9.0.1:6666     10.9.0.2:33446    YES: all four      3 B\n"
        "    kernel: FIN-WAIT-1, wire: ESTABLISHED: its FIN waits behind data\n");
    assert_screen(&s, 80, "The kernel has 1 of them in another state; no frame told of 3 more.");
    assert_screen(&s, 80, "Connection 2: 3 bytes for recv(), 14,480 without ACK.");
    shown_free(&s);
}
END_TEST

/* A row that says "closed now" is counted among none. */
START_TEST(what_the_kernel_has_no_more_is_not_counted)
{
    struct made_host m;
    servers_kernel(&m);
    m.host.table.count = 0;
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    press(&s, '3');
    assert_screen(&s, 80, "closed now");
    assert_screen(&s, 80, " 1 connection has its own socket\n");
    assert_not_on_screen(&s, "listens");
    shown_free(&s);
}
END_TEST

/* A table is of the end of the trace: of no moment before it. */
START_TEST(the_past_has_no_kernel)
{
    struct made_host m;
    servers_kernel(&m);
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    press(&s, PRESS_DOWN);
    press(&s, '3');
    assert_screen(&s, 80, "The kernel says the same");
    press(&s, ',');
    assert_not_on_screen(&s, "The kernel says");
    assert_not_on_screen(&s, "waiting");
    assert_not_on_screen(&s, "10.9.0.1:80");
    press(&s, '1');
    assert_not_on_screen(&s, "listening socket");
    press(&s, PRESS_END);
    assert_screen(&s, 80, "1 listening socket (1 of 5 waiting)");
    shown_free(&s);
}
END_TEST

START_TEST(a_socket_bound_elsewhere_does_not_take_it)
{
    struct made_host m;
    struct opened o = opened_at_end("no-answer", 1);
    made_begin(&m, "10.9.0.1", o.last + NS_PER_S);
    trace_close(o.trace);
    made_add(&m, KERNEL_TCP, KERNEL_CLOSED, 1, 6666, 0, 0);
    struct kernel_socket *s = made_add(&m, KERNEL_TCP, KERNEL_LISTEN, 0, 6666, 0, 0);
    memcpy(s->local.address, (const uint8_t[]){ 127, 0, 0, 1 }, 4);
    sockets_sort(&m.host.table);
    struct shown shown = shown_of("traces/no-answer.pcap", &m.host, 1);
    press(&shown, '3');
    assert_screen(&shown, 80, "       bound         10.9.0.1:6666     -                 not listening\n");
    assert_screen(&shown, 80, "       listening     127.0.0.1:6666    any               other address   0 of 0\n");
    shown_free(&shown);
}
END_TEST

/* Before the first frame there are sockets already. */
START_TEST(before_anything_is_captured_the_kernel_tells)
{
    struct made_host m;
    servers_kernel(&m);
    struct shown s = shown_of("tests/screens/empty.pcap", &m.host, 1);
    press(&s, '3');
    assert_screen(&s, 80, "No segment and no datagram yet. The kernel has these sockets:");
    assert_screen(&s, 80, "       listening     0.0.0.0:6666      any                               1 of 5\n");
    assert_screen(&s, 80, " 5 sockets, none of which a frame has told of\n");
    shown_free(&s);
}
END_TEST

/* --- all of a host beside a capture --- */

static void tell_pair(void *self, const struct beside_pair *pair)
{
    struct text *told = self;
    text_format(told, "%u %s", pair->local.port, pair->beside.agreement == BESIDE_SAME ? "same " : "");
    beside_words(told, &pair->beside);
    text_format(told, " %s\n", difference_words[pair->beside.why]);
}

START_TEST(each_socket_is_told_once_and_those_that_are_missing)
{
    struct opened o = opened_at_end("forgotten-close", 1);
    struct made_host m;
    struct text told = { 0 };
    made_begin(&m, "10.9.0.1", o.last + NS_PER_S);
    made_add(&m, KERNEL_TCP, KERNEL_LISTEN, 1, 6666, 0, 0);
    made_add(&m, KERNEL_TCP, KERNEL_LISTEN, 1, 7777, 0, 0);                /* nobody came */
    made_add(&m, KERNEL_TCP, KERNEL_CLOSE_WAIT, 1, 6666, 2, 40001);
    made_add(&m, KERNEL_TCP, KERNEL_SYN_SENT, 1, 50000, 9, 80);            /* its SYN waits for ARP */
    made_add(&m, KERNEL_TCP, KERNEL_ESTABLISHED, 1, 50001, 1, 6666);       /* to itself: captured nowhere */
    made_add(&m, KERNEL_UDP, KERNEL_CLOSED, 1, 6666, 0, 0);
    sockets_sort(&m.host.table);
    beside_each(&m.host, trace_decoder(o.trace), INT64_MAX, tell_pair, &told);
    ck_assert_str_eq(text_ended(&told),
                     "6666 same kernel: LISTEN, wire: LISTEN \n"
                     "6666 same kernel: CLOSE-WAIT, wire: CLOSE-WAIT \n"
                     "50000 kernel: SYN-SENT, wire: nothing no segment of it was captured\n"
                     "6666 kernel: no socket, wire: ESTABLISHED ended without a captured segment\n");
    text_free(&told);
    trace_close(o.trace);
}
END_TEST

/* As many as never fit: drawn in time, and what was left out is counted. */
START_TEST(a_hundred_thousand_sockets_are_bounded)
{
    struct made_host m;
    servers_kernel(&m);
    struct kernel_table *t = &m.host.table;
    struct kernel_socket *many = calloc(100000, sizeof *many);
    ck_assert_ptr_nonnull(many);
    memcpy(many, m.sockets, t->count * sizeof *many);
    for (size_t i = t->count; i < 100000; i++)
        many[i] = (struct kernel_socket){
            .protocol = KERNEL_TCP, .version = 4, .state = KERNEL_ESTABLISHED, .cookie = i, .inode = (uint32_t)i + 5000,
            .local = { .address = { 10, 9, 0, 1 }, .port = 443 },
            .remote = { .address = { 10, 9, 3, (uint8_t)(i >> 14) }, .port = (uint16_t)(i % 60000 + 1) },
        };
    t->sockets = many;
    t->count = 100000;
    sockets_sort(t);
    struct shown s = shown_of("traces/many-clients.pcap", &m.host, 1);
    press(&s, PRESS_DOWN);
    press(&s, '3');
    assert_screen(&s, 80, "►      connected     10.9.0.1:6666     10.9.0.2:33446    YES: all four      3 B\n");
    assert_screen(&s, 80, "no frame told of 99,998 more.");
    shown_free(&s);
    free(many);
}
END_TEST

Suite *beside_suite(void)
{
    Suite *suite = suite_create("beside");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 30);
    tcase_add_loop_test(all, states_agree_or_the_reason_is_told, 0, sizeof comparisons / sizeof *comparisons);
    tcase_add_test(all, what_moves_does_not_differ);
    tcase_add_test(all, what_is_not_known_does_not_differ);
    tcase_add_test(all, the_pane_has_queues_backlog_and_what_no_frame_told_of);
    tcase_add_test(all, headings_count_sockets_where_the_kernel_tells);
    tcase_add_test(all, what_the_kernel_has_no_more_is_not_counted);
    tcase_add_test(all, where_kernel_and_wire_disagree_both_are_shown);
    tcase_add_test(all, the_past_has_no_kernel);
    tcase_add_test(all, a_socket_bound_elsewhere_does_not_take_it);
    tcase_add_test(all, before_anything_is_captured_the_kernel_tells);
    tcase_add_test(all, each_socket_is_told_once_and_those_that_are_missing);
    tcase_add_test(all, a_hundred_thousand_sockets_are_bounded);
    suite_add_tcase(suite, all);
    return suite;
}

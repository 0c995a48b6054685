/* The Bytes pane, drawn from bundled traces: what a student reads in it, where keys and clicks lead, and that no size
 * breaks it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/follow.h"
#include "ui/trace.h"
#include "ui/view.h"
#include "ui/view_bytes.h"

Suite *bytes_suite(void);

struct pane {
    struct trace *trace;
    struct follow *follow;
    struct present present;
    struct bytes_memory memory;
    struct text drawn;
};

static struct pane pane_of(const char *name, uint32_t frame)
{
    char path[80];
    snprintf(path, sizeof path, "traces/%s.pcap", name);
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7 } };
    struct error error = { 0 };
    struct pane p = { .trace = trace_open(&options, &error) };
    ck_assert_msg(p.trace != NULL, "%s", error.text);
    while (trace_work(p.trace, NS_PER_S, 0))
        continue;
    p.follow = follow_open(p.trace, 1);
    while (follow_work(p.follow, NS_PER_S))
        continue;
    p.present = (struct present){ .trace = p.trace, .frame = frame, .id = 1, .of = follow_row(p.follow) };
    return p;
}

static void pane_free(struct pane *p)
{
    text_free(&p->drawn);
    follow_close(p->follow);
    trace_close(p->trace);
}

/* Draws it; the text lives until the next time. */
static const char *drawn(struct pane *p, unsigned width, unsigned height)
{
    struct canvas canvas = canvas_new(width, height);
    view_bytes.draw(&p->present, &p->memory, true, &canvas);
    p->drawn.used = 0;
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, true, &p->drawn);
        text_char(&p->drawn, '\n');
    }
    text_char(&p->drawn, '\0');
    canvas_free(&canvas);
    return p->drawn.bytes;
}

static void assert_shows(struct pane *p, unsigned width, unsigned height, const char *part)
{
    const char *text = drawn(p, width, height);
    ck_assert_msg(strstr(text, part) != NULL, "not shown: %s\n%s", part, text);
}

static void ask(struct pane *p, enum request request, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        ck_assert(view_bytes.request(&p->present, &p->memory, request, &(struct key){ 0 }));
}

static bool click(struct pane *p, unsigned x, unsigned y)
{
    return view_bytes.request(&p->present, &p->memory, REQUEST_CLICK, &(struct key){ .x = x, .y = y });
}

START_TEST(fields_bytes_and_a_sentence)
{
    struct pane p = pane_of("handshake", 1);
    drawn(&p, 80, 15);
    ask(&p, REQUEST_DOWN, 2);
    ck_assert_str_eq(drawn(&p, 80, 15),
        "  IPv4         26 source address          10.9.0.2\n"
        "               30 destination address     10.9.0.1\n"
        "  TCP          34 source port             40000\n"
        "               36 destination port        6666\n"
        ">              38 sequence number         1000 (relative 0)\n"
        "               42 acknowledgment number   0 (no ACK: without meaning)\n"
        "--------------------------------------------------------------------------------\n"
        "0x0000  02 00 0a 09 00 01 02 00  0a 09 00 02 08 00 45 00  ..............E.\n"
        "0x0010  00 3c 11 c0 40 00 40 06  14 e8 0a 09 00 02 0a 09  .<..@.@.........\n"
        "0x0020  00 01 9c 40 1a 0a[00 00  03 e8]00 00 00 00 a0 02  ...@............\n"
        "0x0030  fa f0 3c 79 00 00 02 04  05 b4 04 02 08 0a 00 0f  ..<y............\n"
        "------------------------------------------------------- m  as the RFC draws it -\n"
        "TCP, sequence number: 1000 (relative 0)                bytes 38-41  RFC 9293 3.1\n"
        "The number of the first byte of payload. A SYN and a FIN take one number each.\n"
        "Begins anywhere (the ISN) and wraps round.\n");
    pane_free(&p);
}
END_TEST

START_TEST(the_header_as_the_rfc_draws_it)
{
    struct pane p = pane_of("handshake", 3);
    ask(&p, REQUEST_MODE, 1);
    drawn(&p, 80, 26);
    ask(&p, REQUEST_DOWN, 7);
    ck_assert_str_eq(drawn(&p, 80, 26),
        "        0                   1                   2                   3\n"
        "        0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"
        "       +-------------------------------+-------------------------------+\n"
        "       |      source port: 40000       |    destination port: 6666     |\n"
        "       +-------------------------------+-------------------------------+\n"
        "       |              sequence number: 1001 (relative 1)               |\n"
        "       +---------------------------------------------------------------+\n"
        "       |        acknowledgment number: 2000000001 (relative 1)         |\n"
        "       +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+\n"
        "       | data  | rsrvd |C|E|U|A|P|R|S|F[            window             ]\n"
        "       |offset |       |W|C|R|C|S|S|Y|I[                               ]\n"
        "       |       |       |R|E|G|K|H|T|N|N[                               ]\n"
        "       |   8   |   0   |0|0|0|1|0|0|0|0[    502 x 128 = 64256 bytes    ]\n"
        "       +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+\n"
        "       |     checksum: 0x47ec good     |       urgent pointer: 0       |\n"
        "       +---------------+---------------+-------------------------------+\n"
        "       |  option NOP   |  option NOP   |                               |\n"
        "       |    kind 1     |    kind 1     |                               |\n"
        "       +---------------+---------------+                               |\n"
        "       |      option timestamps: TSval 1000030, TSecr 3000000030       |\n"
        "       +---------------------------------------------------------------+\n"
        "\n"
        "------------------------------------------------------------- m  hex and ASCII -\n"
        "TCP, window: 502 x 128 = 64256 bytes                   bytes 48-49  RFC 9293 3.1\n"
        "How many bytes the sender of this has room for. 0: wait. It is shifted left by\n"
        "the window scale of its SYN, except in a SYN.\n");
    pane_free(&p);
}
END_TEST

START_TEST(side_by_side_where_there_is_room)
{
    struct pane p = pane_of("handshake", 4);
    assert_shows(&p, 120, 30, "> TCP          34 source port             40000                             |\n");
    assert_shows(&p, 120, 30, "[9c 40]");
    assert_shows(&p, 160, 30, " 0x0030  01 f6 ");
    pane_free(&p);
}
END_TEST

START_TEST(the_cursor_keeps_its_field_from_frame_to_frame)
{
    struct pane p = pane_of("handshake", 1);
    drawn(&p, 80, 20);
    ask(&p, REQUEST_DOWN, 3);
    assert_shows(&p, 80, 20, "TCP, acknowledgment number: 0 (no ACK: without meaning)");
    p.present.frame = 4;
    assert_shows(&p, 80, 20, "TCP, acknowledgment number: 2000000001 (relative 1)");
    ck_assert_uint_eq(p.memory.byte, 42);
    pane_free(&p);
}
END_TEST

START_TEST(left_and_right_go_byte_by_byte)
{
    struct pane p = pane_of("handshake", 1);
    drawn(&p, 80, 20);
    ask(&p, REQUEST_RIGHT, 1);
    assert_shows(&p, 80, 20, "TCP, source port");
    ask(&p, REQUEST_RIGHT, 1);
    assert_shows(&p, 80, 20, "TCP, destination port");
    ask(&p, REQUEST_LEFT, 3);
    assert_shows(&p, 80, 20, "IPv4, destination address");
    ask(&p, REQUEST_LEFT, 100);
    ck_assert_uint_eq(p.memory.byte, 0);
    ask(&p, REQUEST_RIGHT, 200);
    ck_assert_uint_eq(p.memory.byte, 73);
    ask(&p, REQUEST_PAGE_UP, 20);
    assert_shows(&p, 80, 20, "Ethernet, destination address");
    ask(&p, REQUEST_PAGE_DOWN, 20);
    assert_shows(&p, 80, 20, "TCP, option window scale: 7 (x 128)");
    pane_free(&p);
}
END_TEST

START_TEST(a_click_is_a_field_or_a_byte)
{
    struct pane p = pane_of("handshake", 1);
    drawn(&p, 120, 30);
    ck_assert(click(&p, 20, 2));
    assert_shows(&p, 120, 30, "Ethernet, EtherType");
    unsigned bytes = p.memory.dump.x;
    ck_assert(click(&p, bytes + 8, 3));       /* the first byte of row 0x0018 */
    ck_assert_uint_eq(p.memory.byte, 24);
    assert_shows(&p, 120, 30, "IPv4, header checksum");
    ck_assert(click(&p, bytes + dump_width(8) - 1, 3));      /* the last one, as ASCII */
    ck_assert_uint_eq(p.memory.byte, 31);
    ck_assert(!click(&p, bytes + 8, 20));
    ck_assert(!click(&p, 5, 29));
    pane_free(&p);
}
END_TEST

START_TEST(where_there_is_nothing_it_says_why)
{
    struct pane p = pane_of("handshake", 0);
    assert_shows(&p, 80, 20, "Before the first frame: no bytes yet.");
    ck_assert(!view_bytes.request(&p.present, &p.memory, REQUEST_DOWN, &(struct key){ 0 }));
    p.present.frame = 9999;
    drawn(&p, 80, 20);
    ck_assert_uint_gt(strlen(p.drawn.bytes), 25);
    pane_free(&p);
}
END_TEST

/* Every field of a frame, in both pictures: its row, its brackets, its sentence. */
START_TEST(any_size_and_any_field)
{
    static const char *const names[] = { "handshake",       "snapped", "vlan",      "ipv6",
                                         "udp-unreachable", "padding", "fragments", "arp-unanswered" };
    static const unsigned sizes[][2] = { { 20, 3 }, { 20, 4 }, { 1, 1 }, { 40, 10 }, { 80, 20 }, { 119, 9 }, { 120, 9 },
                                         { 120, 36 }, { 300, 80 } };
    struct pane p = pane_of(names[_i], 1);
    uint32_t known = trace_known(p.trace);
    for (uint32_t frame = 1; frame <= known && frame <= 6; frame++)
        for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            p.present.frame = frame;
            ask(&p, REQUEST_PAGE_UP, 50);
            for (unsigned step = 0; step < 50; step++) {
                const char *text = drawn(&p, sizes[s][0], sizes[s][1]);
                if (sizes[s][0] >= 80 && sizes[s][1] >= 9 && p.memory.mode == BYTES_DUMP)
                    ck_assert_msg(strchr(text, '>') != NULL, "no cursor\n%s", text);
                ask(&p, step % 8 == 0 ? REQUEST_MODE : REQUEST_DOWN, 1);
            }
        }
    pane_free(&p);
}
END_TEST

Suite *bytes_suite(void)
{
    Suite *suite = suite_create("bytes");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, fields_bytes_and_a_sentence);
    tcase_add_test(all, the_header_as_the_rfc_draws_it);
    tcase_add_test(all, side_by_side_where_there_is_room);
    tcase_add_test(all, the_cursor_keeps_its_field_from_frame_to_frame);
    tcase_add_test(all, left_and_right_go_byte_by_byte);
    tcase_add_test(all, a_click_is_a_field_or_a_byte);
    tcase_add_test(all, where_there_is_nothing_it_says_why);
    tcase_add_loop_test(all, any_size_and_any_field, 0, 8);
    suite_add_tcase(suite, all);
    return suite;
}

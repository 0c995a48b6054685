/* The panes States, Stream and Graphs, drawn from bundled traces and from small ones made for it: what a student reads
 * in them, and that no size, no moment and no payload breaks them. */
#include <check.h>
#include <glob.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "tests/test_report_made.h"
#include "ui/follow.h"
#include "ui/trace.h"
#include "ui/view.h"
#include "ui/wire_text.h"

Suite *views_suite(void);

/* --- a moment of a trace --- */

struct scenery {
    struct trace *trace;
    struct follow *follow;
    struct present present;
};

static struct present present_of(struct trace *trace, struct follow *follow, uint32_t at)
{
    trace_go(trace, at);
    while (trace_work(trace, NS_PER_S, 0))
        ;
    return (struct present){ .trace = trace, .frame = at, .time = trace_time(trace), .id = follow_id(follow),
                             .of = follow_row(follow), .of_decoder = follow_decoder(follow),
                             .story = follow_story(follow), .scenes = follow_scenes(follow),
                             .scene = follow_scene_at(follow, at, trace_time(trace)) };
}

/* Row `id` of the capture's first `frames` frames (0: all), at frame `at`. */
static struct scenery scenery_of(const char *path, uint64_t frames, uint32_t id, uint32_t at)
{
    struct trace_options options = { .source = { .file = path, .limit = frames },
                                     .decoder = { .secret = 7, .max_connections = 64 } };
    struct error error = { 0 };
    struct scenery m = { .trace = trace_open(&options, &error) };
    ck_assert_msg(m.trace != NULL, "%s", error.text);
    while (trace_work(m.trace, NS_PER_S, 0))
        ;
    m.follow = follow_open(m.trace, id);
    while (follow_work(m.follow, NS_PER_S))
        ;
    m.present = present_of(m.trace, m.follow, at);
    return m;
}

static struct scenery bundled(const char *name, uint32_t at)
{
    char path[80];
    snprintf(path, sizeof path, "traces/%s.pcap", name);
    return scenery_of(path, 0, 1, at);
}

static void scenery_free(struct scenery *m)
{
    follow_close(m->follow);
    trace_close(m->trace);
}

/* --- what a view draws --- */

static void ask(const struct view *view, const struct present *present, void *record, enum request request)
{
    struct key key = { .code = 0 };
    ck_assert(view->request && view->request(present, record, request, &key));
}

static struct canvas drawn(const struct view *view, const struct present *present, void *record, unsigned width,
                           unsigned height)
{
    struct canvas canvas = canvas_new(width, height);
    view->draw(present, record, true, &canvas);
    return canvas;
}

static char *canvas_words(const struct canvas *canvas, bool ascii)
{
    struct text t = {0};
    for (unsigned y = 0; y < canvas->height; y++) {
        canvas_row(canvas, y, ascii, &t);
        text_char(&t, '\n');
    }
    while (t.used > 1 && t.bytes[t.used - 1] == '\n' && t.bytes[t.used - 2] == '\n')
        t.used--;
    text_char(&t, '\0');
    return t.bytes;
}

/* The view's text after `modes` times m. */
static char *text_of(const struct view *view, const struct scenery *m, unsigned modes, unsigned width, unsigned height)
{
    void *record = calloc(1, view->record + 1);
    for (unsigned i = 0; i < modes; i++)
        ask(view, &m->present, record, REQUEST_MODE);
    struct canvas canvas = drawn(view, &m->present, record, width, height);
    char *text = canvas_words(&canvas, false);
    canvas_free(&canvas);
    free(record);
    return text;
}

static void assert_draws(const struct view *view, const char *name, uint32_t at, unsigned modes, unsigned width,
                         unsigned height, const char *want)
{
    struct scenery m = bundled(name, at);
    char *text = text_of(view, &m, modes, width, height);
    ck_assert_str_eq(text, want);
    free(text);
    scenery_free(&m);
}

static void assert_shows(const struct view *view, const char *name, uint32_t at, unsigned modes, const char *part)
{
    struct scenery m = bundled(name, at);
    char *text = text_of(view, &m, modes, 80, 20);
    assert_holds(text, part);
    free(text);
    scenery_free(&m);
}

/* --- States --- */

START_TEST(figure_5_with_both_ends_in_it_and_the_way_they_came_thick)
{
    assert_draws(&view_states, "handshake", 12, 0, 80, 17,
        "                                      CLOSED\n"
        "  passive OPEN / create TCB ╔════════════╩════════════╗ active OPEN\n"
        "                         LISTEN                       ║ / create TCB, snd SYN\n"
        "      rcv SYN / snd SYN,ACK ║                         ║\n"
        "                      SYN-RECEIVED◄────────────────SYN-SENT\n"
        "                            ║  rcv SYN / snd SYN,ACK  ║ rcv SYN,ACK / snd ACK\n"
        "             rcv ACK of SYN ╚═══════►ESTABLISHED◄═════╝\n"
        "            CLOSE / snd FIN ╔════════════╩════════════╗ rcv FIN / snd ACK\n"
        "                       FIN-WAIT-1                CLOSE-WAIT\n"
        "      rcv ACK of FIN ╔══════╝─────┐ rcv FIN / snd ACK ║ CLOSE / snd FIN\n"
        "              FIN-WAIT-2       CLOSING            LAST-ACK\n"
        "  *rcv FIN / snd ACK ║            │ rcv ACK of FIN    ║\n"
        "                     ╚══════╗─────┘                   ║*rcv ACK of FIN\n"
        "                            ▼      Timeout = 2 MSL    ▼\n"
        "                    C> TIME-WAIT───────────────►S> CLOSED\n"
        " C> client  S> server   thick: the way they came   *: the last move\n"
        " not drawn: RST, CLOSE before ESTABLISHED, SEND in LISTEN, notes 1 to 3\n");
}
END_TEST

START_TEST(figure_5_in_a_small_pane)
{
    assert_draws(&view_states, "handshake", 4, 0, 47, 12,
        "                      CLOSED\n"
        "            ╔════════════╩════════════╗\n"
        "         LISTEN                   SYN-SENT\n"
        "            ╚════►SYN-RECEIVED◄───────║\n"
        "                   ╚═►CS>ESTABLISHED◄═╝\n"
        "               ┌──────────────┴───────┐\n"
        "          FIN-WAIT-1            CLOSE-WAIT\n"
        "            ┌──┴─────────┐            │\n"
        "       FIN-WAIT-2     CLOSING     LAST-ACK\n"
        "            └──┬─────────┘            │\n"
        "           TIME-WAIT──2 MSL───────►CLOSED\n"
        " last: server SYN-RECEIVED -> ESTABLISHED\n");
}
END_TEST

START_TEST(the_states_as_a_list_where_there_is_no_room_to_draw)
{
    assert_draws(&view_states, "handshake", 12, 0, 40, 8,
        "C> client TIME-WAIT\n"
        "   CLOSED -> SYN-SENT -> ESTABLISHED ->\n"
        "   FIN-WAIT-1 -> FIN-WAIT-2 -> TIME-WAIT\n"
        "S> server CLOSED\n"
        "   LISTEN -> SYN-RECEIVED -> ESTABLISHED\n"
        "   -> CLOSE-WAIT -> LAST-ACK -> CLOSED\n");
}
END_TEST

START_TEST(an_arc_that_the_figure_leaves_out_is_told_in_words)
{
    assert_shows(&view_states, "refused", 2, 0, "SYN-SENT  *RST: -> CLOSED\n");
    assert_shows(&view_states, "refused", 2, 0, "the client, SYN-SENT -> CLOSED (rcv RST)");
}
END_TEST

START_TEST(a_server_that_was_not_heard_is_only_supposed_to_be_somewhere)
{
    assert_shows(&view_states, "no-answer", 1, 0, "S? LISTEN");
    assert_shows(&view_states, "no-answer", 1, 0, "S?: nothing of the server was heard yet");
    struct scenery m = bundled("no-answer", 1);
    char *list = text_of(&view_states, &m, 0, 40, 6);
    assert_holds(list, "S> server ? not heard yet\n");
    free(list);
    scenery_free(&m);
}
END_TEST

START_TEST(a_flow_has_no_states_and_the_pane_says_so)
{
    assert_shows(&view_states, "udp", 2, 0, "UDP has no states");
}
END_TEST

START_TEST(before_its_first_frame_nobody_is_anywhere)
{
    struct scenery m = bundled("handshake", 0);
    char *text = text_of(&view_states, &m, 0, 80, 17);
    assert_lacks(text, "C> C");
    assert_lacks(text, "S> L");
    free(text);
    scenery_free(&m);
}
END_TEST

/* --- Stream --- */

START_TEST(the_payload_both_ways_under_its_frames)
{
    assert_draws(&view_stream, "handshake", 6, 0, 50, 10,
        ">─ frame 4, 30.1 ms: 5 bytes ─────────────────────\n"
        "> hello\n"
        "<═ frame 6, 60.3 ms: 5 bytes ═══════════════ now ═\n"
        "< HELLO\n");
}
END_TEST

START_TEST(what_was_sent_again_is_there_once)
{
    struct scenery m = bundled("retransmission", 9);
    char *text = text_of(&view_stream, &m, 0, 60, 20);
    const char *first = strstr(text, "> hello");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "> hello"));
    assert_holds(text, "frame 5, 0.262 s: 5 bytes, sent again");
    free(text);
    scenery_free(&m);
}
END_TEST

START_TEST(bytes_that_are_not_there_are_told)
{
    assert_shows(&view_stream, "snapped", 5, 0, "  [986 bytes more: cut off by the snapshot length]\n");
}
END_TEST

START_TEST(a_datagram_in_fragments_is_put_together)
{
    assert_shows(&view_stream, "fragments", 1, 0, ">─ frame 3, 0 s: 4,000 bytes ");
    assert_shows(&view_stream, "fragments", 1, 0, "> abcdefghijklmnopqrstuvwxyz");
}
END_TEST

START_TEST(one_side_alone_and_bytes)
{
    struct scenery m = bundled("handshake", 6);
    char *client = text_of(&view_stream, &m, 1, 60, 10), *server = text_of(&view_stream, &m, 2, 60, 10);
    char *hex = text_of(&view_stream, &m, 3, 60, 10);
    assert_holds(client, "> hello");
    assert_lacks(client, "HELLO");
    assert_holds(server, "< HELLO");
    assert_lacks(server, "hello");
    assert_holds(hex, "> 000000  68 65 6c 6c 6f           hello\n");
    free(client);
    free(server);
    free(hex);
    scenery_free(&m);
}
END_TEST

START_TEST(scrolling_goes_by_lines_and_comes_back_when_the_present_moves)
{
    struct scenery m = bundled("handshake", 4);
    uint64_t record[16] = { 0 };
    ck_assert_uint_le(view_stream.record, sizeof record);
    struct canvas canvas = drawn(&view_stream, &m.present, record, 60, 3);
    canvas_free(&canvas);
    ask(&view_stream, &m.present, record, REQUEST_DOWN);
    canvas = drawn(&view_stream, &m.present, record, 60, 3);
    char *down = canvas_words(&canvas, false);
    ck_assert_msg(strncmp(down, "> hello\n", 8) == 0, "%s", down);
    canvas_free(&canvas);
    for (unsigned i = 0; i < 50; i++)
        ask(&view_stream, &m.present, record, REQUEST_PAGE_DOWN);
    canvas = drawn(&view_stream, &m.present, record, 60, 3);
    canvas_free(&canvas);
    m.present.frame = 5;
    canvas = drawn(&view_stream, &m.present, record, 60, 3);
    char *back = canvas_words(&canvas, false);
    assert_holds(back, "hello");
    free(down);
    free(back);
    canvas_free(&canvas);
    scenery_free(&m);
}
END_TEST

/* A capture made from a script, in a file that is removed by the caller. */
static void write_capture(const struct script *script, char path[32])
{
    struct text t = {0};
    strcpy(path, "/tmp/synfin-views-XXXXXX");
    int fd = mkstemp(path);
    script_pcap(script, &t);
    ck_assert_int_eq(write(fd, t.bytes, t.used), (ssize_t)t.used);
    close(fd);
    text_free(&t);
}

START_TEST(a_segment_that_came_early_is_put_in_order_and_a_gap_is_told)
{
    struct script script = script_of("client 10.9.0.2:40000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"
                                     "0.000 > S 0:0(0) win 64240\n0.030 < S. 0:0(0) ack 1 win 65160\n"
                                     "0.030 > . 1:1(0) ack 1 win 502\n0.031 > P. 6:11(5) ack 1 \"world\"\n"
                                     "0.032 > P. 1:6(5) ack 1 \"hello\"\n0.060 < . 1:1(0) ack 11\n"
                                     "0.070 > P. 21:26(5) ack 1 \"there\"\n0.090 < . 1:1(0) ack 26\n");
    char path[32];
    write_capture(&script, path);
    struct scenery m = scenery_of(path, 0, 1, 8);
    char *text = text_of(&view_stream, &m, 0, 50, 12);
    ck_assert_str_eq(text,
        ">─ frame 5, 32.0 ms: 5 bytes ─────────────────────\n"
        "> hello\n"
        ">─ frame 4, 31.0 ms: 5 bytes, put in order ───────\n"
        "> world\n"
        "  [10 bytes were not captured]\n"
        ">─ frame 7, 70.0 ms: 5 bytes ─────────────────────\n"
        "> there\n"
        "══ no payload at frame 8 ═══════════════════ now ═\n");
    free(text);
    scenery_free(&m);
    unlink(path);
    script_free(&script);
}
END_TEST

/* --- nothing breaks --- */

static const char hostile[] =
    "\x1b[2J\x1b]0;title\x07\x9b" "31m\xe2\x80\xae\xe2\x81\xa6\xd8\xa7"
    "\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80"
    "\xff\xc0\xaf\xed\xa0\x80\xcc\x81\x7f\r\n\t\\n\xc2\x9b";

/* Control characters, what takes two columns or none, and what turns the reading order around. */
static bool harmless(uint32_t c)
{
    return c == 0 || (c >= 0x20 && wcwidth((wchar_t)c) == 1 && !(c >= 0x590 && c < 0x900) && c != 0xad &&
                      !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f));
}

static void assert_harmless(const struct canvas *canvas)
{
    for (size_t i = 0; i < (size_t)canvas->width * canvas->height; i++)
        if (!harmless(canvas->cells[i].character))   /* not ck_assert: it writes a file, a million times */
            ck_abort_msg("U+%04X is drawn", canvas->cells[i].character);
}

START_TEST(a_hostile_payload_comes_out_as_escapes)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct wire_text text = { .bytes = (const uint8_t *)hostile, .length = sizeof hostile - 1, .width = 60 };
    struct canvas canvas = canvas_new(60, 8);
    ck_assert_uint_eq(wire_text_draw(&text, &canvas, 0, 0, 0, 8), 3);
    assert_harmless(&canvas);
    char *words = canvas_words(&canvas, false);
    ck_assert_str_eq(words, "\\x1b[2J\\x1b]0;title\\a\\x9b31m\\u202e\\u2066\\u0627\u00e9\\u4f60\n"
                            "\\U01f600\\xff\\xc0\\xaf\\xed\\xa0\\x80\\u0301\\x7f\\r\\n\n\\t\\\\n\\u009b\n");
    free(words);
    canvas_free(&canvas);
}
END_TEST

START_TEST(a_hostile_payload_never_reaches_the_screen)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct script script = script_of(script_echo);
    struct frame *frame = &script.frames[3].frame;
    uint8_t *bytes = (uint8_t *)(uintptr_t)frame->bytes;
    char path[32];
    for (size_t part = 0; part + 5 < sizeof hostile; part += 3) {
        memcpy(bytes + frame->caplen - 5, hostile + part, 5);
        write_capture(&script, path);
        struct scenery m = scenery_of(path, 0, 1, 8);
        for (unsigned mode = 0; mode < 4; mode++) {
            uint64_t record[16] = { mode };
            struct canvas canvas = drawn(&view_stream, &m.present, record, 40, 10);
            assert_harmless(&canvas);
            canvas_free(&canvas);
        }
        scenery_free(&m);
        unlink(path);
    }
    script_free(&script);
}
END_TEST

static const struct view *const views[] = { &view_states, &view_stream, &view_graphs };
enum { VIEWS = sizeof views / sizeof *views, PICTURES = 4 };

START_TEST(every_size_at_every_moment_is_drawn_in_printable_cells)
{
    static const char *const names[] = { "handshake", "abort", "zero-window", "udp", "fragments", "midway",
                                         "syn-flood" };
    static const unsigned sizes[][2] = { { 1, 1 }, { 2, 3 }, { 20, 3 }, { 24, 5 }, { 30, 8 }, { 47, 12 }, { 78, 15 },
                                         { 80, 24 }, { 200, 60 }, { 200, 1 }, { 1, 60 } };
    setlocale(LC_CTYPE, "C.UTF-8");
    for (unsigned n = 0; n < sizeof names / sizeof *names; n++)
        for (uint32_t at = 0; at < 12; at += 3) {
            struct scenery m = bundled(names[n], at);
            for (unsigned i = 0; i < sizeof sizes / sizeof *sizes * VIEWS * PICTURES * 2; i++) {
                unsigned view = i % VIEWS, picture = i / VIEWS % PICTURES, size = i / VIEWS / PICTURES / 2;
                uint64_t record[16] = { picture };
                m.present.hide_later = i / VIEWS / PICTURES % 2;
                struct canvas canvas = drawn(views[view], &m.present, record, sizes[size][0], sizes[size][1]);
                assert_harmless(&canvas);
                for (size_t c = 0; c < (size_t)canvas.width * canvas.height && view != 1; c++)
                    if (canvas_ascii(canvas.cells[c].character) == '?' && canvas.cells[c].character != '?')
                        ck_abort_msg("U+%04X has no ASCII", canvas.cells[c].character);
                canvas_free(&canvas);
            }
            scenery_free(&m);
        }
}
END_TEST

START_TEST(without_a_row_each_pane_says_so)
{
    struct present nothing = { .scene = SIZE_MAX };
    for (unsigned v = 0; v < VIEWS; v++) {
        uint64_t record[16] = { 0 };
        struct canvas canvas = drawn(views[v], &nothing, record, 60, 10);
        char *text = canvas_words(&canvas, false);
        assert_holds(text, "selected");
        free(text);
        canvas_free(&canvas);
        struct text t = {0};
        views[v]->title(&nothing, record, &t);
        ck_assert_uint_gt(t.used, 0);
        text_free(&t);
    }
}
END_TEST

/* What is drawn with everything later hidden is what is drawn where it never came. */
static void assert_hidden(struct scenery *all, const char *path, uint32_t at)
{
    struct scenery cut = scenery_of(path, at, 1, at);
    all->present = present_of(all->trace, all->follow, at);
    all->present.hide_later = cut.present.hide_later = true;
    for (unsigned i = 0; i < VIEWS * PICTURES && cut.present.of && cut.present.scene != SIZE_MAX; i++) {
        uint64_t one[16] = { i / VIEWS }, other[16] = { i / VIEWS };
        struct canvas a = drawn(views[i % VIEWS], &all->present, one, 80, 20);
        struct canvas b = drawn(views[i % VIEWS], &cut.present, other, 80, 20);
        char *said = canvas_words(&a, false), *want = canvas_words(&b, false);
        ck_assert_msg(strcmp(said, want) == 0, "%s at frame %u, %s %u:\n%s\ninstead of\n%s", path, at,
                      views[i % VIEWS]->name, i / VIEWS, said, want);
        free(said);
        free(want);
        canvas_free(&a);
        canvas_free(&b);
    }
    scenery_free(&cut);
}

START_TEST(what_is_later_is_hidden_as_if_it_never_came)
{
    glob_t found;
    ck_assert_int_eq(glob("traces/*.pcap", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct scenery all = scenery_of(found.gl_pathv[i], 0, 1, 0);
        for (uint32_t at = 1; at < 20 && at <= trace_known(all.trace); at += at < 4 ? 1 : 3)
            assert_hidden(&all, found.gl_pathv[i], at);
        scenery_free(&all);
    }
    globfree(&found);
}
END_TEST

/* --- Graphs --- */

START_TEST(a_time_sequence_graph)
{
    assert_draws(&view_graphs, "zero-window", 12, 0, 60, 14,
        "█ segment  ─ acknowledged  R sent again  ┄ window's edge\n"
        "    6kB┤                  ╎                               ┄\n"
        "       │                  ╎\n"
        "       │                  ╎\n"
        "     4k┤                  ╎                               ▄─\n"
        "       │                  ╎                               █│\n"
        "       │▄─▄────▄──────────▄───────────────────▄───────────█│\n"
        "       │█                 ╎\n"
        "     2k┤█                 ╎\n"
        "       │█                 ╎\n"
        "       │█                 ╎\n"
        "      0┤S                 ╎\n"
        "       └┬─────────────────▲──────┬────────────────────────┬─\n"
        "        0                now    10                      20 s\n");
}
END_TEST

START_TEST(a_closed_window_is_marked)
{
    assert_draws(&view_graphs, "zero-window", 12, 3, 50, 9,
        "█ in flight  ═ server's window  0 closed\n"
        "    4kB┤              ╎\n"
        "       │▃             ╎                         ══\n"
        "       │█             ╎                         ║\n"
        "     2k┤█             ╎                         ║\n"
        "       │█             ╎                         ║▄\n"
        "      0┤0═0═══0═══════0═══════════════0═════════║█\n"
        "       └┬─────────────▲─────┬───────────────────┬─\n"
        "        0            now   10                 20 s\n");
}
END_TEST

START_TEST(round_trips_are_measured_and_summed_up)
{
    assert_shows(&view_graphs, "handshake", 6, 1, "* data to its ACK: least 30.0 ms, mean 30.1 ms, most 30.2 ms; 3 samples");
}
END_TEST

START_TEST(throughput_counts_both_ways)
{
    assert_shows(&view_graphs, "handshake", 6, 2, "client -> server: 5 bytes, mean ");
    assert_shows(&view_graphs, "handshake", 6, 2, "server -> client: 5 bytes, mean ");
}
END_TEST

START_TEST(left_and_right_choose_the_direction)
{
    struct scenery m = bundled("zero-window", 12);
    uint64_t record[16] = { 0 };
    ask(&view_graphs, &m.present, record, REQUEST_LEFT);
    struct canvas canvas = drawn(&view_graphs, &m.present, record, 60, 10);
    char *text = canvas_words(&canvas, false);
    assert_holds(text, "No data was sent this way.");
    free(text);
    canvas_free(&canvas);
    struct text t = {0};
    view_graphs.title(&m.present, record, &t);
    text_char(&t, '\0');
    assert_holds(t.bytes, "time-sequence: server -> client");
    text_free(&t);
    scenery_free(&m);
}
END_TEST

START_TEST(a_flow_has_neither_sequence_numbers_nor_a_window)
{
    assert_shows(&view_graphs, "udp", 2, 0, "UDP has no sequence numbers");
    assert_shows(&view_graphs, "udp", 2, 3, "UDP has no window");
    assert_shows(&view_graphs, "udp", 2, 1, "* request to reply: least 30.0 ms");
}
END_TEST

Suite *views_suite(void)
{
    Suite *suite = suite_create("views");
    TCase *all = tcase_create("panes");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, figure_5_with_both_ends_in_it_and_the_way_they_came_thick);
    tcase_add_test(all, figure_5_in_a_small_pane);
    tcase_add_test(all, the_states_as_a_list_where_there_is_no_room_to_draw);
    tcase_add_test(all, an_arc_that_the_figure_leaves_out_is_told_in_words);
    tcase_add_test(all, a_server_that_was_not_heard_is_only_supposed_to_be_somewhere);
    tcase_add_test(all, a_flow_has_no_states_and_the_pane_says_so);
    tcase_add_test(all, before_its_first_frame_nobody_is_anywhere);
    tcase_add_test(all, the_payload_both_ways_under_its_frames);
    tcase_add_test(all, what_was_sent_again_is_there_once);
    tcase_add_test(all, bytes_that_are_not_there_are_told);
    tcase_add_test(all, a_datagram_in_fragments_is_put_together);
    tcase_add_test(all, one_side_alone_and_bytes);
    tcase_add_test(all, scrolling_goes_by_lines_and_comes_back_when_the_present_moves);
    tcase_add_test(all, a_segment_that_came_early_is_put_in_order_and_a_gap_is_told);
    tcase_add_test(all, a_hostile_payload_comes_out_as_escapes);
    tcase_add_test(all, a_hostile_payload_never_reaches_the_screen);
    tcase_add_test(all, every_size_at_every_moment_is_drawn_in_printable_cells);
    tcase_add_test(all, without_a_row_each_pane_says_so);
    tcase_add_test(all, what_is_later_is_hidden_as_if_it_never_came);
    tcase_add_test(all, a_time_sequence_graph);
    tcase_add_test(all, a_closed_window_is_marked);
    tcase_add_test(all, round_trips_are_measured_and_summed_up);
    tcase_add_test(all, throughput_counts_both_ways);
    tcase_add_test(all, left_and_right_choose_the_direction);
    tcase_add_test(all, a_flow_has_neither_sequence_numbers_nor_a_window);
    suite_add_tcase(suite, all);
    return suite;
}

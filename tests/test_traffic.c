/* The pane Traffic, drawn from a run that is made by hand: what a student reads in it, and what its keys ask for. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/forms.h"
#include "tests/settle.h"
#include "ui/generator.h"
#include "ui/screen.h"
#include "ui/view.h"

Suite *traffic_suite(void);

enum { PAGE = 21, WIDE_PAGE = 30 };

/* --- a run, without a lab --- */

struct run {
    struct session_options options;
    struct session_speech speech[LAB_ENDS];
    struct session_held held;
    struct wire_page *page;
    struct calls *calls;
    struct traffic traffic;
    uint32_t number[LAB_ENDS];
};

static void run_open(struct run *r)
{
    struct error error = { 0 };
    *r = (struct run){ .options.scenario = scenario_find("lost-syn-ack"), .page = calloc(1, sizeof *r->page),
                       .calls = calls_new() };
    ck_assert(r->options.scenario != NULL);
    ck_assert(faults_add(&r->options.lab.wire.faults, "drop server SYN,ACK 1", &error));
    r->options.lab.wire.delay = 15 * NS_PER_MS;
    r->traffic = (struct traffic){ .place = TRAFFIC_LAB, .options = &r->options, .phase = SESSION_CLIENT, .wire = r->page,
                                   .calls = r->calls, .begun = NS_PER_S,
                                   .speech = { &r->speech[LAB_CLIENT], &r->speech[LAB_SERVER] } };
    r->speech[LAB_CLIENT].started = r->speech[LAB_SERVER].started = true;
}

static void run_free(struct run *r)
{
    calls_free(r->calls);
    free(r->page);
    for (unsigned end = 0; end < LAB_ENDS; end++)
        text_free(&r->speech[end].said);
}

/* Milliseconds after the beginning; takes: until it returned, -1: it waits. */
static void call(struct run *r, enum lab_end end, unsigned at, int takes, unsigned which, int32_t fd, const char *args,
                 const char *result, const char *error)
{
    struct true_call made = { .time = NS_PER_S + at * NS_PER_MS, .call = (uint8_t)which, .fd = fd, .pid = 7,
                              .who = end == LAB_CLIENT ? CALLER_CLIENT : CALLER_SERVER, .number = ++r->number[end],
                              .args = args };
    calls_made(r->calls, &made);
    if (takes < 0)
        return;
    made.end = made.time + takes * NS_PER_MS;
    made.result = result;
    made.error = error;
    calls_returned(r->calls, &made);
}

static void play(struct run *r)
{
    call(r, LAB_SERVER, 1, 0, CALL_SOCKET, -1, "AF_INET, SOCK_STREAM", "3", NULL);
    call(r, LAB_SERVER, 2, 0, CALL_LISTEN, 3, "3, 5", "0", NULL);
    call(r, LAB_SERVER, 3, 1062, CALL_ACCEPT, 3, NULL, "4", NULL);
    call(r, LAB_CLIENT, 14, 1030, CALL_CONNECT, 3, "10.9.0.1:6666", "0", NULL);
    call(r, LAB_CLIENT, 1050, 0, CALL_SEND, 3, "5 bytes", "-1", "EPIPE");
    call(r, LAB_SERVER, 1070, -1, CALL_RECV, 4, "up to 5 bytes", NULL, NULL);
    r->page->frames[LAB_CLIENT] = r->page->delivered[LAB_CLIENT] = 5;
    r->page->frames[LAB_SERVER] = 4;
    r->page->delivered[LAB_SERVER] = 3;
    r->page->deeds = 1;
    r->page->log[0] = (struct wire_deed){ .time = NS_PER_S + 30 * NS_PER_MS, .frame = 2, .matched = 1, .from = LAB_SERVER,
                                          .kind = UNIT_TCP, .flags = TCP_SYN | TCP_ACK };
    r->speech[LAB_CLIENT].ended = true;
    r->speech[LAB_CLIENT].status = 1 << 8;
    text_string(&r->speech[LAB_CLIENT].said, "one\ntwo\033[2J\nsend(): Broken pipe\n");
}

static char *drawn(const struct run *r, void *record, unsigned width, unsigned height)
{
    struct present present = { .traffic = &r->traffic };
    struct canvas canvas = canvas_new(width, height);
    struct text t = { 0 };
    view_traffic.draw(&present, record, true, &canvas);
    ck_assert_uint_eq(without_form(&canvas), 0);
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, true, &t);
        text_char(&t, '\n');
    }
    canvas_free(&canvas);
    text_char(&t, '\0');
    return t.bytes;
}

/* The line that begins so, or has it in it. */
static void assert_line(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "no \"%s\" in\n%s", words, text);
}

START_TEST(calls_of_both_ends_stand_in_their_columns_in_the_order_of_time)
{
    struct run r;
    void *record = calloc(1, view_traffic.record);
    run_open(&r);
    play(&r);
    char *text = drawn(&r, record, 80, PAGE);
    ck_assert_str_eq(text,
        " the SYN,ACK is lost: both ends send again, for neither can know\n"
        " port 6666   wire 15.0 ms each way\n"
        "   time s CLIENT ended with status 1         SERVER runs\n"
        "    0.001                                    socket(AF_INET, SOCK_STREAM) = 3\n"
        "    0.002                                    listen(3, 5) = 0\n"
        "    0.003                                    accept(3) = 4 after 1.062 s\n"
        "    0.014 connect(3) = 0 after 1.030 s\n"
        "    1.050 send(3, 5 bytes) = EPIPE\n"
        "    1.070                                    recv(4, up to 5 bytes) ...\n"
        "\n\n\n\n\n\n\n"
        "--------------------------------------------------------------------------------\n"
        " wrote    two\\x1b[2J\n"
        "          send(): Broken pipe\n"
        " wire     5 frames sent, 5 delivered         4 frames sent, 3 delivered\n"
        "    0.030 the server's 2nd frame was dropped: SYN,ACK len=0 (1 of fault 1)\n");
    free(text);
    text = drawn(&r, record, 120, WIDE_PAGE);
    assert_line(text, "    0.014 connect(3, 10.9.0.1:6666) = 0 after 1.030 s\n");
    free(text);
    free(record);
    run_free(&r);
}
END_TEST

/* It stands at the time when it was made, above what let it return. */
START_TEST(a_call_that_waited_says_so_where_there_is_little_room)
{
    struct run r;
    void *record = calloc(1, view_traffic.record);
    run_open(&r);
    call(&r, LAB_SERVER, 9, 0, CALL_BIND, 3, "[2001:db8::1]:6666 and much more", "0", NULL);
    call(&r, LAB_SERVER, 9, 32, CALL_RECV, 3, "up to 100 bytes", "100", NULL);
    call(&r, LAB_CLIENT, 10, 0, CALL_SENDTO, 3, "200 bytes to 10.9.0.1:6666", "200", NULL);
    call(&r, LAB_CLIENT, 300, 30, CALL_CONNECT, 4, "10.9.0.1:6667", "-1", "ECONNREFUSED");
    char *text = drawn(&r, record, 80, PAGE);
    assert_line(text, "    0.009                                    bind(3, [2001:db8::1]:6666 and m..\n"
                      "    0.009                                    recv(3) = 100 after 32.0 ms\n"
                      "    0.010 sendto(3, 200 bytes to 10.9.0.1:..\n"
                      "    0.300 connect() = ECONNREFUSED ..30.0 ms\n");
    free(text);
    free(record);
    run_free(&r);
}
END_TEST

START_TEST(the_newest_calls_are_shown_and_older_ones_are_a_key_away)
{
    struct run r;
    void *record = calloc(1, view_traffic.record);
    struct present present = { .traffic = &r.traffic };
    struct key key = { .code = 0 };
    run_open(&r);
    for (unsigned i = 0; i < 100; i++)
        call(&r, LAB_CLIENT, i, 0, CALL_SEND, 3, "1 byte", "1", NULL);
    char *text = drawn(&r, record, 80, PAGE);
    assert_line(text, "   0.099 send");
    ck_assert_ptr_null(strstr(text, "   0.050 send"));
    free(text);
    for (unsigned i = 0; i < 40; i++)
        ck_assert(view_traffic.request(&present, record, REQUEST_UP, &key));
    text = drawn(&r, record, 80, PAGE);
    ck_assert_ptr_null(strstr(text, "   0.099 send"));
    assert_line(text, "   0.059 send");
    free(text);
    ck_assert(view_traffic.request(&present, record, REQUEST_FIRST, &key));
    free(drawn(&r, record, 80, PAGE));
    text = drawn(&r, record, 80, PAGE);
    assert_line(text, "   0.000 send");
    free(text);
    free(record);
    run_free(&r);
}
END_TEST

START_TEST(by_hand_the_next_call_of_each_end_is_told)
{
    struct run r;
    void *record = calloc(1, view_traffic.record);
    run_open(&r);
    play(&r);
    r.options.by_hand = true;
    r.speech[LAB_CLIENT].ended = false;
    snprintf(r.held.words, sizeof r.held.words, "close(3)");
    r.traffic.held[LAB_CLIENT] = &r.held;
    char *text = drawn(&r, record, 80, PAGE);
    assert_line(text, "          next: close(3)                     waits in recv()\n");
    assert_line(text, "Kernel timers are real.");
    free(text);
    free(record);
    run_free(&r);
}
END_TEST

START_TEST(no_size_and_no_state_of_a_run_breaks_the_pane)
{
    struct run r;
    run_open(&r);
    play(&r);
    for (unsigned state = 0; state < 8; state++)
        for (unsigned width = 20; width < 200; width += 17)
            for (unsigned height = 3; height < 50; height += 5) {
                void *record = calloc(1, view_traffic.record);
                struct traffic was = r.traffic;
                r.options.by_hand = state & 1;
                r.traffic.options = state & 2 ? &r.options : NULL;
                r.traffic.wire = state & 4 ? r.page : NULL;
                r.traffic.speech[LAB_SERVER] = state & 4 ? &r.speech[LAB_SERVER] : NULL;
                char *text = state & 2 && !(state & 4) ? NULL : drawn(&r, record, width, height);
                free(text);
                free(record);
                r.traffic = was;
            }
    run_free(&r);
}
END_TEST

/* --- keys --- */

struct stage {
    struct trace *trace;
    struct screen *screen;
};

static struct stage stage_as(const struct traffic *traffic, bool from_pane)
{
    struct trace_options options = { .source.file = "traces/handshake.pcap", .decoder.secret = 7 };
    struct screen_options how = { .name = "handshake", .traffic = traffic, .in_traffic = from_pane };
    struct error error = { 0 };
    struct stage s = { .trace = trace_open(&options, &error) };
    ck_assert_msg(s.trace != NULL, "%s", error.text);
    s.screen = screen_new(s.trace, &how);
    settle(s.screen);
    return s;
}

static struct stage stage_of(const struct traffic *traffic)
{
    return stage_as(traffic, false);
}

static void stage_free(struct stage *s)
{
    screen_free(s->screen);
    trace_close(s->trace);
}

static void press(struct stage *s, const char *keys)
{
    for (; *keys; keys++) {
        struct canvas canvas = canvas_new(80, 24);
        screen_draw(s->screen, &canvas);
        canvas_free(&canvas);
        screen_key(s->screen, &(struct key){ .code = *keys == '\n' ? PRESS_ENTER : *keys == '\b' ? PRESS_BACKSPACE
                                                                                                 : (uint32_t)*keys });
    }
}

static char *shown(struct stage *s)
{
    struct canvas canvas = canvas_new(80, 24);
    struct text t = { 0 };
    screen_draw(s->screen, &canvas);
    for (unsigned y = 0; y < 24; y++) {
        canvas_row(&canvas, y, true, &t);
        text_char(&t, '\n');
    }
    canvas_free(&canvas);
    text_char(&t, '\0');
    return t.bytes;
}

static void assert_shown(struct stage *s, const char *words)
{
    char *text = shown(s);
    assert_line(text, words);
    free(text);
}

START_TEST(enter_starts_the_selected_lesson_with_its_numbers)
{
    struct traffic idle = { .place = TRAFFIC_HERE };
    struct stage s = stage_of(&idle);
    press(&s, "8jj\n");                                   /* the third: many-clients */
    struct traffic_wish wish = screen_wish(s.screen);
    ck_assert_int_eq(wish.kind, WISH_START);
    ck_assert_str_eq(wish.scenario->name, "many-clients");
    ck_assert_uint_eq(wish.number[ACTOR_CLIENTS], 0);
    ck_assert(!wish.by_hand);
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    press(&s, "p\b5\n");                                  /* "port 6666 clients 3" */
    press(&s, "b\n");
    wish = screen_wish(s.screen);
    ck_assert_int_eq(wish.kind, WISH_START);
    ck_assert_uint_eq(wish.number[ACTOR_PORT], 6666);
    ck_assert_uint_eq(wish.number[ACTOR_CLIENTS], 5);
    ck_assert(wish.by_hand);
    stage_free(&s);
}
END_TEST

START_TEST(a_number_that_is_none_is_told_and_nothing_starts)
{
    struct traffic idle = { .place = TRAFFIC_HERE };
    struct stage s = stage_of(&idle);
    press(&s, "8jjp\b999999\n");
    char *text = shown(&s);
    assert_line(text, "clients is 1 to ");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    free(text);
    stage_free(&s);
}
END_TEST

START_TEST(beside_a_file_nothing_starts_and_the_command_is_told)
{
    struct traffic none = { .place = TRAFFIC_NOWHERE };
    struct stage s = stage_of(&none);
    press(&s, "8\n");
    char *text = shown(&s);
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    assert_line(text, "synfin lab handshake");
    free(text);
    stage_free(&s);
}
END_TEST

START_TEST(an_end_whose_call_waits_or_that_has_ended_is_told)
{
    struct run r;
    run_open(&r);
    play(&r);
    r.options.by_hand = true;
    struct stage s = stage_of(&r.traffic);
    press(&s, "8s");
    assert_shown(&s, "The server waits in recv() for the other end.");
    press(&s, "c");
    assert_shown(&s, "The client ended with status 1.");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    stage_free(&s);
    run_free(&r);
}
END_TEST

/* n is the next mark, and s sorts, wherever no call waits for them. */
START_TEST(keys_make_calls_only_by_hand_and_where_calls_are_seen)
{
    struct run r;
    run_open(&r);
    r.options.by_hand = true;
    r.traffic.held[LAB_SERVER] = &r.held;
    struct stage s = stage_of(&r.traffic);
    press(&s, "8n");
    struct traffic_wish wish = screen_wish(s.screen);
    ck_assert_int_eq(wish.kind, WISH_RELEASE);
    ck_assert_int_eq(wish.end, LAB_SERVER);
    press(&s, "c");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);   /* the client's does not wait */
    assert_shown(&s, "The client calls nothing now.");
    r.traffic.held[LAB_CLIENT] = &r.held;
    press(&s, "2c");
    wish = screen_wish(s.screen);
    ck_assert_int_eq(wish.kind, WISH_RELEASE);
    ck_assert_int_eq(wish.end, LAB_CLIENT);
    press(&s, "1s");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    r.traffic.phase = SESSION_OVER;
    press(&s, "8nx");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    stage_free(&s);
    run_free(&r);
}
END_TEST

START_TEST(x_ends_what_runs_and_nothing_starts_beside_it)
{
    struct run r;
    run_open(&r);
    struct stage s = stage_of(&r.traffic);
    press(&s, "8\n");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_NONE);
    press(&s, "x");
    ck_assert_int_eq(screen_wish(s.screen).kind, WISH_STOP);
    r.traffic.phase = SESSION_OVER;
    press(&s, "\n");
    struct traffic_wish wish = screen_wish(s.screen);
    ck_assert_int_eq(wish.kind, WISH_START);
    ck_assert_ptr_eq(wish.scenario, r.options.scenario);
    stage_free(&s);
    run_free(&r);
}
END_TEST

/* By hand, until b says otherwise: of a lesson, and of programs of one's own. */
START_TEST(what_ran_before_runs_by_hand_where_b_was_pressed)
{
    for (unsigned own = 0; own < 2; own++)
        for (unsigned by_hand = 0; by_hand < 2; by_hand++) {
            struct run r;
            run_open(&r);
            r.traffic.phase = SESSION_OVER;
            r.options.by_hand = by_hand;
            if (own)
                r.options.scenario = NULL;
            struct stage s = stage_of(&r.traffic);
            press(&s, "8\n");
            struct traffic_wish wish = screen_wish(s.screen);
            ck_assert(wish.kind == WISH_START && wish.by_hand == by_hand && wish.scenario == r.options.scenario);
            press(&s, "b");
            assert_shown(&s, by_hand ? "Enter again by itself" : "Enter again by hand");
            press(&s, "\n");
            wish = screen_wish(s.screen);
            ck_assert(wish.kind == WISH_START && wish.by_hand == !by_hand && wish.scenario == r.options.scenario);
            press(&s, "b\n");
            ck_assert(screen_wish(s.screen).by_hand == by_hand);
            stage_free(&s);
            run_free(&r);
        }
}
END_TEST

START_TEST(a_run_that_was_started_in_the_pane_is_seen_in_it)
{
    struct run r;
    run_open(&r);
    struct stage s = stage_as(&r.traffic, true);
    assert_shown(&s, "traffic: lost-syn-ack");
    press(&s, "b");
    assert_shown(&s, "The next run is by hand");
    stage_free(&s);
    run_free(&r);
}
END_TEST

Suite *traffic_suite(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, calls_of_both_ends_stand_in_their_columns_in_the_order_of_time);
    tcase_add_test(tests, a_call_that_waited_says_so_where_there_is_little_room);
    tcase_add_test(tests, the_newest_calls_are_shown_and_older_ones_are_a_key_away);
    tcase_add_test(tests, by_hand_the_next_call_of_each_end_is_told);
    tcase_add_test(tests, no_size_and_no_state_of_a_run_breaks_the_pane);
    tcase_add_test(tests, enter_starts_the_selected_lesson_with_its_numbers);
    tcase_add_test(tests, a_number_that_is_none_is_told_and_nothing_starts);
    tcase_add_test(tests, beside_a_file_nothing_starts_and_the_command_is_told);
    tcase_add_test(tests, an_end_whose_call_waits_or_that_has_ended_is_told);
    tcase_add_test(tests, what_ran_before_runs_by_hand_where_b_was_pressed);
    tcase_add_test(tests, a_run_that_was_started_in_the_pane_is_seen_in_it);
    tcase_add_test(tests, keys_make_calls_only_by_hand_and_where_calls_are_seen);
    tcase_add_test(tests, x_ends_what_runs_and_nothing_starts_beside_it);
    suite_add_tcase(suite, tests);
    return suite;
}

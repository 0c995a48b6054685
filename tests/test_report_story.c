/* What is told of one connection or flow, and of words: sentences, the ladder, the story, help. */
#include <stdlib.h>
#include <string.h>

#include "report/canvas.h"
#include "report/fields.h"
#include "report/sentence.h"
#include "report/words.h"
#include "tests/test_report_made.h"

/* --- sentences --- */

START_TEST(no_sentence_needs_escaping_and_every_placeholder_is_known)
{
    for (unsigned i = 0; i < SENTENCE_COUNT; i++) {
        struct because because = { .sentence = (uint16_t)i, .who = 1, .frame = { 3, 4 }, .value = { 5, 6 } };
        struct text t = {0};
        text_char(&t, ' ');
        sentence_text(&t, NULL, &because);
        text_char(&t, '\0');
        ck_assert_msg(!strpbrk(t.bytes, "{}[]\"\\"), "%s", t.bytes);
        text_free(&t);
    }
}
END_TEST

START_TEST(a_part_that_names_an_unknown_frame_is_left_out)
{
    struct conversation of = { .client = 1 };
    struct because because = { .sentence = SENTENCE_RCV_SYN, .who = 0 };
    struct text t = {0};
    sentence_text(&t, &of, &because);
    text_char(&t, '\0');
    assert_holds(t.bytes, "The server answers the SYN with SYN,ACK. The kernel does this");
    text_free(&t);
}
END_TEST

/* --- the ladder and the story --- */

START_TEST(the_ladder_of_an_echo)
{
    struct error error = { 0 };
    char *story = story_of(script_echo, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story,
        "   # time s  CLIENT 10.9.0.2:40000                     SERVER 10.9.0.1:6666\n"
        "   1 0.000 connect()┐ SYN-SENT    │─SYN seq=0──────────►│\n"
        "   2 0.030          │             │◄SYN,ACK seq=0 ack=1─│ SYN-RECEIVED listen()?\n"
        "   3 0.030   returns┘ ESTABLISHED │─ACK ack=1──────────►│ ESTABLISHED\n"
        "   4 0.031    send()              │─PSH,ACK seq=1 len=5►│\n"
        "                                  │                     │              accept()?\n"
        "   5 0.061                        │◄PSH,ACK seq=1 len=5─│              send()\n"
        "   6 0.061  close()?  FIN-WAIT-1  │─FIN,ACK seq=6 ack=6►│\n"
        "   7 0.091            FIN-WAIT-2  │◄FIN,ACK seq=6 ack=7─│ LAST-ACK     close()?\n"
        "   8 0.091            TIME-WAIT   │─ACK ack=7──────────►│ CLOSED\n");
    free(story);
}
END_TEST

START_TEST(the_ladder_in_ascii)
{
    struct error error = { 0 };
    char *story = story_of(script_again, 1, (struct report_options){ .width = 80, .ascii = true }, &error);
    assert_holds(story,
        "   1 0.000 connect()+ SYN-SENT    |-SYN seq=0---------->|\n"
        "                    :             : 1.000 s of silence  :\n"
        "   2 1.000          |             |=SYN seq=0 again====>|\n"
        "   3 1.030          |             |<SYN,ACK seq=0 ack=1-| SYN-RECEIVED listen()?\n"
        "   4 1.030   returns+ ESTABLISHED |-ACK ack=1---------->| ESTABLISHED\n");
    for (const char *s = story; *s; s++)
        ck_assert_msg((unsigned char)*s < 0x80, "beyond ASCII: %.20s", s);
    free(story);
}
END_TEST

START_TEST(the_ladder_of_a_refusal_names_no_state_of_the_server)
{
    struct error error = { 0 };
    char *story = story_of(script_refused, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story, "   1 0.000 connect()┐ SYN-SENT    │─SYN seq=0──────────►│ no socket\n"
                        "   2 0.030   refused┘ CLOSED      │◄──────RST,ACK ack=1─│\n");
    assert_holds(story, "connect() fails with ECONNREFUSED. [RFC 9293 3.10.7.3]");
    free(story);
}
END_TEST

START_TEST(a_flow_is_drawn_without_states_or_handshake)
{
    struct error error = { 0 };
    char *story = story_of(script_names, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story, "no connection");
    assert_holds(story, "   1 0.000  sendto()        │─5 B────────────────────────────►│\n"
                        "   2 0.030                  │◄────────────────────────────8 B─│        sendto()\n");
    assert_lacks(story, "ESTABLISHED");
    free(story);
}
END_TEST

/* Wireshark calls both a window update. */
START_TEST(an_ack_whose_news_is_sack_says_so)
{
    struct error error = { 0 };
    char *text = story_of("client 10.0.0.1:1000 isn 0\nserver 10.0.0.9:80 isn 0\n"
                          "0.0 > S 0:0(0) win 9000 <mss 1000,sackOK>\n"
                          "0.03 < S. 0:0(0) ack 1 win 9000 <mss 1000,sackOK>\n"
                          "0.03 > . 1:1(0) ack 1 win 9000\n"
                          "0.04 > . 1:1001(1000) ack 1 win 9000\n"
                          "0.04 > . 1001:2001(1000) ack 1 win 9000\n"
                          "0.07 < . 1:1(0) ack 1 win 8000 <sack 1001:2001>\n"
                          "0.08 < . 1:1(0) ack 1 win 8500 <sack 1001:2001>\n",
                          1, (struct report_options){ 0 }, &error);
    assert_holds(text, "   6 0.070                        │◄─────ACK ack=1 SACK─│\n");
    assert_holds(text, "   7 0.080                        │◄──ACK window update─│\n");
    free(text);
}
END_TEST

START_TEST(no_line_of_a_story_is_longer_than_the_screen)
{
    static const char *const captures[] = { script_echo, script_refused, script_again, script_names };
    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++)
        for (unsigned width = 80; width <= 120; width += 40) {
            struct error error = { 0 };
            char *story = story_of(captures[i], 1, (struct report_options){ .width = width }, &error);
            for (char *line = strtok(story, "\n"); line; line = strtok(NULL, "\n"))
                ck_assert_msg(words_columns(line, strlen(line)) <= width, "%s", line);
            free(story);
        }
}
END_TEST

/* A client that sends `count` segments, each acknowledged. */
static char *long_script(unsigned count)
{
    struct text t = {0};
    text_string(&t, "client 10.9.0.2:40000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"
                    "0.000 > S 0:0(0) win 64240 <mss 1460>\n0.001 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
                    "0.002 > . 1:1(0) ack 1 win 502\n");
    for (unsigned i = 0; i < count; i++) {
        unsigned ms = 3 + i * 2;
        text_format(&t, "%u.%03u > P. %u:%u(2) ack 1\n", ms / 1000, ms % 1000, 1 + i * 2, 3 + i * 2);
        text_format(&t, "%u.%03u < . 1:1(0) ack %u\n", (ms + 1) / 1000, (ms + 1) % 1000, 3 + i * 2);
    }
    text_char(&t, '\0');
    return t.bytes;
}

START_TEST(the_middle_of_a_long_story_is_left_out_and_said)
{
    struct error error = { 0 };
    char *script = long_script(100);
    char *some = story_of(script, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(some, " more segments ");
    assert_holds(some, "more     left out here; --all shows them");
    char *all = story_of(script, 1, (struct report_options){ .width = 80, .all = true }, &error);
    assert_lacks(all, " more segments ");
    ck_assert_uint_gt(strlen(all), strlen(some));
    free(some);
    free(all);
    free(script);
}
END_TEST

START_TEST(a_very_long_story_keeps_its_beginning_and_its_end)
{
    struct error error = { 0 };
    char *script = long_script(12000);
    char *all = story_of(script, 1, (struct report_options){ .width = 80, .all = true }, &error);
    assert_holds(all, "    1 0.000 connect()");
    assert_holds(all, " more segments");
    assert_holds(all, "24003 24.00 ");
    free(all);
    free(script);
}
END_TEST

START_TEST(a_row_that_is_not_there_is_an_error_that_says_what_is)
{
    struct error error = { 0 };
    free(story_of(script_echo, 9, (struct report_options){ .width = 80 }, &error));
    ck_assert_int_eq(error.status, EXIT_USAGE);
    assert_holds(error.text, "no connection or flow 9 in this capture; it has 1 to 1");
}
END_TEST

/* --- canvas --- */

START_TEST(a_canvas_cuts_off_what_does_not_fit)
{
    struct canvas canvas = canvas_new(5, 1);
    canvas_text(&canvas, 3, 0, ROLE_PLAIN, "─►x");
    canvas_text_right(&canvas, 2, 0, ROLE_PLAIN, "long");
    canvas_put(&canvas, 9, 9, ROLE_PLAIN, 'x');
    struct text t = {0};
    canvas_row(&canvas, 0, false, &t);
    text_char(&t, ' ');
    canvas_row(&canvas, 0, true, &t);
    canvas_row(&canvas, 7, true, &t);
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "ng ─► ng ->");
    text_free(&t);
    canvas_free(&canvas);
}
END_TEST

/* --- help --- */

START_TEST(help_knows_the_words_of_the_field_and_their_synonyms)
{
    static const char *const words[][2] = {
        { "welcome socket", "listening socket\n" }, { "ServerSocket", "listening socket\n" },
        { "time-wait", "TIME-WAIT" }, { "TIME_WAIT", "TIME-WAIT" }, { "2MSL", "Twice the longest" },
        { "close_wait_at_end", "One end is still in CLOSE-WAIT" }, { "server.port", "port of the server" },
        { "SF", "established and ended normally" }, { "tcp.segment", "one TCP segment" },
        { "retransmission", "sent before" }, { "ECONNREFUSED", "RST" }, { "passive open", "SYN,ACK" },
        { "sockopt()", "option of a socket" }, { "tail loss probe", "TLP\n" }, { "TLP", "round trips without an ACK" },
        { "exchange", "exchanges (a field)" }, { "connected sockets", "connected socket\n" },
        { "fields", "server.port" }, { "words", "backlog" }, { "history", "SYN-ACK" },
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        char *help = help_of(words[i][0], EXIT_DONE);
        assert_holds(help, words[i][1]);
        free(help);
    }
}
END_TEST

START_TEST(help_names_the_nearest_words_to_an_unknown_one)
{
    char *help = help_of("retransmision", EXIT_USAGE);
    assert_holds(help, "No entry for \"retransmision\". Near it: retransmission");
    free(help);
    help = help_of("TIMEWAIT2", EXIT_USAGE);
    assert_holds(help, "TIME-WAIT");
    free(help);
    help = help_of("\x1b]0;x", EXIT_USAGE);
    assert_lacks(help, "\x1b");
    free(help);
    free(help_of("a word that is far longer than any word that could ever stand in the list of words", EXIT_USAGE));
}
END_TEST

START_TEST(every_name_that_a_report_uses_has_help)
{
    for (unsigned i = 1; i < STATE_COUNT; i++)
        free(help_of(tcp_state_names[i], EXIT_DONE));
    for (unsigned i = 0; i < MARK_COUNT; i++)
        free(help_of(mark_names[i], EXIT_DONE));
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        free(help_of(check_names[i], EXIT_DONE));
    for (unsigned i = 0; i < EVENT_COUNT; i++)
        free(help_of(event_names[i], EXIT_DONE));
    for (unsigned i = 0; i < field_count; i++)
        free(help_of(fields[i].name, EXIT_DONE));
}
END_TEST

TCase *report_story_case(void)
{
    TCase *all = tcase_create("story");
    tcase_set_timeout(all, 30);
    tcase_add_test(all, no_sentence_needs_escaping_and_every_placeholder_is_known);
    tcase_add_test(all, a_part_that_names_an_unknown_frame_is_left_out);
    tcase_add_test(all, the_ladder_of_an_echo);
    tcase_add_test(all, the_ladder_in_ascii);
    tcase_add_test(all, the_ladder_of_a_refusal_names_no_state_of_the_server);
    tcase_add_test(all, a_flow_is_drawn_without_states_or_handshake);
    tcase_add_test(all, an_ack_whose_news_is_sack_says_so);
    tcase_add_test(all, no_line_of_a_story_is_longer_than_the_screen);
    tcase_add_test(all, the_middle_of_a_long_story_is_left_out_and_said);
    tcase_add_test(all, a_very_long_story_keeps_its_beginning_and_its_end);
    tcase_add_test(all, a_row_that_is_not_there_is_an_error_that_says_what_is);
    tcase_add_test(all, a_canvas_cuts_off_what_does_not_fit);
    tcase_add_test(all, help_knows_the_words_of_the_field_and_their_synonyms);
    tcase_add_test(all, help_names_the_nearest_words_to_an_unknown_one);
    tcase_add_test(all, every_name_that_a_report_uses_has_help);
    return all;
}

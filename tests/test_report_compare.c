/* One conversation captured at both ends: what arrived, what did not, and what nobody can tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/words.h"
#include "tests/test_report_made.h"

#define ENDS "client 10.9.0.2:40000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"

/* 10 ms each way; the server's clock is 5 s ahead. Each unit is given its identification, so that both agree. */
#define OPEN_CLIENT ENDS \
    "0.000 > S 0:0(0) win 64240 <mss 1460> id 101\n0.020 < S. 0:0(0) ack 1 win 65160 <mss 1460> id 201\n" \
    "0.020 > . 1:1(0) ack 1 win 502 id 102\n"
#define OPEN_SERVER ENDS \
    "5.010 > S 0:0(0) win 64240 <mss 1460> id 101\n5.010 < S. 0:0(0) ack 1 win 65160 <mss 1460> id 201\n" \
    "5.030 > . 1:1(0) ack 1 win 502 id 102\n"
#define SAY_CLIENT "0.100 > P. 1:6(5) ack 1 id 103\n0.120 < . 1:1(0) ack 6 id 202\n"
#define SAY_SERVER "5.110 > P. 1:6(5) ack 1 id 103\n5.110 < . 1:1(0) ack 6 id 202\n"

static const struct report_options narrow = { .width = 80 };

/* As one line: where words are broken does not matter here. */
static char *both(const char *a, const char *b)
{
    char *text = comparison_of(a, b, 0, COMPARE_TEXT, (struct report_options){ .width = 120 }), *to = text;
    for (const char *s = text; *s; s++)
        if ((*s != ' ' && *s != '\n') || (to > text && to[-1] != ' '))
            *to++ = *s == '\n' ? ' ' : *s;
    *to = '\0';
    return text;
}

static void assert_both(const char *a, const char *b, const char *part)
{
    char *text = both(a, b);
    assert_holds(text, part);
    free(text);
}

START_TEST(the_clocks_are_lined_up_whichever_capture_comes_first)
{
    char *forth = both(OPEN_CLIENT SAY_CLIENT, OPEN_SERVER SAY_SERVER);
    assert_holds(forth, "client end a.pcap (the first)");
    assert_holds(forth, "The server's is 5.000 s ahead.");
    assert_holds(forth, "to server 3 sent, and all arrived. One way: least 10.0 ms, median 10.0 ms, most 10.0 ms.");
    assert_holds(forth, "Every segment that was sent arrived as it was sent.");
    char *back = both(OPEN_SERVER SAY_SERVER, OPEN_CLIENT SAY_CLIENT);
    assert_holds(back, "client end b.pcap (the second)");
    assert_holds(back, "The server's is 5.000 s ahead.");
    ck_assert_str_eq(strchr(back, '#'), strchr(forth, '#'));
    free(forth);
    free(back);
}
END_TEST

START_TEST(a_lost_segment_ends_with_x_and_the_copy_is_told_by_its_identification)
{
    char *text = comparison_of(
        OPEN_CLIENT "0.100 > P. 1:6(5) ack 1 id 103\n0.400 > P. 1:6(5) ack 1 id 104\n0.420 < . 1:1(0) ack 6 id 202\n",
        OPEN_SERVER "5.410 > P. 1:6(5) ack 1 id 104\n5.410 < . 1:1(0) ack 6 id 202\n", 0, COMPARE_TEXT, narrow);
    assert_holds(text, "   4 0.100             │─PSH,ACK seq=1 len=5─────X      │\n");
    assert_holds(text, "   5 0.400             │═PSH,ACK seq=1 len=5 again═════►│              0.410   4\n");
    assert_holds(text, "to server   4 sent, 1 lost.");
    assert_holds(text, "had to be sent again in the client's\n"
        "              frame 5, which arrived as the server's frame 4.");
    free(text);
}
END_TEST

START_TEST(what_came_after_its_copy_was_sent_is_late)
{
    char *text = both(
        OPEN_CLIENT "0.100 > P. 1:6(5) ack 1 id 103\n0.400 > P. 1:6(5) ack 1 id 104\n0.700 < . 1:1(0) ack 6 id 202\n"
                    "0.701 < . 1:1(0) ack 6 id 203\n",
        OPEN_SERVER "5.690 > P. 1:6(5) ack 1 id 103\n5.690 < . 1:1(0) ack 6 id 202\n5.691 > P. 1:6(5) ack 1 id 104\n"
                    "5.691 < . 1:1(0) ack 6 id 203\n");
    assert_holds(text, "took 0.590 s (the server's frame 4): its sender had already sent it again by then.");
    assert_lacks(text, "needless");
    free(text);
}
END_TEST

START_TEST(what_was_sent_after_the_other_capture_ended_is_not_called_lost)
{
    char *text = both(OPEN_CLIENT SAY_CLIENT "1.000 > P. 6:11(5) ack 1 id 104\n", OPEN_SERVER SAY_SERVER);
    assert_holds(text, "holds nothing after it: it may have been stopped before.");
    assert_holds(text, "4 sent, 1 not decidable.");
    assert_lacks(text, "never reached");
    free(text);
}
END_TEST

START_TEST(what_came_before_the_other_capture_began_is_not_called_forged)
{
    char *text = both(OPEN_CLIENT SAY_CLIENT, ENDS SAY_SERVER);
    assert_holds(text, "began later.");
    assert_lacks(text, "never sent");
    free(text);
}
END_TEST

START_TEST(nothing_is_lost_where_the_capture_dropped_frames)
{
    const char *client = OPEN_CLIENT SAY_CLIENT "0.200 > P. 6:11(5) ack 1 id 104\n0.300 > . 11:11(0) ack 1 id 105\n";
    const char *server = OPEN_SERVER SAY_SERVER "5.310 > . 11:11(0) ack 1 id 105\n";
    assert_both(client, server, "5 sent, 1 lost");
    char *dropped = comparison_of(server, client, 3, COMPARE_TEXT, narrow);
    assert_holds(dropped, "1 not decidable");
    assert_holds(dropped, "which dropped frames.");
    free(dropped);
}
END_TEST

START_TEST(what_was_acknowledged_has_arrived)
{
    const char *client = OPEN_CLIENT SAY_CLIENT "0.200 > P. 6:11(5) ack 1 id 104\n0.220 < . 1:1(0) ack 11 id 203\n";
    const char *server = OPEN_SERVER SAY_SERVER "5.210 < . 1:1(0) ack 11 id 203\n";
    assert_both(client, server, "was acknowledged by the server, so it arrived: only its capture lacks it.");
}
END_TEST

START_TEST(one_direction_leaves_the_clocks_undecided)
{
    const char *client = ENDS "0.000 > S 0:0(0) win 64240 <mss 1460> id 101\n"
        "1.000 > S 0:0(0) win 64240 <mss 1460> id 102\n";
    const char *server = ENDS "7.000 > S 0:0(0) win 64240 <mss 1460> id 101\n"
        "8.000 > S 0:0(0) win 64240 <mss 1460> id 102\n";
    char *text = both(client, server);
    assert_holds(text, "Not decidable how far they are apart: only one direction is in both captures.");
    assert_lacks(text, "One way: least");
    free(text);
}
END_TEST

START_TEST(damage_and_rewriting_are_told_apart)
{
    char *damaged = both(OPEN_CLIENT SAY_CLIENT,
                         OPEN_SERVER "5.110 > P. 1:6(5) ack 1 id 103 checksum bad\n5.110 < . 1:1(0) ack 6 id 202\n");
    assert_holds(damaged, "was damaged on the way: as the server's frame 4 its checksum is wrong");
    assert_lacks(damaged, "rewrites it");
    free(damaged);
    assert_both(OPEN_CLIENT SAY_CLIENT,
                OPEN_SERVER "5.110 > P. 1:6(5) ack 1 id 103 \"HELLO\"\n5.110 < . 1:1(0) ack 6 id 202\n",
                "other payload of the same length");
    assert_both(OPEN_CLIENT SAY_CLIENT,
                ENDS "5.010 > S 0:0(0) win 64240 <mss 1380> id 101\n"
                "5.010 < S. 0:0(0) ack 1 win 65160 <mss 1460> id 201\n"
                     "5.030 > . 1:1(0) ack 1 win 502 id 102\n" SAY_SERVER, "MSS 1460 became 1380");
}
END_TEST

START_TEST(what_was_never_sent_was_made_on_the_way)
{
    char *text = both(OPEN_CLIENT SAY_CLIENT "0.300 < R 1:1(0) id 999\n0.400 > . 6:6(0) ack 1 id 104\n",
                      OPEN_SERVER SAY_SERVER "5.410 > . 6:6(0) ack 1 id 104\n");
    assert_holds(text, "The RST of the client's frame 6 was never sent by the server");
    assert_holds(text, "never sent─*");
    free(text);
}
END_TEST

START_TEST(doubled_on_the_way_or_only_captured_twice)
{
    assert_both(OPEN_CLIENT SAY_CLIENT, OPEN_SERVER SAY_SERVER "5.1101 again 4\n",
                "was sent once by the client, and arrived once more.");
    char *twice = both(OPEN_CLIENT SAY_CLIENT, OPEN_SERVER SAY_SERVER "5.1101 again 4\n5.1101 again 5\n");
    assert_lacks(twice, "once more");
    free(twice);
}
END_TEST

START_TEST(what_was_overtaken_arrives_after_what_was_sent_later)
{
    assert_both(OPEN_CLIENT "0.100 > . 1:6(5) ack 1 id 103\n0.101 > P. 6:11(5) ack 1 id 104\n"
        "0.123 < . 1:1(0) ack 11 id 202\n",
                OPEN_SERVER "5.111 > P. 6:11(5) ack 1 id 104\n5.112 > . 1:6(5) ack 1 id 103\n"
                "5.113 < . 1:1(0) ack 11 id 202\n",
                "The ACK with 5 bytes of the client's frame 4 arrived after what was sent later");
}
END_TEST

START_TEST(other_addresses_and_the_same_numbers_are_a_nat)
{
    static const char inside[] =
        "client 192.168.1.7:51000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"
        "0.000 > S 0:0(0) win 64240 <mss 1460>\n0.020 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
        "0.020 > . 1:1(0) ack 1 win 502\n";
    char *text = both(inside, OPEN_SERVER);
    assert_holds(text, "A NAT is between the ends.");
    assert_holds(text, "192.168.1.7:51000 to 10.9.0.1:6666");
    assert_holds(text, "Every segment that was sent arrived as it was sent.");
    free(text);
}
END_TEST

START_TEST(replaced_initial_numbers_are_a_firewall)
{
    static const char shifted[] =
        "client 10.9.0.2:40000 isn 777\nserver 10.9.0.1:6666 isn 2000000000\n"
        "5.010 > S 0:0(0) win 64240 <mss 1460>\n5.010 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
        "5.030 > . 1:1(0) ack 1 win 502\n";
    assert_both(OPEN_CLIENT, shifted, "Sequence numbers: all are shifted by the same amount.");
}
END_TEST

/* The same is said again, or more, or never: each as it is. */
START_TEST(what_a_lost_ack_said_may_come_later_or_never)
{
    static const struct {
        const char *client, *server, *says;
    } cases[] = {
        { "0.200 > . 6:6(0) ack 6 id 104\n0.500 > . 6:6(0) ack 6 id 105\n", "5.510 > . 6:6(0) ack 6 id 105\n",
          "A later one tells the same: the client's frame 8, which arrived as the server's frame 7." },
        { "0.200 > . 6:6(0) ack 6 id 104\n0.500 > . 6:6(0) ack 11 id 105\n", "5.510 > . 6:6(0) ack 11 id 105\n",
          "A later one tells the same and more: the client's frame 8" },
        { "0.200 > . 6:6(0) ack 6 id 104\n0.500 > R 6:6(0) id 105\n", "5.510 > R 6:6(0) id 105\n",
          "Nothing that acknowledges as much arrived after it." },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        char client[2048], server[2048];
        snprintf(client, sizeof client, "%s%s", OPEN_CLIENT SAY_CLIENT "0.190 < P. 1:11(10) ack 6 id 203\n",
                 cases[i].client);
        snprintf(server, sizeof server, "%s%s", OPEN_SERVER SAY_SERVER "5.180 < P. 1:11(10) ack 6 id 203\n",
                 cases[i].server);
        assert_both(client, server, "Nobody acknowledges an ACK alone, so no timer sends it again. ");
        assert_both(client, server, cases[i].says);
    }
}
END_TEST

/* Nothing of the conversation comes back by which the ends or their clocks could be told. */
START_TEST(an_icmp_error_goes_from_end_to_end_and_one_clock_tells_the_ends)
{
    static const char ends[] = "client 10.9.0.2:40001\nserver 10.9.0.1:7007\n";
    char client[512], server[512];
    strcat(strcpy(client, ends), "0.000 > udp \"one\"\n0.030 < icmp port-unreachable of 1\n");
    strcat(strcpy(server, ends), "0.015 > udp \"one\"\n0.015 < icmp port-unreachable of 1\n");
    assert_both(client, server, "Which end is which: not decidable here.");
    assert_both(client, server, "arrived as it was sent; an ICMP error came back");
    char *text = comparison_by(server, client, true, 0, COMPARE_TEXT, narrow);
    assert_holds(text, "client end  b.pcap (the second)");
    assert_holds(text, "Which end is which: what is sent is captured at its sender's\n");
    assert_holds(text, "  clocks      They are one: both captures were made on this host.\n"
                       "  to server   1 sent, and it arrived. One way: least 15.0 ms,");
    assert_holds(text, "   1 0.000       │─3 B───────────────────────────────────►│        0.015   1\n"
                       "   2 0.030       │◄─────────────────ICMP port unreachable─│        0.015   2\n");
    free(text);
    strcat(strcpy(server, ends), "0.015 > udp \"one\"\n");
    strcat(strcpy(client, ends), "0.000 > udp \"one\"\n");
    text = comparison_of(client, server, 0, COMPARE_TEXT, narrow);
    assert_holds(text, "SERVER 10.9.0.1:7007 time ms   #\n");
    free(text);
    strcat(client, "0.030 < icmp port-unreachable of 1\n");
    text = comparison_of(client, server, 0, COMPARE_TEXT, narrow);
    assert_holds(text, "   2 0.030       │◄──────────ICMP port unreachable─*      │\n");
    free(text);
}
END_TEST

START_TEST(a_lost_datagram_stays_lost)
{
    static const char ends[] = "client 10.9.0.2:40001\nserver 10.9.0.1:7007\n";
    char a[512], b[512];
    strcat(strcpy(a, ends), "0.000 > udp \"one\"\n0.020 < udp \"ONE\"\n1.000 > udp \"two\"\n2.000 > udp \"three\"\n");
    strcat(strcpy(b, ends), "0.010 > udp \"one\"\n0.010 < udp \"ONE\"\n2.010 > udp \"three\"\n");
    assert_both(a, b,
                "datagram of 3 bytes of the client's frame 3 was sent and never reached the server, and stays lost");
    assert_both(a, b, "They agree.");
}
END_TEST

/* A client that says something every second; the other clock runs fast by `drift` microseconds a second. */
static char *talk(bool server, unsigned drift)
{
    struct text t = {0};
    text_string(&t, server ? OPEN_SERVER : OPEN_CLIENT);
    for (unsigned i = 0; i < 30; i++) {
        double sent = 1 + i, back = sent + 0.020, at = sent + 0.010;
        if (server)
            text_format(&t, "%.6f > P. %u:%u(5) ack 1 id %u\n%.6f < . 1:1(0) ack %u id %u\n", 5 + at + at * drift / 1e6,
                        1 + 5 * i, 6 + 5 * i, 300 + i, 5 + at + at * drift / 1e6 + 0.000001, 6 + 5 * i, 400 + i);
        else
            text_format(&t, "%.6f > P. %u:%u(5) ack 1 id %u\n"
            "%.6f < . 1:1(0) ack %u id %u\n", sent, 1 + 5 * i, 6 + 5 * i,
                        300 + i, back, 6 + 5 * i, 400 + i);
    }
    text_char(&t, '\0');
    return t.bytes;
}

START_TEST(clocks_that_drift_are_told_and_straightened)
{
    char *client = talk(false, 0), *server = talk(true, 1000), *steady = talk(true, 0);
    char *text = both(client, server);
    assert_holds(text, "the server's gains 999.2 millionths");
    assert_lacks(text, " took ");
    char *other = both(client, steady);
    assert_lacks(other, "drift");
    free(client);
    free(server);
    free(steady);
    free(text);
    free(other);
}
END_TEST

START_TEST(captures_that_cannot_be_of_two_ends_are_doubted)
{
    assert_both(OPEN_CLIENT SAY_CLIENT, OPEN_CLIENT SAY_CLIENT, "both captures were made at one place.");
    /* A clock that was set back in the middle. */
    assert_both(OPEN_CLIENT SAY_CLIENT,
                OPEN_SERVER "4.110 > P. 1:6(5) ack 1 id 103 earlier\n4.110 < . 1:1(0) ack 6 id 202\n",
                "Yet something then arrives before it is sent");
}
END_TEST

START_TEST(a_large_segment_may_arrive_in_pieces)
{
    char *text = both(OPEN_CLIENT "0.100 > P. 1:3001(3000) ack 1 id 103\n0.120 < . 1:1(0) ack 3001 id 202\n",
                      OPEN_SERVER "5.110 > . 1:1461(1460) ack 1 id 103\n5.110 > . 1461:2921(1460) ack 1 id 104\n"
                                  "5.110 > P. 2921:3001(80) ack 1 id 105\n5.110 < . 1:1(0) ack 3001 id 202\n");
    assert_holds(text, "in pieces");
    assert_holds(text, "to server 3 sent, and all arrived.");
    assert_lacks(text, "never sent");
    free(text);
}
END_TEST

START_TEST(two_captures_without_a_conversation_in_common_say_what_each_has)
{
    char *text = both(script_echo, script_names);
    assert_holds(text, "a.pcap has 10.9.0.2:40000 to 10.9.0.1:6666 (TCP). "
                       "b.pcap has 10.9.0.2:40001 to 10.9.0.1:7007 (UDP).");
    free(text);
    char *missing = comparison_of(script_echo, script_echo, 0, COMPARE_TEXT, (struct report_options){ .only = 9 });
    assert_holds(missing, "There is no connection or flow 9 in a.pcap");
    free(missing);
}
END_TEST

START_TEST(no_line_of_a_comparison_is_longer_than_the_screen)
{
    for (unsigned width = 80; width <= 120; width += 20) {
        char *text = comparison_of(OPEN_CLIENT SAY_CLIENT "0.300 < R 1:1(0) id 999\n0.400 > . 6:6(0) ack 1 id 104\n",
                                   OPEN_SERVER SAY_SERVER "5.410 > . 6:6(0) ack 1 id 104\n", 0, COMPARE_TEXT,
                                   (struct report_options){ .width = width });
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            ck_assert_msg(words_columns(line, strlen(line)) <= width, "%s", line);
        free(text);
    }
}
END_TEST

START_TEST(a_comparison_as_json_has_an_object_for_each_unit)
{
    char *text = comparison_of(OPEN_CLIENT SAY_CLIENT, OPEN_SERVER SAY_SERVER, 0, COMPARE_JSONL, narrow);
    ck_assert_uint_eq(assert_json_lines(text), 6);
    assert_json(text, "'delay':0.01,'fate':'arrived','changes':[]");
    assert_json(text, "'clock_offset':5,");
    free(text);
}
END_TEST

TCase *report_compare_case(void)
{
    TCase *all = tcase_create("compare");
    tcase_add_test(all, the_clocks_are_lined_up_whichever_capture_comes_first);
    tcase_add_test(all, a_lost_segment_ends_with_x_and_the_copy_is_told_by_its_identification);
    tcase_add_test(all, what_came_after_its_copy_was_sent_is_late);
    tcase_add_test(all, what_was_sent_after_the_other_capture_ended_is_not_called_lost);
    tcase_add_test(all, what_came_before_the_other_capture_began_is_not_called_forged);
    tcase_add_test(all, nothing_is_lost_where_the_capture_dropped_frames);
    tcase_add_test(all, what_was_acknowledged_has_arrived);
    tcase_add_test(all, one_direction_leaves_the_clocks_undecided);
    tcase_add_test(all, damage_and_rewriting_are_told_apart);
    tcase_add_test(all, what_was_never_sent_was_made_on_the_way);
    tcase_add_test(all, doubled_on_the_way_or_only_captured_twice);
    tcase_add_test(all, what_was_overtaken_arrives_after_what_was_sent_later);
    tcase_add_test(all, other_addresses_and_the_same_numbers_are_a_nat);
    tcase_add_test(all, replaced_initial_numbers_are_a_firewall);
    tcase_add_test(all, what_a_lost_ack_said_may_come_later_or_never);
    tcase_add_test(all, an_icmp_error_goes_from_end_to_end_and_one_clock_tells_the_ends);
    tcase_add_test(all, a_lost_datagram_stays_lost);
    tcase_add_test(all, clocks_that_drift_are_told_and_straightened);
    tcase_add_test(all, captures_that_cannot_be_of_two_ends_are_doubted);
    tcase_add_test(all, a_large_segment_may_arrive_in_pieces);
    tcase_add_test(all, two_captures_without_a_conversation_in_common_say_what_each_has);
    tcase_add_test(all, no_line_of_a_comparison_is_longer_than_the_screen);
    tcase_add_test(all, a_comparison_as_json_has_an_object_for_each_unit);
    return all;
}

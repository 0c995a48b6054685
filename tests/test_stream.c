/* Streams that rubrics compare: put in order whatever the order of the segments, and honest about what is not there. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grade/stream.h"
#include "tests/script.h"

#define BEGIN \
    "conversation x client 10.9.0.2:40000 isn 4294967290 server 10.9.0.1:6666 isn 7000\n" \
    "x 0.00 > S 0:0(0) <mss 1460>\nx 0.01 < S. 0:0(0) ack 1 <mss 1460>\nx 0.02 > . 1:1(0) ack 1\n"
#define HELLO "x 0.03 > P. 1:6(5) ack 1 \"hello\"\n"
#define WORLD "x 0.04 > P. 6:12(6) ack 1 \" world\"\n"
#define ACK_ALL "x 0.05 < . 1:1(0) ack 12\n"
#define CLOSE "x 0.10 > F. 12:12(0) ack 1\nx 0.11 < F. 1:1(0) ack 13\nx 0.12 > . 13:13(0) ack 2\n"

/* The capture that a script makes; over: of a run that had ended. */
static void read_script(struct evidence *evidence, const char *text, bool over)
{
    struct script script;
    struct error error = { 0 };
    struct text pcap = {0};
    char name[] = "/tmp/synfin-stream-XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    ck_assert_msg(script_parse(text, "stream", &script, &error), "%s", error.text);
    script_pcap(&script, &pcap);
    ck_assert_int_eq(write(fd, pcap.bytes, pcap.used), (ssize_t)pcap.used);
    close(fd);
    ck_assert_msg(evidence_read(evidence, name, over, &error), "%s", error.text);
    unlink(name);
    text_free(&pcap);
    script_free(&script);
}

static const struct conversation *only_row(const struct evidence *evidence)
{
    const struct conversation *row = decoder_first(evidence->decoder);
    ck_assert_ptr_nonnull(row);
    return row;
}

/* What the client sent; `missing` is part of the reason why it is not whole, NULL where it is. */
static void expect_of(bool over, const char *script, const char *bytes, const char *missing)
{
    struct evidence evidence;
    struct stream stream;
    read_script(&evidence, script, over);
    const struct conversation *row = only_row(&evidence);
    ck_assert(stream_make(&stream, &evidence, row, row->client));
    ck_assert_msg(stream.length == strlen(bytes) && memcmp(stream.bytes, bytes, stream.length) == 0,
                  "\"%.*s\", not \"%s\"", (int)stream.length, (const char *)stream.bytes, bytes);
    if (missing)
        ck_assert_msg(strstr(stream.missing, missing) != NULL, "missing: \"%s\"", stream.missing);
    else
        ck_assert_str_eq(stream.missing, "");
    stream_free(&stream);
    evidence_free(&evidence);
}

static void expect(const char *script, const char *bytes, const char *missing)
{
    expect_of(false, script, bytes, missing);
}

START_TEST(segments_in_order_across_the_wrap_of_sequence_numbers)
{
    expect(BEGIN HELLO WORLD ACK_ALL CLOSE, "hello world", NULL);
}
END_TEST

START_TEST(segments_out_of_order)
{
    expect(BEGIN "x 0.03 > P. 6:12(6) ack 1 \" world\"\nx 0.04 > P. 1:6(5) ack 1 \"hello\"\n" ACK_ALL CLOSE, "hello world", NULL);
}
END_TEST

START_TEST(what_is_sent_again_is_there_once)
{
    expect(BEGIN HELLO "x 0.035 > P. 1:6(5) ack 1 \"hello\"\n" WORLD ACK_ALL CLOSE, "hello world", NULL);
    expect(BEGIN HELLO "x 0.035 > P. 1:12(11) ack 1 \"hello world\"\n" ACK_ALL CLOSE, "hello world", NULL);
    expect(BEGIN HELLO "x 0.035 > P. 3:12(9) ack 1 \"llo world\"\n" ACK_ALL CLOSE, "hello world", NULL);
}
END_TEST

START_TEST(a_gap_ends_what_is_known)
{
    expect(BEGIN HELLO "x 0.04 > P. 9:12(3) ack 1 \"rld\"\n" ACK_ALL CLOSE, "hello", "3 bytes before frame 5 were not captured");
    expect(BEGIN HELLO ACK_ALL CLOSE, "hello", "6 bytes before the FIN of the client");
}
END_TEST

START_TEST(without_an_end_it_is_not_whole)
{
    expect(BEGIN HELLO, "hello", "the client has not closed when the capture ends");
    expect(BEGIN HELLO "x 0.05 < R. 1:1(0) ack 6\n", "hello", NULL);
    expect(BEGIN, "", "has not closed");
    expect(BEGIN "x 0.10 > F. 1:1(0) ack 1\nx 0.11 < F. 1:1(0) ack 2\nx 0.12 > . 2:2(0) ack 2\n", "", NULL);
}
END_TEST

START_TEST(the_end_of_a_run_is_an_end)
{
    struct evidence evidence;
    expect_of(true, BEGIN HELLO, "hello", NULL);
    expect_of(true, BEGIN HELLO ACK_ALL, "hello", "6 bytes of the client that were acknowledged were not captured");
    expect_of(true, BEGIN HELLO "x 0.04 > P. 9:12(3) ack 1 \"rld\"\n", "hello", "3 bytes before frame 5");
    for (unsigned over = 0; over < 2; over++) {
        read_script(&evidence, BEGIN HELLO, over == 1);
        ck_assert((evidence_unfinished(&evidence, only_row(&evidence)) == NULL) == over);
        evidence_free(&evidence);
    }
}
END_TEST

static void expect_lacks(const char *script, uint64_t bytes)
{
    struct evidence evidence;
    read_script(&evidence, script, false);
    const struct conversation *row = only_row(&evidence);
    ck_assert_uint_eq(stream_lacks(&evidence, row, row->client), bytes);
    ck_assert_uint_eq(stream_lacks(&evidence, row, !row->client), 0);
    evidence_free(&evidence);
}

START_TEST(what_was_acknowledged_and_not_captured_is_counted)
{
    expect_lacks(BEGIN HELLO WORLD ACK_ALL CLOSE, 0);
    expect_lacks(BEGIN HELLO ACK_ALL CLOSE, 6);
    expect_lacks(BEGIN HELLO ACK_ALL, 6);
    expect_lacks(BEGIN HELLO "x 0.04 > P. 9:12(3) ack 1 \"rld\"\n" ACK_ALL, 3);
    expect_lacks(BEGIN WORLD, 0);
    expect_lacks(BEGIN WORLD "x 0.045 > P. 1:6(5) ack 1 \"hello\"\n" ACK_ALL, 0);
    expect_lacks(BEGIN HELLO "x 0.035 > P. 3:12(9) ack 1 \"llo world\"\n" ACK_ALL CLOSE, 0);
}
END_TEST

START_TEST(without_a_beginning_it_is_not_whole)
{
    expect("conversation x client 10.9.0.2:40000 isn 100 server 10.9.0.1:6666 isn 7000\n"
           "x 0.03 > P. 1:6(5) ack 1 \"hello\"\nx 0.05 < . 1:1(0) ack 6\n", "hello", "begins before the capture");
}
END_TEST

START_TEST(bytes_that_no_receiver_takes_are_left_out)
{
    expect(BEGIN HELLO "x 0.035 > P. 90000000:90000005(5) ack 1 \"forge\"\n" WORLD ACK_ALL CLOSE, "hello world", NULL);
}
END_TEST

START_TEST(each_byte_has_its_frame)
{
    struct evidence evidence;
    struct stream stream;
    read_script(&evidence, BEGIN HELLO WORLD ACK_ALL CLOSE, false);
    const struct conversation *row = only_row(&evidence);
    ck_assert(stream_make(&stream, &evidence, row, row->client));
    ck_assert_uint_eq(stream_frame(&stream, 0), 4);
    ck_assert_uint_eq(stream_frame(&stream, 4), 4);
    ck_assert_uint_eq(stream_frame(&stream, 5), 5);
    ck_assert_uint_eq(stream_frame(&stream, 1000), 5);
    stream_free(&stream);
    ck_assert(stream_make(&stream, &evidence, row, !row->client));
    ck_assert_uint_eq(stream_frame(&stream, 0), 0);
    stream_free(&stream);
    evidence_free(&evidence);
}
END_TEST

START_TEST(datagrams_follow_one_another)
{
    struct evidence evidence;
    struct stream stream;
    read_script(&evidence, "conversation x client 10.9.0.2:40000 server 10.9.0.1:7007\nx 0.0 > udp \"one\"\nx 0.1 < udp \"two\"\n"
                           "x 0.2 > udp \"three\"\n", false);
    const struct conversation *row = only_row(&evidence);
    ck_assert(stream_make(&stream, &evidence, row, row->client));
    ck_assert_uint_eq(stream.length, 8);
    ck_assert_int_eq(memcmp(stream.bytes, "onethree", 8), 0);
    ck_assert_str_eq(stream.missing, "");
    stream_free(&stream);
    const struct happening *happening = evidence_first(&evidence, row->id);
    while (happening && happening->kind != EVENT_UDP_DATAGRAM)
        happening = evidence_next(&evidence, happening);
    ck_assert_ptr_nonnull(happening);
    ck_assert(stream_of_unit(&stream, &evidence, happening));
    ck_assert_uint_eq(stream.length, 3);
    ck_assert_uint_eq(stream_frame(&stream, 0), 1);
    stream_free(&stream);
    evidence_free(&evidence);
}
END_TEST

START_TEST(a_capture_that_cannot_be_read_says_why)
{
    struct evidence evidence;
    struct error error = { 0 };
    ck_assert(!evidence_read(&evidence, "/nowhere/at/all.pcap", false, &error));
    ck_assert_int_eq(error.status, EXIT_UNREADABLE);
    evidence_free(&evidence);
    ck_assert(evidence_read(&evidence, NULL, false, &error));
    ck_assert_ptr_null(decoder_first(evidence.decoder));
    evidence_free(&evidence);
}
END_TEST

Suite *stream_suite(void);

Suite *stream_suite(void)
{
    Suite *suite = suite_create("stream");
    TCase *cases = tcase_create("stream");
    tcase_add_test(cases, segments_in_order_across_the_wrap_of_sequence_numbers);
    tcase_add_test(cases, segments_out_of_order);
    tcase_add_test(cases, what_is_sent_again_is_there_once);
    tcase_add_test(cases, a_gap_ends_what_is_known);
    tcase_add_test(cases, without_an_end_it_is_not_whole);
    tcase_add_test(cases, the_end_of_a_run_is_an_end);
    tcase_add_test(cases, what_was_acknowledged_and_not_captured_is_counted);
    tcase_add_test(cases, without_a_beginning_it_is_not_whole);
    tcase_add_test(cases, bytes_that_no_receiver_takes_are_left_out);
    tcase_add_test(cases, each_byte_has_its_frame);
    tcase_add_test(cases, datagrams_follow_one_another);
    tcase_add_test(cases, a_capture_that_cannot_be_read_says_why);
    suite_add_tcase(suite, cases);
    return suite;
}

/* test_source.c - the readers of both file formats: what they take, what they refuse, and how they say it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/pcapng.h"
#include "tests/test_source_made.h"

Suite *source_suite(void);

START_TEST(classic_in_both_byte_orders_and_precisions)
{
    for (int big = 0; big <= 1; big++)
        for (int nano = 0; nano <= 1; nano++) {
            struct text t = {0};
            made_classic_header(&t, big, nano ? 0xa1b23c4d : 0xa1b2c3d4, 2, 4, 101);
            for (unsigned i = 0; i < 100; i++)
                made_classic_frame(&t, big, 999999, i, i + 7, i);
            struct reading r = read_text(&t);
            ck_assert_str_eq(r.error.text, "");
            ck_assert_uint_eq(r.count, 100);
            ck_assert_uint_eq(r.frames[9].number, 10);
            ck_assert_uint_eq(r.frames[9].caplen, 9);
            ck_assert_uint_eq(r.frames[9].len, 16);
            ck_assert_uint_eq(r.frames[9].linktype, 101);
            ck_assert_uint_eq(r.frames[2].offset, 24 + 16 + 16 + 1);
            ck_assert_int_eq(r.frames[9].time, SECOND * NS_PER_S + (nano ? 999999 : 999999000));
        }
}
END_TEST

START_TEST(old_minor_versions_have_the_lengths_swapped)
{
    static const struct { unsigned major, minor; bool swapped; } versions[] = {
        { 2, 2, true }, { 2, 3, true }, { 2, 3, false }, { 2, 4, false }, { 543, 0, true },
    };
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct text t = {0};
        made_classic_header(&t, false, 0xa1b2c3d4, versions[i].major, versions[i].minor, 1);
        made_classic_frame(&t, false, 0, versions[i].swapped ? 60 : 20, versions[i].swapped ? 20 : 60, 20);
        struct reading r = read_text(&t);
        ck_assert_uint_eq(r.count, 1);
        ck_assert_uint_eq(r.frames[0].caplen, 20);
        ck_assert_uint_eq(r.frames[0].len, 60);
    }
}
END_TEST

START_TEST(kuznetzovs_records_are_longer)
{
    struct text t = {0};
    made_classic_header(&t, true, 0xa1b2cd34, 2, 4, 1);
    for (unsigned i = 0; i < 3; i++) {
        made_classic_frame(&t, true, 1, 5, 5, 0);
        text_repeat(&t, "k", 8);
        made_body(&t, 5);
    }
    struct reading r = read_text(&t);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 3);
}
END_TEST

START_TEST(link_type_without_frame_check_bits_and_snapshot_length_tolerated)
{
    struct text t = {0};
    made_classic_header(&t, false, 0xa1b2c3d4, 2, 4, 0x44000001);
    made_classic_frame(&t, false, 0, 100000, 100000, 100000);
    struct reading r = read_text(&t);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.frames[0].linktype, 1);
    ck_assert_uint_eq(r.frames[0].caplen, 100000);
}
END_TEST

START_TEST(a_cut_record_keeps_the_frames_before_it)
{
    struct text t = {0};
    made_classic_header(&t, false, 0xa1b2c3d4, 2, 4, 1);
    made_classic_frame(&t, false, 0, 10, 10, 10);
    made_classic_frame(&t, false, 0, 10, 10, 9);
    struct reading r = read_text(&t);
    ck_assert_uint_eq(r.count, 1);
    says(&r, EXIT_CUT_SHORT, "record at offset 50, after frame 1, needs at least 26 bytes, and 25 are there");
}
END_TEST

START_TEST(an_impossible_length_is_damage)
{
    struct text t = {0};
    made_classic_header(&t, false, 0xa1b2c3d4, 2, 4, 1);
    made_classic_frame(&t, false, 0, 10, 10, 10);
    made_classic_frame(&t, false, 0, 262145, 262145, 10);
    struct reading r = read_text(&t);
    ck_assert_uint_eq(r.count, 1);
    says(&r, EXIT_CUT_SHORT, "offset 50, after frame 1, cannot be right: it claims 262145 captured bytes");
}
END_TEST

START_TEST(what_is_no_capture_is_named)
{
    static const struct { const char *bytes; size_t length; const char *words; } cases[] = {
        { "", 0, "is empty" },
        { "No.  Time  Source\n", 18, "it is text" },
        { "PK\3\4........", 12, "ZIP" },
        { "snoop\0\0\0....", 12, "editcap" },
        { "\xd4\xc3\xb2\xa1\2\0", 6, "in the middle of the file header" },
        { "\xd4\xc3\xb2\xa1\1\0\4\0................", 24, "pcap version 1.4" },
        { "\n\r\r\n\x1c\0\0\0....", 12, "byte-order magic" },
        { "\1\2\3\4\5\6\7\7\6\5\4\3", 12, "neither pcap nor pcapng" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text t = {0};
        text_bytes(&t, cases[i].bytes, cases[i].length);
        struct reading r = read_text(&t);
        ck_assert(!r.opened);
        says(&r, EXIT_UNREADABLE, cases[i].words);
    }
    struct reading directory = read_path("/tmp", NULL, 0);
    says(&directory, EXIT_UNREADABLE, "directory");
    struct reading missing = read_path("/nonexistent.pcap", NULL, 0);
    says(&missing, EXIT_UNREADABLE, "No such file");
}
END_TEST

START_TEST(sections_have_their_own_byte_order_and_interfaces)
{
    struct text t = {0};
    for (int big = 0; big <= 1; big++) {
        made_section(&t, big);
        made_interface(&t, big, 1, 0, 6, 0);
        made_interface(&t, big, 101, 0, 9, 1000);
        made_enhanced(&t, big, 1, 5, 33);
        made_enhanced(&t, big, 0, SECOND * UINT64_C(1000000), 60);
        made_statistics(&t, big, 0, 3);
        made_statistics(&t, big, 0, 4);
        made_statistics(&t, big, 1, 10);
    }
    struct reading r = read_text(&t);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 4);
    for (unsigned i = 0; i < 4; i += 2) {
        ck_assert_uint_eq(r.frames[i].linktype, 101);
        ck_assert_uint_eq(r.frames[i].interface, 1);
        ck_assert_int_eq(r.frames[i].time, 1000 * NS_PER_S + 5);
        ck_assert_uint_eq(r.frames[i + 1].linktype, 1);
        ck_assert_uint_eq(r.frames[i + 1].len, 160);
        ck_assert_int_eq(r.frames[i + 1].time, SECOND * NS_PER_S);
    }
    ck_assert(r.counts.dropped_known);
    ck_assert_uint_eq(r.counts.dropped, 28);
}
END_TEST

START_TEST(obsolete_and_simple_packet_blocks_are_frames)
{
    struct text t = {0};
    struct text obsolete = {0};
    struct text simple = {0};
    made_section(&t, true);
    made_interface(&t, true, 1, 40, 6, 0);
    made_put(&obsolete, true, 4, 99);                 /* interface 0, 99 drops */
    made_put(&obsolete, true, 8, 5000000);
    made_put32(&obsolete, true, 11);
    made_put32(&obsolete, true, 80);
    made_body(&obsolete, 11);
    made_block(&t, true, 2, &obsolete);
    made_put32(&simple, true, 1500);                  /* cut by the interface's snapshot length */
    made_body(&simple, 40);
    made_block(&t, true, 3, &simple);
    struct reading r = read_text(&t);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.frames[1].caplen, 40);
    ck_assert_uint_eq(r.frames[1].len, 1500);
    ck_assert_int_eq(r.frames[0].time, 5 * NS_PER_S);
    ck_assert_msg(r.frames[1].time == 5 * NS_PER_S, "without a time stamp: that of the frame before");
    text_free(&simple);
    text_free(&obsolete);
}
END_TEST

START_TEST(other_blocks_are_passed_over_but_numbered_as_wireshark_does)
{
    struct text t = {0};
    struct text content = {0};
    text_repeat(&content, "names and secrets ", 30000);
    made_section(&t, false);
    made_interface(&t, false, 1, 0, 6, 0);
    made_block(&t, false, 4, &content);
    made_block(&t, false, 10, &content);
    made_block(&t, false, 0x7777, &content);
    made_enhanced(&t, false, 0, 1, 9);
    made_block(&t, false, 0xbad, &content);
    made_enhanced(&t, false, 0, 1, 9);
    struct reading r = read_text(&t);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.frames[0].number, 1);
    ck_assert_msg(r.frames[1].number == 3, "a custom block is 2 in Wireshark's list");
    text_free(&content);
}
END_TEST

static struct text one_block(uint32_t type, const char *content, size_t length)
{
    struct text t = {0};
    struct text c = {0};
    made_section(&t, false);
    made_interface(&t, false, 1, 0, 6, 0);
    text_bytes(&c, content, length);
    made_block(&t, false, type, &c);
    text_free(&c);
    return t;
}

START_TEST(blocks_that_cannot_be_right_say_so)
{
    struct text t = one_block(6, "\1\0\0\0........\0\0\0\0\0\0\0\0", 20);
    struct reading r = read_text(&t);
    says(&r, EXIT_UNREADABLE, "names interface 1, but its section describes 1");
    t = one_block(6, "\0\0\0\0........\5\0\0\0\5\0\0\0....", 24);
    r = read_text(&t);
    says(&r, EXIT_UNREADABLE, "too short for the 5 bytes");
    t = one_block(3, "", 0);
    r = read_text(&t);
    says(&r, EXIT_UNREADABLE, "too short for a packet");
    t = one_block(0x7777, "1234", 4);
    t.bytes[t.used - 4] = 17;
    r = read_text(&t);
    says(&r, EXIT_UNREADABLE, "16 bytes at its start and 17 at its end");
    t = one_block(0x7777, "1234", 4);
    t.bytes[t.used - 12] = 11;
    r = read_text(&t);
    says(&r, EXIT_UNREADABLE, "a block has 12 to");
}
END_TEST

START_TEST(clocks_of_any_resolution_never_overflow)
{
    static const struct { uint8_t resolution; int64_t epoch; uint64_t ticks; nanoseconds time; } cases[] = {
        { 6, 0, 1700000000123456, 1700000000123456000 },
        { 9, 0, 1700000000123456789, 1700000000123456789 },
        { 0, 5, 7, 12 * NS_PER_S },
        { 3, -2, 1500, -500 * NS_PER_MS },
        { 12, 0, 1700000000000123999, 1700000000000123 },
        { 127, 0, UINT64_MAX - 1, 0 },
        { 0x80, 0, 3, 3 * NS_PER_S },
        { 0x80 | 10, 0, 1536, 1500 * NS_PER_MS },
        { 0x80 | 32, 0, UINT64_C(3) << 31, 1500 * NS_PER_MS },
        { 0x80 | 63, 0, UINT64_C(3) << 62, 1500 * NS_PER_MS },
        { 0x80 | 64, 0, UINT64_C(1) << 63, 500 * NS_PER_MS },
        { 0x80 | 127, 0, UINT64_MAX, 0 },
        { 6, 0, UINT64_MAX, INT64_C(1) << 62 },
        { 9, 0, UINT64_MAX, INT64_C(1) << 62 },
        { 0x80, 0, UINT64_MAX, INT64_C(1) << 62 },
        { 9, INT64_MAX, 1, INT64_C(1) << 62 },
        { 9, INT64_MIN, 1, -(INT64_C(1) << 61) },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pcapng_interface clock = { .epoch_seconds = cases[i].epoch };
        pcapng_set_resolution(&clock, cases[i].resolution);
        nanoseconds time = pcapng_time(&clock, cases[i].ticks);
        ck_assert_msg(time == cases[i].time, "case %zu: %" PRId64, i, time);
    }
}
END_TEST

START_TEST(compressed_captures_give_the_same_frames)
{
    struct text t = many_frames(false);
    struct text whole = made_gzipped(&t);
    struct text half = { .bytes = t.bytes, .used = t.used / 2 };
    struct text rest = { .bytes = t.bytes + t.used / 2, .used = t.used - t.used / 2 };
    struct text members = made_gzipped(&half);
    struct text second = made_gzipped(&rest);
    text_bytes(&members, second.bytes, second.used);
    text_bytes(&members, "\0\0\0", 3);
    struct text cut = {0};
    text_bytes(&cut, whole.bytes, whole.used / 2);
    struct reading plain = read_text(&t);
    struct reading r = read_text(&whole);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 300);
    for (unsigned i = 0; i < 300; i++)
        ck_assert_uint_eq(r.frames[i].offset, plain.frames[i].offset);
    r = read_text(&members);
    ck_assert_str_eq(r.error.text, "");
    ck_assert_uint_eq(r.count, 300);
    r = read_text(&cut);
    ck_assert_uint_gt(r.count, 0);
    says(&r, EXIT_CUT_SHORT, "the compressed data end early");
    text_free(&second);
}
END_TEST

START_TEST(a_pipe_gives_frames_as_they_come)
{
    struct text t = {0};
    made_classic_header(&t, false, 0xa1b2c3d4, 2, 4, 1);
    made_classic_frame(&t, false, 0, 10, 10, 10);
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    struct error error = {0};
    struct source *source = source_open(&(struct source_options){ .file = name, .keep_privileges = true }, &error);
    ck_assert_msg(source != NULL, "opens before the header has come: %s", error.text);
    struct frame batch[FRAME_BATCH];
    unsigned count;
    ck_assert_int_eq(source_next(source, batch, &count), SOURCE_IDLE);
    unsigned given = 0;
    for (size_t i = 0; i < t.used; i++) {
        ck_assert_int_eq(write(ends[1], t.bytes + i, 1), 1);
        ck_assert_int_eq(source_next(source, batch, &count), SOURCE_MORE);
        given += count;
    }
    ck_assert_msg(given == 1, "it came with its last byte");
    ck_assert_int_eq(source_next(source, batch, &count), SOURCE_IDLE);
    close(ends[1]);
    ck_assert_int_eq(source_next(source, batch, &count), SOURCE_END);
    ck_assert_ptr_null(source_problem(source));
    source_close(source);
    close(ends[0]);
    text_free(&t);
}
END_TEST

Suite *source_suite(void)
{
    Suite *suite = suite_create("source");
    TCase *tests = tcase_create("source");
    const TTest *const all[] = {
        classic_in_both_byte_orders_and_precisions,
        old_minor_versions_have_the_lengths_swapped,
        kuznetzovs_records_are_longer,
        link_type_without_frame_check_bits_and_snapshot_length_tolerated,
        a_cut_record_keeps_the_frames_before_it,
        an_impossible_length_is_damage,
        what_is_no_capture_is_named,
        sections_have_their_own_byte_order_and_interfaces,
        obsolete_and_simple_packet_blocks_are_frames,
        other_blocks_are_passed_over_but_numbered_as_wireshark_does,
        blocks_that_cannot_be_right_say_so,
        clocks_of_any_resolution_never_overflow,
        compressed_captures_give_the_same_frames,
        a_pipe_gives_frames_as_they_come,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tcase_add_test(tests, all[i]);
    add_source_use(tests);
    suite_add_tcase(suite, tests);
    return suite;
}

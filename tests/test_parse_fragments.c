#include <string.h>

#include "decode/fragments.h"
#include "tests/test_parse_made.h"

enum { RAW = 101, BODY = 20 + 80 };

static struct packet body_of(unsigned version)
{
    return made_segment(version, "", BODY - 20);
}

/* The segment of body_of() as fragments of 40, 40 and 20 bytes, in the order of `order`. */
static struct opened last_of_three(struct parser *parser, unsigned version, const unsigned order[3])
{
    struct packet body = body_of(version);
    struct opened o = { .units = { { .seq = 0 } } };
    for (unsigned i = 0; i < 3; i++) {
        size_t from = order[i] * 40, length = order[i] == 2 ? 20 : 40;
        struct packet fragment = made_fragment(version, PROTOCOL_TCP, 7, &body, from, length, order[i] != 2);
        o = open_packet(parser, RAW, &fragment);
        ck_assert(o.parsed.fragment);
        if (i < 2)
            ck_assert_int_eq(o.parsed.outcome, FRAME_FRAGMENT);
    }
    return o;
}

static const struct {
    unsigned version, order[3];
} arrivals[] = {
    { 4, { 0, 1, 2 } }, { 4, { 2, 1, 0 } }, { 4, { 1, 2, 0 } }, { 4, { 2, 0, 1 } },
    { 6, { 0, 1, 2 } }, { 6, { 2, 1, 0 } }, { 6, { 0, 2, 1 } },
};

START_TEST(fragments_are_put_together_in_whatever_order_they_come)
{
    struct parser *parser = parser_new(1);
    struct opened o = last_of_three(parser, arrivals[_i].version, arrivals[_i].order);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert(o.units[0].notes & NOTE_REASSEMBLED);
    ck_assert(o.units[0].notes & NOTE_IP_ID);
    ck_assert_uint_eq(o.units[0].ip_id, 7);
    ck_assert_uint_eq(o.units[0].payload_length, BODY - 20);
    ck_assert_uint_eq(o.units[0].payload_captured, BODY - 20);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    ck_assert_mem_eq(o.units[0].payload, "helloxxxx", 9);
    ck_assert_uint_eq(parser_counts(parser).fragments_given_up, 0);
    parser_free(parser);
}
END_TEST

START_TEST(a_segment_header_in_two_fragments_is_whole_again)
{
    struct parser *parser = parser_new(1);
    struct packet body = made_segment(4, "", HELLO);
    struct packet first = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 8, true);
    struct packet second = made_fragment(4, PROTOCOL_TCP, 7, &body, 8, body.length - 8, false);
    ck_assert_int_eq(open_packet(parser, RAW, &first).parsed.outcome, FRAME_FRAGMENT);
    struct opened o = open_packet(parser, RAW, &second);
    expect_hello(&o.units[0], 4);
    parser_free(parser);
}
END_TEST

START_TEST(datagrams_are_kept_apart_by_identification_and_protocol)
{
    struct parser *parser = parser_new(1);
    struct packet body = body_of(4);
    struct packet other_id = made_fragment(4, PROTOCOL_TCP, 8, &body, 40, 60, false);
    struct packet other_protocol = made_fragment(4, PROTOCOL_UDP, 7, &body, 40, 60, false);
    struct packet first = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 40, true);
    struct packet second = made_fragment(4, PROTOCOL_TCP, 7, &body, 40, 60, false);
    open_packet(parser, RAW, &first);
    ck_assert_int_eq(open_packet(parser, RAW, &other_id).parsed.outcome, FRAME_FRAGMENT);
    ck_assert_int_eq(open_packet(parser, RAW, &other_protocol).parsed.outcome, FRAME_FRAGMENT);
    ck_assert_int_eq(open_packet(parser, RAW, &second).parsed.outcome, FRAME_UNITS);
    parser_free(parser);
}
END_TEST

START_TEST(an_overlap_never_overwrites_what_was_first)
{
    struct parser *parser = parser_new(1);
    struct packet body = body_of(4), liar = body_of(4);
    memset(liar.bytes + 24, 'L', liar.length - 24);
    struct packet first = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 48, true);
    struct packet overlap = made_fragment(4, PROTOCOL_TCP, 7, &liar, 24, 48, true);
    struct packet last = made_fragment(4, PROTOCOL_TCP, 7, &body, 64, BODY - 64, false);
    open_packet(parser, RAW, &first);
    open_packet(parser, RAW, &overlap);
    struct opened o = open_packet(parser, RAW, &last);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert_mem_eq(o.units[0].payload, "helloxxxxxxxxxxxxxxxxxxxxxxx", 28);      /* up to 48 */
    ck_assert_mem_eq(o.units[0].payload + 28, "LLLLLLLLLLLLLLLLLLLLLLLL", 24);     /* up to 72 */
    ck_assert_mem_eq(o.units[0].payload + 52, "xxxxxxxx", 8);
    parser_free(parser);
}
END_TEST

START_TEST(a_fragment_sent_twice_changes_nothing)
{
    struct parser *parser = parser_new(1);
    struct packet body = body_of(4);
    struct packet first = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 40, true);
    struct packet second = made_fragment(4, PROTOCOL_TCP, 7, &body, 40, 60, false);
    ck_assert_int_eq(open_packet(parser, RAW, &first).parsed.outcome, FRAME_FRAGMENT);
    ck_assert_int_eq(open_packet(parser, RAW, &first).parsed.outcome, FRAME_FRAGMENT);
    ck_assert_int_eq(open_packet(parser, RAW, &second).units[0].checksum, CHECKSUM_GOOD);
    parser_free(parser);
}
END_TEST

START_TEST(a_first_fragment_that_was_cut_off_gives_a_segment_of_unknown_length)
{
    struct parser *parser = parser_new(1);
    struct packet body = body_of(4);
    struct packet first = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 48, true);
    struct opened o = open_cut(parser, RAW, &first, first.length - 1);
    ck_assert_int_eq(o.parsed.outcome, FRAME_UNITS);
    ck_assert(o.parsed.cut && o.parsed.fragment);
    ck_assert(o.units[0].notes & NOTE_NO_LENGTH);
    ck_assert_uint_eq(o.units[0].seq, 1000);
    struct packet second = made_fragment(4, PROTOCOL_TCP, 7, &body, 48, BODY - 48, false);
    ck_assert_int_eq(open_packet(parser, RAW, &second).parsed.outcome, FRAME_FRAGMENT);
    parser_free(parser);
}
END_TEST

START_TEST(datagrams_that_never_complete_are_given_up_oldest_first)
{
    struct parser *parser = parser_new(1);
    struct packet body = body_of(4);
    for (unsigned id = 0; id <= FRAGMENT_DATAGRAMS; id++) {
        struct packet first = made_fragment(4, PROTOCOL_TCP, id, &body, 0, 40, true);
        open_packet(parser, RAW, &first);
    }
    ck_assert_uint_eq(parser_counts(parser).fragments_given_up, 1);
    struct packet oldest = made_fragment(4, PROTOCOL_TCP, 0, &body, 40, 60, false);
    struct packet newest = made_fragment(4, PROTOCOL_TCP, FRAGMENT_DATAGRAMS, &body, 40, 60, false);
    ck_assert_int_eq(open_packet(parser, RAW, &newest).parsed.outcome, FRAME_UNITS);
    ck_assert_int_eq(open_packet(parser, RAW, &oldest).parsed.outcome, FRAME_FRAGMENT);
    parser_free(parser);
}
END_TEST

START_TEST(the_bytes_that_wait_are_bounded)
{
    struct parser *parser = parser_new(1);
    struct packet body = made_segment(4, "", 40000);
    unsigned each = (unsigned)(body.length - 8 + FRAGMENT_BLOCK - 1) / FRAGMENT_BLOCK, most = FRAGMENT_BLOCKS / each;
    for (unsigned id = 0; id < most + 10; id++) {
        struct packet all_but_the_end = made_fragment(4, PROTOCOL_TCP, id, &body, 0, (body.length - 8) / 8 * 8, true);
        open_packet(parser, RAW, &all_but_the_end);
    }
    ck_assert_uint_eq(parser_counts(parser).fragments_given_up, 10);
    parser_free(parser);
}
END_TEST

START_TEST(a_reassembled_payload_lives_for_a_batch)
{
    struct parser *parser = parser_new(1);
    struct opened first = last_of_three(parser, 4, arrivals[0].order);
    struct packet hello = made_hello(4);
    for (unsigned i = 0; i < FRAME_BATCH - 3; i++)
        open_packet(parser, RAW, &hello);
    last_of_three(parser, 4, arrivals[0].order);
    ck_assert_mem_eq(first.units[0].payload, "helloxxxx", 9);
    ck_assert_uint_eq(first.units[0].payload[BODY - 21], 'x');
    parser_free(parser);
}
END_TEST

START_TEST(a_fragment_that_ends_beyond_any_datagram_waits_for_nothing)
{
    struct packet body = body_of(4);
    struct packet fragment = made_fragment(4, PROTOCOL_TCP, 7, &body, 0, 40, false);
    made_put16(&fragment, 6, 0x1fff);
    ck_assert_int_eq(opened(RAW, &fragment).parsed.outcome, FRAME_FRAGMENT);
}
END_TEST

TCase *parse_fragment_cases(void)
{
    TCase *cases = tcase_create("fragments");
    tcase_add_loop_test(cases, fragments_are_put_together_in_whatever_order_they_come, 0,
                        sizeof arrivals / sizeof *arrivals);
    tcase_add_test(cases, a_segment_header_in_two_fragments_is_whole_again);
    tcase_add_test(cases, datagrams_are_kept_apart_by_identification_and_protocol);
    tcase_add_test(cases, an_overlap_never_overwrites_what_was_first);
    tcase_add_test(cases, a_fragment_sent_twice_changes_nothing);
    tcase_add_test(cases, a_first_fragment_that_was_cut_off_gives_a_segment_of_unknown_length);
    tcase_add_test(cases, datagrams_that_never_complete_are_given_up_oldest_first);
    tcase_add_test(cases, the_bytes_that_wait_are_bounded);
    tcase_add_test(cases, a_reassembled_payload_lives_for_a_batch);
    tcase_add_test(cases, a_fragment_that_ends_beyond_any_datagram_waits_for_nothing);
    return cases;
}

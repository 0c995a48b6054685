#include "tests/test_parse_made.h"

Suite *parse_suite(void);

START_TEST(nothing_is_found_in_an_empty_frame)
{
    struct packet nothing = made_bytes("");
    struct opened o = opened(1, &nothing);
    ck_assert_int_eq(o.parsed.outcome, FRAME_MALFORMED);
    ck_assert_str_eq(o.parsed.why, "no room for an Ethernet header");
}
END_TEST

START_TEST(a_header_that_contradicts_itself_is_named_with_its_place)
{
    struct packet packet = made_hello(4);
    packet.bytes[0] = 0x44;
    packet = made_ethernet(&packet, 0x0800);
    struct opened o = opened(1, &packet);
    ck_assert_int_eq(o.parsed.outcome, FRAME_MALFORMED);
    ck_assert_uint_eq(o.parsed.units, 0);
    ck_assert_str_eq(o.parsed.why, "IPv4 header length below 20");
    ck_assert_uint_eq(o.parsed.why_offset, 14);
}
END_TEST

START_TEST(both_directions_of_a_conversation_have_one_key)
{
    struct packet there = made_hello(4), back = there;
    for (size_t i = 0; i < 4; i++) {
        back.bytes[12 + i] = there.bytes[16 + i];
        back.bytes[16 + i] = there.bytes[12 + i];
    }
    made_put16(&back, 20, 80);
    made_put16(&back, 22, 40000);
    struct opened a = opened(101, &there), b = opened(101, &back);
    ck_assert(tuple_equal(&a.units[0].key, &b.units[0].key));
    ck_assert_uint_eq(a.units[0].hash, b.units[0].hash);
    ck_assert_int_ne(a.units[0].from, b.units[0].from);
}
END_TEST

static TCase *frame_cases(void)
{
    TCase *cases = tcase_create("frame");
    tcase_add_test(cases, nothing_is_found_in_an_empty_frame);
    tcase_add_test(cases, a_header_that_contradicts_itself_is_named_with_its_place);
    tcase_add_test(cases, both_directions_of_a_conversation_have_one_key);
    return cases;
}

Suite *parse_suite(void)
{
    Suite *suite = suite_create("parse");
    suite_add_tcase(suite, frame_cases());
    suite_add_tcase(suite, parse_link_cases());
    suite_add_tcase(suite, parse_network_cases());
    suite_add_tcase(suite, parse_fragment_cases());
    suite_add_tcase(suite, parse_transport_cases());
    suite_add_tcase(suite, parse_control_cases());
    suite_add_tcase(suite, parse_tunnel_cases());
    return suite;
}

#include <string.h>

#include "tests/test_parse_made.h"

enum { RAW = 101 };

START_TEST(a_total_length_of_zero_is_taken_from_the_frame)
{
    struct packet hello = made_hello(4);
    made_put16(&hello, 2, 0);
    struct opened o = opened(RAW, &hello);
    expect_hello(&o.units[0], 4);
    ck_assert(o.units[0].notes & NOTE_LENGTH_ZERO);
    ck_assert(!o.parsed.malformed);
}
END_TEST

START_TEST(a_total_length_beyond_the_frame_is_malformed_and_the_frame_counts)
{
    struct packet hello = made_hello(4);
    made_put16(&hello, 2, 1000);
    struct opened o = opened(RAW, &hello);
    ck_assert_int_eq(o.parsed.outcome, FRAME_UNITS);
    ck_assert(o.parsed.malformed);
    ck_assert_str_eq(o.parsed.why, "IPv4 total length beyond the frame");
    ck_assert(o.units[0].notes & NOTE_MALFORMED);
    ck_assert_uint_eq(o.units[0].payload_length, HELLO);
}
END_TEST

START_TEST(a_total_length_below_the_header_leaves_nothing)
{
    struct packet hello = made_hello(4);
    made_put16(&hello, 2, 19);
    struct opened o = opened(RAW, &hello);
    ck_assert_int_eq(o.parsed.outcome, FRAME_MALFORMED);
}
END_TEST

START_TEST(a_capture_cut_within_the_payload_knows_how_long_it_was)
{
    struct packet hello = made_hello(4);
    struct parser *parser = parser_new(1);
    struct opened o = open_cut(parser, RAW, &hello, hello.length - 2);
    ck_assert_int_eq(o.parsed.outcome, FRAME_UNITS);
    ck_assert(o.parsed.cut && !o.parsed.malformed);
    ck_assert(o.units[0].notes & NOTE_CUT);
    ck_assert_uint_eq(o.units[0].payload_length, HELLO);
    ck_assert_uint_eq(o.units[0].payload_captured, HELLO - 2);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_UNKNOWN);
    parser_free(parser);
}
END_TEST

START_TEST(identification_and_time_to_live_are_told)
{
    struct packet hello = made_hello(4);
    struct opened o = opened(RAW, &hello);
    ck_assert(o.units[0].notes & NOTE_IP_ID);
    ck_assert_uint_eq(o.units[0].ip_id, 0x4321);
    ck_assert_uint_eq(o.units[0].ttl, 64);
    hello = made_hello(6);
    o = opened(RAW, &hello);
    ck_assert(!(o.units[0].notes & NOTE_IP_ID));
    ck_assert_uint_eq(o.units[0].ttl, 64);
}
END_TEST

START_TEST(a_source_route_still_travelled_ends_at_its_last_address)
{
    struct packet segment = made_segment(4, "", HELLO);
    struct packet packet = made_before("47000035 43214000 4006 0000 0a000001 0a000009 83 07 04 0a000002 00", &segment);
    struct opened o = opened(RAW, &packet);
    expect_hello(&o.units[0], 4);
    ck_assert_uint_eq(o.units[0].key.address[!o.units[0].from][3], 2);
}
END_TEST

/* Extension headers before the segment of made_hello(6): hexadecimal digits, the first one's protocol. */
static const struct {
    uint8_t first;
    const char *headers;
} chains[] = {
    { 0, "0600 0104 00000000" },                                                         /* hop-by-hop */
    { 60, "0600 0104 00000000" },                                                        /* destination options */
    { 0, "3c00 0104 00000000 2b00 0104 00000000 0600 6300 00000000" },                   /* both and routing */
    { 43, "0602 0000 00000000 20010db8000000000000000000000009" },                       /* routing, no segment left */
    { 44, "0600 0000 00000007" },                                                        /* atomic fragment */
    { 51, "0604 0000 00000001 00000001 000000000000000000000000" },                      /* authentication */
};

START_TEST(extension_headers_are_walked)
{
    struct packet segment = made_segment(6, "", HELLO);
    struct packet body = made_before(chains[_i].headers, &segment);
    struct packet packet = made_ip(6, chains[_i].first, &body);
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.parsed.units, 1);
    expect_hello(&o.units[0], 6);
    ck_assert_int_eq(o.parsed.fragment, chains[_i].first == 44);
}
END_TEST

START_TEST(a_routing_header_with_a_segment_left_moves_the_checksum_and_not_the_key)
{
    struct packet segment = made_segment(6, "", HELLO);
    struct packet body = made_before("0602 0001 00000000 20010db8000000000000000000000002", &segment);
    struct packet packet = made_ip(6, 43, &body);
    packet.bytes[39] = 9;         /* on its way through another router */
    struct opened o = opened(RAW, &packet);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    ck_assert_uint_eq(o.units[0].key.address[!o.units[0].from][15], 9);
}
END_TEST

START_TEST(a_home_address_counts_in_the_checksum)
{
    struct packet segment = made_segment(6, "", HELLO);
    struct packet body = made_before("0602 0102 0000 c910 20010db8000000000000000000000001", &segment);
    struct packet packet = made_ip(6, 60, &body);
    packet.bytes[23] = 0x77;      /* the care-of address */
    ck_assert_int_eq(opened(RAW, &packet).units[0].checksum, CHECKSUM_GOOD);
}
END_TEST

START_TEST(a_jumbogram_is_as_long_as_its_option_says)
{
    struct packet segment = made_segment(6, "", 70000);
    struct packet packet = made_before("60000000 0000 00 40 20010db8000000000000000000000001"
                                       "20010db8000000000000000000000002 0600 c204 00000000", &segment);
    uint32_t length = (uint32_t)segment.length + 8;
    made_put16(&packet, 44, (uint16_t)(length >> 16));
    made_put16(&packet, 46, (uint16_t)length);
    struct packet trailer = made_after(&packet, "0000");
    struct opened o = opened(RAW, &trailer);
    ck_assert_uint_eq(o.units[0].payload_length, 70000);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    ck_assert(!o.parsed.malformed);
}
END_TEST

START_TEST(multicast_and_broadcast_destinations_are_noted)
{
    static const uint8_t group[4] = { 224, 0, 0, 251 }, everybody[4] = { 255, 255, 255, 255 };
    struct packet text = made_text("hi"), datagram = made_datagram(4, 5353, 5353, &text);
    struct packet packet = made_ip(4, PROTOCOL_UDP, &datagram);
    ck_assert(!(opened(RAW, &packet).units[0].notes & NOTE_MULTICAST));
    memcpy(packet.bytes + 16, group, 4);
    ck_assert(opened(RAW, &packet).units[0].notes & NOTE_MULTICAST);
    memcpy(packet.bytes + 16, everybody, 4);
    ck_assert(opened(RAW, &packet).units[0].notes & NOTE_MULTICAST);
    packet = made_hello(6);
    packet.bytes[24] = 0xff;
    ck_assert(opened(RAW, &packet).units[0].notes & NOTE_MULTICAST);
}
END_TEST

/* zlib's raw deflate of the 25 bytes of made_segment(4, "", HELLO), stored and not compressed: a block header of five
 * bytes. */
START_TEST(a_compressed_payload_is_inflated)
{
    struct packet segment = made_segment(4, "", HELLO);
    struct packet body = made_before("0600 0002 01 1900 e6ff", &segment);
    struct packet packet = made_ip(4, 108, &body);
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.parsed.units, 1);
    expect_hello(&o.units[0], 4);
    packet.bytes[27] = 0x55;
    ck_assert_int_eq(opened(RAW, &packet).parsed.outcome, FRAME_OTHER);
}
END_TEST

START_TEST(more_headers_than_are_opened_end_the_frame)
{
    struct packet packet = made_hello(4);
    for (unsigned i = 0; i < 100; i++)
        packet = made_ip(4, 4, &packet);
    struct opened o = opened(RAW, &packet);
    ck_assert_int_eq(o.parsed.outcome, FRAME_MALFORMED);
    ck_assert_str_eq(o.parsed.why, "more headers inside one another than are opened");
}
END_TEST

TCase *parse_network_cases(void)
{
    TCase *cases = tcase_create("network");
    tcase_add_test(cases, a_total_length_of_zero_is_taken_from_the_frame);
    tcase_add_test(cases, a_total_length_beyond_the_frame_is_malformed_and_the_frame_counts);
    tcase_add_test(cases, a_total_length_below_the_header_leaves_nothing);
    tcase_add_test(cases, a_capture_cut_within_the_payload_knows_how_long_it_was);
    tcase_add_test(cases, identification_and_time_to_live_are_told);
    tcase_add_test(cases, a_source_route_still_travelled_ends_at_its_last_address);
    tcase_add_loop_test(cases, extension_headers_are_walked, 0, sizeof chains / sizeof *chains);
    tcase_add_test(cases, a_routing_header_with_a_segment_left_moves_the_checksum_and_not_the_key);
    tcase_add_test(cases, a_home_address_counts_in_the_checksum);
    tcase_add_test(cases, a_jumbogram_is_as_long_as_its_option_says);
    tcase_add_test(cases, multicast_and_broadcast_destinations_are_noted);
    tcase_add_test(cases, a_compressed_payload_is_inflated);
    tcase_add_test(cases, more_headers_than_are_opened_end_the_frame);
    return cases;
}

#include <string.h>

#include "decode/checksum.h"
#include "tests/test_parse_made.h"

enum { RAW = 101, IPV4_HEADER = 20 };

static struct unit with_options(const char *options)
{
    struct packet segment = made_segment(4, options, HELLO);
    struct packet packet = made_ip(4, PROTOCOL_TCP, &segment);
    return opened(RAW, &packet).units[0];
}

START_TEST(the_options_of_a_syn_are_read)
{
    struct unit unit = with_options("020405b4 0402080a 0000000b 00000016 01030307");
    ck_assert_uint_eq(unit.notes & (NOTE_MSS | NOTE_SACK_PERMITTED | NOTE_TIMESTAMPS | NOTE_WINDOW_SCALE),
                      NOTE_MSS | NOTE_SACK_PERMITTED | NOTE_TIMESTAMPS | NOTE_WINDOW_SCALE);
    ck_assert_uint_eq(unit.mss, 1460);
    ck_assert_uint_eq(unit.tsval, 11);
    ck_assert_uint_eq(unit.tsecr, 22);
    ck_assert_uint_eq(unit.window_scale, 7);
    ck_assert_uint_eq(unit.payload_length, HELLO);
}
END_TEST

START_TEST(timestamps_alone_are_read)
{
    struct unit unit = with_options("0101080a 0000000b 00000016");
    ck_assert(unit.notes & NOTE_TIMESTAMPS);
    ck_assert_uint_eq(unit.tsval, 11);
    ck_assert_uint_eq(unit.tsecr, 22);
}
END_TEST

START_TEST(sack_blocks_are_read)
{
    struct unit unit = with_options("0101 0512 00000001 00000002 00000003 00000004");
    ck_assert_uint_eq(unit.sacks, 2);
    ck_assert_uint_eq(unit.sack[0][0], 1);
    ck_assert_uint_eq(unit.sack[1][1], 4);
    unit = with_options("0502 0101");
    ck_assert_uint_eq(unit.sacks, 0);
    ck_assert(!(unit.notes & NOTE_OPTIONS_BAD));
}
END_TEST

START_TEST(options_of_the_extensions_are_recognised)
{
    ck_assert(with_options("2202 0101").notes & NOTE_FAST_OPEN);
    ck_assert(with_options("220a 0102030405060708 0101").notes & NOTE_FAST_OPEN);
    ck_assert(with_options("fe04 f989").notes & NOTE_FAST_OPEN);
    ck_assert(!(with_options("fe04 1234").notes & NOTE_FAST_OPEN));
    ck_assert(with_options("1312 00000000000000000000000000000000 0101").notes & NOTE_AUTHENTICATED);
    ck_assert(with_options("1d10 0101 000000000000000000000000").notes & NOTE_AUTHENTICATED);
    struct unit unit = with_options("1e04 0001 1e08 2000 00000001");
    ck_assert(unit.notes & NOTE_MPTCP);
    ck_assert_uint_eq(unit.mptcp, 1u << 0 | 1u << 2);
}
END_TEST

START_TEST(options_before_a_bad_one_stand)
{
    static const char *const bad[] = { "020405b4 0801 0000", "020405b4 080b 0000", "020405b4 08ff 0000",
                                       "020405b4 0304 0000", "020405b4 0101 0103" };
    struct unit unit = with_options(bad[_i]);
    ck_assert(unit.notes & NOTE_OPTIONS_BAD);
    ck_assert_uint_eq(unit.mss, 1460);
    ck_assert(!(unit.notes & (NOTE_TIMESTAMPS | NOTE_WINDOW_SCALE)));
    ck_assert_uint_eq(unit.payload_length, HELLO);
}
END_TEST

START_TEST(nothing_is_read_behind_the_end_of_options)
{
    struct unit unit = with_options("00000000 020405b4");
    ck_assert(!(unit.notes & (NOTE_MSS | NOTE_OPTIONS_BAD)));
}
END_TEST

START_TEST(a_segment_cut_off_has_what_was_captured)
{
    struct parser *parser = parser_new(1);
    struct packet segment = made_segment(4, "020405b4 0402080a 0000000b 00000016 01030307", HELLO);
    struct packet packet = made_ip(4, PROTOCOL_TCP, &segment);
    for (size_t captured = 0; captured < segment.length; captured++) {
        struct opened o = open_cut(parser, RAW, &packet, IPV4_HEADER + captured);
        ck_assert(o.parsed.cut && !o.parsed.malformed);
        if (captured < 16) {
            ck_assert_int_eq(o.parsed.outcome, FRAME_CUT);
            continue;
        }
        const struct unit *unit = &o.units[0];
        ck_assert_uint_eq(unit->known, captured < 20 ? captured : 20);
        ck_assert_int_eq(!!(unit->notes & NOTE_HEADER_CUT), captured < 40);
        ck_assert_int_eq(!!(unit->notes & NOTE_MSS), captured >= 24);
        ck_assert_int_eq(!!(unit->notes & NOTE_TIMESTAMPS), captured >= 36);
        ck_assert(!(unit->notes & NOTE_OPTIONS_BAD));
        ck_assert_uint_eq(unit->payload_length, HELLO);
        ck_assert_uint_eq(unit->payload_captured, captured < 40 ? 0 : captured - 40);
        ck_assert_int_eq(unit->checksum, CHECKSUM_UNKNOWN);
    }
    parser_free(parser);
}
END_TEST

START_TEST(a_data_offset_beyond_the_segment_leaves_no_length)
{
    struct packet packet = made_hello(4);
    packet.bytes[IPV4_HEADER + 12] = 0xf0;
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.units[0].notes & (NOTE_NO_LENGTH | NOTE_MALFORMED), NOTE_NO_LENGTH | NOTE_MALFORMED);
    ck_assert_uint_eq(o.units[0].payload_length, 0);
    ck_assert(o.parsed.malformed);
}
END_TEST

START_TEST(a_data_offset_below_five_is_malformed)
{
    struct packet packet = made_hello(4);
    packet.bytes[IPV4_HEADER + 12] = 0x40;
    struct opened o = opened(RAW, &packet);
    ck_assert(o.units[0].notes & NOTE_MALFORMED);
    ck_assert(!(o.units[0].notes & NOTE_NO_LENGTH));
    ck_assert_ptr_null(o.units[0].payload);
}
END_TEST

START_TEST(checksums_are_good_bad_or_left_to_the_device)
{
    struct packet segment = made_segment(_i == 0 ? 4 : 6, "", 333);
    struct packet packet = made_ip(_i == 0 ? 4 : 6, PROTOCOL_TCP, &segment);
    size_t field = (_i == 0 ? 20 : 40) + 16, addresses = _i == 0 ? 12 : 8, size = _i == 0 ? 8 : 32;
    ck_assert_int_eq(opened(RAW, &packet).units[0].checksum, CHECKSUM_GOOD);
    packet.bytes[field] ^= 0x10;
    ck_assert_int_eq(opened(RAW, &packet).units[0].checksum, CHECKSUM_BAD);
    uint8_t protocol_and_length[4] = { 0, PROTOCOL_TCP, (uint8_t)(segment.length >> 8), (uint8_t)segment.length };
    uint64_t sum = checksum_add(0, packet.bytes + addresses, size);
    uint16_t pseudo = checksum_fold(checksum_add(sum, protocol_and_length, 4));
    memcpy(packet.bytes + field, &pseudo, 2);
    ck_assert_int_eq(opened(RAW, &packet).units[0].checksum, CHECKSUM_OFFLOADED);
}
END_TEST

/* RFC 1071, two bytes at a time. */
static uint16_t plain_sum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

START_TEST(a_sum_of_any_length_is_that_of_its_bytes)
{
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 167 + 13 + (i % 7 == 0 ? 255 : 0));
    for (size_t length = 0; length <= 256; length++)
        for (size_t from = 0; from < 3; from++) {
            uint16_t word = checksum_fold(checksum_add(0, bytes + from, length));
            uint8_t order[2];
            memcpy(order, &word, 2);
            ck_assert_uint_eq((uint16_t)(order[0] << 8 | order[1]), plain_sum(bytes + from, length));
        }
    memset(bytes, 0xff, sizeof bytes);
    ck_assert_uint_eq(checksum_fold(checksum_add(UINT32_MAX, bytes, sizeof bytes)), UINT16_MAX);
}
END_TEST

static struct packet datagram_of(unsigned version, const char *text)
{
    struct packet payload = made_text(text), datagram = made_datagram(version, 40000, 53, &payload);
    return made_ip(version, PROTOCOL_UDP, &datagram);
}

START_TEST(a_datagram_is_as_long_as_its_header_says)
{
    struct packet packet = datagram_of(_i == 0 ? 4 : 6, "question");
    struct opened o = opened(RAW, &packet);
    ck_assert_int_eq(o.units[0].kind, UNIT_UDP);
    ck_assert_uint_eq(o.units[0].payload_length, 8);
    ck_assert_uint_eq(o.units[0].payload_captured, 8);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    ck_assert_uint_eq(o.units[0].key.port[o.units[0].from], 40000);
}
END_TEST

START_TEST(a_udp_length_below_that_of_ip_ends_the_payload)
{
    struct packet packet = datagram_of(4, "question");
    made_put16(&packet, IPV4_HEADER + 4, 8 + 3);
    struct opened o = opened(RAW, &packet);
    ck_assert(o.units[0].notes & NOTE_UDP_LENGTH);
    ck_assert_uint_eq(o.units[0].payload_length, 3);
    ck_assert_uint_eq(o.units[0].payload_captured, 3);
    ck_assert(!o.parsed.malformed);
}
END_TEST

START_TEST(a_udp_length_above_that_of_ip_is_malformed)
{
    struct packet packet = datagram_of(4, "question");
    made_put16(&packet, IPV4_HEADER + 4, 1000);
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.units[0].notes & (NOTE_UDP_LENGTH | NOTE_MALFORMED), NOTE_UDP_LENGTH | NOTE_MALFORMED);
    ck_assert_uint_eq(o.units[0].payload_length, 992);
    ck_assert_uint_eq(o.units[0].payload_captured, 8);
}
END_TEST

START_TEST(a_udp_length_below_its_header_is_no_datagram)
{
    struct packet packet = datagram_of(4, "question");
    made_put16(&packet, IPV4_HEADER + 4, 7);
    ck_assert_int_eq(opened(RAW, &packet).parsed.outcome, FRAME_MALFORMED);
}
END_TEST

START_TEST(a_datagram_without_a_checksum_is_not_bad)
{
    struct packet packet = datagram_of(4, "question");
    made_put16(&packet, IPV4_HEADER + 6, 0);
    ck_assert_int_eq(opened(RAW, &packet).units[0].checksum, CHECKSUM_UNKNOWN);
}
END_TEST

TCase *parse_transport_cases(void)
{
    TCase *cases = tcase_create("transport");
    tcase_add_test(cases, the_options_of_a_syn_are_read);
    tcase_add_test(cases, timestamps_alone_are_read);
    tcase_add_test(cases, sack_blocks_are_read);
    tcase_add_test(cases, options_of_the_extensions_are_recognised);
    tcase_add_loop_test(cases, options_before_a_bad_one_stand, 0, 5);
    tcase_add_test(cases, nothing_is_read_behind_the_end_of_options);
    tcase_add_test(cases, a_segment_cut_off_has_what_was_captured);
    tcase_add_test(cases, a_data_offset_beyond_the_segment_leaves_no_length);
    tcase_add_test(cases, a_data_offset_below_five_is_malformed);
    tcase_add_loop_test(cases, checksums_are_good_bad_or_left_to_the_device, 0, 2);
    tcase_add_test(cases, a_sum_of_any_length_is_that_of_its_bytes);
    tcase_add_loop_test(cases, a_datagram_is_as_long_as_its_header_says, 0, 2);
    tcase_add_test(cases, a_udp_length_below_that_of_ip_ends_the_payload);
    tcase_add_test(cases, a_udp_length_above_that_of_ip_is_malformed);
    tcase_add_test(cases, a_udp_length_below_its_header_is_no_datagram);
    tcase_add_test(cases, a_datagram_without_a_checksum_is_not_bad);
    return cases;
}

#include <string.h>

#include "tests/craft.h"
#include "tests/test_parse_made.h"

enum { RAW = 101 };

/* An ICMP error about the first `quoted` bytes of a packet, in an IP packet of the same version. */
static struct packet about(unsigned version, uint8_t type, uint8_t code, const struct packet *packet, size_t quoted)
{
    struct craft_network network = { .version = (uint8_t)version };
    struct packet hello = made_hello(version);
    const uint8_t *addresses = hello.bytes + (version == 4 ? 12 : 8);
    size_t size = version == 4 ? 4 : 16;
    memcpy(network.source, addresses, size);
    memcpy(network.destination, addresses + size, size);
    struct packet body = { .length = 0 };
    body.length = craft_icmp_error(body.bytes, &network, type, code, packet->bytes, quoted);
    return made_ip(version, version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6, &body);
}

START_TEST(an_icmp_error_names_the_segment_it_quotes)
{
    unsigned version = _i == 0 ? 4 : 6;
    struct packet hello = made_hello(version);
    struct packet packet = about(version, version == 4 ? 3 : 1, 4, &hello, hello.length);
    struct opened o = opened(RAW, &packet), told = opened(RAW, &hello);
    const struct unit *unit = &o.units[0];
    ck_assert_int_eq(unit->kind, UNIT_ICMP_ERROR);
    ck_assert_uint_eq(unit->icmp_type, version == 4 ? 3 : 1);
    ck_assert_uint_eq(unit->icmp_code, 4);
    ck_assert_int_eq(unit->checksum, CHECKSUM_GOOD);
    ck_assert(tuple_equal(&unit->quoted.key, &told.units[0].key));
    ck_assert_uint_eq(unit->quoted.hash, told.units[0].hash);
    ck_assert_uint_eq(unit->quoted.from, told.units[0].from);
    ck_assert_uint_eq(unit->quoted.seq, 1000);
    ck_assert_uint_eq(unit->quoted.tcp_bytes, 20);
    ck_assert_uint_eq(unit->quoted.tcp_flags, TCP_PSH | TCP_ACK);
}
END_TEST

START_TEST(of_a_short_quote_only_what_is_there_is_told)
{
    struct packet hello = made_hello(4);
    struct packet packet = about(4, 3, 3, &hello, 28);
    struct quoted quoted = opened(RAW, &packet).units[0].quoted;
    ck_assert_uint_eq(quoted.key.port[quoted.from], 40000);
    ck_assert_uint_eq(quoted.tcp_bytes, 8);
    ck_assert_uint_eq(quoted.seq, 1000);
    ck_assert_uint_eq(quoted.tcp_flags, 0);
    packet = about(4, 3, 3, &hello, 23);
    ck_assert_uint_eq(opened(RAW, &packet).units[0].quoted.key.protocol, 0);
}
END_TEST

START_TEST(a_quote_is_followed_through_extension_headers)
{
    struct packet text = made_text("hi"), datagram = made_datagram(6, 40000, 53, &text);
    struct packet body = made_before("1100 0104 00000000", &datagram);
    struct packet lost = made_ip(6, 0, &body);
    struct packet packet = about(6, 1, 4, &lost, lost.length);
    struct quoted quoted = opened(RAW, &packet).units[0].quoted;
    ck_assert_uint_eq(quoted.key.protocol, PROTOCOL_UDP);
    ck_assert_uint_eq(quoted.key.port[!quoted.from], 53);
}
END_TEST

START_TEST(a_quoted_later_fragment_names_nobody)
{
    struct packet segment = made_segment(4, "", 40);
    struct packet lost = made_fragment(4, PROTOCOL_TCP, 7, &segment, 24, 36, false);
    struct packet packet = about(4, 11, 1, &lost, lost.length);
    struct opened o = opened(RAW, &packet);
    ck_assert_int_eq(o.parsed.outcome, FRAME_UNITS);
    ck_assert_uint_eq(o.units[0].quoted.key.protocol, 0);
}
END_TEST

START_TEST(icmp_that_is_no_error_is_other)
{
    static const uint8_t types[][2] = { { 4, 0 }, { 4, 8 }, { 4, 5 }, { 4, 9 }, { 6, 128 }, { 6, 135 }, { 6, 137 } };
    struct packet hello = made_hello(types[_i][0]);
    struct packet packet = about(types[_i][0], types[_i][1], 0, &hello, hello.length);
    struct opened o = opened(RAW, &packet);
    ck_assert_int_eq(o.parsed.outcome, FRAME_OTHER);
    ck_assert_uint_eq(o.parsed.units, 0);
}
END_TEST

START_TEST(arp_tells_who_asks_for_whom)
{
    struct packet frame = made_bytes("ffffffffffff 020000000002 0806 0001 0800 0604 0001"
                                     "020000000002 0a000001 000000000000 0a000002 00000000000000000000000000000000");
    struct opened o = opened(1, &frame);
    static const uint8_t sender[4] = { 10, 0, 0, 1 }, target[4] = { 10, 0, 0, 2 };
    ck_assert_int_eq(o.units[0].kind, UNIT_ARP);
    ck_assert_uint_eq(o.units[0].arp_operation, 1);
    ck_assert_mem_eq(o.units[0].key.address[0], sender, 4);
    ck_assert_mem_eq(o.units[0].key.address[1], target, 4);
    frame.bytes[21] = 2;
    ck_assert_uint_eq(opened(1, &frame).units[0].arp_operation, 2);
    frame.bytes[21] = 3;      /* the reverse protocol */
    ck_assert_int_eq(opened(1, &frame).parsed.outcome, FRAME_OTHER);
}
END_TEST

TCase *parse_control_cases(void)
{
    TCase *cases = tcase_create("control");
    tcase_add_loop_test(cases, an_icmp_error_names_the_segment_it_quotes, 0, 2);
    tcase_add_test(cases, of_a_short_quote_only_what_is_there_is_told);
    tcase_add_test(cases, a_quote_is_followed_through_extension_headers);
    tcase_add_test(cases, a_quoted_later_fragment_names_nobody);
    tcase_add_loop_test(cases, icmp_that_is_no_error_is_other, 0, 7);
    tcase_add_test(cases, arp_tells_who_asks_for_whom);
    return cases;
}

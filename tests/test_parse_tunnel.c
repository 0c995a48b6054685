#include "tests/test_parse_made.h"

enum { RAW = 101, NO_PORT = 0 };

/* What carries a packet of made_hello(): an IP protocol or a UDP port, the header between, and what it is called. */
static const struct {
    unsigned outer, inner;
    uint8_t protocol;
    uint16_t port;
    const char *header;
    enum tunnel_kind kind;
} tunnels[] = {
    { 4, 4, 4, NO_PORT, "", TUNNEL_IPIP },
    { 4, 6, 41, NO_PORT, "", TUNNEL_6IN4 },
    { 6, 4, 4, NO_PORT, "", TUNNEL_4IN6 },
    { 6, 6, 41, NO_PORT, "", TUNNEL_6IN6 },
    { 4, 4, 47, NO_PORT, "0000 0800", TUNNEL_GRE },
    { 6, 6, 47, NO_PORT, "0000 86dd", TUNNEL_GRE },
    { 4, 4, 47, NO_PORT, "b000 0800 0000 0000 00000007 00000001", TUNNEL_GRE },  /* checksum, key, sequence */
    { 4, 4, 47, NO_PORT, "4000 0800 0000 0000 0800 0004 0a000001 00000000", TUNNEL_GRE },  /* source route */
    { 4, 4, 47, NO_PORT, "2000 6558 00000007 020000000001 020000000002 8100 0005 0800", TUNNEL_GRE },
    { 4, 4, 47, NO_PORT, "3081 880b 00310007 00000001 00000002 ff03 0021", TUNNEL_GRE },  /* PPTP */
    { 4, 4, 47, NO_PORT, "0000 8847 00064140", TUNNEL_GRE },
    { 4, 4, 47, NO_PORT, "1000 88be 00000001 1005 0001 00000001 020000000001 020000000002 0800",  /* ERSPAN II */
      TUNNEL_GRE },
    { 4, 4, 47, NO_PORT, "0000 8200 0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800",
      TUNNEL_GRE },
    { 4, 4, 97, NO_PORT, "3000 020000000001 020000000002 0800", TUNNEL_ETHERIP },
    { 4, 4, 17, 4789, "08000000 00000100 020000000001 020000000002 0800", TUNNEL_VXLAN },
    { 6, 6, 17, 4789, "08000000 00000100 020000000001 020000000002 86dd", TUNNEL_VXLAN },
    { 4, 6, 17, 4790, "0c000002 00000100", TUNNEL_VXLAN },
    { 4, 4, 17, 6081, "0000 6558 00000100 020000000001 020000000002 0800", TUNNEL_GENEVE },
    { 4, 4, 17, 6081, "0200 0800 00000100 0001 00 01 61626364", TUNNEL_GENEVE },  /* with an option */
    { 4, 4, 17, 2152, "30ff 002d 00000007", TUNNEL_GTPU },
    { 4, 6, 17, 2152, "36ff 0051 00000007 0001 00 85 0110 01 c0 0100 01 00", TUNNEL_GTPU },  /* extension headers */
    { 4, 6, 17, 3544, "", TUNNEL_TEREDO },
    { 4, 6, 17, 3544, "0001 00 00 0000000000000000 00 0000 ffff 0a000001", TUNNEL_TEREDO },  /* with all headers */
    { 4, 4, 17, 1701, "0002 0001 0002 ff03 0021", TUNNEL_L2TP },
    { 4, 4, 17, 4754, "0000 0800", TUNNEL_GRE },
    { 4, 4, 17, 6635, "00064140", TUNNEL_MPLS },
    { 4, 6, 17, 5072, "0000 01 29 00000001 61", TUNNEL_AYIYA },
};

static struct packet carried(int i)
{
    struct packet hello = made_hello(tunnels[i].inner);
    struct packet inside = made_before(tunnels[i].header, &hello);
    if (tunnels[i].port != NO_PORT)
        inside = made_datagram(tunnels[i].outer, 40001, tunnels[i].port, &inside);
    return made_ip(tunnels[i].outer, tunnels[i].protocol, &inside);
}

START_TEST(a_tunnel_gives_a_unit_for_each_layer)
{
    struct packet packet = carried(_i);
    struct opened o = opened(RAW, &packet);
    unsigned layers = tunnels[_i].port == NO_PORT ? 1 : 2;
    ck_assert_msg(o.parsed.units == layers, "%s: %u units", tunnels[_i].header, o.parsed.units);
    ck_assert(!o.parsed.malformed && !o.parsed.cut);
    const struct unit *inner = &o.units[layers - 1];
    expect_hello(inner, tunnels[_i].inner);
    ck_assert_uint_eq(inner->layer, layers - 1);
    ck_assert_uint_eq(inner->tunnels, 1);
    ck_assert_uint_eq(inner->tunnel[0], tunnels[_i].kind);
    ck_assert_str_ne(tunnel_names[inner->tunnel[0]], "");
    if (layers == 2) {
        ck_assert_int_eq(o.units[0].kind, UNIT_UDP);
        ck_assert_uint_eq(o.units[0].layer, 0);
        ck_assert_uint_eq(o.units[0].tunnels, 0);
        ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    }
}
END_TEST

START_TEST(either_port_may_be_the_tunnels)
{
    struct packet hello = made_hello(4);
    struct packet inside = made_before("08000000 00000100 020000000001 020000000002 0800", &hello);
    inside = made_datagram(4, 4789, 1024, &inside);
    struct packet packet = made_ip(4, PROTOCOL_UDP, &inside);
    ck_assert_uint_eq(opened(RAW, &packet).parsed.units, 2);
}
END_TEST

START_TEST(what_only_comes_from_a_tunnels_port_stays_a_datagram)
{
    static const uint16_t ports[] = { 4789, 4790, 6081, 2152, 3386, 3544, 1701, 4754, 5072, 6635 };
    struct packet text = made_text("E: this is a question about something else, and none of its bytes are a header");
    struct packet datagram = made_datagram(4, 40001, ports[_i], &text);
    struct packet packet = made_ip(4, PROTOCOL_UDP, &datagram);
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert(!o.parsed.malformed && !o.parsed.cut);
    ck_assert_uint_eq(o.units[0].payload_length, text.length);
}
END_TEST

START_TEST(a_packet_that_does_not_fit_its_tunnel_stays_a_datagram)
{
    struct packet hello = made_hello(4);
    made_put16(&hello, 2, 1000);
    struct packet inside = made_before("08000000 00000100 020000000001 020000000002 0800", &hello);
    struct packet datagram = made_datagram(4, 40001, 4789, &inside);
    struct packet packet = made_ip(4, PROTOCOL_UDP, &datagram);
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert(!o.parsed.malformed);
}
END_TEST

START_TEST(a_tunnel_cut_off_inside_keeps_its_outer_layer)
{
    struct packet packet = carried(14);
    struct parser *parser = parser_new(1);
    struct opened o = open_cut(parser, RAW, &packet, 20 + 8 + 8 + 14 + 20 + 10);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert(o.parsed.cut);
    ck_assert(o.units[0].notes & NOTE_CUT);
    parser_free(parser);
}
END_TEST

START_TEST(the_innermost_tunnels_are_told)
{
    struct packet packet = made_hello(4);
    for (unsigned i = 0; i < 5; i++)
        packet = made_ip(4, 4, &packet);
    struct packet gre = made_before("0000 0800", &packet);
    packet = made_ip(4, 47, &gre);
    struct opened o = opened(RAW, &packet);
    expect_hello(&o.units[0], 4);
    ck_assert_uint_eq(o.units[0].tunnels, 6);
    for (unsigned i = 0; i < UNIT_TUNNELS; i++)
        ck_assert_uint_eq(o.units[0].tunnel[i], TUNNEL_IPIP);
}
END_TEST

START_TEST(no_more_units_are_given_than_there_is_room_for)
{
    struct packet packet = made_hello(4);
    for (unsigned i = 0; i < 12; i++) {
        struct packet inside = made_before("08000000 00000100 020000000001 020000000002 0800", &packet);
        inside = made_datagram(4, 40001, 4789, &inside);
        packet = made_ip(4, PROTOCOL_UDP, &inside);
    }
    struct opened o = opened(RAW, &packet);
    ck_assert_uint_eq(o.parsed.units, FRAME_UNITS_MAX);
    for (unsigned i = 0; i < FRAME_UNITS_MAX; i++)
        ck_assert_uint_eq(o.units[i].layer, i);
}
END_TEST

START_TEST(a_tunnel_in_fragments_is_opened_when_it_is_whole)
{
    struct parser *parser = parser_new(1);
    struct packet hello = made_hello(4);
    struct packet inside = made_before("08000000 00000100 020000000001 020000000002 0800", &hello);
    struct packet datagram = made_datagram(4, 40001, 4789, &inside);
    struct packet first = made_fragment(4, PROTOCOL_UDP, 7, &datagram, 0, 48, true);
    struct packet second = made_fragment(4, PROTOCOL_UDP, 7, &datagram, 48, datagram.length - 48, false);
    ck_assert_int_eq(open_packet(parser, RAW, &first).parsed.outcome, FRAME_FRAGMENT);
    struct opened o = open_packet(parser, RAW, &second);
    ck_assert_uint_eq(o.parsed.units, 2);
    expect_hello(&o.units[1], 4);
    ck_assert(o.units[1].notes & NOTE_REASSEMBLED);
    parser_free(parser);
}
END_TEST

TCase *parse_tunnel_cases(void)
{
    TCase *cases = tcase_create("tunnels");
    tcase_add_loop_test(cases, a_tunnel_gives_a_unit_for_each_layer, 0, sizeof tunnels / sizeof *tunnels);
    tcase_add_test(cases, either_port_may_be_the_tunnels);
    tcase_add_loop_test(cases, what_only_comes_from_a_tunnels_port_stays_a_datagram, 0, 10);
    tcase_add_test(cases, a_packet_that_does_not_fit_its_tunnel_stays_a_datagram);
    tcase_add_test(cases, a_tunnel_cut_off_inside_keeps_its_outer_layer);
    tcase_add_test(cases, the_innermost_tunnels_are_told);
    tcase_add_test(cases, no_more_units_are_given_than_there_is_room_for);
    tcase_add_test(cases, a_tunnel_in_fragments_is_opened_when_it_is_whole);
    return cases;
}

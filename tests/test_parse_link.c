#include "tests/test_parse_made.h"

/* Every link layer and what stands before an IPv4 (or IPv6) packet in it. */
static const struct {
    uint16_t linktype;
    unsigned version;
    const char *header;
} ways_in[] = {
    { 1, 4, "020000000001 020000000002 0800" },
    { 1, 6, "020000000001 020000000002 86dd" },
    { 1, 4, "020000000001 020000000002 8100 0005 0800" },
    { 1, 4, "020000000001 020000000002 88a8 0005 8100 0006 0800" },
    { 1, 4, "020000000001 020000000002 9100 0005 8100 0006 0800" },
    { 1, 4, "020000000001 020000000002 88e7 00000001 020000000003 020000000004 0800" },    /* 802.1ah */
    { 1, 4, "020000000001 020000000002 8926 00010002 0800" },                              /* VN-tag */
    { 1, 4, "020000000001 020000000002 0035 aaaa03 000000 0800" },                         /* 802.3 with SNAP */
    { 1, 4, "020000000001 020000000002 0030 060603" },                                     /* 802.3 with LLC for IP */
    { 1, 4, "020000000001 020000000002 8847 00064040 00065140" },                          /* MPLS, two labels */
    { 1, 6, "020000000001 020000000002 8848 00064140" },
    { 1, 4, "020000000001 020000000002 8847 00064140 00000000 020000000003 020000000004 0800" },  /* pseudowire */
    { 1, 4, "020000000001 020000000002 8847 00064140 001b21000001 001b21000002 0800" },    /* without control word */
    { 1, 4, "020000000001 020000000002 8864 1100 0001 002f 0021" },                        /* PPPoE */
    { 1, 6, "020000000001 020000000002 8864 1100 0001 0043 0057" },
    { 1, 4, "020000000001 020000000002 894f 0fc20201 000001ff" },                          /* NSH */
    { 0, 4, "02000000" },
    { 0, 4, "00000002" },
    { 0, 6, "1e000000" },
    { 0, 6, "18000000" },
    { 0, 4, "00000800" },                                                                  /* old Linux */
    { 108, 4, "00000002" },
    { 12, 4, "" },
    { 101, 6, "" },
    { 101, 4, "ff03 0021" },
    { 228, 4, "" },
    { 229, 6, "" },
    { 113, 4, "0000 0001 0006 020000000001 0000 0800" },
    { 113, 4, "0000 0001 0006 020000000001 0000 0004 aaaa03 000000 0800" },
    { 276, 6, "86dd 0000 00000001 0001 00 06 020000000001 0000" },
    { 9, 4, "ff03 0021" },
    { 9, 4, "21" },
    { 50, 6, "ff03 0057" },
    { 50, 4, "0f00 0800" },
    { 204, 4, "01 ff03 0021" },
    { 51, 4, "1100 0001 002f 0021" },
    { 104, 4, "0f00 0800" },
    { 107, 4, "1841 03 cc" },
    { 107, 6, "1841 03 8e" },
    { 107, 4, "1841 03 00 80 000000 0800" },
    { 107, 4, "1841 0800" },                                                               /* Cisco's */
    { 100, 4, "aaaa03 000000 0800" },
    { 99, 4, "0a000001 0000 0800 000000000000000000000000000000000000000000000000000000000000000000000000" },
    { 10, 4, "50 020000000001 020000000002 aaaa03 000000 0800" },
    { 6, 4, "1040 020000000001 020000000002 aaaa03 000000 0800" },
    { 6, 4, "1040 020000000001 820000000002 0610 0001 0002 aaaa03 000000 0800" },          /* source-routed */
    { 122, 4, "0000000000000000 0000000000000000 aaaa03 000000 0800" },
    { 138, 4, "0000000000000000 0000000000000000 0800" },
    { 7, 4, "0102 f0" },
    { 7, 4, "0102 d4 00 0001" },
    { 129, 6, "0102 0000 c4 00 0001" },
    { 109, 4, "02000000 00000001 00000000" },
    { 226, 4, "01 02 0000 0000002d 00000001 00000000 00000000 00000000" },
    { 239, 4, "02 00 0000 0800 0100 0800 0100 3100 0900" },
    { 192, 4, "00 00 0800 01000000 020000000001 020000000002 0800" },
    { 105, 4, "0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800" },
    { 105, 6, "8803 0000 020000000001 020000000002 020000000003 1000 020000000004 0000 aaaa03 000000 86dd" },
    { 105, 4, "8881 0000 020000000001 020000000002 020000000003 1000 0000 00000000"        /* HT control */
              "aaaa03 000000 0800" },
    { 127, 4, "00 00 0800 00000000 0802 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800" },
    { 127, 4, "00 00 0900 02000000 20 8801 0000 020000000001 020000000002 020000000003 1000 0000 0000"    /* padded */
              "aaaa03 000000 0800" },
    { 163, 4, "80211001 00000008 0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800" },
};

START_TEST(every_link_layer_leads_to_the_same_segment)
{
    struct packet hello = made_hello(ways_in[_i].version);
    struct packet frame = made_before(ways_in[_i].header, &hello);
    struct opened o = opened(ways_in[_i].linktype, &frame);
    ck_assert_msg(o.parsed.outcome == FRAME_UNITS, "link type %u, %s", ways_in[_i].linktype, ways_in[_i].header);
    ck_assert_uint_eq(o.parsed.units, 1);
    ck_assert(!o.parsed.malformed && !o.parsed.cut && !o.parsed.fragment);
    expect_hello(&o.units[0], ways_in[_i].version);
    ck_assert_uint_eq(o.units[0].tunnels, 0);
}
END_TEST

START_TEST(a_link_header_cut_off_anywhere_is_cut_and_not_malformed)
{
    struct packet hello = made_hello(ways_in[_i].version);
    struct packet frame = made_before(ways_in[_i].header, &hello);
    struct parser *parser = parser_new(1);
    for (size_t caplen = 0; caplen < frame.length - hello.length; caplen++) {
        struct opened o = open_cut(parser, ways_in[_i].linktype, &frame, caplen);
        ck_assert(!o.parsed.malformed);
        ck_assert_uint_eq(o.parsed.units, 0);
    }
    parser_free(parser);
}
END_TEST

START_TEST(a_link_header_that_its_sender_left_short_has_no_units)
{
    struct packet hello = made_hello(ways_in[_i].version);
    struct packet frame = made_before(ways_in[_i].header, &hello);
    size_t header = frame.length - hello.length;
    for (frame.length = 0; frame.length < header; frame.length++) {
        struct opened o = opened(ways_in[_i].linktype, &frame);
        ck_assert_uint_eq(o.parsed.units, 0);
        ck_assert(!o.parsed.cut);
    }
}
END_TEST

START_TEST(the_innermost_vlan_is_told)
{
    struct packet hello = made_hello(4);
    struct packet none = made_ethernet(&hello, 0x0800);
    struct packet two = made_before("020000000001 020000000002 88a8 e064 8100 0fff 0800", &hello);
    struct opened o = opened(1, &none);
    ck_assert_uint_eq(o.units[0].vlan, VLAN_NONE);
    o = opened(1, &two);
    ck_assert_uint_eq(o.units[0].vlan, 0xfff);
}
END_TEST

START_TEST(padding_of_ethernet_is_not_payload)
{
    struct packet segment = made_segment(4, "", 0);
    struct packet packet = made_ip(4, PROTOCOL_TCP, &segment);
    packet = made_ethernet(&packet, 0x0800);
    packet = made_after(&packet, "000000000000");
    struct opened o = opened(1, &packet);
    ck_assert_uint_eq(o.units[0].payload_length, 0);
    ck_assert_int_eq(o.units[0].checksum, CHECKSUM_GOOD);
    ck_assert_uint_eq(o.units[0].frame_len, 60);
}
END_TEST

START_TEST(a_link_type_that_is_not_decoded_is_named)
{
    struct packet hello = made_hello(4);
    struct opened usb = opened(189, &hello), unknown = opened(65000, &hello);
    ck_assert_int_eq(usb.parsed.outcome, FRAME_OTHER);
    ck_assert_str_eq(usb.parsed.why, "link type USB");
    ck_assert_int_eq(unknown.parsed.outcome, FRAME_OTHER);
    ck_assert_ptr_nonnull(unknown.parsed.why);
    ck_assert(!unknown.parsed.malformed);
}
END_TEST

START_TEST(what_is_not_ip_is_other)
{
    static const char *const frames[] = {
        "0180c2000000 020000000002 88cc 0207",                          /* LLDP */
        "020000000001 020000000002 0026 424203 0000000000",             /* spanning tree */
        "020000000001 020000000002 05f0 0000",                          /* neither a type nor a length */
        "020000000001 020000000002 8864 1100 0001 0006 c021 01010004",  /* PPP's LCP */
    };
    struct packet frame = made_bytes(frames[_i]);
    struct opened o = opened(1, &frame);
    ck_assert_int_eq(o.parsed.outcome, FRAME_OTHER);
    ck_assert_ptr_null(o.parsed.why);
}
END_TEST

START_TEST(wireless_frames_that_are_protected_or_hold_no_data_are_other)
{
    static const char *const headers[] = {
        "0841 0000 020000000001 020000000002 020000000003 1000 00000000 aaaa03 000000 0800",  /* protected */
        "4801 0000 020000000001 020000000002 020000000003 1000",                              /* null function */
        "8000 0000 020000000001 020000000002 020000000003 1000",                              /* beacon */
        "0805 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800",           /* a first fragment */
        "d400 0000 020000000001",                                                             /* acknowledgment */
    };
    struct packet hello = made_hello(4);
    struct packet frame = made_before(headers[_i], &hello);
    ck_assert_int_eq(opened(105, &frame).parsed.outcome, FRAME_OTHER);
}
END_TEST

START_TEST(an_aggregated_wireless_frame_has_a_unit_for_each_frame_in_it)
{
    struct packet hello = made_hello(4);
    struct packet last = made_before("020000000001 020000000002 0035 aaaa03 000000 0800", &hello);
    struct packet first = made_after(&last, "00");     /* 14 + 53 bytes, padded to 68 */
    for (size_t i = 0; i < last.length; i++)
        first.bytes[first.length++] = last.bytes[i];
    struct packet frame = made_before("8801 0000 020000000001 020000000002 020000000003 1000 8000", &first);
    struct opened o = opened(105, &frame);
    ck_assert_uint_eq(o.parsed.units, 2);
    expect_hello(&o.units[0], 4);
    expect_hello(&o.units[1], 4);
    ck_assert_uint_eq(o.units[1].layer, 0);
}
END_TEST

START_TEST(a_frame_check_sequence_that_radiotap_announces_is_not_payload)
{
    struct packet hello = made_hello(4);
    made_put16(&hello, 2, 0);     /* so that the length comes from the frame */
    struct packet frame = made_before("00 00 0900 02000000 10 0801 0000 020000000001 020000000002 020000000003 1000"
                                      "aaaa03 000000 0800", &hello);
    frame = made_after(&frame, "deadbeef");
    struct opened o = opened(127, &frame);
    expect_hello(&o.units[0], 4);
}
END_TEST

TCase *parse_link_cases(void)
{
    TCase *cases = tcase_create("link");
    int ways = sizeof ways_in / sizeof *ways_in;
    tcase_add_loop_test(cases, every_link_layer_leads_to_the_same_segment, 0, ways);
    tcase_add_loop_test(cases, a_link_header_cut_off_anywhere_is_cut_and_not_malformed, 0, ways);
    tcase_add_loop_test(cases, a_link_header_that_its_sender_left_short_has_no_units, 0, ways);
    tcase_add_test(cases, the_innermost_vlan_is_told);
    tcase_add_test(cases, padding_of_ethernet_is_not_payload);
    tcase_add_test(cases, a_link_type_that_is_not_decoded_is_named);
    tcase_add_loop_test(cases, what_is_not_ip_is_other, 0, 4);
    tcase_add_loop_test(cases, wireless_frames_that_are_protected_or_hold_no_data_are_other, 0, 5);
    tcase_add_test(cases, an_aggregated_wireless_frame_has_a_unit_for_each_frame_in_it);
    tcase_add_test(cases, a_frame_check_sequence_that_radiotap_announces_is_not_payload);
    return cases;
}

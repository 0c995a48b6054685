#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source.h"
#include "report/anatomy.h"
#include "tests/craft.h"
#include "tests/test_parse_made.h"

Suite *anatomy_suite(void);

static struct frame frame_on(uint16_t linktype, const uint8_t *bytes, size_t length)
{
    return (struct frame){ .bytes = bytes, .caplen = (uint32_t)length, .len = (uint32_t)length, .number = 1,
                           .linktype = linktype };
}

static struct anatomy taken_apart(uint16_t linktype, const struct packet *packet)
{
    static struct anatomy a;
    struct frame frame = frame_on(linktype, packet->bytes, packet->length);
    anatomy_of(&a, &frame, NULL);
    return a;
}

enum { SENTENCE_MAX = 158, FIELD_NAME_MAX = 23, LAYER_NAME_MAX = 10 }; /* two lines of 80; columns of the Bytes pane */

/* What is wrong with a field that must begin at bit `at`; NULL: nothing. */
static const char *field_fault(const struct anatomy *a, const struct anatomy_field *f, const struct frame *frame,
                               uint64_t at)
{
    uint64_t begin, end;
    anatomy_bits(f, &begin, &end);
    if (begin != at)
        return "does not begin where the one before ends";
    if (end < begin || (uint64_t)f->offset + f->length > frame->caplen)
        return "ends behind the frame";
    if (f->layer >= a->layer_count || strlen(a->layers[f->layer].name) > LAYER_NAME_MAX)
        return "has no layer, or one with a long name";
    if (strlen(f->name) > FIELD_NAME_MAX)
        return "has a long name";
    if (strlen(f->says) > SENTENCE_MAX)
        return "has a long sentence";
    for (const char *s = f->value; *s; s++)
        if (*s < 0x20 || *s >= 0x7f)
            return "has a character that is not printable";
    return NULL;
}

/* Every bit that was captured belongs to exactly one field, in order. Asserts only on failure: these are many. */
static void assert_covered(const struct anatomy *a, const struct frame *frame, const char *what)
{
    uint64_t at = 0, begin;
    for (unsigned i = 0; i < a->count; i++) {
        const char *fault = field_fault(a, &a->fields[i], frame, at);
        if (fault)
            ck_abort_msg("%s frame %u of %u bytes: %s %s (%zu letters)", what, frame->number, frame->caplen,
                         a->fields[i].name, fault, strlen(a->fields[i].says));
        anatomy_bits(&a->fields[i], &begin, &at);
    }
    if (at != (uint64_t)frame->caplen * 8 || a->layer_count == 0)
        ck_abort_msg("%s frame %u: %llu of %u bits are in fields", what, frame->number, (unsigned long long)at,
                     frame->caplen * 8);
}

/* The field of that name, in the layer of that name; the first of them. */
static const struct anatomy_field *field_of(const struct anatomy *a, const char *layer, const char *name)
{
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->fields[i].name, name) == 0 && strcmp(a->layers[a->fields[i].layer].name, layer) == 0)
            return &a->fields[i];
    ck_abort_msg("no field %s of %s", name, layer);
}

static void assert_field(const struct anatomy *a, const char *layer, const char *name, uint32_t offset, uint32_t length,
                         const char *value)
{
    const struct anatomy_field *f = field_of(a, layer, name);
    ck_assert_msg(f->offset == offset, "%s is at %u", name, f->offset);
    ck_assert_msg(f->length == length, "%s has %u bytes", name, f->length);
    ck_assert_str_eq(f->value, value);
}

START_TEST(the_fields_of_a_tcp_segment)
{
    struct packet body = made_segment(4, "020405b4 0402 080a 00000001 00000002 0101 030307 000000", 5);
    struct packet ip = made_ip(4, PROTOCOL_TCP, &body), packet = made_ethernet(&ip, 0x0800);
    struct anatomy a = taken_apart(1, &packet);
    assert_field(&a, "Ethernet", "EtherType", 12, 2, "0x0800 IPv4");
    assert_field(&a, "IPv4", "version", 14, 1, "4");
    assert_field(&a, "IPv4", "IHL", 14, 1, "5 (20 bytes)");
    assert_field(&a, "IPv4", "total length", 16, 2, "69");
    assert_field(&a, "IPv4", "protocol", 23, 1, "6 TCP");
    assert_field(&a, "IPv4", "source address", 26, 4, "10.0.0.1");
    assert_field(&a, "TCP", "source port", 34, 2, "40000");
    assert_field(&a, "TCP", "destination port", 36, 2, "80");
    assert_field(&a, "TCP", "sequence number", 38, 4, "1000");
    assert_field(&a, "TCP", "acknowledgment number", 42, 4, "2000");
    assert_field(&a, "TCP", "data offset", 46, 1, "11 (44 bytes)");
    assert_field(&a, "TCP", "reserved", 46, 1, "0");
    assert_field(&a, "TCP", "flags", 47, 1, "PSH,ACK");
    assert_field(&a, "TCP", "window", 48, 2, "512");
    assert_field(&a, "TCP", "urgent pointer", 52, 2, "0");
    assert_field(&a, "TCP", "option MSS", 54, 4, "1460");
    assert_field(&a, "TCP", "option SACK permitted", 58, 2, "yes");
    assert_field(&a, "TCP", "option timestamps", 60, 10, "TSval 1, TSecr 2");
    assert_field(&a, "TCP", "option NOP", 70, 1, "kind 1");
    assert_field(&a, "TCP", "option window scale", 72, 3, "7 (x 128)");
    assert_field(&a, "TCP", "option end", 75, 1, "kind 0");
    assert_field(&a, "TCP", "payload", 78, 5, "5 bytes \"hello\"");
    const struct anatomy_field *reserved = field_of(&a, "TCP", "reserved");
    ck_assert_uint_eq(reserved->bit, 4);
    ck_assert_uint_eq(reserved->bits, 4);
    ck_assert(strstr(field_of(&a, "TCP", "checksum")->value, " good"));
    ck_assert(strstr(field_of(&a, "IPv4", "header checksum")->value, " good"));
    ck_assert_str_eq(field_of(&a, "TCP", "option MSS")->rfc, "RFC 9293 3.7.1");
}
END_TEST

START_TEST(the_lowest_reserved_bit_is_named_where_it_is_set)
{
    struct packet body = made_segment(4, "", 5);
    body.bytes[12] |= 1;
    struct packet ip = made_ip(4, PROTOCOL_TCP, &body), packet = made_ethernet(&ip, 0x0800);
    struct anatomy a = taken_apart(1, &packet);
    assert_field(&a, "TCP", "reserved", 46, 1, "1 (AE: RFC 9768)");
    assert_field(&a, "TCP", "flags", 47, 1, "PSH,ACK");
}
END_TEST

START_TEST(the_fields_of_a_datagram_over_ipv6)
{
    struct packet text = made_text("question"), body = made_datagram(6, 40000, 53, &text);
    struct packet ip = made_ip(6, PROTOCOL_UDP, &body), packet = made_ethernet(&ip, 0x86dd);
    struct anatomy a = taken_apart(1, &packet);
    assert_field(&a, "IPv6", "payload length", 18, 2, "16");
    assert_field(&a, "IPv6", "next header", 20, 1, "17 UDP");
    assert_field(&a, "IPv6", "source address", 22, 16, "2001:db8::1");
    assert_field(&a, "UDP", "destination port", 56, 2, "53");
    assert_field(&a, "UDP", "length", 58, 2, "16");
    assert_field(&a, "UDP", "payload", 62, 8, "8 bytes \"question\"");
    ck_assert(strstr(field_of(&a, "UDP", "checksum")->value, " good"));
}
END_TEST

START_TEST(a_wrong_checksum_is_told_with_the_right_one)
{
    struct packet body = made_segment(4, "", 5), ip = made_ip(4, PROTOCOL_TCP, &body);
    unsigned right = (unsigned)ip.bytes[36] << 8 | ip.bytes[37];
    made_put16(&ip, 36, (uint16_t)(right ^ 0x0100));
    struct anatomy a = taken_apart(101, &ip);
    char want[64];
    snprintf(want, sizeof want, "0x%04x wrong: should be 0x%04x", right ^ 0x0100, right);
    assert_field(&a, "TCP", "checksum", 36, 2, want);
}
END_TEST

START_TEST(cut_off_and_malformed_are_kept_apart)
{
    struct packet ip = made_hello(4);
    struct anatomy a;
    struct frame frame = frame_on(101, ip.bytes, ip.length);
    frame.caplen = 27;
    anatomy_of(&a, &frame, NULL);
    const struct anatomy_field *f = field_of(&a, "TCP", "sequence number");
    ck_assert_uint_eq(f->trouble, TROUBLE_CUT);
    ck_assert_uint_eq(f->length, 3);
    ck_assert_str_eq(field_of(&a, "TCP", "cut off")->value, "18 bytes, by the snapshot length");

    made_put16(&ip, 2, 27);                   /* the total length */
    a = taken_apart(101, &ip);
    ck_assert_uint_eq(field_of(&a, "TCP", "sequence number")->trouble, TROUBLE_MALFORMED);
    made_put16(&ip, 2, 999);
    a = taken_apart(101, &ip);
    assert_field(&a, "IPv4", "total length", 2, 2, "999, but only 45 bytes are there: malformed");
    ip = made_hello(4);
    ip.bytes[32] = 0x90;
    a = taken_apart(101, &ip);
    ck_assert_str_eq(field_of(&a, "TCP", "data offset")->value, "9 (36 bytes): longer than the segment: malformed");
}
END_TEST

START_TEST(an_icmp_error_shows_what_it_quotes)
{
    struct packet hello = made_hello(4), quote = { .length = 0 };
    struct craft_network n = { .version = 4, .ttl = 64, .source = { 10, 0, 0, 9 }, .destination = { 10, 0, 0, 1 } };
    quote.length = craft_icmp_error(quote.bytes, &n, 3, 3, hello.bytes, 28);
    struct packet ip = made_ip(4, PROTOCOL_ICMP, &quote);
    struct anatomy a = taken_apart(101, &ip);
    assert_field(&a, "ICMP", "type", 20, 1, "3 destination unreachable");
    assert_field(&a, "ICMP", "code", 21, 1, "3 port unreachable");
    assert_field(&a, "TCP", "source port", 48, 2, "40000");
    assert_field(&a, "TCP", "sequence number", 52, 4, "1000");
    ck_assert(a.layers[field_of(&a, "TCP", "source port")->layer].quoted);
    for (unsigned i = 0; i < a.count; i++)
        ck_assert_uint_eq(a.fields[i].trouble, TROUBLE_NONE);
}
END_TEST

START_TEST(tags_padding_and_arp)
{
    static const uint8_t sender[4] = { 10, 9, 0, 2 }, target[4] = { 10, 9, 0, 1 };
    struct packet packet = { .length = 0 };
    packet.length = craft_arp(packet.bytes, 1, sender, target, 5);
    packet = made_after(&packet, "000000000000");
    struct anatomy a = taken_apart(1, &packet);
    assert_field(&a, "802.1Q", "VLAN identifier", 14, 2, "5");
    assert_field(&a, "ARP", "operation", 24, 2, "1 request");
    assert_field(&a, "ARP", "target protocol address", 42, 4, "10.9.0.1");
    assert_field(&a, "Ethernet", "Ethernet padding", 46, 6, "6 bytes of zero");
}
END_TEST

/* link type, header before a packet of made_hello(), the layer it makes */
static const struct {
    uint16_t linktype;
    const char *header, *layer;
} around[] = {
    { 113, "0000 0001 0006 0200000000010000 0800", "cooked" },
    { 276, "0800 0000 00000002 0001 00 06 0200000000010000", "cooked v2" },
    { 0, "02000000", "loopback" },
    { 108, "00000002", "loopback" },
    { 1, "020000000001 020000000002 88a8 0007 8100 0005 0800", "802.1Q" },
    { 1, "020000000001 020000000002 0035 aaaa03 000000 0800", "LLC" },
    { 1, "020000000001 020000000002 8864 1100 0001 002f 0021", "PPPoE" },
    { 1, "020000000001 020000000002 8847 00064140", "MPLS" },
    { 101, "45000045 00000000 402f0000 0a000001 0a000002 0000 0800", "GRE" },
    { 101, "45000041 00000000 4004 0000 0a000001 0a000002", "IPv4" },
    { 101, "60000000 003d 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
           "3c00 0104 00000000 0400 0502 0000 0100", "options" },
    { 101, "60000000 0035 2c 40 20010db8000000000000000000000001 20010db8000000000000000000000002 0400 0000 00000007",
      "fragment" },
};

START_TEST(what_stands_around_a_segment_is_opened)
{
    struct packet hello = made_hello(4), packet = made_before(around[_i].header, &hello);
    struct anatomy a = taken_apart(around[_i].linktype, &packet);
    struct frame frame = frame_on(around[_i].linktype, packet.bytes, packet.length);
    assert_covered(&a, &frame, around[_i].layer);
    bool found = false;
    for (unsigned i = 0; i < a.layer_count; i++)
        found = found || strcmp(a.layers[i].name, around[_i].layer) == 0;
    ck_assert_msg(found, "no layer %s", around[_i].layer);
    assert_field(&a, "TCP", "source port", (uint32_t)(packet.length - hello.length + 20), 2, "40000");
    ck_assert(strstr(field_of(&a, "TCP", "checksum")->value, " good"));
}
END_TEST

START_TEST(a_vxlan_shows_the_frame_inside)
{
    struct packet hello = made_hello(4), inner = made_ethernet(&hello, 0x0800);
    struct packet inside = made_before("08000000 00000100", &inner), body = made_datagram(4, 40000, 4789, &inside);
    struct packet ip = made_ip(4, PROTOCOL_UDP, &body);
    struct anatomy a = taken_apart(101, &ip);
    assert_field(&a, "VXLAN", "VNI", 32, 3, "1");
    assert_field(&a, "TCP", "destination port", 72, 2, "80");
}
END_TEST

START_TEST(what_is_not_opened_is_one_field_with_its_name)
{
    struct packet packet = made_bytes("08 02 00 00");
    struct anatomy a = taken_apart(105, &packet);
    assert_field(&a, "frame", "not opened here", 0, 4, "IEEE 802.11, 4 bytes");
    a = taken_apart(9999, &packet);
    assert_field(&a, "frame", "not opened here", 0, 4, "a link type that is not decoded, 4 bytes");
}
END_TEST

/* Calls `check` with every frame of every bundled trace. */
static unsigned each_frame(void (*check)(const struct frame *frame, const char *name))
{
    DIR *traces = opendir("traces");
    unsigned frames = 0;
    ck_assert_ptr_nonnull(traces);
    for (struct dirent *entry; (entry = readdir(traces));) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (!suffix || strcmp(suffix, ".pcap") != 0)
            continue;
        char path[300];
        snprintf(path, sizeof path, "traces/%s", entry->d_name);
        struct error error = { 0 };
        struct source_options options = { .file = path };
        struct source *source = source_open(&options, &error);
        ck_assert_msg(source != NULL, "%s", error.text);
        struct frame batch[FRAME_BATCH];
        unsigned count;
        while (source_next(source, batch, &count) != SOURCE_END)
            for (unsigned i = 0; i < count; i++, frames++)
                check(&batch[i], entry->d_name);
        source_close(source);
    }
    closedir(traces);
    return frames;
}

/* Bytes in a block of their own, so that a sanitizer sees a read behind them. */
static void check_cut(const struct frame *whole, uint32_t length, uint32_t on_the_wire, const char *name)
{
    static struct anatomy a;
    struct frame frame = *whole;
    uint8_t *bytes = malloc(length ? length : 1);
    if (!bytes)
        abort();
    if (length)
        memcpy(bytes, whole->bytes, length);
    frame.bytes = bytes;
    frame.caplen = length;
    frame.len = on_the_wire;
    anatomy_of(&a, &frame, NULL);
    assert_covered(&a, &frame, name);
    free(bytes);
}

static void check_whole(const struct frame *frame, const char *name)
{
    static struct anatomy a;
    anatomy_of(&a, frame, NULL);
    assert_covered(&a, frame, name);
    for (unsigned i = 0; i < a.count; i++)
        if (strcmp(a.fields[i].name, "not opened here") == 0)
            ck_abort_msg("%s frame %u: %s", name, frame->number, a.fields[i].value);
}

static void check_cuts(const struct frame *frame, const char *name)
{
    for (uint32_t length = 0; length < frame->caplen && length < 200; length++) {
        check_cut(frame, length, frame->len, name);   /* by the snapshot length */
        check_cut(frame, length, length, name);       /* by the sender */
    }
}

START_TEST(every_byte_of_the_bundled_traces_is_in_one_field)
{
    ck_assert_uint_gt(each_frame(check_whole), 500);
}
END_TEST

START_TEST(frames_cut_at_every_length)
{
    ck_assert_uint_gt(each_frame(check_cuts), 500);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Random bytes, and good packets with a few bytes changed: these get far into the headers. */
START_TEST(any_bytes_end_and_are_covered)
{
    static const uint16_t linktypes[] = { 1, 0, 101, 108, 113, 276, 228, 229 };
    uint32_t state = 42;
    struct packet good[] = { made_hello(4), made_hello(6), made_bytes("60000000 0035 00 40"), made_hello(4) };
    struct packet inner = made_ip(4, 4, &good[0]);
    good[3] = made_ethernet(&inner, 0x0800);
    for (unsigned round = 0; round < 40000; round++) {
        uint8_t bytes[160];
        size_t length = next_random(&state) % sizeof bytes;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)next_random(&state);
        if (round % 4 != 0) {
            const struct packet *from = &good[next_random(&state) % 4];
            for (size_t i = 0; i < length && i < from->length; i++)
                if (next_random(&state) % 16)
                    bytes[i] = from->bytes[i];
        }
        struct frame frame = frame_on(linktypes[next_random(&state) % 8], bytes, length);
        check_cut(&frame, (uint32_t)length, (uint32_t)length + next_random(&state) % 3 * 40, "random");
    }
}
END_TEST

START_TEST(many_headers_and_options_come_to_an_end)
{
    struct packet packet = made_hello(4);
    for (unsigned i = 0; i < 100; i++)
        packet = made_ip(4, 4, &packet);
    struct frame frame = frame_on(101, packet.bytes, packet.length);
    struct anatomy a = taken_apart(101, &packet);
    assert_covered(&a, &frame, "tunnels");
    packet = made_bytes("60000000 0900 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002 06ff");
    for (unsigned i = 0; i < 2046; i++)
        packet = made_after(&packet, "00");
    frame = frame_on(101, packet.bytes, packet.length);
    a = taken_apart(101, &packet);
    assert_covered(&a, &frame, "options");
}
END_TEST

Suite *anatomy_suite(void)
{
    Suite *suite = suite_create("anatomy");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, the_fields_of_a_tcp_segment);
    tcase_add_test(all, the_lowest_reserved_bit_is_named_where_it_is_set);
    tcase_add_test(all, the_fields_of_a_datagram_over_ipv6);
    tcase_add_test(all, a_wrong_checksum_is_told_with_the_right_one);
    tcase_add_test(all, cut_off_and_malformed_are_kept_apart);
    tcase_add_test(all, an_icmp_error_shows_what_it_quotes);
    tcase_add_test(all, tags_padding_and_arp);
    tcase_add_loop_test(all, what_stands_around_a_segment_is_opened, 0, sizeof around / sizeof *around);
    tcase_add_test(all, a_vxlan_shows_the_frame_inside);
    tcase_add_test(all, what_is_not_opened_is_one_field_with_its_name);
    tcase_add_test(all, every_byte_of_the_bundled_traces_is_in_one_field);
    tcase_add_test(all, frames_cut_at_every_length);
    tcase_add_test(all, any_bytes_end_and_are_covered);
    tcase_add_test(all, many_headers_and_options_come_to_an_end);
    suite_add_tcase(suite, all);
    return suite;
}

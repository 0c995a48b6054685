/* Zeek's conn_state and history, shown by conversations.
 *
 * One segment a line: who sends it (> the first sender, < the other), its flags (S A F R P, or - for none), its
 * sequence number, with A its acknowledgement; then, where wanted: +N bytes of payload, w0 (window 0), cut (payload not
 * captured), bad or left (checksum wrong, left to the device), headless (options cut off). The originator of history is
 * Zeek's.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "decode/connection.h"
#include "decode/segment.h"
#include "decode/zeek.h"

Suite *zeek_suite(void);

struct talk {
    const char *shows, *segments, *state, *history;
    uint16_t port[2];             /* of the first sender and of the other; 0: 40000 and 7777, which no server has */
};

#define OPEN "> S 100\n< SA 500 101\n> A 101 501\n"
#define CLOSE "> FA 101 501\n< A 501 102\n< FA 501 102\n> A 102 502\n"
#define TEN(X) X X X X X X X X X X

static const struct talk talks[] = {
    { "opened, data both ways, closed", OPEN "> PA 101 501 +10\n< A 501 111\n< PA 501 111 +20\n> A 111 521\n"
      "> FA 111 521\n< FA 521 112\n> A 112 522\n", "SF", "ShADadFf", { 0 } },
    { "a SYN without answer", "> S 100\n> S 100\n> S 100\n", "S0", "S", { 0 } },
    { "a SYN-ACK that nobody acknowledges still establishes", "> S 100\n< SA 500 101\n", "S1", "Sh", { 0 } },
    { "a SYN answered with RST", "> S 100\n< RA 0 101\n", "REJ", "Sr", { 0 } },
    { "a SYN, acknowledged before it is answered", "> S 100\n< A 500 101\n< SA 500 101\n", "S1", "Sah", { 0 } },
    { "only the originator closes", OPEN "> FA 101 501\n< A 501 102\n", "S2", "ShAFa", { 0 } },
    { "only the responder closes", OPEN "< FA 501 101\n> A 101 502\n", "S3", "ShAf", { 0 } },
    { "the originator aborts", OPEN "> RA 101 501\n", "RSTO", "ShAR", { 0 } },
    { "the responder aborts", OPEN "< RA 501 101\n", "RSTR", "ShAr", { 0 } },
    { "a SYN and a RST, never answered", "> S 100\n> R 101\n", "RSTOS0", "SR", { 0 } },
    { "a RST after more than a SYN is no RSTOS0", "> S 100\n> A 101 501\n> R 101\n", "OTH", "SAR", { 0 } },
    { "a SYN and a FIN, never answered", "> S 100\n> F 101\n", "SH", "SF", { 0 } },
    { "a SYN-ACK and a FIN from a server, no SYN", "> SA 500 101\n> FA 501 101\n", "SHR", "^hf", { 80, 40000 } },
    { "a SYN-ACK and a RST from a server, no SYN", "> SA 500 101\n> R 501\n", "RSTRH", "^hr", { 80, 40000 } },
    { "both abort without data", "> S 100\n< SA 500 101\n> R 101\n< R 501\n", "REJ", "ShRr", { 0 } },

    { "mid-stream data makes both ends partial", "> PA 101 501 +10\n< A 501 111\n", "OTH", "Da", { 0 } },
    { "mid-stream data from a likely server's port", "> PA 501 101 +10\n< A 101 511\n", "OTH", "^dA", { 443, 40000 } },
    { "two likely servers: the lower port is the server's", "> PA 501 101 +10\n", "OTH", "^d", { 80, 8080 } },
    { "two likely servers: a SYN-ACK tells nothing", "> SA 500 101\n", "OTH", "H", { 80, 8080 } },
    { "a SYN is never flipped", "> S 100\n", "S0", "S", { 80, 40000 } },
    { "a lone SYN-ACK may be a scan", "> SA 500 101\n< R 101\n", "REJ", "Hr", { 0 } },
    { "a lone SYN-ACK, then data: the roles flip", "> SA 500 101\n> PA 501 101 +5\n", "OTH", "^hd", { 0 } },
    { "a lone SYN-ACK, then its ACK: the roles flip", "> SA 500 101\n< A 101 501\n", "OTH", "^hA", { 0 } },
    { "SYN and SYN-ACK captured in the wrong order", "> SA 500 101\n< S 100\n< A 101 501\n", "S1", "Hs^A", { 0 } },
    { "a missing SYN: an ACK establishes", "> SA 500 101\n< A 101 501\n< PA 101 501 +9\n> FA 501 110\n< FA 110 502\n",
      "SF", "^hADfF", { 25, 40000 } },
    { "SYN against SYN", "> S 100\n< S 500\n> SA 100 501\n< SA 500 101\n", "S1", "Ss", { 0 } },
    { "a SYN after mid-stream data", "> A 100 500\n> S 7000\n", "S0", "AS", { 0 } },

    { "FIN, then RST by the same end", OPEN "> FA 101 501\n> R 102\n", "RSTO", "ShAFR", { 0 } },
    { "FIN, RST, then the peer's FIN: a normal close", OPEN "> FA 101 501\n> R 102\n< FA 501 102\n", "SF",
      "ShAFRf", { 0 } },
    { "RST after both FINs changes nothing", OPEN CLOSE "> R 102\n", "SF", "ShAFafR", { 0 } },
    { "the same FIN again is not told", OPEN "> FA 101 501\n> FA 101 501\n", "S2", "ShAF", { 0 } },
    { "another FIN is told", OPEN "> FA 101 501\n> FA 150 501\n", "S2", "ShAFF", { 0 } },
    { "RSTs with other numbers are told", OPEN "< R 501\n< R 501\n< R 700\n", "RSTR", "ShArr", { 0 } },
    { "FIN with RST", OPEN "> FRA 101 501\n", "RSTO", "ShAI", { 0 } },
    { "SYN with FIN", "> SF 100\n", "SH", "Q", { 0 } },
    { "SYN with RST", "> SR 100\n", "OTH", "Q", { 0 } },
    { "no flags at all", "> - 100\n", "OTH", "", { 0 } },

    { "data on a SYN counts as sent again, and gives no D", "> S 100 +5\n< SA 500 106\n", "S1", "STh", { 0 } },
    { "data on a FIN gives no D", OPEN "> FA 101 501 +5\n", "S2", "ShAF", { 0 } },
    { "payload sent again: first and tenth time", OPEN "> PA 101 501 +5\n" TEN("> PA 101 501 +5\n"), "S1",
      "ShADTT", { 0 } },
    { "a keep-alive with a byte is sent again, one without is not",
      OPEN "> PA 101 501 +5\n> A 105 501\n> A 105 501 +1\n", "S1", "ShADT", { 0 } },
    { "window 0", OPEN "< A 501 101 w0\n< A 501 101 w0\n", "S1", "ShAaw", { 0 } },
    { "window 0 says nothing on a RST", OPEN "< RA 501 101 w0\n", "RSTR", "ShAr", { 0 } },
    { "window 0 says nothing after the peer's FIN", OPEN "> FA 101 501\n< A 501 102 w0\n", "S2", "ShAFa", { 0 } },
    { "a sequence number that passes 2^32", "> S 4294967290\n< SA 500 4294967291\n> A 4294967291 501\n"
      "> PA 4294967291 501 +10\n< A 501 5\n> PA 5 501 +10\n< A 501 15\n", "S1", "ShADa", { 0 } },

    { "ACK of bytes not captured", OPEN "< A 501 111\n", "S1", "ShAaG", { 0 } },
    { "a hole, then the bytes behind it acknowledged", OPEN "> PA 111 501 +10\n< A 501 121\n", "S1", "ShADaG", { 0 } },
    { "a hole that is filled is no gap", OPEN "> PA 111 501 +10\n> PA 101 501 +10\n< A 501 121\n", "S1",
      "ShADTa", { 0 } },
    { "a hole filled in two pieces", OPEN "> PA 121 501 +10\n> PA 101 501 +10\n> PA 111 501 +10\n< A 501 131\n", "S1",
      "ShADTa", { 0 } },
    { "two holes, the first filled", OPEN "> A 111 501 +10\n> A 131 501 +10\n> A 101 501 +10\n< A 501 141\n", "S1",
      "ShADTaG", { 0 } },
    { "two holes, both filled, the second first", OPEN "> A 111 501 +10\n> A 131 501 +10\n> A 121 501 +10\n"
      "> A 101 501 +10\n< A 501 141\n", "S1", "ShADTa", { 0 } },
    { "two holes, both filled in order", OPEN "> A 111 501 +10\n> A 131 501 +10\n> A 101 501 +10\n> A 121 501 +10\n"
      "< A 501 141\n", "S1", "ShADTa", { 0 } },
    { "ten gaps", OPEN "< A 501 111\n< A 501 121\n< A 501 131\n< A 501 141\n< A 501 151\n< A 501 161\n< A 501 171\n"
      "< A 501 181\n< A 501 191\n< A 501 201\n", "S1", "ShAaGG", { 0 } },
    { "payload that the snapshot length cut counts as not captured", OPEN "> PA 101 501 +10 cut\n< A 501 111\n", "S1",
      "ShADaG", { 0 } },
    { "an ACK of a FIN is no gap", OPEN CLOSE, "SF", "ShAFaf", { 0 } },
    { "a FIN behind a hole: the gap is told", OPEN "> FA 111 501\n< A 501 112\n", "S2", "ShAFaG", { 0 } },
    { "no gaps in a connection whose opening was not seen", "> A 101 501\n< A 501 101\n< A 501 201\n", "OTH",
      "Aa", { 0 } },
    { "no gaps once too much lies behind a hole unacknowledged", OPEN "> A 111 501 +9000\n> A 9111 501 +9000\n"
      "< A 501 18111\n", "S1", "ShADa", { 0 } },

    { "a bad checksum is told and the segment counts", OPEN "> PA 101 501 +5 bad\n", "S1", "ShACD", { 0 } },
    { "a checksum left to the device is not told", OPEN "> PA 101 501 +5 left\n", "S1", "ShAD", { 0 } },
    { "a segment whose options are cut off says nothing", "> S 100 headless\n< SA 500 101\n", "OTH", "h", { 0 } },
    { "letters beyond 36 are left out", OPEN "> R 1\n> R 2\n> R 3\n> R 4\n" TEN("> R 5\n> R 6\n> R 7\n> R 8\n"), "RSTO",
      "ShARRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR", { 0 } },
};

static uint16_t flags_of(const char *word)
{
    static const char names[] = "FSRPA";
    uint16_t flags = 0;
    for (; *word; word++) {
        const char *at = strchr(names, *word);
        if (at)
            flags |= (uint16_t)(1u << (at - names));
    }
    return flags;
}

static struct unit unit_of(const char *line, const uint16_t port[2])
{
    char who, flags[8], words[3][16] = { "", "", "" };
    struct unit u = { .kind = UNIT_TCP, .window = 1000, .known = 20, .key.protocol = PROTOCOL_TCP };
    int used = 0;
    ck_assert_int_eq(sscanf(line, "%c %7s %u%n", &who, flags, &u.seq, &used), 3);
    line += used;
    u.flags = flags_of(flags);
    if (u.flags & TCP_ACK) {
        ck_assert_int_eq(sscanf(line, "%u%n", &u.ack, &used), 1);
        line += used;
    }
    sscanf(line, "%15s %15s %15s", words[0], words[1], words[2]);
    for (unsigned i = 0; i < 3; i++) {
        if (sscanf(words[i], "+%u", &u.payload_length) == 1)
            u.payload_captured = u.payload_length;
        u.window = strcmp(words[i], "w0") ? u.window : 0;
        u.payload_captured = strcmp(words[i], "cut") ? u.payload_captured : 0;
        u.notes |= strcmp(words[i], "headless") ? 0 : NOTE_HEADER_CUT;
        if (!strcmp(words[i], "bad"))
            u.checksum = CHECKSUM_BAD;
        if (!strcmp(words[i], "left"))
            u.checksum = CHECKSUM_OFFLOADED;
    }
    u.from = who == '<';
    u.key.port[0] = port[0] ? port[0] : 40000;
    u.key.port[1] = port[1] ? port[1] : 7777;
    return u;
}

static void hear(struct connection *c, const char *segments, const uint16_t port[2])
{
    char line[64];
    bool first = true;
    for (const char *at = segments; *at; at = strchr(at, '\n') + 1, first = false) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        struct unit u = unit_of(line, port);
        if (first)
            zeek_open(c, &u);
        zeek_segment(c, &u);
    }
}

START_TEST(conversation_gives_state_and_history)
{
    const struct talk *t = &talks[_i];
    struct connection c;
    char state[ZEEK_STATE_MAX], history[ZEEK_HISTORY_MAX];
    memset(&c, 0xa5, sizeof c);
    hear(&c, t->segments, t->port);
    zeek_conn_state(&c, state);
    zeek_history(&c, history);
    ck_assert_msg(!strcmp(state, t->state) && !strcmp(history, t->history), "%s: %s %s, expected %s %s", t->shows,
                  state, history, t->state, t->history);
}
END_TEST

static const uint16_t any_ports[2];

START_TEST(bytes_are_sequence_space_without_syn_and_fin)
{
    struct connection c;
    hear(&c, OPEN "> PA 101 501 +10\n> PA 101 501 +10\n> FA 111 501\n< A 501 112\n", any_ports);
    ck_assert_uint_eq(zeek_sequence_bytes(&c, 0), 10);
    ck_assert_uint_eq(zeek_sequence_bytes(&c, 1), 0);
}
END_TEST

START_TEST(bytes_count_what_only_the_peer_acknowledged)
{
    struct connection c;
    hear(&c, OPEN "< A 501 1101\n", any_ports);
    ck_assert_uint_eq(zeek_sequence_bytes(&c, 0), 1000);
}
END_TEST

START_TEST(bytes_go_on_behind_the_sequence_space)
{
    struct connection c;
    hear(&c, OPEN "< A 501 1000000000\n< A 501 2000000000\n< A 501 3000000000\n< A 501 4000000000\n< A 501 705032704\n",
         any_ports);
    /* An ACK more than 2^31 ahead of the ISN lies before it for Zeek, until the numbers have passed 2^32. */
    ck_assert_uint_eq(zeek_sequence_bytes(&c, 0), 2000000000u - 101);
    hear(&c, "> S 4294967290\n< SA 500 4294967291\n> PA 4294967291 501 +10\n< A 501 5\n> PA 5 501 +10\n> FA 15 501\n",
         any_ports);
    ck_assert_uint_eq(zeek_sequence_bytes(&c, 0), 20);
}
END_TEST

START_TEST(ports_of_likely_servers)
{
    ck_assert(zeek_likely_server(PROTOCOL_TCP, 21) && zeek_likely_server(PROTOCOL_TCP, 20000));
    ck_assert(zeek_likely_server(PROTOCOL_TCP, 443) && zeek_likely_server(PROTOCOL_UDP, 443));
    ck_assert(zeek_likely_server(PROTOCOL_UDP, 53) && zeek_likely_server(PROTOCOL_UDP, 20000));
    ck_assert(zeek_likely_server(PROTOCOL_UDP, 67) && !zeek_likely_server(PROTOCOL_UDP, 68));
    ck_assert(!zeek_likely_server(PROTOCOL_TCP, 0) && !zeek_likely_server(PROTOCOL_TCP, 65535));
    ck_assert(!zeek_likely_server(PROTOCOL_UDP, 80) && !zeek_likely_server(PROTOCOL_UDP, 52));
}
END_TEST

struct exchange {
    const char *shows;
    uint16_t port[2];             /* of the client, who sends first, and of the server */
    uint32_t notes;
    uint32_t units[2];
    uint8_t bad[2];
    const char *state, *history;
};

static const struct exchange exchanges[] = {
    { "a datagram without reply", { 40000, 7777 }, 0, { 3, 0 }, { 0 }, "S0", "D" },
    { "a query and its reply", { 40000, 53 }, 0, { 1, 1 }, { 0 }, "SF", "Dd" },
    { "a reply whose query was not captured", { 53, 40000 }, 0, { 1, 0 }, { 0 }, "SHR", "^d" },
    { "a reply captured before its query", { 53, 40000 }, 0, { 1, 1 }, { 0 }, "SF", "^dD" },
    { "both ports a server's", { 123, 123 }, 0, { 1, 1 }, { 0 }, "SF", "Dd" },
    { "a server's broadcast is not flipped", { 67, 68 }, NOTE_MULTICAST, { 1, 0 }, { 0 }, "S0", "D" },
    { "bad checksums", { 40000, 53 }, 0, { 12, 12 }, { 10, 1 }, "SF", "CCDcd" },
};

START_TEST(exchange_gives_state_and_history)
{
    const struct exchange *x = &exchanges[_i];
    for (unsigned client = 0; client < 2; client++) {
        struct unit u = { .kind = UNIT_UDP, .notes = x->notes, .from = (uint8_t)client, .key.protocol = PROTOCOL_UDP };
        struct flow f = { .head.client = (uint8_t)client };
        for (unsigned i = 0; i < 2; i++) {
            unsigned end = i ^ client;
            u.key.port[end] = x->port[i];
            f.head.units[end] = x->units[i];
            f.bad_checksums[end] = x->bad[i];
        }
        char state[ZEEK_STATE_MAX], history[ZEEK_HISTORY_MAX];
        zeek_flow_open(&f, &u);
        zeek_flow_state(&f, state);
        zeek_flow_history(&f, history);
        ck_assert_msg(!strcmp(state, x->state) && !strcmp(history, x->history), "%s: %s %s, expected %s %s", x->shows,
                      state, history, x->state, x->history);
    }
}
END_TEST

Suite *zeek_suite(void)
{
    Suite *s = suite_create("zeek");
    TCase *t = tcase_create("zeek");
    tcase_add_loop_test(t, conversation_gives_state_and_history, 0, (int)(sizeof talks / sizeof *talks));
    tcase_add_test(t, bytes_are_sequence_space_without_syn_and_fin);
    tcase_add_test(t, bytes_count_what_only_the_peer_acknowledged);
    tcase_add_test(t, bytes_go_on_behind_the_sequence_space);
    tcase_add_test(t, ports_of_likely_servers);
    tcase_add_loop_test(t, exchange_gives_state_and_history, 0, (int)(sizeof exchanges / sizeof *exchanges));
    suite_add_tcase(s, t);
    return s;
}

/* What reports say of small captures: the JSON contract, tables, the ladder, the story, help. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/canvas.h"
#include "report/fields.h"
#include "report/glossary.h"
#include "report/json.h"
#include "report/ladder.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/words.h"
#include "tests/script.h"

Suite *report_suite(void);

/* --- a capture, decoded and told --- */

enum { ALL = 0 };

static const struct report_source source = { .name = "a.pcap", .file = "a.pcap", .dropped_known = false, .complete = true };

/* Feeds the script's frames in batches. */
static void feed(struct decoder *decoder, const struct script *script)
{
    for (unsigned i = 0; i < script->frame_count; i++)
        decoder_feed(decoder, &script->frames[i].frame, 1);
    decoder_end(decoder);
}

static struct script script_of(const char *text)
{
    struct script script;
    struct error error = { 0 };
    ck_assert_msg(script_parse(text, "script", &script, &error), "%s", error.text);
    return script;
}

/* What was written, as a string; the descriptor is a temporary file. */
static char *written(struct report_output *out, FILE *file)
{
    struct error error = { 0 };
    ck_assert_int_eq(output_close(out, &error), EXIT_DONE);
    long size = lseek(fileno(file), 0, SEEK_END);
    char *text = malloc((size_t)size + 1);
    ck_assert_int_eq(pread(fileno(file), text, (size_t)size, 0), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* `synfin report` of the script; the caller frees. */
static char *report_of(const char *text, struct report_options options)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct report *report = report_new(&out, &options);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .given_up = report_given_up, .given_up_self = report });
    struct sink sink = report_sink(report);
    decoder_attach(decoder, &sink);
    report_read(report, decoder);
    feed(decoder, &script);
    report_finish(report, &source);
    report_free(report);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

static char *events_of(const char *text, uint32_t wants)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct report_events events = { .out = &out };
    struct sink sink = report_events_sink(&events, wants);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    decoder_attach(decoder, &sink);
    feed(decoder, &script);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

static char *story_of(const char *text, uint32_t id, struct report_options options, struct error *error)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct story *story = story_new(id);
    struct sink sink = story_sink(story);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    decoder_attach(decoder, &sink);
    feed(decoder, &script);
    report_explain(&out, decoder, story, &options, &source, error);
    story_free(story);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

static char *help_of(const char *word, enum exit_status want)
{
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    ck_assert_int_eq(report_help(&out, word, &(struct report_options){ 0 }), want);
    return written(&out, file);
}

static void assert_holds(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no \"%s\" in:\n%.4000s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    ck_assert_msg(!strstr(text, part), "\"%s\" in:\n%.4000s", part, text);
}

/* --- small captures --- */

static const char echo[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:6666 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "0.030 < S. 0:0(0) ack 1 win 65160 <mss 1400>\n"
    "0.030 > . 1:1(0) ack 1 win 502\n"
    "0.031 > P. 1:6(5) ack 1 \"hello\"\n"
    "0.061 < P. 1:6(5) ack 6 \"HELLO\"\n"
    "0.061 > F. 6:6(0) ack 6\n"
    "0.091 < F. 6:6(0) ack 7\n"
    "0.091 > . 7:7(0) ack 7\n";

static const char refused[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:120 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "0.030 < R. 0:0(0) ack 1 win 0\n";

static const char again[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:6666 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "1.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "1.030 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
    "1.030 > . 1:1(0) ack 1 win 502\n";

static const char names[] =
    "client 10.9.0.2:40001\n"
    "server 10.9.0.1:7007\n"
    "0.000 > udp \"names\"\n"
    "0.030 < udp \"answered\"\n";

/* --- JSON that is JSON --- */

static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
    for (s++; *s && *s != '"'; s++) {
        ck_assert_msg((unsigned char)*s >= 0x20, "control character in a string");
        s += *s == '\\';
    }
    ck_assert(*s == '"');
    return s + 1;
}

static const char *json_members(const char *s, char end)
{
    for (s++; *s != end; s++) {
        if (end == '}') {
            ck_assert_msg(*s == '"', "no key at %.40s", s);
            s = json_string(s);
            ck_assert(*s++ == ':');
        }
        s = json_value(s);
        if (*s == end)
            break;
        ck_assert_msg(*s == ',', "no comma at %.40s", s);
    }
    return s + 1;
}

static const char *json_value(const char *s)
{
    static const char *const words[] = { "null", "true", "false" };
    if (*s == '"')
        return json_string(s);
    if (*s == '{' || *s == '[')
        return json_members(s, *s == '{' ? '}' : ']');
    for (unsigned i = 0; i < 3; i++)
        if (strncmp(s, words[i], strlen(words[i])) == 0)
            return s + strlen(words[i]);
    char *end;
    strtod(s, &end);
    ck_assert_msg(end != s, "no value at %.40s", s);
    return end;
}

/* Every line is one object. Gives how many there are. */
static unsigned assert_json_lines(const char *text)
{
    unsigned lines = 0;
    for (; *text; lines++) {
        ck_assert_int_eq(*text, '{');
        text = json_value(text);
        ck_assert_int_eq(*text++, '\n');
    }
    return lines;
}

START_TEST(every_line_of_every_stream_is_one_json_object)
{
    static const char *const captures[] = { echo, refused, again, names };
    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++) {
        char *rows = report_of(captures[i], (struct report_options){ .format = REPORT_JSONL });
        ck_assert_uint_eq(assert_json_lines(rows), 2);
        free(rows);
        char *events = events_of(captures[i], ALL);
        ck_assert_uint_ge(assert_json_lines(events), 3);
        free(events);
    }
}
END_TEST

START_TEST(a_row_of_a_connection_nests_as_the_contract_says)
{
    char *rows = report_of(echo, (struct report_options){ .format = REPORT_JSONL });
    assert_holds(rows, "{\"type\":\"tcp\",\"id\":1,\"incarnation\":1,\"vlan\":null,\"tunnel\":[],\"within\":null,"
                       "\"client\":{\"addr\":\"10.9.0.2\",\"port\":40000},\"server\":{\"addr\":\"10.9.0.1\",\"port\":6666},"
                       "\"opened_by\":\"client\",\"handshake\":\"complete\",\"ending\":\"closed\",\"closed_by\":\"client\","
                       "\"first_frame\":1,\"last_frame\":8,");
    assert_holds(rows, ".000000000\",\"duration\":0.091,\"frames\":8,");
    assert_holds(rows, "\"state\":{\"client\":\"TIME-WAIT\",\"server\":\"CLOSED\"},\"path\":{\"client\":[\"CLOSED\","
                       "\"SYN-SENT\",\"ESTABLISHED\",\"FIN-WAIT-1\",\"FIN-WAIT-2\",\"TIME-WAIT\"],\"server\":[\"LISTEN\",");
    assert_holds(rows, "\"segments\":{\"client\":5,\"server\":3},\"payload_bytes\":{\"client\":5,\"server\":5},"
                       "\"stream_bytes\":{\"client\":5,\"server\":5},");
    assert_holds(rows, "\"isn\":{\"client\":1000,\"server\":2000000000},\"mss\":{\"client\":1460,\"server\":1400},"
                       "\"window_scale\":{\"client\":null,\"server\":null},"
                       "\"sack_permitted\":{\"client\":false,\"server\":false},");
    assert_holds(rows, "\"analysis\":{\"client\":{},\"server\":{}},\"initial_rtt\":0.03,\"rtt\":{\"client\":{\"min\":0.03,");
    assert_holds(rows, "\"completeness\":31,\"conn_state\":\"SF\",\"history\":\"ShADdFf\",\"sxfy\":\"S2F2\",\"moments\":{");
    assert_holds(rows, "\"reset\":null},\"calls\":[{\"who\":\"client\",\"call\":\"connect\",\"frame\":1,"
                       "\"certainty\":\"inferred\"},");
    assert_holds(rows, "],\"check\":[]}\n{\"type\":\"capture\",\"frames\":8,");
    assert_holds(rows, "\"dropped\":null,\"given_up\":{\"connections\":0,\"fragments\":0,\"streams\":0},");
    assert_lacks(rows, "given_up\":true");
    free(rows);
}
END_TEST

START_TEST(marks_are_counted_and_zeros_left_out)
{
    char *rows = report_of(again, (struct report_options){ .format = REPORT_JSONL });
    assert_holds(rows, "\"analysis\":{\"client\":{\"retransmission\":1},\"server\":{}}");
    free(rows);
}
END_TEST

START_TEST(a_row_of_a_flow_has_no_states)
{
    char *rows = report_of(names, (struct report_options){ .format = REPORT_JSONL });
    assert_holds(rows, "{\"type\":\"udp\",\"id\":1,");
    assert_holds(rows, "\"status\":\"replied\",");
    assert_holds(rows, "\"datagrams\":{\"client\":1,\"server\":1},\"payload_bytes\":{\"client\":5,\"server\":8},"
                       "\"exchanges\":1,\"reply_time\":{\"min\":0.03,\"mean\":0.03,\"max\":0.03},");
    assert_lacks(rows, "state\":{");
    assert_lacks(rows, "SYN");
    free(rows);
}
END_TEST

START_TEST(one_id_chooses_one_row)
{
    char *rows = report_of(echo, (struct report_options){ .format = REPORT_JSONL, .only = 7 });
    ck_assert_uint_eq(assert_json_lines(rows), 1);
    assert_holds(rows, "{\"type\":\"capture\"");
    free(rows);
}
END_TEST

START_TEST(a_segment_event_has_absolute_and_relative_numbers)
{
    char *events = events_of(echo, UINT32_C(1) << EVENT_TCP_SEGMENT);
    ck_assert_uint_eq(assert_json_lines(events), 8);
    assert_holds(events, "{\"event\":2,\"type\":\"tcp.segment\",\"frame\":2,");
    assert_holds(events, "\"from\":\"server\",\"flags\":\"SYN,ACK\",\"seq\":2000000000,\"ack\":1001,\"seq_rel\":0,\"ack_rel\":1,"
                         "\"payload\":0,\"window\":65160,\"window_size\":65160,\"analysis\":[],");
    assert_holds(events, "\"duplicate_of\":null,\"state\":{\"client\":\"SYN-SENT\",\"server\":\"SYN-RECEIVED\"}}\n");
    assert_lacks(events, "wireshark");
    free(events);
}
END_TEST

START_TEST(a_state_event_names_arc_reason_and_section)
{
    char *events = events_of(echo, UINT32_C(1) << EVENT_TCP_STATE);
    assert_holds(events, "\"connection\":1,\"who\":\"server\",\"from_state\":\"LISTEN\",\"to_state\":\"SYN-RECEIVED\","
                         "\"arc\":\"rcv SYN / snd SYN,ACK\",\"certainty\":\"seen\",\"reason\":\"The server answers the SYN of "
                         "frame 1 with SYN,ACK.");
    assert_holds(events, "\"rfc\":\"RFC 9293 3.10.7.2\"");
    free(events);
}
END_TEST

START_TEST(a_call_event_has_what_is_not_known_as_null)
{
    char *events = events_of(echo, UINT32_C(1) << EVENT_CALL);
    assert_holds(events, "\"connection\":1,\"who\":\"client\",\"end\":null,\"call\":\"connect\",\"args\":null,\"fd\":null,"
                         "\"result\":null,\"errno\":null,");
    assert_holds(events, "\"certainty\":\"inferred\",\"reason\":\"A SYN leaves: the client called connect()");
    free(events);
    events = events_of(names, UINT32_C(1) << EVENT_CALL);
    assert_holds(events, "\"connection\":null,\"flow\":1,\"who\":\"client\",\"end\":null,\"call\":\"sendto\"");
    free(events);
}
END_TEST

START_TEST(every_kind_of_event_can_be_found_by_its_name)
{
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++)
        ck_assert_uint_eq(report_event_find(event_names[kind]), kind);
    ck_assert_uint_eq(report_event_find("tcp.nothing"), EVENT_COUNT);
}
END_TEST

/* --- the field table --- */

START_TEST(every_field_has_its_own_name_and_a_sentence)
{
    for (unsigned i = 0; i < field_count; i++) {
        ck_assert_ptr_eq(field_find(fields[i].name), &fields[i]);
        ck_assert_uint_gt(strlen(fields[i].says), 5);
    }
    ck_assert_ptr_null(field_find("no.such.field"));
    ck_assert_uint_lt(field_count, JSON_STEPS);
}
END_TEST

START_TEST(fields_give_the_values_of_the_row)
{
    struct script script = script_of(echo);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    feed(decoder, &script);
    struct row row;
    row_bind(&row, decoder, decoder_first(decoder));
    static const char *const want[][2] = {
        { "type", "tcp" }, { "server.addr", "10.9.0.1" }, { "server.port", "6666" }, { "handshake", "complete" },
        { "path.client", "CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT" }, { "moments.syn.frame", "1" },
        { "moments.reset.frame", "" }, { "analysis.client.retransmission", "0" }, { "rtt.client.samples", "3" },
        { "duration", "0.091" }, { "window_scale.client", "" }, { "given_up", "false" }, { "sxfy", "S2F2" },
    };
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        const struct field *field = field_find(want[i][0]);
        ck_assert_msg(field, "no field %s", want[i][0]);
        struct value value = field_value(field, &row);
        struct text t = {0};
        value_text(&t, &value);
        text_char(&t, '\0');
        ck_assert_str_eq(t.bytes, want[i][1]);
        text_free(&t);
    }
    decoder_free(decoder);
    script_free(&script);
}
END_TEST

static unsigned count_of(const char *line, char c)
{
    unsigned count = 0;
    for (; *line && *line != '\n'; line++)
        count += *line == c;
    return count;
}

START_TEST(csv_has_one_header_and_as_many_columns_everywhere)
{
    char *csv = report_of(echo, (struct report_options){ .format = REPORT_CSV });
    const char *row = strchr(csv, '\n') + 1;
    ck_assert_int_eq(strncmp(csv, "type,id,incarnation,vlan,", 25), 0);
    ck_assert_uint_eq(count_of(csv, ','), field_count - 1);
    ck_assert_uint_eq(count_of(row, ','), field_count - 1);
    ck_assert_int_eq(row[strlen(row) - 2], '\r');
    free(csv);
}
END_TEST

START_TEST(zeek_reads_its_table)
{
    char *log = report_of(echo, (struct report_options){ .format = REPORT_ZEEK });
    ck_assert_int_eq(strncmp(log, "#separator \\x09\n", 16), 0);
    assert_holds(log, "#path\tconn\n");
    const char *fields_line = strstr(log, "#fields"), *types = strstr(log, "#types"), *row = strchr(types, '\n') + 1;
    ck_assert_uint_eq(count_of(fields_line, '\t'), count_of(types, '\t'));
    ck_assert_uint_eq(count_of(row, '\t') + 1, count_of(types, '\t'));
    assert_holds(row, "\tC1\t10.9.0.2\t40000\t10.9.0.1\t6666\ttcp\t-\t0.091000\t5\t5\tSF\t-\t-\t0\tShADdFf\t5\t-\t3\t-\t(empty)\n");
    assert_holds(row, "#close\t");
    free(log);
}
END_TEST

/* --- text --- */

START_TEST(the_text_gathers_connections_under_the_servers_socket)
{
    char *text = report_of(echo, (struct report_options){ .format = REPORT_TEXT });
    assert_holds(text, "a.pcap\n8 frames in 91.0 ms, from ");
    assert_holds(text, "TCP 10.9.0.1:6666  1 connection\n"
                       "    1 10.9.0.2:40000            8       5       5   30.0 closed, client first\n");
    assert_holds(text, "  synfin explain --id 1 a.pcap\n");
    assert_lacks(text, "What to check");
    free(text);
}
END_TEST

START_TEST(the_text_says_what_to_check_and_where_to_look)
{
    char *text = report_of(refused, (struct report_options){ .format = REPORT_TEXT });
    assert_holds(text, "TCP 10.9.0.1:120  1 attempt: nobody listens\n");
    assert_holds(text, "What to check\n  in 1: A SYN was answered with RST: no program listens on that port.\n    Does the");
    free(text);
}
END_TEST

/* Many clients, each on its own port. */
static char *many(unsigned clients)
{
    struct text t = {0};
    for (unsigned i = 0; i < clients; i++)
        text_format(&t, "conversation c%u client 10.9.0.2:%u isn 1000 server 10.9.0.1:6666\n", i, 40000 + i);
    for (unsigned i = 0; i < clients; i++)
        text_format(&t, "c%u 0.%03u > S 0:0(0) win 64240 <mss 1460>\n", i, i);
    text_char(&t, '\0');
    return t.bytes;
}

START_TEST(a_long_list_is_cut_and_summed_up)
{
    char *script = many(SCRIPT_CONVERSATIONS_MAX);
    char *some = report_of(script, (struct report_options){ .format = REPORT_TEXT });
    assert_holds(some, "... and 16 more (--all shows them):\n      16 no answer to 1 SYN\n");
    char *all = report_of(script, (struct report_options){ .format = REPORT_TEXT, .all = true });
    assert_lacks(all, "more (");
    assert_holds(all, "   24 10.9.0.2:40023 ");
    free(some);
    free(all);
    free(script);
}
END_TEST

START_TEST(a_file_name_cannot_command_the_terminal_or_the_shell)
{
    struct text t = {0};
    words_shell(&t, "a b'c\x1b.pcap");
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "'a b'\\''c\\x1b.pcap'");
    text_free(&t);
}
END_TEST

START_TEST(durations_numbers_and_paragraphs_are_for_readers)
{
    static const struct { nanoseconds time; const char *words; } want[] = {
        { 0, "0 s" }, { 12300, "0.012 ms" }, { 30100000, "30.1 ms" }, { 998000000, "0.998 s" }, { 12345678901, "12.3 s" },
        { INT64_C(240000000000), "240 s" },
    };
    struct text t = {0};
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        t.used = 0;
        words_duration(&t, want[i].time);
        text_char(&t, '\0');
        ck_assert_str_eq(t.bytes, want[i].words);
    }
    t.used = 0;
    words_number(&t, 1234567);
    text_char(&t, ' ');
    words_wrap(&t, "one two three four", 18, 4, 2, 12);
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "1,234,567 one two\n  three four\n");
    text_free(&t);
}
END_TEST

/* --- sentences --- */

START_TEST(no_sentence_needs_escaping_and_every_placeholder_is_known)
{
    for (unsigned i = 0; i < SENTENCE_COUNT; i++) {
        struct because because = { .sentence = (uint16_t)i, .who = 1, .frame = { 3, 4 }, .value = { 5, 6 } };
        struct text t = {0};
        text_char(&t, ' ');
        sentence_text(&t, NULL, &because);
        text_char(&t, '\0');
        ck_assert_msg(!strpbrk(t.bytes, "{}[]\"\\"), "%s", t.bytes);
        text_free(&t);
    }
}
END_TEST

START_TEST(a_part_that_names_an_unknown_frame_is_left_out)
{
    struct conversation of = { .client = 1 };
    struct because because = { .sentence = SENTENCE_RCV_SYN, .who = 0 };
    struct text t = {0};
    sentence_text(&t, &of, &because);
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "The server answers the SYN with SYN,ACK. The kernel does this; accept() is not involved.");
    text_free(&t);
}
END_TEST

/* --- the ladder and the story --- */

START_TEST(the_ladder_of_an_echo)
{
    struct error error = { 0 };
    char *story = story_of(echo, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story,
        "   # time s  CLIENT 10.9.0.2:40000                     SERVER 10.9.0.1:6666\n"
        "   1 0.000 connect()┐ SYN-SENT    │─SYN seq=0──────────►│\n"
        "   2 0.030          │             │◄SYN,ACK seq=0 ack=1─│ SYN-RECEIVED listen()?\n"
        "   3 0.030   returns┘ ESTABLISHED │─ACK ack=1──────────►│ ESTABLISHED\n"
        "   4 0.031    send()              │─PSH,ACK seq=1 len=5►│\n"
        "                                  │                     │              accept()?\n"
        "   5 0.061                        │◄PSH,ACK seq=1 len=5─│              send()\n"
        "   6 0.061  close()?  FIN-WAIT-1  │─FIN,ACK seq=6 ack=6►│\n"
        "   7 0.091            FIN-WAIT-2  │◄FIN,ACK seq=6 ack=7─│ LAST-ACK     close()?\n"
        "   8 0.091            TIME-WAIT   │─ACK ack=7──────────►│ CLOSED\n");
    free(story);
}
END_TEST

START_TEST(the_ladder_in_ascii)
{
    struct error error = { 0 };
    char *story = story_of(again, 1, (struct report_options){ .width = 80, .ascii = true }, &error);
    assert_holds(story,
        "   1 0.000 connect()+ SYN-SENT    |-SYN seq=0---------->|\n"
        "                    :             : 1.000 s of silence  :\n"
        "   2 1.000          |             |=SYN seq=0 again====>|\n"
        "   3 1.030          |             |<SYN,ACK seq=0 ack=1-| SYN-RECEIVED listen()?\n"
        "   4 1.030   returns+ ESTABLISHED |-ACK ack=1---------->| ESTABLISHED\n");
    for (const char *s = story; *s; s++)
        ck_assert_msg((unsigned char)*s < 0x80, "beyond ASCII: %.20s", s);
    free(story);
}
END_TEST

START_TEST(the_ladder_of_a_refusal_names_no_state_of_the_server)
{
    struct error error = { 0 };
    char *story = story_of(refused, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story, "   1 0.000 connect()┐ SYN-SENT    │─SYN seq=0──────────►│ no socket\n"
                        "   2 0.030   refused┘ CLOSED      │◄──────RST,ACK ack=1─│\n");
    assert_holds(story, "connect() fails with ECONNREFUSED. [RFC 9293 3.10.7.3]");
    free(story);
}
END_TEST

START_TEST(a_flow_is_drawn_without_states_or_handshake)
{
    struct error error = { 0 };
    char *story = story_of(names, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(story, "no connection");
    assert_holds(story, "   1 0.000  sendto()        │─5 B────────────────────────────►│\n"
                        "   2 0.030                  │◄────────────────────────────8 B─│        sendto()\n");
    assert_lacks(story, "ESTABLISHED");
    free(story);
}
END_TEST

START_TEST(no_line_of_a_story_is_longer_than_the_screen)
{
    static const char *const captures[] = { echo, refused, again, names };
    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++)
        for (unsigned width = 80; width <= 120; width += 40) {
            struct error error = { 0 };
            char *story = story_of(captures[i], 1, (struct report_options){ .width = width }, &error);
            for (char *line = strtok(story, "\n"); line; line = strtok(NULL, "\n"))
                ck_assert_msg(words_columns(line, strlen(line)) <= width, "%s", line);
            free(story);
        }
}
END_TEST

/* A client that sends `count` segments, each acknowledged. */
static char *long_script(unsigned count)
{
    struct text t = {0};
    text_string(&t, "client 10.9.0.2:40000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"
                    "0.000 > S 0:0(0) win 64240 <mss 1460>\n0.001 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
                    "0.002 > . 1:1(0) ack 1 win 502\n");
    for (unsigned i = 0; i < count; i++) {
        unsigned ms = 3 + i * 2;
        text_format(&t, "%u.%03u > P. %u:%u(2) ack 1\n", ms / 1000, ms % 1000, 1 + i * 2, 3 + i * 2);
        text_format(&t, "%u.%03u < . 1:1(0) ack %u\n", (ms + 1) / 1000, (ms + 1) % 1000, 3 + i * 2);
    }
    text_char(&t, '\0');
    return t.bytes;
}

START_TEST(the_middle_of_a_long_story_is_left_out_and_said)
{
    struct error error = { 0 };
    char *script = long_script(100);
    char *some = story_of(script, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(some, " more segments ");
    assert_holds(some, "more     left out here; --all shows them");
    char *all = story_of(script, 1, (struct report_options){ .width = 80, .all = true }, &error);
    assert_lacks(all, " more segments ");
    ck_assert_uint_gt(strlen(all), strlen(some));
    free(some);
    free(all);
    free(script);
}
END_TEST

START_TEST(a_very_long_story_keeps_its_beginning_and_its_end)
{
    struct error error = { 0 };
    char *script = long_script(12000);
    char *all = story_of(script, 1, (struct report_options){ .width = 80, .all = true }, &error);
    assert_holds(all, "    1 0.000 connect()");
    assert_holds(all, " more segments");
    assert_holds(all, "24003 24.00 ");
    free(all);
    free(script);
}
END_TEST

START_TEST(a_row_that_is_not_there_is_an_error_that_says_what_is)
{
    struct error error = { 0 };
    free(story_of(echo, 9, (struct report_options){ .width = 80 }, &error));
    ck_assert_int_eq(error.status, EXIT_USAGE);
    assert_holds(error.text, "no connection or flow 9 in this capture; it has 1 to 1");
}
END_TEST

/* --- canvas --- */

START_TEST(a_canvas_cuts_off_what_does_not_fit)
{
    struct canvas canvas = canvas_new(5, 1);
    canvas_text(&canvas, 3, 0, ROLE_PLAIN, "─►x");
    canvas_text_right(&canvas, 2, 0, ROLE_PLAIN, "long");
    canvas_put(&canvas, 9, 9, ROLE_PLAIN, 'x');
    struct text t = {0};
    canvas_row(&canvas, 0, false, &t);
    text_char(&t, ' ');
    canvas_row(&canvas, 0, true, &t);
    canvas_row(&canvas, 7, true, &t);
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, "ng ─► ng ->");
    text_free(&t);
    canvas_free(&canvas);
}
END_TEST

/* --- help --- */

START_TEST(help_knows_the_words_of_the_field_and_their_synonyms)
{
    static const char *const words[][2] = {
        { "welcome socket", "listening socket\n" }, { "ServerSocket", "listening socket\n" }, { "time-wait", "TIME-WAIT" },
        { "TIME_WAIT", "TIME-WAIT" }, { "2MSL", "Twice the longest" }, { "close_wait_at_end", "One end is still in CLOSE-WAIT" },
        { "server.port", "port of the server" }, { "SF", "established and ended normally" }, { "tcp.segment", "one TCP segment" },
        { "retransmission", "sent before" }, { "ECONNREFUSED", "RST" }, { "passive open", "SYN,ACK" },
        { "fields", "server.port" }, { "words", "backlog" }, { "history", "SYN-ACK" },
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        char *help = help_of(words[i][0], EXIT_DONE);
        assert_holds(help, words[i][1]);
        free(help);
    }
}
END_TEST

START_TEST(help_names_the_nearest_words_to_an_unknown_one)
{
    char *help = help_of("retransmision", EXIT_USAGE);
    assert_holds(help, "No entry for \"retransmision\". Near it: retransmission");
    free(help);
    help = help_of("TIMEWAIT2", EXIT_USAGE);
    assert_holds(help, "TIME-WAIT");
    free(help);
    help = help_of("\x1b]0;x", EXIT_USAGE);
    assert_lacks(help, "\x1b");
    free(help);
    free(help_of("a word that is far longer than any word that could ever stand in the list of words, and longer", EXIT_USAGE));
}
END_TEST

START_TEST(every_name_that_a_report_uses_has_help)
{
    for (unsigned i = 1; i < STATE_COUNT; i++)
        free(help_of(tcp_state_names[i], EXIT_DONE));
    for (unsigned i = 0; i < MARK_COUNT; i++)
        free(help_of(mark_names[i], EXIT_DONE));
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        free(help_of(check_names[i], EXIT_DONE));
    for (unsigned i = 0; i < EVENT_COUNT; i++)
        free(help_of(event_names[i], EXIT_DONE));
    for (unsigned i = 0; i < field_count; i++)
        free(help_of(fields[i].name, EXIT_DONE));
}
END_TEST

/* --- output that cannot be written --- */

START_TEST(output_that_fails_is_told_once_and_for_all)
{
    struct report_output out;
    struct error error = { 0 };
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    output_open(&out, fileno(full));
    text_repeat(&out.text, "x", OUTPUT_PIECE);
    ck_assert(!output_some(&out));
    text_string(&out.text, "more");
    ck_assert(!output_flush(&out));
    ck_assert_uint_eq(out.text.used, 0);
    ck_assert_int_eq(output_close(&out, &error), EXIT_OUTPUT);
    assert_holds(error.text, "could not be written");
    fclose(full);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 30);
    tcase_add_test(all, every_line_of_every_stream_is_one_json_object);
    tcase_add_test(all, a_row_of_a_connection_nests_as_the_contract_says);
    tcase_add_test(all, marks_are_counted_and_zeros_left_out);
    tcase_add_test(all, a_row_of_a_flow_has_no_states);
    tcase_add_test(all, one_id_chooses_one_row);
    tcase_add_test(all, a_segment_event_has_absolute_and_relative_numbers);
    tcase_add_test(all, a_state_event_names_arc_reason_and_section);
    tcase_add_test(all, a_call_event_has_what_is_not_known_as_null);
    tcase_add_test(all, every_kind_of_event_can_be_found_by_its_name);
    tcase_add_test(all, every_field_has_its_own_name_and_a_sentence);
    tcase_add_test(all, fields_give_the_values_of_the_row);
    tcase_add_test(all, csv_has_one_header_and_as_many_columns_everywhere);
    tcase_add_test(all, zeek_reads_its_table);
    tcase_add_test(all, the_text_gathers_connections_under_the_servers_socket);
    tcase_add_test(all, the_text_says_what_to_check_and_where_to_look);
    tcase_add_test(all, a_long_list_is_cut_and_summed_up);
    tcase_add_test(all, a_file_name_cannot_command_the_terminal_or_the_shell);
    tcase_add_test(all, durations_numbers_and_paragraphs_are_for_readers);
    tcase_add_test(all, no_sentence_needs_escaping_and_every_placeholder_is_known);
    tcase_add_test(all, a_part_that_names_an_unknown_frame_is_left_out);
    tcase_add_test(all, the_ladder_of_an_echo);
    tcase_add_test(all, the_ladder_in_ascii);
    tcase_add_test(all, the_ladder_of_a_refusal_names_no_state_of_the_server);
    tcase_add_test(all, a_flow_is_drawn_without_states_or_handshake);
    tcase_add_test(all, no_line_of_a_story_is_longer_than_the_screen);
    tcase_add_test(all, the_middle_of_a_long_story_is_left_out_and_said);
    tcase_add_test(all, a_very_long_story_keeps_its_beginning_and_its_end);
    tcase_add_test(all, a_row_that_is_not_there_is_an_error_that_says_what_is);
    tcase_add_test(all, a_canvas_cuts_off_what_does_not_fit);
    tcase_add_test(all, help_knows_the_words_of_the_field_and_their_synonyms);
    tcase_add_test(all, help_names_the_nearest_words_to_an_unknown_one);
    tcase_add_test(all, every_name_that_a_report_uses_has_help);
    tcase_add_test(all, output_that_fails_is_told_once_and_for_all);
    suite_add_tcase(suite, all);
    return suite;
}

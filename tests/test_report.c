/* What reports say of small captures, row by row: the JSON contract, the field table, CSV, Zeek's table, the text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/fields.h"
#include "report/json.h"
#include "report/words.h"
#include "tests/test_report_made.h"

Suite *report_suite(void);

START_TEST(every_line_of_every_stream_is_one_json_object)
{
    static const char *const captures[] = { script_echo, script_refused, script_again, script_names };
    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++) {
        char *rows = report_of(captures[i], (struct report_options){ .format = REPORT_JSONL });
        ck_assert_uint_eq(assert_json_lines(rows), 2);
        free(rows);
        char *events = events_of(captures[i], 0);
        ck_assert_uint_ge(assert_json_lines(events), 3);
        free(events);
    }
}
END_TEST

START_TEST(a_row_of_a_connection_nests_as_the_contract_says)
{
    char *rows = report_of(script_echo, (struct report_options){ .format = REPORT_JSONL });
    assert_json(rows, "{'type':'tcp','id':1,'incarnation':1,'vlan':null,'tunnel':[],'within':null,"
                       "'client':{'addr':'10.9.0.2','port':40000},'server':{'addr':'10.9.0.1','port':6666},"
                       "'opened_by':'client','handshake':'complete','ending':'closed','closed_by':'client',"
                       "'first_frame':1,'last_frame':8,");
    assert_json(rows, ".000000000','duration':0.091,'frames':8,");
    assert_json(rows, "'state':{'client':'TIME-WAIT','server':'CLOSED'},'path':{'client':['CLOSED',"
                       "'SYN-SENT','ESTABLISHED','FIN-WAIT-1','FIN-WAIT-2','TIME-WAIT'],'server':['LISTEN',");
    assert_json(rows, "'segments':{'client':5,'server':3},'payload_bytes':{'client':5,'server':5},"
                       "'stream_bytes':{'client':5,'server':5},");
    assert_json(rows, "'isn':{'client':1000,'server':2000000000},'mss':{'client':1460,'server':1400},"
                       "'window_scale':{'client':null,'server':null},"
                       "'sack_permitted':{'client':false,'server':false},");
    assert_json(rows, "'analysis':{'client':{},'server':{}},'initial_rtt':0.03,'rtt':{'client':{'min':0.03,");
    assert_json(rows, "'completeness':31,'conn_state':'SF','history':'ShADdFf','sxfy':'S2F2','moments':{");
    assert_json(rows, "'reset':null},'calls':[{'who':'client','call':'connect','frame':1,"
                       "'certainty':'inferred'},");
    assert_json(rows, "],'check':[]}\n{'type':'capture','frames':8,");
    assert_json(rows, "'dropped':null,'given_up':{'connections':0,'fragments':0,'streams':0},");
    assert_lacks(rows, "given_up\":true");
    free(rows);
}
END_TEST

START_TEST(marks_are_counted_and_zeros_left_out)
{
    char *rows = report_of(script_again, (struct report_options){ .format = REPORT_JSONL });
    assert_json(rows, "'analysis':{'client':{'retransmission':1},'server':{}}");
    free(rows);
}
END_TEST

START_TEST(a_row_of_a_flow_has_no_states)
{
    char *rows = report_of(script_names, (struct report_options){ .format = REPORT_JSONL });
    assert_json(rows, "{'type':'udp','id':1,");
    assert_json(rows, "'status':'replied',");
    assert_json(rows, "'datagrams':{'client':1,'server':1},'payload_bytes':{'client':5,'server':8},"
                       "'exchanges':1,'reply_time':{'min':0.03,'mean':0.03,'max':0.03},");
    assert_lacks(rows, "state\":{");
    assert_lacks(rows, "SYN");
    free(rows);
}
END_TEST

START_TEST(one_id_chooses_one_row)
{
    char *rows = report_of(script_echo, (struct report_options){ .format = REPORT_JSONL, .only = 7 });
    ck_assert_uint_eq(assert_json_lines(rows), 1);
    assert_json(rows, "{'type':'capture'");
    free(rows);
}
END_TEST

START_TEST(a_segment_event_has_absolute_and_relative_numbers)
{
    char *events = events_of(script_echo, UINT32_C(1) << EVENT_TCP_SEGMENT);
    ck_assert_uint_eq(assert_json_lines(events), 8);
    assert_json(events, "{'event':2,'type':'tcp.segment','frame':2,");
    assert_json(events, "'from':'server','flags':'SYN,ACK','seq':2000000000,'ack':1001,'seq_rel':0,'ack_rel':1,"
                         "'payload':0,'window':65160,'window_size':65160,'analysis':[],");
    assert_json(events, "'duplicate_of':null,'state':{'client':'SYN-SENT','server':'SYN-RECEIVED'}}\n");
    assert_lacks(events, "wireshark");
    free(events);
}
END_TEST

START_TEST(a_state_event_names_arc_reason_and_section)
{
    char *events = events_of(script_echo, UINT32_C(1) << EVENT_TCP_STATE);
    assert_json(events, "'connection':1,'who':'server','from_state':'LISTEN','to_state':'SYN-RECEIVED',"
                         "'arc':'rcv SYN / snd SYN,ACK','certainty':'seen','reason':'The server answers the SYN of "
                         "frame 1 with SYN,ACK.");
    assert_json(events, "'rfc':'RFC 9293 3.10.7.2'");
    free(events);
}
END_TEST

START_TEST(a_call_event_has_what_is_not_known_as_null)
{
    char *events = events_of(script_echo, UINT32_C(1) << EVENT_CALL);
    assert_json(events, "'connection':1,'who':'client','end':null,'call':'connect','args':null,'fd':null,"
                         "'result':null,'errno':null,");
    assert_json(events, "'certainty':'inferred','reason':'A SYN leaves: the client called connect()");
    free(events);
    events = events_of(script_names, UINT32_C(1) << EVENT_CALL);
    assert_json(events, "'connection':null,'flow':1,'who':'client','end':null,'call':'sendto'");
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
    struct script script = script_of(script_echo);
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
    char *csv = report_of(script_echo, (struct report_options){ .format = REPORT_CSV });
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
    char *log = report_of(script_echo, (struct report_options){ .format = REPORT_ZEEK });
    ck_assert_int_eq(strncmp(log, "#separator \\x09\n", 16), 0);
    assert_holds(log, "#path\tconn\n");
    const char *fields_line = strstr(log, "#fields"), *types = strstr(log, "#types"), *row = strchr(types, '\n') + 1;
    ck_assert_uint_eq(count_of(fields_line, '\t'), count_of(types, '\t'));
    ck_assert_uint_eq(count_of(row, '\t') + 1, count_of(types, '\t'));
    assert_holds(row, "\tC1\t10.9.0.2\t40000\t10.9.0.1\t6666\ttcp\t-\t0.091000\t5\t5\tSF\t-\t-\t0\tShADdFf\t"
                      "5\t-\t3\t-\t(empty)\n");
    assert_holds(row, "#close\t");
    free(log);
}
END_TEST

/* --- text --- */

START_TEST(the_text_gathers_connections_under_the_servers_socket)
{
    char *text = report_of(script_echo, (struct report_options){ .format = REPORT_TEXT });
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
    char *text = report_of(script_refused, (struct report_options){ .format = REPORT_TEXT });
    assert_holds(text, "TCP 10.9.0.1:120  1 attempt: nobody listens\n");
    assert_holds(text, "What to check\n"
                       "  in 1: A SYN was answered with RST: no program listens on that port.\n"
                       "    Does the server run?");
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
    assert_holds(some, "... and 16 more (--all shows them):\n      16 no answer to its SYNs\n");
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
        { 0, "0 s" }, { 12300, "0.012 ms" }, { 30100000, "30.1 ms" }, { 998000000, "0.998 s" },
        { INT64_C(12345678901), "12.3 s" },
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

START_TEST(a_long_address_loses_whole_groups_and_never_its_port)
{
    static const struct { unsigned version, width; const char *words; } want[] = {
        { 6, 44, "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:40000" }, { 6, 24, "[2001..370:7348]:40000" },
        { 6, 21, "[2001..7348]:40000" }, { 6, 15, "[..7348]:40000" }, { 6, 8, ":40000" },
        { 4, 20, "192.168.100.21:40000" }, { 4, 19, "192..100.21:40000" }, { 4, 12, "..21:40000" },
    };
    struct text t = {0};
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        struct tuple key = { .version = (uint8_t)want[i].version, .port = { 40000 },
                             .address = { { 192, 168, 100, 21 } } };
        if (want[i].version == 6)
            memcpy(key.address[0], "\x20\x01\x0d\xb8\x85\xa3\x08\xd3\x13\x19\x8a\x2e\x03\x70\x73\x48", 16);
        t.used = 0;
        words_endpoint_short(&t, &key, 0, want[i].width);
        text_char(&t, '\0');
        ck_assert_str_eq(t.bytes, want[i].words);
    }
    text_free(&t);
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
    TCase *all = tcase_create("rows");
    tcase_add_test(all, every_line_of_every_stream_is_one_json_object);
    tcase_add_test(all, a_row_of_a_connection_nests_as_the_contract_says);
    tcase_add_test(all, marks_are_counted_and_zeros_left_out);
    tcase_add_test(all, a_row_of_a_flow_has_no_states);
    tcase_add_test(all, one_id_chooses_one_row);
    tcase_add_test(all, a_long_address_loses_whole_groups_and_never_its_port);
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
    tcase_add_test(all, output_that_fails_is_told_once_and_for_all);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, report_story_case());
    suite_add_tcase(suite, report_export_case());
    suite_add_tcase(suite, report_compare_case());
    return suite;
}

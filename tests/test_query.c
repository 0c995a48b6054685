/* The display filter: what it matches, what it refuses and where, what it offers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/query.h"
#include "tests/test_report_made.h"

Suite *query_suite(void);

enum { CANDIDATES = 600 };

/* A capture of one conversation, and its row. */
struct one {
    struct script script;
    struct decoder *decoder;
    struct row row;
};

static struct one one_of(const char *text)
{
    struct one one = { .script = script_of(text), .decoder = decoder_new(&(struct decoder_options){ 0 }) };
    feed(one.decoder, &one.script);
    row_bind(&one.row, one.decoder, decoder_first(one.decoder));
    return one;
}

static void one_free(struct one *one)
{
    decoder_free(one->decoder);
    script_free(&one->script);
}

static bool matches(const char *text, struct row *row)
{
    struct query_error error;
    struct query *query = query_parse(text, strlen(text), &error);
    ck_assert_msg(query, "%s: %u: %s", text, error.column, error.text);
    bool match = query_match(query, row);
    query_free(query);
    return match;
}

static void all_of(const char *script, const char *const *texts, bool want)
{
    struct one one = one_of(script);
    for (; *texts; texts++)
        ck_assert_msg(matches(*texts, &one.row) == want, "%s: not %d", *texts, want);
    one_free(&one);
}

#define HOLD(script, ...) all_of(script, (const char *const[]){ __VA_ARGS__, NULL }, true)
#define FAIL(script, ...) all_of(script, (const char *const[]){ __VA_ARGS__, NULL }, false)

/* --- what matches --- */

START_TEST(blanks_match_everything)
{
    struct query_error error;
    struct query *query = query_parse(" \t\n", 3, &error);
    ck_assert(query && query_is_empty(query));
    query_free(query);
    query = query_parse(NULL, 0, &error);
    ck_assert(query && query_is_empty(query));
    query_free(query);
    HOLD(script_echo, "", "  ");
    HOLD(script_names, "");
}
END_TEST

START_TEST(numbers_compare_at_their_edges)
{
    HOLD(script_echo, "server.port == 6666", "server.port==0x1A0a", "server.port != 80", "server.port < 6667",
         "server.port <= 6666", "server.port > 6665", "server.port >= 6666", "server.port > 6k", "isn.server == 2G",
         "frames >= 0", "server.port < 6.667k");
    FAIL(script_echo, "server.port == 80", "server.port != 6666", "server.port < 6666", "server.port <= 6665",
         "server.port > 6666", "server.port >= 6667", "frames < 0", "frames > 18446744073709551615", "frames < 8");
}
END_TEST

START_TEST(durations_have_units)
{
    HOLD(script_echo, "duration == 91ms", "duration == 0.091", "duration == 91000us", "duration < 1min",
         "initial_rtt <= 30ms", "initial_rtt > 29999999ns", "duration in {90ms..92ms}", "duration < 0.5h",
         "first_time > 1000000000");
    FAIL(script_echo, "duration > 1.5s", "initial_rtt < 30ms", "duration in {1s, 2s..3s}", "duration < 0");
}
END_TEST

START_TEST(sets_and_ranges)
{
    HOLD(script_echo, "server.port in {80, 443, 6000..7000}", "server.port in { 6666 }", "server.port in 6000..6666",
         "server.port not in {80, 443}", "ending in {open, closed}", "id in {1..1}");
    FAIL(script_echo, "server.port in {80,443,6000..6665}", "server.port not in {80,6666}", "ending in {open,reset}");
}
END_TEST

START_TEST(addresses_and_prefixes)
{
    HOLD(script_echo, "client.addr == 10.9.0.2", "client.addr in 10.9.0.0/16", "client.addr == 10.9.0.0/30",
         "addr == 10.9.0.1", "10.9.0.2", "10.0.0.0/8", "\"10.9.0.1\"", "client.addr != 10.9.0.1",
         "server.addr in {1.1.1.1, 10.9.0.0/31}", "client.addr == 0.0.0.0/0", "client.addr == \"10.9.0.2\"");
    FAIL(script_echo, "client.addr == 10.9.0.1", "client.addr in 10.9.0.0/31", "10.9.0.3", "addr == ::/0", "::1",
         "addr != 10.9.0.2", "client.addr not in 10.0.0.0/8");
}
END_TEST

START_TEST(words_and_parts_of_text)
{
    HOLD(script_echo, "ending == closed", "ending == CLOSED", "handshake != refused", "conn_state == SF",
         "history == ShADdFf", "history contains \"dF\"", "history contains 'A'", "sxfy == S2F2",
         "state.client contains WAIT", "state.client == TIME-WAIT", "state.client == time_wait", "closed_by == client");
    FAIL(script_echo, "ending == reset", "history contains R", "history == shaddff", "history == ShADdF",
         "sxfy contains S2F3", "closed_by != client");
}
END_TEST

START_TEST(lists_hold_members)
{
    HOLD(script_echo, "path.client contains FIN-WAIT-2", "path.server == LISTEN", "calls contains connect",
         "calls in {listen, sendto}", "path.client != LAST-ACK", "path == LAST-ACK", "calls");
    FAIL(script_echo, "path.client == LAST-ACK", "calls contains sendto", "tunnel == vxlan", "path != LAST-ACK",
         "tunnel", "check", "check == nobody_listens");
    HOLD(script_refused, "check == nobody_listens", "nobody_listens");
}
END_TEST

START_TEST(a_name_alone_is_known_and_not_zero)
{
    HOLD(script_echo, "moments.syn.frame", "ending", "duration", "mss.client", "client.addr", "rtt.client.samples");
    FAIL(script_echo, "moments.reset.frame", "window_scale.client", "sack_permitted.client", "given_up", "vlan",
         "analysis.client.retransmission", "status", "within");
}
END_TEST

START_TEST(nothing_compares_with_what_is_not_known)
{
    FAIL(script_echo, "vlan == 1", "vlan != 1", "vlan < 1", "vlan >= 0", "vlan in {0..4095}", "vlan not in {1}",
         "status == replied", "status != replied", "window_scale != 3", "moments.reset.time != 0",
         "mss.client != window_scale.client", "window_scale.client != mss.client", "exchanges == 0");
    HOLD(script_echo, "!(vlan == 1)", "not vlan != 1");
    FAIL(script_names, "ending == closed", "ending != closed", "state != CLOSED", "retransmission == 0", "mss",
         "TIME-WAIT");
    HOLD(script_names, "!TIME-WAIT", "status == replied", "exchanges == 1", "duration == 30ms");
}
END_TEST

START_TEST(either_end_is_some_end_and_unequal_is_none)
{
    HOLD(script_echo, "port == 6666", "port == 40000", "port in {40000}", "port != 80", "port > 30000", "port < 7000",
         "state == CLOSED", "state == TIME-WAIT", "port not in {80, 81}", "segments > 4", "rtt.min");
    FAIL(script_echo, "port == 80", "port != 6666", "port != 40000", "port not in {1, 6666}", "state != CLOSED");
}
END_TEST

START_TEST(short_forms)
{
    HOLD(script_again, "retransmission", "client.retransmission", "analysis.retransmission == 1", "tcp", "syn.frame",
         "retransmission > 0 and !zero_window", "ESTABLISHED");
    FAIL(script_again, "server.retransmission", "fast_retransmission", "udp", "LISTEN", "nobody_listens",
         "reset.frame");
    HOLD(script_echo, "TIME-WAIT", "CLOSED", "!retransmission");
    HOLD(script_names, "udp", "!tcp", "type == udp");
}
END_TEST

START_TEST(fields_compare_with_fields)
{
    HOLD(script_echo, "segments.client > segments.server", "client.port != server.port",
         "rtt.client.min <= rtt.client.max", "payload_bytes.client == payload_bytes.server",
         "client.addr != server.addr",
         "port == server.port",
         "initial_rtt < duration");
    FAIL(script_echo, "segments.client <= segments.server", "client.addr == server.addr", "port != server.port");
}
END_TEST

START_TEST(and_binds_closer_than_or)
{
    HOLD(script_echo, "tcp || tcp && udp", "udp && udp || tcp", "tcp or udp and udp", "(tcp || udp) && tcp",
         "!udp && !(udp || !tcp)", "!!tcp", "not not tcp", "!(udp && tcp) && !(udp || udp)", "udp || udp || tcp",
         "tcp&&port==6666&&!udp");
    FAIL(script_echo, "(tcp || tcp) && udp", "!tcp || udp", "!(tcp || udp)", "!!!tcp", "tcp && (udp || !tcp)",
         "tcp && tcp && udp", "!(tcp && !udp)");
}
END_TEST

/* Every truth of three conditions, against C's own operators. */
START_TEST(and_or_not_agree_with_c)
{
    static const char *const truth[2] = { "udp", "tcp" };
    struct one one = one_of(script_echo);
    for (unsigned n = 0; n < 8; n++) {
        bool a = n & 1, b = n >> 1 & 1, c = n >> 2 & 1;
        const char *x = truth[a], *y = truth[b], *z = truth[c];
        char text[128];
        snprintf(text, sizeof text, "%s && %s || !%s", x, y, z);
        ck_assert_int_eq(matches(text, &one.row), (a && b) || !c);
        snprintf(text, sizeof text, "!(%s || %s) || %s && !%s", x, y, z, x);
        ck_assert_int_eq(matches(text, &one.row), !(a || b) || (c && !a));
        snprintf(text, sizeof text, "(%s || !(%s && %s)) && (%s || %s)", x, y, z, y, z);
        ck_assert_int_eq(matches(text, &one.row), (a || !(b && c)) && (b || c));
    }
    one_free(&one);
}
END_TEST

/* --- what is refused, and where --- */

static const struct {
    const char *text;
    unsigned column, length;
    const char *says;
} refused[] = {
    { "server.port == TIME-WAIT", 15, 9, "server.port is a number; TIME-WAIT is none" },
    { "tcp && sever.port == 1", 7, 10, "near it: server.port" },
    { "closed", 0, 6, "perhaps ending == closed" },
    { "ip.addr == 1.2.3.4", 0, 7, "near it: addr" },
    { "tcp.analysis.zero_windw", 0, 23, "near it: zero_window" },
    { "ending == close", 10, 5, "near it: closed (known: closed, reset, half_closed, open)" },
    { "state.client == TIME-WAI", 16, 8, "near it: TIME-WAIT" },
    { "handshake in {complete, refusd}", 24, 6, "near it: refused" },
    { "status == answered", 10, 8, "unreplied, replied, unreachable" },
    { "closed_by == me", 13, 2, "client, server, both" },
    { "time > 3", 0, 4, "moments.syn.time or" },
    { "port in {80,}", 12, 1, "a number" },
    { "port in {}", 9, 1, "a number" },
    { "port in {80 81}", 12, 2, ", or }" },
    { "port in {80, 90..81}", 13, 6, "lower end" },
    { "port in {80..}", 13, 1, "upper end" },
    { "duration > 3k", 11, 2, "ns, us, ms" },
    { "duration > TIME-WAIT", 11, 9, "duration" },
    { "duration > 0.0000000001", 11, 12, "nanosecond" },
    { "frames > 1.5", 9, 3, "whole number" },
    { "frames > 99999999999999999999999", 9, 23, "too large" },
    { "frames > 18446744073709551616", 9, 20, "too large" },
    { "frames == 0x10000000000000000", 10, 19, "too large" },
    { "duration > 9999999999999h", 11, 14, "too large" },
    { "port = 3", 5, 1, "== compares" },
    { "port ==", 7, 0, "missing at the end: a number" },
    { "tcp &&", 6, 0, "missing at the end: a name" },
    { "tcp & udp", 4, 1, "&&" },
    { "port 80", 5, 2, "&&, ||" },
    { "(port", 0, 1, "never closed" },
    { "tcp && (udp", 7, 1, "never closed" },
    { "port)", 4, 1, "closes nothing" },
    { "(tcp udp)", 5, 3, "or )" },
    { "()", 1, 1, "a name" },
    { "10.9.0.1:6666", 0, 13, "server.addr == 10.9.0.1 &&" },
    { "6666", 0, 4, "port == 6666" },
    { "10.9.0.2 == addr", 9, 2, "addr == 10.9.0.2" },
    { "\"abc\"", 0, 5, "must be an address" },
    { "client.addr == 10.9.0.300", 15, 10, "is an address" },
    { "client.addr == 10.9.0.0/33", 15, 11, "is an address" },
    { "client.addr == ::/129", 15, 6, "is an address" },
    { "client.addr == 10.9.0.0/", 15, 9, "is an address" },
    { "client.addr < 10.9.0.3", 12, 1, "no order" },
    { "calls > 3", 6, 1, "a list" },
    { "given_up >= true", 9, 2, "no order" },
    { "given_up == maybe", 12, 5, "true or false" },
    { "port contains 3", 5, 8, "text and lists" },
    { "history contains \"R", 17, 2, "second quote" },
    { "mss.client < mss", 13, 3, "mss.client or mss.server" },
    { "tcp == 3", 0, 3, "type == tcp" },
    { "TIME-WAIT == state", 0, 9, "state.client == TIME-WAIT" },
    { "port not 3", 9, 1, "not in" },
    { "port in {80", 11, 0, ", or }" },
    { "tcp \xc3\xa9", 4, 2, "\xc3\xa9" },
    { "tcp \x1b[0m", 4, 1, "\\x1b" },
    { "\xff", 0, 1, "\\xff" },
    { "a..b", 0, 1, "no field" },
};

START_TEST(errors_point_at_the_column)
{
    for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct query_error error;
        const char *text = refused[i].text;
        ck_assert_msg(!query_parse(text, strlen(text), &error), "%s is taken", text);
        ck_assert_msg(error.column == refused[i].column && error.length == refused[i].length, "%s: %u+%u: %s", text,
                      error.column, error.length, error.text);
        ck_assert_msg(strstr(error.text, refused[i].says), "%s: no \"%s\" in: %s", text, refused[i].says, error.text);
    }
}
END_TEST

START_TEST(a_zero_byte_is_no_end)
{
    struct query_error error;
    ck_assert_ptr_null(query_parse("tcp\0udp", 7, &error));
    ck_assert_uint_eq(error.column, 3);
    ck_assert_ptr_null(query_parse("addr == '1.1.1.1\0'", 18, &error));
    ck_assert_uint_eq(error.column, 8);
    ck_assert_ptr_null(query_parse("frames == '1k\0\0\0\0\0'", 19, &error));
    ck_assert_uint_eq(error.column, 10);
    struct one one = one_of(script_echo);
    struct query *query = query_parse("history == 'ShADdFf\0\0\0\0\0\0'", 26, &error);
    ck_assert(query && !query_match(query, &one.row));
    query_free(query);
    one_free(&one);
}
END_TEST

/* --- bounds --- */

static struct query *repeated(const char *before, unsigned times, const char *once, const char *after,
                              struct query_error *error)
{
    struct text t = {0};
    text_string(&t, before);
    text_repeat(&t, once, times);
    text_string(&t, after);
    struct query *query = query_parse(t.bytes, t.used, error);
    text_free(&t);
    return query;
}

START_TEST(depth_conditions_values_and_length_are_bounded)
{
    struct query_error error;
    char closing[QUERY_DEPTH_MAX + 2];
    memset(closing, ')', sizeof closing);
    closing[QUERY_DEPTH_MAX] = '\0';
    struct query *query = repeated("", QUERY_DEPTH_MAX, "(", "tcp", &error);
    ck_assert_ptr_null(query);
    ck_assert_uint_eq(error.column, QUERY_DEPTH_MAX - 1);      /* the innermost is not closed */
    char deep[QUERY_DEPTH_MAX + 8];
    snprintf(deep, sizeof deep, "tcp%s", closing);
    query = repeated("", QUERY_DEPTH_MAX, "(", deep, &error);
    ck_assert_ptr_nonnull(query);
    query_free(query);
    ck_assert_ptr_null(repeated("", 1000, "(", "", &error));
    ck_assert_uint_eq(error.column, QUERY_DEPTH_MAX);
    query = repeated("", 990, "!", "tcp", &error);
    ck_assert_ptr_nonnull(query);
    query_free(query);
    query = repeated("", 249, "id&&", "id", &error);
    ck_assert_ptr_nonnull(query);
    query_free(query);
    ck_assert_ptr_null(repeated("id in {1", 300, ",1", "}", &error));
    assert_holds(error.text, "256 values");
    ck_assert_ptr_null(repeated("tcp", 998, " ", "", &error));
    ck_assert_uint_eq(error.column, QUERY_TEXT_MAX);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Whatever is typed, nothing breaks, errors lie within the text, and what is shown again is harmless. */
static void try_any(const char *bytes, size_t length, struct row *row)
{
    static struct query_candidate candidates[CANDIDATES];
    struct query_error error;
    char *exact = malloc(length ? length : 1);     /* so that a sanitizer sees a read behind the end */
    memcpy(exact, bytes, length);
    struct query *query = query_parse(exact, length, &error);
    if (query) {
        query_match(query, row);
    } else {
        ck_assert_uint_le(error.column + error.length, length);
        ck_assert_uint_gt(strlen(error.text), 0);
        for (const char *c = error.text; *c; c++)
            ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7f, "a control character is shown");
    }
    for (size_t cursor = 0; cursor <= length; cursor += 1 + length / 4) {
        struct query_completion c = query_complete(exact, length, cursor, candidates, 8);
        ck_assert(c.begin <= cursor && cursor <= c.end && c.end <= length && c.count <= 8 && c.expects);
    }
    query_free(query);
    free(exact);
}

START_TEST(any_bytes_may_come)
{
    struct one one = one_of(script_echo);
    uint32_t state = 20260101;
    char bytes[64];
    for (unsigned i = 0; i < 4000; i++) {
        size_t length = next_random(&state) % sizeof bytes;
        for (size_t k = 0; k < length; k++)
            bytes[k] = (char)next_random(&state);
        try_any(bytes, length, &one.row);
    }
    one_free(&one);
}
END_TEST

START_TEST(any_pieces_may_come_in_any_order)
{
    static const char *const pieces[] = {
        "server.port", "port", "addr", "TIME-WAIT", "retransmission", "tcp", "calls", "history", "duration", "given_up",
        "==", "!=", "<", ">=", " in ", " contains ", "&&", "||", "!", " and ", " not ", "(", ")", "{", "}", ",", "..",
        "=", "80", "1.5s", "10.9.0.0/16", "::1", "closed", "\"a\"", "'", " ", "nobody_listens", "check", "state",
        "\xff", "connect",
    };
    struct one one = one_of(script_echo);
    uint32_t state = 7;
    for (unsigned i = 0; i < 8000; i++) {
        char text[400] = "";
        for (unsigned k = next_random(&state) % 12; k; k--)
            strcat(text, pieces[next_random(&state) % (sizeof pieces / sizeof *pieces)]);
        try_any(text, strlen(text), &one.row);
    }
    one_free(&one);
}
END_TEST

/* --- completion --- */

static struct query_candidate candidates[CANDIDATES];

static struct query_completion complete(const char *text)
{
    const char *cursor = strchr(text, '|');
    char plain[128];
    snprintf(plain, sizeof plain, "%.*s%s", (int)(cursor - text), text, cursor + 1);
    return query_complete(plain, strlen(plain), (size_t)(cursor - text), candidates, CANDIDATES);
}

/* The first candidates, separated by blanks; | is the cursor. */
static void offers(const char *text, unsigned begin, unsigned end, const char *want)
{
    struct query_completion c = complete(text);
    char got[512] = "";
    ck_assert_msg(c.begin == begin && c.end == end, "%s: %u to %u", text, c.begin, c.end);
    for (unsigned i = 0; i < c.count && strlen(got) < strlen(want); i++) {
        strcat(got, i ? " " : "");
        strcat(got, candidates[i].word);
        ck_assert_msg(*candidates[i].says, "%s has no sentence", candidates[i].word);
    }
    ck_assert_str_eq(got, want);
}

START_TEST(completion_offers_what_can_stand_there)
{
    offers("|", 0, 0, "server.port port addr");
    offers("serv|", 0, 4, "server.port server.addr server_silent");
    offers("po|", 0, 2, "port server.port client.port");
    offers("tcp && RETR|", 7, 11, "retransmission");
    offers("(!zero|", 2, 6, "zero_window");
    offers("po|rt == 80", 0, 4, "port");
    offers("server.port |", 12, 12, "== != < <= > >= in && ||");
    offers("ending |", 7, 7, "== != in contains && ||");
    offers("server.port =|", 12, 13, "==");
    offers("server.port >|", 12, 13, "> >=");
    offers("addr i|", 5, 6, "in");
    offers("ending == |", 10, 10, "closed reset half_closed open");
    offers("ending == o|", 10, 11, "open closed half_closed");
    offers("state.client in {closed, tim|", 25, 28, "TIME-WAIT");
    offers("conn_state == RSTO|", 14, 18, "RSTO RSTOS0");
    offers("calls contains acc|", 15, 18, "accept");
    offers("check == no|", 9, 11, "nobody_listens no_answer");
    offers("given_up == |", 12, 12, "false true");
    offers("(tcp |", 5, 5, "&& || )");
    offers("tcp |", 4, 4, "&& ||");
    offers("port not |", 9, 9, "in");
    offers("analysis.client.ret|", 0, 19, "analysis.client.retransmission");
}
END_TEST

START_TEST(completion_says_what_is_expected)
{
    static const char *const want[][2] = {
        { "port == |", "a number" }, { "duration > |", "a duration" }, { "addr in |", "an address" },
        { "first_time > |", "a time" }, { "port in {80 |", ", or }" }, { "xx yy |", "nothing" },
        { "history contains \"a|b\"", "nothing" },
    };
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        struct query_completion c = complete(want[i][0]);
        ck_assert_uint_eq(c.count, 0);
        assert_holds(c.expects, want[i][1]);
    }
}
END_TEST

START_TEST(every_name_offered_can_be_asked_and_comes_once)
{
    struct query_completion c = complete("|");
    ck_assert_uint_gt(c.count, field_count);
    ck_assert_uint_lt(c.count, CANDIDATES);
    for (unsigned i = 0; i < c.count; i++) {
        struct query_error error;
        struct query *query = query_parse(candidates[i].word, strlen(candidates[i].word), &error);
        ck_assert_msg(query, "%s: %s", candidates[i].word, error.text);
        query_free(query);
        for (unsigned k = 0; k < i; k++)
            ck_assert_str_ne(candidates[i].word, candidates[k].word);
    }
}
END_TEST

START_TEST(every_field_can_be_asked_of_every_kind_of_row)
{
    static const char *const scripts[] = { script_echo, script_refused, script_names };
    for (unsigned s = 0; s < 3; s++) {
        struct one one = one_of(scripts[s]);
        for (unsigned i = 0; i < field_count; i++) {
            char text[128];
            struct value value = { .kind = VALUE_NULL };
            if (fields[i].of & (one.row.tcp ? FIELD_TCP : FIELD_UDP))
                value = field_value(&fields[i], &one.row);
            bool alone = matches(fields[i].name, &one.row);
            ck_assert_msg(!alone || value.kind != VALUE_NULL, "%s is not known", fields[i].name);
            snprintf(text, sizeof text, "!%s", fields[i].name);
            ck_assert_int_ne(matches(text, &one.row), alone);
        }
        one_free(&one);
    }
}
END_TEST

START_TEST(examples_of_help_are_understood)
{
    for (const struct query_help *line = query_help_examples; line->form; line++) {
        struct query_error error;
        struct query *query = query_parse(line->form, strlen(line->form), &error);
        ck_assert_msg(query, "%s: %s", line->form, error.text);
        query_free(query);
    }
    char *help = help_of("filter", EXIT_DONE);
    assert_holds(help, "server.port == 6666 && retransmission");
    assert_holds(help, "close_wait_at_end");
    free(help);
}
END_TEST

Suite *query_suite(void)
{
    Suite *suite = suite_create("query");
    TCase *matching = tcase_create("matching"), *errors = tcase_create("errors"), *offered = tcase_create("completion");
    tcase_add_test(matching, blanks_match_everything);
    tcase_add_test(matching, numbers_compare_at_their_edges);
    tcase_add_test(matching, durations_have_units);
    tcase_add_test(matching, sets_and_ranges);
    tcase_add_test(matching, addresses_and_prefixes);
    tcase_add_test(matching, words_and_parts_of_text);
    tcase_add_test(matching, lists_hold_members);
    tcase_add_test(matching, a_name_alone_is_known_and_not_zero);
    tcase_add_test(matching, nothing_compares_with_what_is_not_known);
    tcase_add_test(matching, either_end_is_some_end_and_unequal_is_none);
    tcase_add_test(matching, short_forms);
    tcase_add_test(matching, fields_compare_with_fields);
    tcase_add_test(matching, and_binds_closer_than_or);
    tcase_add_test(matching, and_or_not_agree_with_c);
    tcase_add_test(matching, every_field_can_be_asked_of_every_kind_of_row);
    tcase_add_test(errors, errors_point_at_the_column);
    tcase_add_test(errors, a_zero_byte_is_no_end);
    tcase_add_test(errors, depth_conditions_values_and_length_are_bounded);
    tcase_add_test(errors, any_bytes_may_come);
    tcase_add_test(errors, any_pieces_may_come_in_any_order);
    tcase_set_timeout(errors, 60);
    tcase_add_test(offered, completion_offers_what_can_stand_there);
    tcase_add_test(offered, completion_says_what_is_expected);
    tcase_add_test(offered, every_name_offered_can_be_asked_and_comes_once);
    tcase_add_test(offered, examples_of_help_are_understood);
    suite_add_tcase(suite, matching);
    suite_add_tcase(suite, errors);
    suite_add_tcase(suite, offered);
    return suite;
}

/* True calls: the file beside a capture, and where they come in the stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/calls.h"
#include "capture/source.h"
#include "tests/test_report_made.h"

#define CONNECT \
    "{'type':'call','time':'100.25','end':'101','who':'client','call':'connect','args':'10.9.0.1:6666','fd':3," \
    "'result':'0','errno':null,'socket':{'protocol':'tcp','local':{'addr':'10.9.0.2','port':40000}," \
    "'remote':{'addr':'10.9.0.1','port':6666}}}\n"

/* The lines have ' where JSON has ". */
static struct calls *read_lines(const char *lines)
{
    struct error error = { 0 };
    char *json = strdup(lines);
    for (char *quote = json; (quote = strchr(quote, '\'')); )
        *quote = '"';
    struct calls_source source = { .file = "here.calls.jsonl", .bytes = (uint8_t *)json, .length = strlen(json) };
    struct calls *calls = calls_read(&source, &error);
    ck_assert_msg(calls != NULL, "%s", error.text);
    free(json);
    return calls;
}

static void assert_wrong(const char *lines, size_t before, const char *says)
{
    struct calls *calls = read_lines(lines);
    ck_assert_int_eq(calls->problem.status, EXIT_CUT_SHORT);
    ck_assert_msg(strstr(calls->problem.text, says), "%s", calls->problem.text);
    ck_assert_uint_eq(calls->calls, before);
    calls_free(calls);
}

START_TEST(a_line_becomes_a_call_with_two_moments)
{
    struct calls *calls = read_lines(CONNECT);
    ck_assert_uint_eq(calls->count, 2);
    const struct true_call *call = calls->moments[0].call;
    ck_assert(calls->moments[0].time == 100 * NS_PER_S + 250 * NS_PER_MS && !calls->moments[0].returns);
    ck_assert(calls->moments[1].time == 101 * NS_PER_S && calls->moments[1].returns);
    ck_assert(call->call == CALL_CONNECT && call->who == CALLER_CLIENT && call_of_one(call));
    ck_assert(call->fd == 3 && call->pid == -1);
    ck_assert(call->local.port == 40000 && call->remote.version == 4 && call->remote.address[3] == 1);
    ck_assert_str_eq(call->args, "10.9.0.1:6666");
    ck_assert(!call->error && !call->program);
    calls_free(calls);
}
END_TEST

START_TEST(a_wrong_line_is_named_and_what_came_before_is_kept)
{
    assert_wrong(CONNECT "{'type':\n", 1, "here.calls.jsonl, line 2: column");
    assert_wrong("{'type':'call','time':1}\n", 0, "line 1: \"time\" is not");
    assert_wrong("[]\n", 0, "line 1: not an object");
    assert_wrong(CONNECT "\n{'type':'call','time':'2','end':'1'}", 1, "line 3: \"end\" is before");
    assert_wrong("{'type':'call','time':'2','who':'me'}", 0, "\"who\" is neither");
    assert_wrong("{'type':'call','time':'2','who':'server','call':'close_or_shutdown'}", 0, "\"call\" is no call");
    assert_wrong("{'type':'call','time':'2','who':'server','call':'bind','socket':{'protocol':'sctp'}}", 0,
                 "\"socket\" is not");
    assert_wrong("{'type':'call','time':'-2'}", 0, "\"time\"");
    char *line = malloc(CALLS_LINE_MOST + 2);
    memset(line, ' ', CALLS_LINE_MOST + 1);
    line[CALLS_LINE_MOST] = '{';
    line[CALLS_LINE_MOST + 1] = '\0';
    assert_wrong(line, 0, "it is longer than");
    free(line);
}
END_TEST

START_TEST(texts_are_made_harmless)
{
    struct calls *calls = read_lines("{'type':'call','time':'1','who':'client','call':'bind','args':'\\u001b[2J'}");
    ck_assert_str_eq(calls->moments[0].call->args, "\\x1b[2J");
    calls_free(calls);
}
END_TEST

START_TEST(what_is_written_is_read_as_the_same)
{
    struct calls *calls = read_lines(CONNECT
        "{'type':'call','time':'7','end':null,'who':'server','call':'accept','fd':3,'errno':'EMFILE',"
        "'program':'./s \\\"x\\\"'}");
    struct text t = { 0 };
    for (size_t i = 0; i < calls->count; i++)
        if (!calls->moments[i].returns)
            calls_write(&t, calls->moments[i].call);
    text_char(&t, '\0');
    struct calls *again = read_lines(t.bytes);
    ck_assert_str_eq(again->problem.text, "");
    ck_assert_uint_eq(again->count, 3);
    const struct true_call *accept = again->moments[0].call, *connect = again->moments[1].call;
    ck_assert(accept->call == CALL_ACCEPT && !accept->returned && !accept->result && accept->who == CALLER_SERVER);
    ck_assert_str_eq(accept->program, "./s \"x\"");
    const struct true_call *before = calls->moments[0].call;
    ck_assert(connect->end == 101 * NS_PER_S);
    ck_assert_str_eq(before->program, "./s \"x\"");
    ck_assert_uint_eq(connect->remote.port, 6666);
    calls_free(again);
    calls_free(calls);
    text_free(&t);
}
END_TEST

/* socket() and close() recorded bare: the connection in between has the descriptor. */
START_TEST(a_call_without_ends_has_those_of_its_descriptor)
{
    struct calls *calls = read_lines(CONNECT
        "{'type':'call','time':'99','end':'99','who':'client','call':'socket','result':'3'}\n"
        "{'type':'call','time':'98','end':'98','who':'client','call':'close','fd':3}\n"
        "{'type':'call','time':'103','end':'103','who':'client','call':'close','fd':3}\n"
        "{'type':'call','time':'104','end':'104','who':'client','call':'socket','result':'3'}\n");
    static const struct { int time; bool has; } want[] = { { 98, false }, { 99, true }, { 103, true }, { 104, false } };
    for (unsigned i = 0; i < 4; i++)
        for (size_t m = 0; m < calls->count; m++)
            if (calls->moments[m].time == want[i].time * NS_PER_S)
                ck_assert_msg(call_of_one(calls->moments[m].call) == want[i].has, "the call at %d s", want[i].time);
    calls_free(calls);
}
END_TEST

/* --- in the stream --- */

struct heard {
    char words[4096];
    size_t used;
};

static void note(void *self, const struct event *e)
{
    struct heard *s = self;
    bool call = e->kind == EVENT_CALL || e->kind == EVENT_CALL_RETURNED;
    const char *word = call ? call_names[e->call.call] : e->kind == EVENT_TCP_OPENED ? "opened" : "segment";
    s->used += (size_t)snprintf(s->words + s->used, sizeof s->words - s->used, "%s%s%s@%u ",
                                e->kind == EVENT_CALL_RETURNED ? "=" : "", word, call && e->call.repeated ? "*" : "",
                                e->of ? e->of->id : 0);
}

/* What the stream tells of a bundled trace with these calls; frames come so many at a time. */
static struct heard told(const char *path, const struct calls *calls, unsigned batch)
{
    struct heard seen = { .used = 0 };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    struct sink sink = { .wants = 1u << EVENT_CALL | 1u << EVENT_CALL_RETURNED | 1u << EVENT_TCP_OPENED, .event = note,
                         .self = &seen };
    struct error error = { 0 };
    struct source *source = source_open(&(struct source_options){ .file = path }, &error);
    struct frame frames[FRAME_BATCH];
    size_t at = 0;
    decoder_attach(decoder, &sink);
    for (enum source_state state = SOURCE_MORE; state != SOURCE_END;) {
        unsigned count = 0, fed = 0;
        state = source_next(source, frames, &count);
        for (unsigned i = 0; i < count; i++) {
            bool due = at < calls->count && calls->moments[at].time <= frames[i].time;
            if (due || i - fed == batch) {
                decoder_feed(decoder, frames + fed, i - fed);
                fed = i;
            }
            for (; at < calls->count && calls->moments[at].time <= frames[i].time; at++)
                decoder_call(decoder, &calls->moments[at]);
        }
        decoder_feed(decoder, frames + fed, count - fed);
    }
    for (; at < calls->count; at++)
        decoder_call(decoder, &calls->moments[at]);
    decoder_end(decoder);
    decoder_free(decoder);
    source_close(source);
    return seen;
}

static struct heard told_of(const char *path, unsigned batch)
{
    char beside[200];
    struct error error = { 0 };
    struct calls_source source = { .file = beside };
    ck_assert(calls_beside(beside, sizeof beside, path));
    struct calls *calls = calls_read(&source, &error);
    ck_assert_str_eq(calls->problem.text, "");
    struct heard seen = told(path, calls, batch);
    calls_free(calls);
    return seen;
}

/* Only recorded calls and openings are looked at: inferred ones have no result. */
START_TEST(a_call_before_the_first_segment_waits_for_its_connection)
{
    struct heard seen = told_of("traces/refused.pcap", 32);
    ck_assert_str_eq(seen.words, "socket@1 =socket@1 connect@1 opened@1 connect@1 =connect@1 close@1 =close@1 ");
}
END_TEST

START_TEST(calls_of_a_listening_socket_are_told_again_for_each_connection)
{
    struct heard seen = told_of("traces/many-clients.pcap", 32);
    for (unsigned id = 0; id <= 3; id++) {
        char word[16];
        snprintf(word, sizeof word, "listen%s@%u ", id ? "*" : "", id);
        assert_holds(seen.words, word);
    }
    ck_assert(!strstr(seen.words, "listen*@4"));
    assert_holds(seen.words, "=accept@3");
}
END_TEST

START_TEST(the_stream_does_not_depend_on_how_frames_are_batched)
{
    static const char *const traces[] = { "traces/handshake.pcap", "traces/many-clients.pcap", "traces/udp.pcap" };
    for (unsigned i = 0; i < 3; i++) {
        struct heard whole = told_of(traces[i], 32), single = told_of(traces[i], 1);
        ck_assert_str_eq(whole.words, single.words);
    }
}
END_TEST

START_TEST(a_call_whose_conversation_never_comes_is_told_of_none)
{
    struct calls *calls = read_lines("{'type':'call','time':'1','end':'2','who':'client','call':'connect','errno':"
                                     "'EHOSTUNREACH','socket':{'protocol':'tcp','local':{'addr':'10.9.0.2','port':1},"
                                     "'remote':{'addr':'10.9.0.9','port':6666}}}");
    struct heard seen = told("traces/refused.pcap", calls, 32);
    assert_holds(seen.words, "connect@0 =connect@0 ");
    calls_free(calls);
}
END_TEST

#define UDP_CALL(time, who, call, local, port, remote) \
    "{'type':'call','time':'" time "','end':'" time "','who':'" who "','call':'" call "','fd':3,'result':'5'," \
    "'socket':{'protocol':'udp','local':{'addr':'" local "','port':" port "}" remote "}}\n"
#define TO(address, port) ",'remote':{'addr':'" address "','port':" port "}"

/* traces/udp.pcap is of 10.9.0.2:40001 and 10.9.0.1:7007. A socket for any address is of the row with its port and
 * the other end that it means; a bound one only of that with its address. */
START_TEST(a_call_of_a_udp_socket_without_an_address_is_found_by_its_port_and_the_other_end)
{
    struct calls *calls = read_lines(
        UDP_CALL("1", "client", "sendto", "0.0.0.0", "40001", TO("10.9.0.1", "7007"))
        UDP_CALL("2", "client", "setsockopt", "10.9.0.3", "40001", TO("10.9.0.1", "7007"))
        UDP_CALL("3", "client", "setsockopt", "0.0.0.0", "40001", TO("10.9.0.1", "7008"))
        UDP_CALL("4", "server", "bind", "::", "7007", "")
        UDP_CALL("4000000000", "server", "recvfrom", "::", "7007", TO("10.9.0.2", "40001"))
        UDP_CALL("4000000001", "client", "recvfrom", "0.0.0.0", "40001", TO("10.9.0.1", "7007")));
    ck_assert_str_eq(calls->problem.text, "");
    struct heard seen = told("traces/udp.pcap", calls, 32);
    ck_assert_str_eq(strstr(seen.words, "bind"),
                     "bind@0 =bind@0 bind*@1 =bind*@1 sendto@1 =sendto@1 sendto@1 sendto@1 sendto@1 sendto@1 "
                     "bind*@2 =bind*@2 sendto@2 sendto@3 sendto@3 sendto@3 sendto@2 "
                     "recvfrom@1 =recvfrom@1 recvfrom@1 =recvfrom@1 "
                     "setsockopt@0 =setsockopt@0 setsockopt@0 =setsockopt@0 ");
    calls_free(calls);
}
END_TEST

#define NO_PEER_CALL(time, who, call, fd, local, result) \
    "{'type':'call','time':'" time "','end':'" time "','who':'" who "','call':'" call "','fd':" fd "," result "," \
    "'socket':{'protocol':'udp','local':" local ",'remote':null}}\n"
#define AT_40001 "{'addr':'0.0.0.0','port':40001}"

/* recvmsg() tells no sender, a poll() that ends in vain and a bind() that fails no peer: they are of the row that their
 * socket has, of several the latest; what failed without a row, of the latest one of the program. Another program's, or
 * another socket's, and a poll() that found something are of none. */
START_TEST(a_call_without_an_end_is_told_with_the_row_of_its_socket)
{
    struct calls *calls = read_lines(
        UDP_CALL("1", "client", "sendto", "0.0.0.0", "40001", TO("10.9.0.1", "7007"))
        UDP_CALL("4", "server", "bind", "::", "7007", "")
        NO_PEER_CALL("4000000000", "server", "recv", "3", "{'addr':'::','port':7007}", "'result':'5'")
        NO_PEER_CALL("4000000001", "client", "poll", "3", AT_40001, "'result':'0'")
        NO_PEER_CALL("4000000002", "client", "poll", "3", AT_40001, "'result':'1'")
        NO_PEER_CALL("4000000003", "client", "recv", "7", "{'addr':'0.0.0.0','port':40009}", "'result':'5'")
        NO_PEER_CALL("4000000004", "client", "close", "3", AT_40001, "'result':'0'")
        NO_PEER_CALL("4000000005", "client", "poll", "3", "null", "'result':'0'")
        NO_PEER_CALL("4000000006", "client", "bind", "3", "null", "'result':'-1','errno':'EADDRINUSE'"));
    ck_assert_str_eq(calls->problem.text, "");
    struct heard seen = told("traces/udp.pcap", calls, 32);
    ck_assert_str_eq(strstr(seen.words, "recv@0"),
                     "recv@0 recv*@2 =recv@0 =recv*@2 poll@0 poll*@1 =poll@0 =poll*@1 poll@0 =poll@0 recv@0 =recv@0 "
                     "close@0 =close@0 poll@0 =poll@0 bind@0 bind*@1 =bind@0 =bind*@1 ");
    calls_free(calls);
}
END_TEST

/* Its socket() is told of nobody who comes after close(), although it was recorded without a descriptor of its own. */
START_TEST(a_closed_socket_is_told_of_no_later_row)
{
    struct calls *calls = read_lines(
        "{'type':'call','time':'1','end':'1','who':'server','call':'socket','result':'3','socket':{'protocol':'udp',"
        "'local':{'addr':'10.9.0.1','port':7007}}}\n"
        UDP_CALL("2", "server", "close", "10.9.0.1", "7007", "")
        "{'type':'call','time':'3','end':'3','who':'server','call':'socket','result':'3','socket':{'protocol':'udp',"
        "'local':{'addr':'10.9.0.1','port':7007}}}\n");
    struct heard seen = told("traces/udp.pcap", calls, 32);
    const char *first = strstr(seen.words, "socket*@1");
    ck_assert(first && !strstr(first + 1, " socket*@1"));
    calls_free(calls);
}
END_TEST

/* Although its socket was closed at once: of the next one who comes to that port, and of no other. */
START_TEST(a_bind_that_failed_is_told_of_the_next_row_at_that_port)
{
    struct calls *calls = read_lines(
        "{'type':'call','time':'1','end':'1','who':'server','call':'bind','fd':3,'result':'-1','errno':'EADDRINUSE',"
        "'socket':{'protocol':'udp','local':{'addr':'10.9.0.1','port':7007}}}\n"
        UDP_CALL("2", "server", "close", "10.9.0.1", "7007", ""));
    ck_assert_str_eq(calls->problem.text, "");
    struct heard seen = told("traces/udp.pcap", calls, 32);
    assert_holds(seen.words, "bind@0 =bind@0 close@0 =close@0 bind*@1 =bind*@1 ");
    ck_assert(!strstr(seen.words, "close*") && !strstr(seen.words, "bind*@2"));
    calls_free(calls);
}
END_TEST

/* What is told of row 1 of a script with these calls. */
static char *script_with(const char *text, const struct calls *calls)
{
    struct error error = { 0 };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    struct story *story = story_new(1);
    struct sink sink = story_sink(story);
    struct call_queue queue = { .moments = calls->moments, .count = calls->count };
    struct report_output out = { 0 };
    struct script script = script_of(text);
    decoder_attach(decoder, &sink);
    for (unsigned i = 0; i < script.frame_count; i++)
        decoder_feed_between(decoder, &script.frames[i].frame, 1, &queue);
    decoder_feed_rest(decoder, &queue);
    decoder_end(decoder);
    report_explain(&out, decoder, story, &(struct report_options){ .width = 80 },
                   &(struct report_source){ .name = "script" }, &error);
    ck_assert_str_eq(error.text, "");
    text_char(&out.text, '\0');
    decoder_free(decoder);
    story_free(story);
    script_free(&script);
    return out.text.bytes;
}

/* A trace with these calls, to its end. The source is the caller's. */
static struct source *feed_all(struct decoder *decoder, const char *path, const struct calls *calls)
{
    struct error error = { 0 };
    struct source *source = source_open(&(struct source_options){ .file = path }, &error);
    struct call_queue queue = { .moments = calls->moments, .count = calls->count };
    struct frame frames[FRAME_BATCH];
    for (enum source_state state = SOURCE_MORE; state != SOURCE_END;) {
        unsigned count = 0;
        state = source_next(source, frames, &count);
        decoder_feed_between(decoder, frames, count, &queue);
    }
    decoder_feed_rest(decoder, &queue);
    decoder_end(decoder);
    return source;
}

/* What is told of row 1 of a trace with these calls. */
static char *story_with(const char *path, const struct calls *calls)
{
    struct error error = { 0 };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    struct story *story = story_new(1);
    struct sink sink = story_sink(story);
    struct report_output out = { 0 };
    decoder_attach(decoder, &sink);
    struct source *source = feed_all(decoder, path, calls);
    report_explain(&out, decoder, story, &(struct report_options){ .width = 80 },
                   &(struct report_source){ .name = path }, &error);
    ck_assert_str_eq(error.text, "");
    text_char(&out.text, '\0');
    source_close(source);
    decoder_free(decoder);
    story_free(story);
    return out.text.bytes;
}

/* connect() sends no datagram; the first answer was lost on the way here; recv() gave up three seconds after the last
 * frame, and close() came after it, at a time that both ladder and reasons tell. */
START_TEST(a_call_without_a_frame_stands_at_its_own_time)
{
    struct calls *calls = read_lines(
        "{'type':'call','time':'1767225599.5','end':'1767225599.6','who':'client','call':'connect','fd':3,'result':'0',"
        "'args':'10.9.0.1:7007','socket':{'protocol':'udp','local':{'addr':'10.9.0.2','port':40001}"
        TO("10.9.0.1", "7007") "}}\n"
        UDP_CALL("1767225599.99", "client", "send", "10.9.0.2", "40001", TO("10.9.0.1", "7007"))
        UDP_CALL("1767225600.5", "server", "sendto", "10.9.0.1", "7007", TO("10.9.0.2", "40001"))
        UDP_CALL("1767225601.017", "server", "sendto", "10.9.0.1", "7007", TO("10.9.0.2", "40001"))
        "{'type':'call','time':'1767225601.1','end':'1767225604','who':'client','call':'recv','fd':3,'result':'-1',"
        "'errno':'EAGAIN','socket':{'protocol':'udp','local':{'addr':'10.9.0.2','port':40001}"
        TO("10.9.0.1", "7007") "}}\n"
        "{'type':'call','time':'1767225604.1','end':'1767225604.1','who':'client','call':'close','fd':3,'result':'0',"
        "'socket':{'protocol':'udp','local':{'addr':'10.9.0.2','port':40001}" TO("10.9.0.1", "7007") "}}\n");
    ck_assert_str_eq(calls->problem.text, "");
    char *story = story_with("traces/udp.pcap", calls);
    assert_holds(story, "\n           connect(:7007)=0        │                   │\n"
                        "   1 0.000      send(3) = 5        │─5 B──────────────►│\n");
    assert_holds(story, "\n     0.500                         │                   │        sendto(3) = 5\n");
    assert_holds(story, "\n   4 1.032                         │◄──────────────8 B─│        sendto(3) = 5\n");
    assert_holds(story, "\n     4.000  recv(3)=nothing        │                   │\n"
                        "     4.100     close(3) = 0        │                   │\n");
    assert_holds(story, "\n  call     At 4.100 s: the client's close() on socket 3 returned 0.\n");
    assert_holds(story, "\n  nothing  EAGAIN: ");
    free(story);
    calls_free(calls);
}
END_TEST

#define TCP_CALL(time, end, call, result) \
    "{'type':'call','time':'" time "','end':'" end "','who':'client','call':'" call "','fd':3,'result':'" result "'," \
    "'args':'','socket':{'protocol':'tcp','local':{'addr':'10.9.0.2','port':40001}" TO("10.9.0.1", "6666") "}}\n"

/* Seen from the server's end, whose first SYN and FIN of the client were lost: what it made long before the copies that
 * came is not beside these. Its connect() returns within the time of one way before its ACK comes. */
START_TEST(calls_of_the_far_end_stand_where_they_were_made)
{
    struct calls *calls = read_lines(TCP_CALL("1767225599.0", "1767225600.015", "connect", "0")
                                     TCP_CALL("1767225600.14", "1767225600.14", "close", "0"));
    ck_assert_str_eq(calls->problem.text, "");
    char *story = script_with("client 10.9.0.2:40001 isn 1000\nserver 10.9.0.1:6666 isn 5000\n"
                              "0.000 > S 0:0(0) win 64240\n0.00002 < S. 0:0(0) ack 1 win 64240\n"
                              "0.030 > . 1:1(0) ack 1 win 502\n0.500 > F. 1:1(0) ack 1\n", calls);
    assert_holds(story, "\n           connect()┐ CLOSED      │                     │\n"
                        "   1 0.000          │ SYN-SENT    │─SYN seq=0──────────►│\n");
    assert_holds(story, "\n   3 0.030       = 0┘ ESTABLISHED │─ACK ack=1──────────►│ ESTABLISHED\n");
    assert_holds(story, "\n     0.140   close()              │                     │\n");
    assert_holds(story, "\n   4 0.500            FIN-WAIT-1  │─FIN,ACK seq=1 ack=1►│\n");
    assert_holds(story, "\n  call     1.000 s before the first frame: the client's connect() on socket 3 is\n");
    assert_holds(story, "\n  call     At 0.140 s: the client's close() on socket 3 returned 0.\n");
    free(story);
    calls_free(calls);
}
END_TEST

/* More than can wait, and more than is kept of listening sockets: the oldest goes, and is told. */
START_TEST(calls_that_wait_are_bounded)
{
    struct text t = { 0 };
    for (unsigned i = 0; i < 3000; i++)
        text_format(&t, "{'type':'call','time':'1','who':'client','call':'%s','socket':{'protocol':'tcp','local':"
                    "{'addr':'10.9.0.2','port':%u}%s}}\n", i % 2 ? "connect" : "listen", i + 1,
                    i % 2 ? ",'remote':{'addr':'10.9.0.9','port':6666}" : "");
    text_char(&t, '\0');
    struct calls *calls = read_lines(t.bytes);
    ck_assert_uint_eq(calls->calls, 3000);
    unsigned count = 0;
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    struct story *story = story_new(1);
    struct sink sink = story_sink(story);
    decoder_attach(decoder, &sink);
    for (size_t i = 0; i < calls->count; i++, count++)
        decoder_call(decoder, &calls->moments[i]);
    decoder_end(decoder);
    ck_assert_uint_eq(count, 3000);
    decoder_free(decoder);
    story_free(story);
    calls_free(calls);
    text_free(&t);
}
END_TEST

struct counted {
    unsigned count;
    int64_t ports;                /* their sum */
};

static void count_call(void *self, const struct event *e)
{
    struct counted *seen = self;
    seen->count++;
    seen->ports += e->call.recorded->local.port;
}

/* Calls wait for flows that never come while their list grows, and moves its moments, again and again. */
START_TEST(a_call_that_waits_outlives_the_moments_of_a_list_that_grows)
{
    enum { CALLS = 700 };
    struct counted seen = { 0 };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    struct sink sink = { .wants = 1u << EVENT_CALL, .event = count_call, .self = &seen };
    struct calls *calls = calls_new();
    int64_t ports = 0;
    decoder_attach(decoder, &sink);
    for (uint16_t i = 1; i <= CALLS; i++) {
        struct true_call call = { .time = i * NS_PER_MS, .call = CALL_SENDTO, .protocol = CALL_DATAGRAMS, .fd = 3,
                                  .number = i, .local = { .version = 4, .port = i },
                                  .remote = { .version = 4, .port = 6666, .address = { 10, 9, 0, 1 } } };
        calls_made(calls, &call);
        decoder_call(decoder, &calls->moments[calls->count - 1]);
        ports += i;
    }
    decoder_end(decoder);
    ck_assert_uint_eq(seen.count, CALLS);
    ck_assert_int_eq(seen.ports, ports);
    decoder_free(decoder);
    calls_free(calls);
}
END_TEST

/* --- what calls know better than ports and segments do --- */

/* The checks of the one row of a bundled trace, with these calls. */
static uint32_t checks_of(const char *path, const char *lines)
{
    struct calls *calls = read_lines(lines);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    ck_assert_str_eq(calls->problem.text, "");
    struct source *source = feed_all(decoder, path, calls);
    uint32_t checks = decoder_check(decoder, decoder_first(decoder));
    decoder_free(decoder);
    source_close(source);
    calls_free(calls);
    return checks;
}

#define CALL(protocol, time, call, port, remote) \
    "{'type':'call','time':'" time "','end':'" time "','who':'server','call':'" call "','fd':3,'result':'0'," \
    "'socket':{'protocol':'" protocol "','local':{'addr':'10.9.0.1','port':" port "}" remote "}}\n"

/* traces/refused.pcap: a SYN to port 120, which is 30720 with its bytes swapped. */
START_TEST(a_port_bound_without_htons_is_known_from_the_call)
{
    ck_assert_uint_eq(checks_of("traces/refused.pcap", CALL("tcp", "1", "bind", "30720", "")),
                      CHECK_NOBODY_LISTENS | CHECK_BOUND_BYTE_SWAPPED);
    ck_assert_uint_eq(checks_of("traces/refused.pcap", CALL("tcp", "1", "bind", "30721", "")), CHECK_NOBODY_LISTENS);
    ck_assert_uint_eq(checks_of("traces/refused.pcap", CALL("udp", "1", "bind", "30720", "")), CHECK_NOBODY_LISTENS);
    ck_assert_uint_eq(checks_of("traces/refused.pcap", CALL("tcp", "1", "bind", "30720", "")
                                                       CALL("tcp", "2", "close", "30720", "")), CHECK_NOBODY_LISTENS);
}
END_TEST

/* traces/silent-server.pcap: of 10.9.0.2:40000 and 10.9.0.1:6666; the server never sends anything. */
START_TEST(a_connection_that_accept_never_gave_is_not_one_whose_program_is_silent)
{
    ck_assert_uint_eq(checks_of("traces/silent-server.pcap", CALL("tcp", "1", "bind", "6666", "")),
                      CHECK_SERVER_SILENT);
    ck_assert_uint_eq(checks_of("traces/silent-server.pcap", CALL("tcp", "1", "listen", "6666", "")),
                      CHECK_NEVER_ACCEPTED);
    ck_assert_uint_eq(checks_of("traces/silent-server.pcap", CALL("tcp", "1", "listen", "6666", "")
                                CALL("tcp", "2", "accept", "6666", TO("10.9.0.2", "40000"))), CHECK_SERVER_SILENT);
}
END_TEST

/* traces/udp-unreachable.pcap: 10.9.0.2:40001 asks 10.9.0.1:7007 in vain. */
START_TEST(a_udp_socket_connected_to_another_peer_is_not_nobody)
{
    ck_assert_uint_eq(checks_of("traces/udp-unreachable.pcap", ""), CHECK_HOST_UNREACHABLE);
    ck_assert_uint_eq(checks_of("traces/udp-unreachable.pcap",
                                CALL("udp", "1", "connect", "7007", TO("10.9.0.2", "9"))), CHECK_CONNECTED_ELSEWHERE);
    ck_assert_uint_eq(checks_of("traces/udp-unreachable.pcap", CALL("udp", "1", "connect", "7007", TO("10.9.0.2", "9"))
                                CALL("udp", "2", "close", "7007", TO("10.9.0.2", "9"))), CHECK_HOST_UNREACHABLE);
}
END_TEST

Suite *calls_suite(void)
{
    Suite *suite = suite_create("calls");
    TCase *file = tcase_create("file"), *stream = tcase_create("stream"), *checks = tcase_create("checks");
    tcase_add_test(file, a_line_becomes_a_call_with_two_moments);
    tcase_add_test(file, a_wrong_line_is_named_and_what_came_before_is_kept);
    tcase_add_test(file, texts_are_made_harmless);
    tcase_add_test(file, what_is_written_is_read_as_the_same);
    tcase_add_test(file, a_call_without_ends_has_those_of_its_descriptor);
    tcase_add_test(stream, a_call_before_the_first_segment_waits_for_its_connection);
    tcase_add_test(stream, calls_of_a_listening_socket_are_told_again_for_each_connection);
    tcase_add_test(stream, the_stream_does_not_depend_on_how_frames_are_batched);
    tcase_add_test(stream, a_call_whose_conversation_never_comes_is_told_of_none);
    tcase_add_test(stream, a_call_of_a_udp_socket_without_an_address_is_found_by_its_port_and_the_other_end);
    tcase_add_test(stream, a_call_without_an_end_is_told_with_the_row_of_its_socket);
    tcase_add_test(stream, a_closed_socket_is_told_of_no_later_row);
    tcase_add_test(stream, a_bind_that_failed_is_told_of_the_next_row_at_that_port);
    tcase_add_test(stream, a_call_without_a_frame_stands_at_its_own_time);
    tcase_add_test(stream, calls_of_the_far_end_stand_where_they_were_made);
    tcase_add_test(stream, calls_that_wait_are_bounded);
    tcase_add_test(stream, a_call_that_waits_outlives_the_moments_of_a_list_that_grows);
    tcase_add_test(checks, a_port_bound_without_htons_is_known_from_the_call);
    tcase_add_test(checks, a_connection_that_accept_never_gave_is_not_one_whose_program_is_silent);
    tcase_add_test(checks, a_udp_socket_connected_to_another_peer_is_not_nobody);
    suite_add_tcase(suite, file);
    suite_add_tcase(suite, stream);
    suite_add_tcase(suite, checks);
    return suite;
}

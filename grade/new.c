/* --new: a first rubric from a capture that deserves full marks.
 *
 * Checks are proposed for each server that the capture shows, and the rubric is graded with that very capture: what
 * does not pass is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "grade/evidence.h"
#include "grade/grade.h"

enum { SERVERS_MOST = 8, PROPOSED_MOST = 120, AT_ONCE_MOST = 8 };

struct server {
    bool tcp;
    uint16_t port;
    unsigned count;               /* connections with a complete handshake, or flows */
};

struct proposals {
    struct server servers[SERVERS_MOST];
    unsigned server_count;
    struct text begin;            /* rubric { }, selections */
    struct text checks[PROPOSED_MOST];
    unsigned count;
};

static void note_server(struct proposals *p, const struct conversation *row)
{
    bool tcp = conversation_is_tcp(row);
    uint16_t port = row->key.port[!row->client];
    if (tcp && connection_handshake(as_connection(row)) != HANDSHAKE_COMPLETE)
        return;
    for (unsigned i = 0; i < p->server_count; i++)
        if (p->servers[i].tcp == tcp && p->servers[i].port == port) {
            p->servers[i].count++;
            return;
        }
    if (p->server_count < SERVERS_MOST)
        p->servers[p->server_count++] = (struct server){ .tcp = tcp, .port = port, .count = 1 };
}

/* Checks, with @P for the port and @N for a number. */
static const char tcp_answers[] =
    "check {\n    id = \"answers-@P\", points = 1, title = \"The server answers on port @P\",\n"
    "    count = port@P { handshake = \"complete\" }, at_least = @N,\n"
    "    hint = \"Does the server run, on this port (htons!), on 0.0.0.0 rather than 127.0.0.1?\",\n}\n";
static const char tcp_at_once[] =
    "check {\n    id = \"at-once-@P\", points = 1, title = \"@N clients are answered at the same time\",\n"
    "    at_once = port@P { answered = true }, at_least = @N, needs = \"answers-@P\",\n}\n";
static const char tcp_echo[] =
    "check {\n    id = \"echo-@P\", points = 1, title = \"Every byte comes back, exactly\", needs = \"answers-@P\",\n"
    "    each = port@P { handshake = \"complete\" }, partial = true,\n    verify = function(c)\n"
    "        local at = c.stream.client:first_difference(c.stream.server)\n        if at then\n"
    "            return fail(\"byte %d: sent %s, came back %s\", at, c.stream.client:show(at), c.stream.server:show(at))\n"
    "        end\n        return pass(c.frame.last_data)\n    end,\n}\n";
static const char tcp_reply[] =
    "check {\n    id = \"reply-@P\", points = 1, title = \"Every client gets an answer\", needs = \"answers-@P\",\n"
    "    all = port@P { handshake = \"complete\" }, have = { answered = true }, partial = true,\n}\n";
static const char tcp_client_closes[] =
    "check {\n    id = \"close-@P\", points = 1, title = \"The client closes first, then the server\", "
    "needs = \"answers-@P\",\n    all = port@P { handshake = \"complete\" }, partial = true,\n"
    "    have = { ending = \"closed\", closed_by = \"client\" },\n}\n";
static const char tcp_server_closes[] =
    "check {\n    id = \"close-@P\", points = 1, title = \"The server closes first, then the client\", "
    "needs = \"answers-@P\",\n    all = port@P { handshake = \"complete\" }, partial = true,\n"
    "    have = { ending = \"closed\", closed_by = \"server\" },\n}\n";
static const char tcp_no_reset[] =
    "check {\n    id = \"no-reset-@P\", points = 1, title = \"Nobody is cut off\", needs = \"answers-@P\",\n"
    "    none = port@P { ending = \"reset\" },\n}\n";
static const char udp_datagrams[] =
    "check {\n    id = \"datagrams-@P\", points = 1, title = \"Datagrams are sent to port @P\",\n"
    "    count = udp@P, at_least = @N,\n}\n";
static const char udp_replied[] =
    "check {\n    id = \"replied-@P\", points = 1, title = \"Every sender gets a reply\", needs = \"datagrams-@P\",\n"
    "    all = udp@P, have = { status = \"replied\" }, partial = true,\n}\n";

static void propose(struct proposals *p, const char *check, unsigned port, unsigned number)
{
    if (p->count == PROPOSED_MOST)
        return;
    struct text *t = &p->checks[p->count++];
    for (const char *at = check; *at; at++) {
        if (*at == '@' && (at[1] == 'P' || at[1] == 'N'))
            text_u64(t, *++at == 'P' ? port : number);
        else
            text_char(t, *at);
    }
}

static void propose_tcp(struct proposals *p, const struct server *s)
{
    static const char *const others[] = { tcp_echo, tcp_reply, tcp_client_closes, tcp_server_closes, tcp_no_reset };
    unsigned port = s->port, most = s->count < AT_ONCE_MOST ? s->count : AT_ONCE_MOST;
    text_format(&p->begin, "local port%u = tcp { server = { port = %u } }\n", port, port);
    propose(p, tcp_answers, port, s->count);
    for (unsigned at_once = most; at_once > 1; at_once--)
        propose(p, tcp_at_once, port, at_once);
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        propose(p, others[i], port, 0);
}

static void propose_udp(struct proposals *p, const struct server *s)
{
    text_format(&p->begin, "local udp%u = udp { server = { port = %u } }\n", s->port, s->port);
    propose(p, udp_datagrams, s->port, s->count);
    propose(p, udp_replied, s->port, 0);
}

/* Only those that pass, and of the same id the first. */
static void write_passing(struct text *t, const struct proposals *p, const struct result *result)
{
    for (unsigned i = 0; i < p->count && i < result->count; i++)
        if (result->items[i].status == GRADE_PASSED) {
            text_char(t, '\n');
            text_bytes(t, p->checks[i].bytes, p->checks[i].used);
        }
}

static unsigned count_passing(const struct result *result)
{
    unsigned passing = 0;
    for (unsigned i = 0; i < result->count; i++)
        passing += result->items[i].status == GRADE_PASSED;
    return passing;
}

/* Grades the proposals one rubric each, so that several may have the same id; needs are left out. */
static bool grade_proposals(struct proposals *p, const char *capture, struct result *result, struct error *error)
{
    struct text whole = {0};
    text_bytes(&whole, p->begin.bytes, p->begin.used);
    for (unsigned i = 0; i < p->count; i++) {
        const char *check = text_ended(&p->checks[i]), *needs = strstr(check, " needs = \""), *id = strstr(check,
            "id = \"");
        size_t to_id = (size_t)(id - check) + 6;
        text_bytes(&whole, check, to_id);
        text_format(&whole, "%u-", i);
        const char *rest = check + to_id, *after = needs ? strchr(needs, ',') + 1 : NULL;
        text_bytes(&whole, rest, needs ? (size_t)(needs - rest) : strlen(rest));
        text_string(&whole, after ? after : "");
    }
    struct rubric rubric;
    struct grade_options options = { 0 };
    struct submission submission = { .name = "model", .capture = capture };
    bool well = rubric_from(&rubric, "the new rubric", whole.bytes, whole.used, error);
    if (well) {
        grade_submission(&rubric, &submission, &options, result);
        rubric_close(&rubric);
    }
    text_free(&whole);
    return well;
}

/* Of several ways to say the same (who closes first, how many at once) the first that passes. */
static void drop_doubles(const struct proposals *p, struct result *result)
{
    for (unsigned i = 0; i < p->count && i < result->count; i++)
        for (unsigned j = 0; j < i; j++) {
            const char *a = strstr(p->checks[i].bytes, "id = "), *b = strstr(p->checks[j].bytes, "id = ");
            size_t length = strcspn(a, ",");
            if (result->items[j].status == GRADE_PASSED && strncmp(a, b, length + 1) == 0)
                result->items[i].status = GRADE_SKIPPED;
        }
}

static void propose_all(struct proposals *p)
{
    text_string(&p->begin, "rubric {\n    synfin = 1,\n    title = \"A first rubric: say here what it is about\",\n"
                "    submission = { capture = \"*.pcap*\", answers = \"answers.txt\" },\n}\n\n");
    for (unsigned i = 0; i < p->server_count; i++) {
        if (p->servers[i].tcp)
            propose_tcp(p, &p->servers[i]);
        else
            propose_udp(p, &p->servers[i]);
    }
}

static void write_rubric(struct text *t, struct proposals *p, const char *capture, struct error *error)
{
    struct result result = { 0 };
    propose_all(p);
    if (p->count && grade_proposals(p, capture, &result, error) && !result.error) {
        drop_doubles(p, &result);
        text_string(t, "-- A first rubric, made from a capture that passes it: change titles, points and hints.\n\n");
        text_bytes(t, p->begin.bytes, p->begin.used);
        write_passing(t, p, &result);
    }
    if (result.error)
        error_set(error, result.error_status, "%s", result.error);
    else if (!error->text[0] && count_passing(&result) == 0)
        error_set(error, EXIT_UNREADABLE, "%.200s shows nothing that a rubric could ask for: no connection with a "
                  "whole "
                  "handshake, and no datagram.", capture);
    result_free(&result);
}

bool grade_new(struct text *t, const char *capture, struct error *error)
{
    struct evidence evidence;
    struct proposals *p = calloc(1, sizeof *p);
    error->text[0] = 0;
    if (!p) {
        error_set(error, EXIT_UNREADABLE, "There is not enough memory to begin.");
        return false;
    }
    if (evidence_read(&evidence, capture, false, error)) {
        const struct conversation *row = decoder_first(evidence.decoder);
        for (; row; row = decoder_after(evidence.decoder, row))
            note_server(p, row);
        write_rubric(t, p, capture, error);
    }
    evidence_free(&evidence);
    text_free(&p->begin);
    for (unsigned i = 0; i < p->count; i++)
        text_free(&p->checks[i]);
    free(p);
    return !error->text[0];
}

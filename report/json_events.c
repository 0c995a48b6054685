#include <string.h>

#include "report/json.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/words.h"

enum { EVENT_HEAD_MAX = 512, EVENT_SEGMENT_MAX = 2048 };

/* Bytes of the fixed TCP header that must be captured for a field to be known (RFC 9293 3.1). */
enum { KNOWN_SEQ = 8, KNOWN_ACK = 12, KNOWN_FLAGS = 14, KNOWN_WINDOW = 16 };

static char *number_or_null(char *at, bool known, uint64_t n)
{
    return known ? digits_write(at, n) : JSON_LITERAL(at, "null");
}

static char *who_write(char *at, const struct event *e, unsigned end)
{
    return json_word(at, e->of && end < NO_END ? words_side(e->of, end) : NULL);
}

/* {"event":17,"type":"tcp.segment","frame":4,"time":"..","connection":1 */
static char *head_write(char *at, const struct event *e, uint64_t number)
{
    at = JSON_LITERAL(at, "{\"event\":");
    at = digits_write(at, number);
    at = JSON_LITERAL(at, ",\"type\":");
    at = json_word(at, event_names[e->kind]);
    at = JSON_LITERAL(at, ",\"frame\":");
    at = number_or_null(at, e->frame, e->frame);
    at = JSON_LITERAL(at, ",\"time\":\"");
    at = time_write(at, e->time);
    *at++ = '"';
    bool flow = e->of && !conversation_is_tcp(e->of);
    if ((e->kind == EVENT_CALL || e->kind == EVENT_CALL_RETURNED) && (!e->of || flow))
        at = JSON_LITERAL(at, ",\"connection\":null");
    if (e->of) {
        at = flow ? JSON_LITERAL(at, ",\"flow\":") : JSON_LITERAL(at, ",\"connection\":");
        at = digits_write(at, e->of->id);
    }
    return at;
}

static char *state_word(char *at, unsigned state)
{
    return json_word(at, state == STATE_UNKNOWN ? NULL : tcp_state_names[state]);
}

static char *states_write(char *at, const struct event *e)
{
    at = JSON_LITERAL(at, ",\"state\":{\"client\":");
    at = state_word(at, e->state[e->of->client]);
    at = JSON_LITERAL(at, ",\"server\":");
    at = state_word(at, e->state[!e->of->client]);
    *at++ = '}';
    return at;
}

static char *marks_write(char *at, uint32_t marks)
{
    *at++ = '[';
    for (const char *first = at; marks; marks &= marks - 1) {
        if (at != first)
            *at++ = ',';
        at = json_word(at, mark_names[__builtin_ctz(marks)]);
    }
    *at++ = ']';
    return at;
}

static char *window_size_write(char *at, const struct connection *c, const struct unit *u)
{
    uint32_t size = 0;
    bool known = u->known >= KNOWN_WINDOW && connection_window(c, u->from, u->flags, u->window, &size);
    return number_or_null(at, known, size);
}

/* Counted from the SYN of `end`, or null without it. */
static char *relative_write(char *at, const struct connection *c, unsigned end, bool known, uint32_t number)
{
    uint32_t relative = 0;
    bool counted = words_relative_seq(c, end, number, false, &relative);
    return number_or_null(at, known && counted, relative);
}

static char *numbers_write(char *at, const struct connection *c, const struct unit *u)
{
    bool seq = u->known >= KNOWN_SEQ, ack = u->known >= KNOWN_FLAGS && u->flags & TCP_ACK;
    at = JSON_LITERAL(at, ",\"seq\":");
    at = number_or_null(at, seq, u->seq);
    at = JSON_LITERAL(at, ",\"ack\":");
    at = number_or_null(at, ack, u->ack);
    at = JSON_LITERAL(at, ",\"seq_rel\":");
    at = relative_write(at, c, u->from, seq, u->seq);
    at = JSON_LITERAL(at, ",\"ack_rel\":");
    at = relative_write(at, c, !u->from, ack, u->ack);
    at = JSON_LITERAL(at, ",\"payload\":");
    at = number_or_null(at, !(u->notes & NOTE_NO_LENGTH), u->payload_length);
    at = JSON_LITERAL(at, ",\"window\":");
    at = number_or_null(at, u->known >= KNOWN_WINDOW, u->window);
    at = JSON_LITERAL(at, ",\"window_size\":");
    return window_size_write(at, c, u);
}

static char *segment_write(char *at, const struct event *e)
{
    const struct unit *u = e->segment.unit;
    at = JSON_LITERAL(at, ",\"from\":");
    at = who_write(at, e, u->from);
    if (u->known >= KNOWN_FLAGS) {
        at = JSON_LITERAL(at, ",\"flags\":\"");
        at = words_flags_write(at, u->flags);
        *at++ = '"';
    } else {
        at = JSON_LITERAL(at, ",\"flags\":null");
    }
    at = numbers_write(at, as_connection(e->of), u);
    at = JSON_LITERAL(at, ",\"analysis\":");
    return marks_write(at, e->segment.marks);
}

static char *segment_end_write(char *at, const struct event *e)
{
    at = JSON_LITERAL(at, ",\"ack_rtt\":");
    at = e->segment.ack_rtt < 0 ? JSON_LITERAL(at, "null") : duration_write(at, e->segment.ack_rtt);
    at = JSON_LITERAL(at, ",\"bytes_in_flight\":");
    at = number_or_null(at, e->segment.bytes_in_flight >= 0, (uint64_t)e->segment.bytes_in_flight);
    at = JSON_LITERAL(at, ",\"coalesced\":");
    at = e->segment.coalesced ? JSON_LITERAL(at, "true") : JSON_LITERAL(at, "false");
    at = JSON_LITERAL(at, ",\"duplicate_of\":");
    at = number_or_null(at, e->segment.duplicate_of, e->segment.duplicate_of);
    at = states_write(at, e);
    return JSON_LITERAL(at, "}\n");
}

/* Our catalogue holds neither quotes nor backslashes (a test sees to it), so a sentence needs no escaping. */
static void reason(struct text *t, const struct event *e, const struct because *because)
{
    text_string(t, ",\"reason\":");
    if (!because->sentence) {
        text_string(t, "null");
        return;
    }
    text_char(t, '"');
    sentence_text(t, e->of, because);
    text_char(t, '"');
}

static void segment_event(struct text *t, const struct event *e, uint64_t number)
{
    char *begin = text_reserve(t, EVENT_SEGMENT_MAX);
    if (!begin)
        return;
    char *at = segment_write(head_write(begin, e, number), e);
    if (e->segment.marks != e->segment.wireshark) {
        at = JSON_LITERAL(at, ",\"wireshark\":");
        at = marks_write(at, e->segment.wireshark);
        t->used += (size_t)(at - begin);
        reason(t, e, &e->because);
        begin = at = text_reserve(t, EVENT_SEGMENT_MAX);
        if (!at)
            return;
    }
    at = segment_end_write(at, e);
    t->used += (size_t)(at - begin);
}

static void datagram_event(struct text *t, const struct event *e, uint64_t number)
{
    char *begin = text_reserve(t, EVENT_HEAD_MAX);
    if (!begin)
        return;
    char *at = head_write(begin, e, number);
    at = JSON_LITERAL(at, ",\"from\":");
    at = who_write(at, e, e->unit->from);
    at = JSON_LITERAL(at, ",\"payload\":");
    at = digits_write(at, e->unit->payload_length);
    at = JSON_LITERAL(at, "}\n");
    t->used += (size_t)(at - begin);
}

static char *moved_write(char *at, const struct event *e)
{
    at = JSON_LITERAL(at, ",\"from_state\":");
    at = state_word(at, e->moved.from);
    at = JSON_LITERAL(at, ",\"to_state\":");
    at = state_word(at, e->moved.to);
    at = JSON_LITERAL(at, ",\"arc\":");
    return json_word(at, e->moved.arc < tcp_arc_count ? tcp_arcs[e->moved.arc].label : NULL);
}

static void string_or_null(struct text *t, const char *name, const char *s)
{
    text_string(t, name);
    text_json_string(t, s);
}

/* A recorded call: its texts are from outside, so they are escaped. */
static void recorded_event(struct text *t, const struct event *e, uint64_t number)
{
    const struct true_call *call = e->call.recorded;
    char *begin = text_reserve(t, EVENT_HEAD_MAX);
    if (!begin)
        return;
    char *at = JSON_LITERAL(head_write(begin, e, number), ",\"who\":");
    at = e->of ? who_write(at, e, e->who) : json_word(at, call->who == CALLER_CLIENT ? "client" : "server");
    bool returned = e->kind == EVENT_CALL_RETURNED;
    at = returned ? JSON_LITERAL(at, ",\"made\":") : JSON_LITERAL(at, ",\"end\":");
    if (returned || call->returned) {
        *at++ = '"';
        at = time_write(at, returned ? call->time : call->end);
        *at++ = '"';
    } else {
        at = JSON_LITERAL(at, "null");
    }
    at = JSON_LITERAL(at, ",\"call\":");
    at = json_word(at, call_names[call->call]);
    t->used += (size_t)(at - begin);
    string_or_null(t, ",\"args\":", call->args);
    text_string(t, ",\"fd\":");
    if (call->fd < 0)
        text_string(t, "null");
    else
        text_i64(t, call->fd);
    string_or_null(t, ",\"result\":", call->result);
    string_or_null(t, ",\"errno\":", call->error);
    string_or_null(t, ",\"program\":", call->program);
    text_string(t, ",\"certainty\":\"true\"");
    reason(t, e, &e->because);
    text_string(t, "}\n");
}

static char *call_write(char *at, const struct event *e)
{
    at = JSON_LITERAL(at, ",\"end\":null,\"call\":");
    at = json_word(at, call_names[e->call.call]);
    at = JSON_LITERAL(at, ",\"args\":null,\"fd\":null,\"result\":null,\"errno\":null,\"bytes\":");
    bool sends = e->call.call == CALL_SEND || e->call.call == CALL_SENDTO;
    return number_or_null(at, sends, e->call.bytes);
}

/* Fields that only one kind of event has. */
static char *own_fields_write(char *at, const struct event *e)
{
    switch (e->kind) {
    case EVENT_TCP_STATE:
        return moved_write(at, e);
    case EVENT_CALL:
        return call_write(at, e);
    case EVENT_TCP_UNREACHABLE:
    case EVENT_UDP_UNREACHABLE:
        at = JSON_LITERAL(at, ",\"icmp_type\":");
        at = digits_write(at, e->unit->icmp_type);
        at = JSON_LITERAL(at, ",\"icmp_code\":");
        return digits_write(at, e->unit->icmp_code);
    case EVENT_ARP_UNANSWERED:
        at = JSON_LITERAL(at, ",\"address\":\"");
        at = address_write(at, e->address, 4);
        *at++ = '"';
        return at;
    case EVENT_FRAME_CUT:
    case EVENT_FRAME_MALFORMED:
        at = JSON_LITERAL(at, ",\"offset\":");
        return number_or_null(at, e->parsed->why, e->parsed->why_offset);
    default:
        return at;
    }
}

/* What is wrong with a frame is told by the parser, in its own words. */
static void frame_reason(struct text *t, const struct event *e)
{
    const char *why = e->parsed->why;
    text_string(t, why ? ",\"reason\":\"" : ",\"reason\":null");
    if (!why)
        return;
    text_json(t, why, strlen(why));
    text_char(t, '"');
}

static void other_event(struct text *t, const struct event *e, uint64_t number)
{
    char *begin = text_reserve(t, EVENT_SEGMENT_MAX);
    if (!begin)
        return;
    char *at = head_write(begin, e, number);
    if (e->of) {
        at = JSON_LITERAL(at, ",\"who\":");
        at = who_write(at, e, e->who);
    }
    at = own_fields_write(at, e);
    at = JSON_LITERAL(at, ",\"certainty\":");
    at = json_word(at, e->inferred ? "inferred" : "seen");
    t->used += (size_t)(at - begin);
    struct because because = e->because;
    if (e->kind == EVENT_TCP_STATE && !because.sentence && e->moved.arc < tcp_arc_count)
        because.sentence = tcp_arcs[e->moved.arc].sentence;
    if (e->kind == EVENT_FRAME_CUT || e->kind == EVENT_FRAME_MALFORMED)
        frame_reason(t, e);
    else
        reason(t, e, &because);
    const char *rfc = sentence_rfcs[because.sentence];
    if (e->kind == EVENT_TCP_STATE)
        rfc = sentence_rfc(&because, e->moved.arc);
    begin = at = text_reserve(t, EVENT_HEAD_MAX);
    if (!at)
        return;
    at = JSON_LITERAL(at, ",\"rfc\":");
    at = json_word(at, *rfc ? rfc : *event_rfcs[e->kind] ? event_rfcs[e->kind] : NULL);
    if (e->of && conversation_is_tcp(e->of))
        at = states_write(at, e);
    at = JSON_LITERAL(at, "}\n");
    t->used += (size_t)(at - begin);
}

static void on_event(void *self, const struct event *e)
{
    struct report_events *events = self;
    if (events->only && !(e->of && e->of->id == events->only))
        return;
    struct text *t = &events->out->text;
    bool call = e->kind == EVENT_CALL || e->kind == EVENT_CALL_RETURNED;
    if (call && e->call.repeated)
        return;                   /* one call is one line */
    uint64_t number = ++events->count;
    if (e->kind == EVENT_TCP_SEGMENT)
        segment_event(t, e, number);
    else if (e->kind == EVENT_UDP_DATAGRAM)
        datagram_event(t, e, number);
    else if (call && e->call.recorded)
        recorded_event(t, e, number);
    else
        other_event(t, e, number);
    output_some(events->out);
}

struct sink report_events_sink(struct report_events *events, uint32_t wants)
{
    uint32_t all = (UINT32_C(1) << EVENT_COUNT) - 1;
    return (struct sink){ .wants = wants ? wants : all, .event = on_event, .self = events };
}

enum event_kind report_event_find(const char *name)
{
    unsigned kind = 0;
    while (kind < EVENT_COUNT && strcmp(event_names[kind], name) != 0)
        kind++;
    return kind;
}

void report_event_list(struct report_output *out, const struct report_options *options)
{
    unsigned width = options->width ? options->width : 80;
    struct text *t = &out->text;
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        text_format(t, "%-18s ", event_names[kind]);
        struct text says = {0};
        text_string(&says, event_says[kind]);
        if (*event_rfcs[kind])
            text_format(&says, " (%s)", event_rfcs[kind]);
        words_wrap(t, says.bytes, says.used, 19, 19, width);
        text_free(&says);
    }
}

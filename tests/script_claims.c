/* The claims of a script, each told as the decoder sees it. */
#include <stdlib.h>
#include <string.h>

#include "tests/script_watch.h"

/* What a claim is about: a row, or the capture as a whole (row is NULL). */
struct claimed {
    const struct decoder *decoder;
    const struct conversation *row;
    const struct connection *tcp; /* NULL: not a connection */
    const struct flow *flow;      /* NULL: not a flow */
    unsigned client;              /* end */
    const char *asked;
};

static void tell_end(const struct claimed *c, unsigned end, struct text *out)
{
    text_string(out, end == BOTH_ENDS ? "both" : end == NO_END ? "none" : end == c->client ? "client" : "server");
}

static void tell_two(uint64_t client, uint64_t server, struct text *out)
{
    text_format(out, "%llu %llu", (unsigned long long)client, (unsigned long long)server);
}

static void tell_connection(const struct claimed *c, enum script_subject subject, struct text *out)
{
    const struct connection *tcp = c->tcp;
    const struct peer *client = &tcp->peer[c->client], *server = &tcp->peer[!c->client];
    char word[64] = "";
    if (subject == CLAIM_HANDSHAKE)
        text_string(out, handshake_names[connection_handshake(tcp)]);
    else if (subject == CLAIM_ENDING)
        text_string(out, ending_names[connection_ending(tcp)]);
    else if (subject == CLAIM_OPENED_BY)
        tell_end(c, connection_opened_by(tcp), out);
    else if (subject == CLAIM_CLOSED_BY)
        tell_end(c, connection_closed_by(tcp), out);
    else if (subject == CLAIM_SXFY)
        connection_sxfy(tcp, word);
    else if (subject == CLAIM_COMPLETENESS)
        text_format(out, "%u", tcp->completeness);
    else if (subject == CLAIM_STATES)
        text_format(out, "%s %s", tcp_state_names[client->state], tcp_state_names[server->state]);
    else if (subject == CLAIM_STREAM)
        tell_two(client->stream_bytes, server->stream_bytes, out);
    else if (subject == CLAIM_RTT_SAMPLES)
        tell_two(client->rtt_samples, server->rtt_samples, out);
    text_string(out, word);
}

static void tell_path(const struct claimed *c, struct text *out)
{
    bool of_client = strncmp(c->asked, "client", 6) == 0;
    const struct peer *peer = &c->tcp->peer[of_client ? c->client : !c->client];
    text_string(out, of_client ? "client" : "server");
    for (unsigned i = 0; i < peer->path_length; i++)
        text_format(out, " %s", tcp_state_names[peer_path(peer, i)]);
}

/* The call that is asked for, where it is among them; else all of them. */
static void tell_call(const struct claimed *c, struct text *out)
{
    struct inferred_call calls[CONNECTION_CALLS_MAX];
    unsigned count = connection_calls(c->tcp, calls);
    struct text all = {0};
    bool found = false;
    for (unsigned i = 0; i < count; i++) {
        struct text one = {0};
        tell_end(c, calls[i].who, &one);
        text_format(&one, " %s", call_names[calls[i].call]);
        found |= one.used == strlen(c->asked) && memcmp(one.bytes, c->asked, one.used) == 0;
        text_string(&all, i ? ", " : "");
        text_bytes(&all, one.bytes, one.used);
        text_free(&one);
    }
    if (found)
        text_string(out, c->asked);
    else
        text_bytes(out, all.bytes, all.used);
    text_free(&all);
}

static uint32_t checks_asked(const char *asked)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        size_t length = strlen(check_names[i]);
        for (const char *at = asked; (at = strstr(at, check_names[i])); at += length)
            if ((at == asked || at[-1] == ' ') && (at[length] == 0 || at[length] == ' '))
                mask |= 1u << i;
    }
    return mask;
}

static void tell_checks(const struct claimed *c, struct text *out)
{
    uint32_t mask = c->row ? decoder_check(c->decoder, c->row) : decoder_check_capture(c->decoder);
    if (mask && mask == checks_asked(c->asked)) {
        text_string(out, c->asked);
        return;
    }
    for (unsigned i = 0, told = 0; i < CHECK_COUNT; i++)
        if (mask >> i & 1)
            text_format(out, "%s%s", told++ ? " " : "", check_names[i]);
    if (!mask)
        text_string(out, "none");
}

/* NAME N */
static void tell_total(const struct claimed *c, struct text *out)
{
    const struct totals t = decoder_totals(c->decoder);
    const struct { const char *name; uint64_t value; } totals[] = {
        { "frames", t.frames }, { "tcp_segments", t.tcp_segments }, { "udp_datagrams", t.udp_datagrams },
        { "connections", t.connections }, { "flows", t.flows }, { "other", t.other }, { "cut_frames", t.cut_frames },
        { "malformed", t.malformed }, { "fragments", t.fragments }, { "bad_checksum", t.bad_checksum },
        { "duplicates", t.duplicates }, { "arp_unanswered", t.arp_unanswered },
    };
    size_t length = strcspn(c->asked, " ");
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        if (strlen(totals[i].name) == length && memcmp(totals[i].name, c->asked, length) == 0)
            text_format(out, "%s %llu", totals[i].name, (unsigned long long)totals[i].value);
}

static void tell_flow(const struct claimed *c, enum script_subject subject, struct text *out)
{
    if (subject == CLAIM_STATUS)
        text_string(out, flow_status_names[flow_status(c->flow)]);
    else if (subject == CLAIM_EXCHANGES)
        text_format(out, "%u", c->flow->exchanges);
}

static void tell_zeek(const struct claimed *c, enum script_subject subject, struct text *out)
{
    char state[ZEEK_STATE_MAX] = "", history[ZEEK_HISTORY_MAX] = "";
    if (c->tcp) {
        zeek_conn_state(c->tcp, state);
        zeek_history(c->tcp, history);
    } else {
        zeek_flow_state(c->flow, state);
        zeek_flow_history(c->flow, history);
    }
    text_string(out, subject == CLAIM_HISTORY ? history : state);
}

static void tell_row(const struct claimed *c, enum script_subject subject, struct text *out)
{
    const struct conversation *row = c->row;
    switch (subject) {
    case CLAIM_CONN_STATE:
    case CLAIM_HISTORY:
        tell_zeek(c, subject, out);
        break;
    case CLAIM_SEGMENTS:
    case CLAIM_DATAGRAMS:
        tell_two(row->units[c->client], row->units[!c->client], out);
        break;
    case CLAIM_PAYLOAD:
        tell_two(row->payload_bytes[c->client], row->payload_bytes[!c->client], out);
        break;
    case CLAIM_PATH:
    case CLAIM_CALL:
        if (c->tcp && subject == CLAIM_PATH)
            tell_path(c, out);
        else if (c->tcp)
            tell_call(c, out);
        break;
    default:
        if (c->tcp)
            tell_connection(c, subject, out);
        else
            tell_flow(c, subject, out);
    }
}

void watch_claim(const struct watch *watch, const struct script_claim *claim, struct text *actual)
{
    struct claimed c = { .decoder = watch->decoder, .asked = claim->value };
    if (claim->conversation != SCRIPT_CAPTURE) {
        c.row = watch_row(watch, claim->conversation);
        if (!c.row) {
            text_string(actual, "no such conversation");
            return;
        }
        c.client = script_client_end(&watch->script->conversations[claim->conversation]);
        c.tcp = conversation_is_tcp(c.row) ? as_connection(c.row) : NULL;
        c.flow = c.tcp ? NULL : as_flow(c.row);
    }
    if (claim->subject == CLAIM_CHECK)
        tell_checks(&c, actual);
    else if (claim->subject == CLAIM_TOTAL)
        tell_total(&c, actual);
    else if (c.row)
        tell_row(&c, claim->subject, actual);
}

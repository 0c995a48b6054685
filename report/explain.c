/* The story of one connection or flow: who and when, what came of it, the ladder, then step by step why. */
#include <stdio.h>
#include <string.h>

#include "report/export.h"
#include "report/fields.h"
#include "report/ladder_words.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/story.h"
#include "report/why.h"
#include "report/words.h"

enum { NAME_WIDTH = 13, LEAST_WIDTH = 76 };

/* --- heading and verdicts --- */

/* What is around it: tunnels, the flow that carries it, a VLAN. */
static void around_item(struct teller *k)
{
    const struct conversation *of = k->row.of;
    struct text s = {0};
    for (unsigned i = 0; i < of->tunnels && i < UNIT_TUNNELS; i++)
        text_format(&s, "%s%s", i ? ", " : "tunnel ", tunnel_names[of->tunnel[i]]);
    if (of->within)
        text_format(&s, "%scarried by %u", s.used ? ", " : "", of->within);
    if (of->vlan != VLAN_NONE)
        text_format(&s, "%sVLAN %u", s.used ? ", " : "", of->vlan);
    if (s.used)
        teller_item(k, "inside", NAME_WIDTH, &s);
}

static void heading(struct teller *k, const struct report_source *source)
{
    const struct conversation *of = k->row.of;
    unsigned client = k->row.end[CLIENT], server = k->row.end[SERVER];
    bool tcp = k->row.tcp;
    struct text s = {0};
    text_format(k->t, tcp ? "Connection %u (TCP) of " : "Flow %u (UDP) of ", of->id);
    text_harmless(k->t, source->name, strlen(source->name));
    text_char(k->t, '\n');
    words_endpoint(&s, &of->key, client);
    if (tcp && connection_opened_by(k->row.tcp) == NO_END)
        text_string(&s, "  (a guess: the opening is not in the capture)");
    teller_item(k, "client", NAME_WIDTH, &s);
    words_endpoint(&s, &of->key, server);
    teller_item(k, "server", NAME_WIDTH, &s);
    around_item(k);
    words_date(&s, of->first_time);
    text_format(&s, ", frame %u; ", of->first_frame);
    words_duration(&s, of->last_time - of->first_time);
    text_format(&s, " until frame %u", of->last_frame);
    teller_item(k, "began", NAME_WIDTH, &s);
    words_count(&s, of->units[client], tcp ? "segment" : "datagram", tcp ? "segments" : "datagrams");
    text_string(&s, " with ");
    words_count(&s, of->payload_bytes[client], "byte", "bytes");
    text_string(&s, " from the client, ");
    words_count(&s, of->units[server], tcp ? "segment" : "datagram", tcp ? "segments" : "datagrams");
    text_string(&s, " with ");
    words_count(&s, of->payload_bytes[server], "byte", "bytes");
    text_string(&s, " from the server");
    teller_item(k, "carried", NAME_WIDTH, &s);
    if (tcp && connection_initial_rtt(k->row.tcp) >= 0) {
        words_duration(&s, connection_initial_rtt(k->row.tcp));
        text_string(&s, ": the handshake, measured where it was captured");
        teller_item(k, "round trip", NAME_WIDTH, &s);
    }
    words_outcome(&s, of);
    teller_item(k, "outcome", NAME_WIDTH, &s);
}

static void state_item(struct teller *k, const char *whose, enum tcp_state state)
{
    struct text s = {0};
    text_format(&s, "%s at the end of the capture. %s", tcp_state_names[state], words_state(state));
    teller_item(k, whose, NAME_WIDTH, &s);
}

/* A connect() that was recorded to have failed; NULL: none was. */
static const struct true_call *failed_connect(const struct teller *k)
{
    struct told_call calls[CALLS_OF_ROW];
    unsigned count = decoder_calls(k->row.decoder, k->row.of, calls);
    for (unsigned i = 0; i < count; i++) {
        const struct true_call *call = calls[i].call;
        bool failed = call->call == CALL_CONNECT && call->error && strcmp(call->error, "EINPROGRESS") != 0;
        if (failed && calls[i].who == k->row.end[CLIENT])
            return call;
    }
    return NULL;
}

/* What no segment tells, a recorded call may. */
static void client_item(struct teller *k, enum tcp_state state)
{
    const struct true_call *call = state == STATE_SYN_SENT ? failed_connect(k) : NULL;
    struct text s = {0};
    if (!call) {
        state_item(k, "client's end", state);
        return;
    }
    text_format(&s, "%s as far as segments tell. But connect() failed with %s: its kernel has given up, and the end is "
                "CLOSED.", tcp_state_names[state], call->error);
    teller_item(k, "client's end", NAME_WIDTH, &s);
}

static void states_items(struct teller *k)
{
    enum tcp_state client = k->row.tcp->peer[k->row.end[CLIENT]].state;
    enum tcp_state server = k->row.tcp->peer[k->row.end[SERVER]].state;
    if (client == server) {
        state_item(k, "both ends", client);
        return;
    }
    client_item(k, client);
    if (handshake_unheard(connection_handshake(k->row.tcp))) {
        struct text s = {0};
        text_string(&s, "Not known: no segment of it was captured. It may not exist.");
        teller_item(k, "server's end", NAME_WIDTH, &s);
    } else {
        state_item(k, "server's end", server);
    }
}

static void sxfy_item(struct teller *k)
{
    struct text s = {0};
    unsigned syns = 0, fins = 0;
    connection_sxfy(k->row.tcp, k->row.sxfy);
    sscanf(k->row.sxfy, "S%uF%u", &syns, &fins);
    text_format(&s, "%s: ", k->row.sxfy);
    words_count(&s, syns, "SYN", "SYNs");
    text_string(&s, " (a SYN,ACK counts as one), ");
    words_count(&s, fins, "FIN", "FINs");
    text_string(&s, strchr(k->row.sxfy, 'R') ? ", and a RST" : "");
    teller_item(k, "SxFy", NAME_WIDTH, &s);
}

static void history_words(struct text *s, const char *history)
{
    text_format(s, "%s (Zeek): in order,", history);
    bool known[128] = { false };
    for (const char *at = history; *at; at++) {
        unsigned char letter = (unsigned char)*at;
        const char *means = words_history_letter(*at);
        if (letter >= 128 || known[letter] || !means)
            continue;
        text_format(s, "%s %c %s", at == history ? "" : ",", *at, means);
        known[letter] = true;
    }
    text_string(s, "; capitals are the originator's");
}

static void verdicts(struct teller *k)
{
    struct text s = {0};
    struct row *row = &k->row;
    text_string(k->t, "\nWhat came of it\n");
    if (row->tcp) {
        states_items(k);
        text_format(&s, "%u (Wireshark): ", row->tcp->completeness);
        words_completeness(&s, row->tcp->completeness);
        teller_item(k, "completeness", NAME_WIDTH, &s);
        zeek_conn_state(row->tcp, row->conn_state);
        zeek_history(row->tcp, row->history);
    } else {
        zeek_flow_state(row->udp, row->conn_state);
        zeek_flow_history(row->udp, row->history);
    }
    const char *means = words_conn_state(row->conn_state);
    if (row->udp)
        text_format(&s, "%s (Zeek)", row->conn_state);
    else
        text_format(&s, "%s (Zeek)%s%s", row->conn_state, means ? ": " : "", means ? means : "");
    teller_item(k, "conn_state", NAME_WIDTH, &s);
    history_words(&s, row->history);
    teller_item(k, "history", NAME_WIDTH, &s);
    if (row->tcp)
        sxfy_item(k);
}

/* --- the ladder --- */

static void legend(struct teller *k, const struct ladder *ladder)
{
    bool any = false;
    for (unsigned i = 0; i < ladder_sign_count; i++) {
        if (!(ladder->used & ladder_signs[i].used))
            continue;
        text_string(k->t, any ? "" : "\n");
        any = true;
        struct text s = {0};
        text_string(&s, ladder_signs[i].means);
        teller_item(k, ladder_signs[i].sign, STEP_WIDTH, &s);
    }
}

static bool ladder_part(struct teller *k, const struct scenes *scenes)
{
    struct ladder ladder;
    if (!ladder_make(&ladder, k->row.of, k->story, scenes, k->width))
        return false;
    text_char(k->t, '\n');
    ladder_text(k->t, &ladder, k->ascii);
    legend(k, &ladder);
    ladder_free(&ladder);
    return true;
}

/* --- step by step --- */

static void steps_text(struct teller *k, const struct scenes *scenes, struct report_output *out)
{
    uint64_t untold = k->story->dropped;
    text_string(k->t, "\nStep by step\n");
    for (size_t i = 0; i < scenes->count && output_some(out); i++) {
        const struct scene *scene = &scenes->scenes[i];
        if (scene->call)
            continue;             /* told with its frame */
        if (!scene->telling) {
            untold += scene->unit != NULL;
            continue;
        }
        text_char(k->t, '\n');
        struct text heading = { 0 };
        why_heading(k, scene, &heading);
        words_wrap(k->t, heading.bytes, heading.used, 0, 2, k->width);
        text_free(&heading);
        why_steps(k, scene);
    }
    if (!untold)
        return;
    struct text s = {0};
    text_string(&s, "Of ");
    if (k->row.tcp)
        words_count(&s, untold, "other segment", "other segments");
    else
        words_count(&s, untold, "other datagram", "other datagrams");
    text_string(&s, " there is nothing new to say.");
    text_char(k->t, '\n');
    words_wrap(k->t, s.bytes, s.used, 0, 0, k->width);
    text_free(&s);
}

/* --- what to check --- */

static void checks_text(struct teller *k)
{
    uint32_t checks = decoder_check(k->row.decoder, k->row.of);
    if (checks)
        text_string(k->t, "\nWhat to check\n");
    for (; checks; checks &= checks - 1) {
        unsigned check = (unsigned)__builtin_ctz(checks);
        struct text evidence = { 0 };
        words_check(&evidence, k->row.of, check);
        text_string(k->t, "  ");
        words_wrap(k->t, evidence.bytes, evidence.used, 2, 2, k->width);
        text_free(&evidence);
        text_string(k->t, "    ");
        words_wrap(k->t, check_advice[check], strlen(check_advice[check]), 4, 4, k->width);
    }
}

bool report_explain(struct report_output *out, const struct decoder *decoder, const struct story *story,
                    const struct report_options *options, const struct report_source *source, struct error *error)
{
    const struct conversation *of = decoder_find(decoder, story->id);
    if (!of) {
        struct totals totals = decoder_totals(decoder);
        uint64_t rows = totals.connections + totals.flows;
        if (story_count(story))
            error_set(error, EXIT_USAGE,
                      "Connection %u was given up early, to make room: --max-connections gives more.", story->id);
        else if (rows)
            error_set(error, EXIT_USAGE, "There is no connection or flow %u in this capture; it has 1 to %llu. "
                      "`synfin report` lists them.", story->id, (unsigned long long)rows);
        else
            error_set(error, EXIT_USAGE, "There is no connection and no flow in this capture%s%s",
                      source->filtered ? " that passes the filter." : ". ",
                      source->filtered ? "" : check_advice[CHECK_INDEX_NO_PROGRAM_FRAMES]);
        return false;
    }
    struct scenes scenes;
    struct teller k = { .t = &out->text, .story = story, .ascii = options->ascii,
                        .scenes = &scenes,
                        .width = options->width < LEAST_WIDTH ? 80 : options->width > 120 ? 120 : options->width };
    row_bind(&k.row, decoder, of);
    heading(&k, source);
    if (!scenes_make(&scenes, story, options->all) || !ladder_part(&k, &scenes)) {
        error_set(error, EXIT_UNREADABLE, "There is not enough memory for the story of %u.", story->id);
        scenes_free(&scenes);
        return false;
    }
    verdicts(&k);
    steps_text(&k, &scenes, out);
    scenes_free(&scenes);
    checks_text(&k);
    return true;
}

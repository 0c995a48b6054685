/* The story of one connection or flow: who and when, what came of it, the ladder, then step by step why. */
#include <stdio.h>
#include <string.h>

#include "report/export.h"
#include "report/fields.h"
#include "report/ladder_words.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/story.h"
#include "report/words.h"

enum { NAME_WIDTH = 13, STEP_WIDTH = 9, LEAST_WIDTH = 76 };

struct teller {
    struct text *t;
    const struct story *story;
    struct row row;
    unsigned width;
    bool ascii;
    bool send_told[2];            /* by end: its first send() */
};

/* "  name         words ...", broken below the words. Frees them. */
static void item(struct teller *k, const char *name, unsigned name_width, struct text *words)
{
    text_format(k->t, "  %-*s", (int)name_width, name);
    words_wrap(k->t, words->bytes, words->used, 2 + name_width, 2 + name_width, k->width);
    text_free(words);
}

static void sentence_of(struct text *s, const struct teller *k, const struct because *because, const char *rfc)
{
    sentence_text(s, k->row.of, because);
    if (!rfc || !*rfc)
        rfc = sentence_rfcs[because->sentence];
    if (*rfc)
        text_format(s, " [%s]", rfc);
}

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
        item(k, "inside", NAME_WIDTH, &s);
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
    item(k, "client", NAME_WIDTH, &s);
    words_endpoint(&s, &of->key, server);
    item(k, "server", NAME_WIDTH, &s);
    around_item(k);
    words_date(&s, of->first_time);
    text_format(&s, ", frame %u; ", of->first_frame);
    words_duration(&s, of->last_time - of->first_time);
    text_format(&s, " until frame %u", of->last_frame);
    item(k, "began", NAME_WIDTH, &s);
    words_count(&s, of->units[client], tcp ? "segment" : "datagram", tcp ? "segments" : "datagrams");
    text_string(&s, " with ");
    words_count(&s, of->payload_bytes[client], "byte", "bytes");
    text_string(&s, " from the client, ");
    words_count(&s, of->units[server], tcp ? "segment" : "datagram", tcp ? "segments" : "datagrams");
    text_string(&s, " with ");
    words_count(&s, of->payload_bytes[server], "byte", "bytes");
    text_string(&s, " from the server");
    item(k, "carried", NAME_WIDTH, &s);
    if (tcp && connection_initial_rtt(k->row.tcp) >= 0) {
        words_duration(&s, connection_initial_rtt(k->row.tcp));
        text_string(&s, ": the handshake, measured where it was captured");
        item(k, "round trip", NAME_WIDTH, &s);
    }
    words_outcome(&s, of);
    item(k, "outcome", NAME_WIDTH, &s);
}

static void state_item(struct teller *k, const char *whose, enum tcp_state state)
{
    struct text s = {0};
    text_format(&s, "%s at the end of the capture. %s", tcp_state_names[state], words_state(state));
    item(k, whose, NAME_WIDTH, &s);
}

static void states_items(struct teller *k)
{
    enum tcp_state client = k->row.tcp->peer[k->row.end[CLIENT]].state;
    enum tcp_state server = k->row.tcp->peer[k->row.end[SERVER]].state;
    if (client == server) {
        state_item(k, "both ends", client);
        return;
    }
    state_item(k, "client's end", client);
    if (handshake_unheard(connection_handshake(k->row.tcp))) {
        struct text s = {0};
        text_string(&s, "Not known: no segment of it was captured. It may not exist.");
        item(k, "server's end", NAME_WIDTH, &s);
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
    item(k, "SxFy", NAME_WIDTH, &s);
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
        item(k, "completeness", NAME_WIDTH, &s);
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
    item(k, "conn_state", NAME_WIDTH, &s);
    history_words(&s, row->history);
    item(k, "history", NAME_WIDTH, &s);
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
        item(k, ladder_signs[i].sign, STEP_WIDTH, &s);
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

static void segment_words(struct text *s, const struct teller *k, const struct step *unit)
{
    const struct connection *c = k->row.tcp;
    uint32_t relative;
    text_format(s, "the %s sends ", words_side(k->row.of, unit->who));
    if (unit->segment.known < 14)
        text_string(s, "a segment whose header was cut off");
    else if (unit->segment.flags)
        words_flags(s, unit->segment.flags);
    else
        text_string(s, "a segment without flags");
    if (words_relative_seq(c, unit->who, unit->segment.seq, !(unit->segment.flags & TCP_RST), &relative))
        text_format(s, " seq=%u", relative);
    if (unit->segment.flags & TCP_ACK && words_relative_seq(c, !unit->who, unit->segment.ack, true, &relative))
        text_format(s, " ack=%u", relative);
    if (unit->segment.payload)
        text_format(s, " len=%u", unit->segment.payload);
    if (unit->segment.coalesced)
        text_string(s, " (more than the MSS: several segments, captured before the device cut them apart)");
}

static void scene_heading(struct teller *k, const struct scene *scene)
{
    const struct step *first = story_step(k->story, scene->first);
    struct text s = {0};
    text_char(k->t, '\n');
    if (first->frame)
        text_format(&s, "frame %u, ", first->frame);
    words_duration(&s, first->time - k->row.of->first_time);
    text_string(&s, ": ");
    if (scene->icmp && !scene->unit)
        text_format(&s, "an ICMP error (type %u, code %u) comes back", scene->icmp->icmp.type, scene->icmp->icmp.code);
    else if (!scene->unit)
        text_string(&s, "time passes");
    else if (scene->unit->kind == EVENT_TCP_SEGMENT)
        segment_words(&s, k, scene->unit);
    else
        text_format(&s, "the %s sends a datagram of %u bytes", words_side(k->row.of, scene->unit->who),
                    scene->unit->datagram.payload);
    words_wrap(k->t, s.bytes, s.used, 0, 2, k->width);
    text_free(&s);
}

static void move_item(struct teller *k, const struct step *step)
{
    struct text s = {0};
    const struct arc *arc = step->moved.arc < tcp_arc_count ? &tcp_arcs[step->moved.arc] : NULL;
    struct because because = step->because;
    if (!because.sentence && arc)
        because.sentence = arc->sentence;
    text_format(&s, "%s to %s", tcp_state_names[step->moved.from], tcp_state_names[step->moved.to]);
    text_string(&s, step->inferred ? " (inferred). " : ". ");
    sentence_of(&s, k, &because, arc ? arc->rfc : NULL);
    item(k, words_side(k->row.of, step->who), STEP_WIDTH, &s);
}

static void marks_words(struct text *s, uint32_t marks)
{
    text_string(s, marks ? "" : "nothing");
    for (bool any = false; marks; marks &= marks - 1, any = true) {
        text_string(s, any ? ", " : "");
        text_string(s, mark_names[__builtin_ctz(marks)]);
    }
}

static void marks_item(struct teller *k, const struct scene *scene, const struct step *unit)
{
    struct text s = {0};
    bool plain = !unit->segment.marks && !unit->segment.wireshark && !unit->segment.duplicate_of;
    bool told = scene->refused && scene->refused->because.sentence == unit->because.sentence;
    if (plain && (told || !unit->because.sentence))
        return;
    if (unit->segment.duplicate_of)
        text_string(&s, "captured twice");
    else if (unit->segment.marks || unit->segment.wireshark)
        marks_words(&s, unit->segment.marks);
    if (unit->segment.marks != unit->segment.wireshark) {
        text_string(&s, " (Wireshark: ");
        marks_words(&s, unit->segment.wireshark);
        text_char(&s, ')');
    }
    text_string(&s, s.used ? ". " : "");
    if (unit->because.sentence)
        sentence_of(&s, k, &unit->because, NULL);
    else
        for (uint32_t marks = unit->segment.marks; marks; marks &= marks - 1) {
            text_string(&s, mark_sentences[__builtin_ctz(marks)]);
            text_char(&s, ' ');
        }
    item(k, "mark", STEP_WIDTH, &s);
}

/* The reason of an arc tells the call behind it, and a RST that ends a connection is told by the arcs it causes. */
static bool told_by_move(const struct teller *k, const struct scene *scene, const struct step *step)
{
    static const uint8_t move_to[CALL_COUNT][2] = {
        [CALL_CONNECT] = { STATE_SYN_SENT }, [CALL_LISTEN] = { STATE_LISTEN }, [CALL_CLOSE] = { STATE_CLOSED },
        [CALL_CLOSE_OR_SHUTDOWN] = { STATE_FIN_WAIT_1, STATE_LAST_ACK },
    };
    if (step->kind != EVENT_CALL && step->kind != EVENT_TCP_RESET)
        return false;
    size_t from = 0;
    for (const struct step *move; (move = scene_step(k->story, scene, EVENT_TCP_STATE, &from));) {
        if (step->kind == EVENT_TCP_RESET)
            return true;
        const uint8_t *to = move_to[step->call.call];
        if (move->who == step->who && move->moved.to && (move->moved.to == to[0] || move->moved.to == to[1]))
            return true;
    }
    return false;
}

static void step_item(struct teller *k, const struct scene *scene, const struct step *step)
{
    static const char *const names[EVENT_COUNT] = {
        [EVENT_TCP_OPENED] = "begins", [EVENT_TCP_ESTABLISHED] = "open", [EVENT_TCP_REFUSED_SEGMENT] = "ignored",
        [EVENT_TCP_CLOSED] = "closed", [EVENT_TCP_RESET] = "reset", [EVENT_TCP_UNREACHABLE] = "ICMP",
        [EVENT_TCP_GIVEN_UP] = "given up", [EVENT_CALL] = "call", [EVENT_UDP_REPLIED] = "reply",
        [EVENT_UDP_UNREACHABLE] = "ICMP", [EVENT_UDP_EXPIRED] = "expired", [EVENT_UDP_GIVEN_UP] = "given up",
    };
    struct text s = {0};
    bool send = step->kind == EVENT_CALL && (step->call.call == CALL_SEND || step->call.call == CALL_SENDTO);
    if (told_by_move(k, scene, step) || (send && k->send_told[step->who & 1]))
        return;
    if (send)
        k->send_told[step->who & 1] = true;
    if (step->kind == EVENT_TCP_STATE) {
        move_item(k, step);
    } else if (step->kind == EVENT_TCP_SEGMENT) {
        marks_item(k, scene, step);
    } else if (names[step->kind] && step->because.sentence) {
        sentence_of(&s, k, &step->because, NULL);
        item(k, names[step->kind], STEP_WIDTH, &s);
    }
}

static void steps_text(struct teller *k, const struct scenes *scenes, struct report_output *out)
{
    uint64_t untold = k->story->dropped;
    text_string(k->t, "\nStep by step\n");
    for (size_t i = 0; i < scenes->count && output_some(out); i++) {
        const struct scene *scene = &scenes->scenes[i];
        if (!scene->telling) {
            untold += scene->unit != NULL;
            continue;
        }
        scene_heading(k, scene);
        for (size_t j = 0; j < scene->count; j++)
            step_item(k, scene, story_step(k->story, scene->first + j));
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
        text_string(k->t, "  ");
        words_wrap(k->t, check_evidence[check], strlen(check_evidence[check]), 2, 2, k->width);
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
    struct teller k = { .t = &out->text, .story = story, .ascii = options->ascii,
                        .width = options->width < LEAST_WIDTH ? 80 : options->width > 120 ? 120 : options->width };
    row_bind(&k.row, decoder, of);
    heading(&k, source);
    struct scenes scenes;
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

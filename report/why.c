#include "report/why.h"

#include <string.h>

#include "report/anatomy.h"
#include "report/call_words.h"
#include "report/sentence.h"
#include "report/words.h"

enum { CALLS_AROUND = 64 };

void teller_item(struct teller *k, const char *name, unsigned name_width, struct text *words)
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

/* --- one scene --- */

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

void why_heading(const struct teller *k, const struct scene *scene, struct text *words)
{
    const struct step *first = story_step(k->story, scene->first);
    struct text s = *words;
    if (first->frame)
        text_format(&s, "frame %u, ", first->frame);
    words_duration(&s, first->time - k->row.of->first_time);
    text_string(&s, ": ");
    if (scene->icmp && !scene->unit) {
        const char *code = anatomy_icmp_code(k->row.of->key.version, scene->icmp->icmp.type, scene->icmp->icmp.code);
        text_format(&s, "an ICMP error comes back: %s%s(type %u, code %u)", code, *code ? " " : "",
                    scene->icmp->icmp.type, scene->icmp->icmp.code);
    } else if (!scene->unit) {
        text_string(&s, "time passes");
    } else if (scene->unit->kind == EVENT_TCP_SEGMENT) {
        segment_words(&s, k, scene->unit);
    } else {
        text_format(&s, "the %s sends a datagram of %u bytes", words_side(k->row.of, scene->unit->who),
                    scene->unit->datagram.payload);
    }
    *words = s;
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
    sentence_of(&s, k, &because, sentence_rfc(&because, step->moved.arc));
    teller_item(k, words_side(k->row.of, step->who), STEP_WIDTH, &s);
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
    teller_item(k, "mark", STEP_WIDTH, &s);
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
        [EVENT_TCP_OPENED] = "begins", [EVENT_ARP_ANSWERED] = "ARP",
        [EVENT_TCP_ESTABLISHED] = "open", [EVENT_TCP_REFUSED_SEGMENT] = "ignored", [EVENT_TCP_CLOSED] = "closed",
        [EVENT_TCP_RESET] = "reset", [EVENT_TCP_UNREACHABLE] = "ICMP", [EVENT_TCP_GIVEN_UP] = "given up",
        [EVENT_CALL] = "call", [EVENT_UDP_REPLIED] = "reply", [EVENT_UDP_UNREACHABLE] = "ICMP",
        [EVENT_UDP_EXPIRED] = "expired", [EVENT_UDP_GIVEN_UP] = "given up",
    };
    struct text s = {0};
    if (step->kind == EVENT_CALL && k->scenes && scenes_call_known(k->scenes, step))
        return;                   /* the recorded call is told instead */
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
        teller_item(k, names[step->kind], STEP_WIDTH, &s);
    }
}

/* A segment that changes nothing still says something: what it carries, and what it acknowledges. */
static void plain_item(struct teller *k, const struct step *unit)
{
    struct text s = {0};
    uint32_t relative;
    const struct connection *c = k->row.tcp;
    if (!c || unit->kind != EVENT_TCP_SEGMENT || unit->segment.flags & (TCP_SYN | TCP_RST))
        return;
    const char *sender = words_side(k->row.of, unit->who), *other = words_side(k->row.of, !unit->who);
    if (unit->segment.payload && words_relative_seq(c, unit->who, unit->segment.seq, true, &relative)) {
        text_format(&s, "Bytes %u to %u of what the %s sends.", relative, relative + unit->segment.payload - 1, sender);
        if (unit->segment.flags & TCP_PSH)
            text_string(&s, " PSH: mostly the end of what one send() gave, but more may be waiting.");
        text_string(&s, " [RFC 9293 3.9.1.2]");
        teller_item(k, "data", STEP_WIDTH, &s);
    }
    if (unit->segment.flags & TCP_ACK && words_relative_seq(c, !unit->who, unit->segment.ack, true, &relative)) {
        text_format(&s, "The %s's kernel has everything before byte %u", sender, relative);
        if (unit->segment.ack_rtt >= 0) {
            text_string(&s, ", acknowledged ");
            words_duration(&s, unit->segment.ack_rtt);
            text_string(&s, " after it was sent");
        }
        text_format(&s, ". Whether its program has called recv() the %s cannot know. [RFC 9293 3.4]", other);
        teller_item(k, "ACK", STEP_WIDTH, &s);
    }
}

/* alone: it is beside this frame for want of one of its own, and its time is told. */
static void recorded_item(struct teller *k, const struct step *step, bool returned, bool alone)
{
    struct text s = {0};
    const struct true_call *call = step->call.recorded;
    uint32_t bit = UINT32_C(1) << call->call;
    if (call_is_frequent(call->call) && !k->plain && (k->call_told[step->who] & bit) && !call->error &&
        !(returned && call_says_end(call)))
        return;
    k->call_told[step->who] |= bit;
    nanoseconds after = step->time - k->row.of->first_time;
    if (alone) {
        text_string(&s, after < 0 ? "" : "At ");
        words_duration(&s, after < 0 ? -after : after);
        text_string(&s, after < 0 ? " before the first frame: the " : ": the ");
    } else {
        text_string(&s, "The ");
    }
    text_format(&s, "%s's ", words_side(k->row.of, step->who));
    call_sentence(&s, call, returned);
    teller_item(k, "call", STEP_WIDTH, &s);
}

/* The recorded calls beside a frame: those made before its own steps, those that return after them. */
static void recorded_items(struct teller *k, const struct scene *scene, bool after)
{
    const struct scenes *s = k->scenes;
    if (!s || !(s->recorded[0] || s->recorded[1]) || scene->call)
        return;
    size_t home = (size_t)(scene - s->scenes), from = home > CALLS_AROUND ? home - CALLS_AROUND : 0;
    for (size_t i = from; i < s->count && i < home + CALLS_AROUND; i++) {
        const struct step *step = s->scenes[i].call;
        enum call_part part = step && step->who < NO_END ? scenes_call_part(k->story, step) : CALL_NOT_TOLD;
        if (part == CALL_NOT_TOLD || scenes_call_home(s, k->story, i) != home)
            continue;
        if ((i > home) == after)
            recorded_item(k, step, part != CALL_MADE && story_returned(k->story, step->call.recorded),
                          scenes_call_alone(s, k->story, i, home));
    }
}

void why_steps(struct teller *k, const struct scene *scene)
{
    size_t before = k->t->used;
    recorded_items(k, scene, false);
    for (size_t i = 0; i < scene->count; i++)
        step_item(k, scene, story_step(k->story, scene->first + i));
    recorded_items(k, scene, true);
    if (k->plain && k->t->used == before && scene->unit)
        plain_item(k, scene->unit);
}

/* --- a row as a whole --- */

static void frame_words(struct text *s, const char *what, uint32_t frame)
{
    if (frame)
        text_format(s, " (%s, frame %u)", what, frame);
}

static void opened_words(struct text *s, const struct teller *k)
{
    const struct connection *c = k->row.tcp;
    enum handshake handshake = connection_handshake(c);
    uint32_t syn = c->moment_frame[MOMENT_SYN];
    switch (handshake) {
    case HANDSHAKE_MIDSTREAM:
        text_string(s, "It was open before the capture began: who is the client is a guess.");
        return;
    case HANDSHAKE_SIMULTANEOUS:
        text_string(s, "Both ends opened it at the same time.");
        return;
    case HANDSHAKE_REFUSED:
        text_string(s, "The client tried to open it");
        frame_words(s, "SYN", syn);
        text_string(s, " and was refused");
        frame_words(s, "RST", c->moment_frame[MOMENT_RESET]);
        text_string(s, ": no socket listens there, or a firewall says so in its place.");
        return;
    case HANDSHAKE_NO_ANSWER:
        text_string(s, "The client tried to open it");
        frame_words(s, "SYN", syn);
        text_string(s, k->goes_on ? "; nothing has come back yet." : "; nothing came back.");
        return;
    default:
        text_string(s, "The client opened it");
        frame_words(s, "SYN", syn);
        text_string(s, handshake == HANDSHAKE_HALF ? "; the handshake is not finished." : ".");
    }
}

static void carried_words(struct text *s, const struct teller *k)
{
    const uint64_t *bytes = k->row.of->payload_bytes;
    uint64_t there = bytes[k->row.end[CLIENT]], back = bytes[k->row.end[SERVER]];
    text_char(s, ' ');
    if (!there && !back) {
        text_string(s, "No payload went either way.");
    } else if (there == back) {
        words_count(s, there, "byte", "bytes");
        text_string(s, " went each way.");
    } else {
        words_count(s, there, "byte", "bytes");
        text_string(s, " went to the server, ");
        words_number(s, back);
        text_string(s, " came back.");
    }
}

/* "so its end waits in TIME-WAIT, 59 s to go" */
static void waiting_words(struct text *s, const struct teller *k, nanoseconds now)
{
    const struct connection *c = k->row.tcp;
    for (unsigned end = 0; end < 2; end++) {
        if (c->peer[end].state != STATE_TIME_WAIT)
            continue;
        text_format(s, " The %s's end waits in TIME-WAIT", words_side(k->row.of, end));
        if (c->due > now) {
            text_string(s, ", ");
            words_duration(s, (c->due - now + NS_PER_S - 1) / NS_PER_S * NS_PER_S);
            text_string(s, c->due - now > 60 * NS_PER_S ? " to go (Linux waits 60 s in all: --msl 30)" : " to go");
        }
        text_char(s, '.');
    }
}

static void ended_words(struct text *s, const struct teller *k, nanoseconds now)
{
    const struct connection *c = k->row.tcp;
    unsigned by = connection_closed_by(c);
    const char *who = by < NO_END ? words_side(k->row.of, by) : NULL;
    const char *other = by < NO_END ? words_side(k->row.of, !by) : NULL;
    switch (connection_ending(c)) {
    case ENDING_CLOSED:
        if (who)
            text_format(s, " The %s closed first", who);
        else
            text_string(s, " Both closed at the same time");
        frame_words(s, "FIN", c->moment_frame[MOMENT_FIRST_FIN]);
        if (who)
            text_format(s, ", then the %s", other);
        if (who)
            frame_words(s, "FIN", c->moment_frame[MOMENT_SECOND_FIN]);
        text_char(s, '.');
        waiting_words(s, k, now);
        break;
    case ENDING_RESET:
        if (connection_handshake(c) == HANDSHAKE_REFUSED)
            break;
        text_format(s, " The %s reset it", c->reset_by < NO_END ? words_side(k->row.of, c->reset_by) : "network");
        frame_words(s, "RST", c->moment_frame[MOMENT_RESET]);
        text_char(s, '.');
        break;
    case ENDING_HALF_CLOSED:
        text_format(s, " The %s has closed", who ? who : "one end");
        frame_words(s, "FIN", c->moment_frame[MOMENT_FIRST_FIN]);
        text_format(s, "; the %s has not, and could still send.", other ? other : "other");
        break;
    default:
        if (connection_handshake(c) != HANDSHAKE_NO_ANSWER && c->told_established)
            text_string(s, " It is still open.");
    }
}

static void flow_words(struct text *s, const struct teller *k)
{
    const struct flow *f = k->row.udp;
    words_count(s, k->row.of->units[k->row.end[CLIENT]], "datagram", "datagrams");
    text_string(s, " to the server");
    frame_words(s, "the first", k->row.of->first_frame);
    text_string(s, ", ");
    words_number(s, k->row.of->units[k->row.end[SERVER]]);
    text_string(s, " back.");
    if (f->exchanges) {
        text_string(s, " Request to reply took ");
        words_duration(s, f->reply_sum / f->exchanges);
        text_string(s, f->exchanges > 1 ? " on average." : ".");
    }
    text_string(s, " UDP has no handshake, no states and no end: only the datagrams are there.");
}

static void again_words(struct text *s, const struct teller *k)
{
    for (unsigned side = 0; side < 2; side++) {
        uint32_t again = 0;
        for (uint32_t marks = k->row.tally[side] ? MARKS_SENT_AGAIN : 0; marks; marks &= marks - 1)
            again += k->row.tally[side]->marks[__builtin_ctz(marks)];
        if (!again)
            continue;
        text_format(s, " The %s sent ", side == CLIENT ? "client" : "server");
        words_count(s, again, "segment", "segments");
        text_string(s, " again.");
    }
}

enum { CHECK_WIDTH = 7 };

static void checks_items(struct teller *k, unsigned name_width)
{
    struct text s = {0};
    for (uint32_t checks = decoder_check(k->row.decoder, k->row.of); checks; checks &= checks - 1) {
        unsigned check = (unsigned)__builtin_ctz(checks);
        words_check(&s, k->row.of, check);
        text_format(&s, " %s", check_advice[check]);
        teller_item(k, "check", name_width, &s);
    }
}

void why_row(struct teller *k, nanoseconds now)
{
    struct text s = {0};
    if (k->row.tcp) {
        opened_words(&s, k);
        if (connection_handshake(k->row.tcp) != HANDSHAKE_REFUSED && connection_handshake(k->row.tcp) != HANDSHAKE_NO_ANSWER)
            carried_words(&s, k);
        ended_words(&s, k, now);
        again_words(&s, k);
    } else {
        flow_words(&s, k);
    }
    words_wrap(k->t, s.bytes, s.used, 0, 0, k->width);
    text_free(&s);
    checks_items(k, CHECK_WIDTH);
}

/* Datagrams of the client that the server's program is recorded to have got. */
static uint32_t received(const struct teller *k)
{
    uint32_t count = 0;
    for (size_t i = 0; i < story_count(k->story); i++) {
        const struct step *step = story_step(k->story, i);
        const struct true_call *call = step->kind == EVENT_CALL_RETURNED ? step->call.recorded : NULL;
        count += call && step->who == k->row.end[SERVER] && !call->error &&
                 (call->call == CALL_RECV || call->call == CALL_RECVFROM) &&
                 !(call->args && strstr(call->args, "MSG_PEEK"));
    }
    return count;
}

/* Nothing came back to a flow, and nothing says why. */
static void unanswered_item(struct teller *k)
{
    struct text s = {0};
    const struct conversation *of = k->row.of;
    if (of->units[k->row.end[SERVER]] || of->icmp_frame)
        return;
    uint32_t got = received(k), sent = of->units[k->row.end[CLIENT]];
    if (got >= sent)
        text_string(&s, "Nothing came back. What was sent arrived, for the server's program received it: nobody "
                        "answered. UDP itself acknowledges nothing.");
    else if (got)
        text_format(&s, "Nothing came back. The server's program received %u of %u datagrams: these arrived, and "
                        "nobody answered. What became of the others is not decidable from here.", got, sent);
    else
        text_string(&s, "Nothing came back, and UDP sends nothing again. Lost on the way, no program there that answers, "
                        "or none was asked to: not decidable from here.");
    teller_item(k, "so far", STEP_WIDTH, &s);
}

void why_end(struct teller *k, nanoseconds until)
{
    struct text s = {0};
    const struct connection *c = k->row.tcp;
    if (!c) {
        unanswered_item(k);
        checks_items(k, STEP_WIDTH);
        return;
    }
    enum ending ending = connection_ending(c);
    if ((ending == ENDING_OPEN || ending == ENDING_HALF_CLOSED) && !handshake_unheard(connection_handshake(c))) {
        const char *client = tcp_state_names[c->peer[k->row.end[CLIENT]].state];
        const char *server = tcp_state_names[c->peer[k->row.end[SERVER]].state];
        if (until > k->row.of->last_time) {
            text_string(&s, "The capture goes on for ");
            words_duration(&s, until - k->row.of->last_time);
            text_string(&s, " without it. By what it shows");
        } else {
            text_string(&s, "The capture ends here. By what it shows");
        }
        if (client == server)
            text_format(&s, " both ends are in %s.", client);
        else
            text_format(&s, " the client is in %s, the server in %s.", client, server);
        teller_item(k, "then", STEP_WIDTH, &s);
    }
    checks_items(k, STEP_WIDTH);
}

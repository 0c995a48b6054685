#include <stdio.h>
#include <string.h>

#include "report/fields.h"
#include "report/ladder.h"
#include "report/words.h"

enum { HEAVY = 0x2550, LIGHT = 0x2500, LINE = 0x2502, BROKEN = 0x254e, HEAD_RIGHT = 0x25ba, HEAD_LEFT = 0x25c4 };
enum { OPENS_LEFT = 0x2510, CLOSES_LEFT = 0x2518, OPENS_RIGHT = 0x250c, CLOSES_RIGHT = 0x2514, CROSSING = 0x253c };

/* Of a text that ends with a zero byte; empty where memory ran out. */
static const char *string_of(const struct text *t)
{
    return t->failed ? "" : t->bytes;
}

/* --- what stands on an arrow --- */

enum part { PART_SEQ = 1, PART_ACK = 2, PART_LEN = 4 };

/* One word for the most telling mark; the same that `synfin help` knows. */
static const char *mark_word(const struct scene *scene)
{
    static const struct { uint32_t mark; const char *word; } words[] = {
        { MARKS_SENT_AGAIN, "again" }, { MARK_OUT_OF_ORDER, "out of order" }, { MARK_ZERO_WINDOW_PROBE, "probe" },
        { MARK_ZERO_WINDOW_PROBE_ACK | MARK_ZERO_WINDOW, "window 0" }, { MARK_WINDOW_FULL, "window full" },
        { MARK_KEEP_ALIVE, "keep-alive" }, { MARK_KEEP_ALIVE_ACK, "still alive" }, { MARK_LOST_SEGMENT, "after a gap" },
        { MARK_ACK_LOST_SEGMENT, "of unseen" }, { MARK_DUPLICATE_ACK, "dup" },
        { MARK_WINDOW_UPDATE, "window update" },
    };
    const struct step *unit = scene->unit;
    if (scene->refused)
        return scene->refused->because.sentence == SENTENCE_MARK_CHECKSUM_BAD ? "bad sum" : "ignored";
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (unit->segment.marks & words[i].mark)
            return words[i].word;
    return NULL;
}

/* Nine flags in full do not fit on a narrow arrow; then each is one letter. */
static void flags_words(struct text *t, const struct step *unit, bool letters)
{
    if (unit->segment.known < 14) {
        text_string(t, "cut off");
        return;
    }
    if (!letters) {
        if (unit->segment.flags)
            words_flags(t, unit->segment.flags);
        else
            text_string(t, "no flags");
        return;
    }
    for (unsigned i = 0; i < 9; i++)
        if (unit->segment.flags >> i & 1)
            text_char(t, "FSRPAUECN"[i]);
}

static void number_word(struct text *t, const char *name, uint32_t n)
{
    text_string(t, name);
    text_u64(t, n);
}

static void label_words(struct text *t, const struct ladder *l, const struct step *unit, unsigned parts)
{
    const struct connection *c = as_connection(l->of);
    bool rst = unit->segment.flags & TCP_RST;
    uint32_t relative;
    if (parts & PART_SEQ && words_relative_seq(c, unit->who, unit->segment.seq, !rst, &relative))
        number_word(t, " seq=", relative);
    if (parts & PART_ACK && words_relative_seq(c, !unit->who, unit->segment.ack, true, &relative))
        number_word(t, " ack=", relative);
    if (parts & PART_LEN)
        number_word(t, " len=", unit->segment.payload);
}

/* What the segment has to tell: numbers that say nothing here are left out from the start. */
static unsigned parts_of(const struct step *unit, unsigned room)
{
    unsigned parts = PART_SEQ;
    bool known = unit->segment.known >= 14, ack = known && unit->segment.flags & TCP_ACK;
    if (ack)
        parts |= PART_ACK;
    if (unit->segment.payload)
        parts |= PART_LEN;
    bool pure = ack && !unit->segment.payload && !(unit->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST));
    if (pure && room < 26)
        parts = PART_ACK;
    return known ? parts : PART_SEQ;
}

static bool try_label(struct text *t, const struct ladder *l, const struct step *unit, unsigned parts, const char *word,
                      unsigned room)
{
    t->used = 0;
    flags_words(t, unit, false);
    label_words(t, l, unit, parts);
    if (word) {
        text_char(t, ' ');
        text_string(t, word);
    }
    return t->used <= room;
}

static void segment_label(struct text *t, const struct ladder *l, const struct scene *scene, unsigned room)
{
    const struct step *unit = scene->unit;
    if (unit->segment.duplicate_of) {
        if (!try_label(t, l, unit, 0, "captured twice", room) && !try_label(t, l, unit, 0, "twice", room))
            try_label(t, l, unit, 0, NULL, room);
        return;
    }
    const char *word = mark_word(scene);
    static const uint8_t given_up[] = { 0, PART_ACK, PART_ACK | PART_LEN, PART_ACK | PART_LEN | PART_SEQ };
    unsigned parts = parts_of(unit, room);
    for (unsigned i = 0; i < sizeof given_up; i++) {
        if (parts == PART_ACK && i == 1)
            i = 3;
        if (try_label(t, l, unit, parts & ~(unsigned)given_up[i], word, room))
            return;
    }
    if (try_label(t, l, unit, 0, NULL, room))
        return;
    t->used = 0;
    flags_words(t, unit, true);
}

static void label(struct text *t, const struct ladder *l, const struct ladder_row *row, unsigned room)
{
    const struct scene *scene = row->scene;
    if (row->kind == LADDER_ICMP) {
        text_string(t, "ICMP unreachable");
    } else if (scene->unit->kind == EVENT_UDP_DATAGRAM) {
        text_u64(t, scene->unit->datagram.payload);
        text_string(t, " B");
    } else {
        segment_label(t, l, scene, room);
    }
    text_char(t, '\0');
}

/* --- arrows --- */

/* Where the arrow of this row goes: towards the server or away from it. */
static bool to_server(const struct ladder *l, const struct ladder_row *row)
{
    if (row->kind == LADDER_ICMP)
        return row->scene->icmp->who != l->of->client;
    return row->scene->unit->who == l->of->client;
}

static bool heavy(const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (!unit || unit->kind != EVENT_TCP_SEGMENT)
        return false;
    return unit->segment.marks & MARKS_SENT_AGAIN && !unit->segment.duplicate_of;
}

static enum role arrow_role(const struct ladder_row *row, bool right)
{
    const struct step *unit = row->scene->unit;
    bool reset = unit && unit->kind == EVENT_TCP_SEGMENT && unit->segment.flags & TCP_RST;
    if (heavy(row->scene) || row->scene->refused || row->kind == LADDER_ICMP || reset)
        return ROLE_TROUBLE;
    return right ? ROLE_CLIENT : ROLE_SERVER;
}

static void arrow(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    unsigned first = l->at.left_line + 1, width = l->at.right_line - first;
    bool right = to_server(l, row);
    enum role role = arrow_role(row, right);
    struct text t = {0};
    label(&t, l, row, width - 2);
    canvas_line(canvas, first, y, width, role, heavy(row->scene) ? HEAVY : LIGHT);
    if (right) {
        canvas_put(canvas, first + width - 1, y, role, HEAD_RIGHT);
        canvas_text(canvas, first + 1, y, role, string_of(&t));
    } else {
        canvas_put(canvas, first, y, role, HEAD_LEFT);
        canvas_text_right(canvas, first + width - 1, y, role, string_of(&t));
    }
    text_free(&t);
}

/* Two segments that cross, the first from the left (mirrored where it is from the right):
 *   │─SYN seq=0────┐      │
 *   │    ┌─SYN─────┼──────│
 *   │    │         └─────►│
 *   │◄───┘                │
 */
struct crossing {
    const struct ladder *ladder;
    struct canvas *canvas;
    unsigned y, first, width;
    bool mirrored;
    enum role role;
};

static void cell(const struct crossing *c, unsigned i, uint32_t character, uint32_t mirror)
{
    unsigned x = c->mirrored ? c->first + c->width - 1 - i : c->first + i;
    canvas_put(c->canvas, x, c->y, c->role, c->mirrored ? mirror : character);
}

static void crossing(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    unsigned width = l->at.right_line - l->at.left_line - 1, near = 4, far = width - 6;
    bool second = row->kind == LADDER_CROSS_2 || row->kind == LADDER_CROSS_4;
    bool right = to_server(l, row);
    struct crossing c = { .ladder = l, .canvas = canvas, .y = y, .first = l->at.left_line + 1, .width = width,
                          .mirrored = right == second, .role = right ? ROLE_CLIENT : ROLE_SERVER };
    unsigned from[] = { 0, near, far, 0 }, to[] = { far, width - 1, width - 1, near };
    unsigned part = row->kind - LADDER_CROSS_1;
    for (unsigned i = from[part]; i <= to[part]; i++)
        cell(&c, i, LIGHT, LIGHT);
    struct text t = {0};
    if (row->kind == LADDER_CROSS_1) {
        cell(&c, far, OPENS_LEFT, OPENS_RIGHT);
        label(&t, l, row, far - 1);
    } else if (row->kind == LADDER_CROSS_2) {
        cell(&c, near, OPENS_RIGHT, OPENS_LEFT);
        cell(&c, far, CROSSING, CROSSING);
        label(&t, l, row, far - near - 2);
    } else if (row->kind == LADDER_CROSS_3) {
        cell(&c, near, LINE, LINE);
        cell(&c, far, CLOSES_RIGHT, CLOSES_LEFT);
        cell(&c, width - 1, HEAD_RIGHT, HEAD_LEFT);
    } else {
        cell(&c, near, CLOSES_LEFT, CLOSES_RIGHT);
        cell(&c, 0, HEAD_LEFT, HEAD_RIGHT);
    }
    unsigned at = row->kind == LADDER_CROSS_1 ? 1 : near + 2;
    if (t.used && !c.mirrored)
        canvas_text(canvas, c.first + at, y, c.role, string_of(&t));
    else if (t.used)
        canvas_text_right(canvas, c.first + width - at, y, c.role, string_of(&t));
    text_free(&t);
}

/* --- the rest of a row --- */

/* What is over within 20 ms, as most on loopback is, is told in milliseconds. */
static bool in_milliseconds(const struct ladder *l)
{
    nanoseconds took = l->of->last_time - l->of->first_time;
    return took >= 0 && took < 20 * NS_PER_MS;
}

/* So many units of time: 1e9 nanoseconds are a second. */
static void time_words(char out[16], nanoseconds time, double unit, unsigned width)
{
    double s = (double)time / unit, size = s < 0 ? -s * 10 : s;
    unsigned decimals = width - 2;
    for (double most = 10; decimals && size >= most - 0.0005; most *= 10)   /* 9.9996 would be rounded to 10.000 */
        decimals--;
    snprintf(out, 16, "%.*f", (int)decimals, s);
}

static void frame_and_time(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    if (row->kind == LADDER_CROSS_3 || row->kind == LADDER_CROSS_4)
        return;
    const struct step *step = story_step(l->story, row->scene->first);
    char words[16];
    if (step->frame) {
        snprintf(words, sizeof words, "%u", step->frame);
        canvas_text_right(canvas, 1 + l->at.frame_width, y, ROLE_PLAIN, words);
    }
    time_words(words, step->time - l->of->first_time, in_milliseconds(l) ? 1e6 : 1e9, l->at.time_width);
    canvas_text_right(canvas, l->at.time + l->at.time_width, y, ROLE_PLAIN, words);
}

static void calls(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    static const uint16_t left[] = { ' ', OPENS_LEFT, LINE, CLOSES_LEFT };
    static const uint16_t right[] = { ' ', OPENS_RIGHT, LINE, CLOSES_RIGHT };
    static const uint16_t broken[] = { ' ', ' ', BROKEN, ' ' };
    bool silent = row->kind == LADDER_SILENCE || row->kind == LADDER_LEFT_OUT;
    if (row->bracket[CLIENT])
        canvas_put(canvas, l->at.left_bracket, y, ROLE_CALL, (silent ? broken : left)[row->bracket[CLIENT]]);
    if (row->bracket[SERVER])
        canvas_put(canvas, l->at.right_bracket, y, ROLE_CALL, (silent ? broken : right)[row->bracket[SERVER]]);
    if (row->call[CLIENT])
        canvas_text_right(canvas, l->at.left_bracket, y, ROLE_CALL, row->call[CLIENT]);
    if (row->call[SERVER])
        canvas_text(canvas, l->at.right_call, y, ROLE_CALL, row->call[SERVER]);
}

/* Of a server that never answered with SYN,ACK, beside the client's SYN: what is known. */
static const char *instead_of_state(const struct ladder *l, const struct ladder_row *row)
{
    const struct step *unit = row->scene->unit;
    bool syn = unit && unit->kind == EVENT_TCP_SEGMENT && unit->who == l->of->client && unit->segment.flags & TCP_SYN;
    enum handshake handshake = syn ? connection_handshake(as_connection(l->of)) : HANDSHAKE_COMPLETE;
    if (handshake == HANDSHAKE_REFUSED)
        return "no socket";
    return handshake_unheard(handshake) ? "?" : "";
}

static void states(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    if (row->state[CLIENT])
        canvas_text(canvas, l->at.left_state, y, ROLE_STATE, tcp_state_names[row->state[CLIENT]]);
    if (row->state[SERVER])
        canvas_text(canvas, l->at.right_state, y, ROLE_STATE, tcp_state_names[row->state[SERVER]]);
    else
        canvas_text(canvas, l->at.right_state, y, ROLE_QUIET, instead_of_state(l, row));
}

/* Words in the middle between the life lines. */
static void between(const struct ladder *l, struct canvas *canvas, unsigned y, const struct text *t, unsigned used)
{
    unsigned width = l->at.right_line - l->at.left_line - 1;
    unsigned pad = used < width ? (width - used) / 2 : 0;
    canvas_text(canvas, l->at.left_line + 1 + pad, y, ROLE_QUIET, string_of(t));
}

static void quiet_row(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    struct text t = {0};
    if (row->kind == LADDER_TIME) {
        text_string(&t, row->scene->state[0] || row->scene->state[1] ? "2 MSL have passed" : "time passed");
    } else if (row->kind == LADDER_SILENCE) {
        words_duration(&t, (nanoseconds)row->number);
        text_string(&t, " of silence");
    } else {
        text_format(&t, "%llu ", (unsigned long long)row->number);
        text_string(&t, row->number == 1 ? "more" : l->unit_word ? "more datagrams" : "more segments");
    }
    unsigned used = (unsigned)t.used;
    text_char(&t, '\0');
    between(l, canvas, y, &t, used);
    text_free(&t);
}

void ladder_draw(const struct ladder *l, size_t i, struct canvas *canvas, unsigned y)
{
    const struct ladder_row *row = &l->rows[i];
    bool quiet = row->kind == LADDER_SILENCE || row->kind == LADDER_LEFT_OUT;
    canvas_put(canvas, l->at.left_line, y, ROLE_LINE, quiet ? BROKEN : LINE);
    canvas_put(canvas, l->at.right_line, y, ROLE_LINE, quiet ? BROKEN : LINE);
    calls(l, row, canvas, y);
    if (row->kind == LADDER_CALL)
        return;
    if (quiet) {
        quiet_row(l, row, canvas, y);
        return;
    }
    frame_and_time(l, row, canvas, y);
    states(l, row, canvas, y);
    if (row->kind == LADDER_TIME)
        quiet_row(l, row, canvas, y);
    else if (row->kind >= LADDER_CROSS_1)
        crossing(l, row, canvas, y);
    else
        arrow(l, row, canvas, y);
}

unsigned ladder_heading(const struct ladder *l, struct canvas *canvas, unsigned y)
{
    struct text client = {0}, server = {0};
    bool tcp = conversation_is_tcp(l->of);
    text_string(&client, "CLIENT ");
    words_endpoint(&client, &l->of->key, l->of->client);
    text_string(&server, "SERVER ");
    words_endpoint(&server, &l->of->key, !l->of->client);
    unsigned left = l->at.left_call, right = l->at.right_line - 1, width = l->at.width;
    bool two = left + client.used + 2 > right || right + server.used > width;
    if (right + server.used > width)
        right = server.used < width ? width - (unsigned)server.used : 0;
    if (left + client.used + 2 <= right)
        two = false;
    if (!tcp && !two && right - left - client.used > 20)
        canvas_text(canvas, left + 2 + (unsigned)client.used + 3, y, ROLE_QUIET, "no connection");
    text_char(&client, '\0');
    text_char(&server, '\0');
    canvas_text(canvas, 1 + l->at.frame_width - 1, y, ROLE_PLAIN, "#");
    canvas_text(canvas, l->at.time, y, ROLE_PLAIN, in_milliseconds(l) ? "time ms" : "time s");
    canvas_text(canvas, left + 2, y, ROLE_CLIENT, string_of(&client));
    canvas_text(canvas, right, two ? y + 1 : y, ROLE_SERVER, string_of(&server));
    text_free(&client);
    text_free(&server);
    return two ? 2 : 1;
}

#include <stdio.h>
#include <string.h>

#include "report/fields.h"
#include "report/ladder_words.h"
#include "report/words.h"

enum { HEAVY = 0x2550, LIGHT = 0x2500, LINE = 0x2502, BROKEN = 0x254e, HEAD_RIGHT = 0x25ba, HEAD_LEFT = 0x25c4 };
enum { STOP_GAP = 6, NEAR = 4 };
enum { OPENS_LEFT = 0x2510, CLOSES_LEFT = 0x2518, OPENS_RIGHT = 0x250c, CLOSES_RIGHT = 0x2514, CROSSING = 0x253c };

/* Of a text that ends with a zero byte; empty where memory ran out. */
static const char *string_of(const struct text *t)
{
    return t->failed ? "" : t->bytes;
}

/* --- arrows --- */

/* An arrow that does not go all the way: where it ends or, of what was never sent, begins. */
struct stop {
    unsigned gap;                 /* columns left blank before the life line it does not touch */
    uint32_t mark;
    bool at_begin;
};

static struct stop stop_of(const struct ladder_row *row)
{
    switch (row->fate) {
    case FATE_LOST: return (struct stop){ .gap = STOP_GAP, .mark = 'X' };
    case FATE_INSERTED: return (struct stop){ .gap = STOP_GAP, .mark = '*', .at_begin = true };
    case FATE_DUPLICATE: return (struct stop){ .gap = STOP_GAP, .mark = '+', .at_begin = true };
    case FATE_UNDECIDABLE: return (struct stop){ .gap = STOP_GAP, .mark = '?', .at_begin = row->unsent };
    default: return (struct stop){ 0 };
    }
}

static void arrow(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    unsigned first = l->at.left_line + 1, width = l->at.right_line - first;
    bool right = ladder_to_server(l, row);
    enum role role = ladder_role(row, right);
    struct text t = {0};
    struct stop stop = stop_of(row);
    unsigned begin = stop.at_begin ? stop.gap : 0, end = width - (stop.at_begin ? 0 : stop.gap);   /* from the sender */
    unsigned taken = stop.mark ? 3 : row->kind == LADDER_OVER ? 2 + NEAR + 1 : 2;
    ladder_label(&t, l, row, end - begin - taken);
    canvas_line(canvas, right ? first + begin : first + width - end, y, end - begin, role,
                ladder_heavy(row->scene) ? HEAVY : LIGHT);
    if (stop.at_begin)
        canvas_put(canvas, right ? first + begin : first + width - 1 - begin, y, role, stop.mark);
    canvas_put(canvas, right ? first + end - 1 : first + width - end, y, role,
               stop.mark && !stop.at_begin ? stop.mark : right ? HEAD_RIGHT : HEAD_LEFT);
    begin += stop.at_begin ? 2 : 1;
    if (right)
        canvas_text(canvas, first + begin, y, role, string_of(&t));
    else
        canvas_text_right(canvas, first + width - begin, y, role, string_of(&t));
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
    bool right = ladder_to_server(l, row);
    struct crossing c = { .ladder = l, .canvas = canvas, .y = y, .first = l->at.left_line + 1, .width = width,
                          .mirrored = right == second, .role = right ? ROLE_CLIENT : ROLE_SERVER };
    unsigned from[] = { 0, near, far, 0 }, to[] = { far, width - 1, width - 1, near };
    unsigned part = row->kind - LADDER_CROSS_1;
    for (unsigned i = from[part]; i <= to[part]; i++)
        cell(&c, i, LIGHT, LIGHT);
    struct text t = {0};
    if (row->kind == LADDER_CROSS_1) {
        cell(&c, far, OPENS_LEFT, OPENS_RIGHT);
        ladder_label(&t, l, row, far - 1);
    } else if (row->kind == LADDER_CROSS_2) {
        cell(&c, near, OPENS_RIGHT, OPENS_LEFT);
        cell(&c, far, CROSSING, CROSSING);
        ladder_label(&t, l, row, far - near - 2);
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

/* One unit drawn across another, which is sent before and arrives after it:
 *   │          ┌──────────│
 *   │─ACK──────┼─────────►│
 *   │◄─FIN,ACK─┘          │
 */
static void departs(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y,
                    unsigned at)
{
    bool right = ladder_to_server(l, row);
    enum role role = ladder_role(row, right);
    unsigned first = l->at.left_line + 1, width = l->at.right_line - first;
    uint32_t line = ladder_heavy(row->scene) ? HEAVY : LIGHT;
    if (right) {
        canvas_line(canvas, first, y, at, role, line);
        canvas_put(canvas, first + at, y, role, OPENS_LEFT);
    } else {
        canvas_line(canvas, first + width - at, y, at, role, line);
        canvas_put(canvas, first + width - 1 - at, y, role, OPENS_RIGHT);
    }
}

static void arrives(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y,
                    unsigned at)
{
    bool right = ladder_to_server(l, row);
    enum role role = ladder_role(row, right);
    unsigned first = l->at.left_line + 1, width = l->at.right_line - first, reach = width - at - 1;
    uint32_t line = ladder_heavy(row->scene) ? HEAVY : LIGHT;
    struct text t = {0};
    ladder_label(&t, l, row, reach - 2);
    if (right) {
        canvas_put(canvas, first + at, y, role, CLOSES_RIGHT);
        canvas_line(canvas, first + at + 1, y, reach, role, line);
        canvas_put(canvas, first + width - 1, y, role, HEAD_RIGHT);
        canvas_text(canvas, first + at + 2, y, role, string_of(&t));
    } else {
        canvas_put(canvas, first + width - 1 - at, y, role, CLOSES_LEFT);
        canvas_line(canvas, first, y, reach, role, line);
        canvas_put(canvas, first, y, role, HEAD_LEFT);
        canvas_text_right(canvas, first + reach - 1, y, role, string_of(&t));
    }
    text_free(&t);
}

/* Near the sender of what crosses, so that both labels have room; the other arrow has its own at its sender. */
static void across(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    unsigned first = l->at.left_line + 1, width = l->at.right_line - first;
    bool right = ladder_to_server(l, row);
    if (row->kind == LADDER_DEPARTS) {
        departs(l, row, canvas, y, NEAR);
    } else if (row->kind == LADDER_ARRIVES) {
        arrives(l, row, canvas, y, NEAR);
    } else {
        arrow(l, row, canvas, y);
        unsigned x = right ? first + width - 1 - NEAR : first + NEAR;
        canvas_put(canvas, x, y, ladder_role(row, right), CROSSING);
    }
}

/* --- the rest of a row --- */

static void clock_of(const struct ladder *l, const struct ladder_row *row, unsigned side, struct canvas *canvas,
                     unsigned y)
{
    const struct step *step = story_step(l->capture[side].story, row->seen[side]->first);
    unsigned frame_end = side == CLIENT ? 1 + l->at.frame_width : l->at.right_frame + l->at.frame_width;
    unsigned time = side == CLIENT ? l->at.time : l->at.right_time;
    char words[16];
    if (step->frame) {
        snprintf(words, sizeof words, "%u", step->frame);
        canvas_text_right(canvas, frame_end, y, ROLE_PLAIN, words);
    }
    ladder_time(words, l, row->time[side], l->at.time_width);
    canvas_text_right(canvas, time + l->at.time_width, y, ROLE_PLAIN, words);
}

static void time_alone(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    char words[16];
    ladder_time(words, l, row->time[CLIENT], l->at.time_width);
    canvas_text_right(canvas, l->at.time + l->at.time_width, y, ROLE_PLAIN, words);
}

static void frame_and_time(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    if (row->kind == LADDER_CROSS_3 || row->kind == LADDER_CROSS_4)
        return;
    if (row->seen[CLIENT])
        clock_of(l, row, CLIENT, canvas, y);
    if (l->both && row->seen[SERVER])
        clock_of(l, row, SERVER, canvas, y);
}

/* Columns beside those for calls that this row leaves free, up to the life line: of a bracket, of a state. One stays
 * blank. */
static unsigned spare(const struct ladder *l, const struct ladder_row *row, unsigned side)
{
    if (row->bracket[side])
        return 0;
    if (side == CLIENT)
        return row->state[CLIENT] ? 1 : l->at.left_line - 1 - l->at.left_bracket;
    unsigned state = row->state[SERVER] ? (unsigned)strlen(tcp_state_names[row->state[SERVER]])
                                        : (unsigned)strlen(ladder_unknown_state(l, row));
    unsigned free = l->at.right_call - l->at.right_state;
    return !state ? free : free > state + 1 ? free - state - 1 : 0;
}

/* How far words of ours go beyond so many columns. */
static unsigned beyond(const char *words, unsigned width)
{
    unsigned columns = words_columns(words, strlen(words));
    return columns > width ? columns - width : 0;
}

static void calls(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    static const uint16_t left[] = { ' ', OPENS_LEFT, LINE, CLOSES_LEFT };
    static const uint16_t right[] = { ' ', OPENS_RIGHT, LINE, CLOSES_RIGHT };
    static const uint16_t broken[] = { ' ', ' ', BROKEN, ' ' };
    bool silent = row->kind == LADDER_SILENCE || row->kind == LADDER_LEFT_OUT;
    if (!l->at.call_width)
        return;
    if (row->bracket[CLIENT])
        canvas_put(canvas, l->at.left_bracket, y, ROLE_CALL, (silent ? broken : left)[row->bracket[CLIENT]]);
    if (row->bracket[SERVER])
        canvas_put(canvas, l->at.right_bracket, y, ROLE_CALL, (silent ? broken : right)[row->bracket[SERVER]]);
    char words[CALL_WORD_ROOM];
    unsigned width = l->at.call_width;
    ladder_call(words, row, CLIENT, width, width + spare(l, row, CLIENT));
    canvas_text_right(canvas, l->at.left_bracket + beyond(words, width), y, ROLE_CALL, words);
    ladder_call(words, row, SERVER, width, width + spare(l, row, SERVER));
    canvas_text(canvas, l->at.right_call - beyond(words, width), y, ROLE_CALL, words);
}

static void states(const struct ladder *l, const struct ladder_row *row, struct canvas *canvas, unsigned y)
{
    if (row->state[CLIENT])
        canvas_text(canvas, l->at.left_state, y, ROLE_STATE, tcp_state_names[row->state[CLIENT]]);
    if (row->state[SERVER])
        canvas_text(canvas, l->at.right_state, y, ROLE_STATE, tcp_state_names[row->state[SERVER]]);
    else
        canvas_text(canvas, l->at.right_state, y, ROLE_QUIET, ladder_unknown_state(l, row));
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
    ladder_quiet(&t, l, row);
    unsigned used = (unsigned)t.used - 1;
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
    if (row->kind == LADDER_CALL) {
        if (row->timed)
            time_alone(l, row, canvas, y);
        states(l, row, canvas, y);
        return;
    }
    if (quiet) {
        quiet_row(l, row, canvas, y);
        return;
    }
    frame_and_time(l, row, canvas, y);
    states(l, row, canvas, y);
    if (row->kind == LADDER_TIME)
        quiet_row(l, row, canvas, y);
    else if (row->kind >= LADDER_DEPARTS)
        across(l, row, canvas, y);
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
    ladder_end(&client, l, CLIENT);
    text_string(&server, "SERVER ");
    ladder_end(&server, l, SERVER);
    unsigned left = l->at.left_call, right = l->at.right_line - 1;
    const char *time = ladder_in_milliseconds(l) ? "time ms" : "time s";
    unsigned width = l->both ? l->at.right_time + l->at.time_width - (unsigned)strlen(time) - 1 : l->at.width;
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
    canvas_text(canvas, l->at.time, y, ROLE_PLAIN, time);
    if (l->both) {
        canvas_text_right(canvas, l->at.right_time + l->at.time_width, y, ROLE_PLAIN, time);
        canvas_text(canvas, l->at.right_frame + l->at.frame_width - 1, y, ROLE_PLAIN, "#");
    }
    canvas_text(canvas, left + 2, y, ROLE_CLIENT, string_of(&client));
    canvas_text(canvas, right, two ? y + 1 : y, ROLE_SERVER, string_of(&server));
    text_free(&client);
    text_free(&server);
    return two ? 2 : 1;
}

/* A ladder as SVG: two life lines, sloped arrows with their heads, states at the life lines, calls with brackets at the
 * outer edges, frame and time at the left.
 *
 * Widths are reckoned from a column of COLUMN units, a little more than what common monospace fonts of this size take,
 * so that nothing overlaps whichever of them is there.
 */
#include <string.h>

#include "report/export.h"
#include "report/fields.h"
#include "report/ladder_words.h"
#include "report/words.h"

enum {
    COLUMN = 8, MARGIN = 16,
    FRAME = 5, TIME = 7, CALL = 11, CALL_RECORDED = 17, STATE = 13, LABEL = 40,   /* in columns */
    TOP = 84,                     /* title and the names of the ends */
    SLOPE = 8,                    /* an arrow takes time, so it goes down */
    LABEL_DOWN = 14, LINE_DOWN = 20, TALL = 38, SHORT = 22, QUIET = 34, CROSS = 32,
};

static const char style[] =
    "<style>\n"
    ".synfin text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1c1c1c}\n"
    ".synfin .paper{fill:#fff}\n"
    ".synfin line,.synfin path{fill:none;stroke:#1c1c1c;stroke-width:1.6}\n"
    ".synfin .head{stroke:none}\n"
    ".synfin .life{stroke:#6b6b6b;stroke-width:1.3}\n"
    ".synfin .again{stroke-width:3.6}\n"
    ".synfin .dashed{stroke-dasharray:3 5}\n"
    ".synfin text.title{font-weight:bold;font-size:15px}\n"
    ".synfin text.state,.synfin text.trouble{font-weight:bold}\n"
    ".synfin text.quiet{fill:#5c5c5c}\n"
    ".synfin .client{stroke:#0b57a4}.synfin text.client,.synfin .head.client{fill:#0b57a4;stroke:none}\n"
    ".synfin .server{stroke:#a84300}.synfin text.server,.synfin .head.server{fill:#a84300;stroke:none}\n"
    ".synfin .trouble{stroke:#8a1464}.synfin text.trouble,.synfin .head.trouble{fill:#8a1464;stroke:none}\n"
    ".synfin .call{stroke:#5a5a5a}.synfin text.call{fill:#333;stroke:none}\n"
    ".synfin .dot{fill:#1c1c1c}\n"
    "@media (prefers-color-scheme:dark){\n"
    ".synfin .paper{fill:#15171a}.synfin text{fill:#ececec}.synfin line,.synfin path{stroke:#ececec}\n"
    ".synfin .life{stroke:#8f949b}.synfin text.quiet{fill:#a9afb7}.synfin .dot{fill:#ececec}\n"
    ".synfin .client{stroke:#7ab8ff}.synfin text.client,.synfin .head.client{fill:#7ab8ff;stroke:none}\n"
    ".synfin .server{stroke:#ffa766}.synfin text.server,.synfin .head.server{fill:#ffa766;stroke:none}\n"
    ".synfin .trouble{stroke:#ff9be0}.synfin text.trouble,.synfin .head.trouble{fill:#ff9be0;stroke:none}\n"
    ".synfin .call{stroke:#a9afb7}.synfin text.call{fill:#d6d9dd;stroke:none}\n"
    "}\n"
    "</style>\n";

struct drawing {
    struct text *t;
    const struct ladder *ladder;
    int frame_right, time_right;
    int call[2], bracket[2], state[2], life[2];   /* by side */
    int width, call_width;        /* the latter in columns */
    int bracket_from[2];          /* where the open bracket of a side begins; 0: none is open */
    int crossing_from[2];         /* where the two arrows of a crossing begin */
};

static const char *const anchors[] = { "end", "start" };

static void lay_out(struct drawing *d)
{
    int call = d->ladder->recorded ? CALL_RECORDED : conversation_is_tcp(d->ladder->of) ? CALL : CALL - 1;
    d->call_width = call;
    int state = conversation_is_tcp(d->ladder->of) ? STATE : 5;
    int frame = d->ladder->at.frame_width > FRAME ? (int)d->ladder->at.frame_width : FRAME;
    d->frame_right = MARGIN + frame * COLUMN;
    d->time_right = d->frame_right + (TIME + 1) * COLUMN;
    d->call[CLIENT] = d->time_right + (call + 1) * COLUMN;
    d->bracket[CLIENT] = d->call[CLIENT] + COLUMN;
    d->state[CLIENT] = d->bracket[CLIENT] + (state + 1) * COLUMN;
    d->life[CLIENT] = d->state[CLIENT] + COLUMN;
    d->life[SERVER] = d->life[CLIENT] + (LABEL + 3) * COLUMN;
    d->state[SERVER] = d->life[SERVER] + COLUMN;
    d->bracket[SERVER] = d->state[SERVER] + (state + 1) * COLUMN;
    d->call[SERVER] = d->bracket[SERVER] + COLUMN;
    d->width = d->call[SERVER] + call * COLUMN + MARGIN;
}

/* --- pieces --- */

static void words(struct drawing *d, int x, int y, const char *anchor, const char *class, const char *s)
{
    text_format(d->t, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
    text_xml(d->t, s, strlen(s));
    text_string(d->t, "</text>\n");
}

static void line(struct drawing *d, int x1, int y1, int x2, int y2, const char *class)
{
    text_format(d->t, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", x1, y1, x2, y2, class);
}

/* A line with a head at its end; more across than down. */
static void arrow(struct drawing *d, int x1, int y1, int x2, int y2, const char *class, bool heavy)
{
    double ahead = x2 > x1 ? 1 : -1, down = (double)(y2 - y1) / (double)(x2 > x1 ? x2 - x1 : x1 - x2);
    double back_x = x2 - 11 * ahead, back_y = y2 - 11 * down, half = heavy ? 6 : 4.5;
    text_format(d->t, "<line x1=\"%d\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s%s\"/>", x1, y1, x2 - 8 * ahead,
                y2 - 8 * down, class, heavy ? " again" : "");
    text_format(d->t, "<path d=\"M%d %dL%.1f %.1fL%.1f %.1fZ\" class=\"head %s\"/>\n", x2, y2, back_x + half * down,
                back_y - half * ahead, back_x - half * down, back_y + half * ahead, class);
}

static void cross_mark(struct drawing *d, int x, int y, const char *class)
{
    line(d, x - 6, y - 6, x + 6, y + 6, class);
    line(d, x - 6, y + 6, x + 6, y - 6, class);
}

static const char *class_of(const struct ladder_row *row, bool right)
{
    enum role role = ladder_role(row, right);
    return role == ROLE_TROUBLE ? "trouble" : role == ROLE_CLIENT ? "client" : "server";
}

/* --- a row --- */

static int height_of(const struct ladder_row *row)
{
    switch (row->kind) {
    case LADDER_CALL: return SHORT;
    case LADDER_TIME: case LADDER_SILENCE: case LADDER_LEFT_OUT: return QUIET;
    case LADDER_CROSS_2: case LADDER_CROSS_3: case LADDER_CROSS_4: return CROSS;
    default: return TALL;
    }
}

static void life_lines(struct drawing *d, const struct ladder_row *row, int y)
{
    bool quiet = row->kind == LADDER_SILENCE || row->kind == LADDER_LEFT_OUT;
    for (unsigned side = 0; side < 2; side++)
        line(d, d->life[side], y, d->life[side], y + height_of(row), quiet ? "life dashed" : "life");
}

static void frame_and_time(struct drawing *d, const struct ladder_row *row, int y)
{
    const struct step *step = story_step(d->ladder->story, row->scene->first);
    char number[16];
    if (step->frame) {
        struct text t = {0};
        text_u64(&t, step->frame);
        text_char(&t, '\0');
        words(d, d->frame_right, y + LINE_DOWN + 4, "end", "quiet", t.failed ? "" : t.bytes);
        text_free(&t);
    }
    ladder_time(number, d->ladder, step->time, 6);
    words(d, d->time_right, y + LINE_DOWN + 4, "end", "plain", number);
}

static void state(struct drawing *d, unsigned side, int y, const char *class, const char *name)
{
    text_format(d->t, "<circle cx=\"%d\" cy=\"%d\" r=\"3.2\" class=\"dot\"/>", d->life[side], y);
    words(d, d->state[side], y + 4, anchors[side], class, name);
}

/* y: where a change is made of what this side sends, or receives. */
static void states(struct drawing *d, const struct ladder_row *row, const int y[2])
{
    for (unsigned side = 0; side < 2; side++)
        if (row->state[side])
            state(d, side, y[side], "state", tcp_state_names[row->state[side]]);
    const char *unknown = ladder_unknown_state(d->ladder, row);
    if (!row->state[SERVER] && *unknown)
        words(d, d->state[SERVER], y[SERVER] + 4, "start", "quiet", unknown);
}

static void bracket_draw(struct drawing *d, unsigned side, int to, bool open_end)
{
    int x = d->bracket[side], tick = side == CLIENT ? -6 : 6;
    text_format(d->t, "<path d=\"M%d %dH%dV%d", x + tick, d->bracket_from[side], x, to);
    if (!open_end)
        text_format(d->t, "H%d", x + tick);
    text_string(d->t, "\" class=\"call\"/>\n");
    d->bracket_from[side] = 0;
}

static void calls(struct drawing *d, const struct ladder_row *row, const int y[2])
{
    for (unsigned side = 0; side < 2; side++) {
        char call[CALL_WORD_ROOM];
        unsigned width = (unsigned)d->call_width;
        ladder_call(call, row, side, width, width);
        if (*call)
            words(d, d->call[side] + (side == CLIENT ? -COLUMN / 2 : COLUMN / 2), y[side] + 4, anchors[side], "call", call);
        if (row->bracket[side] == BRACKET_OPENS)
            d->bracket_from[side] = y[side];
        else if (row->bracket[side] == BRACKET_CLOSES && d->bracket_from[side])
            bracket_draw(d, side, y[side], false);
    }
}

static void quiet_row(struct drawing *d, const struct ladder_row *row, int y)
{
    struct text t = {0};
    ladder_quiet(&t, d->ladder, row);
    words(d, (d->life[CLIENT] + d->life[SERVER]) / 2, y + QUIET / 2 + 4, "middle", "quiet", t.failed ? "" : t.bytes);
    text_free(&t);
}

static void label(struct drawing *d, const struct ladder_row *row, int y, bool right, unsigned room)
{
    struct text t = {0};
    unsigned sender = right ? CLIENT : SERVER;
    ladder_label(&t, d->ladder, row, room);
    words(d, d->life[sender] + (right ? 10 : -10), y + LABEL_DOWN, right ? "start" : "end", class_of(row, right),
          t.failed ? "" : t.bytes);
    text_free(&t);
}

static void unit_row(struct drawing *d, const struct ladder_row *row, int y)
{
    bool right = ladder_to_server(d->ladder, row), dropped = ladder_dropped(row);
    unsigned from = right ? CLIENT : SERVER;
    int at[2], to_x = d->life[!from];
    const char *class = class_of(row, right);
    at[from] = y + LINE_DOWN;
    at[!from] = y + LINE_DOWN + SLOPE;
    frame_and_time(d, row, y);
    label(d, row, y, right, LABEL);
    if (dropped) {                /* it arrives, and goes no further */
        cross_mark(d, to_x + (right ? -8 : 8), at[!from], class);
        line(d, d->life[from], at[from], to_x + (right ? -8 : 8), at[!from], class);
    } else {
        arrow(d, d->life[from], at[from], to_x, at[!from], class, ladder_heavy(row->scene));
    }
    states(d, row, at);
    calls(d, row, at);
}

/* Two segments that cross: each begins on a row of its own, and ends on one. */
static void crossing_row(struct drawing *d, const struct ladder_row *row, int y)
{
    bool right = ladder_to_server(d->ladder, row);
    unsigned from = right ? CLIENT : SERVER, which = row->kind == LADDER_CROSS_2 || row->kind == LADDER_CROSS_4;
    int begin = y + LINE_DOWN, at[2] = { begin, begin };
    if (row->kind == LADDER_CROSS_1 || row->kind == LADDER_CROSS_2) {
        d->crossing_from[which] = begin;
        frame_and_time(d, row, y);
        label(d, row, y, right, LABEL / 2);
    } else {
        arrow(d, d->life[from], d->crossing_from[which], d->life[!from], begin, class_of(row, right), false);
    }
    states(d, row, at);
    calls(d, row, at);
}

static void row_draw(struct drawing *d, const struct ladder_row *row, int y)
{
    int middle[2] = { y + height_of(row) / 2, y + height_of(row) / 2 };
    life_lines(d, row, y);
    if (row->kind >= LADDER_CROSS_1) {
        crossing_row(d, row, y);
    } else if (row->kind == LADDER_UNIT || row->kind == LADDER_ICMP) {
        unit_row(d, row, y);
    } else {
        if (row->kind == LADDER_TIME)
            frame_and_time(d, row, y);
        if (row->kind == LADDER_TIME || row->kind == LADDER_CALL)
            states(d, row, middle);
        if (row->kind != LADDER_CALL)
            quiet_row(d, row, y);
        calls(d, row, middle);
    }
}

/* --- the whole --- */

static void end_name(struct drawing *d, unsigned side)
{
    struct text t = {0};
    text_string(&t, side == CLIENT ? "CLIENT " : "SERVER ");
    ladder_end(&t, d->ladder, side);
    unsigned columns = (unsigned)t.used;
    text_char(&t, '\0');
    int x = d->life[side];
    const char *anchor = "middle";
    if (columns > 36) {           /* an IPv6 address: more to the outside than to the middle */
        x += side == CLIENT ? 19 * COLUMN : -19 * COLUMN;
        anchor = anchors[side];
    }
    words(d, x, TOP - 18, anchor, side == CLIENT ? "client" : "server", t.failed ? "" : t.bytes);
    text_free(&t);
}

static void described(struct drawing *d, const char *name)
{
    const struct ladder *l = d->ladder;
    struct text t = {0};
    ladder_title(&t, l);
    text_format(d->t, "<title id=\"synfin-title-%u\">", l->of->id);
    text_xml(d->t, t.bytes, t.used);
    t.used = 0;
    text_string(&t, "Ladder diagram");
    if (name) {
        text_string(&t, " of the capture ");
        text_string(&t, name);
    }
    text_string(&t, ". Left life line: client ");
    ladder_end(&t, l, CLIENT);
    text_string(&t, "; right: server ");
    ladder_end(&t, l, SERVER);
    text_string(&t, ". Time goes down; ");
    words_count(&t, l->of->units[0] + (uint64_t)l->of->units[1], l->unit_word ? "datagram" : "segment",
                l->unit_word ? "datagrams" : "segments");
    text_string(&t, " in ");
    words_duration(&t, l->of->last_time - l->of->first_time);
    text_format(d->t, "</title>\n<desc id=\"synfin-desc-%u\">", l->of->id);
    text_xml(d->t, t.bytes, t.used);
    text_string(d->t, ".</desc>\n");
    text_free(&t);
}

static void heading(struct drawing *d)
{
    struct text t = {0};
    ladder_title(&t, d->ladder);
    text_char(&t, '\0');
    words(d, MARGIN, 28, "start", "title", t.failed ? "" : t.bytes);
    text_free(&t);
    words(d, d->frame_right, TOP - 18, "end", "quiet", "frame");
    words(d, d->time_right, TOP - 18, "end", "quiet", ladder_in_milliseconds(d->ladder) ? "ms" : "s");
    end_name(d, CLIENT);
    end_name(d, SERVER);
    for (unsigned side = 0; side < 2; side++)
        line(d, d->life[side], TOP - 8, d->life[side], TOP, "life");
}

/* What the signs mean that occur in it. */
static void legend(struct drawing *d, int y)
{
    for (unsigned i = 0; i < ladder_sign_count; i++) {
        if (!(d->ladder->used & ladder_signs[i].used))
            continue;
        words(d, MARGIN, y, "start", "plain", ladder_signs[i].sign);
        words(d, MARGIN + 10 * COLUMN, y, "start", "quiet", ladder_signs[i].means);
        y += SHORT - 4;
    }
}

void ladder_svg(struct text *t, const struct ladder *l, const char *name)
{
    struct drawing d = { .t = t, .ladder = l };
    unsigned signs = (unsigned)__builtin_popcount(l->used);
    lay_out(&d);
    int y = TOP, height = TOP + MARGIN;
    for (size_t i = 0; i < l->count; i++)
        height += height_of(&l->rows[i]);
    int below = height + MARGIN;
    height += signs ? (int)signs * (SHORT - 4) + MARGIN : 0;
    text_format(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"synfin\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                "height=\"%d\" role=\"img\" aria-labelledby=\"synfin-title-%u synfin-desc-%u\">\n", d.width, height,
                d.width, height, l->of->id, l->of->id);
    described(&d, name);
    text_string(t, style);
    text_format(t, "<rect width=\"%d\" height=\"%d\" class=\"paper\"/>\n", d.width, height);
    heading(&d);
    for (size_t i = 0; i < l->count; i++) {
        row_draw(&d, &l->rows[i], y);
        y += height_of(&l->rows[i]);
    }
    for (unsigned side = 0; side < 2; side++)
        if (d.bracket_from[side])
            bracket_draw(&d, side, y, true);
    legend(&d, below);
    text_string(t, "</svg>\n");
}

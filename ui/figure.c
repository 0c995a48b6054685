#include "ui/figure.h"

#include <string.h>

enum { POINTS_MAX = 4, GRID_WIDTH = 80, GRID_HEIGHT = 16, LABEL_ROWS = 2 };
enum head { HEAD_NONE, HEAD_FROM_LEFT, HEAD_FROM_RIGHT, HEAD_FROM_ABOVE };
enum align { LABEL_NONE, LABEL_RIGHT_OF, LABEL_LEFT_OF };   /* begins at x; ends before x */

struct point { uint8_t x, y; };

struct line {
    uint8_t from, event, to;      /* to: a place */
    uint8_t head;
    struct point at[POINTS_MAX];  /* ends at the first (0, 0) behind the start; the ends lie under the states' names */
    uint8_t align;
    struct point label;
    const char *words[LABEL_ROWS];/* the figure's label, as far as there is room */
};

struct figure {
    uint8_t width, height;
    bool wide;                    /* markers have blanks, labels are written */
    struct point place[FIGURE_PLACES];
    struct point aside[STATE_COUNT];   /* where an arc that has no line is named: ends before it, or begins at it */
    const struct line *lines;
    uint8_t count;
};

static const struct line wide_lines[] = {
    { STATE_CLOSED, ON_PASSIVE_OPEN, STATE_LISTEN, HEAD_NONE, { { 40, 0 }, { 40, 1 }, { 27, 1 }, { 27, 2 } },
      LABEL_LEFT_OF, { 26, 1 }, { "passive OPEN / create TCB" } },
    { STATE_CLOSED, ON_ACTIVE_OPEN, STATE_SYN_SENT, HEAD_NONE, { { 40, 0 }, { 40, 1 }, { 53, 1 }, { 53, 4 } },
      LABEL_RIGHT_OF, { 55, 1 }, { "active OPEN", "/ create TCB, snd SYN" } },
    { STATE_LISTEN, ON_RCV_SYN, STATE_SYN_RECEIVED, HEAD_NONE, { { 27, 2 }, { 27, 4 } },
      LABEL_LEFT_OF, { 26, 3 }, { "rcv SYN / snd SYN,ACK" } },
    { STATE_SYN_SENT, ON_RCV_SYN, STATE_SYN_RECEIVED, HEAD_FROM_RIGHT, { { 53, 4 }, { 27, 4 } },
      LABEL_RIGHT_OF, { 30, 5 }, { "rcv SYN / snd SYN,ACK" } },
    { STATE_SYN_RECEIVED, ON_ACK_OF_SYN, STATE_ESTABLISHED, HEAD_FROM_LEFT, { { 27, 4 }, { 27, 6 }, { 40, 6 } },
      LABEL_LEFT_OF, { 26, 6 }, { "rcv ACK of SYN" } },
    { STATE_SYN_SENT, ON_RCV_SYN_ACK, STATE_ESTABLISHED, HEAD_FROM_RIGHT, { { 53, 4 }, { 53, 6 }, { 40, 6 } },
      LABEL_RIGHT_OF, { 55, 5 }, { "rcv SYN,ACK / snd ACK" } },
    { STATE_ESTABLISHED, ON_CLOSE, STATE_FIN_WAIT_1, HEAD_NONE, { { 40, 6 }, { 40, 7 }, { 27, 7 }, { 27, 8 } },
      LABEL_LEFT_OF, { 26, 7 }, { "CLOSE / snd FIN" } },
    { STATE_ESTABLISHED, ON_RCV_FIN, STATE_CLOSE_WAIT, HEAD_NONE, { { 40, 6 }, { 40, 7 }, { 53, 7 }, { 53, 8 } },
      LABEL_RIGHT_OF, { 55, 7 }, { "rcv FIN / snd ACK" } },
    { STATE_FIN_WAIT_1, ON_ACK_OF_FIN, STATE_FIN_WAIT_2, HEAD_NONE, { { 27, 8 }, { 27, 9 }, { 20, 9 }, { 20, 10 } },
      LABEL_LEFT_OF, { 19, 9 }, { "rcv ACK of FIN" } },
    { STATE_FIN_WAIT_1, ON_RCV_FIN, STATE_CLOSING, HEAD_NONE, { { 27, 8 }, { 27, 9 }, { 33, 9 }, { 33, 10 } },
      LABEL_RIGHT_OF, { 35, 9 }, { "rcv FIN / snd ACK" } },
    { STATE_CLOSE_WAIT, ON_CLOSE, STATE_LAST_ACK, HEAD_NONE, { { 53, 8 }, { 53, 10 } },
      LABEL_RIGHT_OF, { 55, 9 }, { "CLOSE / snd FIN" } },
    { STATE_FIN_WAIT_2, ON_RCV_FIN, STATE_TIME_WAIT, HEAD_FROM_ABOVE,
      { { 20, 10 }, { 20, 12 }, { 27, 12 }, { 27, 14 } }, LABEL_LEFT_OF, { 19, 11 }, { "rcv FIN / snd ACK" } },
    { STATE_CLOSING, ON_ACK_OF_FIN, STATE_TIME_WAIT, HEAD_FROM_ABOVE,
      { { 33, 10 }, { 33, 12 }, { 27, 12 }, { 27, 14 } }, LABEL_RIGHT_OF, { 35, 11 }, { "rcv ACK of FIN" } },
    { STATE_LAST_ACK, ON_ACK_OF_FIN, FIGURE_AFTER, HEAD_FROM_ABOVE, { { 53, 10 }, { 53, 14 } },
      LABEL_RIGHT_OF, { 55, 12 }, { "rcv ACK of FIN" } },
    { STATE_TIME_WAIT, ON_2MSL, FIGURE_AFTER, HEAD_FROM_LEFT, { { 31, 14 }, { 53, 14 } },
      LABEL_RIGHT_OF, { 34, 13 }, { "Timeout = 2 MSL" } },
};

static const struct line small_lines[] = {
    { STATE_CLOSED, ON_PASSIVE_OPEN, STATE_LISTEN, HEAD_NONE, { { 21, 0 }, { 21, 1 }, { 8, 1 }, { 8, 2 } },
      0, { 0, 0 }, { 0 } },
    { STATE_CLOSED, ON_ACTIVE_OPEN, STATE_SYN_SENT, HEAD_NONE, { { 21, 0 }, { 21, 1 }, { 34, 1 }, { 34, 2 } },
      0, { 0, 0 }, { 0 } },
    { STATE_LISTEN, ON_RCV_SYN, STATE_SYN_RECEIVED, HEAD_FROM_LEFT, { { 8, 2 }, { 8, 3 }, { 18, 3 } },
      0, { 0, 0 }, { 0 } },
    { STATE_SYN_SENT, ON_RCV_SYN, STATE_SYN_RECEIVED, HEAD_FROM_RIGHT, { { 34, 2 }, { 34, 3 }, { 20, 3 } },
      0, { 0, 0 }, { 0 } },
    { STATE_SYN_RECEIVED, ON_ACK_OF_SYN, STATE_ESTABLISHED, HEAD_FROM_LEFT, { { 15, 3 }, { 15, 4 }, { 24, 4 } },
      0, { 0, 0 }, { 0 } },
    { STATE_SYN_SENT, ON_RCV_SYN_ACK, STATE_ESTABLISHED, HEAD_FROM_RIGHT, { { 34, 2 }, { 34, 4 }, { 26, 4 } },
      0, { 0, 0 }, { 0 } },
    { STATE_ESTABLISHED, ON_CLOSE, STATE_FIN_WAIT_1, HEAD_NONE, { { 26, 4 }, { 26, 5 }, { 11, 5 }, { 11, 6 } },
      0, { 0, 0 }, { 0 } },
    { STATE_ESTABLISHED, ON_RCV_FIN, STATE_CLOSE_WAIT, HEAD_NONE, { { 26, 4 }, { 26, 5 }, { 34, 5 }, { 34, 6 } },
      0, { 0, 0 }, { 0 } },
    { STATE_FIN_WAIT_1, ON_ACK_OF_FIN, STATE_FIN_WAIT_2, HEAD_NONE, { { 11, 6 }, { 11, 7 }, { 8, 7 }, { 8, 8 } },
      0, { 0, 0 }, { 0 } },
    { STATE_FIN_WAIT_1, ON_RCV_FIN, STATE_CLOSING, HEAD_NONE, { { 11, 6 }, { 11, 7 }, { 21, 7 }, { 21, 8 } },
      0, { 0, 0 }, { 0 } },
    { STATE_CLOSE_WAIT, ON_CLOSE, STATE_LAST_ACK, HEAD_NONE, { { 34, 6 }, { 34, 8 } }, 0, { 0, 0 }, { 0 } },
    { STATE_FIN_WAIT_2, ON_RCV_FIN, STATE_TIME_WAIT, HEAD_NONE, { { 8, 8 }, { 8, 9 }, { 11, 9 }, { 11, 10 } },
      0, { 0, 0 }, { 0 } },
    { STATE_CLOSING, ON_ACK_OF_FIN, STATE_TIME_WAIT, HEAD_NONE, { { 21, 8 }, { 21, 9 }, { 11, 9 }, { 11, 10 } },
      0, { 0, 0 }, { 0 } },
    { STATE_LAST_ACK, ON_ACK_OF_FIN, FIGURE_AFTER, HEAD_NONE, { { 34, 8 }, { 34, 10 } }, 0, { 0, 0 }, { 0 } },
    { STATE_TIME_WAIT, ON_2MSL, FIGURE_AFTER, HEAD_FROM_LEFT, { { 14, 10 }, { 32, 10 } },
      LABEL_RIGHT_OF, { 18, 10 }, { "2 MSL" } },
};

static const struct figure figures[] = {
    { .width = 78, .height = 15, .wide = true, .lines = wide_lines, .count = sizeof wide_lines / sizeof *wide_lines,
      .place = { [STATE_CLOSED] = { 37, 0 }, [STATE_LISTEN] = { 24, 2 }, [STATE_SYN_SENT] = { 50, 4 },
                 [STATE_SYN_RECEIVED] = { 21, 4 }, [STATE_ESTABLISHED] = { 36, 6 }, [STATE_FIN_WAIT_1] = { 22, 8 },
                 [STATE_FIN_WAIT_2] = { 13, 10 }, [STATE_CLOSE_WAIT] = { 48, 8 }, [STATE_CLOSING] = { 30, 10 },
                 [STATE_LAST_ACK] = { 49, 10 }, [STATE_TIME_WAIT] = { 22, 14 }, [FIGURE_AFTER] = { 50, 14 } },
      .aside = { [STATE_SYN_SENT] = { 60, 4 }, [STATE_SYN_RECEIVED] = { 15, 4 }, [STATE_ESTABLISHED] = { 55, 6 },
                 [STATE_FIN_WAIT_1] = { 15, 8 }, [STATE_FIN_WAIT_2] = { 18, 12 }, [STATE_CLOSE_WAIT] = { 60, 8 },
                 [STATE_CLOSING] = { 35, 12 }, [STATE_LAST_ACK] = { 60, 10 }, [STATE_TIME_WAIT] = { 16, 14 },
                 [STATE_LISTEN] = { 18, 2 } } },
    { .width = 38, .height = 11, .lines = small_lines, .count = sizeof small_lines / sizeof *small_lines,
      .place = { [STATE_CLOSED] = { 18, 0 }, [STATE_LISTEN] = { 5, 2 }, [STATE_SYN_SENT] = { 30, 2 },
                 [STATE_SYN_RECEIVED] = { 14, 3 }, [STATE_ESTABLISHED] = { 21, 4 }, [STATE_FIN_WAIT_1] = { 6, 6 },
                 [STATE_FIN_WAIT_2] = { 3, 8 }, [STATE_CLOSE_WAIT] = { 28, 6 }, [STATE_CLOSING] = { 18, 8 },
                 [STATE_LAST_ACK] = { 30, 8 }, [STATE_TIME_WAIT] = { 7, 10 }, [FIGURE_AFTER] = { 31, 10 } } },
};

const struct figure *figure_fitting(unsigned width, unsigned height)
{
    for (unsigned i = 0; i < sizeof figures / sizeof *figures; i++)
        if (figures[i].width <= width && figures[i].height <= height)
            return &figures[i];
    return NULL;
}

unsigned figure_width(const struct figure *figure)
{
    return figure->width;
}

unsigned figure_height(const struct figure *figure)
{
    return figure->height;
}

bool figure_draws(const struct figure *figure, unsigned arc)
{
    for (unsigned i = 0; i < figure->count; i++)
        if (tcp_arc_find(figure->lines[i].from, figure->lines[i].event) == (int)arc)
            return true;
    return false;
}

/* --- lines --- */

enum { UP, DOWN, LEFT, RIGHT, DIRECTIONS };

/* What lies in a cell: how thick a line goes which way (0 none, 1 thin, 2 thick), and the role of the most telling. */
struct crossing {
    uint8_t way[DIRECTIONS];
    uint8_t rank;
    uint32_t role;
};

struct drawing {
    const struct figure *figure;
    const struct figure_way *way;
    struct canvas *canvas;
    unsigned x, y;
    struct crossing grid[GRID_HEIGHT][GRID_WIDTH];
};

/* A thick line's side branches begin beside it: there is no character for a corner with a thin branch. */
static uint32_t crossing_character(const struct crossing *c)
{
    static const uint16_t characters[2][16] = {   /* bits by direction */
        { 0, 0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524, 0x2500, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534,
          0x252c, 0x253c },
        { 0, 0x2551, 0x2551, 0x2551, 0x2550, 0x255d, 0x2557, 0x2563, 0x2550, 0x255a, 0x2554, 0x2560, 0x2550, 0x2569,
          0x2566, 0x256c } };
    unsigned any = 0, thick = 0;
    for (unsigned d = 0; d < DIRECTIONS; d++) {
        any |= (unsigned)(c->way[d] > 0) << d;
        thick |= (unsigned)(c->way[d] > 1) << d;
    }
    return thick ? characters[1][thick] : characters[0][any];
}

static unsigned arc_of(const struct line *line)
{
    int arc = tcp_arc_find(line->from, line->event);
    return arc < 0 ? 63 : (unsigned)arc;
}

static bool has(const uint64_t arcs[2], unsigned side, const struct line *line)
{
    return arcs[side] >> arc_of(line) & 1;
}

static bool taken(const struct drawing *d, const struct line *line)
{
    return has(d->way->taken, FIGURE_CLIENT, line) || has(d->way->taken, FIGURE_SERVER, line);
}

static bool last(const struct drawing *d, const struct line *line)
{
    return has(d->way->last, FIGURE_CLIENT, line) || has(d->way->last, FIGURE_SERVER, line);
}

static enum role line_role(const struct drawing *d, const struct line *line)
{
    bool client = has(d->way->taken, FIGURE_CLIENT, line), server = has(d->way->taken, FIGURE_SERVER, line);
    if (last(d, line))
        return ROLE_NOW;
    return client && server ? ROLE_STATE : client ? ROLE_CLIENT : server ? ROLE_SERVER : ROLE_LINE;
}

static void go(struct drawing *d, const struct line *line, struct point *at, struct point to)
{
    uint8_t weight = taken(d, line) ? 2 : 1;
    uint8_t rank = (uint8_t)(weight + last(d, line));
    while (at->x != to.x || at->y != to.y) {
        unsigned out = to.y > at->y ? DOWN : to.y < at->y ? UP : to.x > at->x ? RIGHT : LEFT;
        struct point next = *at;
        next.x = (uint8_t)(next.x + (out == RIGHT) - (out == LEFT));
        next.y = (uint8_t)(next.y + (out == DOWN) - (out == UP));
        struct crossing *ends[2] = { &d->grid[at->y][at->x], &d->grid[next.y][next.x] };
        for (unsigned i = 0; i < 2; i++) {
            uint8_t *way = &ends[i]->way[i ? out ^ 1 : out];
            *way = *way > weight ? *way : weight;
            if (rank > ends[i]->rank) {
                ends[i]->rank = rank;
                ends[i]->role = line_role(d, line);
            }
        }
        *at = next;
    }
}

static void draw_lines(struct drawing *d)
{
    for (unsigned i = 0; i < d->figure->count; i++) {
        const struct line *line = &d->figure->lines[i];
        struct point at = line->at[0];
        for (unsigned p = 1; p < POINTS_MAX && line->at[p].x; p++)
            go(d, line, &at, line->at[p]);
    }
    for (unsigned y = 0; y < d->figure->height; y++)
        for (unsigned x = 0; x < d->figure->width; x++)
            if (d->grid[y][x].rank)
                canvas_put(d->canvas, d->x + x, d->y + y, d->grid[y][x].role, crossing_character(&d->grid[y][x]));
}

/* --- states and what is written beside them --- */

/* "C> ", "C> S> ", without blanks in the small figure. Gives its length. */
static unsigned marker(const struct drawing *d, unsigned place, char text[8])
{
    unsigned n = 0;
    bool both = d->way->place[0] == place && d->way->place[1] == place;
    for (unsigned side = 0; side < 2; side++) {
        if (d->way->place[side] != place)
            continue;
        text[n++] = "CS"[side];
        if (d->figure->wide || !both || side == 1)
            text[n++] = d->way->supposed[side] ? '?' : '>';
        if (d->figure->wide)
            text[n++] = ' ';
    }
    text[n] = '\0';
    return n;
}

static bool visited(const struct drawing *d, unsigned place)
{
    for (unsigned i = 0; i < d->figure->count; i++) {
        const struct line *line = &d->figure->lines[i];
        if (taken(d, line) && (line->from == place || line->to == place))
            return true;
    }
    return false;
}

static void draw_place(struct drawing *d, unsigned place)
{
    const struct point *at = &d->figure->place[place];
    const char *name = tcp_state_names[place == FIGURE_AFTER ? STATE_CLOSED : place];
    char text[8];
    unsigned length = marker(d, place, text);
    bool supposed = length && text[1] == '?' && !strchr(text, '>');
    enum role role = length && !supposed ? ROLE_NOW : visited(d, place) ? ROLE_PLAIN : ROLE_QUIET;
    unsigned x = d->x + at->x, begin = x > length ? x - length : 0;
    canvas_text(d->canvas, begin, d->y + at->y, length && text[0] == 'S' ? ROLE_SERVER : ROLE_CLIENT, text);
    for (unsigned i = 0; i < length; i++)
        if (text[i] == 'S')
            canvas_text(d->canvas, begin + i, d->y + at->y, ROLE_SERVER, text + i);
    canvas_text(d->canvas, x, d->y + at->y, role, name);
}

static void draw_head(struct drawing *d, const struct line *line)
{
    const struct point *to = &d->figure->place[line->to];
    char text[8];
    unsigned length = marker(d, line->to, text), x = to->x, y = to->y;
    uint32_t character = 0x25ba;
    switch (line->head) {
    case HEAD_NONE:
        return;
    case HEAD_FROM_LEFT:
        x -= length + 1;
        break;
    case HEAD_FROM_RIGHT:
        x += (unsigned)strlen(tcp_state_names[line->to]);
        character = 0x25c4;
        break;
    default:
        for (unsigned p = 0; p < POINTS_MAX && line->at[p].x; p++)
            x = line->at[p].x;
        y--;
        character = 0x25bc;
    }
    if (line->head == HEAD_FROM_ABOVE && !taken(d, line) && d->grid[y][x].rank > 1)
        return;
    canvas_put(d->canvas, d->x + x, d->y + y, line_role(d, line), character);
}

static void draw_label(struct drawing *d, const struct line *line)
{
    bool now = last(d, line);
    enum role role = now ? ROLE_NOW : taken(d, line) ? ROLE_PLAIN : ROLE_QUIET;
    for (unsigned i = 0; i < LABEL_ROWS && line->words[i]; i++) {
        const char *words = line->words[i];
        unsigned x = line->label.x, y = d->y + line->label.y + i;
        if (line->align == LABEL_LEFT_OF)
            x -= (unsigned)strlen(words);
        canvas_text(d->canvas, d->x + x, y, role, words);
        if (now && i == 0 && d->figure->wide && x > 0)
            canvas_put(d->canvas, d->x + x - 1, y, ROLE_NOW, '*');
    }
}

/* An arc that was taken and has no line: "RST: -> CLOSED" beside the state that it left. */
static void draw_aside(struct drawing *d, unsigned arc, unsigned side)
{
    const struct arc *a = &tcp_arcs[arc];
    const struct point *at = &d->figure->aside[a->from];
    bool rst = a->event == ON_RCV_RST || a->event == ON_RCV_RST_ACTIVE || a->event == ON_ABORT;
    const char *why = rst ? "RST" : a->event == ON_CLOSE ? "CLOSE" : a->event == ON_SEND ? "SEND"
                      : a->event == ON_FIN_AGAIN ? "FIN again" : "rcv SYN";
    if (!at->x)
        return;
    struct text t = {0};
    text_format(&t, "%s%s: -> %s", d->way->last[side] >> arc & 1 ? "*" : "", why, tcp_state_names[a->to]);
    text_char(&t, '\0');
    unsigned x = d->x + at->x;
    bool leftwards = at->x < 30;
    enum role role = rst ? ROLE_TROUBLE : ROLE_NOW;
    if (!t.failed && (!leftwards || t.used <= at->x)) {
        if (leftwards)
            canvas_text_right(d->canvas, x, d->y + at->y, role, t.bytes);
        else
            canvas_text(d->canvas, x, d->y + at->y, role, t.bytes);
    }
    text_free(&t);
}

void figure_draw(const struct figure *figure, const struct figure_way *way, struct canvas *canvas, unsigned x,
                 unsigned y)
{
    struct drawing d = { .figure = figure, .way = way, .canvas = canvas, .x = x, .y = y };
    draw_lines(&d);
    for (unsigned i = 0; i < figure->count; i++)
        draw_label(&d, &figure->lines[i]);
    for (unsigned place = STATE_CLOSED; place < FIGURE_PLACES; place++)
        draw_place(&d, place);
    for (unsigned i = 0; i < figure->count; i++)
        draw_head(&d, &figure->lines[i]);
    for (unsigned side = 0; side < 2; side++)
        for (unsigned arc = 0; arc < tcp_arc_count; arc++)
            if (way->taken[side] >> arc & 1 && !figure_draws(figure, arc))
                draw_aside(&d, arc, side);
}

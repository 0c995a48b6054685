#include "ui/plot.h"

enum { LABEL_COLUMNS = 7, LEAST_LABELLED = 24, LEAST_HEIGHT = 2, TICK_COLUMNS = 12, TICK_ROWS = 3 };
enum { NOW_COLUMNS = 5 };             /* " now " */
enum { UPPER = 0x2580, LOWER = 0x2584, FULL = 0x2588, EIGHTH = 0x2581 };

/* 1, 2 or 5 times a power of ten, not less than n. */
static uint64_t round_up(uint64_t n)
{
    uint64_t power = 1;
    while (power * 10 <= n && power < UINT64_C(1000000000000000000))
        power *= 10;
    return n <= power ? power : n <= power * 2 ? power * 2 : n <= power * 5 ? power * 5 : power * 10;
}

static void scaled(struct text *t, uint64_t value, uint64_t unit, const char *name)
{
    text_u64(t, value / unit);
    if (value / unit < 100 && unit > 9 && value % unit * 10 / unit)
        text_format(t, ".%u", (unsigned)(value % unit * 10 / unit));
    text_string(t, name);
}

void plot_value(struct text *t, uint64_t value, enum plot_unit unit)
{
    if (unit == PLOT_TIME) {
        if (value >= (uint64_t)NS_PER_S)
            scaled(t, value, (uint64_t)NS_PER_S, " s");
        else if (value >= (uint64_t)NS_PER_MS)
            scaled(t, value, (uint64_t)NS_PER_MS, " ms");
        else
            scaled(t, value, (uint64_t)NS_PER_US, value ? " us" : "");
        return;
    }
    static const struct { uint64_t unit; const char *short_name, *name; } units[] = {
        { 1000000000, "G", " GB/s" }, { 1000000, "M", " MB/s" }, { 1000, "k", " kB/s" }, { 1, "", " B/s" } };
    unsigned i = 0;
    while (value < units[i].unit && units[i].unit > 1)
        i++;
    scaled(t, value, units[i].unit, unit == PLOT_BYTES ? units[i].short_name : units[i].name);
}

/* --- axes --- */

static void label_right(struct plot *p, unsigned x, unsigned y, struct text *t)
{
    text_char(t, '\0');
    if (!t->failed)
        canvas_text_right(p->canvas, x, y, ROLE_QUIET, t->bytes);
    text_free(t);
}

static void value_axis(struct plot *p, uint64_t step, enum plot_unit unit, bool labelled)
{
    unsigned axis = p->x - 1;
    for (unsigned row = 0; row < p->height; row++)
        canvas_put(p->canvas, axis, p->y + row, ROLE_LINE, 0x2502);
    for (uint64_t value = 0; value <= p->most && labelled; value += step) {
        unsigned y = p->y + p->height - 1 - plot_half(p, value) / 2;
        struct text t = {0};
        plot_value(&t, value, unit == PLOT_TIME ? PLOT_TIME : PLOT_BYTES);
        if (unit != PLOT_TIME && value + step > p->most)   /* the highest one names the unit */
            text_string(&t, unit == PLOT_BYTES ? "B" : "B/s");
        label_right(p, axis, y, &t);
        canvas_put(p->canvas, axis, y, ROLE_LINE, 0x2524);
    }
}

/* A time on the axis, in the unit that the step is told in; the unit itself once. */
static void time_label(struct text *t, nanoseconds time, nanoseconds step, bool named)
{
    nanoseconds unit = step >= NS_PER_S / 10 ? NS_PER_S : step >= NS_PER_MS / 10 ? NS_PER_MS : NS_PER_US;
    nanoseconds tenth = unit / 10;
    text_i64(t, time / unit);
    if (step % unit)
        text_format(t, ".%d", (int)(time % unit / tenth));
    if (named)
        text_string(t, unit == NS_PER_S ? " s" : unit == NS_PER_MS ? " ms" : " us");
}

/* Where the word for the present begins, below the axis; whole, also where the present is near an edge. */
static unsigned now_begins(const struct plot *p)
{
    unsigned x = p->x + plot_column(p, p->now), begin = x > 2 ? x - 2 : 0, most = p->canvas->width;
    most = most > NOW_COLUMNS ? most - NOW_COLUMNS : 0;
    return begin < most ? begin : most;
}

/* Columns below the axis that are free for a time: before `until`, and not where the present is. */
static bool has_room(const struct plot *p, unsigned x, size_t columns, unsigned until)
{
    unsigned now = now_begins(p);
    return x + columns < until && (p->now < p->from || x + columns <= now || x >= now + NOW_COLUMNS);
}

/* Times below their ticks, from the last to the first: those without room are left out, and the last that stands there
 * names the unit. */
static void time_labels(struct plot *p, nanoseconds step, unsigned y)
{
    nanoseconds range = p->to - p->from;
    unsigned until = p->canvas->width + 1;
    for (nanoseconds at = range / step * step; at >= 0; at -= step) {
        struct text t = {0};
        time_label(&t, at, step, until > p->canvas->width);
        unsigned left = (unsigned)t.used / 2, x = p->x + plot_column(p, p->from + at);
        x = x > left ? x - left : 0;
        if (x + t.used > p->canvas->width)
            x = p->canvas->width > t.used ? p->canvas->width - (unsigned)t.used : 0;
        if (has_room(p, x, t.used, until)) {
            canvas_text(p->canvas, x, y, ROLE_QUIET, text_ended(&t));
            until = x;
        }
        text_free(&t);
    }
}

static void time_axis(struct plot *p, bool labelled)
{
    unsigned y = p->y + p->height;
    canvas_put(p->canvas, p->x - 1, y, ROLE_LINE, 0x2514);
    canvas_line(p->canvas, p->x, y, p->width, ROLE_LINE, 0x2500);
    if (!labelled)
        return;
    unsigned ticks = p->width / TICK_COLUMNS > 2 ? p->width / TICK_COLUMNS : 2;
    nanoseconds range = p->to - p->from;
    nanoseconds step = (nanoseconds)round_up((uint64_t)(range / ticks > NS_PER_US ? range / ticks : NS_PER_US));
    for (nanoseconds at = 0; at <= range; at += step)
        canvas_put(p->canvas, p->x + plot_column(p, p->from + at), y, ROLE_LINE, 0x252c);
    time_labels(p, step, y + 1);
}

bool plot_open(struct plot *p, struct canvas *canvas, unsigned top, unsigned bottom, nanoseconds from,
               nanoseconds to, nanoseconds now, uint64_t most, enum plot_unit unit)
{
    bool labelled = canvas->width >= LEAST_LABELLED;
    unsigned left = labelled ? LABEL_COLUMNS + 1 : 1, below = bottom - top > LEAST_HEIGHT + 2 ? 2 : 1;
    if (canvas->width < left + 2 || bottom < top + LEAST_HEIGHT + below)
        return false;
    *p = (struct plot){ .canvas = canvas, .x = left, .y = top, .width = canvas->width - left,
                        .height = bottom - top - below, .from = from, .to = to > from ? to : from + NS_PER_MS,
                        .now = now };
    if (p->width > PLOT_COLUMNS_MAX)
        p->width = PLOT_COLUMNS_MAX;
    unsigned ticks = p->height / TICK_ROWS ? p->height / TICK_ROWS : 1;
    uint64_t step = round_up(most / ticks ? most / ticks : 1);
    p->most = (most + step - 1) / step * step;
    if (p->most == 0)
        p->most = step;
    value_axis(p, step, unit, labelled);
    time_axis(p, labelled && below == 2);
    return true;
}

/* --- places --- */

/* a * b / c without overflow, for b and c below 2^24. */
static uint64_t share(uint64_t a, unsigned b, uint64_t c)
{
    while (a >> 40) {
        a >>= 1;
        c >>= 1;
    }
    return c ? a * b / c : 0;
}

unsigned plot_column(const struct plot *p, nanoseconds time)
{
    if (time <= p->from)
        return 0;
    if (time >= p->to)
        return p->width - 1;
    return (unsigned)share((uint64_t)(time - p->from), p->width - 1, (uint64_t)(p->to - p->from));
}

nanoseconds plot_time(const struct plot *p, unsigned column)
{
    if (p->width < 2)
        return p->from;
    return p->from + (p->to - p->from) / (p->width - 1) * column;
}

unsigned plot_half(const struct plot *p, uint64_t value)
{
    return (unsigned)share(value < p->most ? value : p->most, p->height * 2 - 1, p->most);
}

enum role plot_role(const struct plot *p, nanoseconds time, enum role role)
{
    return time > p->now ? ROLE_QUIET : role;
}

/* --- marks --- */

static struct cell *cell_at(const struct plot *p, unsigned column, unsigned row)
{
    if (!p->canvas->cells || column >= p->width || row >= p->height)
        return NULL;
    return &p->canvas->cells[(size_t)(p->y + p->height - 1 - row) * p->canvas->width + p->x + column];
}

static bool is_letter(uint32_t c)
{
    return c > ' ' && c < 0x7f;
}

void plot_dot(struct plot *p, unsigned column, unsigned half, enum role role)
{
    struct cell *cell = cell_at(p, column, half / 2);
    if (!cell || is_letter(cell->character))
        return;
    uint32_t character = half % 2 ? UPPER : LOWER, other = half % 2 ? LOWER : UPPER;
    if (cell->character == other || cell->character == FULL)
        character = FULL;
    *cell = (struct cell){ .character = character, .role = role };
}

void plot_bar(struct plot *p, unsigned column, uint64_t value, enum role role)
{
    uint64_t eighths = share(value < p->most ? value : p->most, p->height * 8, p->most);
    if (value && !eighths)
        eighths = 1;
    for (unsigned row = 0; eighths; row++) {
        struct cell *cell = cell_at(p, column, row);
        unsigned full = eighths > 8 ? 8 : (unsigned)eighths;
        if (cell)
            *cell = (struct cell){ .character = EIGHTH + full - 1, .role = role };
        eighths -= full;
    }
}

void plot_character(struct plot *p, unsigned column, uint64_t value, enum role role, uint32_t character)
{
    struct cell *cell = cell_at(p, column, plot_half(p, value) / 2);
    if (cell)
        *cell = (struct cell){ .character = character, .role = role };
}

void plot_line(struct plot *p, const int64_t *values, enum role role, uint32_t flat, uint32_t upright)
{
    for (unsigned column = 0; column < p->width; column++) {
        if (values[column] < 0)
            continue;
        enum role here = plot_role(p, plot_time(p, column), role);
        unsigned row = plot_half(p, (uint64_t)values[column]) / 2, before = row;
        if (column && values[column - 1] >= 0)
            before = plot_half(p, (uint64_t)values[column - 1]) / 2;
        for (unsigned at = row < before ? row : before; at <= (row < before ? before : row); at++) {
            struct cell *cell = cell_at(p, column, at);
            if (cell)
                *cell = (struct cell){ .character = at == row ? flat : upright, .role = here };
        }
    }
}

void plot_now(struct plot *p)
{
    if (p->now < p->from)
        return;
    unsigned column = plot_column(p, p->now), x = p->x + column;
    for (unsigned row = 0; row < p->height; row++) {
        struct cell *cell = cell_at(p, column, row);
        if (cell && (cell->character == 0 || cell->character == ' '))
            *cell = (struct cell){ .character = 0x254e, .role = ROLE_NOW };
    }
    canvas_put(p->canvas, x, p->y + p->height, ROLE_NOW, 0x25b2);
    canvas_text(p->canvas, now_begins(p), p->y + p->height + 1, ROLE_NOW, " now ");
}

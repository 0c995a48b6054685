/* view_bytes.c - the Bytes pane: the fields of the frame at the present, its bytes with those of the field lit, and
 * what that field is for.
 *
 * The cursor is a byte and the field it is in. In the next frame it goes to the field of the same name, so that
 * stepping shows what becomes of a sequence number.
 */
#include "ui/pane.h"
#include "ui/view_bytes.h"

#include <stdio.h>
#include <string.h>

#include "report/words.h"
#include "ui/view.h"

enum { SIDE_BY_SIDE = 120, LIST_WIDE = 58, PLAIN_ROWS = 10 /* lower panes have no rules */ };

void clipped_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s, unsigned width)
{
    unsigned length = (unsigned)strlen(s), fits = length <= width ? length : 0;
    for (unsigned i = 0; i <= width && length > width; i++)
        if (s[i] == ' ')
            fits = i;
    for (unsigned i = 0; i < fits; i++)
        canvas_put(canvas, x + i, y, role, (unsigned char)s[i]);
    if (fits < length && fits + 3 <= width)
        canvas_text(canvas, x + fits, y, ROLE_QUIET, " ..");
}

static void select_field(struct bytes_memory *m, const struct anatomy *a, unsigned field)
{
    m->field = field;
    m->byte = a->fields[field].offset;
    m->name = a->fields[field].name;
    m->layer = a->layers[a->fields[field].layer].name;
}

static void select_byte(struct bytes_memory *m, const struct anatomy *a, uint32_t byte)
{
    const struct anatomy_field *f = &a->fields[m->field];
    unsigned field = anatomy_at(a, byte);
    if ((byte < f->offset || byte - f->offset >= f->length) && field != ANATOMY_NOTHING)
        select_field(m, a, field);
    m->byte = byte;
}

static bool is_lesson(const struct anatomy_layer *layer)
{
    static const char *const names[] = { "TCP", "UDP", "ICMP", "ICMPv6", "ARP" };
    for (unsigned i = 0; i < sizeof names / sizeof *names && !layer->quoted; i++)
        if (strcmp(layer->name, names[i]) == 0)
            return true;
    return false;
}

/* The field that the cursor was in, or the first of the transport header, or the first. tcp: a connection is looked at,
 * so that its own header is meant, not that of a tunnel around it. */
static unsigned field_like(const struct bytes_memory *m, const struct anatomy *a, bool tcp)
{
    unsigned transport = 0;
    for (unsigned i = 0; tcp && !m->name && i < a->count; i++)
        if (strcmp(a->layers[a->fields[i].layer].name, "TCP") == 0)
            return i;
    for (unsigned i = 0; i < a->count; i++) {
        const struct anatomy_layer *layer = &a->layers[a->fields[i].layer];
        if (m->name && strcmp(a->fields[i].name, m->name) == 0 && strcmp(layer->name, m->layer) == 0)
            return i;
        if (!transport && is_lesson(layer))
            transport = i;
    }
    return transport;
}

/* The frame of the present, taken apart, with the cursor in it. False: there is none; `error` says why. */
static bool read_frame(const struct present *present, struct bytes_memory *m, struct frame *frame, struct anatomy *a,
                       struct error *error)
{
    uint32_t number = present_frame(present);
    if (number == 0) {
        error_set(error, EXIT_DONE, "Before the first frame: no bytes yet.");
        return false;
    }
    if (!trace_frame(present->trace, number, frame, error))
        return false;
    bool tcp = present->of && conversation_is_tcp(present->of);
    anatomy_of(a, frame, tcp ? as_connection(present->of) : NULL);
    if (a->count == 0) {
        error_set(error, EXIT_DONE, "This frame has no bytes.");
        return false;
    }
    if (m->frame != number || m->field >= a->count) {
        const char *name = m->name, *layer = m->layer;
        select_field(m, a, field_like(m, a, tcp));
        m->frame = number;
        if (name) {                           /* kept through frames that have no such field */
            m->name = name;
            m->layer = layer;
        }
    }
    return true;
}

static void draw_field(const struct anatomy *a, unsigned i, bool headed, const struct bytes_memory *m,
                       struct canvas *canvas, unsigned y)
{
    enum { LAYER = 2, OFFSET_END = 17, NAME = 18, VALUE = 42 };
    const struct anatomy_field *f = &a->fields[i];
    const struct anatomy_layer *layer = &a->layers[f->layer];
    bool now = i == m->field;
    enum role role = f->trouble == TROUBLE_MALFORMED ? ROLE_TROUBLE
                     : f->trouble == TROUBLE_CUT     ? ROLE_QUIET
                                                     : ROLE_PLAIN;
    char text[32];
    if (now) {
        canvas_put(canvas, m->list.x, y, ROLE_NOW, '>');
        role = role == ROLE_PLAIN ? ROLE_NOW : role;
    }
    if (headed) {
        snprintf(text, sizeof text, layer->quoted ? "\"%s\"" : "%s", layer->name);
        canvas_text(canvas, m->list.x + LAYER, y, ROLE_HEADING, text);
    }
    snprintf(text, sizeof text, "%u", f->offset);
    canvas_text_right(canvas, m->list.x + OFFSET_END, y, ROLE_QUIET, text);
    clipped_text(canvas, m->list.x + NAME, y, role, f->name, VALUE - NAME - 1);
    if (m->list.width > VALUE)
        clipped_text(canvas, m->list.x + VALUE, y, role, f->value, m->list.width - VALUE);
}

static void draw_list(const struct anatomy *a, struct bytes_memory *m, bool active, struct canvas *canvas)
{
    unsigned height = m->list.height;
    m->list_top = (unsigned)pane_top(m->field, a->count, height);
    for (unsigned y = 0, i = m->list_top; y < height && i < a->count; y++, i++) {
        bool headed = y == 0 || a->fields[i].layer != a->fields[i - 1].layer;
        draw_field(a, i, headed, m, canvas, m->list.y + y);
        if (i == m->field && active)
            canvas_select(canvas, m->list.x, m->list.y + y, m->list.width);
    }
}

static void place_words(struct text *t, const struct anatomy_field *f)
{
    if (f->length > 1)
        text_format(t, "bytes %u-%u", f->offset, f->offset + f->length - 1);
    else if (f->length)
        text_format(t, "byte %u", f->offset);
    if (f->bits > 1)
        text_format(t, ", bits %u-%u", f->bit, f->bit + f->bits - 1u);
    else if (f->bits)
        text_format(t, ", bit %u", f->bit);
    text_format(t, "%s%s", f->length && *f->rfc ? "  " : "", f->rfc);
}

static void put_bytes(struct canvas *canvas, unsigned x, unsigned y, enum role role, const struct text *t)
{
    for (size_t i = 0; i < t->used; i++)
        canvas_put(canvas, x + (unsigned)i, y, role, (unsigned char)t->bytes[i]);
}

/* The field once more with its whole value, where it is, and what it is for. */
static void draw_says(const struct anatomy *a, const struct bytes_memory *m, struct canvas *canvas,
                      const struct area *at)
{
    const struct anatomy_field *f = &a->fields[m->field];
    struct text heading = {0}, place = {0}, lines = {0};
    if (!at->height)
        return;
    text_format(&heading, "%s, %s%s%s", a->layers[f->layer].name, f->name, *f->value ? ": " : "", f->value);
    put_bytes(canvas, at->x, at->y, f->trouble == TROUBLE_MALFORMED ? ROLE_TROUBLE : ROLE_NOW, &heading);
    place_words(&place, f);
    if (heading.used + 2 + place.used <= at->width)
        put_bytes(canvas, at->x + at->width - (unsigned)place.used, at->y, ROLE_QUIET, &place);
    words_wrap(&lines, f->says, strlen(f->says), 0, 0, at->width);
    for (size_t i = 0, x = 0, y = 1; i < lines.used && y < at->height; i++) {
        if (lines.bytes[i] == '\n') {
            y++;
            x = 0;
        } else {
            canvas_put(canvas, at->x + (unsigned)x++, at->y + (unsigned)y, ROLE_PLAIN, (unsigned char)lines.bytes[i]);
        }
    }
    text_free(&heading);
    text_free(&place);
    text_free(&lines);
}

/* The rule above the words, with the key that shows the other picture. */
static void draw_rule(const struct bytes_memory *m, struct canvas *canvas, unsigned y)
{
    const char *other = m->mode == BYTES_DIAGRAM ? " m  hex and ASCII " : " m  as the RFC draws it ";
    canvas_line(canvas, 0, y, canvas->width, ROLE_LINE, 0x2500);
    if (canvas->width > strlen(other) + 2) {
        canvas_text_right(canvas, canvas->width - 1, y, ROLE_QUIET, other);
        canvas_put(canvas, canvas->width - (unsigned)strlen(other), y, ROLE_KEY, 'm');
    }
}

/* Fields beside the bytes. Gives where the words go. */
static struct area beside(struct bytes_memory *m, struct canvas *canvas)
{
    unsigned says = 3, height = canvas->height - says - 1;
    unsigned right = m->mode == BYTES_DIAGRAM ? DIAGRAM_WIDTH : dump_width(m->per_row), x = canvas->width - right;
    m->list = (struct area){ 0, 0, x - 2, height };
    m->dump = (struct area){ x, 0, right, height };
    draw_rule(m, canvas, height);
    for (unsigned y = 0; y < height; y++)
        canvas_put(canvas, x - 2, y, ROLE_LINE, 0x2502);
    canvas_put(canvas, x - 2, height, ROLE_LINE, 0x2534);
    return (struct area){ 0, height + 1, canvas->width, says };
}

/* Fields above the bytes, or the diagram alone. */
static struct area above(struct bytes_memory *m, const struct frame *frame, struct canvas *canvas)
{
    unsigned height = canvas->height, rule = height >= PLAIN_ROWS ? 1 : 0;
    unsigned says = height >= PLAIN_ROWS ? 3 : height >= 4 ? 1 : 0;
    unsigned left = height - says - rule, rows = (frame->caplen + m->per_row - 1) / m->per_row;
    unsigned dump = left > 2 * rule ? (left - rule) * 2 / 5 : 0;
    if (dump > rows)
        dump = rows;
    if (m->mode == BYTES_DIAGRAM) {
        m->list = (struct area){ 0, 0, canvas->width, 0 };
        m->dump = (struct area){ canvas->width > DIAGRAM_WIDTH ? (canvas->width - DIAGRAM_WIDTH) / 2 : 0, 0,
                                 canvas->width, left };
    } else {
        unsigned list = left - dump - (dump ? rule : 0);
        m->list = (struct area){ 0, 0, canvas->width, list };
        m->dump = (struct area){ 0, left - dump, canvas->width, dump };
        if (rule && dump)
            canvas_line(canvas, 0, list, canvas->width, ROLE_LINE, 0x2500);
    }
    if (rule)
        draw_rule(m, canvas, left);
    return (struct area){ 0, height - says, canvas->width, says };
}

static void bytes_draw(const struct present *present, void *record, bool active, struct canvas *canvas)
{
    struct bytes_memory *m = record;
    struct frame frame;
    struct anatomy a;
    struct error error = {0};
    if (!read_frame(present, m, &frame, &a, &error)) {
        clipped_text(canvas, 1, 0, ROLE_QUIET, error.text, canvas->width > 1 ? canvas->width - 1 : 0);
        m->list.height = m->dump.height = 0;
        return;
    }
    bool wide = canvas->width >= SIDE_BY_SIDE && canvas->height >= PLAIN_ROWS;
    unsigned room = wide ? canvas->width - LIST_WIDE : canvas->width;
    m->per_row = room >= dump_width(16) ? 16 : room >= dump_width(8) ? 8 : 4;
    struct area says = wide ? beside(m, canvas) : above(m, &frame, canvas);
    draw_list(&a, m, active, canvas);
    if (m->mode == BYTES_DIAGRAM)
        diagram_draw(&a, m->field, &m->dump, &m->diagram_top, canvas);
    else
        dump_draw(&frame, &a.fields[m->field], m, active, canvas);
    draw_says(&a, m, canvas, &says);
}

static void bytes_title(const struct present *present, const void *record, struct text *t)
{
    (void)record;
    text_format(t, present_frame(present) ? "bytes of frame %u" : "bytes", present_frame(present));
}

static void move_field(struct bytes_memory *m, const struct anatomy *a, long by)
{
    long to = (long)m->field + by, last = (long)a->count - 1;
    select_field(m, a, (unsigned)(to < 0 ? 0 : to > last ? last : to));
}

static bool click(struct bytes_memory *m, const struct anatomy *a, const struct frame *frame, const struct key *key)
{
    const struct area *list = &m->list;
    if (key->y >= list->y && key->y - list->y < list->height && key->x < list->x + list->width) {
        unsigned field = m->list_top + (key->y - list->y);
        if (field >= a->count)
            return false;
        select_field(m, a, field);
        return true;
    }
    uint32_t byte = m->mode == BYTES_DUMP ? dump_byte_at(m, frame, key->x, key->y) : UINT32_MAX;
    if (byte == UINT32_MAX)
        return false;
    select_byte(m, a, byte);
    return true;
}

static bool bytes_request(const struct present *present, void *record, enum request request, const struct key *key)
{
    struct bytes_memory *m = record;
    struct frame frame;
    struct anatomy a;
    struct error error = {0};
    if (request == REQUEST_MODE) {
        m->mode = (uint8_t)((m->mode + 1) % BYTES_MODES);
        return true;
    }
    if (!read_frame(present, m, &frame, &a, &error))
        return false;
    long page = m->list.height > 2 ? (long)m->list.height - 1 : 4;
    switch (request) {
    case REQUEST_UP: move_field(m, &a, -1); return true;
    case REQUEST_DOWN: move_field(m, &a, 1); return true;
    case REQUEST_PAGE_UP: move_field(m, &a, -page); return true;
    case REQUEST_PAGE_DOWN: move_field(m, &a, page); return true;
    case REQUEST_LEFT:
        if (m->byte > 0)
            select_byte(m, &a, m->byte - 1);
        return true;
    case REQUEST_RIGHT:
        if (m->byte + 1 < frame.caplen)
            select_byte(m, &a, m->byte + 1);
        return true;
    case REQUEST_CLICK: return click(m, &a, &frame, key);
    default: return false;
    }
}

const struct view view_bytes = {
    .name = "Bytes", .record = sizeof(struct bytes_memory), .title = bytes_title, .draw = bytes_draw,
    .request = bytes_request,
};

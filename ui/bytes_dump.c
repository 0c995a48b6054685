/* bytes_dump.c - the frame as hexadecimal digits and ASCII, see view_bytes.h. */
#include <stdio.h>

#include "ui/pane.h"
#include "ui/view_bytes.h"

enum { LABEL = 7 };               /* "0x0020 " */

/* The column in front of a byte's digits, where a bracket may stand; rows have a gap in the middle. */
static unsigned column_of(unsigned i, unsigned per_row)
{
    return LABEL + 3 * i + (i >= per_row / 2);
}

static unsigned text_column(unsigned per_row)
{
    return LABEL + 3 * per_row + 3;
}

unsigned dump_width(unsigned per_row)
{
    return text_column(per_row) + per_row;
}

static void draw_byte(struct canvas *canvas, unsigned x, unsigned text, unsigned y, unsigned role, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    canvas_put(canvas, x, y, role, (uint32_t)digits[byte >> 4]);
    canvas_put(canvas, x + 1, y, role, (uint32_t)digits[byte & 15]);
    canvas_put(canvas, text, y, role, byte >= 0x20 && byte < 0x7f ? byte : '.');
}

static void draw_row(const struct frame *frame, const struct anatomy_field *field, const struct bytes_memory *m,
                     bool active, struct canvas *canvas, uint32_t begin, unsigned y)
{
    const struct area *at = &m->dump;
    uint32_t behind = field->offset + field->length;
    char label[16];
    snprintf(label, sizeof label, "0x%04x", begin);
    canvas_text(canvas, at->x, y, ROLE_QUIET, label);
    for (unsigned i = 0; i < m->per_row && begin + i < frame->caplen; i++) {
        uint32_t byte = begin + i;
        bool lit = byte >= field->offset && byte < behind;
        unsigned role = lit ? ROLE_NOW : ROLE_PLAIN, x = at->x + column_of(i, m->per_row);
        if (byte == m->byte && active)
            role |= ROLE_SELECTED;
        draw_byte(canvas, x + 1, at->x + text_column(m->per_row) + i, y, role, frame->bytes[byte]);
        if (lit && byte == field->offset)
            canvas_put(canvas, x, y, ROLE_NOW, '[');
        if (lit && byte + 1 == behind)
            canvas_put(canvas, x + 3, y, ROLE_NOW, ']');
    }
}

void dump_draw(const struct frame *frame, const struct anatomy_field *field, struct bytes_memory *m, bool active,
               struct canvas *canvas)
{
    unsigned rows = (frame->caplen + m->per_row - 1) / m->per_row, now = m->byte / m->per_row, height = m->dump.height;
    m->dump_top = (unsigned)pane_top(now, rows, height);
    for (unsigned i = 0; i < height && m->dump_top + i < rows; i++)
        draw_row(frame, field, m, active, canvas, (m->dump_top + i) * m->per_row, m->dump.y + i);
}

uint32_t dump_byte_at(const struct bytes_memory *m, const struct frame *frame, unsigned x, unsigned y)
{
    const struct area *at = &m->dump;
    if (y < at->y || y - at->y >= at->height || x < at->x)
        return UINT32_MAX;
    unsigned column = x - at->x, text = text_column(m->per_row);
    for (unsigned i = 0; i < m->per_row; i++) {
        unsigned digits = column_of(i, m->per_row) + 1;
        uint32_t byte = (m->dump_top + (y - at->y)) * m->per_row + i;
        if (column == text + i || column == digits || column == digits + 1)
            return byte < frame->caplen ? byte : UINT32_MAX;
    }
    return UINT32_MAX;
}

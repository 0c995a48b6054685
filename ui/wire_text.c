#include "ui/wire_text.h"

#include <stdio.h>

enum { CELLS_MAX = 10 };

/* What one character of the payload becomes. */
struct shown {
    uint32_t cells[CELLS_MAX];
    unsigned count;
    unsigned size;                /* bytes taken */
    bool escape, newline;
};

/* Letters that every terminal draws in one column: Latin, Greek, Cyrillic, dashes and quotes. Others are many, and what
 * is taken for two columns somewhere breaks the screen. */
static bool one_column(uint32_t c)
{
    static const struct { uint32_t first, last; } letters[] = {
        { 0x20, 0x7e }, { 0xa1, 0xac }, { 0xae, 0x17f }, { 0x391, 0x3a1 }, { 0x3a3, 0x3c9 }, { 0x401, 0x40c },
        { 0x40e, 0x44f }, { 0x451, 0x45c }, { 0x45e, 0x45f }, { 0x2013, 0x2014 }, { 0x2018, 0x2019 },
        { 0x201c, 0x201d }, { 0x20ac, 0x20ac } };
    for (unsigned i = 0; i < sizeof letters / sizeof *letters; i++)
        if (c >= letters[i].first && c <= letters[i].last)
            return true;
    return false;
}

static void write_escape(struct shown *s, uint32_t c, bool character)
{
    static const char letters[] = "abtnvfr";
    char text[CELLS_MAX + 1];
    if (c == '\\')
        snprintf(text, sizeof text, "\\\\");
    else if (c >= 7 && c <= 13)
        snprintf(text, sizeof text, "\\%c", letters[c - 7]);
    else if (character && c > 0xffff)
        snprintf(text, sizeof text, "\\U%06x", (unsigned)c & 0xffffffu);
    else if (character && c >= 0x80)
        snprintf(text, sizeof text, "\\u%04x", (unsigned)c & 0xffffu);
    else
        snprintf(text, sizeof text, "\\x%02x", (unsigned)c & 0xffu);
    for (s->count = 0; text[s->count]; s->count++)
        s->cells[s->count] = (unsigned char)text[s->count];
    s->escape = true;
}

static struct shown next_shown(const uint8_t *bytes, size_t length)
{
    struct shown s = { .count = 1, .newline = bytes[0] == '\n' };
    uint32_t c = bytes[0];
    s.size = text_utf8(bytes, length, &c);
    if (s.size && one_column(c) && c != '\\') {
        s.cells[0] = c;
    } else {
        write_escape(&s, s.size ? c : bytes[0], s.size > 0);
        s.size = s.size ? s.size : 1;
    }
    return s;
}

static size_t draw_text(const struct wire_text *t, struct canvas *canvas, unsigned x, unsigned y, size_t skip,
                        size_t most)
{
    size_t line = 0;
    unsigned column = 0;
    for (size_t at = 0; at < t->length;) {
        struct shown s = next_shown(t->bytes + at, t->length - at);
        if (column && column + s.count > t->width) {
            line++;
            column = 0;
        }
        if (line >= skip + most)
            return skip + most;
        for (unsigned i = 0; i < s.count && canvas && line >= skip; i++)
            if (column + i < t->width)
                canvas_put(canvas, x + column + i, y + (unsigned)(line - skip), s.escape ? t->escape : t->role,
                           s.cells[i]);
        column += s.count;
        at += s.size;
        if (s.newline) {
            line++;
            column = 0;
        }
    }
    return line + (column > 0);
}

/* "00000010  68 65 6c 6c 6f  hello": as many bytes a line as there is room for, at most 16. */
static unsigned bytes_a_line(unsigned width)
{
    unsigned count = 16;
    while (count > 1 && 6 + 2 + count * 4 + 1 > width)
        count /= 2;
    return count;
}

static void draw_dump_line(const struct wire_text *t, struct canvas *canvas, unsigned x, unsigned y, size_t from,
                           unsigned count)
{
    char text[24];
    snprintf(text, sizeof text, "%06llx", (unsigned long long)((t->offset + from) & 0xffffff));
    canvas_text(canvas, x, y, ROLE_QUIET, text);
    for (unsigned i = 0; i < count && from + i < t->length; i++) {
        uint8_t byte = t->bytes[from + i];
        bool letter = byte >= 0x20 && byte < 0x7f;
        snprintf(text, sizeof text, "%02x", byte);
        if (8 + i * 3 + 2 <= t->width)
            canvas_text(canvas, x + 8 + i * 3, y, t->role, text);
        if (9 + count * 3 + i < t->width)
            canvas_put(canvas, x + 9 + count * 3 + i, y, letter ? t->role : t->escape, letter ? byte : '.');
    }
}

static size_t draw_dump(const struct wire_text *t, struct canvas *canvas, unsigned x, unsigned y, size_t skip,
                        size_t most)
{
    unsigned count = bytes_a_line(t->width);
    size_t lines = (t->length + count - 1) / count;
    for (size_t line = skip; canvas && line < lines && line < skip + most; line++)
        draw_dump_line(t, canvas, x, y + (unsigned)(line - skip), line * count, count);
    return lines < skip + most ? lines : skip + most;
}

size_t wire_text_draw(const struct wire_text *text, struct canvas *canvas, unsigned x, unsigned y, size_t skip,
                      size_t most)
{
    return text->hex ? draw_dump(text, canvas, x, y, skip, most) : draw_text(text, canvas, x, y, skip, most);
}

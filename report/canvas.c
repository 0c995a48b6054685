#include "report/canvas.h"

#include <stdlib.h>
#include <string.h>

struct canvas canvas_new(unsigned width, unsigned height)
{
    struct cell *cells = calloc((size_t)width * height, sizeof *cells);
    return (struct canvas){ .cells = cells, .width = width, .height = height };
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){0};
}

void canvas_clear(struct canvas *canvas)
{
    if (canvas->cells)
        memset(canvas->cells, 0, (size_t)canvas->width * canvas->height * sizeof *canvas->cells);
}

void canvas_put(struct canvas *canvas, unsigned x, unsigned y, enum role role, uint32_t character)
{
    if (canvas->cells && x < canvas->width && y < canvas->height)
        canvas->cells[(size_t)y * canvas->width + x] = (struct cell){ .character = character, .role = role };
}

/* One character of our own UTF-8, which is always well formed; moves on. */
static uint32_t next_character(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    unsigned size = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
    uint32_t c = size == 1 ? *p : *p & (0xffu >> (size + 1));
    unsigned i = 1;
    for (; i < size && p[i] >> 6 == 2; i++)
        c = c << 6 | (p[i] & 0x3f);
    *s += i;
    return c;
}

unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s)
{
    while (*s)
        canvas_put(canvas, x++, y, role, next_character(&s));
    return x;
}

void canvas_text_right(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *s)
{
    unsigned columns = 0;
    for (const char *at = s; *at; columns++)
        next_character(&at);
    for (; columns > x; columns--)
        next_character(&s);
    canvas_text(canvas, x - columns, y, role, s);
}

void canvas_line(struct canvas *canvas, unsigned x, unsigned y, unsigned count, enum role role, uint32_t character)
{
    for (unsigned i = 0; i < count; i++)
        canvas_put(canvas, x + i, y, role, character);
}

void canvas_copy(struct canvas *canvas, unsigned x, unsigned y, const struct canvas *from)
{
    if (!canvas->cells || !from->cells || x >= canvas->width || y >= canvas->height)
        return;
    unsigned width = from->width < canvas->width - x ? from->width : canvas->width - x;
    unsigned height = from->height < canvas->height - y ? from->height : canvas->height - y;
    for (unsigned row = 0; row < height; row++)
        memcpy(&canvas->cells[(size_t)(y + row) * canvas->width + x], &from->cells[(size_t)row * from->width],
               width * sizeof *from->cells);
}

void canvas_select(struct canvas *canvas, unsigned x, unsigned y, unsigned count)
{
    for (unsigned i = 0; i < count && canvas->cells && y < canvas->height && x + i < canvas->width; i++)
        canvas->cells[(size_t)y * canvas->width + x + i].role |= ROLE_SELECTED;
}

char canvas_ascii(uint32_t character)
{
    static const struct { uint32_t character; char ascii; } table[] = {
        { 0x2500, '-' }, { 0x2502, '|' }, { 0x2550, '=' }, { 0x2551, '#' }, { 0x254e, ':' }, { 0x2504, '.' },
        { 0x250c, '+' }, { 0x2510, '+' }, { 0x2514, '+' }, { 0x2518, '+' }, { 0x251c, '+' }, { 0x2524, '+' },
        { 0x252c, '+' }, { 0x2534, '+' }, { 0x253c, '+' }, { 0x25ba, '>' }, { 0x25c4, '<' }, { 0x25bc, 'v' },
        { 0x25b2, '^' }, { 0x2588, '#' }, { 0x2554, '+' }, { 0x2557, '+' }, { 0x255a, '+' }, { 0x255d, '+' },
        { 0x2580, '*' }, { 0x2581, '_' }, { 0x2582, '.' }, { 0x2583, ':' }, { 0x2584, '*' }, { 0x2585, '*' },
        { 0x2586, '#' }, { 0x2587, '#' },
        { 0x2564, '+' }, { 0x2567, '+' }, { 0x2560, '+' }, { 0x2563, '+' }, { 0x2566, '+' }, { 0x2569, '+' },
        { 0x256c, '+' },
    };
    if (character < 0x80)
        return (char)(character ? character : ' ');
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].character == character)
            return table[i].ascii;
    return '?';
}

static void utf8_write(struct text *t, uint32_t c)
{
    char bytes[4];
    size_t length = 0;
    if (c < 0x80) {
        bytes[length++] = (char)c;
    } else if (c < 0x800) {
        bytes[length++] = (char)(0xc0 | c >> 6);
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[length++] = (char)(0xe0 | c >> 12);
        bytes[length++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[length++] = (char)(0xf0 | c >> 18);
        bytes[length++] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[length++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    }
    text_bytes(t, bytes, length);
}

void canvas_row(const struct canvas *canvas, unsigned y, bool ascii, struct text *t)
{
    if (!canvas->cells || y >= canvas->height)
        return;
    const struct cell *row = canvas->cells + (size_t)y * canvas->width;
    unsigned width = canvas->width;
    while (width && (row[width - 1].character == 0 || row[width - 1].character == ' '))
        width--;
    for (unsigned x = 0; x < width; x++) {
        uint32_t c = row[x].character ? row[x].character : ' ';
        if (ascii)
            text_char(t, canvas_ascii(c));
        else
            utf8_write(t, c);
    }
}

/* bytes_diagram.c - a header in rows of 32 bits, as RFC 9293 3.1 draws it, with values; see view_bytes.h.
 *
 * A field of several rows is drawn as one cell, and only one of its whole rows: an IPv6 address takes one. Nothing here
 * depends on which header it is.
 */
#include <stdio.h>
#include <string.h>

#include "ui/pane.h"
#include "ui/view_bytes.h"

enum { WORDS = 48, LINES = 4, BITS = 32, NOBODY = 0xffff };

/* A row of 32 bits. */
struct word {
    uint64_t number;              /* in the header, from 0 */
    uint16_t owner[BITS];         /* index of the field that has the bit; NOBODY */
    unsigned lines;               /* rows of text it takes */
};

struct diagram {
    const struct anatomy *anatomy;
    struct word words[WORDS];
    unsigned text_word[ANATOMY_FIELDS];   /* by field: the word that its text is written in */
    unsigned text_bits[ANATOMY_FIELDS];   /* bits it has there; 0: not drawn */
    unsigned count, field;
};

/* What a name becomes where it does not fit. */
static const char *short_name(const char *name, unsigned width)
{
    if (strcmp(name, "reserved") == 0 && width < 8)
        return width < 5 ? "rsv" : "rsrvd";
    return strncmp(name, "option ", 7) == 0 && strlen(name) > width ? name + 7 : name;
}

/* One line of a name, as many whole words of it as fit; gives what comes after. A column of one bit takes letters. */
static const char *name_line(const char *name, unsigned width, unsigned *length)
{
    if (width == 1) {
        *length = *name != '\0';
        return name + *length;
    }
    unsigned fits = 0;
    for (unsigned i = 0;; i++) {
        if (name[i] == ' ' || name[i] == '\0')
            fits = i <= width ? i : fits;
        if (name[i] == '\0' || i > width)
            break;
    }
    *length = fits;
    if (!fits)
        return "";
    return name[fits] == ' ' ? name + fits + 1 : name + fits;
}

static unsigned name_lines(const char *name, unsigned width)
{
    unsigned lines = 0, length;
    while (*name && lines < LINES - 1) {
        name = name_line(name, width, &length);
        lines++;
    }
    return lines;
}

static bool is_single(const struct anatomy_field *f, unsigned width)
{
    return !f->flags && strlen(f->name) + 2 + strlen(f->value) <= width;
}

/* Puts the bits of a field into the word that they are in; gives the word, or NULL where there is no room. */
static struct word *word_of(struct diagram *d, uint64_t number)
{
    if (d->count && d->words[d->count - 1].number == number)
        return &d->words[d->count - 1];
    if (d->count == WORDS)
        return NULL;
    struct word *word = &d->words[d->count++];
    word->number = number;
    word->lines = 1;
    for (unsigned i = 0; i < BITS; i++)
        word->owner[i] = NOBODY;
    return word;
}

static void place_field(struct diagram *d, unsigned index, uint64_t begin, uint64_t end)
{
    bool payload = d->anatomy->fields[index].part == PART_PAYLOAD;
    for (uint64_t at = begin; at < end;) {
        uint64_t next = (at / BITS + 1) * BITS, stop = next < end ? next : end;
        unsigned bits = (unsigned)(stop - at);
        bool whole_drawn = d->text_bits[index] == BITS;
        if (whole_drawn && (bits == BITS || payload)) {
            at = payload ? end : stop + (end - stop) / BITS * BITS;   /* rows that look all alike */
            continue;
        }
        struct word *word = word_of(d, at / BITS);
        if (!word)
            return;
        for (unsigned i = 0; i < bits; i++)
            word->owner[at % BITS + i] = (uint16_t)index;
        if (bits > d->text_bits[index]) {
            d->text_bits[index] = bits;
            d->text_word[index] = (unsigned)(word - d->words);
        }
        at = stop;
    }
}

static void measure(struct diagram *d)
{
    for (unsigned i = 0; i < d->anatomy->count; i++) {
        const struct anatomy_field *f = &d->anatomy->fields[i];
        unsigned width = d->text_bits[i] * 2 - 1;
        if (!d->text_bits[i] || is_single(f, width))
            continue;
        unsigned lines = f->flags ? LINES : name_lines(short_name(f->name, width), width) + 1;
        struct word *word = &d->words[d->text_word[i]];
        if (lines > word->lines)
            word->lines = lines;
    }
}

static void diagram_make(struct diagram *d, const struct anatomy *anatomy, unsigned field)
{
    memset(d->text_bits, 0, sizeof d->text_bits);
    d->anatomy = anatomy;
    d->field = field;
    d->count = 0;
    unsigned layer = anatomy->fields[field].layer;
    uint64_t base = (uint64_t)anatomy->layers[layer].offset * 8, begin, end;
    for (unsigned i = 0; i < anatomy->count; i++) {
        const struct anatomy_field *f = &anatomy->fields[i];
        if (f->layer != layer || f->part == PART_TRAILER || !f->length)
            continue;
        anatomy_bits(f, &begin, &end);
        place_field(d, i, begin - base, end - base);
    }
    measure(d);
}

static unsigned owner_at(const struct word *word, unsigned bit)
{
    return word && bit < BITS ? word->owner[bit] : NOBODY;
}

static bool has_flags(const struct diagram *d, unsigned owner)
{
    return owner != NOBODY && d->anatomy->fields[owner].flags;
}

/* Is there a line in front of this bit? */
static bool upright(const struct diagram *d, const struct word *word, unsigned bit)
{
    unsigned before = bit ? owner_at(word, bit - 1) : NOBODY, behind = owner_at(word, bit);
    return before != behind || has_flags(d, behind);
}

static bool level(const struct word *above, const struct word *below, unsigned bit)
{
    return bit < BITS && owner_at(above, bit) != owner_at(below, bit);
}

static void draw_border(const struct diagram *d, unsigned i, struct canvas *canvas, unsigned y)
{
    static const uint16_t lines[16] = {
        /* up 1, down 2, left 4, right 8 */
        ' ',    0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524,
        0x2500, 0x2514, 0x250c, 0x251c, 0x2500, 0x2534, 0x252c, 0x253c,
    };
    const struct word *above = i ? &d->words[i - 1] : NULL, *below = i < d->count ? &d->words[i] : NULL;
    for (unsigned bit = 0; bit <= BITS; bit++) {
        bool up = above && upright(d, above, bit), down = below && upright(d, below, bit);
        bool left = bit && level(above, below, bit - 1), right = level(above, below, bit);
        canvas_put(canvas, 2 * bit, y, ROLE_LINE, lines[up | down << 1 | left << 2 | right << 3]);
        if (right)
            canvas_put(canvas, 2 * bit + 1, y, ROLE_LINE, 0x2500);
    }
}

static void draw_centred(struct canvas *canvas, unsigned x, unsigned width, unsigned y, enum role role, const char *s,
                         unsigned length)
{
    for (unsigned i = 0; i < length && i < width; i++)
        canvas_put(canvas, x + (width - (length < width ? length : width)) / 2 + i, y, role,
                   (uint32_t)(unsigned char)s[i]);
}

/* The longest beginning of a value that fits and ends with a word. */
static unsigned value_fits(const char *value, unsigned width)
{
    unsigned length = (unsigned)strlen(value), fits = 0;
    if (length <= width)
        return length;
    for (unsigned i = 0; i <= width; i++)
        if (value[i] == ' ' || value[i] == ',') {
            fits = i;
            if (value[i + 1] == '(')
                break;
        }
    return fits;
}

/* A bit each, with its name from top to bottom, as RFC 9293 draws them: the lowest bit is FIN. */
static void draw_flags(const struct anatomy_field *f, struct canvas *canvas, unsigned x, unsigned y, unsigned lines,
                       enum role role)
{
    static const char names[8][4] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
    unsigned bits = f->bits ? f->bits : 8 * (unsigned)f->length;
    for (unsigned i = 0; i < bits && bits <= 8; i++) {
        const char *name = names[bits - 1u - i];
        bool set = strstr(f->value, name) != NULL;
        for (unsigned k = 0; name[k]; k++)
            canvas_put(canvas, x + 2 * i, y + k, set ? role : role == ROLE_NOW ? role : ROLE_QUIET, (uint32_t)name[k]);
        canvas_put(canvas, x + 2 * i, y + lines - 1, role, set ? '1' : '0');
    }
}

static void draw_text(const struct diagram *d, unsigned index, const struct word *word, struct canvas *canvas,
                      unsigned x, unsigned width, unsigned y)
{
    const struct anatomy_field *f = &d->anatomy->fields[index];
    enum role role = index == d->field ? ROLE_NOW : f->trouble == TROUBLE_MALFORMED ? ROLE_TROUBLE : ROLE_PLAIN;
    char line[2 * ANATOMY_VALUE];
    if (f->flags) {
        draw_flags(f, canvas, x, y, word->lines, role);
        return;
    }
    if (word->lines == 1) {
        int length = snprintf(line, sizeof line, "%s%s%s", f->name, *f->value ? ": " : "", f->value);
        draw_centred(canvas, x, width, y, role, line, (unsigned)length);
        return;
    }
    const char *name = short_name(f->name, width);
    unsigned length;
    for (unsigned i = 0; i + 1 < word->lines && *name; i++) {
        const char *begin = name;
        name = name_line(name, width, &length);
        draw_centred(canvas, x, width, y + i, role, begin, length);
    }
    draw_centred(canvas, x, width, y + word->lines - 1, role, f->value, value_fits(f->value, width));
}

static void draw_word(const struct diagram *d, unsigned i, struct canvas *canvas, unsigned y)
{
    const struct word *word = &d->words[i];
    for (unsigned line = 0; line < word->lines; line++)
        for (unsigned bit = 0; bit <= BITS; bit++)
            if (upright(d, word, bit))
                canvas_put(canvas, 2 * bit, y + line, ROLE_LINE, 0x2502);
    for (unsigned from = 0, to; from < BITS; from = to) {
        unsigned owner = word->owner[from];
        for (to = from + 1; to < BITS && word->owner[to] == owner; to++)
            continue;
        if (owner == NOBODY)
            continue;
        if (d->text_word[owner] == i)
            draw_text(d, owner, word, canvas, 2 * from + 1, 2 * (to - from) - 1, y);
        for (unsigned line = 0; line < word->lines && owner == d->field; line++) {
            canvas_put(canvas, 2 * from, y + line, ROLE_NOW, '[');
            canvas_put(canvas, 2 * to, y + line, ROLE_NOW, ']');
        }
    }
}

static void draw_ruler(struct canvas *canvas, unsigned y)
{
    for (unsigned bit = 0; bit < BITS; bit++) {
        if (bit % 10 == 0)
            canvas_put(canvas, 2 * bit + 1, y, ROLE_QUIET, '0' + bit / 10);
        canvas_put(canvas, 2 * bit + 1, y + 1, ROLE_QUIET, '0' + bit % 10);
    }
}

void diagram_draw(const struct anatomy *anatomy, unsigned field, const struct area *area, unsigned *top,
                  struct canvas *canvas)
{
    struct diagram d;
    diagram_make(&d, anatomy, field);
    unsigned rows = 3, from = 0;      /* the ruler and the line above; the first row of the cursor's field */
    for (unsigned i = 0; i < d.count; rows += d.words[i++].lines + 1)
        if (d.text_bits[field] && d.text_word[field] == i)
            from = i ? rows - 1 : 0;
    *top = (unsigned)pane_top(from, rows, area->height);
    struct canvas whole = canvas_new(DIAGRAM_WIDTH, area->height);
    unsigned y = 0u - *top;                   /* rows above the canvas are cut off */
    draw_ruler(&whole, y);
    for (unsigned i = 0; i <= d.count; i++) {
        draw_border(&d, i, &whole, i ? y : y + 2);
        if (i == d.count)
            break;
        y += i ? 1 : 3;
        draw_word(&d, i, &whole, y);
        y += d.words[i].lines;
    }
    canvas_copy(canvas, area->x, area->y, &whole);
    canvas_free(&whole);
}

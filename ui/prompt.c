#include "ui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "report/words.h"

enum { CTRL_A = 1, CTRL_E = 5, CTRL_H = 8, CTRL_K = 11, CTRL_U = 21, CTRL_W = 23, LARGEST = 0x10ffff };

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *text)
{
    *p = (struct prompt){ .kind = kind, .label = label };
    size_t length = strlen(text);
    if (length > PROMPT_ROOM)
        length = PROMPT_ROOM;
    memcpy(p->bytes, text, length);
    p->used = p->cursor = length;
}

void prompt_close(struct prompt *p)
{
    p->kind = PROMPT_NONE;
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct prompt *p, size_t at)
{
    while (at > 0 && continues(p->bytes[--at]))
        ;
    return at;
}

static size_t after(const struct prompt *p, size_t at)
{
    if (at < p->used)
        at++;
    while (at < p->used && continues(p->bytes[at]))
        at++;
    return at;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
    memmove(p->bytes + from, p->bytes + to, p->used - to + 1);
    p->used -= to - from;
    p->cursor = from;
}

static void insert(struct prompt *p, const char *bytes, size_t length)
{
    if (p->used + length > PROMPT_ROOM)
        return;
    memmove(p->bytes + p->cursor + length, p->bytes + p->cursor, p->used - p->cursor + 1);
    memcpy(p->bytes + p->cursor, bytes, length);
    p->used += length;
    p->cursor += length;
}

static size_t encode(char bytes[4], uint32_t c)
{
    if (c < 0x80) {
        bytes[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    bytes[0] = (char)(first[length] | c);
    return length;
}

static size_t word_begin(const struct prompt *p)
{
    size_t at = p->cursor;
    while (at > 0 && p->bytes[at - 1] == ' ')
        at--;
    while (at > 0 && p->bytes[at - 1] != ' ')
        at--;
    return at;
}

/* True: the key moved the cursor and changed nothing. */
static bool moves(struct prompt *p, uint32_t code)
{
    switch (code) {
    case PRESS_LEFT: p->cursor = before(p, p->cursor); return true;
    case PRESS_RIGHT: p->cursor = after(p, p->cursor); return true;
    case PRESS_HOME: case CTRL_A: p->cursor = 0; return true;
    case PRESS_END: case CTRL_E: p->cursor = p->used; return true;
    default: return false;
    }
}

enum prompt_result prompt_key(struct prompt *p, const struct key *key)
{
    uint32_t c = key->code;
    char bytes[4];
    if (c == PRESS_ENTER || c == '\n')
        return PROMPT_ANSWERED;
    if (c == PRESS_ESCAPE)
        return PROMPT_LEFT;
    if (c == PRESS_TAB) {
        if (!p->offer_count)
            return PROMPT_WANTS_OFFERS;
        prompt_offer(p);
        return PROMPT_CHANGED;
    }
    p->offer_count = 0;
    if (moves(p, c))
        return PROMPT_GOES_ON;
    p->wrong[0] = '\0';
    if (c == PRESS_BACKSPACE || c == CTRL_H)
        cut(p, before(p, p->cursor), p->cursor);
    else if (c == PRESS_DELETE)
        cut(p, p->cursor, after(p, p->cursor));
    else if (c == CTRL_U)
        cut(p, 0, p->cursor);
    else if (c == CTRL_K)
        cut(p, p->cursor, p->used);
    else if (c == CTRL_W)
        cut(p, word_begin(p), p->cursor);
    else if (c >= ' ' && c <= LARGEST)
        insert(p, bytes, encode(bytes, c));
    return PROMPT_CHANGED;
}

void prompt_offer(struct prompt *p)
{
    if (!p->offer_count)
        return;
    const char *offer = p->offers[p->offer_next % p->offer_count];
    p->offer_next = (p->offer_next + 1) % p->offer_count;
    if (p->offer_from <= p->cursor)
        cut(p, p->offer_from, p->cursor);
    insert(p, offer, strlen(offer));
}

/* Words in as many rows as they need, the last of them above row y. */
static void above_draw(struct canvas *canvas, unsigned y, enum role role, const char *words)
{
    struct text t = { 0 };
    words_wrap(&t, words, strlen(words), 0, 0, canvas->width > 3 ? canvas->width - 2 : 1);
    unsigned lines = words_lines(t.bytes, t.used);
    char *line = t.bytes;
    for (unsigned i = 0; i < lines && line; i++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        if (lines - i <= y) {
            canvas_line(canvas, 0, y - (lines - i), canvas->width, ROLE_PLAIN, ' ');
            canvas_text(canvas, 1, y - (lines - i), role, line);
        }
        line = end + 1;
    }
    text_free(&t);
}

static void offers_draw(const struct prompt *p, struct canvas *canvas, unsigned y)
{
    unsigned x = 1;
    for (unsigned i = 0; i < p->offer_count; i++) {
        bool chosen = (i + 1) % p->offer_count == p->offer_next;
        unsigned begin = x;
        x = canvas_text(canvas, x, y, ROLE_KEY, p->offers[i]);
        if (chosen)
            canvas_select(canvas, begin, y, x - begin);
        x += 2;
    }
    unsigned chosen = (p->offer_next + p->offer_count - 1) % p->offer_count;
    if (p->offers_say[chosen])
        above_draw(canvas, y, ROLE_QUIET, p->offers_say[chosen]);
}

/* Columns before byte `at`, and where the view of a long line begins. */
static unsigned column_of(const struct prompt *p, size_t at)
{
    unsigned column = 0;
    for (size_t i = 0; i < at && i < p->used; i++)
        column += !continues(p->bytes[i]);
    return column;
}

void prompt_draw(const struct prompt *p, struct canvas *canvas, unsigned y)
{
    char label[64];
    snprintf(label, sizeof label, " %s: ", p->label);
    canvas_line(canvas, 0, y, canvas->width, ROLE_PLAIN, ' ');
    unsigned x = canvas_text(canvas, 0, y, ROLE_HEADING, label), room = canvas->width > x + 2 ? canvas->width - x - 2 : 1;
    unsigned cursor = column_of(p, p->cursor), from = cursor > room ? cursor - room : 0;
    size_t at = 0;
    for (unsigned i = 0; i < from; i++)
        at = after(p, at);
    canvas_text(canvas, x, y, ROLE_PLAIN, p->bytes + at);
    canvas_select(canvas, x + cursor - from, y, 1);
    if (y == 0)
        return;
    if (p->wrong[0] || p->offer_count)
        canvas_line(canvas, 0, y - 1, canvas->width, ROLE_PLAIN, ' ');
    if (p->wrong[0]) {
        for (size_t i = 0; i < (p->wrong_length ? p->wrong_length : 1) && p->wrong_from + i >= from; i++)
            canvas_put(canvas, x + (unsigned)(p->wrong_from + i) - from, y - 1, ROLE_TROUBLE, '^');
        above_draw(canvas, y - 1, ROLE_TROUBLE, p->wrong);
    } else if (p->offer_count) {
        offers_draw(p, canvas, y - 1);
    }
}

/* Why: the sentences for the present's segment, or, beside the overview, for the selected row as a whole. */
#include <string.h>

#include "report/why.h"
#include "report/words.h"
#include "ui/both.h"
#include "ui/pane.h"

struct why_record {
    unsigned top;                     /* first line shown */
    uint32_t id, frame;               /* of what: another begins at its first line */
    unsigned lines;
};

/* The present is the end of a whole trace, and the last that the wire shows of the row; calls may follow. */
static bool nothing_later(const struct present *p)
{
    for (size_t i = p->scene + 1; i < p->scenes->count; i++)
        if (!p->scenes->scenes[i].call)
            return false;
    return !p->hide_later && trace_ended(p->trace) && trace_follows(p->trace);
}

static void words_of(const struct present *p, unsigned width, struct text *t)
{
    struct teller k = { .t = t, .story = p->story, .scenes = p->scenes, .width = width, .ascii = p->ascii, .plain = true };
    const struct conversation *row = trace_row(p->trace, p->id);
    if (p->about_row && row && !p->waiting) {
        row_bind(&k.row, trace_decoder(p->trace), row);
        k.goes_on = !trace_ended(p->trace) || !trace_follows(p->trace);
        why_row(&k, p->time);
    } else if (p->of && p->scene != SIZE_MAX) {
        row_bind(&k.row, p->of_decoder, p->of);
        why_steps(&k, &p->scenes->scenes[p->scene]);
        if (row && nothing_later(p)) {
            row_bind(&k.row, trace_decoder(p->trace), row);
            why_end(&k, p->time);
        }
    } else if (p->of) {
        text_string(t, "It has not begun yet.\n");
    } else if (p->waiting || p->id) {
        text_format(t, "%s\n", p->id ? pane_no_story(p) : "reading ...");
    }
}

/* At most `most` columns: of a line that shares its row with what says that there is more, only whole words. */
static void line_draw(struct canvas *canvas, unsigned y, const char *line, size_t length, unsigned most)
{
    char words[600];
    if (length >= sizeof words)
        length = sizeof words - 1;
    if (words_columns(line, length) > most) {
        while (length && (words_columns(line, length) > most || line[length] != ' '))
            length--;
    }
    memcpy(words, line, length);
    words[length] = '\0';
    canvas_text(canvas, 1, y, ROLE_PLAIN, words);
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct why_record *r = record;
    struct text t = { 0 };
    if (r->id != p->id || r->frame != p->frame)
        r->top = 0;
    r->id = p->id;
    r->frame = p->frame;
    words_of(p, canvas->width > 2 ? canvas->width - 2 : 1, &t);
    r->lines = words_lines(t.bytes, t.used);
    if (r->top + canvas->height > r->lines)
        r->top = r->lines > canvas->height ? r->lines - canvas->height : 0;
    const char *at = t.bytes, *end = at ? at + t.used : at;
    bool more = r->top + canvas->height < r->lines && canvas->width > 24;
    for (unsigned line = 0; at && at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (line >= r->top && line - r->top < canvas->height)
            line_draw(canvas, line - r->top, at, (size_t)((stop ? stop : end) - at),
                      more && line - r->top == canvas->height - 1 ? canvas->width - 13 : canvas->width);
        at = stop ? stop + 1 : end;
    }
    if (more)
        canvas_text_right(canvas, canvas->width, canvas->height - 1, ROLE_QUIET, active ? " Down: more" : " more: Tab");
    text_free(&t);
}

static void title(const struct present *p, const void *record, struct text *t)
{
    (void)record;
    const struct conversation *row = trace_row(p->trace, p->id);
    struct teller k = { .story = p->story };
    if (p->about_row && row) {
        text_format(t, conversation_is_tcp(row) ? "why connection %u" : "flow %u", p->id);
    } else if (p->of && p->scene != SIZE_MAX) {
        row_bind(&k.row, p->of_decoder, p->of);
        text_string(t, "why ");
        if (p->both)                  /* what happened is inferred from one of the two captures on the ladder */
            text_format(t, "at the %s: ", p->both->side == CLIENT ? "client" : "server");
        why_heading(&k, &p->scenes->scenes[p->scene], t);
    } else {
        text_string(t, "why");
    }
}

static unsigned wants(const struct present *p, unsigned width)
{
    struct text t = { 0 };
    words_of(p, width > 2 ? width - 2 : 1, &t);
    unsigned lines = words_lines(t.bytes, t.used);
    text_free(&t);
    return lines;
}

static bool request(const struct present *p, void *record, enum request request, const struct key *key)
{
    struct why_record *r = record;
    (void)p;
    (void)key;
    if (request == REQUEST_DOWN || request == REQUEST_PAGE_DOWN)
        r->top += request == REQUEST_DOWN ? 1 : 5;
    else if (request == REQUEST_UP || request == REQUEST_PAGE_UP)
        r->top -= r->top < 5 ? (request == REQUEST_UP ? r->top > 0 : r->top) : request == REQUEST_UP ? 1 : 5;
    else
        return false;
    return true;
}

const struct view view_why = { .name = "Why", .record = sizeof(struct why_record), .title = title, .draw = draw,
                               .wants = wants, .request = request };

/* When things happened in the selected row, and where the present stands among them:
 *
 *  0 s S[*]──────────────*────────────────F 0.520 s   now 0.030   x1
 */
#include "report/words.h"
#include "ui/pane.h"
#include "ui/screen_state.h"

enum { LIGHT = 0x2500 };

/* What is worth a mark of its own comes last in the list, and wins its cell. */
enum weight { NOTHING, DATA, TURN, TROUBLE };

struct sign {
    char letter;
    enum weight weight;
};

static struct sign sign_of(const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (scene->icmp)
        return (struct sign){ '!', TROUBLE };
    if (!unit)
        return (struct sign){ 0, NOTHING };
    if (unit->kind == EVENT_UDP_DATAGRAM)
        return (struct sign){ '*', DATA };
    unsigned flags = unit->segment.flags;
    if (flags & TCP_RST)
        return (struct sign){ 'R', TROUBLE };
    if (unit->segment.marks & MARKS_SENT_AGAIN)
        return (struct sign){ '!', TROUBLE };
    if (flags & (TCP_SYN | TCP_FIN))
        return (struct sign){ flags & TCP_SYN ? 'S' : 'F', TURN };
    return unit->segment.payload ? (struct sign){ '*', DATA } : (struct sign){ 0, NOTHING };
}

/* From the earliest to the latest moment on it: a clock may have been set back, and what time alone does, or an ICMP
 * error, comes behind the last segment. */
static void span_of(const struct present *p, nanoseconds *first, nanoseconds *last)
{
    *first = *last = p->of->first_time;
    for (size_t i = 0; i < p->scenes->count; i++) {
        nanoseconds time = story_step(p->story, p->scenes->scenes[i].first)->time;
        if (p->scenes->scenes[i].call)
            continue;                 /* the line is of what the wire shows */
        *first = time < *first ? time : *first;
        *last = time > *last ? time : *last;
    }
}

static void line_draw(const struct present *p, nanoseconds first, nanoseconds last, struct canvas *canvas, unsigned x,
                      unsigned y, unsigned width)
{
    uint8_t weight[512] = { 0 };
    canvas_line(canvas, x, y, width, ROLE_LINE, LIGHT);
    for (size_t i = 0; i < p->scenes->count; i++) {
        struct sign mark = sign_of(&p->scenes->scenes[i]);
        unsigned at = pane_place(story_step(p->story, p->scenes->scenes[i].first)->time, first, last, width);
        if (mark.weight <= weight[at])
            continue;
        weight[at] = (uint8_t)mark.weight;
        canvas_put(canvas, x + at, y, mark.weight == TROUBLE ? ROLE_TROUBLE : ROLE_PLAIN, (unsigned char)mark.letter);
    }
    if (p->scene == SIZE_MAX)
        return;
    unsigned now = pane_place(story_step(p->story, p->scenes->scenes[p->scene].first)->time, first, last, width);
    canvas_put(canvas, x + now - 1, y, ROLE_NOW, '[');
    canvas_put(canvas, x + now + 1, y, ROLE_NOW, ']');
}

void timeline_draw(const struct present *p, const struct screen *s, struct canvas *canvas, unsigned y)
{
    struct text left = { 0 }, right = { 0 };
    if (!p->of || !p->scenes || !p->scenes->count) {
        canvas_text(canvas, 1, y, ROLE_QUIET, p->id                    ? pane_no_story(p)
                                             : trace_ended(p->trace) ? "No connection and no flow."
                                                                     : "No connection and no flow yet.");
        return;
    }
    nanoseconds first, last;
    span_of(p, &first, &last);
    text_char(&left, ' ');
    words_duration(&left, first - p->of->first_time);
    words_duration(&right, last - p->of->first_time);
    text_string(&right, "  now ");
    if (p->scene == SIZE_MAX)
        text_string(&right, "before it");
    else
        words_duration(&right, story_step(p->story, p->scenes->scenes[p->scene].first)->time - p->of->first_time);
    text_format(&right, "  %s  ", s->play.on ? play_speed(&s->play) : ". next  , back");
    unsigned columns = words_columns(right.bytes, right.used), x = (unsigned)left.used + 2;
    unsigned width = canvas->width > columns + x + 12 ? canvas->width - columns - x - 1 : 10;
    if (width > 511)
        width = 511;
    canvas_text(canvas, 0, y, ROLE_PLAIN, text_ended(&left));
    line_draw(p, first, last, canvas, x - 1, y, width);
    canvas_text(canvas, x + width + 1, y, ROLE_PLAIN, text_ended(&right));
    text_free(&left);
    text_free(&right);
}

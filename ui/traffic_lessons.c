/* The lessons that run, by topic: one is selected, its numbers can be set, and Enter starts it. */
#include <string.h>

#include "report/words.h"
#include "ui/pane.h"
#include "ui/traffic_words.h"
#include "ui/view_traffic.h"

enum { FOOT = 5, NAME_X = 3, SAYS_X = 22 };

static unsigned lesson_places(void)
{
    unsigned count = 0;
    while (scenarios[count])
        count++;
    return count;
}

static bool begins_topic(unsigned i)
{
    return i == 0 || strcmp(scenarios[i]->topic, scenarios[i - 1]->topic) != 0;
}

/* The line of a lesson: topics have one of their own. */
static unsigned line_of(unsigned lesson)
{
    unsigned line = 0;
    for (unsigned i = 0; i <= lesson; i++)
        line += 1 + begins_topic(i);
    return line - 1;
}

bool traffic_lists(const struct present *p, const struct traffic_record *r)
{
    return r->page == TRAFFIC_LIST || (r->page == TRAFFIC_RUN && (!p->traffic || !p->traffic->options));
}

/* At first the lesson that runs. */
static void place(const struct present *p, struct traffic_record *r)
{
    const struct scenario *runs = p->traffic && p->traffic->options ? p->traffic->options->scenario : NULL;
    for (unsigned i = 0; !r->placed && runs && scenarios[i]; i++)
        if (scenarios[i] == runs)
            r->selected = i;
    r->placed = true;
}

const struct scenario *traffic_selected(const struct present *p, const struct traffic_record *r)
{
    const struct scenario *runs = p->traffic && p->traffic->options ? p->traffic->options->scenario : NULL;
    return r->placed || !runs ? scenarios[r->selected] : runs;
}

bool traffic_lessons_move(const struct present *p, struct traffic_record *r, int by)
{
    place(p, r);
    int to = (int)r->selected + by, last = (int)lesson_places() - 1;
    to = to < 0 ? 0 : to > last ? last : to;
    if (to == (int)r->selected)
        return false;
    r->selected = (unsigned)to;
    memset(r->number, 0, sizeof r->number);
    return true;
}

void traffic_lessons_pick(struct traffic_record *r, unsigned y)
{
    for (unsigned i = 0; scenarios[i] && y < r->height; i++)
        if (line_of(i) == r->top + y && i != r->selected) {
            r->selected = i;
            memset(r->number, 0, sizeof r->number);
        }
}

static void line_draw(struct canvas *canvas, unsigned y, unsigned lesson, bool selected)
{
    canvas_text(canvas, NAME_X, y, ROLE_PLAIN, scenarios[lesson]->name);
    canvas_text(canvas, SAYS_X, y, ROLE_QUIET, scenarios[lesson]->says);
    if (!selected)
        return;
    canvas_put(canvas, 0, y, ROLE_NOW, '>');
    canvas_select(canvas, 0, y, canvas->width);
}

/* What Enter does with it, where this dashboard can run something. */
static void start_words(const struct present *p, const struct traffic_record *r, const struct scenario *s,
                        struct text *t)
{
    enum traffic_place where = p->traffic ? p->traffic->place : TRAFFIC_NOWHERE;
    if (where == TRAFFIC_NOWHERE)
        text_format(t, "In a terminal: synfin lab %s", s->name);
    else if (where == TRAFFIC_HERE && s->lab_only)
        text_format(t, "It needs the wire of the lab: synfin lab %s", s->name);
    else
        text_format(t, "Enter starts it%s%s.  p numbers  b by hand: %s", where == TRAFFIC_HERE ? " over loopback" : "",
                    where == TRAFFIC_HERE && (s->delay || s->faults[0]) ? ", without its wire" : "",
                    r->by_hand ? "yes" : "no");
}

static void foot_draw(const struct present *p, const struct traffic_record *r, struct canvas *canvas)
{
    const struct scenario *s = scenarios[r->selected];
    unsigned y = canvas->height - FOOT;
    struct text says = { 0 }, numbers = { 0 }, start = { 0 };
    canvas_line(canvas, 0, y++, canvas->width, ROLE_LINE, 0x2500);
    text_format(&says, "%s: %s", s->name, s->says);
    struct canvas words = canvas_new(canvas->width > 2 ? canvas->width - 2 : 1, 2);
    pane_paragraph(&words, 0, 0, words.width, ROLE_PLAIN, &says);
    canvas_copy(canvas, 1, y, &words);
    canvas_free(&words);
    traffic_numbers(&numbers, s, r->number);
    if (s->delay || s->rate) {
        text_string(&numbers, numbers.used ? "   wire " : "wire ");
        traffic_wire(&numbers, &(struct wire_options){ .delay = s->delay, .rate = s->rate });
    }
    for (unsigned i = 0; i < SCENARIO_FAULTS && s->faults[i]; i++)
        text_format(&numbers, "%s%s", i ? ", " : "   fault: ", s->faults[i]);
    pane_text(canvas, 1, y + 2, ROLE_CALL, &numbers);
    start_words(p, r, s, &start);
    pane_text(canvas, 1, y + 3, ROLE_PLAIN, &start);
}

void traffic_lessons_draw(const struct present *p, struct traffic_record *r, struct canvas *canvas)
{
    unsigned rows = canvas->height > FOOT + 2 ? canvas->height - FOOT : canvas->height, line = 0;
    place(p, r);
    unsigned at = line_of(r->selected), first = at - begins_topic(r->selected);
    r->height = rows;
    if (at >= r->top + rows)
        r->top = at + 1 - rows;
    if (first < r->top)
        r->top = first;
    for (unsigned i = 0; scenarios[i]; i++) {
        if (begins_topic(i)) {
            if (line >= r->top && line - r->top < rows)
                canvas_text(canvas, 1, line - r->top, ROLE_HEADING, scenarios[i]->topic);
            line++;
        }
        if (line >= r->top && line - r->top < rows)
            line_draw(canvas, line - r->top, i, i == r->selected);
        line++;
    }
    if (rows < canvas->height)
        foot_draw(p, r, canvas);
}

void traffic_lesson_draw(const struct present *p, struct traffic_record *r, struct canvas *canvas)
{
    struct text t = { 0 };
    const struct scenario *s = traffic_selected(p, r);
    unsigned width = canvas->width > 2 ? canvas->width - 2 : 1;
    traffic_lesson(&t, s, width);
    traffic_questions(&t, s, width);
    size_t lines = words_lines(t.bytes, t.used), most = lines > canvas->height ? lines - canvas->height : 0;
    const char *at = text_ended(&t);
    r->height = canvas->height;
    r->back = r->back < most ? r->back : most;
    for (size_t line = 0; *at && line < r->back + canvas->height; line++) {
        struct text one = { 0 };
        size_t length = strcspn(at, "\n");
        text_bytes(&one, at, length);
        if (line >= r->back)
            pane_text(canvas, 1, (unsigned)(line - r->back), ROLE_PLAIN, &one);
        else
            text_free(&one);
        at += length + (at[length] == '\n');
    }
    text_free(&t);
}

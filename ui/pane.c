#include "ui/pane.h"

#include <string.h>

#include "report/words.h"

bool pane_has_story(const struct present *present)
{
    return present->of && present->story && present->scenes;
}

const char *pane_no_story(const struct present *p)
{
    if (!p->id)
        return "Choose a connection or a flow in the overview.";
    bool still_to_come = p->hide_later && !p->waiting && !trace_row(p->trace, p->id);
    return still_to_come ? "It has not begun yet." : "reading its frames ...";
}

size_t pane_steps_by_now(const struct present *present)
{
    if (!pane_has_story(present) || present->scene >= present->scenes->count)
        return 0;
    const struct scene *scene = &present->scenes->scenes[present->scene];
    return scene->first + scene->count;
}

size_t pane_top(size_t at, size_t count, size_t height)
{
    size_t above = height * 2 / 3, top = at != SIZE_MAX && at > above ? at - above : 0;
    if (top + height > count)
        top = count > height ? count - height : 0;
    return top;
}

unsigned pane_place(nanoseconds time, nanoseconds first, nanoseconds last, unsigned width)
{
    if (last <= first || time <= first)
        return 0;
    double part = (double)(time - first) / (double)(last - first) * (width - 1) + 0.5;
    return part > width - 1 ? width - 1 : (unsigned)part;
}

bool pane_is_empty(const struct present *present, struct canvas *canvas)
{
    if (pane_has_story(present))
        return false;
    pane_say(canvas, 1, 0, ROLE_QUIET, "No connection or flow is selected.");
    return true;
}

unsigned pane_text(struct canvas *canvas, unsigned x, unsigned y, enum role role, struct text *words)
{
    x = canvas_text(canvas, x, y, role, text_ended(words));
    text_free(words);
    return x;
}

unsigned pane_paragraph(struct canvas *canvas, unsigned x, unsigned y, unsigned width, enum role role,
                        struct text *words)
{
    struct text lines = {0};
    words_wrap(&lines, words->bytes, words->used, 0, 0, width);
    text_char(&lines, '\0');
    text_free(words);
    if (!lines.failed)
        for (char *line = lines.bytes, *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            canvas_text(canvas, x, y++, role, line);
        }
    text_free(&lines);
    return y;
}

unsigned pane_say(struct canvas *canvas, unsigned x, unsigned y, enum role role, const char *words)
{
    struct text t = {0};
    text_string(&t, words);
    return pane_paragraph(canvas, x, y, canvas->width > x ? canvas->width - x : 1, role, &t);
}

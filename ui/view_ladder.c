/* The ladder of the selected connection or flow: report/ladder.h in a pane that follows the present. */
#include <string.h>

#include "report/ladder.h"
#include "report/words.h"
#include "ui/both.h"
#include "ui/pane.h"

enum { ROWS_PICKED = 256 };

struct ladder_record {
    struct ladder ladder;             /* owned rows: of the last drawing */
    size_t top;                       /* first row shown */
    uint32_t frames[ROWS_PICKED];     /* by row of the pane */
};

/* The ladder's row of the present: the last row of its scene, or of one before. */
static size_t row_of(const struct present *p, const struct ladder *l)
{
    const struct scene *now = p->scene == SIZE_MAX ? NULL : &p->scenes->scenes[p->scene];
    size_t found = SIZE_MAX;
    for (size_t i = 0; now && i < l->count; i++) {
        const struct ladder_row *row = &l->rows[i];
        if (!row->scene || row->scene > now)
            continue;
        if (row->kind != LADDER_CROSS_3 && row->kind != LADDER_CROSS_4)
            found = i;
    }
    return found;
}

/* The first row to show. Behind the last frame come calls alone, and the newest is to be in sight: where a run goes on
 * it is what a key has just made. Of a capture the present stays in sight, too. */
static size_t top_of(const struct present *p, size_t now, bool last, size_t count, size_t rows)
{
    size_t top = pane_top(now, count, rows);
    if (now == SIZE_MAX || !last || top + rows >= count)
        return top;
    size_t end = count - rows;
    return p->traffic || end < now ? end : now;
}

/* Is no frame behind it? */
static bool is_last(const struct ladder *l, size_t now)
{
    size_t i = now == SIZE_MAX ? l->count : now + 1;
    while (i < l->count && (!l->rows[i].scene || l->rows[i].scene == l->rows[now].scene))
        i++;
    return i == l->count;
}

static uint32_t frame_of(const struct present *p, const struct ladder_row *row)
{
    return row->scene ? story_step(p->story, row->scene->first)->frame : 0;
}

static void rows_draw(const struct present *p, struct ladder_record *r, size_t now, struct canvas *canvas, unsigned from)
{
    memset(r->frames, 0, sizeof r->frames);
    for (unsigned y = from; y < canvas->height && r->top + (y - from) < r->ladder.count; y++) {
        size_t i = r->top + (y - from);
        ladder_draw(&r->ladder, i, canvas, y);
        if (y < ROWS_PICKED)
            r->frames[y] = frame_of(p, &r->ladder.rows[i]);
        if (i == now) {
            canvas_put(canvas, 0, y, ROLE_NOW, '>');
            canvas_select(canvas, 0, y, canvas->width);
        }
    }
}

static bool both_fits(const struct present *p, unsigned width)
{
    return p->both && width >= BOTH_WIDTH;
}

/* Captured at both ends. The present is that of this end. */
static void both_draw(const struct present *p, struct ladder_record *r, struct canvas *canvas)
{
    const struct both *b = p->both;
    unsigned heading = ladder_heading(&b->ladder, canvas, 0), rows = canvas->height > heading ? canvas->height - heading : 0;
    size_t now = both_row(b, p->frame);
    r->top = top_of(p, now, is_last(&b->ladder, now), b->ladder.count, rows);
    memset(r->frames, 0, sizeof r->frames);
    for (unsigned y = heading; y < canvas->height && r->top + (y - heading) < b->ladder.count; y++) {
        size_t i = r->top + (y - heading);
        ladder_draw(&b->ladder, i, canvas, y);
        if (y < ROWS_PICKED)
            r->frames[y] = both_frame(b, i);
        if (i == now) {
            canvas_put(canvas, 0, y, ROLE_NOW, '>');
            canvas_select(canvas, 0, y, canvas->width);
        }
    }
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct ladder_record *r = record;
    (void)active;
    if (!p->of) {
        canvas_text(canvas, 1, 0, ROLE_QUIET, pane_no_story(p));
        return;
    }
    if (both_fits(p, canvas->width)) {
        both_draw(p, r, canvas);
        return;
    }
    ladder_free(&r->ladder);
    if (!ladder_make(&r->ladder, p->of, p->story, p->scenes, canvas->width))
        return;
    unsigned heading = ladder_heading(&r->ladder, canvas, 0);
    if (canvas->height <= heading)
        return;
    size_t now = row_of(p, &r->ladder);
    r->top = top_of(p, now, is_last(&r->ladder, now), r->ladder.count, canvas->height - heading);
    rows_draw(p, r, now, canvas, heading);
}

static void title(const struct present *p, const void *record, struct text *t)
{
    (void)record;
    if (!p->of) {
        text_string(t, "ladder");
        return;
    }
    text_format(t, conversation_is_tcp(p->of) ? "ladder of connection %u" : "datagrams of flow %u", p->id);
}

static unsigned wants(const struct present *p, unsigned width)
{
    struct ladder ladder;
    if (both_fits(p, width))
        return (unsigned)p->both->ladder.count + 2;
    if (!p->of || p->scenes->count > 1000 || !ladder_make(&ladder, p->of, p->story, p->scenes, width))
        return 1000;
    unsigned rows = (unsigned)ladder.count + 2;
    ladder_free(&ladder);
    return rows;
}

static struct pick pick(const void *record, unsigned x, unsigned y)
{
    const struct ladder_record *r = record;
    (void)x;
    return (struct pick){ .frame = y < ROWS_PICKED ? r->frames[y] : 0 };
}

static void close(void *record)
{
    struct ladder_record *r = record;
    ladder_free(&r->ladder);
}

const struct view view_ladder = { .name = "Ladder", .record = sizeof(struct ladder_record), .title = title, .draw = draw,
                                  .wants = wants, .pick = pick, .close = close };

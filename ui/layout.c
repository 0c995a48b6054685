/* Which panes are where. 80 columns carry the whole lesson: one pane and the reasons below it; width adds panes.
 *
 *   title                                     title
 *   overview, or ladder, or ...               overview
 *   ── why ─────────                          ── ladder ───┬── why ─────
 *   ...                                       ...          ├── sockets ─
 *   time line                                 time line
 *   keys                                      keys
 */
#include "ui/screen_state.h"

enum {
    WIDE = 120, TALL = 34,            /* from here on there is room for more panes */
    TITLE = 1, BARS = 2,              /* rows above and below the panes */
    LADDER_WIDTH = 80,
    FIGURE_WIDTH = 48, FIGURE_SMALL = 12,   /* figure 5 with names only; with labels it is 80 wide */
    FIGURE_LABELLED = 17, FIGURE_MOST = 22,
    WHY_LEAST = 3,
};

static struct pane pane(enum view_index view, unsigned x, unsigned y, unsigned width, unsigned height, bool ruled)
{
    return (struct pane){ .view = view, .x = x, .y = y, .width = width, .height = height, .ruled = ruled };
}

/* Rows that the pane above leaves free go to the reasons, where they need them. While a trace grows, is played or
 * hides what comes, nothing moves. */
static unsigned spare_rows(const struct screen *s, const struct present *p, unsigned width, unsigned rows, unsigned why)
{
    const struct view *view = views[s->main];
    if (!view->wants || s->hide_later || !trace_ended(s->trace))
        return 0;
    unsigned wanted = view->wants(p, width), needed = views[VIEW_WHY]->wants(p, width);
    unsigned spare = wanted < rows ? rows - wanted : 0;
    return needed <= why ? 0 : spare < needed - why ? spare : needed - why;
}

/* One pane, and the reasons below it. */
static unsigned narrow(const struct screen *s, const struct present *p, unsigned width, unsigned height, struct pane *panes)
{
    unsigned rows = height - TITLE - BARS, why = s->main == VIEW_OVERVIEW ? WHY_LEAST + 1 : WHY_LEAST;
    if (height > 30)
        why += (height - 30) / 3;
    unsigned main = rows > why + 1 + 4 ? rows - why - 1 : rows;
    if (main < rows) {
        unsigned spare = spare_rows(s, p, width, main, why);
        main -= spare;
        why += spare;
    }
    if (s->main == VIEW_TRAFFIC)
        main = rows;
    panes[0] = pane(s->main, 0, TITLE, width, main, false);
    if (main == rows)
        return 1;
    panes[1] = pane(VIEW_WHY, 0, TITLE + main + 1, width, why, true);
    return 2;
}

/* The overview above, the selected row below it. */
static unsigned wide_overview(unsigned width, unsigned height, struct pane *panes)
{
    unsigned rows = height - TITLE - BARS, top = rows * 2 / 5, y = TITLE + top + 1, below = rows - top - 1;
    unsigned right = LADDER_WIDTH + 1, why = below / 2 > 9 ? 9 : below / 2;
    panes[0] = pane(VIEW_OVERVIEW, 0, TITLE, width, top, false);
    panes[1] = pane(VIEW_LADDER, 0, y, LADDER_WIDTH, below, true);
    panes[2] = pane(VIEW_WHY, right, y, width - right, why, true);
    panes[3] = pane(VIEW_SOCKETS, right, y + why + 1, width - right, below - why - 1, true);
    return 4;
}

/* One pane above, the reasons and another below it, so wide and high. */
static unsigned wide_focus(enum view_index main, enum view_index other, unsigned other_width, unsigned below, unsigned width,
                           unsigned height, struct pane *panes)
{
    unsigned rows = height - TITLE - BARS, top = rows - below - 1;
    unsigned y = TITLE + top + 1, left = width - other_width - 1;
    panes[0] = pane(main, 0, TITLE, width, top, false);
    panes[1] = pane(VIEW_WHY, 0, y, left, below, true);
    panes[2] = pane(other, left + 1, y, width - left - 1, below, true);
    return 3;
}

/* The ladder, and below it the states; where it is short, figure 5 with its labels instead of the names alone. A
 * flow has no states, but a socket for all its senders. */
static unsigned wide_ladder(const struct screen *s, const struct present *p, unsigned width, unsigned height,
                            struct pane *panes)
{
    unsigned rows = height - TITLE - BARS;
    if (p->of && !conversation_is_tcp(p->of))
        return wide_focus(VIEW_LADDER, VIEW_SOCKETS, LADDER_WIDTH, FIGURE_SMALL, width, height, panes);
    bool still = trace_ended(s->trace) && !s->hide_later && p->of;
    unsigned wanted = still ? views[VIEW_LADDER]->wants(p, width) : rows, spare = wanted < rows ? rows - wanted - 1 : 0;
    if (spare < FIGURE_LABELLED)
        return wide_focus(VIEW_LADDER, VIEW_STATES, FIGURE_WIDTH, FIGURE_SMALL, width, height, panes);
    return wide_focus(VIEW_LADDER, VIEW_STATES, LADDER_WIDTH, spare < FIGURE_MOST ? spare : FIGURE_MOST, width, height,
                      panes);
}

/* These tell in a rule of their own what is shown and which keys they have. */
static void rule_above(struct pane *main)
{
    bool wants = main->view == VIEW_TRAFFIC || main->view == VIEW_SOCKETS || main->view == VIEW_STREAM ||
        main->view == VIEW_GRAPHS;
    if (!wants || main->ruled || main->height < 8)
        return;
    main->y++;
    main->height--;
    main->ruled = true;
}

static unsigned arranged(const struct screen *s, const struct present *p, unsigned width, unsigned height,
                         struct pane *panes)
{
    if (height < TITLE + BARS + 1)
        return 0;
    if (s->maximised) {
        panes[0] = pane(s->active, 0, TITLE, width, height - TITLE - BARS, false);
        return 1;
    }
    if (width < WIDE || height < TALL)
        return narrow(s, p, width, height, panes);
    switch (s->main) {
    case VIEW_OVERVIEW: return wide_overview(width, height, panes);
    case VIEW_LADDER: return wide_ladder(s, p, width, height, panes);
    case VIEW_STATES: case VIEW_SOCKETS: case VIEW_GRAPHS: case VIEW_STREAM: case VIEW_TRAFFIC:
        return wide_focus(s->main, VIEW_LADDER, LADDER_WIDTH, (height - TITLE - BARS) / 3, width, height, panes);
    default: return narrow(s, p, width, height, panes);
    }
}

unsigned layout_panes(const struct screen *s, const struct present *p, unsigned width, unsigned height,
                      struct pane panes[PANES_MOST])
{
    unsigned count = arranged(s, p, width, height, panes);
    if (count)
        rule_above(&panes[0]);
    return count;
}

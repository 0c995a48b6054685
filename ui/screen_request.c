/* What each request does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/export.h"
#include "ui/index.h"
#include "ui/screen_state.h"

#define ORDER_AT_ONCE (10 * NS_PER_MS)    /* a list sorted so soon is, before the next key */

static struct pane *pane_of(struct screen *s, enum view_index view)
{
    for (unsigned i = 0; i < s->pane_count; i++)
        if (s->panes[i].view == view)
            return &s->panes[i];
    return NULL;
}

static struct pane *pane_at(struct screen *s, unsigned x, unsigned y)
{
    for (unsigned i = 0; i < s->pane_count; i++) {
        struct pane *p = &s->panes[i];
        if (x >= p->x && x < p->x + p->width && y >= p->y && y < p->y + p->height)
            return p;
    }
    return NULL;
}

static void show(struct screen *s, enum view_index view)
{
    s->main = s->active = view;
    s->maximised = false;
    s->opened = true;
}

static void next_pane(struct screen *s, int by)
{
    int count = (int)s->pane_count, at = 0;
    while (at < count && s->panes[at].view != s->active)
        at++;
    if (count)
        s->active = s->panes[(at + by + count) % count].view;
}

static void leave(struct screen *s)
{
    if (s->maximised)
        s->maximised = false;
    else if (s->main != VIEW_OVERVIEW)
        show(s, VIEW_OVERVIEW);
    else if (s->filter.used)
        screen_say(s, "A filter is on: / changes it, / and then Ctrl-U Enter takes it away.");
}

/* --- the overview's selection --- */

static void select_line(struct screen *s, size_t from, int by, unsigned times)
{
    size_t line = from, lines = list_lines(s->list);
    uint32_t id = 0;
    for (unsigned i = 0; i < times;) {
        if (by < 0 ? line == 0 || line == SIZE_MAX : line + 1 >= lines)
            break;
        line = by < 0 ? line - 1 : line + 1;
        if (!list_line(s->list, line).id)
            continue;
        id = list_line(s->list, line).id;
        i++;
    }
    if (id)
        screen_select(s, id);
    s->chosen = true;
}

static void move_row(struct screen *s, int by, unsigned times)
{
    size_t line = list_find(s->list, s->id);
    if (line == SIZE_MAX)
        select_line(s, by < 0 ? list_lines(s->list) : SIZE_MAX, by, 1);
    else
        select_line(s, line, by, times);
}

static unsigned page(struct screen *s)
{
    const struct pane *pane = pane_of(s, s->active);
    return pane && pane->height > 4 ? pane->height - 4 : 1;
}

static void move(struct screen *s, int by, unsigned times)
{
    if (s->active == VIEW_OVERVIEW) {
        move_row(s, by, times);
        return;
    }
    for (unsigned i = 0; i < times; i++)
        screen_step(s, by < 0);
}

/* --- the mouse --- */

static void picked(struct screen *s, struct pick pick)
{
    if (pick.id)
        screen_select(s, pick.id);
    if (pick.frame)
        screen_go(s, pick.frame);
    if (pick.id || pick.frame)
        s->chosen = true;
}

static void click(struct screen *s, const struct key *key, bool twice)
{
    for (unsigned i = 0; i < s->zone_count; i++)
        if (key->y == s->zones[i].y && key->x >= s->zones[i].x && key->x < s->zones[i].x + s->zones[i].width) {
            screen_request(s, s->zones[i].request, key);
            return;
        }
    const struct pane *pane = pane_at(s, key->x, key->y);
    if (!pane)
        return;
    const struct view *view = views[pane->view];
    void *record = s->records[pane->view];
    struct key inside = { .code = key->code, .x = key->x - pane->x, .y = key->y - pane->y };
    struct present present = screen_present(s);
    s->active = pane->view;
    if (view->request && view->request(&present, record, REQUEST_CLICK, &inside))
        return;
    if (view->pick)
        picked(s, view->pick(record, inside.x, inside.y));
    if (twice && pane->view == VIEW_OVERVIEW && s->id)
        show(s, VIEW_LADDER);
}

static void wheel(struct screen *s, const struct key *key)
{
    const struct pane *pane = pane_at(s, key->x, key->y);
    if (pane)
        s->active = pane->view;
    screen_request(s, key->code == PRESS_WHEEL_UP ? REQUEST_UP : REQUEST_DOWN, key);
}

/* --- time --- */

static void play(struct screen *s)
{
    bool live = source_is_live(trace_source(s->trace)) && !trace_ended(s->trace);
    if (live) {
        if (trace_follows(s->trace))
            trace_hold(s->trace, !trace_held(s->trace));
        else
            trace_hold(s->trace, false);
        screen_go(s, TRACE_END);
        return;
    }
    if (s->play.on) {
        play_end(&s->play);
        return;
    }
    if (trace_follows(s->trace))
        screen_go(s, trace_after(s->trace, 0));
    s->hide_later = true;
    play_begin(&s->play, s->trace);
}

static void faster(struct screen *s, int steps)
{
    play_faster(&s->play, steps);
    if (!s->play.on)
        screen_say(s, "Space plays %s.", play_speed(&s->play));
}

/* Asks what follows `frame` in the row, and stands before it; where nothing more can be asked, tells the score. */
static void ask(struct screen *s, uint32_t frame)
{
    if (guess_ask(&s->guess, s->trace, s->id, frame))
        screen_go(s, s->guess.stands);
    else if (s->guess.asked)
        screen_say(s, "%u right of %u. %s", s->guess.correct, s->guess.asked, s->guess.question);
    else
        screen_say(s, "%s", s->guess.question);
}

static void guess(struct screen *s)
{
    if (!s->id) {
        screen_say(s, "Choose a connection first.");
        return;
    }
    if (s->main == VIEW_OVERVIEW)
        show(s, VIEW_LADDER);
    s->hide_later = true;
    s->guess = (struct guess){ 0 };
    play_end(&s->play);
    ask(s, trace_follows(s->trace) ? 0 : trace_present(s->trace));
}

/* --- prompts --- */

/* The name of the trace without folder and ending. */
static void stem(const struct screen *s, char *name, size_t room)
{
    const char *slash = strrchr(s->options.name, '/');
    snprintf(name, room, "%s", slash && slash[1] ? slash + 1 : s->options.name);
    char *dot = strchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    for (char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '_';
}

static void save_prompt(struct screen *s, bool all)
{
    char name[200], path[256];
    stem(s, name, sizeof name);
    s->save_all = all || !s->id;
    if (s->save_all)
        snprintf(path, sizeof path, "%s-all.pcap", name);
    else
        snprintf(path, sizeof path, "%s-%u.pcap", name, s->id);
    prompt_open(&s->prompt, PROMPT_SAVE, s->save_all ? "save all frames as (Tab: only the selected)"
                                                     : "save the selected one as (Tab: all frames)", path);
}

/* A time counts from where the panes have their 0 s. */
static void go_to_prompt(struct screen *s)
{
    static const char *const labels[] = { "go to frame, time or part (12, 1.5s, 50%)",
                                          "go to frame, time of this flow, or part (12, 1.5s, 50%)",
                                          "go to frame, time of this connection, or part (12, 1.5s, 50%)" };
    const struct conversation *row;
    screen_zero(s, &row);
    prompt_open(&s->prompt, PROMPT_GO_TO, labels[!row ? 0 : conversation_is_tcp(row) ? 2 : 1], "");
}

static void export_prompt(struct screen *s)
{
    char name[200], path[256];
    stem(s, name, sizeof name);
    snprintf(path, sizeof path, "%s-%u.svg", name, s->id);
    if (s->id)
        prompt_open(&s->prompt, PROMPT_EXPORT, "write the ladder to (.txt .mmd .svg)", path);
    else
        screen_say(s, "Choose a connection first.");
}

static void filter_prompt(struct screen *s)
{
    char words[PROMPT_ROOM + 1];
    size_t length = s->filter.used < PROMPT_ROOM ? s->filter.used : PROMPT_ROOM;
    if (length)
        memcpy(words, s->filter.bytes, length);
    words[length] = '\0';
    prompt_open(&s->prompt, PROMPT_FILTER, "filter", words);
}

/* --- the rest --- */

static void copy(struct screen *s)
{
    struct present present = screen_present(s);
    struct ladder ladder;
    if (!present.of || !ladder_make(&ladder, present.of, present.story, present.scenes, 80)) {
        screen_say(s, "Choose a connection first.");
        return;
    }
    s->copied.used = 0;
    ladder_text(&s->copied, &ladder, s->options.ascii);
    ladder_free(&ladder);
    screen_say(s, "The ladder is in the clipboard, if this terminal takes it (OSC 52).");
}

static void order(struct screen *s, enum request request)
{
    bool grouped = list_grouped(s->list), reverse = list_reversed(s->list);
    enum list_column column = list_sorted_by(s->list);
    if (request == REQUEST_ORDER)
        grouped = !grouped;
    else if (request == REQUEST_REVERSE)
        reverse = !reverse;
    else
        column = (enum list_column)((column + 1) % COLUMN_COUNT);
    list_order(s->list, grouped, column, reverse);
    s->to_top = s->main == VIEW_OVERVIEW;
    s->chosen = true;
    screen_list(s, ORDER_AT_ONCE);
    screen_say(s, "%s by %s%s.", grouped ? "Under their sockets," : "One list,", overview_column(column),
               reverse ? ", the largest first" : "");
}

/* Of the pane that has the keys. */
static bool view_takes(struct screen *s, enum request request, const struct key *key)
{
    const struct view *view = views[s->active];
    if (!view->request)
        return false;
    struct present present = screen_present(s);
    return view->request(&present, s->records[s->active], request, key);
}

static bool show_request(struct screen *s, enum request request)
{
    static const struct { enum request request; enum view_index view; } panes[] = {
        { REQUEST_OVERVIEW, VIEW_OVERVIEW }, { REQUEST_LADDER, VIEW_LADDER }, { REQUEST_SOCKETS, VIEW_SOCKETS },
        { REQUEST_STATES, VIEW_STATES }, { REQUEST_BYTES, VIEW_BYTES }, { REQUEST_STREAM, VIEW_STREAM },
        { REQUEST_GRAPHS, VIEW_GRAPHS }, { REQUEST_TRAFFIC, VIEW_TRAFFIC },
    };
    for (unsigned i = 0; i < sizeof panes / sizeof *panes; i++)
        if (panes[i].request == request) {
            show(s, panes[i].view);
            return true;
        }
    return false;
}

static bool moving_request(struct screen *s, enum request request)
{
    switch (request) {
    case REQUEST_UP: move(s, -1, 1); return true;
    case REQUEST_DOWN: move(s, 1, 1); return true;
    case REQUEST_PAGE_UP: move(s, -1, page(s)); return true;
    case REQUEST_PAGE_DOWN: move(s, 1, page(s)); return true;
    case REQUEST_STEP: screen_step(s, false); return true;
    case REQUEST_STEP_BACK: screen_step(s, true); return true;
    case REQUEST_NEXT_MARK: screen_step_marked(s, false); return true;
    case REQUEST_PREVIOUS_MARK: screen_step_marked(s, true); return true;
    case REQUEST_FIRST: screen_go(s, trace_after(s->trace, 0)); return true;
    case REQUEST_LAST:
        s->chosen = s->chosen && !source_is_live(trace_source(s->trace));
        trace_hold(s->trace, false);
        screen_go(s, TRACE_END);
        return true;
    case REQUEST_NEXT_ROW: move_row(s, 1, 1); return true;
    case REQUEST_PREVIOUS_ROW: move_row(s, -1, 1); return true;
    case REQUEST_GO_TO: go_to_prompt(s); return true;
    default: return false;
    }
}

static void other_request(struct screen *s, enum request request, const struct key *key)
{
    switch (request) {
    case REQUEST_NEXT_PANE: next_pane(s, 1); break;
    case REQUEST_PREVIOUS_PANE: next_pane(s, -1); break;
    case REQUEST_MAXIMISE: s->maximised = !s->maximised; break;
    case REQUEST_OPEN: if (s->id) show(s, VIEW_LADDER); break;
    case REQUEST_LEAVE: leave(s); break;
    case REQUEST_PLAY: play(s); break;
    case REQUEST_FASTER: faster(s, 1); break;
    case REQUEST_SLOWER: faster(s, -1); break;
    case REQUEST_LATER:
        s->hide_later = !s->hide_later;
        screen_say(s, s->hide_later ? "What comes later than now is hidden." : "What comes later is shown.");
        break;
    case REQUEST_GUESS: guess(s); break;
    case REQUEST_FILTER: filter_prompt(s); break;
    case REQUEST_ORDER: case REQUEST_SORT: case REQUEST_REVERSE: order(s, request); break;
    case REQUEST_SAVE: save_prompt(s, s->main == VIEW_OVERVIEW); break;
    case REQUEST_EXPORT: export_prompt(s); break;
    case REQUEST_COPY: copy(s); break;
    case REQUEST_THEME:
        s->theme = (enum theme)((s->theme + 1) % THEME_COUNT);
        screen_say(s, "Colours: %s.", theme_names[s->theme]);
        break;
    case REQUEST_HELP: s->help = true; s->help_from = 0; break;
    case REQUEST_REDRAW: s->redraw = true; break;
    case REQUEST_OTHER_END: s->wish = (struct traffic_wish){ .kind = WISH_OTHER_END }; break;
    case REQUEST_QUIT: s->done = true; break;
    case REQUEST_NONE:
        if (!key->pasted)
            screen_say(s, "This key does nothing here. ? lists the keys.");
        break;
    default: screen_say(s, "Not in this pane. ? lists the keys."); break;
    }
}

void screen_request(struct screen *s, enum request request, const struct key *key)
{
    s->changed = true;
    if (show_request(s, request) || screen_traffic(s, request) || view_takes(s, request, key) || moving_request(s, request))
        return;
    other_request(s, request, key);
}

/* --- keys --- */

static void help_key(struct screen *s, const struct key *key)
{
    enum request request = request_of(key);
    if (request == REQUEST_DOWN || request == REQUEST_PAGE_DOWN)
        s->help_from += request == REQUEST_DOWN ? 1 : 10;
    else if (request == REQUEST_UP || request == REQUEST_PAGE_UP)
        s->help_from -= s->help_from < 10 ? (request == REQUEST_UP ? s->help_from > 0 : s->help_from)
                                          : request == REQUEST_UP ? 1 : 10;
    else
        s->help = false;
}

/* Panes can be looked at while the question stands: none of them knows what comes later. */
static void look(struct screen *s, const struct key *key)
{
    enum request request = request_of(key);
    if ((request >= REQUEST_LADDER && request <= REQUEST_MAXIMISE) || request == REQUEST_MODE ||
        request == REQUEST_THEME || request == REQUEST_HELP || request == REQUEST_REDRAW)
        screen_request(s, request, key);
}

static void guess_pressed(struct screen *s, const struct key *key)
{
    switch (guess_key(&s->guess, key)) {
    case GUESS_STAYS:
        look(s, key);
        break;
    case GUESS_TELLS:
        screen_go(s, s->guess.frame);
        break;
    case GUESS_GOES_ON:
        ask(s, s->guess.frame);
        break;
    case GUESS_LEAVES:
        s->guess.asking = false;
        if (s->guess.asked)
            screen_say(s, "%u right of %u.", s->guess.correct, s->guess.asked);
        break;
    }
}

static void prompt_pressed(struct screen *s, const struct key *key)
{
    switch (prompt_key(&s->prompt, key)) {
    case PROMPT_LEFT:
        prompt_close(&s->prompt);
        break;
    case PROMPT_ANSWERED:
        screen_answer(s);
        break;
    case PROMPT_WANTS_OFFERS:
        if (s->prompt.kind == PROMPT_SAVE)
            save_prompt(s, !s->save_all);
        else
            screen_offers(s);
        break;
    case PROMPT_CHANGED: case PROMPT_GOES_ON:
        break;
    }
}

void screen_key(struct screen *s, const struct key *key)
{
    s->changed = true;
    if (key->code == PRESS_RESIZED || key->code == PRESS_NONE)
        return;
    s->said.used = 0;
    if (s->help)
        help_key(s, key);
    else if (s->prompt.kind)
        prompt_pressed(s, key);
    else if (s->guess.asking)
        guess_pressed(s, key);
    else if (key->code == PRESS_CLICK || key->code == PRESS_DOUBLE_CLICK)
        click(s, key, key->code == PRESS_DOUBLE_CLICK);
    else if (key->code == PRESS_WHEEL_UP || key->code == PRESS_WHEEL_DOWN)
        wheel(s, key);
    else if (screen_by_hand(s) && request_by_hand(key))
        screen_request(s, request_by_hand(key), key);
    else
        screen_request(s, request_of(key), key);
}

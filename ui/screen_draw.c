/* The whole screen: the title, the panes with their rules, the time line or what is typed, the keys. */
#include <stdio.h>
#include <string.h>

#include "report/words.h"
#include "ui/screen_state.h"

enum { KEYS_WIDTH = 90,               /* all panes, help and quit */
       LIGHT = 0x2500, HEAVY = 0x2550, UPRIGHT = 0x2502, TEE_DOWN = 0x252c, TEE_UP = 0x2534, TEE_RIGHT = 0x251c };

/* --- title --- */

/* How long after the first frame, of what the panes tell of. */
static void now_words(struct text *t, const struct screen *s)
{
    const struct conversation *row;
    nanoseconds time = screen_time(s) - screen_zero(s, &row);
    words_duration(t, row && time < 0 ? -time : time);
    text_string(t, row && time < 0 ? " before it" : "");
}

static void mode_words(struct text *t, const struct screen *s)
{
    const struct trace *trace = s->trace;
    bool live = source_is_live(trace_source(trace)) && !trace_ended(trace);
    nanoseconds time = screen_time(s) - trace_totals(trace).first_time;
    if (trace_held(trace)) {
        text_string(t, "PAUSED, ");
        words_number(t, trace_known(trace) - trace_decoded(trace));
        text_string(t, " frames wait");
    } else if (s->play.on) {
        text_format(t, "PLAY %s  ", play_speed(&s->play));
        now_words(t, s);
        nanoseconds gap = play_gap(s->trace);
        if (gap > NS_PER_S) {
            text_string(t, ", then ");
            words_duration(t, gap);
            text_string(t, " of silence");
        }
    } else if (!trace_follows(trace)) {
        text_string(t, "frame ");
        words_number(t, trace_present(trace));
        text_string(t, ", ");
        now_words(t, s);
        if (trace_waits(trace))
            text_string(t, " ...");
    } else if (live) {
        text_string(t, "LIVE ");
        if (time > NS_PER_S)              /* a clock that runs is read in tenths */
            time -= time % (NS_PER_S / 10);
        words_duration(t, time > 0 ? time : 0);
    } else if (!trace_ended(trace)) {
        text_string(t, "reading ...");
    } else {
        const struct traffic *traffic = s->options.traffic;
        text_string(t, traffic && traffic->place == TRAFFIC_LAB ? "over, " : "");
        words_duration(t, time);
    }
}

/* Parts of the title, which are left out whole where there is no room: the last of them first. What a lesson is, and
 * whether it is live, recorded or on loopback, comes before its rows. */
enum title_part { PART_MODE, PART_DROPPED, PART_ROW, PART_NAME, PART_FRAMES, PART_LATER, PART_GIVEN_UP, PARTS };

/* "connection 2 of 4": of all that is known, unless what comes later is hidden. */
static void row_words(struct text *t, const struct screen *s, const struct conversation *row)
{
    struct totals all = trace_totals(s->trace);
    uint64_t rows = s->hide_later ? trace_rows(s->trace) : all.connections + all.flows;
    text_format(t, "%s %u of ", conversation_is_tcp(row) ? "connection" : "flow", s->id);
    words_number(t, rows > s->id ? rows : s->id);
}

static void part_words(struct text *t, const struct screen *s, enum title_part part)
{
    const struct source *source = trace_source(s->trace);
    struct source_counts counts = source_counts(source);
    uint64_t given_up = decoder_totals(trace_decoder(s->trace)).given_up_connections + trace_given_up(s->trace);
    const struct conversation *row = s->id && s->main != VIEW_OVERVIEW ? trace_row(s->trace, s->id) : NULL;
    switch (part) {
    case PART_MODE:
        mode_words(t, s);
        break;
    case PART_DROPPED:
        if (!source_is_live(source) && !counts.dropped)
            break;
        text_string(t, "dropped ");
        if (counts.dropped_known)
            words_number(t, counts.dropped);
        else
            text_char(t, '?');
        break;
    case PART_ROW:
        if (row)
            row_words(t, s, row);
        break;
    case PART_NAME:
        text_harmless(t, source_name(source), strlen(source_name(source)));
        break;
    case PART_FRAMES:
        words_count(t, trace_known(s->trace), "frame", "frames");
        text_string(t, trace_problem(s->trace) ? ", cut short" : "");
        break;
    case PART_LATER:
        text_string(t, s->hide_later && !trace_follows(s->trace) ? "later ones hidden" : "");
        break;
    case PART_GIVEN_UP:
        if (given_up || source_is_live(source)) {
            text_string(t, "given up ");
            words_number(t, given_up);
        }
        break;
    case PARTS:
        break;
    }
}

static void title_draw(struct screen *s, struct canvas *canvas)
{
    static const enum title_part left[] = { PART_NAME, PART_MODE, PART_LATER, PART_ROW };
    static const enum title_part of_lesson[PARTS] = { PART_MODE,  PART_NAME,   PART_DROPPED, PART_ROW,
                                                      PART_FRAMES, PART_LATER, PART_GIVEN_UP };
    const struct traffic *traffic = s->options.traffic;
    bool lesson = traffic && (traffic->place == TRAFFIC_LAB || traffic->place == TRAFFIC_RECORDED);
    static const enum title_part right[] = { PART_FRAMES, PART_DROPPED, PART_GIVEN_UP };
    struct text parts[PARTS] = { { 0 } };
    unsigned used = 10, x;
    for (unsigned i = 0; i < PARTS; i++) {
        struct text *part = &parts[lesson ? of_lesson[i] : (enum title_part)i];
        part_words(part, s, lesson ? of_lesson[i] : (enum title_part)i);
        unsigned columns = words_columns(part->bytes, part->used) + (part->used ? 3 : 0);
        if (used + columns > canvas->width)
            part->used = 0;
        else
            used += columns;
    }
    x = canvas_text(canvas, 0, 0, ROLE_HEADING, " synfin  ");
    for (unsigned i = 0; i < sizeof left / sizeof *left; i++)
        if (parts[left[i]].used)
            x = canvas_text(canvas, x, 0, ROLE_HEADING, text_ended(&parts[left[i]])) + 3;
    x = canvas->width;
    for (unsigned i = sizeof right / sizeof *right; i-- > 0;) {
        unsigned columns = words_columns(parts[right[i]].bytes, parts[right[i]].used);
        if (!columns)
            continue;
        canvas_text_right(canvas, x, 0, trace_problem(s->trace) ? ROLE_TROUBLE : ROLE_HEADING, text_ended(&parts[right[i]]));
        x -= columns + 3;
    }
    for (unsigned i = 0; i < PARTS; i++)
        text_free(&parts[i]);
}

/* --- panes --- */

/* Leaves out the last part of a title, what stands behind a colon or a comma, but not within brackets. False: there
 * is but one. */
static bool title_shorten(struct text *t)
{
    unsigned within = 0;
    for (size_t i = t->used; i-- > 1;) {
        within += t->bytes[i] == ')';
        within -= t->bytes[i] == '(' && within;
        if (!within && t->bytes[i] == ' ' && (t->bytes[i - 1] == ':' || t->bytes[i - 1] == ',')) {
            t->used = i - 1;
            text_char(t, ' ');
            return true;
        }
    }
    return false;
}

static void rule_draw(struct screen *s, const struct present *present, const struct pane *pane, struct canvas *canvas)
{
    const struct view *view = views[pane->view];
    struct text title = { 0 };
    bool active = pane->view == s->active && s->pane_count > 1;
    unsigned y = pane->y - 1;
    canvas_line(canvas, pane->x, y, pane->width, ROLE_LINE, active ? HEAVY : LIGHT);
    text_char(&title, ' ');
    if (view->title)
        view->title(present, s->records[pane->view], &title);
    else
        text_string(&title, view->name);
    text_char(&title, ' ');
    while (words_columns(title.bytes, title.used) + 2 > pane->width && title_shorten(&title))
        ;
    if (words_columns(title.bytes, title.used) + 2 <= pane->width) {
        struct canvas words = canvas_new(pane->width - 2, 1);
        unsigned used = canvas_text(&words, 0, 0, active ? ROLE_HEADING : ROLE_LINE, text_ended(&title));
        words.width = used < words.width ? used : words.width;
        canvas_copy(canvas, pane->x + 2, y, &words);
        canvas_free(&words);
    }
    text_free(&title);
}

/* Between panes that stand side by side. */
static void divider_draw(const struct pane *pane, struct canvas *canvas)
{
    unsigned x = pane->x - 1, end = pane->y + pane->height;
    for (unsigned y = pane->y - pane->ruled; y < end; y++) {
        bool rule = y + 1 == pane->y && pane->ruled;
        uint32_t was = canvas->cells && x ? canvas->cells[(size_t)y * canvas->width + x - 1].character : 0;
        bool line_left = was == LIGHT || was == HEAVY;
        canvas_put(canvas, x, y, ROLE_LINE, rule ? (line_left ? TEE_DOWN : TEE_RIGHT) : UPRIGHT);
    }
}

static void panes_draw(struct screen *s, const struct present *present, struct canvas *canvas)
{
    for (unsigned i = 0; i < s->pane_count; i++) {
        const struct pane *pane = &s->panes[i];
        struct canvas inside = canvas_new(pane->width, pane->height);
        views[pane->view]->draw(present, s->records[pane->view], pane->view == s->active, &inside);
        canvas_copy(canvas, pane->x, pane->y, &inside);
        canvas_free(&inside);
        if (pane->ruled)
            rule_draw(s, present, pane, canvas);
    }
    for (unsigned i = 0; i < s->pane_count; i++)
        if (s->panes[i].x)
            divider_draw(&s->panes[i], canvas);
}

/* --- bars --- */

struct bar_item {
    enum request request;
    const char *words;
};

static unsigned item_draw(struct screen *s, struct canvas *canvas, unsigned x, unsigned y, unsigned gap,
                          const struct bar_item *item)
{
    char key[16];
    const char *keys = requests[item->request].keys;
    size_t length = strcspn(keys, " ");
    snprintf(key, sizeof key, "%.*s", length < sizeof key ? (int)length : 15, keys);
    unsigned width = (unsigned)(strlen(key) + 1 + strlen(item->words));
    if (x + width > canvas->width)
        return x;
    if (s->zone_count < ZONES_MOST)
        s->zones[s->zone_count++] = (struct zone){ x, y, width, item->request };
    x = canvas_text(canvas, x, y, ROLE_KEY, key);
    return canvas_text(canvas, x + 1, y, ROLE_PLAIN, item->words) + gap;
}

static void keys_draw(struct screen *s, struct canvas *canvas, unsigned y)
{
    static const struct bar_item panes[] = {
        { REQUEST_OVERVIEW, "Overview" }, { REQUEST_LADDER, "Ladder" }, { REQUEST_SOCKETS, "Sockets" },
        { REQUEST_STATES, "States" }, { REQUEST_BYTES, "Bytes" }, { REQUEST_STREAM, "Stream" }, { REQUEST_GRAPHS, "Graphs" },
        { REQUEST_TRAFFIC, "Traffic" },
    };
    static const struct bar_item rest[] = { { REQUEST_HELP, "help" }, { REQUEST_QUIT, "quit" } };
    const struct traffic *traffic = s->options.traffic;
    bool generator = traffic && traffic->place != TRAFFIC_NOWHERE, narrow = canvas->width < KEYS_WIDTH;
    unsigned x = 1;
    for (unsigned i = 0; i < sizeof panes / sizeof *panes; i++) {
        bool shown = panes[i].request == REQUEST_TRAFFIC  ? generator
                     : panes[i].request == REQUEST_GRAPHS ? !generator || !narrow
                                                          : true;
        if (!shown)
            continue;
        unsigned begin = x, zone = s->zone_count;
        x = item_draw(s, canvas, x, y, canvas->width >= 110 ? 2 : 1, &panes[i]);
        if (i == s->main && s->zone_count > zone)
            canvas_select(canvas, begin, y, s->zones[zone].width);
    }
    x = canvas->width > x + 14 ? canvas->width - 14 : x + (x + 14 <= canvas->width);
    for (unsigned i = 0; i < 2; i++)
        x = item_draw(s, canvas, x, y, 1, &rest[i]);
}

/* What can be done here. */
static void hints_draw(struct screen *s, struct canvas *canvas, unsigned y)
{
    static const struct bar_item traffic[] = {
        { REQUEST_OPEN, "start" }, { REQUEST_STOP, "end it" }, { REQUEST_MODE, "lesson, list, run" },
        { REQUEST_NUMBERS, "numbers" }, { REQUEST_BY_HAND, "by hand" }, { REQUEST_SAVE, "save" },
    };
    static const struct bar_item overview[] = {
        { REQUEST_OPEN, "its ladder" }, { REQUEST_NEXT_PANE, "next pane" }, { REQUEST_ORDER, "order" },
        { REQUEST_SORT, "sort" }, { REQUEST_FILTER, "filter" }, { REQUEST_PLAY, "play" }, { REQUEST_SAVE, "save" },
        { REQUEST_GUESS, "guess" }, { REQUEST_EXPORT, "export" }, { REQUEST_GO_TO, "go to" },
    };
    bool here = s->main == VIEW_TRAFFIC;
    const struct bar_item *hints = here ? traffic : overview;
    unsigned x = 1, count = here ? sizeof traffic / sizeof *traffic : sizeof overview / sizeof *overview;
    for (unsigned i = 0; i < count; i++)
        x = item_draw(s, canvas, x, y, 2, &hints[i]);
}

/* By hand: what the ends are about to call, and the keys. */
static void by_hand_draw(struct screen *s, struct canvas *canvas, unsigned y)
{
    static const struct bar_item keys[LAB_ENDS] = { { REQUEST_CALL_CLIENT, "client" }, { REQUEST_CALL_SERVER, "server" } };
    const struct traffic *traffic = s->options.traffic;
    const struct bar_item next = { REQUEST_CALL_NEXT, "next call" };
    unsigned x = item_draw(s, canvas, 1, y, 2, &next);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        const struct session_held *held = traffic->held[end];
        x = item_draw(s, canvas, x, y, 1, &keys[end]);
        x = canvas_text(canvas, x, y, held ? ROLE_NOW : ROLE_QUIET, held ? held->words : "-") + 2;
    }
}

static void context_draw(struct screen *s, const struct present *present, struct canvas *canvas, unsigned y)
{
    if (s->said.used) {
        struct text t = { 0 };
        text_bytes(&t, s->said.bytes, s->said.used);
        canvas_text(canvas, 1, y, ROLE_NOW, text_ended(&t));
        text_free(&t);
    } else if (s->prompt.kind) {
        prompt_draw(&s->prompt, canvas, y);
    } else if (s->main == VIEW_LADDER && screen_by_hand(s)) {
        by_hand_draw(s, canvas, y);
    } else if (s->main == VIEW_OVERVIEW || s->main == VIEW_TRAFFIC) {
        hints_draw(s, canvas, y);
    } else {
        timeline_draw(present, s, canvas, y);
    }
}

static void too_small(struct canvas *canvas)
{
    char words[64];
    snprintf(words, sizeof words, "synfin needs 80x24; this is %ux%u", canvas->width, canvas->height);
    canvas_text(canvas, 0, canvas->height / 2, ROLE_HEADING, words);
}

void screen_draw(struct screen *s, struct canvas *canvas)
{
    canvas_clear(canvas);
    s->changed = false;
    s->zone_count = s->pane_count = 0;
    if (canvas->width < 72 || canvas->height < 16) {
        too_small(canvas);
        return;
    }
    if (s->help) {
        help_draw(s, canvas);
        return;
    }
    unsigned asking = guess_rows(&s->guess, canvas->width, canvas->height);
    struct present present = screen_present(s);
    s->pane_count = layout_panes(s, &present, canvas->width, canvas->height - asking, s->panes);
    bool there = false;
    for (unsigned i = 0; i < s->pane_count; i++)
        there |= s->panes[i].view == s->active;
    if (!there && s->pane_count)
        s->active = s->panes[0].view;
    title_draw(s, canvas);
    panes_draw(s, &present, canvas);
    guess_draw(&s->guess, canvas, canvas->height - 3);
    context_draw(s, &present, canvas, canvas->height - 2);
    keys_draw(s, canvas, canvas->height - 1);
}

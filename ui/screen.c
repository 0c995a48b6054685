#include "ui/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/query.h"
#include "ui/both.h"
#include "ui/index.h"
#include "ui/screen_state.h"

#define ASK_EACH (250 * NS_PER_MS)    /* the kernels, for their sockets */
enum { ASK_REST = 20 };               /* and then not for so many times as long as it took */

const struct view *const views[VIEW_COUNT] = {
    [VIEW_OVERVIEW] = &view_overview, [VIEW_LADDER] = &view_ladder, [VIEW_SOCKETS] = &view_sockets,
    [VIEW_STATES] = &view_states, [VIEW_BYTES] = &view_bytes, [VIEW_STREAM] = &view_stream, [VIEW_GRAPHS] = &view_graphs,
    [VIEW_TRAFFIC] = &view_traffic,     [VIEW_WHY] = &view_why,
};

static enum traffic_place traffic_place(const struct screen *s)
{
    return s->options.traffic ? s->options.traffic->place : TRAFFIC_NOWHERE;
}

struct screen *screen_new(struct trace *trace, const struct screen_options *options)
{
    struct screen *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->trace = trace;
    s->options = *options;
    s->theme = options->theme;
    s->to_play = options->play;
    s->to_place = options->frame || options->row;
    s->changed = true;
    s->list = list_new(trace);
    bool good = s->list != NULL;
    for (unsigned i = 0; i < VIEW_COUNT && good; i++)
        good = (s->records[i] = calloc(1, views[i]->record ? views[i]->record : 1)) != NULL;
    if (!good) {
        screen_free(s);
        return NULL;
    }
    bool by_hand = options->traffic && options->traffic->options && options->traffic->options->by_hand;
    screen_traffic_begin(s, by_hand);
    if (options->in_traffic || (by_hand && traffic_place(s) != TRAFFIC_NOWHERE)) {
        s->main = s->active = VIEW_TRAFFIC;
        s->opened = true;
    }
    if (options->notice)
        screen_say(s, "%s", options->notice);
    return s;
}

void screen_free(struct screen *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        if (s->records[i] && views[i]->close)
            views[i]->close(s->records[i]);
        free(s->records[i]);
    }
    list_free(s->list);
    follow_close(s->follow);
    query_free(s->query);
    both_free(s->both);
    text_free(&s->filter);
    text_free(&s->copied);
    text_free(&s->said);
    save_drop(&s->save);
    free(s);
}

void screen_say(struct screen *s, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    s->said.used = 0;
    text_harmless(&s->said, words, strlen(words));
    s->changed = true;
}

/* --- the present --- */

nanoseconds screen_time(const struct screen *s)
{
    bool live = source_is_live(trace_source(s->trace)) && !trace_ended(s->trace);
    return live && trace_follows(s->trace) && !trace_held(s->trace) && trace_known(s->trace) ? trace_now(s->trace)
                                                                                          : trace_time(s->trace);
}

nanoseconds screen_zero(const struct screen *s, const struct conversation **row)
{
    bool of_trace = s->main == VIEW_OVERVIEW || s->main == VIEW_TRAFFIC || !s->follow;
    nanoseconds first = trace_totals(s->trace).first_time;
    *row = of_trace ? NULL : follow_row(s->follow);
    if (*row && (*row)->first_time == first)
        *row = NULL;
    return *row ? (*row)->first_time : first;
}

struct present screen_present(struct screen *s)
{
    struct present p = { .trace = s->trace, .frame = trace_present(s->trace), .time = screen_time(s),
                         .waiting = trace_waits(s->trace), .id = s->id, .scene = SIZE_MAX,
                         .hide_later = s->hide_later, .list = s->list, .filter = &s->filter, .ascii = s->options.ascii,
                         .about_row = s->main == VIEW_OVERVIEW, .traffic = s->options.traffic };
    if (trace_follows(s->trace)) {
        p.hosts = s->options.hosts;
        p.host_count = s->options.host_count;
    }
    if (!s->follow || !follow_row(s->follow))
        return p;
    p.of = follow_row(s->follow);
    p.of_decoder = follow_decoder(s->follow);
    p.story = follow_story(s->follow);
    p.scenes = follow_scenes(s->follow);
    p.both = s->both && s->both->made && s->both->id == s->id && !s->hide_later ? s->both : NULL;
    bool end = trace_follows(s->trace);
    p.scene = follow_scene_at(s->follow, end ? UINT32_MAX : p.frame, end ? INT64_MAX : p.time);
    return p;
}

const struct kernel_host *present_host(const struct present *p, unsigned version, const uint8_t address[16])
{
    for (unsigned i = 0; i < p->host_count; i++)
        if (kernel_host_has(&p->hosts[i], version, address))
            return &p->hosts[i];
    return NULL;
}

nanoseconds present_told(const struct present *p)
{
    return trace_ended(p->trace) ? INT64_MAX : trace_now(p->trace);
}

enum tcp_state present_state(const struct present *p, unsigned end)
{
    if (p->scene == SIZE_MAX || !p->scenes || !p->of || !conversation_is_tcp(p->of) || end >= NO_END)
        return STATE_UNKNOWN;
    const struct scene *scene = &p->scenes->scenes[p->scene];
    return (enum tcp_state)story_step(p->story, scene->first + scene->count - 1)->state[end];
}

uint32_t present_frame(const struct present *p)
{
    bool of_row = p->of && p->scenes && p->scene != SIZE_MAX;
    if (!of_row || (p->frame && p->trace && !trace_row_of(p->trace, p->frame)))
        return p->frame;
    for (size_t i = p->scene + 1; i-- > 0;) {         /* what time alone did has no frame */
        uint32_t frame = story_step(p->story, p->scenes->scenes[i].first)->frame;
        if (frame)
            return frame;
    }
    return p->frame;
}

void screen_select(struct screen *s, uint32_t id)
{
    s->changed = true;
    if (id == s->id && s->follow)
        return;
    follow_close(s->follow);
    s->follow = id ? follow_open(s->trace, id) : NULL;
    s->id = id;
}

void screen_go(struct screen *s, uint32_t frame)
{
    trace_go(s->trace, frame);
    s->changed = true;
}

/* The row on the same 4-tuple that began nearest to this one. 0: none. */
static uint32_t same_row(const struct trace *trace, const struct conversation *of)
{
    uint32_t found = 0;
    nanoseconds least = INT64_MAX;
    for (uint32_t id = 1; id <= trace_rows(trace); id++) {
        const struct conversation *row = trace_row(trace, id);
        nanoseconds apart = row ? row->first_time - of->first_time : 0;
        apart = apart < 0 ? -apart : apart;
        if (row && tuple_equal(&row->key, &of->key) && apart < least) {
            found = id;
            least = apart;
        }
    }
    return found;
}

void screen_take_over(struct screen *s, const struct screen *from)
{
    const struct conversation *row = from->id ? trace_row(from->trace, from->id) : NULL;
    uint32_t id = row ? same_row(s->trace, row) : 0;
    s->main = from->main;
    s->active = from->active;
    s->maximised = from->maximised;
    s->hide_later = from->hide_later;
    s->theme = from->theme;
    s->opened = s->chosen = true;
    s->said.used = 0;
    if (id)
        screen_select(s, id);
    uint32_t frame = trace_follows(from->trace) ? TRACE_END : trace_at_time(s->trace, trace_time(from->trace));
    screen_go(s, frame ? frame : trace_after(s->trace, 0));
    if (row && !id)
        screen_say(s, "Nothing of it was captured at this end.");
}

/* The row's frame next to `frame`. 0: there is none. */
static uint32_t beside(const struct screen *s, uint32_t frame, bool back)
{
    const struct index *index = trace_index(s->trace);
    uint32_t id = s->id, next = 0;
    for (uint32_t at = index_head(index, id); at && id == s->id; at = index_chain(index, at, &id)) {
        if (back && at < frame)
            return at;
        if (!back && at <= frame)
            break;
        next = at;
    }
    return back ? 0 : next;
}

void screen_step(struct screen *s, bool back)
{
    uint32_t frame = trace_present(s->trace), next;
    if (s->main == VIEW_OVERVIEW || !s->id) {
        next = back ? trace_before(s->trace, frame) : trace_after(s->trace, frame);
        uint32_t row = next ? trace_row_of(s->trace, next) : 0;
        if (row)
            screen_select(s, row);
    } else {
        if (back)
            frame = beside(s, frame + 1, true);       /* where the row stands at the present */
        next = beside(s, frame, back);
    }
    s->chosen = true;
    if (next)
        screen_go(s, next);
    else if (!back)
        screen_go(s, TRACE_END);
    else
        screen_say(s, s->main == VIEW_OVERVIEW ? "This is the first frame." : "This is its first segment.");
}

/* What a student looks for: marks, resets, what was not believed, ICMP errors. */
static bool marked(const struct scene *scene)
{
    static const uint32_t quiet = MARK_DUPLICATE_ACK | MARK_WINDOW_UPDATE;
    const struct step *unit = scene->unit;
    bool tcp = unit && unit->kind == EVENT_TCP_SEGMENT;
    return scene->icmp || scene->refused || (tcp && (unit->segment.marks & ~quiet || unit->segment.flags & TCP_RST));
}

void screen_step_marked(struct screen *s, bool back)
{
    struct present p = screen_present(s);
    size_t count = p.scenes ? p.scenes->count : 0, at = p.scene;
    for (size_t i = 0; i < count; i++) {
        at = back ? at - 1 : at + 1;                      /* SIZE_MAX is before the first */
        if (at >= count)
            break;
        if (!marked(&p.scenes->scenes[at]))
            continue;
        s->chosen = true;
        screen_go(s, story_step(p.story, p.scenes->scenes[at].first)->frame);
        return;
    }
    screen_say(s, back ? "No mark before this one in it." : "No further mark in it. / retransmission finds others.");
}

/* --- work --- */

/* Of a trace that has been read, and of a lesson that runs: a single connection opens on its ladder. Live, the
 * newest row is selected until the person chooses. */
static void choose(struct screen *s)
{
    uint32_t last = trace_rows(s->trace);
    if (s->chosen || !last)
        return;
    bool live = source_is_live(trace_source(s->trace)), lesson = traffic_place(s) == TRAFFIC_LAB;
    if (live && !lesson)
        screen_select(s, last);
    else if (!s->id)
        screen_select(s, 1);
    if (s->opened || (!lesson && (live || !trace_ended(s->trace))))
        return;
    s->opened = !lesson || last > 1;
    if (last == 1)
        s->main = s->active = VIEW_LADDER;
    else if (s->main == VIEW_LADDER)
        s->main = s->active = VIEW_OVERVIEW;
}

static void begin_to_play(struct screen *s)
{
    if (!s->to_play || !trace_ended(s->trace))
        return;
    s->to_play = false;
    s->hide_later = true;
    screen_go(s, trace_after(s->trace, 0));
    play_begin(&s->play, s->trace);
}

/* True: the decoder has to get there. */
static bool begin_at_place(struct screen *s)
{
    if (!s->to_place || !trace_ended(s->trace))
        return false;
    s->to_place = false;
    uint32_t frame = s->options.frame, row = s->options.row ? s->options.row : trace_row_of(s->trace, frame);
    if (row && row <= trace_rows(s->trace)) {
        screen_select(s, row);
        s->main = s->active = VIEW_LADDER;
    }
    if (frame)
        screen_go(s, frame);
    return s->chosen = s->opened = true;
}

static bool save_on(struct screen *s, nanoseconds budget)
{
    struct error error = { 0 };
    if (!s->save.file)
        return false;
    if (save_work(&s->save, s->trace, budget, &error))
        return true;
    if (error.text[0]) {
        s->problem = error;
        screen_say(s, "%s", error.text);
    } else {
        screen_say(s, "Saved %llu frames to %.200s%s.", (unsigned long long)s->save.written, s->prompt.bytes,
                   s->save.calls ? ", its calls beside it" : "");
    }
    return false;
}

/* The story needs only to be known where something draws from it. */
static bool follow_on(struct screen *s, nanoseconds budget)
{
    if (!s->follow)
        return false;
    uint64_t version = follow_version(s->follow);
    uint32_t present = trace_present(s->trace);
    bool limit = !trace_follows(s->trace) && (s->hide_later || present > follow_kept_until(s->follow));
    follow_limit(s->follow, limit ? present : UINT32_MAX, limit ? trace_time(s->trace) : 0);
    bool more = follow_work(s->follow, budget);
    s->changed |= follow_version(s->follow) != version;
    return more;
}

/* What a filter took away is not selected any more, and another order is looked at from its top. */
static void keep_to_list(struct screen *s)
{
    if (!s->to_top && (!s->filter.used || list_find(s->list, s->id) != SIZE_MAX))
        return;
    s->to_top = false;
    uint32_t id = 0;
    for (size_t i = 0; i < list_lines(s->list) && !id; i++)
        id = list_line(s->list, i).id;
    screen_select(s, id);
}

bool screen_list(struct screen *s, nanoseconds budget)
{
    bool listed = false, more = list_work(s->list, budget, &listed);
    if (listed)
        keep_to_list(s);
    s->changed |= listed;
    return more;
}

static bool asks_kernels(const struct screen *s)
{
    return s->options.host_count && source_is_live(trace_source(s->trace)) && !trace_ended(s->trace)
           && trace_follows(s->trace) && !trace_held(s->trace);
}

/* What the kernels say is of the end of the trace alone; where it takes them long, they are asked less often. */
static void ask_kernels(struct screen *s)
{
    nanoseconds now = clock_steady();
    if (!asks_kernels(s) || now < s->asked + s->ask_each)
        return;
    for (unsigned i = 0; i < s->options.host_count; i++)
        s->changed |= kernel_host_read(&s->options.hosts[i]);
    s->asked = clock_steady();
    nanoseconds rest = (s->asked - now) * ASK_REST;
    s->ask_each = rest > ASK_EACH ? rest : ASK_EACH;
}

void screen_beside(struct screen *s, struct trace *other)
{
    s->other = other;
}

/* Once both have ended. */
static void look_at_both(struct screen *s)
{
    bool known = s->both && s->both->id == s->id && !both_stale(s->both, s->trace);
    if (!s->other || !s->id || known || s->main != VIEW_LADDER || !trace_ended(s->trace) || !trace_ended(s->other))
        return;
    both_free(s->both);
    s->both = both_make(s->trace, s->other, s->id);
    s->changed = true;
}

/* What goes wrong with the trace is said once, when it does. */
static void tell_problem(struct screen *s)
{
    const struct error *problem = trace_problem(s->trace);
    if (problem && !s->problem_told)
        screen_say(s, "%s", problem->text);
    s->problem_told = problem != NULL;
}

bool screen_work(struct screen *s, nanoseconds budget, nanoseconds now)
{
    uint64_t version = trace_version(s->trace);
    bool more = false;
    if (s->play.on && !play_on(&s->play, s->trace, now))
        screen_say(s, "The end of the trace.");
    more = trace_work(s->trace, budget, now);
    more |= begin_at_place(s);
    choose(s);
    begin_to_play(s);
    more |= screen_list(s, budget / 2);                   /* may select another row, which is then read */
    more |= follow_on(s, budget / 2);
    more |= save_on(s, budget / 2);
    ask_kernels(s);
    look_at_both(s);
    if (source_is_live(trace_source(s->trace)) && trace_follows(s->trace) && now / NS_PER_S != s->second) {
        s->second = now / NS_PER_S;                       /* timers run down */
        s->changed = true;
    }
    if (s->play.on)
        more |= trace_waits(s->trace) || play_due(&s->play, s->trace, now) == 0;
    tell_problem(s);
    s->changed |= trace_version(s->trace) != version;
    return more;
}

bool screen_rests(const struct screen *s)
{
    return list_stale(s->list) || trace_rebuilds(s->trace);
}

nanoseconds screen_wakes(const struct screen *s)
{
    if (screen_rests(s) || s->play.on)
        return 20 * NS_PER_MS;
    if (asks_kernels(s))
        return ASK_EACH;
    return source_is_live(trace_source(s->trace)) && !trace_ended(s->trace) ? NS_PER_S : -1;
}

/* --- what others ask --- */

bool screen_changed(const struct screen *s)
{
    return s->changed;
}

bool screen_saves(const struct screen *s)
{
    return s->save.file != NULL;
}

bool screen_done(const struct screen *s)
{
    return s->done;
}

enum theme screen_theme(const struct screen *s)
{
    return s->theme;
}

bool screen_redraw(struct screen *s)
{
    bool redraw = s->redraw;
    s->redraw = false;
    return redraw;
}

void screen_refresh(struct screen *s)
{
    s->changed = true;
}

struct traffic_wish screen_wish(struct screen *s)
{
    struct traffic_wish wish = s->wish;
    s->wish = (struct traffic_wish){ 0 };
    return wish;
}

struct text screen_copied(struct screen *s)
{
    struct text copied = s->copied;
    s->copied = (struct text){ 0 };
    return copied;
}

const struct error *screen_problem(const struct screen *s)
{
    if (trace_problem(s->trace))
        return trace_problem(s->trace);
    return s->problem.text[0] ? &s->problem : NULL;
}

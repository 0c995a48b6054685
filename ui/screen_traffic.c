/* What is asked of the generator: in its pane, and by hand on the ladder too. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/screen_state.h"
#include "ui/traffic_words.h"
#include "ui/view_traffic.h"

static const struct traffic *traffic(const struct screen *s)
{
    return s->options.traffic;
}

static struct traffic_record *record(const struct screen *s)
{
    return s->records[VIEW_TRAFFIC];
}

void screen_traffic_begin(struct screen *s, bool by_hand)
{
    record(s)->by_hand = by_hand;
}

static bool runs(const struct screen *s)
{
    const struct traffic *g = traffic(s);
    return g && g->options && g->phase != SESSION_READY && g->phase != SESSION_OVER;
}

/* --- starting --- */

static void start(struct screen *s)
{
    const struct traffic *g = traffic(s);
    struct present present = screen_present(s);
    struct traffic_record *r = record(s);
    enum traffic_place place = g ? g->place : TRAFFIC_NOWHERE;
    bool listed = r->page == TRAFFIC_LESSON || traffic_lists(&present, r);
    const struct scenario *wanted = listed ? traffic_selected(&present, r) : g->options->scenario;
    if (place == TRAFFIC_NOWHERE)
        screen_say(s, "Beside this capture nothing can be started. In a terminal: synfin lab %s", wanted->name);
    else if (runs(s))
        screen_say(s, "One runs. x ends it.");
    else if (place == TRAFFIC_HERE && wanted->lab_only)
        screen_say(s, "This lesson needs the wire of the lab: synfin lab %s", wanted->name);
    else {
        s->wish = (struct traffic_wish){ .kind = WISH_START, .scenario = wanted, .by_hand = r->by_hand };
        memcpy(s->wish.number, listed ? r->number : g->options->number, sizeof s->wish.number);
        r->page = TRAFFIC_RUN;
        r->back = 0;
    }
}

static void stop(struct screen *s)
{
    if (runs(s))
        s->wish = (struct traffic_wish){ .kind = WISH_STOP };
    else
        screen_say(s, "Nothing runs.");
}

/* --- numbers --- */

static void numbers_prompt(struct screen *s)
{
    struct present present = screen_present(s);
    struct traffic_record *r = record(s);
    const struct scenario *wanted = traffic_selected(&present, r);
    struct text words = { 0 };
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++)
        if (wanted->number[i].most)
            text_format(&words, "%s%s %u", words.used ? " " : "", actor_number_names[i],
                        r->number[i] ? r->number[i] : wanted->number[i].is);
    if (!words.used)
        screen_say(s, "%s takes no numbers.", wanted->name);
    else
        prompt_open(&s->prompt, PROMPT_NUMBERS, "numbers", text_ended(&words));
    r->page = TRAFFIC_LIST;
    text_free(&words);
}

__attribute__((format(printf, 4, 5)))
static void wrong(struct screen *s, size_t from, size_t length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->prompt.wrong, sizeof s->prompt.wrong, format, arguments);
    va_end(arguments);
    s->prompt.wrong_from = from;
    s->prompt.wrong_length = length;
}

/* Which number a word means; ACTOR_NUMBERS: none that this lesson takes. */
static unsigned number_named(const struct scenario *wanted, const char *word, size_t length)
{
    unsigned i = 0;
    while (i < ACTOR_NUMBERS && !(wanted->number[i].most && strlen(actor_number_names[i]) == length &&
                                  memcmp(actor_number_names[i], word, length) == 0))
        i++;
    return i;
}

void screen_numbers(struct screen *s)
{
    struct present present = screen_present(s);
    const struct scenario *wanted = traffic_selected(&present, record(s));
    uint32_t number[ACTOR_NUMBERS] = { 0 };
    for (const char *at = s->prompt.bytes + strspn(s->prompt.bytes, " "); *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ="), from = (size_t)(at - s->prompt.bytes);
        unsigned which = number_named(wanted, at, length);
        if (which == ACTOR_NUMBERS) {
            wrong(s, from, length, "%s has no number called that.", wanted->name);
            return;
        }
        at += length + strspn(at + length, " =");
        char *end;
        unsigned long value = strtoul(at, &end, 10);
        const struct scenario_number *limits = &wanted->number[which];
        if (end == at || (*end && *end != ' ') || value < limits->least || value > limits->most) {
            wrong(s, (size_t)(at - s->prompt.bytes), strcspn(at, " "), "%s%s is %u to %u.", actor_number_names[which],
                  actor_number_says[which], limits->least, limits->most);
            return;
        }
        number[which] = (uint32_t)value;
        at = end;
    }
    memcpy(record(s)->number, number, sizeof number);
    prompt_close(&s->prompt);
}

/* --- by hand --- */

bool screen_by_hand(const struct screen *s)
{
    bool there = s->active == VIEW_TRAFFIC || s->main == VIEW_LADDER;
    return there && runs(s) && traffic(s)->options->by_hand;
}

/* Why no call of this end can be made now. */
static void tell_no_call(struct screen *s, enum lab_end end)
{
    const struct traffic *g = traffic(s);
    const struct true_call *in = traffic_waits_in(g, end);
    const struct session_speech *speech = g->speech[end];
    struct text t = { 0 };
    text_format(&t, "The %s ", lab_end_names[end]);
    if (in)
        text_format(&t, "waits in %s() for the other end", call_names[in->call]);
    else if (speech && (speech->ended || !speech->started))
        traffic_ending(&t, speech);
    else
        text_string(&t, "calls nothing now");
    screen_say(s, "%s.", text_ended(&t));
    text_free(&t);
}

static void release(struct screen *s, enum request request)
{
    const struct traffic *g = traffic(s);
    enum lab_end end = request == REQUEST_CALL_SERVER ? LAB_SERVER : LAB_CLIENT;
    bool both = g->held[LAB_CLIENT] && g->held[LAB_SERVER];
    if (request == REQUEST_CALL_NEXT)
        end = both ? g->waits_longest : g->held[LAB_SERVER] ? LAB_SERVER : LAB_CLIENT;
    if (!g->held[end] && request == REQUEST_CALL_NEXT)
        screen_say(s, "No call waits: those that were made have not returned yet.");
    else if (!g->held[end])
        tell_no_call(s, end);
    else
        s->wish = (struct traffic_wish){ .kind = WISH_RELEASE, .end = end };
}

bool screen_traffic(struct screen *s, enum request request)
{
    if (request == REQUEST_CALL_NEXT || request == REQUEST_CALL_CLIENT || request == REQUEST_CALL_SERVER) {
        release(s, request);
        return true;
    }
    if (s->active != VIEW_TRAFFIC)
        return false;
    switch (request) {
    case REQUEST_OPEN: start(s); return true;
    case REQUEST_STOP: stop(s); return true;
    case REQUEST_NUMBERS: numbers_prompt(s); return true;
    case REQUEST_BY_HAND: {
        struct traffic_record *r = record(s);
        r->by_hand = !r->by_hand;
        screen_say(s, r->by_hand ? "The next run is by hand: each call waits for a key."
                                 : "The next run goes by itself.");
        return true;
    }
    default: return false;
    }
}

#include "ui/guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/why.h"
#include "report/words.h"
#include "ui/follow.h"
#include "ui/guess_make.h"
#include "ui/index.h"

enum {
    LOOK = 4096,                      /* frames of the row that are looked at for the next telling one */
    PLAIN_MOST = 6,                   /* after so many segments that tell nothing new, more of them are passed over */
};

/* A row too long to be told again while somebody waits for a key to act. */
static const nanoseconds patience = 3 * NS_PER_S;

struct asking {
    struct guess *guess;
    struct trace *trace;
    struct follow *follow;
    uint32_t id;
    nanoseconds until;
    uint32_t *frames;                 /* owned: the row's next ones after the present, in order */
    unsigned count;
};

/* --- the row's next frames --- */

/* The chain leads back from the last one: of what comes after `present` the first LOOK are kept. */
static bool frames_after(struct asking *a, uint32_t present)
{
    const struct index *index = trace_index(a->trace);
    uint32_t id = a->id, passed = 0;
    uint32_t *ring = calloc(LOOK, sizeof *ring);
    a->frames = calloc(LOOK, sizeof *a->frames);
    if (ring && a->frames)
        for (uint32_t at = index_head(index, id); at > present && id == a->id; at = index_chain(index, at, &id))
            ring[passed++ % LOOK] = at;
    a->count = passed < LOOK ? passed : LOOK;
    for (unsigned i = 0; i < a->count; i++)
        a->frames[i] = ring[(passed - 1 - i) % LOOK];
    free(ring);
    return a->count > 0;
}

/* --- the world as it is known at a frame --- */

/* False: it takes too long, or the frame cannot be read. */
static bool read_to(struct asking *a, uint32_t number)
{
    struct frame frame;
    struct error error;
    if (!trace_frame(a->trace, number, &frame, &error))
        return false;
    follow_limit(a->follow, number, frame.time);
    while (follow_work(a->follow, NS_PER_S / 10))
        if (clock_steady() > a->until)
            return false;
    return follow_row(a->follow) != NULL;
}

static uint32_t mixed(uint32_t id, uint32_t frame)
{
    uint32_t n = id * 0x9e3779b9u ^ frame * 0x85ebca6bu;
    n ^= n >> 15;
    n *= 0x2c1b3c6du;
    return n ^ n >> 13;
}

/* Who does it, and from which states into which. */
static bool states_of(struct guess_world *w)
{
    const struct scene *before = w->scene - 1;
    w->unit = w->scene->unit;
    w->who = w->unit ? w->unit->who : w->scene->icmp->who;
    w->other = !w->who;
    for (unsigned end = 0; end < 2; end++) {
        w->before[end] = story_step(w->story, before->first + before->count - 1)->state[end];
        w->after[end] = story_step(w->story, w->scene->first + w->scene->count - 1)->state[end];
    }
    return w->who < NO_END;
}

/* Calls alone are nothing to guess from. */
static bool any_before(const struct guess_world *w)
{
    for (size_t i = 0; i < w->at; i++)
        if (!w->scenes->scenes[i].call)
            return true;
    return false;
}

/* False: no scene of this frame is known, or none before it. */
static bool world_at(struct asking *a, uint32_t frame, struct guess_world *w)
{
    *w = (struct guess_world){ .of = follow_row(a->follow), .story = follow_story(a->follow),
                               .scenes = follow_scenes(a->follow), .pick = mixed(a->id, frame) };
    for (w->at = w->scenes->count; w->at-- > 1;) {
        w->scene = &w->scenes->scenes[w->at];
        const struct step *first = story_step(w->story, w->scene->first);
        if (first->frame && first->frame < frame)
            break;
        if (first->frame == frame && (w->scene->unit || w->scene->icmp))
            return any_before(w) && states_of(w);
    }
    w->at = 0;
    return false;
}

static enum guess_made make_at(struct asking *a, uint32_t frame, struct guess_world *w)
{
    a->guess->count = 0;
    a->guess->reason[0] = '\0';
    return world_at(a, frame, w) ? guess_make(a->guess, w) : GUESS_NONE;
}

static unsigned plain_before(const struct guess_world *w)
{
    unsigned plain = 0;
    for (size_t i = 0; i < w->at && plain < PLAIN_MOST; i++)
        plain += w->scenes->scenes[i].unit && !w->scenes->scenes[i].telling;
    return plain;
}

/* Which of the next frames to ask about, when it is not the first of them: in bulk the next telling one, or else the
 * last; elsewhere the next of any kind. Gives its place; `otherwise` where there is none. */
static unsigned look_ahead(struct asking *a, bool bulk, unsigned otherwise)
{
    struct guess_world w;
    if (!read_to(a, a->frames[a->count - 1]))
        return otherwise;
    for (unsigned i = 1; i < a->count; i++)
        if (world_at(a, a->frames[i], &w) && (w.scene->telling || !bulk) && make_at(a, a->frames[i], &w))
            return i;
    for (unsigned i = a->count; --i > 0;)
        if (make_at(a, a->frames[i], &w))
            return i;
    return otherwise;
}

/* False: there is nothing to ask. The question is made of what is known at its frame, and of no later one. */
static bool choose(struct asking *a, struct guess_world *w)
{
    unsigned at = 0;
    enum guess_made made = read_to(a, a->frames[0]) ? make_at(a, a->frames[0], w) : GUESS_NONE;
    bool bulk = plain_before(w) == PLAIN_MOST;
    if (made == GUESS_NONE || (made == GUESS_PLAIN && bulk)) {
        at = look_ahead(a, bulk, made ? 0 : a->count);
        if (at == a->count || !read_to(a, a->frames[at]) || !make_at(a, a->frames[at], w))
            return false;
    }
    a->guess->frame = a->frames[at];
    a->guess->passed = at;
    if (at)
        a->guess->stands = a->frames[at - 1];
    return true;
}

/* --- what is made of it --- */

/* Whole lines, as many as there is room for. */
static void keep_reason(struct guess *g, const struct text *t)
{
    size_t used = t->used < sizeof g->reason ? t->used : sizeof g->reason - 1;
    while (used && used < t->used && t->bytes[used - 1] != '\n')
        used--;
    if (used)
        memcpy(g->reason, t->bytes, used);
    g->reason[used] = '\0';
}

static void reason(struct asking *a, const struct guess_world *w)
{
    struct text t = { 0 }, heading = { 0 };
    struct teller k = { .t = &t, .story = w->story, .width = GUESS_WIDTH - 4, .plain = true };
    row_bind(&k.row, follow_decoder(a->follow), w->of);
    if (a->guess->reason[0])
        words_wrap(&t, a->guess->reason, strlen(a->guess->reason), 0, 0, k.width);
    why_heading(&k, w->scene, &heading);
    words_wrap(&t, heading.bytes, heading.used, 0, 2, k.width);
    text_free(&heading);
    why_steps(&k, w->scene);
    keep_reason(a->guess, &t);
    text_free(&t);
}

static void shuffle(struct guess *g, uint32_t pick)
{
    g->right = 0;
    for (unsigned i = g->count; i > 1; i--) {
        unsigned j = pick % i;
        pick /= i;
        struct guess_option swapped = g->options[i - 1];
        g->options[i - 1] = g->options[j];
        g->options[j] = swapped;
        g->right = g->right == i - 1 ? j : g->right == j ? i - 1 : g->right;
    }
}

static void tell_passed(struct guess *g)
{
    char question[GUESS_QUESTION];
    if (!g->passed)
        return;
    memcpy(question, g->question, sizeof question);
    guess_says(g, "(%u %s later, up to frame %u.) %s", g->passed, g->passed == 1 ? "frame" : "frames", g->stands,
               question);
}

bool guess_ask(struct guess *g, struct trace *trace, uint32_t id, uint32_t present)
{
    struct asking a = { .guess = g, .trace = trace, .id = id, .until = clock_steady() + patience };
    struct guess_world w = { .at = 0 };
    uint32_t first = index_first(trace_index(trace), id);
    g->asking = g->answered = false;
    g->stands = present < first ? first : present;
    guess_says(g, "Nothing follows in this capture: there is nothing to guess.");
    bool asks = frames_after(&a, g->stands);
    if (asks && (a.follow = follow_open(trace, id)) != NULL && choose(&a, &w)) {
        reason(&a, &w);
        shuffle(g, w.pick);
        tell_passed(g);
        g->asking = true;
    } else if (asks) {
        bool late = clock_steady() > a.until;
        guess_says(g, "Nothing that follows can be asked about%s.", late ? ": it takes too long to read" : "");
    }
    follow_close(a.follow);
    free(a.frames);
    return g->asking;
}

enum guess_result guess_key(struct guess *g, const struct key *key)
{
    uint32_t code = key->code;
    if (key->pasted)
        return GUESS_STAYS;
    if (code == PRESS_ESCAPE || code == PRESS_BACKSPACE || code == 'q' || code == PRESS_GONE)
        return GUESS_LEAVES;
    if (g->answered)
        return code == PRESS_ENTER || code == ' ' || code == '.' || code == PRESS_DOWN ? GUESS_GOES_ON : GUESS_STAYS;
    unsigned chosen = code >= 'a' ? code - 'a' : code - 'A';
    if (chosen >= g->count)
        return GUESS_STAYS;
    g->chosen = chosen;
    g->answered = true;
    g->asked++;
    g->correct += chosen == g->right;
    return GUESS_TELLS;
}

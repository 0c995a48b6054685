#include "report/scenes.h"

#include <stdlib.h>

enum {
    LONG_STORY = 60,              /* scenes; up to so many are all shown */
    BEGINNING = 16, ENDING = 16,  /* of a long story, always shown */
    SAME_TOLD = 3,                /* so often the same mark is worth showing */
    SHORT_GAP = 2,                /* so few scenes are not worth leaving out */
};

static bool is_unit(const struct step *step)
{
    return step->kind == EVENT_TCP_SEGMENT || step->kind == EVENT_UDP_DATAGRAM;
}

/* Does this step begin a scene? What comes before a segment's own event (tcp.opened) belongs to it by its frame. */
static bool begins(const struct scene *scene, const struct step *before, const struct step *step)
{
    return scene->call || step->frame != before->frame || step->frame == 0 || (is_unit(step) && scene->unit);
}

static void take(struct scene *scene, const struct step *step)
{
    scene->count++;
    switch (step->kind) {
    case EVENT_TCP_SEGMENT:
    case EVENT_UDP_DATAGRAM:
        scene->unit = step;
        break;
    case EVENT_TCP_STATE:
        if (step->who < NO_END)
            scene->state[step->who] = step->moved.to;
        break;
    case EVENT_TCP_UNREACHABLE:
    case EVENT_UDP_UNREACHABLE:
        scene->icmp = step;
        break;
    case EVENT_TCP_REFUSED_SEGMENT:
        scene->refused = step;
        break;
    case EVENT_CALL:
    case EVENT_CALL_RETURNED:
        if (step->call.recorded)
            scene->call = step;
        break;
    default:
        break;
    }
}

static bool cut(struct scenes *s, const struct story *story)
{
    size_t steps = story_count(story), gap = story_gap(story);
    s->scenes = calloc(steps ? steps : 1, sizeof *s->scenes);
    if (!s->scenes)
        return false;
    s->gap = SIZE_MAX;
    for (size_t i = 0; i < steps; i++) {
        const struct step *step = story_step(story, i);
        if (i == gap)
            s->gap = s->count;
        if (i == 0 || i == gap || begins(&s->scenes[s->count - 1], story_step(story, i - 1), step))
            s->scenes[s->count++].first = i;
        take(&s->scenes[s->count - 1], step);
        if (s->scenes[s->count - 1].call && step->who < NO_END) {
            s->recorded[step->who] = true;
            s->ended[step->who] |= call_ended(s->scenes[s->count - 1].call->call.recorded);
        }
    }
    if (s->gap == SIZE_MAX)
        s->gap = s->count;
    return true;
}

/* Calls that happen once are telling; an end's send() or recv() is so the first time, and where it says that there
 * is no more. */
static bool telling_call(const struct story *story, const struct scene *scene, uint32_t told[2])
{
    bool telling = scene->call && (scene->call->call.recorded->error || call_says_end(scene->call->call.recorded));
    size_t from = 0;
    for (const struct step *step; (step = scene_step(story, scene, EVENT_CALL, &from));) {
        uint32_t bit = UINT32_C(1) << step->call.call;
        if (step->who >= NO_END || !call_is_frequent(step->call.call) || !(told[step->who] & bit))
            telling = true;
        if (step->who < NO_END)
            told[step->who] |= bit;
    }
    return telling;
}

struct told {
    unsigned marks[MARK_COUNT];
    uint32_t calls[2];            /* by end: bits of enum call */
    unsigned twice, icmp, refused, differ;
};

static bool telling_marks(const struct step *unit, struct told *told)
{
    bool telling = false;
    if (!unit || unit->kind != EVENT_TCP_SEGMENT)
        return false;
    for (uint32_t marks = unit->segment.marks; marks; marks &= marks - 1)
        if (told->marks[__builtin_ctz(marks)]++ < SAME_TOLD)
            telling = true;
    if (unit->segment.duplicate_of && told->twice++ < SAME_TOLD)
        telling = true;
    if (!unit->segment.duplicate_of && unit->segment.marks != unit->segment.wireshark && told->differ++ < SAME_TOLD)
        telling = true;
    return telling;
}

static bool telling_turn(const struct story *story, const struct scene *scene, struct told *told)
{
    if (scene->call)
        return false;
    if (scene->state[0] || scene->state[1] || !scene->unit)
        return !scene->icmp || told->icmp++ < SAME_TOLD;
    if (scene->refused && told->refused++ < SAME_TOLD)
        return true;
    static const enum event_kind turns[] = { EVENT_TCP_OPENED, EVENT_UDP_REPLIED, EVENT_UDP_EXPIRED, EVENT_TCP_RESET,
                                             EVENT_TCP_GIVEN_UP, EVENT_UDP_GIVEN_UP, EVENT_ARP_ANSWERED };
    for (unsigned i = 0; i < sizeof turns / sizeof *turns; i++) {
        size_t from = 0;
        if (scene_step(story, scene, turns[i], &from))
            return true;
    }
    return false;
}

/* A few scenes between two that are shown are shown too. */
static void close_short_gaps(struct scenes *s)
{
    size_t hidden = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i == s->gap)
            hidden = 0;
        if (!s->scenes[i].shown) {
            hidden++;
            continue;
        }
        if (hidden <= SHORT_GAP)
            for (size_t j = i - hidden; j < i; j++)
                s->scenes[j].shown = true;
        hidden = 0;
    }
}

/* A frame is worth telling for the sake of a call that is. */
static void tell_calls(struct scenes *s, const struct story *story)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct step *call = s->scenes[i].call;
        if (!call || !s->scenes[i].telling || scenes_call_part(story, call) == CALL_NOT_TOLD)
            continue;
        size_t home = scenes_call_home(s, story, i);
        if (home == SIZE_MAX)
            continue;
        s->scenes[home].telling = true;
        s->scenes[home].shown = true;
    }
}

bool scenes_make(struct scenes *s, const struct story *story, bool all)
{
    *s = (struct scenes){ 0 };
    if (!cut(s, story))
        return false;
    struct told told = { .twice = 0 };
    bool whole = all || s->count <= LONG_STORY;
    for (size_t i = 0; i < s->count; i++) {
        struct scene *scene = &s->scenes[i];
        bool call = telling_call(story, scene, told.calls);
        bool marks = telling_marks(scene->unit, &told);
        bool turn = telling_turn(story, scene, &told);
        scene->telling = call || marks || turn;
        scene->shown = whole || scene->telling || i < BEGINNING || i + ENDING >= s->count;
    }
    tell_calls(s, story);
    close_short_gaps(s);
    return true;
}

void scenes_free(struct scenes *s)
{
    free(s->scenes);
    *s = (struct scenes){ 0 };
}

const struct step *scene_step(const struct story *story, const struct scene *scene, enum event_kind kind, size_t *from)
{
    while (*from < scene->count) {
        const struct step *step = story_step(story, scene->first + (*from)++);
        if (step->kind == kind)
            return step;
    }
    return NULL;
}

/* Which frame a recorded call belongs to: for the ladder, which writes it beside that frame, and for the reasons. */
#include "report/scenes.h"

#include <string.h>

#include "decode/tuple.h"

enum { FRAMES_AROUND = 8, SCENES_AROUND = 64 };

/* What let a call return is no longer ago, and what it sent comes no later, the way between the ends included; a send()
 * that takes longer waited. */
#define NEAR (200 * NS_PER_MS)

/* So long behind a frame that it is not of, a call stands at its own time. */
#define LATE (100 * NS_PER_MS)

static bool is_frame(const struct scene *scene)
{
    return !scene->call && (scene->unit || scene->icmp);
}

static size_t frame_before(const struct scenes *s, size_t i)
{
    for (unsigned tries = 0; i-- > 0 && tries < SCENES_AROUND; tries++)
        if (is_frame(&s->scenes[i]))
            return i;
    return SIZE_MAX;
}

static size_t frame_after(const struct scenes *s, size_t i)
{
    for (unsigned tries = 0; ++i < s->count && tries < SCENES_AROUND; tries++)
        if (is_frame(&s->scenes[i]))
            return i;
    return SIZE_MAX;
}

/* Is this a frame that such a call of that end sends? */
static bool sent_by(const struct step *unit, const struct step *call)
{
    if (!unit || unit->who != call->who)
        return false;
    if (unit->kind == EVENT_UDP_DATAGRAM)
        return call->call.call == CALL_SEND || call->call.call == CALL_SENDTO;
    switch (call->call.call) {
    case CALL_CONNECT: return unit->segment.flags & TCP_SYN;
    case CALL_CLOSE:
    case CALL_EXIT:
    case CALL_SHUTDOWN: return unit->segment.flags & (TCP_FIN | TCP_RST);
    default: return unit->segment.payload;
    }
}

/* Is this one that lets such a call of the other end return? */
static bool awaited_by(const struct scene *scene, const struct step *call)
{
    const struct step *unit = scene->unit;
    if (call->call.call == CALL_ACCEPT || call->call.call == CALL_CONNECT)
        return scene->state[call->who] == STATE_ESTABLISHED || scene->state[call->who] == STATE_CLOSED;
    if (!unit)
        return scene->icmp;
    if (unit->who == call->who)
        return false;
    return unit->kind == EVENT_UDP_DATAGRAM || unit->segment.payload || unit->segment.flags & (TCP_FIN | TCP_RST);
}

/* The first frame after it that it sent. One that comes late waited, or is a second copy or another call's: then the call
 * stands where it was made. */
static size_t effect(const struct scenes *s, const struct story *story, size_t i)
{
    const struct step *call = s->scenes[i].call;
    size_t at = i;
    for (unsigned tries = 0; tries < FRAMES_AROUND && (at = frame_after(s, at)) != SIZE_MAX; tries++) {
        if (sent_by(s->scenes[at].unit, call))
            return story_step(story, s->scenes[at].first)->time - call->time > NEAR ? SIZE_MAX : at;
    }
    return SIZE_MAX;
}

/* The last frame before it that it waited for. */
static size_t cause(const struct scenes *s, const struct story *story, size_t i)
{
    const struct step *call = s->scenes[i].call;
    size_t at = i;
    for (unsigned tries = 0; tries < FRAMES_AROUND && (at = frame_before(s, at)) != SIZE_MAX; tries++) {
        if (call->time - story_step(story, s->scenes[at].first)->time > NEAR)
            return SIZE_MAX;
        if (awaited_by(&s->scenes[at], call))
            return at;
    }
    return SIZE_MAX;
}

/* At the other end a connect() returns before its ACK comes: the frame by which it is seen to be established. */
static size_t seen_established(const struct scenes *s, const struct story *story, size_t i)
{
    const struct step *call = s->scenes[i].call;
    size_t after = frame_after(s, i);
    if (after == SIZE_MAX || call->call.call != CALL_CONNECT || s->scenes[after].state[call->who] != STATE_ESTABLISHED ||
        story_step(story, s->scenes[after].first)->time - call->time > NEAR)
        return SIZE_MAX;
    return after;
}

static bool step_puts(const struct step *call)
{
    return call->call.recorded ? call_puts(call->call.recorded) : call_sends(call->call.call);
}

/* The frame that it sent or that let it return; SIZE_MAX: none is known. */
static size_t own_frame(const struct scenes *s, const struct story *story, size_t i)
{
    const struct step *call = s->scenes[i].call;
    if (call->kind == EVENT_CALL_RETURNED) {
        size_t home = cause(s, story, i);
        return home == SIZE_MAX ? seen_established(s, story, i) : home;
    }
    return step_puts(call) ? effect(s, story, i) : SIZE_MAX;
}

size_t scenes_call_home(const struct scenes *s, const struct story *story, size_t i)
{
    const struct step *call = s->scenes[i].call;
    size_t before = frame_before(s, i), after = frame_after(s, i), home = own_frame(s, story, i);
    if (home != SIZE_MAX)
        return home;
    bool waits = call->kind == EVENT_CALL_RETURNED || call_receives(call->call.call) || step_puts(call);
    return before == SIZE_MAX ? after : after == SIZE_MAX || waits ? before : after;
}

bool scenes_call_alone(const struct scenes *s, const struct story *story, size_t i, size_t home)
{
    const struct step *call = s->scenes[i].call;
    if (own_frame(s, story, i) != SIZE_MAX)
        return false;
    if (home > i)                 /* there is none before it */
        return step_puts(call) && story_step(story, s->scenes[home].first)->time - call->time > NEAR;
    if (call->time - story_step(story, s->scenes[home].first)->time > LATE)
        return true;
    return call->kind == EVENT_CALL && step_puts(call) && call->call.recorded &&
           call->call.recorded->protocol == CALL_DATAGRAMS;
}

bool call_says_end(const struct true_call *call)
{
    return call->call == CALL_RECV && call->protocol == PROTOCOL_TCP && call->result && strcmp(call->result, "0") == 0;
}

bool story_returned(const struct story *story, const struct true_call *call)
{
    size_t steps = story_count(story);
    return call->returned && steps && call->end <= story_step(story, steps - 1)->time;
}

bool scenes_call_known(const struct scenes *s, const struct step *call)
{
    if (call->who >= NO_END || !s->recorded[call->who])
        return false;
    return call->call.recorded || s->ended[call->who] || !call_ends(call->call.call);
}

enum call_part scenes_call_part(const struct story *story, const struct step *step)
{
    const struct true_call *call = step->call.recorded;
    bool made = step->kind == EVENT_CALL, returned = story_returned(story, call);
    if (call->call == CALL_CONNECT || call->call == CALL_ACCEPT)
        return made ? CALL_MADE : CALL_RETURNS;
    if (call_receives(call->call))
        return !made ? CALL_WHOLE : returned ? CALL_NOT_TOLD : CALL_MADE;
    if (call_puts(call) && call->call != CALL_EXIT && !(returned && call->end - call->time < NEAR))
        return made ? CALL_MADE : CALL_RETURNS;
    return made ? CALL_WHOLE : CALL_NOT_TOLD;
}

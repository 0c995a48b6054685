#include "report/story.h"

#include <stdlib.h>

#include "report/report.h"

struct story *story_new_long(uint32_t id, uint64_t first_units)
{
    struct story *story = calloc(1, sizeof *story);
    if (story) {
        story->id = id;
        story->first_units = first_units;
    }
    return story;
}

struct story *story_new(uint32_t id)
{
    return story_new_long(id, STORY_FIRST);
}

void story_free(struct story *story)
{
    if (story) {
        free(story->first);
        free(story->last);
    }
    free(story);
}

static bool is_unit(uint8_t kind)
{
    return kind == EVENT_TCP_SEGMENT || kind == EVENT_UDP_DATAGRAM;
}

static struct step step_of(const struct event *e)
{
    struct step s = { .time = e->time, .frame = e->frame, .kind = e->kind, .who = e->who, .inferred = e->inferred,
                      .state = { e->state[0], e->state[1] }, .because = e->because };
    const struct unit *u;
    switch (e->kind) {
    case EVENT_TCP_SEGMENT:
        u = e->segment.unit;
        s.who = u->from;
        s.segment.seq = u->seq;
        s.segment.ack = u->ack;
        s.segment.payload = u->payload_length;
        s.segment.flags = u->flags;
        s.segment.window = u->window;
        s.segment.known = u->known;
        s.segment.marks = e->segment.marks;
        s.segment.wireshark = e->segment.wireshark;
        s.segment.duplicate_of = e->segment.duplicate_of;
        s.segment.ack_rtt = e->segment.ack_rtt;
        s.segment.coalesced = e->segment.coalesced;
        break;
    case EVENT_TCP_STATE:
        s.moved.from = e->moved.from;
        s.moved.to = e->moved.to;
        s.moved.arc = e->moved.arc;
        break;
    case EVENT_CALL:
    case EVENT_CALL_RETURNED:
        s.call.recorded = e->call.recorded;
        s.call.call = e->call.call;
        s.call.bytes = e->call.bytes;
        break;
    case EVENT_UDP_DATAGRAM:
        s.who = e->unit->from;
        s.datagram.payload = e->unit->payload_length;
        break;
    case EVENT_TCP_UNREACHABLE:
    case EVENT_UDP_UNREACHABLE:
        s.icmp.type = e->unit->icmp_type;
        s.icmp.code = e->unit->icmp_code;
        break;
    default:
        break;
    }
    return s;
}

static void add_first(struct story *story, const struct step *step)
{
    if (story->first_count == story->first_room) {
        size_t room = story->first_room ? story->first_room * 2 : 64;
        struct step *first = realloc(story->first, room * sizeof *first);
        if (!first) {
            story->failed = true;
            return;
        }
        story->first = first;
        story->first_room = room;
    }
    story->first[story->first_count++] = *step;
}

static void add_last(struct story *story, const struct step *step)
{
    if (!story->last)
        story->last = calloc(STORY_LAST_STEPS, sizeof *story->last);
    if (!story->last) {
        story->failed = true;
        return;
    }
    struct step *place = &story->last[story->last_count % STORY_LAST_STEPS];
    if (story->last_count >= STORY_LAST_STEPS && is_unit(place->kind))
        story->dropped++;
    *place = *step;
    story->last_count++;
}

/* A frame's steps stay together: the last segment of the first part keeps what it causes. */
void story_add(struct story *story, const struct event *event)
{
    struct step step = step_of(event);
    story->units += is_unit(step.kind);
    bool first = story->units <= story->first_units && story->last_count == 0;
    if (first && story->first_count < story->first_units * 8)
        add_first(story, &step);
    else
        add_last(story, &step);
}

/* What is left in the ring of a frame whose segment has gone is left out too. */
static size_t ring_begin(const struct story *story)
{
    if (story->last_count <= STORY_LAST_STEPS)
        return 0;
    size_t i = story->last_count - STORY_LAST_STEPS;
    while (i < story->last_count && !is_unit(story->last[i % STORY_LAST_STEPS].kind))
        i++;
    return i;
}

size_t story_count(const struct story *story)
{
    return story->first_count + story->last_count - ring_begin(story);
}

const struct step *story_step(const struct story *story, size_t i)
{
    if (i < story->first_count)
        return &story->first[i];
    return &story->last[(ring_begin(story) + i - story->first_count) % STORY_LAST_STEPS];
}

size_t story_gap(const struct story *story)
{
    return story->dropped ? story->first_count : story_count(story);
}

static void on_event(void *self, const struct event *event)
{
    struct story *story = self;
    if (event->of && event->of->id == story->id)
        story_add(story, event);
}

struct sink story_sink(struct story *story)
{
    uint32_t all = (UINT32_C(1) << EVENT_COUNT) - 1;
    uint32_t nobodys = UINT32_C(1) << EVENT_FRAME_CUT | UINT32_C(1) << EVENT_FRAME_MALFORMED |
                       UINT32_C(1) << EVENT_FRAME_FRAGMENT | UINT32_C(1) << EVENT_ARP_UNANSWERED;
    return (struct sink){ .wants = all & ~nobodys, .event = on_event, .self = story };
}

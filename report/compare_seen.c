#include <stdlib.h>

#include "report/compare.h"

/* FNV-1a: equal bytes give equal numbers, in both captures. */
static uint32_t fingerprint(const uint8_t *bytes, uint32_t length)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * 16777619u;
    return h;
}

static struct seen seen_of(const struct event *e)
{
    bool tcp = e->kind == EVENT_TCP_SEGMENT;
    const struct unit *u = tcp ? e->segment.unit : e->unit;
    uint32_t captured = u->payload_captured, head = captured < SEEN_HEAD ? captured : SEEN_HEAD;
    struct seen s = {
        .time = time_bounded(e->time), .frame = e->frame, .payload = u->payload_length, .notes = u->notes,
        .from = u->from,
        .ip_id = u->notes & NOTE_IP_ID ? u->ip_id : 0, .ttl = u->ttl, .checksum = u->checksum,
        .head = fingerprint(u->payload, head), .content = fingerprint(u->payload, captured),
    };
    if (captured < u->payload_length)
        s.notes |= NOTE_CUT;
    if (!tcp)
        return s;
    s.seq = u->seq;
    s.ack = u->flags & TCP_ACK ? u->ack : 0;
    s.flags = u->flags;
    s.window = u->window;
    s.tsval = u->notes & NOTE_TIMESTAMPS ? u->tsval : 0;
    s.mss = u->notes & NOTE_MSS ? u->mss : 0;
    s.window_scale = u->notes & NOTE_WINDOW_SCALE ? u->window_scale : 0;
    s.twice = e->segment.duplicate_of;
    s.again = e->segment.marks & MARKS_SENT_AGAIN;
    s.coalesced = e->segment.coalesced;
    return s;
}

static void on_event(void *self, const struct event *e)
{
    struct seen_list *list = self;
    if (!e->of || e->of->id != list->id)
        return;
    if (list->count == SEEN_MAX) {
        list->beyond++;
        return;
    }
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 256;
        struct seen *seen = realloc(list->seen, room * sizeof *seen);
        if (!seen) {
            list->failed = true;
            list->beyond++;
            return;
        }
        list->seen = seen;
        list->room = room;
    }
    list->seen[list->count++] = seen_of(e);
}

struct sink seen_sink(struct seen_list *list)
{
    return (struct sink){ .wants = UINT32_C(1) << EVENT_TCP_SEGMENT | UINT32_C(1) << EVENT_UDP_DATAGRAM,
                          .event = on_event, .self = list };
}

/* What became of each unit: lost or only not captured, late, overtaken, changed.
 *
 * A unit that one end sent and the other's capture does not hold was lost only if that capture was running then,
 * dropped nothing, and its end did not acknowledge it all the same.
 */
#include <stdlib.h>

#include "decode/sequence.h"
#include "report/compare_parts.h"

enum { LATE_TIMES = 3, LOOK_BACK = 256 };

#define LATE_LEAST (10 * NS_PER_MS)

/* The part of sequence numbers that it takes: payload, SYN and FIN. */
static uint32_t occupied(const struct seen *s)
{
    return s->payload + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
}

/* Was the capture at `side` running, before and after this common time, and did it drop nothing? */
static bool watched(const struct comparison *c, unsigned side, nanoseconds time)
{
    const struct view_of *view = &c->at[side];
    const struct report_source *about = &view->capture->about;
    bool dropped = about->dropped_known && about->dropped;
    return !dropped && !view->capture->list->beyond && common_time(c, side, view->first) <= time &&
           common_time(c, side, view->last) >= time;
}

/* The receiver acknowledged it, and no copy of it is in its capture: it arrived and was not captured. */
static bool acknowledged(const struct comparison *c, const struct pair *p)
{
    const struct view_of *sender = &c->at[p->from], *receiver = &c->at[!p->from];
    const struct seen_list *list = receiver->capture->list;
    uint32_t begin = relative_seq(sender, p->sent), end = begin + occupied(p->sent);
    if (!c->tcp || begin == end)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct seen *r = &list->seen[i];
        uint32_t seq = relative_seq(receiver, r), acks = r->ack - receiver->base[p->from];
        if (side_at(receiver, r) == p->from) {
            if (seq_before(seq, end) && seq_after(seq + occupied(r), begin))
                return false;
        } else if (r->flags & TCP_ACK && !seq_before(acks, end)) {
            return true;
        }
    }
    return false;
}

static enum fate fate_of_missing(const struct comparison *c, const struct pair *p, unsigned *looks)
{
    nanoseconds due = p->sent_at + c->delay[p->from].least;
    if (*looks && (*looks)--) {
        if (acknowledged(c, p))
            return FATE_NOT_CAPTURED;
    }
    return watched(c, !p->from, due) ? FATE_LOST : FATE_UNDECIDABLE;
}

/* What arrived and was not sent, where the sender's capture was running then. */
static enum fate fate_of_unsent(const struct comparison *c, const struct pair *p)
{
    return watched(c, p->from, p->arrived_at - c->delay[p->from].least) ? FATE_INSERTED : FATE_UNDECIDABLE;
}

static uint16_t changes_of(const struct comparison *c, const struct pair *p)
{
    const struct seen *s = p->sent, *r = p->arrived;
    unsigned changes = p->changes;
    bool whole = !((s->notes | r->notes) & NOTE_CUT);
    if (r->checksum == CHECKSUM_BAD && s->checksum != CHECKSUM_BAD)
        return (uint16_t)((changes & ~(unsigned)CHANGES_ALTERED) | CHANGE_CORRUPTED);
    if (changes & CHANGE_PIECES)
        return (uint16_t)changes;
    if (whole && s->payload == r->payload && s->content != r->content)
        changes |= CHANGE_PAYLOAD;
    if (c->tcp && s->window != r->window)
        changes |= CHANGE_WINDOW;
    unsigned options = NOTE_MSS | NOTE_WINDOW_SCALE | NOTE_SACK_PERMITTED | NOTE_TIMESTAMPS;
    if (s->mss != r->mss || s->window_scale != r->window_scale || ((s->notes ^ r->notes) & options))
        changes |= CHANGE_OPTIONS;
    return (uint16_t)changes;
}

/* The latest copy before pair i that was sent of the same bytes; NULL. */
static struct pair *copy_before(const struct comparison *c, size_t i)
{
    const struct pair *p = &c->pairs[i];
    size_t left = LOOK_BACK;
    if (!c->tcp || !p->sent || !p->sent->again || !occupied(p->sent))
        return NULL;
    while (i-- > 0 && left--) {
        struct pair *q = &c->pairs[i];
        if (q->from == p->from && q->sent && occupied(q->sent) &&
            seq_before(p->sent->seq, q->sent->seq + occupied(q->sent)) &&
            seq_before(q->sent->seq, p->sent->seq + occupied(p->sent)))
            return q;
    }
    return NULL;
}

static void judge_copies(const struct comparison *c, size_t i)
{
    struct pair *p = &c->pairs[i], *before = copy_before(c, i);
    if (!before || !before->arrived || before->fate != FATE_ARRIVES)
        return;
    if (before->arrived_at > p->sent_at)
        before->changes |= CHANGE_AFTER_AGAIN;
    else if (before->sent->payload >= p->sent->payload && !(before->changes & (CHANGE_CORRUPTED | CHANGE_PIECES)))
        p->changes |= CHANGE_NEEDLESS;
}

static void judge_time(const struct comparison *c, struct pair *p)
{
    const struct delays *delay = &c->delay[p->from];
    nanoseconds took = way_of(p);
    if (took > LATE_TIMES * delay->median && took - delay->median > LATE_LEAST)
        p->changes |= CHANGE_LATE;
}

/* What was sent before something that arrived before it: from the end on, the earliest arrival so far. */
static void judge_order(struct comparison *c)
{
    nanoseconds earliest[2] = { INT64_MAX, INT64_MAX };
    for (size_t i = c->count; i-- > 0;) {
        struct pair *p = &c->pairs[i];
        if (!p->sent || !p->arrived)
            continue;
        if (p->arrived_at > earliest[p->from] && !(p->changes & CHANGE_PIECES))
            p->changes |= CHANGE_REORDERED;
        if (p->arrived_at < earliest[p->from])
            earliest[p->from] = p->arrived_at;
    }
}

bool compare_judge(struct comparison *c)
{
    unsigned looks = LOOK_BACK;   /* each goes through the whole list, so not for every one of a million */
    for (size_t i = 0; i < c->count; i++) {
        struct pair *p = &c->pairs[i];
        if (p->sent && p->arrived) {
            p->changes = changes_of(c, p);
            judge_time(c, p);
        } else if (p->sent) {
            p->fate = (uint8_t)fate_of_missing(c, p, &looks);
        } else if (p->fate != FATE_DUPLICATE) {
            p->fate = (uint8_t)fate_of_unsent(c, p);
        }
    }
    for (size_t i = 0; i < c->count; i++)
        judge_copies(c, i);
    judge_order(c);
    return true;
}

/* The ladder of a conversation captured at both ends: rows in the order of sending, each end's states and calls from
 * its own capture. */
#include <stdlib.h>

#include "report/fields.h"
#include "report/ladder_build.h"
#include "report/scenes.h"

static nanoseconds sent_at(const struct ladder_pair *p)
{
    return p->time[p->seen[p->from] ? p->from : !p->from];
}

static void note_fate(struct ladder *l, enum fate fate)
{
    if (fate == FATE_LOST)
        l->used |= USED_LOST;
    if (fate == FATE_UNDECIDABLE)
        l->used |= USED_UNDECIDED;
}

/* seen: the sides that this row shows. */
static void place(struct builder *b, unsigned kind, const struct ladder_pair *p, const struct scene *const seen[2])
{
    struct ladder *l = b->ladder;
    unsigned from = p->seen[p->from] ? p->from : !p->from;
    struct calls calls = { { NULL, NULL } };
    if (l->at.call_width)
        calls = builder_calls(b, seen);
    struct ladder_row *row = builder_place(b, kind, p->seen[from], from, seen, calls);
    if (!row)
        return;
    for (unsigned side = 0; side < 2; side++)
        row->time[side] = p->time[side];
    row->fate = p->fate;
    row->word = p->word;
    row->unsent = !p->seen[p->from];
    note_fate(l, (enum fate)p->fate);
}

static bool is_unit(const struct ladder_pair *p)
{
    return p->seen[0] ? p->seen[0]->unit != NULL : p->seen[1]->unit != NULL;
}

static bool arrives(const struct ladder_pair *p)
{
    return p->seen[0] && p->seen[1] && is_unit(p) && p->fate == FATE_ARRIVES && p->shown;
}

/* --- recorded calls: each end's stand where its own capture has them --- */

/* Where the ladder has no room for calls, rows that have nothing else are not made. */
static bool record(struct builder own[2], struct builder *b)
{
    struct ladder *l = b->ladder;
    const struct conversation *of = l->of;
    const struct story *story = l->story;
    bool placed = true;
    for (unsigned side = 0; side < 2; side++) {
        own[side] = (struct builder){ .ladder = l, .first = true };
        if (!l->capture[side].scenes || !l->at.call_width)
            continue;
        l->of = l->capture[side].of;
        l->story = l->capture[side].story;
        placed = placed && calls_place(&own[side], l->capture[side].scenes);
        calls_keep_side(&own[side], side);
        b->recorded[side] = own[side].recorded[side];
        l->recorded |= b->recorded[side];
    }
    l->of = of;
    l->story = story;
    return placed;
}

/* Brackets go on through rows that others make. */
static void share(struct builder own[2], struct builder *b)
{
    for (unsigned side = 0; side < 2; side++)
        b->open[side] = own[!side].open[side] = own[side].open[side];
    b->failed |= own[0].failed || own[1].failed;
}

/* The calls that stand at a unit, by side. */
static void before_arrow(struct builder own[2], struct builder *b, const struct ladder_pair *p, struct beside beside[2])
{
    for (unsigned side = 0; side < 2; side++) {
        const struct scenes *scenes = b->ladder->capture[side].scenes;
        beside[side] = (struct beside){ .taken = { SIZE_MAX, SIZE_MAX } };
        own[side].first = b->first;
        if (scenes && p->seen[side])
            beside[side] = calls_before_arrow(&own[side], (size_t)(p->seen[side] - scenes->scenes));
        share(own, b);
    }
}

/* row: by side, counted from 0; what could not be made is left out. */
static void beside_arrow(struct builder own[2], struct builder *b, const size_t row[2], const struct beside beside[2])
{
    struct ladder *l = b->ladder;
    for (unsigned side = 0; side < 2; side++)
        calls_beside_arrow(&own[side], row[side] < l->count ? &l->rows[row[side]] : NULL, &beside[side]);
    share(own, b);
}

static void after_arrow(struct builder own[2], struct builder *b, const struct beside beside[2])
{
    for (unsigned side = 0; side < 2; side++) {
        calls_after_arrow(&own[side], &beside[side]);
        share(own, b);
    }
}

/* --- crossings --- */

/* The receiver of one sends the other before one arrives. */
static bool cross(const struct ladder_pair *one, const struct ladder_pair *other)
{
    return arrives(one) && arrives(other) && one->from != other->from &&
           other->time[other->from] < one->time[!one->from];
}

static void place_crossing(struct builder *b, const struct ladder_pair *one, const struct ladder_pair *other)
{
    const struct scene *departing[2] = { NULL, NULL }, *arriving[2] = { NULL, NULL };
    departing[one->from] = one->seen[one->from];
    arriving[!one->from] = one->seen[!one->from];
    place(b, LADDER_DEPARTS, one, departing);
    place(b, LADDER_OVER, other, other->seen);
    place(b, LADDER_ARRIVES, one, arriving);
}

static void unit(struct builder own[2], struct builder *b, const struct ladder_pair *p)
{
    struct beside beside[2];
    before_arrow(own, b, p, beside);
    const size_t row[2] = { b->ladder->count, b->ladder->count };
    place(b, is_unit(p) ? LADDER_UNIT : LADDER_ICMP, p, p->seen);
    beside_arrow(own, b, row, beside);
    after_arrow(own, b, beside);
}

static void crossing(struct builder own[2], struct builder *b, const struct ladder_pair *one,
                     const struct ladder_pair *other)
{
    struct beside of_one[2], of_other[2];
    before_arrow(own, b, one, of_one);
    before_arrow(own, b, other, of_other);
    size_t at = b->ladder->count, over[2] = { at + 1, at + 1 }, ends[2];
    ends[one->from] = at;
    ends[!one->from] = at + 2;
    place_crossing(b, one, other);
    if (b->ladder->count == at + 3) {
        beside_arrow(own, b, ends, of_one);
        beside_arrow(own, b, over, of_other);
    }
    after_arrow(own, b, of_one);
    after_arrow(own, b, of_other);
}

static bool brief(const struct ladder_pair *pairs, size_t count)
{
    nanoseconds last = 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned side = 0; side < 2; side++)
            if (pairs[i].seen[side] && pairs[i].time[side] - sent_at(&pairs[0]) > last)
                last = pairs[i].time[side] - sent_at(&pairs[0]);
    return last < LADDER_BRIEF;
}

bool ladder_make_both(struct ladder *ladder, const struct ladder_capture capture[2], const struct ladder_pair *pairs,
                      size_t count, unsigned width)
{
    const struct conversation *of = capture[CLIENT].of, *other = capture[SERVER].of;
    *ladder = (struct ladder){ .of = of, .story = capture[CLIENT].story, .both = true,
                               .capture = { capture[CLIENT], capture[SERVER] },
                               .unit_word = !conversation_is_tcp(of), .milliseconds = brief(pairs, count),
                               .zero = count ? sent_at(&pairs[0]) : 0 };
    builder_lay_out(ladder, width, of->last_frame > other->last_frame ? of->last_frame : other->last_frame);
    struct builder b = { .ladder = ladder, .first = true, .silence = builder_silence_of(of) };
    struct builder own[2];
    b.failed = !record(own, &b);
    for (size_t i = 0; i < count && !b.failed; i++) {
        const struct ladder_pair *p = &pairs[i];
        if (!p->shown) {
            b.left_out++;
            continue;
        }
        if (b.left_out)
            builder_left_out(&b);
        else
            builder_silence(&b, sent_at(p));
        if (i + 1 < count && cross(p, p + 1))
            crossing(own, &b, p, &pairs[++i]);
        else
            unit(own, &b, p);
        b.time = sent_at(&pairs[i]);
        b.first = false;
    }
    if (b.left_out && !b.failed)
        builder_left_out(&b);
    free(own[CLIENT].placed);
    free(own[SERVER].placed);
    if (b.failed)
        ladder_free(ladder);
    return !b.failed;
}

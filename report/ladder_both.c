/* The ladder of a conversation captured at both ends: rows in the order of sending, each end's states and calls from
 * its own capture. */
#include "report/fields.h"
#include "report/ladder_build.h"

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

static bool arrives(const struct ladder_pair *p)
{
    return p->seen[0] && p->seen[1] && p->fate == FATE_ARRIVES && p->shown;
}

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
            place_crossing(&b, p, &pairs[++i]);
        else
            place(&b, LADDER_UNIT, p, p->seen);
        b.time = sent_at(&pairs[i]);
        b.first = false;
    }
    if (b.left_out && !b.failed)
        builder_left_out(&b);
    if (b.failed)
        ladder_free(ladder);
    return !b.failed;
}

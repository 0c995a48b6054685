/* Pairs as the rows of a ladder: each with the scene that each end's story has of it. */
#include <stdlib.h>

#include "report/compare_parts.h"
#include "report/scenes.h"

enum { ALL_SHOWN = 60, EDGE = 16, FINDINGS_SHOWN = 40, ICMP_SHOWN = 8 };

/* The scene of each unit of a list, by its index; NULL where the story has none (left out, or another protocol's).
 * Both are in the order of frames. Owned by the caller; NULL when memory ran out. */
static const struct scene **scenes_of(const struct view_of *view, const struct scenes *scenes)
{
    const struct seen_list *list = view->capture->list;
    const struct scene **of = calloc(list->count + 1, sizeof *of);
    size_t j = 0;
    for (size_t i = 0; of && i < list->count; i++) {
        while (j < scenes->count && (!scenes->scenes[j].unit || scenes->scenes[j].unit->frame < list->seen[i].frame))
            j++;
        if (j < scenes->count && scenes->scenes[j].unit->frame == list->seen[i].frame)
            of[i] = &scenes->scenes[j];
    }
    return of;
}

static const struct scene *find(const struct view_of *view, const struct scene *const *of, const struct seen *s)
{
    return s ? of[s - view->capture->list->seen] : NULL;
}

static const char *word_of(const struct pair *p)
{
    static const char *const words[CHANGE_COUNT] = {
#define X(id, name) name,
        CHANGES(X)
#undef X
    };
    switch (p->fate) {
    case FATE_NOT_CAPTURED: return "not captured there";
    case FATE_INSERTED: return "never sent";
    case FATE_DUPLICATE: return "doubled";
    default: return p->changes ? words[__builtin_ctz(p->changes)] : NULL;
    }
}

static struct ladder_pair row_of(const struct comparison *c, const struct pair *p,
                                 const struct scene *const *const scenes[2])
{
    struct ladder_pair row = { .from = p->from, .fate = p->fate, .word = word_of(p) };
    row.seen[p->from] = find(&c->at[p->from], scenes[p->from], p->sent);
    row.seen[!p->from] = find(&c->at[!p->from], scenes[!p->from], p->arrived);
    row.time[p->from] = p->sent_at;
    row.time[!p->from] = p->arrived_at;
    return row;
}

/* Of many, the beginning, the end, what either story finds telling and the first findings. */
static void choose(const struct comparison *c, struct ladder_pair *rows, bool all)
{
    unsigned findings = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct ladder_pair *row = &rows[i];
        bool there = row->seen[0] || row->seen[1];
        bool telling = (row->seen[0] && row->seen[0]->telling) || (row->seen[1] && row->seen[1]->telling);
        bool finding = (row->fate || c->pairs[i].changes) && findings++ < FINDINGS_SHOWN;
        bool edge = c->count <= ALL_SHOWN || i < EDGE || i + EDGE >= c->count;
        rows[i].shown = there && (all || telling || finding || edge);
    }
}

/* --- ICMP errors, which are of no pair --- */

/* The nth that a story has; NULL. */
static const struct scene *icmp_of(const struct scenes *scenes, size_t n)
{
    for (size_t i = 0; i < scenes->count; i++)
        if (scenes->scenes[i].icmp && !scenes->scenes[i].unit && n-- == 0)
            return &scenes->scenes[i];
    return NULL;
}

static nanoseconds sent_time(const struct ladder_pair *row)
{
    return row->time[row->seen[row->from] ? row->from : !row->from];
}

/* Behind what was sent before it; a row of no unit is shown nowhere, and has no time. */
static void insert(struct ladder_pair *rows, size_t count, const struct ladder_pair *row)
{
    size_t i = count;
    for (; i > 0 && (rows[i - 1].seen[0] || rows[i - 1].seen[1]) && sent_time(&rows[i - 1]) > sent_time(row); i--)
        rows[i] = rows[i - 1];
    rows[i] = *row;
}

/* One comes to the end whose unit it quotes, from the other end, or, where that does not have it, from a router. The
 * nth of the one capture is the nth of the other where both have as many. Gives how many rows there are then. */
static size_t place_icmp(const struct comparison *c, const struct scenes scenes[2], struct ladder_pair *rows)
{
    size_t count = c->count;
    bool alike = true;            /* as many in both */
    for (size_t n = 0; alike && n < ICMP_SHOWN; n++)
        alike = !icmp_of(&scenes[CLIENT], n) == !icmp_of(&scenes[SERVER], n);
    for (size_t n = 0; n < ICMP_SHOWN; n++)
        for (unsigned side = 0; side < 2; side++) {
            const struct scene *seen = icmp_of(&scenes[side], n), *other = alike ? icmp_of(&scenes[!side], n) : NULL;
            /* It came to this end. */
            bool here = seen && (seen->icmp->who == c->at[side].client) == (side == CLIENT);
            if (!seen || (other && !here))
                continue;
            unsigned to = here ? side : !side;
            struct ladder_pair row = { .from = (uint8_t)!to, .shown = true,
                                       .fate = other ? FATE_ARRIVES : here ? FATE_INSERTED : FATE_LOST };
            row.seen[side] = seen;
            row.time[side] = common_time(c, side, time_bounded(seen->icmp->time));
            row.seen[!side] = other;
            if (other)
                row.time[!side] = common_time(c, !side, time_bounded(other->icmp->time));
            insert(rows, count++, &row);
        }
    return count;
}

bool compare_ladder(struct comparison *c, const struct report_options *options, struct ladder *ladder,
                    struct scenes scenes[2])
{
    const struct scene **of[2] = { NULL, NULL };
    struct ladder_pair *rows = calloc(c->count + 2 * ICMP_SHOWN + 1, sizeof *rows);
    struct ladder_capture capture[2];
    bool well = rows;
    for (unsigned side = 0; side < 2; side++) {
        const struct view_of *view = &c->at[side];
        capture[side] = (struct ladder_capture){ .of = view->of, .story = view->capture->story,
                                                    .client = view->client };
        well = well && scenes_make(&scenes[side], view->capture->story, options->all);
        capture[side].scenes = &scenes[side];
        of[side] = well ? scenes_of(view, &scenes[side]) : NULL;
        well = well && of[side];
    }
    if (well) {
        const struct scene *const *const found[2] = { of[0], of[1] };
        for (size_t i = 0; i < c->count; i++)
            rows[i] = row_of(c, &c->pairs[i], found);
        choose(c, rows, options->all);
        size_t count = place_icmp(c, scenes, rows);
        well = ladder_make_both(ladder, capture, rows, count, options->width < 76 ? 80 : options->width);
    }
    free(of[0]);
    free(of[1]);
    free(rows);
    return well;
}

/* Pairs as the rows of a ladder: each with the scene that each end's story has of it. */
#include <stdlib.h>

#include "report/compare_parts.h"
#include "report/scenes.h"

enum { ALL_SHOWN = 60, EDGE = 16, FINDINGS_SHOWN = 40 };

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

bool compare_ladder(struct comparison *c, const struct report_options *options, struct ladder *ladder,
                    struct scenes scenes[2])
{
    const struct scene **of[2] = { NULL, NULL };
    struct ladder_pair *rows = calloc(c->count + 1, sizeof *rows);
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
        well = ladder_make_both(ladder, capture, rows, c->count, options->width < 76 ? 80 : options->width);
    }
    free(of[0]);
    free(of[1]);
    free(rows);
    return well;
}

#include "ui/index.h"

#include <stdlib.h>

static void chunks_free(struct index_chunks *chunks)
{
    for (size_t i = 0; i < chunks->count; i++)
        free(chunks->chunks[i]);
    free(chunks->chunks);
}

void index_free(struct index *index)
{
    chunks_free(&index->entries);
    chunks_free(&index->heads);
    free(index->side.items);
    free(index->taken.items);
    free(index->fragments.items);
    *index = (struct index){ 0 };
}

/* The chunk that element i lies in, made zeroed where it was not there. */
static void *chunk_made(struct index_chunks *chunks, uint32_t i, size_t size)
{
    size_t at = i / INDEX_CHUNK;
    if (at >= chunks->count) {
        void **more = realloc(chunks->chunks, (at + 1) * sizeof *more);
        if (!more)
            return NULL;
        for (size_t k = chunks->count; k <= at; k++)
            more[k] = NULL;
        chunks->chunks = more;
        chunks->count = at + 1;
    }
    if (!chunks->chunks[at])
        chunks->chunks[at] = calloc(INDEX_CHUNK, size);
    return chunks->chunks[at];
}

static void *chunk_of(const struct index_chunks *chunks, uint32_t i)
{
    size_t at = i / INDEX_CHUNK;
    return at < chunks->count ? chunks->chunks[at] : NULL;
}

/* The place of a new last item; NULL where the list is full. */
static void *list_add(struct index_list *list, size_t size)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 256;
        void *items = list->count < INDEX_SIDE_MOST ? realloc(list->items, room * size) : NULL;
        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    return (char *)list->items + size * list->count++;
}

static struct index_entry *entry_of(const struct index *index, uint32_t frame)
{
    struct index_entry *chunk = chunk_of(&index->entries, frame);
    return chunk ? &chunk[frame % INDEX_CHUNK] : NULL;
}

void index_frame(struct index *index, uint32_t number, uint64_t offset)
{
    struct index_entry *chunk = number < INDEX_MOST ? chunk_made(&index->entries, number, sizeof *chunk) : NULL;
    if (!chunk) {
        index->given_up++;
        return;
    }
    chunk[number % INDEX_CHUNK].offset = offset + 1;
    index->last = number;
}

uint32_t index_head(const struct index *index, uint32_t id)
{
    const uint32_t *chunk = chunk_of(&index->heads, id);
    return chunk ? chunk[id % INDEX_CHUNK] : 0;
}

static bool link_to(struct index *index, struct index_entry *entry, uint32_t frame, uint32_t id, uint32_t before)
{
    if (!entry->row) {
        entry->row = id;
        entry->before = before;
        return true;
    }
    struct index_side *side = list_add(&index->side, sizeof *side);
    if (side)
        *side = (struct index_side){ frame, id, before };
    return side != NULL;
}

void index_link(struct index *index, uint32_t frame, uint32_t id, uint32_t taken_from)
{
    uint32_t *heads = chunk_made(&index->heads, id, sizeof *heads);
    uint32_t *head = heads ? &heads[id % INDEX_CHUNK] : NULL;
    struct index_entry *entry = entry_of(index, frame);
    if (head && *head == frame)
        return;
    uint32_t before = head ? *head : 0;
    if (!before && taken_from) {
        struct index_taken *taken = list_add(&index->taken, sizeof *taken);
        before = taken ? index_head(index, taken_from) : 0;
        if (taken)
            *taken = (struct index_taken){ id, taken_from };
    }
    if (head && entry && link_to(index, entry, frame, id, before))
        *head = frame;
    else
        index->given_up++;
}

void index_fragment(struct index *index, uint32_t frame)
{
    uint32_t *place = list_add(&index->fragments, sizeof *place);
    if (place)
        *place = frame;
    else
        index->given_up++;
}

bool index_offset(const struct index *index, uint32_t frame, uint64_t *offset)
{
    const struct index_entry *entry = entry_of(index, frame);
    if (!entry || !entry->offset)
        return false;
    *offset = entry->offset - 1;
    return true;
}

uint32_t index_after(const struct index *index, uint32_t frame)
{
    uint64_t offset;
    for (uint32_t next = frame + 1; next <= index->last; next++)
        if (index_offset(index, next, &offset))
            return next;
    return 0;
}

uint32_t index_before(const struct index *index, uint32_t frame)
{
    uint64_t offset;
    if (frame > index->last)
        frame = index->last + 1;
    while (frame > 1)
        if (index_offset(index, --frame, &offset))
            return frame;
    return 0;
}

uint32_t index_row(const struct index *index, uint32_t frame)
{
    const struct index_entry *entry = entry_of(index, frame);
    return entry ? entry->row : 0;
}

/* The side link of a row in a frame. */
static const struct index_side *side_of(const struct index *index, uint32_t frame, uint32_t id)
{
    const struct index_side *side = index->side.items;
    size_t low = 0, high = index->side.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (side[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < index->side.count && side[low].frame == frame; low++)
        if (side[low].row == id)
            return &side[low];
    return NULL;
}

static uint32_t taken_from(const struct index *index, uint32_t id)
{
    const struct index_taken *taken = index->taken.items;
    size_t low = 0, high = index->taken.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (taken[middle].row < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < index->taken.count && taken[low].row == id ? taken[low].from : 0;
}

static bool has_row(const struct index *index, uint32_t frame, uint32_t id, uint32_t *before)
{
    const struct index_entry *entry = entry_of(index, frame);
    if (entry && entry->row == id) {
        *before = entry->before;
        return true;
    }
    const struct index_side *side = side_of(index, frame, id);
    if (side)
        *before = side->before;
    return side != NULL;
}

uint32_t index_chain(const struct index *index, uint32_t frame, uint32_t *id)
{
    uint32_t before = 0, none;
    if (!has_row(index, frame, *id, &before) || !before)
        return 0;
    if (!has_row(index, before, *id, &none))
        *id = taken_from(index, *id);
    return before;
}

uint32_t index_first(const struct index *index, uint32_t id)
{
    uint32_t first = 0, row = id;
    for (uint32_t at = index_head(index, id); at && row == id; at = index_chain(index, at, &row))
        first = at;
    return first;
}

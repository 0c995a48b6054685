#include "decode/table.h"

#include <stdlib.h>

enum { TABLE_FIRST_SLOTS = 1024 };

bool table_init(struct table *table, uint32_t limit)
{
    *table = (struct table){ .mask = TABLE_FIRST_SLOTS - 1 };
    pool_init(&table->connections, sizeof(struct connection), limit);
    pool_init(&table->flows, sizeof(struct flow), limit);
    table->slots = calloc(TABLE_FIRST_SLOTS, sizeof *table->slots);
    return table->slots != NULL;
}

void table_clear(struct table *table)
{
    pool_clear(&table->connections);
    pool_clear(&table->flows);
    free(table->slots);
    table->slots = NULL;
}

uint32_t table_find(const struct table *table, const struct tuple *key, uint32_t hash)
{
    for (uint32_t i = hash & table->mask; table->slots[i]; i = (i + 1) & table->mask) {
        uint64_t slot = table->slots[i];
        if (slot >> 32 == hash && tuple_equal(&table_row(table, (uint32_t)slot)->key, key))
            return (uint32_t)slot;
    }
    return 0;
}

static void put_new(uint64_t *slots, uint32_t mask, uint64_t slot)
{
    uint32_t i = (uint32_t)(slot >> 32) & mask;
    while (slots[i])
        i = (i + 1) & mask;
    slots[i] = slot;
}

static bool grow(struct table *table)
{
    uint32_t mask = table->mask * 2 + 1;
    uint64_t *slots = calloc((size_t)mask + 1, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i <= table->mask; i++)
        if (table->slots[i])
            put_new(slots, mask, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = mask;
    return true;
}

bool table_put(struct table *table, uint32_t hash, uint32_t reference, uint32_t old)
{
    uint64_t slot = (uint64_t)hash << 32 | reference;
    if (old) {
        uint32_t i = hash & table->mask;
        while (table->slots[i] != ((uint64_t)hash << 32 | old))
            i = (i + 1) & table->mask;
        table->slots[i] = slot;
        return true;
    }
    if (table->used >= table->mask / 2 && !grow(table))
        return false;
    put_new(table->slots, table->mask, slot);
    table->used++;
    return true;
}

void table_remove(struct table *table, uint32_t hash, uint32_t reference)
{
    uint64_t slot = (uint64_t)hash << 32 | reference;
    uint32_t i = hash & table->mask;
    while (table->slots[i] && table->slots[i] != slot)
        i = (i + 1) & table->mask;
    if (!table->slots[i])
        return;
    /* Closes the hole: moves back whatever would no longer be found past an empty slot. */
    for (uint32_t j = (i + 1) & table->mask; table->slots[j]; j = (j + 1) & table->mask) {
        uint32_t home = (uint32_t)(table->slots[j] >> 32) & table->mask;
        if (((j - home) & table->mask) >= ((j - i) & table->mask)) {
            table->slots[i] = table->slots[j];
            i = j;
        }
    }
    table->slots[i] = 0;
    table->used--;
}

/* table.h - finds the row of a 4-tuple: an open-addressing index of hashes and references beside the rows.
 *
 * A reference names a row of one of the decoder's two pools: number * 2 for a connection, number * 2 + 1 for a flow.
 * The index holds 8 bytes a row; a batch prefetches its slots, then the rows they name, before it runs.
 */
#ifndef SYNFIN_DECODE_TABLE_H
#define SYNFIN_DECODE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "decode/connection.h"

struct table {
    uint64_t *slots;              /* hash << 32 | reference; 0: empty */
    uint32_t mask;                /* slots - 1 */
    uint32_t used;
    struct pool connections, flows;
};

/* False when memory ran out. Both pools together are bounded by the caller. */
bool table_init(struct table *table, uint32_t limit);
void table_clear(struct table *table);

static inline bool reference_is_flow(uint32_t reference)
{
    return reference & 1;
}

static inline struct conversation *table_row(const struct table *table, uint32_t reference)
{
    return pool_at(reference_is_flow(reference) ? &table->flows : &table->connections, reference >> 1);
}

/* The reference of the key's row, or 0. */
uint32_t table_find(const struct table *table, const struct tuple *key, uint32_t hash);

/* Makes `reference` the row found for the hash of its key; in the place of `old` (same key) where that is not 0.
 * False when memory ran out. */
bool table_put(struct table *table, uint32_t hash, uint32_t reference, uint32_t old);

/* Takes the row out of the index; no effect where another row has taken its place. */
void table_remove(struct table *table, uint32_t hash, uint32_t reference);

static inline void table_prefetch_slot(const struct table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots[hash & table->mask]);
}

/* With a constant size the compiler writes the loop out. */
__attribute__((always_inline)) static inline void prefetch_lines(const char *row, size_t size)
{
#pragma GCC unroll 16
    for (size_t line = 0; line < size; line += 64)
        __builtin_prefetch(row + line, 1);
}

/* Once the slot is in the cache: prefetches the lines of the row that every segment touches. */
static inline void table_prefetch_row(const struct table *table, uint32_t hash)
{
    for (uint32_t i = hash & table->mask; table->slots[i]; i = (i + 1) & table->mask) {
        if (table->slots[i] >> 32 != hash)
            continue;
        uint32_t reference = (uint32_t)table->slots[i];
        const char *row = (const char *)table_row(table, reference);
        if (reference_is_flow(reference))
            prefetch_lines(row, sizeof(struct flow));
        else
            prefetch_lines(row, sizeof(struct connection));
        return;
    }
}

#endif

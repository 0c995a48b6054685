/* pool.h - records of one size, referred to by a number: what a bounded table is made of.
 *
 * Numbers count from 1; 0 is no record. A record keeps its place until it is given back, and comes zeroed. The pool is
 * one reservation of address space for all that it may ever hold; memory is taken page by page as records are used, so
 * what is never used costs nothing.
 */
#ifndef SYNFIN_BASE_POOL_H
#define SYNFIN_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
    char *records;
    size_t record_size;
    size_t reserved;              /* bytes of address space */
    uint32_t limit;               /* records at most */
    uint32_t taken;               /* numbers ever handed out: 1 to taken */
    uint32_t used;                /* records in use */
    uint32_t free;                /* first of those given back; each holds the number of the next */
};

/* record_size at least 4. Where the address space for `limit` records cannot be had, the limit becomes smaller; 0 is
 * possible. */
void pool_init(struct pool *pool, size_t record_size, uint32_t limit);
void pool_clear(struct pool *pool);

/* A zeroed record, or 0 when the limit is reached. */
uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t number);

/* The record of a number from 1 to taken. */
static inline void *pool_at(const struct pool *pool, uint32_t number)
{
    return pool->records + (size_t)number * pool->record_size;
}

#endif

#include "base/pool.h"

#include <string.h>
#include <sys/mman.h>

/* Up to here small pages, so that a small capture costs little; beyond it huge ones where the kernel has them: a
 * table of many thousand records is walked at random, and each small page would be a miss of its own. */
#define SMALL_PAGES ((size_t)4 << 20)
#define HUGE_PAGE   ((size_t)2 << 20)

static char *reserve(size_t size)
{
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

void pool_init(struct pool *pool, size_t record_size, uint32_t limit)
{
    *pool = (struct pool){ .record_size = record_size, .limit = limit };
    for (; pool->limit; pool->limit /= 2) {
        pool->reserved = ((size_t)pool->limit + 1) * record_size;
        pool->records = reserve(pool->reserved);
        if (pool->records)
            break;
    }
    if (pool->records && pool->reserved > SMALL_PAGES + HUGE_PAGE) {
        uintptr_t from = ((uintptr_t)pool->records + SMALL_PAGES + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
        madvise((void *)from, pool->reserved - (size_t)(from - (uintptr_t)pool->records), MADV_HUGEPAGE);
    }
}

void pool_clear(struct pool *pool)
{
    if (pool->records)
        munmap(pool->records, pool->reserved);
    *pool = (struct pool){ .record_size = pool->record_size };
}

uint32_t pool_take(struct pool *pool)
{
    uint32_t number = pool->free;
    if (number) {
        void *record = pool_at(pool, number);
        memcpy(&pool->free, record, sizeof pool->free);
        memset(record, 0, pool->record_size);
    } else if (pool->taken < pool->limit) {
        number = ++pool->taken;
    } else {
        return 0;
    }
    pool->used++;
    return number;
}

void pool_give(struct pool *pool, uint32_t number)
{
    memcpy(pool_at(pool, number), &pool->free, sizeof pool->free);
    pool->free = number;
    pool->used--;
}

/* fragments.c - see fragments.h. Each waiting datagram has a bit per 8 bytes that arrived and a table of blocks, so
 * taking in a fragment costs what its bytes cost, however small the pieces and in whatever order they come. */
#include "decode/fragments.h"

#include <stdlib.h>
#include <string.h>

enum {
    UNIT = 8, BITS = DATAGRAM_MAX / UNIT, BLOCKS_EACH = DATAGRAM_MAX / FRAGMENT_BLOCK, BUCKETS = 1024, NONE = 0xffff,
};

struct waiting {
    uint8_t source[16], destination[16];
    uint32_t id;
    uint16_t vlan;
    uint8_t version, protocol;
    uint16_t bucket, chain;       /* datagrams of the same bucket */
    uint16_t older, newer;        /* in order of first arrival */
    uint32_t end;                 /* length of the datagram, known from its last fragment; 0: not yet */
    uint16_t block[BLOCKS_EACH];  /* NONE: nothing there yet */
    uint64_t here[BITS / 64];     /* a bit per 8 bytes that arrived */
};

struct fragments {
    uint64_t secret, given_up;
    uint16_t bucket[BUCKETS];
    uint16_t oldest, newest;
    uint16_t free, used;                           /* `free` runs over `chain`; `used` of waiting[] were ever used */
    uint16_t free_blocks, free_block[FRAGMENT_BLOCKS];
    struct waiting waiting[FRAGMENT_DATAGRAMS];
    uint8_t bytes[FRAGMENT_BLOCKS][FRAGMENT_BLOCK];
};

struct fragments *fragments_new(uint64_t secret)
{
    struct fragments *f = malloc(sizeof *f);
    if (!f)
        return NULL;
    f->secret = secret;
    f->given_up = 0;
    f->oldest = f->newest = NONE;
    for (unsigned i = 0; i < BUCKETS; i++)
        f->bucket[i] = NONE;
    f->free = NONE;
    f->used = 0;
    for (unsigned i = 0; i < FRAGMENT_BLOCKS; i++)
        f->free_block[i] = (uint16_t)i;
    f->free_blocks = FRAGMENT_BLOCKS;
    return f;
}

void fragments_free(struct fragments *fragments)
{
    free(fragments);
}

uint64_t fragments_given_up(const struct fragments *fragments)
{
    return fragments->given_up;
}

static unsigned bucket_of(const struct fragments *f, const struct fragment *g)
{
    size_t size = g->version == 4 ? 4 : 16;
    uint64_t words[4] = { 0 };
    memcpy(words, g->source, size);
    memcpy(words + 2, g->destination, size);
    uint64_t h = f->secret ^ ((uint64_t)g->id << 16 | g->vlan);
    for (unsigned i = 0; i < 4; i++) {
        h = (h ^ words[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return (unsigned)(h >> 40) % BUCKETS;
}

static bool is_part_of(const struct waiting *w, const struct fragment *g)
{
    size_t size = g->version == 4 ? 4 : 16;
    return w->id == g->id && w->version == g->version && w->vlan == g->vlan &&
           (g->version == 6 || w->protocol == g->protocol) &&
           memcmp(w->source, g->source, size) == 0 && memcmp(w->destination, g->destination, size) == 0;
}

static void forget(struct fragments *f, unsigned i)
{
    struct waiting *w = &f->waiting[i];
    uint16_t *link = &f->bucket[w->bucket];
    while (*link != i)
        link = &f->waiting[*link].chain;
    *link = w->chain;
    if (w->older != NONE)
        f->waiting[w->older].newer = w->newer;
    else
        f->oldest = w->newer;
    if (w->newer != NONE)
        f->waiting[w->newer].older = w->older;
    else
        f->newest = w->older;
    for (unsigned b = 0; b < BLOCKS_EACH; b++)
        if (w->block[b] != NONE)
            f->free_block[f->free_blocks++] = w->block[b];
    w->chain = f->free;
    f->free = (uint16_t)i;
}

static unsigned take_waiting(struct fragments *f)
{
    if (f->free == NONE && f->used < FRAGMENT_DATAGRAMS)
        return f->used++;
    if (f->free == NONE) {
        f->given_up++;
        forget(f, f->oldest);
    }
    unsigned i = f->free;
    f->free = f->waiting[i].chain;
    return i;
}

static unsigned find_or_start(struct fragments *f, const struct fragment *g)
{
    unsigned bucket = bucket_of(f, g);
    for (unsigned i = f->bucket[bucket]; i != NONE; i = f->waiting[i].chain)
        if (is_part_of(&f->waiting[i], g))
            return i;
    unsigned i = take_waiting(f);
    struct waiting *w = &f->waiting[i];
    size_t size = g->version == 4 ? 4 : 16;
    memcpy(w->source, g->source, size);
    memcpy(w->destination, g->destination, size);
    w->id = g->id;
    w->vlan = g->vlan;
    w->version = g->version;
    w->protocol = g->protocol;
    w->end = 0;
    memset(w->block, 0xff, sizeof w->block);
    memset(w->here, 0, sizeof w->here);
    w->bucket = (uint16_t)bucket;
    w->chain = f->bucket[bucket];
    f->bucket[bucket] = (uint16_t)i;
    w->older = f->newest;
    w->newer = NONE;
    if (f->newest != NONE)
        f->waiting[f->newest].newer = (uint16_t)i;
    else
        f->oldest = (uint16_t)i;
    f->newest = (uint16_t)i;
    return i;
}

/* A free block for datagram `i`, taken from the oldest other one when there is none: the pool is larger than one
 * datagram. */
static uint16_t take_block(struct fragments *f, unsigned i)
{
    while (f->free_blocks == 0) {
        f->given_up++;
        forget(f, f->oldest != i ? f->oldest : f->waiting[i].newer);
    }
    return f->free_block[--f->free_blocks];
}

/* Copies what had not arrived yet, 8 bytes at a time; only the end of the datagram may be fewer. */
static void keep(struct fragments *f, unsigned i, const struct fragment *g)
{
    struct waiting *w = &f->waiting[i];
    bool last = !g->more && g->offset + g->length == w->end;
    uint32_t whole = last ? g->length : g->length / UNIT * UNIT;
    for (uint32_t done = 0; done < whole; done += UNIT) {
        uint32_t at = g->offset + done;
        uint64_t bit = UINT64_C(1) << (at / UNIT % 64);
        uint64_t *here = &w->here[at / UNIT / 64];
        if (*here & bit)
            continue;
        *here |= bit;
        uint16_t *block = &w->block[at / FRAGMENT_BLOCK];
        if (*block == NONE)
            *block = take_block(f, i);
        memcpy(f->bytes[*block] + at % FRAGMENT_BLOCK, g->bytes + done, whole - done < UNIT ? whole - done : UNIT);
    }
}

static bool is_whole(const struct waiting *w)
{
    if (w->end == 0)
        return false;
    uint32_t units = (w->end + UNIT - 1) / UNIT;
    for (uint32_t i = 0; i < units / 64; i++)
        if (~w->here[i])
            return false;
    uint64_t rest = (UINT64_C(1) << (units % 64)) - 1;
    return rest == 0 || (w->here[units / 64] & rest) == rest;
}

uint32_t fragments_add(struct fragments *f, const struct fragment *g, unsigned *datagram)
{
    if (g->length == 0 || g->offset >= DATAGRAM_MAX || g->length > DATAGRAM_MAX - g->offset)
        return 0;
    unsigned i = find_or_start(f, g);
    struct waiting *w = &f->waiting[i];
    if (g->offset == 0)
        w->protocol = g->protocol;
    if (!g->more && w->end == 0)
        w->end = g->offset + g->length;
    keep(f, i, g);
    *datagram = i;
    return is_whole(w) ? w->end : 0;
}

void fragments_take(struct fragments *f, unsigned datagram, uint32_t length, uint8_t *out, uint8_t *protocol)
{
    const struct waiting *w = &f->waiting[datagram];
    *protocol = w->protocol;
    if (!out)
        f->given_up++;
    for (uint32_t done = 0; out && done < length; done += FRAGMENT_BLOCK) {
        uint32_t part = length - done < FRAGMENT_BLOCK ? length - done : FRAGMENT_BLOCK;
        memcpy(out + done, f->bytes[w->block[done / FRAGMENT_BLOCK]], part);
    }
    forget(f, datagram);
}

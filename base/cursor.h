/* cursor.h - the one door to bytes that came from outside.
 *
 * A cursor is a window on captured bytes. Every read checks what is left; a read that does not fit gives 0, moves
 * nothing and sets `short_of`, so that a parser may read a whole header and ask once. Numbers are read in network
 * byte order unless the name says `le`. The bytes stay the caller's.
 */
#ifndef SYNFIN_BASE_CURSOR_H
#define SYNFIN_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool short_of;        /* a read asked for more than there was */
};

static inline struct cursor cursor_on(const uint8_t *bytes, size_t length)
{
    return (struct cursor){ .at = bytes, .end = bytes + length, .short_of = false };
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* `length` bytes from here on, or NULL; moves past them. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t length)
{
    if (cursor_left(c) < length) {
        c->short_of = true;
        return NULL;
    }
    const uint8_t *bytes = c->at;
    c->at += length;
    return bytes;
}

static inline bool cursor_skip(struct cursor *c, size_t length)
{
    return cursor_take(c, length) != NULL;
}

/* Forgets all bytes beyond `length` from here on; no effect where there are fewer. */
static inline void cursor_limit(struct cursor *c, size_t length)
{
    if (cursor_left(c) > length)
        c->end = c->at + length;
}

static inline uint16_t bytes_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t bytes_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t bytes_le16(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t bytes_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 1);
    return p ? *p : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 2);
    return p ? bytes_be16(p) : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 4);
    return p ? bytes_be32(p) : 0;
}

/* The byte `offset` ahead without moving, or -1. */
static inline int cursor_peek(const struct cursor *c, size_t offset)
{
    return offset < cursor_left(c) ? c->at[offset] : -1;
}

#endif

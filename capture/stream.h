/* stream.h - a file or pipe as one growing window of bytes, plain or inflated.
 *
 * The window bytes[start..end) holds what was read and not yet taken. Taking moves `start` only, so bytes taken stay
 * where they are until the next stream_fill(), which moves the rest to the front and reads on. Gzip is known by its
 * first two bytes. Offsets count inflated bytes. A pipe is never waited for longer than STREAM_WAIT_MS.
 */
#ifndef SYNFIN_CAPTURE_STREAM_H
#define SYNFIN_CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    STREAM_WAIT_MS = 10,
    STREAM_ROOM = 256 * 1024,         /* measured: beyond the processor's second cache reading gets slower */
    STREAM_LARGEST = 64 * 1024 * 1024 /* no record may need more; a window never grows beyond */
};

enum stream_state {
    STREAM_GREW,              /* at least one more byte */
    STREAM_WAITS,             /* a pipe has nothing now */
    STREAM_ENDED,             /* no more bytes; `why` is NULL when the input ended where it should */
};

struct gzip;

struct stream {
    uint8_t *bytes;           /* owned */
    size_t room;
    size_t start;
    size_t end;
    uint64_t offset;          /* in the inflated stream, of bytes[start] */
    uint64_t origin;          /* where standard input stood when we came */
    const char *why;          /* why it ended early, or NULL; a part of a sentence */
    struct gzip *gzip;        /* owned; NULL: plain */
    int fd;                   /* owned unless it is standard input */
    bool regular;             /* a regular file: reading never waits, and pread works */
    bool known;               /* plain or gzip was decided */
    bool ended;
    bool never_wait;          /* the caller polls the descriptor itself */
};

/* Opens `path`, "-" being standard input. A named pipe need not have a writer yet. False: `error` says why. */
bool stream_open(struct stream *s, const char *path, struct error *error);

/* The same for a file that this program has in memory: copied to one without a name. `name` is for messages. */
bool stream_open_bytes(struct stream *s, const void *bytes, size_t length, const char *name, struct error *error);

void stream_close(struct stream *s);

/* Reads on once, with room for a record of `need` bytes (more than the window holds now). A large window is made only
 * as fast as bytes really come. */
enum stream_state stream_fill(struct stream *s, size_t need);

static inline size_t stream_left(const struct stream *s)
{
    return s->end - s->start;
}

static inline void stream_take(struct stream *s, size_t length)
{
    s->start += length;
    s->offset += length;
}

#endif

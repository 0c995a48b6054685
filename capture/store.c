#include "capture/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/file.h"

enum { STORE_ROOM = 4096 };   /* holds most records at the first read */

struct store {
    const struct file *file;
    uint8_t *bytes;           /* owned */
    size_t room;
};

struct store *store_open(const struct source *source, struct error *error)
{
    const struct file *file = source_file(source);
    if (!file || !file->stream.regular || file->stream.gzip) {
        error_set(error, EXIT_UNREADABLE, "frames of %.200s cannot be read again: it is no plain file",
                  source_name(source));
        return NULL;
    }
    struct store *store = calloc(1, sizeof *store);
    if (store)
        store->bytes = malloc(STORE_ROOM);
    if (!store || !store->bytes) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        store_close(store);
        return NULL;
    }
    store->room = STORE_ROOM;
    store->file = file;
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    free(store->bytes);
    free(store);
}

static bool make_room(struct store *store, size_t need)
{
    if (need <= store->room)
        return true;
    uint8_t *bytes = need <= STREAM_LARGEST ? realloc(store->bytes, need) : NULL;
    if (!bytes)
        return false;
    store->bytes = bytes;
    store->room = need;
    return true;
}

/* How many of `room` bytes the file has at `offset`, or -1. */
static ssize_t read_at(const struct store *store, uint64_t offset)
{
    const struct stream *s = &store->file->stream;
    if (offset > INT64_MAX - s->origin)
        return 0;
    ssize_t n;
    do
        n = pread(s->fd, store->bytes, store->room, (off_t)(s->origin + offset));
    while (n < 0 && errno == EINTR);
    return n;
}

static enum record_kind parse(const struct store *store, size_t length, uint64_t offset, struct frame *frame,
                              struct record *record)
{
    const struct file *file = store->file;
    if (file->format == FORMAT_CLASSIC)
        return classic_record(&file->classic, store->bytes, length, frame, record);
    return pcapng_again(&file->pcapng, store->bytes, length, offset, frame, record);
}

bool store_read(struct store *store, uint64_t offset, struct frame *frame, struct error *error)
{
    struct record record = { .why = "no frame's record" };
    enum record_kind kind = RECORD_SHORT;
    *frame = (struct frame){ .offset = offset };
    for (unsigned tries = 0; tries < 3 && kind == RECORD_SHORT; tries++) {
        ssize_t n = read_at(store, offset);
        if (n < 0) {
            error_set(error, EXIT_UNREADABLE, "cannot read %.200s: %s", store->file->name, strerror(errno));
            return false;
        }
        kind = parse(store, (size_t)n, offset, frame, &record);
        if (kind == RECORD_SHORT && ((size_t)n < store->room || !make_room(store, record.size)))
            break;
    }
    if (kind == RECORD_FRAME)
        return true;
    error_set(error, EXIT_UNREADABLE, "%.200s has changed, or no frame begins at offset %" PRIu64 ": %s",
              store->file->name, offset, record.why);
    return false;
}

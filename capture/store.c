#include "capture/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/file.h"
#include "capture/spool.h"

enum {
    STORE_LOOK = 4096,            /* read for one frame anywhere: holds most records */
    STORE_PIECE = 256 * 1024,     /* read for frames one after the other */
};

struct store {
    const struct file *file;      /* exactly one of file and spool; borrowed */
    struct spool *spool;          /* owned */
    uint8_t *bytes;               /* owned: the piece of the file read last */
    size_t room;
    uint64_t from;                /* its offset */
    size_t length;
};

static struct store *store_new(struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (store)
        store->bytes = malloc(STORE_PIECE);
    if (!store || !store->bytes) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        store_close(store);
        return NULL;
    }
    store->room = STORE_PIECE;
    return store;
}

struct store *store_open(const struct source *source, struct error *error)
{
    const struct file *file = source_file(source);
    if (!file || !file->stream.regular || file->stream.gzip) {
        error_set(error, EXIT_UNREADABLE, "frames of %.200s cannot be read again: it is no plain file",
                  source_name(source));
        return NULL;
    }
    struct store *store = store_new(error);
    if (store)
        store->file = file;
    return store;
}

struct store *store_spool(uint64_t most, struct error *error)
{
    struct store *store = store_new(error);
    if (!store)
        return NULL;
    store->spool = spool_open(most, error);
    if (!store->spool) {
        store_close(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    spool_close(store->spool);
    free(store->bytes);
    free(store);
}

bool store_add(struct store *store, const struct frame *frame, uint64_t *offset)
{
    *offset = frame->offset;
    return !store->spool || spool_add(store->spool, frame, offset);
}

uint64_t store_oldest(const struct store *store)
{
    return store->spool ? spool_oldest(store->spool) : 0;
}

bool store_lacks_times(const struct store *store)
{
    return store->file && store->file->format == FORMAT_PCAPNG;
}

int store_problem(const struct store *store)
{
    return store->spool ? spool_problem(store->spool) : 0;
}

static const char *name_of(const struct store *store)
{
    return store->file ? store->file->name : "the spool";
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

/* Reads `want` bytes at `offset`, fewer where the file ends. False: reading failed. */
static bool read_piece(struct store *store, uint64_t offset, size_t want)
{
    ssize_t n;
    store->from = offset;
    store->length = 0;
    if (store->spool) {
        n = spool_read(store->spool, offset, store->bytes, want);
    } else {
        const struct stream *s = &store->file->stream;
        if (offset > INT64_MAX - s->origin)
            return true;
        do
            n = pread(s->fd, store->bytes, want, (off_t)(s->origin + offset));
        while (n < 0 && errno == EINTR);
    }
    if (n > 0)
        store->length = (size_t)n;
    return n >= 0;
}

static enum record_kind parse(const struct store *store, uint64_t offset, struct frame *frame, struct record *record)
{
    const uint8_t *bytes = store->bytes + (offset - store->from);
    size_t length = store->length - (size_t)(offset - store->from);
    *frame = (struct frame){ .offset = offset };
    if (store->spool)
        return spool_record(bytes, length, frame, record);
    const struct file *file = store->file;
    if (file->format == FORMAT_CLASSIC)
        return classic_record(&file->classic, bytes, length, frame, record);
    return pcapng_again(&file->pcapng, bytes, length, offset, frame, record);
}

static bool holds(const struct store *store, uint64_t offset)
{
    return offset >= store->from && offset - store->from < store->length;
}

/* One frame; `ahead` bytes are read where the piece at hand does not hold it. */
static bool read_one(struct store *store, uint64_t offset, size_t ahead, struct frame *frame, struct error *error)
{
    struct record record = { .why = "no frame's record" };
    enum record_kind kind = holds(store, offset) ? parse(store, offset, frame, &record) : RECORD_SHORT;
    for (unsigned tries = 0; tries < 3 && kind == RECORD_SHORT; tries++) {
        if (!read_piece(store, offset, ahead)) {
            error_set(error, EXIT_UNREADABLE, "cannot read %.200s: %s", name_of(store), strerror(errno));
            return false;
        }
        kind = parse(store, offset, frame, &record);
        if (kind != RECORD_SHORT || store->length < ahead)
            break;
        ahead = record.size > ahead ? record.size : ahead * 2;
        if (!make_room(store, ahead))
            break;
    }
    if (kind == RECORD_FRAME)
        return true;
    error_set(error, EXIT_UNREADABLE, "%.200s has changed, or no frame begins at offset %" PRIu64 ": %s",
              name_of(store), offset, kind == RECORD_SHORT ? "the record is cut off" : record.why);
    return false;
}

static bool still_kept(const struct store *store, uint64_t offset, struct error *error)
{
    if (offset >= store_oldest(store))
        return true;
    error_set(error, EXIT_UNREADABLE, "this frame is no longer kept: the spool has room for the latest ones only "
              "(-w FILE keeps them all)");
    return false;
}

bool store_read(struct store *store, uint64_t offset, struct frame *frame, struct error *error)
{
    return still_kept(store, offset, error) && read_one(store, offset, STORE_LOOK, frame, error);
}

unsigned store_read_some(struct store *store, const uint64_t *offsets, unsigned count, struct frame *frames,
                         struct error *error)
{
    struct record record;
    if (!count || !still_kept(store, offsets[0], error))
        return 0;
    bool near = count > 1 && offsets[count - 1] - offsets[0] < STORE_PIECE;
    if (!read_one(store, offsets[0], near ? STORE_PIECE : STORE_LOOK, &frames[0], error))
        return 0;
    unsigned got = 1;
    while (got < count && holds(store, offsets[got]) &&
           parse(store, offsets[got], &frames[got], &record) == RECORD_FRAME)
        got++;
    return got;
}

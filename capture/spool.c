#include "capture/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "capture/stream.h"

enum { SPOOL_PENDING = 256 * 1024, SPOOL_LEAST = 1024 * 1024 };

struct spool_header {
    nanoseconds time;
    uint32_t caplen, len, number;
    uint16_t linktype, interface;
};

struct spool {
    int fd;
    int problem;                  /* errno; nothing is written any more */
    uint64_t size;                /* of the file, at most */
    uint64_t head;                /* offset behind the last record */
    uint64_t written;             /* offset up to which the file has them; the rest is pending */
    uint8_t *pending;             /* owned; the bytes from `written` to `head` */
};

static int open_unlinked(struct error *error)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    if (!folder || !*folder)
        folder = "/var/tmp";
    snprintf(path, sizeof path, "%s/synfin-spool-XXXXXX", folder);
    int fd = mkstemp(path);
    if (fd < 0) {
        error_set(error, EXIT_OUTPUT, "cannot keep frames in %.200s: %s. TMPDIR names another folder.", folder,
                  strerror(errno));
        return -1;
    }
    unlink(path);
    return fd;
}

static uint64_t half_of_free(int fd)
{
    struct statvfs status;
    if (fstatvfs(fd, &status) != 0)
        return SPOOL_LEAST;
    return (uint64_t)status.f_bavail * status.f_frsize / 2;
}

struct spool *spool_open(uint64_t most, struct error *error)
{
    struct spool *s = calloc(1, sizeof *s);
    uint8_t *pending = malloc(SPOOL_PENDING);
    if (!s || !pending) {
        error_set(error, EXIT_OUTPUT, "out of memory");
        free(s);
        free(pending);
        return NULL;
    }
    s->pending = pending;
    s->fd = open_unlinked(error);
    if (s->fd < 0) {
        spool_close(s);
        return NULL;
    }
    uint64_t room = half_of_free(s->fd);
    s->size = most < room ? most : room;
    if (s->size < SPOOL_LEAST)
        s->size = SPOOL_LEAST;
    s->size -= s->size % 8;
    return s;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s->pending);
    free(s);
}

static bool write_at(struct spool *s, const uint8_t *bytes, size_t length, uint64_t place)
{
    while (length) {
        ssize_t n = pwrite(s->fd, bytes, length, (off_t)place);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            s->problem = n < 0 ? errno : ENOSPC;
            return false;
        }
        bytes += n;
        length -= (size_t)n;
        place += (uint64_t)n;
    }
    return true;
}

/* What is pending never turns round the end of the file: spool_add() sees to it. */
static bool flush(struct spool *s)
{
    size_t length = (size_t)(s->head - s->written);
    if (length && !write_at(s, s->pending, length, s->written % s->size))
        return false;
    s->written = s->head;
    return true;
}

static bool put(struct spool *s, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    while (length) {
        size_t used = (size_t)(s->head - s->written), room = SPOOL_PENDING - used;
        if (room == 0) {
            if (!flush(s))
                return false;
            continue;
        }
        size_t piece = length < room ? length : room;
        memcpy(s->pending + used, from, piece);
        s->head += piece;
        from += piece;
        length -= piece;
    }
    return true;
}

bool spool_add(struct spool *s, const struct frame *frame, uint64_t *offset)
{
    static const uint8_t zeros[8];
    const struct spool_header header = { .time = frame->time, .caplen = frame->caplen, .len = frame->len,
                                         .number = frame->number, .linktype = frame->linktype,
                                         .interface = frame->interface };
    uint64_t size = (sizeof header + frame->caplen + 7) & ~UINT64_C(7);
    if (s->problem || size > s->size)
        return false;
    uint64_t left = s->size - s->head % s->size;
    if (size > left) {                /* a record never turns round the end */
        if (!flush(s))
            return false;
        s->head = s->written += left;
    }
    *offset = s->head;
    return put(s, &header, sizeof header) && put(s, frame->bytes, frame->caplen) &&
           put(s, zeros, (size_t)(size - sizeof header - frame->caplen));
}

uint64_t spool_oldest(const struct spool *s)
{
    return s->head > s->size ? s->head - s->size : 0;
}

int spool_problem(const struct spool *s)
{
    return s->problem;
}

ssize_t spool_read(struct spool *s, uint64_t offset, uint8_t *bytes, size_t length)
{
    if (offset >= s->head)
        return 0;
    if (offset + length > s->written && !s->problem)
        flush(s);
    uint64_t end = s->problem ? s->written : s->head, left = s->size - offset % s->size;
    if (offset >= end)
        return 0;
    if (length > end - offset)
        length = (size_t)(end - offset);
    if (length > left)
        length = (size_t)left;
    ssize_t n;
    do
        n = pread(s->fd, bytes, length, (off_t)(offset % s->size));
    while (n < 0 && errno == EINTR);
    return n;
}

enum record_kind spool_record(const uint8_t *bytes, size_t length, struct frame *frame, struct record *record)
{
    struct spool_header header;
    if (length < sizeof header)
        return record_short(record, sizeof header);
    memcpy(&header, bytes, sizeof header);
    if (header.caplen > STREAM_LARGEST)
        return record_bad(record, "the spool is damaged");
    record->size = sizeof header + header.caplen;
    if (length < record->size)
        return record_short(record, record->size);
    uint64_t offset = frame->offset;
    *frame = (struct frame){ .bytes = bytes + sizeof header, .time = header.time, .offset = offset, .number = header.number,
                             .caplen = header.caplen, .len = header.len, .linktype = header.linktype,
                             .interface = header.interface };
    return RECORD_FRAME;
}

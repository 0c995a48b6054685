#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { GZIP_INPUT = 64 * 1024 };

struct gzip {
    z_stream z;
    uint8_t input[GZIP_INPUT];
    bool in_member;           /* between the first byte of a member and its end */
    bool input_ended;
};

static bool refuse(struct stream *s, struct error *error, const char *path, const char *why)
{
    error_set(error, EXIT_UNREADABLE, "cannot read %.300s: %s", path, why);
    stream_close(s);
    return false;
}

/* From a descriptor on, which is s->fd. */
static bool begin(struct stream *s, const char *path, struct error *error)
{
    struct stat st;
    if (fstat(s->fd, &st) < 0)
        return refuse(s, error, path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return refuse(s, error, path, "it is a directory; give the captures in it by name");
    s->regular = S_ISREG(st.st_mode);
    off_t origin = s->regular ? lseek(s->fd, 0, SEEK_CUR) : 0;
    s->origin = origin > 0 ? (uint64_t)origin : 0;
    if (s->regular)
        (void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    s->bytes = malloc(STREAM_ROOM);
    if (!s->bytes)
        return refuse(s, error, path, "out of memory");
    s->room = STREAM_ROOM;
    return true;
}

bool stream_open(struct stream *s, const char *path, struct error *error)
{
    *s = (struct stream){ .fd = -1 };
    bool standard_input = strcmp(path, "-") == 0;
    if (standard_input && isatty(STDIN_FILENO)) {
        error_set(error, EXIT_USAGE, "standard input is a terminal; give a capture by a pipe or by name");
        return false;
    }
    s->fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (s->fd < 0) {
        error_set(error, errno == EACCES || errno == EPERM ? EXIT_PERMISSION : EXIT_UNREADABLE,
                  "cannot open %.300s: %s", path, strerror(errno));
        return false;
    }
    return begin(s, path, error);
}

bool stream_open_bytes(struct stream *s, const void *bytes, size_t length, const char *name, struct error *error)
{
    *s = (struct stream){ .fd = memfd_create("synfin", MFD_CLOEXEC) };
    if (s->fd < 0)
        return refuse(s, error, name, strerror(errno));
    for (size_t written = 0; written < length;) {
        ssize_t n = pwrite(s->fd, (const char *)bytes + written, length - written, (off_t)written);
        if (n > 0)
            written += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return refuse(s, error, name, n == 0 ? "nothing can be written to memory" : strerror(errno));
    }
    return begin(s, name, error);
}

void stream_close(struct stream *s)
{
    if (s->gzip) {
        inflateEnd(&s->gzip->z);
        free(s->gzip);
    }
    free(s->bytes);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    *s = (struct stream){ .fd = -1 };
}

/* Bytes of the file itself; 0: ended, -1: nothing now. */
static ssize_t read_raw(struct stream *s, uint8_t *to, size_t room)
{
    for (;;) {
        if (!s->regular) {
            struct pollfd p = { .fd = s->fd, .events = POLLIN };
            if (poll(&p, 1, s->never_wait ? 0 : STREAM_WAIT_MS) <= 0)
                return -1;
        }
        ssize_t n = read(s->fd, to, room);
        if (n >= 0)
            return n;
        if (errno == EAGAIN || (errno == EINTR && !s->regular))
            return -1;
        if (errno != EINTR) {
            s->why = strerror(errno);
            return 0;
        }
    }
}

static enum stream_state end_of(struct stream *s, const char *why)
{
    s->ended = true;
    if (!s->why)
        s->why = why;
    return STREAM_ENDED;
}

/* One call of inflate(): gives how many bytes came out, or -1 when the compressed data cannot go on. */
static ssize_t inflate_once(struct stream *s)
{
    struct gzip *g = s->gzip;
    if (!g->in_member) {
        if (g->z.next_in[0] != 0x1f) {
            end_of(s, NULL);      /* padding behind the last member, as gzip(1) takes it */
            return -1;
        }
        inflateReset(&g->z);
        g->in_member = true;
    }
    size_t room = s->room - s->end;
    g->z.next_out = s->bytes + s->end;
    g->z.avail_out = (uInt)room;
    int result = inflate(&g->z, Z_NO_FLUSH);
    size_t came = room - g->z.avail_out;
    s->end += came;
    if (result == Z_STREAM_END) {
        g->in_member = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        end_of(s, "the compressed data are damaged");
        return came > 0 ? (ssize_t)came : -1;
    }
    return (ssize_t)came;
}

static enum stream_state fill_inflated(struct stream *s)
{
    struct gzip *g = s->gzip;
    for (;;) {
        if (g->z.avail_in == 0 && !g->input_ended) {
            ssize_t n = read_raw(s, g->input, sizeof g->input);
            if (n < 0)
                return STREAM_WAITS;
            g->input_ended = n == 0;
            g->z.next_in = g->input;
            g->z.avail_in = (uInt)n;
        }
        if (g->z.avail_in == 0 && !g->in_member)
            return end_of(s, NULL);
        size_t before = g->z.avail_in;
        ssize_t came = inflate_once(s);
        if (came > 0)
            return STREAM_GREW;
        if (came < 0)
            return STREAM_ENDED;
        if (g->input_ended && g->z.avail_in == before && g->in_member)
            return end_of(s, "the compressed data end early");
    }
}

/* Once the first two bytes are there: turns the window into gzip's input where they say so. */
static bool decide(struct stream *s)
{
    if (stream_left(s) < 2)
        return true;
    s->known = true;
    if (s->bytes[s->start] != 0x1f || s->bytes[s->start + 1] != 0x8b)
        return true;
    s->gzip = calloc(1, sizeof *s->gzip);
    if (!s->gzip)
        return false;
    struct gzip *g = s->gzip;
    if (inflateInit2(&g->z, 16 + MAX_WBITS) != Z_OK) {
        free(g);
        s->gzip = NULL;
        return false;
    }
    memcpy(g->input, s->bytes + s->start, stream_left(s));
    g->z.next_in = g->input;
    g->z.avail_in = (uInt)stream_left(s);
    g->in_member = true;
    s->start = s->end = 0;
    return true;
}

static bool make_room(struct stream *s, size_t need)
{
    if (s->start > 0) {
        memmove(s->bytes, s->bytes + s->start, stream_left(s));
        s->end -= s->start;
        s->start = 0;
    }
    if (s->end < s->room)
        return true;
    size_t room = need > s->room * 2 ? s->room * 2 : need;
    uint8_t *bytes = room > s->room && room <= STREAM_LARGEST ? realloc(s->bytes, room) : NULL;
    if (!bytes)
        return false;
    s->bytes = bytes;
    s->room = room;
    return true;
}

enum stream_state stream_fill(struct stream *s, size_t need)
{
    if (s->ended)
        return STREAM_ENDED;
    if (!make_room(s, need))
        return end_of(s, "out of memory");
    if (s->gzip)
        return fill_inflated(s);
    size_t room = s->room - s->end;
    if (!s->known && room > GZIP_INPUT - stream_left(s))
        room = GZIP_INPUT - stream_left(s);
    ssize_t n = read_raw(s, s->bytes + s->end, room);
    if (n < 0)
        return STREAM_WAITS;
    if (n == 0)
        return end_of(s, NULL);
    s->end += (size_t)n;
    if (!s->known && !decide(s))
        return end_of(s, "out of memory");
    return s->gzip ? fill_inflated(s) : STREAM_GREW;
}

#include "tests/test_source_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

void made_put(struct text *t, bool big, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        text_char(t, (char)(value >> 8 * (big ? size - 1 - i : i)));
}

void made_put32(struct text *t, bool big, uint32_t value)
{
    made_put(t, big, 4, value);
}

void made_classic_header(struct text *t, bool big, uint32_t magic, unsigned major, unsigned minor, uint32_t linktype)
{
    made_put32(t, big, magic);
    made_put(t, big, 2, major);
    made_put(t, big, 2, minor);
    made_put(t, big, 8, 0);
    made_put32(t, big, 65535);
    made_put32(t, big, linktype);
}

void made_body(struct text *t, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        text_char(t, (char)(length + i));
}

void made_classic_frame(struct text *t, bool big, uint32_t fraction, uint32_t first, uint32_t second, unsigned length)
{
    made_put32(t, big, SECOND);
    made_put32(t, big, fraction);
    made_put32(t, big, first);
    made_put32(t, big, second);
    made_body(t, length);
}

void made_block(struct text *t, bool big, uint32_t type, const struct text *content)
{
    uint32_t padded = (uint32_t)(content->used + 3) & ~3u;
    made_put32(t, big, type);
    made_put32(t, big, padded + 12);
    text_bytes(t, content->bytes, content->used);
    text_repeat(t, "x", (unsigned)(padded - content->used));
    made_put32(t, big, padded + 12);
}

void made_section(struct text *t, bool big)
{
    struct text c = {0};
    made_put32(&c, big, 0x1a2b3c4d);
    made_put(&c, big, 2, 1);
    made_put(&c, big, 2, 0);
    made_put(&c, big, 8, UINT64_MAX);
    made_block(t, big, 0x0a0d0d0a, &c);
    text_free(&c);
}

void made_interface(struct text *t, bool big, unsigned linktype, uint32_t snaplen, unsigned resolution, int64_t epoch)
{
    struct text c = {0};
    made_put(&c, big, 2, linktype);
    made_put(&c, big, 2, 0);
    made_put32(&c, big, snaplen);
    made_put(&c, big, 2, 9);
    made_put(&c, big, 2, 1);
    made_put(&c, false, 4, resolution);
    made_put(&c, big, 2, 14);
    made_put(&c, big, 2, 8);
    made_put(&c, big, 8, (uint64_t)epoch);
    made_put(&c, big, 4, 0);
    made_block(t, big, 1, &c);
    text_free(&c);
}

void made_enhanced(struct text *t, bool big, uint32_t index, uint64_t ticks, unsigned length)
{
    struct text c = {0};
    made_put32(&c, big, index);
    made_put32(&c, big, (uint32_t)(ticks >> 32));
    made_put32(&c, big, (uint32_t)ticks);
    made_put32(&c, big, length);
    made_put32(&c, big, length + 100);
    made_body(&c, length);
    made_block(t, big, 6, &c);
    text_free(&c);
}

void made_statistics(struct text *t, bool big, uint32_t index, uint64_t dropped)
{
    struct text c = {0};
    made_put32(&c, big, index);
    made_put(&c, big, 8, 0);
    made_put(&c, big, 2, 5);
    made_put(&c, big, 2, 8);
    made_put(&c, big, 8, dropped);
    made_put(&c, big, 4, 0);
    made_block(t, big, 5, &c);
    text_free(&c);
}

struct text made_gzipped(const struct text *plain)
{
    struct text t = {0};
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = plain->used + 1000;
    z.next_in = (Bytef *)plain->bytes;
    z.avail_in = (uInt)plain->used;
    z.next_out = (Bytef *)text_reserve(&t, room);
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    t.used = room - z.avail_out;
    deflateEnd(&z);
    return t;
}

void made_save(const struct text *t, char path[MADE_PATH])
{
    snprintf(path, MADE_PATH, "/tmp/test_source.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, t->bytes, t->used), (ssize_t)t->used);
    close(fd);
}

void bodies_are_right(const struct frame *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t right = 0;
        while (right < frames[i].caplen && frames[i].bytes[right] == (uint8_t)(frames[i].caplen + right))
            right++;
        ck_assert_uint_eq(right, frames[i].caplen);
    }
}

struct reading read_path(const char *file, const char *filter, uint64_t limit)
{
    struct reading r = {0};
    struct source_options options = { .file = file, .filter = filter, .limit = limit, .keep_privileges = true };
    struct source *source = source_open(&options, &r.error);
    if (!source)
        return r;
    r.opened = true;
    unsigned count;
    while (source_next(source, r.frames + r.count, &count) != SOURCE_END) {
        if (!filter)
            bodies_are_right(r.frames + r.count, count);
        r.count += count;
        ck_assert_uint_le(r.count, FRAMES_MOST - FRAME_BATCH);
    }
    ck_assert_uint_eq(count, 0);
    r.counts = source_counts(source);
    if (source_problem(source))
        r.error = *source_problem(source);
    source_close(source);
    return r;
}

struct reading read_text(struct text *t)
{
    char path[MADE_PATH];
    made_save(t, path);
    struct reading r = read_path(path, NULL, 0);
    unlink(path);
    text_free(t);
    return r;
}

void says(const struct reading *r, enum exit_status status, const char *words)
{
    ck_assert_msg(strstr(r->error.text, words) != NULL, "\"%s\" does not say \"%s\"", r->error.text, words);
    ck_assert_int_eq(r->error.status, status);
}

struct text many_frames(bool next_generation)
{
    struct text t = {0};
    if (next_generation) {
        made_section(&t, false);
        made_interface(&t, false, 1, 0, 6, 0);
    } else {
        made_classic_header(&t, false, 0xa1b2c3d4, 2, 4, 1);
    }
    for (unsigned i = 0; i < 300; i++) {
        unsigned length = i == 299 ? 262144 : i * 20;
        if (next_generation)
            made_enhanced(&t, false, 0, i, length);
        else
            made_classic_frame(&t, false, i, length, length, length);
    }
    return t;
}

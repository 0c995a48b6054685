/* test_source_made.h - captures made byte by byte, and what a source says of them; for the tests of sources.
 *
 * Every frame's bytes count up from its length, so that a reader of it can see whether they are its own.
 */
#ifndef SYNFIN_TESTS_TEST_SOURCE_MADE_H
#define SYNFIN_TESTS_TEST_SOURCE_MADE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/source.h"

enum { SECOND = 1700000000, FRAMES_MOST = 4096 };

/* A number of `size` bytes in either byte order. */
void made_put(struct text *t, bool big, unsigned size, uint64_t value);
void made_put32(struct text *t, bool big, uint32_t value);
void made_body(struct text *t, unsigned length);

/* Classic: the file header, a record at SECOND. `first` and `second` are the two lengths as they stand there. */
void made_classic_header(struct text *t, bool big, uint32_t magic, unsigned major, unsigned minor, uint32_t linktype);
void made_classic_frame(struct text *t, bool big, uint32_t fraction, uint32_t first, uint32_t second, unsigned length);

/* pcapng: any block around its content, and the common ones; a frame's length on the wire is 100 more than captured. */
void made_block(struct text *t, bool big, uint32_t type, const struct text *content);
void made_section(struct text *t, bool big);
void made_interface(struct text *t, bool big, unsigned linktype, uint32_t snaplen, unsigned resolution, int64_t epoch);
void made_enhanced(struct text *t, bool big, uint32_t index, uint64_t ticks, unsigned length);
void made_statistics(struct text *t, bool big, uint32_t index, uint64_t dropped);

/* 300 frames, each 20 bytes longer than the one before, the last larger than what a source reads at once. */
struct text many_frames(bool next_generation);

struct text made_gzipped(const struct text *plain);

struct reading {
    struct error error;       /* of opening, or what ended it early */
    struct frame frames[FRAMES_MOST]; /* their bytes are gone */
    unsigned count;
    struct source_counts counts;
    bool opened;
};

enum { MADE_PATH = 64 };

/* Writes it to a new file, whose path is the answer. */
void made_save(const struct text *t, char path[MADE_PATH]);

/* Fails where a frame has another's bytes. */
void bodies_are_right(const struct frame *frames, unsigned count);

struct reading read_path(const char *file, const char *filter, uint64_t limit);

/* Reads it as a file, and frees it. */
struct reading read_text(struct text *t);

/* Fails unless the reading ended so. */
void says(const struct reading *r, enum exit_status status, const char *words);

/* The other tests of the suite. */
void add_source_use(TCase *tests);

#endif

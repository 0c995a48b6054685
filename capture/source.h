/* source.h - the door of capture/: where frames come from.
 *
 * A source is a file (classic pcap or pcapng, either byte order, microseconds or nanoseconds, gzipped or not), a pipe
 * ("-" is standard input), or a live interface. It counts frames, applies the filter, and gives batches of at most
 * FRAME_BATCH, never waiting to fill one. It decodes nothing.
 */
#ifndef SYNFIN_CAPTURE_SOURCE_H
#define SYNFIN_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"

struct source;

struct source_options {
    const char *file;         /* path, or "-"; exactly one of file and interface is set */
    const void *bytes;        /* not NULL: the capture that `file` is the name of, bundled with the program */
    size_t length;            /* of these bytes */
    const char *interface;
    const char *name;         /* for headings and messages instead of the file's or interface's; NULL */
    int netns;                /* live: descriptor of the network namespace that the interface is in; 0: our own */
    const char *filter;       /* BPF expression, or NULL; names are never looked up */
    uint64_t limit;           /* stop after so many frames that pass the filter; 0: no limit */
    const char *write_to;     /* live: write what is captured to this pcap file; NULL: no */
    unsigned buffer_mib;      /* live: kernel buffer, 0: 32 */
    bool keep_privileges;     /* the caller opens more and then calls privileges_drop() itself */
    bool never_wait;          /* the caller polls source_descriptor() itself */
};

enum source_state {
    SOURCE_MORE,              /* frames were given, or may come later */
    SOURCE_IDLE,              /* live or pipe: nothing waits now (after at most 10 ms of waiting) */
    SOURCE_END,               /* no frames, and no more; see source_problem() for whether the input was cut short */
};

/* Opens; gives up capabilities as soon as the handle is open (capture/privileges.h). NULL on failure, `error` says why
 * (and which status). A regular file's header is read here, a pipe's when it comes. The options' strings are borrowed
 * until the source is closed. */
struct source *source_open(const struct source_options *options, struct error *error);
void source_close(struct source *source);

/* The next frames: fills batch, sets *count (0 to FRAME_BATCH). The bytes of the batch before are gone. */
enum source_state source_next(struct source *source, struct frame batch[FRAME_BATCH], unsigned *count);

/* Makes the next source_next() give SOURCE_END; live, once it has given what came until then, which takes a few
 * milliseconds. Async-signal-safe. */
void source_stop(struct source *source);

/* After SOURCE_END: NULL when all went well, else what ended the input early (status EXIT_CUT_SHORT, EXIT_UNREADABLE,
 * EXIT_OUTPUT for write_to, ...). The frames before it were all given. */
const struct error *source_problem(const struct source *source);

struct source_counts {
    uint64_t frames;          /* in the file or seen on the interface so far, filtered out or not */
    uint64_t given;           /* passed the filter */
    uint64_t dropped;         /* live: by the kernel for want of buffer; pcapng: as its statistics blocks say */
    bool dropped_known;
};
struct source_counts source_counts(const struct source *source);

/* What to poll for reading before source_next() has more to give; -1: a regular file, which always has. */
int source_descriptor(const struct source *source);

/* Where it comes from, for headings: "trace.pcap", "standard input", "eth0", "handshake (bundled)". Never a
 * terminal control character. */
const char *source_name(const struct source *source);
bool source_is_live(const struct source *source);

/* Prints the interfaces that could be captured on, one a line with what is known of each. For -D. */
enum exit_status source_list_interfaces(struct error *error);

#endif

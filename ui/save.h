/* save.h - frames of the trace written to a pcap file, in slices: all of them, or those of one row; then their calls
 * beside it, where some are known.
 */
#ifndef SYNFIN_UI_SAVE_H
#define SYNFIN_UI_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ui/trace.h"

struct saved;

struct save {
    struct saved *file;               /* owned; NULL: none is being written */
    uint32_t id;                      /* 0: all frames */
    uint32_t *frames;                 /* owned: of the row */
    size_t count, at;
    uint32_t next;                    /* all: the next frame */
    uint32_t last;
    uint64_t written, calls;
    char *path;                       /* owned */
    struct tuple key;                 /* of the row */
};

/* Begins to write all frames known now (id 0), or those of row `id`. Nothing is there under `path` before all of it
 * is. False: `error` says why. */
bool save_begin(struct save *save, struct trace *trace, uint32_t id, const char *path, struct error *error);

/* Goes on for about `budget`. True: there is more to write. error->text is empty where all went well. */
bool save_work(struct save *save, struct trace *trace, nanoseconds budget, struct error *error);

void save_drop(struct save *save);

#endif

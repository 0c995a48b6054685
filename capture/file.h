/* file.h - frames of a file or pipe: the two record readers over one stream.
 *
 * Frames are counted here, their offsets are sums of record lengths, and what ends a file early is told here, with the
 * frame and the offset. Nothing waits: file_frames() gives what lies whole in the window, file_more() reads on once.
 */
#ifndef SYNFIN_CAPTURE_FILE_H
#define SYNFIN_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/classic.h"
#include "capture/pcapng.h"
#include "capture/source.h"
#include "capture/stream.h"

enum file_format {
    FORMAT_UNKNOWN,           /* too few bytes have come */
    FORMAT_CLASSIC,
    FORMAT_PCAPNG,
};

struct file {
    struct stream stream;
    struct classic classic;
    struct pcapng pcapng;
    const char *name;         /* for messages; borrowed */
    size_t need;              /* bytes the window must have to go on */
    uint32_t numbers;         /* frame numbers used so far */
    enum file_format format;
    bool begun;               /* its header was read */
    struct error problem;     /* text empty: none */
};

/* Opens the file that the options name, and reads its header when that needs no waiting; a pipe's header is read by
 * file_frames(). `name` is borrowed. */
bool file_open(struct file *file, const struct source_options *options, const char *name, struct error *error);
void file_close(struct file *file);

/* At most `room` frames that lie whole in the window; they stay valid until file_more(). */
unsigned file_frames(struct file *file, struct frame *frames, unsigned room);

/* After file_frames() gave none: reads on. SOURCE_END: file->problem says whether it ended early. */
enum source_state file_more(struct file *file);

/* The file behind a source, for the frame store; NULL: it is live. */
const struct file *source_file(const struct source *source);

#endif

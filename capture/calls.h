/* calls.h - the true calls beside a capture: NAME.calls.jsonl beside NAME, one JSON object a line (SCHEMA's `call`).
 *
 * Read as a whole, bounded, sorted by time. Lines of another type are skipped; the first line that is wrong ends the
 * reading, as the end of a capture cut short does: what came before is kept and `problem` names the line. A socket() or
 * close() recorded without its ends is given those of the other calls on the same descriptor.
 */
#ifndef SYNFIN_CAPTURE_CALLS_H
#define SYNFIN_CAPTURE_CALLS_H

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/call.h"

enum {
    CALLS_FILE_MOST = 64 << 20,   /* bytes */
    CALLS_LINE_MOST = 4096,       /* bytes of one line */
    CALLS_MOST = 1 << 18,         /* calls */
    CALLS_TEXT_MOST = 200,        /* bytes of one text, made harmless */
};

struct calls {
    const struct call_moment *moments;   /* of all calls, in the order of time; owned, as all they point to */
    size_t count;
    size_t calls;
    struct error problem;         /* EXIT_CUT_SHORT where a line was wrong; text empty: none */
};

/* Where they are: a file, or bytes in memory where that is not NULL (a bundled trace has its own). */
struct calls_source {
    const char *file;
    const uint8_t *bytes;
    size_t length;
};

/* NULL: it cannot be read at all, and `error` says why. */
struct calls *calls_read(const struct calls_source *source, struct error *error);
void calls_free(struct calls *calls);

/* Writes the name of the calls file that a capture of this name has beside it, ended with a zero. False: it does not
 * fit, or there is none. */
bool calls_beside(char *out, size_t room, const char *capture);

/* Appends one call as a line of such a file. */
void calls_write(struct text *t, const struct true_call *call);

#endif

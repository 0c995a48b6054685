/* calls.h - the true calls of programs: as they are recorded, and beside a capture, NAME.calls.jsonl beside NAME, one
 * JSON object a line (SCHEMA's `call`).
 *
 * Bounded, in the order of time. A file is read as a whole: lines of another type are skipped; the first line that is
 * wrong ends the reading, as the end of a capture cut short does: what came before is kept and `problem` names the
 * line. A list of calls as they are recorded grows while it is read. A socket() or close() recorded without its ends is
 * given those of the other calls on the same descriptor.
 */
#ifndef SYNFIN_CAPTURE_CALLS_H
#define SYNFIN_CAPTURE_CALLS_H

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/call.h"

enum {
    CALLS_FILE_MOST = 256 << 20,  /* bytes */
    CALLS_LINE_MOST = 4096,       /* bytes of one line */
    CALLS_MOST = 1 << 18,         /* calls */
    CALLS_TEXT_MOST = 200,        /* bytes of one text, made harmless */
};

struct calls {
    const struct call_moment *moments;   /* of all calls, in the order of time; owned, as all they point to */
    size_t count;
    size_t calls;
    size_t left_out;              /* calls beyond CALLS_MOST, or beyond memory */
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

/* --- a list that grows --- */

/* Calls in it stay where they are as long as it lives, so a decoder may borrow them; `moments` and `count` are new
 * after each change. Each of the functions below gives the first place in `moments` from which on they are other ones
 * than before: where that is less than a decoder was told of, the decoder must be built anew. `count` as it was:
 * some were added behind. `count` as it is: nothing changed. NULL: no memory. */
struct calls *calls_new(void);

/* A call is made (struct true_call as of then; its texts are copied). Its number is the recorder's, one recorder for
 * each enum caller; in the list it gets another one. */
size_t calls_made(struct calls *calls, const struct true_call *call);

/* The same call, by who and number, has returned: `end`, result and error are taken over, ends as far as known, and
 * arguments where it gives any. One that is not in the list is passed over. */
size_t calls_returned(struct calls *calls, const struct true_call *call);

/* It goes on, and its ends are known now. */
size_t calls_known(struct calls *calls, const struct true_call *call);

/* Gives calls without ends those of the others on their descriptor. Takes as long as the list is. */
size_t calls_settle(struct calls *calls);

/* --- files --- */

/* Writes the whole list as a calls file beside a capture of this name: whole or not at all, in the place of one that is
 * there. */
bool calls_save(const struct calls *calls, const char *capture, struct error *error);

/* Writes the name of the calls file that a capture of this name has beside it, ended with a zero. False: it does not
 * fit, or there is none. */
bool calls_beside(char *out, size_t room, const char *capture);

/* Appends one call as a line of such a file. */
void calls_write(struct text *t, const struct true_call *call);

#endif

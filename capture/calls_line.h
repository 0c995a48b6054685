/* calls_line.h - one line of a calls file to a value, for calls.c.
 */
#ifndef SYNFIN_CAPTURE_CALLS_LINE_H
#define SYNFIN_CAPTURE_CALLS_LINE_H

#include <stddef.h>

#include "base/text.h"
#include "capture/call.h"

enum line_kind { LINE_CALL, LINE_OTHER, LINE_WRONG };

enum { LINE_WHY_ROOM = 160, LINE_TEXTS = 4 };

/* The texts of a call, as they were read: harmless, at most CALLS_TEXT_MOST bytes each, "" where there is none. */
struct line_texts {
    struct text args, result, error, program;
};

/* LINE_WRONG: `why` says what (harmless). The texts of `call` are not set but kept in `texts`, which the caller
 * frees. */
enum line_kind calls_line(const char *line, size_t length, struct true_call *call, struct line_texts *texts,
                          char why[LINE_WHY_ROOM]);

#endif

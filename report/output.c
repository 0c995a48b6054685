#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "base/whole.h"

void output_open(struct report_output *out, int fd)
{
    *out = (struct report_output){ .fd = fd };
}

bool output_flush(struct report_output *out)
{
    if (out->text.failed && !out->failed)
        out->failed = ENOMEM;
    if (!out->failed && !whole_bytes(out->fd, out->text.bytes, out->text.used))
        out->failed = errno;
    out->text.used = 0;
    return !out->failed;
}

enum exit_status output_close(struct report_output *out, struct error *error)
{
    bool well = output_flush(out);
    text_free(&out->text);
    if (well)
        return EXIT_DONE;
    if (out->failed == EPIPE)
        error_set(error, EXIT_OUTPUT, "The output was cut off: its reader has gone (Broken pipe).");
    else
        error_set(error, EXIT_OUTPUT, "The output could not be written: %s.", strerror(out->failed));
    return EXIT_OUTPUT;
}

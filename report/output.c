#include "report/report.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void output_open(struct report_output *out, int fd)
{
    *out = (struct report_output){ .fd = fd };
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(fd, bytes, length);
        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = { .fd = fd, .events = POLLOUT };
            if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool output_flush(struct report_output *out)
{
    if (out->text.failed && !out->failed)
        out->failed = ENOMEM;
    if (!out->failed && !write_all(out->fd, out->text.bytes, out->text.used))
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

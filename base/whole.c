#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool whole_bytes(int out, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(out, bytes, length);
        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = { .fd = out, .events = POLLOUT };
            if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* A name beside the file that nobody else takes for a result. */
static bool part_name(char part[PATH_MAX], const char *file)
{
    const char *slash = strrchr(file, '/');
    int folder = slash ? (int)(slash + 1 - file) : 0;
    return snprintf(part, PATH_MAX, "%.*s.%s.%d.part", folder, file, file + folder, (int)getpid()) < PATH_MAX;
}

static bool write_beside(const char *part, const struct text *t)
{
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (out < 0)
        return false;
    bool well = whole_bytes(out, t->bytes, t->used) && fsync(out) == 0;
    return close(out) == 0 && well;
}

/* Opening a pipe that nobody reads would wait; writing to one that is read may. */
static bool write_into(const char *file, const struct text *t)
{
    int out = open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool well = out >= 0 && fcntl(out, F_SETFL, 0) == 0 && whole_bytes(out, t->bytes, t->used);
    if (out >= 0)
        close(out);
    return well;
}

bool whole_write(const char *file, const struct text *t, struct error *error)
{
    char part[PATH_MAX];
    struct stat status;
    bool well;
    errno = ENOMEM;
    if (t->failed) {
        well = false;
    } else if (stat(file, &status) == 0 && !S_ISREG(status.st_mode)) {
        well = write_into(file, t);
    } else if (!part_name(part, file)) {
        errno = ENAMETOOLONG;
        well = false;
    } else {
        well = write_beside(part, t) && rename(part, file) == 0;
        if (!well) {
            int why = errno;
            unlink(part);
            errno = why;
        }
    }
    if (!well)
        error_set(error, EXIT_OUTPUT, "%.300s could not be written: %s.", file, strerror(errno));
    return well;
}

FILE *whole_open(const char *file)
{
    struct stat status;
    int in = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool regular = in >= 0 && fstat(in, &status) == 0 && S_ISREG(status.st_mode);
    FILE *opened = regular ? fdopen(in, "rb") : NULL;
    if (in >= 0 && !regular)
        errno = EINVAL;
    if (in >= 0 && !opened) {
        int why = errno;
        close(in);
        errno = why;
    }
    return opened;
}

char *whole_read(const char *file, size_t most, size_t *length, struct error *error)
{
    FILE *in = whole_open(file);
    error->text[0] = 0;
    if (!in) {
        if (errno != ENOENT)
            error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", file, strerror(errno));
        return NULL;
    }
    char *bytes = malloc(most + 1);
    *length = bytes ? fread(bytes, 1, most, in) : 0;
    if (!bytes || ferror(in) || getc(in) != EOF) {
        error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", file,
                  !bytes || ferror(in) ? strerror(errno) : "it is too large");
        free(bytes);
        bytes = NULL;
    } else {
        bytes[*length] = 0;
    }
    fclose(in);
    return bytes;
}

bool whole_copy(const char *from, const char *to, size_t most, struct error *error)
{
    size_t length = 0;
    struct text t = {0};
    char *bytes = whole_read(from, most, &length, error);
    if (!bytes && !error->text[0])
        error_set(error, EXIT_UNREADABLE, "%.300s is not there.", from);
    if (!bytes)
        return false;
    text_bytes(&t, bytes, length);
    free(bytes);
    bool well = whole_write(to, &t, error);
    text_free(&t);
    return well;
}

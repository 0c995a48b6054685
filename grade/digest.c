#include "grade/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

enum { PIECE = 64 * 1024 };

static void finish(char digest[DIGEST_TEXT], struct sha256_ctx *hash)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(hash, sizeof bytes, bytes);
    for (unsigned i = 0; i < sizeof bytes; i++) {
        digest[2 * i] = digits[bytes[i] >> 4];
        digest[2 * i + 1] = digits[bytes[i] & 15];
    }
    digest[2 * sizeof bytes] = 0;
}

void digest_bytes(char digest[DIGEST_TEXT], const void *bytes, size_t length)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, length, bytes);
    finish(digest, &hash);
}

/* All that can be read of it. False: errno. */
static bool read_all(struct sha256_ctx *hash, int in)
{
    uint8_t piece[PIECE];
    for (;;) {
        ssize_t length = read(in, piece, sizeof piece);
        if (length == 0)
            return true;
        if (length > 0)
            sha256_update(hash, (size_t)length, piece);
        else if (errno != EINTR)
            return false;
    }
}

bool digest_file(char digest[DIGEST_TEXT], const char *file, struct error *error)
{
    struct stat status;
    struct sha256_ctx hash;
    digest[0] = 0;
    int in = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (in < 0 || fstat(in, &status) < 0) {
        error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", file, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        error_set(error, EXIT_UNREADABLE, "%.300s is no file.", file);
    } else {
        sha256_init(&hash);
        if (read_all(&hash, in))
            finish(digest, &hash);
        else
            error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", file, strerror(errno));
    }
    if (in >= 0)
        close(in);
    return digest[0] != 0;
}

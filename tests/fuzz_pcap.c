/* fuzz_pcap.c - any bytes as a capture file: read to the end, then every frame once more from the store. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "capture/store.h"

enum { KEPT = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So that the sanitizer sees each byte that a frame claims to have. */
static void touch(const struct frame *frame)
{
    volatile uint8_t byte = 0;
    for (uint32_t i = 0; i < frame->caplen; i++)
        byte = frame->bytes[i];
    (void)byte;
}

static void read_all(struct source *source)
{
    uint64_t offsets[KEPT];
    unsigned kept = 0;
    struct frame batch[FRAME_BATCH];
    unsigned count;
    while (source_next(source, batch, &count) != SOURCE_END)
        for (unsigned i = 0; i < count; i++) {
            touch(&batch[i]);
            if (kept < KEPT)
                offsets[kept++] = batch[i].offset;
        }
    struct error error;
    struct frame frame;
    struct store *store = store_open(source, &error);
    for (unsigned i = 0; store && i < kept; i++) {
        if (!store_read(store, offsets[i], &frame, &error))
            abort();
        touch(&frame);
    }
    store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size) {
        struct error error = {0};
        struct source *source = source_open(&(struct source_options){ .file = name, .keep_privileges = true }, &error);
        if (source)
            read_all(source);
        else if (!error.text[0])
            abort();
        source_close(source);
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

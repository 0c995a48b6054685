/* fuzz_pcapng.c - any bytes as the blocks behind a section header and an interface, in both byte orders, which
 * fuzz_pcap.c rarely gets to. Each block is read, and a frame is read once more as the store does. */
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t little[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
    255, 255, 255, 255, 255, 255, 255, 255, 28, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 20, 0, 0, 0,
};
static const uint8_t big[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
    255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 1, 0, 0, 0, 20, 0, 1, 0, 0, 0, 0, 0, 64, 0, 0, 0, 20,
};

static void frame_is_sound(const struct pcapng *p, const uint8_t *bytes, size_t length, uint64_t offset,
                           const struct frame *frame)
{
    struct frame again;
    struct record record;
    if (frame->bytes < bytes || frame->bytes + frame->caplen > bytes + length)
        abort();
    if (pcapng_again(p, bytes, length, offset, &again, &record) != RECORD_FRAME || again.bytes != frame->bytes
        || again.caplen != frame->caplen || again.linktype != frame->linktype)
        abort();
}

static void read_blocks(const uint8_t *start, size_t start_length, const uint8_t *data, size_t size)
{
    size_t length = start_length + size;
    uint8_t *bytes = malloc(length);
    if (!bytes)
        return;
    memcpy(bytes, start, start_length);
    if (size > 0)
        memcpy(bytes + start_length, data, size);
    struct pcapng p = {0};
    enum record_kind kind = RECORD_OTHER;
    for (size_t at = 0; at < length && kind != RECORD_SHORT && kind != RECORD_BAD;) {
        struct frame frame;
        struct record record;
        kind = pcapng_record(&p, bytes + at, length - at, at, &frame, &record);
        if (kind == RECORD_SHORT && record.size <= length - at)
            abort();
        if (kind == RECORD_FRAME)
            frame_is_sound(&p, bytes + at, length - at, at, &frame);
        at += kind == RECORD_SHORT || kind == RECORD_BAD ? 0 : record.size;
    }
    pcapng_free(&p);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_blocks(little, sizeof little, data, size);
    read_blocks(big, sizeof big, data, size);
    return 0;
}

/* fuzz_decoder.c - any bytes as frames of any link type, through decoder, events, story and report.
 *
 * Input: link type (2 bytes, little-endian), options (1 byte: 1 verify checksums, 2 a table of 16 rows), then frames:
 * captured length (2 bytes, little-endian; bit 15: more was on the wire), step of time (1 byte: milliseconds below 128,
 * then seconds less 128, 255 one second back), bytes. make_seeds writes such files from captures.
 */
#include "base/cursor.h"
#include "tests/everything.h"

enum { CUT_OFF = 0x8000, MORE_ON_THE_WIRE = 1000 };
enum { VERIFY_CHECKSUMS = 1, FEW_ROWS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static nanoseconds step(uint8_t how)
{
    if (how == 255)
        return -NS_PER_S;
    return how < 128 ? how * NS_PER_MS : (how - 128) * NS_PER_S;
}

/* False: no frame is left. */
static bool next_frame(struct cursor *c, struct frame *frame)
{
    const uint8_t *head = cursor_take(c, 3);
    if (!head)
        return false;
    uint32_t length = bytes_le16(head) & (CUT_OFF - 1u);
    frame->caplen = length < cursor_left(c) ? length : (uint32_t)cursor_left(c);
    frame->len = frame->caplen + (bytes_le16(head) & CUT_OFF ? MORE_ON_THE_WIRE : 0);
    frame->time += step(head[2]);
    frame->number++;
    frame->bytes = cursor_take(c, frame->caplen);
    return true;
}

static void feed_all(struct decoder *decoder, struct cursor *c, uint16_t linktype)
{
    struct frame batch[FRAME_BATCH];
    struct frame frame = { .time = NS_PER_S, .linktype = linktype };
    unsigned count = 0;
    while (next_frame(c, &frame)) {
        batch[count++] = frame;
        if (count > frame.number % FRAME_BATCH) {     /* batches of many sizes */
            decoder_feed(decoder, batch, count);
            count = 0;
        }
    }
    decoder_feed(decoder, batch, count);
    decoder_time(decoder, frame.time + 300 * NS_PER_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_on(data, size);
    const uint8_t *head = cursor_take(&c, 3);
    if (!head)
        return 0;
    struct decoder_options options = { .max_connections = head[2] & FEW_ROWS ? 16 : 1024, .secret = 1,
                                       .verify_checksums = (head[2] & VERIFY_CHECKSUMS) != 0 };
    struct everything all;
    everything_open(&all, &options, (enum report_format)(size % REPORT_FORMATS));
    feed_all(all.decoder, &c, bytes_le16(head));
    everything_close(&all, &(struct report_source){ .name = "fuzz", .complete = true });
    return 0;
}

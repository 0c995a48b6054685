#include "capture/classic.h"

#include "capture/linktype.h"

#define MAGIC_MICRO     UINT32_C(0xa1b2c3d4)
#define MAGIC_NANO      UINT32_C(0xa1b23c4d)
#define MAGIC_KUZNETZOV UINT32_C(0xa1b2cd34)

static bool is_magic(uint32_t m)
{
    return m == MAGIC_MICRO || m == MAGIC_NANO || m == MAGIC_KUZNETZOV;
}

bool classic_magic(const uint8_t magic[4])
{
    return is_magic(bytes_be32(magic)) || is_magic(bytes_le32(magic));
}

/* Which of the two lengths stands first changed with the minor versions; the history is told in libpcap's sf-pcap.c. */
static enum classic_lengths lengths_of(unsigned major, unsigned minor)
{
    if (major == 543 || minor < 3)
        return LENGTHS_WIRE_FIRST;
    return minor == 3 ? LENGTHS_EITHER : LENGTHS_CAPTURED_FIRST;
}

enum record_kind classic_begin(struct classic *c, const uint8_t *bytes, size_t length, struct record *record)
{
    if (length < CLASSIC_HEADER)
        return record_short(record, CLASSIC_HEADER);
    bool big = is_magic(bytes_be32(bytes));
    uint32_t magic = record_u32(big, bytes);
    unsigned major = record_u16(big, bytes + 4);
    unsigned minor = record_u16(big, bytes + 6);
    if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0))
        return record_bad(record, "its header says pcap version %u.%u; only 2.0 to 2.4 are known", major, minor);
    /* The upper half of the link type tells the length of the frame check sequence, which stays part of the frame. */
    uint16_t linktype = linktype_normal((uint16_t)record_u32(big, bytes + 20));
    *c = (struct classic){
        .unit = magic == MAGIC_NANO ? 1 : 1000,
        .record_header = magic == MAGIC_KUZNETZOV ? 24 : 16,
        .largest = linktype_largest_frame(linktype),
        .linktype = linktype,
        .big = big,
        .lengths = lengths_of(major, minor),
    };
    record->size = CLASSIC_HEADER;
    return RECORD_OTHER;
}

enum record_kind classic_record(const struct classic *c, const uint8_t *bytes, size_t length, struct frame *frame,
                                struct record *record)
{
    struct cursor at = cursor_on(bytes, length);
    const uint8_t *header = cursor_take(&at, c->record_header);
    if (!header)
        return record_short(record, c->record_header);
    uint32_t caplen = record_u32(c->big, header + 8);
    uint32_t len = record_u32(c->big, header + 12);
    if (c->lengths == LENGTHS_WIRE_FIRST || (c->lengths == LENGTHS_EITHER && caplen > len)) {
        uint32_t wire = caplen;
        caplen = len;
        len = wire;
    }
    if (caplen > c->largest)
        return record_bad(record, "it claims %u captured bytes, more than the %u that are possible", caplen,
                          c->largest);
    const uint8_t *captured = cursor_take(&at, caplen);
    if (!captured)
        return record_short(record, c->record_header + (size_t)caplen);
    frame->bytes = captured;
    frame->time = record_u32(c->big, header) * NS_PER_S + record_u32(c->big, header + 4) * c->unit;
    frame->caplen = caplen;
    frame->len = len;
    frame->linktype = c->linktype;
    frame->interface = 0;
    record->size = c->record_header + (size_t)caplen;
    return RECORD_FRAME;
}

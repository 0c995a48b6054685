#include "capture/pcapng.h"

#include <stdlib.h>

#include "capture/linktype.h"
#include "capture/stream.h"

#define BLOCK_SECTION    UINT32_C(0x0a0d0d0a)
#define BLOCK_INTERFACE  UINT32_C(1)
#define BLOCK_PACKET     UINT32_C(2)
#define BLOCK_SIMPLE     UINT32_C(3)
#define BLOCK_STATISTICS UINT32_C(5)
#define BLOCK_ENHANCED   UINT32_C(6)
#define BLOCK_JOURNAL    UINT32_C(9)
#define BLOCK_CUSTOM     UINT32_C(0xbad)
#define BLOCK_CUSTOM_KEPT UINT32_C(0x40000bad)
#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)

enum {
    BLOCK_HEADER = 8,         /* type, total length */
    BLOCK_AROUND = 12,        /* and the total length once more at the end */
    OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14, OPTION_IFDROP = 5, OPTION_OSDROP = 7,
};

struct block {
    uint32_t type;
    bool big;
    uint64_t offset;
    struct cursor body;
};

bool pcapng_magic(const uint8_t magic[4])
{
    return bytes_be32(magic) == BLOCK_SECTION;
}

void pcapng_free(struct pcapng *p)
{
    free(p->sections);
    free(p->interfaces);
    *p = (struct pcapng){0};
}

void pcapng_set_resolution(struct pcapng_interface *interface, uint8_t resolution)
{
    unsigned exponent = resolution & 0x7f;
    if (resolution & 0x80) {
        interface->tick = TICK_BINARY;
        interface->factor = exponent;
        return;
    }
    interface->tick = exponent > 9 ? TICK_DIVIDED : TICK_MULTIPLIED;
    interface->factor = 1;
    unsigned steps = exponent > 9 ? exponent - 9 : 9 - exponent;
    for (unsigned i = 0; i < steps; i++)
        if (__builtin_mul_overflow(interface->factor, UINT64_C(10), &interface->factor)) {
            interface->factor = UINT64_MAX;
            break;
        }
}

/* 2^-exponent seconds each: 34 bits of the fraction are kept, finer than a nanosecond, so that the product fits. */
static uint64_t binary_ticks(uint64_t ticks, unsigned exponent)
{
    uint64_t seconds = exponent < 64 ? ticks >> exponent : 0;
    uint64_t fraction = exponent < 64 ? ticks - (seconds << exponent) : ticks;
    if (exponent > 34) {
        fraction = exponent - 34 < 64 ? fraction >> (exponent - 34) : 0;
        exponent = 34;
    }
    uint64_t since;
    if (__builtin_mul_overflow(seconds, (uint64_t)NS_PER_S, &since)
        || __builtin_add_overflow(since, fraction * (uint64_t)NS_PER_S >> exponent, &since))
        return UINT64_MAX;
    return since;
}

static nanoseconds unbounded_time(const struct pcapng_interface *interface, uint64_t ticks)
{
    uint64_t since;
    if (interface->tick == TICK_BINARY)
        since = binary_ticks(ticks, (unsigned)interface->factor);
    else if (interface->tick == TICK_DIVIDED)
        since = ticks / interface->factor;
    else if (__builtin_mul_overflow(ticks, interface->factor, &since))
        since = UINT64_MAX;
    int64_t began;
    nanoseconds time;
    bool late = interface->epoch_seconds > 0;
    if (__builtin_mul_overflow(interface->epoch_seconds, NS_PER_S, &began))
        return late ? INT64_MAX : INT64_MIN;
    return __builtin_add_overflow(began, since, &time) ? INT64_MAX : time;
}

/* Nobody captured before 1897 or will after 2116; kept within these years, any two times can be subtracted. */
nanoseconds pcapng_time(const struct pcapng_interface *interface, uint64_t ticks)
{
    const nanoseconds earliest = -(INT64_C(1) << 61), latest = INT64_C(1) << 62;
    nanoseconds time = unbounded_time(interface, ticks);
    return time < earliest ? earliest : time > latest ? latest : time;
}

/* The next option's code, its value in *value; -1 at the end, or where the rest makes no sense. */
static int next_option(struct cursor *at, bool big, struct cursor *value)
{
    const uint8_t *header = cursor_take(at, 4);
    if (!header)
        return -1;
    unsigned code = record_u16(big, header);
    unsigned length = record_u16(big, header + 2);
    const uint8_t *bytes = cursor_take(at, length);
    if (code == 0 || !bytes)
        return -1;
    *value = cursor_on(bytes, length);
    cursor_skip(at, -length & 3);
    return (int)code;
}

static uint64_t option_u64(const struct cursor *value, bool big)
{
    if (cursor_left(value) < 8)
        return 0;
    uint64_t first = record_u32(big, value->at);
    uint64_t second = record_u32(big, value->at + 4);
    return big ? first << 32 | second : second << 32 | first;
}

/* Room for one more in a table that doubles whenever its count is a power of two. */
static void *grown(void *table, size_t count, size_t element)
{
    if (count & (count - 1))
        return table;
    return realloc(table, (count ? count * 2 : 1) * element);
}

static enum record_kind begin_section(struct pcapng *p, struct block *block, struct record *record)
{
    const uint8_t *fixed = cursor_take(&block->body, 16);
    if (!fixed)
        return record_bad(record, "it is a section header too short to be one");
    unsigned major = record_u16(block->big, fixed + 4);
    unsigned minor = record_u16(block->big, fixed + 6);
    if (major != 1 || (minor != 0 && minor != 2))
        return record_bad(record, "it opens a section of pcapng version %u.%u; only 1.0 and 1.2 are known", major,
                          minor);
    if (p->section_count == PCAPNG_MOST)
        return record_bad(record, "it opens one section more than the %d that are read", PCAPNG_MOST);
    void *table = grown(p->sections, p->section_count, sizeof *p->sections);
    if (!table)
        return record_bad(record, "out of memory");
    p->sections = table;
    p->sections[p->section_count++] = (struct pcapng_section){
        .offset = block->offset, .first = (uint32_t)p->interface_count, .big = block->big,
    };
    return RECORD_OTHER;
}

static enum record_kind add_interface(struct pcapng *p, struct block *block, struct record *record)
{
    const uint8_t *fixed = cursor_take(&block->body, 8);
    if (!fixed)
        return record_bad(record, "it is an interface description too short to be one");
    if (p->interface_count == PCAPNG_MOST)
        return record_bad(record, "it describes one interface more than the %d that are read", PCAPNG_MOST);
    void *table = grown(p->interfaces, p->interface_count, sizeof *p->interfaces);
    if (!table)
        return record_bad(record, "out of memory");
    p->interfaces = table;
    struct pcapng_interface *interface = &p->interfaces[p->interface_count++];
    *interface = (struct pcapng_interface){
        .linktype = linktype_normal(record_u16(block->big, fixed)),
        .snaplen = record_u32(block->big, fixed + 4),
    };
    pcapng_set_resolution(interface, 6);
    struct cursor value;
    for (int code; (code = next_option(&block->body, block->big, &value)) >= 0;) {
        if (code == OPTION_TSRESOL && cursor_left(&value) >= 1)
            pcapng_set_resolution(interface, cursor_u8(&value));
        else if (code == OPTION_TSOFFSET)
            interface->epoch_seconds = (int64_t)option_u64(&value, block->big);
    }
    p->sections[p->section_count - 1].count++;
    return RECORD_OTHER;
}

static void count_drops(struct pcapng *p, struct block *block)
{
    const uint8_t *fixed = cursor_take(&block->body, 12);
    const struct pcapng_section *section = &p->sections[p->section_count - 1];
    if (!fixed || record_u32(block->big, fixed) >= section->count)
        return;
    struct pcapng_interface *interface = &p->interfaces[section->first + record_u32(block->big, fixed)];
    uint64_t dropped = 0;
    bool known = false;
    struct cursor value;
    for (int code; (code = next_option(&block->body, block->big, &value)) >= 0;)
        if (code == OPTION_IFDROP || code == OPTION_OSDROP) {
            dropped += option_u64(&value, block->big);
            known = true;
        }
    p->dropped_known |= known;
    if (dropped > interface->dropped) {
        p->dropped += dropped - interface->dropped;
        interface->dropped = dropped;
    }
}

/* A frame of one of the three kinds of packet block; `before` is the time for one that has none. */
static enum record_kind read_packet(const struct pcapng *p, const struct pcapng_section *section, struct block *block,
                                    nanoseconds before, struct frame *frame, struct record *record)
{
    bool simple = block->type == BLOCK_SIMPLE;
    const uint8_t *fixed = cursor_take(&block->body, simple ? 4 : 20);
    if (!fixed)
        return record_bad(record, "its block is too short for a packet");
    uint32_t index = 0;
    if (block->type == BLOCK_ENHANCED)
        index = record_u32(section->big, fixed);
    else if (block->type == BLOCK_PACKET)
        index = record_u16(section->big, fixed);
    if (index >= section->count)
        return record_bad(record, "it names interface %u, but its section describes %u", index, section->count);
    const struct pcapng_interface *interface = &p->interfaces[section->first + index];
    if (simple) {
        frame->len = frame->caplen = record_u32(section->big, fixed);
        if (interface->snaplen > 0 && frame->caplen > interface->snaplen)
            frame->caplen = interface->snaplen;
        frame->time = before;
    } else {
        uint64_t high = record_u32(section->big, fixed + 4);
        frame->time = pcapng_time(interface, high << 32 | record_u32(section->big, fixed + 8));
        frame->caplen = record_u32(section->big, fixed + 12);
        frame->len = record_u32(section->big, fixed + 16);
    }
    frame->bytes = cursor_take(&block->body, frame->caplen);
    if (!frame->bytes)
        return record_bad(record, "its block is too short for the %u bytes it claims to have captured", frame->caplen);
    frame->linktype = interface->linktype;
    frame->interface = (uint16_t)index;
    return RECORD_FRAME;
}

static const struct pcapng_section *section_at(const struct pcapng *p, uint64_t offset)
{
    size_t low = 0;
    size_t high = p->section_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->sections[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &p->sections[low - 1] : NULL;
}

/* The block around a body, of any type; `big` is known but for a section header, which tells it. */
static enum record_kind open_block(struct block *block, const uint8_t *bytes, size_t length, struct record *record)
{
    if (length < BLOCK_AROUND)
        return record_short(record, BLOCK_AROUND);
    if (pcapng_magic(bytes)) {
        block->big = bytes_be32(bytes + BLOCK_HEADER) == BYTE_ORDER_MAGIC;
        if (!block->big && bytes_le32(bytes + BLOCK_HEADER) != BYTE_ORDER_MAGIC)
            return record_bad(record, "a section begins, but not with pcapng's byte-order magic");
    }
    block->type = record_u32(block->big, bytes);
    uint32_t claimed = record_u32(block->big, bytes + 4);
    if (claimed < BLOCK_AROUND || claimed > STREAM_LARGEST)
        return record_bad(record, "its block claims %u bytes; a block has 12 to %d", claimed, STREAM_LARGEST);
    size_t size = (claimed + 3) & ~UINT32_C(3);   /* some writers do not count the padding */
    if (length < size)
        return record_short(record, size);
    uint32_t again = record_u32(block->big, bytes + size - 4);
    if (again != claimed)
        return record_bad(record, "its block claims %u bytes at its start and %u at its end", claimed, again);
    block->body = cursor_on(bytes + BLOCK_HEADER, size - BLOCK_AROUND);
    record->size = size;
    return RECORD_OTHER;
}

static bool holds_packet(const struct block *block)
{
    return block->type == BLOCK_ENHANCED || block->type == BLOCK_SIMPLE || block->type == BLOCK_PACKET;
}

/* Custom blocks, systemd's journal and Sysdig's events stand in Wireshark's packet list. */
static bool is_numbered(uint32_t type)
{
    static const uint32_t sysdig[] = { 0x204, 0x208, 0x216, 0x217, 0x221, 0x222 };
    for (size_t i = 0; i < sizeof sysdig / sizeof *sysdig; i++)
        if (type == sysdig[i])
            return true;
    return type == BLOCK_JOURNAL || type == BLOCK_CUSTOM || type == BLOCK_CUSTOM_KEPT;
}

enum record_kind pcapng_record(struct pcapng *p, const uint8_t *bytes, size_t length, uint64_t offset,
                               struct frame *frame, struct record *record)
{
    const struct pcapng_section *section = p->section_count ? &p->sections[p->section_count - 1] : NULL;
    struct block block = { .big = section && section->big, .offset = offset };
    enum record_kind kind = open_block(&block, bytes, length, record);
    if (kind != RECORD_OTHER)
        return kind;
    if (block.type == BLOCK_SECTION)
        return begin_section(p, &block, record);
    if (!section)
        return record_bad(record, "no section was opened before it");
    if (holds_packet(&block)) {
        kind = read_packet(p, section, &block, p->time, frame, record);
        if (kind == RECORD_FRAME)
            p->time = frame->time;
    } else if (block.type == BLOCK_INTERFACE) {
        kind = add_interface(p, &block, record);
    } else if (block.type == BLOCK_STATISTICS) {
        count_drops(p, &block);
    } else if (is_numbered(block.type)) {
        kind = RECORD_NUMBERED;
    }
    return kind;
}

enum record_kind pcapng_again(const struct pcapng *p, const uint8_t *bytes, size_t length, uint64_t offset,
                              struct frame *frame, struct record *record)
{
    const struct pcapng_section *section = section_at(p, offset);
    if (!section)
        return record_bad(record, "no section was opened before it");
    struct block block = { .big = section->big, .offset = offset };
    enum record_kind kind = open_block(&block, bytes, length, record);
    if (kind == RECORD_OTHER && holds_packet(&block))
        kind = read_packet(p, section, &block, 0, frame, record);
    return kind;
}

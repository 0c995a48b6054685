/* fuzz_parse.c - any bytes as frames: the first byte chooses the link type, then each frame has its length in two
 * bytes, one byte for what the snapshot length cut off it, and its bytes. One parser sees them all, so that fragments
 * meet. What it promises is checked on every unit. */
#include <stdlib.h>
#include <string.h>

#include "decode/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t linktypes[] = {
    1, 0, 101, 113, 276, 9, 50, 51, 105, 127, 192, 239, 258, 10, 6, 100, 104, 107, 108, 109, 117, 119, 122, 138, 163,
    204, 226, 228, 229, 7, 129, 99, 106, 189,
};

static void demand(bool held)
{
    if (!held)
        abort();
}

static uint8_t touch(const uint8_t *bytes, size_t length)
{
    uint8_t all = 0;
    for (size_t i = 0; i < length; i++)
        all ^= bytes[i];
    return all;
}

static void look_at_unit(const struct unit *unit, const struct frame *frame)
{
    demand(unit->frame == frame->number && unit->frame_len == frame->len);
    demand(unit->kind <= UNIT_ARP && unit->checksum <= CHECKSUM_UNKNOWN && unit->from <= 1);
    demand(unit->key.version == 4 || unit->key.version == 6);
    demand(unit->hash != 0 && unit->key.zero == 0);
    demand(unit->payload_captured <= unit->payload_length);
    demand((unit->payload != NULL) == (unit->payload_captured > 0));
    touch(unit->payload, unit->payload_captured);
    for (unsigned i = 0; i < unit->tunnels && i < UNIT_TUNNELS; i++)
        demand(unit->tunnel[i] < TUNNEL_KINDS);
    if (unit->kind == UNIT_TCP)
        demand(unit->sacks <= UNIT_SACKS && unit->known >= 16 && unit->known <= 20 && unit->flags <= 0x1ff);
    if (unit->kind == UNIT_ICMP_ERROR)
        demand(unit->quoted.tcp_bytes <= 20);
}

static void look_at_outcome(const struct parsed *parsed)
{
    demand(parsed->units <= FRAME_UNITS_MAX);
    demand((parsed->units > 0) == (parsed->outcome == FRAME_UNITS));
    demand(parsed->outcome != FRAME_MALFORMED || (parsed->malformed && parsed->why));
    demand(parsed->outcome != FRAME_CUT || parsed->cut);
    demand(parsed->outcome != FRAME_FRAGMENT || parsed->fragment);
    demand(!parsed->why || strlen(parsed->why) > 0);
}

/* A payload from reassembly, and what it held when it was parsed. */
struct kept {
    const uint8_t *bytes;
    size_t length;
    uint8_t sum;
};

static void parse_one(struct parser *parser, struct frame *frame, const uint8_t *bytes, struct kept *kept)
{
    uint8_t *exact = malloc(frame->caplen ? frame->caplen : 1);    /* so that a sanitizer sees a read behind the end */
    if (!exact)
        return;
    memcpy(exact, bytes, frame->caplen);
    frame->bytes = exact;
    if (kept->bytes)
        demand(touch(kept->bytes, kept->length) == kept->sum);
    kept->bytes = NULL;
    struct unit units[FRAME_UNITS_MAX];
    struct parsed parsed = parse_frame(parser, frame, units);
    look_at_outcome(&parsed);
    for (unsigned i = 0; i < parsed.units; i++) {
        look_at_unit(&units[i], frame);
        if ((units[i].notes & NOTE_REASSEMBLED) && units[i].payload)
            *kept = (struct kept){ units[i].payload, units[i].payload_captured,
                                   touch(units[i].payload, units[i].payload_captured) };
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parser *parser = parser_new(0x1234567887654321);
    if (size < 1 || !parser) {
        parser_free(parser);
        return 0;
    }
    uint16_t linktype = linktypes[data[0] % (sizeof linktypes / sizeof *linktypes)];
    struct kept kept[FRAME_BATCH + 1] = { { 0 } };
    uint32_t number = 0;
    for (size_t at = 1; at + 3 <= size;) {
        size_t length = (size_t)data[at] | (size_t)data[at + 1] << 8, cut = data[at + 2];
        at += 3;
        if (length > size - at)
            length = size - at;
        struct frame frame = { .number = ++number, .caplen = (uint32_t)length, .len = (uint32_t)(length + cut),
                               .linktype = linktype };
        parse_one(parser, &frame, data + at, &kept[number % (FRAME_BATCH + 1)]);
        at += length;
    }
    parser_free(parser);
    return 0;
}

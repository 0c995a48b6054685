/* options.c - TCP options (RFC 9293 3.1, IANA's list of kinds).
 *
 * Options before one with an impossible length stand; after it nothing is read. An option that the snapshot length
 * cut in two is unknown, not bad.
 */
#include "decode/parse.h"

enum option_kind {
    OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_WINDOW_SCALE = 3, OPTION_SACK_PERMITTED = 4, OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8, OPTION_MD5 = 19, OPTION_AO = 29, OPTION_MPTCP = 30, OPTION_FAST_OPEN = 34,
    OPTION_EXPERIMENT = 254,
};

enum { FAST_OPEN_EXPERIMENT = 0xf989, SUBTYPES_MAX = 8 };

static void read_sack(struct unit *unit, const uint8_t *blocks, size_t length)
{
    for (size_t i = 0; i + 8 <= length && unit->sacks < UNIT_SACKS; i += 8) {
        unit->sack[unit->sacks][0] = bytes_be32(blocks + i);
        unit->sack[unit->sacks][1] = bytes_be32(blocks + i + 4);
        unit->sacks++;
    }
}

/* Reads one option's `length` bytes of value; false: its kind cannot have that length. */
static bool read_option(struct unit *unit, uint8_t kind, const uint8_t *value, size_t length)
{
    switch (kind) {
    case OPTION_MSS:
        if (length != 2)
            return false;
        unit->mss = bytes_be16(value);
        unit->notes |= NOTE_MSS;
        return true;
    case OPTION_WINDOW_SCALE:
        if (length != 1)
            return false;
        unit->window_scale = value[0];
        unit->notes |= NOTE_WINDOW_SCALE;
        return true;
    case OPTION_SACK_PERMITTED:
        unit->notes |= length == 0 ? NOTE_SACK_PERMITTED : 0;
        return length == 0;
    case OPTION_SACK:
        if (length % 8 != 0)
            return false;
        read_sack(unit, value, length);
        return true;
    case OPTION_TIMESTAMPS:
        if (length != 8)
            return false;
        unit->tsval = bytes_be32(value);
        unit->tsecr = bytes_be32(value + 4);
        unit->notes |= NOTE_TIMESTAMPS;
        return true;
    case OPTION_MD5:
        unit->notes |= length == 16 ? NOTE_AUTHENTICATED : 0;
        return length == 16;
    case OPTION_AO:
        unit->notes |= length >= 2 ? NOTE_AUTHENTICATED : 0;
        return length >= 2;
    case OPTION_MPTCP:
        if (length < 1)
            return false;
        unit->notes |= NOTE_MPTCP;
        if (value[0] >> 4 < SUBTYPES_MAX)
            unit->mptcp |= (uint8_t)(1 << (value[0] >> 4));
        return true;
    case OPTION_FAST_OPEN:
        unit->notes |= NOTE_FAST_OPEN;
        return length == 0 || (length >= 4 && length <= 16);
    case OPTION_EXPERIMENT:
        if (length >= 2 && bytes_be16(value) == FAST_OPEN_EXPERIMENT)
            unit->notes |= NOTE_FAST_OPEN;
        return true;
    default:
        return true;
    }
}

static void read_each(struct unit *unit, struct cursor c, bool cut)
{
    while (cursor_left(&c) > 0) {
        uint8_t kind = cursor_u8(&c);
        if (kind == OPTION_END)
            return;
        if (kind == OPTION_NOP)
            continue;
        int size = cursor_peek(&c, 0);
        cursor_skip(&c, 1);
        const uint8_t *value = size >= 2 ? cursor_take(&c, (size_t)size - 2) : NULL;
        if (!value && cut && (size < 0 || size >= 2))
            return;
        if (!value || !read_option(unit, kind, value, (size_t)size - 2)) {
            unit->notes |= NOTE_OPTIONS_BAD;
            return;
        }
    }
}

void read_tcp_options(struct unit *unit, const uint8_t *options, size_t length, bool cut)
{
    /* What nearly every segment of a modern connection has: two NOPs and the timestamps. */
    if (length == 12 && bytes_be32(options) == 0x0101080a) {
        unit->tsval = bytes_be32(options + 4);
        unit->tsecr = bytes_be32(options + 8);
        unit->notes |= NOTE_TIMESTAMPS;
        return;
    }
    read_each(unit, cursor_on(options, length), cut);
}

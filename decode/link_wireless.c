/* link_wireless.c - IEEE 802.11 data frames, with the headers that capture drivers put before them (radiotap, AVS,
 * Prism).
 *
 * Only data that was sent in the clear is opened: management, control and protected frames, and fragments of frames,
 * hold nothing of ours. Lengths of what radiotap marks as having one are without the frame check sequence.
 */
#include "decode/parse.h"

enum frame_control {          /* the first two bytes, read little-endian */
    CONTROL_VERSION = 0x0003, CONTROL_TYPE = 0x000c, TYPE_DATA = 0x0008, SUBTYPE_NULL = 0x0040, SUBTYPE_QOS = 0x0080,
    CONTROL_TO_DS = 0x0100, CONTROL_FROM_DS = 0x0200, CONTROL_MORE_FRAGMENTS = 0x0400, CONTROL_PROTECTED = 0x4000,
    CONTROL_ORDER = 0x8000,
};

struct data_header {
    size_t length;
    bool aggregate;           /* an A-MSDU follows */
    bool later_fragment;
    const uint8_t *destination, *source, *sequence;
};

/* Reads the header of a data frame in the clear; false: not one, or cut off (which is noted). */
static bool read_data_header(struct opening *o, struct data_header *header)
{
    enum { SHORT = 24, ADDRESS = 6, QOS = 2, HIGH_THROUGHPUT = 4, QOS_AGGREGATE = 0x80 };
    if (cursor_left(&o->at) < 2) {
        fell_short(o, 2, "no room for an 802.11 header");
        return false;
    }
    const uint8_t *bytes = o->at.at;
    uint16_t control = bytes_le16(bytes);
    if ((control & (CONTROL_VERSION | CONTROL_TYPE)) != TYPE_DATA || (control & (SUBTYPE_NULL | CONTROL_PROTECTED)))
        return false;
    bool four_addresses = (control & CONTROL_TO_DS) && (control & CONTROL_FROM_DS);
    size_t qos_at = SHORT + (four_addresses ? ADDRESS : 0);
    header->length = qos_at;
    if (control & SUBTYPE_QOS)
        header->length += QOS + (size_t)(control & CONTROL_ORDER ? HIGH_THROUGHPUT : 0);
    if (!take(o, header->length, "no room for an 802.11 header"))
        return false;
    if (control & CONTROL_MORE_FRAGMENTS)
        return false;
    header->sequence = bytes + 22;
    header->later_fragment = bytes[22] & 15;
    header->aggregate = (control & SUBTYPE_QOS) && (bytes[qos_at] & QOS_AGGREGATE);
    header->destination = bytes + (control & CONTROL_TO_DS ? 16 : 4);
    header->source = bytes + (four_addresses ? 24 : control & CONTROL_FROM_DS ? 16 : 10);
    return true;
}

/* A mesh control field (802.11-2020 9.2.4.8.3) is told by the LLC header after it; 0 when there is none. */
static size_t mesh_control_length(const struct opening *o)
{
    int flags = cursor_peek(&o->at, 0);
    if (flags < 0 || flags > 2)
        return 0;
    size_t length = 6 + (size_t)flags * 6;
    return cursor_peek(&o->at, length) == 0xaa && cursor_peek(&o->at, length + 1) == 0xaa ? length : 0;
}

static bool matches(const struct opening *o, size_t offset, const uint8_t *address)
{
    return cursor_left(&o->at) >= offset + 6 && memcmp(o->at.at + offset, address, 6) == 0;
}

/* Most bodies begin with LLC. Some drivers leave a whole Ethernet frame there, or two bytes of their own before the
 * LLC header. A last fragment is not opened, unless it begins as a whole frame does: some hardware joins fragments
 * and keeps the number. */
static enum layer after_data_header(struct opening *o, const struct data_header *header)
{
    int first = cursor_peek(&o->at, 0), second = cursor_peek(&o->at, 1);
    if (first == 0xaa && second == 0xaa)
        return LAYER_LLC;
    if (header->later_fragment)
        return LAYER_DONE;
    if (matches(o, 0, header->destination) || matches(o, 6, header->source))
        return LAYER_ETHERNET;
    if ((first == 0 && second == 0) || (first == header->sequence[0] && second == header->sequence[1])) {
        bool ethernet = matches(o, 6, header->destination) && matches(o, 12, header->source);
        if (!take(o, ethernet ? 6 : 2, "no room for an LLC header"))
            return LAYER_DONE;
        return ethernet ? LAYER_ETHERNET : LAYER_LLC;
    }
    enum layer layer = second < 0 ? LAYER_DONE : layer_of_ethertype((uint16_t)(first << 8 | second));
    if (layer != LAYER_DONE && take(o, 2, "no room for an EtherType"))
        return layer;
    return LAYER_LLC;
}

/* Several MSDUs in one frame (802.11-2020 9.3.2.2.2), each opened by itself and padded to 4 bytes. */
static enum layer open_aggregate(struct opening *o)
{
    if (o->aggregates == AGGREGATES_MAX)
        return broken(o, "802.11 aggregates inside one another");
    while (wire_left(o) > 14) {
        const uint8_t *header = take(o, 14, "no room for an aggregated 802.11 frame");
        if (!header)
            return LAYER_DONE;
        uint32_t length = bytes_be16(header + 12);
        struct opening inside = *o;
        inside.aggregates++;
        wire_limit(&inside, length);
        open_layers(&inside, LAYER_LLC);
        o->steps = inside.steps;
        o->trial = inside.trial;
        uint32_t padded = length + (4 - (14 + length) % 4) % 4;
        if (padded >= wire_left(o) || !take(o, padded, "no room for an aggregated 802.11 frame"))
            return LAYER_DONE;
    }
    return LAYER_DONE;
}

static enum layer open_data(struct opening *o, bool padded)
{
    struct data_header header;
    if (!read_data_header(o, &header))
        return LAYER_DONE;
    if (padded && header.length % 4 != 0 && !take(o, 4 - header.length % 4, "no room for 802.11 padding"))
        return LAYER_DONE;
    size_t mesh = mesh_control_length(o);
    if (mesh > 0 && !take(o, mesh, "no room for a mesh control field"))
        return LAYER_DONE;
    return header.aggregate && wire_left(o) > 4 ? open_aggregate(o) : after_data_header(o, &header);
}

enum layer open_wireless(struct opening *o)
{
    return open_data(o, false);
}

/* The flags field of a radiotap header, 0 when there is none. Before it there are the words of presence bits, the
 * last of them without MORE_WORDS, and perhaps the time stamp, aligned to 8 bytes. */
static uint8_t radiotap_flags(const uint8_t *header, size_t length)
{
    enum { TSFT = 0x01, FLAGS = 0x02, MORE_WORDS = 0x80 };
    if (header[0] != 0)       /* another version */
        return 0;
    uint8_t present = header[4];
    size_t at = 8;
    for (size_t word = 4; header[word + 3] & MORE_WORDS; word += 4, at += 4)
        if (at + 4 > length)
            return 0;
    if (!(present & FLAGS))
        return 0;
    if (present & TSFT)
        at = (at + 7) / 8 * 8 + 8;
    return at < length ? header[at] : 0;
}

enum layer open_radiotap(struct opening *o)
{
    enum { FLAG_FCS = 0x10, FLAG_PADDED = 0x20 };
    if (cursor_left(&o->at) < 8)
        return fell_short(o, 8, "no room for a radiotap header");
    size_t length = bytes_le16(o->at.at + 2);
    if (length < 8)
        return broken(o, "radiotap header length below 8");
    const uint8_t *header = take(o, length, "no room for a radiotap header");
    if (!header)
        return LAYER_DONE;
    uint8_t flags = radiotap_flags(header, length);
    if ((flags & FLAG_FCS) && wire_left(o) >= 4)
        wire_limit(o, wire_left(o) - 4);
    return open_data(o, flags & FLAG_PADDED);
}

enum layer open_avs(struct opening *o)
{
    if (cursor_left(&o->at) < 8)
        return fell_short(o, 8, "no room for an AVS header");
    uint32_t length = bytes_be32(o->at.at + 4);
    if (length < 8)
        return broken(o, "AVS header length below 8");
    return take(o, length, "no room for an AVS header") ? LAYER_WIRELESS : LAYER_DONE;
}

/* Prism headers give no length; some drivers write AVS ones under the same link type. */
enum layer open_prism(struct opening *o)
{
    enum { AVS_MAGIC = 0x80211, PRISM_LENGTH = 144 };
    if (cursor_left(&o->at) < 4)
        return fell_short(o, 4, "no room for a Prism header");
    if (bytes_be32(o->at.at) >> 12 == AVS_MAGIC)
        return LAYER_AVS;
    return take(o, PRISM_LENGTH, "no room for a Prism header") ? LAYER_WIRELESS : LAYER_DONE;
}

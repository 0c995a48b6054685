/* link_old.c - LLC over FDDI, token ring and Fibre Channel (RFC 2625); IP over IEEE 1394 (RFC 2734) and ARCNET (RFC
 * 1051, RFC 1201). */
#include "decode/parse.h"

enum layer open_fddi(struct opening *o)
{
    const uint8_t *header = take(o, 13, "no room for an FDDI header");
    if (!header)
        return LAYER_DONE;
    return (header[0] & 0xf0) == 0x50 ? LAYER_LLC : LAYER_DONE;    /* asynchronous LLC frames */
}

/* The source route is there when the source address's group bit is set; Linux strips the bit on some frames, which
 * the LLC header after the route gives away. */
enum layer open_token_ring(struct opening *o)
{
    enum { HEADER = 14, LLC_FRAME = 0x40 };
    const uint8_t *header = take(o, HEADER, "no room for a token ring header");
    if (!header || (header[1] & 0xc0) != LLC_FRAME)
        return LAYER_DONE;
    int control = cursor_peek(&o->at, 0);
    size_t route = control < 0 ? 0 : (size_t)(control & 31);
    bool routed = header[8] & 0x80;
    bool stripped = !routed && route > 0 && cursor_peek(&o->at, 0) != cursor_peek(&o->at, 1) &&
                    cursor_peek(&o->at, route) == 0xaa && cursor_peek(&o->at, route + 1) == 0xaa &&
                    cursor_peek(&o->at, route + 2) == 0x03;
    if ((routed || stripped) && !take(o, route, "no room for a token ring source route"))
        return LAYER_DONE;
    return LAYER_LLC;
}

enum layer open_ip_over_fc(struct opening *o)
{
    return take(o, 16, "no room for a Fibre Channel network header") ? LAYER_LLC : LAYER_DONE;
}

enum layer open_firewire(struct opening *o)
{
    const uint8_t *header = take(o, 18, "no room for an IEEE 1394 header");
    return header ? layer_of_ethertype(bytes_be16(header + 16)) : LAYER_DONE;
}

static enum layer layer_of_arcnet(uint8_t protocol)
{
    switch (protocol) {
    case 212: case 240: return LAYER_IPV4;
    case 213: case 241: return LAYER_ARP;
    case 196: return LAYER_IPV6;
    default: return LAYER_DONE;
    }
}

/* After the addresses. RFC 1201's protocols have a split flag and a sequence number, which an exception frame has
 * twice. */
static enum layer after_arcnet(struct opening *o, bool exceptions)
{
    enum { IP_1051 = 240, ARP_1051 = 241, EXCEPTION = 0xff };
    const uint8_t *protocol = take(o, 1, "no room for an ARCNET header");
    if (!protocol)
        return LAYER_DONE;
    if (protocol[0] != IP_1051 && protocol[0] != ARP_1051) {
        if (exceptions && cursor_peek(&o->at, 0) == EXCEPTION && !take(o, 4, "no room for an ARCNET header"))
            return LAYER_DONE;
        if (!take(o, 3, "no room for an ARCNET header"))
            return LAYER_DONE;
    }
    return layer_of_arcnet(protocol[0]);
}

enum layer open_arcnet(struct opening *o)
{
    return take(o, 2, "no room for an ARCNET header") ? after_arcnet(o, true) : LAYER_DONE;
}

enum layer open_arcnet_linux(struct opening *o)
{
    return take(o, 4, "no room for an ARCNET header") ? after_arcnet(o, false) : LAYER_DONE;
}

/* IP over InfiniBand: a global route header's room, then the encapsulation header of RFC 4391 6. */
enum layer open_infiniband(struct opening *o)
{
    const uint8_t *header = take(o, 44, "no room for an IPoIB header");
    return header ? layer_of_ethertype(bytes_be16(header + 40)) : LAYER_DONE;
}

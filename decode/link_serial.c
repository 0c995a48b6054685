/* link_serial.c - serial links: PPP (RFC 1661, 1662) bare, in HDLC framing and over Ethernet (RFC 2516), Cisco HDLC,
 * Frame Relay (RFC 2427 and Cisco's encapsulation), and the Symantec firewall's own header.
 */
#include "decode/parse.h"

enum { HDLC_UNICAST = 0x0f, HDLC_MULTICAST = 0x8f };

enum layer layer_of_ppp(uint16_t protocol)
{
    switch (protocol) {
    case 0x0021: case 0x0800: return LAYER_IPV4;
    case 0x0057: case 0x86dd: return LAYER_IPV6;
    case 0x0281: case 0x0283: return LAYER_MPLS;
    case 0x00cf: return LAYER_LLC;
    case 0x003d: return LAYER_PPP_MULTILINK;
    default: return LAYER_DONE;
    }
}

/* From the protocol field on, which may be compressed to one byte (RFC 1661 6.5). */
enum layer open_ppp(struct opening *o)
{
    int first = cursor_peek(&o->at, 0);
    bool compressed = first >= 0 && (first & 1);
    const uint8_t *protocol = take(o, compressed ? 1 : 2, "no room for a PPP protocol field");
    if (!protocol)
        return LAYER_DONE;
    return layer_of_ppp(compressed ? protocol[0] : bytes_be16(protocol));
}

/* In HDLC framing, whose address and control may be compressed away; routers put Cisco HDLC on the same links. */
enum layer open_ppp_serial(struct opening *o)
{
    int first = cursor_peek(&o->at, 0);
    if (first == HDLC_UNICAST || first == HDLC_MULTICAST)
        return LAYER_CISCO_HDLC;
    if (first == 0xff && !take(o, 2, "no room for PPP framing"))
        return LAYER_DONE;
    return LAYER_PPP;
}

enum layer open_ppp_direction(struct opening *o)
{
    return take(o, 1, "no room for PPP framing") ? LAYER_PPP_SERIAL : LAYER_DONE;
}

/* Multilink with long sequence numbers (RFC 1990 3.1); only a frame that was not split is opened. */
enum layer open_ppp_multilink(struct opening *o)
{
    enum { BEGINS = 0x80, ENDS = 0x40 };
    const uint8_t *header = take(o, 4, "no room for a PPP multilink header");
    return header && (header[0] & BEGINS) && (header[0] & ENDS) ? LAYER_PPP : LAYER_DONE;
}

enum layer open_pppoe(struct opening *o)
{
    const uint8_t *header = take(o, 6, "no room for a PPPoE header");
    if (!header)
        return LAYER_DONE;
    wire_limit(o, bytes_be16(header + 4));
    return LAYER_PPP;
}

enum layer open_cisco_hdlc(struct opening *o)
{
    const uint8_t *header = take(o, 4, "no room for a Cisco HDLC header");
    return header ? layer_of_ethertype(bytes_be16(header + 2)) : LAYER_DONE;
}

enum layer layer_of_nlpid(uint8_t nlpid)
{
    switch (nlpid) {
    case 0xcc: return LAYER_IPV4;
    case 0x8e: return LAYER_IPV6;
    case 0x80: return LAYER_SNAP_UNPADDED;
    case 0xcf: return LAYER_PPP;
    default: return LAYER_DONE;
    }
}

enum layer open_frame_relay(struct opening *o)
{
    enum { LAST_OCTET = 1, UNNUMBERED = 3, ADDRESS_MAX = 4 };
    size_t length = 0;
    int octet;
    do {
        octet = cursor_peek(&o->at, length++);
    } while (octet >= 0 && !(octet & LAST_OCTET) && length < ADDRESS_MAX);
    if (!take(o, length, "no room for a Frame Relay address"))
        return LAYER_DONE;
    int control = cursor_peek(&o->at, 0), next = cursor_peek(&o->at, 1);
    if (control != UNNUMBERED && next >= 0) {
        enum layer cisco = layer_of_ethertype((uint16_t)(control << 8 | next));
        if (cisco != LAYER_DONE)
            return take(o, 2, "no room for a Frame Relay type") ? cisco : LAYER_DONE;
    }
    if (control == UNNUMBERED && next == 0 && !take(o, 1, "no room for a Frame Relay header"))    /* padding octet */
        return LAYER_DONE;
    const uint8_t *header = take(o, 2, "no room for a Frame Relay header");
    return header && control == UNNUMBERED ? layer_of_nlpid(header[1]) : LAYER_DONE;
}

/* Two layouts; the EtherType is where it is not zero. */
enum layer open_symantec(struct opening *o)
{
    if (cursor_left(&o->at) < 12)
        return fell_short(o, 12, "no room for a Symantec header");
    uint16_t second = bytes_be16(o->at.at + 6), third = bytes_be16(o->at.at + 10);
    if ((second == 0) == (third == 0))
        return LAYER_DONE;
    if (!take(o, third == 0 ? 44 : 56, "no room for a Symantec header"))
        return LAYER_DONE;
    return layer_of_ethertype(third == 0 ? second : third);
}

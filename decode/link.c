/* link.c - Ethernet and what shares its EtherTypes: VLAN tags (802.1Q, 802.1ad, 802.1ah), other tags, MPLS (RFC 3032,
 * 4385), LLC and SNAP (802.2, RFC 1042), NSH (RFC 8300); and the table of link types.
 */
#include "decode/parse.h"

enum layer layer_of_linktype(uint32_t linktype)
{
    switch (linktype) {
    case 1: return LAYER_ETHERNET;
    case 0: return LAYER_NULL;
    case 12: case 14: case 101: return LAYER_RAW;
    case 106: case 228: return LAYER_IPV4;
    case 229: return LAYER_IPV6;
    case 113: return LAYER_COOKED;
    case 276: return LAYER_COOKED2;
    case 108: return LAYER_LOOP;
    case 6: return LAYER_TOKEN_RING;
    case 7: return LAYER_ARCNET;
    case 9: case 50: return LAYER_PPP_SERIAL;
    case 10: return LAYER_FDDI;
    case 51: return LAYER_PPPOE;
    case 99: return LAYER_SYMANTEC;
    case 100: return LAYER_LLC;
    case 104: case 112: return LAYER_CISCO_HDLC;
    case 105: return LAYER_WIRELESS;
    case 107: return LAYER_FRAME_RELAY;
    case 109: return LAYER_ENC;
    case 117: return LAYER_PFLOG;
    case 119: return LAYER_PRISM;
    case 122: return LAYER_IP_OVER_FC;
    case 242: return LAYER_INFINIBAND;
    case 127: return LAYER_RADIOTAP;
    case 129: return LAYER_ARCNET_LINUX;
    case 138: return LAYER_FIREWIRE;
    case 163: return LAYER_AVS;
    case 192: return LAYER_PPI;
    case 204: return LAYER_PPP_DIRECTION;
    case 226: return LAYER_IPNET;
    case 239: return LAYER_NFLOG;
    case 258: return LAYER_PKTAP;
    default: return LAYER_DONE;
    }
}

const char *link_name(uint16_t linktype)
{
    switch (linktype) {
    case 3: return "link type AX.25";
    case 8: return "link type SLIP";
    case 123: return "link type SunATM";
    case 130: case 131: case 132: case 133: case 134: case 135: case 136: case 137:
    case 178: case 179: case 180: case 181:
        return "a link type of Juniper Networks";
    case 143: return "link type DOCSIS";
    case 144: return "link type IrDA";
    case 147: case 148: case 149: case 150: case 151: case 152: case 153: case 154:
    case 155: case 156: case 157: case 158: case 159: case 160: case 161: case 162:
        return "a link type for private use";
    case 186: case 189: case 220: case 249: return "link type USB";
    case 187: case 201: case 254: return "link type Bluetooth HCI";
    case 190: case 227: return "link type CAN";
    case 195: case 215: case 230: case 283: return "link type IEEE 802.15.4";
    case 197: return "link type ERF";
    case 224: case 225: return "link type Fibre Channel";
    case 231: return "link type D-Bus";
    case 247: return "link type InfiniBand";
    case 251: case 256: return "link type Bluetooth Low Energy";
    case 252: return "link type Wireshark upper PDU";
    case 253: return "link type netlink";
    case 271: return "link type vsock";
    default: return "a link type that is not decoded";
    }
}

enum layer layer_of_ethertype(uint16_t type)
{
    switch (type) {
    case 0x0800: return LAYER_IPV4;
    case 0x86dd: return LAYER_IPV6;
    case 0x0806: return LAYER_ARP;
    case 0x8100: case 0x9100: return LAYER_VLAN;
    case 0x88a8: return LAYER_VLAN;
    case 0x88e7: return LAYER_SERVICE_TAG;
    case 0x8847: case 0x8848: return LAYER_MPLS;
    case 0x8864: return LAYER_PPPOE;
    case 0x6558: return LAYER_ETHERNET;
    case 0x8870: return LAYER_LLC;
    case 0x894f: return LAYER_NSH;
    case 0x88e5: return LAYER_MACSEC;
    case 0x8926: case 0x892f: case 0xf1c1: return LAYER_TAG6;    /* VN-tag, HSR, 802.1CB */
    case 0x893f: case 0x8909: return LAYER_TAG8;                 /* 802.1BR, Cisco metadata */
    default: return LAYER_DONE;
    }
}

/* What an EtherType or 802.3 length field says of the bytes after it. */
static enum layer after_type(struct opening *o, uint16_t type)
{
    if (type >= 1536)
        return layer_of_ethertype(type);
    if (type > 1500 || type == 0)
        return LAYER_DONE;
    wire_limit(o, type);
    bool raw = cursor_peek(&o->at, 0) == 0xff && cursor_peek(&o->at, 1) == 0xff;    /* IPX without LLC */
    return raw ? LAYER_DONE : LAYER_LLC;
}

enum layer open_ethernet(struct opening *o)
{
    const uint8_t *header = take(o, 14, "no room for an Ethernet header");
    return header ? after_type(o, bytes_be16(header + 12)) : LAYER_DONE;
}

enum layer open_vlan(struct opening *o)
{
    const uint8_t *tag = take(o, 4, "no room for a VLAN tag");
    if (!tag)
        return LAYER_DONE;
    o->vlan = bytes_be16(tag) & 0xfff;
    if (o->vlan_outer == VLAN_NONE)
        o->vlan_outer = o->vlan;
    return after_type(o, bytes_be16(tag + 2));
}

/* The service instance tag of 802.1ah, before a customer's whole frame. */
enum layer open_service_tag(struct opening *o)
{
    return take(o, 4, "no room for a service instance tag") ? LAYER_ETHERNET : LAYER_DONE;
}

static enum layer skip_tag(struct opening *o, size_t length)
{
    const uint8_t *tag = take(o, length, "no room for a link-layer tag");
    return tag ? after_type(o, bytes_be16(tag + length - 2)) : LAYER_DONE;
}

enum layer open_tag6(struct opening *o)
{
    return skip_tag(o, 6);
}

enum layer open_tag8(struct opening *o)
{
    return skip_tag(o, 8);
}

/* The security tag of IEEE 802.1AE 9.3 where it only protects: what is encrypted stays closed. The integrity check
 * value stands behind the data, whose IP length leaves it out. */
enum layer open_macsec(struct opening *o)
{
    enum { CHANGED = 0x04, ENCRYPTED = 0x08, CHANNEL_IDENTIFIER = 0x20 };
    const uint8_t *tag = take(o, 6, "no room for a MACsec tag");
    if (!tag || (tag[0] & (CHANGED | ENCRYPTED)))
        return LAYER_DONE;
    if ((tag[0] & CHANNEL_IDENTIFIER) && !take(o, 8, "no room for a MACsec channel identifier"))
        return LAYER_DONE;
    return skip_tag(o, 2);
}

/* A pseudowire whose first four bits are 0: Ethernet after a control word, or at once, where the EtherType then says
 * so. */
static enum layer open_pseudowire(struct opening *o)
{
    int high = cursor_peek(&o->at, 12), low = cursor_peek(&o->at, 13);
    if (low >= 0 && layer_of_ethertype((uint16_t)(high << 8 | low)) != LAYER_DONE)
        return LAYER_ETHERNET;
    return take(o, 4, "no room for a pseudowire control word") ? LAYER_ETHERNET : LAYER_DONE;
}

/* An associated channel (RFC 4385 5), which may carry IP. */
static enum layer open_channel(struct opening *o)
{
    const uint8_t *header = take(o, 4, "no room for an associated channel header");
    return header ? layer_of_ppp(bytes_be16(header + 2)) : LAYER_DONE;
}

/* Nothing says what MPLS carries. The first four bits do as they do for routers (RFC 4928, RFC 4385). */
enum layer open_mpls(struct opening *o)
{
    const uint8_t *label;
    do {
        label = take(o, 4, "no room for an MPLS label");
        if (!label)
            return LAYER_DONE;
    } while (!(label[2] & 1));
    switch (cursor_peek(&o->at, 0) >> 4) {
    case 0: return open_pseudowire(o);
    case 1: return open_channel(o);
    default: return layer_of_ip_version(o);
    }
}

/* `padding`: bytes between the header and a bridged frame (RFC 2684 5.2, RFC 2427 4.2). */
static enum layer after_snap(struct opening *o, size_t padding)
{
    enum { ENCAPSULATED = 0x000000, CISCO = 0x0000f8, BRIDGED = 0x0080c2 };
    const uint8_t *header = take(o, 5, "no room for a SNAP header");
    if (!header)
        return LAYER_DONE;
    uint32_t organization = bytes_be32(header) >> 8;
    uint16_t type = bytes_be16(header + 3);
    if (organization == ENCAPSULATED || organization == CISCO)
        return layer_of_ethertype(type);
    if (organization != BRIDGED || (type != 1 && type != 7))
        return LAYER_DONE;
    if (type == 1 && wire_left(o) >= 4)
        wire_limit(o, wire_left(o) - 4);      /* with a frame check sequence */
    return take(o, padding, "no room for bridging's padding") ? LAYER_ETHERNET : LAYER_DONE;
}

enum layer open_snap(struct opening *o)
{
    return after_snap(o, 2);
}

enum layer open_snap_unpadded(struct opening *o)
{
    return after_snap(o, 0);
}

enum layer open_llc(struct opening *o)
{
    enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, SAP_OSI = 0xfe, UNNUMBERED = 0x03 };
    const uint8_t *header = take(o, 3, "no room for an LLC header");
    if (!header)
        return LAYER_DONE;
    bool unnumbered = (header[2] & 3) == 3;
    if (!unnumbered && !take(o, 1, "no room for an LLC header"))
        return LAYER_DONE;
    bool information = header[2] == UNNUMBERED || (header[2] & 1) == 0;
    if (!information)
        return LAYER_DONE;
    if (header[0] == SAP_SNAP && header[1] == SAP_SNAP)
        return LAYER_SNAP;
    if (header[0] == SAP_OSI) {
        const uint8_t *nlpid = take(o, 1, "no room for a protocol identifier");
        return nlpid ? layer_of_nlpid(nlpid[0]) : LAYER_DONE;
    }
    return header[0] == SAP_IP ? LAYER_IPV4 : LAYER_DONE;
}

enum layer layer_of_next_protocol(uint8_t next)
{
    static const enum layer layers[] = { LAYER_DONE, LAYER_IPV4, LAYER_IPV6, LAYER_ETHERNET, LAYER_NSH, LAYER_MPLS };
    return next < sizeof layers / sizeof *layers ? layers[next] : LAYER_DONE;
}

enum layer open_nsh(struct opening *o)
{
    const uint8_t *base = take(o, 4, "no room for a network service header");
    if (!base)
        return LAYER_DONE;
    size_t length = (size_t)(base[1] & 0x3f) * 4;
    if (length < 8)
        return broken(o, "network service header length below 2");
    if (!take(o, length - 4, "no room for a network service header"))
        return LAYER_DONE;
    return layer_of_next_protocol(base[3]);
}

#include "capture/linktype.h"

#include <pcap/pcap.h>
#include <stddef.h>

#include "capture/stream.h"

enum { LINKTYPE_RAW = 101 };

static const struct {
    uint16_t linktype;
    int dlt;
} differing[] = {
    { 50, DLT_PPP_SERIAL }, { 51, DLT_PPP_ETHER }, { 100, DLT_ATM_RFC1483 }, { LINKTYPE_RAW, DLT_RAW },
    { 102, DLT_SLIP_BSDOS }, { 103, DLT_PPP_BSDOS }, { 104, DLT_C_HDLC }, { 106, DLT_ATM_CLIP }, { 107, DLT_FRELAY },
    { 108, DLT_LOOP }, { 109, DLT_ENC }, { 246, DLT_PFSYNC }, { 258, DLT_PKTAP },
};

uint16_t linktype_normal(uint16_t linktype)
{
    return linktype == 12 || linktype == 14 ? LINKTYPE_RAW : linktype;
}

int linktype_to_dlt(uint16_t linktype)
{
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
        if (differing[i].linktype == linktype)
            return differing[i].dlt;
    return linktype;
}

uint16_t linktype_of_dlt(int dlt)
{
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
        if (differing[i].dlt == dlt)
            return differing[i].linktype;
    return (uint16_t)dlt;
}

uint32_t linktype_largest_frame(uint16_t linktype)
{
    switch (linktype) {
    case 189: case 220: case 249: case 266:   /* USB: Linux, Linux with padding, Windows, Darwin */
    case 231: case 279:                       /* D-Bus; Elektrobit's EBHSCR */
        return STREAM_LARGEST - 4096;         /* room for the record around it */
    default:
        return 262144;                        /* libpcap's and Wireshark's bound */
    }
}

const char *linktype_name(uint16_t linktype)
{
    const char *name = pcap_datalink_val_to_name(linktype_to_dlt(linktype));
    return name ? name : "unknown";
}

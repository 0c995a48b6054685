/* Zeek's likely server ports, and what it says of UDP flows. */
#include <string.h>

#include "decode/connection.h"
#include "decode/segment.h"
#include "decode/zeek.h"

/* Ports for which Zeek has a protocol analyzer or a tunnel, in order. */
static const uint16_t tcp_ports[] = {
    21, 22, 25, 53, 79, 80, 81, 88, 135, 139, 143, 389, 443, 445, 502, 563, 585, 587, 614, 631, 636, 989, 990, 992,
    993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669,
    8000, 8080, 8888, 20000,
};
static const uint16_t udp_ports[] = {
    53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4789, 5060, 5072, 5353, 5355, 6081,
    20000,
};

static bool holds(const uint16_t *ports, size_t count, uint16_t port)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ports[middle] < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ports[low] == port;
}

bool zeek_likely_server(uint8_t protocol, uint16_t port)
{
    return protocol == PROTOCOL_TCP ? holds(tcp_ports, sizeof tcp_ports / sizeof *tcp_ports, port)
                                    : holds(udp_ports, sizeof udp_ports / sizeof *udp_ports, port);
}

void zeek_flow_open(struct flow *f, const struct unit *u)
{
    f->zeek_flipped = !(u->notes & NOTE_MULTICAST) && zeek_likely_server(PROTOCOL_UDP, u->key.port[u->from]) &&
                      !zeek_likely_server(PROTOCOL_UDP, u->key.port[!u->from]);
}

void zeek_flow_state(const struct flow *f, char text[ZEEK_STATE_MAX])
{
    static const char states[4][4] = { "OTH", "S0", "SHR", "SF" };
    unsigned originator = f->zeek_flipped ? !f->head.client : f->head.client;
    strcpy(text, states[(f->head.units[originator] > 0) + 2 * (f->head.units[!originator] > 0)]);
}

/* The client sent first, so its letters come first. When a bad checksum came is not kept: it stands before the data. */
void zeek_flow_history(const struct flow *f, char text[ZEEK_HISTORY_MAX])
{
    if (f->zeek_flipped)
        *text++ = '^';
    for (unsigned i = 0; i < 2; i++) {
        unsigned end = i ? !f->head.client : f->head.client;
        bool originator = (i == 0) != f->zeek_flipped;
        for (unsigned n = 1; n <= f->bad_checksums[end]; n *= 10)
            *text++ = originator ? 'C' : 'c';
        if (f->head.units[end])
            *text++ = originator ? 'D' : 'd';
    }
    *text = 0;
}

/* probe.h - what could be captured on here, found by trying; nothing stays open.
 */
#ifndef SYNFIN_CAPTURE_PROBE_H
#define SYNFIN_CAPTURE_PROBE_H

#include <stdbool.h>

enum probe_result {
    PROBE_OPENS,
    PROBE_DOWN,               /* the interface is not up */
    PROBE_REFUSED,            /* no permission */
    PROBE_FAILS,              /* anything else: `why` */
};

struct probe {
    char name[32];            /* of the interface */
    enum probe_result result;
    char why[256];            /* libpcap's words; "" when it opens */
};

/* Tries each network interface, and "any"; how many were tried, at most `room`. */
unsigned probe_interfaces(struct probe *probes, unsigned room);

/* Can this one be captured on? */
bool probe_opens(const char *interface);

/* "libpcap version 1.10.3 (with TPACKET_V3)" */
const char *probe_libpcap(void);

#endif

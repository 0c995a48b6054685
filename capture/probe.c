#include "capture/probe.h"

#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

/* Without promiscuous mode, which the kernel's log would show. */
static void try_interface(struct probe *probe)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    pcap_t *handle = pcap_create(probe->name, detail);
    int result = handle ? pcap_activate(handle) : PCAP_ERROR;
    probe->result = result >= 0 ? PROBE_OPENS : PROBE_FAILS;
    if (result == PCAP_ERROR_PERM_DENIED)
        probe->result = PROBE_REFUSED;
    else if (result == PCAP_ERROR_IFACE_NOT_UP)
        probe->result = PROBE_DOWN;
    if (result < 0)
        snprintf(probe->why, sizeof probe->why, "%s", handle && *pcap_geterr(handle) ? pcap_geterr(handle)
                 : *detail ? detail : pcap_statustostr(result));
    if (handle)
        pcap_close(handle);
}

unsigned probe_interfaces(struct probe *probes, unsigned room)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    unsigned count = 0;
    if (pcap_findalldevs(&all, why) < 0)
        return 0;
    for (const pcap_if_t *i = all; i && count < room; i = i->next) {
        struct probe *probe = &probes[count];
        *probe = (struct probe){ .result = PROBE_FAILS };
        /* libpcap lists Bluetooth, USB, D-Bus and netfilter too. */
        if (strlen(i->name) >= sizeof probe->name || (!if_nametoindex(i->name) && strcmp(i->name, "any") != 0))
            continue;
        snprintf(probe->name, sizeof probe->name, "%s", i->name);
        try_interface(probe);
        count++;
    }
    pcap_freealldevs(all);
    return count;
}

bool probe_opens(const char *interface)
{
    struct probe probe = { .result = PROBE_FAILS };
    snprintf(probe.name, sizeof probe.name, "%s", interface);
    try_interface(&probe);
    return probe.result == PROBE_OPENS;
}

const char *probe_libpcap(void)
{
    return pcap_lib_version();
}

/* network.h - interfaces, addresses and settings of the network namespace that this process is in.
 *
 * By ioctl and netlink (libmnl); no program is started. Each gives false with errno set.
 */
#ifndef SYNFIN_TRAFFIC_NETWORK_H
#define SYNFIN_TRAFFIC_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* A pair of Ethernet interfaces: `name` here, `peer_name` in the network namespace that `peer` is a descriptor of. */
bool network_pair(const char *name, const char *peer_name, int peer);

/* Before it is up: its link-layer address. */
bool network_link_address(const char *name, const uint8_t address[6]);

/* Lets no segment be cut, joined or checksummed by a device that is none: each frame is what the kernel's TCP made.
 * What the device does not know is no failure. */
bool network_offloads_off(const char *name);

bool network_up(const char *name);

/* Waits until it carries frames, at most three seconds. */
bool network_wait_running(const char *name);

/* Host byte order, bits of the network. */
bool network_ipv4(const char *name, uint32_t address, unsigned bits);
bool network_ipv6(const char *name, const uint8_t address[16], unsigned bits);

/* Writes /proc/sys/net/NAME (ipv4/tcp_fin_timeout) of this network namespace. */
bool network_setting(const char *name, const char *value);

#endif

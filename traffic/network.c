#include "traffic/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 8192, WAIT_MS = 3000 };

/* --- netlink --- */

bool network_pair(const char *name, const char *peer_name, int peer)
{
    uint8_t buffer[ANSWER];
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = RTM_NEWLINK;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    struct nlattr *other = mnl_attr_nest_start(message, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, peer_name);
    mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)peer);
    mnl_attr_nest_end(message, other);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);

    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    ssize_t length = -1;
    if (!socket)
        return false;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0
        && mnl_socket_sendto(socket, message, message->nlmsg_len) >= 0)
        length = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
    bool good = length > 0 && mnl_cb_run(buffer, (size_t)length, 0, mnl_socket_get_portid(socket), NULL, NULL) >= 0;
    int why = errno;
    mnl_socket_close(socket);
    errno = why;
    return good;
}

/* --- ioctl --- */

static bool request(int family, unsigned long what, void *argument)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool good = ioctl(fd, what, argument) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

static struct ifreq on(const char *name)
{
    struct ifreq r = { 0 };
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    return r;
}

bool network_link_address(const char *name, const uint8_t address[6])
{
    struct ifreq r = on(name);
    r.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(r.ifr_hwaddr.sa_data, address, 6);
    return request(AF_INET, SIOCSIFHWADDR, &r);
}

bool network_offloads_off(const char *name)
{
    static const uint32_t offloads[] = {
        ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG,
    };
    for (unsigned i = 0; i < sizeof offloads / sizeof *offloads; i++) {
        struct ethtool_value value = { .cmd = offloads[i], .data = 0 };
        struct ifreq r = on(name);
        r.ifr_data = (void *)&value;
        if (!request(AF_INET, SIOCETHTOOL, &r) && errno != EOPNOTSUPP)
            return false;
    }
    return true;
}

bool network_up(const char *name)
{
    struct ifreq r = on(name);
    if (!request(AF_INET, SIOCGIFFLAGS, &r))
        return false;
    r.ifr_flags |= IFF_UP;
    return request(AF_INET, SIOCSIFFLAGS, &r);
}

/* The kernel looks after links up to a second late; asked for the link, it does so at once (since Linux 6.8). */
bool network_wait_running(const char *name)
{
    const struct timespec a_little = { .tv_nsec = 1000 * 1000 };
    for (unsigned ms = 0; ms < WAIT_MS; ms++) {
        struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
        struct ifreq r = on(name);
        r.ifr_data = (void *)&link;
        request(AF_INET, SIOCETHTOOL, &r);
        r = on(name);
        if (!request(AF_INET, SIOCGIFFLAGS, &r))
            return false;
        if (r.ifr_flags & IFF_RUNNING)
            return true;
        nanosleep(&a_little, NULL);
    }
    errno = ETIMEDOUT;
    return false;
}

bool network_ipv4(const char *name, uint32_t address, unsigned bits)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    struct ifreq r = on(name);
    memcpy(&r.ifr_addr, &in, sizeof in);
    if (!request(AF_INET, SIOCSIFADDR, &r))
        return false;
    in.sin_addr.s_addr = htonl(UINT32_MAX << (32 - bits));
    memcpy(&r.ifr_netmask, &in, sizeof in);
    return request(AF_INET, SIOCSIFNETMASK, &r);
}

bool network_ipv6(const char *name, const uint8_t address[16], unsigned bits)
{
    struct {                      /* struct in6_ifreq of linux/ipv6.h, which clashes with netinet/in.h */
        struct in6_addr address;
        uint32_t bits;
        int index;
    } r = { .bits = bits, .index = (int)if_nametoindex(name) };
    memcpy(&r.address, address, 16);
    return request(AF_INET6, SIOCSIFADDR, &r);
}

/* --- settings --- */

bool network_setting(const char *name, const char *value)
{
    char path[256];
    int used = snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    if (used < 0 || (size_t)used >= sizeof path || strstr(name, "..")) {
        errno = EINVAL;
        return false;
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = write(fd, value, strlen(value)) >= 0;
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

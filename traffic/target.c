#include "traffic/target.h"

#include <arpa/inet.h>
#include <stdint.h>

bool target_allowed(const char *text, struct error *error)
{
    struct in_addr address;
    bool is_address = inet_pton(AF_INET, text, &address) == 1;
    uint32_t a = is_address ? ntohl(address.s_addr) : 0;
    if (a >> 24 == 127 || a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe)
        return true;
    if (is_address)
        error_set(error, EXIT_USAGE, "%.100s is neither on this host (127.0.0.1), on its link (169.254.x.x), nor in a private "
                  "network (10.x, 172.16.x to 172.31.x, 192.168.x): nothing is sent there.", text);
    else
        error_set(error, EXIT_USAGE, "\"%.100s\" is no IPv4 address, and names are not looked up. As 192.168.1.5.", text);
    return false;
}

#include "capture/interfaces.h"

#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "capture/source.h"

void interfaces_names(char *text, size_t room)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    size_t used = 0;
    snprintf(text, room, "none");
    if (pcap_findalldevs(&all, why) < 0)
        return;
    for (const pcap_if_t *i = all; i; i = i->next) {
        size_t more = strlen(i->name) + (used ? 2 : 0);
        if (used + more >= room)
            break;
        used += (size_t)snprintf(text + used, room - used, "%s%s", used ? ", " : "", i->name);
    }
    pcap_freealldevs(all);
}

/* "up, loopback", "down, wireless" */
static void add_flags(struct text *line, bpf_u_int32 flags)
{
    text_string(line, flags & PCAP_IF_UP ? "up" : "down");
    if (flags & PCAP_IF_LOOPBACK)
        text_string(line, ", loopback");
    if (flags & PCAP_IF_WIRELESS)
        text_string(line, ", wireless");
    if ((flags & PCAP_IF_CONNECTION_STATUS) == PCAP_IF_CONNECTION_STATUS_DISCONNECTED)
        text_string(line, ", not connected");
    else if ((flags & PCAP_IF_UP) && !(flags & PCAP_IF_RUNNING))
        text_string(line, ", not running");
}

static void add_addresses(struct text *line, const pcap_addr_t *addresses)
{
    const char *before = "";
    for (const pcap_addr_t *a = addresses; a; a = a->next) {
        if (!a->addr || (a->addr->sa_family != AF_INET && a->addr->sa_family != AF_INET6))
            continue;
        text_string(line, before);
        before = ", ";
        if (a->addr->sa_family == AF_INET) {
            struct sockaddr_in v4;
            memcpy(&v4, a->addr, sizeof v4);
            text_address(line, (const uint8_t *)&v4.sin_addr, 4);
        } else {
            struct sockaddr_in6 v6;
            memcpy(&v6, a->addr, sizeof v6);
            text_address(line, (const uint8_t *)&v6.sin6_addr, 6);
        }
    }
}

static void pad_to(struct text *line, size_t column)
{
    text_string(line, "  ");
    if (line->used < column)
        text_repeat(line, " ", (unsigned)(column - line->used));
}

static void print_interface(const pcap_if_t *interface)
{
    struct text line = {0};
    text_harmless(&line, interface->name, strlen(interface->name));
    pad_to(&line, 17);
    add_flags(&line, interface->flags);
    pad_to(&line, 37);
    add_addresses(&line, interface->addresses);
    if (interface->description) {
        text_string(&line, interface->addresses ? "  (" : "(");
        text_harmless(&line, interface->description, strlen(interface->description));
        text_string(&line, ")");
    }
    while (line.used > 0 && line.bytes[line.used - 1] == ' ')
        line.used--;
    text_char(&line, '\n');
    fwrite(line.bytes, 1, line.used, stdout);
    text_free(&line);
}

static void tell_one(const pcap_if_t *interface, void (*each)(void *self, const char *name, const char *says),
                     void *self)
{
    struct text says = {0};
    add_flags(&says, interface->flags);
    text_string(&says, "  ");
    add_addresses(&says, interface->addresses);
    if (interface->description)
        text_harmless(&says, interface->description, strlen(interface->description));
    text_char(&says, '\0');
    if (!says.failed)
        each(self, interface->name, says.bytes);
    text_free(&says);
}

bool interfaces_up(void (*each)(void *self, const char *name, const char *says), void *self)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    if (pcap_findalldevs(&all, why) < 0)
        return false;
    for (const pcap_if_t *i = all; i; i = i->next)
        if (i->flags & PCAP_IF_UP)
            tell_one(i, each, self);
    pcap_freealldevs(all);
    return true;
}

enum exit_status source_list_interfaces(struct error *error)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    if (pcap_findalldevs(&all, why) < 0) {
        error_set(error, EXIT_UNREADABLE, "cannot list the interfaces: %.300s", why);
        return error->status;
    }
    for (const pcap_if_t *i = all; i; i = i->next)
        print_interface(i);
    bool none = !all;
    pcap_freealldevs(all);
    if (none) {
        error_set(error, EXIT_PERMISSION, "no interface can be captured on here; `synfin doctor` says more");
        return error->status;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        error_set(error, EXIT_OUTPUT, "standard output could not be written");
        return error->status;
    }
    return EXIT_DONE;
}

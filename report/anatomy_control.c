/* anatomy_control.c - ICMP (RFC 792) and ICMPv6 (RFC 4443), with the datagram that an error quotes. */
#include "report/anatomy_walk.h"

enum { QUOTES = 1, ECHO = 2, NEIGHBOUR = 4, MTU = 8, POINTER = 16 };

static const struct message {
    uint8_t version, type;
    uint8_t kind;                 /* what stands behind the first four bytes */
    const char *name;
} messages[] = {
    { 4, 0, ECHO, "echo reply" }, { 4, 3, QUOTES | MTU, "destination unreachable" }, { 4, 4, QUOTES, "source quench" },
    { 4, 5, QUOTES, "redirect" }, { 4, 8, ECHO, "echo request" }, { 4, 11, QUOTES, "time exceeded" },
    { 4, 12, QUOTES | POINTER, "parameter problem" }, { 6, 1, QUOTES, "destination unreachable" },
    { 6, 2, QUOTES | MTU, "packet too big" }, { 6, 3, QUOTES, "time exceeded" },
    { 6, 4, QUOTES | POINTER, "parameter problem" }, { 6, 128, ECHO, "echo request" }, { 6, 129, ECHO, "echo reply" },
    { 6, 133, 0, "router solicitation" }, { 6, 134, 0, "router advertisement" },
    { 6, 135, NEIGHBOUR, "neighbor solicitation" }, { 6, 136, NEIGHBOUR, "neighbor advertisement" },
};

const char *anatomy_icmp_code(unsigned version, unsigned type, unsigned code)
{
    static const char *const four[] = { "net unreachable", "host unreachable", "protocol unreachable",
                                        "port unreachable", "fragmentation needed", "source route failed" };
    static const char *const six[] = { "no route", "administratively prohibited", "beyond scope", "address unreachable",
                                       "port unreachable" };
    if (version == 4 && type == 3 && code < sizeof four / sizeof *four)
        return four[code];
    if (version == 4 && type == 3 && (code == 9 || code == 10 || code == 13))
        return "administratively prohibited";
    if (version == 6 && type == 1 && code < sizeof six / sizeof *six)
        return six[code];
    if (type == (version == 4 ? 11 : 3))
        return code ? "fragment reassembly" : "in transit";
    return "";
}

static void walk_quote(struct walk *w)
{
    int version = cursor_peek(&w->at, 0) >> 4;
    w->quoted = true;
    enum layer layer = version == 4 ? LAYER_IPV4 : version == 6 ? LAYER_IPV6 : LAYER_DONE;
    for (unsigned steps = 0; layer != LAYER_DONE && !w->stopped && steps < WALK_STEPS; steps++) {
        switch (layer) {
        case LAYER_IPV4: layer = walk_ipv4(w); break;
        case LAYER_IPV6: layer = walk_ipv6(w); break;
        case LAYER_IPV6_OPTIONS: layer = walk_ipv6_options(w); break;
        case LAYER_IPV6_ROUTING: layer = walk_ipv6_routing(w); break;
        case LAYER_IPV6_FRAGMENT: layer = walk_ipv6_fragment(w); break;
        case LAYER_TCP: layer = walk_tcp(w); break;
        case LAYER_UDP: layer = walk_udp(w); break;
        default: layer = LAYER_DONE;
        }
    }
    if (cursor_left(&w->at) > 0)
        walk_payload(w, "quoted bytes", "The rest of what the error quotes.");
}

static void second_word(struct walk *w, unsigned kind, unsigned code)
{
    static const struct spec echo[] = {
        { 16, FORM_NUMBER, "identifier", "Which ping this belongs to." },
        { 16, FORM_NUMBER, "sequence number", "Which of its requests: the reply carries the same." },
    };
    static const struct spec unused[] = { { 32, FORM_HEX, "unused", "Zero." } };
    static const struct spec size4[] = {
        { 16, FORM_HEX, "unused", "Zero." },
        { 16, FORM_NUMBER, "next-hop MTU",
          "The largest datagram that the next link takes: send smaller ones (RFC 1191)." },
    };
    static const struct spec size6[] = {
        { 32, FORM_NUMBER, "MTU", "The largest datagram that the next link takes: send smaller ones (RFC 8201)." },
    };
    static const struct spec pointer4[] = {
        { 8, FORM_NUMBER, "pointer", "Which byte of the quoted header was the problem." },
        { 24, FORM_HEX, "unused", "Zero." },
    };
    static const struct spec pointer6[] = {
        { 32, FORM_NUMBER, "pointer", "Which byte of the quoted datagram was the problem." },
    };
    static const struct spec neighbour[] = {
        { 32, FORM_HEX, "flags and reserved", "In an advertisement: router, solicited, override." },
        { 128, FORM_IPV6, "target address", "Whose link address is asked for, or told: what ARP does for IPv4." },
    };
    bool four = w->version == 4;
    if (kind & ECHO)
        WALK_FIELDS(w, echo);
    else if (kind & NEIGHBOUR)
        WALK_FIELDS(w, neighbour);
    else if (kind & MTU && !four)
        WALK_FIELDS(w, size6);
    else if (kind & MTU && code == 4)
        WALK_FIELDS(w, size4);
    else if (kind & POINTER && four)
        WALK_FIELDS(w, pointer4);
    else if (kind & POINTER)
        WALK_FIELDS(w, pointer6);
    else if (kind & QUOTES)
        WALK_FIELDS(w, unused);
}

static enum layer walk_message(struct walk *w, unsigned version, uint8_t protocol)
{
    static const struct spec specs[] = {
        { 8, FORM_NUMBER, "type",
          "What kind of message: an error about a datagram, or a question such as ping's echo." },
        { 8, FORM_NUMBER, "code",
          "The exact case. Port unreachable: the host is there, but no socket has that UDP port." },
        { 16, FORM_HEX, "checksum", "Over the whole message; in ICMPv6 over a pseudo-header of addresses too." },
    };
    uint32_t length = walk_left(w);
    if (!walk_layer(w, version == 4 ? "ICMP" : "ICMPv6", version == 4 ? "RFC 792" : "RFC 4443 2.1"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, specs);
    if (!header)
        return LAYER_DONE;
    field_checksum(w, walk_field(w, 2), protocol, header, length, 2);
    const struct message *message = NULL;
    for (unsigned i = 0; i < sizeof messages / sizeof *messages && !message; i++)
        if (messages[i].version == version && messages[i].type == header[0])
            message = &messages[i];
    const char *code = anatomy_icmp_code(version, header[0], header[1]);
    field_append(walk_field(w, 0), " %s", message ? message->name : "(no name here)");
    field_append(walk_field(w, 1), "%s%s", *code ? " " : "", code);
    unsigned kind = message ? message->kind : 0;
    second_word(w, kind, header[1]);
    if (w->stopped)
        return LAYER_DONE;
    if (kind & QUOTES)
        walk_quote(w);
    else
        walk_payload(w, kind & ECHO ? "data" : "rest of the message", kind & ECHO ? "Sent back as it came." : "");
    return LAYER_DONE;
}

enum layer walk_icmp(struct walk *w)
{
    return walk_message(w, 4, 0);
}

enum layer walk_icmpv6(struct walk *w)
{
    return walk_message(w, 6, PROTOCOL_ICMPV6);
}

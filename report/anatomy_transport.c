/* anatomy_transport.c - TCP segments and UDP datagrams. */
#include "report/anatomy_walk.h"
#include "report/words.h"

static const struct spec tcp[] = {
    { 16, FORM_NUMBER, "source port",
      "The sender's port. Addresses and ports of both ends, the 4-tuple, tell which "
      "connection this is." },
    { 16, FORM_NUMBER, "destination port",
      "The receiver's port: a SYN finds its listening socket by it, every other "
      "segment its socket by all four numbers." },
    { 32, FORM_NUMBER, "sequence number",
      "The number of the first byte of payload. A SYN and a FIN take one number each. "
      "Begins anywhere (the ISN) and wraps round." },
    { 32, FORM_NUMBER, "acknowledgment number",
      "With ACK: the number of the byte expected next; all before it has "
      "arrived at the kernel." },
    { 4, FORM_NUMBER, "data offset",
      "Length of the header in words of 4 bytes: 5 without options. Payload begins behind "
      "it." },
    { 4, FORM_NUMBER, "reserved", "Zero." },
    { 8, FORM_FLAGS, "flags",
      "A bit each. SYN opens, FIN: I have nothing more to send, RST: there is no connection, ACK: "
      "the acknowledgment number counts, PSH: hand it to the program." },
    { 16, FORM_NUMBER, "window",
      "How many bytes the sender of this has room for. 0: wait. It is shifted left by the window "
      "scale of its SYN, except in a SYN." },
    { 16, FORM_HEX, "checksum",
      "Over a pseudo-header of addresses, protocol and length, then header and payload: so a "
      "segment for another host or connection shows." },
    { 16, FORM_NUMBER, "urgent pointer",
      "With URG: where urgent data ends, counted from the sequence number. Hardly "
      "anybody uses it." },
};

enum { TCP_SEQ = 2, TCP_ACKNOWLEDGMENT = 3, TCP_OFFSET = 4, TCP_RESERVED = 5, TCP_WINDOW = 7, TCP_SUM = 8, TCP_URGENT = 9 };

/* Which end of the connection sent this header; NO_END: it is another's. */
static unsigned sender_of(const struct walk *w, const uint8_t *header)
{
    struct tuple key;
    if (!w->of || !w->source)
        return NO_END;
    memset(&key, 0, sizeof key);
    unsigned from = tuple_make(&key, w->version, PROTOCOL_TCP, w->source, w->destination, bytes_be16(header),
                               bytes_be16(header + 2));
    return tuple_equal(&key, &w->of->head.key) ? from : NO_END;
}

static void add_relative(struct walk *w, struct anatomy_field *f, unsigned end, uint32_t number)
{
    uint32_t relative;
    if (words_relative_seq(w->of, end, number, true, &relative))
        field_append(f, " (relative %u)", relative);
}

/* What the connection makes of the numbers: relative ones, and the window as it was meant (RFC 7323 2.3). */
static void tcp_context(struct walk *w, const uint8_t *header, unsigned flags)
{
    unsigned from = sender_of(w, header);
    struct anatomy_field *ack = walk_field(w, TCP_ACKNOWLEDGMENT), *window = walk_field(w, TCP_WINDOW);
    if (!(flags & TCP_ACK))
        field_append(ack, " (no ACK: without meaning)");
    if (!(flags & TCP_URG) && bytes_be16(header + 18))
        field_append(walk_field(w, TCP_URGENT), " (no URG: without meaning)");
    if (from == NO_END)
        return;
    add_relative(w, walk_field(w, TCP_SEQ), from, bytes_be32(header + 4));
    if (flags & TCP_ACK)
        add_relative(w, ack, !from, bytes_be32(header + 8));
    unsigned scale = w->of->peer[from].window_scale;
    if (flags & TCP_SYN || scale > 14 || w->of->peer[!from].window_scale == 255)
        return;
    unsigned field = bytes_be16(header + 14);
    field_append(window, " x %u = %u bytes", 1u << scale, field << scale);
}

static void tcp_payload(struct walk *w, unsigned flags)
{
    walk_payload(w, "payload",
                 flags & TCP_SYN   ? "Data in a SYN: with Fast Open the server's program may have it before "
                                     "the handshake is over (RFC 7413)."
                 : flags & TCP_RST ? "Data in a RST: perhaps the reason in words (RFC 9293 3.5.3)."
                                   : "Bytes of the stream. Where one send() ended and the next began is not "
                                     "in them: TCP keeps no borders.");
}

enum layer walk_tcp(struct walk *w)
{
    uint32_t length = walk_left(w);
    if (!walk_layer(w, "TCP", "RFC 9293 3.1"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, tcp);
    if (!header)
        return LAYER_DONE;
    uint32_t header_length = (uint32_t)(header[12] >> 4) * 4;
    unsigned flags = bytes_be16(header + 12) & 0x1ff;
    struct anatomy_field *offset = walk_field(w, TCP_OFFSET);
    field_append(offset, " (%u bytes)", header_length);
    if (flags & TCP_AE)           /* NS in RFC 3540 */
        field_append(walk_field(w, TCP_RESERVED), " (AE: RFC 9768)");
    tcp_context(w, header, flags);
    field_checksum(w, walk_field(w, TCP_SUM), PROTOCOL_TCP, header, length, 16);
    if (header_length < 20 || (header_length > length && !w->quoted && !w->partial)) {
        field_malformed(offset, "%s",
                        header_length < 20 ? ": below 5: malformed" : ": longer than the segment: malformed");
        walk_unopened(w, "behind a malformed header");
        return LAYER_DONE;
    }
    struct room room = walk_enter(w, header_length - 20);
    walk_tcp_options(w);
    walk_leave(w, room, "padding");
    tcp_payload(w, flags);
    return LAYER_DONE;
}

static const struct spec udp[] = {
    { 16, FORM_NUMBER, "source port",
      "The sender's port, where an answer should go; recvfrom() tells it to the program." },
    { 16, FORM_NUMBER, "destination port",
      "The receiver's port: with the destination address it alone finds the socket. "
      "Every sender meets in the same one." },
    { 16, FORM_NUMBER, "length",
      "Bytes of header and payload: 8 at least. One sendto() is one datagram: UDP keeps borders." },
    { 16, FORM_HEX, "checksum",
      "Over a pseudo-header of addresses, protocol and length, then header and payload. 0: the "
      "sender computed none (IPv4 only)." },
};

enum layer walk_udp(struct walk *w)
{
    enum { LENGTH = 2, CHECKSUM = 3 };
    uint32_t left = walk_left(w);
    if (!walk_layer(w, "UDP", "RFC 768"))
        return LAYER_DONE;
    const uint8_t *header = WALK_FIELDS(w, udp);
    if (!header)
        return LAYER_DONE;
    uint32_t length = bytes_be16(header + 4);
    struct anatomy_field *field = walk_field(w, LENGTH), *sum = walk_field(w, CHECKSUM);
    bool jumbo = length == 0 && w->version == 6, whole = !w->quoted && !w->partial;
    if (length < 8 && !jumbo) {
        field_malformed(field, ": below 8: malformed");
        walk_unopened(w, "behind a malformed header");
        return LAYER_DONE;
    }
    if (length > left && whole)
        field_malformed(field, ", but the datagram has room for %u: malformed", left);
    else if (!jumbo && whole)
        walk_limit(w, length - 8);
    if (bytes_be16(header + 6) == 0)
        field_append(sum, ": none");
    else
        field_checksum(w, sum, PROTOCOL_UDP, header, jumbo ? left : length, 6);
    enum layer inside = whole ? walk_udp_tunnel(w, bytes_be16(header), bytes_be16(header + 2)) : LAYER_DONE;
    if (inside == LAYER_DONE && !w->stopped)
        walk_payload(w, "payload", "What one sendto() gave, whole: recvfrom() takes it in one piece, or it is lost.");
    return inside;
}

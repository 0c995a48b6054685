/* anatomy.c - the walk itself: from the link type to the last byte, and the tools that headers are read with. */
#include "report/anatomy.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "decode/checksum.h"
#include "report/anatomy_walk.h"
#include "report/words.h"

static enum layer (*const walkers[LAYERS])(struct walk *) = {
    [LAYER_ETHERNET] = walk_ethernet, [LAYER_VLAN] = walk_vlan, [LAYER_LLC] = walk_llc, [LAYER_COOKED] = walk_cooked,
    [LAYER_COOKED2] = walk_cooked2, [LAYER_NULL] = walk_null, [LAYER_LOOP] = walk_loop, [LAYER_RAW] = walk_raw,
    [LAYER_PPPOE] = walk_pppoe, [LAYER_MPLS] = walk_mpls, [LAYER_ARP] = walk_arp, [LAYER_IPV4] = walk_ipv4,
    [LAYER_IPV6] = walk_ipv6, [LAYER_IPV6_OPTIONS] = walk_ipv6_options, [LAYER_IPV6_ROUTING] = walk_ipv6_routing,
    [LAYER_IPV6_FRAGMENT] = walk_ipv6_fragment, [LAYER_IPV6_EXTENSION] = walk_ipv6_extension,
    [LAYER_AUTHENTICATION] = walk_authentication, [LAYER_TCP] = walk_tcp, [LAYER_UDP] = walk_udp,
    [LAYER_ICMP] = walk_icmp, [LAYER_ICMPV6] = walk_icmpv6, [LAYER_GRE] = walk_gre, [LAYER_ETHERIP] = walk_etherip,
};

/* Those that decode/ opens and this does not. */
static const char *const unopened[LAYERS] = {
    [LAYER_SERVICE_TAG] = "an 802.1ah service tag",
    [LAYER_TAG6] = "a link-layer tag",
    [LAYER_TAG8] = "a link-layer tag",
    [LAYER_NSH] = "a network service header",
    [LAYER_MACSEC] = "a MACsec tag",
    [LAYER_PPP] = "PPP",
    [LAYER_PPP_SERIAL] = "PPP",
    [LAYER_PPP_DIRECTION] = "PPP",
    [LAYER_PPP_MULTILINK] = "PPP multilink",
    [LAYER_CISCO_HDLC] = "Cisco HDLC",
    [LAYER_FRAME_RELAY] = "Frame Relay",
    [LAYER_SYMANTEC] = "a Symantec header",
    [LAYER_NFLOG] = "NFLOG",
    [LAYER_PKTAP] = "PKTAP",
    [LAYER_PPI] = "PPI",
    [LAYER_ENC] = "ENC",
    [LAYER_IPNET] = "IPNET",
    [LAYER_PFLOG] = "PFLOG",
    [LAYER_FDDI] = "FDDI",
    [LAYER_TOKEN_RING] = "Token Ring",
    [LAYER_IP_OVER_FC] = "IP over Fibre Channel",
    [LAYER_FIREWIRE] = "FireWire",
    [LAYER_ARCNET] = "ARCNET",
    [LAYER_ARCNET_LINUX] = "ARCNET",
    [LAYER_INFINIBAND] = "InfiniBand",
    [LAYER_WIRELESS] = "IEEE 802.11",
    [LAYER_RADIOTAP] = "IEEE 802.11 with radiotap",
    [LAYER_AVS] = "IEEE 802.11 with AVS",
    [LAYER_PRISM] = "IEEE 802.11 with Prism",
    [LAYER_IPCOMP] = "IPComp",
    [LAYER_PIM] = "PIM",
};

void field_value(struct anatomy_field *field, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(field->value, sizeof field->value, format, arguments);
    va_end(arguments);
}

void field_append(struct anatomy_field *field, const char *format, ...)
{
    size_t used = strlen(field->value);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(field->value + used, sizeof field->value - used, format, arguments);
    va_end(arguments);
}

void field_malformed(struct anatomy_field *field, const char *format, ...)
{
    size_t used = strlen(field->value);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(field->value + used, sizeof field->value - used, format, arguments);
    va_end(arguments);
    field->trouble = TROUBLE_MALFORMED;
}

void field_quote(struct anatomy_field *field, const uint8_t *bytes, size_t count)
{
    enum { SHOWN = 28 };
    size_t at = strlen(field->value), shown = count < SHOWN ? count : SHOWN;
    if (count == 0 || at + SHOWN + 6 > sizeof field->value)
        return;
    field->value[at++] = '"';
    for (size_t i = 0; i < shown; i++)
        field->value[at++] = (char)(bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
    field->value[at] = '\0';
    field_append(field, shown < count ? "\" .." : "\"");
}

struct anatomy_field *walk_add(struct walk *w, size_t length, const char *name, const char *says)
{
    struct anatomy *a = w->a;
    if (a->count == ANATOMY_FIELDS)           /* cannot be: every header and option asks for room first */
        return &a->fields[ANATOMY_FIELDS - 1];
    struct anatomy_field *f = &a->fields[a->count++];
    *f = (struct anatomy_field){ .name = name, .says = says, .rfc = w->rfc, .offset = walk_offset(w),
                                 .layer = (uint8_t)w->layer };
    if (cursor_skip(&w->at, length))
        f->length = (uint32_t)length;
    return f;
}

bool walk_layer(struct walk *w, const char *name, const char *rfc)
{
    struct anatomy *a = w->a;
    if (a->layer_count == ANATOMY_LAYERS || a->count + WALK_ROOM > ANATOMY_FIELDS) {
        walk_payload(w, "more headers", "More headers inside one another than are shown here.");
        w->stopped = true;
        return false;
    }
    w->layer = a->layer_count++;
    w->rfc = rfc;
    a->layers[w->layer] = (struct anatomy_layer){ .name = name, .offset = walk_offset(w), .quoted = w->quoted };
    return true;
}

static const char says_cut[] = "The capture kept only the first bytes of the frame (its snapshot length). The rest was "
                               "on the wire, and is unknown here.";
static const char says_short[] = "The sender's lengths leave no room for it: malformed.";
static const char says_quote[] = "An ICMP error quotes only the beginning of what it is about; at least 8 bytes behind "
                                 "the IP header.";

void walk_short(struct walk *w, size_t length, const char *name)
{
    bool cut = walk_left(w) >= length;
    w->stopped = true;
    if (cursor_left(&w->at) == 0 && (cut || w->quoted))
        return;                               /* the walk's end tells */
    struct anatomy_field *f = walk_add(w, cursor_left(&w->at), name,
                                       cut         ? says_cut
                                       : w->quoted ? says_quote
                                                   : says_short);
    f->trouble = cut ? TROUBLE_CUT : w->quoted ? TROUBLE_NONE : TROUBLE_MALFORMED;
    field_value(f, "%s", cut ? "cut off by the snapshot length" : w->quoted ? "the quote ends here"
                                                                            : "not all of it is there: malformed");
}

static uint64_t read_bits(const uint8_t *bytes, size_t first, size_t count)
{
    uint64_t n = 0;
    for (size_t i = first; i < first + count; i++)
        n = n << 1 | (bytes[i / 8] >> (7 - i % 8) & 1);
    return n;
}

static void write_address(struct anatomy_field *f, const uint8_t *bytes, unsigned version)
{
    char text[ADDRESS_WRITE_MAX];
    *address_write(text, bytes, version) = '\0';
    field_value(f, "%s", text);
}

static void write_words4(struct anatomy_field *f, const uint8_t *bytes, size_t length)
{
    field_value(f, "0x");
    for (size_t i = 0; i < length && i < 16; i++)
        field_append(f, "%02x", bytes[i]);
    if (length > 16)
        field_append(f, " ..");
}

static void write_flags(struct anatomy_field *f, unsigned flags)
{
    char text[WORDS_FLAGS_MAX];
    *words_flags_write(text, flags) = '\0';
    field_value(f, "%s", flags ? text : "none");
    f->flags = true;
}

/* The value of a field whose bits begin at bit `first` of `bytes`. */
static void write_value(struct anatomy_field *f, const struct spec *spec, const uint8_t *bytes, size_t first)
{
    static const char *const ecn[] = { "0 not capable", "1 capable", "2 capable", "3 congestion" };
    const uint8_t *at = bytes + first / 8;
    unsigned n = spec->bits <= 64 ? (unsigned)read_bits(bytes, first, spec->bits) : 0;
    switch ((enum form)spec->form) {
    case FORM_NUMBER: field_value(f, "%u", n); break;
    case FORM_HEX: field_value(f, "0x%0*x", (spec->bits + 3) / 4, n); break;
    case FORM_MAC:
        field_value(f, "%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
        break;
    case FORM_IPV4: write_address(f, at, 4); break;
    case FORM_IPV6: write_address(f, at, 6); break;
    case FORM_ETHERTYPE: field_value(f, "0x%04x %s", n, ethertype_name(n)); break;
    case FORM_PROTOCOL: field_value(f, "%u %s", n, protocol_name(n)); break;
    case FORM_WORDS4: write_words4(f, at, spec->bits / 8); break;
    case FORM_BYTES: field_value(f, "%u byte%s", spec->bits / 8, spec->bits == 8 ? "" : "s"); break;
    case FORM_FLAGS: write_flags(f, n); break;
    case FORM_IPV4_FLAGS:
        field_value(f, "%s%s%s", n & 2 ? "DF" : n & 1 ? "" : "none", (n & 3) == 3 ? "," : "", n & 1 ? "MF" : "");
        break;
    case FORM_ECN: field_value(f, "%s", ecn[n & 3]); break;
    }
}

/* A field that begins within a byte, or ends within one. */
static void set_bits(struct anatomy_field *f, uint32_t base, size_t first, size_t bits)
{
    f->offset = base + (uint32_t)(first / 8);
    f->length = (uint32_t)((first + bits + 7) / 8 - first / 8);
    if (first % 8 || bits % 8) {
        f->bit = (uint8_t)(first % 8);
        f->bits = (uint8_t)bits;
    }
}

const uint8_t *walk_fields(struct walk *w, const struct spec *specs, unsigned count)
{
    const uint8_t *bytes = w->at.at;
    uint32_t base = walk_offset(w);
    size_t captured = cursor_left(&w->at) * 8, bit = 0, whole = 0;
    for (unsigned i = 0; i < count; i++)
        whole += specs[i].bits;
    w->first = w->a->count;
    for (unsigned i = 0; i < count; bit += specs[i++].bits) {
        if (bit + specs[i].bits > captured) {
            bool within = bit % 8;            /* the byte at the cursor has been begun */
            cursor_skip(&w->at, bit / 8);
            walk_short(w, (whole - bit / 8 * 8) / 8, specs[i].name);
            if (within && w->a->count > w->first)
                set_bits(&w->a->fields[w->a->count - 1], base, bit, captured - bit);
            return NULL;
        }
        struct anatomy_field *f = walk_add(w, 0, specs[i].name, specs[i].says);
        set_bits(f, base, bit, specs[i].bits);
        write_value(f, &specs[i], bytes, bit);
    }
    cursor_skip(&w->at, whole / 8);
    return bytes;
}

void walk_payload(struct walk *w, const char *name, const char *says)
{
    size_t captured = cursor_left(&w->at);
    uint32_t length = walk_left(w);
    if (captured == 0)
        return;
    const uint8_t *bytes = w->at.at;
    struct anatomy_field *f = walk_add(w, captured, name, says);
    f->part = PART_PAYLOAD;
    if (captured < length) {
        field_value(f, "%zu of %u bytes ", captured, length);
        f->trouble = TROUBLE_CUT;
    } else {
        field_value(f, "%zu byte%s ", captured, captured == 1 ? "" : "s");
    }
    field_quote(f, bytes, captured);
}

void walk_unopened(struct walk *w, const char *what)
{
    size_t captured = cursor_left(&w->at);
    if (captured == 0)
        return;
    struct anatomy_field *f =
        walk_add(w, captured, "not opened here", "What these bytes hold is not taken apart here.");
    f->part = PART_PAYLOAD;
    field_value(f, "%s, %zu byte%s", what, captured, captured == 1 ? "" : "s");
}

void walk_limit(struct walk *w, uint32_t length)
{
    size_t captured = cursor_left(&w->at);
    if (length > captured) {
        if (length - captured < w->beyond)
            w->beyond = (uint32_t)(length - captured);
        return;
    }
    if (length < captured) {
        if (w->endings_count == WALK_ENDINGS)
            return;                           /* the rest stays with the layer inside */
        unsigned outside = w->version == 0 || w->layer == 0 ? 0 : w->layer - 1;
        w->endings[w->endings_count++] =
            (struct behind){ .offset = walk_offset(w) + length, .layer = (uint8_t)outside };
    }
    cursor_limit(&w->at, length);
    w->beyond = 0;
}

struct room walk_enter(struct walk *w, uint32_t length)
{
    struct room before = { w->at.end, w->beyond };
    size_t captured = cursor_left(&w->at);
    if (length <= captured) {
        cursor_limit(&w->at, length);
        w->beyond = 0;
    } else if (length - captured < w->beyond) {
        w->beyond = (uint32_t)(length - captured);
    }
    return before;
}

void walk_leave(struct walk *w, struct room room, const char *name)
{
    if (cursor_left(&w->at) > 0) {
        size_t left = cursor_left(&w->at);
        struct anatomy_field *f = walk_add(w, left, name, "");
        field_value(f, "%zu byte%s", left, left == 1 ? "" : "s");
    }
    w->at.end = room.end;
    w->beyond = room.beyond;
    w->stopped = false;
}

static void pseudo_header(const struct walk *w, uint8_t protocol, uint32_t length, uint64_t *sum, uint64_t *lengths)
{
    uint8_t words[6] = { 0, protocol, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                         (uint8_t)length };
    size_t size = w->version == 4 ? 4 : 16;
    *sum = checksum_add(checksum_add(checksum_add(0, w->source, size), w->destination, size), words, 2);
    *lengths = checksum_add(0, words + 2, 4);
}

void field_checksum(const struct walk *w, struct anatomy_field *field, uint8_t protocol, const uint8_t *bytes,
                    uint32_t length, size_t at)
{
    if (w->quoted || w->partial || length > (size_t)(w->at.end - bytes) || (protocol && !w->source)) {
        field_append(field, ", not checked: %s", w->quoted ? "only a quote" : w->partial ? "a fragment" : "cut off");
        return;
    }
    uint64_t pseudo = 0, lengths = 0, sum;
    uint16_t word, should;
    if (protocol)
        pseudo_header(w, protocol, length, &pseudo, &lengths);
    sum = checksum_add(checksum_add(pseudo + lengths, bytes, at), bytes + at + 2, length - at - 2);
    memcpy(&word, bytes + at, sizeof word);
    if (checksum_fold(sum + word) == UINT16_MAX) {
        field_append(field, " good");
        return;
    }
    if (protocol && (word == checksum_fold(pseudo + lengths) || word == checksum_fold(pseudo))) {
        field_append(field, ", left to the device");
        return;
    }
    uint16_t complement = (uint16_t)~checksum_fold(sum);
    uint8_t order[2];
    memcpy(order, &complement, sizeof order);
    should = bytes_be16(order);
    field_append(field, " wrong: should be 0x%04x", should == 0 && protocol == PROTOCOL_UDP ? 0xffffu : should);
}

static void open_all(struct walk *w, enum layer layer)
{
    for (unsigned steps = 0; layer != LAYER_DONE && !w->stopped; steps++) {
        if (!walkers[layer] || steps == WALK_STEPS) {
            walk_unopened(w, unopened[layer] ? unopened[layer] : "more headers");
            return;
        }
        layer = walkers[layer](w);
    }
}

/* One stretch of bytes behind a datagram. Ethernet fills frames up to 60 bytes; what is more may be its check
 * sequence. */
static void add_trailer(struct walk *w, size_t length, unsigned layer)
{
    bool link = layer == 0 && w->frame->linktype == 1;
    bool padding = link && w->frame->len <= 64;
    const uint8_t *bytes = w->at.at;
    w->layer = layer;
    w->rfc = link ? "IEEE 802.3 3.2.8, RFC 894" : "";
    struct anatomy_field *f = walk_add(
        w, length,
        padding ? "Ethernet padding"
        : link  ? "Ethernet trailer"
                : "trailer",
        padding ? "Ethernet sends at least 60 bytes and fills short frames up. Where the datagram ends, its IP "
                  "header says: padding is not payload."
                : "Bytes behind the end that the lengths inside give: not part of the datagram.");
    f->part = PART_TRAILER;
    field_value(f, "%zu byte%s", length, length == 1 ? "" : "s");
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return;
    field_append(f, " of zero");
}

/* What no header has taken: the rest of a datagram, trailers from the innermost out, what was cut off. */
static void finish(struct walk *w)
{
    if (w->a->layer_count == 0)
        walk_layer(w, "frame", "");
    if (cursor_left(&w->at) > 0)
        walk_unopened(w, "what follows");
    for (unsigned i = w->endings_count; i-- > 0;) {
        uint32_t end = i ? w->endings[i - 1].offset : w->frame->caplen;
        w->at = cursor_on(w->frame->bytes + w->endings[i].offset, end - w->endings[i].offset);
        if (cursor_left(&w->at) > 0)
            add_trailer(w, cursor_left(&w->at), w->endings[i].layer);
    }
    if (w->frame->len <= w->frame->caplen)
        return;
    w->rfc = "";
    w->at = cursor_on(w->frame->bytes + w->frame->caplen, 0);
    struct anatomy_field *f = walk_add(w, 0, "cut off", says_cut);
    f->part = PART_TRAILER;
    f->trouble = TROUBLE_CUT;
    field_value(f, "%u bytes, by the snapshot length", w->frame->len - w->frame->caplen);
}

void anatomy_of(struct anatomy *a, const struct frame *frame, const struct connection *of)
{
    a->count = a->layer_count = 0;
    struct walk w = { .a = a, .frame = frame, .of = of, .at = cursor_on(frame->bytes, frame->caplen),
                      .beyond = frame->len > frame->caplen ? frame->len - frame->caplen : 0, .rfc = "" };
    enum layer layer = layer_of_linktype(frame->linktype);
    if (!walkers[layer]) {                    /* no layer of its own will begin */
        walk_layer(&w, "frame", "");
        walk_unopened(&w, unopened[layer] ? unopened[layer] : link_name(frame->linktype));
    } else {
        open_all(&w, layer);
    }
    finish(&w);
}

unsigned anatomy_at(const struct anatomy *a, uint32_t offset)
{
    for (unsigned i = 0; i < a->count; i++)
        if (offset >= a->fields[i].offset && offset - a->fields[i].offset < a->fields[i].length)
            return i;
    return ANATOMY_NOTHING;
}

void anatomy_bits(const struct anatomy_field *f, uint64_t *begin, uint64_t *end)
{
    *begin = (uint64_t)f->offset * 8 + f->bit;
    *end = f->bits ? *begin + f->bits : ((uint64_t)f->offset + f->length) * 8;
}

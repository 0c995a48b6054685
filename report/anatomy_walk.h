/* anatomy_walk.h - what the files of anatomy share: a bounded walk over one frame, header after header; internal, the
 * door is anatomy.h.
 *
 * A header is a table of fields, each so many bits long. What does not fit in what was captured becomes one last field
 * that says whether the snapshot length or the sender is to blame, and the walk stops there.
 */
#ifndef SYNFIN_REPORT_ANATOMY_WALK_H
#define SYNFIN_REPORT_ANATOMY_WALK_H

#include "base/cursor.h"
#include "decode/parse.h"
#include "report/anatomy.h"

/* How a value is written. */
enum form {
    FORM_NUMBER, FORM_HEX, FORM_MAC, FORM_IPV4, FORM_IPV6, FORM_ETHERTYPE, FORM_PROTOCOL, FORM_WORDS4, FORM_BYTES,
    FORM_FLAGS, FORM_IPV4_FLAGS, FORM_ECN
};

struct spec {
    uint16_t bits;
    uint8_t form;
    const char *name, *says;
};

/* Bytes behind a datagram that a length field ends early. */
struct behind {
    uint32_t offset;              /* of the first byte behind it */
    uint8_t layer;                /* whose bytes follow */
};

enum { WALK_ENDINGS = 16, WALK_STEPS = 24, WALK_ROOM = 40 /* fields that one header may need */ };

struct walk {
    struct anatomy *a;
    const struct frame *frame;
    const struct connection *of;
    struct cursor at;             /* what was captured, from here on */
    uint32_t beyond;              /* bytes on the wire after at.end */
    const char *rfc;              /* of the layer */
    unsigned layer, first;        /* index of the layer; of the first field of the header last read */
    bool stopped;                 /* a field did not fit */
    bool quoted;                  /* inside what an ICMP error quotes: it may end anywhere */
    bool partial;                 /* a fragment: the rest of the datagram is elsewhere */
    uint8_t version;
    const uint8_t *source, *destination;   /* as the checksum counts them */
    struct behind endings[WALK_ENDINGS];
    unsigned endings_count;
};

/* What a part of a header was before walk_enter(). */
struct room {
    const uint8_t *end;
    uint32_t beyond;
};

static inline uint32_t walk_left(const struct walk *w)
{
    return (uint32_t)cursor_left(&w->at) + w->beyond;
}

static inline uint32_t walk_offset(const struct walk *w)
{
    return (uint32_t)(w->at.at - w->frame->bytes);
}

/* A new layer begins here. False: there is room for no more; the rest has become one field. */
bool walk_layer(struct walk *w, const char *name, const char *rfc);

/* A field of `length` captured bytes at the cursor, which moves past them. Never NULL. */
struct anatomy_field *walk_add(struct walk *w, size_t length, const char *name, const char *says);

/* The fields of a table. Gives their bytes, or NULL where they do not all fit; w->first is the first of them. */
const uint8_t *walk_fields(struct walk *w, const struct spec *specs, unsigned count);
#define WALK_FIELDS(w, specs) walk_fields(w, specs, sizeof(specs) / sizeof *(specs))

/* Field i of the header last read; only after walk_fields() gave its bytes. */
static inline struct anatomy_field *walk_field(struct walk *w, unsigned i)
{
    return &w->a->fields[w->first + i];
}

/* Something of `length` bytes on the wire does not fit: what there is of it becomes a field, and the walk stops. */
void walk_short(struct walk *w, size_t length, const char *name);

/* All that is left here as one field. */
void walk_payload(struct walk *w, const char *name, const char *says);
void walk_unopened(struct walk *w, const char *what);

/* Bytes beyond `length` on the wire from here on are behind the datagram, and belong to the layer outside. */
void walk_limit(struct walk *w, uint32_t length);

/* Only the next `length` bytes, then again all; what walk_leave() finds left becomes one field. */
struct room walk_enter(struct walk *w, uint32_t length);
void walk_leave(struct walk *w, struct room room, const char *name);

__attribute__((format(printf, 2, 3)))
void field_value(struct anatomy_field *field, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void field_append(struct anatomy_field *field, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void field_malformed(struct anatomy_field *field, const char *format, ...);

/* `count` bytes as text between quotes, whatever a terminal could mistake as a dot. */
void field_quote(struct anatomy_field *field, const uint8_t *bytes, size_t count);

/* Appends the verdict on a checksum at byte `at` of a message of `length` bytes on the wire, which begins `bytes` and
 * ends with the layer. protocol 0: without a pseudo-header. */
void field_checksum(const struct walk *w, struct anatomy_field *field, uint8_t protocol, const uint8_t *bytes,
                    uint32_t length, size_t at);

const char *ethertype_name(unsigned type);
const char *protocol_name(unsigned protocol);

/* By file: each opens one header and names what follows. */
enum layer walk_ethernet(struct walk *w);
enum layer walk_vlan(struct walk *w);
enum layer walk_llc(struct walk *w);
enum layer walk_cooked(struct walk *w);
enum layer walk_cooked2(struct walk *w);
enum layer walk_null(struct walk *w);
enum layer walk_loop(struct walk *w);
enum layer walk_raw(struct walk *w);
enum layer walk_pppoe(struct walk *w);
enum layer walk_mpls(struct walk *w);
enum layer walk_arp(struct walk *w);
enum layer walk_ipv4(struct walk *w);
enum layer walk_ipv6(struct walk *w);
enum layer walk_ipv6_options(struct walk *w);
enum layer walk_ipv6_routing(struct walk *w);
enum layer walk_ipv6_fragment(struct walk *w);
enum layer walk_ipv6_extension(struct walk *w);
enum layer walk_authentication(struct walk *w);
enum layer walk_tcp(struct walk *w);
enum layer walk_udp(struct walk *w);
enum layer walk_icmp(struct walk *w);
enum layer walk_icmpv6(struct walk *w);
enum layer walk_gre(struct walk *w);
enum layer walk_etherip(struct walk *w);

/* The options of a TCP header or an IPv4 header, up to the end of the room entered. */
void walk_tcp_options(struct walk *w);
void walk_ipv4_options(struct walk *w);

/* After a UDP header: opens a tunnel's header where port and first bytes agree; else LAYER_DONE, and nothing moved. */
enum layer walk_udp_tunnel(struct walk *w, unsigned source_port, unsigned destination_port);

#endif

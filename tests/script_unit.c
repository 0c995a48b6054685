#include "tests/script_unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "decode/segment.h"
#include "tests/script_expect.h"
#include "tests/script_options.h"

enum line_kind { LINE_SEGMENT, LINE_DATAGRAM, LINE_ICMP };

/* The values of one line while it is read. */
struct unit_line {
    struct script *script;
    struct reader *r;
    struct workshop *w;
    struct script_conversation *of;
    int conversation;
    unsigned from;                /* SCRIPT_CLIENT or SCRIPT_SERVER */
    enum line_kind kind;
    nanoseconds time;
    struct craft_network network;
    struct craft_segment segment;
    enum craft_checksum checksum;
    size_t length;                /* of the payload that the line asks for */
    size_t text_length;           /* of the text it gives, repeated up to length; 0: filler */
    uint32_t seq_rel;             /* of the first byte of payload, for the filler */
    uint32_t caplen;              /* 0: all */
    uint32_t fragment;            /* bytes a fragment; 0: whole */
    uint32_t without;             /* fragment that is not captured, from 1; 0: none */
    uint32_t icmp_of;             /* frame that the ICMP error quotes */
    uint8_t icmp_type, icmp_code;
    bool ack_given, options_given, id_given, ecn_given, uncaptured, earlier, reversed;
    struct script_expectation expect;
};

static struct script_end *line_sender(const struct unit_line *u)
{
    return &u->of->end[u->from];
}

static struct script_end *line_receiver(const struct unit_line *u)
{
    return &u->of->end[!u->from];
}

/* --- words that may follow in any order --- */

static bool take_ack(struct unit_line *u)
{
    u->ack_given = true;
    return read_sequence(u->r, line_receiver(u)->isn, &u->segment.ack, "an acknowledgement number");
}

static bool take_u16(struct unit_line *u, uint16_t *value, const char *expected)
{
    uint32_t n = 0;
    if (!read_number(u->r, 65535, &n, expected))
        return false;
    *value = (uint16_t)n;
    return true;
}

static bool take_window(struct unit_line *u)
{
    return take_u16(u, &u->segment.window, "a window");
}

static bool take_urgent(struct unit_line *u)
{
    return take_u16(u, &u->segment.urgent, "an urgent pointer");
}

static bool take_id(struct unit_line *u)
{
    u->id_given = true;
    return take_u16(u, &u->network.id, "an IP identification");
}

static bool take_ttl(struct unit_line *u)
{
    uint32_t n = 0;
    if (!read_number(u->r, 255, &n, "a time to live"))
        return false;
    u->network.ttl = (uint8_t)n;
    return true;
}

static bool take_ecn(struct unit_line *u)
{
    static const char *const names[] = { "none", "ect1", "ect0", "ce" };
    for (uint8_t i = 0; i < 4; i++)
        if (read_this(u->r, names[i])) {
            u->network.ecn = i;
            return true;
        }
    return read_fail(u->r, "none, ect0, ect1 or ce");
}

static bool take_checksum(struct unit_line *u)
{
    if (read_this(u->r, "bad"))
        u->checksum = CRAFT_BAD;
    else if (read_this(u->r, "offloaded"))
        u->checksum = CRAFT_OFFLOADED;
    else
        return read_fail(u->r, "bad or offloaded");
    return true;
}

static bool take_vlan(struct unit_line *u)
{
    uint32_t n = 0;
    if (!read_number(u->r, 4094, &n, "a VLAN"))
        return false;
    u->network.vlan = (uint16_t)n;
    return true;
}

static bool take_caplen(struct unit_line *u)
{
    return read_number(u->r, 65535, &u->caplen, "the number of bytes captured");
}

static bool take_fragments(struct unit_line *u)
{
    if (!read_number(u->r, 65528, &u->fragment, "bytes a fragment"))
        return false;
    return u->fragment && u->fragment % 8 == 0 ? true : read_refuse(u->r, "expected bytes a fragment, a multiple of 8");
}

static bool take_without(struct unit_line *u)
{
    return read_number(u->r, 100, &u->without, "a fragment's number");
}

static bool take_reversed(struct unit_line *u)
{
    return u->reversed = true;
}

static bool take_uncaptured(struct unit_line *u)
{
    return u->uncaptured = true;
}

static bool take_earlier(struct unit_line *u)
{
    return u->earlier = true;
}

static bool take_padded(struct unit_line *u)
{
    return u->network.padded = true;
}

static bool take_length_zero(struct unit_line *u)
{
    return u->network.length_zero = true;
}

static bool take_from(struct unit_line *u)
{
    uint8_t version;
    return read_address(u->r, u->network.source, &version);
}

static const struct {
    const char *word;
    bool (*take)(struct unit_line *u);
} extras[] = {
    { "ack", take_ack }, { "win", take_window }, { "urgent", take_urgent }, { "id", take_id }, { "ttl", take_ttl },
    { "ecn", take_ecn }, { "checksum", take_checksum }, { "vlan", take_vlan }, { "caplen", take_caplen },
    { "fragments", take_fragments }, { "without", take_without }, { "reversed", take_reversed },
    { "uncaptured", take_uncaptured }, { "earlier", take_earlier }, { "padded", take_padded },
    { "length-zero", take_length_zero }, { "from", take_from },
};

static bool take_options(struct unit_line *u, struct reader *r)
{
    struct script_options_for with = { .sender = line_sender(u), .receiver = line_receiver(u), .acks = u->ack_given,
                                       .milliseconds = (uint32_t)((u->time - u->script->start) / NS_PER_MS),
                                       .server = u->from == SCRIPT_SERVER };
    return script_options(r, &with, &u->segment);
}

static bool read_extra(struct unit_line *u)
{
    char c = read_peek(u->r), remark[120];
    if (c == '<') {
        u->options_given = true;
        return take_options(u, u->r);
    }
    if (c == '"')
        return read_string(u->r, u->w->payload, sizeof u->w->payload, &u->text_length);
    if (c == '[')
        return read_up_to(u->r, ']', remark, sizeof remark, "a remark up to ']'");
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++)
        if (read_this(u->r, extras[i].word))
            return extras[i].take(u);
    return read_fail(u->r, "ack, win, <options>, \"text\", id, ttl, ecn, checksum, vlan, caplen, fragments, "
                           "uncaptured, earlier, padded, [remark] or |");
}

/* --- the first words, by kind --- */

static bool read_flags(struct unit_line *u)
{
    static const char letters[] = "FSRP.UEWA";    /* from the lowest bit up */
    char word[WORD_MAX];
    if (!read_word(u->r, word, "flags"))
        return false;
    for (const char *c = word; *c; c++) {
        const char *known = strchr(letters, *c);
        if (*c == '-' && word[1] == 0)
            continue;
        if (!known)
            return read_refuse(u->r, "expected flags out of S F R P . U E W A, or - for none, found '%s'", word);
        u->segment.flags = (uint16_t)(u->segment.flags | 1u << (known - letters));
    }
    return true;
}

/* seq:end(length) */
static bool read_range(struct unit_line *u)
{
    struct reader *r = u->r;
    uint32_t isn = line_sender(u)->isn, end = 0, length = 0;
    if (!read_sequence(r, isn, &u->segment.seq, "seq:end(length)"))
        return false;
    if (*r->at != ':')
        return read_fail(r, "':' and the sequence number behind the payload");
    r->at++;
    if (!read_sequence(r, isn, &end, "the sequence number behind the payload"))
        return false;
    char text[16];
    if (*r->at != '(')
        return read_fail(r, "'(' and the length of the payload");
    r->at++;
    if (!read_up_to(r, ')', text, sizeof text, "the length of the payload and ')'"))
        return false;
    char *rest;
    length = (uint32_t)strtoul(text, &rest, 10);
    if (*rest || text[0] == 0)
        return read_refuse(r, "expected the length of the payload, found '%s'", text);
    if (end - u->segment.seq != length)
        return read_refuse(r, "expected end - seq to be the length %u, but it is %u", length, end - u->segment.seq);
    u->length = length;
    u->seq_rel = u->segment.seq - isn + (u->segment.flags & TCP_SYN ? 1 : 0);
    return true;
}

static bool read_datagram_start(struct unit_line *u)
{
    uint32_t length = 0;
    if (read_peek(u->r) == '"')
        return true;
    if (!read_number(u->r, CRAFT_BODY_MAX, &length, "the length of the datagram's payload, or its text"))
        return false;
    u->length = length;
    return true;
}

static bool read_icmp_start(struct unit_line *u)
{
    static const struct { const char *name; uint8_t v4[2], v6[2]; } errors[] = {
        { "port-unreachable", { 3, 3 }, { 1, 4 } }, { "host-unreachable", { 3, 1 }, { 1, 3 } },
        { "net-unreachable", { 3, 0 }, { 1, 0 } }, { "prohibited", { 3, 13 }, { 1, 1 } },
        { "time-exceeded", { 11, 0 }, { 3, 0 } },
    };
    const uint8_t *numbers = NULL;
    for (size_t i = 0; i < sizeof errors / sizeof *errors && !numbers; i++)
        if (read_this(u->r, errors[i].name))
            numbers = u->of->version == 4 ? errors[i].v4 : errors[i].v6;
    if (!numbers)
        return read_fail(u->r, "port-unreachable, host-unreachable, net-unreachable, prohibited or time-exceeded");
    u->icmp_type = numbers[0];
    u->icmp_code = numbers[1];
    if (!read_this(u->r, "of"))
        return read_fail(u->r, "'of' and the frame that is quoted");
    if (!read_number(u->r, u->script->frame_count, &u->icmp_of, "an earlier frame's number"))
        return false;
    return u->icmp_of ? true : read_refuse(u->r, "expected an earlier frame's number, from 1");
}

static bool line_protocol(struct unit_line *u, uint8_t protocol)
{
    if (u->of->protocol && u->of->protocol != protocol)
        return read_refuse(u->r, "expected a conversation of its own: segments and datagrams never share one");
    u->of->protocol = protocol;
    return true;
}

static bool read_start(struct unit_line *u)
{
    if (read_this(u->r, "udp")) {
        u->kind = LINE_DATAGRAM;
        return line_protocol(u, PROTOCOL_UDP) && read_datagram_start(u);
    }
    if (read_this(u->r, "icmp")) {
        u->kind = LINE_ICMP;
        return read_icmp_start(u);
    }
    u->kind = LINE_SEGMENT;
    return line_protocol(u, PROTOCOL_TCP) && read_flags(u) && read_range(u);
}

/* --- from values to frames --- */

/* Copies the frame behind the others, in file order. */
static bool add_frame(struct script *s, struct reader *r, const uint8_t *bytes, size_t length, uint32_t caplen,
                      nanoseconds time, int conversation)
{
    if (s->frame_count == s->frame_room) {
        unsigned room = s->frame_room ? s->frame_room * 2 : 32;
        struct script_frame *frames = realloc(s->frames, room * sizeof *frames);
        if (!frames)
            return read_refuse(r, "out of memory");
        s->frames = frames;
        s->frame_room = room;
    }
    uint8_t *copy = malloc(length);
    if (!copy)
        return read_refuse(r, "out of memory");
    memcpy(copy, bytes, length);
    uint32_t captured = (uint32_t)length;
    if (caplen && caplen < captured)
        captured = caplen;
    if (captured > s->snaplen)
        captured = s->snaplen;
    s->frames[s->frame_count] = (struct script_frame){
        .frame = { .bytes = copy, .time = time, .number = s->frame_count + 1, .caplen = captured,
                   .len = (uint32_t)length, .linktype = 1 },
        .line = r->line,
        .conversation = conversation,
    };
    s->frame_count++;
    return true;
}

static void fill_payload(struct unit_line *u)
{
    uint8_t *payload = u->w->payload;
    if (u->length == 0 && u->text_length && u->kind == LINE_DATAGRAM)
        u->length = u->text_length;
    if (u->text_length == 0)
        for (size_t i = 0; i < u->length; i++)
            payload[i] = (uint8_t)('a' + (u->seq_rel - 1 + i) % 26);
    else
        for (size_t i = u->text_length; i < u->length; i++)
            payload[i] = payload[i - u->text_length];
}

/* What Linux does: identifications count up per connection; a SYN,ACK and a RST carry none. */
static void choose_id(struct unit_line *u)
{
    struct script_end *sender = line_sender(u);
    if (!u->id_given) {
        bool none = u->kind == LINE_SEGMENT
            && ((u->segment.flags & TCP_RST) || (u->segment.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK));
        u->network.id = none ? 0 : sender->id;
        if (none)
            return;
    }
    sender->id = (uint16_t)(u->network.id + 1 + (u->length ? (u->length - 1) / 1460 : 0));
}

static bool add_body(struct unit_line *u, uint8_t protocol, size_t length)
{
    struct workshop *w = u->w;
    size_t size = u->fragment && u->fragment < length ? u->fragment : length;
    size_t parts = length ? (length + size - 1) / size : 1;
    for (size_t i = 0; i < parts; i++) {
        size_t n = u->reversed ? parts - 1 - i : i;
        if (n + 1 == u->without)
            continue;
        struct craft_part part = { .offset = n * size, .length = n + 1 == parts ? length - n * size : size,
                                   .more = n + 1 < parts };
        size_t bytes = craft_frame(w->frame, &u->network, protocol, w->body, part);
        nanoseconds time = u->time + (nanoseconds)i * NS_PER_US;
        if (!add_frame(u->script, u->r, w->frame, bytes, u->caplen, time, u->conversation))
            return false;
        w->now = time;
    }
    return true;
}

static bool make_segment(struct unit_line *u)
{
    struct craft_segment *s = &u->segment;
    struct script_end *sender = line_sender(u);
    bool acks = s->flags & TCP_ACK;
    if (acks != u->ack_given)
        return read_refuse(u->r, acks ? "expected ack N: the flags have ." : "expected the flag . beside ack N");
    if (u->length > CRAFT_BODY_MAX - 60)
        return read_refuse(u->r, "expected at most %d bytes of payload", CRAFT_BODY_MAX - 60);
    sender->window = s->window;
    s->source_port = sender->port;
    s->destination_port = line_receiver(u)->port;
    s->checksum = u->checksum;
    s->payload = u->w->payload;
    s->payload_length = u->length;
    size_t length = craft_segment(u->w->body, &u->network, s);
    return u->uncaptured || add_body(u, PROTOCOL_TCP, length);
}

static bool make_datagram(struct unit_line *u)
{
    struct craft_datagram d = { .source_port = line_sender(u)->port, .destination_port = line_receiver(u)->port,
                                .checksum = u->checksum, .payload = u->w->payload, .payload_length = u->length };
    size_t length = craft_datagram(u->w->body, &u->network, &d);
    return u->uncaptured || add_body(u, PROTOCOL_UDP, length);
}

static bool make_icmp(struct unit_line *u)
{
    const struct frame *quoted = &u->script->frames[u->icmp_of - 1].frame;
    size_t link = craft_link_length(&(struct craft_network){ .vlan = bytes_be16(quoted->bytes + 12) == 0x8100 });
    if (quoted->caplen <= link)
        return read_refuse(u->r, "expected a frame that was captured as far as its IP header, %u is not", u->icmp_of);
    size_t length = craft_icmp_error(u->w->body, &u->network, u->icmp_type, u->icmp_code, quoted->bytes + link,
                                     quoted->caplen - link);
    return add_body(u, u->of->version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6, length);
}

static bool make_unit(struct unit_line *u)
{
    if (u->kind == LINE_SEGMENT && !u->options_given && !(u->segment.flags & (TCP_SYN | TCP_RST))) {
        struct reader options = { .name = u->r->name, .line = u->r->line, .at = u->script->options,
                                  .end = u->script->options + strlen(u->script->options), .error = u->r->error };
        if (!read_at_end(&options) && !take_options(u, &options))
            return false;
    }
    fill_payload(u);
    choose_id(u);
    if (u->kind == LINE_SEGMENT)
        return make_segment(u);
    return u->kind == LINE_DATAGRAM ? make_datagram(u) : make_icmp(u);
}

/* --- lines of other shapes --- */

/* again N: the same bytes captured a second time. */
static bool read_again(struct unit_line *u)
{
    struct script *s = u->script;
    uint32_t number = 0;
    if (!read_number(u->r, s->frame_count, &number, "an earlier frame's number"))
        return false;
    if (number == 0)
        return read_refuse(u->r, "expected an earlier frame's number, from 1");
    const struct script_frame *before = &s->frames[number - 1];
    u->conversation = before->conversation;
    return add_frame(s, u->r, before->frame.bytes, before->frame.len, before->frame.caplen, u->time, u->conversation);
}

/* arp ADDRESS asks ADDRESS, or arp ADDRESS answers ADDRESS */
static bool read_arp(struct unit_line *u)
{
    uint8_t sender[16], target[16], version, version_too;
    if (!read_address(u->r, sender, &version))
        return false;
    bool answers = read_this(u->r, "answers");
    if (!answers && !read_this(u->r, "asks"))
        return read_fail(u->r, "asks or answers");
    if (!read_address(u->r, target, &version_too))
        return false;
    if (version != 4 || version_too != 4)
        return read_refuse(u->r, "expected IPv4 addresses: ARP knows no others");
    size_t length = craft_arp(u->w->frame, answers ? 2 : 1, sender, target, u->script->vlan);
    return add_frame(u->script, u->r, u->w->frame, length, 0, u->time, SCRIPT_CAPTURE);
}

static bool read_line_time(struct unit_line *u)
{
    bool relative = false;
    if (!read_time(u->r, &u->time, &relative))
        return false;
    if (!u->script->nanosecond_clock && u->time % NS_PER_US)
        return read_refuse(u->r, "expected a time of whole microseconds, or 'clock nanoseconds' above");
    u->time += relative ? u->w->now : u->script->start;
    return true;
}

static bool read_unit(struct unit_line *u)
{
    if (u->conversation == SCRIPT_CAPTURE)
        return read_refuse(u->r, "expected 'client' and 'server' lines, or the name of a conversation, before this");
    u->of = &u->script->conversations[u->conversation];
    if (u->of->version == 0)
        return read_refuse(u->r, "expected a 'server' and a 'client' line before this");
    u->network = (struct craft_network){ .version = u->of->version, .ttl = 64, .vlan = u->script->vlan };
    memcpy(u->network.source, line_sender(u)->address, 16);
    memcpy(u->network.destination, line_receiver(u)->address, 16);
    if (!read_start(u))
        return false;
    u->segment.window = line_sender(u)->window;
    while (!read_at_end(u->r) && read_peek(u->r) != '|')
        if (!read_extra(u))
            return false;
    return make_unit(u);
}

bool script_unit(struct script *script, int conversation, struct reader *r, struct workshop *w)
{
    struct unit_line u = { .script = script, .r = r, .w = w, .conversation = conversation, .seq_rel = 1 };
    unsigned first = script->frame_count;
    nanoseconds before = w->now;
    if (!read_line_time(&u))
        return false;
    bool to_server = read_this(r, ">"), made;
    if (to_server || read_this(r, "<")) {
        u.from = to_server ? SCRIPT_CLIENT : SCRIPT_SERVER;
        made = read_unit(&u);
    } else if (read_this(r, "again")) {
        made = read_again(&u);
    } else if (read_this(r, "arp")) {
        made = read_arp(&u);
    } else {
        return read_fail(r, "> or < and a unit, 'again' and a frame, or 'arp'");
    }
    if (!made || !script_expect(r, &u.expect))
        return false;
    if (u.time < before && !u.earlier)
        return read_refuse(r, "expected times that never step back; write 'earlier' where this one is meant to");
    if (script->frame_count > first)
        script->frames[script->frame_count - 1].expect = u.expect;
    else if (u.expect.asked)
        return read_refuse(r, "expected nothing behind |, for this line gives no frame");
    if (u.time > w->now || u.earlier)
        w->now = u.time;
    return true;
}

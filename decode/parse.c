/* parse.c - one frame from its link type to its units: the order of openers, the parser's memory, and how a frame
 * came out. */
#include "decode/parse.h"

#include <stdlib.h>

#include "decode/fragments.h"
#include "decode/parser.h"

const char *const tunnel_names[TUNNEL_KINDS] = {
    [TUNNEL_IPIP] = "ipip", [TUNNEL_6IN4] = "6in4", [TUNNEL_4IN6] = "4in6", [TUNNEL_6IN6] = "6in6",
    [TUNNEL_GRE] = "gre", [TUNNEL_VXLAN] = "vxlan", [TUNNEL_GENEVE] = "geneve", [TUNNEL_GTPU] = "gtpu",
    [TUNNEL_TEREDO] = "teredo", [TUNNEL_ETHERIP] = "etherip", [TUNNEL_L2TP] = "l2tp", [TUNNEL_MPLS] = "mpls",
    [TUNNEL_AYIYA] = "ayiya", [TUNNEL_PIM] = "pim",
};

static enum layer (*const openers[LAYERS])(struct opening *) = {
#define X(NAME, name) [LAYER_##NAME] = open_##name,
    LAYER_LIST(X)
#undef X
};

struct parser *parser_new(uint64_t secret)
{
    struct parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->secret = secret;
    parser->fragments = fragments_new(secret);
    parser->scratch = malloc((size_t)SCRATCH_FRAMES * SCRATCH_EACH);
    if (!parser->fragments || !parser->scratch) {
        parser_free(parser);
        return NULL;
    }
    return parser;
}

void parser_free(struct parser *parser)
{
    if (!parser)
        return;
    inflater_free(parser->inflater);
    fragments_free(parser->fragments);
    free(parser->scratch);
    free(parser);
}

struct parser_counts parser_counts(const struct parser *parser)
{
    return (struct parser_counts){ .fragments_given_up = fragments_given_up(parser->fragments) };
}

uint8_t *parser_scratch(struct parser *parser, size_t length)
{
    if (parser->scratch_frame != parser->frames) {
        parser->scratch_frame = parser->frames;
        parser->scratch_used = 0;
    }
    if (length > SCRATCH_EACH - parser->scratch_used)
        return NULL;
    uint8_t *bytes = parser->scratch + parser->frames % SCRATCH_FRAMES * SCRATCH_EACH + parser->scratch_used;
    parser->scratch_used += length;
    return bytes;
}

static uint16_t offset_in_frame(const struct opening *o)
{
    uintptr_t at = (uintptr_t)o->at.at, begin = (uintptr_t)o->frame->bytes;
    if (at < begin || at > begin + o->frame->caplen)      /* in a reassembled datagram */
        return 0;
    return at - begin < UINT16_MAX ? (uint16_t)(at - begin) : UINT16_MAX;
}

enum layer broken(struct opening *o, const char *why)
{
    if (!o->result->malformed) {
        o->result->malformed = true;
        o->result->why = why;
        o->result->why_offset = offset_in_frame(o);
    }
    return LAYER_DONE;
}

enum layer fell_short(struct opening *o, size_t length, const char *why)
{
    if (wire_left(o) < length)
        return broken(o, why);
    o->result->cut = true;
    return LAYER_DONE;
}

void open_layers(struct opening *o, enum layer layer)
{
    while (layer != LAYER_DONE) {
        if (++o->steps > LAYERS_MAX) {
            broken(o, "more headers inside one another than are opened");
            return;
        }
        layer = openers[layer](o);
    }
}

enum layer open_fragment(struct opening *o, const struct fragment *fragment)
{
    unsigned datagram;
    uint8_t protocol;
    uint32_t length = fragments_add(o->parser->fragments, fragment, &datagram);
    if (length == 0)
        return LAYER_DONE;
    uint8_t *whole = parser_scratch(o->parser, length);
    fragments_take(o->parser->fragments, datagram, length, whole, &protocol);
    if (!whole)
        return LAYER_DONE;
    o->at = cursor_on(whole, length);
    o->beyond = 0;
    o->notes |= NOTE_REASSEMBLED;
    return layer_of_protocol(protocol);
}

struct unit *add_unit(struct opening *o, enum unit_kind kind, uint8_t protocol, uint16_t source_port,
                      uint16_t destination_port)
{
    if (o->result->units == FRAME_UNITS_MAX)
        return NULL;
    struct unit *unit = &o->units[o->result->units++];
    unit->from = (uint8_t)tuple_make(&unit->key, o->version, protocol, o->source, o->destination, source_port,
                                     destination_port);
    unit->time = o->frame->time;
    unit->frame = o->frame->number;
    unit->frame_len = o->frame->len;
    unit->notes = o->notes;
    unit->kind = (uint8_t)kind;
    unit->checksum = CHECKSUM_UNKNOWN;
    unit->layer = o->layer;
    unit->ttl = o->ttl;
    unit->tunnels = o->tunnels;
    memcpy(unit->tunnel, o->tunnel, sizeof unit->tunnel);
    unit->vlan = o->vlan;
    unit->ip_id = o->ip_id;
    unit->payload_length = unit->payload_captured = 0;
    unit->payload = NULL;
    return unit;
}

static enum frame_outcome outcome_of(const struct parsed *result)
{
    if (result->units > 0)
        return FRAME_UNITS;
    if (result->malformed)
        return FRAME_MALFORMED;
    if (result->cut)
        return FRAME_CUT;
    return result->fragment ? FRAME_FRAGMENT : FRAME_OTHER;
}

struct parsed parse_frame(struct parser *parser, const struct frame *frame, struct unit units[FRAME_UNITS_MAX])
{
    struct parsed result = { .outcome = FRAME_OTHER };
    struct opening o = {
        .parser = parser, .frame = frame, .units = units, .result = &result, .vlan = VLAN_NONE, .vlan_outer = VLAN_NONE,
        .at = cursor_on(frame->bytes, frame->caplen),
        .beyond = frame->len > frame->caplen ? frame->len - frame->caplen : 0,
    };
    parser->frames++;
    enum layer layer = layer_of_linktype(frame->linktype);
    if (__builtin_expect(layer == LAYER_DONE, 0))
        result.why = link_name(frame->linktype);
    open_layers(&o, layer);
    for (unsigned i = 0; i < result.units; i++)
        units[i].hash = tuple_hash(&units[i].key, parser->secret);
    return (struct parsed){ .outcome = outcome_of(&result), .units = result.units, .fragment = result.fragment,
                            .cut = result.cut, .malformed = result.malformed, .why = result.why,
                            .why_offset = result.why_offset };
}

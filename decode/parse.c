/* parse.c - one frame from its link type to its units: the order of openers, the parser's memory, and how a frame came out. */
#include "decode/parse.h"

#include <stdlib.h>

#include "decode/fragments.h"
#include "decode/parser.h"

const char *const tunnel_names[TUNNEL_KINDS] = {
    [TUNNEL_IPIP] = "ipip", [TUNNEL_6IN4] = "6in4", [TUNNEL_4IN6] = "4in6", [TUNNEL_6IN6] = "6in6", [TUNNEL_GRE] = "gre",
    [TUNNEL_VXLAN] = "vxlan", [TUNNEL_GENEVE] = "geneve", [TUNNEL_GTPU] = "gtpu", [TUNNEL_TEREDO] = "teredo",
    [TUNNEL_ETHERIP] = "etherip", [TUNNEL_L2TP] = "l2tp", [TUNNEL_MPLS] = "mpls", [TUNNEL_AYIYA] = "ayiya",
};

static enum layer (*const openers[LAYERS])(struct opening *) = {
    [LAYER_ETHERNET] = open_ethernet, [LAYER_VLAN] = open_vlan, [LAYER_SERVICE_TAG] = open_service_tag,
    [LAYER_TAG6] = open_tag6, [LAYER_TAG8] = open_tag8, [LAYER_MPLS] = open_mpls, [LAYER_LLC] = open_llc,
    [LAYER_SNAP] = open_snap, [LAYER_SNAP_UNPADDED] = open_snap_unpadded, [LAYER_NSH] = open_nsh,
    [LAYER_PPPOE] = open_pppoe, [LAYER_PPP] = open_ppp, [LAYER_PPP_SERIAL] = open_ppp_serial,
    [LAYER_PPP_DIRECTION] = open_ppp_direction, [LAYER_PPP_MULTILINK] = open_ppp_multilink,
    [LAYER_CISCO_HDLC] = open_cisco_hdlc, [LAYER_FRAME_RELAY] = open_frame_relay, [LAYER_SYMANTEC] = open_symantec,
    [LAYER_NULL] = open_null, [LAYER_LOOP] = open_loop, [LAYER_RAW] = open_raw, [LAYER_COOKED] = open_cooked,
    [LAYER_COOKED2] = open_cooked2, [LAYER_NFLOG] = open_nflog, [LAYER_PKTAP] = open_pktap, [LAYER_PPI] = open_ppi,
    [LAYER_ENC] = open_enc, [LAYER_IPNET] = open_ipnet, [LAYER_PFLOG] = open_pflog,
    [LAYER_FDDI] = open_fddi, [LAYER_TOKEN_RING] = open_token_ring, [LAYER_IP_OVER_FC] = open_ip_over_fc,
    [LAYER_FIREWIRE] = open_firewire, [LAYER_ARCNET] = open_arcnet, [LAYER_ARCNET_LINUX] = open_arcnet_linux,
    [LAYER_WIRELESS] = open_wireless, [LAYER_RADIOTAP] = open_radiotap, [LAYER_AVS] = open_avs, [LAYER_PRISM] = open_prism,
    [LAYER_IPV4] = open_ipv4, [LAYER_IPV6] = open_ipv6, [LAYER_IPV6_OPTIONS] = open_ipv6_options,
    [LAYER_IPV6_ROUTING] = open_ipv6_routing, [LAYER_IPV6_FRAGMENT] = open_ipv6_fragment,
    [LAYER_IPV6_EXTENSION] = open_ipv6_extension, [LAYER_AUTHENTICATION] = open_authentication,
    [LAYER_IPCOMP] = open_ipcomp,
    [LAYER_TCP] = open_tcp, [LAYER_UDP] = open_udp, [LAYER_ICMP] = open_icmp, [LAYER_ICMPV6] = open_icmpv6,
    [LAYER_ARP] = open_arp,
    [LAYER_GRE] = open_gre, [LAYER_ETHERIP] = open_etherip,
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
    const struct frame *frame = o->frame;
    if (o->at.at < frame->bytes || o->at.at > frame->bytes + frame->caplen)
        return 0;
    size_t offset = (size_t)(o->at.at - frame->bytes);
    return offset < UINT16_MAX ? (uint16_t)offset : UINT16_MAX;
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
        .at = cursor_on(frame->bytes, frame->caplen), .beyond = frame->len > frame->caplen ? frame->len - frame->caplen : 0,
    };
    parser->frames++;
    enum layer layer = layer_of_linktype(frame->linktype);
    if (__builtin_expect(layer == LAYER_DONE, 0))
        result.why = link_name(frame->linktype);
    open_layers(&o, layer);
    for (unsigned i = 0; i < result.units; i++)
        units[i].hash = tuple_hash(&units[i].key, parser->secret);
    return (struct parsed){ .outcome = outcome_of(&result), .units = result.units, .fragment = result.fragment, .cut = result.cut,
                            .malformed = result.malformed, .why = result.why, .why_offset = result.why_offset };
}

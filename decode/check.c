/* What to check: the few things behind most questions in a lab, each found by what a row shows (decoder.h has the
 * list).
 */
#include "decode/internal.h"

enum { NO_ANSWER_SYNS = 2 };

#define ZERO_WINDOW_LONG NS_PER_S

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

uint32_t server_hash_of(const struct decoder *d, const struct conversation *row, unsigned end, uint16_t port)
{
    struct tuple key = { .version = row->key.version };
    memcpy(key.address[0], row->key.address[end], sizeof key.address[0]);
    key.port[0] = port;
    return tuple_hash(&key, d->options.secret);
}

/* Is the port of a refused or unanswered SYN one that answers when its bytes are swapped? A port alone proves
 * nothing, so another connection to the same address must use the swapped one. */
static bool byte_swapped(const struct decoder *d, const struct connection *c)
{
    unsigned server = !c->head.client;
    uint16_t wanted = swapped(c->head.key.port[server]);
    uint32_t hash = server_hash_of(d, &c->head, server, wanted);
    return wanted != c->head.key.port[server] && d->servers[hash % SERVERS_REMEMBERED] == hash;
}

static bool ended_in(const struct connection *c, enum tcp_state state)
{
    return c->peer[0].state == state || c->peer[1].state == state;
}

static bool mostly_twice(uint64_t twice, uint64_t all)
{
    return twice >= 3 && twice * 5 >= all * 2;
}

/* A RST from an end to which the last data had come shortly before, and which had not closed: nobody read it. */
static bool reset_after_unread(const struct connection *c)
{
    if (c->reset_by == NO_END || !c->moment_frame[MOMENT_ESTABLISHED])
        return false;
    const struct peer *from = &c->peer[c->reset_by], *to = &c->peer[!c->reset_by];
    return (to->facts & PEER_DATA) && c->last_data_by != c->reset_by && !(from->facts & PEER_FIN);
}

static bool long_zero_window(const struct decoder *d, const struct connection *c)
{
    for (unsigned end = 0; end < 2; end++) {
        const struct tally *t = decoder_tally(d, &c->peer[end]);
        nanoseconds still = t->window_closed ? c->head.last_time - t->zero_window_since : 0;
        if (duration_of(t->zero_window_longest) >= ZERO_WINDOW_LONG || still >= ZERO_WINDOW_LONG)
            return true;
    }
    return false;
}

/* Where a server answers at the swapped port the client is wrong. Else recorded calls know of who is bound there,
 * and who is wrong is open. */
static uint32_t check_port(const struct decoder *d, const struct connection *c)
{
    unsigned server = !c->head.client;
    uint16_t port = c->head.key.port[server];
    if (byte_swapped(d, c))
        return CHECK_BYTE_SWAPPED_PORT;
    return swapped(port) != port && calls_bound(d, &c->head, server, swapped(port)) ? CHECK_BOUND_BYTE_SWAPPED : 0;
}

static uint32_t check_connection(const struct decoder *d, const struct connection *c)
{
    const struct peer *client = &c->peer[c->head.client], *server = &c->peer[!c->head.client];
    enum handshake handshake = connection_handshake(c);
    enum ending ending = connection_ending(c);
    uint32_t checks = 0;
    if (handshake == HANDSHAKE_REFUSED)
        checks |= CHECK_NOBODY_LISTENS;
    if (handshake == HANDSHAKE_NO_ANSWER && client->syns >= NO_ANSWER_SYNS)
        checks |= CHECK_NO_ANSWER;
    if (handshake == HANDSHAKE_REFUSED || handshake == HANDSHAKE_NO_ANSWER)
        checks |= check_port(d, c);
    if (c->head.icmp_frame)
        checks |= CHECK_HOST_UNREACHABLE;
    bool both = c->head.units[0] && c->head.units[1];
    if (handshake == HANDSHAKE_COMPLETE && ending != ENDING_CLOSED && c->reset_by == NO_END &&
        (client->facts & PEER_DATA) && (server->facts & PEER_SENT) &&
        !(server->facts & (PEER_DATA | PEER_FIN)))
        checks |= CHECK_SERVER_SILENT;
    if (ended_in(c, STATE_CLOSE_WAIT) && ending == ENDING_HALF_CLOSED)
        checks |= CHECK_CLOSE_WAIT_AT_END;
    if (reset_after_unread(c))
        checks |= CHECK_RESET_AFTER_UNREAD;
    const uint32_t unread = CHECK_SERVER_SILENT | CHECK_RESET_AFTER_UNREAD;
    if ((checks & unread) && !(server->facts & PEER_DATA) && calls_never_accepted(d, &c->head))
        checks = (checks & ~unread) | CHECK_NEVER_ACCEPTED;
    if (long_zero_window(d, c))
        checks |= CHECK_LONG_ZERO_WINDOW;
    if (!both && !c->head.icmp_frame && handshake != HANDSHAKE_NO_ANSWER && c->head.units[0] + c->head.units[1] > 1)
        checks |= CHECK_ONE_DIRECTION;
    uint64_t twice = (uint64_t)decoder_tally(d, client)->duplicates + decoder_tally(d, server)->duplicates;
    if (mostly_twice(twice, (uint64_t)c->head.units[0] + c->head.units[1]))
        checks |= CHECK_FRAMES_TWICE;
    return checks;
}

uint32_t decoder_check(const struct decoder *d, const struct conversation *row)
{
    if (conversation_is_tcp(row))
        return check_connection(d, as_connection(row));
    if (flow_status(as_flow(row)) != FLOW_UNREACHABLE)
        return 0;
    if (calls_connected_elsewhere(d, row, !row->client))
        return CHECK_CONNECTED_ELSEWHERE;
    uint16_t port = row->key.port[!row->client];
    bool bound = swapped(port) != port && calls_bound(d, row, !row->client, swapped(port));
    return bound ? CHECK_BOUND_BYTE_SWAPPED : CHECK_HOST_UNREACHABLE;
}

uint32_t decoder_check_capture(const struct decoder *d)
{
    const struct totals *t = &d->totals;
    uint32_t checks = 0;
    if (t->tcp_segments + t->udp_datagrams == 0 && t->frames)
        checks |= CHECK_NO_PROGRAM_FRAMES;
    if (mostly_twice(t->duplicates, t->tcp_segments))
        checks |= CHECK_FRAMES_TWICE;
    return checks;
}

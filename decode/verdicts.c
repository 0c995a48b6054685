/* The verdicts on a connection as a whole, worked out from what was kept of it when somebody asks.
 */
#include <stdio.h>

#include "decode/internal.h"

static bool both_have(const struct connection *c, uint32_t fact)
{
    return (c->peer[0].facts & fact) && (c->peer[1].facts & fact);
}

static uint32_t facts(const struct connection *c)
{
    return c->peer[0].facts | c->peer[1].facts;
}

static bool was_in(const struct peer *p, enum tcp_state state)
{
    for (unsigned i = 0; i < p->path_length; i++)
        if (peer_path(p, i) == state)
            return true;
    return false;
}

/* Fast Open in the sense of RFC 7413: payload on the SYN, and the SYN,ACK covers it or not; a cookie request alone is a
 * common handshake. */
static bool fast_open(const struct connection *c)
{
    const struct peer *client = &c->peer[c->head.client];
    return (client->facts & PEER_FAST_OPEN) && (client->facts & PEER_DATA) &&
           client->first_data_frame == c->moment_frame[MOMENT_SYN];
}

enum handshake connection_handshake(const struct connection *c)
{
    if (!(c->head.flags & CONVERSATION_OPENING_SEEN))
        return HANDSHAKE_MIDSTREAM;
    const struct peer *client = &c->peer[c->head.client], *server = &c->peer[!c->head.client];
    bool answered = facts(c) & PEER_SYN_ACK;
    if (c->head.flags & CONVERSATION_BOTH_OPENED)
        return HANDSHAKE_SIMULTANEOUS;
    if (!answered && tcp_state_synchronised(peer_path(server, 0)))
        return HANDSHAKE_HALF;    /* a SYN inside a connection from before, which was not accepted */
    if (c->moment_frame[MOMENT_ESTABLISHED])
        return fast_open(c) ? HANDSHAKE_FAST_OPEN : HANDSHAKE_COMPLETE;
    if (!answered && (server->facts & PEER_RST) && !was_in(server, STATE_ESTABLISHED))
        return HANDSHAKE_REFUSED;
    if (answered || c->head.units[!c->head.client])
        return HANDSHAKE_HALF;
    if (c->head.icmp_frame && c->head.icmp_from == c->head.client)
        return HANDSHAKE_UNREACHABLE;
    return client->facts & PEER_SYN ? HANDSHAKE_NO_ANSWER : HANDSHAKE_HALF;
}

enum ending connection_ending(const struct connection *c)
{
    if (c->reset_by != NO_END &&
        !(c->moment_frame[MOMENT_LAST_ACK] && c->moment_frame[MOMENT_LAST_ACK] <= c->moment_frame[MOMENT_RESET]))
        return ENDING_RESET;
    if (both_have(c, PEER_FIN))
        return ENDING_CLOSED;
    return facts(c) & PEER_FIN ? ENDING_HALF_CLOSED : ENDING_OPEN;
}

unsigned connection_closed_by(const struct connection *c)
{
    const struct peer *a = &c->peer[0], *b = &c->peer[1];
    if (was_in(a, STATE_CLOSING) || was_in(b, STATE_CLOSING))
        return BOTH_ENDS;
    if (a->fin_frame && b->fin_frame)
        return b->fin_frame < a->fin_frame;
    if (a->fin_frame || b->fin_frame)
        return a->fin_frame ? 0 : 1;
    return c->reset_by;
}

unsigned connection_opened_by(const struct connection *c)
{
    if (!(c->head.flags & CONVERSATION_OPENING_SEEN))
        return NO_END;
    return c->head.flags & CONVERSATION_BOTH_OPENED ? BOTH_ENDS : c->head.client;
}

void connection_sxfy(const struct connection *c, char text[16])
{
    unsigned syns = c->peer[0].syns + c->peer[1].syns, fins = c->peer[0].fins + c->peer[1].fins;
    snprintf(text, 16, "S%uF%u%s", syns, fins, facts(c) & PEER_RST_ANY ? "R" : "");
}

bool connection_only_reset(const struct connection *c, unsigned end)
{
    return c->head.units[end] <= 1 && tcp_state_synchronised(peer_path(&c->peer[end], 0));
}

static enum call close_call(const struct peer *p)
{
    if (p->facts & PEER_SHUTDOWN)
        return CALL_SHUTDOWN;
    return p->facts & PEER_CLOSE ? CALL_CLOSE : CALL_CLOSE_OR_SHUTDOWN;
}

static unsigned add_call(struct inferred_call *calls, unsigned count, unsigned who, enum call call, uint32_t frame)
{
    unsigned at = count;
    while (at > 0 && calls[at - 1].frame > frame) {
        calls[at] = calls[at - 1];
        at--;
    }
    calls[at] = (struct inferred_call){ .who = (uint8_t)who, .call = (uint8_t)call, .frame = frame };
    return count + 1;
}

unsigned connection_calls(const struct connection *c, struct inferred_call calls[CONNECTION_CALLS_MAX])
{
    unsigned count = 0;
    for (unsigned end = 0; end < 2; end++) {
        const struct peer *p = &c->peer[end];
        bool server = (p->facts & PEER_SYN_ACK) && !(p->facts & PEER_SYN);
        if (p->facts & PEER_SYN)
            count = add_call(calls, count, end, CALL_CONNECT,
                             end == c->head.client ? c->moment_frame[MOMENT_SYN] : p->syn_frame);
        if (server) {
            uint32_t shown = p->first_data_frame && (!p->fin_frame || p->first_data_frame < p->fin_frame)
                             ? p->first_data_frame : p->fin_frame;
            count = add_call(calls, count, end, CALL_LISTEN, c->moment_frame[MOMENT_SYN_ACK]);
            if (shown)
                count = add_call(calls, count, end, CALL_ACCEPT, shown);
        }
        if (p->fin_frame)
            count = add_call(calls, count, end, close_call(p), p->fin_frame);
        else if (c->reset_by == end && (p->facts & PEER_ABORTED))
            count = add_call(calls, count, end, CALL_CLOSE, c->moment_frame[MOMENT_RESET]);
    }
    return count;
}

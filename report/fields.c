#include "report/fields.h"

static struct value null_value(void)
{
    return (struct value){ .kind = VALUE_NULL };
}

static struct value number_value(uint64_t n)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = n };
}

static struct value text_value(const char *s)
{
    return (struct value){ .kind = s ? VALUE_TEXT : VALUE_NULL, .text = s };
}

static struct value bool_value(bool b)
{
    return (struct value){ .kind = VALUE_BOOL, .number = b };
}

static struct value seconds_value(nanoseconds duration)
{
    return (struct value){ .kind = VALUE_SECONDS, .time = duration };
}

static struct value time_value(nanoseconds time)
{
    return (struct value){ .kind = VALUE_TIME, .time = time };
}

static struct value known(bool is, uint64_t n)
{
    return is ? number_value(n) : null_value();
}

static const struct peer *peer_of(const struct row *row, unsigned side)
{
    return &row->tcp->peer[row->end[side]];
}

/* "client", "server", "both" or null, of an end, BOTH_ENDS or NO_END. */
static struct value who_value(const struct row *row, unsigned end)
{
    if (end == BOTH_ENDS)
        return text_value("both");
    return text_value(end == row->end[CLIENT] ? "client" : end == row->end[SERVER] ? "server" : NULL);
}

static struct value state_value(enum tcp_state state)
{
    return text_value(state == STATE_UNKNOWN ? NULL : tcp_state_names[state]);
}

/* --- what connections and flows have in common --- */

static struct value get_type(struct row *row, unsigned which)
{
    (void)which;
    return text_value(row->tcp ? "tcp" : "udp");
}

static struct value get_id(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->of->id);
}

static struct value get_vlan(struct row *row, unsigned which)
{
    (void)which;
    return known(row->of->vlan != VLAN_NONE, row->of->vlan);
}

static struct value get_tunnel(struct row *row, unsigned which)
{
    (void)which;
    unsigned count = row->of->tunnels < UNIT_TUNNELS ? row->of->tunnels : UNIT_TUNNELS;
    return (struct value){ .kind = VALUE_TUNNELS, .count = count, .address = row->of->tunnel };
}

static struct value get_within(struct row *row, unsigned which)
{
    (void)which;
    return known(row->of->within, row->of->within);
}

static struct value get_address(struct row *row, unsigned side)
{
    const struct tuple *key = &row->of->key;
    return (struct value){ .kind = VALUE_ADDRESS, .count = key->version, .address = key->address[row->end[side]] };
}

static struct value get_port(struct row *row, unsigned side)
{
    return number_value(row->of->key.port[row->end[side]]);
}

static struct value get_first_frame(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->of->first_frame);
}

static struct value get_last_frame(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->of->last_frame);
}

static struct value get_first_time(struct row *row, unsigned which)
{
    (void)which;
    return time_value(row->of->first_time);
}

static struct value get_duration(struct row *row, unsigned which)
{
    (void)which;
    return seconds_value(row->of->last_time - row->of->first_time);
}

static struct value get_frames(struct row *row, unsigned which)
{
    (void)which;
    return number_value((uint64_t)row->of->units[0] + row->of->units[1]);
}

static struct value get_frame_bytes(struct row *row, unsigned side)
{
    return number_value(row->of->frame_bytes[row->end[side]]);
}

static struct value get_units(struct row *row, unsigned side)
{
    return number_value(row->of->units[row->end[side]]);
}

static struct value get_payload_bytes(struct row *row, unsigned side)
{
    return number_value(row->of->payload_bytes[row->end[side]]);
}

static struct value get_conn_state(struct row *row, unsigned which)
{
    (void)which;
    if (row->tcp)
        zeek_conn_state(row->tcp, row->conn_state);
    else
        zeek_flow_state(row->udp, row->conn_state);
    return text_value(row->conn_state);
}

static struct value get_history(struct row *row, unsigned which)
{
    (void)which;
    if (row->tcp)
        zeek_history(row->tcp, row->history);
    else
        zeek_flow_history(row->udp, row->history);
    return text_value(row->history);
}

static struct value get_check(struct row *row, unsigned which)
{
    (void)which;
    return (struct value){ .kind = VALUE_CHECKS, .number = decoder_check(row->decoder, row->of) };
}

static struct value get_given_up(struct row *row, unsigned which)
{
    (void)which;
    return bool_value(row->of->flags & CONVERSATION_GIVEN_UP);
}

/* --- connections only --- */

static struct value get_incarnation(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->tcp->incarnation);
}

static struct value get_opened_by(struct row *row, unsigned which)
{
    (void)which;
    return who_value(row, connection_opened_by(row->tcp));
}

static struct value get_handshake(struct row *row, unsigned which)
{
    (void)which;
    return text_value(handshake_names[connection_handshake(row->tcp)]);
}

static struct value get_ending(struct row *row, unsigned which)
{
    (void)which;
    return text_value(ending_names[connection_ending(row->tcp)]);
}

static struct value get_closed_by(struct row *row, unsigned which)
{
    (void)which;
    return who_value(row, connection_closed_by(row->tcp));
}

static struct value get_state(struct row *row, unsigned side)
{
    return state_value(peer_of(row, side)->state);
}

static struct value get_path(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return (struct value){ .kind = VALUE_STATES, .count = p->path_length, .number = p->path };
}

static struct value get_stream_bytes(struct row *row, unsigned side)
{
    return number_value(peer_of(row, side)->stream_bytes);
}

static struct value get_sequence_bytes(struct row *row, unsigned side)
{
    return number_value(zeek_sequence_bytes(row->tcp, row->end[side]));
}

static struct value get_isn(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return known(p->facts & PEER_ISS, p->iss);
}

static struct value get_mss(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return known(p->mss, p->mss);
}

static struct value get_window_scale(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return known(p->window_scale != 255, p->window_scale);
}

/* An option that only a SYN can carry: without the SYN nothing is known of it. */
static struct value option_value(const struct peer *p, uint32_t fact)
{
    if (p->facts & fact)
        return bool_value(true);
    return p->facts & PEER_ISS ? bool_value(false) : null_value();
}

static struct value get_sack_permitted(struct row *row, unsigned side)
{
    return option_value(peer_of(row, side), PEER_SACK_PERMITTED);
}

static struct value get_timestamps(struct row *row, unsigned side)
{
    return option_value(peer_of(row, side), PEER_TIMESTAMPS);
}

static struct value get_min_window(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return known(p->window_seen, p->min_window);
}

static struct value get_max_window(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return known(p->window_seen, p->max_window);
}

enum { OF_SERVER = 0x80 };        /* beside a mark's index in `which` */

static struct value get_mark(struct row *row, unsigned which)
{
    const struct tally *tally = row->tally[which & OF_SERVER ? SERVER : CLIENT];
    return number_value(tally ? tally->marks[which & ~(unsigned)OF_SERVER] : 0);
}

static struct value get_initial_rtt(struct row *row, unsigned which)
{
    (void)which;
    nanoseconds rtt = connection_initial_rtt(row->tcp);
    return rtt >= 0 ? seconds_value(rtt) : null_value();
}

static struct value get_rtt_min(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return p->rtt_samples ? seconds_value(duration_of(p->rtt_min)) : null_value();
}

static struct value get_rtt_mean(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return p->rtt_samples ? seconds_value(p->rtt_sum / p->rtt_samples) : null_value();
}

static struct value get_rtt_max(struct row *row, unsigned side)
{
    const struct peer *p = peer_of(row, side);
    return p->rtt_samples ? seconds_value(duration_of(p->rtt_max)) : null_value();
}

static struct value get_rtt_samples(struct row *row, unsigned side)
{
    return number_value(peer_of(row, side)->rtt_samples);
}

static struct value get_completeness(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->tcp->completeness);
}

static struct value get_sxfy(struct row *row, unsigned which)
{
    (void)which;
    connection_sxfy(row->tcp, row->sxfy);
    return text_value(row->sxfy);
}

static struct value get_moment_frame(struct row *row, unsigned moment)
{
    return known(row->tcp->moment_frame[moment], row->tcp->moment_frame[moment]);
}

static struct value get_moment_time(struct row *row, unsigned moment)
{
    return row->tcp->moment_frame[moment] ? time_value(connection_moment(row->tcp, moment)) : null_value();
}

/* The frame that a recorded call put on the wire, where it is known for sure. */
static uint32_t frame_of_call(const struct connection *c, unsigned who, const struct true_call *call)
{
    const struct peer *p = &c->peer[who];
    if (call->call == CALL_CONNECT)
        return who == c->head.client ? c->moment_frame[MOMENT_SYN] : p->syn_frame;
    bool ends = call->call == CALL_CLOSE || call->call == CALL_SHUTDOWN || call->call == CALL_EXIT;
    if (!ends || call->stays_open)
        return 0;
    if (p->fin_frame)
        return p->fin_frame;
    return c->reset_by == who ? c->moment_frame[MOMENT_RESET] : 0;
}

static struct value get_calls(struct row *row, unsigned which)
{
    struct told_call told[CALLS_OF_ROW];
    struct inferred_call inferred[CONNECTION_CALLS_MAX];
    unsigned recorded = decoder_calls(row->decoder, row->of, told), count = 0;
    bool known[2] = { false, false }, ended[2] = { false, false };
    (void)which;
    for (unsigned i = 0; i < recorded; i++) {
        row->calls[count++] = (struct row_call){ .who = told[i].who, .call = told[i].call->call, .recorded = told[i].call,
                                                 .frame = frame_of_call(row->tcp, told[i].who, told[i].call) };
        known[told[i].who] = true;
        ended[told[i].who] |= call_ended(told[i].call);
    }
    unsigned guesses = connection_calls(row->tcp, inferred);
    for (unsigned i = 0; i < guesses; i++)
        if (!known[inferred[i].who] || (call_ends(inferred[i].call) && !ended[inferred[i].who]))
            row->calls[count++] = (struct row_call){ .who = inferred[i].who, .call = inferred[i].call,
                                                     .frame = inferred[i].frame };
    return (struct value){ .kind = VALUE_CALLS, .count = count, .calls = row->calls };
}

/* --- flows only --- */

static struct value get_status(struct row *row, unsigned which)
{
    (void)which;
    return text_value(flow_status_names[flow_status(row->udp)]);
}

static struct value get_exchanges(struct row *row, unsigned which)
{
    (void)which;
    return number_value(row->udp->exchanges);
}

static struct value get_reply_min(struct row *row, unsigned which)
{
    (void)which;
    return row->udp->exchanges ? seconds_value(duration_of(row->udp->reply_min)) : null_value();
}

static struct value get_reply_mean(struct row *row, unsigned which)
{
    (void)which;
    return row->udp->exchanges ? seconds_value(row->udp->reply_sum / row->udp->exchanges) : null_value();
}

static struct value get_reply_max(struct row *row, unsigned which)
{
    (void)which;
    return row->udp->exchanges ? seconds_value(duration_of(row->udp->reply_max)) : null_value();
}

/* --- the table --- */

#define ONE(name, of, kind, get, unit, says) { name, unit, says, get, 0, of, kind, FIELD_PLAIN },
#define PAIR(name, of, kind, get, unit, says) \
    { name ".client", unit, says ", the client's", get, CLIENT, of, kind, FIELD_PLAIN }, \
    { name ".server", unit, says ", the server's", get, SERVER, of, kind, FIELD_PLAIN },
#define END(side, which, kind_of) \
    { side ".addr", "", "address of the " side kind_of, get_address, which, FIELD_BOTH, VALUE_ADDRESS, FIELD_PLAIN }, \
    { side ".port", "", "port of the " side, get_port, which, FIELD_BOTH, VALUE_NUMBER, FIELD_PLAIN },
#define MOMENT(name, moment, says) \
    { "moments." name ".frame", "frame", "frame of " says, get_moment_frame, moment, \
      FIELD_TCP, VALUE_NUMBER, FIELD_MOMENT }, \
    { "moments." name ".time", "time", "time of " says, get_moment_time, moment, FIELD_TCP, VALUE_TIME, FIELD_MOMENT },
#define RTT_FIELD(name, unit, says, get, which, kind) \
    { "rtt." name, unit, says, get, which, FIELD_TCP, kind, FIELD_PLAIN },
#define RTT(side, which) \
    RTT_FIELD(side ".min", "s", "shortest round trip of segments that the " side " sent (Karn's rule)", get_rtt_min, \
              which, VALUE_SECONDS) \
    RTT_FIELD(side ".mean", "s", "mean of these round trips", get_rtt_mean, which, VALUE_SECONDS) \
    RTT_FIELD(side ".max", "s", "longest of these round trips", get_rtt_max, which, VALUE_SECONDS) \
    RTT_FIELD(side ".samples", "", "how many of these round trips were measured", get_rtt_samples, which, VALUE_NUMBER)
#define MARK(side, name, which) \
    { "analysis." side "." name, "", "segments of the " side " marked so: see `synfin help " name "`", get_mark, \
      which, FIELD_TCP, VALUE_NUMBER, FIELD_MARK },

const struct field fields[] = {
    ONE("type", FIELD_BOTH, VALUE_TEXT, get_type, "", "tcp (a connection) or udp (a flow)")
    ONE("id", FIELD_BOTH, VALUE_NUMBER, get_id, "", "number of the connection or flow, in the order of first frames")
    ONE("incarnation", FIELD_TCP, VALUE_NUMBER, get_incarnation, "",
         "which connection on the same four numbers, from 1")
    ONE("vlan", FIELD_BOTH, VALUE_NUMBER, get_vlan, "", "VLAN of the first frame")
    ONE("tunnel", FIELD_BOTH, VALUE_TUNNELS, get_tunnel, "", "tunnels around it, outermost first")
    ONE("within", FIELD_BOTH, VALUE_NUMBER, get_within, "", "id of the flow that carries it")
    END("client", CLIENT, ": the end that opened, or the better guess")
    END("server", SERVER, "")
    ONE("opened_by", FIELD_TCP, VALUE_TEXT, get_opened_by, "", "who sent the SYN: client, or both; null: not seen")
    ONE("handshake", FIELD_TCP, VALUE_TEXT, get_handshake, "",
        "complete, half, refused, no_answer, unreachable, simultaneous, fast_open or midstream")
    ONE("ending", FIELD_TCP, VALUE_TEXT, get_ending, "", "closed, reset, half_closed or open")
    ONE("closed_by", FIELD_TCP, VALUE_TEXT, get_closed_by, "",
         "who sent the first FIN, or the RST: client, server or both")
    ONE("status", FIELD_UDP, VALUE_TEXT, get_status, "", "unreplied, replied or unreachable")
    ONE("first_frame", FIELD_BOTH, VALUE_NUMBER, get_first_frame, "frame", "its first frame")
    ONE("last_frame", FIELD_BOTH, VALUE_NUMBER, get_last_frame, "frame", "its last frame")
    ONE("first_time", FIELD_BOTH, VALUE_TIME, get_first_time, "time", "time of the first frame, since the epoch")
    ONE("duration", FIELD_BOTH, VALUE_SECONDS, get_duration, "s", "from the first frame to the last")
    ONE("frames", FIELD_BOTH, VALUE_NUMBER, get_frames, "", "segments or datagrams, both ways")
    PAIR("frame_bytes", FIELD_BOTH, VALUE_NUMBER, get_frame_bytes, "bytes", "whole frames as on the wire")
    PAIR("state", FIELD_TCP, VALUE_TEXT, get_state, "state", "state at the end of the capture (RFC 9293 3.3.2)")
    PAIR("path", FIELD_TCP, VALUE_STATES, get_path, "state",
          "states passed through, the one before the first segment first")
    PAIR("segments", FIELD_TCP, VALUE_NUMBER, get_units, "", "segments sent")
    PAIR("datagrams", FIELD_UDP, VALUE_NUMBER, get_units, "", "datagrams sent")
    PAIR("payload_bytes", FIELD_BOTH, VALUE_NUMBER, get_payload_bytes, "bytes",
          "sum of payload lengths, what was sent again too")
    PAIR("stream_bytes", FIELD_TCP, VALUE_NUMBER, get_stream_bytes, "bytes", "payload without what was sent again")
    PAIR("sequence_bytes", FIELD_TCP, VALUE_NUMBER, get_sequence_bytes, "bytes",
          "sequence space, gaps counted (Zeek's bytes)")
    PAIR("isn", FIELD_TCP, VALUE_NUMBER, get_isn, "", "initial sequence number, absolute")
    PAIR("mss", FIELD_TCP, VALUE_NUMBER, get_mss, "bytes", "maximum segment size option of the SYN")
    PAIR("window_scale", FIELD_TCP, VALUE_NUMBER, get_window_scale, "", "shift of the window scale option of the SYN")
    PAIR("sack_permitted", FIELD_TCP, VALUE_BOOL, get_sack_permitted, "", "SACK permitted, an option of the SYN")
    PAIR("timestamps", FIELD_TCP, VALUE_BOOL, get_timestamps, "", "timestamps option")
    PAIR("min_window", FIELD_TCP, VALUE_NUMBER, get_min_window, "bytes",
          "least receive window told, scaled, RST left out")
    PAIR("max_window", FIELD_TCP, VALUE_NUMBER, get_max_window, "bytes",
          "greatest receive window told, scaled, RST left out")
#define X(id, name, says) MARK("client", name, MARK_INDEX_##id)
    MARKS(X)
#undef X
#define X(id, name, says) MARK("server", name, OF_SERVER | MARK_INDEX_##id)
    MARKS(X)
#undef X
    ONE("initial_rtt", FIELD_TCP, VALUE_SECONDS, get_initial_rtt, "s",
        "round trip of the handshake: last SYN to the first segment with ACK and without SYN")
    RTT("client", CLIENT)
    RTT("server", SERVER)
    ONE("exchanges", FIELD_UDP, VALUE_NUMBER, get_exchanges, "", "requests that a reply followed, as an inference")
    ONE("reply_time.min", FIELD_UDP, VALUE_SECONDS, get_reply_min, "s", "shortest time from request to reply")
    ONE("reply_time.mean", FIELD_UDP, VALUE_SECONDS, get_reply_mean, "s", "mean time from request to reply")
    ONE("reply_time.max", FIELD_UDP, VALUE_SECONDS, get_reply_max, "s", "longest time from request to reply")
    ONE("completeness", FIELD_TCP, VALUE_NUMBER, get_completeness, "",
        "Wireshark's number: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST, added up")
    ONE("conn_state", FIELD_BOTH, VALUE_TEXT, get_conn_state, "",
         "Zeek's verdict: SF, S0, REJ, ... (`synfin help conn_state`)")
    ONE("history", FIELD_BOTH, VALUE_TEXT, get_history, "",
         "Zeek's letters, upper case the originator's (`synfin help history`)")
    ONE("sxfy", FIELD_TCP, VALUE_TEXT, get_sxfy, "", "SYNs and FINs seen, R when a RST was: S2F2, S1F0R")
    MOMENT("syn", MOMENT_SYN, "the first SYN")
    MOMENT("syn_ack", MOMENT_SYN_ACK, "the first SYN,ACK")
    MOMENT("established", MOMENT_ESTABLISHED, "the segment that made both ends ESTABLISHED")
    MOMENT("first_data", MOMENT_FIRST_DATA, "the first segment with payload")
    MOMENT("last_data", MOMENT_LAST_DATA, "the last segment with payload")
    MOMENT("first_fin", MOMENT_FIRST_FIN, "the first FIN")
    MOMENT("second_fin", MOMENT_SECOND_FIN, "the other end's first FIN")
    MOMENT("last_ack", MOMENT_LAST_ACK, "the ACK of the second FIN")
    MOMENT("reset", MOMENT_RESET, "the RST that ended it")
    ONE("calls", FIELD_TCP, VALUE_CALLS, get_calls, "", "socket calls that the segments show")
    ONE("check", FIELD_BOTH, VALUE_CHECKS, get_check, "", "what to check, by name (`synfin help checks`)")
    { "given_up", "", "dropped from the table early to make room: what came later is not in it", get_given_up, 0,
      FIELD_BOTH, VALUE_BOOL, FIELD_IF_TRUE },
};

const unsigned field_count = sizeof fields / sizeof *fields;

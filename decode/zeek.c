/* Zeek's view of TCP, rule by rule: endpoint states, the letters of history, and conn_state at the end. Where a rule
 * looks odd (sequence numbers trusted or not, roles changed half way through a segment) it is Zeek's own.
 *
 * Zeek reassembles every TCP connection by default, with or without an analyzer for it, so a gap (G) is told whenever
 * an ACK covers bytes that were not captured while both ends are ESTABLISHED or closed from there; payload cut by the
 * snapshot length counts as not captured. Of the runs of bytes behind holes only the first is kept here. What is not
 * known of others is taken for captured, so that a gap may be missed but none is made up.
 */
#include <string.h>

#include "decode/connection.h"
#include "decode/segment.h"
#include "decode/sequence.h"
#include "decode/zeek.h"

enum zeek_state {
    ZEEK_INACTIVE, ZEEK_SYN_SENT, ZEEK_SYN_ACK_SENT, ZEEK_PARTIAL, ZEEK_ESTABLISHED, ZEEK_CLOSED, ZEEK_RESET
};

enum letter {
    LETTER_S, LETTER_H, LETTER_A, LETTER_D, LETTER_F, LETTER_R, LETTER_C, LETTER_T, LETTER_W, LETTER_G, LETTER_I,
    LETTER_Q, LETTER_FLIP,
    RESPONDER = 16,               /* added to a letter: lower case */
};
static const char letter_names[] = "SHADFRCTWGIQ^", small_letter_names[] = "shadfrctwgiq^";

enum told {
    TOLD_SYN = 1, TOLD_FIN = 2, TOLD_RST = 4, TOLD_FIN_RST = 8, TOLD_DATA = 16, TOLD_ACK = 32, TOLD_MIXED = 64
};

enum {
    SYN_FIN_RST = TCP_SYN | TCP_FIN | TCP_RST,
    LETTER_BITS = 5, LETTERS_PER_WORD = 12, LETTERS_MAX = 3 * LETTERS_PER_WORD,
    COUNT_MAX = 10000,            /* counting stops here: the letter after it would come at 100000 */
    COUNT_MASK = 0x3fff,          /* of the counters' bit-fields */
    JUMP_MAX = 1 << 20,           /* SYN and RST that jump further are not believed */
    UNACKED_MAX = 16384,          /* bytes behind a hole without any ACK: reassembly is given up */
};

/* --- history --- */

static void add_letter(struct zeek_history *h, unsigned letter)
{
    if (h->length == LETTERS_MAX)
        return;
    h->letters[h->length / LETTERS_PER_WORD] |= (uint64_t)letter << LETTER_BITS * (h->length % LETTERS_PER_WORD);
    h->length++;
}

static unsigned role_of(const struct zeek_history *h, unsigned end)
{
    return end != h->originator;
}

static void tell(struct zeek_history *h, unsigned end, enum letter letter)
{
    add_letter(h, letter + RESPONDER * role_of(h, end));
}

static void flip_roles(struct zeek_history *h)
{
    h->originator = !h->originator;
    add_letter(h, LETTER_FLIP);
}

/* What began with a SYN,ACK alone may be a scan whose sender is the originator; data or an ACK makes that unlikely. */
static void flip_after_syn_ack(struct zeek_history *h)
{
    h->originator = !h->originator;
    h->length = 0;
    h->letters[0] = 0;
    add_letter(h, LETTER_FLIP);
    add_letter(h, LETTER_H + RESPONDER);
}

/* Gives true where this role had told the letter before. When roles are changed, what was told stays with the role. */
static bool told_before(struct zeek_history *h, unsigned end, enum told what, enum letter letter)
{
    if (h->told[role_of(h, end)] & what)
        return true;
    if (h->length == 1 && h->letters[0] == LETTER_H && (letter == LETTER_A || letter == LETTER_D))
        flip_after_syn_ack(h);
    h->told[role_of(h, end)] |= (uint8_t)what;
    tell(h, end, letter);
    return false;
}

/* Counts one more, told at the first, tenth, hundredth ... time. Gives the new count. */
static unsigned count(struct zeek_history *h, unsigned end, unsigned n, enum letter letter)
{
    if (n == COUNT_MAX)
        return n;
    n++;
    if (n == 1 || n == 10 || n == 100 || n == 1000 || n == COUNT_MAX)
        tell(h, end, letter);
    return n;
}

static uint16_t digest(uint32_t n)
{
    return (uint16_t)(n ^ n >> 16);
}

/* The letter for what the segment is. rel: its relative sequence number. */
static void tell_segment(struct zeek_history *h, const struct zeek_endpoint *me, const struct unit *u, uint32_t rel)
{
    unsigned flags = u->flags & SYN_FIN_RST;
    switch (flags) {
    case 0:
        if (u->payload_length)
            told_before(h, u->from, TOLD_DATA, LETTER_D);
        else if (u->flags & TCP_ACK)
            told_before(h, u->from, TOLD_ACK, LETTER_A);
        break;
    case TCP_SYN: {
        enum letter letter = u->flags & TCP_ACK ? LETTER_H : LETTER_S;
        if (told_before(h, u->from, TOLD_SYN, letter) && rel != 0)
            tell(h, u->from, letter);
        break;
    }
    case TCP_FIN:
        if (told_before(h, u->from, TOLD_FIN, LETTER_F) && rel + u->payload_length + 1 != me->fin_seq)
            tell(h, u->from, LETTER_F);
        break;
    case TCP_RST:
        if (told_before(h, u->from, TOLD_RST, LETTER_R) && digest(rel) != h->last_rst[u->from])
            tell(h, u->from, LETTER_R);
        h->last_rst[u->from] = digest(rel);
        break;
    default:
        if ((flags & TCP_FIN) && (flags & TCP_RST))
            told_before(h, u->from, TOLD_FIN_RST, LETTER_I);
        else
            told_before(h, u->from, TOLD_MIXED, LETTER_Q);
    }
}

/* --- sequence numbers --- */

/* Relative number of `number`, which is judged beside `beside` (with its wraps); *before: it lies before the start. */
static uint32_t relative(const struct zeek_endpoint *e, uint32_t number, uint32_t beside, unsigned wraps, bool *before)
{
    int32_t delta = seq_minus(number, beside);
    if (delta < 0 && wraps && number > beside)
        wraps--;
    else if (delta > 0 && number < beside)
        wraps++;
    *before = wraps == 0 && seq_before(number, e->start_seq);
    return number - e->start_seq;
}

static void start_at(struct zeek_endpoint *e, uint32_t seq, uint32_t last_seq)
{
    e->start_seq = e->ack_seq = seq;
    e->last_seq = last_seq;
}

/* A SYN is believed to begin anew until the end has closed. */
static void begin_sender(struct zeek_endpoint *e, const struct unit *u, uint32_t end_seq)
{
    if (u->flags & TCP_SYN) {
        bool again = (e->state == ZEEK_SYN_SENT || e->state == ZEEK_SYN_ACK_SENT) && u->seq == e->start_seq;
        bool over = e->state == ZEEK_CLOSED || (e->state == ZEEK_RESET && e->previous_state != ZEEK_INACTIVE);
        if (!again && !over)
            start_at(e, u->seq, end_seq);
    } else if (e->state == ZEEK_INACTIVE) {
        start_at(e, u->seq - 1, u->seq);
    }
}

/* Takes in the ACK of a segment. Gives what it acknowledges, relative to the receiver of the segment, or 0. */
static uint32_t acknowledge(struct zeek_endpoint *e, const struct unit *u)
{
    if (e->state == ZEEK_INACTIVE) {
        start_at(e, u->ack - 1, u->ack - 1);
        return 1;
    }
    bool before;
    uint32_t rel = relative(e, u->ack, e->ack_seq, e->ack_wraps, &before);
    if (before)
        return 0;
    int32_t delta = seq_minus(u->ack, e->ack_seq);
    if (delta > 0 && !(u->flags & TCP_RST) && !(u->ack == 0 && delta > JUMP_MAX)) {
        e->ack_wraps = (uint16_t)(e->ack_wraps + (u->ack < e->ack_seq));
        e->ack_seq = u->ack;
    }
    return rel;
}

static void advance(struct zeek_history *h, struct zeek_endpoint *e, const struct unit *u, uint32_t end_seq)
{
    int32_t delta = seq_minus(end_seq, e->last_seq);
    if ((u->flags & (TCP_SYN | TCP_RST)) && (delta > JUMP_MAX || delta < -JUMP_MAX))
        return;
    bool first_fin = (u->flags & TCP_FIN) && e->last_seq == e->start_seq + 1;
    if (e->state == ZEEK_RESET && !first_fin)
        return;
    if (delta > 0 || first_fin) {
        e->last_wraps = (uint16_t)(e->last_wraps + (end_seq < e->last_seq));
        e->last_seq = end_seq;
    } else if (u->payload_length) {
        e->sent_again = count(h, u->from, e->sent_again, LETTER_T) & COUNT_MASK;
    }
}

/* --- holes --- */

static bool has_run(const struct zeek_endpoint *e)
{
    return e->ahead != e->ahead_end;
}

static void take_run(struct zeek_endpoint *e)
{
    e->delivered = e->ahead_end;
    e->ahead = e->ahead_end;
}

static void take_all(struct zeek_endpoint *e)
{
    e->delivered = e->ahead = e->ahead_end = e->last_seq - e->start_seq;
    e->further_holes = 0;
}

/* Payload behind a hole. */
static void deliver_ahead(struct zeek_endpoint *e, uint32_t from, uint32_t to)
{
    if (!has_run(e)) {
        if (!e->further_holes) {
            e->ahead = from;
            e->ahead_end = to;
        }
    } else if (seq_before(to, e->ahead)) {
        e->ahead = from;
        e->ahead_end = to;
        e->further_holes = 1;
    } else if (seq_after(from, e->ahead_end)) {
        e->further_holes = 1;
    } else {
        if (seq_before(from, e->ahead))
            e->ahead = from;
        if (seq_after(to, e->ahead_end)) {
            e->ahead_end = e->further_holes ? e->last_seq - e->start_seq : to;
            e->further_holes = 0;
        }
    }
    bool none_acked = e->ack_seq - e->start_seq <= 1;
    if (none_acked && e->last_seq - e->start_seq - e->delivered > UNACKED_MAX)
        e->not_reassembled = 1;
}

/* Payload [from, to), relative, was captured. */
static void deliver(struct zeek_endpoint *e, uint32_t from, uint32_t to)
{
    if (e->not_reassembled || !seq_after(to, e->delivered))
        return;
    if (seq_after(from, e->delivered)) {
        deliver_ahead(e, from, to);
        return;
    }
    e->delivered = to;
    if (has_run(e)) {
        if (!seq_before(to, e->ahead))
            take_run(e);
    } else if (e->further_holes) {
        take_all(e);
    }
}

static bool clean(const struct zeek_endpoint *e)
{
    return e->state == ZEEK_ESTABLISHED || (e->state == ZEEK_CLOSED && e->previous_state == ZEEK_ESTABLISHED);
}

/* Everything before `ack`, relative, reached the peer of `end`: what was not captured of it never will be. */
static void find_gaps(struct zeek_history *h, unsigned end, struct zeek_endpoint *e, const struct zeek_endpoint *peer,
                      uint32_t ack)
{
    if (e->fin_seq && !seq_before(ack, e->fin_seq))
        ack = e->fin_seq - 1;
    if (!seq_after(ack, e->delivered) || e->not_reassembled)
        return;
    bool told = clean(e) && clean(peer);
    if (has_run(e) && seq_before(e->ahead, ack)) {
        if (told)
            e->gaps = count(h, end, e->gaps, LETTER_G) & COUNT_MASK;
        take_run(e);
        if (!seq_after(ack, e->delivered))
            return;
    }
    if (told)
        e->gaps = count(h, end, e->gaps, LETTER_G) & COUNT_MASK;
    if (e->further_holes && !has_run(e))
        take_all(e);
    if (seq_after(ack, e->delivered))
        e->delivered = ack;
    if (e->ahead == e->delivered)
        take_run(e);
}

/* --- endpoint states --- */

static void set_state(struct zeek_endpoint *e, enum zeek_state state)
{
    if (e->state == state)
        return;
    e->previous_state = e->state;
    e->state = state & 7;
}

/* The first segment of an end. originator: it was that when the segment came. */
static void leave_inactive(struct zeek_history *h, struct zeek_endpoint *me, struct zeek_endpoint *other,
                           const struct unit *u, bool originator)
{
    bool ack = u->flags & TCP_ACK;
    if ((u->flags & TCP_SYN) && originator) {
        set_state(me, ack ? ZEEK_SYN_ACK_SENT : ZEEK_SYN_SENT);
    } else if (u->flags & TCP_SYN) {
        if (!ack && other->state == ZEEK_SYN_ACK_SENT) {   /* SYN and SYN,ACK were captured in the wrong order */
            flip_roles(h);
            set_state(other, ZEEK_ESTABLISHED);
        }
        if (other->state == ZEEK_SYN_SENT)
            set_state(other, ZEEK_ESTABLISHED);
        set_state(me, ZEEK_ESTABLISHED);
    }
    if (u->flags & TCP_FIN)
        set_state(me, ZEEK_CLOSED);
    if (u->flags & TCP_RST)
        set_state(me, ZEEK_RESET);
    if (u->flags & SYN_FIN_RST)
        return;
    if (!originator && u->payload_length == 0 && h->originator != u->from && other->state == ZEEK_SYN_SENT)
        return;                   /* some TCPs acknowledge a SYN before they answer it */
    set_state(me, ack && other->state == ZEEK_ESTABLISHED ? ZEEK_ESTABLISHED : ZEEK_PARTIAL);
}

static void leave_established(struct zeek_endpoint *me, struct zeek_endpoint *other, unsigned flags)
{
    if (me->state == ZEEK_PARTIAL && other->state == ZEEK_INACTIVE && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        set_state(me, ZEEK_SYN_SENT);
    if ((flags & TCP_FIN) && !(flags & TCP_RST)) {
        set_state(me, ZEEK_CLOSED);
        if (other->state == ZEEK_RESET && other->previous_state == ZEEK_CLOSED)
            set_state(other, ZEEK_CLOSED);   /* its FIN was normal, its RST came after */
    }
    if (flags & TCP_RST)
        set_state(me, ZEEK_RESET);
}

static void update_state(struct zeek_history *h, struct zeek_endpoint *me, struct zeek_endpoint *other,
                         const struct unit *u, bool originator)
{
    if (me->state == ZEEK_INACTIVE) {
        leave_inactive(h, me, other, u, originator);
        return;
    }
    switch (me->state) {
    case ZEEK_SYN_SENT:
    case ZEEK_SYN_ACK_SENT:
        if (u->flags & TCP_FIN)
            set_state(me, ZEEK_CLOSED);
        if (u->flags & TCP_RST)
            set_state(me, ZEEK_RESET);
        break;
    case ZEEK_PARTIAL:
    case ZEEK_ESTABLISHED:
        leave_established(me, other, u->flags);
        break;
    case ZEEK_CLOSED:
        if ((u->flags & TCP_RST) && other->state != ZEEK_CLOSED)
            set_state(me, ZEEK_RESET);
        break;
    }
}

/* --- the door --- */

/* Without a SYN the ports tell who answers, where they can; a SYN,ACK between two servers' ports may be a scan. */
static bool begins_flipped(const struct unit *u)
{
    uint16_t from = u->key.port[u->from], to = u->key.port[!u->from];
    bool syn = u->flags & TCP_SYN;
    if ((syn && !(u->flags & TCP_ACK)) || (u->notes & NOTE_MULTICAST) || !zeek_likely_server(PROTOCOL_TCP, from))
        return false;
    return !zeek_likely_server(PROTOCOL_TCP, to) || (!syn && from < to);
}

void zeek_open(struct connection *c, const struct unit *u)
{
    for (unsigned end = 0; end < 2; end++)
        c->peer[end].zeek = (struct zeek_endpoint){ .delivered = 1, .ahead = 1, .ahead_end = 1 };
    c->zeek = (struct zeek_history){ .originator = u->from };
    if (begins_flipped(u))
        flip_roles(&c->zeek);
}

void zeek_segment(struct connection *c, const struct unit *u)
{
    struct zeek_history *h = &c->zeek;
    struct zeek_endpoint *me = &c->peer[u->from].zeek, *other = &c->peer[!u->from].zeek;
    if (u->notes & (NOTE_HEADER_CUT | NOTE_NO_LENGTH))
        return;
    if (u->checksum == CHECKSUM_BAD)
        me->bad_checksums = count(h, u->from, me->bad_checksums, LETTER_C) & COUNT_MASK;
    bool originator = u->from == h->originator;
    uint32_t flags = u->flags, length = u->payload_length;
    uint32_t end_seq = u->seq + (flags & TCP_RST ? 0 : length) + ((flags & TCP_SYN) != 0) + (flags & TCP_FIN);

    begin_sender(me, u, end_seq);
    bool before_start;
    uint32_t rel = relative(me, u->seq, me->last_seq, me->last_wraps, &before_start);
    tell_segment(h, me, u, rel);
    if (u->window == 0 && !(flags & TCP_RST) && other->state != ZEEK_CLOSED && me->state != ZEEK_RESET)
        me->zero_windows = count(h, u->from, me->zero_windows, LETTER_W) & COUNT_MASK;
    if (flags & TCP_FIN)
        me->fin_seq = end_seq - me->start_seq;
    uint32_t acked = flags & TCP_ACK ? acknowledge(other, u) : 0;
    advance(h, me, u, end_seq);
    if (me->state == ZEEK_INACTIVE || (flags & SYN_FIN_RST))
        update_state(h, me, other, u, originator);
    if (acked)
        find_gaps(h, !u->from, other, me, acked);
    if (length && u->payload_captured >= length && !(flags & TCP_RST) && !before_start) {
        uint32_t from = rel + ((flags & TCP_SYN) != 0);
        deliver(me, from, from + length);
    }
}

/* --- verdicts --- */

static unsigned letter_at(const struct zeek_history *h, unsigned i)
{
    return (unsigned)(h->letters[i / LETTERS_PER_WORD] >> LETTER_BITS * (i % LETTERS_PER_WORD)) & 31;
}

void zeek_history(const struct connection *c, char text[ZEEK_HISTORY_MAX])
{
    for (unsigned i = 0; i < c->zeek.length; i++) {
        unsigned letter = letter_at(&c->zeek, i);
        *text++ = (letter & RESPONDER ? small_letter_names : letter_names)[letter & (RESPONDER - 1)];
    }
    *text = 0;
}

uint64_t zeek_sequence_bytes(const struct connection *c, unsigned end)
{
    const struct zeek_endpoint *e = &c->peer[end].zeek;
    bool none_acked = e->ack_wraps == 0 && e->ack_seq - e->start_seq <= 1;
    if (e->previous_state == ZEEK_SYN_SENT && e->state == ZEEK_RESET && c->peer[!end].zeek.state == ZEEK_INACTIVE &&
        !none_acked)
        return 0;                 /* a half-open connection was discovered: its numbers say nothing */
    uint64_t last = (uint64_t)e->last_wraps << 32 | e->last_seq, ack = (uint64_t)e->ack_wraps << 32 | e->ack_seq;
    uint64_t size = (last > ack ? last : ack) - e->start_seq;
    size -= size != 0;
    size -= e->fin_seq && size != 0;
    return size;
}

/* Zeek's pattern for RSTOS0: a SYN, then a RST without anything but repeats and lower case between. */
static bool syn_then_reset(const struct zeek_history *h)
{
    unsigned i = h->length && letter_at(h, 0) == LETTER_FLIP;
    if (i >= h->length || letter_at(h, i++) != LETTER_S)
        return false;
    for (; i < h->length; i++)
        switch (letter_at(h, i)) {
        case LETTER_R:
            return true;
        case LETTER_H: case LETTER_A: case LETTER_F: case LETTER_G: case LETTER_I: case LETTER_Q:
            return false;
        }
    return false;
}

static const char *conn_state(const struct connection *c)
{
    unsigned end = c->zeek.originator;
    unsigned orig = c->peer[end].zeek.state, resp = c->peer[!end].zeek.state;
    bool orig_inactive = orig == ZEEK_INACTIVE || orig == ZEEK_PARTIAL;
    bool resp_inactive = resp == ZEEK_INACTIVE || resp == ZEEK_PARTIAL;
    if (resp == ZEEK_RESET) {
        bool refused = orig == ZEEK_SYN_SENT || orig == ZEEK_SYN_ACK_SENT ||
                       (orig == ZEEK_RESET && !zeek_sequence_bytes(c, 0) && !zeek_sequence_bytes(c, 1));
        return refused ? "REJ" : orig_inactive ? "RSTRH" : "RSTR";
    }
    if (orig == ZEEK_RESET)
        return !resp_inactive ? "RSTO" : syn_then_reset(&c->zeek) ? "RSTOS0" : "OTH";
    if (orig == ZEEK_CLOSED)
        return resp == ZEEK_CLOSED ? "SF" : resp_inactive ? "SH" : "S2";
    if (resp == ZEEK_CLOSED)
        return orig_inactive ? "SHR" : "S3";
    if (orig == ZEEK_SYN_SENT && resp == ZEEK_INACTIVE)
        return "S0";
    return orig == ZEEK_ESTABLISHED && resp == ZEEK_ESTABLISHED ? "S1" : "OTH";
}

void zeek_conn_state(const struct connection *c, char text[ZEEK_STATE_MAX])
{
    strcpy(text, conn_state(c));
}

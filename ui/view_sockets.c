/* The sockets of one host as the capture lets us know them, and which one takes the segment of the present.
 *
 *   arriving:  TCP   from 10.9.0.2:33446   to 10.9.0.1:6666   PSH,ACK len=3
 *
 *      kind       local             remote             takes it?
 *      listening  10.9.0.1:6666     any                only a SYN
 *   ►  connected  10.9.0.1:6666     10.9.0.2:33446     YES: all four
 */
#include <stdio.h>
#include <string.h>

#include "report/words.h"
#include "ui/pane.h"
#include "ui/screen_state.h"

enum {
    SOCKETS_MOST = 400, ROWS_LOOKED_AT = 20000,
    HEADING = 4,                      /* rows above the table, the last one with its columns */
    WORDS = 8, WIDE_WORDS = 22,       /* around the two names of what arrives */
    NAME = 21,                        /* an IPv4 address and a port */
    WIDE = 72,                        /* from here on local addresses are written out, and states follow from STATES on */
    STATES = 96,
    HEAD = 0x25ba,
};

enum kind { LISTENING, CONNECTED, DATAGRAM };

struct socket {
    enum kind kind;
    uint16_t port;
    uint32_t id;                      /* connected: of the connection */
    const struct conversation *row;   /* any of it; of a connected socket its connection */
    unsigned end;                     /* which end of the row is this host's */
    uint32_t count;                   /* datagram: senders */
    bool gone;                        /* connected: the segment of the present was its last */
};

struct sockets {
    bool client_host;                 /* the other host than the one the segment goes to is looked at */
};

/* What arrives: the segment or datagram of the present. */
struct arrival {
    const struct step *unit;          /* NULL: none */
    const struct conversation *of;
    unsigned to;                      /* end of the key */
};

struct seen {
    struct socket sockets[SOCKETS_MOST];
    unsigned count, listening, connected, datagram;
    uint64_t left_out;
};

static struct arrival arrival_of(const struct present *p)
{
    struct arrival a = { .of = trace_row(p->trace, p->id) };      /* as it stands at the present */
    if (p->of && p->scene != SIZE_MAX)
        a.unit = p->scenes->scenes[p->scene].unit;
    if (a.unit)
        a.to = !a.unit->who;
    return a;
}

static struct socket *socket_add(struct seen *seen, struct socket socket)
{
    if (seen->count == SOCKETS_MOST) {
        seen->left_out++;
        return NULL;
    }
    seen->sockets[seen->count] = socket;
    return &seen->sockets[seen->count++];
}

static struct socket *socket_find(struct seen *seen, enum kind kind, uint16_t port)
{
    for (unsigned i = 0; i < seen->count; i++)
        if (seen->sockets[i].kind == kind && seen->sockets[i].port == port)
            return &seen->sockets[i];
    return NULL;
}

/* Sockets of a connection at this end: what its segments prove. */
static void connection_sockets(struct seen *seen, const struct connection *c, unsigned end, const struct arrival *a)
{
    enum tcp_state state = c->peer[end].state;
    uint16_t port = c->head.key.port[end];
    bool server = end != c->head.client && connection_handshake(c) != HANDSHAKE_SIMULTANEOUS;
    bool listens = server && (c->peer[end].facts & PEER_SYN_ACK);
    if (listens && !socket_find(seen, LISTENING, port) &&
        socket_add(seen, (struct socket){ .kind = LISTENING, .port = port, .row = &c->head, .end = end }))
        seen->listening++;
    bool unheard = server && handshake_unheard(connection_handshake(c));
    bool none = state == STATE_CLOSED || state == STATE_LISTEN || state == STATE_UNKNOWN || unheard;
    bool takes_it = a->unit && a->to == end && tuple_equal(&c->head.key, &a->of->key) && (c->peer[end].facts & PEER_SENT);
    bool refused = connection_handshake(c) == HANDSHAKE_REFUSED && server;
    if (refused || (none && !takes_it))
        return;
    seen->connected += !none;
    socket_add(seen, (struct socket){ .kind = CONNECTED, .port = port, .id = c->head.id, .row = &c->head, .end = end,
                                      .gone = none });
}

static void flow_sockets(struct seen *seen, const struct conversation *row, unsigned end)
{
    if (!row->units[end] && row->icmp_frame)
        return;                       /* nobody is bound there */
    struct socket *socket = socket_find(seen, DATAGRAM, row->key.port[end]);
    if (!socket) {
        socket = socket_add(seen, (struct socket){ .kind = DATAGRAM, .port = row->key.port[end], .row = row, .end = end });
        seen->datagram += socket != NULL;
    }
    if (socket)
        socket->count++;
}

/* Where a host talks to itself, its servers' sockets are told apart from its clients'. */
static bool is_host(const struct conversation *row, unsigned end, const struct conversation *of, unsigned host)
{
    bool itself = memcmp(row->key.address[0], row->key.address[1], 16) == 0;
    if (itself && (end == row->client) != (host == of->client))
        return false;
    return row->key.version == of->key.version && memcmp(row->key.address[end], of->key.address[host], 16) == 0;
}

static void look(const struct present *p, const struct arrival *a, unsigned host, struct seen *seen)
{
    uint32_t last = trace_rows(p->trace), first = last > ROWS_LOOKED_AT ? last - ROWS_LOOKED_AT + 1 : 1;
    seen->left_out = first - 1;
    for (uint32_t id = first; id <= last; id++) {
        const struct conversation *row = trace_row(p->trace, id);
        for (unsigned end = 0; row && end < 2; end++) {
            if (!is_host(row, end, a->of, host))
                continue;
            if (conversation_is_tcp(row))
                connection_sockets(seen, as_connection(row), end, a);
            else
                flow_sockets(seen, row, end);
        }
    }
}

/* --- which one takes it --- */

static bool opening(const struct arrival *a)
{
    return conversation_is_tcp(a->of) && (a->unit->segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static const char *takes(const struct socket *s, const struct arrival *a, bool here, bool *yes)
{
    *yes = false;
    if (!here || !a->unit)
        return "";
    bool tcp = conversation_is_tcp(a->of), port = s->port == a->of->key.port[a->to];
    if ((s->kind == DATAGRAM) == tcp)
        return tcp ? "not UDP" : "not TCP";
    if (!port)
        return "another port";
    if (s->kind == DATAGRAM) {
        *yes = true;
        return "YES: its port";
    }
    if (s->kind == LISTENING) {
        *yes = opening(a);
        return *yes ? "YES: a SYN" : "only a SYN";
    }
    if (tuple_equal(&s->row->key, &a->of->key)) {
        *yes = !opening(a);
        return !*yes ? "made by this SYN" : "YES: all four";
    }
    return "other sender";
}

/* --- drawing --- */

/* Columns for both names of a 4-tuple, by end: whole where they can be. */
static void names_share(const struct tuple *key, unsigned columns, unsigned name[2])
{
    for (unsigned end = 0; end < 2; end++) {
        struct text t = { 0 };
        words_endpoint(&t, key, end);
        name[end] = (unsigned)t.used;
        text_free(&t);
    }
    if (name[0] + name[1] <= columns)
        return;
    unsigned half = columns / 2;
    name[0] = name[0] <= half ? name[0] : name[1] < half ? columns - name[1] : half;
    name[1] = columns - name[0];
}

/* here: it goes to the host whose sockets are shown. */
static void arrival_draw(const struct arrival *a, bool here, struct canvas *canvas)
{
    struct text t = { 0 };
    bool wide = canvas->width >= WIDE, tcp = conversation_is_tcp(a->of);
    if (!a->unit) {
        canvas_text(canvas, 1, 0, ROLE_QUIET, "no segment and no datagram at this moment");
        return;
    }
    unsigned name[2];
    names_share(&a->of->key, wide ? canvas->width - WIDE_WORDS : canvas->width > WORDS ? canvas->width - WORDS : 0, name);
    text_format(&t, "%s%s", wide ? (here ? "arriving: " : "leaving: ") : "", tcp ? "TCP " : "UDP ");
    words_endpoint_short(&t, &a->of->key, !a->to, name[!a->to]);
    text_string(&t, wide ? "  to  " : " > ");
    words_endpoint_short(&t, &a->of->key, a->to, name[a->to]);
    uint32_t payload = tcp ? a->unit->segment.payload : a->unit->datagram.payload;
    size_t named = t.used;
    if (wide && tcp) {
        text_string(&t, "   ");
        words_flags(&t, a->unit->segment.flags);
    }
    if (wide && payload)
        text_format(&t, " len=%u", payload);
    if (t.used + 1 > canvas->width)
        t.used = named;               /* nothing is cut within a number */
    canvas_text(canvas, 1, 0, a->to == a->of->client ? ROLE_SERVER : ROLE_CLIENT, text_ended(&t));
    canvas_text(canvas, 1, 1, ROLE_QUIET,
                !here        ? wide ? "It leaves this host; m shows the other one, and the socket that takes it."
                                    : "It leaves this host; m: the other one."
                : !tcp       ? wide ? "A datagram: destination address and port alone decide, whoever sent it."
                                    : "Destination address and port decide."
                : opening(a) ? wide ? "A SYN: destination address and port decide, the socket that listens there."
                                    : "A SYN: the listening socket takes it."
                : wide       ? "All four decide: both addresses and both ports."
                             : "All four numbers decide.");
    text_free(&t);
}

/* Columns of the table. */
struct table {
    unsigned kind, local, remote, verdict;
    unsigned name;                    /* columns for an address and port */
    bool wide;
};

static struct table table_of(unsigned width)
{
    if (width >= WIDE)
        return (struct table){ .kind = 2, .local = 16, .remote = 38, .verdict = 60, .name = NAME, .wide = true };
    return (struct table){ .local = 2, .remote = 9, .verdict = width > 37 ? width - 13 : 25,
                           .name = width > 37 ? width - 23 : 15 };
}

static void remote_words(const struct socket *s, const struct table *table, struct text *t)
{
    bool wide = table->wide;
    if (s->kind == CONNECTED)
        words_endpoint_short(t, &s->row->key, !s->end, table->name);
    else if (s->kind == DATAGRAM)
        text_format(t, wide ? "any (%u %s)" : "any, UDP", s->count, s->count == 1 ? "sender" : "senders");
    else
        text_string(t, wide ? "any" : "any: it listens");
}

/* What a connected socket is, as far as it has come: the kernel has it from the SYN on, the program after accept(). */
static const char *connected_word(const struct socket *s)
{
    const struct connection *c = as_connection(s->row);
    bool server = s->end != c->head.client;
    uint32_t facts = c->peer[s->end].facts;
    enum tcp_state state = c->peer[s->end].state;
    if (s->gone)
        return connection_handshake(c) == HANDSHAKE_REFUSED ? "refused" : "gone now";
    if (state == STATE_SYN_RECEIVED || state == STATE_SYN_SENT)
        return "opening";
    if (state == STATE_TIME_WAIT)
        return "TIME-WAIT";
    if (server && state == STATE_ESTABLISHED && c->told_established && !(facts & (PEER_DATA | PEER_FIN)))
        return "accept queue?";
    return "connected";
}

static void socket_draw(const struct socket *s, const struct arrival *a, bool here, struct canvas *canvas, unsigned y)
{
    static const char *const kinds[] = { "listening", "", "datagram" };
    struct table table = table_of(canvas->width);
    struct text t = { 0 };
    bool yes;
    const char *verdict = takes(s, a, here, &yes);
    enum role role = yes ? ROLE_NOW : ROLE_PLAIN;
    if (table.wide) {
        canvas_text(canvas, table.kind, y, role, s->kind == CONNECTED ? connected_word(s) : kinds[s->kind]);
        words_endpoint_short(&t, &s->row->key, s->end, table.name);
    } else {
        text_format(&t, ":%u", s->port);
    }
    canvas_text(canvas, table.local, y, role, text_ended(&t));
    t.used = 0;
    remote_words(s, &table, &t);
    canvas_text(canvas, table.remote, y, role, text_ended(&t));
    canvas_text(canvas, table.verdict, y, yes ? ROLE_NOW : ROLE_QUIET, verdict);
    if (s->kind == CONNECTED && canvas->width >= STATES)
        canvas_text(canvas, 78, y, ROLE_STATE, tcp_state_names[as_connection(s->row)->peer[s->end].state]);
    if (yes) {
        canvas_put(canvas, 0, y, ROLE_NOW, HEAD);
        canvas_select(canvas, 0, y, canvas->width);
    }
    text_free(&t);
}

static void sums_draw(const struct seen *seen, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    bool wide = canvas->width >= WIDE;
    if (seen->connected || seen->listening || !seen->datagram) {
        if (!wide)
            text_format(&t, "%u connected + %u listening", seen->connected, seen->listening);
        else if (!seen->connected && !seen->listening)
            text_string(&t, "No TCP socket is known here now");
        else if (!seen->connected)
            text_string(&t, "No connection has a socket now");
        else
            words_count(&t, seen->connected, "connection has its own socket", "connections have a socket each");
        if (wide && seen->listening)
            text_format(&t, ", and %u socket%s", seen->listening, seen->listening == 1 ? " listens" : "s listen");
    }
    if (seen->datagram) {
        text_string(&t, t.used ? wide ? ", and " : " + " : "");
        words_count(&t, seen->datagram, wide ? "datagram socket" : "UDP", wide ? "datagram sockets" : "UDP");
    }
    canvas_text(canvas, 1, y, ROLE_PLAIN, text_ended(&t));
    t.used = 0;
    if (seen->left_out) {
        words_number(&t, seen->left_out);
        text_string(&t, " older rows are not looked at.");
    } else {
        text_string(&t, canvas->width >= WIDE ? "Inferred from the segments; descriptors and queues only the kernel knows."
                                              : "Inferred from the segments.");
    }
    canvas_text(canvas, 1, y + 1, ROLE_QUIET, text_ended(&t));
    text_free(&t);
}

static unsigned taking(const struct seen *seen, const struct arrival *a, bool here)
{
    for (unsigned i = 0; i < seen->count; i++) {
        bool yes;
        takes(&seen->sockets[i], a, here, &yes);
        if (yes)
            return i;
    }
    return UINT32_MAX;
}

/* None of the sockets known takes it: there is none, or nothing has told of it yet. */
static void nobody_draw(const struct arrival *a, struct canvas *canvas, unsigned y)
{
    bool wide = canvas->width >= WIDE, tcp = conversation_is_tcp(a->of);
    bool silent = tcp && opening(a) && !(as_connection(a->of)->peer[a->to].facts & PEER_SENT);
    bool answered = tcp ? !silent : a->of->icmp_frame;
    const char *words = !answered ? wide ? "not known: nothing has come back that tells of a socket" : "not known: no answer"
                        : !wide   ? "no socket takes it"
                        : tcp     ? "no socket of this host takes it"
                                  : "no socket is bound there: ICMP said so";
    canvas_text(canvas, 3, y, answered ? ROLE_TROUBLE : ROLE_QUIET, words);
}

static void table_draw(const struct seen *seen, const struct arrival *a, bool here,
                       struct canvas *canvas, unsigned from, unsigned rows)
{
    unsigned chosen = taking(seen, a, here);
    unsigned top = (unsigned)pane_top(chosen == UINT32_MAX ? SIZE_MAX : chosen, seen->count, rows);
    for (unsigned i = 0; i < rows && top + i < seen->count; i++)
        socket_draw(&seen->sockets[top + i], a, here, canvas, from + i);
    if (chosen == UINT32_MAX && here && a->unit && rows > seen->count)
        nobody_draw(a, canvas, from + seen->count);
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct sockets *r = record;
    struct arrival a = arrival_of(p);
    (void)active;
    if (p->waiting || !a.of) {
        canvas_text(canvas, 1, 0, ROLE_QUIET, p->waiting ? "going there ..."
                                              : !p->id   ? "Choose a connection or a flow in the overview."
                                                         : "It has not begun yet.");
        return;
    }
    struct seen seen = { .count = 0 };
    unsigned host = r->client_host ? a.of->client : !a.of->client;
    look(p, &a, host, &seen);
    bool here = a.unit && a.to == host;
    arrival_draw(&a, here, canvas);
    struct table table = table_of(canvas->width);
    if (table.wide)
        canvas_text(canvas, table.kind, HEADING - 1, ROLE_HEADING, "kind");
    canvas_text(canvas, table.local, HEADING - 1, ROLE_HEADING,
                !table.wide ? "local" : r->client_host ? "local: the client" : "local: the server");
    canvas_text(canvas, table.remote, HEADING - 1, ROLE_HEADING, "remote");
    canvas_text(canvas, table.verdict, HEADING - 1, ROLE_HEADING, here ? "takes it?" : a.unit ? "not sent here" : "");
    unsigned rows = canvas->height > HEADING + 4 ? canvas->height - HEADING - 4 : 1;
    table_draw(&seen, &a, here, canvas, HEADING, rows);
    unsigned below = HEADING + (seen.count < rows ? seen.count + 1 : rows);
    sums_draw(&seen, canvas, below + 1);
}

static void title(const struct present *p, const void *record, struct text *t)
{
    const struct sockets *r = record;
    text_string(t, r->client_host ? "the client's sockets" : "the server's sockets");
    if (present_frame(p))
        text_format(t, ", and frame %u", present_frame(p));
}

static bool request(const struct present *p, void *record, enum request request, const struct key *key)
{
    struct sockets *r = record;
    (void)p;
    (void)key;
    if (request != REQUEST_MODE)
        return false;
    r->client_host = !r->client_host;
    return true;
}

const struct view view_sockets = { .name = "Sockets", .record = sizeof(struct sockets), .title = title, .draw = draw,
                                   .request = request };

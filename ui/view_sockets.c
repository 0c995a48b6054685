/* The sockets of one host as the capture lets us know them, and which one takes the segment of the present.
 *
 *   arriving:  TCP   from 10.9.0.2:33446   to 10.9.0.1:6666   PSH,ACK len=3
 *
 *      kind       local             remote             takes it?
 *      listening  10.9.0.1:6666     any                only a SYN
 *   ►  connected  10.9.0.1:6666     10.9.0.2:33446     YES: all four
 *
 * With descriptors where recorded calls or the kernel tell them; where that is asked, at the end of what is live, also
 * with what waits in its queues, its states where they are others, and sockets that no frame has told of.
 */
#include <string.h>

#include "report/words.h"
#include "ui/pane.h"
#include "ui/screen_state.h"
#include "ui/sockets_seen.h"

enum {
    HEADING = 4,                      /* rows above the table, the last one with its columns */
    BELOW = 4,                        /* rows below it */
    WORDS = 8, WIDE_WORDS = 22,       /* around the two names of what arrives */
    NAME = 21,                        /* an IPv4 address and a port */
    KNOWN_NAME = 17,                  /* the same, where more is known of each */
    WIDE = 72,                        /* from here on local addresses are written out; states from STATES on */
    LECTURE = 80,
    STATES = 96, STATE_COLUMNS = 16,
    HEAD = 0x25ba,
};

struct sockets {
    bool client_host;                 /* the other host than the one the segment goes to is looked at */
};

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
                : arrival_opens(a) ? wide ? "A SYN: destination address and port decide, the socket that listens there."
                                    : "A SYN: the listening socket takes it."
                : wide       ? "All four decide: both addresses and both ports."
                             : "All four numbers decide.");
    text_free(&t);
}

/* Columns of the table; 0: there is no such column. */
struct table {
    unsigned fd_end, kind, local, remote, verdict, waiting_end, state;
    unsigned name;                    /* columns for an address and port */
    bool wide;
};

/* known: descriptors are known, and where the kernel is asked, its queues. */
static struct table table_of(unsigned width, bool known)
{
    if (width < WIDE)
        return (struct table){ .local = 2, .remote = 9, .verdict = width > 37 ? width - 13 : 25,
                               .name = width > 37 ? width - 23 : 15 };
    if (!known)
        return (struct table){ .kind = 2, .local = 16, .remote = 38, .verdict = 60, .name = NAME, .wide = true,
                               .state = width >= STATES ? 78 : 0 };
    struct table t = { .fd_end = 5, .kind = 7, .local = 21, .waiting_end = width - 1, .wide = true };
    if (width >= STATES) {
        t.waiting_end -= STATE_COLUMNS;
        t.state = t.waiting_end + 2;
    }
    unsigned room = t.waiting_end + 1;
    t.name = room < LECTURE ? KNOWN_NAME - (LECTURE + 1 - room) / 2 : KNOWN_NAME + (room - LECTURE) / 2;
    t.remote = t.local + t.name + 1;
    t.verdict = t.remote + t.name + 1;
    return t;
}

/* The same names for kernel and capture: 0.0.0.0:6666, and *:6666 for IPv4 and IPv6 at once, as ss writes it. */
static void local_words(const struct socket *s, const struct table *table, struct text *t)
{
    if (!table->wide)
        text_format(t, ":%u", s->key.port[s->end]);
    else if (s->kernel && s->kernel->dual)
        text_format(t, "*:%u", s->key.port[s->end]);
    else
        words_endpoint_short(t, &s->key, s->end, table->name);
}

static void remote_words(const struct socket *s, const struct table *table, struct text *t)
{
    bool wide = table->wide, connected = s->kind == SOCKET_CONNECTED || (s->kernel && s->kernel->remote.port);
    if (connected)
        words_endpoint_short(t, &s->key, !s->end, table->name);
    else if (s->kind == SOCKET_DATAGRAM && s->row)
        text_format(t, wide ? "any (%u %s)" : "any, UDP", s->count, s->count == 1 ? "sender" : "senders");
    else if (s->kind == SOCKET_DATAGRAM)
        text_string(t, wide ? "any" : "any, UDP");
    else if (s->kind == SOCKET_LISTENING)
        text_string(t, wide ? "any" : "any: it listens");
    else
        text_string(t, wide ? "-" : "- bound");
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
    bool accepted = s->fd >= 0 || facts & (PEER_DATA | PEER_FIN);
    if (server && state == STATE_ESTABLISHED && c->told_established && !accepted)
        return "accept queue?";
    return "connected";
}

static const char *kernel_word(const struct kernel_socket *s)
{
    if (kernel_unaccepted(s))
        return s->state == KERNEL_SYN_RECEIVED ? "opening" : "accept queue";
    return s->state == KERNEL_ESTABLISHED ? "connected" : kernel_state_names[s->state];
}

/* kernel: of the host; NULL: not asked. */
static const char *kind_word(const struct socket *s, const struct kernel_host *kernel)
{
    static const char *const kinds[] = { [SOCKET_LISTENING] = "listening", [SOCKET_DATAGRAM] = "datagram",
                                         [SOCKET_BOUND] = "bound" };
    if (s->kind == SOCKET_CONNECTED)
        return s->kernel ? kernel_word(s->kernel) : connected_word(s);
    bool told = kernel && (s->kind == SOCKET_DATAGRAM ? kernel->table.udp : kernel->table.tcp);
    return told && !s->kernel ? "closed now" : kinds[s->kind];
}

static void state_draw(const struct socket *s, const struct table *table, struct canvas *canvas, unsigned y)
{
    if (s->kind != SOCKET_CONNECTED || !table->state)
        return;
    const char *state = s->kernel ? kernel_state_names[s->kernel->state]
                                  : tcp_state_names[as_connection(s->row)->peer[s->end].state];
    canvas_text(canvas, table->state, y, ROLE_STATE, state);
}

/* Its descriptor ("-": no program holds it), and what waits: for accept(), or for recv(). */
static void known_draw(const struct socket *s, const struct table *table, enum role role, struct canvas *canvas,
                       unsigned y)
{
    const struct kernel_socket *k = s->kernel;
    struct text t = { 0 };
    if (!table->fd_end)
        return;
    if (k && !k->inode)
        text_char(&t, '-');
    else if (s->fd >= 0)
        text_format(&t, "%d", s->fd);
    canvas_text_right(canvas, table->fd_end, y, role, text_ended(&t));
    t.used = 0;
    bool full = k && s->kind == SOCKET_LISTENING && k->waiting > k->backlog;
    if (k && s->kind == SOCKET_LISTENING) {
        text_format(&t, "%u of %u%s", k->waiting, k->backlog, full ? ": full" : "");
    } else if (k && s->kind == SOCKET_DATAGRAM) {
        text_string(&t, k->receive_queue ? "some" : "0 B");       /* the kernel counts its memory, not their bytes */
    } else if (k && s->kind == SOCKET_CONNECTED) {
        words_short_number(&t, k->receive_queue, 5);
        text_string(&t, " B");
    }
    canvas_text_right(canvas, table->waiting_end, y, full ? ROLE_TROUBLE : role, text_ended(&t));
    text_free(&t);
}

static void socket_draw(const struct socket *s, const struct kernel_host *kernel, const struct arrival *a, bool here,
                        const struct table *table, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    bool yes = false;
    const char *verdict = here && a->unit ? socket_takes(s, a, &yes) : "";
    enum role role = yes ? ROLE_NOW : ROLE_PLAIN;
    if (table->wide)
        canvas_text(canvas, table->kind, y, role, kind_word(s, kernel));
    known_draw(s, table, role, canvas, y);
    local_words(s, table, &t);
    canvas_text(canvas, table->local, y, role, text_ended(&t));
    t.used = 0;
    remote_words(s, table, &t);
    canvas_text(canvas, table->remote, y, role, text_ended(&t));
    canvas_text(canvas, table->verdict, y, yes ? ROLE_NOW : ROLE_QUIET, verdict);
    state_draw(s, table, canvas, y);
    if (yes) {
        canvas_put(canvas, 0, y, ROLE_NOW, HEAD);
        canvas_select(canvas, 0, y, canvas->width);
    }
    text_free(&t);
}

static void difference_draw(const struct beside *beside, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    beside_words(&t, beside);
    if (canvas->width >= WIDE)
        text_format(&t, ": %s", difference_words[beside->why]);
    canvas_text(canvas, 4, y, ROLE_TROUBLE, text_ended(&t));
    text_free(&t);
}

static void sums_draw(const struct seen *seen, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    bool wide = canvas->width >= WIDE, unseen = !seen->connected && !seen->listening && !seen->datagram;
    if (unseen && seen->of_kernel) {
        words_count(&t, seen->of_kernel + seen->kernel_left_out, "socket", "sockets");
        text_string(&t, wide ? ", none of which a frame has told of" : "");
    } else if (seen->connected || seen->listening || !seen->datagram) {
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
    text_free(&t);
}

/* What the kernel says to it. */
static void kernel_words(const struct seen *seen, bool wide, struct text *t)
{
    const struct kernel_table *table = &seen->kernel->table;
    uint64_t more = seen->of_kernel + seen->kernel_left_out;
    bool alone = !seen->connected && !seen->listening && !seen->datagram;
    if (!table->tcp || table->cut) {
        text_string(t, table->cut ? "The kernel has too many sockets to be read each time."
                                  : "The kernel does not tell of its TCP sockets here.");
        return;
    }
    if (alone)
        text_string(t, "By hand: ss -tuan");
    else if (seen->differ)
        text_format(t, wide ? "The kernel has %u of them in another state" : "The kernel differs on %u", seen->differ);
    else if (seen->moving)
        text_string(t, wide ? "The kernel was asked while frames came: it is ahead, or behind"
                            : "Frames came just then");
    else
        text_string(t, wide ? "The kernel says the same (by hand: ss -tuan)" : "The kernel says the same");
    if (wide && more && !alone) {
        text_string(t, "; no frame told of ");
        words_number(t, more);
        text_string(t, " more");
    }
    text_char(t, '.');
}

/* Where it is from. */
static void source_draw(const struct seen *seen, bool fds, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    bool wide = canvas->width >= WIDE;
    if (seen->left_out) {
        words_number(&t, seen->left_out);
        text_string(&t, " older rows are not looked at.");
    } else if (seen->kernel) {
        kernel_words(seen, wide, &t);
    } else {
        text_string(&t, !wide ? "Inferred from the segments."
                        : fds ? "Inferred from the segments; descriptors are from recorded calls."
                              : "Inferred from the segments; descriptors and queues only the kernel knows.");
    }
    canvas_text(canvas, 1, y, seen->differ ? ROLE_TROUBLE : ROLE_QUIET, text_ended(&t));
    text_free(&t);
}

/* What waits in the selected connection's socket. */
static void queues_draw(const struct present *p, const struct seen *seen, struct canvas *canvas, unsigned y)
{
    const struct kernel_socket *k = NULL;
    struct text t = { 0 };
    for (unsigned i = 0; i < seen->count && !k; i++)
        if (seen->sockets[i].kind == SOCKET_CONNECTED && seen->sockets[i].row && seen->sockets[i].row->id == p->id)
            k = seen->sockets[i].kernel;
    if (!k || canvas->width < WIDE)
        return;
    text_format(&t, "Connection %u: ", p->id);
    if (kernel_unaccepted(k))
        text_string(&t, "no accept() has taken it yet; ");
    else if (kernel_orphan(k))
        text_string(&t, "no program holds it any more; ");
    words_count(&t, k->receive_queue, "byte", "bytes");
    text_string(&t, " for recv(), ");
    words_number(&t, k->send_queue);
    text_string(&t, " without ACK");
    if (k->tries)
        text_format(&t, ", try %u", k->tries);
    text_char(&t, '.');
    canvas_text(canvas, 1, y, ROLE_PLAIN, text_ended(&t));
    text_free(&t);
}

/* None of the sockets known takes it: there is none, or nothing has told of it yet. */
static void nobody_draw(const struct arrival *a, struct canvas *canvas, unsigned y)
{
    bool wide = canvas->width >= WIDE, tcp = conversation_is_tcp(a->of);
    bool silent = tcp && arrival_opens(a) && !(as_connection(a->of)->peer[a->to].facts & PEER_SENT);
    bool answered = tcp ? !silent : a->of->icmp_frame;
    const char *words = !answered ? wide ? "not known: nothing has come back that tells of a socket" : "not known: no answer"
                        : !wide   ? "no socket takes it"
                        : tcp     ? "no socket of this host takes it"
                                  : "no socket there takes it: ICMP said so";
    canvas_text(canvas, 3, y, answered ? ROLE_TROUBLE : ROLE_QUIET, words);
}

/* Lines of the table: each socket, and below it the kernel's state where that is another one. */
struct lines {
    unsigned short socket[2 * SOCKETS_MOST];
    bool difference[2 * SOCKETS_MOST];
    unsigned count, chosen;           /* the line of the socket that takes what arrives; UINT32_MAX: none */
    bool fds;                         /* a descriptor is known */
};

static void lines_make(struct lines *lines, const struct seen *seen, const struct arrival *a, bool here)
{
    *lines = (struct lines){ .chosen = UINT32_MAX };
    for (unsigned i = 0; i < seen->count; i++) {
        bool yes = false;
        if (here && a->unit)
            socket_takes(&seen->sockets[i], a, &yes);
        if (yes && lines->chosen == UINT32_MAX)
            lines->chosen = lines->count;
        lines->fds |= seen->sockets[i].fd >= 0;
        lines->socket[lines->count++] = (unsigned short)i;
        if (seen->sockets[i].beside.agreement == BESIDE_DIFFERS) {
            lines->difference[lines->count] = true;
            lines->socket[lines->count++] = (unsigned short)i;
        }
    }
}

static void lines_draw(const struct lines *lines, const struct seen *seen, const struct arrival *a, bool here,
                       const struct table *table, struct canvas *canvas, unsigned rows)
{
    size_t at = lines->chosen == UINT32_MAX ? SIZE_MAX : lines->chosen;
    size_t top = pane_top(at, lines->count, rows);
    for (unsigned i = 0; i < rows && top + i < lines->count; i++) {
        const struct socket *s = &seen->sockets[lines->socket[top + i]];
        if (lines->difference[top + i])
            difference_draw(&s->beside, canvas, HEADING + i);
        else
            socket_draw(s, seen->kernel, a, here, table, canvas, HEADING + i);
    }
    if (at == SIZE_MAX && here && a->unit && rows > lines->count)
        nobody_draw(a, canvas, HEADING + lines->count);
}

static void columns_draw(const struct table *table, bool client, bool kernel, const char *verdict,
                         struct canvas *canvas)
{
    unsigned y = HEADING - 1;
    if (table->fd_end)
        canvas_text_right(canvas, table->fd_end, y, ROLE_HEADING, "fd");
    if (table->wide)
        canvas_text(canvas, table->kind, y, ROLE_HEADING, "kind");
    canvas_text(canvas, table->local, y, ROLE_HEADING,
                !table->wide                 ? "local"
                : table->name < KNOWN_NAME   ? client ? "the client" : "the server"
                : client                     ? "local: the client"
                                             : "local: the server");
    canvas_text(canvas, table->remote, y, ROLE_HEADING, "remote");
    canvas_text(canvas, table->verdict, y, ROLE_HEADING, verdict);
    if (table->waiting_end && kernel)
        canvas_text_right(canvas, table->waiting_end, y, ROLE_HEADING, "waiting");
    if (table->state && kernel)
        canvas_text(canvas, table->state, y, ROLE_HEADING, "state");
}

/* Everything below what arrives. */
static void below_draw(const struct present *p, const struct seen *seen, const struct arrival *a, bool here,
                       bool client, struct canvas *canvas)
{
    struct lines lines;
    lines_make(&lines, seen, a, here);
    struct table table = table_of(canvas->width, seen->kernel || lines.fds);
    columns_draw(&table, client, seen->kernel, here ? "takes it?" : a->unit ? "not sent here" : "", canvas);
    unsigned rows = canvas->height > HEADING + BELOW ? canvas->height - HEADING - BELOW : 1;
    lines_draw(&lines, seen, a, here, &table, canvas, rows);
    unsigned y = HEADING + (lines.count < rows ? lines.count + 1 : rows) + 1;
    sums_draw(seen, canvas, y);
    source_draw(seen, lines.fds, canvas, y + 1);
    if (seen->kernel)
        queues_draw(p, seen, canvas, y + 2);
}

/* Nothing has been captured of it: what the kernel has all the same. Of two hosts the second one is the server. */
static void nothing_draw(const struct present *p, bool client, struct canvas *canvas)
{
    const struct arrival none = { 0 };
    struct seen seen = { .count = 0 };
    if (p->id || !p->host_count) {
        canvas_text(canvas, 1, 0, ROLE_QUIET, p->id ? "It has not begun yet."
                                                    : "Choose a connection or a flow in the overview.");
        return;
    }
    canvas_text(canvas, 1, 0, ROLE_QUIET,
                canvas->width >= WIDE ? "No segment and no datagram yet. The kernel has these sockets:"
                                      : "No frame yet. The kernel has:");
    sockets_of_host(&p->hosts[client ? 0 : p->host_count - 1], &seen);
    below_draw(p, &seen, &none, false, client, canvas);
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct sockets *r = record;
    struct arrival a = arrival_of(p);
    (void)active;
    if (p->waiting || !a.of) {
        if (p->waiting)
            canvas_text(canvas, 1, 0, ROLE_QUIET, "going there ...");
        else
            nothing_draw(p, r->client_host, canvas);
        return;
    }
    struct seen seen = { .count = 0 };
    unsigned host = r->client_host ? a.of->client : !a.of->client;
    sockets_look(p, &a, host, &seen);
    bool here = a.unit && a.to == host;
    arrival_draw(&a, here, canvas);
    below_draw(p, &seen, &a, here, r->client_host, canvas);
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

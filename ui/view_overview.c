/* Every connection and flow, under the socket of the server that it belongs to; a bar shows when it lived.
 *
 *    # client                 seg  bytes 0 s       0.52 s what happened
 *  TCP 10.9.0.1:6666  3 connections, 3 open at the same time
 * >  1 10.9.0.2:33432          13     24 S*====*=====F    closed, client first
 */
#include <string.h>

#include "report/groups.h"
#include "report/words.h"
#include "ui/pane.h"
#include "ui/screen_state.h"

enum {
    HEAD = 2,                         /* rows above the list: what there is, and the columns */
    LEGEND = 1,
    ID_WIDTH = 4, WIDE = 110,
    FILTER_SHOWN = 30,                /* characters of a filter */
    AT_ONCE_MOST = 512,               /* rows of a socket, for which it is worked out how many were open at once */
};

struct overview {
    size_t top;                       /* first line shown */
    uint32_t ids[256];                /* by row of the list: what was drawn there */
};

/* In a flat list the server stands where else the states are, on a narrow screen the bar. */
struct columns {
    unsigned id, id_end, client, states[2], units, bytes, rtt, bar, bar_width, outcome, server, server_width;
    bool wide, flat;
};

static struct columns columns_of(unsigned width, uint32_t rows, bool flat)
{
    unsigned digits = ID_WIDTH;
    for (uint32_t most = 9999; most < rows && digits < 7; most = most * 10 + 9)
        digits++;
    struct columns c = { .id = 1, .id_end = 1 + digits, .client = 1 + digits + 1, .wide = width >= WIDE, .flat = flat };
    unsigned x = c.client + 22;
    if (c.wide) {
        c.states[0] = x;
        c.states[1] = x + 13;
        x += 26;
    }
    c.units = x;
    c.bytes = x + 5;
    x += 12;
    if (c.wide) {
        c.rtt = x;
        x += 8;
    }
    c.bar = x;
    unsigned outcome = 24, left = width > x + outcome + 1 ? width - x - outcome - 1 : 8;
    c.bar_width = left > 8 ? left : 8;
    c.outcome = c.bar + c.bar_width + 1;
    c.server = c.wide ? c.states[0] : c.bar;
    c.server_width = c.wide ? c.units - c.server - 1 : c.bar_width;
    return c;
}

const char *overview_column(enum list_column column)
{
    static const char *const names[COLUMN_COUNT] = {
        [COLUMN_ID] = "number", [COLUMN_CLIENT] = "client", [COLUMN_UNITS] = "segments", [COLUMN_BYTES] = "bytes",
        [COLUMN_RTT] = "round trip", [COLUMN_BEGAN] = "beginning", [COLUMN_DURATION] = "duration",
        [COLUMN_OUTCOME] = "what happened",
    };
    return names[column < COLUMN_COUNT ? column : COLUMN_ID];
}

/* --- what there is --- */

/* With a filter, how many it leaves; else what there is. */
static void shown_words(const struct present *p, struct text *t)
{
    text_string(t, "shown ");
    words_number(t, list_shown(p->list));
    text_string(t, " of ");
    words_number(t, list_seen(p->list));
    text_string(t, "   filter ");
    size_t shown = p->filter->used < FILTER_SHOWN ? p->filter->used : FILTER_SHOWN;
    text_harmless(t, p->filter->bytes, shown);
    text_string(t, shown < p->filter->used ? " .." : "");
}

static void there_words(const struct totals *totals, struct text *t)
{
    words_count(t, totals->connections, "connection", "connections");
    text_string(t, "  ");
    words_count(t, totals->flows, "datagram flow", "datagram flows");
    if (!totals->other)
        return;
    text_string(t, "  ");
    words_count(t, totals->other, "other frame", "other frames");
}

static void summary_draw(const struct present *p, struct canvas *canvas)
{
    struct totals totals = decoder_totals(trace_decoder(p->trace)), all = trace_totals(p->trace);
    bool filtered = p->filter && p->filter->used;
    struct text t = { 0 };
    if (filtered)
        shown_words(p, &t);
    else
        there_words(&totals, &t);
    unsigned x = canvas_text(canvas, 1, 0, filtered ? ROLE_NOW : ROLE_PLAIN, text_ended(&t)) + 2;
    uint64_t later = all.connections + all.flows - totals.connections - totals.flows;
    t.used = 0;
    if (list_seen(p->list) < trace_rows(p->trace)) {
        text_string(&t, "so far ...");
    } else if (later) {
        words_number(&t, later);
        text_string(&t, " more begin later: End");
    }
    canvas_text(canvas, x, 0, ROLE_NOW, text_ended(&t));
    text_free(&t);
}

static void heading_cell(const struct present *p, struct canvas *canvas, unsigned x, enum list_column column, bool right,
                         const char *words)
{
    bool sorted = list_sorted_by(p->list) == column && column != COLUMN_ID;
    struct text t = { 0 };
    text_string(&t, words);
    if (sorted)
        text_char(&t, list_reversed(p->list) ? 'v' : '^');
    if (right)
        canvas_text_right(canvas, x, 1, ROLE_HEADING, text_ended(&t));
    else
        canvas_text(canvas, x, 1, ROLE_HEADING, text_ended(&t));
    text_free(&t);
}

static bool bar_shown(const struct columns *c)
{
    return c->wide || !c->flat;
}

static void columns_draw(const struct present *p, const struct columns *c, struct canvas *canvas)
{
    struct text t = { 0 };
    nanoseconds span = p->time - trace_totals(p->trace).first_time;
    heading_cell(p, canvas, c->id_end, COLUMN_ID, true, "#");
    heading_cell(p, canvas, c->client, COLUMN_CLIENT, false, "client");
    if (c->wide && !c->flat) {
        canvas_text(canvas, c->states[0], 1, ROLE_HEADING, "client is");
        canvas_text(canvas, c->states[1], 1, ROLE_HEADING, "server is");
    }
    if (c->flat)
        canvas_text(canvas, c->server, 1, ROLE_HEADING, "server");
    if (c->wide)
        heading_cell(p, canvas, c->rtt + 6, COLUMN_RTT, true, "RTT ms");
    heading_cell(p, canvas, c->units + 4, COLUMN_UNITS, true, "seg");
    heading_cell(p, canvas, c->bytes + 6, COLUMN_BYTES, true, "bytes");
    if (bar_shown(c)) {
        canvas_text(canvas, c->bar, 1, ROLE_HEADING, "0 s");
        words_duration(&t, span > 0 ? span : 0);
        canvas_text_right(canvas, c->bar + c->bar_width, 1, ROLE_HEADING, text_ended(&t));
    }
    heading_cell(p, canvas, c->outcome, COLUMN_OUTCOME, false, "what happened");
    text_free(&t);
}

/* --- headings --- */

static const struct conversation *row_of_group(const struct present *p, const struct list_group *group, uint32_t i)
{
    return trace_row(p->trace, list_line(p->list, group->line + 1 + i).id);
}

static size_t at_once(const struct present *p, const struct list_group *group)
{
    struct grouped_row rows[AT_ONCE_MOST];
    struct group made = { .rows = rows };
    if (group->count < 2 || group->count > AT_ONCE_MOST)
        return 0;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct conversation *row = row_of_group(p, group, i);
        if (row)
            rows[made.count++] = (struct grouped_row){ .row = row, .id = row->id };
    }
    return made.count ? group_at_once(&made, p->time) : 0;
}

static bool all_refused(const struct present *p, const struct list_group *group)
{
    for (uint32_t i = 0; i < group->count && i < AT_ONCE_MOST; i++) {
        const struct conversation *row = row_of_group(p, group, i);
        if (row && (!conversation_is_tcp(row) || connection_handshake(as_connection(row)) != HANDSHAKE_REFUSED))
            return false;
    }
    return true;
}

/* A SYN flood is seen in this number. */
static uint32_t half_open(const struct present *p, const struct list_group *group)
{
    uint32_t half = 0;
    for (uint32_t i = 0; i < group->count && i < AT_ONCE_MOST; i++) {
        const struct conversation *row = row_of_group(p, group, i);
        const struct connection *c = row && conversation_is_tcp(row) ? as_connection(row) : NULL;
        half += c && connection_handshake(c) == HANDSHAKE_HALF && connection_ending(c) == ENDING_OPEN;
    }
    return half;
}

/* What a capture alone knows. */
static void group_words(const struct present *p, const struct list_group *group, struct text *t)
{
    if (group->socket.protocol != PROTOCOL_TCP) {
        words_count(t, group->count, "sender", "senders");
        return;
    }
    if (all_refused(p, group)) {
        words_count(t, group->count, "attempt", "attempts");
        text_string(t, ": no socket");
        return;
    }
    words_count(t, group->count, "connection", "connections");
    size_t most = at_once(p, group);
    if (most > 1)
        text_format(t, ", %zu open at the same time", most);
    uint32_t half = group->count <= AT_ONCE_MOST ? half_open(p, group) : 0;
    if (half > 1)
        text_format(t, ", %u handshakes not finished", half);
}

/* The sockets that the kernel has there, in `width` columns where that can be: "1 listening socket (0 of 5 waiting), 3
 * connected sockets". */
static void sockets_words(const struct kernel_port *port, bool tcp, unsigned width, struct text *t)
{
    size_t begun = t->used;
    if (!tcp) {
        words_count(t, port->opens + port->connected, "socket", "sockets");
        return;
    }
    if (port->opens)
        words_count(t, port->opens, "listening socket", "listening sockets");
    if (port->opens == 1)
        text_format(t, " (%u of %u waiting%s)", port->open->waiting, port->open->backlog,
                    port->open->waiting > port->open->backlog ? ": full" : "");
    if (!port->connected)
        return;
    text_string(t, port->opens ? ", " : "");
    words_count(t, port->connected, "connected socket", "connected sockets");
    if (t->used - begun <= width)
        return;
    t->used = begun;
    if (port->opens)
        text_format(t, "%u listen%s, ", port->opens, port->opens == 1 ? "s" : "");
    text_format(t, "%u connected", port->connected);
}

/* "server (pid 4711)": the program that holds it, where /proc told. */
static void owner_words(const struct kernel_host *host, const struct kernel_socket *socket, struct text *t)
{
    const struct kernel_owner *owner = socket ? owners_find(&host->owners, socket->inode) : NULL;
    if (!owner)
        return;
    text_harmless(t, owner->name, sizeof owner->name);
    text_format(t, " (pid %d)  ", owner->pid);
}

/* With what the kernel knows of the server's socket, where it is asked. */
static void known_words(const struct present *p, const struct list_group *group, unsigned width, bool wide,
                        struct text *t)
{
    const struct server_socket *socket = &group->socket;
    const struct kernel_host *host = present_host(p, socket->version, socket->address);
    struct kernel_end local = { .port = socket->port };
    bool tcp = socket->protocol == PROTOCOL_TCP;
    memcpy(local.address, socket->address, sizeof local.address);
    if (!host || !(tcp ? host->table.tcp : host->table.udp) || host->table.cut) {
        group_words(p, group, t);
        return;
    }
    struct kernel_port port = sockets_at(&host->table, socket->protocol, socket->version, &local);
    if (!port.opens && !port.connected) {
        group_words(p, group, t);
        text_string(t, tcp && all_refused(p, group) ? "" : ", no socket now");
        return;
    }
    if (wide)
        owner_words(host, port.open, t);
    sockets_words(&port, tcp, width, t);
    if (tcp && !wide)
        return;
    size_t used = t->used;
    text_string(t, ", ");
    group_words(p, group, t);
    if (t->used > width)                  /* nothing is cut within a number */
        t->used = used;
}

static void group_draw(const struct present *p, const struct list_group *group, struct canvas *canvas, unsigned y)
{
    struct text t = { 0 };
    const struct server_socket *socket = &group->socket;
    struct tuple key = { .protocol = socket->protocol, .version = socket->version, .port = { socket->port } };
    memcpy(key.address[0], socket->address, sizeof key.address[0]);
    words_endpoint(&t, &key, 0);
    unsigned x = canvas_text(canvas, 1, y, ROLE_SERVER, socket->protocol == PROTOCOL_TCP ? "TCP " : "UDP ");
    x = canvas_text(canvas, x, y, ROLE_SERVER, text_ended(&t)) + 2;
    t.used = 0;
    known_words(p, group, canvas->width > x ? canvas->width - x : 0, canvas->width >= WIDE, &t);
    canvas_text(canvas, x, y, ROLE_PLAIN, text_ended(&t));
    text_free(&t);
}

/* --- the bar: when it lived --- */

struct bar {
    struct canvas *canvas;
    unsigned x, y, width;
    nanoseconds from, to;
};

static unsigned place_of(const struct bar *b, nanoseconds time)
{
    return pane_place(time, b->from, b->to, b->width);
}

static void fill(const struct bar *b, nanoseconds from, nanoseconds to, uint32_t character)
{
    for (unsigned i = place_of(b, from), last = place_of(b, to); i <= last; i++)
        canvas_put(b->canvas, b->x + i, b->y, ROLE_QUIET, character);
}

static void letter(const struct bar *b, nanoseconds time, enum role role, char character)
{
    canvas_put(b->canvas, b->x + place_of(b, time), b->y, role, (unsigned char)character);
}

static void connection_bar(const struct bar *b, const struct connection *c)
{
    enum ending ending = connection_ending(c);
    const uint32_t *frame = c->moment_frame;
    nanoseconds began = c->head.first_time, last = c->head.last_time;
    nanoseconds over = ending == ENDING_OPEN || ending == ENDING_HALF_CLOSED ? b->to : last;
    bool half = frame[MOMENT_FIRST_FIN], midstream = connection_handshake(c) == HANDSHAKE_MIDSTREAM;
    nanoseconds open = c->told_established ? connection_moment(c, MOMENT_ESTABLISHED) : over;
    if (!midstream)
        fill(b, began, open, '.');
    if (c->told_established || midstream)
        fill(b, midstream ? began : open, half ? connection_moment(c, MOMENT_FIRST_FIN) : over, '=');
    if (half && ending == ENDING_HALF_CLOSED)
        fill(b, connection_moment(c, MOMENT_FIRST_FIN), over, '-');
    else if (half)
        fill(b, connection_moment(c, MOMENT_FIRST_FIN), last, '-');
    for (unsigned m = MOMENT_FIRST_DATA; m <= MOMENT_LAST_DATA; m++)
        if (frame[m])
            letter(b, connection_moment(c, (enum moment)m), ROLE_PLAIN, '*');
    if (frame[MOMENT_SYN] || frame[MOMENT_SYN_ACK])
        letter(b, frame[MOMENT_SYN] ? connection_moment(c, MOMENT_SYN) : began, ROLE_CLIENT, 'S');
    if (frame[MOMENT_SECOND_FIN])
        letter(b, connection_moment(c, MOMENT_SECOND_FIN), ROLE_PLAIN, 'F');
    if (frame[MOMENT_RESET])
        letter(b, connection_moment(c, MOMENT_RESET), ROLE_TROUBLE, 'R');
}

static void bar_draw(const struct present *p, const struct columns *c, const struct conversation *row, struct canvas *canvas,
                     unsigned y)
{
    struct bar b = { .canvas = canvas, .x = c->bar, .y = y, .width = c->bar_width,
                     .from = trace_totals(p->trace).first_time, .to = p->time };
    if (conversation_is_tcp(row)) {
        connection_bar(&b, as_connection(row));
        return;
    }
    fill(&b, row->first_time, row->last_time, '~');
    letter(&b, row->first_time, ROLE_PLAIN, '*');
    letter(&b, row->last_time, ROLE_PLAIN, '*');
    if (row->icmp_frame)
        letter(&b, row->last_time, ROLE_TROUBLE, '!');
}

/* --- a row --- */

/* Words of ours that end before column `end`; frees them. */
static void cell_right(struct canvas *canvas, unsigned end, unsigned y, struct text *words)
{
    canvas_text_right(canvas, end, y, ROLE_PLAIN, text_ended(words));
    text_free(words);
}

static void number_cell(struct canvas *canvas, unsigned end, unsigned y, uint64_t n, unsigned width)
{
    struct text t = { 0 };
    words_short_number(&t, n, width);
    cell_right(canvas, end, y, &t);
}

static void rtt_cell(const struct conversation *row, struct canvas *canvas, unsigned end, unsigned y)
{
    struct text t = { 0 };
    nanoseconds rtt = conversation_round_trip(row);
    if (rtt >= 0)
        words_milliseconds(&t, rtt);
    else
        text_char(&t, '-');
    cell_right(canvas, end, y, &t);
}

static const char *state_word(const struct connection *c, unsigned end)
{
    bool unheard = end != c->head.client && handshake_unheard(connection_handshake(c));
    return unheard ? "?" : tcp_state_names[c->peer[end].state];
}

static void states_cells(const struct columns *columns, const struct conversation *row, struct canvas *canvas, unsigned y)
{
    if (!conversation_is_tcp(row)) {
        canvas_text(canvas, columns->states[0], y, ROLE_QUIET, "no states");
        return;
    }
    canvas_text(canvas, columns->states[0], y, ROLE_STATE, state_word(as_connection(row), row->client));
    canvas_text(canvas, columns->states[1], y, ROLE_STATE, state_word(as_connection(row), !row->client));
}

/* While it lives, where its ends stand; then what happened. ended: nothing more comes. */
static void outcome_words(const struct conversation *row, bool states_shown, bool ended, struct text *t)
{
    const struct connection *c = conversation_is_tcp(row) ? as_connection(row) : NULL;
    enum ending ending = c ? connection_ending(c) : ENDING_CLOSED;
    bool alive = c && !states_shown && c->told_established && (ending == ENDING_OPEN || ending == ENDING_HALF_CLOSED);
    if (c && !ended && connection_handshake(c) == HANDSHAKE_NO_ANSWER) {
        text_string(t, "no answer yet");
        return;
    }
    if (!alive) {
        words_outcome(t, row);
        return;
    }
    const char *client = tcp_state_names[c->peer[row->client].state], *server = tcp_state_names[c->peer[!row->client].state];
    if (strcmp(client, server) == 0)
        text_format(t, "%s", client);
    else
        text_format(t, "%s/%s", client, server);
}

static void row_draw(const struct present *p, const struct columns *c, const struct conversation *row, struct canvas *canvas,
                     unsigned y)
{
    struct text t = { 0 };
    unsigned room = (c->wide && !c->flat ? c->units : c->client + 22) - c->client - 1;
    words_endpoint_short(&t, &row->key, row->client, room);
    bool states = c->wide && !c->flat && t.used <= 23;        /* a long name takes their place */
    number_cell(canvas, c->id_end, y, row->id, c->id_end - c->id);
    canvas_text(canvas, c->client, y, ROLE_CLIENT, text_ended(&t));
    if (states)
        states_cells(c, row, canvas, y);
    number_cell(canvas, c->units + 4, y, (uint64_t)row->units[0] + row->units[1], 4);
    number_cell(canvas, c->bytes + 6, y, row->payload_bytes[0] + row->payload_bytes[1], 6);
    if (c->wide)
        rtt_cell(row, canvas, c->rtt + 6, y);
    if (bar_shown(c))
        bar_draw(p, c, row, canvas, y);
    if (c->flat) {
        t.used = 0;
        words_endpoint_short(&t, &row->key, !row->client, c->server_width);
        canvas_text(canvas, c->server, y, ROLE_SERVER, text_ended(&t));
    }
    t.used = 0;
    outcome_words(row, states, trace_ended(p->trace) && trace_follows(p->trace), &t);
    canvas_text(canvas, c->outcome, y, ROLE_PLAIN, text_ended(&t));
    text_free(&t);
}

/* --- the pane --- */

static void lines_draw(const struct present *p, struct overview *o, const struct columns *c, struct canvas *canvas,
                       unsigned rows)
{
    memset(o->ids, 0, sizeof o->ids);
    for (unsigned i = 0; i < rows && o->top + i < list_lines(p->list); i++) {
        struct list_line line = list_line(p->list, o->top + i);
        const struct conversation *row = line.id ? trace_row(p->trace, line.id) : NULL;
        unsigned y = HEAD + i;
        if (!line.id) {
            group_draw(p, list_group(p->list, line.group), canvas, y);
            continue;
        }
        if (!row)
            continue;
        row_draw(p, c, row, canvas, y);
        if (i < sizeof o->ids / sizeof *o->ids)
            o->ids[i] = line.id;
        if (line.id == p->id) {
            canvas_put(canvas, 0, y, ROLE_NOW, '>');
            canvas_select(canvas, 0, y, canvas->width);
        }
    }
}

/* Why there is nothing, where the capture tells: that teaches more than an empty list. */
static void empty_draw(const struct present *p, struct canvas *canvas)
{
    bool live = source_is_live(trace_source(p->trace)), whole = trace_ended(p->trace) && trace_follows(p->trace);
    uint64_t asked = trace_totals(p->trace).arp_unanswered;
    const char *words = list_seen(p->list) ? "No row matches the filter. / changes it."
                        : live   ? "Waiting for the first segment or datagram. Programs on one machine talk on lo."
                        : !whole ? "No connection and no flow yet."
                        : trace_known(p->trace) ? "The capture holds no TCP segment and no UDP datagram."
                                                : "The capture holds no frame.";
    canvas_text(canvas, 1, HEAD + 1, ROLE_PLAIN, words);
    if (live && !list_seen(p->list) && p->host_count)
        canvas_text(canvas, 1, HEAD + 2, ROLE_QUIET, "3 shows the sockets that there are already.");
    if (list_seen(p->list) || !whole)
        return;
    struct text t = { 0 };
    if (asked) {
        text_string(&t, "ARP asked for ");
        words_count(&t, asked, "address", "addresses");
        text_string(&t, " in vain: nobody on this link has it. connect() then fails with EHOSTUNREACH, and no SYN is ever "
                        "sent. Is the address right? synfin report names it.");
    } else {
        text_string(&t, "Programs on one machine talk on the loopback interface: capture on lo. Or a capture filter left "
                        "everything out.");
    }
    pane_paragraph(canvas, 1, HEAD + 3, canvas->width > 2 ? canvas->width - 2 : 1, ROLE_PLAIN, &t);
}

/* What the signs in the bars mean, as far as there can be any. */
static void legend_draw(const struct present *p, struct canvas *canvas)
{
    struct totals all = trace_totals(p->trace);
    const char *signs = "S.. opening  = open  * first, last data  - half closed  F closed  R reset";
    if (all.flows && all.connections)
        signs = "S.. opening  = open  * data  - half closed  F closed  R reset  ~ flow  ! ICMP";
    else if (all.flows)
        signs = "* first, last datagram  ~ between them  ! ICMP error";
    canvas_text(canvas, 1, canvas->height - 1, ROLE_QUIET, signs);
}

static void draw(const struct present *p, void *record, bool active, struct canvas *canvas)
{
    struct overview *o = record;
    struct columns c = columns_of(canvas->width, trace_rows(p->trace), !list_grouped(p->list));
    (void)active;
    summary_draw(p, canvas);
    columns_draw(p, &c, canvas);
    if (canvas->height <= HEAD)
        return;
    bool legend = canvas->height >= 8;
    unsigned rows = canvas->height - HEAD - (legend ? LEGEND : 0);
    if (legend && bar_shown(&c))
        legend_draw(p, canvas);
    o->top = pane_top(list_find(p->list, p->id), list_lines(p->list), rows);
    if (list_lines(p->list))
        lines_draw(p, o, &c, canvas, rows);
    else
        empty_draw(p, canvas);
}

static unsigned wants(const struct present *p, unsigned width)
{
    size_t lines = list_lines(p->list);
    (void)width;
    return lines > 1000 ? 1000 : (unsigned)lines + HEAD + LEGEND + 1;
}

static struct pick pick(const void *record, unsigned x, unsigned y)
{
    const struct overview *o = record;
    (void)x;
    return (struct pick){ .id = y >= HEAD && y - HEAD < 256 ? o->ids[y - HEAD] : 0 };
}

const struct view view_overview = { .name = "Overview", .record = sizeof(struct overview), .draw = draw, .wants = wants,
                                    .pick = pick };

/* Recorded calls on their way into the stream. One of which both ends are known is told with its conversation, or kept
 * until its first frame comes. One of a socket without a remote end (a listening one, a UDP server's) is told once, of
 * no conversation, and again for each that comes to the socket while it is open, or with a row that the same socket
 * has had (call_sockets.h).
 *
 * A UDP socket that is not connected has a port and no address of its own. Its call is of the row with that port, the
 * other end that is meant, and an address of the same program's host, as far as calls and rows have shown those.
 */
#include "decode/call_sockets.h"

#include <stdlib.h>

enum {
    WAITING_MOST = 1024,          /* moments of conversations still to come; the oldest is told of none too early */
    LOCAL_MOST = 256,             /* calls of sockets without a remote end: the latest */
    ADDRESSES_MOST = 16,          /* of hosts: the latest */
    TOLD_LEAST = 64,
    OF_NO_ROW = 0,
    TOLD_LOOKED_AT = 4096,        /* the latest, where another row's calls are asked for */
};

struct waiting {
    struct call_moment moment;    /* a list that grows moves its own */
    struct tuple key;
    uint32_t hash;                /* 0: the key is not known, for the socket has any address */
    uint8_t who;
};

struct host_address {
    uint8_t address[16];
    uint8_t version, who;         /* who: enum caller */
};

struct local_call {
    const struct true_call *call;
    bool returned;
    nanoseconds closed;           /* when its socket was; INT64_MAX: not yet */
};

struct told {
    const struct true_call *call;
    uint32_t id;                  /* of the row */
    uint32_t before;              /* the told call of this row before, plus 1; 0: none */
    uint8_t who;
};

struct call_book {
    struct waiting waiting[WAITING_MOST];
    unsigned waiting_count;
    struct local_call local[LOCAL_MOST];
    unsigned local_count;
    struct host_address addresses[ADDRESSES_MOST];
    unsigned address_count;
    struct told *told;            /* owned: calls that are not frequent */
    size_t told_count, told_room;
    uint32_t *heads;              /* owned: an open hash of ids to their latest told call, plus 1 */
    uint32_t mask;
    struct call_sockets sockets;
    bool gave_up;                 /* some call may be missing from its row */
};

void calls_free_book(struct call_book *book)
{
    if (book) {
        free(book->told);
        free(book->heads);
    }
    free(book);
}

/* --- what was told, by row --- */

static uint32_t *head_of(const struct call_book *book, uint32_t id)
{
    uint32_t i = id * 0x9E3779B1u & book->mask;
    while (book->heads[i] && book->told[book->heads[i] - 1].id != id)
        i = (i + 1) & book->mask;
    return &book->heads[i];
}

/* Room for one more. False when memory ran out. */
static bool told_grow(struct call_book *book)
{
    if (book->told_count < book->told_room)
        return true;
    size_t room = book->told_room ? book->told_room * 2 : TOLD_LEAST;
    struct told *told = realloc(book->told, room * sizeof *told);
    if (told)
        book->told = told;
    uint32_t *heads = told ? calloc(room * 2, sizeof *heads) : NULL;
    if (!heads)
        return false;
    free(book->heads);
    book->heads = heads;
    book->told_room = room;
    book->mask = (uint32_t)(room * 2 - 1);
    for (size_t i = 0; i < book->told_count; i++)
        *head_of(book, book->told[i].id) = (uint32_t)i + 1;
    return true;
}

static void remember(struct call_book *book, uint32_t id, unsigned who, const struct true_call *call)
{
    if (call_is_frequent(call->call))
        return;
    if (!told_grow(book)) {
        book->gave_up = true;
        return;
    }
    uint32_t before = *head_of(book, id);
    book->told[book->told_count] = (struct told){ .call = call, .id = id, .before = before, .who = (uint8_t)who };
    *head_of(book, id) = (uint32_t)++book->told_count;
}

/* --- telling --- */

static void emit(const struct decoder *d, const struct conversation *row, unsigned who, const struct call_moment *m,
                 bool repeated)
{
    enum event_kind kind = m->returns ? EVENT_CALL_RETURNED : EVENT_CALL;
    if (!decoder_wants(d, kind))
        return;
    struct event event = { .kind = (uint8_t)kind, .who = (uint8_t)who, .time = m->time, .of = row,
                           .because = { .sentence = SENTENCE_CALL_RECORDED, .who = (uint8_t)who } };
    for (unsigned end = 0; row && end < 2 && conversation_is_tcp(row); end++) {
        const struct peer *p = &as_connection(row)->peer[end];
        bool first = m->time <= row->first_time && row->units[0] + row->units[1] <= 1;
        event.state[end] = first ? (uint8_t)peer_path(p, 0) : p->state;
    }
    event.call.call = m->call->call;
    event.call.recorded = m->call;
    event.call.repeated = repeated;
    if (m->call->result && call_sends(m->call->call)) {
        long bytes = strtol(m->call->result, NULL, 10);
        event.call.bytes = bytes > 0 && bytes < INT32_MAX ? (uint32_t)bytes : 0;
    }
    decoder_emit(d, &event);
}

static bool closes_socket(const struct true_call *call)
{
    return call->call == CALL_EXIT || (call->call == CALL_CLOSE && !call->stays_open);
}

static void attach(struct decoder *d, const struct conversation *row, unsigned who, const struct call_moment *m)
{
    if (!m->returns)
        remember(d->calls, row->id, who, m->call);
    if (!m->returns && !closes_socket(m->call))
        call_sockets_learn(&d->calls->sockets, d, row, who, m->call);
    emit(d, row, who, m, false);
}

/* --- addresses of the programs' hosts --- */

static void learn_address(struct call_book *book, unsigned who, unsigned version, const uint8_t address[16])
{
    for (unsigned i = 0; i < book->address_count; i++) {
        const struct host_address *known = &book->addresses[i];
        if (known->who == who && known->version == version && memcmp(known->address, address, 16) == 0)
            return;
    }
    if (book->address_count == ADDRESSES_MOST)
        memmove(&book->addresses[0], &book->addresses[1], --book->address_count * sizeof book->addresses[0]);
    struct host_address *new = &book->addresses[book->address_count++];
    *new = (struct host_address){ .version = (uint8_t)version, .who = (uint8_t)who };
    memcpy(new->address, address, 16);
}

static void learn_local(struct call_book *book, const struct true_call *call)
{
    if (call->local.version && !call_end_anywhere(&call->local))
        learn_address(book, call->who, call->local.version, call->local.address);
}

/* --- calls of one conversation --- */

static void wait_for(struct decoder *d, const struct waiting *waiting)
{
    struct call_book *book = d->calls;
    if (book->waiting_count == WAITING_MOST) {
        emit(d, NULL, NO_END, &book->waiting[0].moment, false);
        memmove(&book->waiting[0], &book->waiting[1], (WAITING_MOST - 1) * sizeof book->waiting[0]);
        book->waiting_count--;
        book->gave_up = true;
    }
    book->waiting[book->waiting_count++] = *waiting;
}

static bool waits(const struct call_book *book, const struct true_call *call)
{
    for (unsigned i = book->waiting_count; i--;)
        if (book->waiting[i].moment.call == call)
            return true;
    return false;
}

/* It is over, so a call that opens is of the next one on the same four numbers. */
static bool over(const struct conversation *row)
{
    return conversation_is_tcp(row) && (as_connection(row)->told_closed || as_connection(row)->reset_by != NO_END);
}

static bool opens(const struct true_call *call)
{
    return call->call == CALL_SOCKET || call->call == CALL_BIND || call->call == CALL_SETSOCKOPT ||
           call->call == CALL_CONNECT;
}

/* The row of these ends; NULL: none yet. */
static const struct conversation *row_between(const struct decoder *d, const uint8_t local[16], struct waiting *w)
{
    const struct true_call *call = w->moment.call;
    w->who = (uint8_t)tuple_make(&w->key, call->remote.version, call->protocol, local, call->remote.address,
                                 call->local.port, call->remote.port);
    w->hash = tuple_hash(&w->key, d->options.secret);
    uint32_t reference = table_find(&d->table, &w->key, w->hash);
    return reference ? table_row(&d->table, reference) : NULL;
}

static const struct conversation *row_of(const struct decoder *d, struct waiting *w)
{
    const struct true_call *call = w->moment.call;
    if (!call_end_anywhere(&call->local))
        return row_between(d, call->local.address, w);
    const struct conversation *row = NULL;
    for (unsigned i = d->calls->address_count; i-- > 0 && !row;) {
        const struct host_address *known = &d->calls->addresses[i];
        if (known->who == call->who && known->version == call->remote.version)
            row = row_between(d, known->address, w);
    }
    if (!row)
        w->hash = 0;
    return row;
}

static void call_of_both_ends(struct decoder *d, const struct call_moment *m)
{
    struct waiting w = { .moment = *m };
    const struct conversation *row = row_of(d, &w);
    bool later = m->returns ? waits(d->calls, m->call) : row && opens(m->call) && over(row);
    if (!row || later)
        wait_for(d, &w);
    else
        attach(d, row, w.who, m);
}

/* Has it come, this row? Then the call's end of it; else NO_END. */
static unsigned awaited_end(const struct waiting *w, const struct conversation *row, uint32_t hash)
{
    const struct true_call *call = w->moment.call;
    const struct tuple *key = &row->key;
    if (w->hash)
        return w->hash == hash && tuple_equal(&w->key, key) ? w->who : NO_END;
    if (call->protocol != key->protocol || call->remote.version != key->version)
        return NO_END;
    for (unsigned end = 0; end < 2; end++)
        if (call->local.port == key->port[end] && call->remote.port == key->port[!end] &&
            memcmp(call->remote.address, key->address[!end], 16) == 0)
            return end;
    return NO_END;
}

/* --- calls of a socket without a remote end --- */

static bool same_socket(const struct true_call *a, const struct true_call *b)
{
    int32_t fd = call_descriptor(a);
    return fd >= 0 && fd == call_descriptor(b) && a->pid == b->pid && a->who == b->who;
}

/* What makes a socket what it is, for all who come to it. */
static bool makes_socket(const struct true_call *call)
{
    return call->local.version && call->local.port &&
           (call->call == CALL_SOCKET || call->call == CALL_BIND || call->call == CALL_LISTEN ||
            call->call == CALL_SETSOCKOPT);
}

/* Its socket got no port, and is mostly closed at once. It is told of the next one who comes to that port. */
static bool fails(const struct true_call *call)
{
    return call->error && (call->call == CALL_BIND || call->call == CALL_LISTEN);
}

static void close_local(struct call_book *book, const struct call_moment *m)
{
    for (unsigned i = 0; i < book->local_count; i++) {
        struct local_call *local = &book->local[i];
        if (same_socket(local->call, m->call) && local->closed > m->time && !fails(local->call))
            local->closed = m->time;
    }
}

static void call_of_local_end(struct decoder *d, const struct call_moment *m)
{
    struct call_book *book = d->calls;
    const struct true_call *call = m->call;
    emit(d, NULL, NO_END, m, false);
    unsigned end = NO_END;
    const struct conversation *row = call_sockets_row(&book->sockets, d, call, &end);
    if (row)
        emit(d, row, end, m, true);
    if (closes_socket(call) && !m->returns)
        close_local(book, m);
    if (m->returns) {
        for (unsigned i = 0; i < book->local_count; i++)
            book->local[i].returned |= book->local[i].call == call;
        return;
    }
    if (!makes_socket(call))
        return;
    if (book->local_count == LOCAL_MOST)
        memmove(&book->local[0], &book->local[1], --book->local_count * sizeof book->local[0]);
    book->local[book->local_count++] = (struct local_call){ .call = call, .closed = INT64_MAX };
}

/* The end of the row that the socket is at; NO_END: neither. An IPv6 socket for any address takes IPv4 too. */
static unsigned end_at(const struct conversation *row, const struct true_call *call)
{
    if (call->protocol != row->key.protocol)
        return NO_END;
    for (unsigned end = 0; end < 2; end++) {
        bool here = call->local.version == row->key.version &&
                    memcmp(call->local.address, row->key.address[end], 16) == 0;
        if (call->local.port == row->key.port[end] && (call_end_anywhere(&call->local) || here))
            return end;
    }
    return NO_END;
}

void decoder_call(struct decoder *d, const struct call_moment *m)
{
    if (!d->calls)
        d->calls = calloc(1, sizeof *d->calls);
    if (!d->calls)
        return;
    learn_local(d->calls, m->call);
    if (call_of_one(m->call))
        call_of_both_ends(d, m);
    else
        call_of_local_end(d, m);
    if (closes_socket(m->call) && !m->returns)
        call_sockets_close(&d->calls->sockets, m->call);
}

/* --- a row has come --- */

static void tell_local(struct decoder *d, const struct conversation *row, struct local_call *local)
{
    unsigned who = local->closed == INT64_MAX ? end_at(row, local->call) : NO_END;
    if (who == NO_END)
        return;
    learn_address(d->calls, local->call->who, row->key.version, row->key.address[who]);
    call_sockets_learn(&d->calls->sockets, d, row, who, local->call);
    struct call_moment m = { .time = local->call->time, .call = local->call };
    emit(d, row, who, &m, true);
    m.time = local->call->end;
    m.returns = true;
    if (local->returned)
        emit(d, row, who, &m, true);
    if (fails(local->call))
        local->closed = row->first_time + 1;
}

void calls_opened(struct decoder *d, const struct conversation *row)
{
    struct call_book *book = d->calls;
    if (!book)
        return;
    for (unsigned i = 0; i < book->local_count; i++)
        tell_local(d, row, &book->local[i]);
    uint32_t hash = tuple_hash(&row->key, d->options.secret);
    unsigned left = 0;
    for (unsigned i = 0; i < book->waiting_count; i++) {
        const struct waiting *w = &book->waiting[i];
        unsigned who = awaited_end(w, row, hash);
        if (who == NO_END) {
            book->waiting[left++] = *w;
            continue;
        }
        learn_address(book, w->moment.call->who, row->key.version, row->key.address[who]);
        attach(d, row, who, &w->moment);
    }
    book->waiting_count = left;
}

void calls_end(struct decoder *d)
{
    struct call_book *book = d->calls;
    for (unsigned i = 0; book && i < book->waiting_count; i++) {
        if (!book->waiting[i].moment.returns)
            remember(book, OF_NO_ROW, NO_END, book->waiting[i].moment.call);
        emit(d, NULL, NO_END, &book->waiting[i].moment, false);
    }
    if (book)
        book->waiting_count = 0;
}

/* --- between frames --- */

void decoder_feed_between(struct decoder *d, const struct frame *frames, unsigned count, struct call_queue *calls)
{
    unsigned fed = 0;
    for (unsigned i = 0; i < count && calls->fed < calls->count; i++) {
        if (calls->moments[calls->fed].time > frames[i].time)
            continue;
        decoder_feed(d, frames + fed, i - fed);
        fed = i;
        while (calls->fed < calls->count && calls->moments[calls->fed].time <= frames[i].time)
            decoder_call(d, &calls->moments[calls->fed++]);
    }
    decoder_feed(d, frames + fed, count - fed);
}

void decoder_feed_rest(struct decoder *d, struct call_queue *calls)
{
    while (calls->fed < calls->count)
        decoder_call(d, &calls->moments[calls->fed++]);
}

/* --- asked for --- */

unsigned decoder_calls(const struct decoder *d, const struct conversation *row, struct told_call calls[CALLS_OF_ROW])
{
    const struct call_book *book = d->calls;
    unsigned count = 0, own = 0;
    for (unsigned i = 0; book && i < book->local_count && count < CALLS_OF_ROW / 2; i++) {
        const struct local_call *local = &book->local[i];
        unsigned who = end_at(row, local->call);
        if (who != NO_END && local->call->time <= row->first_time && local->closed > row->first_time)
            calls[count++] = (struct told_call){ local->call, (uint8_t)who };
    }
    if (!book || !book->heads)
        return count;
    for (uint32_t at = *head_of(book, row->id); at; at = book->told[at - 1].before)
        own++;
    unsigned room = CALLS_OF_ROW - count, kept = own < room ? own : room, place = own;
    for (uint32_t at = *head_of(book, row->id); at; at = book->told[at - 1].before)
        if (--place < kept)       /* the first ones, where there are too many */
            calls[count + place] = (struct told_call){ book->told[at - 1].call, book->told[at - 1].who };
    return count + kept;
}

/* Is the socket bound where this end of the row is, but for the port? An IPv6 one for any address takes IPv4 too. */
static bool at_address(const struct conversation *row, unsigned end, const struct true_call *call)
{
    bool here = call->local.version == row->key.version && memcmp(call->local.address, row->key.address[end], 16) == 0;
    return call->protocol == row->key.protocol && (here || call_end_anywhere(&call->local));
}

static bool open_at(const struct local_call *local, nanoseconds time)
{
    return local->call->time <= time && local->closed > time && !local->call->error;
}

bool calls_bound(const struct decoder *d, const struct conversation *row, unsigned end, uint16_t port)
{
    const struct call_book *book = d->calls;
    for (unsigned i = 0; book && i < book->local_count; i++) {
        const struct local_call *local = &book->local[i];
        if (local->call->call == CALL_BIND && local->call->local.port == port && at_address(row, end, local->call) &&
            open_at(local, row->first_time))
            return true;
    }
    return false;
}

bool calls_never_accepted(const struct decoder *d, const struct conversation *row)
{
    const struct call_book *book = d->calls;
    bool listens = false;
    for (unsigned i = 0; book && i < book->local_count; i++)
        listens |= book->local[i].call->call == CALL_LISTEN && end_at(row, book->local[i].call) == !row->client &&
                   open_at(&book->local[i], row->first_time);
    if (!listens || book->gave_up)
        return false;
    for (uint32_t at = book->heads ? *head_of(book, row->id) : 0; at; at = book->told[at - 1].before)
        if (book->told[at - 1].call->call == CALL_ACCEPT)
            return false;
    return true;
}

/* The socket that was connect()ed at this end of the row to somebody else, as this call leaves it; NULL: none. */
static const struct true_call *connected_after(const struct true_call *socket, const struct true_call *call,
                                               const struct conversation *row, unsigned end)
{
    if (call->time > row->first_time || call->error)
        return socket;
    bool peer = call->remote.port == row->key.port[!end] &&
                memcmp(call->remote.address, row->key.address[!end], 16) == 0;
    if (call->call == CALL_CONNECT && call->local.port == row->key.port[end] && at_address(row, end, call))
        return peer ? NULL : call;
    return socket && closes_socket(call) && same_socket(socket, call) ? NULL : socket;
}

bool calls_connected_elsewhere(const struct decoder *d, const struct conversation *row, unsigned end)
{
    const struct call_book *book = d->calls;
    const struct true_call *socket = NULL;
    size_t count = book ? book->told_count : 0;
    for (size_t i = count < TOLD_LOOKED_AT ? 0 : count - TOLD_LOOKED_AT; i < count; i++)
        socket = connected_after(socket, book->told[i].call, row, end);
    for (unsigned i = 0; book && i < book->waiting_count; i++)     /* its own conversation has not come */
        socket = connected_after(socket, book->waiting[i].moment.call, row, end);
    return socket;
}

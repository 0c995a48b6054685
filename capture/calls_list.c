#include "capture/calls_list.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS_PIECE = 256, TEXTS_PIECE = 64 * 1024, ROOM_LEAST = 64, PROTOCOL_OF_STREAMS = 6 };

#define NOTHING UINT32_C(0x80000000)   /* beside a number of a call: its descriptor has no ends now */

/* In pieces that never move. */
struct calls_piece {
    struct calls_piece *before;
    size_t used;
    struct listed listed[CALLS_PIECE];
};

struct texts_piece {
    struct texts_piece *before;
    size_t used;
    char bytes[TEXTS_PIECE];
};

bool calls_list_text(struct calls_owned *o, const char **place, const char *text)
{
    *place = NULL;
    if (!text || !*text)
        return true;
    size_t length = strnlen(text, CALLS_TEXT_MOST);
    if (!o->texts || o->texts->used + length + 1 > TEXTS_PIECE) {
        struct texts_piece *piece = malloc(sizeof *piece);
        if (!piece)
            return false;
        piece->before = o->texts;
        piece->used = 0;
        o->texts = piece;
    }
    char *copy = o->texts->bytes + o->texts->used;
    memcpy(copy, text, length);
    copy[length] = '\0';
    o->texts->used += length + 1;
    *place = copy;
    return true;
}

/* NULL: no memory. It is not in the list yet. */
static struct listed *new_listed(struct calls_owned *o)
{
    if (!o->pieces || o->pieces->used == CALLS_PIECE) {
        struct calls_piece *piece = malloc(sizeof *piece);
        if (!piece)
            return NULL;
        piece->before = o->pieces;
        piece->used = 0;
        o->pieces = piece;
    }
    if (o->list.calls == o->room) {
        size_t room = o->room ? o->room * 2 : ROOM_LEAST;
        struct listed **listed = realloc(o->listed, room * sizeof *listed);
        if (!listed)
            return NULL;
        o->listed = listed;
        o->room = room;
    }
    return &o->pieces->listed[o->pieces->used];
}

struct listed *calls_list_add(struct calls_owned *o, const struct true_call *call)
{
    struct listed *listed = new_listed(o);
    if (!listed)
        return NULL;
    const struct recorded_ends ends = { .protocol = call->protocol, .local = call->local, .remote = call->remote };
    *listed = (struct listed){ .call = *call, .recorded = ends, .before = ends };
    listed->call.number = (uint32_t)o->list.calls + 1;
    if (!calls_list_text(o, &listed->call.args, call->args) || !calls_list_text(o, &listed->call.result, call->result)
        || !calls_list_text(o, &listed->call.error, call->error)
        || !calls_list_text(o, &listed->call.program, call->program))
        return NULL;
    o->pieces->used++;
    o->listed[o->list.calls++] = listed;
    return listed;
}

bool calls_list_room(struct calls_owned *o, size_t more)
{
    size_t room = o->moments_room ? o->moments_room : ROOM_LEAST;
    while (room < o->list.count + more)
        room *= 2;
    if (room == o->moments_room)
        return true;
    struct call_moment *moments = realloc(o->moments, room * sizeof *moments);
    if (!moments)
        return false;
    o->moments = moments;
    o->moments_room = room;
    o->list.moments = moments;
    return true;
}

int calls_by_moment(const void *one, const void *two)
{
    const struct call_moment *a = one, *b = two;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->call->time != b->call->time)
        return a->call->time < b->call->time ? -1 : 1;
    if (a->call->number != b->call->number)
        return a->call->number < b->call->number ? -1 : 1;
    return (int)a->returns - (int)b->returns;
}

void calls_free(struct calls *calls)
{
    struct calls_owned *o = (struct calls_owned *)calls;
    if (!o)
        return;
    for (struct texts_piece *piece = o->texts, *before; piece; piece = before) {
        before = piece->before;
        free(piece);
    }
    for (struct calls_piece *piece = o->pieces, *before; piece; piece = before) {
        before = piece->before;
        free(piece);
    }
    for (unsigned who = 0; who < CALLERS; who++)
        free(o->numbers[who].of);
    free(o->listed);
    free(o->moments);
    free(o);
}

/* --- the ends of what was recorded without them --- */

/* The descriptor that a call is about: of socket() the one it gave. */
static int32_t descriptor(const struct true_call *call)
{
    bool gave = call->call == CALL_SOCKET && call->result && !call->error;
    return gave ? atoi(call->result) : call->fd;
}

/* Who had which ends last, by program and descriptor: an open hash of call numbers plus 1. */
struct holders {
    uint32_t *slots;
    uint32_t mask;
    struct listed *const *listed;
    bool forwards;                /* then the key of an accept() is the descriptor that it gave */
};

static int32_t key_of(const struct holders *h, const struct true_call *call)
{
    bool gave = h->forwards && call->call == CALL_ACCEPT && call->result && !call->error;
    return gave ? atoi(call->result) : descriptor(call);
}

static uint32_t *slot_of(const struct holders *h, const struct true_call *call)
{
    int32_t fd = key_of(h, call);
    uint32_t i = ((uint32_t)fd * 0x9E3779B1u ^ (uint32_t)call->pid * 0x85EBCA77u ^ call->who) & h->mask;
    for (; h->slots[i]; i = (i + 1) & h->mask) {
        const struct true_call *other = &h->listed[(h->slots[i] & ~NOTHING) - 1]->call;
        if (key_of(h, other) == fd && other->pid == call->pid && other->who == call->who)
            break;
    }
    return &h->slots[i];
}

static void copy_ends(struct true_call *to, const struct true_call *from)
{
    to->protocol = from->protocol;
    to->local = from->local;
    to->remote = from->remote;
}

/* One call on its way through the list, forwards or backwards: takes the ends that its descriptor has, or gives its
 * own. Nothing is taken over from another life of the descriptor, between socket() and close(). */
static void pass(struct holders *h, struct true_call *call)
{
    if (key_of(h, call) < 0 || (!h->forwards && call->call == CALL_ACCEPT))
        return;
    uint32_t *slot = slot_of(h, call), own = call->number;
    bool opens = call->call == CALL_SOCKET, closes = call->call == CALL_CLOSE || call->call == CALL_EXIT;
    bool begins = h->forwards ? opens : closes, ends = h->forwards ? closes : opens;
    const struct true_call *held = *slot && !(*slot & NOTHING) && !begins ? &h->listed[*slot - 1]->call : NULL;
    bool bare = !call->local.version && !call->remote.version;
    /* A connected socket has one remote end: bind() before connect() and close() after it are of that connection. */
    bool bound = (h->forwards || call->call == CALL_BIND) && held && held->protocol == PROTOCOL_OF_STREAMS &&
                 call->protocol == held->protocol && held->remote.version && !call->remote.version &&
                 call->local.port == held->local.port;
    if ((bare || bound) && held)
        copy_ends(call, held);
    if (ends || (begins && bare))
        *slot = own | NOTHING;
    else if (!bare)
        *slot = own;
}

static bool same_end(const struct call_end *a, const struct call_end *b)
{
    return a->version == b->version && a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static bool changed(struct listed *listed)
{
    const struct true_call *call = &listed->call;
    const struct recorded_ends now = { .protocol = call->protocol, .local = call->local, .remote = call->remote };
    bool same = now.protocol == listed->before.protocol && same_end(&now.local, &listed->before.local)
                && same_end(&now.remote, &listed->before.remote);
    listed->before = now;
    return !same;
}

/* In the order of time. */
static void pass_all(struct calls_owned *o, struct holders *h)
{
    for (size_t i = 0; i < o->list.count; i++) {
        const struct call_moment *moment = &o->moments[h->forwards ? i : o->list.count - 1 - i];
        if (!moment->returns)
            pass(h, &o->listed[moment->call->number - 1]->call);
    }
}

size_t calls_find_ends(struct calls_owned *o)
{
    struct holders h = { .mask = 63, .listed = o->listed };
    size_t first = 0;
    while (h.mask < o->list.calls * 2)
        h.mask = h.mask * 2 + 1;
    for (size_t i = 0; i < o->list.calls; i++) {
        struct listed *listed = o->listed[i];
        listed->call.protocol = listed->recorded.protocol;
        listed->call.local = listed->recorded.local;
        listed->call.remote = listed->recorded.remote;
    }
    for (unsigned forwards = 0; forwards < 2; forwards++) {
        h.slots = calloc((size_t)h.mask + 1, sizeof *h.slots);
        if (!h.slots)
            break;                /* without them it is less well placed, no more */
        h.forwards = forwards;
        pass_all(o, &h);
        free(h.slots);
    }
    for (size_t i = o->list.count; i-- > 0;)
        if (!o->moments[i].returns && changed(o->listed[o->moments[i].call->number - 1]))
            first = i + 1;
    return first ? first - 1 : o->list.count;
}

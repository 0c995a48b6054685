/* Which process has which socket under which descriptor, as far as its calls have shown: only the close() of the last
 * one ends a connection. */
#include <stdlib.h>
#include <string.h>

#include "traffic/record_parts.h"

enum { HELD_LEAST = 8, LOOKS_MOST = 16 };

struct holder *holder_new(struct holders *holders, pid_t pid, const struct holder *parent)
{
    struct holder *holder = calloc(1, sizeof *holder);
    if (!holder)
        return NULL;
    holder->pid = holder->caller = pid;
    holder->next = holders->first;
    holders->first = holder;
    if (parent)
        holder_inherit(holders, holder, parent);
    return holder;
}

void holder_free(struct holders *holders, struct holder *holder)
{
    struct holder **at = &holders->first;
    while (*at && *at != holder)
        at = &(*at)->next;
    if (*at)
        *at = holder->next;
    holders->held -= holder->count;
    free(holder->held);
    free(holder);
}

/* The place of the descriptor, or where it belongs. */
static unsigned place_of(const struct holder *holder, int32_t fd)
{
    unsigned low = 0, high = holder->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (holder->held[middle].fd < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct held *holder_find(const struct holder *holder, int32_t fd)
{
    unsigned place = place_of(holder, fd);
    return place < holder->count && holder->held[place].fd == fd ? &holder->held[place] : NULL;
}

static bool make_room(struct holders *holders, struct holder *holder, unsigned more)
{
    if (holders->held + more > HELD_MOST)
        return false;
    if (holder->count + more <= holder->room)
        return true;
    unsigned room = holder->room ? holder->room : HELD_LEAST;
    while (room < holder->count + more)
        room *= 2;
    struct held *held = realloc(holder->held, room * sizeof *held);
    if (!held)
        return false;
    holder->held = held;
    holder->room = room;
    return true;
}

void holder_take(struct holders *holders, struct holder *holder, int32_t fd, const struct socket_facts *facts)
{
    unsigned place = place_of(holder, fd);
    if (place == holder->count || holder->held[place].fd != fd) {
        if (!make_room(holders, holder, 1))
            return;
        memmove(&holder->held[place + 1], &holder->held[place], (holder->count - place) * sizeof *holder->held);
        holder->count++;
        holders->held++;
    }
    holder->held[place] = (struct held){
        .fd = fd, .protocol = facts->protocol, .cookie = facts->cookie, .local = facts->local, .remote = facts->remote,
    };
}

void holder_drop(struct holders *holders, struct holder *holder, int32_t fd)
{
    unsigned place = place_of(holder, fd);
    if (place == holder->count || holder->held[place].fd != fd)
        return;
    holder->count--;
    holders->held--;
    memmove(&holder->held[place], &holder->held[place + 1], (holder->count - place) * sizeof *holder->held);
}

void holder_inherit(struct holders *holders, struct holder *holder, const struct holder *parent)
{
    for (unsigned i = 0; i < parent->count; i++) {
        const struct held *held = &parent->held[i];
        const struct socket_facts facts = {
            .protocol = held->protocol, .cookie = held->cookie, .local = held->local, .remote = held->remote,
        };
        if (!holder_find(holder, held->fd))
            holder_take(holders, holder, held->fd, &facts);
    }
}

/* Has this process the socket under another descriptor than `except`? Looks at few: each look costs. */
static bool has(struct holders *holders, struct holder *holder, int32_t except, uint64_t cookie, unsigned *looks)
{
    for (unsigned i = holder->count; i-- > 0;) {
        struct socket_facts facts;
        int32_t fd = holder->held[i].fd;
        if (holder->held[i].cookie != cookie || fd == except || *looks == 0)
            continue;
        --*looks;
        socket_look(&facts, holder->caller, holder->pid, fd);
        if (facts.cookie == cookie)
            return true;
        holder_drop(holders, holder, fd);
    }
    return false;
}

void holders_send(struct holders *holders, uint64_t cookie)
{
    if (holders->sent_count == SENT_MOST)
        memmove(&holders->sent[0], &holders->sent[1], --holders->sent_count * sizeof holders->sent[0]);
    holders->sent[holders->sent_count++] = cookie;
}

void holders_receive(struct holders *holders, uint64_t cookie)
{
    for (unsigned i = 0; i < holders->sent_count; i++)
        if (holders->sent[i] == cookie) {
            holders->sent[i] = holders->sent[--holders->sent_count];
            return;
        }
}

bool holders_share(struct holders *holders, const struct holder *holder, int32_t fd, uint64_t cookie)
{
    unsigned looks = LOOKS_MOST;
    for (unsigned i = 0; i < holders->sent_count; i++)
        if (holders->sent[i] == cookie)
            return true;
    for (struct holder *other = holders->first; other && cookie; other = other->next)
        if (has(holders, other, other == holder ? fd : -1, cookie, &looks))
            return true;
    return false;
}

/* The rows of the table: how they come, in which order they are kept, and which of them goes when there is no room.
 *
 * Given up first are openings never answered, then closed connections, then the oldest idle. Each of the three is a
 * queue; a row that was active since it was queued gets a second chance at the end of its queue.
 */
#include "decode/internal.h"

enum { SECOND_CHANCES = 64 };

static void queue_append(struct decoder *d, enum give_up_order to, uint32_t reference)
{
    struct row_queue *queue = &d->give_up[to];
    struct conversation *row = table_row(&d->table, reference);
    row->queue_older = queue->newest;
    row->queue_newer = 0;
    row->queue = (unsigned)to & 7;
    row->active = 0;
    if (queue->newest)
        table_row(&d->table, queue->newest)->queue_newer = reference;
    else
        queue->oldest = reference;
    queue->newest = reference;
}

static void queue_remove(struct decoder *d, uint32_t reference)
{
    const struct conversation *row = table_row(&d->table, reference);
    struct row_queue *queue = &d->give_up[row->queue];
    if (row->queue_older)
        table_row(&d->table, row->queue_older)->queue_newer = row->queue_newer;
    else
        queue->oldest = row->queue_newer;
    if (row->queue_newer)
        table_row(&d->table, row->queue_newer)->queue_older = row->queue_older;
    else
        queue->newest = row->queue_older;
}

void row_queue_move(struct decoder *d, uint32_t reference, enum give_up_order to)
{
    queue_remove(d, reference);
    queue_append(d, to, reference);
}

/* The oldest of a queue that was not active since it was queued; after so many chances the oldest. The 2MSL queue keeps
 * its order: what is in it is over. */
static uint32_t oldest_idle(struct decoder *d, enum give_up_order list)
{
    const struct row_queue *queue = &d->give_up[list];
    for (unsigned tries = 0; tries < SECOND_CHANCES && list != GIVE_UP_TIME_WAIT; tries++) {
        uint32_t reference = queue->oldest;
        if (!table_row(&d->table, reference)->active)
            return reference;
        row_queue_move(d, reference, list);
    }
    return queue->oldest;
}

static void unlink_row(struct decoder *d, const struct conversation *row)
{
    if (row->older)
        table_row(&d->table, row->older)->newer = row->newer;
    else
        d->oldest = row->newer;
    if (row->newer)
        table_row(&d->table, row->newer)->older = row->older;
    else
        d->newest = row->older;
}

static void tally_release(struct decoder *d, struct peer *p)
{
    if (p->tally)
        pool_give(&d->tallies, p->tally);
    p->tally = 0;
}

static void give_up(struct decoder *d, uint32_t reference)
{
    struct conversation *row = table_row(&d->table, reference);
    bool tcp = conversation_is_tcp(row);
    row->flags |= CONVERSATION_GIVEN_UP;
    enum event_kind kind = tcp ? EVENT_TCP_GIVEN_UP : EVENT_UDP_GIVEN_UP;
    if (decoder_wants(d, kind)) {
        struct event event = { .kind = (uint8_t)kind, .who = NO_END, .frame = row->last_frame, .time = row->last_time,
                               .of = row, .because = { .sentence = SENTENCE_GIVEN_UP } };
        if (tcp) {
            event.state[0] = as_connection(row)->peer[0].state;
            event.state[1] = as_connection(row)->peer[1].state;
        }
        decoder_emit(d, &event);
    }
    if (d->options.given_up)
        d->options.given_up(d->options.given_up_self, row);
    d->totals.given_up_connections++;
    table_remove(&d->table, tuple_hash(&row->key, d->options.secret), reference);
    queue_remove(d, reference);
    unlink_row(d, row);
    if (tcp) {
        struct connection *c = (struct connection *)(void *)row;
        wireshark_release(d, c);
        holes_release(d, c);
        tally_release(d, &c->peer[0]);
        tally_release(d, &c->peer[1]);
    }
    pool_give(tcp ? &d->table.connections : &d->table.flows, reference >> 1);
}

static bool make_room(struct decoder *d)
{
    for (unsigned list = 0; list < GIVE_UP_QUEUES; list++)
        if (d->give_up[list].oldest) {
            give_up(d, oldest_idle(d, (enum give_up_order)list));
            return true;
        }
    return false;
}

static uint32_t take_row(struct decoder *d, bool tcp)
{
    if (d->table.connections.used + d->table.flows.used >= d->options.max_connections && !make_room(d))
        return 0;
    struct pool *pool = tcp ? &d->table.connections : &d->table.flows;
    uint32_t number = pool_take(pool);
    if (!number && make_room(d))
        number = pool_take(pool);
    return number ? number << 1 | !tcp : 0;
}

static void link_row(struct decoder *d, struct conversation *row, uint32_t reference)
{
    row->older = d->newest;
    if (d->newest)
        table_row(&d->table, d->newest)->newer = reference;
    else
        d->oldest = reference;
    d->newest = reference;
}

struct conversation *row_new(struct decoder *d, const struct unit *u, uint32_t old, uint32_t *reference)
{
    bool tcp = u->kind == UNIT_TCP;
    uint32_t new = take_row(d, tcp);
    if (!new)
        return NULL;
    if (old && table_find(&d->table, &u->key, u->hash) != old)
        old = 0;                  /* it was the one given up */
    struct conversation *row = table_row(&d->table, new);
    row->key = u->key;
    if (!table_put(&d->table, u->hash, new, old)) {
        pool_give(tcp ? &d->table.connections : &d->table.flows, new >> 1);
        return NULL;
    }
    row->id = ++d->next_id;
    row->first_frame = row->last_frame = u->frame;
    row->first_time = u->time;
    row->last_time = u->time;
    row->vlan = u->vlan;
    row->tunnels = (u->tunnels < 7 ? u->tunnels : 7u) & 7;
    memcpy(row->tunnel, u->tunnel, sizeof row->tunnel);
    if (u->notes & NOTE_MULTICAST)
        row->flags |= CONVERSATION_MULTICAST;
    link_row(d, row, new);
    queue_append(d, GIVE_UP_OPENINGS, new);
    if (tcp)
        d->totals.connections++;
    else
        d->totals.flows++;
    *reference = new;
    return row;
}

void row_count(struct conversation *row, const struct unit *u)
{
    row->units[u->from]++;
    row->frame_bytes[u->from] += u->frame_len;
    row->payload_bytes[u->from] += u->payload_length;
    row->last_frame = u->frame;
    row->last_time = u->time;
    row->active = 1;
}

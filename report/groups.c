#include "report/groups.h"

#include <stdlib.h>
#include <string.h>

struct server_socket server_socket_of(const struct conversation *row)
{
    unsigned end = !row->client;
    struct server_socket socket = { .port = row->key.port[end], .protocol = row->key.protocol,
                                    .version = row->key.version };
    memcpy(socket.address, row->key.address[end], sizeof socket.address);
    return socket;
}

uint64_t server_socket_hash(const struct server_socket *socket)
{
    uint64_t words[3] = { 0 }, h = 0;
    memcpy(words, socket, sizeof *socket);
    for (unsigned i = 0; i < 3; i++) {
        h = (h ^ words[i]) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    return h;
}

static int compare_servers(const struct conversation *a, const struct conversation *b)
{
    struct server_socket x = server_socket_of(a), y = server_socket_of(b);
    return server_socket_compare(&x, &y);
}

static int by_server(const void *one, const void *two)
{
    const struct grouped_row *a = one, *b = two;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = compare_servers(a->row, b->row);             /* two servers may share a hash */
    return order ? order : a->id < b->id ? -1 : a->id > b->id;
}

static int by_first_row(const void *one, const void *two)
{
    const struct group *a = one, *b = two;
    return a->rows->id < b->rows->id ? -1 : a->rows->id > b->rows->id;
}

static bool collect(struct groups *g, const struct decoder *decoder, uint32_t only)
{
    const struct conversation *row = decoder_first(decoder);
    size_t room = 0;
    for (; row; row = decoder_after(decoder, row)) {
        if (only && row->id != only)
            continue;
        if (g->row_count == room) {
            room = room ? room * 2 : 256;
            struct grouped_row *rows = realloc(g->rows, room * sizeof *rows);
            if (!rows)
                return false;
            g->rows = rows;
        }
        struct server_socket socket = server_socket_of(row);
        g->rows[g->row_count++] = (struct grouped_row){ .hash = server_socket_hash(&socket), .row = row, .id = row->id };
    }
    return true;
}

static bool begins_group(const struct groups *g, size_t i)
{
    return i == 0 || compare_servers(g->rows[i].row, g->rows[i - 1].row) != 0;
}

bool groups_make(struct groups *g, const struct decoder *decoder, uint32_t only)
{
    *g = (struct groups){ 0 };
    if (!collect(g, decoder, only)) {
        groups_free(g);
        return false;
    }
    if (!g->row_count)
        return true;
    qsort(g->rows, g->row_count, sizeof *g->rows, by_server);
    for (size_t i = 0; i < g->row_count; i++)
        g->count += begins_group(g, i);
    g->groups = calloc(g->count, sizeof *g->groups);
    if (!g->groups) {
        groups_free(g);
        return false;
    }
    for (size_t i = 0, made = 0; i < g->row_count; i++) {
        if (begins_group(g, i))
            g->groups[made++].rows = &g->rows[i];
        g->groups[made - 1].count++;
    }
    qsort(g->groups, g->count, sizeof *g->groups, by_first_row);
    return true;
}

void groups_free(struct groups *g)
{
    free(g->rows);
    free(g->groups);
    *g = (struct groups){ 0 };
}

static int by_time(const void *one, const void *two)
{
    nanoseconds a = *(const nanoseconds *)one, b = *(const nanoseconds *)two;
    return a < b ? -1 : a > b;
}

static bool lived(const struct connection *c, nanoseconds end, nanoseconds *from, nanoseconds *to)
{
    enum handshake handshake = connection_handshake(c);
    bool midstream = handshake == HANDSHAKE_MIDSTREAM;
    if (!midstream && !c->moment_frame[MOMENT_ESTABLISHED])
        return false;
    *from = midstream ? c->head.first_time : connection_moment(c, MOMENT_ESTABLISHED);
    enum ending ending = connection_ending(c);
    bool over = ending == ENDING_CLOSED || ending == ENDING_RESET;
    *to = over ? c->head.last_time : end;
    return true;
}

size_t group_at_once(const struct group *group, nanoseconds end)
{
    nanoseconds *from = calloc(group->count, 2 * sizeof *from);
    if (!from)
        return 0;
    nanoseconds *to = from + group->count;
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        if (conversation_is_tcp(group->rows[i].row))
            count += lived(as_connection(group->rows[i].row), end, &from[count], &to[count]);
    qsort(from, count, sizeof *from, by_time);
    qsort(to, count, sizeof *to, by_time);
    size_t open = 0, most = 0;
    for (size_t i = 0, ended = 0; i < count; i++) {
        for (; to[ended] <= from[i] && ended < i; ended++)
            open--;
        if (++open > most)
            most = open;
    }
    free(from);
    return most;
}

#include "ui/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/words.h"

enum {
    ROWS_PER_LOOK = 4096,
    REST = 12,                        /* a pass that took a while is followed by so many times as long without one */
    DIGIT = 1 << 16,
};

#define PARTIAL (40 * NS_PER_MS)      /* so soon the first rows of a new order or filter are there */

struct item {
    uint64_t key;
    uint32_t id, group;
};

/* Lines as they are shown. */
struct made {
    struct list_line *lines;          /* owned */
    struct list_group *groups;        /* owned */
    size_t line_count, group_count;
    uint32_t shown, seen;
    const struct decoder *of;         /* whose rows they are; another decoder's may be gone */
    uint64_t question;                /* which filter and order they answer */
};

struct list {
    struct trace *trace;
    bool (*match)(const void *query, struct row *row);
    const void *query;
    bool grouped, reverse;
    enum list_column column;
    uint64_t question;                /* counts changes of filter and order */
    struct made made;

    /* the pass at work */
    bool running;
    uint64_t version;                 /* of the trace, when it began */
    const struct decoder *decoder;
    uint32_t next_id;
    nanoseconds began, spent, rest_until;
    bool told_partly;
    struct item *items, *spare;       /* owned */
    size_t item_count, item_room;
    struct list_group *groups;        /* owned: line is not set yet */
    size_t group_count, group_room;
    uint32_t *slots;                  /* owned: open addressing; group number + 1 */
    size_t slot_count;
    bool failed;                      /* memory ran out: rows are missing */
};

struct list *list_new(struct trace *trace)
{
    struct list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->trace = trace;
    list->grouped = true;
    list->question = 1;
    return list;
}

void list_free(struct list *list)
{
    if (!list)
        return;
    free(list->made.lines);
    free(list->made.groups);
    free(list->items);
    free(list->spare);
    free(list->groups);
    free(list->slots);
    free(list);
}

static void ask_anew(struct list *list)
{
    list->question++;
    list->running = false;
    list->rest_until = 0;
}

void list_filter(struct list *list, bool (*match)(const void *query, struct row *row), const void *query)
{
    list->match = match;
    list->query = query;
    ask_anew(list);
}

void list_order(struct list *list, bool grouped, enum list_column column, bool reverse)
{
    list->grouped = grouped;
    list->column = column;
    list->reverse = reverse;
    ask_anew(list);
}

bool list_grouped(const struct list *list)
{
    return list->grouped;
}

enum list_column list_sorted_by(const struct list *list)
{
    return list->column;
}

bool list_reversed(const struct list *list)
{
    return list->reverse;
}

/* --- groups --- */

static bool grow_slots(struct list *list)
{
    size_t count = list->slot_count ? list->slot_count * 2 : 1024;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t g = 0; g < list->group_count; g++) {
        size_t i = server_socket_hash(&list->groups[g].socket) & (count - 1);
        while (slots[i])
            i = (i + 1) & (count - 1);
        slots[i] = (uint32_t)g + 1;
    }
    free(list->slots);
    list->slots = slots;
    list->slot_count = count;
    return true;
}

/* The group of a row's socket, made where it is new. UINT32_MAX: memory ran out. */
static uint32_t group_of(struct list *list, const struct conversation *row)
{
    if (list->group_count * 2 >= list->slot_count && !grow_slots(list))
        return UINT32_MAX;
    const struct server_socket wanted = server_socket_of(row);
    size_t i = server_socket_hash(&wanted) & (list->slot_count - 1);
    for (; list->slots[i]; i = (i + 1) & (list->slot_count - 1))
        if (server_socket_compare(&list->groups[list->slots[i] - 1].socket, &wanted) == 0)
            return list->slots[i] - 1;
    if (list->group_count == list->group_room) {
        size_t room = list->group_room ? list->group_room * 2 : 256;
        struct list_group *groups = realloc(list->groups, room * sizeof *groups);
        if (!groups)
            return UINT32_MAX;
        list->groups = groups;
        list->group_room = room;
    }
    list->groups[list->group_count] = (struct list_group){ .socket = wanted };
    list->slots[i] = (uint32_t)++list->group_count;
    return (uint32_t)list->group_count - 1;
}

/* --- sort keys: numbers that are in the order of the column --- */

static uint64_t big_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < count; i++)
        n = n << 8 | bytes[i];
    return n;
}

static uint64_t round_trip(const struct conversation *row)
{
    nanoseconds rtt = conversation_round_trip(row);
    return rtt < 0 ? UINT64_MAX : (uint64_t)rtt;
}

static uint64_t outcome_key(const struct conversation *row)
{
    struct text t = { 0 };
    words_outcome_kind(&t, row);
    uint8_t first[8] = { 0 };
    if (t.used)
        memcpy(first, t.bytes, t.used < 8 ? t.used : 8);
    text_free(&t);
    return big_endian(first, 8);
}

static uint64_t sort_key(enum list_column column, const struct conversation *row)
{
    const uint8_t *address = row->key.address[row->client];
    switch (column) {
    case COLUMN_CLIENT:
        return (uint64_t)row->key.version << 56 | (row->key.version == 4 ? big_endian(address, 4) << 16 |
               row->key.port[row->client] : big_endian(address, 7));
    case COLUMN_UNITS: return (uint64_t)row->units[0] + row->units[1];
    case COLUMN_BYTES: return row->payload_bytes[0] + row->payload_bytes[1];
    case COLUMN_RTT: return round_trip(row);
    case COLUMN_BEGAN: return (uint64_t)row->first_time;
    case COLUMN_DURATION: return (uint64_t)(row->last_time - row->first_time);
    case COLUMN_OUTCOME: return outcome_key(row);
    default: return row->id;
    }
}

/* One digit of a radix sort, 16 bits: stable, so the digits before stay in order. */
static void sort_digit(struct item *to, const struct item *from, size_t count, unsigned shift, uint32_t *counts)
{
    memset(counts, 0, DIGIT * sizeof *counts);
    for (size_t i = 0; i < count; i++)
        counts[from[i].key >> shift & (DIGIT - 1)]++;
    uint32_t sum = 0;
    for (size_t i = 0; i < DIGIT; i++) {
        uint32_t here = counts[i];
        counts[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[counts[from[i].key >> shift & (DIGIT - 1)]++] = from[i];
}

static void sort_items(struct list *list)
{
    uint32_t *counts = malloc(DIGIT * sizeof *counts);
    if (!counts)
        return;
    uint64_t differ = 0;
    for (size_t i = 1; i < list->item_count; i++)
        differ |= list->items[i].key ^ list->items[0].key;
    for (unsigned shift = 0; shift < 64; shift += 16) {
        if (!(differ >> shift & (DIGIT - 1)))
            continue;
        sort_digit(list->spare, list->items, list->item_count, shift, counts);
        struct item *swap = list->items;
        list->items = list->spare;
        list->spare = swap;
    }
    free(counts);
}

/* --- from items to lines --- */

static void count_lines(struct list *list, struct list_group *groups)
{
    uint32_t line = 0;
    for (size_t g = 0; g < list->group_count; g++)
        groups[g].count = 0;
    for (size_t i = 0; i < list->item_count; i++)
        groups[list->items[i].group].count++;
    for (size_t g = 0; g < list->group_count; g++) {
        groups[g].line = line;
        line += list->grouped ? groups[g].count + 1 : 0;
    }
}

static void place_lines(const struct list *list, const struct list_group *groups, struct list_line *lines, uint32_t *next)
{
    size_t count = list->item_count;
    for (size_t g = 0; list->grouped && g < list->group_count; g++) {
        lines[groups[g].line] = (struct list_line){ .group = (uint32_t)g };
        next[g] = groups[g].line + 1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &list->items[list->reverse ? count - 1 - i : i];
        size_t at = list->grouped ? next[item->group]++ : i;
        lines[at] = (struct list_line){ item->id, item->group };
    }
}

/* Shows what the pass has found so far. */
static void publish(struct list *list)
{
    size_t count = list->item_count + (list->grouped ? list->group_count : 0);
    struct list_line *lines = malloc((count + 1) * sizeof *lines);
    struct list_group *groups = malloc((list->group_count + 1) * sizeof *groups);
    uint32_t *next = malloc((list->group_count + 1) * sizeof *next);
    if (lines && groups && next) {
        if (list->column != COLUMN_ID)
            sort_items(list);
        if (list->group_count)
            memcpy(groups, list->groups, list->group_count * sizeof *groups);
        count_lines(list, groups);
        place_lines(list, groups, lines, next);
        free(list->made.lines);
        free(list->made.groups);
        list->made = (struct made){ .lines = lines, .groups = groups, .line_count = count,
                                    .group_count = list->group_count, .shown = (uint32_t)list->item_count,
                                    .seen = list->next_id - 1, .of = list->decoder, .question = list->question };
    } else {
        free(lines);
        free(groups);
    }
    free(next);
}

/* --- the pass --- */

static bool room_for_item(struct list *list)
{
    if (list->item_count < list->item_room)
        return true;
    size_t room = list->item_room ? list->item_room * 2 : 1024;
    struct item *items = realloc(list->items, room * sizeof *items);
    struct item *spare = realloc(list->spare, room * sizeof *spare);
    list->items = items ? items : list->items;
    list->spare = spare ? spare : list->spare;
    if (items && spare)
        list->item_room = room;
    return items && spare;
}

static void look_at(struct list *list, const struct conversation *row)
{
    if (list->match) {
        struct row bound;
        row_bind(&bound, list->decoder, row);
        if (!list->match(list->query, &bound))
            return;
    }
    uint32_t group = group_of(list, row);
    if (group == UINT32_MAX || !room_for_item(list)) {
        list->failed = true;
        return;
    }
    list->items[list->item_count++] = (struct item){ .key = sort_key(list->column, row), .id = row->id, .group = group };
}

static void begin(struct list *list)
{
    list->running = true;
    list->version = trace_version(list->trace);
    list->decoder = trace_decoder(list->trace);
    list->next_id = 1;
    list->began = clock_steady();
    list->spent = 0;
    list->told_partly = false;
    list->failed = false;
    list->item_count = list->group_count = 0;
    if (list->slots)
        memset(list->slots, 0, list->slot_count * sizeof *list->slots);
}

/* Looks at rows until the time is over. True: at all of them. */
static bool scan(struct list *list, nanoseconds until)
{
    uint32_t last = trace_rows(list->trace);
    for (unsigned i = 1; list->next_id <= last; i++) {
        const struct conversation *row = trace_row(list->trace, list->next_id++);
        if (row)
            look_at(list, row);
        if (i % ROWS_PER_LOOK == 0 && clock_steady() >= until)
            return list->next_id > last;
    }
    return true;
}

/* A decoder that was put aside took its rows with it. */
static void forget_rows_gone(struct list *list)
{
    const struct decoder *now = trace_decoder(list->trace);
    if (list->running && list->decoder != now)
        list->running = false;
    if (list->made.of && list->made.of != now) {
        list->made.line_count = list->made.group_count = 0;
        list->made.shown = list->made.seen = 0;
        list->made.of = NULL;
        list->rest_until = 0;
        list->version = UINT64_MAX;
    }
}

bool list_stale(const struct list *list)
{
    return list->running || list->made.question != list->question || list->version != trace_version(list->trace);
}

bool list_work(struct list *list, nanoseconds budget, bool *changed)
{
    nanoseconds now = clock_steady();
    *changed = false;
    forget_rows_gone(list);
    if (!list->running) {
        if (!list_stale(list) || now < list->rest_until)
            return false;
        begin(list);
    }
    bool through = scan(list, now + budget);
    nanoseconds after = clock_steady();
    list->spent += after - now;
    bool wanted = list->made.question != list->question || !list->made.of;
    if (through || (wanted && !list->told_partly && after - list->began > PARTIAL)) {
        publish(list);
        list->told_partly = true;
        *changed = true;
        list->spent += clock_steady() - after;
    }
    if (through) {
        list->running = false;
        list->rest_until = clock_steady() + (list->spent > NS_PER_MS ? list->spent * REST : 0);
    }
    return !through;
}

/* --- what it says --- */

size_t list_lines(const struct list *list)
{
    return list->made.line_count;
}

struct list_line list_line(const struct list *list, size_t i)
{
    return i < list->made.line_count ? list->made.lines[i] : (struct list_line){ 0 };
}

const struct list_group *list_group(const struct list *list, uint32_t group)
{
    return group < list->made.group_count ? &list->made.groups[group] : NULL;
}

size_t list_find(const struct list *list, uint32_t id)
{
    for (size_t i = 0; id && i < list->made.line_count; i++)
        if (list->made.lines[i].id == id)
            return i;
    return SIZE_MAX;
}

uint32_t list_shown(const struct list *list)
{
    return list->made.shown;
}

uint32_t list_seen(const struct list *list)
{
    return list->made.seen;
}

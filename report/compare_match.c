/* Which conversation of B is that of A: by addresses, ports and initial sequence numbers. */
#include <stdlib.h>
#include <string.h>

#include "report/compare.h"
#include "report/words.h"

enum { LISTED = 3 };              /* conversations named of each capture where none is in both */

struct candidate {
    struct tuple key;
    uint32_t id;
    uint32_t iss[2];              /* of client and server */
    bool known[2];
    uint8_t client;
};

static struct candidate candidate_of(const struct conversation *row)
{
    struct candidate c = { .key = row->key, .id = row->id, .client = row->client };
    if (!conversation_is_tcp(row))
        return c;
    for (unsigned side = 0; side < 2; side++) {
        const struct peer *p = &as_connection(row)->peer[side == 0 ? row->client : !row->client];
        c.iss[side] = p->iss;
        c.known[side] = p->facts & PEER_ISS;
    }
    return c;
}

static int by_key(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = memcmp(&x->key, &y->key, sizeof x->key);
    return order ? order : x->id < y->id ? -1 : 1;
}

static int by_number(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->iss[0] != y->iss[0])
        return x->iss[0] < y->iss[0] ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static size_t count_rows(const struct decoder *decoder)
{
    size_t count = 0;
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row))
        count++;
    return count;
}

/* All rows of a capture, sorted; NULL when memory ran out. */
static struct candidate *candidates(const struct decoder *decoder, size_t count)
{
    struct candidate *list = calloc(count + 1, sizeof *list);
    size_t i = 0;
    for (const struct conversation *row = decoder_first(decoder); list && row; row = decoder_after(decoder, row))
        list[i++] = candidate_of(row);
    if (list)
        qsort(list, count, sizeof *list, by_key);
    return list;
}

struct span {
    size_t first, count;
};

static struct span same_key(const struct candidate *list, size_t count, const struct tuple *key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(&list[middle].key, key, sizeof *key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < count && memcmp(&list[end].key, key, sizeof *key) == 0)
        end++;
    return (struct span){ .first = low, .count = end - low };
}

/* Whose numbers are both known must be the same; without any, one is as good as the other. The client may have been
 * guessed otherwise, so numbers are compared end by end. */
static bool numbers_agree(const struct candidate *a, const struct candidate *b)
{
    bool turned = a->client != b->client;
    for (unsigned side = 0; side < 2; side++)
        if (a->known[side] && b->known[side ^ turned] && a->iss[side] != b->iss[side ^ turned])
            return false;
    return true;
}

static const struct candidate *find_same(const struct candidate *list, size_t count, const struct candidate *a)
{
    struct span span = same_key(list, count, &a->key);
    for (size_t i = 0; i < span.count; i++)
        if (numbers_agree(a, &list[span.first + i]))
            return &list[span.first + i];
    return NULL;
}

/* NAT: the client's number is 32 bits at random, and the server's agrees or is not known. `list` is sorted by it. */
static const struct candidate *find_translated(const struct candidate *list, size_t count, const struct candidate *a)
{
    for (size_t low = 0, high = count; a->known[0] && low < high;) {
        size_t middle = low + (high - low) / 2;
        const struct candidate *b = &list[middle];
        if (b->iss[0] == a->iss[0]) {
            bool server = !a->known[1] || !b->known[1] || a->iss[1] == b->iss[1];
            return b->known[0] && b->key.protocol == a->key.protocol && server ? b : NULL;
        }
        if (b->iss[0] < a->iss[0])
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Firewalls replace initial sequence numbers: believed only where there is one of that name in each capture. */
static const struct candidate *find_shifted(const struct candidate *list, size_t count, const struct candidate *all_a,
                                            size_t count_a, const struct candidate *a)
{
    struct span here = same_key(all_a, count_a, &a->key), there = same_key(list, count, &a->key);
    return here.count == 1 && there.count == 1 ? &list[there.first] : NULL;
}

/* --- when none is in both --- */

static void list_rows(struct text *t, const struct decoder *decoder, const char *name)
{
    uint64_t told = 0, rows = count_rows(decoder);
    text_harmless(t, name, strnlen(name, 60));
    text_string(t, rows ? " has " : " has none");
    for (const struct conversation *row = decoder_first(decoder); row && told < LISTED; told++) {
        text_string(t, told ? ", " : "");
        words_endpoint(t, &row->key, row->client);
        text_string(t, " to ");
        words_endpoint(t, &row->key, !row->client);
        text_string(t, conversation_is_tcp(row) ? " (TCP)" : " (UDP)");
        row = decoder_after(decoder, row);
    }
    if (rows > told)
        text_format(t, " and %llu more", (unsigned long long)(rows - told));
    text_char(t, '.');
}

static void none_in_both(const struct decoder *const decoders[2], uint32_t only, const char *const names[2],
                         struct error *error)
{
    struct text t = {0};
    if (only)
        text_format(&t, "Connection or flow %u of the first capture is not in the second: ", only);
    else
        text_string(&t, "No connection or flow is in both captures: ");
    list_rows(&t, decoders[0], names[0]);
    text_char(&t, ' ');
    list_rows(&t, decoders[1], names[1]);
    text_char(&t, '\0');
    error_set(error, EXIT_USAGE, "%s", t.failed ? "No connection or flow is in both captures." : t.bytes);
    text_free(&t);
}

struct lists {
    struct candidate *a, *b, *by_number;
    size_t count_a, count_b;
};

static const struct candidate *find(const struct lists *l, const struct candidate *a, enum match_kind kind)
{
    switch (kind) {
    case MATCH_TUPLE: return find_same(l->b, l->count_b, a);
    case MATCH_NUMBERS: return find_translated(l->by_number, l->count_b, a);
    default: return find_shifted(l->b, l->count_b, l->a, l->count_a, a);
    }
}

/* The wanted row of A, or the first that has its like in B; the surest kind of likeness first. */
static bool find_any(const struct lists *l, const struct decoder *decoder, uint32_t only, struct match *match)
{
    for (unsigned kind = MATCH_TUPLE; kind <= MATCH_SHIFTED; kind++)
        for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row)) {
            if (only && row->id != only)
                continue;
            struct candidate a = candidate_of(row);
            const struct candidate *b = find(l, &a, (enum match_kind)kind);
            if (!b)
                continue;
            *match = (struct match){ .id = { a.id, b->id }, .client = { a.client, b->client }, .kind = (uint8_t)kind };
            if (kind != MATCH_NUMBERS)   /* one key: A's guess at the client goes for both */
                match->client[1] = a.client;
            return true;
        }
    return false;
}

bool compare_match(const struct decoder *const decoders[2], uint32_t only, const char *const names[2],
                   struct match *match, struct error *error)
{
    struct lists l = { .count_a = count_rows(decoders[0]), .count_b = count_rows(decoders[1]) };
    if (only && !decoder_find(decoders[0], only)) {
        error_set(error, EXIT_USAGE, "There is no connection or flow %u in %.200s; `synfin report` lists them.", only,
                  names[0]);
        return false;
    }
    l.a = candidates(decoders[0], l.count_a);
    l.b = candidates(decoders[1], l.count_b);
    l.by_number = candidates(decoders[1], l.count_b);
    bool well = l.a && l.b && l.by_number, found = false;
    if (well) {
        qsort(l.by_number, l.count_b, sizeof *l.by_number, by_number);
        found = find_any(&l, decoders[0], only, match);
    }
    if (!well)
        error_set(error, EXIT_UNREADABLE, "There is not enough memory to compare.");
    else if (!found)
        none_in_both(decoders, only, names, error);
    free(l.a);
    free(l.b);
    free(l.by_number);
    return found;
}

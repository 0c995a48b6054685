/* Matching: a row against a query that was parsed. */
#include "report/query.h"

#include <stdlib.h>
#include <string.h>

#include "report/query_parts.h"

static uint64_t key_of(const struct value *v)
{
    return v->kind == VALUE_SECONDS || v->kind == VALUE_TIME ? query_key_of_time(v->time) : v->number;
}

static bool known_and_more(const struct value *v)
{
    switch (v->kind) {
    case VALUE_TEXT:
        return *v->text != '\0';
    case VALUE_ADDRESS:
        return true;
    case VALUE_SECONDS:
    case VALUE_TIME:
        return v->time != 0;
    case VALUE_STATES:
    case VALUE_TUNNELS:
    case VALUE_CALLS:
        return v->count != 0;
    default:
        return v->number != 0;
    }
}

static bool in_prefix(const uint8_t *address, const struct query_value *in)
{
    unsigned bytes = in->prefix / 8, rest = in->prefix % 8;
    if (memcmp(address, in->address, bytes) != 0)
        return false;
    return !rest || (address[bytes] ^ in->address[bytes]) >> (8 - rest) == 0;
}

/* The members of a list, a bit for each of the words that it can hold. */
static uint32_t members_of(const struct value *v)
{
    if (v->kind == VALUE_CHECKS)
        return (uint32_t)v->number;
    uint32_t members = 0;
    for (unsigned i = 0; i < v->count; i++) {
        unsigned member = v->kind == VALUE_STATES ? (unsigned)(v->number >> (4 * i) & 15)
                          : v->kind == VALUE_TUNNELS ? v->address[i] : v->calls[i].call;
        members |= UINT32_C(1) << (member & 31);
    }
    return members;
}

static bool is_value(const struct query *q, const struct query_test *t, const struct query_value *is,
                     const struct value *v)
{
    switch (t->how) {
    case TEST_RANGE:
        return is->low <= key_of(v) && key_of(v) <= is->high;
    case TEST_WORD:
        return query_same(v->text, &q->text[is->text], is->length);
    case TEST_PART:
        return memmem(v->text, strlen(v->text), &q->text[is->text], is->length) != NULL;
    default:
        return v->count == is->version && in_prefix(v->address, is);
    }
}

/* NULL where the row is no connection (or flow) that has the field, or its value is not known. */
static bool get(const struct field *field, struct row *row, struct value *v)
{
    if (!(field->of & (row->tcp ? FIELD_TCP : FIELD_UDP)))
        return false;
    *v = field_value(field, row);
    return v->kind != VALUE_NULL;
}

static bool compares(const struct query_test *t, const struct value *v, const struct value *other)
{
    if (v->kind == VALUE_ADDRESS)
        return v->count == other->count && memcmp(v->address, other->address, v->count == 4 ? 4 : 16) == 0;
    uint64_t a = key_of(v), b = key_of(other);
    return t->order & (a < b ? ORDER_LESS : a == b ? ORDER_EQUAL : ORDER_MORE);
}

static bool hits(const struct query *q, const struct query_test *t, const struct value *v, const struct value *other)
{
    if (t->how == TEST_KNOWN)
        return known_and_more(v);
    if (t->how == TEST_MEMBER)
        return members_of(v) & t->mask;
    if (t->how == TEST_FIELD)
        return compares(t, v, other);
    for (unsigned i = 0; i < t->count; i++)
        if (is_value(q, t, &q->value[t->first + i], v))
            return true;
    return false;
}

static bool holds(const struct query *q, const struct query_test *t, struct row *row)
{
    struct value v, other = { .kind = VALUE_NULL };
    bool known = false;
    if (t->other && !get(t->other, row, &other))
        return false;
    for (unsigned end = 0; end < 2 && t->field[end]; end++)
        if (get(t->field[end], row, &v)) {
            if (hits(q, t, &v, &other))
                return !t->none;
            known = true;
        }
    return known && t->none;
}

bool query_match(const struct query *query, struct row *row)
{
    unsigned at = query->begin;
    while (at < QUERY_YES) {
        const struct query_test *t = &query->test[at];
        at = t->go[holds(query, t, row)];
    }
    return at == QUERY_YES;
}

bool query_is_empty(const struct query *query)
{
    return query->begin == QUERY_YES;
}

void query_free(struct query *query)
{
    free(query);
}

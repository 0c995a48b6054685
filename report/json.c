#include "report/json.h"

#include <assert.h>

/* --- the list of pieces, made once --- */

struct maker {
    struct json_step *steps;
    unsigned count;
    const char *path;             /* name of the step before, whose objects are open */
    size_t path_length;           /* of it, without its last part */
    bool first;                   /* nothing stands in the innermost object yet */
};

static void add(struct json_step *step, const char *s, size_t length)
{
    assert(step->length + length <= JSON_PIECE);
    memcpy(step->piece + step->length, s, length);
    step->length += (uint32_t)length;
}

/* Parts of a dotted path in common, as a length that ends behind a dot. */
static size_t common_objects(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t common = 0;
    for (size_t i = 0; i < a_length && i < b_length && a[i] == b[i]; i++)
        if (a[i] == '.')
            common = i + 1;
    return common;
}

static void close_objects(struct json_step *step, const char *path, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (path[i] == '.')
            add(step, "}", 1);
}

/* A step for the value at the dotted path: closes the objects that end, opens those that begin, then the key. */
static struct json_step *make_step(struct maker *m, const char *name, size_t length)
{
    assert(m->count < JSON_STEPS);
    struct json_step *step = &m->steps[m->count++];
    size_t objects = length;
    while (objects && name[objects - 1] != '.')
        objects--;
    size_t common = common_objects(m->path, m->path_length, name, objects);
    close_objects(step, m->path, common, m->path_length);
    add(step, m->first ? "{" : ",", 1);
    m->first = false;
    for (size_t i = common; i < length;) {
        const char *dot = memchr(name + i, '.', length - i);
        size_t part = dot ? (size_t)(dot - name) - i : length - i;
        add(step, "\"", 1);
        add(step, name + i, part);
        add(step, dot ? "\":{" : "\":", dot ? 3 : 2);
        i += part + 1;
    }
    m->path = name;
    m->path_length = objects;
    return step;
}

static const char *last_dot(const char *name)
{
    return strrchr(name, '.');
}

static void make_field(struct maker *m, const struct field *field)
{
    size_t length = strlen(field->name);
    struct json_step *step;
    if (field->json == FIELD_MARK) {
        if (field != fields && (field - 1)->json == FIELD_MARK)
            return;
        step = make_step(m, "analysis", 8);
    } else if (field->json == FIELD_MOMENT) {
        if (strcmp(last_dot(field->name), ".frame") != 0)
            return;
        step = make_step(m, field->name, length - 6);
    } else {
        step = make_step(m, field->name, length);
    }
    step->field = field;
    step->kind = field->json;
    assert(field->json != FIELD_IF_TRUE || m->path_length == 0);   /* leaving it out must leave no object open */
}

void json_layout_make(struct json_layout *layout)
{
    memset(layout, 0, sizeof *layout);
    for (unsigned udp = 0; udp < 2; udp++) {
        struct maker m = { .steps = layout->steps[udp], .path = "", .first = true };
        for (unsigned i = 0; i < field_count; i++)
            if (fields[i].of & (udp ? FIELD_UDP : FIELD_TCP))
                make_field(&m, &fields[i]);
        layout->count[udp] = m.count;
    }
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        char *end = json_word(layout->states[i], tcp_state_names[i]);
        layout->state_length[i] = (uint8_t)(end - layout->states[i]);
    }
}

/* --- values --- */

static char *calls_write(char *at, const struct row *row, const struct value *v)
{
    for (unsigned i = 0; i < v->count; i++) {
        at = i ? JSON_LITERAL(at, ",{\"who\":\"") : JSON_LITERAL(at, "{\"who\":\"");
        at = json_bytes(at, v->calls[i].who == row->end[CLIENT] ? "client" : "server", 6);
        at = JSON_LITERAL(at, "\",\"call\":");
        at = json_word(at, call_names[v->calls[i].call]);
        at = JSON_LITERAL(at, ",\"frame\":");
        at = v->calls[i].frame ? digits_write(at, v->calls[i].frame) : JSON_LITERAL(at, "null");
        at = v->calls[i].recorded ? JSON_LITERAL(at, ",\"certainty\":\"true\"}")
                                  : JSON_LITERAL(at, ",\"certainty\":\"inferred\"}");
    }
    return at;
}

static char *states_write(char *at, const struct json_layout *layout, const struct value *v)
{
    for (unsigned i = 0; i < v->count; i++) {
        unsigned state = (unsigned)(v->number >> (4 * i)) & 15;
        if (i)
            *at++ = ',';
        memcpy(at, layout->states[state], sizeof layout->states[state]);
        at += layout->state_length[state];
    }
    return at;
}

static char *list_write(char *at, const struct json_layout *layout, const struct row *row, const struct value *v)
{
    *at++ = '[';
    if (v->kind == VALUE_STATES) {
        at = states_write(at, layout, v);
    } else if (v->kind == VALUE_CALLS) {
        at = calls_write(at, row, v);
    } else if (v->kind == VALUE_TUNNELS) {
        for (unsigned i = 0; i < v->count; i++) {
            if (i)
                *at++ = ',';
            at = json_word(at, tunnel_names[v->address[i]]);
        }
    } else {
        bool any = false;
        for (uint64_t checks = v->number; checks; checks &= checks - 1) {
            if (any)
                *at++ = ',';
            at = json_word(at, check_names[__builtin_ctzll(checks)]);
            any = true;
        }
    }
    *at++ = ']';
    return at;
}

static char *value_write(char *at, const struct json_layout *layout, const struct row *row, const struct value *v)
{
    switch (v->kind) {
    case VALUE_NULL:
        return JSON_LITERAL(at, "null");
    case VALUE_NUMBER:
        return digits_write(at, v->number);
    case VALUE_SECONDS:
        return duration_write(at, v->time);
    case VALUE_BOOL:
        return v->number ? JSON_LITERAL(at, "true") : JSON_LITERAL(at, "false");
    case VALUE_TEXT:
        return json_word(at, v->text);
    case VALUE_TIME:
        *at++ = '"';
        at = time_write(at, v->time);
        *at++ = '"';
        return at;
    case VALUE_ADDRESS:
        *at++ = '"';
        at = address_write(at, v->address, v->count);
        *at++ = '"';
        return at;
    default:
        return list_write(at, layout, row, v);
    }
}

static char *marks_write(char *at, const struct row *row)
{
    for (unsigned side = 0; side < 2; side++) {
        at = side ? JSON_LITERAL(at, ",\"server\":{") : JSON_LITERAL(at, "{\"client\":{");
        const struct tally *tally = row->tally[side];
        bool any = false;
        for (unsigned i = 0; tally && i < MARK_COUNT; i++) {
            if (!tally->marks[i])
                continue;
            if (any)
                *at++ = ',';
            at = json_word(at, mark_names[i]);
            *at++ = ':';
            at = digits_write(at, tally->marks[i]);
            any = true;
        }
        *at++ = '}';
    }
    *at++ = '}';
    return at;
}

static char *moment_write(char *at, const struct row *row, unsigned moment)
{
    if (!row->tcp->moment_frame[moment])
        return JSON_LITERAL(at, "null");
    at = JSON_LITERAL(at, "{\"frame\":");
    at = digits_write(at, row->tcp->moment_frame[moment]);
    at = JSON_LITERAL(at, ",\"time\":\"");
    at = time_write(at, connection_moment(row->tcp, moment));
    return JSON_LITERAL(at, "\"}");
}

void json_row(struct text *t, const struct json_layout *layout, struct row *row)
{
    char *at = text_reserve(t, JSON_ROW_MAX);
    if (!at)
        return;
    const char *begin = at;
    unsigned udp = !row->tcp;
    const struct json_step *step = layout->steps[udp], *end = step + layout->count[udp];
    for (; step < end; step++) {
        memcpy(at, step->piece, JSON_PIECE);
        at += step->length;
        if (step->kind == FIELD_MARK) {
            at = marks_write(at, row);
        } else if (step->kind == FIELD_MOMENT) {
            at = moment_write(at, row, step->field->which);
        } else {
            struct value v = field_value(step->field, row);
            if (step->kind == FIELD_IF_TRUE && !v.number)
                at -= step->length;
            else
                at = value_write(at, layout, row, &v);
        }
    }
    at = JSON_LITERAL(at, "}\n");
    t->used += (size_t)(at - begin);
}

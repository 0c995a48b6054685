/* The grammar: text into tests, by recursive descent.
 *
 * A part of an expression is a run of tests and two lists of exits not yet settled: where it goes on when it holds, and
 * when it does not. && leads the first part's yes to the begin of the second, || its no, ! exchanges the lists. A list
 * is threaded through the very places that will be settled.
 */
#include <stdlib.h>
#include <string.h>

#include "report/query_parser.h"

struct part {
    uint16_t begin;
    uint16_t yes, no;             /* lists of exits: 2 * test + 1 when it holds; QUERY_NOWHERE ends one */
};

static struct query_test *new_test(struct query_parser *p, struct query_token at, const struct field *const field[2])
{
    struct query *q = p->query;
    if (q->tests == QUERY_TESTS_MAX) {
        parser_fail(p, at, "more than %d conditions", QUERY_TESTS_MAX);
        return NULL;
    }
    struct query_test *t = &q->test[q->tests++];
    *t = (struct query_test){ .field = { field[0], field[1] }, .go = { QUERY_NOWHERE, QUERY_NOWHERE },
                              .first = q->values };
    return t;
}

static struct part part_of_test(const struct query_parser *p)
{
    uint16_t test = (uint16_t)(p->query->tests ? p->query->tests - 1 : 0);
    return (struct part){ test, (uint16_t)(2 * test + 1), (uint16_t)(2 * test) };
}

static bool is_comparison(unsigned token)
{
    return token >= TOKEN_IN && token <= TOKEN_MORE_EQUAL;
}

static bool is_word_not(const struct query_parser *p)
{
    return p->token.kind == TOKEN_NOT && p->token.length > 1;
}

/* A type, state or check alone. */
static void named_value(struct query_parser *p, struct query_test *t, const struct query_name *name,
                        struct query_token at)
{
    size_t length = strlen(name->word);
    if (is_comparison(p->token.kind)) {
        parser_fail(p, at, "%s stands alone, or behind ==: %s == %s", name->word, name->field[0]->name, name->word);
        return;
    }
    struct query_words words = query_words(name->field[0]);
    t->how = name->kind == NAME_CHECK ? TEST_MEMBER : TEST_WORD;
    if (name->kind == NAME_CHECK)
        t->mask = UINT32_C(1) << query_words_find(&words, name->word, length);
    else
        parser_add_text(p, t, at, name->word, length);
}

static void unknown_name(struct query_parser *p, const struct query_name *name)
{
    struct text t = {0};
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, p->token, what);
    if (name->kind == NAME_AMBIGUOUS) {
        text_format(&t, "%s may mean %s or %s: write more of it", what, name->field[0]->name, name->field[1]->name);
    } else {
        text_format(&t, "there is no field or short form %s", what);
        query_near_name(&t, p->text + p->token.at, p->token.length);
    }
    parser_fail_with(p, p->token, &t);
}

/* --- the grammar --- */

static struct part address_alone(struct query_parser *p)
{
    static const char *const names[] = { "client.addr", "server.addr" };
    const struct field *const ends[2] = { field_find(names[0]), field_find(names[1]) };
    struct query_value value;
    size_t length;
    const char *word = parser_bytes(p, p->token, &length);
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, p->token, what);
    if (query_address(word, length, &value)) {
        struct query_test *t = new_test(p, p->token, ends);
        if (t) {
            t->how = TEST_ADDRESS;
            parser_add_value(p, t, p->token, value);
        }
        parser_advance(p);
        if (!p->failed && is_comparison(p->token.kind))
            parser_fail(p, p->token, "a comparison begins with a name: addr == %s", what);
    } else if (p->token.kind == TOKEN_STRING) {
        parser_fail(p, p->token, "text alone must be an address; %s is none", what);
    } else if (strspn(what, "0123456789") == strlen(what)) {
        parser_fail(p, p->token, "a number alone asks nothing; perhaps port == %s", what);
    } else {
        parser_fail(p, p->token, "%s is no address; with a port: server.addr == 10.9.0.1 && server.port == 6666", what);
    }
    return part_of_test(p);
}

static struct part test(struct query_parser *p)
{
    const char *word = p->text + p->token.at;
    bool is_word = p->token.kind == TOKEN_WORD, digits = is_word && *word >= '0' && *word <= '9';
    if (p->token.kind == TOKEN_STRING || digits || (is_word && memchr(word, ':', p->token.length)))
        return address_alone(p);
    struct query_token at = p->token;
    struct query_name name = { .kind = NAME_NONE };
    if (at.kind != TOKEN_WORD)
        parser_unexpected(p, "a name, an address, ! or (");
    else
        name = query_name(word, at.length);
    if (!p->failed && (name.kind == NAME_NONE || name.kind == NAME_AMBIGUOUS))
        unknown_name(p, &name);
    struct query_test *t = p->failed ? NULL : new_test(p, at, name.field);
    if (!t)
        return part_of_test(p);
    parser_advance(p);
    if (name.kind != NAME_FIELD)
        named_value(p, t, &name, at);
    else if (is_comparison(p->token.kind) || is_word_not(p))
        parser_compare(p, t);
    return part_of_test(p);
}

static uint16_t *exit_of(struct query *q, uint16_t exit)
{
    return &q->test[exit / 2].go[exit % 2];
}

static void settle(struct query *q, uint16_t list, uint16_t to)
{
    while (list != QUERY_NOWHERE) {
        uint16_t *place = exit_of(q, list);
        list = *place;
        *place = to;
    }
}

static uint16_t joined(struct query *q, uint16_t a, uint16_t b)
{
    uint16_t last = a;
    while (*exit_of(q, last) != QUERY_NOWHERE)
        last = *exit_of(q, last);
    *exit_of(q, last) = b;
    return a;
}

static struct part either(struct query_parser *p);

static struct part negation(struct query_parser *p)
{
    bool turned = false;
    for (; p->token.kind == TOKEN_NOT; parser_advance(p))
        turned = !turned;
    struct part part;
    if (p->token.kind != TOKEN_OPEN) {
        part = test(p);
    } else {
        struct query_token open = p->token;
        if (p->depth == QUERY_DEPTH_MAX)
            parser_fail(p, open, "parentheses within more than %d others", QUERY_DEPTH_MAX);
        if (p->failed)
            return part_of_test(p);
        p->depth++;
        parser_advance(p);
        part = either(p);
        p->depth--;
        if (!p->failed && p->token.kind == TOKEN_END)
            parser_fail(p, open, "this ( is never closed");
        else if (!p->failed && p->token.kind != TOKEN_CLOSE)
            parser_unexpected(p, "&&, || or )");
        parser_advance(p);
    }
    return turned ? (struct part){ part.begin, part.no, part.yes } : part;
}

static struct part both(struct query_parser *p)
{
    struct part a = negation(p);
    while (!p->failed && p->token.kind == TOKEN_AND) {
        parser_advance(p);
        struct part b = negation(p);
        if (p->failed)
            break;
        settle(p->query, a.yes, b.begin);
        a.yes = b.yes;
        a.no = joined(p->query, a.no, b.no);
    }
    return a;
}

static struct part either(struct query_parser *p)
{
    struct part a = both(p);
    while (!p->failed && p->token.kind == TOKEN_OR) {
        parser_advance(p);
        struct part b = both(p);
        if (p->failed)
            break;
        settle(p->query, a.no, b.begin);
        a.no = b.no;
        a.yes = joined(p->query, a.yes, b.yes);
    }
    return a;
}

static void whole(struct query_parser *p)
{
    if (p->token.kind == TOKEN_END)
        return;
    struct part all = either(p);
    if (!p->failed && p->token.kind == TOKEN_CLOSE)
        parser_fail(p, p->token, "this ) closes nothing");
    if (!p->failed && p->token.kind != TOKEN_END)
        parser_unexpected(p, "==, !=, <, <=, >, >=, in or contains behind a name; &&, || behind a condition");
    if (p->failed)
        return;
    settle(p->query, all.yes, QUERY_YES);
    settle(p->query, all.no, QUERY_NO);
    p->query->begin = all.begin;
}

struct query *query_parse(const char *text, size_t length, struct query_error *error)
{
    struct query *query = calloc(1, sizeof *query);
    struct query_parser p = { .text = text, .length = length, .query = query, .error = error };
    *error = (struct query_error){ 0 };
    if (!query) {
        parser_fail(&p, (struct query_token){ 0 }, "memory ran out");
        return NULL;
    }
    query->begin = QUERY_YES;
    if (length > QUERY_TEXT_MAX) {
        parser_fail(&p, (struct query_token){ TOKEN_END, QUERY_TEXT_MAX, 1 }, "longer than %d bytes", QUERY_TEXT_MAX);
    } else {
        p.token = query_token(text, length, 0);
        whole(&p);
    }
    if (!p.failed)
        return query;
    free(query);
    return NULL;
}

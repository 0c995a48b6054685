/* Operators and values of the display filter: what stands behind a name. Types are checked here. */
#include <string.h>

#include "report/query_parser.h"

static const char *kind_says(const struct field *field)
{
    switch (field->kind) {
    case VALUE_NUMBER:
        return "a number";
    case VALUE_SECONDS:
        return "a duration (30ms, 1.5s)";
    case VALUE_TIME:
        return "a time in seconds since 1970";
    case VALUE_BOOL:
        return "true or false";
    case VALUE_ADDRESS:
        return "an address";
    default:
        return "text";
    }
}

static void no_scalar(struct query_parser *p, const struct field *field, struct query_token at, enum query_literal why)
{
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, at, what);
    if (why == LITERAL_TOO_LARGE)
        parser_fail(p, at, "%s is too large", what);
    else if (why == LITERAL_FRACTION && field->kind == VALUE_NUMBER)
        parser_fail(p, at, "%s is a whole number; %s is none", field->name, what);
    else if (why == LITERAL_FRACTION)
        parser_fail(p, at, "%s is finer than a nanosecond", what);
    else if (why == LITERAL_UNIT && field->kind == VALUE_NUMBER)
        parser_fail(p, at, "%s is a number; %s is none (80, 0x50, 64k, 1.5M, 16Ki)", field->name, what);
    else if (why == LITERAL_UNIT && field->kind == VALUE_SECONDS)
        parser_fail(p, at, "%s is a duration; %s is none (ns, us, ms, s, min, h)", field->name, what);
    else
        parser_fail(p, at, "%s is %s; %s is none", field->name, kind_says(field), what);
}

static bool scalar(struct query_parser *p, const struct field *field, struct query_token at, uint64_t *key)
{
    size_t length;
    const char *word = parser_bytes(p, at, &length);
    enum query_literal outcome = query_scalar(field->kind, word, length, key);
    if (outcome == LITERAL_GOOD)
        return true;
    no_scalar(p, field, at, outcome);
    return false;
}

/* A name on the right side, where it is a field of the same kind. False: it is none, and nothing is said. */
static bool field_value_of(struct query_parser *p, struct query_test *t, struct query_token at, unsigned order)
{
    struct query_name name = { .kind = NAME_NONE };
    if (at.kind == TOKEN_WORD)
        name = query_name(p->text + at.at, at.length);
    if (name.kind != NAME_FIELD || name.field[0]->kind != t->field[0]->kind)
        return false;
    if (name.field[1]) {
        parser_fail(p, at, "on this side one end must be named: %s or %s", name.field[0]->name, name.field[1]->name);
        return true;
    }
    t->how = TEST_FIELD;
    t->order = (uint8_t)order;
    t->other = name.field[0];
    return true;
}

static struct query_value range_of(unsigned order, uint64_t key)
{
    struct query_value range = { .version = 0 };
    range.low = order & ORDER_LESS ? 0 : key;
    range.high = order & ORDER_MORE ? UINT64_MAX : key;
    if (order & ORDER_EQUAL)
        return range;
    if (order == ORDER_LESS ? key == 0 : key == UINT64_MAX) {
        range.low = 1;            /* nothing is less than the least */
        range.high = 0;
    } else if (order == ORDER_LESS) {
        range.high = key - 1;
    } else {
        range.low = key + 1;
    }
    return range;
}

static void scalar_value(struct query_parser *p, struct query_test *t, unsigned order, bool many)
{
    struct query_token at = p->token;
    uint64_t low, high;
    if (!many && field_value_of(p, t, at, order)) {
        parser_advance(p);
        return;
    }
    if (!scalar(p, t->field[0], at, &low))
        return;
    parser_advance(p);
    struct query_value range = range_of(order, low);
    if (many && p->token.kind == TOKEN_RANGE) {
        parser_advance(p);
        if (p->token.kind != TOKEN_WORD) {
            parser_unexpected(p, "the upper end of the range");
            return;
        }
        if (!scalar(p, t->field[0], p->token, &high))
            return;
        struct query_token all = { TOKEN_WORD, at.at, (uint16_t)(p->token.at + p->token.length - at.at) };
        if (low > high)
            parser_fail(p, all, "nothing is in this range: its lower end comes first");
        range.high = high;
        parser_advance(p);
    }
    parser_add_value(p, t, at, range);
}

static void address_value(struct query_parser *p, struct query_test *t, bool many)
{
    size_t length;
    const char *word = parser_bytes(p, p->token, &length);
    struct query_value value;
    if (!many && field_value_of(p, t, p->token, ORDER_EQUAL)) {
        parser_advance(p);
        return;
    }
    if (query_address(word, length, &value)) {
        parser_add_value(p, t, p->token, value);
        parser_advance(p);
        return;
    }
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, p->token, what);
    parser_fail(p, p->token, "%s is an address; %s is none (10.9.0.2, 10.9.0.0/16, 2001:db8::1)", t->field[0]->name,
                what);
}

static void no_word(struct query_parser *p, const struct field *field, const struct query_words *words)
{
    struct text t = {0};
    char what[QUERY_SHOWN_MAX];
    size_t length;
    const char *word = parser_bytes(p, p->token, &length);
    parser_shown(p, p->token, what);
    text_format(&t, "%s is no word of %s", what, field->name);
    query_near_word(&t, words, word, length);
    text_string(&t, " (known:");
    for (unsigned i = words->first; i < words->count; i++)
        text_format(&t, "%s %s", i > words->first ? "," : "", words->word[i]);
    text_char(&t, ')');
    parser_fail_with(p, p->token, &t);
}

static void word_value(struct query_parser *p, struct query_test *t)
{
    size_t length;
    const char *word = parser_bytes(p, p->token, &length);
    struct query_words words = query_words(t->field[0]);
    int known = words.count && t->how != TEST_PART ? query_words_find(&words, word, length) : -1;
    if (t->how == TEST_MEMBER && known >= 0)
        t->mask |= UINT32_C(1) << known;
    else if (known >= 0)
        parser_add_text(p, t, p->token, words.word[known], strlen(words.word[known]));
    else if (words.count && t->how != TEST_PART)
        no_word(p, t->field[0], &words);
    else
        parser_add_text(p, t, p->token, word, length);
    parser_advance(p);
}

/* many: in a set, or right behind `in`, where ranges may stand and fields may not. */
static void value_of(struct query_parser *p, struct query_test *t, unsigned order, bool many)
{
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING)
        parser_unexpected(p, kind_says(t->field[0]));
    else if (t->how == TEST_RANGE)
        scalar_value(p, t, order, many);
    else if (t->how == TEST_ADDRESS)
        address_value(p, t, many);
    else
        word_value(p, t);
}

static void values_of(struct query_parser *p, struct query_test *t)
{
    if (p->token.kind != TOKEN_SET_OPEN) {
        value_of(p, t, ORDER_EQUAL, true);
        return;
    }
    do {
        parser_advance(p);
        value_of(p, t, ORDER_EQUAL, true);
    } while (!p->failed && p->token.kind == TOKEN_COMMA);
    if (p->failed)
        return;
    if (p->token.kind != TOKEN_SET_CLOSE)
        parser_unexpected(p, ", or }");
    parser_advance(p);
}

/* --- comparisons --- */

static unsigned order_of(unsigned token)
{
    switch (token) {
    case TOKEN_LESS:
        return ORDER_LESS;
    case TOKEN_LESS_EQUAL:
        return ORDER_LESS | ORDER_EQUAL;
    case TOKEN_MORE:
        return ORDER_MORE;
    case TOKEN_MORE_EQUAL:
        return ORDER_MORE | ORDER_EQUAL;
    default:
        return ORDER_EQUAL;
    }
}

/* Is this operator one for values of the kind? */
static bool fits(struct query_parser *p, const struct field *field)
{
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, p->token, what);
    bool orders = p->token.kind >= TOKEN_LESS && p->token.kind <= TOKEN_MORE_EQUAL;
    if (p->token.kind == TOKEN_CONTAINS && (query_is_scalar(field->kind) || field->kind == VALUE_ADDRESS))
        parser_fail(p, p->token, "contains is for text and lists; %s is %s", field->name, kind_says(field));
    else if (orders && (!query_is_scalar(field->kind) || field->kind == VALUE_BOOL))
        parser_fail(p, p->token, "%s is %s, which has no order: ==, != or in instead of %s", field->name,
             query_is_list(field->kind) ? "a list" : kind_says(field), what);
    return !p->failed;
}

static uint8_t how_of(unsigned kind, unsigned token)
{
    if (query_is_scalar(kind))
        return TEST_RANGE;
    if (kind == VALUE_ADDRESS)
        return TEST_ADDRESS;
    if (query_is_list(kind))
        return TEST_MEMBER;
    return token == TOKEN_CONTAINS ? TEST_PART : TEST_WORD;
}

void parser_compare(struct query_parser *p, struct query_test *t)
{
    if (!fits(p, t->field[0]))
        return;
    struct query_token operator = p->token;
    t->how = how_of(t->field[0]->kind, operator.kind);
    t->none = operator.kind == TOKEN_NOT_EQUAL;
    if (operator.kind == TOKEN_NOT) {
        parser_advance(p);
        t->none = true;
        if (p->token.kind != TOKEN_IN) {
            parser_unexpected(p, "in, as in: port not in {80, 443}");
            return;
        }
        operator = p->token;
    }
    parser_advance(p);
    if (operator.kind == TOKEN_IN)
        values_of(p, t);
    else
        value_of(p, t, order_of(operator.kind), false);
}

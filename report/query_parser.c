/* What reads the text of a display filter: its place in it, errors, values kept. */
#include "report/query_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void parser_fail(struct query_parser *p, struct query_token at, const char *format, ...)
{
    if (p->failed)
        return;
    p->failed = true;
    p->error->column = at.at;
    p->error->length = at.length;
    va_list list;
    va_start(list, format);
    vsnprintf(p->error->text, sizeof p->error->text, format, list);
    va_end(list);
}

void parser_fail_with(struct query_parser *p, struct query_token at, struct text *says)
{
    text_char(says, '\0');
    parser_fail(p, at, "%s", says->failed ? "this cannot be, and memory ran out" : says->bytes);
    text_free(says);
}

void parser_shown(const struct query_parser *p, struct query_token token, char out[QUERY_SHOWN_MAX])
{
    query_shown(out, p->text + token.at, token.length);
}

void parser_unexpected(struct query_parser *p, const char *wanted)
{
    char what[QUERY_SHOWN_MAX];
    parser_shown(p, p->token, what);
    if (p->token.kind == TOKEN_UNCLOSED)
        parser_fail(p, p->token, "the text that begins here has no second quote");
    else if (p->token.kind == TOKEN_END)
        parser_fail(p, p->token, "something is missing at the end: %s", wanted);
    else if (strcmp(what, "=") == 0)
        parser_fail(p, p->token, "= alone means nothing; == compares");
    else
        parser_fail(p, p->token, "%s is not what can stand here: %s", what, wanted);
}

void parser_advance(struct query_parser *p)
{
    p->token = query_token(p->text, p->length, (size_t)p->token.at + p->token.length);
}

const char *parser_bytes(const struct query_parser *p, struct query_token token, size_t *length)
{
    unsigned quote = token.kind == TOKEN_STRING;
    *length = token.length - 2u * quote;
    return p->text + token.at + quote;
}

void parser_add_value(struct query_parser *p, struct query_test *t, struct query_token at, struct query_value value)
{
    struct query *q = p->query;
    if (q->values == QUERY_VALUES_MAX) {
        parser_fail(p, at, "more than %d values", QUERY_VALUES_MAX);
        return;
    }
    q->value[q->values++] = value;
    t->count++;
}

void parser_add_text(struct query_parser *p, struct query_test *t, struct query_token at, const char *text,
                     size_t length)
{
    struct query_value value = { .version = 0 };
    value.text = p->query->text_used;
    value.length = (uint16_t)length;
    if (length > sizeof p->query->text - p->query->text_used) {
        parser_fail(p, at, "more text than %zu bytes in all", sizeof p->query->text);
        return;
    }
    memcpy(p->query->text + p->query->text_used, text, length);
    p->query->text_used = (uint16_t)(p->query->text_used + length);
    parser_add_value(p, t, at, value);
}

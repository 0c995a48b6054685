/* query_parser.h - what reads the text of a display filter: the place in it, and what can be said against it.
 *
 * query_parser.c has what is below, query_compare.c operators and values, query_parse.c the grammar.
 */
#ifndef SYNFIN_REPORT_QUERY_PARSER_H
#define SYNFIN_REPORT_QUERY_PARSER_H

#include "report/query_parts.h"

struct query_parser {
    const char *text;
    size_t length;
    struct query_token token;
    unsigned depth;
    struct query *query;
    struct query_error *error;
    bool failed;                  /* error is told: the first one counts */
};

__attribute__((format(printf, 3, 4)))
void parser_fail(struct query_parser *p, struct query_token at, const char *format, ...);

/* The same with a text, which it frees. */
void parser_fail_with(struct query_parser *p, struct query_token at, struct text *says);

/* The token at hand cannot stand there; `wanted` can. */
void parser_unexpected(struct query_parser *p, const char *wanted);

/* To the next token. */
void parser_advance(struct query_parser *p);

/* The token's bytes, harmless. */
void parser_shown(const struct query_parser *p, struct query_token token, char out[QUERY_SHOWN_MAX]);

/* The bytes of a word, or of a string without its quotes. */
const char *parser_bytes(const struct query_parser *p, struct query_token token, size_t *length);

/* One more value of the newest test, or a failure. */
void parser_add_value(struct query_parser *p, struct query_test *t, struct query_token at, struct query_value value);
void parser_add_text(struct query_parser *p, struct query_test *t, struct query_token at, const char *text,
                     size_t length);

/* The operator at hand and the values behind it, into a test that has its fields. `not` must be a word. */
void parser_compare(struct query_parser *p, struct query_test *t);

#endif

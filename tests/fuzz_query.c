/* fuzz_query.c - any bytes as a display filter: parsed, matched against a connection and a flow, completed.
 *
 * Input: the cursor (1 byte), then the text. What the header promises of errors and completion is checked.
 */
#include <stdlib.h>
#include <string.h>

#include "report/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held)
{
    if (!held)
        abort();
}

/* Rows that no frame made: the least that every getter can read. */
static void match_both(const struct query *query)
{
    static const struct connection connection = { .head = { .key = { .protocol = PROTOCOL_TCP, .version = 4 } } };
    static const struct flow flow = { .head = { .key = { .protocol = PROTOCOL_UDP, .version = 6 } } };
    struct decoder *decoder = decoder_new(&(struct decoder_options){ .max_connections = 16, .secret = 1 });
    struct row row;
    if (!decoder)
        return;
    row_bind(&row, decoder, &connection.head);
    bool first = query_match(query, &row);
    demand(query_match(query, &row) == first);
    row_bind(&row, decoder, &flow.head);
    query_match(query, &row);
    demand(!query_is_empty(query) || first);
    decoder_free(decoder);
}

static void look_at_error(const struct query_error *error, size_t length)
{
    demand(error->column + error->length <= length && memchr(error->text, '\0', sizeof error->text));
    demand(*error->text);
    for (const char *c = error->text; *c; c++)
        demand((unsigned char)*c >= 0x20 && *c != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    size_t length = size - 1;
    struct query_error error;
    struct query *query = query_parse(text, length, &error);
    if (query)
        match_both(query);
    else
        look_at_error(&error, length);
    query_free(query);
    struct query_candidate candidates[16];
    struct query_completion c = query_complete(text, length, data[0], candidates, 16);
    demand(c.begin <= c.end && c.end <= length && c.count <= 16 && c.expects);
    for (unsigned i = 0; i < c.count; i++)
        demand(*candidates[i].word && *candidates[i].says);
    return 0;
}

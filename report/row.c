#include "report/fields.h"

#include <string.h>

void row_bind(struct row *row, const struct decoder *decoder, const struct conversation *of)
{
    row->of = of;
    row->decoder = decoder;
    row->end[CLIENT] = of->client;
    row->end[SERVER] = !of->client;
    row->tcp = conversation_is_tcp(of) ? as_connection(of) : NULL;
    row->udp = row->tcp ? NULL : as_flow(of);
    for (unsigned side = 0; side < 2; side++) {
        const struct peer *p = row->tcp ? &row->tcp->peer[row->end[side]] : NULL;
        row->tally[side] = p && p->tally ? decoder_tally(decoder, p) : NULL;
    }
}

const struct field *field_find(const char *name)
{
    for (unsigned i = 0; i < field_count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void list_text(struct text *t, const struct value *value)
{
    for (unsigned i = 0; i < value->count; i++) {
        if (i)
            text_char(t, ' ');
        if (value->kind == VALUE_STATES)
            text_string(t, tcp_state_names[value->number >> (4 * i) & 15]);
        else if (value->kind == VALUE_TUNNELS)
            text_string(t, tunnel_names[value->address[i]]);
        else if (value->calls[i].frame)
            text_format(t, "%s@%u", call_names[value->calls[i].call], value->calls[i].frame);
        else
            text_string(t, call_names[value->calls[i].call]);
    }
}

static void checks_text(struct text *t, uint64_t checks)
{
    bool any = false;
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        if (checks >> i & 1) {
            text_string(t, any ? " " : "");
            text_string(t, check_names[i]);
            any = true;
        }
}

void value_text(struct text *t, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMBER:
        text_u64(t, value->number);
        break;
    case VALUE_SECONDS:
        text_seconds(t, value->time);
        break;
    case VALUE_TIME:
        text_time(t, value->time);
        break;
    case VALUE_BOOL:
        text_string(t, value->number ? "true" : "false");
        break;
    case VALUE_TEXT:
        text_string(t, value->text);
        break;
    case VALUE_ADDRESS:
        text_address(t, value->address, value->count);
        break;
    case VALUE_CHECKS:
        checks_text(t, value->number);
        break;
    case VALUE_NULL:
        break;
    default:
        list_text(t, value);
    }
}

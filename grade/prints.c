#include "grade/prints.h"

/* False: it has none. */
static bool print_write(struct text *t, const struct conversation *row)
{
    unsigned client = row->client, server = !row->client;
    if (!conversation_is_tcp(row)) {
        text_format(t, "udp:%u-%u@", row->key.port[client], row->key.port[server]);
    } else {
        const struct connection *c = (const struct connection *)row;
        if (!(c->peer[client].facts & c->peer[server].facts & PEER_ISS))
            return false;
        text_format(t, "%08x-%08x@", c->peer[client].iss, c->peer[server].iss);
    }
    text_time(t, row->first_time);
    return true;
}

void capture_prints(struct text *t, const struct decoder *decoder)
{
    unsigned count = 0;
    for (const struct conversation *row = decoder_first(decoder); row && count < PRINTS_MOST;
         row = decoder_after(decoder, row)) {
        struct text one = {0};
        if (print_write(&one, row)) {
            text_string(t, count++ ? " " : "");
            text_bytes(t, one.bytes, one.used);
        }
        text_free(&one);
    }
}

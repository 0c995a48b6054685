/* ipcomp.c - IP payload compression (RFC 3173) with DEFLATE (RFC 2394): inflated into the parser's scratch, at most
 * one datagram's worth. Other algorithms, and what does not inflate, stay closed. The inflater is made at the first
 * such header. */
#include <stdlib.h>
#include <zlib.h>

#include "decode/parse.h"
#include "decode/parser.h"

struct inflater {
    z_stream stream;
};

static struct inflater *inflater_of(struct parser *parser)
{
    if (parser->inflater) {
        inflateReset(&parser->inflater->stream);
        return parser->inflater;
    }
    struct inflater *inflater = calloc(1, sizeof *inflater);
    if (!inflater)
        return NULL;
    if (inflateInit2(&inflater->stream, -15) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return parser->inflater = inflater;
}

void inflater_free(struct inflater *inflater)
{
    if (!inflater)
        return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

enum layer open_ipcomp(struct opening *o)
{
    const uint8_t *header = take(o, 4, "no room for an IPComp header");
    if (!header)
        return LAYER_DONE;
    if (o->beyond > 0) {
        o->result->cut = true;
        return LAYER_DONE;
    }
    struct inflater *inflater = inflater_of(o->parser);
    uint8_t *out = inflater ? parser_scratch(o->parser, DATAGRAM_MAX) : NULL;
    if (!out)
        return LAYER_DONE;
    z_stream *stream = &inflater->stream;
    uint8_t *in = (uint8_t *)(uintptr_t)o->at.at;    /* zlib only reads it, but its member is not const */
    stream->next_in = in;
    stream->avail_in = (uInt)cursor_left(&o->at);
    stream->next_out = out;
    stream->avail_out = DATAGRAM_MAX;
    if (inflate(stream, Z_FINISH) != Z_STREAM_END)
        return LAYER_DONE;
    o->at = cursor_on(out, DATAGRAM_MAX - stream->avail_out);
    return layer_of_protocol(header[0]);
}

/* json.h - rows, events and the capture as JSON Lines.
 *
 * A row is written by walking a list made once from the field table: a piece of fixed text (closing braces, keys),
 * then a value. Pieces are copied whole, whatever their length: a copy of constant size costs less than one of the
 * right size.
 */
#ifndef SYNFIN_REPORT_JSON_H
#define SYNFIN_REPORT_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "report/fields.h"
#include "report/report.h"

enum {
    JSON_PIECE = 48,              /* bytes of one piece of fixed text, at most */
    JSON_STEPS = 192,             /* more than the table has fields */
    JSON_ROW_MAX = 16384,         /* all pieces and values of a row: a number 20, a path 256, a call 90, a mark 40 */
};

struct json_step {
    char piece[JSON_PIECE];
    uint32_t length;              /* of piece */
    uint32_t kind;                /* enum field_json */
    const struct field *field;    /* whose value follows */
};

struct json_layout {
    struct json_step steps[2][JSON_STEPS];   /* of connections, of flows */
    unsigned count[2];
    char states[STATE_COUNT][16]; /* names in quotes */
    uint8_t state_length[STATE_COUNT];
};

void json_layout_make(struct json_layout *layout);

/* One row and a newline. */
void json_row(struct text *t, const struct json_layout *layout, struct row *row);

/* The capture object and a newline. */
void json_capture(struct text *t, const struct decoder *decoder, const struct report_source *source);

/* The sockets that a kernel has, one object a line, appended to the text. name: "client" or "server", where it is known
 * whose kernel it is; NULL: it is what each connection says. told: all frames up to this time were told. */
void json_sockets(struct text *t, const struct decoder *decoder, const struct kernel_host *host, const char *name,
                  nanoseconds told);

static inline char *json_bytes(char *at, const char *s, size_t length)
{
    memcpy(at, s, length);
    return at + length;
}

#define JSON_LITERAL(at, literal) json_bytes(at, literal, sizeof literal - 1)

/* A word of ours in quotes, or null. Needs no escaping. */
static inline char *json_word(char *at, const char *s)
{
    if (!s)
        return JSON_LITERAL(at, "null");
    *at++ = '"';
    at = json_bytes(at, s, strlen(s));
    *at++ = '"';
    return at;
}

#endif

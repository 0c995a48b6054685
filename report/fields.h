/* fields.h - the one table of fields: what is known of a connection or flow, by name.
 *
 * Behind JSON rows, CSV, `synfin help fields`, the display filter, completion and rubrics. A name is the dotted path
 * that the value has in a JSON row ("server.port", "moments.syn.frame"); the order of the table is the order of both.
 * A getter never fails: what is not known is VALUE_NULL.
 */
#ifndef SYNFIN_REPORT_FIELDS_H
#define SYNFIN_REPORT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "decode/connection.h"
#include "decode/decoder.h"

enum value_kind {
    VALUE_NULL,                   /* not known, or does not apply */
    VALUE_NUMBER,                 /* number */
    VALUE_SECONDS,                /* time: a duration */
    VALUE_TIME,                   /* time: since the epoch */
    VALUE_BOOL,                   /* number: 0 or 1 */
    VALUE_TEXT,                   /* text: a word of ours, never bytes from the wire */
    VALUE_ADDRESS,                /* address; count: 4 or 6 */
    VALUE_STATES,                 /* number: states, four bits each, the first lowest; count of them */
    VALUE_TUNNELS,                /* address: enum tunnel_kind, one a byte; count of them */
    VALUE_CALLS,                  /* calls; count of them */
    VALUE_CHECKS,                 /* number: enum check */
};

/* A socket call as a row tells it: where those of an end were recorded, they stand in the place of the inferred
 * ones. */
struct row_call {
    uint8_t who;                  /* end */
    uint8_t call;                 /* enum call */
    uint32_t frame;               /* that shows it; 0: none does */
    const struct true_call *recorded;   /* NULL: inferred */
};

struct value {
    uint32_t kind;                /* enum value_kind */
    uint32_t count;
    union {
        uint64_t number;
        nanoseconds time;
        const char *text;
        const uint8_t *address;
        const struct row_call *calls;
    };
};

/* One connection or flow, ready for getters; lives as long as the conversation is not fed. */
struct row {
    const struct conversation *of;
    const struct connection *tcp; /* NULL: a flow */
    const struct flow *udp;       /* NULL: a connection */
    const struct decoder *decoder;
    const struct tally *tally[2]; /* of client and server; NULL where there is none */
    uint8_t end[2];               /* ends of the key: of client, of server */

    /* where getters put what they make */
    char conn_state[ZEEK_STATE_MAX], history[ZEEK_HISTORY_MAX], sxfy[16];
    struct row_call calls[CONNECTION_CALLS_MAX + CALLS_OF_ROW];
};

enum { FIELD_TCP = 1, FIELD_UDP = 2, FIELD_BOTH = 3 };
enum { CLIENT, SERVER };

/* How a JSON row has it, where that is not just its value. */
enum field_json {
    FIELD_PLAIN,
    FIELD_MARK,                   /* left out where 0 */
    FIELD_MOMENT,                 /* frame and time of one moment are one object, null where not seen */
    FIELD_IF_TRUE,                /* left out where false */
};

struct field {
    const char *name;
    const char *unit;             /* "", "s", "bytes", "frame", "state", ... */
    const char *says;             /* one sentence */
    struct value (*get)(struct row *row, unsigned which);
    uint8_t which;                /* CLIENT or SERVER, or what the getter wants */
    uint8_t of;                   /* FIELD_TCP, FIELD_UDP or both */
    uint8_t kind;                 /* enum value_kind of its values that are not null */
    uint8_t json;                 /* enum field_json */
};

extern const struct field fields[];
extern const unsigned field_count;

void row_bind(struct row *row, const struct decoder *decoder, const struct conversation *of);

static inline struct value field_value(const struct field *field, struct row *row)
{
    return field->get(row, field->which);
}

/* The field of that name, or NULL. */
const struct field *field_find(const char *name);

/* The value as CSV has it: lists separated by blanks, nothing for null. */
void value_text(struct text *t, const struct value *value);

#endif

#include "report/rows.h"

/* Every value is a number, an address or a word of our own: nothing from the wire that a spreadsheet could take for a
 * formula, and nothing that needs quotes. */

void csv_header(struct text *t)
{
    for (unsigned i = 0; i < field_count; i++) {
        text_string(t, i ? "," : "");
        text_string(t, fields[i].name);
    }
    text_string(t, "\r\n");
}

void csv_row(struct text *t, struct row *row)
{
    unsigned of = row->tcp ? FIELD_TCP : FIELD_UDP;
    for (unsigned i = 0; i < field_count; i++) {
        if (i)
            text_char(t, ',');
        if (!(fields[i].of & of))
            continue;
        struct value v = field_value(&fields[i], row);
        value_text(t, &v);
    }
    text_string(t, "\r\n");
}

/* rows.h - what the files that write rows share behind the door of report.h.
 */
#ifndef SYNFIN_REPORT_ROWS_H
#define SYNFIN_REPORT_ROWS_H

#include "report/json.h"
#include "report/report.h"

enum { REPORT_ARP = 8 };         /* addresses told, others are only counted */

struct report_arp {
    uint8_t address[4];
    uint32_t frame;
    struct because because;
};

struct report {
    struct report_output *out;
    const struct decoder *decoder;
    struct report_options options;
    bool begun;                   /* CSV, Zeek: the header is written */
    bool only_written;            /* the one row wanted was given up early, and written then */
    uint64_t given_up;            /* rows given up early so far */
    struct report_arp arp[REPORT_ARP];
    unsigned arp_count;           /* of those kept */
    struct json_layout json;
};

/* CSV, RFC 4180: one header line with the names of the field table, then a line per row. */
void csv_header(struct text *t);
void csv_row(struct text *t, struct row *row);

/* Zeek's conn.log in its ASCII form. `open` is the time that #open tells. */
void zeek_header(struct text *t, nanoseconds open);
void zeek_row(struct text *t, struct row *row);
void zeek_end(struct text *t, nanoseconds close);

/* The default text: what a student reads. */
void text_given_up(struct report *report, const struct conversation *row);
void text_report(struct report *report, const struct report_source *source);

/* The capture as a whole, in words: "1,234 frames, 12.3 s ..."; a few lines. */
void totals_text(struct text *t, const struct decoder *decoder, const struct report_source *source, unsigned width);

#endif

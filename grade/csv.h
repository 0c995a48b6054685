/* csv.h - comma-separated values (RFC 4180), as spreadsheets write and read them.
 */
#ifndef SYNFIN_GRADE_CSV_H
#define SYNFIN_GRADE_CSV_H

#include <stdbool.h>

#include "base/text.h"

/* Appends a cell: quoted where it has to be, and with ' in front of what a spreadsheet would take for a formula. */
void csv_cell(struct text *t, const char *value);

/* Reading: a place in a text that is changed on the way, so that cells end with a zero. */
struct csv {
    char *at;
    char separator;               /* , or the ; of spreadsheets where the comma is the decimal sign */
    unsigned line;                /* that the last row began in */
    unsigned next_line;
};

/* Begins; finds the separator from the heading, and steps over a byte order mark. */
struct csv csv_begin(char *text);

enum { CSV_CELLS_MOST = 64 };

/* The cells of the next row that is not empty; more than there is room for are dropped. 0: the end. */
unsigned csv_row_read(struct csv *csv, char *cells[CSV_CELLS_MOST]);

#endif

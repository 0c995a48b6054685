#include "grade/csv.h"

#include <string.h>

static const char formula_begins[] = "=+-@\t\r";

void csv_cell(struct text *t, const char *value)
{
    bool formula = *value && strchr(formula_begins, *value);
    bool quotes = strpbrk(value, ",;\"\r\n") != NULL || *value == ' ';
    text_string(t, quotes ? "\"" : "");
    text_string(t, formula ? "'" : "");
    for (const char *s = value; *s; s++) {
        if (*s == '"')
            text_char(t, '"');
        text_char(t, *s);
    }
    text_string(t, quotes ? "\"" : "");
}

struct csv csv_begin(char *text)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    size_t heading = strcspn(text, "\r\n");
    bool semicolons = memchr(text, ';', heading) && !memchr(text, ',', heading);
    return (struct csv){ .at = text, .separator = semicolons ? ';' : ',', .next_line = 1 };
}

/* Ends the cell at `csv->at` with a zero, its quotes taken away in place. True: another one follows in its row. */
static bool cell_read(struct csv *csv, char **cell)
{
    char *from = csv->at, *to = from;
    bool quoted = *from == '"';
    *cell = to;
    from += quoted;
    while (*from && (quoted || (*from != csv->separator && *from != '\n' && *from != '\r'))) {
        if (quoted && *from == '"') {
            if (from[1] != '"') {
                quoted = false;
                from++;
                continue;
            }
            from++;
        }
        csv->next_line += *from == '\n';
        *to++ = *from++;
    }
    char ended = *from;
    if (ended == '\r' && from[1] == '\n')
        ended = *++from;
    csv->at = ended ? from + 1 : from;
    csv->next_line += ended == '\n' || ended == '\r';
    *to = 0;
    if ((*cell)[0] == '\'' && (*cell)[1] && strchr(formula_begins, (*cell)[1]))
        ++*cell;                  /* as csv_cell() wrote it */
    return ended == csv->separator;
}

unsigned csv_row_read(struct csv *csv, char *cells[CSV_CELLS_MOST])
{
    while (*csv->at) {
        unsigned count = 0;
        char *cell;
        csv->line = csv->next_line;
        for (bool more = true; more;) {
            more = cell_read(csv, &cell);
            if (count < CSV_CELLS_MOST)
                cells[count++] = cell;
        }
        if (count > 1 || *cells[0])
            return count;
    }
    return 0;
}

#include "grade/marks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "grade/csv.h"
#include "base/whole.h"

enum { STUDENT, CHECK, POINTS, REMARK, COLUMNS };

static const char *const column_names[COLUMNS] = { "student", "check", "points", "remark" };

bool marks_points(const char *s, uint32_t *points)
{
    uint32_t hundredths = 0, unit = 100;
    bool any = false;
    while (*s == ' ')
        s++;
    for (; isdigit((unsigned char)*s); s++, any = true) {
        hundredths = hundredths * 10 + (uint32_t)(*s - '0') * 100;
        if (hundredths > RESULT_POINTS_MOST)
            return false;
    }
    if (*s == '.' || *s == ',')
        for (s++; isdigit((unsigned char)*s); s++, any = true)
            hundredths += (uint32_t)(*s - '0') * (unit /= 10);
    while (*s == ' ')
        s++;
    *points = hundredths;
    return any && !*s;
}

static bool heading(struct csv *csv, int columns[COLUMNS], const char *file, struct error *error)
{
    char *cells[CSV_CELLS_MOST];
    unsigned count = csv_row_read(csv, cells);
    for (int i = 0; i < COLUMNS; i++) {
        columns[i] = -1;
        for (unsigned k = 0; k < count; k++)
            if (strcasecmp(cells[k], column_names[i]) == 0)
                columns[i] = (int)k;
        if (columns[i] < 0 && i != REMARK && count) {
            error_set(error, EXIT_USAGE, "%.200s: its first line has no column \"%s\". It should be: "
                      "student,check,points,remark", file, column_names[i]);
            return false;
        }
    }
    return true;
}

static bool add_row(struct marks *marks, const struct given_mark *mark, struct error *error)
{
    if ((marks->count & (marks->count - 1)) == 0) {
        struct given_mark *list = realloc(marks->list, (marks->count ? marks->count * 2u : 1) * sizeof *list);
        if (!list) {
            error_set(error, EXIT_UNREADABLE, "There is not enough memory for the marks.");
            return false;
        }
        marks->list = list;
    }
    marks->list[marks->count++] = *mark;
    return true;
}

static bool rows(struct marks *marks, struct csv *csv, const int columns[COLUMNS], const char *file,
                 struct error *error)
{
    char *cells[CSV_CELLS_MOST];
    for (unsigned count; (count = csv_row_read(csv, cells));) {
        const char *cell[COLUMNS];
        for (int i = 0; i < COLUMNS; i++)
            cell[i] = columns[i] >= 0 && (unsigned)columns[i] < count ? cells[columns[i]] : "";
        struct given_mark mark = { .student = cell[STUDENT], .check = cell[CHECK], .remark = cell[REMARK],
                                   .line = csv->line };
        if (!marks_points(cell[POINTS], &mark.points)) {
            error_set(error, EXIT_USAGE, "%.200s:%u: \"%.40s\" is no number of points. A line is: "
                      "student,check,points,remark", file, csv->line, cell[POINTS]);
            return false;
        }
        if (!add_row(marks, &mark, error))
            return false;
    }
    return true;
}

bool marks_load(struct marks *marks, const char *file, struct error *error)
{
    *marks = (struct marks){ 0 };
    size_t length;
    int columns[COLUMNS];
    marks->text = whole_read(file, MARKS_FILE_MOST, &length, error);
    if (!marks->text)
        return !error->text[0];
    struct csv csv = csv_begin(marks->text);
    if (heading(&csv, columns, file, error) && rows(marks, &csv, columns, file, error))
        return true;
    marks_free(marks);
    return false;
}

void marks_free(struct marks *marks)
{
    free(marks->text);
    free(marks->list);
    *marks = (struct marks){ 0 };
}

static bool is_of(const struct given_mark *mark, const struct result *r)
{
    return (r->student && strcmp(mark->student, r->student) == 0) || (r->name && strcmp(mark->student, r->name) == 0);
}

void marks_apply(struct marks *marks, struct result *r)
{
    for (unsigned i = 0; i < r->count; i++)
        result_unmark(&r->items[i]);
    for (unsigned i = 0; i < marks->count; i++) {
        struct given_mark *mark = &marks->list[i];
        struct result_item *item = is_of(mark, r) ? result_find(r, mark->check) : NULL;
        if (!item)
            continue;
        mark->used = true;
        mark->too_many = mark->points > item->most;
        result_mark(item, mark->points, *mark->remark ? mark->remark : NULL);
    }
}

/* Are the columns those that marks_add() writes? */
static bool in_our_order(const char *before, const char *file, struct error *error)
{
    int columns[COLUMNS];
    char *copy = strdup(before);
    struct csv csv = csv_begin(copy ? copy : (char[]){ "" });
    bool well = copy && heading(&csv, columns, file, error);
    for (int i = 0; i < COLUMNS && well; i++)
        if (columns[i] != i) {
            error_set(error, EXIT_USAGE, "%.200s has other columns than student,check,points,remark: the line has to be "
                      "added by hand.", file);
            well = false;
        }
    free(copy);
    return well;
}

bool marks_add(const char *file, const char *student, const char *check, uint32_t points, const char *remark,
               struct error *error)
{
    struct text t = {0};
    size_t length = 0;
    char *before = whole_read(file, MARKS_FILE_MOST, &length, error);
    if (before && !length) {
        free(before);
        before = NULL;
    }
    if (error->text[0] || (before && !in_our_order(before, file, error))) {
        free(before);
        return false;
    }
    text_string(&t, before ? before : "student,check,points,remark\n");
    if (t.used && t.bytes[t.used - 1] != '\n')
        text_char(&t, '\n');
    char separator = csv_begin(before ? before : (char[]){ "" }).separator;
    csv_cell(&t, student);
    text_char(&t, separator);
    csv_cell(&t, check);
    text_char(&t, separator);
    result_points_text(&t, points);
    text_char(&t, separator);
    csv_cell(&t, remark ? remark : "");
    text_char(&t, '\n');
    bool well = whole_write(file, &t, error);
    free(before);
    text_free(&t);
    return well;
}

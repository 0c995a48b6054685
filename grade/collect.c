#include "grade/collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grade/csv.h"
#include "grade/names.h"
#include "grade/unlisted.h"

enum { CHECKS_MOST = 1000 };      /* columns */

/* --- taking results in --- */

/* The column of a check; CHECKS_MOST: there is no room. */
static unsigned column_of(struct collection *c, const struct result_item *item)
{
    for (unsigned i = 0; i < c->check_count; i++)
        if (strcmp(c->checks[i].id, item->id) == 0)
            return i;
    struct collected_check *checks = c->check_count < CHECKS_MOST
                                         ? realloc(c->checks, (c->check_count + 1u) * sizeof *checks) : NULL;
    if (!checks)
        return CHECKS_MOST;
    c->checks = checks;
    char *id = strdup(item->id);
    if (!id)
        return CHECKS_MOST;
    const char *title = item->title ? item->title : item->id;
    checks[c->check_count] = (struct collected_check){ .id = id, .title = strdup(title) };
    return c->check_count++;
}

static void take_item(struct collection *c, struct collected *r, const struct result_item *item, struct text *remarks)
{
    unsigned column = column_of(c, item);
    if (column == CHECKS_MOST)
        return;
    if (column >= r->cell_count) {
        struct collected_cell *cells = realloc(r->cells, (column + 1u) * sizeof *cells);
        if (!cells)
            return;
        memset(cells + r->cell_count, 0, (column + 1u - r->cell_count) * sizeof *cells);
        r->cells = cells;
        r->cell_count = column + 1;
    }
    uint8_t status = (uint8_t)item_status(item);
    r->cells[column] = (struct collected_cell){
        .points = item->points, .status = status, .there = true, .marked = item->marked,
        .missed = item->points < item->most &&
                  (status == GRADE_PARTIAL || status == GRADE_FAILED || status == GRADE_SKIPPED),
    };
    struct collected_check *check = &c->checks[column];
    check->count[status]++;
    check->points += item->points;
    if (item->most > check->most)
        check->most = item->most;
    if (item->marked)
        text_format(remarks, "%s%s%s%s", remarks->used ? "; " : "", item->id, item->remark ? ": " : "",
                    item->remark ? item->remark : "");
}

static char *copied(const char *s)
{
    return s ? strdup(s) : NULL;
}

static bool take(struct collection *c, const struct result *result)
{
    if ((c->count & (c->count - 1)) == 0) {
        struct collected *results = realloc(c->results, (c->count ? c->count * 2u : 1) * sizeof *results);
        if (!results)
            return false;
        c->results = results;
    }
    struct text remarks = {0};
    struct collected *r = &c->results[c->count++];
    *r = (struct collected){
        .name = strdup(result->name ? result->name : ""), .student = copied(result->student),
        .error = copied(result->error), .sha256 = copied(result->capture_sha256), .prints = copied(result->prints),
        .rubric_sha256 = copied(result->rubric_sha256),
        .frames = result->frames, .points = result_points(result), .most = result_most(result),
        .status = (uint8_t)result_status(result),
    };
    for (unsigned i = 0; i < result->count; i++)
        take_item(c, r, &result->items[i], &remarks);
    r->remarks = remarks.used ? strdup(text_ended(&remarks)) : NULL;
    text_free(&remarks);
    return r->name != NULL;
}

static void free_collected(struct collected *r)
{
    char *const texts[] = { r->name, r->student, r->error, r->sha256, r->prints, r->rubric_sha256, r->remarks };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free(r->cells);
}

void collect_free(struct collection *c)
{
    for (unsigned i = 0; i < c->count; i++)
        free_collected(&c->results[i]);
    for (unsigned i = 0; i < c->check_count; i++) {
        free(c->checks[i].id);
        free(c->checks[i].title);
    }
    free(c->results);
    free(c->checks);
    text_free(&c->problems);
    *c = (struct collection){ 0 };
}

/* --- a folder of results --- */

struct reading {
    struct collection *collection;
    struct marks marks;
    struct unlisted unlisted;
    collect_each *each;
    void *self;
};

static bool read_one(struct reading *reading, const char *file, struct error *error)
{
    struct result r;
    struct error problem = { 0 };
    if (!result_load(&r, file, &problem)) {
        text_format(&reading->collection->problems, "%s\n", problem.text);
        return true;
    }
    marks_apply(&reading->marks, &r);
    bool well = take(reading->collection, &r);
    unlisted_add(&reading->unlisted, r.name ? r.name : "", r.unlisted);
    if (!well)
        error_set(error, EXIT_UNREADABLE, "There is not enough memory for all results.");
    else if (reading->each)
        well = reading->each(reading->self, file, &r, error);
    result_free(&r);
    return well;
}

static void tell_unused(struct text *t, const struct given_mark *mark, const char *file)
{
    text_format(t, "%s:%u: no result has a student or submission \"", file, mark->line);
    text_harmless(t, mark->student, strnlen(mark->student, 100));
    text_string(t, "\" with a check \"");
    text_harmless(t, mark->check, strnlen(mark->check, 60));
    text_string(t, "\".\n");
}

static void tell_marks(struct collection *c, const struct marks *marks, const char *file)
{
    for (unsigned i = 0; i < marks->count; i++) {
        const struct given_mark *mark = &marks->list[i];
        if (!mark->used)
            tell_unused(&c->problems, mark, file);
        else if (mark->too_many)
            text_format(&c->problems, "%s:%u: more points than \"%.60s\" can give; all that it can are counted.\n",
                        file, mark->line, mark->check);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The rubric by which more than half were graded; NULL: there is none, as where each has a key of her own. */
static const char *usual_rubric(const struct collection *c)
{
    const char **all = calloc(c->count ? c->count : 1, sizeof *all), *usual = NULL;
    unsigned count = 0, most = 0;
    for (unsigned i = 0; all && i < c->count; i++)
        if (c->results[i].rubric_sha256)
            all[count++] = c->results[i].rubric_sha256;
    if (all)
        qsort(all, count, sizeof *all, by_text);
    for (unsigned i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && strcmp(all[i], all[end]) == 0; end++)
            ;
        usual = end - i > most ? all[i] : usual;
        most = end - i > most ? end - i : most;
    }
    free(all);
    return most > c->count / 2 ? usual : NULL;
}

/* Results that an earlier rubric left: of who was not graded since, or hands in no longer. */
static void tell_rubrics(struct collection *c, const char *out)
{
    const char *usual = usual_rubric(c);
    struct names names = { 0 };
    for (unsigned i = 0; usual && i < c->count; i++) {
        const struct collected *r = &c->results[i];
        if (!r->rubric_sha256 || strcmp(r->rubric_sha256, usual) != 0)
            names_add(&names, r->name, strlen(r->name));
    }
    if (names.count) {
        text_format(&c->problems, "%u of %u results %s of another rubric than the others: ", names.count, c->count,
                    names.count == 1 ? "is" : "are");
        names_say(&c->problems, &names);
        text_format(&c->problems, ". Grade once more with --resume; the file %s/NAME.json of who hands in no longer is "
                    "yours to delete.\n", out);
    }
}

bool collect_read(struct collection *c, const char *out, collect_each *each, void *self, struct error *error)
{
    struct reading reading = { .collection = c, .each = each, .self = self };
    struct dirent **names = NULL;
    struct text file = {0};
    *c = (struct collection){ 0 };
    text_format(&file, "%s/marks.csv", out);
    if (!marks_load(&reading.marks, text_ended(&file), error)) {
        text_free(&file);
        return false;
    }
    int count = scandir(out, &names, names_result, names_by_bytes);
    bool well = count > 0;
    if (count < 0)
        error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", out, strerror(errno));
    else if (count == 0)
        error_set(error, EXIT_UNREADABLE, "There are no results in %.300s: no file ends in .json.", out);
    for (int i = 0; i < count && well; i++) {
        file.used = 0;
        text_format(&file, "%s/%s", out, names[i]->d_name);
        well = read_one(&reading, text_ended(&file), error);
    }
    file.used = 0;
    text_format(&file, "%s/marks.csv", out);
    tell_marks(c, &reading.marks, text_ended(&file));
    unlisted_tell(&c->problems, &reading.unlisted);
    tell_rubrics(c, out);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    text_free(&file);
    marks_free(&reading.marks);
    if (!well)
        collect_free(c);
    return well;
}

/* --- the table --- */

/* The ids of the checks that came out so, joined. */
static void ids(struct text *t, const struct collection *c, const struct collected *r, enum grade_status status)
{
    struct text list = {0};
    for (unsigned i = 0; i < r->cell_count; i++)
        if (r->cells[i].there && r->cells[i].status == status)
            text_format(&list, "%s%s", list.used ? " " : "", c->checks[i].id);
    csv_cell(t, text_ended(&list));
    text_free(&list);
}

static void line(struct text *t, const struct collection *c, const struct collected *r)
{
    csv_cell(t, r->name);
    text_char(t, ',');
    csv_cell(t, r->student ? r->student : "");
    text_char(t, ',');
    result_points_text(t, r->points);
    text_char(t, ',');
    result_points_text(t, r->most);
    text_format(t, ",%s", grade_status_names[r->status % GRADE_STATUS_COUNT]);
    for (unsigned i = 0; i < c->check_count; i++) {
        text_char(t, ',');
        if (i < r->cell_count && r->cells[i].there)
            result_points_text(t, r->cells[i].points);
    }
    text_char(t, ',');
    ids(t, c, r, GRADE_UNDECIDABLE);
    text_char(t, ',');
    ids(t, c, r, GRADE_HUMAN);
    text_char(t, ',');
    csv_cell(t, r->remarks ? r->remarks : "");
    text_char(t, ',');
    csv_cell(t, r->error ? r->error : "");
    text_string(t, "\r\n");
}

void collect_csv(struct text *t, const struct collection *c)
{
    text_string(t, "submission,student,points,most,status");
    for (unsigned i = 0; i < c->check_count; i++) {
        text_char(t, ',');
        csv_cell(t, c->checks[i].id);
    }
    text_string(t, ",undecidable,to_judge,changed_by_a_person,error\r\n");
    for (unsigned i = 0; i < c->count; i++)
        line(t, c, &c->results[i]);
}

void collect_csv_of_one(struct text *t, const struct result *result)
{
    struct collection c = { 0 };
    if (take(&c, result))
        collect_csv(t, &c);
    collect_free(&c);
}

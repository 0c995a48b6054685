#include "grade/class_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include "grade/csv.h"

/* --- hashes --- */

static void hex(char out[DIGEST_TEXT], const uint8_t digest[SHA256_DIGEST_SIZE])
{
    for (unsigned i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void keyed(uint8_t digest[SHA256_DIGEST_SIZE], const char *key, const void *bytes, size_t length)
{
    struct hmac_sha256_ctx hash;
    hmac_sha256_set_key(&hash, strlen(key), (const uint8_t *)key);
    hmac_sha256_update(&hash, length, bytes);
    hmac_sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
}

void digest_keyed(char out[DIGEST_TEXT], const char *key, const void *bytes, size_t length)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    keyed(digest, key, bytes, length);
    hex(out, digest);
}

/* --- the file --- */

static bool read_heading(struct class_list *list, char *const cells[], unsigned count, const char *file,
                         struct error *error)
{
    list->id = list->port = list->token = -1;
    if (count > CLASS_COLUMNS_MOST) {
        error_set(error, EXIT_USAGE, "%.200s: more than %d columns.", file, CLASS_COLUMNS_MOST);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        list->names[i] = cells[i];
        if (strcasecmp(cells[i], "id") == 0)
            list->id = (int)i;
        else if (strcasecmp(cells[i], "port") == 0)
            list->port = (int)i;
        else if (strcasecmp(cells[i], "token") == 0)
            list->token = (int)i;
    }
    list->columns = count;
    if (list->id < 0)
        error_set(error, EXIT_USAGE, "%.200s: its first line names no column \"id\". A class list begins with a heading: "
                  "id,name,port", file);
    return list->id >= 0;
}

static bool no_memory(struct error *error)
{
    error_set(error, EXIT_UNREADABLE, "There is not enough memory for the class list.");
    return false;
}

static bool add_student(struct class_list *list, char *const cells[], unsigned count, const char *file, unsigned line,
                        struct error *error)
{
    if (list->students == CLASS_STUDENTS_MOST) {
        error_set(error, EXIT_USAGE, "%.200s: more than %d students.", file, CLASS_STUDENTS_MOST);
        return false;
    }
    if (count != list->columns) {
        error_set(error, EXIT_USAGE, "%.200s:%u: %u columns, where the heading has %u.", file, line, count,
                  list->columns);
        return false;
    }
    const char **all = realloc(list->cells, (size_t)(list->students + 1) * list->columns * sizeof *all);
    if (!all)
        return no_memory(error);
    list->cells = all;
    unsigned *lines = realloc(list->lines, (list->students + 1u) * sizeof *lines);
    if (!lines)
        return no_memory(error);
    list->lines = lines;
    lines[list->students] = line;
    for (unsigned i = 0; i < count; i++)
        all[(size_t)list->students * list->columns + i] = cells[i];
    list->students++;
    return true;
}

/* A cell that is there is meant: none is passed over for a value that is derived. */
static bool is_well(const struct class_list *list, unsigned student, const char *file, struct error *error)
{
    const char *id = class_cell(list, student, list->id), *cell;
    unsigned line = list->lines[student];
    char *end;
    if (!*id) {
        error_set(error, EXIT_USAGE, "%.200s:%u: there is no id. Give this line one, or take it out.", file, line);
        return false;
    }
    cell = list->port >= 0 ? class_cell(list, student, list->port) : "1";
    long port = strtol(cell, &end, 10);
    if (port < 1 || port > UINT16_MAX || end[strspn(end, " ")]) {
        error_set(error, EXIT_USAGE, "%.200s:%u: the port of %.100s is a number from 1 to %d, not \"%.40s\". Mend it, or "
                  "take out the column port: then each student has one of her own.", file, line, id, UINT16_MAX, cell);
        return false;
    }
    cell = list->token >= 0 ? class_cell(list, student, list->token) : "-";
    if (!*cell || strlen(cell) >= sizeof ((struct student *)0)->token) {
        error_set(error, EXIT_USAGE, "%.200s:%u: the token of %.100s has 1 to %zu bytes, and this one %zu. Mend it, or take "
                  "out the column token: then each student has one of her own.", file, line, id,
                  sizeof ((struct student *)0)->token - 1, strlen(cell));
        return false;
    }
    return true;
}

static int by_id(const void *a, const void *b, void *of)
{
    const struct class_list *list = of;
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    int order = strcmp(class_cell(list, x, list->id), class_cell(list, y, list->id));
    return order ? order : (x > y) - (x < y);
}

/* Two lines for one student: which of them holds nobody knows. */
static bool are_different(struct class_list *list, const char *file, struct error *error)
{
    list->by_id = malloc((list->students + 1u) * sizeof *list->by_id);
    if (!list->by_id)
        return no_memory(error);
    for (unsigned i = 0; i < list->students; i++)
        list->by_id[i] = i;
    qsort_r(list->by_id, list->students, sizeof *list->by_id, by_id, list);
    for (unsigned i = 1; i < list->students; i++) {
        unsigned one = list->by_id[i - 1], other = list->by_id[i];
        const char *id = class_cell(list, other, list->id);
        if (strcmp(class_cell(list, one, list->id), id) == 0) {
            error_set(error, EXIT_USAGE, "%.200s:%u: the id %.100s stands in line %u already. Keep the right line.", file,
                      list->lines[other], id, list->lines[one]);
            return false;
        }
    }
    return true;
}

static bool read_all(struct class_list *list, const char *file, struct error *error)
{
    char *cells[CSV_CELLS_MOST];
    struct csv csv = csv_begin(list->text);
    unsigned count = csv_row_read(&csv, cells);
    if (!read_heading(list, cells, count, file, error))
        return false;
    while ((count = csv_row_read(&csv, cells)))
        if (!add_student(list, cells, count, file, csv.line, error) ||
            !is_well(list, list->students - 1, file, error))
            return false;
    const char *slash = strrchr(file, '/');
    list->file = strdup(slash ? slash + 1 : file);
    if (!are_different(list, file, error))
        return false;
    return (list->file && class_keys_make(list)) || no_memory(error);
}

struct class_list *class_open(const char *file, struct error *error)
{
    struct class_list *list = calloc(1, sizeof *list);
    FILE *in = fopen(file, "rbe");
    size_t length = 0;
    if (list && in && (list->text = malloc(CLASS_FILE_MOST + 1)))
        length = fread(list->text, 1, CLASS_FILE_MOST + 1, in);
    if (!list || !in || !list->text || ferror(in)) {
        error_set(error, EXIT_UNREADABLE, "The class list %.200s cannot be read: %s.", file, strerror(errno));
    } else if (length > CLASS_FILE_MOST) {
        error_set(error, EXIT_UNREADABLE, "The class list %.200s is larger than %d bytes.", file, CLASS_FILE_MOST);
    } else {
        list->text[length] = 0;
        if (read_all(list, file, error)) {
            fclose(in);
            return list;
        }
    }
    if (in)
        fclose(in);
    class_close(list);
    return NULL;
}

const char *class_id(const struct class_list *list, unsigned number)
{
    return number < list->students ? class_cell(list, number, list->id) : NULL;
}

void class_close(struct class_list *list)
{
    if (list) {
        free(list->text);
        free(list->file);
        free(list->cells);
        free(list->lines);
        free(list->by_id);
        class_keys_free(list);
    }
    free(list);
}

/* --- a student --- */

static void derive(struct student *student, const char *seed)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char what[300];
    int length = snprintf(what, sizeof what, "port %.250s", student->id);
    keyed(digest, seed, what, (size_t)length);
    uint32_t number = (uint32_t)digest[0] << 16 | (uint32_t)digest[1] << 8 | digest[2];
    student->port = (uint16_t)(CLASS_PORT_FIRST + number % CLASS_PORT_COUNT);
    length = snprintf(what, sizeof what, "token %.250s", student->id);
    keyed(digest, seed, what, (size_t)length);
    for (unsigned i = 0; i < 8; i++)
        snprintf(student->token + 2 * i, 3, "%02x", digest[i]);
}

void student_find(struct student *student, const struct class_list *list, const char *name, const char *seed)
{
    *student = (struct student){ .id = name };
    int at = list ? class_match(list, name) : CLASS_NOBODY;
    if (at >= 0)
        student->id = class_cell(list, (unsigned)at, list->id);
    else if (list)
        snprintf(student->unlisted, sizeof student->unlisted, "in %s of %.200s",
                 at == CLASS_SEVERAL ? "more than one line" : "no line", list->file);
    derive(student, seed ? seed : "");
    if (at < 0)
        return;
    student->columns = list->columns;
    student->name = list->names;
    student->value = &list->cells[(size_t)at * list->columns];
    if (list->port >= 0)
        student->port = (uint16_t)strtol(student->value[list->port], NULL, 10);
    if (list->token >= 0)
        snprintf(student->token, sizeof student->token, "%s", student->value[list->token]);
}

#include "grade/class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include "grade/csv.h"

struct class_list {
    char *text;                   /* of the file; the cells lie in it */
    unsigned columns, students;
    const char *names[CLASS_COLUMNS_MOST];
    const char **cells;           /* columns for each student */
    int id, port, token;          /* columns; -1: none */
};

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
    if (!all) {
        error_set(error, EXIT_UNREADABLE, "There is not enough memory for the class list.");
        return false;
    }
    list->cells = all;
    for (unsigned i = 0; i < count; i++)
        all[(size_t)list->students * list->columns + i] = cells[i];
    list->students++;
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
        if (!add_student(list, cells, count, file, csv.line, error))
            return false;
    return true;
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
    return number < list->students ? list->cells[(size_t)number * list->columns + (unsigned)list->id] : NULL;
}

void class_close(struct class_list *list)
{
    if (list) {
        free(list->text);
        free(list->cells);
    }
    free(list);
}

/* --- a student --- */

static const char *const *cells_of(const struct class_list *list, unsigned student)
{
    return list->cells + (size_t)student * list->columns;
}

/* "Lovelace Ada_1234_assignsubmission_file_" begins with the name of the list. */
static bool begins_with_cell(const struct class_list *list, unsigned student, const char *name)
{
    for (unsigned i = 0; i < list->columns; i++) {
        const char *cell = cells_of(list, student)[i];
        size_t length = strlen(cell);
        if ((int)i != list->port && (int)i != list->token && length >= 2 && strncasecmp(name, cell, length) == 0 &&
            (name[length] == '_' || name[length] == '-' || name[length] == '.' || name[length] == 0))
            return true;
    }
    return false;
}

static int find(const struct class_list *list, const char *name)
{
    for (unsigned i = 0; i < list->students; i++)
        if (strcmp(cells_of(list, i)[list->id], name) == 0)
            return (int)i;
    for (unsigned i = 0; i < list->students; i++)
        if (begins_with_cell(list, i, name))
            return (int)i;
    return -1;
}

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
    int at = list ? find(list, name) : -1;
    if (at >= 0)
        student->id = cells_of(list, (unsigned)at)[list->id];
    derive(student, seed ? seed : "");
    if (at < 0)
        return;
    const char *const *cells = cells_of(list, (unsigned)at);
    student->columns = list->columns;
    student->name = list->names;
    student->value = cells;
    long port = list->port >= 0 ? strtol(cells[list->port], NULL, 10) : 0;
    if (port > 0 && port < 65536)
        student->port = (uint16_t)port;
    if (list->token >= 0 && *cells[list->token])
        snprintf(student->token, sizeof student->token, "%s", cells[list->token]);
}

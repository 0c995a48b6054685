/* class_parts.h - between the files of class.h.
 */
#ifndef SYNFIN_GRADE_CLASS_PARTS_H
#define SYNFIN_GRADE_CLASS_PARTS_H

#include <locale.h>
#include <stdbool.h>

#include "grade/class.h"

/* What a word in a submission's name can be of a student's. */
enum class_key_kind { KEY_ID, KEY_COLUMN, KEY_MAIL, KEY_KINDS };

/* One such word as it is compared: letters and digits alone, small. */
struct class_key {
    char *word;
    unsigned student;
    enum class_key_kind kind;
};

struct class_list {
    char *text;                   /* of the file; the cells lie in it */
    char *file;                   /* its name, without the folders before it */
    unsigned columns, students;
    const char *names[CLASS_COLUMNS_MOST];
    const char **cells;           /* columns for each student */
    unsigned *lines;              /* of the file, one for each student */
    unsigned *by_id;              /* students, in the order of their ids */
    int id, port, token;          /* columns; -1: none */
    struct class_key *keys;       /* in order */
    size_t key_count;
    locale_t letters;             /* that knows small and capital ones of all languages; 0: of ASCII alone */
};

static inline const char *class_cell(const struct class_list *list, unsigned student, int column)
{
    return list->cells[(size_t)student * list->columns + (unsigned)column];
}

/* False: there is not enough memory. */
bool class_keys_make(struct class_list *list);
void class_keys_free(struct class_list *list);

/* The student whose submission is called so; or one of these. */
enum { CLASS_NOBODY = -1, CLASS_SEVERAL = -2 };
int class_match(const struct class_list *list, const char *name);

#endif

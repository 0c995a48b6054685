/* class.h - the values that are each student's own: from a class list, or derived from her id and a seed.
 *
 * A class list is CSV (RFC 4180) with a heading. The column `id` is needed, and each is there once; `port` and `token` are
 * read where they are there, and are good then; every column can be read by its name. What no column gives is derived: HMAC-SHA-256 with the seed as key
 * over the id and what it is for, so that nobody without the seed can guess another student's.
 */
#ifndef SYNFIN_GRADE_CLASS_H
#define SYNFIN_GRADE_CLASS_H

#include <stddef.h>
#include <stdint.h>

#include "grade/digest.h"
#include "grade/grade.h"

enum {
    CLASS_FILE_MOST = 4 << 20,    /* bytes */
    CLASS_STUDENTS_MOST = 20000,
    CLASS_COLUMNS_MOST = 32,
    CLASS_PORT_FIRST = 20000, CLASS_PORT_COUNT = 20000,   /* derived ports */
};

struct student {
    const char *id;
    uint16_t port;
    char token[33];               /* 16 hexadecimal digits where it is derived */
    unsigned columns;             /* of the class list; 0: it does not have her */
    const char *const *name, *const *value;   /* of each column */
    char unlisted[256];           /* why the list does not have her: "in no line of class.csv"; "": it has, or there is none */
};

/* Whose submission of that name is. It is a student's id; or the words that platforms make names of are hers and nobody
 * else's: her id, what another column says (words in any turn, as "lovelaceada"), or the part of her e-mail address before
 * the @. Capitals and signs are all the same. `student` borrows from the list and from `name`. */
void student_find(struct student *student, const struct class_list *list, const char *name, const char *seed);

/* HMAC-SHA-256 in hexadecimal digits. */
void digest_keyed(char out[DIGEST_TEXT], const char *key, const void *bytes, size_t length);

#endif

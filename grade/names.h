/* names.h - names of submissions and of their files: their order, what they are without the folders before them, and
 * lists of them that end.
 */
#ifndef SYNFIN_GRADE_NAMES_H
#define SYNFIN_GRADE_NAMES_H

#include <dirent.h>
#include <stddef.h>

#include "base/text.h"

enum { NAMES_SAID = 20 };

/* For scandir(): by bytes, whatever the locale says. */
int names_by_bytes(const struct dirent **a, const struct dirent **b);

/* For scandir(): a file of a result, as OUT/NAME.json. */
int names_result(const struct dirent *entry);

/* Where in a path its last part begins, without slashes at its end; how long it is. */
const char *names_last(const char *path, size_t *length);

/* The first names, joined, each harmless; and how many there are. One set to {0} is empty. */
struct names {
    struct text said;
    unsigned count;
};
void names_add(struct names *names, const char *name, size_t length);

/* "ada, bob and 3 more" behind t; empties it. */
void names_say(struct text *t, struct names *names);

#endif

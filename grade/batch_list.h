/* batch_list.h - what is to be graded: one entry for each submission, sorted, each with a name of its own that is
 * safe as a file's.
 *
 * A path is a submission: a capture (or the name of a bundled one), or a folder with one capture at any depth. A
 * single folder may also be one that holds everybody's. As a course platform gives it, it is known by its names: a
 * folder for each student ("Lovelace Ada_12345_assignsubmission_file_"), or all files together ("Lovelace
 * Ada_12345_assignsubmission_file_trace.pcap", "lovelaceada_LATE_123_4567_trace.pcap"). Any other is taken for that
 * only where many are expected, for a student's own folder may hold folders too.
 */
#ifndef SYNFIN_GRADE_BATCH_LIST_H
#define SYNFIN_GRADE_BATCH_LIST_H

#include <stdbool.h>

#include "base/error.h"
#include "grade/grade.h"
#include "grade/names.h"

enum { BATCH_MOST = 100000 };     /* submissions */

struct batch_entry {
    char *name;                   /* as it is called, without what a platform adds */
    char *safe;                   /* unique in the list; OUT/SAFE.json */
    char *path;                   /* a folder, or a file; NULL: the files below */
    char **files;                 /* of one student in a folder of all */
    const char **names;           /* what she called them: the ends of `files` */
    unsigned file_count;
    bool link;                    /* `path` is a symbolic link, and is not followed */
    bool shares;                  /* its safe name, before it was made unique */
};

struct batch_list {
    struct batch_entry *entries;
    unsigned count;
    bool everybodys;              /* of one folder, which holds everybody's */
    const struct rubric *rubric;  /* borrowed: what it calls a capture */
};

/* The results in a folder OUT that are of none of its submissions. */
void batch_list_strays(const struct batch_list *list, const char *out, struct names *names);

/* many: a batch was asked for. False: a path is not there, nothing was found, or there are more than BATCH_MOST. */
bool batch_list_make(struct batch_list *list, const struct rubric *rubric, char *const *paths, unsigned count, bool many,
                     struct error *error);
void batch_list_free(struct batch_list *list);

/* The capture or program and the answers of an entry, by the rubric's patterns. `found` owns the texts that the
 * submission in it borrows, but for the name and the list of files, which are the entry's. */
void batch_entry_find(const struct batch_entry *entry, const struct rubric *rubric, struct found *found);

#endif

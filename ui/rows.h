/* rows.h - a decoder's rows by their ids, as its events tell of them: which row has this id, at once.
 *
 * A row keeps its place in memory until the decoder gives it up, so a pointer is enough. 8 bytes a row.
 */
#ifndef SYNFIN_UI_ROWS_H
#define SYNFIN_UI_ROWS_H

#include <stddef.h>

#include "decode/connection.h"

struct rows {
    const struct conversation **by_id;  /* owned array of borrowed rows; NULL: given up, or memory ran out */
    uint32_t last;                      /* the highest id */
    size_t room;
};

/* A new row: ids only grow. */
void rows_add(struct rows *rows, const struct conversation *row);
void rows_remove(struct rows *rows, uint32_t id);
void rows_free(struct rows *rows);

static inline const struct conversation *rows_find(const struct rows *rows, uint32_t id)
{
    return id < rows->room && id <= rows->last ? rows->by_id[id] : NULL;
}

#endif

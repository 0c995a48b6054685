#include "ui/rows.h"

#include <stdlib.h>

void rows_add(struct rows *rows, const struct conversation *row)
{
    size_t room = rows->room ? rows->room : 1024;
    while (room <= row->id)
        room *= 2;
    if (room > rows->room) {
        const struct conversation **by_id = realloc(rows->by_id, room * sizeof *by_id);
        if (!by_id)
            return;
        for (size_t i = rows->room; i < room; i++)
            by_id[i] = NULL;
        rows->by_id = by_id;
        rows->room = room;
    }
    rows->by_id[row->id] = row;
    rows->last = row->id;
}

void rows_remove(struct rows *rows, uint32_t id)
{
    if (id < rows->room)
        rows->by_id[id] = NULL;
}

void rows_free(struct rows *rows)
{
    free(rows->by_id);
    *rows = (struct rows){ .room = 0 };
}

/* list.h - all rows at the present, filtered, in the order of the overview.
 *
 * Under the server's socket that they belong to (a heading each, in the order of their first rows), or one flat list;
 * within that sorted by a column. Made in passes over the rows, each in slices; until a pass is through, what the one
 * before made stays, or, where that answers another question, what it has found so far.
 */
#ifndef SYNFIN_UI_LIST_H
#define SYNFIN_UI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/connection.h"
#include "report/fields.h"
#include "report/groups.h"
#include "ui/trace.h"

enum list_column {
    COLUMN_ID, COLUMN_CLIENT, COLUMN_UNITS, COLUMN_BYTES, COLUMN_RTT, COLUMN_BEGAN, COLUMN_DURATION, COLUMN_OUTCOME,
    COLUMN_COUNT
};

struct list_line {
    uint32_t id;                      /* 0: the heading of its group */
    uint32_t group;
};

/* The rows of one socket of a server. */
struct list_group {
    struct server_socket socket;
    uint32_t count;                   /* rows that are shown */
    uint32_t line;                    /* of its heading; the rows follow */
};

struct list;

/* The trace is borrowed. NULL: memory ran out. */
struct list *list_new(struct trace *trace);
void list_free(struct list *list);

/* Only rows that `match` says true of; NULL: all. `query` is borrowed until the next call. */
void list_filter(struct list *list, bool (*match)(const void *query, struct row *row), const void *query);

/* grouped: under sockets. */
void list_order(struct list *list, bool grouped, enum list_column column, bool reverse);
bool list_grouped(const struct list *list);
enum list_column list_sorted_by(const struct list *list);
bool list_reversed(const struct list *list);

/* Goes on for about `budget` of wall clock. True: there is more to do at once. *changed: the lines are others now. */
bool list_work(struct list *list, nanoseconds budget, bool *changed);

/* It does not answer the present yet: list_work() is wanted again soon, at once or after a rest. */
bool list_stale(const struct list *list);

/* Lines, from 0 on; valid until list_work(). */
size_t list_lines(const struct list *list);
struct list_line list_line(const struct list *list, size_t i);
const struct list_group *list_group(const struct list *list, uint32_t group);

/* The line of a row; SIZE_MAX: it is not shown. */
size_t list_find(const struct list *list, uint32_t id);

/* Rows shown, and rows looked at. */
uint32_t list_shown(const struct list *list);
uint32_t list_seen(const struct list *list);

#endif

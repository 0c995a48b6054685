/* calls_list.h - the list behind struct calls, for those who fill it: from a file (calls.c), from a recorder
 * (calls_grow.c).
 *
 * Calls and their texts never move. What was recorded of a call's ends is kept beside what was found out from the
 * others on its descriptor, so that this can be done again when more calls have come.
 */
#ifndef SYNFIN_CAPTURE_CALLS_LIST_H
#define SYNFIN_CAPTURE_CALLS_LIST_H

#include "capture/calls.h"

enum { CALLERS = 2 };

struct recorded_ends {
    uint8_t protocol;
    struct call_end local, remote;
};

struct listed {
    struct true_call call;        /* first: what the outside has a pointer to */
    struct recorded_ends recorded;
    struct recorded_ends before;  /* at the last calls_find_ends() */
};

struct numbers {                  /* a recorder's numbers to calls: number - 1 */
    struct listed **of;
    size_t count, room;
};

/* What struct calls is, and what only those who fill and free it need. */
struct calls_owned {
    struct calls list;
    struct listed **listed;       /* by number - 1 */
    struct call_moment *moments;
    struct numbers numbers[CALLERS];
    struct calls_piece *pieces;   /* of calls and of texts */
    struct texts_piece *texts;
    size_t room, moments_room;
};

/* A call with its texts copied ("" or NULL: none); its number is its place. NULL: no memory. */
struct listed *calls_list_add(struct calls_owned *o, const struct true_call *call);

/* Copies a text; false: no memory. */
bool calls_list_text(struct calls_owned *o, const char **place, const char *text);

/* Room for so many moments more. */
bool calls_list_room(struct calls_owned *o, size_t more);

int calls_by_moment(const void *one, const void *two);

/* Gives calls that were recorded without their ends those of the others on the same descriptor. The first moment whose
 * call has other ends now than before; as many as there are moments: none. */
size_t calls_find_ends(struct calls_owned *o);

#endif

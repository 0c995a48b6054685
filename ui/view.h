/* view.h - a view is a small table of functions: it draws the present into the canvas of its pane and takes requests.
 *
 * The selected segment is the present for every pane. A view gets requests, never keys, and asks for colours by role.
 * What it remembers (a scroll position, a cursor) lies in its own zeroed record, which the screen owns. The same
 * present, record and size give the same canvas.
 */
#ifndef SYNFIN_UI_VIEW_H
#define SYNFIN_UI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decoder.h"
#include "kernel/sockets.h"
#include "report/canvas.h"
#include "report/scenes.h"
#include "report/story.h"
#include "ui/key.h"
#include "ui/list.h"
#include "ui/request.h"
#include "ui/trace.h"

struct both;
struct traffic;                       /* generator.h */

/* What every view sees. All is borrowed, and valid until the next request. */
struct present {
    struct trace *trace;              /* its decoder stands at `frame`, or is on its way there (`waiting`) */
    uint32_t frame;                   /* the present: the world just after this frame; 0: before the first */
    nanoseconds time;                 /* of that frame */
    bool waiting;                     /* the decoder is still on its way: what rests on it is of another moment */

    /* The selected connection or flow; `of` is NULL where there is none or it has not been read yet. */
    uint32_t id;
    const struct conversation *of;    /* as it stands at the last frame known, which may be later than the present */
    const struct decoder *of_decoder; /* the decoder that `of` belongs to (its tallies): of this row's frames alone */
    const struct story *story;        /* all of it that is known, later segments too */
    const struct scenes *scenes;
    size_t scene;                     /* the last one not later than the present; SIZE_MAX: it had not begun */
    bool hide_later;                  /* nothing later than the present may be shown; story and `of` end there too */
    struct list *list;                /* all rows at the present, in the order of the overview */
    const struct text *filter;        /* of the list, as typed; empty: none */
    const struct traffic *traffic;    /* what is known of the generator; NULL: there is none */
    const struct both *both;          /* the selected one in a ladder of both ends (both.h); NULL: there is none */
    bool about_row;                   /* why: the row as a whole, not the segment */
    bool ascii;

    /* At the end of the trace: what the kernels of these hosts say of their sockets. Anywhere else, and of all other
     * hosts, nothing is known. */
    const struct kernel_host *hosts;
    unsigned host_count;
};

/* The one among them that has this address; NULL: its kernel is not asked. */
const struct kernel_host *present_host(const struct present *present, unsigned version, const uint8_t address[16]);

/* All frames up to this time are told. */
nanoseconds present_told(const struct present *present);

/* Of the selected row at the present: states by end of the key (from the story); STATE_UNKNOWN where there is none. */
enum tcp_state present_state(const struct present *present, unsigned end);

/* The frame that all panes show: the last of the selected row by the present; where that of the present carries no row
 * (ARP, a fragment), or the row has not begun, that one. 0: before the first. */
uint32_t present_frame(const struct present *present);

struct pick {
    uint32_t id;                  /* a connection or flow; 0 */
    uint32_t frame;               /* 0 */
};

struct view {
    const char *name;                 /* in the key bar: "States" */
    size_t record;                    /* bytes of what it remembers */

    /* Words for the rule above its pane ("why frame 12"); NULL: the name. Appended to `t`. */
    void (*title)(const struct present *present, const void *record, struct text *t);

    /* Draws into the whole of `canvas`, which is blank. Any size from 20x3 up must do. May correct its record (a scroll
     * position behind the end). active: the keys go to this pane. */
    void (*draw)(const struct present *present, void *record, bool active, struct canvas *canvas);

    /* How many rows would hold all of it, `width` columns wide; NULL: as many as there are. */
    unsigned (*wants)(const struct present *present, unsigned width);

    /* True: taken. NULL: takes none. `key` has x and y of a click, within the pane. The present does not change here:
     * requests that move it are the screen's. */
    bool (*request)(const struct present *present, void *record, enum request request, const struct key *key);

    /* What lies at (x, y) of what was drawn last: a row, a frame, or neither (both 0). NULL: nothing can be picked. */
    struct pick (*pick)(const void *record, unsigned x, unsigned y);

    /* Frees what the record owns; NULL: nothing. */
    void (*close)(void *record);
};

extern const struct view view_overview, view_ladder, view_why, view_states, view_sockets, view_bytes, view_stream,
    view_graphs, view_traffic;

#endif

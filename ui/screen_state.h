/* screen_state.h - what the files of the screen share behind the door of screen.h.
 */
#ifndef SYNFIN_UI_SCREEN_STATE_H
#define SYNFIN_UI_SCREEN_STATE_H

#include "report/query.h"
#include "ui/follow.h"
#include "ui/guess.h"
#include "ui/list.h"
#include "ui/play.h"
#include "ui/prompt.h"
#include "ui/save.h"
#include "ui/screen.h"
#include "ui/view.h"

/* The views, in the order of their keys; why has none. */
enum view_index { VIEW_OVERVIEW, VIEW_LADDER, VIEW_SOCKETS, VIEW_STATES, VIEW_BYTES, VIEW_STREAM, VIEW_GRAPHS, VIEW_TRAFFIC,
                  VIEW_WHY,                   VIEW_COUNT };

extern const struct view *const views[VIEW_COUNT];

/* A part of the screen with one view in it. */
struct pane {
    enum view_index view;
    unsigned x, y, width, height;
    bool ruled;                       /* a rule with its title is in row y - 1 */
};

/* A word on the screen that can be clicked. */
struct zone {
    unsigned x, y, width;
    enum request request;
};

enum { PANES_MOST = 4, ZONES_MOST = 24 };

struct screen {
    struct trace *trace;              /* borrowed */
    struct screen_options options;
    struct list *list;                /* owned */
    struct follow *follow;            /* owned; NULL: nothing is selected */
    struct query *query;              /* owned; NULL: no filter */
    struct query_candidate candidates[PROMPT_OFFERS];   /* what its prompt offers */
    struct text filter;               /* its words */
    struct text copied;
    struct text said;                 /* a message */
    struct error problem;

    enum view_index main;             /* which layout: named after its first pane */
    enum view_index active;           /* has the keys */
    bool maximised;
    bool help;
    unsigned help_from;               /* first line shown */
    void *records[VIEW_COUNT];        /* owned: what each view remembers */

    uint32_t id;                      /* the selected row; 0 */
    bool chosen;                      /* by the person, not by itself */
    bool to_top;                      /* once the list is in its new order, its first row is selected */
    bool hide_later;
    bool opened;                      /* the first look at a whole trace was taken */
    struct play play;
    struct prompt prompt;
    struct guess guess;
    struct save save;
    bool save_all;                    /* what the prompt asks a name for: all frames, or the selected row's */
    enum theme theme;
    struct traffic_wish wish;
    struct trace *other;              /* borrowed: the capture of the other end; NULL: there is none */
    struct both *both;                /* owned: of the row selected last, once both have ended; NULL */
    bool done, redraw, changed;
    bool problem_told;                /* the trace's */
    nanoseconds asked, ask_each;      /* the hosts' kernels: when last, by the steady clock, and how often */
    nanoseconds second;               /* live: of the wall clock, when the timers on the screen were told last */
    bool to_play;                     /* --play: once all has been read */
    bool to_place;                    /* options.frame, options.row: likewise */
    struct pane panes[PANES_MOST];    /* of the last drawing */
    unsigned pane_count;
    struct zone zones[ZONES_MOST];
    unsigned zone_count;
};

/* The time of the present; live, at the end, it goes on without frames. */
nanoseconds screen_time(const struct screen *screen);

/* From where times count on this screen: the first frame of the selected row where its ladder, graphs and reasons do,
 * *row then; else that of the trace, NULL. */
nanoseconds screen_zero(const struct screen *screen, const struct conversation **row);

/* The present, for views. */
struct present screen_present(struct screen *screen);

/* Selects a row; 0: none. */
void screen_select(struct screen *screen, uint32_t id);

/* Moves the present; the selection stays. */
void screen_go(struct screen *screen, uint32_t frame);

/* One segment of the selected row, or one frame of all in the overview, on or back. */
void screen_step(struct screen *screen, bool back);

/* Goes on with the list for about `budget`. True: there is more to do. */
bool screen_list(struct screen *screen, nanoseconds budget);

/* The next, or the last, segment of the selected row that has a mark. */
void screen_step_marked(struct screen *screen, bool back);

void screen_request(struct screen *screen, enum request request, const struct key *key);

/* How the next run is to go, until somebody says otherwise. */
void screen_traffic_begin(struct screen *screen, bool by_hand);

/* What is asked of the generator, in its pane or, by hand, on the ladder. True: taken. */
bool screen_traffic(struct screen *screen, enum request request);

/* The numbers of the selected lesson, as they were typed. */
void screen_numbers(struct screen *screen);

/* By hand: do these keys make calls here? */
bool screen_by_hand(const struct screen *screen);

/* What a prompt that was answered asks for; what the word at its cursor can become. */
void screen_answer(struct screen *screen);
void screen_offers(struct screen *screen);

/* "bytes": what a column is called. */
const char *overview_column(enum list_column column);

/* Which panes are where, on a screen of this size. */
unsigned layout_panes(const struct screen *screen, const struct present *present, unsigned width, unsigned height,
                      struct pane panes[PANES_MOST]);

/* The line above the keys: when things happened in the selected row. */
void timeline_draw(const struct present *present, const struct screen *screen, struct canvas *canvas, unsigned y);

/* The keys, and what they do, over the whole canvas. */
void help_draw(const struct screen *screen, struct canvas *canvas);

#endif

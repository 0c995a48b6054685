/* view_traffic.h - what the files of the Traffic pane share: which of its two pictures is shown, and what is chosen.
 */
#ifndef SYNFIN_UI_VIEW_TRAFFIC_H
#define SYNFIN_UI_VIEW_TRAFFIC_H

#include "ui/generator.h"
#include "ui/view.h"

/* The record of the pane. */
/* In the order in which one key leads through them. */
enum traffic_page { TRAFFIC_RUN, TRAFFIC_LESSON, TRAFFIC_LIST, TRAFFIC_PAGES };

struct traffic_record {
    enum traffic_page page;
    bool placed;                      /* `selected` was set: at first to the lesson that runs */
    unsigned selected;                /* place in scenarios[] */
    unsigned top;                     /* first line of the list that is shown */
    unsigned height;                  /* of the list, or of the calls, as drawn last */
    size_t back;                      /* calls below those that are shown: 0, the newest; of a lesson: lines above */
    uint32_t number[ACTOR_NUMBERS];   /* for the lesson that is selected; 0: its own */
    bool by_hand;                     /* the next run; at first as the one that is here */
};

/* Is the list shown? Where nothing has run, there is nothing else. */
bool traffic_lists(const struct present *present, const struct traffic_record *record);

/* The lesson that Enter starts. */
const struct scenario *traffic_selected(const struct present *present, const struct traffic_record *record);

/* The list of lessons by topic, and what is to be known of the selected one. */
void traffic_lessons_draw(const struct present *present, struct traffic_record *record, struct canvas *canvas);

/* What the lesson that runs, or else the selected one, teaches and asks. */
void traffic_lesson_draw(const struct present *present, struct traffic_record *record, struct canvas *canvas);

/* Moves the selection; false: at its end. */
bool traffic_lessons_move(const struct present *present, struct traffic_record *record, int by);

/* Selects what stands in this row. */
void traffic_lessons_pick(struct traffic_record *record, unsigned y);

#endif

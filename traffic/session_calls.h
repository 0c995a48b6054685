/* session_calls.h - what the recorders of a session's two programs tell. Internal to the session.
 */
#ifndef SYNFIN_TRAFFIC_SESSION_CALLS_H
#define SYNFIN_TRAFFIC_SESSION_CALLS_H

#include "traffic/record.h"
#include "traffic/session.h"

struct session_calls {
    struct recording *recording[LAB_ENDS];    /* owned; NULL: not started */
    struct calls *own;                        /* owned; NULL: the list is another's */
    struct calls *list;
    size_t changed;                           /* the first moment that is another one than when last asked */
    struct session_held held[LAB_ENDS][SESSION_HELD];
    unsigned held_count[LAB_ENDS];
    bool over;                                /* what is called from now on is left out, as its frames are */
};

/* list: that calls are added to; NULL: one of its own. False: no memory. */
bool session_calls_open(struct session_calls *calls, struct calls *list);
void session_calls_close(struct session_calls *calls);

/* A recorder for the program of this end; its descriptor, which the caller closes. 0: it cannot be recorded. */
int session_calls_begin(struct session_calls *calls, enum lab_end end);

/* Takes what has come; how the program ended goes into its speech. */
void session_calls_take(struct session_calls *calls, enum lab_end end, struct session_speech *speech);

#endif

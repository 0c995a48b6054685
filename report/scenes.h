/* scenes.h - a story cut into scenes: one frame and all that it caused, and which scenes are worth showing.
 *
 * Borrows the story's steps: valid until the story grows.
 */
#ifndef SYNFIN_REPORT_SCENES_H
#define SYNFIN_REPORT_SCENES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/connection.h"
#include "report/story.h"

struct scene {
    size_t first, count;          /* steps of the story */
    const struct step *unit;      /* the segment or datagram; NULL: time, an ICMP error or a call */
    const struct step *call;      /* a recorded call, or its return, which is a scene of its own; NULL */
    const struct step *icmp;      /* the ICMP error; NULL */
    const struct step *refused;   /* why the segment was not believed; NULL */
    uint8_t state[2];             /* by end of the key: the state it came to in this scene, or STATE_UNKNOWN */
    bool telling;                 /* more than another segment of the same kind: worth words */
    bool shown;                   /* false: one of many, left out */
};

struct scenes {
    struct scene *scenes;         /* owned */
    size_t count;
    bool recorded[2];             /* by end of the key: it has recorded calls */
    bool ended[2];                /* and one ends what it sends; else its FIN has the inferred call only */
    size_t gap;                   /* the scene before which steps were dropped; the count where none were */
};

/* all: every scene is shown. Else, of a long story, its beginning, its end, what is telling, and nothing that is told
 * for the fourth time. False when memory ran out. */
bool scenes_make(struct scenes *scenes, const struct story *story, bool all);
void scenes_free(struct scenes *scenes);

/* The scene that a recorded call (scene `call`) belongs to: of the frame that it sent, that let it return, or that it
 * is nearest to. SIZE_MAX: the story has no frame. */
size_t scenes_call_home(const struct scenes *scenes, const struct story *story, size_t call);

/* No frame of the story near it was sent by it, or let it return: it stands at its own time behind `home`, or before the
 * first frame. A datagram or FIN that was lost on the way to the capture; a call that waited until its time was up. */
bool scenes_call_alone(const struct scenes *scenes, const struct story *story, size_t call, size_t home);

/* How a recorded call is told: at once, or as far as it goes when it is made, and its result when it returns. What only
 * waits for data is told when it returns, what only gives data when it is made, unless it took long. */
enum call_part { CALL_WHOLE, CALL_MADE, CALL_RETURNS, CALL_NOT_TOLD };
enum call_part scenes_call_part(const struct story *story, const struct step *call);

/* recv() that gives 0: the other end has closed. */
bool call_says_end(const struct true_call *call);

/* Has it returned, as far as the story goes? */
bool story_returned(const struct story *story, const struct true_call *call);

/* A recorded call, or an inferred one in whose place a recorded one is told. */
bool scenes_call_known(const struct scenes *scenes, const struct step *call);

/* The first step of a scene from `from` on (0 at first) that is of this kind, or NULL. */
const struct step *scene_step(const struct story *story, const struct scene *scene, enum event_kind kind, size_t *from);

#endif

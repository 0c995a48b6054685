/* why.h - the reasons of one scene, and of a row as a whole, in words.
 *
 * Behind the steps of `synfin explain` and the dashboard's Why pane. Sentences come from the catalogue, each with its
 * frames and RFC section.
 */
#ifndef SYNFIN_REPORT_WHY_H
#define SYNFIN_REPORT_WHY_H

#include "report/fields.h"
#include "report/scenes.h"

struct teller {
    struct text *t;
    const struct story *story;
    struct row row;               /* whose story it is */
    unsigned width;               /* columns */
    bool ascii;
    uint32_t call_told[2];        /* by end: bits of the frequent recorded calls that were told once */
    bool goes_on;                 /* more may come than is known: nothing came back "yet" */
    bool plain;                   /* say what a segment does that is nothing special, too */
    const struct scenes *scenes;  /* whose scenes are told, for their recorded calls; NULL: without those */
    bool send_told[2];            /* by end: its first send() was told, and is not told again */
};

enum { STEP_WIDTH = 9 };          /* of the names before the words of a step */

/* "  name         words ...", broken below the words. Frees them. */
void teller_item(struct teller *teller, const char *name, unsigned name_width, struct text *words);

/* "frame 3, 0.030 s: the client sends ACK seq=1 ack=1", appended to `words`. */
void why_heading(const struct teller *teller, const struct scene *scene, struct text *words);

/* What it caused, each with its reason. */
void why_steps(struct teller *teller, const struct scene *scene);

/* Behind its last scene: how it stands where the capture, known until `until`, ends, if it is not over, and what to
 * check. Nothing of a connection that was closed or reset in order. */
void why_end(struct teller *teller, nanoseconds until);

/* The life of the row so far: who opened it, what went over it, how it ended, what to check. `now` is the time of the
 * present. */
void why_row(struct teller *teller, nanoseconds now);

#endif

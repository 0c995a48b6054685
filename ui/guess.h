/* guess.h - predict: what comes next is hidden, the student chooses, and learns whether it was right, and why.
 */
#ifndef SYNFIN_UI_GUESS_H
#define SYNFIN_UI_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "report/canvas.h"
#include "ui/key.h"
#include "ui/trace.h"

enum { GUESS_OPTIONS = 4, GUESS_WHAT = 24, GUESS_EFFECT = 56, GUESS_REASON = 600 };

struct guess_option {
    char what[GUESS_WHAT];            /* "FIN,ACK" */
    char effect[GUESS_EFFECT];        /* "client: TIME-WAIT" */
};

struct guess {
    bool asking;                      /* the question stands on the screen */
    bool answered;                    /* so does the reason */
    char question[128];
    struct guess_option options[GUESS_OPTIONS];
    unsigned count, right, chosen;
    char reason[GUESS_REASON];
    uint32_t frame;                   /* the one asked about */
    unsigned asked, correct;          /* the score */
};

enum guess_result {
    GUESS_STAYS,                      /* answered, or a key that means nothing here */
    GUESS_GOES_ON,                    /* after the answer: move the present to guess->frame, and ask again */
    GUESS_LEAVES,
};

/* Asks what follows frame `present` in row `id`. False: nothing follows. */
bool guess_ask(struct guess *guess, struct trace *trace, uint32_t id, uint32_t present);

enum guess_result guess_key(struct guess *guess, const struct key *key);

/* A box over the lower part of the canvas, its last row being `bottom`. */
void guess_draw(const struct guess *guess, struct canvas *canvas, unsigned bottom);

#endif

/* guess.h - predict: what comes next is hidden, the student chooses, and learns whether it was right, and why.
 *
 * A question is asked about the next frame of a row, or about one further on where those between teach nothing new;
 * then it says how many were passed. What TCP decides is asked as "what comes next"; what a program decides is taken as
 * given, and its effect is asked. The same row and frame give the same question, with its options in the same order.
 */
#ifndef SYNFIN_UI_GUESS_H
#define SYNFIN_UI_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "report/canvas.h"
#include "ui/key.h"
#include "ui/trace.h"

enum {
    GUESS_OPTIONS = 4, GUESS_WHAT = 24, GUESS_EFFECT = 48, GUESS_QUESTION = 220, GUESS_REASON = 1600,
    GUESS_WIDTH = 78,                 /* columns of the box */
};

struct guess_option {
    char what[GUESS_WHAT];            /* "FIN,ACK" */
    char effect[GUESS_EFFECT];        /* "client: TIME-WAIT"; may be empty */
};

struct guess {
    bool asking;                      /* the question stands on the screen */
    bool answered;                    /* so does the reason */
    char question[GUESS_QUESTION];    /* where nothing is asked: why not */
    struct guess_option options[GUESS_OPTIONS];
    unsigned count, right, chosen;    /* right, chosen: places in options[] */
    char reason[GUESS_REASON];        /* lines that fit into the box */
    uint32_t stands;                  /* the frame to stand at while it is asked */
    uint32_t frame;                   /* the one asked about */
    unsigned passed;                  /* frames of the row between these two */
    unsigned asked, correct;          /* the score */
};

enum guess_result {
    GUESS_STAYS,                      /* a key that means nothing here: it may look into another pane */
    GUESS_TELLS,                      /* just answered: move the present to guess->frame, so that it is seen */
    GUESS_GOES_ON,                    /* ask what follows guess->frame */
    GUESS_LEAVES,
};

/* Asks what follows frame `present` in row `id`; the present is to be moved to guess->stands. False: there is nothing
 * to ask, and guess->question says why. The score is kept. */
bool guess_ask(struct guess *guess, struct trace *trace, uint32_t id, uint32_t present);

/* A letter answers; Enter, Space, "." or Down goes on after it; Esc, Backspace or q leaves. */
enum guess_result guess_key(struct guess *guess, const struct key *key);

/* Rows that its box takes on a canvas of this size; 0: nothing is asked. */
unsigned guess_rows(const struct guess *guess, unsigned width, unsigned height);

/* A box over the lower part of the canvas, its last row being `bottom`. */
void guess_draw(const struct guess *guess, struct canvas *canvas, unsigned bottom);

#endif

/* prompt.h - one line that is typed: a filter, a place to go to, the name of a file.
 */
#ifndef SYNFIN_UI_PROMPT_H
#define SYNFIN_UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "report/canvas.h"
#include "ui/key.h"

enum prompt_kind { PROMPT_NONE, PROMPT_FILTER, PROMPT_GO_TO, PROMPT_SAVE, PROMPT_EXPORT, PROMPT_NUMBERS };

enum { PROMPT_ROOM = 1000, PROMPT_OFFERS = 8 };

struct prompt {
    enum prompt_kind kind;
    const char *label;                /* "filter" */
    char bytes[PROMPT_ROOM + 1];      /* UTF-8 as typed, zero at the end */
    size_t used, cursor;
    char wrong[400];                  /* what is wrong with it; empty: nothing */
    size_t wrong_from, wrong_length;  /* columns of it that are meant */
    const char *offers[PROMPT_OFFERS];/* what the word at the cursor can become */
    const char *offers_say[PROMPT_OFFERS];
    unsigned offer_count;
    size_t offer_from;                /* where that word begins */
    unsigned offer_next;              /* the one that Tab takes next */
};

enum prompt_result { PROMPT_GOES_ON, PROMPT_CHANGED, PROMPT_ANSWERED, PROMPT_LEFT, PROMPT_WANTS_OFFERS };

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *label, const char *text);
void prompt_close(struct prompt *prompt);

/* Takes a key. PROMPT_WANTS_OFFERS: Tab, where no offer was at hand; the caller fills them and calls prompt_offer(). */
enum prompt_result prompt_key(struct prompt *prompt, const struct key *key);

/* Puts the next offer in the place of the word at the cursor. */
void prompt_offer(struct prompt *prompt);

/* Draws it into row y, and what is wrong or offered into the row above. */
void prompt_draw(const struct prompt *prompt, struct canvas *canvas, unsigned y);

#endif

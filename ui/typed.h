/* typed.h - bytes from a terminal to keys: escape sequences that terminfo does not know, the mouse, and pasted text.
 *
 * What curses does not recognise it hands on character by character. Here such a sequence is taken whole: it
 * becomes a key where most terminals agree on it (TERM often names another terminal than the one there is), else
 * nothing. Never does its rest become letters, which would be requests. Text between the marks of a bracketed paste
 * is flagged.
 */
#ifndef SYNFIN_UI_TYPED_H
#define SYNFIN_UI_TYPED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "ui/key.h"

enum typed_state {
    TYPED_PLAIN, TYPED_ESCAPE, TYPED_CSI, TYPED_SS3, TYPED_STRING, TYPED_STRING_ESCAPE,
    TYPED_MOUSE,                  /* a button and a place follow, a byte each */
    TYPED_SKIP                    /* so many characters more belong to a sequence without meaning here */
};

struct typed {                    /* {0} is ready */
    enum typed_state state;
    unsigned skip;
    unsigned numbers[3], place;   /* first parameters of a CSI sequence, and which one is being read */
    bool mouse;                   /* it begins with < as the mouse's do */
    bool other;                   /* it has something else: modifiers, private marks */
    bool pasting;
    nanoseconds pasted;           /* when the last pasted character came */
    uint8_t bytes[4];             /* of a character whose bytes have not all come */
    unsigned count;
};

/* The next byte of UTF-8, at `now` (any clock that does not step back). True: a key is whole. Bytes that are not
 * UTF-8 mean nothing. */
bool typed_byte(struct typed *typed, uint8_t byte, nanoseconds now, struct key *key);

/* The next character. */
bool typed_character(struct typed *typed, uint32_t character, nanoseconds now, struct key *key);

/* Whether the characters so far may go on. */
bool typed_pending(const struct typed *typed);

/* Nothing more has come: an Escape alone is the key, the beginning of anything else is dropped. */
bool typed_silence(struct typed *typed, struct key *key);

/* curses has recognised a key by itself. False: it lies in a pasted text, and is none. */
bool typed_recognised(struct typed *typed, nanoseconds now);

/* A press at (x, y) at `now`: PRESS_CLICK, or PRESS_DOUBLE_CLICK where the last one was there less than 400 ms ago; the
 * third is a click again. {0} is ready. */
struct clicks {
    bool once;
    unsigned x, y;
    nanoseconds time;
};
enum press clicks_press(struct clicks *clicks, unsigned x, unsigned y, nanoseconds now);

#endif

/* key.h - what a person does at the terminal: a key, a click, a turn of the wheel, a new size.
 */
#ifndef SYNFIN_UI_KEY_H
#define SYNFIN_UI_KEY_H

#include <stdbool.h>
#include <stdint.h>

/* A Unicode character, control characters (Ctrl-A is 1) among them, or one of these. */
enum press {
    PRESS_NONE = 0,
    PRESS_TAB = 9, PRESS_ENTER = 13, PRESS_ESCAPE = 27, PRESS_BACKSPACE = 127,
    PRESS_UP = 0x110000, PRESS_DOWN, PRESS_LEFT, PRESS_RIGHT, PRESS_PAGE_UP, PRESS_PAGE_DOWN, PRESS_HOME, PRESS_END,
    PRESS_DELETE, PRESS_BACKTAB,
    PRESS_F1, PRESS_F2, PRESS_F3, PRESS_F4, PRESS_F5, PRESS_F6, PRESS_F7, PRESS_F8, PRESS_F9, PRESS_F10, PRESS_F11,
    PRESS_F12,
    PRESS_CLICK, PRESS_DOUBLE_CLICK, PRESS_WHEEL_UP, PRESS_WHEEL_DOWN,   /* of the mouse: x and y are set */
    PRESS_RESIZED,                /* the terminal has another size now, or was somebody else's meanwhile: draw again */
    PRESS_GONE,                   /* the terminal is no longer there, nothing will ever come from it: leave */
};

struct key {
    uint32_t code;                /* a character, or enum press */
    unsigned x, y;                /* cell of a click, from 0 */
    bool pasted;                  /* a character of a pasted text: for a prompt, never a request */
};

#endif

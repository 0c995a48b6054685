#include "ui/typed.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

enum { ESCAPE = 27, BELL = 7, CANCEL = 24, SUBSTITUTE = 26, PASTE_BEGINS = 200, PASTE_ENDS = 201 };

/* A terminal that dies in the middle of a paste never sends its end: keys must not be lost for ever. */
#define PASTE_SILENCE (2 * NS_PER_S)
#define DOUBLE_CLICK (400 * NS_PER_MS)

/* ECMA-48 final characters without a parameter, as xterm sends them (after CSI, or after SS3 in application mode). */
static uint32_t letter_key(uint32_t final)
{
    switch (final) {
    case 'A': return PRESS_UP;
    case 'B': return PRESS_DOWN;
    case 'C': return PRESS_RIGHT;
    case 'D': return PRESS_LEFT;
    case 'H': return PRESS_HOME;
    case 'F': return PRESS_END;
    case 'Z': return PRESS_BACKTAB;
    default: return PRESS_NONE;
    }
}

/* CSI number ~, as the VT220 and its followers send them; 22 was never a function key. */
static uint32_t number_key(unsigned number)
{
    static const uint32_t keys[] = {
        [1] = PRESS_HOME, [3] = PRESS_DELETE, [4] = PRESS_END, [5] = PRESS_PAGE_UP, [6] = PRESS_PAGE_DOWN,
        [7] = PRESS_HOME, [8] = PRESS_END,
        [11] = PRESS_F1, [12] = PRESS_F2, [13] = PRESS_F3, [14] = PRESS_F4, [15] = PRESS_F5,
        [17] = PRESS_F6, [18] = PRESS_F7, [19] = PRESS_F8, [20] = PRESS_F9, [21] = PRESS_F10,
        [23] = PRESS_F11, [24] = PRESS_F12,
    };
    return number < sizeof keys / sizeof *keys ? keys[number] : PRESS_NONE;
}

/* SS3: cursor and function keys, and the keypad, whose digits are panes. */
static uint32_t ss3_key(uint32_t final)
{
    if (final >= 'P' && final <= 'S')
        return PRESS_F1 + (final - 'P');
    if (final >= 'j' && final <= 'y')
        return final - 'j' + '*';     /* * + , - . / 0 to 9, in ASCII's order */
    if (final == 'M')
        return PRESS_ENTER;
    return final == 'X' ? '=' : letter_key(final);
}

static bool give(struct typed *typed, uint32_t code, struct key *key)
{
    typed->state = TYPED_PLAIN;
    *key = (struct key){ .code = code };
    return code != PRESS_NONE && !typed->pasting;
}

/* xterm, "Mouse Tracking": the low bits are the button, 64 makes it the wheel, 32 is a movement, the rest modifiers.
 * Places count from 1. A release has been dropped before. */
static bool mouse_event(struct typed *typed, unsigned button, unsigned x, unsigned y, struct key *key)
{
    uint32_t code = PRESS_NONE;
    switch (button & ~(4u | 8u | 16u)) {
    case 0: code = PRESS_CLICK; break;
    case 64: code = PRESS_WHEEL_UP; break;
    case 65: code = PRESS_WHEEL_DOWN; break;
    default: break;
    }
    bool whole = give(typed, x && y ? code : PRESS_NONE, key);
    key->x = x - 1;
    key->y = y - 1;
    return whole;
}

/* The old form, which screen still sends: each number 32 more than it is, so places end at 223. */
static bool mouse_byte(struct typed *typed, uint8_t byte, struct key *key)
{
    unsigned *n = typed->numbers;
    n[3 - typed->skip] = byte >= 32 ? byte - 32u : 0;
    return --typed->skip == 0 && mouse_event(typed, n[0], n[1], n[2], key);
}

static bool csi_end(struct typed *typed, uint32_t final, nanoseconds now, struct key *key)
{
    unsigned number = typed->numbers[0];
    if (typed->mouse && !typed->other && typed->place == 2 && final == 'M')
        return mouse_event(typed, number, typed->numbers[1], typed->numbers[2], key);
    if (typed->mouse)
        return give(typed, PRESS_NONE, key);
    typed->other |= typed->place > 0;
    if (final == '~' && number == PASTE_BEGINS && !typed->other) {
        typed->state = TYPED_PLAIN;
        typed->pasting = true;
        typed->pasted = now;
        return false;
    }
    if (final == '~' && number == PASTE_ENDS && !typed->other) {
        typed->state = TYPED_PLAIN;
        typed->pasting = false;
        return false;
    }
    if ((final == '[' || final == 'M') && !number && !typed->other) {
        typed->state = final == 'M' ? TYPED_MOUSE : TYPED_SKIP;   /* the Linux console's F1 is CSI [ A */
        typed->skip = final == 'M' ? 3 : 1;
        return false;
    }
    if (typed->other)
        return give(typed, PRESS_NONE, key);
    return give(typed, final == '~' ? number_key(number) : number ? PRESS_NONE : letter_key(final), key);
}

static bool csi_character(struct typed *typed, uint32_t c, nanoseconds now, struct key *key)
{
    if (c >= '0' && c <= '9') {
        unsigned *n = &typed->numbers[typed->place];
        if (*n < 10000)
            *n = *n * 10 + (c - '0');
        return false;
    }
    if (c == ';' && typed->place < 2) {
        typed->place++;
        return false;
    }
    if (c == '<' && !typed->mouse && !typed->place && !typed->numbers[0]) {
        typed->mouse = true;
        return false;
    }
    if (c >= 0x40 && c <= 0x7e)
        return csi_end(typed, c, now, key);
    if (c < 0x20 || c > 0x3f)
        return give(typed, PRESS_NONE, key);
    typed->other = true;
    return false;
}

/* What stands behind an escape, or is one control character beyond ASCII that means the same. */
static bool introduced(struct typed *typed, uint32_t c)
{
    switch (c) {
    case '[': typed->state = TYPED_CSI; break;
    case 'O': typed->state = TYPED_SS3; break;
    case 'P': case 'X': case ']': case '^': case '_': typed->state = TYPED_STRING; break;
    default: return false;
    }
    memset(typed->numbers, 0, sizeof typed->numbers);
    typed->place = 0;
    typed->mouse = typed->other = false;
    return true;
}

static bool pasted_character(struct typed *typed, uint32_t c, nanoseconds now, struct key *key)
{
    typed->pasted = now;
    if (c == '\t' || c == '\n' || c == '\r')
        c = ' ';
    *key = (struct key){ .code = c, .pasted = true };
    return c >= ' ' && c != 127;
}

static void paste_expire(struct typed *typed, nanoseconds now)
{
    if (typed->pasting && now - typed->pasted > PASTE_SILENCE)
        typed->pasting = false;
}

static bool plain_character(struct typed *typed, uint32_t c, nanoseconds now, struct key *key)
{
    paste_expire(typed, now);
    if (c == ESCAPE) {
        typed->state = TYPED_ESCAPE;
        return false;
    }
    if (c >= 0x80 && c < 0xa0) {
        introduced(typed, c - 0x40);
        return false;
    }
    if (typed->pasting)
        return pasted_character(typed, c, now, key);
    if (c == '\n')
        c = PRESS_ENTER;
    if (c == '\b')
        c = PRESS_BACKSPACE;
    return give(typed, c, key);
}

bool typed_character(struct typed *typed, uint32_t c, nanoseconds now, struct key *key)
{
    if (c == ESCAPE && typed->state != TYPED_PLAIN && typed->state != TYPED_STRING) {
        bool alone = typed->state == TYPED_ESCAPE;
        give(typed, PRESS_ESCAPE, key);
        typed->state = TYPED_ESCAPE;
        return alone && !typed->pasting;
    }
    switch (typed->state) {
    case TYPED_PLAIN:
        return plain_character(typed, c, now, key);
    case TYPED_ESCAPE:                /* Alt with a letter is no request either */
        return introduced(typed, c) ? false : give(typed, PRESS_NONE, key);
    case TYPED_CSI:
        return csi_character(typed, c, now, key);
    case TYPED_SS3:
        return give(typed, ss3_key(c), key);
    case TYPED_STRING:
        if (c == ESCAPE)
            typed->state = TYPED_STRING_ESCAPE;
        else if (c == BELL || c == CANCEL || c == SUBSTITUTE || c == 0x9c)
            typed->state = TYPED_PLAIN;
        return false;
    case TYPED_STRING_ESCAPE:         /* ESC \ ends it; anything else has broken it off */
        typed->state = TYPED_PLAIN;
        introduced(typed, c);
        return false;
    case TYPED_MOUSE:                 /* typed_byte() has them */
        return false;
    case TYPED_SKIP:
        if (--typed->skip == 0)
            typed->state = TYPED_PLAIN;
        return false;
    }
    return false;
}

/* curses would do it by the locale, but loses a character whose bytes come apart. */
bool typed_byte(struct typed *typed, uint8_t byte, nanoseconds now, struct key *key)
{
    if (typed->state == TYPED_MOUSE)
        return mouse_byte(typed, byte, key);
    if (byte < 0x80 || byte >= 0xc0)
        typed->count = 0;         /* a first byte: what came before was cut off */
    if (typed->count == sizeof typed->bytes)
        return false;
    typed->bytes[typed->count++] = byte;
    uint32_t c;
    if (text_utf8(typed->bytes, typed->count, &c) != typed->count)
        return false;
    typed->count = 0;
    return typed_character(typed, c, now, key);
}

bool typed_pending(const struct typed *typed)
{
    return typed->state != TYPED_PLAIN;
}

bool typed_silence(struct typed *typed, struct key *key)
{
    return give(typed, typed->state == TYPED_ESCAPE ? PRESS_ESCAPE : PRESS_NONE, key);
}

bool typed_recognised(struct typed *typed, nanoseconds now)
{
    typed->state = TYPED_PLAIN;
    paste_expire(typed, now);
    return !typed->pasting;
}

enum press clicks_press(struct clicks *clicks, unsigned x, unsigned y, nanoseconds now)
{
    bool twice = clicks->once && clicks->x == x && clicks->y == y && now - clicks->time < DOUBLE_CLICK;
    *clicks = (struct clicks){ .once = !twice, .x = x, .y = y, .time = now };
    return twice ? PRESS_DOUBLE_CLICK : PRESS_CLICK;
}

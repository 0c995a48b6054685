#include "ui/glyph.h"

#include <wchar.h>

#include "report/canvas.h"

/* One column wide for wcwidth(), yet invisible, or commanding the order of what stands beside it. */
static bool hidden(uint32_t c)
{
    return c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

uint32_t glyph(uint32_t character, bool ascii)
{
    if (ascii)
        character = (uint32_t)(unsigned char)canvas_ascii(character);
    if (character == 0)
        return ' ';
    if (character < 0x80)
        return character >= ' ' && character < 0x7f ? character : '?';
    bool control = character < 0xa0, surrogate = character >= 0xd800 && character < 0xe000;
    if (control || surrogate || character > 0x10ffff || hidden(character) || wcwidth((wchar_t)character) != 1)
        return '?';
    return character;
}

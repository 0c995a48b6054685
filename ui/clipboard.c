#include "ui/clipboard.h"

#include <stdint.h>
#include <string.h>

enum {
    BASE64_MAX = 74000,           /* xterm and hterm take no more */
    SCREEN_STRING = 240           /* screen cuts strings: after 256 bytes before 2008, 512 until 2014, then 768 */
};

enum multiplexer multiplexer_of(const char *term, const char *tmux, const char *sty)
{
    if (tmux && *tmux)
        return MULTIPLEXER_TMUX;
    if ((sty && *sty) || (term && strncmp(term, "screen", 6) == 0))
        return MULTIPLEXER_SCREEN;
    return MULTIPLEXER_NONE;
}

/* RFC 4648, section 4. */
static void base64(struct text *t, const char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i < 3 ? length - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < left ? (uint8_t)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            text_char(t, k <= left ? digits[group >> (18 - 6 * k) & 63] : '=');
    }
}

/* Each piece in a string of its own: screen strips the frames and hands the pieces on, one behind the other. */
static void in_pieces(struct text *t, const struct text *sequence)
{
    for (size_t i = 0; i < sequence->used; i += SCREEN_STRING) {
        size_t left = sequence->used - i;
        text_string(t, "\033P");
        text_bytes(t, sequence->bytes + i, left < SCREEN_STRING ? left : SCREEN_STRING);
        text_string(t, "\033\\");
    }
}

bool clipboard_sequence(struct text *t, enum multiplexer multiplexer, const char *bytes, size_t length)
{
    if (length > BASE64_MAX / 4 * 3)
        return false;
    struct text sequence = {0};
    text_string(&sequence, "\033]52;c;");
    base64(&sequence, bytes, length);
    text_char(&sequence, '\007');
    if (!sequence.failed && multiplexer == MULTIPLEXER_SCREEN) {
        in_pieces(t, &sequence);
    } else if (!sequence.failed) {
        text_bytes(t, sequence.bytes, sequence.used);
        if (multiplexer == MULTIPLEXER_TMUX) {
            text_string(t, "\033Ptmux;\033");     /* an escape inside is written twice, and there is only one */
            text_bytes(t, sequence.bytes, sequence.used);
            text_string(t, "\033\\");
        }
    }
    bool whole = !sequence.failed && !t->failed;
    text_free(&sequence);
    return whole;
}

/* Tokens of the display filter. */
#include <string.h>

#include "report/query_parts.h"

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("_.:/-", c));
}

/* Words hold single dots; two are a range. */
static size_t word_length(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && in_word(text[n]) && !(text[n] == '.' && n + 1 < length && text[n + 1] == '.'))
        n++;
    return n;
}

static uint8_t word_kind(const char *word, size_t length)
{
    static const struct {
        const char *word;
        uint8_t kind;
    } kinds[] = {
        { "and", TOKEN_AND }, { "or", TOKEN_OR }, { "not", TOKEN_NOT }, { "in", TOKEN_IN },
        { "contains", TOKEN_CONTAINS },
    };
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (query_same(kinds[i].word, word, length))
            return kinds[i].kind;
    return TOKEN_WORD;
}

static struct query_token sign(const char *text, size_t length, uint16_t at)
{
    static const struct {
        const char *sign;
        uint8_t kind;
    } signs[] = {              /* those of two bytes first */
        { "&&", TOKEN_AND }, { "||", TOKEN_OR }, { "==", TOKEN_EQUAL }, { "!=", TOKEN_NOT_EQUAL },
        { "<=", TOKEN_LESS_EQUAL }, { ">=", TOKEN_MORE_EQUAL }, { "..", TOKEN_RANGE }, { "<", TOKEN_LESS },
        { ">", TOKEN_MORE }, { "!", TOKEN_NOT }, { "(", TOKEN_OPEN }, { ")", TOKEN_CLOSE }, { "{", TOKEN_SET_OPEN },
        { "}", TOKEN_SET_CLOSE }, { ",", TOKEN_COMMA },
    };
    for (unsigned i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t bytes = strlen(signs[i].sign);
        if (bytes <= length && memcmp(signs[i].sign, text, bytes) == 0)
            return (struct query_token){ signs[i].kind, at, (uint16_t)bytes };
    }
    /* all bytes of one UTF-8 character are one mistake */
    size_t bytes = 1;
    while ((unsigned char)*text >= 0xc0 && bytes < 4 && bytes < length && ((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes++;
    return (struct query_token){ TOKEN_UNKNOWN, at, (uint16_t)bytes };
}

struct query_token query_token(const char *text, size_t length, size_t at)
{
    while (at < length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        at++;
    if (at >= length)
        return (struct query_token){ TOKEN_END, (uint16_t)length, 0 };
    const char *from = text + at;
    size_t left = length - at, n = word_length(from, left);
    if (n)
        return (struct query_token){ word_kind(from, n), (uint16_t)at, (uint16_t)n };
    if (*from == '"' || *from == '\'') {
        const char *end = memchr(from + 1, *from, left - 1);
        return (struct query_token){ end ? TOKEN_STRING : TOKEN_UNCLOSED, (uint16_t)at,
                                     (uint16_t)(end ? (size_t)(end - from) + 1 : left) };
    }
    return sign(from, left, (uint16_t)at);
}

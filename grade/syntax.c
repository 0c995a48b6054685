#include "grade/syntax.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* From its first byte; the end of the text where there are not so many. */
static const char *line_begin(const struct rubric *rubric, unsigned long number)
{
    const char *at = rubric->text, *end = at + rubric->length;
    for (; number > 1 && at < end; number--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return at;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Where the word stands as `word = ` in the line: as a key does. NULL: nowhere. */
static const char *key_in_line(const char *line, const char *end, const char *word, size_t length)
{
    for (const char *at = line; at + length < end && *at != '\n'; at++) {
        const char *after = at + length;
        if (memcmp(at, word, length) != 0 || (at > line && is_word(at[-1])) || is_word(*after))
            continue;
        while (after < end && (*after == ' ' || *after == '\t'))
            after++;
        if (after < end && *after == '=' && (after + 1 == end || after[1] != '='))
            return at;
    }
    return NULL;
}

void syntax_advise(lua_State *lua, const struct rubric *rubric)
{
    const char *message = lua_tostring(lua, -1), *expected = message ? strstr(message, ": '}' expected") : NULL;
    if (message && !strchr(message, ':')) {               /* the reader's stack is full, and it does not say where */
        lua_pushfstring(lua, "%s: it is nested too deeply (%s)", rubric->name, message);
        lua_remove(lua, -2);
        return;
    }
    const char *near = expected ? strstr(expected, " near '") : NULL;
    if (!near)
        return;
    const char *word = near + strlen(" near '");
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const char *digits = expected;
    while (digits > message && isdigit((unsigned char)digits[-1]))
        digits--;
    unsigned long number = strtoul(digits, NULL, 10);
    const char *line = line_begin(rubric, number);
    const char *key = length ? key_in_line(line, rubric->text + rubric->length, word, length) : NULL;
    if (!key)
        return;
    const char *before = key;
    while (before > rubric->text && isspace((unsigned char)before[-1]))
        before--;
    lua_pushfstring(lua, before < line ? "%s: is a comma missing at the end of the line before?"
                                       : "%s: is a comma missing before it?", message);
    lua_remove(lua, -2);
}

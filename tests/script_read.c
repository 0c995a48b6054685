#include "tests/script_read.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool read_refuse(struct reader *r, const char *format, ...)
{
    if (r->failed)
        return false;
    r->failed = true;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(r->error, EXIT_USAGE, "%s:%u: %s", r->name, r->line, text);
    return false;
}

bool read_fail(struct reader *r, const char *expected)
{
    if (read_at_end(r))
        return read_refuse(r, "expected %s, found the end of the line", expected);
    int length = (int)strcspn(r->at, " \t\n");
    return read_refuse(r, "expected %s, found '%.*s'", expected, length < 40 ? length : 40, r->at);
}

char read_peek(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    if (r->failed || r->at == r->end || *r->at == '#')
        return 0;
    return *r->at;
}

bool read_at_end(struct reader *r)
{
    return read_peek(r) == 0;
}

/* Length of the word that comes next; 0 at the end. */
static size_t word_length(struct reader *r)
{
    if (read_at_end(r))
        return 0;
    size_t length = 0;
    while (r->at + length < r->end && !strchr(" \t", r->at[length]))
        length++;
    return length;
}

bool read_this(struct reader *r, const char *word)
{
    size_t length = word_length(r);
    if (length == 0 || length != strlen(word) || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

bool read_word(struct reader *r, char word[WORD_MAX], const char *expected)
{
    size_t length = word_length(r);
    if (length == 0 || length >= WORD_MAX)
        return read_fail(r, expected);
    memcpy(word, r->at, length);
    word[length] = 0;
    r->at += length;
    return true;
}

bool read_up_to(struct reader *r, char stop, char *text, size_t room, const char *expected)
{
    if (r->failed)
        return false;
    const char *end = memchr(r->at, stop, (size_t)(r->end - r->at));
    if (!end || (size_t)(end - r->at) >= room)
        return read_fail(r, expected);
    memcpy(text, r->at, (size_t)(end - r->at));
    text[end - r->at] = 0;
    r->at = end + 1;
    return true;
}

/* Digits where the reader stands. */
static bool read_digits(struct reader *r, uint32_t most, uint32_t *number, const char *expected)
{
    uint64_t n = 0;
    const char *at = r->at;
    for (; at < r->end && isdigit((unsigned char)*at) && n <= UINT32_MAX; at++)
        n = n * 10 + (uint64_t)(*at - '0');
    if (r->failed || at == r->at)
        return read_fail(r, expected);
    if (n > most)
        return read_refuse(r, "expected %s, at most %u", expected, most);
    r->at = at;
    *number = (uint32_t)n;
    return true;
}

bool read_number(struct reader *r, uint32_t most, uint32_t *number, const char *expected)
{
    if (read_at_end(r))
        return read_fail(r, expected);
    if (!read_digits(r, most, number, expected))
        return false;
    return r->at == r->end || strchr(" \t", *r->at) ? true : read_fail(r, "a blank after the number");
}

bool read_sequence(struct reader *r, uint32_t isn, uint32_t *number, const char *expected)
{
    char sign = read_peek(r);
    if (sign == '@' || sign == '-')
        r->at++;
    uint32_t n = 0;
    if (!read_digits(r, UINT32_MAX, &n, expected))
        return false;
    *number = sign == '@' ? n : sign == '-' ? isn - n : isn + n;
    return true;
}

bool read_time(struct reader *r, nanoseconds *time, bool *relative)
{
    *relative = read_peek(r) == '+';
    if (*relative)
        r->at++;
    uint32_t seconds = 0;
    if (!read_digits(r, UINT32_MAX, &seconds, "a time in seconds"))
        return false;
    nanoseconds fraction = 0;
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        nanoseconds unit = NS_PER_S;
        for (; r->at < r->end && isdigit((unsigned char)*r->at) && unit > 1; r->at++) {
            unit /= 10;
            fraction += unit * (*r->at - '0');
        }
    }
    *time = seconds * NS_PER_S + fraction;
    return r->at < r->end && strchr(" \t", *r->at) ? true : read_fail(r, "a blank after the time");
}

static bool address_from(struct reader *r, const char *text, uint8_t address[16], uint8_t *version)
{
    memset(address, 0, 16);
    *version = strchr(text, ':') ? 6 : 4;
    if (inet_pton(*version == 6 ? AF_INET6 : AF_INET, text, address) != 1)
        return read_refuse(r, "expected an IPv4 or IPv6 address, found '%.60s'", text);
    return true;
}

bool read_address(struct reader *r, uint8_t address[16], uint8_t *version)
{
    char word[WORD_MAX];
    return read_word(r, word, "an address") && address_from(r, word, address, version);
}

bool read_endpoint(struct reader *r, uint8_t address[16], uint8_t *version, uint16_t *port)
{
    static const char what[] = "address:port, such as 10.9.0.2:40000 or [fd00::2]:40000";
    char word[WORD_MAX], *host = word;
    if (!read_word(r, word, what))
        return false;
    char *colon = strrchr(word, ':');
    if (!colon || colon[1] == 0)
        return read_refuse(r, "expected %s, found '%s'", what, word);
    *colon = 0;
    if (word[0] == '[' && colon[-1] == ']') {
        colon[-1] = 0;
        host++;
    }
    char *end;
    unsigned long n = strtoul(colon + 1, &end, 10);
    if (*end || n > 65535)
        return read_refuse(r, "expected a port from 0 to 65535, found '%s'", colon + 1);
    *port = (uint16_t)n;
    return address_from(r, host, address, version);
}

/* One character of a string, escapes undone. */
static bool read_character(struct reader *r, uint8_t *byte)
{
    static const char names[] = "nrt0\"\\", values[] = "\n\r\t\0\"\\";
    char c = *r->at++;
    *byte = (uint8_t)c;
    if (c != '\\')
        return true;
    char escape = r->at < r->end ? *r->at++ : 0;
    if (escape == 'x' && r->end - r->at >= 2) {
        char digits[3] = { r->at[0], r->at[1], 0 }, *end;
        *byte = (uint8_t)strtoul(digits, &end, 16);
        r->at += 2;
        return *end == 0 ? true : read_refuse(r, "expected two hexadecimal digits behind \\x");
    }
    const char *known = escape ? strchr(names, escape) : NULL;
    if (!known)
        return read_refuse(r, "expected one of \\n \\r \\t \\0 \\\" \\\\ \\xNN");
    *byte = (uint8_t)values[known - names];
    return true;
}

bool read_string(struct reader *r, uint8_t *bytes, size_t room, size_t *length)
{
    if (read_peek(r) != '"')
        return read_fail(r, "text in double quotes");
    r->at++;
    *length = 0;
    while (r->at < r->end && *r->at != '"') {
        if (*length == room)
            return read_refuse(r, "expected at most %zu bytes of text", room);
        if (!read_character(r, &bytes[(*length)++]))
            return false;
    }
    if (r->at == r->end)
        return read_refuse(r, "expected a closing double quote");
    r->at++;
    return true;
}

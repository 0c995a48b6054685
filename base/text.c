#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_FIRST_ROOM = 256 };

void text_free(struct text *t)
{
    free(t->bytes);
    *t = (struct text){0};
}

/* Grows by halves, so that a large text is copied few times and little is wasted. */
static bool text_grow(struct text *t, size_t more)
{
    if (more > SIZE_MAX / 2 - t->used) {
        t->failed = true;
        return false;
    }
    size_t room = t->room + t->room / 2;
    if (room < t->used + more)
        room = t->used + more;
    if (room < TEXT_FIRST_ROOM)
        room = TEXT_FIRST_ROOM;
    char *bytes = realloc(t->bytes, room);
    if (!bytes) {
        t->failed = true;
        return false;
    }
    t->bytes = bytes;
    t->room = room;
    return true;
}

char *text_reserve(struct text *t, size_t more)
{
    if (t->room - t->used < more || !t->bytes)
        if (!text_grow(t, more))
            return NULL;
    return t->bytes + t->used;
}

void text_bytes(struct text *t, const char *bytes, size_t length)
{
    char *at = text_reserve(t, length);
    if (!at || !length)
        return;
    memcpy(at, bytes, length);
    t->used += length;
}

void text_string(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
    text_bytes(t, &c, 1);
}

void text_repeat(struct text *t, const char *s, unsigned times)
{
    size_t length = strlen(s);
    while (times--)
        text_bytes(t, s, length);
}

void text_format(struct text *t, const char *format, ...)
{
    va_list args;
    char *at = text_reserve(t, TEXT_FIRST_ROOM / 2);
    if (!at)
        return;
    size_t room = t->room - t->used;
    va_start(args, format);
    int length = vsnprintf(at, room, format, args);
    va_end(args);
    if (length < 0)
        return;
    if ((size_t)length >= room) {
        at = text_reserve(t, (size_t)length + 1);
        if (!at)
            return;
        va_start(args, format);
        length = vsnprintf(at, (size_t)length + 1, format, args);
        va_end(args);
        if (length < 0)
            return;
    }
    t->used += (size_t)length;
}

static const char digit_pairs[] =
    "00010203040506070809" "10111213141516171819" "20212223242526272829" "30313233343536373839" "40414243444546474849"
    "50515253545556575859" "60616263646566676869" "70717273747576777879" "80818283848586878889" "90919293949596979899";

char *digits_write(char *at, uint64_t n)
{
    if (n < 10) {
        *at = (char)('0' + n);
        return at + 1;
    }
    char reversed[DIGITS_WRITE_MAX];
    char *first = reversed + DIGITS_WRITE_MAX;
    while (n >= 100) {
        first -= 2;
        memcpy(first, digit_pairs + n % 100 * 2, 2);
        n /= 100;
    }
    if (n >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + n * 2, 2);
    } else {
        *--first = (char)('0' + n);
    }
    size_t length = (size_t)(reversed + DIGITS_WRITE_MAX - first);
    memcpy(at, first, length);
    return at + length;
}

/* Nine digits, zeros in front. */
static char *fraction_write(char *at, uint32_t ns)
{
    at[8] = (char)('0' + ns % 10);
    ns /= 10;
    for (int pair = 6; pair >= 0; pair -= 2) {
        memcpy(at + pair, digit_pairs + ns % 100 * 2, 2);
        ns /= 100;
    }
    return at + 9;
}

/* Sign, whole seconds; gives what is behind the point. */
static char *seconds_write(char *at, nanoseconds time, uint32_t *fraction)
{
    uint64_t size = (uint64_t)time;
    if (time < 0) {
        *at++ = '-';
        size = 0 - size;
    }
    *fraction = (uint32_t)(size % (uint64_t)NS_PER_S);
    return digits_write(at, size / (uint64_t)NS_PER_S);
}

char *time_write(char *at, nanoseconds time)
{
    uint32_t fraction;
    at = seconds_write(at, time, &fraction);
    *at++ = '.';
    return fraction_write(at, fraction);
}

char *duration_write(char *at, nanoseconds duration)
{
    uint32_t fraction;
    at = seconds_write(at, duration, &fraction);
    if (!fraction)
        return at;
    *at++ = '.';
    at = fraction_write(at, fraction);
    while (at[-1] == '0')
        at--;
    return at;
}

const char *text_ended(struct text *t)
{
    char *end = text_reserve(t, 1);
    if (!end)
        return "";
    *end = '\0';
    return t->bytes;
}

void text_u64(struct text *t, uint64_t n)
{
    char *at = text_reserve(t, DIGITS_WRITE_MAX);
    if (at)
        t->used += (size_t)(digits_write(at, n) - at);
}

void text_i64(struct text *t, int64_t n)
{
    if (n < 0)
        text_char(t, '-');
    text_u64(t, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void text_time(struct text *t, nanoseconds time)
{
    char *at = text_reserve(t, TIME_WRITE_MAX);
    if (at)
        t->used += (size_t)(time_write(at, time) - at);
}

void text_seconds(struct text *t, nanoseconds duration)
{
    char *at = text_reserve(t, TIME_WRITE_MAX);
    if (at)
        t->used += (size_t)(duration_write(at, duration) - at);
}

static char *ipv4_write(char *at, const uint8_t *address)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i)
            *at++ = '.';
        at = digits_write(at, address[i]);
    }
    return at;
}

static char *hex_write(char *at, unsigned group)
{
    static const char hex[] = "0123456789abcdef";
    bool begun = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = group >> shift & 15;
        begun = begun || digit || shift == 0;
        if (begun)
            *at++ = hex[digit];
    }
    return at;
}

/* The longest run of at least two zero groups, the first of equal ones (RFC 5952 4.2). */
static unsigned longest_zeros(const uint8_t *address, unsigned *length)
{
    unsigned best = 0;
    *length = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned run = 0;
        while (i + run < 8 && !address[(i + run) * 2] && !address[(i + run) * 2 + 1])
            run++;
        if (run >= 2 && run > *length) {
            best = i;
            *length = run;
        }
        if (run)
            i += run - 1;
    }
    return best;
}

static char *ipv6_write(char *at, const uint8_t *address)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (memcmp(address, mapped, sizeof mapped) == 0) {
        memcpy(at, "::ffff:", 7);
        return ipv4_write(at + 7, address + 12);
    }
    unsigned zeros, start = longest_zeros(address, &zeros);
    for (unsigned i = 0; i < 8; i++) {
        if (zeros && i == start) {
            memcpy(at, "::", 2);
            at += 2;
            i += zeros - 1;
            continue;
        }
        if (i && !(zeros && i == start + zeros))
            *at++ = ':';
        at = hex_write(at, (unsigned)(address[i * 2] << 8 | address[i * 2 + 1]));
    }
    return at;
}

char *address_write(char *at, const uint8_t *address, unsigned version)
{
    return version == 4 ? ipv4_write(at, address) : ipv6_write(at, address);
}

void text_address(struct text *t, const uint8_t *address, unsigned version)
{
    char *at = text_reserve(t, ADDRESS_WRITE_MAX);
    if (at)
        t->used += (size_t)(address_write(at, address, version) - at);
}

unsigned text_utf8(const uint8_t *s, size_t length, uint32_t *c)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned size = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (!size || size > length)
        return 0;
    *c = size == 1 ? s[0] : s[0] & (0xffu >> (size + 1));
    for (unsigned i = 1; i < size; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        *c = *c << 6 | (s[i] & 0x3f);
    }
    if (*c < least[size] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
        return 0;
    return size;
}

/* What could command a terminal or turn the reading order around. */
static bool harmful(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
    bool mark = c == 0x61c || c == 0x200e || c == 0x200f;
    return control || mark || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void json_escape(struct text *t, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "btn\0fr";
    if (c >= 8 && c <= 13 && letters[c - 8])
        text_bytes(t, (char[2]){ '\\', letters[c - 8] }, 2);
    else
        text_bytes(t, (char[6]){ '\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15] }, 6);
}

void text_json(struct text *t, const char *s, size_t length)
{
    length = strnlen(s, length);
    while (length) {
        uint32_t c;
        unsigned size = text_utf8((const uint8_t *)s, length, &c);
        if (!size) {
            text_string(t, "\xef\xbf\xbd");
            size = 1;
        } else if (harmful(c)) {
            json_escape(t, c);
        } else {
            if (c == '"' || c == '\\')
                text_char(t, '\\');
            text_bytes(t, s, size);
        }
        s += size;
        length -= size;
    }
}

void text_json_string(struct text *t, const char *s)
{
    if (!s) {
        text_string(t, "null");
        return;
    }
    text_char(t, '"');
    text_json(t, s, strlen(s));
    text_char(t, '"');
}

void text_harmless(struct text *t, const char *s, size_t length)
{
    length = strnlen(s, length);
    while (length) {
        uint32_t c;
        unsigned size = text_utf8((const uint8_t *)s, length, &c);
        if (size && !harmful(c)) {
            text_bytes(t, s, size);
        } else {
            size = size ? size : 1;
            for (unsigned i = 0; i < size; i++)
                text_format(t, "\\x%02x", (unsigned)(uint8_t)s[i]);
        }
        s += size;
        length -= size;
    }
}

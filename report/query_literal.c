/* Literals of the display filter: numbers, durations, addresses. */
#include <arpa/inet.h>
#include <string.h>

#include "report/query_parts.h"

struct unit_of {
    const char *name;
    uint64_t size;
};

static const struct unit_of sizes[] = {
    { "", 1 }, { "k", 1000 }, { "K", 1000 }, { "M", 1000000 }, { "G", 1000000000 },
    { "kB", 1000 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { "B", 1 },
    { "Ki", 1 << 10 }, { "Mi", 1 << 20 }, { "Gi", 1 << 30 }, { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 },
    { NULL, 0 },
};

static const struct unit_of durations[] = {
    { "", NS_PER_S }, { "ns", 1 }, { "us", NS_PER_US }, { "ms", NS_PER_MS }, { "s", NS_PER_S },
    { "min", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S }, { NULL, 0 },
};

static const struct unit_of times[] = { { "", NS_PER_S }, { "s", NS_PER_S }, { NULL, 0 } };

static int digit(char c, unsigned base)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
    return at && at - digits < (int)base ? (int)(at - digits) : -1;
}

static enum query_literal hexadecimal(const char *word, size_t length, uint64_t *key)
{
    *key = 0;
    for (size_t i = 0; i < length; i++) {
        int n = digit(word[i], 16);
        if (n < 0)
            return LITERAL_NONE;
        if (*key >> 60)
            return LITERAL_TOO_LARGE;
        *key = *key << 4 | (unsigned)n;
    }
    return length ? LITERAL_GOOD : LITERAL_NONE;
}

/* How many of the unit a decimal is, in billionths of one. Moves *at behind it. */
static enum query_literal decimal(const char *word, size_t length, size_t *at, __uint128_t *billionths)
{
    __uint128_t n = 0;
    unsigned digits = 0, places = 0;
    bool point = false;
    for (; *at < length; ++*at) {
        if (word[*at] == '.' && !point) {
            point = true;
            continue;
        }
        int d = digit(word[*at], 10);
        if (d < 0)
            break;
        if (places == 9 && d)
            return LITERAL_FRACTION;
        if (places == 9)
            continue;
        n = n * 10 + (unsigned)d;
        digits++;
        places += point;
        if (n >> 96)
            return LITERAL_TOO_LARGE;
    }
    for (; places < 9; places++)
        n *= 10;
    *billionths = n;
    return digits ? LITERAL_GOOD : LITERAL_NONE;
}

static enum query_literal with_unit(const char *word, size_t length, const struct unit_of *unit, uint64_t *whole)
{
    __uint128_t n;
    size_t at = 0;
    enum query_literal outcome = decimal(word, length, &at, &n);
    if (outcome != LITERAL_GOOD)
        return outcome;
    while (unit->name && !query_same(unit->name, word + at, length - at))
        unit++;
    if (!unit->name)
        return LITERAL_UNIT;
    if (n > (~(__uint128_t)0) / unit->size)
        return LITERAL_TOO_LARGE;
    n *= unit->size;
    if (n % 1000000000)
        return LITERAL_FRACTION;
    n /= 1000000000;
    if (n > UINT64_MAX)
        return LITERAL_TOO_LARGE;
    *whole = (uint64_t)n;
    return LITERAL_GOOD;
}

static enum query_literal truth(const char *word, size_t length, uint64_t *key)
{
    static const char *const words[] = { "false", "true", "0", "1", "no", "yes" };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (query_same(words[i], word, length)) {
            *key = i & 1;
            return LITERAL_GOOD;
        }
    return LITERAL_NONE;
}

enum query_literal query_scalar(unsigned kind, const char *word, size_t length, uint64_t *key)
{
    if (kind == VALUE_BOOL)
        return truth(word, length, key);
    if (kind == VALUE_NUMBER && length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
        return hexadecimal(word + 2, length - 2, key);
    if (kind == VALUE_NUMBER)
        return with_unit(word, length, sizes, key);
    uint64_t whole;
    enum query_literal outcome = with_unit(word, length, kind == VALUE_TIME ? times : durations, &whole);
    if (outcome != LITERAL_GOOD)
        return outcome;
    if (whole > INT64_MAX)
        return LITERAL_TOO_LARGE;
    *key = query_key_of_time((nanoseconds)whole);
    return LITERAL_GOOD;
}

bool query_address(const char *word, size_t length, struct query_value *value)
{
    const char *slash = memchr(word, '/', length);
    size_t digits = slash ? (size_t)(slash - word) : length;
    char text[INET6_ADDRSTRLEN] = "";
    *value = (struct query_value){ .version = 0 };
    if (digits >= sizeof text || memchr(word, '\0', length))
        return false;
    memcpy(text, word, digits);
    value->version = memchr(text, ':', digits) ? 6 : 4;
    unsigned most = value->version == 6 ? 128 : 32, prefix = slash ? 0 : most;
    if (inet_pton(value->version == 6 ? AF_INET6 : AF_INET, text, value->address) != 1)
        return false;
    for (size_t i = digits + 1; i < length; i++) {
        int d = digit(word[i], 10);
        if (d < 0)
            return false;
        prefix = prefix * 10 + (unsigned)d;
        if (prefix > most)
            return false;
    }
    value->prefix = (uint8_t)prefix;
    return !slash || digits + 1 < length;
}

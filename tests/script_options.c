#include "tests/script_options.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_NOP = 1, OPTION_MSS = 2, OPTION_WSCALE = 3, OPTION_SACK_PERMITTED = 4, OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8, OPTION_FAST_OPEN = 34
};

/* Clocks of the two hosts, in milliseconds, at the script's second 0. */
enum { CLIENT_CLOCK = 1000000 };
static const uint32_t server_clock = 3000000000u;

struct options {
    const struct script_options_for *with;
    struct craft_segment *segment;
};

static bool put(struct reader *r, struct options *o, uint32_t value, unsigned bytes)
{
    struct craft_segment *s = o->segment;
    if (s->options_length + bytes > CRAFT_OPTIONS_MAX)
        return read_refuse(r, "expected at most %d bytes of options", CRAFT_OPTIONS_MAX);
    for (unsigned i = bytes; i-- > 0;)
        s->options[s->options_length++] = (uint8_t)(value >> (8 * i));
    return true;
}

static bool put_kind(struct reader *r, struct options *o, uint32_t kind, uint32_t length)
{
    return put(r, o, kind, 1) && put(r, o, length, 1);
}

static bool option_nop(struct reader *r, struct options *o)
{
    return put(r, o, OPTION_NOP, 1);
}

static bool option_mss(struct reader *r, struct options *o)
{
    uint32_t mss = 0;
    return read_number(r, 65535, &mss, "an MSS") && put_kind(r, o, OPTION_MSS, 4) && put(r, o, mss, 2);
}

static bool option_wscale(struct reader *r, struct options *o)
{
    uint32_t shift = 0;
    return read_number(r, 255, &shift, "a window scale") && put_kind(r, o, OPTION_WSCALE, 3) && put(r, o, shift, 1);
}

static bool option_sack_permitted(struct reader *r, struct options *o)
{
    return put_kind(r, o, OPTION_SACK_PERMITTED, 2);
}

/* sack 1461:2921 4381:5841 */
static bool option_sack(struct reader *r, struct options *o)
{
    uint32_t isn = o->with->receiver->isn, edges[8], count = 0;
    while (!read_at_end(r) && count < 8) {
        if (!read_sequence(r, isn, &edges[count], "left:right of a SACK block"))
            return false;
        if (*r->at != ':')
            return read_fail(r, "':' and the right edge of a SACK block");
        r->at++;
        if (!read_sequence(r, isn, &edges[count + 1], "the right edge of a SACK block"))
            return false;
        count += 2;
    }
    if (count == 0)
        return read_fail(r, "left:right of a SACK block");
    bool fits = put_kind(r, o, OPTION_SACK, 2 + 4 * count);
    for (uint32_t i = 0; i < count && fits; i++)
        fits = put(r, o, edges[i], 4);
    return fits;
}

/* TS, TS val 100, TS val 100 ecr 0: what is not given comes from the clock and from what the peer sent. */
static bool option_timestamps(struct reader *r, struct options *o)
{
    const struct script_options_for *with = o->with;
    uint32_t val = with->milliseconds + (with->server ? server_clock : CLIENT_CLOCK);
    uint32_t ecr = with->acks ? with->receiver->tsval : 0;
    if (read_this(r, "val") && !read_number(r, UINT32_MAX, &val, "a TSval"))
        return false;
    if (read_this(r, "ecr") && !read_number(r, UINT32_MAX, &ecr, "a TSecr"))
        return false;
    with->sender->tsval = val;
    return put_kind(r, o, OPTION_TIMESTAMPS, 10) && put(r, o, val, 4) && put(r, o, ecr, 4);
}

/* FO: a request for a cookie; FO 0123456789abcdef: the cookie. */
static bool option_fast_open(struct reader *r, struct options *o)
{
    char cookie[WORD_MAX] = "";
    if (!read_at_end(r) && !read_word(r, cookie, "a cookie in hexadecimal digits"))
        return false;
    size_t digits = strlen(cookie);
    if (digits % 2 || digits > 32 || strspn(cookie, "0123456789abcdef") != digits)
        return read_refuse(r, "expected a cookie of at most 32 hexadecimal digits, found '%s'", cookie);
    bool fits = put_kind(r, o, OPTION_FAST_OPEN, (uint32_t)(2 + digits / 2));
    for (size_t i = 0; i < digits && fits; i += 2) {
        char byte[3] = { cookie[i], cookie[i + 1], 0 };
        fits = put(r, o, (uint32_t)strtoul(byte, NULL, 16), 1);
    }
    return fits;
}

static const struct {
    const char *word;
    bool (*read)(struct reader *r, struct options *o);
} known[] = {
    { "nop", option_nop }, { "mss", option_mss }, { "wscale", option_wscale }, { "sackOK", option_sack_permitted },
    { "sack", option_sack }, { "TS", option_timestamps }, { "FO", option_fast_open },
};

static bool read_option(struct reader *r, struct options *o)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (read_this(r, known[i].word)) {
            if (!known[i].read(r, o))
                return false;
            return read_at_end(r) ? true : read_fail(r, "',' or '>' behind the option");
        }
    return read_fail(r, "mss, sackOK, TS, nop, wscale, sack or FO");
}

bool script_options(struct reader *r, const struct script_options_for *with, struct craft_segment *segment)
{
    struct options o = { .with = with, .segment = segment };
    char text[160];
    if (read_peek(r) != '<')
        return read_fail(r, "<options>");
    r->at++;
    if (!read_up_to(r, '>', text, sizeof text, "options up to '>'"))
        return false;
    char *rest = text;
    segment->options_length = 0;
    while (rest && *rest) {
        char *comma = strchr(rest, ',');
        size_t length = comma ? (size_t)(comma - rest) : strlen(rest);
        struct reader one = { .name = r->name, .line = r->line, .at = rest, .end = rest + length, .error = r->error };
        if (!read_option(&one, &o))
            return !(r->failed = true);
        rest = comma ? comma + 1 : NULL;
    }
    while (segment->options_length % 4)
        segment->options[segment->options_length++] = 0;
    return true;
}

/* text.h - text that grows: what report/ writes its rows into.
 *
 * A struct text set to {0} is empty and ready. Appending never fails visibly: when memory runs out the text keeps
 * what it has and `failed` is set. Nothing here knows JSON or CSV grammar beyond escaping one string.
 */
#ifndef SYNFIN_BASE_TEXT_H
#define SYNFIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

struct text {
    char *bytes;          /* owned; not terminated by a zero */
    size_t used;
    size_t room;
    bool failed;          /* memory ran out: text is missing */
};

void text_free(struct text *t);

/* Makes room for `more` bytes and gives the place to write them, or NULL; the writer adds to `used` itself. */
char *text_reserve(struct text *t, size_t more);

void text_bytes(struct text *t, const char *bytes, size_t length);
void text_string(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_repeat(struct text *t, const char *s, unsigned times);

__attribute__((format(printf, 2, 3)))
void text_format(struct text *t, const char *format, ...);

/* Its text as a C string: a zero byte behind it, which is not counted. "" where memory ran out. */
const char *text_ended(struct text *t);

void text_u64(struct text *t, uint64_t n);
void text_i64(struct text *t, int64_t n);

/* Seconds with nine decimals: 1795196280.465213000 (negative times too). */
void text_time(struct text *t, nanoseconds time);

/* A duration in seconds for JSON: as many of nine decimals as it needs: 0.0301, 12, -0.5. */
void text_seconds(struct text *t, nanoseconds duration);

/* An address in RFC 5952 (IPv6) or dotted (IPv4) form; version 4 or 6, network byte order. */
void text_address(struct text *t, const uint8_t *address, unsigned version);

/* The same without a struct text, for writers that have reserved room: written at `at`, which must have so many bytes
 * left; the place behind is given back. */
enum { DIGITS_WRITE_MAX = 20, TIME_WRITE_MAX = 32, ADDRESS_WRITE_MAX = 48 };
char *digits_write(char *at, uint64_t n);
char *time_write(char *at, nanoseconds time);
char *duration_write(char *at, nanoseconds duration);
char *address_write(char *at, const uint8_t *address, unsigned version);

/* At most `length` bytes of `s`, ending at a zero byte, as the inside of a JSON string (without the quotes); bytes
 * that are not UTF-8 become U+FFFD. */
void text_json(struct text *t, const char *s, size_t length);

/* The same in quotes, up to its zero byte; null for NULL. */
void text_json_string(struct text *t, const char *s);

/* At most `length` bytes of `s`, ending at a zero byte, made harmless for a terminal or a log: control characters,
 * escape sequences, bidi controls and what is not UTF-8 come out as \xNN. */
void text_harmless(struct text *t, const char *s, size_t length);

/* One character of UTF-8 at `s`, of which `length` bytes (at least 1) may be read (RFC 3629: shortest form, no
 * surrogates): how many bytes it takes, or 0 where it is none. */
unsigned text_utf8(const uint8_t *s, size_t length, uint32_t *c);

#endif

/* words.h - the small pieces of text that every view shares: ends, durations, flags, verdicts in words.
 *
 * All is appended to a struct text. Nothing is written that the capture cannot know.
 */
#ifndef SYNFIN_REPORT_WORDS_H
#define SYNFIN_REPORT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "decode/connection.h"

/* "10.9.0.1:6666", "[2001:db8::1]:80" */
void words_endpoint(struct text *t, const struct tuple *key, unsigned end);

/* The same in at most `width` columns where that can be: the port whole, of the address whole groups from its end, and
 * the first before them: "[2001..370:7348]:40000", "[..7348]:40000", ":40000". */
void words_endpoint_short(struct text *t, const struct tuple *key, unsigned end, unsigned width);

/* "client" or "server": what `end` of the key is. */
const char *words_side(const struct conversation *of, unsigned end);

/* For readers: "30.1 ms", "0.998 s", "12.3 s", "240 s". */
void words_duration(struct text *t, nanoseconds duration);

/* "1,234,567" */
void words_number(struct text *t, uint64_t n);

/* In at most `width` columns: "1234", "16.6k", "1.23M"; and a round trip in milliseconds: "0.123", "30.1", "1203". */
void words_short_number(struct text *t, uint64_t n, unsigned width);
void words_milliseconds(struct text *t, nanoseconds duration);

/* "1 segment", "1,234 segments" */
void words_count(struct text *t, uint64_t n, const char *one, const char *many);

/* "FIN,PSH,ACK": from the lowest bit up; nothing where none is set. words_flags_write() needs WORDS_FLAGS_MAX bytes. */
enum { WORDS_FLAGS_MAX = 40 };
char *words_flags_write(char *at, unsigned flags);
void words_flags(struct text *t, unsigned flags);

/* "2026-11-20 14:38:00.465 UTC" */
void words_date(struct text *t, nanoseconds time);

/* The evidence of a check of a row, with its ports where they tell. */
void words_check(struct text *t, const struct conversation *row, unsigned check);

/* The outcome in at most 24 columns: "closed, client first", "refused: nobody listens", "no answer to 3 SYNs". */
void words_outcome(struct text *t, const struct conversation *row);

/* The same without numbers, for counting rows that came out alike: "no answer to its SYNs". */
void words_outcome_kind(struct text *t, const struct conversation *row);

/* What it means that an end is in this state: a sentence for `synfin help` and the end of a story. */
const char *words_state(enum tcp_state state);

/* Wireshark's completeness number taken apart: "SYN, SYN-ACK, ACK, data, FIN: complete, with data". */
void words_completeness(struct text *t, unsigned completeness);

/* Zeek's conn_states: the list. */
enum { WORDS_CONN_STATES = 13 };
extern const char *const words_conn_states[WORDS_CONN_STATES];

/* What Zeek's conn_state ("SF") and one letter of its history ('S', 'a', '^') say; NULL for an unknown one. */
const char *words_conn_state(const char *conn_state);
const char *words_history_letter(char letter);

/* A segment's relative numbers. False where they are not known; without the ISN they count from the first number seen,
 * which `guessed` allows. */
bool words_relative_seq(const struct connection *c, unsigned end, uint32_t seq, bool guessed, uint32_t *relative);

/* A paragraph, broken between words so that no line is longer than `width` columns. The first line goes on at column
 * `at`, the others begin at column `indent`. Ends with a newline. Words longer than a line stay whole. */
void words_wrap(struct text *t, const char *s, size_t length, unsigned at, unsigned indent, unsigned width);

/* Lines that end in it. */
unsigned words_lines(const char *s, size_t length);

/* A file name as a shell takes it: in quotes where it must be. */
void words_shell(struct text *t, const char *s);

/* Letters to change, add or leave out to make one word of the other; UINT_MAX where b is longer than 63. */
unsigned words_distance(const char *a, size_t a_length, const char *b, size_t b_length);

/* Columns that UTF-8 text takes, each character one. */
unsigned words_columns(const char *s, size_t length);

#endif

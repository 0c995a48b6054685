/* query.h - the display filter: a small language over the rows of a report, `server.port == 6666 && retransmission`.
 *
 * Names are the paths of the field table (fields.h), and short forms of them:
 *   payload_bytes, port, addr, state, rtt.min   a path without its client or server: either end
 *   retransmission, syn.frame, samples          the last parts of a path, where they can only mean one (or both ends)
 *   retransmission, zero_window, ...            so a mark's name alone: a segment of either end has it (MARKS)
 *   close_wait_at_end, ...                      a check's name alone: it applies (CHECKS)
 *   TIME-WAIT, ...                              a state's name alone: either end is in it now
 *   tcp, udp                                    connections, flows
 *   10.9.0.2, 10.9.0.0/16, "::1"                an address alone: either end has it
 *
 * A name alone asks: known, and not zero, empty or false. == != < <= > >= compare with a literal, or numbers,
 * durations and addresses with another field; `in` takes {80, 443, 6000..6010} or one of these; `contains` finds a
 * part of a text. A list (path, tunnel, calls, check) == X, or contains X, when X is in it. && || ! are also and, or,
 * not; && binds closer than ||; parentheses.
 * Literals: 80, 0x50, 64k, 1.5M, 16Ki; 1.5s, 30ms, 2min (bare: seconds); addresses with or without /prefix; words,
 * which are text where the field is; "quoted" or 'quoted' text, without escapes.
 *
 * Where nothing is known (null: a flow's state, an RTT never measured) every comparison is false, != and `not in` too;
 * only ! makes that true. On either end, == asks whether one of them does, and != and `not in` whether none does: `port
 * != 80` is !(port == 80) wherever a port is known.
 *
 * Types, words and names are checked when a text is parsed. Any bytes may come in: at most QUERY_TEXT_MAX of them, so
 * many conditions, values and parentheses; whatever comes to be shown again was made harmless.
 */
#ifndef SYNFIN_REPORT_QUERY_H
#define SYNFIN_REPORT_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "report/fields.h"

enum { QUERY_TEXT_MAX = 1000, QUERY_TESTS_MAX = 256, QUERY_VALUES_MAX = 256, QUERY_DEPTH_MAX = 32 };

struct query_error {
    unsigned column, length;      /* bytes of the text: where it is, from 0 on; 0 long: something is missing there */
    char text[400];               /* a sentence, harmless, no newline */
};

struct query;

/* NULL: error tells what is wrong (or that memory ran out). Text of nothing but blanks gives a query that matches every
 * row. The text need not stay. */
struct query *query_parse(const char *text, size_t length, struct query_error *error);
void query_free(struct query *query);

/* Does it hold for a bound row? Calls the getters that decide it and no others; allocates nothing. */
bool query_match(const struct query *query, struct row *row);

/* No condition: matches every row. */
bool query_is_empty(const struct query *query);

/* --- completion --- */

enum { QUERY_WORD_MAX = 48 };

struct query_candidate {
    char word[QUERY_WORD_MAX];
    char says[160];               /* one sentence */
};

struct query_completion {
    unsigned begin, end;          /* bytes of the text that a candidate takes the place of; begin == end: inserted */
    unsigned count;               /* candidates given */
    const char *expects;          /* what can stand there: "a name", "a duration: 30ms, 1.5s" */
};

/* What may stand at the cursor (a byte offset): at most `max` candidates, the likely ones first: names that begin so,
 * then those of which a part begins so, then those that hold it; within these the useful ones, then the order of the
 * tables. What stands behind the cursor matters only as the rest of its word. */
struct query_completion query_complete(const char *text, size_t length, size_t cursor,
                                       struct query_candidate *candidates, unsigned max);

/* --- what help prints: three lists that end with a NULL --- */

struct query_help {
    const char *form, *says;
};
extern const struct query_help query_help_operators[], query_help_shorts[], query_help_examples[];

#endif

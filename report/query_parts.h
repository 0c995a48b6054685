/* query_parts.h - what the files of the display filter share behind the door of query.h.
 *
 * A query is a row of tests in the order of its text. Each says where to go on when it holds and when it does not, so
 * there is no tree, and matching is a loop that only goes forward.
 */
#ifndef SYNFIN_REPORT_QUERY_PARTS_H
#define SYNFIN_REPORT_QUERY_PARTS_H

#include <string.h>

#include "report/query.h"

/* --- the compiled form --- */

enum { QUERY_YES = 0x8000, QUERY_NO = 0x8001, QUERY_NOWHERE = 0xffff };    /* instead of a test to go on with */

enum test_how {
    TEST_KNOWN,                   /* known, and not zero, empty or false */
    TEST_RANGE,                   /* a scalar in one of the ranges */
    TEST_WORD,                    /* a text that is one of the values */
    TEST_PART,                    /* a text that holds one of the values */
    TEST_ADDRESS,                 /* an address in one of the prefixes */
    TEST_MEMBER,                  /* a list that holds one of those in the mask */
    TEST_FIELD,                   /* compared with another field */
};

enum test_order { ORDER_LESS = 1, ORDER_EQUAL = 2, ORDER_MORE = 4 };

struct query_value {
    union {
        struct {
            uint64_t low, high;   /* scalar keys, both included; low > high: nothing */
        };
        struct {
            uint16_t text, length;    /* in query.text */
        };
        uint8_t address[16];
    };
    uint8_t version, prefix;      /* of an address */
};

struct query_test {
    const struct field *field[2]; /* the second: of the other end, or NULL */
    const struct field *other;    /* TEST_FIELD */
    uint16_t go[2];               /* where to go on: [0] when it does not hold, [1] when it does */
    uint16_t first, count;        /* of query.values */
    uint32_t mask;                /* TEST_MEMBER */
    uint8_t how;                  /* enum test_how */
    uint8_t order;                /* TEST_FIELD: enum test_order, those that hold */
    bool none;                    /* holds when no known value does (!=, not in) */
};

struct query {
    uint16_t begin;               /* first test, or QUERY_YES */
    uint16_t tests, values;
    struct query_test test[QUERY_TESTS_MAX];
    struct query_value value[QUERY_VALUES_MAX];
    uint16_t text_used;
    char text[QUERY_TEXT_MAX];    /* what text values are, one behind the other: never longer than they were typed */
};

/* Scalars (numbers, durations, times, truths) as keys that order as they do. */
enum { QUERY_SIGN_SHIFT = 63 };
static inline uint64_t query_key_of_time(nanoseconds time)
{
    return (uint64_t)time ^ UINT64_C(1) << QUERY_SIGN_SHIFT;
}

/* Are they the same? The word does not end at a zero byte, and may hold some. */
static inline bool query_same(const char *name, const char *word, size_t length)
{
    return strlen(name) == length && memcmp(name, word, length) == 0;
}

static inline bool query_is_scalar(unsigned kind)
{
    return kind == VALUE_NUMBER || kind == VALUE_SECONDS || kind == VALUE_TIME || kind == VALUE_BOOL;
}

static inline bool query_is_list(unsigned kind)
{
    return kind == VALUE_STATES || kind == VALUE_TUNNELS || kind == VALUE_CALLS || kind == VALUE_CHECKS;
}

/* --- tokens --- */

enum query_token_kind {
    TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_SET_OPEN, TOKEN_SET_CLOSE, TOKEN_COMMA,
    TOKEN_RANGE, TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_IN, TOKEN_CONTAINS, TOKEN_EQUAL, TOKEN_NOT_EQUAL, TOKEN_LESS,
    TOKEN_LESS_EQUAL, TOKEN_MORE, TOKEN_MORE_EQUAL,
    TOKEN_UNCLOSED,               /* a string without its second quote */
    TOKEN_UNKNOWN,                /* a byte that means nothing, or half an operator */
};

struct query_token {
    uint8_t kind;
    uint16_t at, length;          /* of a string: with its quotes */
};

/* The next token from `at` on, blanks before it left out. length: at most QUERY_TEXT_MAX. */
struct query_token query_token(const char *text, size_t length, size_t at);

/* --- names and words --- */

enum query_name_kind { NAME_NONE, NAME_AMBIGUOUS, NAME_FIELD, NAME_TYPE, NAME_STATE, NAME_CHECK };

struct query_name {
    enum query_name_kind kind;
    const struct field *field[2]; /* what it asks of; the second NULL unless either end. Ambiguous: two of them */
    const char *word;             /* NAME_TYPE, NAME_STATE, NAME_CHECK: what it must be or hold */
};

struct query_name query_name(const char *word, size_t length);

/* The i-th name that can be typed, the useful ones first; false: there are no more. Some come twice. */
bool query_name_list(unsigned i, char word[QUERY_WORD_MAX]);

/* One sentence about a name. */
void query_name_says(const char *word, char *says, size_t room);

/* The name without "client." or ".server"; false: it has no such part. */
bool query_name_sideless(char out[QUERY_WORD_MAX], const char *name);

/* The words that a field's values can be; count 0: any. Member i has bit i of a TEST_MEMBER mask. */
struct query_words {
    const char *const *word;
    unsigned first, count;        /* word[first] to word[count - 1] */
    const char *(*says)(unsigned i);   /* or NULL */
};
struct query_words query_words(const struct field *field);

/* The index of that word, or -1; case does not matter, nor - for _. */
int query_words_find(const struct query_words *words, const char *word, size_t length);

/* --- literals; false: it is none --- */

enum query_literal { LITERAL_GOOD, LITERAL_NONE, LITERAL_FRACTION, LITERAL_TOO_LARGE, LITERAL_UNIT };

/* A number, duration, time or truth as its key. */
enum query_literal query_scalar(unsigned kind, const char *word, size_t length, uint64_t *key);

/* An address with or without a prefix. */
bool query_address(const char *word, size_t length, struct query_value *value);

/* --- messages --- */

enum { QUERY_SHOWN_MAX = 168 };

/* Text of the user's, made harmless and not longer than is good for a message. */
void query_shown(char out[QUERY_SHOWN_MAX], const char *text, size_t length);

/* What an unknown word may have meant, as the end of a sentence: "; near it: server.port". */
void query_near_name(struct text *t, const char *word, size_t length);
void query_near_word(struct text *t, const struct query_words *words, const char *word, size_t length);

#endif

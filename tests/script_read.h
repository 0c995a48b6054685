/* script_read.h - reading one line of a script, word by word; what does not fit is told with file, line and what was
 * expected. After the first failure every read fails, so that a caller may read on and ask once.
 */
#ifndef SYNFIN_TESTS_SCRIPT_READ_H
#define SYNFIN_TESTS_SCRIPT_READ_H

#include "tests/script.h"

enum { WORD_MAX = 80 };

struct reader {
    const char *name;             /* of the script */
    unsigned line;                /* from 1 */
    const char *at, *end;
    struct error *error;
    bool failed;
};

/* Tells that `expected` was expected where the reader stands. Always false. */
bool read_fail(struct reader *r, const char *expected);

/* The same in other words, after "NAME:LINE: ". */
__attribute__((format(printf, 2, 3)))
bool read_refuse(struct reader *r, const char *format, ...);

/* Passes blanks; a comment ends the line. True when nothing is left. */
bool read_at_end(struct reader *r);

/* The next character that is no blank, or 0. */
char read_peek(struct reader *r);

/* Passes `word` if it comes next, as a whole word. */
bool read_this(struct reader *r, const char *word);

/* A word: everything up to a blank. */
bool read_word(struct reader *r, char word[WORD_MAX], const char *expected);

/* Everything from here up to `stop`, which is passed too; at most room - 1 bytes. */
bool read_up_to(struct reader *r, char stop, char *text, size_t room, const char *expected);

bool read_number(struct reader *r, uint32_t most, uint32_t *number, const char *expected);

/* 12, -3 relative to `isn`, or @100, absolute. Ends at anything that is no digit. */
bool read_sequence(struct reader *r, uint32_t isn, uint32_t *number, const char *expected);

/* 1.030 or +0.030 seconds. */
bool read_time(struct reader *r, nanoseconds *time, bool *relative);

/* 10.9.0.2 or fd00::2, and with a port 10.9.0.2:6666 or [fd00::2]:6666. */
bool read_address(struct reader *r, uint8_t address[16], uint8_t *version);
bool read_endpoint(struct reader *r, uint8_t address[16], uint8_t *version, uint16_t *port);

/* "text" with \n \r \t \0 \" \\ and \xNN; gives its bytes. */
bool read_string(struct reader *r, uint8_t *bytes, size_t room, size_t *length);

#endif

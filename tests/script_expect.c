#include "tests/script_expect.h"

#include <ctype.h>
#include <string.h>

#include "decode/marks.h"
#include "decode/sentences.h"

static const char *const sentence_ids[SENTENCE_COUNT] = {
#define X(id, rfc, text) #id,
    SENTENCES(X)
#undef X
};

static bool read_state(struct reader *r, uint8_t *state)
{
    static const char what[] = "a state such as SYN-SENT, - for a flow, or ? where it is not asked";
    char word[WORD_MAX];
    if (!read_word(r, word, what))
        return false;
    if (strcmp(word, "-") == 0 || strcmp(word, "?") == 0) {
        *state = word[0] == '-' ? STATE_UNKNOWN : SCRIPT_NOT_ASKED;
        return true;
    }
    for (unsigned i = STATE_CLOSED; i < STATE_COUNT; i++)
        if (strcmp(word, tcp_state_names[i]) == 0) {
            *state = (uint8_t)i;
            return true;
        }
    return read_refuse(r, "expected %s, found '%s'", what, word);
}

static bool find_mark(struct reader *r, const char *word, uint32_t *marks)
{
    for (unsigned i = 0; i < MARK_COUNT; i++)
        if (strcmp(word, mark_names[i]) == 0) {
            *marks |= 1u << i;
            return true;
        }
    return read_refuse(r, "expected the name of an analysis mark, found '%s'", word);
}

static bool find_sentence(struct reader *r, const char *word, uint16_t *sentence)
{
    for (unsigned i = 1; i < SENTENCE_COUNT; i++) {
        size_t n = 0;
        while (word[n] && sentence_ids[i][n] == toupper((unsigned char)word[n]))
            n++;
        if (word[n] == 0 && sentence_ids[i][n] == 0) {
            *sentence = (uint16_t)i;
            return true;
        }
    }
    return read_refuse(r, "expected a sentence of decode/sentences.h, found '%s'", word);
}

static bool read_expected(struct reader *r, struct script_expectation *e, bool *wireshark_given)
{
    char remark[120];
    if (read_peek(r) == '[')
        return read_up_to(r, ']', remark, sizeof remark, "a remark up to ']'");
    if (read_this(r, "twice"))
        return read_number(r, UINT32_MAX, &e->duplicate_of, "the frame that this is a second capture of");
    char word[WORD_MAX];
    if (!read_word(r, word, "+mark, ~mark, !sentence or twice"))
        return false;
    switch (word[0]) {
    case '+':
        return find_mark(r, word + 1, &e->marks);
    case '~':
        *wireshark_given = true;
        return strcmp(word, "~none") == 0 || find_mark(r, word + 1, &e->wireshark);
    case '!':
        return find_sentence(r, word + 1, &e->sentence);
    default:
        return read_refuse(r, "expected +mark, ~mark, !sentence or twice, found '%s'", word);
    }
}

bool script_expect(struct reader *r, struct script_expectation *expect)
{
    if (read_at_end(r))
        return !r->failed;
    if (*r->at != '|')
        return read_fail(r, "| or the end of the line");
    r->at++;
    expect->asked = true;
    bool wireshark_given = false;
    if (!read_state(r, &expect->state[SCRIPT_CLIENT]) || !read_state(r, &expect->state[SCRIPT_SERVER]))
        return false;
    while (!read_at_end(r))
        if (!read_expected(r, expect, &wireshark_given))
            return false;
    if (!wireshark_given)
        expect->wireshark = expect->marks;
    return !r->failed;
}

/* Completion and help of the display filter: what may stand at the cursor, each with a sentence. */
#include <stdio.h>
#include <string.h>

#include "report/query_parts.h"

/* What the tokens before the cursor lead to. */
enum place { PLACE_NAME, PLACE_BEHIND_NAME, PLACE_VALUE, PLACE_BEHIND_VALUE, PLACE_BEHIND_NOT, PLACE_NOWHERE };

struct reading {
    enum place place;
    struct query_name name;       /* the last one */
    bool set;                     /* within { } */
    unsigned open;                /* parentheses */
};

static enum place behind_operand(struct reading *r, const struct query_token *token)
{
    switch (token->kind) {
    case TOKEN_AND:
    case TOKEN_OR:
        return PLACE_NAME;
    case TOKEN_CLOSE:
        r->open -= r->open > 0;
        return PLACE_BEHIND_VALUE;
    case TOKEN_NOT:
        return r->place == PLACE_BEHIND_NAME ? PLACE_BEHIND_NOT : PLACE_NOWHERE;
    default:
        return r->place == PLACE_BEHIND_NAME && token->kind >= TOKEN_IN ? PLACE_VALUE : PLACE_NOWHERE;
    }
}

static enum place behind_value(struct reading *r, const struct query_token *token)
{
    if (!r->set)
        return behind_operand(r, token);
    if (token->kind == TOKEN_COMMA || token->kind == TOKEN_RANGE)
        return PLACE_VALUE;
    r->set = false;
    return token->kind == TOKEN_SET_CLOSE ? PLACE_BEHIND_VALUE : PLACE_NOWHERE;
}

static enum place behind(struct reading *r, const char *text, const struct query_token *token)
{
    switch (r->place) {
    case PLACE_NAME:
        if (token->kind == TOKEN_NOT)
            return PLACE_NAME;
        if (token->kind == TOKEN_OPEN) {
            r->open++;
            return PLACE_NAME;
        }
        if (token->kind != TOKEN_WORD)
            return token->kind == TOKEN_STRING ? PLACE_BEHIND_VALUE : PLACE_NOWHERE;
        r->name = query_name(text + token->at, token->length);
        return r->name.kind == NAME_FIELD ? PLACE_BEHIND_NAME : PLACE_BEHIND_VALUE;
    case PLACE_BEHIND_NAME:
        return behind_operand(r, token);
    case PLACE_BEHIND_NOT:
        return token->kind == TOKEN_IN ? PLACE_VALUE : PLACE_NOWHERE;
    case PLACE_VALUE:
        if (token->kind == TOKEN_SET_OPEN && !r->set) {
            r->set = true;
            return PLACE_VALUE;
        }
        return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING ? PLACE_BEHIND_VALUE : PLACE_NOWHERE;
    case PLACE_BEHIND_VALUE:
        return behind_value(r, token);
    default:
        return PLACE_NOWHERE;
    }
}

/* --- candidates --- */

struct asked {
    const char *word;             /* what is there of it, up to the cursor */
    size_t length;
    struct query_candidate *candidates;
    unsigned count, max;
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c == '-' ? '_' : c;
}

static bool begins_with(const char *name, const struct asked *a)
{
    for (size_t i = 0; i < a->length; i++)
        if (!name[i] || small(name[i]) != small(a->word[i]))
            return false;
    return true;
}

enum { FITS_WHOLE, FITS_BEGIN, FITS_PART, FITS_WITHIN, FITS_NOT };

static unsigned how_it_fits(const char *name, const struct asked *a)
{
    if (begins_with(name, a))
        return name[a->length] ? FITS_BEGIN : FITS_WHOLE;
    unsigned best = FITS_NOT;
    for (const char *at = name + 1; *name && *at; at++)
        if (begins_with(at, a) && (best == FITS_NOT || at[-1] == '.'))
            best = at[-1] == '.' ? FITS_PART : FITS_WITHIN;
    return best;
}

/* says NULL: of the name. */
static void add(struct asked *a, const char *word, const char *says)
{
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->candidates[i].word, word) == 0)
            return;
    if (a->count == a->max)
        return;
    struct query_candidate *c = &a->candidates[a->count++];
    snprintf(c->word, sizeof c->word, "%s", word);
    if (says)
        snprintf(c->says, sizeof c->says, "%s", says);
    else
        query_name_says(word, c->says, sizeof c->says);
}

static void add_names(struct asked *a)
{
    char name[QUERY_WORD_MAX];
    for (unsigned fit = FITS_WHOLE; fit < FITS_NOT; fit++)
        for (unsigned i = 0; a->count < a->max && query_name_list(i, name); i++)
            if (how_it_fits(name, a) == fit)
                add(a, name, NULL);
}

static void add_words(struct asked *a, const struct field *field)
{
    struct query_words words = query_words(field);
    for (unsigned fit = FITS_WHOLE; fit < FITS_NOT; fit++)
        for (unsigned i = words.first; i < words.count; i++)
            if (how_it_fits(words.word[i], a) == fit)
                add(a, words.word[i], words.says ? words.says(i) : field->says);
}

/* --- operators --- */

enum {
    OF_SCALAR = 1, OF_TEXT = 2, OF_ADDRESS = 4, OF_LIST = 8, OF_BOOL = 16, OF_VALUE = 31, OF_CONDITION = 32,
    OF_OPEN = 64
};

static const struct {
    const char *sign, *says;
    unsigned of;
} operators[] = {
    { "==", "is; of a list: holds", OF_VALUE },
    { "!=", "is known, and is not", OF_VALUE },
    { "<", "less than", OF_SCALAR },
    { "<=", "at most", OF_SCALAR },
    { ">", "more than", OF_SCALAR },
    { ">=", "at least", OF_SCALAR },
    { "in", "one of: {80, 443, 6000..6010}, or an address prefix", OF_VALUE },
    { "contains", "holds this text, or this member", OF_TEXT | OF_LIST },
    { "&&", "and", OF_CONDITION },
    { "||", "or", OF_CONDITION },
    { "not in", "known, and none of", OF_VALUE },
    { ")", "ends what the last ( began", OF_OPEN },
};

static unsigned of_field(const struct field *field)
{
    if (field->kind == VALUE_BOOL)
        return OF_BOOL;
    if (query_is_scalar(field->kind))
        return OF_SCALAR;
    return field->kind == VALUE_ADDRESS ? OF_ADDRESS : query_is_list(field->kind) ? OF_LIST : OF_TEXT;
}

static void add_operators(struct asked *a, const struct reading *r)
{
    unsigned of = OF_CONDITION | (r->open ? OF_OPEN : 0u);
    if (r->place == PLACE_BEHIND_NAME)
        of |= of_field(r->name.field[0]);
    for (unsigned i = 0; i < sizeof operators / sizeof *operators; i++)
        if ((operators[i].of & of) && begins_with(operators[i].sign, a))
            add(a, operators[i].sign, operators[i].says);
}

/* --- the cursor --- */

static bool ends_word(uint8_t kind)
{
    return kind == TOKEN_WORD || kind == TOKEN_AND || kind == TOKEN_OR || kind == TOKEN_NOT || kind == TOKEN_IN ||
           kind == TOKEN_CONTAINS;
}

/* Is it the token that is being typed? Words are; signs where an operator is looked for. */
static bool being_typed(const struct reading *r, const char *text, const struct query_token *token, size_t cursor)
{
    if (token->at + (size_t)token->length < cursor || token->at >= cursor)
        return false;
    char first = text[token->at];
    bool letters = first >= 'a' && first <= 'z' && ends_word(token->kind);
    if (token->kind == TOKEN_WORD || letters)
        return true;
    return (r->place == PLACE_BEHIND_NAME || r->place == PLACE_BEHIND_VALUE) && strchr("=!<>&|", first) && first;
}

static const char *expectation(const struct reading *r)
{
    switch (r->place) {
    case PLACE_NAME:
        return "a name, an address, ! or (";
    case PLACE_BEHIND_NAME:
        return "an operator, && or ||";
    case PLACE_BEHIND_NOT:
        return "in";
    case PLACE_BEHIND_VALUE:
        return r->set ? ", or }" : "&& or ||";
    case PLACE_VALUE:
        break;
    default:
        return "nothing: what stands before is not understood";
    }
    switch (r->name.field[0]->kind) {
    case VALUE_NUMBER:
        return "a number: 80, 64k, 0x50";
    case VALUE_SECONDS:
        return "a duration: 30ms, 1.5s, 2min";
    case VALUE_TIME:
        return "a time in seconds since 1970";
    case VALUE_ADDRESS:
        return "an address: 10.9.0.2, 10.9.0.0/16";
    default:
        return "a word";
    }
}

struct query_completion query_complete(const char *text, size_t length, size_t cursor,
                                       struct query_candidate *candidates, unsigned max)
{
    struct reading r = { .place = PLACE_NAME };
    length = length < QUERY_TEXT_MAX ? length : QUERY_TEXT_MAX;
    cursor = cursor < length ? cursor : length;
    struct query_completion c = { (unsigned)cursor, (unsigned)cursor, 0, NULL };
    struct asked a = { .word = text + cursor, .candidates = candidates, .max = max };
    for (size_t at = 0;;) {
        struct query_token token = query_token(text, length, at);
        at = (size_t)token.at + token.length;
        if (token.kind == TOKEN_END || token.at >= cursor)
            break;
        if (being_typed(&r, text, &token, cursor)) {
            c.begin = token.at;
            c.end = (unsigned)at;
            a.word = text + token.at;
            a.length = cursor - token.at;
            break;
        }
        if (at > cursor)
            r.place = PLACE_NOWHERE;        /* within a string, or between the bytes of a sign */
        r.place = behind(&r, text, &token);
    }
    if (r.place == PLACE_NAME)
        add_names(&a);
    else if (r.place == PLACE_VALUE)
        add_words(&a, r.name.field[0]);
    else if (r.place == PLACE_BEHIND_NOT)
        add(&a, "in", "one of: {80, 443, 6000..6010}, or an address prefix");
    else if (r.place != PLACE_NOWHERE && !r.set)
        add_operators(&a, &r);
    c.count = a.count;
    c.expects = expectation(&r);
    return c;
}

/* --- help --- */

const struct query_help query_help_operators[] = {
    { "==  !=", "is, is not; of an address also a prefix: addr == 10.9.0.0/16; of a list: holds" },
    { "<  <=  >  >=", "of numbers, durations and times; the other side is a literal, or a field of the same kind" },
    { "in  not in", "one of several: {80, 443, 6000..6010}, {closed, reset}, or a prefix" },
    { "contains", "a part of a text, or a member of a list: history contains R, calls contains accept" },
    { "&&  ||  !", "and, or, not; the words mean the same; && binds closer; parentheses" },
    { "NAME", "alone: known, and not zero, empty or false" },
    { "what is not known", "makes every comparison false, != too" },
    { NULL, NULL },
};

const struct query_help query_help_shorts[] = {
    { "port, addr, state", "a field without its client or server: either end has it; with != neither end" },
    { "retransmission", "a mark: a segment of either end has it (synfin help marks)" },
    { "close_wait_at_end", "a check: it applies (synfin help checks)" },
    { "TIME-WAIT", "a state: either end is in it now (synfin help states)" },
    { "tcp, udp", "connections, flows" },
    { "10.9.0.2", "an address or prefix alone: either end has it" },
    { "syn.frame", "the end of a field's name, where it can only mean one" },
    { "1.5s, 30ms, 64k", "durations in ns, us, ms, s, min, h; numbers in k, M, G, Ki, Mi, Gi" },
    { NULL, NULL },
};

const struct query_help query_help_examples[] = {
    { "server.port == 6666 && retransmission", "what was sent again to or from that server" },
    { "handshake == no_answer || handshake == refused", "who got no connection" },
    { "CLOSE-WAIT and duration > 1min", "a forgotten close()" },
    { "port in {80, 443} and not ending == closed", "these ports, and no orderly end" },
    { "10.9.0.0/16 && initial_rtt > 30ms", "a long way" },
    { "stream_bytes.server > stream_bytes.client", "the server sent more" },
    { NULL, NULL },
};

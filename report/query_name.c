/* Names of the display filter and the words that values can be: the field table, read for somebody who types. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "report/query_parts.h"
#include "report/words.h"

/* --- words of values --- */

static const char *const types[] = { "tcp", "udp" };
static const char *const sides[] = { "client", "server", "both" };
static const char *const truths[] = { "false", "true" };

static const char *state_says(unsigned i)
{
    return words_state((enum tcp_state)i);
}

static const char *conn_state_says(unsigned i)
{
    return words_conn_state(words_conn_states[i]);
}

static const char *check_says(unsigned i)
{
    return check_evidence[i];
}

struct query_words query_words(const struct field *field)
{
    static const struct {
        const char *name;
        struct query_words words;
    } texts[] = {
        { "type", { types, 0, 2, NULL } },
        { "opened_by", { sides, 0, 3, NULL } },
        { "handshake", { handshake_names, 0, HANDSHAKE_COUNT, NULL } },
        { "ending", { ending_names, 0, ENDING_COUNT, NULL } },
        { "closed_by", { sides, 0, 3, NULL } },
        { "status", { flow_status_names, 0, 3, NULL } },
        { "state.client", { tcp_state_names, 1, STATE_COUNT, state_says } },
        { "state.server", { tcp_state_names, 1, STATE_COUNT, state_says } },
        { "conn_state", { words_conn_states, 0, WORDS_CONN_STATES, conn_state_says } },
    };
    switch (field->kind) {
    case VALUE_STATES:
        return (struct query_words){ tcp_state_names, 1, STATE_COUNT, state_says };
    case VALUE_TUNNELS:
        return (struct query_words){ tunnel_names, 0, TUNNEL_KINDS, NULL };
    case VALUE_CALLS:
        return (struct query_words){ call_names, 0, CALL_COUNT, NULL };
    case VALUE_CHECKS:
        return (struct query_words){ check_names, 0, CHECK_COUNT, check_says };
    case VALUE_BOOL:
        return (struct query_words){ truths, 0, 2, NULL };
    default:
        for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
            if (strcmp(texts[i].name, field->name) == 0)
                return texts[i].words;
        return (struct query_words){ NULL, 0, 0, NULL };
    }
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c == '-' ? '_' : c;
}

int query_words_find(const struct query_words *words, const char *word, size_t length)
{
    for (unsigned i = words->first; i < words->count; i++) {
        size_t at = 0;
        while (at < length && words->word[i][at] && folded(words->word[i][at]) == folded(word[at]))
            at++;
        if (at == length && !words->word[i][at])
            return (int)i;
    }
    return -1;
}

/* --- names --- */

bool query_name_sideless(char out[QUERY_WORD_MAX], const char *name)
{
    size_t used = 0;
    bool had = false;
    for (const char *part = name; *part;) {
        size_t length = strcspn(part, ".");
        if (length == 6 && (memcmp(part, "client", 6) == 0 || memcmp(part, "server", 6) == 0)) {
            had = true;
        } else if (used + length + 2 <= QUERY_WORD_MAX) {
            if (used)
                out[used++] = '.';
            memcpy(out + used, part, length);
            used += length;
        }
        part += length + (part[length] == '.');
    }
    out[used] = '\0';
    return had;
}

/* The last parts of the name. */
static bool ends_in(const char *name, const char *word, size_t length)
{
    size_t all = strlen(name);
    return length > 0 && length < all && name[all - length - 1] == '.' &&
           memcmp(name + all - length, word, length) == 0;
}

/* Fields whose path without its side, or else the end of whose path, is this word. */
static struct query_name name_of_part(const char *word, size_t length, bool whole)
{
    struct query_name found = { .kind = NAME_NONE };
    char first[QUERY_WORD_MAX] = "";
    for (unsigned i = 0; i < field_count; i++) {
        char sideless[QUERY_WORD_MAX];
        query_name_sideless(sideless, fields[i].name);
        if (whole ? !query_same(sideless, word, length)
                  : !ends_in(fields[i].name, word, length) && !ends_in(sideless, word, length))
            continue;
        if (found.kind == NAME_NONE) {
            found = (struct query_name){ NAME_FIELD, { &fields[i], NULL }, NULL };
            strcpy(first, sideless);
        } else if (strcmp(first, sideless) == 0) {
            found.field[1] = &fields[i];
        } else {
            return (struct query_name){ NAME_AMBIGUOUS, { found.field[0], &fields[i] }, NULL };
        }
    }
    return found;
}

struct query_name query_name(const char *word, size_t length)
{
    for (unsigned i = 0; i < field_count; i++)
        if (query_same(fields[i].name, word, length))
            return (struct query_name){ NAME_FIELD, { &fields[i], NULL }, NULL };
    for (unsigned i = 0; i < 2; i++)
        if (query_same(types[i], word, length))
            return (struct query_name){ NAME_TYPE, { field_find("type"), NULL }, types[i] };
    for (unsigned i = 1; i < STATE_COUNT; i++)
        if (query_same(tcp_state_names[i], word, length))
            return (struct query_name){ NAME_STATE, { field_find("state.client"), field_find("state.server") },
                                        tcp_state_names[i] };
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        if (query_same(check_names[i], word, length))
            return (struct query_name){ NAME_CHECK, { field_find("check"), NULL }, check_names[i] };
    struct query_name name = name_of_part(word, length, true);
    return name.kind == NAME_NONE ? name_of_part(word, length, false) : name;
}

/* --- what can be typed --- */

static const char *const handy[] = {
    "server.port", "port", "addr", "client.addr", "server.addr", "state", "ending", "handshake", "retransmission",
    "zero_window", "duration", "initial_rtt", "closed_by", "conn_state", "tcp", "udp", "status", "payload_bytes",
};

bool query_name_list(unsigned i, char word[QUERY_WORD_MAX])
{
    const char *const *const lists[] = { handy, mark_names, tcp_state_names, check_names };
    const unsigned counts[] = { sizeof handy / sizeof *handy, MARK_COUNT, STATE_COUNT, CHECK_COUNT };
    for (unsigned list = 0; list < sizeof counts / sizeof *counts; list++) {
        if (i < counts[list]) {
            /* the first state is none: not known */
            snprintf(word, QUERY_WORD_MAX, "%s", lists[list] == tcp_state_names && i == 0 ? "tcp" : lists[list][i]);
            return true;
        }
        i -= counts[list];
    }
    if (i >= 2 * field_count)
        return false;
    /* each field, and behind it what asks of either end */
    if (i % 2 == 0)
        snprintf(word, QUERY_WORD_MAX, "%s", fields[i / 2].name);
    else
        query_name_sideless(word, fields[i / 2].name);
    return true;
}

static const char *mark_sentence(const char *name)
{
    const char *last = strrchr(name, '.');
    for (unsigned i = 0; strncmp(name, "analysis.", 9) == 0 && i < MARK_COUNT; i++)
        if (strcmp(mark_names[i], last + 1) == 0)
            return mark_sentences[i];
    return NULL;
}

/* The table's sentence on the server's field, said of either end. */
static void either_says(const struct field *field, char *says, size_t room)
{
    static const char server[] = "the server";
    const char *at = strstr(field->says, server);
    if (at)
        snprintf(says, room, "%.*seither end%s", (int)(at - field->says), field->says, at + sizeof server - 1);
    else
        snprintf(says, room, "%s, either end", field->says);
}

void query_name_says(const char *word, char *says, size_t room)
{
    struct query_name name = query_name(word, strlen(word));
    const char *mark = name.kind == NAME_FIELD ? mark_sentence(name.field[0]->name) : NULL;
    snprintf(says, room, "%s", "");
    if (mark && name.field[1])
        snprintf(says, room, "%s", mark);
    else if (name.kind == NAME_FIELD && name.field[1])
        either_says(name.field[1], says, room);
    else if (name.kind == NAME_FIELD)
        snprintf(says, room, "%s", name.field[0]->says);
    else if (name.kind == NAME_TYPE)
        snprintf(says, room, "%s", strcmp(word, "tcp") == 0 ? "connections" : "flows");
    else if (name.kind == NAME_STATE)
        snprintf(says, room, "either end is in it now: %s", words_state(
            (enum tcp_state)query_words_find(&(struct query_words){ tcp_state_names, 1, STATE_COUNT, NULL }, word,
                                             strlen(word))));
    else if (name.kind == NAME_CHECK)
        for (unsigned i = 0; i < CHECK_COUNT; i++)
            if (strcmp(check_names[i], word) == 0)
                snprintf(says, room, "%s", check_evidence[i]);
}

/* --- what an unknown word may have meant --- */

void query_shown(char out[QUERY_SHOWN_MAX], const char *text, size_t length)
{
    enum { MOST = 40 };
    struct text t = {0};
    text_harmless(&t, text, length < MOST ? length : MOST);
    size_t used = t.used < QUERY_SHOWN_MAX - 4 ? t.used : 0;
    if (used)
        memcpy(out, t.bytes, used);
    strcpy(out + used, length > MOST ? "..." : "");
    text_free(&t);
}

/* What Wireshark calls it. */
static const char *from_wireshark(const char *word, size_t length)
{
    static const char *const pairs[][2] = {
        { "ip.addr", "addr" }, { "ipv6.addr", "addr" }, { "host", "addr" }, { "ip.src", "client.addr" },
        { "ip.dst", "server.addr" }, { "tcp.port", "port" }, { "udp.port", "port" }, { "tcp.srcport", "client.port" },
        { "tcp.dstport", "server.port" }, { "udp.srcport", "client.port" }, { "udp.dstport", "server.port" },
        { "tcp.stream", "id" }, { "udp.stream", "id" }, { "frame.number", "first_frame" },
        { "tcp.flags.reset", "moments.reset.frame" }, { "tcp.completeness", "completeness" },
        { "tcp.analysis.initial_rtt", "initial_rtt" }, { "tcp.len", "payload_bytes" },
    };
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (query_same(pairs[i][0], word, length))
            return pairs[i][1];
    return NULL;
}

static unsigned far_from(const char *name, const char *word, size_t length)
{
    size_t all = strlen(name);
    if (length >= 3 && all > length && strncmp(name, word, length) == 0)
        return 1;                 /* it is the beginning */
    if (length >= QUERY_WORD_MAX)
        return UINT_MAX;
    return words_distance(word, length, name, all);
}

/* Farther off, it was another word. */
static unsigned far_enough(size_t length)
{
    return length > 6 ? (unsigned)length / 3 : length > 3 ? 2 : 1;
}

/* A word that some field's values can be, of which the student left out the field. */
static bool near_as_value(struct text *t, const char *word, size_t length)
{
    for (unsigned i = 0; i < field_count; i++) {
        struct query_words words = query_words(&fields[i]);
        int at = query_words_find(&words, word, length);
        if (at < 0 || fields[i].kind != VALUE_TEXT)
            continue;
        char sideless[QUERY_WORD_MAX];
        query_name_sideless(sideless, fields[i].name);
        text_format(t, "; perhaps %s == %s", sideless, words.word[at]);
        return true;
    }
    return false;
}

void query_near_name(struct text *t, const char *word, size_t length)
{
    static const char analysis[] = "tcp.analysis.";
    const char *meant = from_wireshark(word, length);
    if (!meant && near_as_value(t, word, length))
        return;
    if (length > sizeof analysis && memcmp(word, analysis, sizeof analysis - 1) == 0) {
        word += sizeof analysis - 1;
        length -= sizeof analysis - 1;
    }
    char name[QUERY_WORD_MAX], nearest[QUERY_WORD_MAX] = "";
    unsigned best = far_enough(length);
    for (unsigned i = 0; !meant && query_name_list(i, name); i++) {
        unsigned far = far_from(name, word, length);
        if (far < best || (far == best && !*nearest)) {
            best = far;
            strcpy(nearest, name);
        }
    }
    if (meant || *nearest)
        text_format(t, "; near it: %s", meant ? meant : nearest);
}

void query_near_word(struct text *t, const struct query_words *words, const char *word, size_t length)
{
    const char *nearest = NULL;
    unsigned best = far_enough(length);
    for (unsigned i = words->first; i < words->count; i++) {
        char plain[QUERY_WORD_MAX], typed[QUERY_WORD_MAX];
        size_t used = 0, all = length < QUERY_WORD_MAX - 1 ? length : QUERY_WORD_MAX - 1;
        for (; words->word[i][used] && used + 1 < QUERY_WORD_MAX; used++)
            plain[used] = folded(words->word[i][used]);
        plain[used] = '\0';
        for (size_t k = 0; k < all; k++)
            typed[k] = folded(word[k]);
        unsigned far = far_from(plain, typed, all);
        if (far < best || (far == best && !nearest)) {
            best = far;
            nearest = words->word[i];
        }
    }
    if (nearest)
        text_format(t, "; near it: %s", nearest);
}

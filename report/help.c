#include <ctype.h>
#include <string.h>

#include "report/fields.h"
#include "report/glossary.h"
#include "report/lessons.h"
#include "report/query.h"
#include "report/report.h"
#include "report/words.h"

enum { WORD_MAX = 64, NEAREST = 5 };

/* --- words compared --- */

/* Small letters and digits of the word; blanks, signs and case do not matter. Dots do: they part names of fields. */
static void simplify(char out[WORD_MAX], const char *word, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < WORD_MAX; i++)
        if (isalnum((unsigned char)word[i]) || word[i] == '.' || word[i] == '^')
            out[used++] = (char)tolower((unsigned char)word[i]);
    out[used] = '\0';
}

/* --- one entry, and the nearest ones --- */

struct asked {
    struct text *t;
    unsigned width;
    char word[WORD_MAX];          /* simplified */
    bool found;
    struct { char name[WORD_MAX]; unsigned distance; } nearest[NEAREST];
};

static void remember(struct asked *a, const char *name, size_t length, unsigned far)
{
    unsigned place = NEAREST;
    for (unsigned i = 0; i < NEAREST; i++)
        if (strncmp(a->nearest[i].name, name, length) == 0 && !a->nearest[i].name[length])
            return;
    while (place && (!a->nearest[place - 1].name[0] || far < a->nearest[place - 1].distance))
        place--;
    if (place == NEAREST || length >= WORD_MAX)
        return;
    memmove(&a->nearest[place + 1], &a->nearest[place], (NEAREST - 1 - place) * sizeof a->nearest[0]);
    memcpy(a->nearest[place].name, name, length);
    a->nearest[place].name[length] = '\0';
    a->nearest[place].distance = far;
}

/* "exchanges" of "exchange". */
static bool is_plural(const char *many, const char *one)
{
    enum { WORD_LEAST = 4 };          /* letters and abbreviations have none */
    size_t length = strlen(one);
    return length >= WORD_LEAST && strncmp(many, one, length) == 0 && strcmp(many + length, "s") == 0;
}

/* Is it this word? Else it may be one of the nearest. */
static bool matches(struct asked *a, const char *name, size_t length)
{
    char simple[WORD_MAX];
    simplify(simple, name, length);
    if (strcmp(simple, a->word) == 0 || is_plural(simple, a->word) || is_plural(a->word, simple))
        return true;
    unsigned far = words_distance(a->word, strlen(a->word), simple, strlen(simple));
    if (strlen(a->word) >= 4 && strstr(simple, a->word) && far > 2)
        far = 2;
    remember(a, name, length, far);
    return false;
}

static void tell(struct asked *a, const char *title, size_t title_length, const char *says, const char *rfc)
{
    struct text s = {0};
    text_string(a->t, a->found ? "\n" : "");
    a->found = true;
    text_bytes(a->t, title, title_length);
    text_string(a->t, "\n  ");
    text_string(&s, says);
    if (rfc && *rfc)
        text_format(&s, " [%s]", rfc);
    words_wrap(a->t, s.bytes, s.used, 2, 2, a->width);
    text_free(&s);
}

static void look_in_glossary(struct asked *a)
{
    for (unsigned part = 0; part < GLOSSARY_PARTS; part++)
        for (unsigned i = 0; i < glossary[part].count; i++) {
            const struct glossary_entry *entry = &glossary[part].entries[i];
            bool hit = false;
            for (const char *word = entry->words; *word;) {
                size_t length = strcspn(word, "|");
                hit = matches(a, word, length) || hit;
                word += length + (word[length] == '|');
            }
            if (hit)
                tell(a, entry->words, strcspn(entry->words, "|"), entry->says, entry->rfc);
        }
}

static void told_as(struct asked *a, const char *name, const char *what, const char *says, const char *rfc)
{
    if (!matches(a, name, strlen(name)))
        return;
    struct text title = {0};
    text_format(&title, "%s (%s)", name, what);
    tell(a, title.bytes, title.used, says, rfc);
    text_free(&title);
}

static void look_in_lists(struct asked *a)
{
    for (unsigned i = 1; i < STATE_COUNT; i++)
        told_as(a, tcp_state_names[i], "a state", words_state(i), "RFC 9293 3.3.2");
    for (unsigned i = 0; i < MARK_COUNT; i++)
        told_as(a, mark_names[i], "a mark, Wireshark's tcp.analysis", mark_sentences[i], "");
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        struct text s = {0};
        text_format(&s, "%s %s", check_evidence[i], check_advice[i]);
        text_char(&s, '\0');
        told_as(a, check_names[i], "what to check", s.bytes, "");
        text_free(&s);
    }
    for (unsigned i = 0; i < EVENT_COUNT; i++)
        told_as(a, event_names[i], "an event", event_says[i], event_rfcs[i]);
    for (unsigned i = 0; i < field_count; i++)
        told_as(a, fields[i].name, "a field", fields[i].says, "");
    for (unsigned i = 0; i < WORDS_CONN_STATES; i++)
        told_as(a, words_conn_states[i], "Zeek's conn_state", words_conn_state(words_conn_states[i]), "");
    for (unsigned i = 0; i < lesson_count; i++)
        told_as(a, lessons[i].name, "a bundled trace", lessons[i].says, "");
}

/* --- lists --- */

static void list_item(struct text *t, unsigned width, unsigned column, const char *name, const char *says,
                      const char *rfc)
{
    struct text s = {0};
    text_string(&s, says);
    if (rfc && *rfc)
        text_format(&s, " [%s]", rfc);
    text_format(t, "%-*s ", (int)column, name);
    unsigned at = (unsigned)strlen(name) > column ? (unsigned)strlen(name) + 1 : column + 1;
    words_wrap(t, s.bytes, s.used, at, column + 1, width);
    text_free(&s);
}

static void list_fields(struct text *t, unsigned width)
{
    for (unsigned i = 0; i < field_count; i++) {
        struct text s = {0};
        text_string(&s, fields[i].says);
        if (*fields[i].unit)
            text_format(&s, " (%s)", fields[i].unit);
        if (fields[i].of != FIELD_BOTH)
            text_string(&s, fields[i].of == FIELD_TCP ? "; TCP" : "; UDP");
        text_char(&s, '\0');
        list_item(t, width, 24, fields[i].name, s.bytes, "");
        text_free(&s);
    }
}

static void list_states(struct text *t, unsigned width)
{
    for (unsigned i = 1; i < STATE_COUNT; i++)
        list_item(t, width, 12, tcp_state_names[i], words_state(i), "");
}

static void list_marks(struct text *t, unsigned width)
{
    for (unsigned i = 0; i < MARK_COUNT; i++)
        list_item(t, width, 24, mark_names[i], mark_sentences[i], "");
}

static void list_checks(struct text *t, unsigned width)
{
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        list_item(t, width, 18, check_names[i], check_evidence[i], "");
        list_item(t, width, 18, "", check_advice[i], "");
    }
}

static void list_events(struct text *t, unsigned width)
{
    for (unsigned i = 0; i < EVENT_COUNT; i++)
        list_item(t, width, 18, event_names[i], event_says[i], event_rfcs[i]);
}

static void list_conn_states(struct text *t, unsigned width)
{
    text_string(t, "Zeek's verdict on a connection or flow:\n");
    for (unsigned i = 0; i < WORDS_CONN_STATES; i++)
        list_item(t, width, 8, words_conn_states[i], words_conn_state(words_conn_states[i]), "");
    text_string(t, "For UDP: SF both ends sent, S0 only the originator, SHR only the responder.\n");
}

static void list_history(struct text *t, unsigned width)
{
    text_string(t, "Zeek's letters for what each end did, in order; capitals the originator's:\n");
    for (const char *letter = "SHADFRCGIQTW^"; *letter; letter++)
        list_item(t, width, 4, (char[2]){ *letter, '\0' }, words_history_letter(*letter), "");
    text_string(t, "C, G, T and W stand at the 1st, 10th, 100th ... time.\n");
}

static void list_lessons(struct text *t, unsigned width)
{
    text_string(t, "Bundled traces. synfin NAME opens one; report, explain and events take NAME too.\n");
    for (unsigned i = 0; i < lesson_count; i++) {
        if (!i || strcmp(lessons[i].topic, lessons[i - 1].topic) != 0)
            text_format(t, "\n%s\n", lessons[i].topic);
        struct text name = {0};
        text_format(&name, "  %s", lessons[i].name);
        text_char(&name, '\0');
        list_item(t, width, 27, name.failed ? "" : name.bytes, lessons[i].says, "");
        text_free(&name);
    }
}

static void list_words(struct text *t, unsigned width)
{
    for (unsigned part = 0; part < GLOSSARY_PARTS; part++) {
        struct text s = {0};
        for (unsigned i = 0; i < glossary[part].count; i++) {
            const char *words = glossary[part].entries[i].words;
            text_string(&s, i ? ", " : "");
            /* one word of the list is never broken */
            for (size_t j = 0, length = strcspn(words, "|"); j < length; j++)
                text_char(&s, words[j]);
        }
        text_format(t, "%s%s\n  ", part ? "\n" : "", glossary[part].title);
        words_wrap(t, s.bytes, s.used, 2, 2, width);
        text_free(&s);
    }
}

static void list_filter(struct text *t, unsigned width)
{
    static const struct {
        const char *title;
        const struct query_help *lines;
        unsigned column;
    } parts[] = {
        { "Operators:", query_help_operators, 18 },
        { "\nShort forms, beside the names of `synfin help fields`:", query_help_shorts, 18 },
        { "\nExamples:", query_help_examples, 46 },
    };
    text_string(t, "The display filter chooses rows by their fields: server.port == 6666 && retransmission.\n"
                   "(What chooses frames is tcpdump's language: synfin help BPF.)\n\n");
    for (unsigned part = 0; part < sizeof parts / sizeof *parts; part++) {
        text_format(t, "%s\n", parts[part].title);
        for (const struct query_help *line = parts[part].lines; line->form; line++)
            list_item(t, width, parts[part].column, line->form, line->says, "");
    }
}

static const struct {
    const char *name, *says;
    void (*list)(struct text *t, unsigned width);
} lists[] = {
    { "words", "the words explained here", list_words },
    { "states", "the eleven states of RFC 9293", list_states },
    { "marks", "what is remarkable about a segment", list_marks },
    { "checks", "what to check: evidence, and where to look", list_checks },
    { "events", "kinds of events in `synfin events`", list_events },
    { "fields", "fields of a row in --format jsonl and csv", list_fields },
    { "filter", "the display filter: operators, short forms, examples", list_filter },
    { "conn_state", "Zeek's verdicts", list_conn_states },
    { "history", "Zeek's letters", list_history },
    { "lessons", "the bundled traces, and what each shows", list_lessons },
    { "traces", NULL, list_lessons },           /* the same by its other name */
};

static void topics(struct text *t, unsigned width)
{
    text_string(t, "synfin help WORD    a word of the field (TIME-WAIT, backlog, \"welcome socket\"),\n"
                   "                    or of a report (close_wait_at_end, server.port, SF)\n\n"
                   "Lists:\n");
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!lists[i].says)
            continue;
        text_string(t, "  synfin help ");
        list_item(t, width, 12, lists[i].name, lists[i].says, "");
    }
    text_string(t, "\nCommands: synfin report --help, synfin events --help, synfin explain --help\n");
}

static void unknown(struct asked *a, const char *word)
{
    text_string(a->t, "No entry for \"");
    text_harmless(a->t, word, WORD_MAX);
    text_string(a->t, "\". Near it:");
    for (unsigned i = 0; i < NEAREST && a->nearest[i].name[0]; i++) {
        text_string(a->t, i ? ", " : " ");
        text_string(a->t, a->nearest[i].name);
    }
    text_string(a->t, ".\nsynfin help words lists what is explained.\n");
}

enum exit_status report_help(struct report_output *out, const char *word, const struct report_options *options)
{
    struct asked a = { .t = &out->text, .width = options->width ? options->width : 80 };
    if (!word || !*word) {
        topics(a.t, a.width);
        return EXIT_DONE;
    }
    simplify(a.word, word, strlen(word));
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        char name[WORD_MAX];
        simplify(name, lists[i].name, strlen(lists[i].name));
        if (strcmp(name, a.word) == 0) {
            lists[i].list(a.t, a.width);
            return EXIT_DONE;
        }
    }
    look_in_glossary(&a);
    look_in_lists(&a);
    if (a.found)
        return EXIT_DONE;
    unknown(&a, word);
    return EXIT_USAGE;
}

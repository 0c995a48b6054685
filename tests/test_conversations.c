/* The conversations of traces/NAME.script, fed to a decoder: states and marks after each segment, what is said of each
 * conversation as a whole, whether every arc of RFC 9293 figure 5 is taken by one of them, and whether the notation
 * refuses what it cannot mean.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/marks.h"
#include "tests/script_watch.h"

enum { PATH_LENGTH = 1024, FILE_LARGEST = 1 << 20 };

static const char *traces_folder(void)
{
    const char *folder = getenv("TRACES");
    return folder ? folder : "traces";
}

static int is_script(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".script") == 0;
}

/* How many scripts there are; the name of the n-th in alphabetical order goes to path, without its ending. */
static int find_script(int n, char path[PATH_LENGTH])
{
    struct dirent **entries = NULL;
    int count = scandir(traces_folder(), &entries, is_script, alphasort);
    for (int i = 0; i < count; i++) {
        if (i == n)
            snprintf(path, PATH_LENGTH, "%s/%.*s", traces_folder(), (int)strcspn(entries[i]->d_name, "."),
                     entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count;
}

/* The file's bytes with a zero behind them, the caller's; aborts the test where it cannot be read. */
static char *read_file(const char *path, const char *ending, size_t *length)
{
    char name[PATH_LENGTH + 8];
    snprintf(name, sizeof name, "%s%s", path, ending);
    FILE *file = fopen(name, "rb");
    ck_assert_msg(file != NULL, "%s cannot be read", name);
    char *bytes = malloc(FILE_LARGEST + 1);
    ck_assert_ptr_nonnull(bytes);
    *length = fread(bytes, 1, FILE_LARGEST, file);
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static void parse_script(int n, struct script *script)
{
    char path[PATH_LENGTH] = "", name[PATH_LENGTH + 8];
    size_t length;
    struct error error = {0};
    find_script(n, path);
    char *text = read_file(path, ".script", &length);
    snprintf(name, sizeof name, "%s.script", path);
    bool parsed = script_parse(text, name, script, &error);
    free(text);
    ck_assert_msg(parsed, "%s", error.text);
}

static void watch_or_fail(struct watch *watch, const struct script *script, enum feeding how)
{
    ck_assert_msg(watch_script(watch, script, how), "out of memory");
}

/* Fails with everything that differs, or frees the empty text. */
static void assert_nothing(struct text *differs)
{
    text_char(differs, 0);
    ck_assert_msg(differs->used == 1, "\n%s", differs->bytes);
    text_free(differs);
}

/* --- each frame --- */

static const char *state_name(uint8_t state)
{
    return state == STATE_UNKNOWN ? "-" : state < STATE_COUNT ? tcp_state_names[state] : "?";
}

static void tell_marks(struct text *out, uint32_t marks)
{
    for (unsigned i = 0; i < MARK_COUNT; i++)
        if (marks >> i & 1)
            text_format(out, " %s", mark_names[i]);
    if (!marks)
        text_string(out, " none");
}

static void compare_marks(struct text *out, const char *where, const char *whose, uint32_t expected, uint32_t actual)
{
    if (expected == actual)
        return;
    text_format(out, "%s: expected %s", where, whose);
    tell_marks(out, expected);
    text_string(out, ", the decoder says");
    tell_marks(out, actual);
    text_char(out, '\n');
}

static void compare_frame(struct text *out, const struct script *s, const struct script_frame *f,
                          const struct observed *o)
{
    const struct script_expectation *e = &f->expect;
    char where[PATH_LENGTH];
    snprintf(where, sizeof where, "%s:%u (frame %u)", s->name, f->line, f->frame.number);
    if (!e->asked)
        return;
    if (!o->told || o->strayed) {
        text_format(out, "%s: %s\n", where, o->told ? "told of another conversation" : "nothing was told");
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (e->state[i] != SCRIPT_NOT_ASKED && e->state[i] != o->state[i])
            text_format(out, "%s: expected %s to be %s, the decoder says %s\n", where, i ? "server" : "client",
                        state_name(e->state[i]), state_name(o->state[i]));
        if (o->state[i] != o->last_state[i])
            text_format(out, "%s: the frame's last event has another state than its segment\n", where);
    }
    compare_marks(out, where, "marks", e->marks, o->marks);
    compare_marks(out, where, "Wireshark's marks", e->wireshark, o->wireshark);
    if (e->duplicate_of != o->duplicate_of)
        text_format(out, "%s: expected a second capture of %u, the decoder says %u\n", where, e->duplicate_of,
                    o->duplicate_of);
    if (e->sentence && !o->said[e->sentence])
        text_format(out, "%s: expected as a reason: %s\n", where, sentence_texts[e->sentence]);
}

START_TEST(states_and_marks_after_each_frame)
{
    struct script script;
    struct watch watch;
    struct text differs = {0};
    parse_script(_i, &script);
    watch_or_fail(&watch, &script, FEED_ONE_BY_ONE);
    for (unsigned i = 0; i < script.frame_count; i++)
        compare_frame(&differs, &script, &script.frames[i], &watch.frames[i]);
    watch_close(&watch);
    script_free(&script);
    assert_nothing(&differs);
}
END_TEST

/* --- each conversation --- */

static void compare_row(struct text *out, const struct watch *watch, int conversation)
{
    const struct script_conversation *c = &watch->script->conversations[conversation];
    const struct conversation *row = watch_row(watch, conversation);
    if (row && row->client != script_client_end(c))
        text_format(out, "%s:%u: conversation '%s': the decoder takes the server for the client\n", watch->script->name,
                    c->line, c->name);
    if (row && conversation_is_tcp(row) && as_connection(row)->incarnation != c->incarnation)
        text_format(out, "%s:%u: conversation '%s': expected incarnation %u, the decoder says %u\n",
                    watch->script->name, c->line, c->name, c->incarnation, as_connection(row)->incarnation);
}

START_TEST(what_is_claimed_of_each_conversation)
{
    struct script script;
    struct watch watch;
    struct text differs = {0};
    parse_script(_i, &script);
    watch_or_fail(&watch, &script, FEED_FULL_BATCHES);
    for (int i = 0; i < script.conversation_count; i++)
        compare_row(&differs, &watch, i);
    for (unsigned i = 0; i < script.claim_count; i++) {
        const struct script_claim *claim = &script.claims[i];
        struct text actual = {0};
        watch_claim(&watch, claim, &actual);
        if (actual.used != strlen(claim->value) || memcmp(actual.bytes, claim->value, actual.used) != 0)
            text_format(&differs, "%s:%u: expected %s %s, the decoder says %.*s\n", script.name, claim->line,
                        script_subject_names[claim->subject], claim->value, (int)actual.used,
                        actual.used ? actual.bytes : "");
        text_free(&actual);
    }
    watch_close(&watch);
    script_free(&script);
    assert_nothing(&differs);
}
END_TEST

/* Bytes of the line that begins at `from`. */
static int line_length(const struct text *t, size_t from)
{
    size_t to = from;
    while (to < t->used && t->bytes[to] != '\n')
        to++;
    return (int)(to - from);
}

/* Fails with the first line in which the two differ. */
static void assert_told_alike(const struct watch *a, const struct watch *b)
{
    size_t line = 0, i = 0;
    while (i < a->told.used && i < b->told.used && a->told.bytes[i] == b->told.bytes[i])
        if (a->told.bytes[i++] == '\n')
            line = i;
    bool alike = i == a->told.used && i == b->told.used;
    int left = line_length(&a->told, line), right = line_length(&b->told, line);
    ck_assert_msg(alike, "%s\nframe by frame: %.*s\notherwise: %.*s", a->script->name, left, a->told.bytes + line,
                  right, b->told.bytes + line);
}

START_TEST(batches_and_time_make_no_difference)
{
    struct script script;
    struct watch first;
    parse_script(_i, &script);
    watch_or_fail(&first, &script, FEED_ONE_BY_ONE);
    for (int how = FEED_ONE_BY_ONE + 1; how < FEEDINGS; how++) {
        struct watch other;
        watch_or_fail(&other, &script, (enum feeding)how);
        assert_told_alike(&first, &other);
        watch_close(&other);
    }
    watch_close(&first);
    script_free(&script);
}
END_TEST

START_TEST(capture_is_what_the_script_compiles_to)
{
    char path[PATH_LENGTH] = "";
    struct script script;
    struct text made = {0};
    size_t length;
    parse_script(_i, &script);
    script_pcap(&script, &made);
    find_script(_i, path);
    char *stored = read_file(path, ".pcap", &length);
    ck_assert_msg(length == made.used && memcmp(stored, made.bytes, length) == 0,
                  "%s.pcap is not what its script says; 'make traces' writes it anew", path);
    free(stored);
    text_free(&made);
    script_free(&script);
}
END_TEST

/* --- all together --- */

START_TEST(every_arc_of_figure_5_is_taken_or_says_why_not)
{
    char path[PATH_LENGTH];
    int count = find_script(-1, path);
    uint64_t taken = 0;
    struct text differs = {0};
    for (int i = 0; i < count; i++) {
        struct script script;
        struct watch watch;
        parse_script(i, &script);
        watch_or_fail(&watch, &script, FEED_FULL_BATCHES);
        taken |= watch.arcs;
        watch_close(&watch);
        script_free(&script);
    }
    ck_assert_uint_le(tcp_arc_count, 64);
    for (unsigned i = 0; i < tcp_arc_count; i++) {
        const struct arc *arc = &tcp_arcs[i];
        bool never = arc->visibility == ARC_NEVER;
        if (never ? !arc->why_never : !(taken >> i & 1))
            text_format(&differs, "%s to %s (%s): %s\n", tcp_state_names[arc->from], tcp_state_names[arc->to],
                        arc->label, never ? "does not say why it is never seen" : "no script takes it");
    }
    assert_nothing(&differs);
}
END_TEST

/* --- the notation --- */

#define ENDS "client 10.9.0.2:40000 isn 1\nserver 10.9.0.1:6666 isn 2\n"

static const struct {
    const char *text;
    const char *message;
} refused[] = {
    { "client 10.9.0.2\n", "x:1: expected address:port, such as 10.9.0.2:40000 or [fd00::2]:40000, found '10.9.0.2'" },
    { "0.0 > S 0:0(0)\n", "x:1: expected 'client' and 'server' lines, or the name of a conversation, before this" },
    { ENDS "0.0 > S 0:5(4)\n", "x:3: expected end - seq to be the length 4, but it is 5" },
    { ENDS "0.0 > X 0:0(0)\n", "x:3: expected flags out of S F R P . U E W A, or - for none, found 'X'" },
    { ENDS "0.0 > . 1:1(0)\n", "x:3: expected ack N: the flags have ." },
    { ENDS "0.0 > S 0:0(0) ack 1\n", "x:3: expected the flag . beside ack N" },
    { ENDS "1.0 > S 0:0(0)\n0.5 > S 0:0(0)\n",
      "x:4: expected times that never step back; write 'earlier' where this one is meant to" },
    { ENDS "0.0 > S 0:0(0) | SYN-SEND LISTEN\n",
      "x:3: expected a state such as SYN-SENT, - for a flow, or ? where it is not asked, found 'SYN-SEND'" },
    { ENDS "0.0 > S 0:0(0) | SYN-SENT LISTEN +resent\n", "x:3: expected the name of an analysis mark, found 'resent'" },
    { ENDS "0.0 > S 0:0(0) <mss>\n", "x:3: expected an MSS, found the end of the line" },
    { ENDS "0.0 > S 0:0(0)\n0.1 > udp 5\n",
      "x:4: expected a conversation of its own: segments and datagrams never share one" },
    { ENDS "0.0 again 1\n", "x:3: expected an earlier frame's number, at most 0" },
    { ENDS "0.0000001 > S 0:0(0)\n", "x:3: expected a time of whole microseconds, or 'clock nanoseconds' above" },
    { ENDS "= handsake complete\n",
      "x:3: expected a claim such as handshake, ending, path or check, found 'handsake'" },
};

START_TEST(what_cannot_be_meant_is_refused_with_its_line)
{
    struct script script;
    struct error error = {0};
    ck_assert(!script_parse(refused[_i].text, "x", &script, &error));
    ck_assert_str_eq(error.text, refused[_i].message);
    ck_assert_int_eq((int)error.status, EXIT_USAGE);
}
END_TEST

START_TEST(relative_numbers_wrap)
{
    struct script script;
    struct error error = {0};
    static const char text[] = "client 10.9.0.2:40000 isn 4294967295\nserver 10.9.0.1:6666 isn 0\n"
                               "0 > S 0:0(0)\n0 < S. 0:0(0) ack 1\n";
    ck_assert_msg(script_parse(text, "x", &script, &error), "%s", error.text);
    const uint8_t *syn = script.frames[0].frame.bytes + 34, *answer = script.frames[1].frame.bytes + 34;
    ck_assert_mem_eq(syn + 4, "\xff\xff\xff\xff", 4);
    ck_assert_mem_eq(answer + 4, "\0\0\0\0", 4);
    ck_assert_mem_eq(answer + 8, "\0\0\0\0", 4);
    script_free(&script);
}
END_TEST

Suite *conversations_suite(void)
{
    Suite *suite = suite_create("conversations");
    char path[PATH_LENGTH];
    int count = find_script(-1, path);
    TCase *scripts = tcase_create("scripts");
    tcase_add_loop_test(scripts, states_and_marks_after_each_frame, 0, count);
    tcase_add_loop_test(scripts, what_is_claimed_of_each_conversation, 0, count);
    tcase_add_loop_test(scripts, batches_and_time_make_no_difference, 0, count);
    tcase_add_loop_test(scripts, capture_is_what_the_script_compiles_to, 0, count);
    tcase_add_test(scripts, every_arc_of_figure_5_is_taken_or_says_why_not);
    tcase_set_timeout(scripts, 60);
    suite_add_tcase(suite, scripts);
    TCase *notation = tcase_create("notation");
    tcase_add_loop_test(notation, what_cannot_be_meant_is_refused_with_its_line, 0, sizeof refused / sizeof *refused);
    tcase_add_test(notation, relative_numbers_wrap);
    suite_add_tcase(suite, notation);
    return suite;
}

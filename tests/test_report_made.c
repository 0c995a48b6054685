#include "tests/test_report_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char script_echo[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:6666 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "0.030 < S. 0:0(0) ack 1 win 65160 <mss 1400>\n"
    "0.030 > . 1:1(0) ack 1 win 502\n"
    "0.031 > P. 1:6(5) ack 1 \"hello\"\n"
    "0.061 < P. 1:6(5) ack 6 \"HELLO\"\n"
    "0.061 > F. 6:6(0) ack 6\n"
    "0.091 < F. 6:6(0) ack 7\n"
    "0.091 > . 7:7(0) ack 7\n";

const char script_refused[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:120 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "0.030 < R. 0:0(0) ack 1 win 0\n";

const char script_again[] =
    "client 10.9.0.2:40000 isn 1000\n"
    "server 10.9.0.1:6666 isn 2000000000\n"
    "0.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "1.000 > S 0:0(0) win 64240 <mss 1460>\n"
    "1.030 < S. 0:0(0) ack 1 win 65160 <mss 1460>\n"
    "1.030 > . 1:1(0) ack 1 win 502\n";

const char script_names[] =
    "client 10.9.0.2:40001\n"
    "server 10.9.0.1:7007\n"
    "0.000 > udp \"names\"\n"
    "0.030 < udp \"answered\"\n";

static const struct report_source source = { .name = "a.pcap", .file = "a.pcap", .complete = true };

void feed(struct decoder *decoder, const struct script *script)
{
    for (unsigned i = 0; i < script->frame_count; i++)
        decoder_feed(decoder, &script->frames[i].frame, 1);
    decoder_end(decoder);
}

struct script script_of(const char *text)
{
    struct script script;
    struct error error = { 0 };
    ck_assert_msg(script_parse(text, "script", &script, &error), "%s", error.text);
    return script;
}

/* What was written, as a string; the descriptor is a temporary file. */
static char *written(struct report_output *out, FILE *file)
{
    struct error error = { 0 };
    ck_assert_int_eq(output_close(out, &error), EXIT_DONE);
    long size = lseek(fileno(file), 0, SEEK_END);
    char *text = malloc((size_t)size + 1);
    ck_assert_int_eq(pread(fileno(file), text, (size_t)size, 0), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* `synfin report` of the script; the caller frees. */
char *report_of(const char *text, struct report_options options)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct report *report = report_new(&out, &options);
    struct decoder_options decoding = { .given_up = report_given_up, .given_up_self = report };
    struct decoder *decoder = decoder_new(&decoding);
    struct sink sink = report_sink(report);
    decoder_attach(decoder, &sink);
    report_read(report, decoder);
    feed(decoder, &script);
    report_finish(report, &source);
    report_free(report);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

char *events_of(const char *text, uint32_t wants)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct report_events events = { .out = &out };
    struct sink sink = report_events_sink(&events, wants);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    decoder_attach(decoder, &sink);
    feed(decoder, &script);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

/* One capture of a comparison, read as cmd/compare.c reads it. */
static void read_one(struct compare_capture *capture, struct seen_list *list, const char *text, uint32_t id)
{
    struct script script = script_of(text);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct story *story = id ? story_new(id) : NULL;
    *list = (struct seen_list){ .id = id };
    if (id) {
        struct sink sinks[] = { story_sink(story), seen_sink(list) };
        decoder_attach(decoder, &sinks[0]);
        decoder_attach(decoder, &sinks[1]);
    }
    feed(decoder, &script);
    script_free(&script);
    *capture = (struct compare_capture){ .decoder = decoder, .story = story, .list = list, .about = source };
}

static void forget_one(struct compare_capture *capture, struct seen_list *list)
{
    decoder_free((struct decoder *)(uintptr_t)capture->decoder);
    if (capture->story)
        story_free((struct story *)(uintptr_t)capture->story);
    free(list->seen);
}

char *comparison_of(const char *a, const char *b, unsigned dropped, enum compare_format format,
                    struct report_options options)
{
    return comparison_by(a, b, false, dropped, format, options);
}

char *comparison_by(const char *a, const char *b, bool one_clock, unsigned dropped, enum compare_format format,
                    struct report_options options)
{
    const char *texts[2] = { a, b };
    const char *const names[2] = { "a.pcap", "b.pcap" };
    struct compare_capture captures[2];
    struct seen_list lists[2];
    struct match match;
    struct error error = { 0 };
    for (unsigned i = 0; i < 2; i++)
        read_one(&captures[i], &lists[i], texts[i], 0);
    const struct decoder *const decoders[2] = { captures[0].decoder, captures[1].decoder };
    bool found = compare_match(decoders, options.only, names, &match, &error);
    for (unsigned i = 0; i < 2; i++)
        forget_one(&captures[i], &lists[i]);
    if (!found)
        return strdup(error.text);
    for (unsigned i = 0; i < 2; i++) {
        read_one(&captures[i], &lists[i], texts[i], match.id[i]);
        captures[i].about.name = names[i];
        captures[i].about.one_clock = one_clock;
    }
    captures[0].about.dropped = dropped;
    captures[0].about.dropped_known = true;
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    ck_assert(report_compare(&out, captures, &match, format, &options, &error));
    for (unsigned i = 0; i < 2; i++)
        forget_one(&captures[i], &lists[i]);
    return written(&out, file);
}

char *story_of(const char *text, uint32_t id, struct report_options options, struct error *error)
{
    struct script script = script_of(text);
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    struct story *story = story_new(id);
    struct sink sink = story_sink(story);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    decoder_attach(decoder, &sink);
    feed(decoder, &script);
    report_explain(&out, decoder, story, &options, &source, error);
    story_free(story);
    decoder_free(decoder);
    script_free(&script);
    return written(&out, file);
}

char *help_of(const char *word, enum exit_status want)
{
    struct report_output out;
    FILE *file = tmpfile();
    output_open(&out, fileno(file));
    ck_assert_int_eq(report_help(&out, word, &(struct report_options){ 0 }), want);
    return written(&out, file);
}

void assert_holds(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no \"%s\" in:\n%.3000s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
    ck_assert_msg(!strstr(text, part), "\"%s\" in:\n%.3000s", part, text);
}

void assert_json(const char *text, const char *part)
{
    char quoted[1024];
    size_t length = strlen(part);
    ck_assert_uint_lt(length, sizeof quoted);
    for (size_t i = 0; i <= length; i++)
        quoted[i] = part[i] == '\'' ? '"' : part[i];
    assert_holds(text, quoted);
}

/* --- JSON that is JSON --- */

static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
    for (s++; *s && *s != '"'; s++) {
        ck_assert_msg((unsigned char)*s >= 0x20, "control character in a string");
        s += *s == '\\';
    }
    ck_assert(*s == '"');
    return s + 1;
}

static const char *json_members(const char *s, char end)
{
    for (s++; *s != end; s++) {
        if (end == '}') {
            ck_assert_msg(*s == '"', "no key at %.40s", s);
            s = json_string(s);
            ck_assert(*s++ == ':');
        }
        s = json_value(s);
        if (*s == end)
            break;
        ck_assert_msg(*s == ',', "no comma at %.40s", s);
    }
    return s + 1;
}

static const char *json_value(const char *s)
{
    static const char *const words[] = { "null", "true", "false" };
    if (*s == '"')
        return json_string(s);
    if (*s == '{' || *s == '[')
        return json_members(s, *s == '{' ? '}' : ']');
    for (unsigned i = 0; i < 3; i++)
        if (strncmp(s, words[i], strlen(words[i])) == 0)
            return s + strlen(words[i]);
    char *end;
    strtod(s, &end);
    ck_assert_msg(end != s, "no value at %.40s", s);
    return end;
}

/* Every line is one object. Gives how many there are. */
unsigned assert_json_lines(const char *text)
{
    unsigned lines = 0;
    for (; *text; lines++) {
        ck_assert_int_eq(*text, '{');
        text = json_value(text);
        ck_assert_int_eq(*text++, '\n');
    }
    return lines;
}

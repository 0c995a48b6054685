/* What is done with the line that was typed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole.h"
#include "report/export.h"
#include "report/report.h"
#include "ui/screen_state.h"

static void wrong(struct screen *s, size_t from, size_t length, const char *words)
{
    size_t room = strlen(words) < sizeof s->prompt.wrong ? strlen(words) : sizeof s->prompt.wrong - 1;
    memcpy(s->prompt.wrong, words, room);
    s->prompt.wrong[room] = '\0';
    s->prompt.wrong_from = from;
    s->prompt.wrong_length = length;
}

/* --- filter --- */

static bool matches(const void *query, struct row *row)
{
    return query_match(query, row);
}

static void filter(struct screen *s)
{
    struct query_error error;
    struct query *query = query_parse(s->prompt.bytes, s->prompt.used, &error);
    if (!query) {
        wrong(s, error.column, error.length, error.text);
        return;
    }
    bool all = query_is_empty(query);
    list_filter(s->list, all ? NULL : matches, query);
    query_free(s->query);
    s->query = query;
    s->filter.used = 0;
    if (!all)
        text_bytes(&s->filter, s->prompt.bytes, s->prompt.used);
    prompt_close(&s->prompt);
    s->main = s->active = VIEW_OVERVIEW;
}

void screen_offers(struct screen *s)
{
    struct prompt *p = &s->prompt;
    if (p->kind != PROMPT_FILTER)
        return;
    struct query_completion c = query_complete(p->bytes, p->used, p->cursor, s->candidates, PROMPT_OFFERS);
    p->offer_count = c.count;
    p->offer_from = c.begin;
    p->offer_next = 0;
    for (unsigned i = 0; i < c.count; i++) {
        p->offers[i] = s->candidates[i].word;
        p->offers_say[i] = s->candidates[i].says;
    }
    if (!c.count && c.expects)
        wrong(s, p->cursor, 1, c.expects);
    prompt_offer(p);
}

/* --- go to --- */

static nanoseconds unit_of(const char *word)
{
    static const struct { const char *word; nanoseconds unit; } units[] = {
        { "s", NS_PER_S }, { "ms", NS_PER_MS }, { "us", NS_PER_US }, { "ns", 1 }, { "min", 60 * NS_PER_S },
    };
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(word, units[i].word) == 0)
            return units[i].unit;
    return 0;
}

static void go_to(struct screen *s)
{
    char *end;
    errno = 0;
    double number = strtod(s->prompt.bytes, &end);
    size_t digits = (size_t)(end - s->prompt.bytes);
    while (*end == ' ')
        end++;
    if (digits == 0 || !(number >= 0) || number > 1e15) {
        wrong(s, 0, s->prompt.used, "A frame's number (12), a time after the first frame (1.5s, 300ms), or a part (50%).");
        return;
    }
    uint32_t known = trace_known(s->trace), frame = 0;
    if (*end == '\0') {
        frame = number <= (double)known ? (uint32_t)number : TRACE_END;
    } else if (strcmp(end, "%") == 0) {
        struct totals totals = trace_totals(s->trace);
        double part = (double)(totals.last_time - totals.first_time) * number / 100;
        frame = number < 100 ? trace_at_time(s->trace, totals.first_time + (nanoseconds)part) : TRACE_END;
    } else if (unit_of(end)) {
        const struct conversation *row;
        nanoseconds first = screen_zero(s, &row);
        double after = number * (double)unit_of(end);
        bool beyond = after >= 4e18 || first > INT64_MAX / 2;      /* of what nanoseconds can count */
        frame = beyond ? TRACE_END : trace_at_time(s->trace, first + (nanoseconds)after);
    } else {
        wrong(s, (size_t)(end - s->prompt.bytes), strlen(end), "A unit is s, ms, us, ns, min or %; without one it is a frame.");
        return;
    }
    prompt_close(&s->prompt);
    if (frame == TRACE_END)
        screen_say(s, "The last frame is %u.", known);
    if (frame == 0)
        frame = trace_after(s->trace, 0);
    screen_go(s, frame);
    uint32_t row = frame == TRACE_END ? 0 : trace_row_of(s->trace, frame);
    if (row)
        screen_select(s, row);
    s->chosen = true;
}

/* --- files --- */

static bool exists(struct screen *s)
{
    struct stat status;
    if (s->prompt.used && lstat(s->prompt.bytes, &status) != 0)
        return false;
    wrong(s, 0, s->prompt.used, s->prompt.used ? "That file is there already. Type another name." : "Type a name.");
    return true;
}

static void save(struct screen *s)
{
    struct error error = { 0 };
    if (exists(s))
        return;
    if (!save_begin(&s->save, s->trace, s->save_all ? 0 : s->id, s->prompt.bytes, &error)) {
        wrong(s, 0, s->prompt.used, error.text);
        return;
    }
    s->problem = (struct error){ 0 };
    prompt_close(&s->prompt);
    screen_say(s, "Saving ...");
}

/* By the end of the name; LADDER_FORMATS: none that is known. */
static enum ladder_format format_of(const char *path)
{
    static const struct { const char *end; enum ladder_format format; } ends[] = {
        { ".svg", LADDER_SVG }, { ".mmd", LADDER_MERMAID }, { ".mermaid", LADDER_MERMAID }, { ".txt", LADDER_TEXT },
    };
    const char *dot = strrchr(path, '.');
    for (unsigned i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcmp(dot, ends[i].end) == 0)
            return ends[i].format;
    return LADDER_FORMATS;
}

/* Whole, or not at all: nothing is left of what could not be written. */
static bool write_new(const char *path, const struct text *t, struct error *error)
{
    errno = ENOMEM;
    int fd = t->failed ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool good = fd >= 0 && whole_bytes(fd, t->bytes, t->used);
    if (!good)
        error_set(error, EXIT_OUTPUT, "%s", strerror(errno));
    if (fd >= 0 && close(fd) != 0 && good) {
        error_set(error, EXIT_OUTPUT, "%s", strerror(errno));
        good = false;
    }
    if (fd >= 0 && !good)
        unlink(path);
    return good;
}

static void export(struct screen *s)
{
    struct present present = screen_present(s);
    struct ladder ladder;
    struct text t = { 0 };
    enum ladder_format format = format_of(s->prompt.bytes);
    if (format == LADDER_FORMATS) {
        wrong(s, 0, s->prompt.used, "A name ends in .svg (a picture), .mmd (Mermaid) or .txt.");
        return;
    }
    if (exists(s) || !present.of)
        return;
    if (!ladder_make(&ladder, present.of, present.story, present.scenes, 120))
        return;
    if (format == LADDER_SVG)
        ladder_svg(&t, &ladder, source_name(trace_source(s->trace)));
    else if (format == LADDER_MERMAID)
        ladder_mermaid(&t, &ladder, source_name(trace_source(s->trace)));
    else
        ladder_text(&t, &ladder, s->options.ascii);
    ladder_free(&ladder);
    struct error error = { 0 };
    bool written = write_new(s->prompt.bytes, &t, &error);
    text_free(&t);
    if (!written) {
        wrong(s, 0, s->prompt.used, error.text);
        return;
    }
    screen_say(s, "Written to %.200s.", s->prompt.bytes);
    prompt_close(&s->prompt);
}

void screen_answer(struct screen *s)
{
    switch (s->prompt.kind) {
    case PROMPT_FILTER: filter(s); break;
    case PROMPT_GO_TO: go_to(s); break;
    case PROMPT_SAVE: save(s); break;
    case PROMPT_EXPORT: export(s); break;
    case PROMPT_NUMBERS: screen_numbers(s); break;
    case PROMPT_NONE: break;
    }
}

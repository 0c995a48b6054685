/* --lint: what is wrong with a rubric, found without any submission. */
#include <stdlib.h>
#include <string.h>

#include "grade/run.h"

/* Adds a line, unless it is there already. */
static void add_line(struct text *said, size_t before, const char *line, size_t length)
{
    for (size_t at = before; at + length < said->used; at++)
        if ((at == before || said->bytes[at - 1] == '\n') && said->bytes[at + length] == '\n' &&
            memcmp(said->bytes + at, line, length) == 0)
            return;
    text_bytes(said, line, length);
    text_char(said, '\n');
}

static void add_lines(struct text *said, size_t before, const struct text *lines)
{
    for (size_t at = 0; at < lines->used;) {
        const char *newline = memchr(lines->bytes + at, '\n', lines->used - at);
        size_t length = newline ? (size_t)(newline - lines->bytes) - at : lines->used - at;
        add_line(said, before, lines->bytes + at, length);
        at += length + 1;
    }
}

/* What ended the trial of the whole, or of one item. */
static void add_result(struct text *said, size_t before, const struct rubric *rubric, const struct result *result)
{
    struct text line = {0};
    if (result->error)
        add_line(said, before, result->error, strlen(result->error));
    for (unsigned i = 0; i < result->count; i++)
        if (result->items[i].decided && result->items[i].reason) {
            line.used = 0;
            text_format(&line, "%s:%u: \"%s\": %s when its function was tried out", rubric->name, result->items[i].line,
                        result->items[i].id, result->items[i].reason);
            add_line(said, before, line.bytes, line.used);
        }
    text_free(&line);
}

static void try_out(const struct rubric *rubric, const struct grade_options *options, const char *trace,
                    struct text *said,
                    size_t before)
{
    struct student nobody = { .id = "nobody", .port = CLASS_PORT_FIRST, .token = "0123456789abcdef" };
    struct result result = { 0 };
    struct text lines = {0};
    struct run *run = run_new(rubric, options, &result);
    if (run) {
        run->order.mode = WORKER_LINT;
        run->order.student = &nobody;
        run->order.capture = trace;
        run->lines = &lines;
        enum run_end ended = run_worker(run, options->seconds ? options->seconds : GRADE_SECONDS);
        if (ended != RUN_FINISHED && !run_blame_item(run, ended))
            run_blame_whole(run, ended);
    }
    add_lines(said, before, &lines);
    add_result(said, before, rubric, &result);
    text_free(&lines);
    free(run);
    result_free(&result);
}

unsigned grade_lint(const struct rubric *rubric, const struct grade_options *options, struct text *said)
{
    /* Functions are tried out on connections that closed, that were reset and that stay open, and on datagrams. */
    static const char *const traces[] = { "many-clients", "udp", "lost-syn-ack" };
    size_t before = said->used;
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof traces / sizeof *traces; i++)
        try_out(rubric, options, traces[i], said, before);
    for (size_t at = before; at < said->used; at++)
        count += said->bytes[at] == '\n';
    return count;
}

/* fuzz_calls.c - any bytes as a calls file: read, told among frames, written and read again.
 *
 * Harmless texts, moments in the order of time, and that what is written is read as the same, are checked.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/calls.h"
#include "capture/source.h"
#include "report/lessons.h"
#include "tests/everything.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held)
{
    if (!held)
        abort();
}

static void harmless(const char *s)
{
    for (; s && *s; s++)
        demand((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void look_at(const struct calls *calls)
{
    demand(calls->count <= 2 * calls->calls && calls->calls <= calls->count);
    for (size_t i = 0; i < calls->count; i++) {
        const struct call_moment *m = &calls->moments[i];
        demand(i == 0 || m->time >= calls->moments[i - 1].time);
        demand(m->time == (m->returns ? m->call->end : m->call->time) && m->call->call < CALL_COUNT);
        harmless(m->call->args);
        harmless(m->call->result);
        harmless(m->call->error);
        harmless(m->call->program);
    }
}

static void write_and_read(const struct calls *calls)
{
    struct text t = { 0 };
    struct error error = { 0 };
    for (size_t i = 0; i < calls->count; i++)
        if (!calls->moments[i].returns)
            calls_write(&t, calls->moments[i].call);
    const void *bytes = t.used ? t.bytes : "";
    struct calls_source source = { .file = "again", .bytes = bytes, .length = t.used };
    struct calls *again = calls_read(&source, &error);
    demand(again && !again->problem.text[0] && again->count == calls->count);
    calls_free(again);
    text_free(&t);
}

/* Among the frames of the bundled trace, by time. */
static size_t feed_lesson(struct decoder *decoder, const struct calls *calls)
{
    const struct lesson *lesson = lesson_find("handshake");
    struct source_options options = { .file = lesson->name, .bytes = lesson->bytes, .length = lesson->length };
    struct error error = { 0 };
    struct source *source = source_open(&options, &error);
    struct frame frames[FRAME_BATCH];
    size_t at = 0;
    demand(source);
    for (enum source_state state = SOURCE_MORE; state != SOURCE_END;) {
        unsigned count = 0;
        state = source_next(source, frames, &count);
        for (unsigned i = 0; i < count; i++) {
            for (; at < calls->count && calls->moments[at].time <= frames[i].time; at++)
                decoder_call(decoder, &calls->moments[at]);
            decoder_feed(decoder, &frames[i], 1);
        }
    }
    source_close(source);
    return at;
}

static void tell_all(const struct calls *calls)
{
    struct everything all;
    struct decoder_options options = { .secret = 1, .max_connections = 16 };
    const struct report_source about = { .name = "fuzz", .complete = true };
    everything_open(&all, &options, REPORT_JSONL);
    for (size_t i = feed_lesson(all.decoder, calls); i < calls->count; i++)
        decoder_call(all.decoder, &calls->moments[i]);
    everything_close(&all, &about);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { 0 };
    struct calls_source source = { .file = "fuzz", .bytes = data, .length = size };
    struct calls *calls = calls_read(&source, &error);
    if (!calls)
        return 0;
    harmless(calls->problem.text);
    look_at(calls);
    write_and_read(calls);
    tell_all(calls);
    calls_free(calls);
    return 0;
}

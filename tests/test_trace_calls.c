/* Calls that become known late, while a trace grows: whenever the dashboard looks, the trace says what a fresh decoder
 * does that was given the same frames with the same calls between them; and once everything is known, what the file
 * with its calls says, at every frame. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/json.h"
#include "report/report.h"
#include "ui/follow.h"
#include "ui/trace.h"

Suite *trace_calls_suite(void);

enum { NAME = 64, FILE_MOST = 60000, LOOKS = 100000, MOMENTS = 400 };

static const char *const traces[] = { "traces/handshake.pcap", "traces/many-clients.pcap", "traces/refused.pcap",
                                      "traces/udp.pcap" };

/* --- a trace whose frames have all come, and none of its calls --- */

struct stage {
    struct trace *trace;
    int writer;
    char folder[NAME], pipe[2 * NAME];
    struct calls *whole, *grown;
    unsigned chance;
};

static void write_file(int to, const char *path)
{
    static char bytes[FILE_MOST];
    int from = open(path, O_RDONLY);
    ssize_t length = read(from, bytes, sizeof bytes);
    ck_assert_int_gt(length, 0);
    ck_assert_int_eq(write(to, bytes, (size_t)length), length);
    close(from);
}

static struct calls *calls_beside_it(const char *path)
{
    struct error error = { 0 };
    char name[2 * NAME];
    ck_assert(calls_beside(name, sizeof name, path));
    struct calls *calls = calls_read(&(struct calls_source){ .file = name }, &error);
    ck_assert_msg(calls != NULL, "%s", error.text);
    return calls;
}

/* The writer's end stays open, so the trace has not ended. */
static void stage_open(struct stage *s, const char *path, unsigned chance)
{
    struct error error = { 0 };
    *s = (struct stage){ .folder = "/tmp/test_trace_calls.XXXXXX", .chance = chance };
    ck_assert(mkdtemp(s->folder) != NULL);
    snprintf(s->pipe, sizeof s->pipe, "%s/pipe", s->folder);
    ck_assert_int_eq(mkfifo(s->pipe, 0600), 0);
    s->writer = open(s->pipe, O_RDWR);
    write_file(s->writer, path);
    struct trace_options options = { .source = { .file = s->pipe }, .decoder = { .secret = 7 } };
    s->trace = trace_open(&options, &error);
    ck_assert_msg(s->trace != NULL, "%s", error.text);
    s->whole = calls_beside_it(path);
    s->grown = calls_new();
    trace_await_calls(s->trace, true);
}

static void stage_close(struct stage *s)
{
    trace_close(s->trace);
    calls_free(s->whole);
    calls_free(s->grown);
    close(s->writer);
    unlink(s->pipe);
    rmdir(s->folder);
}

static void work(struct stage *s, nanoseconds now)
{
    for (unsigned i = 0; i < LOOKS; i++)
        if (!trace_work(s->trace, NS_PER_S, now) && !trace_rebuilds(s->trace))
            break;
    ck_assert(!trace_rebuilds(s->trace));
}

/* --- calls that come late --- */

/* Mostly within what is waited for; one in eight much later. The same for the same call. */
static nanoseconds delay(const struct stage *s, const struct call_moment *m)
{
    uint32_t x = (m->call->number * 2 + m->returns + 1) * 0x9E3779B1u ^ s->chance * 0x85EBCA77u;
    x ^= x >> 15;
    return (x % 8 == 0 ? 60 + x / 8 % 90 : x / 8 % 18) * NS_PER_MS;
}

/* What is known of the ends of a call that waits is known when it returns. */
static size_t tell_made(struct stage *s, const struct true_call *call)
{
    struct true_call made = *call;
    if (call->call == CALL_ACCEPT || call->call == CALL_CONNECT)
        made.remote = (struct call_end){ 0 };
    made.result = made.error = NULL;
    return calls_made(s->grown, &made);
}

/* Those that become known after `before`, up to `now`, in the order of a recorder's messages. */
static void tell_calls(struct stage *s, nanoseconds before, nanoseconds now)
{
    for (size_t i = 0; i < s->whole->count; i++) {
        const struct call_moment *m = &s->whole->moments[i];
        struct call_moment made = { .time = m->call->time, .call = m->call };
        nanoseconds known = m->time + delay(s, m), made_known = made.time + delay(s, &made);
        if (m->returns && known < made_known)
            known = made_known;
        if (known <= before || known > now)
            continue;
        size_t from = m->returns ? calls_returned(s->grown, m->call) : tell_made(s, m->call);
        trace_take_calls(s->trace, s->grown, from);
    }
}

/* --- held against a fresh decoder --- */

/* Frames 1 to `last`, each after the calls that are not later; and behind them the calls up to `behind`. */
static void feed(struct decoder *decoder, const char *path, uint32_t last, const struct calls *calls, nanoseconds behind)
{
    struct error error = { 0 };
    struct source *source = source_open(&(struct source_options){ .file = path }, &error);
    struct frame batch[FRAME_BATCH];
    unsigned count = 0;
    size_t told = 0;
    while (source_next(source, batch, &count) != SOURCE_END)
        for (unsigned i = 0; i < count && batch[i].number <= last; i++) {
            for (; told < calls->count && calls->moments[told].time <= batch[i].time; told++)
                decoder_call(decoder, &calls->moments[told]);
            decoder_feed(decoder, &batch[i], 1);
        }
    for (; told < calls->count && calls->moments[told].time <= behind; told++)
        decoder_call(decoder, &calls->moments[told]);
    source_close(source);
}

static struct text rows_of(const struct decoder *decoder)
{
    static struct json_layout layout;
    struct text t = { 0 };
    if (!layout.count[0])
        json_layout_make(&layout);
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row)) {
        struct row bound;
        row_bind(&bound, decoder, row);
        json_row(&t, &layout, &bound);
    }
    return t;
}

static bool same_step(const struct step *a, const struct step *b)
{
    bool call = a->kind == EVENT_CALL || a->kind == EVENT_CALL_RETURNED;
    if (a->kind != b->kind || a->frame != b->frame || a->time != b->time || a->who != b->who)
        return false;
    return !call || (a->call.call == b->call.call && !a->call.recorded == !b->call.recorded &&
                     (!a->call.recorded || a->call.recorded->time == b->call.recorded->time));
}

static void same_story(const struct story *here, const struct story *there, const char *path, unsigned chance)
{
    for (size_t i = 0; i < story_count(here) && i < story_count(there); i++) {
        const struct step *a = story_step(here, i), *b = story_step(there, i);
        ck_assert_msg(same_step(a, b), "%s, %u: step %zu is %s of frame %u here, %s of frame %u there", path, chance, i,
                      event_names[a->kind], a->frame, event_names[b->kind], b->frame);
    }
    ck_assert_msg(story_count(here) == story_count(there), "%s, %u: %zu steps here, %zu there", path, chance,
                  story_count(here), story_count(there));
}

/* Rows of the present, and the story of row 1. `calls` may be those of a file: then number and place are other ones. */
static void same_as_fresh(struct stage *s, const char *path, const struct calls *calls, uint32_t last, nanoseconds behind)
{
    struct decoder_options options = { .secret = 7 };
    struct decoder *decoder = decoder_new(&options);
    struct story *story = story_new_long(1, 10000);
    struct sink sink = story_sink(story);
    struct follow *follow = follow_open(s->trace, 1);
    decoder_attach(decoder, &sink);
    feed(decoder, path, last, calls, behind);
    struct text there = rows_of(decoder), here = rows_of(trace_decoder(s->trace));
    bool same = here.used == there.used && memcmp(here.used ? here.bytes : "", here.used ? there.bytes : "", here.used) == 0;
    ck_assert_msg(same, "%s, %u, frame %u: here\n%.*s\nthere\n%.*s", path, s->chance, last, (int)here.used, here.bytes,
                  (int)there.used, there.bytes);
    if (!trace_follows(s->trace))
        follow_limit(follow, last, trace_time(s->trace));
    while (follow_work(follow, NS_PER_S))
        ;
    if (trace_row(s->trace, 1))
        same_story(follow_story(follow), story, path, s->chance);
    follow_close(follow);
    story_free(story);
    decoder_free(decoder);
    text_free(&here);
    text_free(&there);
}

/* Of a trace that grows, at each of its milliseconds; of a long one, at so many moments. */
static void grow(struct stage *s, const char *path)
{
    work(s, 0);
    struct frame first, final;
    struct error error;
    ck_assert(trace_frame(s->trace, 1, &first, &error) && trace_frame(s->trace, trace_known(s->trace), &final, &error));
    nanoseconds before = s->whole->moments[0].time - NS_PER_MS, begin = before < first.time ? before : first.time;
    nanoseconds end = final.time + 300 * NS_PER_MS, part = (end - begin) / MOMENTS;
    nanoseconds step = part > NS_PER_MS ? part : NS_PER_MS;
    for (nanoseconds now = begin; now < end; now += step) {
        tell_calls(s, now - step, now);
        work(s, now);
        uint32_t last = trace_decoded(s->trace);
        bool all = last == trace_known(s->trace);
        same_as_fresh(s, path, s->grown, last, all ? now - PLACED_BACK : INT64_MIN);
    }
}

START_TEST(what_a_growing_trace_says_is_what_its_frames_and_calls_give_whenever_they_come)
{
    struct stage s;
    const char *path = traces[_i % 4];
    stage_open(&s, path, (unsigned)_i / 4);
    grow(&s, path);
    ck_assert_uint_eq(s.grown->count, s.whole->count);
    trace_stop(s.trace);
    work(&s, 0);
    ck_assert(trace_ended(s.trace));
    same_as_fresh(&s, path, s.whole, UINT32_MAX, INT64_MAX);
    for (uint32_t frame = trace_known(s.trace) - 1; frame; frame--) {
        trace_go(s.trace, frame);
        work(&s, 0);
        same_as_fresh(&s, path, s.whole, frame, INT64_MIN);
    }
    stage_close(&s);
}
END_TEST

/* A person has gone back, and looks at a frame while a call that was made before it becomes known. */
START_TEST(a_present_in_the_past_gets_the_call_that_comes_late)
{
    struct stage s;
    const char *path = traces[0];
    stage_open(&s, path, 1);
    nanoseconds late = s.whole->moments[s.whole->count - 1].time + NS_PER_S;
    work(&s, late);
    ck_assert_uint_eq(trace_decoded(s.trace), trace_known(s.trace));
    trace_go(s.trace, 5);
    work(&s, late);
    same_as_fresh(&s, path, s.grown, 5, INT64_MIN);
    tell_calls(&s, 0, late);
    work(&s, late);
    ck_assert_uint_eq(trace_present(s.trace), 5);
    same_as_fresh(&s, path, s.whole, 5, INT64_MIN);
    stage_close(&s);
}
END_TEST

Suite *trace_calls_suite(void)
{
    Suite *suite = suite_create("trace_calls");
    TCase *tests = tcase_create("trace_calls");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_a_growing_trace_says_is_what_its_frames_and_calls_give_whenever_they_come, 0, 12);
    tcase_add_test(tests, a_present_in_the_past_gets_the_call_that_comes_late);
    suite_add_tcase(suite, tests);
    return suite;
}

/* A trace that can be gone through both ways: what it says of frame N is what a fresh decoder says after frames
 * 1..N, and the story of one row, read alone, is the one that the decoder of all tells. Held over every bundled
 * trace. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/store.h"
#include "report/json.h"
#include "report/report.h"
#include "ui/follow.h"
#include "ui/trace.h"

enum { A_WHILE = 1000 };

static glob_t bundled(void)
{
    const char *pattern = getenv("TRACES_TO_WALK");
    glob_t found;
    ck_assert_int_eq(glob(pattern ? pattern : "traces/*.pcap", 0, NULL, &found), 0);
    return found;
}

/* NULL: no capture (of those that TRACES_TO_WALK names). */
static struct trace *opened_with(const char *path, const char *calls)
{
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7 } };
    struct error error = { 0 };
    char beside[300];
    if (calls_beside(beside, sizeof beside, calls))
        options.calls.file = beside;
    struct trace *trace = trace_open(&options, &error);
    ck_assert_msg(trace || getenv("TRACES_TO_WALK"), "%s", error.text);
    return trace;
}

static struct trace *opened(const char *path)
{
    return opened_with(path, path);
}

static void work(struct trace *trace)
{
    for (unsigned i = 0; i < A_WHILE && trace_work(trace, NS_PER_S, 0); i++)
        ;
}

/* NULL: the trace has none beside it. */
static struct calls *calls_of(const char *path)
{
    char beside[300];
    struct error error = { 0 };
    struct calls_source source = { .file = beside };
    return calls_beside(beside, sizeof beside, path) ? calls_read(&source, &error) : NULL;
}

/* One frame at a time, each after the calls that are not later; after the last frame the calls that are left. */
static void fresh_run(struct decoder *decoder, const char *path, uint32_t frames, const struct calls *calls)
{
    struct source_options options = { .file = path };
    struct error error = { 0 };
    struct source *source = source_open(&options, &error);
    struct frame batch[FRAME_BATCH];
    size_t told = 0, most = calls ? calls->count : 0;
    for (enum source_state state = SOURCE_MORE; state != SOURCE_END;) {
        unsigned count = 0;
        state = source_next(source, batch, &count);
        for (unsigned i = 0; i < count; i++) {
            if (batch[i].number > frames) {
                source_close(source);
                return;
            }
            for (; told < most && calls->moments[told].time <= batch[i].time; told++)
                decoder_call(decoder, &calls->moments[told]);
            decoder_feed(decoder, &batch[i], 1);
        }
    }
    for (; told < most; told++)
        decoder_call(decoder, &calls->moments[told]);
    source_close(source);
}

static void say(struct text *t, const struct decoder *decoder, const struct conversation *row)
{
    static struct json_layout layout;
    struct row bound;
    if (!layout.count[0])
        json_layout_make(&layout);
    row_bind(&bound, decoder, row);
    json_row(t, &layout, &bound);
}

/* All rows at frame N as a fresh decoder has them. */
static struct text fresh(const char *path, uint32_t frame)
{
    struct decoder_options options = { .secret = 7 };
    struct decoder *decoder = decoder_new(&options);
    struct calls *calls = calls_of(path);
    struct text t = { 0 };
    fresh_run(decoder, path, frame, calls);
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row))
        say(&t, decoder, row);
    decoder_free(decoder);
    calls_free(calls);
    return t;
}

static struct text present(const struct trace *trace)
{
    struct text t = { 0 };
    for (uint32_t id = 1; id <= trace_rows(trace); id++)
        if (trace_row(trace, id))
            say(&t, trace_decoder(trace), trace_row(trace, id));
    return t;
}

static void assert_same(const struct text *a, const struct text *b, const char *path, uint32_t frame)
{
    bool same = a->used == b->used && memcmp(a->bytes ? a->bytes : "", b->bytes ? b->bytes : "", a->used) == 0;
    ck_assert_msg(same, "%s, frame %u:\nfresh %.*s\nhere  %.*s", path, frame, (int)a->used, a->bytes, (int)b->used,
                  b->bytes);
}

/* Gives how many frames it has. */
static uint32_t walk(const char *path)
{
    struct trace *trace = opened(path);
    if (!trace)
        return 0;
    work(trace);
    uint32_t known = trace_known(trace);
    struct text *said = calloc(known + 1, sizeof *said);
    for (uint32_t frame = known; frame > 0; frame = trace_before(trace, frame)) {
        trace_go(trace, frame);
        work(trace);
        struct text here = present(trace);
        said[frame] = fresh(path, frame);
        assert_same(&said[frame], &here, path, frame);
        text_free(&here);
    }
    trace_go(trace, 0);
    ck_assert_uint_eq(trace_rows(trace), 0);
    for (uint32_t frame = trace_after(trace, 0); frame; frame = trace_after(trace, frame)) {
        trace_go(trace, frame);
        work(trace);
        struct text here = present(trace);
        assert_same(&said[frame], &here, path, frame);
        text_free(&here);
        text_free(&said[frame]);
    }
    free(said);
    trace_close(trace);
    return known;
}

START_TEST(every_frame_is_what_a_fresh_decoder_gives_forwards_and_backwards)
{
    glob_t found = bundled();
    uint32_t frames = 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        frames += walk(found.gl_pathv[i]);
    ck_assert(frames > 100 || getenv("TRACES_TO_WALK"));
    globfree(&found);
}
END_TEST

/* --- the story of one row --- */

static bool same_step(const struct step *a, const struct step *b)
{
    const struct because *x = &a->because, *y = &b->because;
    bool same = a->time == b->time && a->frame == b->frame && a->kind == b->kind && a->who == b->who &&
                a->inferred == b->inferred && memcmp(a->state, b->state, 2) == 0 && x->sentence == y->sentence &&
                x->frame[0] == y->frame[0] && x->frame[1] == y->frame[1] && x->value[0] == y->value[0] &&
                x->value[1] == y->value[1];
    bool call = a->kind == EVENT_CALL || a->kind == EVENT_CALL_RETURNED;
    if (same && call && a->call.recorded)
        return b->call.recorded && a->call.recorded->number == b->call.recorded->number;
    if (!same || a->kind != EVENT_TCP_SEGMENT)
        return same;
    return a->segment.seq == b->segment.seq && a->segment.ack == b->segment.ack && a->segment.marks == b->segment.marks &&
           a->segment.wireshark == b->segment.wireshark && a->segment.duplicate_of == b->segment.duplicate_of &&
           a->segment.payload == b->segment.payload && a->segment.flags == b->segment.flags &&
           a->segment.ack_rtt == b->segment.ack_rtt;
}

static void compare_story(struct trace *trace, const char *path, uint32_t id)
{
    struct decoder_options options = { .secret = 7 };
    struct decoder *decoder = decoder_new(&options);
    struct story *whole = story_new_long(id, 100000);
    struct sink sink = story_sink(whole);
    decoder_attach(decoder, &sink);
    struct calls *calls = calls_of(path);
    fresh_run(decoder, path, UINT32_MAX, calls);
    struct follow *follow = follow_open(trace, id);
    while (follow_work(follow, NS_PER_S))
        ;
    const struct story *alone = follow_story(follow);
    ck_assert_msg(story_count(alone) == story_count(whole), "%s, row %u: %zu steps alone, %zu of the whole", path, id,
                  story_count(alone), story_count(whole));
    for (size_t i = 0; i < story_count(whole); i++)
        ck_assert_msg(same_step(story_step(alone, i), story_step(whole, i)), "%s, row %u, step %zu, frame %u: %s, %s", path,
                      id, i, story_step(whole, i)->frame, event_names[story_step(alone, i)->kind],
                      event_names[story_step(whole, i)->kind]);
    follow_close(follow);
    story_free(whole);
    decoder_free(decoder);
    calls_free(calls);
}

START_TEST(the_story_of_a_row_read_alone_is_that_of_the_whole)
{
    glob_t found = bundled();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct trace *trace = opened(found.gl_pathv[i]);
        if (!trace)
            continue;
        work(trace);
        for (uint32_t id = 1; id <= trace_rows(trace); id++)
            compare_story(trace, found.gl_pathv[i], id);
        trace_close(trace);
    }
    globfree(&found);
}
END_TEST

/* --- a pipe is spooled --- */

START_TEST(what_comes_through_a_pipe_can_be_gone_through_like_a_file)
{
    static const char path[] = "traces/many-clients.pcap";
    char fifo[] = "/tmp/test_trace.XXXXXX";
    ck_assert(mkdtemp(fifo) != NULL);
    char name[64], command[128];
    snprintf(name, sizeof name, "%s/pipe", fifo);
    ck_assert_int_eq(mkfifo(name, 0600), 0);
    snprintf(command, sizeof command, "cat %s > %s", path, name);
    FILE *writer = popen(command, "r");
    struct trace *trace = opened_with(name, path);
    for (unsigned i = 0; i < 100 * A_WHILE && !trace_ended(trace); i++) {
        work(trace);
        usleep(100);
    }
    pclose(writer);
    ck_assert(trace_ended(trace));
    for (uint32_t frame = trace_known(trace); frame; frame = trace_before(trace, frame)) {
        trace_go(trace, frame);
        work(trace);
        struct text here = present(trace), other = fresh(path, frame);
        assert_same(&other, &here, path, frame);
        text_free(&here);
        text_free(&other);
    }
    trace_close(trace);
    unlink(name);
    rmdir(fifo);
}
END_TEST

START_TEST(a_spool_gives_back_the_latest_frames_and_says_which_are_gone)
{
    struct error error = { 0 };
    struct store *store = store_spool(1, &error);          /* as small as it gets: 1 MiB */
    ck_assert_msg(store != NULL, "%s", error.text);
    uint8_t bytes[1000];
    uint64_t offsets[3000];
    for (unsigned i = 0; i < 3000; i++) {
        memset(bytes, (int)(i & 0xff), sizeof bytes);
        struct frame frame = { .bytes = bytes, .caplen = sizeof bytes, .len = 1500, .number = i + 1, .time = i };
        ck_assert(store_add(store, &frame, &offsets[i]));
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < 3000; i++) {
        struct frame frame;
        if (!store_read(store, offsets[i], &frame, &error)) {
            ck_assert_msg(strstr(error.text, "no longer kept"), "%s", error.text);
            ck_assert_uint_eq(kept, 0);
            continue;
        }
        kept++;
        ck_assert_uint_eq(frame.number, i + 1);
        ck_assert_uint_eq(frame.len, 1500);
        ck_assert_int_eq(frame.time, i);
        ck_assert_uint_eq(frame.bytes[999], i & 0xff);
    }
    ck_assert_uint_ge(kept, 1000);
    ck_assert_uint_lt(kept, 1100);
    store_close(store);
}
END_TEST

Suite *trace_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, every_frame_is_what_a_fresh_decoder_gives_forwards_and_backwards);
    tcase_add_test(tests, the_story_of_a_row_read_alone_is_that_of_the_whole);
    tcase_add_test(tests, what_comes_through_a_pipe_can_be_gone_through_like_a_file);
    tcase_add_test(tests, a_spool_gives_back_the_latest_frames_and_says_which_are_gone);
    suite_add_tcase(suite, tests);
    return suite;
}

#include "ui/both.h"

#include <stdlib.h>

#include "report/fields.h"

/* All frames of a trace, with their calls. */
static bool feed_all(struct trace *trace, struct decoder *decoder, struct trace_calls *calls)
{
    struct frame frames[FRAME_BATCH];
    struct error error;
    uint32_t numbers[FRAME_BATCH], last = 0;
    *calls = (struct trace_calls){ 0 };
    trace_calls_stale(trace, calls);
    for (;;) {
        unsigned count = 0;
        for (uint32_t next = last; count < FRAME_BATCH && (next = trace_after(trace, next)) != 0;)
            numbers[count++] = next;
        if (!count)
            break;
        unsigned got = trace_frames(trace, numbers, count, frames, &error);
        if (!got)
            return false;
        trace_feed(trace, decoder, calls, frames, got);
        last = numbers[got - 1];
    }
    trace_feed_calls(trace, decoder, calls, UINT32_MAX);
    decoder_end(decoder);
    return true;
}

/* id 0: the rows alone. */
static bool read_one(struct both *b, unsigned i, struct trace *trace, uint32_t id)
{
    decoder_free(b->decoder[i]);
    b->decoder[i] = decoder_new(trace_decoder_options(trace));
    if (!b->decoder[i])
        return false;
    if (id) {
        b->seen[i].id = id;
        b->story[i] = story_new_long(id, BOTH_FRAMES_MOST);
        if (!b->story[i])
            return false;
        struct sink told = story_sink(b->story[i]), seen = seen_sink(&b->seen[i]);
        decoder_attach(b->decoder[i], &told);
        decoder_attach(b->decoder[i], &seen);
    }
    struct trace_calls others;
    return feed_all(trace, b->decoder[i], i ? &others : &b->fed);
}

static bool find(struct both *b, uint32_t id, struct match *match)
{
    static const char *const names[2] = { "this capture", "the other one" };
    struct error error;
    const struct decoder *const decoders[2] = { b->decoder[0], b->decoder[1] };
    return compare_match(decoders, id, names, match, &error);
}

/* False: it cannot be had. */
static bool make(struct both *b, struct trace *const traces[2])
{
    static const struct report_options options = { .width = BOTH_WIDTH, .all = true };
    struct match match;
    unsigned client;
    if (trace_known(traces[0]) > BOTH_FRAMES_MOST || trace_known(traces[1]) > BOTH_FRAMES_MOST)
        return false;
    if (!read_one(b, 0, traces[0], 0) || !read_one(b, 1, traces[1], 0) || !find(b, b->id, &match))
        return false;
    if (!read_one(b, 0, traces[0], match.id[0]) || !read_one(b, 1, traces[1], match.id[1]))
        return false;
    struct compare_capture captures[2];
    for (unsigned i = 0; i < 2; i++)
        captures[i] = (struct compare_capture){ .decoder = b->decoder[i], .story = b->story[i], .list = &b->seen[i],
                                                .about.one_clock = true };      /* this process captured both */
    if (!report_compare_ladder(captures, &match, &options, &b->ladder, b->scenes, &client))
        return false;
    b->side = client == 0 ? CLIENT : SERVER;
    return true;
}

struct both *both_make(struct trace *trace, struct trace *other, uint32_t id)
{
    struct trace *const traces[2] = { trace, other };
    struct both *b = calloc(1, sizeof *b);
    if (b) {
        b->id = id;
        b->made = make(b, traces);
    }
    return b;
}

void both_free(struct both *b)
{
    if (!b)
        return;
    ladder_free(&b->ladder);
    for (unsigned i = 0; i < 2; i++) {
        scenes_free(&b->scenes[i]);
        if (b->story[i])
            story_free(b->story[i]);
        decoder_free(b->decoder[i]);
        free(b->seen[i].seen);
    }
    free(b);
}

bool both_stale(const struct both *b, const struct trace *trace)
{
    const struct calls *calls = trace_known_calls(trace);
    struct trace_calls fed = b->fed;
    return trace_calls_stale(trace, &fed) || (calls && b->made && fed.fed != calls->count);
}

uint32_t both_frame(const struct both *b, size_t row)
{
    const struct scene *seen = b->ladder.rows[row].seen[b->side];
    return seen ? story_step(b->story[0], seen->first)->frame : 0;
}

size_t both_row(const struct both *b, uint32_t frame)
{
    size_t found = SIZE_MAX;
    uint32_t latest = 0;
    for (size_t i = 0; i < b->ladder.count; i++) {
        uint32_t at = both_frame(b, i);
        if (at && at <= frame && at > latest) {
            latest = at;
            found = i;
        }
    }
    return found;
}

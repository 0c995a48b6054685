#include "ui/follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/report.h"
#include "ui/index.h"

enum {
    FOLLOW_UNITS = 400000,            /* segments kept from the beginning: 60 MB at most */
    FOLLOW_UNITS_LIVE = 20000,        /* a live story grows between any two drawings, so less of it is kept */
    FOLLOW_ROWS = 4096,               /* rows that its decoder may hold: incarnations, and layers of tunnels */
    BATCHES_PER_LOOK = 8,
};

struct follow {
    struct trace *trace;
    uint32_t id;
    struct tuple key;
    bool key_known;
    struct decoder *decoder;          /* owned */
    struct story *story;              /* owned */
    struct scenes scenes;
    uint64_t scenes_of;               /* version they were made at, plus 1 */
    uint64_t version;
    const struct conversation *row;
    uint32_t row_id;                  /* of that row, in its own decoder */
    union {
        struct connection tcp;
        struct flow udp;
    } shown;                          /* a copy of the row, under the id that it has in the trace */
    uint32_t fed;                     /* all its frames up to this one were fed */
    struct trace_calls calls;
    uint32_t calls_until;             /* those before this frame were */
    uint32_t kept_until;              /* last frame of the story's first part, once that is full; 0: it is not */
    uint32_t last;                    /* none later than this are to be; UINT32_MAX: no limit */
    nanoseconds last_time;            /* of that frame */
    nanoseconds told;                 /* time that its decoder has been told of without frames */
    uint32_t *queue;                  /* owned: frames still to be fed, in order */
    size_t queue_count, queue_at, queue_room;
};

static struct story *new_story(const struct follow *f)
{
    bool live = source_is_live(trace_source(f->trace));
    return story_new_long(f->id, live ? FOLLOW_UNITS_LIVE : FOLLOW_UNITS);
}

static bool same_key(const struct follow *f, const struct tuple *key)
{
    return !f->key_known || tuple_equal(key, &f->key);
}

/* The row is the last one that begins with this 4-tuple: those before it are told from new. */
static void on_event(void *self, const struct event *e)
{
    struct follow *f = self;
    bool begins = e->kind == EVENT_TCP_OPENED || e->kind == EVENT_UDP_OPENED || e->kind == EVENT_CALL;
    if (begins && e->of && e->of->id > f->row_id && same_key(f, &e->of->key)) {
        struct story *story = f->row ? new_story(f) : f->story;
        if (story && story != f->story) {
            story_free(f->story);
            f->story = story;
        }
        f->row = e->of;
        f->row_id = e->of->id;
    }
    if (e->of && e->of == f->row)
        story_add(f->story, e);
}

/* A decoder and a story, empty. */
static bool begin(struct follow *f)
{
    struct decoder_options options = *trace_decoder_options(f->trace);
    options.max_connections = FOLLOW_ROWS;
    options.given_up = NULL;
    f->decoder = decoder_new(&options);
    f->story = new_story(f);
    if (!f->decoder || !f->story)
        return false;
    struct sink sink = story_sink(f->story);
    sink.event = on_event;
    sink.self = f;
    decoder_attach(f->decoder, &sink);
    return true;
}

static void end(struct follow *f)
{
    scenes_free(&f->scenes);
    story_free(f->story);
    decoder_free(f->decoder);
    f->story = NULL;
    f->decoder = NULL;
    f->row = NULL;
    f->row_id = 0;
    f->scenes_of = 0;
    f->fed = 0;
    f->calls.fed = 0;
    f->calls_until = 0;
    f->told = INT64_MIN;
    f->queue_at = f->queue_count = 0;
}

static void begin_anew(struct follow *f)
{
    end(f);
    begin(f);
    f->version++;
}

struct follow *follow_open(struct trace *trace, uint32_t id)
{
    struct follow *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->trace = trace;
    f->id = id;
    f->last = UINT32_MAX;
    f->told = INT64_MIN;
    trace_calls_stale(trace, &f->calls);
    const struct conversation *row = trace_row(trace, id);
    f->key_known = row != NULL;
    if (row) {
        f->key = row->key;
        f->calls.only = &f->key;
    }
    if (!begin(f)) {
        follow_close(f);
        return NULL;
    }
    return f;
}

void follow_close(struct follow *f)
{
    if (!f)
        return;
    end(f);
    free(f->queue);
    free(f);
}

void follow_limit(struct follow *f, uint32_t last, nanoseconds time)
{
    if (last == f->last && time == f->last_time)
        return;
    if (last != UINT32_MAX && (f->fed > last || f->told > time || f->calls_until > last))
        begin_anew(f);
    f->queue_at = f->queue_count = 0;
    f->last = last;
    f->last_time = time;
}

static bool enqueue(struct follow *f, uint32_t frame)
{
    if (f->queue_count == f->queue_room) {
        size_t room = f->queue_room ? f->queue_room * 2 : 1024;
        uint32_t *queue = realloc(f->queue, room * sizeof *queue);
        if (!queue)
            return false;
        f->queue = queue;
        f->queue_room = room;
    }
    f->queue[f->queue_count++] = frame;
    return true;
}

static int by_number(const void *one, const void *two)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
    return a < b ? -1 : a > b;
}

/* Fragments up to `last` that have not been fed; whose they are is not known. Gives whether there are any. */
static bool enqueue_fragments(struct follow *f, uint32_t last)
{
    const struct index_list *list = &trace_index(f->trace)->fragments;
    const uint32_t *fragments = list->items;
    size_t i = list->count, count = f->queue_count;
    while (i && fragments[i - 1] > f->fed)
        if (fragments[--i] < last)
            enqueue(f, fragments[i]);
    return f->queue_count > count;
}

/* Queues the frames of the row's chain after the last one fed, oldest first. */
static void fill_queue(struct follow *f)
{
    const struct index *index = trace_index(f->trace);
    uint32_t head = index_head(index, f->id), id = f->id, last = 0;
    f->queue_count = f->queue_at = 0;
    for (uint32_t frame = head; frame > f->fed; frame = index_chain(index, frame, &id)) {
        if (frame > f->last)
            continue;
        last = last ? last : frame;
        if (!enqueue(f, frame))
            break;
    }
    if (!last)
        return;
    for (size_t i = 0, j = f->queue_count; i + 1 < j; i++) {
        uint32_t swapped = f->queue[--j];
        f->queue[j] = f->queue[i];
        f->queue[i] = swapped;
    }
    if (enqueue_fragments(f, last))
        qsort(f->queue, f->queue_count, sizeof *f->queue, by_number);
}

/* The calls before frame `frame` that may be of this row. */
static void feed_calls(struct follow *f, uint32_t frame)
{
    trace_feed_calls(f->trace, f->decoder, &f->calls, frame);
    if (frame > f->calls_until)
        f->calls_until = frame;
}

/* A batch from the queue; a frame that cannot be read is left out. */
static void feed(struct follow *f)
{
    struct frame frames[FRAME_BATCH];
    struct error error;
    size_t left = f->queue_count - f->queue_at;
    unsigned count = left < FRAME_BATCH ? (unsigned)left : FRAME_BATCH;
    const uint32_t *numbers = f->queue + f->queue_at;
    unsigned got = trace_frames(f->trace, numbers, count, frames, &error);
    if (got)
        trace_feed(f->trace, f->decoder, &f->calls, frames, got);
    f->queue_at += got ? got : 1;
    f->fed = f->queue[f->queue_at - 1];
    f->version++;
    if (!f->kept_until && f->story->last_count && f->story->first_count)
        f->kept_until = story_step(f->story, f->story->first_count - 1)->frame;
}

bool follow_work(struct follow *f, nanoseconds budget)
{
    nanoseconds until = clock_steady() + budget;
    if (trace_rebuilds(f->trace))
        return false;
    if (trace_calls_stale(f->trace, &f->calls))
        begin_anew(f);
    if (!f->decoder || !f->story)
        return false;
    if (f->queue_at == f->queue_count)
        fill_queue(f);
    for (unsigned i = 1; f->queue_at < f->queue_count; i++) {
        feed(f);
        if (i % BATCHES_PER_LOOK == 0 && clock_steady() >= until)
            return f->queue_at < f->queue_count;
    }
    size_t steps = story_count(f->story);
    bool whole = f->last == UINT32_MAX;
    feed_calls(f, !whole ? f->last : trace_told(f->trace) ? UINT32_MAX : trace_decoded(f->trace));
    f->told = f->last == UINT32_MAX ? trace_now(f->trace) : f->last_time;
    decoder_time(f->decoder, f->told);
    f->version += story_count(f->story) != steps;
    return false;
}

uint32_t follow_kept_until(const struct follow *f)
{
    return f->kept_until ? f->kept_until : UINT32_MAX;
}

uint32_t follow_id(const struct follow *f)
{
    return f->id;
}

const struct conversation *follow_row(struct follow *f)
{
    if (!f->row)
        return NULL;
    struct conversation *head = &f->shown.tcp.head;
    if (conversation_is_tcp(f->row))
        f->shown.tcp = *as_connection(f->row);
    else
        f->shown.udp = *as_flow(f->row);
    const struct conversation *of = trace_row(f->trace, f->id);
    head->id = f->id;
    head->within = of ? of->within : 0;
    return head;
}

const struct decoder *follow_decoder(const struct follow *f)
{
    return f->decoder;
}

const struct story *follow_story(const struct follow *f)
{
    return f->story;
}

const struct scenes *follow_scenes(struct follow *f)
{
    if (f->scenes_of != f->version + 1) {
        scenes_free(&f->scenes);
        if (!f->story || !scenes_make(&f->scenes, f->story, true))
            f->scenes = (struct scenes){ 0 };
        f->scenes_of = f->version + 1;
    }
    return &f->scenes;
}

uint64_t follow_version(const struct follow *f)
{
    return f->version;
}

size_t follow_scene_at(struct follow *f, uint32_t present, nanoseconds time)
{
    const struct scenes *scenes = follow_scenes(f);
    for (size_t i = scenes->count; i--;) {
        const struct step *step = story_step(f->story, scenes->scenes[i].first);
        if (scenes->scenes[i].call)
            continue;
        if (step->frame ? step->frame <= present : step->time <= time)
            return i;
    }
    return SIZE_MAX;
}

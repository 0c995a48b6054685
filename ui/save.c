#include "ui/save.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/saved.h"
#include "ui/index.h"

enum { BATCHES_PER_LOOK = 8 };

void save_drop(struct save *s)
{
    saved_drop(s->file);
    free(s->frames);
    free(s->path);
    *s = (struct save){ 0 };
}

/* The frames of a row, oldest first. */
static bool collect(struct save *s, const struct index *index, uint32_t id)
{
    uint32_t row = id, count = 0;
    for (uint32_t frame = index_head(index, id); frame && row == id; frame = index_chain(index, frame, &row))
        count++;
    s->frames = malloc((count + 1) * sizeof *s->frames);
    if (!s->frames)
        return false;
    s->count = count;
    row = id;
    for (uint32_t frame = index_head(index, id); frame && row == id && count; frame = index_chain(index, frame, &row))
        s->frames[--count] = frame;
    return true;
}

bool save_begin(struct save *s, struct trace *trace, uint32_t id, const char *path, struct error *error)
{
    struct frame first;
    save_drop(s);
    const struct conversation *row = id ? trace_row(trace, id) : NULL;
    s->id = id;
    s->last = trace_known(trace);
    s->path = strdup(path);
    if (row)
        s->key = row->key;
    if (id && !collect(s, trace_index(trace), id)) {
        error_set(error, EXIT_OUTPUT, "out of memory");
        return false;
    }
    s->next = id ? (s->count ? s->frames[0] : 0) : trace_after(trace, 0);
    if (!s->next) {
        error_set(error, EXIT_OUTPUT, "There are no frames to save.");
        return false;
    }
    if (!trace_frame(trace, s->next, &first, error))
        return false;
    s->file = saved_open(path, first.linktype, error);
    return s->file != NULL;
}

/* The next frames to be written. */
static unsigned next_numbers(struct save *s, const struct trace *trace, uint32_t numbers[FRAME_BATCH])
{
    unsigned count = 0;
    if (s->id) {
        for (size_t at = s->at; count < FRAME_BATCH && at < s->count; at++)
            numbers[count++] = s->frames[at];
        return count;
    }
    for (uint32_t frame = s->next; count < FRAME_BATCH && frame && frame <= s->last; frame = trace_after(trace, frame))
        numbers[count++] = frame;
    return count;
}

/* False: all is written, or it failed. */
static bool write_some(struct save *s, struct trace *trace, struct error *error)
{
    uint32_t numbers[FRAME_BATCH];
    struct frame frames[FRAME_BATCH];
    unsigned count = next_numbers(s, trace, numbers);
    unsigned got = count ? trace_frames(trace, numbers, count, frames, error) : 0;
    for (unsigned i = 0; i < got; i++)
        if (!saved_add(s->file, &frames[i], error))
            return false;
    if (!got)
        return false;
    s->written += got;
    s->at += got;
    s->next = trace_after(trace, numbers[got - 1]);
    return true;
}

/* Those of the row, and of the sockets that are of no single one; or all of them. */
static void write_calls(struct save *s, const struct trace *trace, struct error *error)
{
    const struct calls *all = trace_known_calls(trace);
    struct calls *own = all && s->path ? calls_new() : NULL;
    char beside[PATH_MAX];
    for (size_t i = 0; own && i < all->count; i++) {
        const struct call_moment *m = &all->moments[i];
        if (!placed_wanted(m, s->id ? &s->key : NULL))
            continue;
        if (m->returns)
            calls_returned(own, m->call);
        else
            calls_made(own, m->call);
    }
    if (all && !own)
        error_set(error, EXIT_OUTPUT, "There is not enough memory to save the calls.");
    else if (own && own->calls && calls_beside(beside, sizeof beside, s->path))
        error_set(error, EXIT_OUTPUT, "Saved without its calls: %.200s is there already.", beside);
    else if (own && own->calls)
        calls_save(own, s->path, error);
    s->calls = own && !error->text[0] ? own->calls : 0;
    calls_free(own);
}

/* What was written is in its place, or `error` says why not. */
static void finish(struct save *s, const struct trace *trace, struct error *error)
{
    struct saved *file = s->file;
    s->file = NULL;
    if (error->text[0])
        saved_drop(file);
    else if (saved_close(file, error))
        write_calls(s, trace, error);
    uint64_t written = s->written, calls = s->calls;
    save_drop(s);
    s->written = written;
    s->calls = calls;
}

bool save_work(struct save *s, struct trace *trace, nanoseconds budget, struct error *error)
{
    nanoseconds until = clock_steady() + budget;
    error->text[0] = '\0';
    for (unsigned i = 1; s->file; i++) {
        if (!write_some(s, trace, error)) {
            finish(s, trace, error);
            return false;
        }
        if (i % BATCHES_PER_LOOK == 0 && clock_steady() >= until)
            return true;
    }
    return false;
}

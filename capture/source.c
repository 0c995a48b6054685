#include "capture/source.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/file.h"
#include "capture/filter.h"
#include "capture/live.h"
#include "capture/privileges.h"

struct source {
    struct file *file;        /* exactly one of file and live; owned */
    struct live *live;
    struct filter *filter;    /* files: NULL lets all pass; live: the kernel filters */
    char *name;               /* owned */
    uint64_t limit;           /* UINT64_MAX: none */
    uint64_t frames;
    uint64_t given;
    bool ended;
    struct error problem;
    volatile sig_atomic_t stopped;
};

static bool options_make_sense(const struct source_options *o, struct error *error)
{
    if (!o->file == !o->interface) {
        error_set(error, EXIT_USAGE, "give either a capture file or an interface");
        return false;
    }
    if (o->file && o->write_to) {
        error_set(error, EXIT_USAGE, "what is read from a file is not written to %.200s; this is for an interface",
                  o->write_to);
        return false;
    }
    return true;
}

/* The last part of the path, harmless. */
static char *name_of(const struct source_options *o)
{
    const char *name = o->name ? o->name : o->file ? o->file : o->interface;
    if (o->file && !o->bytes && strcmp(o->file, "-") == 0)
        return strdup("standard input");
    const char *slash = o->file && !o->name ? strrchr(name, '/') : NULL;
    if (slash && slash[1])
        name = slash + 1;
    struct text text = {0};
    text_harmless(&text, name, strlen(name));
    text_string(&text, o->bytes && !o->name ? " (bundled)" : "");
    text_char(&text, '\0');
    char *copy = text.failed ? NULL : strdup(text.bytes);
    text_free(&text);
    return copy;
}

static bool open_file(struct source *s, const struct source_options *o, struct error *error)
{
    if (o->filter && o->filter[0]) {
        s->filter = filter_open(o->filter, error);
        if (!s->filter)
            return false;
    }
    s->file = calloc(1, sizeof *s->file);
    if (!s->file) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        return false;
    }
    if (!file_open(s->file, o, s->name, error))
        return false;
    s->file->stream.never_wait = o->never_wait;
    bool one_link = s->file->begun && s->file->format == FORMAT_CLASSIC;
    return !s->filter || !one_link || filter_fits(s->filter, s->file->classic.linktype, error);
}

struct source *source_open(const struct source_options *o, struct error *error)
{
    if (!options_make_sense(o, error))
        return NULL;
    struct source *s = calloc(1, sizeof *s);
    if (s)
        s->name = name_of(o);
    if (!s || !s->name) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        source_close(s);
        return NULL;
    }
    s->limit = o->limit ? o->limit : UINT64_MAX;
    bool open = false;
    if (o->file)
        open = open_file(s, o, error);
    else
        open = (s->live = live_open(o, error)) != NULL;
    if (!open || (!o->keep_privileges && !privileges_drop(error))) {
        source_close(s);
        return NULL;
    }
    return s;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    if (s->file)
        file_close(s->file);
    free(s->file);
    live_close(s->live);
    filter_close(s->filter);
    free(s->name);
    free(s);
}

static enum source_state end(struct source *s)
{
    if (s->live)
        live_flush(s->live);
    const struct error *live = s->live ? live_problem(s->live) : NULL;
    if (live)
        s->problem = *live;
    else if (s->file && s->file->problem.text[0])
        s->problem = s->file->problem;
    else if (s->filter)
        filter_was_useless(s->filter, &s->problem);
    s->ended = true;
    return SOURCE_END;
}

/* All that lies whole in the window, at most `room` that pass. */
static unsigned take_from_window(struct source *s, struct frame *batch, unsigned room)
{
    unsigned count = 0;
    while (count < room) {
        unsigned got = file_frames(s->file, batch + count, room - count);
        if (got == 0)
            break;
        s->frames += got;
        count += s->filter ? filter_keep(s->filter, batch + count, got) : got;
    }
    return count;
}

static enum source_state next_of_file(struct source *s, struct frame *batch, unsigned room, unsigned *count)
{
    *count = take_from_window(s, batch, room);
    if (*count > 0)
        return SOURCE_MORE;
    enum source_state state = file_more(s->file);
    if (state == SOURCE_MORE)
        *count = take_from_window(s, batch, room);
    return state;
}

enum source_state source_next(struct source *s, struct frame batch[FRAME_BATCH], unsigned *count)
{
    *count = 0;
    if (s->ended)
        return SOURCE_END;
    uint64_t wanted = s->limit - s->given;
    unsigned room = wanted < FRAME_BATCH ? (unsigned)wanted : FRAME_BATCH;
    if ((s->stopped && !s->live) || room == 0)
        return end(s);
    enum source_state state;
    if (s->live) {
        state = (s->stopped ? live_rest : live_frames)(s->live, batch, room, count);
        s->frames += *count;
    } else {
        state = next_of_file(s, batch, room, count);
    }
    s->given += *count;
    return state == SOURCE_END ? end(s) : state;
}

void source_stop(struct source *s)
{
    s->stopped = 1;
}

const struct error *source_problem(const struct source *s)
{
    return s->problem.text[0] ? &s->problem : NULL;
}

struct source_counts source_counts(const struct source *s)
{
    struct source_counts counts = { .frames = s->frames, .given = s->given };
    if (s->live) {
        counts.dropped_known = live_dropped(s->live, &counts.dropped);
    } else {
        counts.dropped = s->file->pcapng.dropped;
        counts.dropped_known = s->file->pcapng.dropped_known;
    }
    return counts;
}

int source_descriptor(const struct source *s)
{
    if (s->live)
        return live_descriptor(s->live);
    return s->file->stream.regular ? -1 : s->file->stream.fd;
}

const char *source_name(const struct source *s)
{
    return s->name;
}

bool source_is_live(const struct source *s)
{
    return s->live != NULL;
}

const struct file *source_file(const struct source *s)
{
    return s->file;
}

#include "capture/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/calls_line.h"

enum { TEXTS_PIECE = 64 * 1024, PROTOCOL_OF_STREAMS = 6 };

#define NOTHING UINT32_C(0x80000000)   /* beside a number of a call: its descriptor has no ends now */

const char *const call_names[CALL_COUNT] = {
#define X(id, name) name,
    CALLS(X)
#undef X
};

/* Texts in pieces that never move. */
struct piece {
    struct piece *before;
    size_t used;
    char bytes[TEXTS_PIECE];
};

/* What calls_read() gives, and what only calls_free() needs. */
struct owned {
    struct calls list;
    struct true_call *calls;
    struct call_moment *moments;
    struct piece *texts;
    size_t room;
};

static const char *keep(struct owned *o, const struct text *t, bool *failed)
{
    if (!t->used)
        return NULL;
    if (!o->texts || o->texts->used + t->used + 1 > TEXTS_PIECE) {
        struct piece *piece = malloc(sizeof *piece);
        if (!piece) {
            *failed = true;
            return NULL;
        }
        piece->before = o->texts;
        piece->used = 0;
        o->texts = piece;
    }
    char *place = o->texts->bytes + o->texts->used;
    memcpy(place, t->bytes, t->used);
    place[t->used] = '\0';
    o->texts->used += t->used + 1;
    return place;
}

static bool add(struct owned *o, const struct true_call *call, const struct line_texts *texts)
{
    bool failed = texts->args.failed || texts->result.failed || texts->error.failed || texts->program.failed;
    if (o->list.calls == o->room) {
        size_t room = o->room ? o->room * 2 : 64;
        struct true_call *calls = realloc(o->calls, room * sizeof *calls);
        if (!calls)
            return false;
        o->calls = calls;
        o->room = room;
    }
    struct true_call *place = &o->calls[o->list.calls];
    *place = *call;
    place->number = (uint32_t)o->list.calls + 1;
    place->args = keep(o, &texts->args, &failed);
    place->result = keep(o, &texts->result, &failed);
    place->error = keep(o, &texts->error, &failed);
    place->program = keep(o, &texts->program, &failed);
    o->list.calls += !failed;
    return !failed;
}

/* False: this line ends the reading. */
static bool take_line(struct owned *o, const char *name, const char *line, size_t length, size_t number)
{
    struct line_texts texts = { .args = { 0 } };
    struct true_call call;
    char why[LINE_WHY_ROOM] = "";
    enum line_kind kind = LINE_WRONG;
    if (length > CALLS_LINE_MOST)
        snprintf(why, sizeof why, "it is longer than %d bytes", CALLS_LINE_MOST);
    else if (o->list.calls == CALLS_MOST)
        snprintf(why, sizeof why, "%d calls are kept at most", CALLS_MOST);
    else
        kind = calls_line(line, length, &call, &texts, why);
    if (kind == LINE_CALL && !add(o, &call, &texts)) {
        kind = LINE_WRONG;
        snprintf(why, sizeof why, "there is not enough memory");
    }
    text_free(&texts.args);
    text_free(&texts.result);
    text_free(&texts.error);
    text_free(&texts.program);
    if (kind == LINE_WRONG)
        error_set(&o->list.problem, EXIT_CUT_SHORT, "%.200s, line %zu: %s. The calls before it are used.", name,
                  number, why);
    return kind != LINE_WRONG;
}

static bool blank(const char *line, size_t length)
{
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\r' || line[length - 1] == '\t'))
        length--;
    return !length;
}

static void take_lines(struct owned *o, const char *name, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((stop ? stop : end) - at);
        if (!blank(at, line) && !take_line(o, name, at, line, number))
            return;
        at += line + (stop != NULL);
    }
}

/* --- the ends of what was recorded without them --- */

/* The descriptor that a call is about: of socket() the one it gave. */
static int32_t descriptor(const struct true_call *call)
{
    bool gave = call->call == CALL_SOCKET && call->result && !call->error;
    return gave ? atoi(call->result) : call->fd;
}

/* Who had which ends last, by program and descriptor: an open hash of call numbers plus 1. */
struct holders {
    uint32_t *slots;
    uint32_t mask;
    const struct true_call *calls;
    bool forwards;                /* then the key of an accept() is the descriptor that it gave */
};

static int32_t key_of(const struct holders *h, const struct true_call *call)
{
    bool gave = h->forwards && call->call == CALL_ACCEPT && call->result && !call->error;
    return gave ? atoi(call->result) : descriptor(call);
}

static uint32_t *slot_of(const struct holders *h, const struct true_call *call)
{
    int32_t fd = key_of(h, call);
    uint32_t i = ((uint32_t)fd * 0x9E3779B1u ^ (uint32_t)call->pid * 0x85EBCA77u ^ call->who) & h->mask;
    for (; h->slots[i]; i = (i + 1) & h->mask) {
        const struct true_call *other = &h->calls[(h->slots[i] & ~NOTHING) - 1];
        if (key_of(h, other) == fd && other->pid == call->pid && other->who == call->who)
            break;
    }
    return &h->slots[i];
}

static void copy_ends(struct true_call *to, const struct true_call *from)
{
    to->protocol = from->protocol;
    to->local = from->local;
    to->remote = from->remote;
}

/* One call on its way through the list, forwards or backwards: takes the ends that its descriptor has, or gives its
 * own. Nothing is taken over from another life of the descriptor, between socket() and close(). */
static void pass(struct holders *h, struct true_call *call)
{
    if (key_of(h, call) < 0 || (!h->forwards && call->call == CALL_ACCEPT))
        return;
    uint32_t *slot = slot_of(h, call), own = (uint32_t)(call - h->calls) + 1;
    bool opens = call->call == CALL_SOCKET, closes = call->call == CALL_CLOSE;
    bool begins = h->forwards ? opens : closes, ends = h->forwards ? closes : opens;
    const struct true_call *held = *slot && !(*slot & NOTHING) && !begins ? &h->calls[*slot - 1] : NULL;
    bool bare = !call->local.version && !call->remote.version;
    /* A connected socket has one remote end: bind() before connect() and close() after it are of that connection. */
    bool bound = (h->forwards || call->call == CALL_BIND) && held && held->protocol == PROTOCOL_OF_STREAMS &&
                 call->protocol == held->protocol && held->remote.version && !call->remote.version &&
                 call->local.port == held->local.port;
    if ((bare || bound) && held)
        copy_ends(call, held);
    if (ends || (begins && bare))
        *slot = own | NOTHING;
    else if (!bare)
        *slot = own;
}

static void find_ends(struct owned *o)
{
    struct holders h = { .mask = 63, .calls = o->calls };
    while (h.mask < o->list.calls * 2)
        h.mask = h.mask * 2 + 1;
    for (unsigned forwards = 0; forwards < 2; forwards++) {
        h.slots = calloc((size_t)h.mask + 1, sizeof *h.slots);
        if (!h.slots)
            return;               /* without them it is less well placed, no more */
        h.forwards = forwards;
        for (size_t i = 0; i < o->list.calls; i++)
            pass(&h, &o->calls[forwards ? i : o->list.calls - 1 - i]);
        free(h.slots);
    }
}

/* --- order --- */

static int by_time(const void *one, const void *two)
{
    const struct true_call *a = one, *b = two;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int by_moment(const void *one, const void *two)
{
    const struct call_moment *a = one, *b = two;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->call != b->call)
        return a->call < b->call ? -1 : 1;
    return (int)a->returns - (int)b->returns;
}

static bool order(struct owned *o)
{
    size_t calls = o->list.calls, count = 0;
    o->moments = malloc((calls * 2 + 1) * sizeof *o->moments);
    if (!o->moments)
        return false;
    if (calls)
        qsort(o->calls, calls, sizeof *o->calls, by_time);
    find_ends(o);
    for (size_t i = 0; i < calls; i++) {
        const struct true_call *call = &o->calls[i];
        o->moments[count++] = (struct call_moment){ .time = call->time, .call = call };
        if (call->returned)
            o->moments[count++] = (struct call_moment){ .time = call->end, .call = call, .returns = true };
    }
    qsort(o->moments, count, sizeof *o->moments, by_moment);
    o->list.moments = o->moments;
    o->list.count = count;
    return true;
}

/* --- the file --- */

/* The whole of a plain file; NULL: `error` says why. */
static char *file_bytes(const char *name, size_t *length, struct error *error)
{
    struct stat status;
    int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        error_set(error, EXIT_UNREADABLE, "The calls in %.200s cannot be read: %s.", name, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *bytes = NULL;
    if (!S_ISREG(status.st_mode) || status.st_size > CALLS_FILE_MOST)
        error_set(error, EXIT_UNREADABLE, "%.200s is %s: calls are read from a file of %d MiB at most.", name,
                  S_ISREG(status.st_mode) ? "too large" : "no plain file", CALLS_FILE_MOST >> 20);
    else if (!(bytes = malloc((size_t)status.st_size + 1)))
        error_set(error, EXIT_UNREADABLE, "There is not enough memory for the calls in %.200s.", name);
    for (*length = 0; bytes && *length < (size_t)status.st_size;) {
        ssize_t got = read(fd, bytes + *length, (size_t)status.st_size - *length);
        if (got <= 0)
            break;
        *length += (size_t)got;
    }
    close(fd);
    return bytes;
}

struct calls *calls_read(const struct calls_source *source, struct error *error)
{
    size_t length = source->length;
    char *bytes = source->bytes ? NULL : file_bytes(source->file, &length, error);
    if (!source->bytes && !bytes)
        return NULL;
    struct owned *o = calloc(1, sizeof *o);
    if (o)
        take_lines(o, source->file, source->bytes ? (const char *)source->bytes : bytes, length);
    free(bytes);
    if (o && order(o))
        return &o->list;
    error_set(error, EXIT_UNREADABLE, "There is not enough memory for the calls in %.200s.", source->file);
    calls_free(o ? &o->list : NULL);
    return NULL;
}

void calls_free(struct calls *calls)
{
    struct owned *o = (struct owned *)calls;
    if (!o)
        return;
    for (struct piece *piece = o->texts; piece;) {
        struct piece *before = piece->before;
        free(piece);
        piece = before;
    }
    free(o->calls);
    free(o->moments);
    free(o);
}

bool calls_beside(char *out, size_t room, const char *capture)
{
    int length = snprintf(out, room, "%s.calls.jsonl", capture);
    return length > 0 && (size_t)length < room && strcmp(capture, "-") != 0 && access(out, F_OK) == 0;
}

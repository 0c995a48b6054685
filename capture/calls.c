#include "capture/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/calls_line.h"
#include "capture/calls_list.h"

const char *const call_names[CALL_COUNT] = {
#define X(id, name) name,
    CALLS(X)
#undef X
};

static bool add(struct calls_owned *o, struct true_call *call, struct line_texts *texts)
{
    if (texts->args.failed || texts->result.failed || texts->error.failed || texts->program.failed)
        return false;
    call->args = text_ended(&texts->args);
    call->result = text_ended(&texts->result);
    call->error = text_ended(&texts->error);
    call->program = text_ended(&texts->program);
    return calls_list_add(o, call) != NULL;
}

/* False: this line ends the reading. */
static bool take_line(struct calls_owned *o, const char *name, const char *line, size_t length, size_t number)
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

static void take_lines(struct calls_owned *o, const char *name, const char *bytes, size_t length)
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

/* --- order --- */

static bool order(struct calls_owned *o)
{
    if (!calls_list_room(o, o->list.calls * 2))
        return false;
    for (size_t i = 0; i < o->list.calls; i++) {
        const struct true_call *call = &o->listed[i]->call;
        o->moments[o->list.count++] = (struct call_moment){ .time = call->time, .call = call };
        if (call->returned)
            o->moments[o->list.count++] = (struct call_moment){ .time = call->end, .call = call, .returns = true };
    }
    qsort(o->moments, o->list.count, sizeof *o->moments, calls_by_moment);
    calls_find_ends(o);
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
    struct calls_owned *o = calloc(1, sizeof *o);
    if (o)
        take_lines(o, source->file, source->bytes ? (const char *)source->bytes : bytes, length);
    free(bytes);
    if (o && order(o))
        return &o->list;
    error_set(error, EXIT_UNREADABLE, "There is not enough memory for the calls in %.200s.", source->file);
    calls_free(o ? &o->list : NULL);
    return NULL;
}

bool calls_beside(char *out, size_t room, const char *capture)
{
    int length = snprintf(out, room, "%s.calls.jsonl", capture);
    return length > 0 && (size_t)length < room && strcmp(capture, "-") != 0 && access(out, F_OK) == 0;
}

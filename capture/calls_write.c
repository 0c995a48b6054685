/* A call as a line of a calls file; the file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/calls.h"

static void string_or_null(struct text *t, const char *name, const char *s)
{
    text_format(t, ",\"%s\":", name);
    text_json_string(t, s);
}

static void number_or_null(struct text *t, const char *name, int32_t n)
{
    text_format(t, ",\"%s\":", name);
    if (n < 0)
        text_string(t, "null");
    else
        text_i64(t, n);
}

static void end_or_null(struct text *t, const char *name, const struct call_end *end)
{
    text_format(t, ",\"%s\":", name);
    if (!end->version) {
        text_string(t, "null");
        return;
    }
    text_string(t, "{\"addr\":\"");
    text_address(t, end->address, end->version);
    text_format(t, "\",\"port\":%u}", end->port);
}

void calls_write(struct text *t, const struct true_call *call)
{
    text_string(t, "{\"type\":\"call\",\"time\":\"");
    text_time(t, call->time);
    text_string(t, "\",\"end\":");
    if (call->returned) {
        text_char(t, '"');
        text_time(t, call->end);
        text_char(t, '"');
    } else {
        text_string(t, "null");
    }
    text_format(t, ",\"who\":\"%s\"", call->who == CALLER_CLIENT ? "client" : "server");
    text_format(t, ",\"call\":\"%s\"", call_names[call->call]);
    string_or_null(t, "args", call->args);
    number_or_null(t, "fd", call->fd);
    string_or_null(t, "result", call->result);
    string_or_null(t, "errno", call->error);
    text_string(t, ",\"certainty\":\"true\",\"socket\":{\"protocol\":");
    text_string(t, call->protocol == 6 ? "\"tcp\"" : call->protocol == 17 ? "\"udp\"" : "null");
    end_or_null(t, "local", &call->local);
    end_or_null(t, "remote", &call->remote);
    text_char(t, '}');
    number_or_null(t, "pid", call->pid);
    if (call->program)
        string_or_null(t, "program", call->program);
    if (call->stays_open)
        text_string(t, ",\"stays_open\":true");
    text_string(t, "}\n");
}

/* --- the whole file --- */

static bool write_bytes(FILE *file, struct text *t)
{
    bool good = !t->failed && fwrite(t->bytes, 1, t->used, file) == t->used;
    t->used = 0;
    return good;
}

/* In the order of time. */
static bool write_all(FILE *file, const struct calls *calls)
{
    struct text t = { 0 };
    bool good = true;
    for (size_t i = 0; i < calls->count && good; i++)
        if (!calls->moments[i].returns) {
            calls_write(&t, calls->moments[i].call);
            good = write_bytes(file, &t);
        }
    text_free(&t);
    return good;
}

static FILE *open_part(char *part)
{
    int fd = mkstemp(part);
    if (fd < 0)
        return NULL;
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);         /* mkstemp() lets only its owner read */
    FILE *file = fdopen(fd, "wb");
    if (!file) {
        close(fd);
        unlink(part);
    }
    return file;
}

bool calls_save(const struct calls *calls, const char *capture, struct error *error)
{
    size_t room = strlen(capture) + sizeof ".calls.jsonl.XXXXXX";
    char *path = malloc(room), *part = malloc(room);
    bool good = false;
    FILE *file = NULL;
    errno = ENOMEM;
    if (path && part) {
        snprintf(path, room, "%s.calls.jsonl", capture);
        snprintf(part, room, "%s.XXXXXX", path);
        file = open_part(part);
    }
    if (file) {
        good = write_all(file, calls) && fflush(file) == 0;
        good = fclose(file) == 0 && good && rename(part, path) == 0;
        int why = errno;
        if (!good)
            unlink(part);
        errno = why;
    }
    if (!good)
        error_set(error, EXIT_OUTPUT, "%.200s.calls.jsonl cannot be written: %s", capture, strerror(errno));
    free(path);
    free(part);
    return good;
}

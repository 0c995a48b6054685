/* A call as a line of a calls file; the file. */
#include "base/whole.h"
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

bool calls_save(const struct calls *calls, const char *capture, struct error *error)
{
    struct text lines = { 0 }, path = { 0 };
    text_format(&path, "%s.calls.jsonl", capture);
    for (size_t i = 0; i < calls->count; i++)     /* in the order of time */
        if (!calls->moments[i].returns)
            calls_write(&lines, calls->moments[i].call);
    bool good = whole_write(text_ended(&path), &lines, error);
    text_free(&lines);
    text_free(&path);
    return good;
}

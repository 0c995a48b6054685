#include "capture/calls_line.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "capture/calls.h"

enum { SECONDS_DIGITS = 10, NANOSECONDS_DIGITS = 9, TCP = 6, UDP = 17 };

/* "1795196280.465213000": at most ten digits, then at most nine decimals. */
static bool time_of(const json_t *value, nanoseconds *time)
{
    const char *at = json_string_value(value);
    unsigned digits = 0, decimals = 0;
    nanoseconds s = 0, fraction = 0;
    if (!at)
        return false;
    for (; *at >= '0' && *at <= '9' && digits <= SECONDS_DIGITS; at++, digits++)
        s = s * 10 + (*at - '0');
    if (!digits || digits > SECONDS_DIGITS || s > INT64_MAX / NS_PER_S - 1)
        return false;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && decimals < NANOSECONDS_DIGITS; at++, decimals++)
            fraction = fraction * 10 + (*at - '0');
    for (; decimals < NANOSECONDS_DIGITS; decimals++)
        fraction *= 10;
    *time = s * NS_PER_S + fraction;
    return *at == '\0';
}

static bool number_of(const json_t *value, int32_t *n)
{
    if (!value || json_is_null(value))
        return true;
    json_int_t number = json_integer_value(value);
    *n = (int32_t)number;
    return json_is_integer(value) && number >= 0 && number <= INT32_MAX;
}

/* A text, or a number (a result is easily written as one); nothing where it is null. */
static bool text_of(const json_t *value, struct text *t)
{
    if (!value || json_is_null(value))
        return true;
    if (json_is_integer(value)) {
        text_i64(t, json_integer_value(value));
        return true;
    }
    if (!json_is_string(value))
        return false;
    text_harmless(t, json_string_value(value), json_string_length(value));
    return t->used <= CALLS_TEXT_MOST;
}

static bool address_of(const char *words, struct call_end *end)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    uint8_t address[16] = { 0 };
    if (inet_pton(AF_INET, words, address) == 1) {
        end->version = 4;
        memcpy(end->address, address, 4);
        return true;
    }
    if (inet_pton(AF_INET6, words, address) != 1)
        return false;
    if (memcmp(address, mapped, sizeof mapped) == 0) {        /* a socket for both speaks IPv4 */
        end->version = 4;
        memcpy(end->address, address + 12, 4);
    } else {
        end->version = 6;
        memcpy(end->address, address, 16);
    }
    return true;
}

static bool end_of(const json_t *value, struct call_end *end)
{
    int32_t port = -1;
    *end = (struct call_end){ 0 };
    if (!value || json_is_null(value))
        return true;
    const char *address = json_string_value(json_object_get(value, "addr"));
    if (!address || !address_of(address, end) || !number_of(json_object_get(value, "port"), &port) || port < 0 ||
        port > UINT16_MAX)
        return false;
    end->port = (uint16_t)port;
    return true;
}

static bool socket_of(const json_t *value, struct true_call *call)
{
    if (!value || json_is_null(value))
        return true;
    const json_t *protocol = json_object_get(value, "protocol");
    const char *name = json_string_value(protocol);
    if (name && strcmp(name, "tcp") == 0)
        call->protocol = TCP;
    else if (name && strcmp(name, "udp") == 0)
        call->protocol = UDP;
    else if (!json_is_object(value) || (protocol && !json_is_null(protocol)))
        return false;
    return end_of(json_object_get(value, "local"), &call->local) &&
           end_of(json_object_get(value, "remote"), &call->remote);
}

static bool call_of(const json_t *value, uint8_t *call)
{
    const char *name = json_string_value(value);
    for (unsigned i = 0; name && i < CALL_CLOSE_OR_SHUTDOWN; i++)
        if (strcmp(call_names[i], name) == 0) {
            *call = (uint8_t)i;
            return true;
        }
    return false;
}

static bool who_of(const json_t *value, uint8_t *who)
{
    const char *name = json_string_value(value);
    *who = name && strcmp(name, "server") == 0 ? CALLER_SERVER : CALLER_CLIENT;
    return name && (*who == CALLER_SERVER || strcmp(name, "client") == 0);
}

/* NULL, or what is wrong. */
static const char *fields_of(const json_t *object, struct true_call *call, struct line_texts *texts)
{
    const json_t *end = json_object_get(object, "end");
    if (!time_of(json_object_get(object, "time"), &call->time))
        return "\"time\" is not seconds since 1970 as a text, as \"1795196280.465213000\"";
    call->returned = end && !json_is_null(end);
    if (call->returned && !time_of(end, &call->end))
        return "\"end\" is neither such a time nor null";
    if (call->returned && call->end < call->time)
        return "\"end\" is before \"time\"";
    if (!who_of(json_object_get(object, "who"), &call->who))
        return "\"who\" is neither \"client\" nor \"server\"";
    if (!call_of(json_object_get(object, "call"), &call->call))
        return "\"call\" is no call that synfin knows (synfin help calls)";
    if (!number_of(json_object_get(object, "fd"), &call->fd) || !number_of(json_object_get(object, "pid"), &call->pid))
        return "\"fd\" or \"pid\" is neither a whole number nor null";
    if (!text_of(json_object_get(object, "args"), &texts->args) ||
        !text_of(json_object_get(object, "result"), &texts->result) ||
        !text_of(json_object_get(object, "errno"), &texts->error) ||
        !text_of(json_object_get(object, "program"), &texts->program))
        return "\"args\", \"result\", \"errno\" or \"program\" is no text of 200 bytes at most";
    call->stays_open = json_is_true(json_object_get(object, "stays_open"));
    if (!socket_of(json_object_get(object, "socket"), call))
        return "\"socket\" is not {\"protocol\":\"tcp\"|\"udp\",\"local\":{\"addr\":..,\"port\":..}|null,"
               "\"remote\":..}";
    return NULL;
}

enum line_kind calls_line(const char *line, size_t length, struct true_call *call, struct line_texts *texts,
                          char why[LINE_WHY_ROOM])
{
    json_error_t wrong;
    *call = (struct true_call){ .fd = -1, .pid = -1 };
    json_t *object = json_loadb(line, length, 0, &wrong);
    if (!object) {
        struct text t = { 0 };
        text_harmless(&t, wrong.text, strlen(wrong.text));
        snprintf(why, LINE_WHY_ROOM, "column %d: %.*s", wrong.column, t.used > 120 ? 120 : (int)t.used,
                 t.used ? t.bytes : "");
        text_free(&t);
        return LINE_WRONG;
    }
    const char *type = json_string_value(json_object_get(object, "type"));
    enum line_kind kind = !type ? LINE_WRONG : strcmp(type, "call") != 0 ? LINE_OTHER : LINE_CALL;
    const char *bad = kind == LINE_WRONG ? "not an object with a \"type\""
                      : kind == LINE_CALL ? fields_of(object, call, texts) : NULL;
    json_decref(object);
    if (!bad)
        return kind;
    snprintf(why, LINE_WHY_ROOM, "%s", bad);
    return LINE_WRONG;
}

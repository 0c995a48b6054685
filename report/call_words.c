#include "report/call_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/words.h"

enum { WIDE = 16 };

/* errno by name: the word beside a call, and what it says. */
static const struct {
    const char *name, *word, *says;
} errors[] = {
    { "ECONNREFUSED", "refused", "nobody listens there, or a firewall says so in its place" },
    { "ECONNRESET", "reset", "the other end sent a RST" },
    { "ETIMEDOUT", "timed out", "its kernel tried again and again, and nothing came back" },
    { "EHOSTUNREACH", "no host", "nobody on the link has that address, or a router said so" },
    { "ENETUNREACH", "no route", "there is no route to that network" },
    { "EADDRINUSE", "in use", "another socket has the port, or an old connection is in TIME-WAIT" },
    { "EADDRNOTAVAIL", "no addr", "this host has no such address, or no port is left" },
    { "EACCES", "denied", "this user may not: ports below 1024 are root's" },
    { "EPIPE", "EPIPE", "this end was shut down, or the other one sent a RST before" },
    { "EAGAIN", "nothing", "nothing came within the time-out, or the call was not to wait" },
    { "EINPROGRESS", "goes on", "it was not to wait: the handshake goes on without it" },
    { "EINTR", "signal", "a signal came first" },
    { "ENOTCONN", "no conn", "the socket is not connected" },
    { "EINVAL", "EINVAL", "the arguments make no sense here" },
    { "EBADF", "EBADF", "that descriptor is not open" },
    { "EMSGSIZE", "too long", "the datagram is too large" },
};

static const char *error_word(const char *name)
{
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].word;
    return name;
}

static const char *error_says(const char *name)
{
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].says;
    return NULL;
}

static const char *result_of(const struct true_call *call)
{
    return call->error ? error_word(call->error) : call->result ? call->result : call->returned ? "?" : "";
}

/* Success of these is nothing to write home about. */
static bool quiet_success(const struct true_call *call)
{
    return !call->error && call->call != CALL_ACCEPT && call->call != CALL_CONNECT && !call_is_frequent(call->call);
}

/* What stands between the brackets where there is room for it: the port that is meant, or the socket. */
static void argument(char out[32], const struct true_call *call)
{
    const char *colon = call->args ? strrchr(call->args, ':') : NULL;
    bool address = call->call == CALL_CONNECT || call->call == CALL_SENDTO || call->call == CALL_BIND;
    out[0] = '\0';
    if (address && colon)
        snprintf(out, 32, "%.31s", colon);
    else if ((call->call == CALL_LISTEN || call->call == CALL_SHUTDOWN) && call->args)
        snprintf(out, 32, "%.31s", call->args);
    else if (call->fd >= 0)
        snprintf(out, 32, "%d", call->fd);
}

/* "SO_KEEPALIVE=1": what setsockopt() sets, and to what. */
static void option(char out[CALL_WORD_ROOM], const struct true_call *call)
{
    const char *comma = strstr(call->args, ", ");
    int length = comma ? (int)(comma - call->args) : (int)strlen(call->args);
    snprintf(out, CALL_WORD_ROOM, "%.*s%s%.20s", length < 40 ? length : 40, call->args, comma ? "=" : "",
             comma ? comma + 2 : "");
}

static unsigned columns(const char *s)
{
    unsigned count = 0;
    for (; *s; s++)
        count += ((unsigned char)*s & 0xc0) != 0x80;
    return count;
}

/* "dup2()": what closed the socket without close(); NULL: close() did. */
static const char *closed_by(const struct true_call *call)
{
    return call->call == CALL_CLOSE && call->args && strncmp(call->args, "by ", 3) == 0 ? call->args + 3 : NULL;
}

/* None of a program's calls, or one that does not what its name says. */
static bool word_of_its_own(char out[CALL_WORD_ROOM], const struct true_call *call, unsigned width)
{
    if (closed_by(call)) {
        snprintf(out, CALL_WORD_ROOM, "%.20s closes %d", closed_by(call), call->fd);
        if (width < WIDE || columns(out) > width)
            snprintf(out, CALL_WORD_ROOM, "%.20s", closed_by(call));
        return true;
    }
    if (call->call == CALL_EXIT)
        snprintf(out, CALL_WORD_ROOM, "%s", width >= WIDE ? "process ends" : "exit");
    else if (call->stays_open && width >= WIDE)
        snprintf(out, CALL_WORD_ROOM, "close(%d), shared", call->fd);
    return call->call == CALL_EXIT || (call->stays_open && width >= WIDE);
}

/* Forms from the longest to the shortest: the first that fits is taken, else the last. */
struct forms {
    char *out;
    bool fits;
};

__attribute__((format(printf, 3, 4)))
static void offer(struct forms *f, unsigned width, const char *format, ...)
{
    va_list arguments;
    if (f->fits)
        return;
    va_start(arguments, format);
    vsnprintf(f->out, CALL_WORD_ROOM, format, arguments);
    va_end(arguments);
    f->fits = columns(f->out) <= width;
}

static bool was_cut(const struct true_call *call)
{
    return call->args && strstr(call->args, CALL_CUT);
}

/* Made and returned: with its result, and with its name where there is any way to have it. */
static void offer_whole(struct forms *f, const struct true_call *call, unsigned width, unsigned room)
{
    char inside[32];
    const char *name = call_names[call->call], *result = result_of(call);
    argument(inside, call);
    if (width >= WIDE && was_cut(call)) {
        offer(f, width, "%s(%s) = %.40s, cut", name, inside, result);
        offer(f, width, "%s()=%.40s, cut", name, result);
    }
    if (width >= WIDE) {
        offer(f, width, "%s(%s) = %.40s", name, inside, result);
        offer(f, width, "%s(%s)=%.40s", name, inside, result);
        offer(f, width, "%s() = %.40s", name, result);
    }
    if (width >= WIDE || !quiet_success(call)) {
        offer(f, width, "%s()=%.40s", name, result);
        offer(f, width > room ? width : room, "%s=%.40s", name, result);
        offer(f, width, "= %.40s", result);
    }
    if (call->error)
        offer(f, width, "%.40s", result);
}

void call_word(char out[CALL_WORD_ROOM], const struct true_call *call, enum call_part part, unsigned width,
               unsigned room)
{
    if (word_of_its_own(out, call, width))
        return;
    char inside[32], set[CALL_WORD_ROOM];
    const char *name = call_names[call->call], *result = result_of(call);
    struct forms f = { .out = out };
    bool sets = call->call == CALL_SETSOCKOPT && call->args && !call->error;
    argument(inside, call);
    if (part == CALL_RETURNS) {
        offer(&f, width, "= %.40s", result);
        offer(&f, width, "%.40s", result);
        return;
    }
    if (sets && width >= WIDE) {
        option(set, call);
        offer(&f, width, "setsockopt(%.60s)", call->args);
        offer(&f, width, "%s", set);
    } else if (part == CALL_WHOLE && *result && (call->returned || call->error)) {
        offer_whole(&f, call, width, room);
    } else if (width >= WIDE) {
        offer(&f, width, "%s(%s)", name, inside);
    }
    offer(&f, call->call == CALL_SETSOCKOPT && room > width ? room : width, "%s()", name);
    offer(&f, width, "%s", call->call == CALL_SETSOCKOPT ? "sockopt()" : name);   /* in the narrow column */
}

/* What a result means that is no error. */
static void meaning(struct text *t, const struct true_call *call)
{
    bool zero = call->result && strcmp(call->result, "0") == 0;
    const char *says = call->error ? error_says(call->error) : NULL;
    if (says)
        text_format(t, ": %s", says);
    else if (call->stays_open)
        text_string(t, ": another descriptor has the same socket, so the connection goes on");
    else if (call_says_end(call))
        text_string(t, ": the other end has closed, and everything before that was read");
    else if (!call->error && call->call == CALL_POLL && zero)
        text_string(t, ": nothing had come until its time was up");
    else if (!call->error && call->call == CALL_RECVFROM && zero)
        text_string(t, ": an empty datagram, which ends nothing");
    else if (!call->error && was_cut(call))
        text_string(t, ": recvmsg() says that the datagram was larger than the buffer; the rest is gone");
    else if (!call->error && call->call == CALL_ACCEPT && call->result)
        text_string(t, ": a new socket, for this client alone; the listening one goes on listening");
}

void call_sentence(struct text *t, const struct true_call *call, bool returned)
{
    if (call->call == CALL_EXIT) {
        text_string(t, "process ended without close()");
        if (call->fd >= 0)
            text_format(t, " on socket %d", call->fd);
        text_string(t, ": the kernel closes it.");
        return;
    }
    if (closed_by(call)) {
        text_format(t, "%s closed socket %d, as close() does.", closed_by(call), call->fd);
        return;
    }
    text_format(t, "%s(%s)", call_names[call->call], call->args ? call->args : "");
    if (call->fd >= 0)
        text_format(t, " on socket %d", call->fd);
    if (!returned) {
        text_string(t, " is made");
        text_string(t, call->returned ? "." : "; it has not returned, as far as was recorded.");
        return;
    }
    text_format(t, " returned %s", call->result ? call->result : "?");
    if (call->error)
        text_format(t, ", %s", call->error);
    if (call->end > call->time) {
        text_string(t, " after ");
        words_duration(t, call->end - call->time);
    }
    meaning(t, call);
    text_char(t, '.');
}

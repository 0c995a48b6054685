/* The side that hears of recorded calls. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "traffic/record.h"

enum { ROOM = 4 << 20 };          /* bytes under way, where this system gives so many */

struct recording {
    int socket;                   /* -1: ended */
};

struct recording *recording_new(int *theirs)
{
    int ends[2], room = ROOM;
    struct recording *recording = malloc(sizeof *recording);
    if (!recording || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        free(recording);
        return NULL;
    }
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    recording->socket = ends[0];
    *theirs = ends[1];
    return recording;
}

void recording_free(struct recording *recording)
{
    if (recording && recording->socket >= 0)
        close(recording->socket);
    free(recording);
}

int recording_descriptor(const struct recording *recording)
{
    return recording->socket;
}

bool recording_ended(const struct recording *recording)
{
    return recording->socket < 0;
}

/* The name of a program is what the program says it is. NULL where it is empty. */
static const char *made_harmless(char *text, size_t room)
{
    struct text t = { 0 };
    text[room - 1] = '\0';
    text_harmless(&t, text, room);
    size_t length = t.used < room ? t.used : room - 1;
    if (length)
        memcpy(text, t.bytes, length);
    text[length] = '\0';
    text_free(&t);
    return length ? text : NULL;
}

static bool end_makes_sense(const struct call_end *end)
{
    return end->version == 0 || end->version == 4 || end->version == 6;
}

/* A recorder has no more rights than the program that it records: what came may be from there, and be anything. */
static bool makes_sense(const struct recorded *r)
{
    uint8_t returned, stays_open;
    memcpy(&returned, &r->call.returned, 1);
    memcpy(&stays_open, &r->call.stays_open, 1);
    return r->kind < RECORDED_KINDS && r->call.call < CALL_COUNT && returned <= 1 && stays_open <= 1
           && r->call.time >= 0 && r->call.end >= 0
           && end_makes_sense(&r->call.local) && end_makes_sense(&r->call.remote);
}

bool recording_next(struct recording *recording, struct recorded *recorded)
{
    if (recording->socket < 0)
        return false;
    ssize_t length = recv(recording->socket, recorded, sizeof *recorded, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length != (ssize_t)sizeof *recorded || !makes_sense(recorded)) {
        close(recording->socket);
        recording->socket = -1;
        return false;
    }
    recorded->call.args = made_harmless(recorded->args, sizeof recorded->args);
    recorded->call.result = made_harmless(recorded->result, sizeof recorded->result);
    recorded->call.error = made_harmless(recorded->error, sizeof recorded->error);
    recorded->call.program = made_harmless(recorded->program, sizeof recorded->program);
    return true;
}

void recording_release(struct recording *recording, uint32_t number)
{
    if (recording->socket >= 0)
        send(recording->socket, &number, sizeof number, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* --- whether it can be done --- */

static int call_nothing(void *self)
{
    (void)self;
    return 0;
}

/* What stands in its way; 0: nothing. */
static int hear_problem(struct recording *recording)
{
    int why = 0;
    struct recorded r;
    while (!recording_ended(recording)) {
        struct pollfd polled = { .fd = recording_descriptor(recording), .events = POLLIN };
        poll(&polled, 1, -1);
        while (recording_next(recording, &r))
            if (r.kind == RECORDED_REFUSED)
                why = r.status ? r.status : EPERM;
    }
    return why;
}

bool record_try(void)
{
    int theirs, why = ENOMEM, status = 0;
    struct recording *recording = recording_new(&theirs);
    if (!recording)
        return false;
    pid_t child = fork();
    if (child == 0)
        record_run(theirs, false, call_nothing, NULL);
    close(theirs);
    if (child > 0) {
        why = hear_problem(recording);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        if (!why && status != 0)
            why = ECHILD;
    }
    recording_free(recording);
    errno = why;
    return why == 0;
}

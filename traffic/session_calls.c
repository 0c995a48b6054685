#include "traffic/session_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool session_calls_open(struct session_calls *c, struct calls *list)
{
    c->own = list ? NULL : calls_new();
    c->list = list ? list : c->own;
    c->changed = c->list ? c->list->count : 0;
    return c->list != NULL;
}

void session_calls_close(struct session_calls *c)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        recording_free(c->recording[end]);
    calls_free(c->own);
}

int session_calls_begin(struct session_calls *c, enum lab_end end)
{
    int theirs = 0;
    recording_free(c->recording[end]);
    c->held_count[end] = 0;
    c->recording[end] = recording_new(&theirs);
    return c->recording[end] ? theirs : 0;
}

/* --- calls that wait for leave --- */

static void hold(struct session_calls *c, enum lab_end end, const struct recorded *r)
{
    if (c->held_count[end] == SESSION_HELD) {
        recording_release(c->recording[end], r->call.number);     /* more than can be shown: it goes on by itself */
        return;
    }
    struct session_held *held = &c->held[end][c->held_count[end]++];
    *held = (struct session_held){ .number = r->call.number, .pid = r->call.pid, .fd = r->call.fd };
    snprintf(held->words, sizeof held->words, "%s(%s)", call_names[r->call.call], r->call.args ? r->call.args : "");
}

/* Those of a process that has ended are not made any more; one that is made was let go. */
static void let_go(struct session_calls *c, enum lab_end end, uint32_t number, int32_t pid)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < c->held_count[end]; i++)
        if (c->held[end][i].number != number && c->held[end][i].pid != pid)
            c->held[end][kept++] = c->held[end][i];
    c->held_count[end] = kept;
}

/* --- what comes --- */

static void changed_from(struct session_calls *c, size_t place)
{
    c->changed = place < c->changed ? place : c->changed;
}

static void take(struct session_calls *c, enum lab_end end, const struct recorded *r, struct session_speech *speech)
{
    struct true_call call = r->call;
    call.who = end == LAB_CLIENT ? CALLER_CLIENT : CALLER_SERVER;
    switch (r->kind) {
    case RECORDED_HELD: hold(c, end, r); break;
    case RECORDED_MADE:
        let_go(c, end, call.number, -1);
        if (!c->over)
            changed_from(c, calls_made(c->list, &call));
        break;
    case RECORDED_KNOWN: changed_from(c, calls_known(c->list, &call)); break;
    case RECORDED_RETURNED: changed_from(c, calls_returned(c->list, &call)); break;
    case RECORDED_ENDED: let_go(c, end, 0, call.pid); break;
    case RECORDED_PROGRAM_ENDED:
        speech->ended = true;
        speech->status = r->status;
        break;
    case RECORDED_REFUSED: speech->unrecorded = r->status ? r->status : EPERM; break;
    case RECORDED_FOREIGN: speech->unrecorded = ENOEXEC; break;
    case RECORDED_KINDS: break;
    }
    speech->calls_lost = r->lost;
}

void session_calls_take(struct session_calls *c, enum lab_end end, struct session_speech *speech)
{
    struct recorded recorded;
    while (c->recording[end] && recording_next(c->recording[end], &recorded))
        take(c, end, &recorded, speech);
}

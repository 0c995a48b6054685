#include "ui/generator.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { LAST_FRAMES_MS = 200, STOPPED_MS = 1500 };     /* captured so long after the end of a stopped run's programs */

const struct true_call *traffic_waits_in(const struct traffic *g, enum lab_end end)
{
    if (g->speech[end] && g->speech[end]->ended)
        return NULL;
    for (size_t i = g->calls ? g->calls->count : 0; i-- > 0;) {
        const struct call_moment *m = &g->calls->moments[i];
        if (!m->returns && m->call->who == (end == LAB_CLIENT ? CALLER_CLIENT : CALLER_SERVER))
            return m->call->returned || m->call->call == CALL_EXIT ? NULL : m->call;
    }
    return NULL;
}

static void tell_calls(struct generator *g)
{
    struct traffic *t = &g->traffic;
    t->calls = session_calls(g->session);
    size_t count = t->calls->count, from = session_calls_changed(g->session);
    if (from < count || count != g->calls_count) {
        g->calls_from = from < g->calls_from ? from : g->calls_from;
        g->calls_count = count;
        g->changed = true;
    }
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        unsigned waiting;
        const struct session_held *first = session_held(g->session, end, &waiting);
        uint32_t number = waiting ? first->number : 0;
        if (number != g->held[end]) {
            g->changed = true;
            g->held[end] = number;
            g->held_since[end] = clock_steady();
        }
        t->held[end] = waiting ? first : NULL;
    }
    t->waits_longest = g->held_since[LAB_SERVER] <= g->held_since[LAB_CLIENT] ? LAB_SERVER : LAB_CLIENT;
}

/* What the screen is told, as it stands now. */
static void tell(struct generator *g)
{
    struct traffic *t = &g->traffic;
    const struct session_speech *const *speech = t->speech;
    enum session_phase phase = session_phase(g->session);
    g->changed |= phase != t->phase;
    t->phase = phase;
    for (unsigned end = 0; end < LAB_ENDS; end++)
        g->changed |= speech[end] && (speech[end]->said.used != g->heard[end] || speech[end]->ended != g->ended[end]);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        t->speech[end] = session_speech(g->session, end);
        g->heard[end] = t->speech[end]->said.used;
        g->ended[end] = t->speech[end]->ended;
    }
    t->begun = session_begun(g->session);
    tell_calls(g);
    if (phase == SESSION_OVER && !g->over)
        g->over = clock_steady();
}

void generator_open(struct generator *g, enum traffic_place place, struct session *session)
{
    *g = (struct generator){ .session = session, .traffic = { .place = place }, .calls = g->calls,
                             .calls_count = g->calls ? g->calls->count : 0, .calls_from = SIZE_MAX };
    if (!session)
        return;
    g->traffic.options = session_options(session);
    g->traffic.wire = lab_is_here(session_lab(session)) ? NULL : lab_wire(session_lab(session));
    tell(g);
}

void generator_close(struct generator *g)
{
    session_close(g->session);
    calls_free(g->calls);
    *g = (struct generator){ .traffic = { .place = g->traffic.place } };
}

bool generator_start(struct generator *g, struct error *error)
{
    bool started = !g->session || session_start(g->session, error);
    if (g->session)
        tell(g);
    g->changed = true;
    return started;
}

bool generator_start_here(struct generator *g, const struct traffic_wish *wish, struct error *error)
{
    struct session_options options = { .here = true, .seed = 1, .scenario = wish->scenario, .by_hand = wish->by_hand };
    memcpy(options.number, wish->number, sizeof options.number);
    if (!g->calls && !(g->calls = calls_new())) {
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return false;
    }
    options.calls = g->calls;
    session_close(g->session);
    generator_open(g, g->traffic.place, session_open(&options, error));
    return g->session && generator_start(g, error);
}

static bool keep_words(const struct session_speech *speech, const char *capture, enum lab_end end, struct error *error)
{
    char name[PATH_MAX];
    if (!speech || !speech->said.used)
        return true;
    snprintf(name, sizeof name, "%s.%s.txt", capture, lab_end_names[end]);
    FILE *file = fopen(name, "we");
    bool written = file && fwrite(speech->said.bytes, 1, speech->said.used, file) == speech->said.used;
    written = file && fclose(file) == 0 && written;
    if (!written)
        error_set(error, EXIT_OUTPUT, "What the %s's program wrote cannot be written to %.200s: %s.", lab_end_names[end],
                  name, strerror(errno));
    return written;
}

bool generator_keep(struct generator *g, const char *capture, struct error *error)
{
    if (!g->session)
        return true;
    session_settle(g->session);
    bool kept = calls_save(session_calls(g->session), capture, error);
    for (unsigned end = 0; end < LAB_ENDS && kept; end++)
        kept = keep_words(session_speech(g->session, end), capture, end, error);
    return kept;
}

void generator_stop(struct generator *g, bool by_person)
{
    if (!g->session)
        return;
    session_stop(g->session);
    g->asked_to_end |= !by_person;
    g->traffic.stopped |= by_person;
    tell(g);
}

unsigned generator_descriptors(const struct generator *g, int descriptors[SESSION_DESCRIPTORS])
{
    return g->session ? session_descriptors(g->session, descriptors) : 0;
}

int generator_patience(const struct generator *g)
{
    bool rests = !g->session || g->traffic.phase == SESSION_READY || (g->settled && generator_over(g));
    return rests ? -1 : SESSION_LOOK_MS;
}

bool generator_work(struct generator *g, bool frames, struct error *error)
{
    if (!g->session || g->traffic.phase == SESSION_READY)
        return true;
    bool good = session_work(g->session, frames, error);
    for (unsigned end = 0; end < LAB_ENDS && g->over; end++)
        while (session_release(g->session, (enum lab_end)end))
            ;                             /* a program that is held does not end, though it was asked to */
    if (!g->settled && g->over && session_ended(g->session)) {
        g->settled = true;
        session_settle(g->session);
    }
    tell(g);
    return good;
}

bool generator_runs(const struct generator *g)
{
    return g->session && g->traffic.phase != SESSION_READY && !g->settled;
}

bool generator_release(struct generator *g, enum lab_end end)
{
    bool released = g->session && session_release(g->session, end);
    if (released)
        tell(g);
    return released;
}

bool generator_over(const struct generator *g)
{
    if (!g->over || !g->traffic.stopped)
        return g->over;
    nanoseconds since = clock_steady() - g->over;
    return since > STOPPED_MS * NS_PER_MS || (session_ended(g->session) && since > LAST_FRAMES_MS * NS_PER_MS);
}

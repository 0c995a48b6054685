#include "ui/generator.h"

#include "base/clock.h"

enum { LAST_FRAMES_MS = 200, STOPPED_MS = 1500 };     /* captured so long after the programs of a stopped run have ended */

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
    if (phase == SESSION_OVER && !g->over)
        g->over = clock_steady();
}

void generator_open(struct generator *g, enum traffic_place place, struct session *session)
{
    *g = (struct generator){ .session = session, .traffic = { .place = place } };
    if (!session)
        return;
    g->traffic.options = session_options(session);
    g->traffic.wire = lab_is_here(session_lab(session)) ? NULL : lab_wire(session_lab(session));
    tell(g);
}

void generator_close(struct generator *g)
{
    session_close(g->session);
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
    struct session_options options = { .here = true, .seed = 1, .scenario = wish->scenario };
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++)
        options.number[i] = wish->number[i];
    generator_close(g);
    generator_open(g, g->traffic.place, session_open(&options, error));
    return g->session && generator_start(g, error);
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
    bool rests = !g->session || g->traffic.phase == SESSION_READY || (generator_over(g) && session_ended(g->session));
    return rests ? -1 : SESSION_LOOK_MS;
}

bool generator_work(struct generator *g, bool frames, struct error *error)
{
    if (!g->session || g->traffic.phase == SESSION_READY)
        return true;
    bool good = session_work(g->session, frames, error);
    tell(g);
    return good;
}

bool generator_over(const struct generator *g)
{
    if (!g->over || !g->traffic.stopped)
        return g->over;
    nanoseconds since = clock_steady() - g->over;
    return since > STOPPED_MS * NS_PER_MS || (session_ended(g->session) && since > LAST_FRAMES_MS * NS_PER_MS);
}

#include "ui/play.h"

enum { SLOWEST = -9, FASTEST = 10, AT_ONCE = 4096, SHORT_TRACE = 200 };

#define FRAME_EACH (NS_PER_S)         /* at the speed that a short trace is given */

/* Thousandths; 0: as fast as it can. */
static const struct { unsigned thousandths; const char *name; } speeds[FASTEST - SLOWEST + 1] = {
    { 1, "x0.001" }, { 2, "x0.002" }, { 5, "x0.005" },
    { 10, "x0.01" }, { 20, "x0.02" }, { 50, "x0.05" },
    { 100, "x0.1" }, { 200, "x0.2" }, { 500, "x0.5" },
    { 1000, "x1" }, { 2000, "x2" }, { 5000, "x5" },
    { 10000, "x10" }, { 20000, "x20" }, { 50000, "x50" },
    { 100000, "x100" }, { 200000, "x200" }, { 500000, "x500" },
    { 1000000, "x1000" }, { 0, "as fast as it can" },
};

static int speed_to_follow(const struct trace *trace)
{
    struct totals totals = trace_totals(trace);
    nanoseconds lasts = totals.last_time - totals.first_time;
    if (totals.frames < 2 || totals.frames > SHORT_TRACE)
        return 0;
    int speed = 0;
    while (speed > SLOWEST && lasts / (nanoseconds)totals.frames * 1000 < FRAME_EACH * speeds[speed - SLOWEST].thousandths)
        speed--;
    return speed;
}

void play_begin(struct play *p, const struct trace *trace)
{
    if (!p->chosen)
        p->speed = speed_to_follow(trace);
    p->on = true;
    p->wall_from = 0;
}

void play_end(struct play *p)
{
    p->on = false;
}

void play_faster(struct play *p, int steps)
{
    p->chosen = true;
    p->speed += steps;
    if (p->speed < SLOWEST)
        p->speed = SLOWEST;
    if (p->speed > FASTEST)
        p->speed = FASTEST;
    p->wall_from = 0;
}

const char *play_speed(const struct play *p)
{
    return speeds[p->speed - SLOWEST].name;
}

/* The trace's time that is due. */
static nanoseconds due(const struct play *p, nanoseconds now)
{
    double passed = (double)(now - p->wall_from) * speeds[p->speed - SLOWEST].thousandths / 1000;
    return p->trace_from + (nanoseconds)(passed < 9e17 ? passed : 9e17);
}

static bool time_of(struct trace *trace, uint32_t frame, nanoseconds *time)
{
    struct frame there;
    struct error error;
    if (!trace_frame(trace, frame, &there, &error))
        return false;
    *time = there.time;
    return true;
}

bool play_on(struct play *p, struct trace *trace, nanoseconds now)
{
    if (trace_waits(trace))
        return true;
    if (!p->wall_from) {
        p->wall_from = now;
        p->trace_from = trace_time(trace);
    }
    bool fast = speeds[p->speed - SLOWEST].thousandths == 0;
    uint32_t frame = trace_present(trace), next;
    nanoseconds time, until = due(p, now);
    for (unsigned i = 0; i < AT_ONCE && (next = trace_after(trace, frame)) != 0; i++) {
        if (!fast && time_of(trace, next, &time) && time > until)
            break;
        frame = next;
    }
    if (frame != trace_present(trace))
        trace_go(trace, frame);
    if (!trace_follows(trace))
        return true;
    p->on = false;
    return false;
}

nanoseconds play_gap(struct trace *trace)
{
    nanoseconds time;
    uint32_t next = trace_after(trace, trace_present(trace));
    return next && time_of(trace, next, &time) ? time - trace_time(trace) : 0;
}

nanoseconds play_due(const struct play *p, struct trace *trace, nanoseconds now)
{
    nanoseconds time;
    uint32_t next = trace_after(trace, trace_present(trace));
    unsigned thousandths = speeds[p->speed - SLOWEST].thousandths;
    if (!p->wall_from || !thousandths || !next || !time_of(trace, next, &time))
        return 0;
    double left = (double)(time - due(p, now)) * 1000 / thousandths;
    return left <= 0 ? 0 : left > 1e9 ? NS_PER_S : (nanoseconds)left;
}

/* clock.h - the host's clocks, for what works in slices: never for what is said of a trace.
 */
#ifndef SYNFIN_BASE_CLOCK_H
#define SYNFIN_BASE_CLOCK_H

#include <time.h>

#include "base/time.h"

static inline nanoseconds clock_read(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (nanoseconds)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Never steps back. */
static inline nanoseconds clock_steady(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

/* Since the epoch. */
static inline nanoseconds clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}

#endif

/* time.h - time as it comes with the frames: nanoseconds since 1970-01-01 00:00 UTC, signed, so that differences
 * and frames that step back need no special case. Nothing in decode/ asks a clock.
 */
#ifndef SYNFIN_BASE_TIME_H
#define SYNFIN_BASE_TIME_H

#include <stdint.h>

typedef int64_t nanoseconds;

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

/* A duration in four bytes, for records of which there may be a million: to the nanosecond up to 2.1 s, to the
 * microsecond up to 35 minutes, and not beyond. Negative ones become 0. */
typedef uint32_t short_duration;

#define SHORT_IN_MICROSECONDS UINT32_C(0x80000000)

static inline short_duration duration_shorten(nanoseconds duration)
{
    if (duration <= 0)
        return 0;
    if (duration < SHORT_IN_MICROSECONDS)
        return (uint32_t)duration;
    nanoseconds us = duration / NS_PER_US;
    return SHORT_IN_MICROSECONDS | (us < SHORT_IN_MICROSECONDS ? (uint32_t)us : SHORT_IN_MICROSECONDS - 1);
}

static inline nanoseconds duration_of(short_duration d)
{
    return d & SHORT_IN_MICROSECONDS ? (nanoseconds)(d & ~SHORT_IN_MICROSECONDS) * NS_PER_US : (nanoseconds)d;
}

#endif

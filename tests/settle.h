/* settle.h - a dashboard without a terminal works until its picture is that of all it knows, however slow the machine.
 */
#ifndef SYNFIN_TESTS_SETTLE_H
#define SYNFIN_TESTS_SETTLE_H

#include <time.h>

#include "ui/screen.h"

static inline void settle(struct screen *screen)
{
    for (unsigned i = 0; i < 10000; i++) {
        if (screen_work(screen, NS_PER_S, 0))
            continue;
        if (!screen_rests(screen))
            return;
        nanosleep(&(struct timespec){ .tv_nsec = NS_PER_MS }, NULL);
    }
}

#endif

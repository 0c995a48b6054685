/* app.h - the door of ui/: the dashboard on a terminal.
 *
 * One loop, one thread: keys, frames and timers are polled together; frames are read in slices of a few milliseconds, so
 * that a key never waits; the screen is drawn when something has changed, at most 30 times a second.
 */
#ifndef SYNFIN_UI_APP_H
#define SYNFIN_UI_APP_H

#include "base/error.h"
#include "ui/screen.h"
#include "ui/trace.h"

struct app_options {
    struct trace_options trace;
    struct screen_options screen;
    bool mono;                        /* no colours */
};

/* Runs until the person leaves. EXIT_DONE, or the status of what went wrong, which is printed once the terminal is given
 * back. */
enum exit_status app_run(const struct app_options *options);

#endif

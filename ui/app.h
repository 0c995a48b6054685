/* app.h - the door of ui/: the dashboard on a terminal.
 *
 * One loop, one thread: keys, frames, programs and timers are polled together; frames are read in slices of a few
 * milliseconds, so that a key never waits; the screen is drawn when something has changed, at most 30 times a second.
 */
#ifndef SYNFIN_UI_APP_H
#define SYNFIN_UI_APP_H

#include "base/error.h"
#include "ui/generator.h"
#include "ui/screen.h"
#include "ui/trace.h"

struct app_options {
    struct trace_options trace;
    struct trace_options other;       /* where `both`: the capture at the other end; a key goes from one to the other */
    bool both;
    struct screen_options screen;
    bool mono;                        /* no colours */
    enum traffic_place traffic;       /* what the generator can do beside it */
    struct session *session;          /* opened, to be started once it captures; the dashboard closes it. NULL: none */
};

/* Runs until the person leaves. EXIT_DONE, or the status of what went wrong, which is printed once the terminal is
 * given back. *wish (may be NULL): what was left for, where that cannot be had in here; else WISH_NONE. */
enum exit_status app_run(const struct app_options *options, struct traffic_wish *wish);

#endif

#include "ui/app.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "ui/terminal.h"

enum { DESCRIPTORS = 4 + SESSION_DESCRIPTORS };

#define SLICE     (5 * NS_PER_MS)     /* of reading, between two looks at the keyboard */
#define DRAW_EACH (NS_PER_S / 30)
#define KEY_DRAW  (8 * NS_PER_MS)     /* after a key so soon */
#define GOING     (35 * NS_PER_MS)    /* a present that is reached sooner is not drawn half way */

struct app {
    struct trace *trace;
    struct screen *screen;
    struct terminal *terminal;
    struct generator generator;
    struct error problem;             /* of the run */
    const char *write_to;             /* the capture; NULL: it is not kept */
    struct traffic_wish wish;         /* what it is left for */
    struct canvas canvas;
    int signals;                      /* descriptor: what was captured can still be written when one has come */
    int ended_by;                     /* signal, or 0 */
    enum theme theme;
    nanoseconds drawn;                /* when, by the steady clock */
    nanoseconds going;                /* since when the decoder is on its way to the present; 0: it is there */
    bool pressed;                     /* a key has come since */
};

static void take_keys(struct app *a)
{
    struct key key;
    while (!screen_done(a->screen) && terminal_key(a->terminal, &key)) {
        if (key.code == PRESS_GONE) {
            a->ended_by = SIGHUP;
            return;
        }
        screen_key(a->screen, &key);
        a->pressed = true;
    }
}

static void hand_out(struct app *a)
{
    struct text copied = screen_copied(a->screen);
    if (copied.used && !terminal_copy(a->terminal, copied.bytes, copied.used))
        screen_say(a->screen, "It is too long for the clipboard; e writes it to a file.");
    text_free(&copied);
    if (screen_theme(a->screen) != a->theme)
        terminal_theme(a->terminal, a->theme = screen_theme(a->screen));
    if (screen_redraw(a->screen))
        terminal_redraw(a->terminal);
}

static void draw(struct app *a)
{
    unsigned width, height;
    terminal_size(a->terminal, &width, &height);
    if (width != a->canvas.width || height != a->canvas.height) {
        canvas_free(&a->canvas);
        a->canvas = canvas_new(width, height);
    }
    screen_draw(a->screen, &a->canvas);
    terminal_show(a->terminal, &a->canvas);
    a->drawn = clock_steady();
    a->pressed = false;
}

static nanoseconds draws_at(const struct app *a)
{
    return a->drawn + (a->pressed ? KEY_DRAW : DRAW_EACH);
}

/* How long nothing needs to be done; -1: until something comes. */
static int patience(const struct app *a, bool more)
{
    nanoseconds wakes = screen_wakes(a->screen);
    if (screen_changed(a->screen)) {
        nanoseconds left = draws_at(a) - clock_steady();
        if (wakes < 0 || left < wakes)
            wakes = left;
        if (wakes < 0)
            wakes = 0;
    }
    if (more)
        wakes = 0;
    int most = generator_patience(&a->generator), own = wakes < 0 ? -1 : (int)((wakes + NS_PER_MS - 1) / NS_PER_MS);
    return own < 0 || (most >= 0 && most < own) ? most : own;
}

static void wait_for(struct app *a, bool more)
{
    struct pollfd polled[DESCRIPTORS];
    int descriptors[SESSION_DESCRIPTORS], source = source_descriptor(trace_source(a->trace));
    unsigned count = terminal_descriptors(a->terminal, descriptors), keys = count;
    for (unsigned i = 0; i < keys; i++)
        polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    polled[count++] = (struct pollfd){ .fd = a->signals, .events = POLLIN };
    if (source >= 0 && !trace_ended(a->trace))
        polled[count++] = (struct pollfd){ .fd = source, .events = POLLIN };
    for (unsigned i = generator_descriptors(&a->generator, descriptors); i--;)
        polled[count++] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    if (poll(polled, count, patience(a, more)) > 0 && polled[keys].revents)
        a->ended_by = signals_next(a->signals);
    take_keys(a);
}

static bool to_draw(struct app *a)
{
    nanoseconds now = clock_steady();
    if (!trace_waits(a->trace))
        a->going = 0;
    else if (!a->going)
        a->going = now;
    if (a->going && now - a->going < GOING)
        return false;
    return screen_changed(a->screen) && now >= draws_at(a);
}

/* --- the generator --- */

static void tell_problem(struct app *a, const struct error *error)
{
    a->problem = *error;
    screen_say(a->screen, "%s", error->text);
}

/* A fresh lab cannot be had in here: then the dashboard is left for it. */
static void fulfil(struct app *a)
{
    struct error error = { 0 };
    struct traffic_wish wish = screen_wish(a->screen);
    if (wish.kind == WISH_STOP)
        generator_stop(&a->generator, true);
    else if (wish.kind == WISH_RELEASE)
        generator_release(&a->generator, wish.end);
    else if (wish.kind == WISH_START && a->generator.traffic.place != TRAFFIC_HERE)
        a->wish = wish;
    else if (wish.kind == WISH_START && !generator_start_here(&a->generator, &wish, &error))
        tell_problem(a, &error);
}

/* What belongs to the run has been captured: on the lab nothing else comes. What its programs do at their end is not
 * captured there, since it would be our doing. */
static void end_run(struct app *a)
{
    bool lab = a->generator.traffic.place == TRAFFIC_LAB;
    if (!generator_over(&a->generator))
        return;
    if (lab && source_is_live(trace_source(a->trace)) && !trace_ended(a->trace))
        trace_stop(a->trace);
    else if (!a->generator.asked_to_end)
        generator_stop(&a->generator, false);
}

static void work_generator(struct app *a, bool frames)
{
    struct error error = { 0 };
    fulfil(a);
    if (!generator_work(&a->generator, frames, &error))
        tell_problem(a, &error);
    end_run(a);
    if (a->generator.calls_from != SIZE_MAX)
        trace_take_calls(a->trace, a->generator.traffic.calls, a->generator.calls_from);
    trace_await_calls(a->trace, generator_runs(&a->generator));
    if (a->generator.changed)
        screen_refresh(a->screen);
    a->generator.changed = false;
    a->generator.calls_from = SIZE_MAX;
}

static void loop(struct app *a)
{
    bool more = true;
    struct error error = { 0 };
    if (!generator_start(&a->generator, &error))
        tell_problem(a, &error);
    while (!screen_done(a->screen) && !a->ended_by && !a->wish.kind) {
        if (to_draw(a))
            draw(a);
        wait_for(a, more);
        hand_out(a);
        uint32_t known = trace_known(a->trace);
        more = screen_work(a->screen, SLICE, clock_wall());
        work_generator(a, trace_known(a->trace) != known);
    }
}

/* Ends the trace as the end of a file does, so that what was captured is written. */
static enum exit_status close_all(struct app *a, struct error *error)
{
    enum exit_status status = EXIT_DONE;
    terminal_close(a->terminal);
    canvas_free(&a->canvas);
    if (a->trace && a->screen) {
        trace_stop(a->trace);
        do
            screen_work(a->screen, NS_PER_S, clock_wall());
        while (screen_saves(a->screen) && !a->ended_by);  /* what was asked for is finished; a signal does not wait */
        const struct error *problem = screen_problem(a->screen);
        if (problem || a->problem.text[0])
            *error = problem ? *problem : a->problem;
        if (a->write_to && !error->text[0])
            generator_keep(&a->generator, a->write_to, error);
    }
    screen_free(a->screen);
    trace_close(a->trace);
    generator_close(&a->generator);
    if (error->text[0])
        status = error_print(error);
    if (a->signals >= 0)
        close(a->signals);
    return status;
}

enum exit_status app_run(const struct app_options *options, struct traffic_wish *wish)
{
    struct error error = { 0 };
    struct app a = { .theme = options->screen.theme, .signals = -1, .write_to = options->trace.source.write_to };
    const struct terminal_options terminal = { .ascii = options->screen.ascii, .mono = options->mono, .theme = a.theme };
    struct screen_options screen = options->screen;
    generator_open(&a.generator, options->traffic, options->session);
    screen.traffic = &a.generator.traffic;
    a.trace = trace_open(&options->trace, &error);
    if (a.trace)
        a.screen = screen_new(a.trace, &screen);
    if (a.screen)
        a.terminal = terminal_open(&terminal, &error);
    if (a.terminal) {
        a.signals = signals_caught();
        loop(&a);
    } else if (!error.text[0]) {
        error_set(&error, EXIT_UNREADABLE, "Not enough memory to begin.");
    }
    enum exit_status status = close_all(&a, &error);
    if (wish)
        *wish = a.wish;
    if (a.ended_by && a.ended_by != SIGINT) {
        signal(a.ended_by, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, a.ended_by);
        raise(a.ended_by);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
    return status;
}

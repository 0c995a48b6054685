#include "ui/app.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "ui/terminal.h"

enum { CAPTURES = 2, DESCRIPTORS = 3 + CAPTURES + SESSION_DESCRIPTORS };

#define SLICE     (5 * NS_PER_MS)     /* of reading, between two looks at the keyboard */
#define DRAW_EACH (NS_PER_S / 30)
#define KEY_DRAW  (8 * NS_PER_MS)     /* after a key so soon */
#define GOING     (35 * NS_PER_MS)    /* a present that is reached sooner is not drawn half way */

/* A capture and what is shown of it. */
struct side {
    struct trace *trace;
    struct screen *screen;
    const char *write_to;             /* NULL: it is not kept */
};

struct app {
    struct side side[CAPTURES];   /* of both ends, or one */
    unsigned sides, shown;
    struct terminal *terminal;
    struct generator generator;
    struct error problem;             /* of the run */
    struct traffic_wish wish;         /* what it is left for */
    struct canvas canvas;
    int signals;                      /* descriptor: what was captured can still be written when one has come */
    int ended_by;                     /* signal, or 0 */
    enum theme theme;
    nanoseconds drawn;                /* when, by the steady clock */
    nanoseconds going;                /* since when the decoder is on its way to the present; 0: it is there */
    bool pressed;                     /* a key has come since */
};

static struct screen *screen_of(const struct app *a)
{
    return a->side[a->shown].screen;
}

static struct trace *trace_of(const struct app *a)
{
    return a->side[a->shown].trace;
}

static void take_keys(struct app *a)
{
    struct key key;
    while (!screen_done(screen_of(a)) && terminal_key(a->terminal, &key)) {
        if (key.code == PRESS_GONE) {
            a->ended_by = SIGHUP;
            return;
        }
        screen_key(screen_of(a), &key);
        a->pressed = true;
    }
}

static void hand_out(struct app *a)
{
    struct text copied = screen_copied(screen_of(a));
    if (copied.used && !terminal_copy(a->terminal, copied.bytes, copied.used))
        screen_say(screen_of(a), "It is too long for the clipboard; e writes it to a file.");
    text_free(&copied);
    if (screen_theme(screen_of(a)) != a->theme)
        terminal_theme(a->terminal, a->theme = screen_theme(screen_of(a)));
    if (screen_redraw(screen_of(a)))
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
    screen_draw(screen_of(a), &a->canvas);
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
    nanoseconds wakes = screen_wakes(screen_of(a));
    if (screen_changed(screen_of(a))) {
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
    int descriptors[SESSION_DESCRIPTORS];
    unsigned count = terminal_descriptors(a->terminal, descriptors), keys = count;
    for (unsigned i = 0; i < keys; i++)
        polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    polled[count++] = (struct pollfd){ .fd = a->signals, .events = POLLIN };
    for (unsigned i = 0; i < a->sides; i++) {
        int source = source_descriptor(trace_source(a->side[i].trace));
        if (source >= 0 && !trace_ended(a->side[i].trace))
            polled[count++] = (struct pollfd){ .fd = source, .events = POLLIN };
    }
    for (unsigned i = generator_descriptors(&a->generator, descriptors); i--;)
        polled[count++] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    if (poll(polled, count, patience(a, more)) > 0 && polled[keys].revents)
        a->ended_by = signals_next(a->signals);
    take_keys(a);
}

static bool to_draw(struct app *a)
{
    nanoseconds now = clock_steady();
    if (!trace_waits(trace_of(a)))
        a->going = 0;
    else if (!a->going)
        a->going = now;
    if (a->going && now - a->going < GOING)
        return false;
    return screen_changed(screen_of(a)) && now >= draws_at(a);
}

/* --- the generator --- */

static void tell_problem(struct app *a, const struct error *error)
{
    a->problem = *error;
    screen_say(screen_of(a), "%s", error->text);
}

static void show_other_end(struct app *a)
{
    if (a->sides < 2) {
        screen_say(screen_of(a), "One end is captured. synfin lab NAME --at both captures both.");
        return;
    }
    const struct screen *was = screen_of(a);
    a->shown = !a->shown;
    screen_take_over(screen_of(a), was);
}

/* A fresh lab cannot be had in here: then the dashboard is left for it. */
static void fulfil(struct app *a)
{
    struct error error = { 0 };
    struct traffic_wish wish = screen_wish(screen_of(a));
    if (wish.kind == WISH_STOP)
        generator_stop(&a->generator, true);
    else if (wish.kind == WISH_RELEASE)
        generator_release(&a->generator, wish.end);
    else if (wish.kind == WISH_OTHER_END)
        show_other_end(a);
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
    bool ended = true;
    for (unsigned i = 0; lab && i < a->sides; i++)
        if (!trace_ended(a->side[i].trace)) {
            ended = false;
            trace_stop(a->side[i].trace);
        }
    if (ended && !a->generator.asked_to_end)
        generator_stop(&a->generator, false);
}

static void work_generator(struct app *a, bool frames)
{
    struct error error = { 0 };
    fulfil(a);
    if (!generator_work(&a->generator, frames, &error))
        tell_problem(a, &error);
    end_run(a);
    for (unsigned i = 0; i < a->sides; i++) {
        if (a->generator.calls_from != SIZE_MAX)
            trace_take_calls(a->side[i].trace, a->generator.traffic.calls, a->generator.calls_from);
        trace_await_calls(a->side[i].trace, generator_runs(&a->generator));
    }
    if (a->generator.changed)
        screen_refresh(screen_of(a));
    a->generator.changed = false;
    a->generator.calls_from = SIZE_MAX;
}

static void loop(struct app *a)
{
    bool more = true;
    struct error error = { 0 };
    if (!generator_start(&a->generator, &error))
        tell_problem(a, &error);
    while (!screen_done(screen_of(a)) && !a->ended_by && !a->wish.kind) {
        if (to_draw(a))
            draw(a);
        wait_for(a, more);
        hand_out(a);
        bool frames = false;
        more = false;
        for (unsigned i = 0; i < a->sides; i++) {
            uint32_t known = trace_known(a->side[i].trace);
            more |= screen_work(a->side[i].screen, SLICE / a->sides, clock_wall());
            frames |= trace_known(a->side[i].trace) != known;
        }
        work_generator(a, frames);
    }
}

/* Ends the trace as the end of a file does, so that what was captured is written. */
static void end_side(struct app *a, struct side *side, struct error *error)
{
    trace_stop(side->trace);
    do
        screen_work(side->screen, NS_PER_S, clock_wall());
    while (screen_saves(side->screen) && !a->ended_by);    /* what was asked for is finished; a signal does not wait */
    const struct error *problem = screen_problem(side->screen);
    if (problem || a->problem.text[0])
        *error = problem ? *problem : a->problem;
    if (side->write_to && !error->text[0])
        generator_keep(&a->generator, side->write_to, error);
}

static enum exit_status close_all(struct app *a, struct error *error)
{
    enum exit_status status = EXIT_DONE;
    terminal_close(a->terminal);
    canvas_free(&a->canvas);
    for (unsigned i = 0; i < a->sides; i++)
        end_side(a, &a->side[i], error);
    for (unsigned i = 0; i < CAPTURES; i++) {
        screen_free(a->side[i].screen);
        trace_close(a->side[i].trace);
    }
    generator_close(&a->generator);
    if (error->text[0])
        status = error_print(error);
    if (a->signals >= 0)
        close(a->signals);
    return status;
}

static bool open_sides(struct app *a, const struct app_options *options, const struct screen_options *screen,
                       struct error *error)
{
    const struct trace_options *const captures[CAPTURES] = { &options->trace, &options->other };
    unsigned count = options->both ? 2 : 1;
    for (unsigned i = 0; i < count; i++) {
        struct side *side = &a->side[i];
        side->write_to = captures[i]->source.write_to;
        side->trace = trace_open(captures[i], error);
        side->screen = side->trace ? screen_new(side->trace, screen) : NULL;
        if (!side->screen)
            return false;
    }
    a->sides = count;
    for (unsigned i = 0; i < count && count > 1; i++)
        screen_beside(a->side[i].screen, a->side[!i].trace);
    return true;
}

enum exit_status app_run(const struct app_options *options, struct traffic_wish *wish)
{
    struct error error = { 0 };
    struct app a = { .theme = options->screen.theme, .signals = -1 };
    const struct terminal_options terminal = { .ascii = options->screen.ascii, .mono = options->mono, .theme = a.theme };
    struct screen_options screen = options->screen;
    generator_open(&a.generator, options->traffic, options->session);
    screen.traffic = &a.generator.traffic;
    if (open_sides(&a, options, &screen, &error))
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

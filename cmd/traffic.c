/* synfin traffic: the lessons' programs with ordinary sockets, over loopback or between two machines. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/signals.h"
#include "cmd/command.h"
#include "cmd/lab_options.h"
#include "cmd/run.h"
#include "traffic/target.h"
#include "ui/traffic_words.h"

static const char usage[] =
    "usage: synfin traffic run NAME [--to ADDR]    a lesson's programs, with ordinary\n"
    "       synfin traffic serve NAME              sockets: both over loopback, or the\n"
    "       client here and the server on another machine. synfin lab lists them.\n"
    "       What they say and call is printed; to watch the segments, in another\n"
    "       terminal: synfin -i lo\n"
    "\n"
    "  --to ADDR            run: the machine where serve runs. Only this host, its\n"
    "                       link and private networks: 10.x, 172.16.x, 192.168.x\n"
    "  --port, --clients, --count, --size, --messages N    of the lesson\n"
    "  --seed N             for what is left to chance (1)\n"
    "  --calls CAPTURE      writes them to CAPTURE.calls.jsonl, to lie beside a\n"
    "                       capture that is made at the same time\n"
    "\n"
    "e.g.: synfin traffic serve echo              on the one, until Ctrl-C\n"
    "      synfin traffic run echo --to 10.0.0.5  on the other\n";

enum { CALL_COLUMNS = 200 };       /* of one call, beyond which it is not told how long it waited */

struct traffic {
    struct session *session;
    struct report_output out;
    size_t told[LAB_ENDS];            /* bytes of what each has written */
    size_t moments;                   /* looked at so far */
    uint8_t call_told[CALLS_MOST / 8 + 1];    /* by number: one that comes late moves the others on */
    int signals;
    bool stopped;
};

/* Whole lines, or what is left at the end. */
static void tell_speech(struct traffic *t, bool all)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        const struct session_speech *speech = session_speech(t->session, end);
        for (;;) {
            size_t left = speech->said.used - t->told[end];
            const char *at = speech->said.bytes + t->told[end], *stop = left ? memchr(at, '\n', left) : NULL;
            if (!left || (!stop && !all))
                break;
            size_t length = stop ? (size_t)(stop - at) : left;
            text_format(&t->out.text, "%s: ", lab_end_names[end]);
            text_harmless(&t->out.text, at, length);
            text_char(&t->out.text, '\n');
            t->told[end] += length + (stop != NULL);
        }
    }
    output_flush(&t->out);
}

/* "0.030 client  connect(127.0.0.1:6666) = 0": each once it has returned, or is known not to. */
static void tell_calls(struct traffic *t, bool all)
{
    const struct calls *calls = session_calls(t->session);
    size_t changed = session_calls_changed(t->session);
    for (t->moments = changed < t->moments ? changed : t->moments; t->moments < calls->count; t->moments++) {
        const struct call_moment *m = &calls->moments[t->moments];
        uint8_t bit = (uint8_t)(1u << m->call->number % 8), *told = &t->call_told[m->call->number / 8];
        if ((!m->returns && (m->call->returned || !all)) || *told & bit)
            continue;
        *told |= bit;
        text_format(&t->out.text, "%7.3f %s  ", (double)(m->time - session_begun(t->session)) / (double)NS_PER_S,
                    lab_end_names[m->call->who == CALLER_CLIENT ? LAB_CLIENT : LAB_SERVER]);
        traffic_call(&t->out.text, m->call, CALL_COLUMNS);
        text_char(&t->out.text, '\n');
    }
}

static void look(struct traffic *t)
{
    struct pollfd polled[SESSION_DESCRIPTORS + 1];
    int descriptors[SESSION_DESCRIPTORS];
    unsigned count = session_descriptors(t->session, descriptors);
    for (unsigned i = 0; i < count; i++)
        polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    polled[count++] = (struct pollfd){ .fd = t->signals, .events = POLLIN };
    poll(polled, count, SESSION_LOOK_MS);
}

static void tell_endings(struct traffic *t)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        const struct session_speech *speech = session_speech(t->session, end);
        if (speech->started && speech->ended && speech->status)
            lab_tell_speech(&t->out.text, end, &(struct session_speech){ .started = true, .ended = true,
                                                                          .timed_out = speech->timed_out,
                                                                          .status = speech->status });
    }
}

/* One run, from start to end. */
static enum exit_status run_once(struct traffic *t, const struct session_options *options, const char *beside)
{
    struct error error = { 0 };
    t->session = session_open(options, &error);
    bool good = t->session && session_start(t->session, &error);
    t->told[LAB_CLIENT] = t->told[LAB_SERVER] = t->moments = 0;
    memset(t->call_told, 0, sizeof t->call_told);
    while (good && session_phase(t->session) < SESSION_QUIET && !t->out.failed) {
        look(t);
        good = session_work(t->session, false, &error);
        tell_calls(t, false);
        tell_speech(t, false);
        if (signals_next(t->signals)) {
            t->stopped = true;
            break;
        }
    }
    if (t->session && !t->stopped)
        tell_endings(t);
    if (t->session) {
        tell_calls(t, true);
        tell_speech(t, true);
        if (beside) {
            session_settle(t->session);
            calls_save(session_calls(t->session), beside, &error);
        }
    }
    session_close(t->session);
    return error.text[0] ? error_print(&error) : EXIT_DONE;
}

static bool prepare(struct lab_line *line, struct error *error)
{
    const char *verb = line->word[0], *name = line->word[1];
    bool serve = verb && strcmp(verb, "serve") == 0;
    struct session_options *o = &line->request.session;
    if (!verb || !name || line->word[2] || (!serve && strcmp(verb, "run") != 0)) {
        error_set(error, EXIT_USAGE, "What shall be sent? synfin traffic run NAME, or serve NAME. See synfin traffic "
                  "--help.");
        return false;
    }
    const struct scenario *s = lab_options_find(name, error);
    if (!s || !lab_options_scenario(line, s, error))
        return false;
    if (line->to && (serve || !target_allowed(line->to, error))) {
        if (serve)
            error_set(error, EXIT_USAGE, "--to belongs to run: serve waits for whoever comes.");
        return false;
    }
    if ((serve || line->to) && !s->program[serve ? LAB_SERVER : LAB_CLIENT]) {
        error_set(error, EXIT_USAGE, "%s has no program for the %s.", s->name, serve ? "server" : "client");
        return false;
    }
    if (!serve && !line->to && s->lab_only) {
        error_set(error, EXIT_USAGE, "%s needs the lab's wire. synfin lab %s runs it.", s->name, s->name);
        return false;
    }
    o->here = true;
    o->peer[serve ? LAB_SERVER : LAB_CLIENT] = serve ? "" : line->to;
    return true;
}

int command_traffic(int argc, char **argv)
{
    struct lab_line line;
    struct error error = { 0 };
    struct traffic t = { .signals = -1 };
    if (!lab_options_read(&line, LAB_LINE_TRAFFIC, argc, argv, &error))
        return (int)error_print(&error);
    if (line.help)
        return (int)run_print(usage);
    if (!prepare(&line, &error))
        return (int)error_print(&error);
    signal(SIGPIPE, SIG_IGN);
    t.signals = signals_caught();
    output_open(&t.out, STDOUT_FILENO);
    enum exit_status status;
    do
        status = run_once(&t, &line.request.session, line.beside);
    while (status == EXIT_DONE && line.request.session.peer[LAB_SERVER] && !t.stopped && !t.out.failed);
    if (output_close(&t.out, &error) != EXIT_DONE)
        status = t.out.failed == EPIPE ? status : error_print(&error);
    close(t.signals);
    return (int)status;
}

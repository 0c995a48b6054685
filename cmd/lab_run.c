/* One run of the lab: the loop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "capture/source.h"
#include "cmd/lab.h"

enum {
    STORIES = 3,                      /* of so many rows, and the report's sink: as many as a decoder takes */
    SPEECH_MOST = 64 * 1024,
    LISTEN_MS = 300,                  /* a server has so long to listen before the client begins */
    QUIET_MS = 500,                   /* without a frame, after the client's end: it is over */
    OVER_MS = 3000,                   /* or after so long in any case */
    LAST_WORDS_MS = 300,              /* for the server, once it is asked to end */
    LOOK_MS = 10,
    LINUX_MSL_S = 30,
    NOT_STARTED = 127,                /* as a shell says it */
};

enum phase { PHASE_SERVER, PHASE_CLIENT, PHASE_QUIET, PHASE_OVER };

struct run {
    const struct lab_request *request;
    struct lab *lab;
    struct source *source;
    struct decoder *decoder;
    struct report *report;
    struct story *story[STORIES];
    struct report_output out;
    struct lab_speech speech[LAB_ENDS];
    int output[LAB_ENDS];             /* of the programs; -1: none, or closed */
    unsigned program[LAB_ENDS];
    int signals;                      /* signalfd */
    enum phase phase;
    nanoseconds begun;                /* wall clock */
    nanoseconds since;                /* the phase; steady clock, as the next */
    nanoseconds last_frame;
    bool frames_end;
    struct error error;
};

static void go_to(struct run *r, enum phase phase)
{
    r->phase = phase;
    r->since = clock_steady();
}

static bool longer_than(nanoseconds since, int ms)
{
    return clock_steady() - since >= ms * NS_PER_MS;
}

/* --- the beginning --- */

/* What is typed belongs to this terminal; a pipe is the client's. */
static int input_of(enum lab_end end)
{
    bool given = end == LAB_CLIENT && !isatty(STDIN_FILENO) && fcntl(STDIN_FILENO, F_GETFD) >= 0;
    return given ? dup(STDIN_FILENO) : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool start(struct run *r, enum lab_end end)
{
    char shell[] = "/bin/sh", option[] = "-c";
    char *command = strdup(r->request->command[end]);
    char *const words[] = { shell, option, command, NULL };
    int pipe_ends[2] = { -1, -1 }, input = input_of(end);
    if (command && input >= 0 && pipe2(pipe_ends, O_CLOEXEC) == 0) {
        fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
        r->program[end] = lab_start(r->lab, &(struct lab_program){
            .end = end, .words = words, .input = input, .output = pipe_ends[1], .errors = pipe_ends[1],
            .limit = end == LAB_CLIENT ? r->request->limit : 0,
        }, &r->error);
        close(pipe_ends[1]);
        r->output[end] = pipe_ends[0];
        r->speech[end].started = r->program[end] != 0;
    } else {
        error_set(&r->error, EXIT_UNREADABLE, "Nothing can be started: %s.", strerror(errno));
    }
    if (input >= 0)
        close(input);
    free(command);
    return r->speech[end].started;
}

static bool open_source(struct run *r)
{
    static const char *const names[LAB_ENDS] = { "the lab, at the client", "the lab, at the server" };
    const struct source_options options = {
        .interface = LAB_INTERFACE, .name = names[r->request->at], .netns = lab_network(r->lab, r->request->at),
        .filter = LAB_FILTER, .write_to = r->request->write_to, .never_wait = true,
    };
    r->source = source_open(&options, &r->error);
    return r->source != NULL;
}

static bool open_decoder(struct run *r)
{
    struct decoder_options options = { .msl = LINUX_MSL_S * NS_PER_S };
    if (getrandom(&options.secret, sizeof options.secret, GRND_NONBLOCK) < 0)
        options.secret = (uint64_t)clock_wall();
    r->report = report_new(&r->out, &r->request->report);
    options.given_up = report_given_up;
    options.given_up_self = r->report;
    r->decoder = r->report ? decoder_new(&options) : NULL;
    for (unsigned i = 0; i < STORIES; i++)
        r->story[i] = story_new(i + 1);
    if (!r->decoder || !r->story[0] || !r->story[1] || !r->story[2]) {
        error_set(&r->error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return false;
    }
    struct sink sink = report_sink(r->report);
    report_read(r->report, r->decoder);
    decoder_attach(r->decoder, &sink);
    for (unsigned i = 0; i < STORIES; i++) {
        sink = story_sink(r->story[i]);
        decoder_attach(r->decoder, &sink);
    }
    return true;
}

/* Programs get them back as usual. */
static bool catch_signals(struct run *r)
{
    signal(SIGPIPE, SIG_IGN);
    r->signals = signals_caught();
    return r->signals >= 0;
}

/* --- the loop --- */

static void hear(struct run *r, enum lab_end end)
{
    char bytes[4096];
    struct lab_speech *s = &r->speech[end];
    while (r->output[end] >= 0) {
        ssize_t length = read(r->output[end], bytes, sizeof bytes);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            close(r->output[end]);
            r->output[end] = -1;
            return;
        }
        size_t room = SPEECH_MOST - s->said.used, kept = (size_t)length < room ? (size_t)length : room;
        text_bytes(&s->said, bytes, kept);
        s->left_out += (size_t)length - kept;
    }
}

static void take_frames(struct run *r)
{
    struct frame batch[FRAME_BATCH];
    enum source_state state = SOURCE_MORE;
    while (state == SOURCE_MORE && !r->frames_end) {
        unsigned count = 0;
        state = source_next(r->source, batch, &count);
        decoder_feed(r->decoder, batch, count);
        if (count)
            r->last_frame = clock_steady();
        r->frames_end = state == SOURCE_END;
    }
    if (!r->frames_end)
        decoder_time(r->decoder, clock_wall());
}

static void take_notices(struct run *r)
{
    struct lab_notice notice;
    while (lab_notice(r->lab, &notice)) {
        for (unsigned end = 0; end < LAB_ENDS; end++)
            if (notice.program && notice.program == r->program[end]) {
                r->speech[end].ended = true;
                r->speech[end].timed_out = notice.timed_out;
                r->speech[end].status = notice.kind == LAB_PROGRAM_ENDED ? notice.status : NOT_STARTED << 8;
            }
        if (notice.kind == LAB_WIRE_ENDED || notice.kind == LAB_ENDED) {
            error_set(&r->error, EXIT_CUT_SHORT, "Somebody ended the lab's %s; what came before is reported.",
                      notice.kind == LAB_ENDED ? "processes" : "wire");
            go_to(r, PHASE_OVER);
        }
    }
}

static void go_on(struct run *r)
{
    bool client = r->request->command[LAB_CLIENT] != NULL, server = r->request->command[LAB_SERVER] != NULL;
    switch (r->phase) {
    case PHASE_SERVER:
        if (server && !r->speech[LAB_SERVER].ended && !longer_than(r->since, LISTEN_MS)
            && !lab_listens(r->lab, LAB_SERVER))
            break;
        go_to(r, client && !start(r, LAB_CLIENT) ? PHASE_OVER : PHASE_CLIENT);
        break;
    case PHASE_CLIENT:
        if (client ? r->speech[LAB_CLIENT].ended : server && r->speech[LAB_SERVER].ended)
            go_to(r, PHASE_QUIET);
        break;
    case PHASE_QUIET:
        if ((longer_than(r->last_frame, QUIET_MS) && longer_than(r->since, QUIET_MS)) || longer_than(r->since, OVER_MS))
            go_to(r, PHASE_OVER);
        break;
    case PHASE_OVER:
        break;
    }
}

/* Waits for anything to happen, a short time at most. */
static void look(struct run *r)
{
    struct pollfd polled[] = {
        { .fd = r->frames_end ? -1 : source_descriptor(r->source), .events = POLLIN },
        { .fd = lab_descriptor(r->lab), .events = POLLIN }, { .fd = r->signals, .events = POLLIN },
        { .fd = r->output[LAB_CLIENT], .events = POLLIN }, { .fd = r->output[LAB_SERVER], .events = POLLIN },
    };
    poll(polled, sizeof polled / sizeof *polled, LOOK_MS);
    hear(r, LAB_CLIENT);
    hear(r, LAB_SERVER);
    take_notices(r);
}

static void loop(struct run *r)
{
    if (r->request->command[LAB_SERVER] && !start(r, LAB_SERVER))
        go_to(r, PHASE_OVER);
    while (r->phase != PHASE_OVER) {
        look(r);
        take_frames(r);
        go_on(r);
        if (signals_next(r->signals) || r->frames_end)
            go_to(r, PHASE_OVER);
    }
    take_frames(r);
    source_stop(r->source);
    take_frames(r);
    decoder_end(r->decoder);
}

/* What the server does at its end is not captured: it would be our doing. */
static void ask_to_end(struct run *r)
{
    nanoseconds since = clock_steady();
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->program[end] && !r->speech[end].ended)
            lab_signal(r->lab, r->program[end], SIGTERM);
    struct lab_speech before[LAB_ENDS] = { r->speech[LAB_CLIENT], r->speech[LAB_SERVER] };
    while (!longer_than(since, LAST_WORDS_MS)
           && ((r->program[LAB_CLIENT] && !r->speech[LAB_CLIENT].ended)
               || (r->program[LAB_SERVER] && !r->speech[LAB_SERVER].ended)))
        look(r);
    for (unsigned end = 0; end < LAB_ENDS; end++)
        r->speech[end].ended = before[end].ended;
}

/* --- the end --- */

static void tell(struct run *r)
{
    struct source_counts counts = source_counts(r->source);
    const struct report_source about = {
        .name = source_name(r->source), .file = r->request->write_to, .dropped = counts.dropped,
        .dropped_known = counts.dropped_known, .complete = !source_problem(r->source) && !counts.dropped,
    };
    struct text *t = &r->out.text;
    lab_tell_speech(t, LAB_SERVER, &r->speech[LAB_SERVER]);
    lab_tell_speech(t, LAB_CLIENT, &r->speech[LAB_CLIENT]);
    lab_tell_wire(t, r->request, lab_wire(r->lab), r->begun);
    text_char(t, '\n');
    report_finish(r->report, &about);
    for (unsigned i = 0; i < STORIES; i++) {
        struct error none;
        if (!decoder_find(r->decoder, i + 1))
            continue;
        text_char(t, '\n');
        report_explain(&r->out, r->decoder, r->story[i], &r->request->report, &about, &none);
    }
}

static void free_run(struct run *r)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        if (r->output[end] >= 0)
            close(r->output[end]);
        text_free(&r->speech[end].said);
    }
    for (unsigned i = 0; i < STORIES; i++)
        if (r->story[i])
            story_free(r->story[i]);
    if (r->report)
        report_free(r->report);
    decoder_free(r->decoder);
    source_close(r->source);
    lab_close(r->lab);
    if (r->signals >= 0)
        close(r->signals);
}

static void announce(struct run *r)
{
    bool open = !r->request->command[LAB_CLIENT] && !r->request->command[LAB_SERVER];
    if (open || isatty(STDERR_FILENO)) {
        struct text t = { 0 };
        lab_tell_open(&t, r->request);
        fwrite(t.bytes, 1, t.used, stderr);
        text_free(&t);
    }
    r->begun = clock_wall();
    r->last_frame = clock_steady();
    go_to(r, open ? PHASE_CLIENT : PHASE_SERVER);
}

enum exit_status lab_run(const struct lab_request *request)
{
    struct run r = { .request = request, .output = { -1, -1 }, .signals = -1 };
    enum exit_status status = EXIT_DONE;
    output_open(&r.out, STDOUT_FILENO);
    bool ready = catch_signals(&r) && (r.lab = lab_open(&request->lab, &r.error)) && open_source(&r)
                 && open_decoder(&r);
    if (ready) {
        announce(&r);
        loop(&r);
        ask_to_end(&r);
        tell(&r);
    }
    if (r.error.text[0])
        status = error_print(&r.error);
    const struct error *problem = r.source ? source_problem(r.source) : NULL;
    if (problem)
        status = error_print(problem);
    struct error written = { 0 };
    if (output_close(&r.out, &written) != EXIT_DONE)
        status = r.out.failed == EPIPE ? status : error_print(&written);
    free_run(&r);
    return status;
}

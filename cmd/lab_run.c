/* One run of the lab: the loop, and the capture that it keeps. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "cmd/lab_looks.h"

enum {
    LAST_WORDS_MS = 300,              /* for programs, once they are asked to end */
    POLLED = SESSION_DESCRIPTORS + LAB_ENDS + 1,
};

/* What is captured at one end. */
struct capture {
    struct source *source;            /* NULL: not captured there */
    bool ended;
    int file;                         /* -1: `path` is one that was asked for */
    const char *folder;               /* else: where it is */
    char path[PATH_MAX];
};

struct run {
    const struct lab_request *request;
    struct session *session;
    struct capture capture[LAB_ENDS];
    struct lab_looks *looks;
    int signals;                      /* signalfd */
    struct error error;
};

/* --- what is captured --- */

/* A file that nobody else sees, unless one was asked for. */
static bool keep_somewhere(struct capture *c, const char *write_to, struct error *error)
{
    struct stat status;
    if (write_to && stat(write_to, &status) == 0 && !S_ISREG(status.st_mode)) {
        error_set(error, EXIT_OUTPUT, "%.200s is no file that can be read again, as the lab does with what it captured.",
                  write_to);
        return false;
    }
    if (write_to) {
        snprintf(c->path, sizeof c->path, "%s", write_to);
        return true;
    }
    const char *wished = getenv("TMPDIR"), *folders[] = { wished && *wished ? wished : "/var/tmp", "/tmp" };
    for (unsigned i = 0; i < 2 && c->file < 0; i++) {
        c->folder = folders[i];
        c->file = open(c->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    }
    if (c->file < 0) {
        error_set(error, EXIT_OUTPUT, "What is captured cannot be kept in %.200s: %s. TMPDIR names another folder.",
                  c->folder, strerror(errno));
        return false;
    }
    snprintf(c->path, sizeof c->path, "/proc/self/fd/%d", c->file);
    return true;
}

static bool open_captures(struct run *r)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        struct capture *c = &r->capture[end];
        struct source_options options = { .keep_privileges = end == LAB_CLIENT && r->request->at[LAB_SERVER] };
        if (!r->request->at[end])
            continue;
        if (!keep_somewhere(c, r->request->write_to[end], &r->error))
            return false;
        session_source(r->session, end, &options);
        options.write_to = c->path;
        c->source = source_open(&options, &r->error);
        if (!c->source)
            return false;
    }
    return true;
}

/* Frames go to the file; what they say is read from there, once all calls beside them are known. */
static bool take_frames(struct run *r)
{
    struct frame batch[FRAME_BATCH];
    bool any = false;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        struct capture *c = &r->capture[end];
        enum source_state state = c->source ? SOURCE_MORE : SOURCE_END;
        while (state == SOURCE_MORE && !c->ended) {
            unsigned count = 0;
            state = source_next(c->source, batch, &count);
            any |= count > 0;
            c->ended = state == SOURCE_END;
        }
    }
    return any;
}

static bool captures_ended(const struct run *r)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->capture[end].source && r->capture[end].ended)
            return true;
    return false;
}

/* --- the loop --- */

/* Programs get them back as usual. */
static bool catch_signals(struct run *r)
{
    signal(SIGPIPE, SIG_IGN);
    r->signals = signals_caught();
    return r->signals >= 0;
}

/* Waits for anything to happen, a short time at most. */
static void look(struct run *r)
{
    struct pollfd polled[POLLED];
    int descriptors[SESSION_DESCRIPTORS];
    unsigned count = session_descriptors(r->session, descriptors);
    for (unsigned i = 0; i < count; i++)
        polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->capture[end].source && !r->capture[end].ended)
            polled[count++] = (struct pollfd){ .fd = source_descriptor(r->capture[end].source), .events = POLLIN };
    polled[count++] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
    poll(polled, count, SESSION_LOOK_MS);
}

static void loop(struct run *r)
{
    bool good = session_start(r->session, &r->error);
    while (good && session_phase(r->session) != SESSION_OVER) {
        look(r);
        bool frames = take_frames(r);
        lab_looks_work(r->looks, frames);     /* before the run can be over for the same reason */
        good = session_work(r->session, frames, &r->error);
        if (signals_next(r->signals) || captures_ended(r))
            break;
    }
    take_frames(r);
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->capture[end].source)
            source_stop(r->capture[end].source);
    take_frames(r);
}

/* What they do at their end is not captured: it would be our doing. */
static void ask_to_end(struct run *r)
{
    nanoseconds since = clock_steady();
    struct error none = { 0 };
    session_stop(r->session);
    while (!session_ended(r->session) && clock_steady() - since < LAST_WORDS_MS * NS_PER_MS) {
        look(r);
        session_work(r->session, false, &none);
    }
}

/* --- the end --- */

static void announce(const struct lab_request *request)
{
    bool open = !request->session.scenario && !request->session.command[LAB_CLIENT] &&
                !request->session.command[LAB_SERVER];
    if (request->session.here || (!open && !isatty(STDERR_FILENO)))
        return;
    struct text t = { 0 };
    lab_tell_open(&t, request);
    fwrite(t.bytes, 1, t.used, stderr);
    text_free(&t);
}

/* Beside each capture that was asked for. */
static void keep_calls(struct run *r)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->request->at[end] && r->request->write_to[end])
            calls_save(session_calls(r->session), r->request->write_to[end], &r->error);
}

static enum exit_status tell(const struct run *r)
{
    struct lab_tale tale = { .request = r->request, .session = r->session, .calls = session_calls(r->session),
                             .looks = r->looks };
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (r->capture[end].source) {
            tale.capture[end] = (struct source_options){ .file = r->capture[end].path,
                                                         .name = source_name(r->capture[end].source) };
            tale.dropped[end] = source_counts(r->capture[end].source).dropped;
        }
    return lab_tell(&tale);
}

/* How the capture at this end failed; EXIT_DONE: not. */
static enum exit_status tell_problem(const struct capture *c)
{
    const struct error *problem = c->source ? source_problem(c->source) : NULL;
    struct error error = { 0 };
    if (!problem)
        return EXIT_DONE;
    if (problem->status != EXIT_OUTPUT || c->file < 0)
        return error_print(problem);
    error_set(&error, EXIT_OUTPUT, "%s (a file in %.200s; TMPDIR names another folder)", problem->text, c->folder);
    return error_print(&error);
}

static void free_run(struct run *r)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        if (r->capture[end].source)
            source_close(r->capture[end].source);
        if (r->capture[end].file >= 0)
            close(r->capture[end].file);
    }
    lab_looks_free(r->looks);
    session_close(r->session);
    if (r->signals >= 0)
        close(r->signals);
}

enum exit_status lab_run(const struct lab_request *request)
{
    struct run r = { .request = request, .signals = -1, .capture = { { .file = -1 }, { .file = -1 } } };
    enum exit_status status = EXIT_DONE;
    bool ready = catch_signals(&r) && (r.session = session_open(&request->session, &r.error)) && open_captures(&r);
    if (ready) {
        r.looks = lab_looks_new(r.session);
        announce(request);
        loop(&r);
        ask_to_end(&r);
        session_settle(r.session);
        keep_calls(&r);
        status = tell(&r);
    }
    if (r.error.text[0])
        status = error_print(&r.error);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        enum exit_status problem = tell_problem(&r.capture[end]);
        if (problem != EXIT_DONE)
            status = problem;
    }
    free_run(&r);
    return status;
}

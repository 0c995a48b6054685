/* The lab in the dashboard. A process that has entered a lab's namespaces cannot leave them, and a run ends with its
 * lab: so each run has a dashboard in a process of its own, which says at its end whether another run is wanted.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/lab.h"
#include "report/lessons.h"
#include "ui/app.h"
#include "ui/traffic_words.h"

enum { QUESTION_COLUMNS = 80, NAME_ROOM = 64 };

/* --- one run --- */

/* A run and the way in which it can be had. */
struct wanted {
    struct lab_request request;
    enum lab_way way;
    struct error refused;             /* why it is not the lab */
    const char *instead;
    bool from_pane;                   /* the run before was left for it, in the pane Traffic */
};

/* "lab handshake", and where it does not run as it should. */
static void name_run(const struct wanted *w, char *name, size_t room)
{
    static const char *const ways[] = { [LAB_WAY_HERE] = ", loopback", [LAB_WAY_RECORDED] = ", recorded",
                                        [LAB_WAY_NONE] = "" };
    const struct scenario *s = w->request.session.scenario;
    snprintf(name, room, "lab%s%s%s", s ? " " : "", s ? s->name : "", ways[w->way] ? ways[w->way] : "");
}

static struct app_options options_of(const struct wanted *w)
{
    const struct scenario *s = w->request.session.scenario;
    const char *no_colour = getenv("NO_COLOR");
    struct app_options app = {
        .trace.decoder.msl = LAB_MSL,
        .screen = { .ascii = w->request.report.ascii, .name = s ? s->name : "lab", .notice = w->instead,
                    .in_traffic = w->from_pane },
        .mono = no_colour && *no_colour,
        .traffic = w->way == LAB_WAY_RECORDED ? TRAFFIC_RECORDED : TRAFFIC_LAB,
    };
    uint64_t *secret = &app.trace.decoder.secret;
    if (getrandom(secret, sizeof *secret, GRND_NONBLOCK) < 0)
        *secret = (uint64_t)clock_wall();
    return app;
}

static enum exit_status show_recorded(const struct wanted *w, const char *name, struct traffic_wish *wish)
{
    const struct lesson *l = lab_recorded(w->request.session.scenario);
    struct app_options app = options_of(w);
    app.trace.source = (struct source_options){ .file = l->name, .bytes = l->bytes, .length = l->length, .name = name };
    if (l->calls)
        app.trace.calls = (struct calls_source){ .file = l->name, .bytes = l->calls, .length = l->calls_length };
    return app_run(&app, wish);
}

/* False: it is gone already. To be called once the lab is entered, which takes this back. */
static bool end_with(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

/* Whose kernels can be asked for their sockets: both hosts of the lab, or this one. */
static unsigned open_hosts(const struct session *session, struct kernel_host hosts[LAB_ENDS])
{
    const struct lab *lab = session_lab(session);
    if (lab_is_here(lab))
        return kernel_host_open(&hosts[0]);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        hosts[end] = (struct kernel_host){ .diag = fcntl(lab_diag(lab, (enum lab_end)end), F_DUPFD_CLOEXEC, 0) };
        kernel_host_add(&hosts[end], lab_addresses[end]);
        kernel_host_add(&hosts[end], lab_addresses6[end]);
    }
    return LAB_ENDS;
}

/* One, or that of each end. */
static void name_captures(struct app_options *app, const struct lab_request *request, const char *name,
                          char names[LAB_ENDS][2 * NAME_ROOM])
{
    app->both = request->at[LAB_CLIENT] && request->at[LAB_SERVER];
    app->other = app->trace;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        bool second = app->both && end == LAB_SERVER;
        struct trace_options *trace = second ? &app->other : &app->trace;
        if (!request->at[end])
            continue;
        trace->source.keep_privileges = app->both && !second;
        session_source(app->session, (enum lab_end)end, &trace->source);
        snprintf(names[end], sizeof names[end], "%s%s%s", name, app->both ? ", " : "",
                 app->both ? lab_end_names[end] : "");
        trace->source.name = names[end];
        trace->source.write_to = request->write_to[end];
    }
}

static enum exit_status run(const struct wanted *w, pid_t parent, struct traffic_wish *wish)
{
    const struct lab_request *request = &w->request;
    struct error error = { 0 };
    struct app_options app = options_of(w);
    struct kernel_host hosts[LAB_ENDS] = { { .diag = -1 }, { .diag = -1 } };
    char name[NAME_ROOM], names[LAB_ENDS][2 * NAME_ROOM];
    name_run(w, name, sizeof name);
    if (w->way == LAB_WAY_RECORDED)
        return end_with(parent) ? show_recorded(w, name, wish) : EXIT_DONE;
    app.session = session_open(&request->session, &error);
    if (!app.session)
        return error_print(&error);
    if (!end_with(parent))
        return EXIT_DONE;
    name_captures(&app, request, name, names);
    app.screen.hosts = hosts;
    app.screen.host_count = open_hosts(app.session, hosts);
    enum exit_status status = app_run(&app, wish);
    for (unsigned end = 0; end < LAB_ENDS; end++)
        kernel_host_close(&hosts[end]);
    return status;
}

/* --- one after the other --- */

/* The request for what is wished. What was said of the wire is said of the scenario that was named. */
static bool follow_wish(struct lab_request *request, const struct traffic_wish *wish, struct error *error)
{
    struct session_options *o = &request->session;
    request->write_to[LAB_CLIENT] = request->write_to[LAB_SERVER] = NULL;     /* the first run is in there */
    memcpy(o->number, wish->number, sizeof o->number);
    o->by_hand = wish->by_hand;
    if (!wish->scenario || wish->scenario == o->scenario)
        return true;
    o->lab = (struct lab_options){ .wire.faults.chance = o->seed };
    o->command[LAB_CLIENT] = o->command[LAB_SERVER] = NULL;
    o->scenario = wish->scenario;
    return scenario_wire(o->scenario, &o->lab, error);
}

/* Waits for the child; what comes to this process is the child's. */
static int wait_for(pid_t child, const sigset_t *caught)
{
    int status = 0;
    for (;;) {
        siginfo_t info;
        pid_t got = waitpid(child, &status, WNOHANG | WUNTRACED);
        if (got == child && WIFSTOPPED(status))
            raise(SIGSTOP);               /* Ctrl-Z: the shell looks at this process */
        else if (got != 0)
            return status;
        else if (sigwaitinfo(caught, &info) > 0 && info.si_signo != SIGCHLD)
            kill(child, info.si_signo);
    }
}

/* False: it cannot be had. Else what the run came to, and what is wished. */
static bool run_apart(const struct wanted *w, int *status, struct traffic_wish *wish)
{
    sigset_t caught, before;
    int ends[2];
    pid_t parent = getpid();
    if (pipe(ends) < 0)
        return false;
    sigemptyset(&caught);
    for (unsigned i = 0; i < 4; i++)
        sigaddset(&caught, (const int[]){ SIGCHLD, SIGINT, SIGTERM, SIGHUP }[i]);
    sigprocmask(SIG_BLOCK, &caught, &before);
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(ends[0]);
        enum exit_status done = run(w, parent, wish);
        if (wish->kind && write(ends[1], wish, sizeof *wish) != (ssize_t)sizeof *wish)
            done = EXIT_OUTPUT;
        exit((int)done);
    }
    close(ends[1]);
    signal(SIGTSTP, SIG_IGN);
    *status = child > 0 ? wait_for(child, &caught) : 0;
    signal(SIGTSTP, SIG_DFL);
    if (read(ends[0], wish, sizeof *wish) != (ssize_t)sizeof *wish)
        wish->kind = WISH_NONE;
    close(ends[0]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child > 0;
}

/* What the screen has no room for beside the run. */
static void ask(const struct scenario *scenario)
{
    struct text t = { 0 };
    traffic_questions(&t, scenario, QUESTION_COLUMNS);
    fwrite(t.bytes, 1, t.used, stdout);
    text_free(&t);
}

enum exit_status lab_dashboard(const struct lab_request *request)
{
    struct lab_request next = *request;
    struct error error = { 0 };
    struct traffic_wish wish = { 0 };
    int status = 0;
    do {
        struct wanted w = { .request = next, .from_pane = wish.kind == WISH_START };
        wish = (struct traffic_wish){ 0 };
        w.way = lab_way_find(&w.request, &w.refused, &w.instead);
        if (w.way != LAB_WAY_LAB)
            status = (int)error_print(&w.refused) << 8;
        if (w.instead)
            fprintf(stderr, "%s\n", w.instead);
        if (w.way != LAB_WAY_NONE && !run_apart(&w, &status, &wish))
            error_set(&error, EXIT_UNREADABLE, "There is not enough memory to begin.");
    } while (wish.kind == WISH_START && !error.text[0] && follow_wish(&next, &wish, &error));
    if (error.text[0])
        return error_print(&error);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    if (status == 0)
        ask(next.session.scenario);
    return (enum exit_status)WEXITSTATUS(status);
}

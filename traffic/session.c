#include "traffic/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "traffic/session_calls.h"

enum {
    LISTEN_MS = 2000,
    QUIET_MS = 500,                   /* without a frame, after the programs' end: it is over */
    OVER_MS = 3000,                   /* or after so long in any case */
    LEFT_MS = 2000, ASK_MS = 100,     /* when one end's program has gone */
    SCENARIO_S = 15,                  /* a scenario's own program is ended then, a client's command then: */
    COMMAND_S = 60,
    NOT_STARTED = 127,                /* as a shell says it */
};

struct session {
    struct session_options options;
    struct lab *lab;
    struct meeting *meeting;
    struct session_speech speech[LAB_ENDS];
    struct session_calls calls;
    int output[LAB_ENDS];             /* of the programs; -1: none, or closed */
    unsigned program[LAB_ENDS];
    enum session_phase phase;
    nanoseconds begun;                /* wall clock */
    nanoseconds since;                /* the phase; steady clock, as the next */
    nanoseconds last_frame;
    nanoseconds asked;                /* the kernels, whether anything is under way */
};

static void go_to(struct session *s, enum session_phase phase)
{
    s->phase = phase;
    s->since = clock_steady();
}

static bool longer_than(nanoseconds since, unsigned ms)
{
    return clock_steady() - since >= ms * NS_PER_MS;
}

static bool has_program(const struct session *s, enum lab_end end)
{
    if (s->options.peer[!end])        /* it runs on another machine */
        return false;
    return s->options.command[end] || (s->options.scenario && s->options.scenario->program[end]);
}

static bool is_scenarios_own(const struct session *s, enum lab_end end)
{
    return has_program(s, end) && !s->options.command[end];
}

/* --- opening --- */

static struct meeting *meeting_new(void)
{
    void *page = mmap(NULL, sizeof(struct meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

struct session *session_open(const struct session_options *options, struct error *error)
{
    struct session *s = calloc(1, sizeof *s);
    if (s) {
        s->options = *options;
        s->output[LAB_CLIENT] = s->output[LAB_SERVER] = -1;
        s->meeting = meeting_new();   /* before the lab's init, whose children share it */
    }
    if (!s || !s->meeting || !session_calls_open(&s->calls, options->calls))
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    else
        s->lab = options->here ? lab_open_here(options->lab.walls, error) : lab_open(&options->lab, error);
    if (s && s->lab)
        return s;
    session_close(s);
    return NULL;
}

void session_close(struct session *s)
{
    if (!s)
        return;
    lab_close(s->lab);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        if (s->output[end] >= 0)
            close(s->output[end]);
        text_free(&s->speech[end].said);
    }
    session_calls_close(&s->calls);
    if (s->meeting)
        munmap(s->meeting, sizeof *s->meeting);
    free(s);
}

void session_source(const struct session *s, enum lab_end at, struct source_options *source)
{
    static const char *const names[LAB_ENDS] = { "the lab, at the client", "the lab, at the server" };
    source->interface = s->options.here ? "lo" : LAB_INTERFACE;
    source->name = s->options.here ? "loopback" : names[at];
    source->netns = s->options.here ? 0 : lab_network(s->lab, at);
    source->filter = s->options.here ? "net 127.0.0.2/31" : LAB_FILTER;   /* what others say there is not ours */
    source->never_wait = true;
}

/* --- programs --- */

/* What a scenario's program needs in its own process, as the lab's init copies it there. */
struct part {
    int (*program)(const struct actor *actor);
    struct actor actor;
};

static int play_part(const void *data, size_t length)
{
    struct part part;
    if (length != sizeof part)
        return NOT_STARTED;
    memcpy(&part, data, sizeof part);
    setvbuf(stdout, NULL, _IOLBF, 0);     /* what it says is shown as it says it, and kept when it is ended */
    signal(SIGPIPE, SIG_IGN);         /* send() says EPIPE instead */
    int status = part.program(&part.actor);
    fflush(stdout);
    return status;
}

static struct part part_of(const struct session *s, enum lab_end end)
{
    struct part part = {
        .program = s->options.scenario->program[end],
        .actor = { .end = end, .seed = s->options.seed, .meeting = is_scenarios_own(s, !end) ? s->meeting : NULL,
                   .by_hand = s->options.by_hand },
    };
    const char *peer = s->options.peer[end];
    snprintf(part.actor.own, sizeof part.actor.own, "%s", peer ? "" : lab_address(s->lab, end));
    snprintf(part.actor.peer, sizeof part.actor.peer, "%s", peer ? peer : lab_address(s->lab, !end));
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++)
        part.actor.number[i] = s->options.number[i] ? s->options.number[i] : s->options.scenario->number[i].is;
    return part;
}

/* What is typed belongs to this terminal; a pipe is the client's command's. */
static int input_of(const struct session *s, enum lab_end end)
{
    bool given = end == LAB_CLIENT && s->options.command[end] && !s->options.lab.walls && !isatty(STDIN_FILENO) &&
                 fcntl(STDIN_FILENO, F_GETFD) >= 0;
    return given ? dup(STDIN_FILENO) : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static nanoseconds limit_of(const struct session *s, int seconds)
{
    return s->options.by_hand ? 0 : s->options.limit ? s->options.limit : seconds * NS_PER_S;
}

/* The descriptors are borrowed. */
static unsigned start_on_lab(struct session *s, enum lab_end end, const int fd[3], struct error *error)
{
    struct lab_program program = { .end = end, .input = fd[0], .output = fd[1], .errors = fd[1], .calls = fd[2],
                                   .hold = s->options.by_hand };
    if (is_scenarios_own(s, end)) {
        const struct part part = part_of(s, end);
        program.run = play_part;
        program.data = &part;
        program.length = sizeof part;
        program.limit = s->options.peer[end] ? 0 : limit_of(s, SCENARIO_S);
        return lab_start(s->lab, &program, error);
    }
    char shell[] = "/bin/sh", option[] = "-c", *command = strdup(s->options.command[end]);
    char *const words[] = { shell, option, command, NULL };
    program.words = words;
    program.limit = end == LAB_CLIENT ? limit_of(s, COMMAND_S) : 0;
    unsigned number = command ? lab_start(s->lab, &program, error) : 0;
    if (!command)
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
    free(command);
    return number;
}

static bool start(struct session *s, enum lab_end end, struct error *error)
{
    int pipe_ends[2] = { -1, -1 }, input = input_of(s, end);
    if (input >= 0 && pipe2(pipe_ends, O_CLOEXEC) == 0) {
        fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
        const int fd[3] = { input, pipe_ends[1], session_calls_begin(&s->calls, end) };
        s->program[end] = start_on_lab(s, end, fd, error);
        close(pipe_ends[1]);
        if (fd[2] > 0)
            close(fd[2]);
        s->output[end] = pipe_ends[0];
        s->speech[end].started = s->program[end] != 0;
    } else {
        error_set(error, EXIT_UNREADABLE, "Nothing can be started: %s.", strerror(errno));
    }
    if (input >= 0)
        close(input);
    if (!s->speech[end].started)
        go_to(s, SESSION_OVER);
    return s->speech[end].started;
}

static bool port_taken(const char *address, uint32_t port, int type)
{
    const struct sockaddr_in at = actor_address(address, port);
    int fd = actor_socket(type), one = 1;
    if (fd >= 0 && type == SOCK_STREAM)   /* an old connection in TIME-WAIT is not in the way, as in actor_listen() */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool taken = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) < 0 && errno == EADDRINUSE;
    if (fd >= 0)
        close(fd);
    return taken;
}

/* On this host ports are everybody's: a stranger who has ours would be sent what is meant for the lesson's server. */
static bool port_is_free(const struct session *s, struct error *error)
{
    const struct session_options *o = &s->options;
    const struct scenario *lesson = o->scenario;
    if (!o->here || !lesson || o->peer[LAB_CLIENT])
        return true;
    uint32_t port = o->number[ACTOR_PORT] ? o->number[ACTOR_PORT] : lesson->number[ACTOR_PORT].is;
    const char *address = o->peer[LAB_SERVER] ? "" : lab_address(s->lab, LAB_SERVER);
    bool taken = port && ((lesson->speaks != SPEAKS_UDP && port_taken(address, port, SOCK_STREAM)) ||
                          (lesson->speaks != SPEAKS_TCP && port_taken(address, port, SOCK_DGRAM)));
    if (taken && o->peer[LAB_SERVER])
        error_set(error, EXIT_USAGE, "Port %u is taken here: --port N for another.", port);
    else if (taken)
        error_set(error, EXIT_USAGE, "Port %u on %s is taken: --port N (p in the dashboard) for another, or traffic run "
                  "--to %s to speak to who is there.", port, address, address);
    return !taken;
}

bool session_start(struct session *s, struct error *error)
{
    if (!port_is_free(s, error)) {
        go_to(s, SESSION_OVER);
        return false;
    }
    s->begun = clock_wall();
    s->last_frame = clock_steady();
    bool any = has_program(s, LAB_SERVER) || has_program(s, LAB_CLIENT);
    go_to(s, any ? SESSION_SERVER : SESSION_CLIENT);
    return !has_program(s, LAB_SERVER) || start(s, LAB_SERVER, error);
}

void session_stop(struct session *s)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (s->program[end] && !s->speech[end].ended)
            lab_signal(s->lab, s->program[end], SIGTERM);
    s->calls.over = true;
    go_to(s, SESSION_OVER);
}

bool session_ended(const struct session *s)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (s->program[end] && !s->speech[end].ended)
            return false;
    return true;
}

/* --- what comes --- */

static void hear(struct session *s, enum lab_end end)
{
    char bytes[4096];
    struct session_speech *speech = &s->speech[end];
    while (s->output[end] >= 0) {
        ssize_t length = read(s->output[end], bytes, sizeof bytes);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            close(s->output[end]);
            s->output[end] = -1;
            return;
        }
        size_t room = SESSION_SPEECH_MOST - speech->said.used, kept = (size_t)length < room ? (size_t)length : room;
        text_bytes(&speech->said, bytes, kept);
        speech->left_out += (size_t)length - kept;
    }
}

/* The program's end as its recorder told it is that of its first process; the recorder's own comes once all have
 * ended. */
static bool take_notices(struct session *s, struct error *error)
{
    struct lab_notice notice;
    while (lab_notice(s->lab, &notice)) {
        for (unsigned end = 0; end < LAB_ENDS; end++)
            if (notice.program && notice.program == s->program[end]) {
                session_calls_take(&s->calls, end, &s->speech[end]);
                s->speech[end].timed_out = notice.timed_out;
                s->speech[end].gone = true;
                if (s->speech[end].ended)
                    continue;
                s->speech[end].ended = true;
                s->speech[end].status = notice.kind == LAB_PROGRAM_ENDED ? notice.status : NOT_STARTED << 8;
            }
        if (notice.kind == LAB_WIRE_ENDED || notice.kind == LAB_ENDED) {
            error_set(error, EXIT_CUT_SHORT, "Somebody ended the lab's %s; what came before is reported.",
                      notice.kind == LAB_ENDED ? "processes" : "wire");
            go_to(s, SESSION_OVER);
            return false;
        }
    }
    return true;
}

/* Most scenarios' servers come to their end by themselves; a command may go on for ever, once the client is done. */
static bool all_done(const struct session *s)
{
    bool client = has_program(s, LAB_CLIENT), server = has_program(s, LAB_SERVER);
    if (!client && !server)
        return false;                 /* the network alone: until somebody ends it */
    bool for_server = !client || (is_scenarios_own(s, LAB_SERVER) && !s->options.scenario->server_stays);
    return (!client || s->speech[LAB_CLIENT].ended) && (!for_server || !server || s->speech[LAB_SERVER].ended);
}

/* This host has sockets of others too: ours is known by its port. */
static bool listens_here(const struct session *s)
{
    struct lab_listening found;
    bool known = lab_listens_at(s->lab, LAB_SERVER, (uint16_t)s->options.number[ACTOR_PORT], &found);
    return known ? found.there : longer_than(s->since, LISTEN_MS);
}

/* The program behind walls has gone, with all that it started, and what it said is answered: nobody is left whom the
 * scenario's own could wait for. */
static bool is_left_alone(struct session *s)
{
    const struct lab_walls *walls = s->options.lab.walls;
    if (!walls || !s->speech[walls->end].gone || !longer_than(s->last_frame, LEFT_MS) ||
        !longer_than(s->since, LEFT_MS) || !longer_than(s->asked, ASK_MS))
        return false;
    s->asked = clock_steady();
    return !lab_talks(s->lab, (uint16_t)s->options.number[ACTOR_PORT]);
}

/* Nothing of it will listen any more: it has failed, or ended with all that it started. */
static bool server_is_over(const struct session *s)
{
    const struct session_speech *server = &s->speech[LAB_SERVER];
    return server->gone || (server->ended && server->status != 0);
}

/* Both know each other, and when the other one is ready. */
static bool waits_for_server(const struct session *s)
{
    bool meet = is_scenarios_own(s, LAB_SERVER) && is_scenarios_own(s, LAB_CLIENT);
    unsigned patience = s->options.listen_ms ? s->options.listen_ms : LISTEN_MS;
    return has_program(s, LAB_SERVER) && !meet && !server_is_over(s) && !longer_than(s->since, patience) &&
           !(lab_is_here(s->lab) ? s->options.lab.walls == NULL || listens_here(s) : lab_listens(s->lab, LAB_SERVER));
}

static bool go_on(struct session *s, struct error *error)
{
    unsigned quiet = s->options.scenario && s->options.scenario->quiet_ms ? s->options.scenario->quiet_ms : QUIET_MS;
    switch (s->phase) {
    case SESSION_SERVER:
        if (waits_for_server(s))
            break;
        go_to(s, SESSION_CLIENT);
        return !has_program(s, LAB_CLIENT) || start(s, LAB_CLIENT, error);
    case SESSION_CLIENT:
        if (all_done(s) || is_left_alone(s))
            go_to(s, SESSION_QUIET);
        break;
    case SESSION_QUIET:
        if ((longer_than(s->last_frame, quiet) && longer_than(s->since, quiet)) ||
            longer_than(s->since, OVER_MS + quiet))
            go_to(s, SESSION_OVER);
        break;
    case SESSION_READY: case SESSION_OVER:
        break;
    }
    return true;
}

bool session_work(struct session *s, bool frames, struct error *error)
{
    if (frames)
        s->last_frame = clock_steady();
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        hear(s, end);
        session_calls_take(&s->calls, end, &s->speech[end]);
    }
    return take_notices(s, error) && go_on(s, error);
}

unsigned session_descriptors(const struct session *s, int descriptors[SESSION_DESCRIPTORS])
{
    unsigned count = 0;
    descriptors[count++] = lab_descriptor(s->lab);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        int calls = s->calls.recording[end] ? recording_descriptor(s->calls.recording[end]) : -1;
        if (s->output[end] >= 0)
            descriptors[count++] = s->output[end];
        if (calls >= 0)
            descriptors[count++] = calls;
    }
    return count;
}

/* --- what is known of it --- */

enum session_phase session_phase(const struct session *s)
{
    return s->phase;
}

const struct calls *session_calls(const struct session *s)
{
    return s->calls.list;
}

size_t session_calls_changed(struct session *s)
{
    size_t changed = s->calls.changed;
    s->calls.changed = s->calls.list->count;
    return changed;
}

const struct session_held *session_held(const struct session *s, enum lab_end end, unsigned *count)
{
    *count = s->calls.held_count[end];
    return s->calls.held[end];
}

bool session_release(struct session *s, enum lab_end end)
{
    if (!s->calls.held_count[end])
        return false;
    recording_release(s->calls.recording[end], s->calls.held[end][0].number);
    memmove(&s->calls.held[end][0], &s->calls.held[end][1], --s->calls.held_count[end] * sizeof s->calls.held[end][0]);
    return true;
}

void session_settle(struct session *s)
{
    size_t place = calls_settle(s->calls.list);
    s->calls.changed = place < s->calls.changed ? place : s->calls.changed;
}

const struct session_options *session_options(const struct session *s)
{
    return &s->options;
}

const struct session_speech *session_speech(const struct session *s, enum lab_end end)
{
    return &s->speech[end];
}

struct lab *session_lab(const struct session *s)
{
    return s->lab;
}

nanoseconds session_begun(const struct session *s)
{
    return s->begun;
}

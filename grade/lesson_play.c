/* The process that runs a lesson: the session, what it captures, and what it tells. */
#include "grade/lesson_parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/privileges.h"

enum { LISTEN_MS = 10000, LAST_WORDS_MS = 300, MEASURE_MS = 200, BESIDE_S = 40 };

struct play {
    const struct lesson *lesson;
    const struct lesson_place *place;
    struct lesson_report *report;
    struct lab_walls walls;
    char work[96], command[4096], filter[96];
    struct session_options options;
    struct session *session;
    struct source *source;            /* NULL: nothing can be captured */
    nanoseconds begun, measured;      /* by the steady clock */
    struct lab_listening listening;   /* of a student's server */
    bool listening_known;
    const char *ended_for;            /* NULL: it came to its end */
    bool started;                     /* else the error says why nothing was */
};

static unsigned or_else(unsigned given, unsigned usual)
{
    return given ? given : usual;
}

/* --- before --- */

/* The command sees PORT and HOST; an executable file gets them as its words. */
static bool write_command(struct play *p, bool here)
{
    const struct lesson *l = p->lesson;       /* a rubric's name of a file has no quotes in it */
    bool client = l->end == LAB_CLIENT;
    const char *host = client ? (here ? lab_addresses_here : lab_addresses)[LAB_SERVER] : "";
    unsigned port = lesson_port(l);
    int length = l->command ? snprintf(p->command, sizeof p->command, "PORT=%u HOST=%s; export PORT HOST\n%s", port,
                                       host, l->command)
                            : snprintf(p->command, sizeof p->command, "exec ./'%s' %s %u", l->file, host, port);
    return length > 0 && (size_t)length < sizeof p->command;
}

static bool set_options(struct play *p, bool here)
{
    const struct lesson *l = p->lesson;
    struct session_options *o = &p->options;
    *o = (struct session_options){ .here = here, .scenario = l->scenario, .seed = l->seed, .listen_ms = LISTEN_MS };
    memcpy(o->number, l->number, sizeof o->number);
    o->number[ACTOR_PORT] = lesson_port(l);
    o->lab.wire.faults.chance = l->seed;
    for (unsigned i = 0; i < SCENARIO_FAULTS && l->faults[i]; i++)
        if (!faults_add(&o->lab.wire.faults, l->faults[i], &p->report->error))
            return false;
    if (!scenario_wire(l->scenario, &o->lab, &p->report->error))
        return false;
    if (!l->program)
        return true;
    snprintf(p->work, sizeof p->work, "%s/work", p->place->folder);
    p->walls = (struct lab_walls){
        .end = l->end, .folder = p->work, .uid = p->place->user,
        .memory_mib = or_else(l->memory_mib, LESSON_MEMORY_MIB),
        .processes = or_else(l->processes, LESSON_PROCESSES), .files_mib = or_else(l->files_mib, LESSON_FILES_MIB),
        .seconds = or_else(l->seconds, LESSON_SECONDS),
    };
    o->lab.walls = &p->walls;
    o->limit = p->walls.seconds * NS_PER_S;
    o->command[l->end] = p->command;
    if (write_command(p, here))
        return true;
    error_set(&p->report->error, EXIT_USAGE, "The command in the rubric is longer than %zu bytes.", sizeof p->command);
    return false;
}

/* In the lab everything is an ordinary user's, also from root: what one may do to another is that little then. */
static bool be_ordinary(struct play *p)
{
    if (geteuid() != 0 || !p->lesson->program || p->place->user == geteuid())
        return true;
    if (lesson_keep_as(p->place, p->place->user) && lesson_become(p->place->user)) {
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);       /* whoever changed its user does not own its files in /proc */
        prctl(PR_SET_PDEATHSIG, SIGKILL);         /* nor is this one kept */
        return true;
    }
    p->report->refused = true;
    error_set(&p->report->error, EXIT_PERMISSION, "This root may not be another user (%s): the program cannot be kept "
              "apart.", strerror(errno));
    return false;
}

static bool may_play(struct play *p, bool here)
{
    if (here)
        return true;
    if (!be_ordinary(p))
        return false;
    p->report->refused = !lab_try(&p->report->error);
    return !p->report->refused;
}

static bool open_capture(struct play *p)
{
    struct source_options options = { .write_to = p->place->capture };
    if (p->options.here && !privileges_may_capture()) {
        snprintf(p->report->tale.why, sizeof p->report->tale.why, "nothing could be captured on loopback here: that "
                 "needs the capability CAP_NET_RAW, which this container does not give");
        return true;
    }
    session_source(p->session, LAB_CLIENT, &options);
    if (p->options.here) {            /* a client's program takes whichever address the kernel gives it */
        snprintf(p->filter, sizeof p->filter, "net 127.0.0.0/8 and (port %u or icmp)", p->options.number[ACTOR_PORT]);
        options.filter = p->filter;
    }
    p->source = source_open(&options, &p->report->error);
    p->report->tale.captured = p->source != NULL;
    return p->source != NULL;
}

/* --- while it runs --- */

static bool take_frames(struct play *p)
{
    struct frame batch[FRAME_BATCH];
    enum source_state state = p->source ? SOURCE_MORE : SOURCE_END;
    bool any = false;
    for (unsigned rounds = 0; state == SOURCE_MORE && rounds < 64; rounds++) {
        unsigned count = 0;
        state = source_next(p->source, batch, &count);
        any |= count > 0;
    }
    return any;
}

static void look(struct play *p)
{
    struct pollfd polled[SESSION_DESCRIPTORS + 1];
    int descriptors[SESSION_DESCRIPTORS];
    unsigned count = session_descriptors(p->session, descriptors);
    for (unsigned i = 0; i < count; i++)
        polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
    if (p->source)
        polled[count++] = (struct pollfd){ .fd = source_descriptor(p->source), .events = POLLIN };
    poll(polled, count, SESSION_LOOK_MS);
}

/* Once is enough: a server that has all its clients may stop to listen. */
static void see_listening(struct play *p)
{
    struct lab_listening now;
    if (p->lesson->end == LAB_SERVER && !p->listening.there &&
        lab_listens_at(session_lab(p->session), LAB_SERVER, (uint16_t)p->options.number[ACTOR_PORT], &now)) {
        p->listening = now;
        p->listening_known = true;
    }
}

static bool wrote_too_much(struct play *p)
{
    struct stat status;
    bool soon = clock_steady() - p->measured < MEASURE_MS * NS_PER_MS;
    if (soon || !p->lesson->program)
        return false;
    p->measured = clock_steady();
    see_listening(p);
    if (stat(p->place->capture, &status) == 0 && status.st_size > (off_t)LESSON_CAPTURE_MIB << 20)
        p->ended_for = "it had sent and received more than is captured of one run";
    if (atomic_load(&p->report->too_much))
        p->ended_for = "it had written more than its folder may hold";
    return p->ended_for != NULL;
}

static bool takes_too_long(struct play *p)
{
    unsigned most = or_else(p->lesson->seconds, LESSON_SECONDS) + BESIDE_S;
    if (clock_steady() - p->begun < most * NS_PER_S)
        return false;
    p->ended_for = "the run took too long";
    return true;
}

static void loop(struct play *p)
{
    struct error *error = &p->report->error;
    p->begun = clock_steady();
    bool good = p->started = session_start(p->session, error);
    while (good && session_phase(p->session) != SESSION_OVER && !wrote_too_much(p) && !takes_too_long(p)) {
        look(p);
        good = session_work(p->session, take_frames(p), error);
    }
    if (good && p->lesson->program)
        see_listening(p);
    take_frames(p);
    if (p->source) {
        source_stop(p->source);
        take_frames(p);
    }
    if (!good)
        p->ended_for = "something in the lab was killed";
}

static void ask_to_end(struct play *p)
{
    nanoseconds since = clock_steady();
    struct error none = { 0 };
    session_stop(p->session);
    while (!session_ended(p->session) && clock_steady() - since < LAST_WORDS_MS * NS_PER_MS) {
        look(p);
        session_work(p->session, false, &none);
    }
}

/* --- after --- */

/* A server does that, but one that nobody can reach is none. */
static void tell_running(const struct play *p, char *words, size_t room)
{
    unsigned port = p->options.number[ACTOR_PORT];
    if (p->lesson->end != LAB_SERVER)
        snprintf(words, room, "It was running until the end.");
    else if (p->listening.there || !p->listening_known)
        snprintf(words, room, "It was running until the end, as a server does.");
    else if (p->listening.inward)
        snprintf(words, room, "It was running until the end, but it listened at a loopback address alone (as localhost "
                 "is), where no other host comes.");
    else if (p->listening.elsewhere)
        snprintf(words, room, "It was running until the end, but nothing listened at port %u: it listened at port %u.",
                 port, p->listening.elsewhere);
    else
        snprintf(words, room, "It was running until the end, but nothing listened at port %u.", port);
}

/* before: how it stood when the run was over, ahead of our asking it to end. */
static void tell_end(struct play *p, const struct session_speech *before, const struct session_speech *speech)
{
    char *words = p->report->tale.ended;
    size_t room = sizeof p->report->tale.ended;
    int status = before->status;
    if (speech->ended && WIFEXITED(speech->status) && WEXITSTATUS(speech->status) == WALLS_FAILED &&
        speech->said.used > 7 && memcmp(speech->said.bytes, "synfin:", 7) == 0)
        snprintf(words, room, "It was not run.");
    else if (p->ended_for)
        snprintf(words, room, "It was ended, because %s.", p->ended_for);
    else if (before->timed_out)
        snprintf(words, room, "It had not come to its end after %u s, and was ended.", p->walls.seconds);
    else if (!before->ended)
        tell_running(p, words, room);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        snprintf(words, room, "It was ended: it had used %u s of the processor.", p->walls.seconds);
    else if (WIFSIGNALED(status))
        snprintf(words, room, "It was ended by signal %d (%s).", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(words, room, "It ended with status %d%s.", WEXITSTATUS(status),
                 p->lesson->end == LAB_SERVER ? ", before the clients had" : "");
}

static void tell(struct play *p, const struct session_speech *before)
{
    struct lesson_tale *tale = &p->report->tale;
    const struct session_speech *speech = session_speech(p->session, p->lesson->end);
    size_t length = speech->said.used < LESSON_SAID_MOST ? speech->said.used : LESSON_SAID_MOST;
    tell_end(p, before, speech);
    if (length)
        memcpy(tale->said, speech->said.bytes, length);
    tale->said_more = speech->left_out + (speech->said.used - length);
}

/* What a program did to the lab costs its own run, and what was captured before that is still good. */
static bool run(struct play *p)
{
    struct error *error = &p->report->error;
    if (!(p->session = session_open(&p->options, error)) || !open_capture(p))
        return false;
    loop(p);
    if (!p->started)
        return false;
    const struct session_speech before = *session_speech(p->session, p->lesson->end);
    ask_to_end(p);
    session_settle(p->session);
    if (p->source && !calls_save(session_calls(p->session), p->place->capture, error))
        return false;
    if (p->lesson->program)
        tell(p, &before);
    return p->lesson->program || !p->ended_for;
}

_Noreturn void lesson_play(const struct lesson *lesson, const struct lesson_place *place, bool here,
                           struct lesson_report *report)
{
    struct play p = { .lesson = lesson, .place = place, .report = report };
    struct rlimit core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &core);
    signal(SIGPIPE, SIG_IGN);
    report->ran = may_play(&p, here) && set_options(&p, here) && run(&p);
    if (p.source)
        source_close(p.source);
    session_close(p.session);
    _exit(0);
}

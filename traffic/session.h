/* session.h - one run of the generator: a client's and a server's program, on the lab or on loopback.
 *
 * A program is a command, or the scenario's own. Nothing here waits: the caller polls the descriptors, or calls
 * session_work() every SESSION_LOOK_MS, and captures by itself from where session_source() says. What the programs
 * wrote is kept, up to a limit; their socket calls are recorded and collect in a list that grows. Once both have ended
 * and the wire is quiet, the run is over.
 *
 * On loopback the server is 127.0.0.1 and the client 127.0.0.2; there is no wire, so faults, delay and rate are not
 * there.
 */
#ifndef SYNFIN_TRAFFIC_SESSION_H
#define SYNFIN_TRAFFIC_SESSION_H

#include "base/text.h"
#include "capture/calls.h"
#include "capture/source.h"
#include "traffic/lab.h"
#include "traffic/scenario.h"

enum { SESSION_LOOK_MS = 10, SESSION_DESCRIPTORS = 8, SESSION_HELD = 32, SESSION_SPEECH_MOST = 64 * 1024 };

struct session_options {
    bool here;                        /* on this host, over loopback, instead of the lab */
    /* here: this end's program alone, with another machine at this address ("": whoever comes); NULL: both. */
    const char *peer[LAB_ENDS];
    const struct scenario *scenario;  /* NULL: none */
    const char *command[LAB_ENDS];    /* for /bin/sh, in the place of the scenario's program; NULL: that, or none */
    uint32_t number[ACTOR_NUMBERS];   /* 0: the scenario's own */
    uint64_t seed;
    struct lab_options lab;           /* with all that the scenario wants of it (scenario_wire()) */
    nanoseconds limit;                /* for a scenario's programs and a client's command; 0: 15 s and 60 s */
    unsigned listen_ms;               /* a server's command has so long to listen before the client begins; 0: 2000 */
    struct calls *calls;              /* that its calls are added to, borrowed: runs one after the other beside one capture.
                                         NULL: a list of its own */
    bool by_hand;                     /* each call waits for session_release(); programs have no limit then */
};

/* What a program wrote, and how it ended. */
struct session_speech {
    struct text said;
    uint64_t left_out;                /* bytes beyond the limit */
    bool started, ended, timed_out;
    bool gone;                        /* and all that it started have ended */
    int status;                       /* as of waitpid(2), once it has ended */
    int unrecorded;                   /* errno: its calls could not be recorded; 0: they are */
    uint64_t calls_lost;              /* what its recorder told and nobody took in time */
};

/* By hand: a call that waits for leave. */
struct session_held {
    uint32_t number;                  /* its recorder's */
    int32_t pid, fd;
    char words[CALLS_TEXT_MOST + 24];     /* "connect(10.9.0.1:6666)" */
};

enum session_phase {
    SESSION_READY,                    /* nothing was started */
    SESSION_SERVER,                   /* the server's program was; it does not listen yet */
    SESSION_CLIENT,                   /* both were */
    SESSION_QUIET,                    /* what was to end has ended; frames may still be on their way */
    SESSION_OVER,
};

struct session;

/* Sets the place up and starts nothing: captures are opened between this and session_start(). NULL: `error`. */
struct session *session_open(const struct session_options *options, struct error *error);

/* Ends the programs that still run. */
void session_close(struct session *session);

/* Where to capture what this end sees: fills interface, network namespace, filter and name. */
void session_source(const struct session *session, enum lab_end at, struct source_options *source);

/* Starts the server's program; the client's follows once it listens, or at once where the scenario brings both. False:
 * `error`, also where another program of this host has the lesson's port. */
bool session_start(struct session *session, struct error *error);

/* What to poll for reading. How many. */
unsigned session_descriptors(const struct session *session, int descriptors[SESSION_DESCRIPTORS]);

/* Takes what has come. frames: some were captured since the last time. False: it ended before its time; `error` says
 * why, and it is over. */
bool session_work(struct session *session, bool frames, struct error *error);

enum session_phase session_phase(const struct session *session);

/* Asks the programs to end, and does not wait for it. */
void session_stop(struct session *session);

/* Has everything ended that was started? */
bool session_ended(const struct session *session);

/* The calls so far, of both ends, in the order of time. */
const struct calls *session_calls(const struct session *session);

/* The first place in their moments that is another one than when this was asked last; count: they only grew, or
 * stayed. */
size_t session_calls_changed(struct session *session);

/* By hand: the calls that wait at this end, the one that came first first. */
const struct session_held *session_held(const struct session *session, enum lab_end end, unsigned *count);

/* Lets the first of them be made. False: none waits. */
bool session_release(struct session *session, enum lab_end end);

/* Gives calls without ends those of the others on their descriptors: once the run is over. */
void session_settle(struct session *session);

const struct session_options *session_options(const struct session *session);
const struct session_speech *session_speech(const struct session *session, enum lab_end end);

/* What its programs run on. */
struct lab *session_lab(const struct session *session);

/* When it was started, since the epoch. */
nanoseconds session_begun(const struct session *session);

#endif

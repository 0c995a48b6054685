/* generator.h - the generator beside the dashboard: what the screen is told of it, what a person asks of it, the run.
 *
 * The screen and its views see plain values (struct traffic), which the loop on a terminal has from a session, and
 * tests fill by hand. What a person asks for is a wish, which the screen gives out once; struct generator fulfils it,
 * or, where that needs a fresh lab, whoever opened the dashboard does once it has ended.
 */
#ifndef SYNFIN_UI_GENERATOR_H
#define SYNFIN_UI_GENERATOR_H

#include "traffic/session.h"

enum traffic_place {
    TRAFFIC_NOWHERE,              /* nothing can be started beside this capture */
    TRAFFIC_LAB,                  /* one run, whose end ends the capture */
    TRAFFIC_HERE,                 /* on loopback, beside a capture that goes on */
    TRAFFIC_RECORDED,             /* a bundled trace in the place of a run */
};

/* What is known of the generator. Borrowed; the same until generator_work(). */
struct traffic {
    enum traffic_place place;
    const struct session_options *options;    /* of the run, or of the one that is to come; NULL: none yet */
    enum session_phase phase;
    const struct session_speech *speech[LAB_ENDS];    /* NULL: no run yet */
    const struct wire_page *wire;     /* NULL: there is no wire */
    nanoseconds begun;                /* wall clock */
    bool stopped;                     /* by a person */
    const struct calls *calls;        /* that were recorded so far; NULL: no run yet */
    const struct session_held *held[LAB_ENDS];    /* by hand: the call that waits for leave; NULL: none does */
    enum lab_end waits_longest;       /* of two that wait */
};

/* The call that this end has made and that has not returned; NULL: it does something else, or has ended. */
const struct true_call *traffic_waits_in(const struct traffic *traffic, enum lab_end end);

enum wish_kind { WISH_NONE, WISH_START, WISH_STOP, WISH_RELEASE, WISH_OTHER_END };

struct traffic_wish {
    enum wish_kind kind;
    const struct scenario *scenario;  /* WISH_START; NULL: what ran before, once more */
    uint32_t number[ACTOR_NUMBERS];   /* 0: the scenario's own */
    bool by_hand;
    enum lab_end end;                 /* WISH_RELEASE: whose call that waits is made */
};

/* --- the run --- */

struct generator {
    struct session *session;          /* owned; NULL: none */
    struct calls *calls;              /* owned: of all runs on loopback; NULL: the session has its own */
    size_t calls_count;
    uint32_t held[LAB_ENDS];          /* by hand: number of the call that waits, and since when; 0: none */
    nanoseconds held_since[LAB_ENDS];
    struct traffic traffic;
    size_t calls_from;                /* the first place of the calls that is new to who looks; SIZE_MAX: none */
    bool settled;
    nanoseconds over;                 /* since when, by the steady clock; 0: it is not */
    size_t heard[LAB_ENDS];           /* bytes that its programs had written, when it was told last */
    bool ended[LAB_ENDS];
    bool asked_to_end;                /* what still ran when it was over */
    bool changed;                     /* something was told; whoever looks puts this and calls_from back */
};

/* The session is the generator's from now on; NULL: none yet. */
void generator_open(struct generator *generator, enum traffic_place place, struct session *session);
void generator_close(struct generator *generator);

/* Its programs run, or what they called is not known for good yet. */
bool generator_runs(const struct generator *generator);

/* Starts what was opened. False: `error`. */
bool generator_start(struct generator *generator, struct error *error);

/* Opens and starts a scenario on loopback, in the place of the run before. False: `error`. */
bool generator_start_here(struct generator *generator, const struct traffic_wish *wish, struct error *error);

/* Writes what is known beside a capture of this name: NAME.calls.jsonl, and NAME.client.txt and NAME.server.txt with
 * what the programs wrote. False: `error`. */
bool generator_keep(struct generator *generator, const char *capture, struct error *error);

/* Asks the programs to end. by_person: before their time, and what comes of it is still captured. */
void generator_stop(struct generator *generator, bool by_person);

/* By hand: lets the call that waits at this end be made. False: none does. */
bool generator_release(struct generator *generator, enum lab_end end);

/* What to poll for reading, and how many milliseconds at most; -1: as long as one likes. */
unsigned generator_descriptors(const struct generator *generator, int descriptors[SESSION_DESCRIPTORS]);
int generator_patience(const struct generator *generator);

/* Takes what has come. frames: some were captured. True: all is well, else `error`, once. */
bool generator_work(struct generator *generator, bool frames, struct error *error);

/* The run is over, and what was captured of it can be ended: nothing that belongs to it comes any more. */
bool generator_over(const struct generator *generator);

#endif

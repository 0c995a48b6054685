/* Plays a lesson of the lab, captured at both ends, and holds the states that are inferred from each end's capture against
 * those that its kernel has, whenever no frame has come at either end for 200 ms.
 *
 * usage: quiet                   the lessons of the table, by name
 *        quiet NAME              a line for each quiet moment and connection, tabs between: same, differs or unsaid;
 *                                seconds since the beginning, end, its port and the other's, both states, why; last
 *                                "unseen" and what the lesson says the wire cannot show
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/source.h"
#include "decode/decoder.h"
#include "report/beside.h"
#include "traffic/session.h"

enum { LINUX_MSL_S = 30, LONGEST_S = 30 };

#define QUIET (200 * NS_PER_MS)
#define LATE  (40 * NS_PER_MS)        /* what was captured is told by then */

struct play {
    struct session *session;
    struct source *source[LAB_ENDS];
    struct decoder *decoder[LAB_ENDS];
    struct kernel_host host[LAB_ENDS];
    nanoseconds begun, last;          /* by the steady clock: when it began, when the last frame came */
    bool compared;                    /* nothing has come since */
};

static bool open_end(struct play *p, unsigned end, struct error *error)
{
    const struct lab *lab = session_lab(p->session);
    struct source_options options = { .keep_privileges = end == LAB_CLIENT };
    session_source(p->session, end, &options);
    p->source[end] = source_open(&options, error);
    p->decoder[end] = decoder_new(&(struct decoder_options){ .msl = LINUX_MSL_S * NS_PER_S });
    p->host[end].diag = fcntl(lab_diag(lab, end), F_DUPFD_CLOEXEC, 0);
    return p->source[end] && p->decoder[end] && kernel_host_add(&p->host[end], lab_addresses[end])
           && kernel_host_add(&p->host[end], lab_addresses6[end]);
}

/* Did any come? */
static bool take_frames(struct play *p)
{
    struct frame batch[FRAME_BATCH];
    bool any = false;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        enum source_state state = SOURCE_MORE;
        while (state == SOURCE_MORE) {
            unsigned count = 0;
            state = source_next(p->source[end], batch, &count);
            decoder_feed(p->decoder[end], batch, count);
            any |= count > 0;
        }
        decoder_time(p->decoder[end], clock_wall());
    }
    if (any)
        p->last = clock_steady();
    p->compared &= !any;
    return any;
}

static bool is_newest(const struct decoder *decoder, const struct conversation *row)
{
    for (const struct conversation *of = decoder_after(decoder, row); of; of = decoder_after(decoder, of))
        if (tuple_equal(&of->key, &row->key))
            return false;
    return true;
}

static void compare_row(const struct play *p, unsigned at, const struct conversation *row)
{
    static const char *const words[] = { [BESIDE_UNKNOWN] = "unsaid", [BESIDE_SAME] = "same",
                                         [BESIDE_DIFFERS] = "differs", [BESIDE_MOVING] = "moving" };
    for (unsigned end = 0; end < 2; end++) {
        if (!kernel_host_has(&p->host[at], row->key.version, row->key.address[end]))
            continue;
        struct beside b = beside_of(&p->host[at], as_connection(row), end, INT64_MAX);
        struct text t = { 0 };
        beside_words(&t, &b);
        printf("%s\t%.3f\t%s\t%u-%u\t%s\t%s\n", words[b.agreement],
               (double)(clock_steady() - p->begun) / (double)NS_PER_S, lab_end_names[at], row->key.port[end],
               row->key.port[!end], text_ended(&t), difference_words[b.why]);
        text_free(&t);
    }
}

/* The tables are read, and then what was captured until then: nothing may have come. */
static void compare(struct play *p)
{
    for (unsigned end = 0; end < LAB_ENDS; end++)
        kernel_host_read(&p->host[end]);
    poll(NULL, 0, (int)(LATE / NS_PER_MS));
    if (take_frames(p))
        return;
    p->compared = true;
    for (unsigned end = 0; end < LAB_ENDS; end++)
        for (const struct conversation *row = decoder_first(p->decoder[end]); row;
             row = decoder_after(p->decoder[end], row))
            if (conversation_is_tcp(row) && is_newest(p->decoder[end], row))
                compare_row(p, end, row);
}

static bool go_on(struct play *p, struct error *error)
{
    bool good = session_start(p->session, error);
    p->begun = p->last = clock_steady();
    while (good && session_phase(p->session) != SESSION_OVER && clock_steady() - p->begun < LONGEST_S * NS_PER_S) {
        struct pollfd polled[SESSION_DESCRIPTORS];
        int descriptors[SESSION_DESCRIPTORS];
        unsigned count = session_descriptors(p->session, descriptors);
        for (unsigned i = 0; i < count; i++)
            polled[i] = (struct pollfd){ .fd = descriptors[i], .events = POLLIN };
        poll(polled, count, SESSION_LOOK_MS);
        bool frames = take_frames(p);
        if (!p->compared && clock_steady() - p->last >= QUIET)
            compare(p);
        good = session_work(p->session, frames, error);
    }
    return good;
}

static int play(const struct scenario *scenario)
{
    struct error error = { 0 };
    struct play p = { .host = { { .diag = -1 }, { .diag = -1 } } };
    struct session_options options = { .scenario = scenario, .seed = 1 };
    bool good = scenario_wire(scenario, &options.lab, &error) && (p.session = session_open(&options, &error));
    for (unsigned end = 0; end < LAB_ENDS && good; end++)
        good = open_end(&p, end, &error);
    good = good && go_on(&p, &error);
    if (scenario->unseen)
        printf("unseen\t%s\n", scenario->unseen);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        kernel_host_close(&p.host[end]);
        decoder_free(p.decoder[end]);
        if (p.source[end])
            source_close(p.source[end]);
    }
    session_close(p.session);
    return good ? 0 : (int)error_print(&error);
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc < 2 && scenarios[i]; i++)
        printf("%s\n", scenarios[i]->name);
    if (argc < 2)
        return 0;
    const struct scenario *scenario = scenario_find(argv[1]);
    if (!scenario) {
        fprintf(stderr, "no lesson is called %s\n", argv[1]);
        return 2;
    }
    return play(scenario);
}

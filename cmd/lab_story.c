/* What is told of a run of the lab: what was captured is read again, now that all calls beside it are known. */
#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/lab.h"
#include "cmd/run.h"

enum {
    STORIES = 3,                      /* of so many rows, and the report's sink: as many as a decoder takes */
    LINUX_MSL_S = 30,
};

struct tale {
    const struct lab_request *request;
    const struct session *session;
    const struct lab_capture *capture;
    enum lab_end at;
    struct source *source;
    struct decoder *decoder;
    struct report *report;
    struct story *story[STORIES];
    struct report_output out;
    struct error error;
};

static bool open_decoder(struct tale *t)
{
    struct decoder_options options = { .msl = LINUX_MSL_S * NS_PER_S };
    if (getrandom(&options.secret, sizeof options.secret, GRND_NONBLOCK) < 0)
        options.secret = (uint64_t)clock_wall();
    t->report = report_new(&t->out, &t->request->report);
    options.given_up = report_given_up;
    options.given_up_self = t->report;
    t->decoder = t->report ? decoder_new(&options) : NULL;
    for (unsigned i = 0; i < STORIES; i++)
        t->story[i] = story_new(i + 1);
    if (!t->decoder || !t->story[0] || !t->story[1] || !t->story[2]) {
        error_set(&t->error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return false;
    }
    struct sink sink = report_sink(t->report);
    report_read(t->report, t->decoder);
    decoder_attach(t->decoder, &sink);
    for (unsigned i = 0; i < STORIES; i++) {
        sink = story_sink(t->story[i]);
        decoder_attach(t->decoder, &sink);
    }
    return true;
}

static void tell(struct tale *t)
{
    struct source_counts counts = source_counts(t->capture->source);
    const struct report_source about = {
        .name = source_name(t->capture->source), .file = t->request->write_to[t->at], .dropped = counts.dropped,
        .dropped_known = counts.dropped_known, .complete = !source_problem(t->capture->source) && !counts.dropped,
    };
    struct text *text = &t->out.text;
    lab_tell_lesson(text, t->request->session.scenario);
    for (unsigned end = LAB_ENDS; end--;)
        lab_tell_speech(text, end, session_speech(t->session, end));
    lab_tell_wire(text, &session_options(t->session)->lab.wire, lab_wire(session_lab(t->session)),
                  session_begun(t->session));
    text_char(text, '\n');
    report_finish(t->report, &about);
    for (unsigned i = 0; i < STORIES; i++) {
        struct error none;
        if (!decoder_find(t->decoder, i + 1))
            continue;
        text_char(text, '\n');
        report_explain(&t->out, t->decoder, t->story[i], &t->request->report, &about, &none);
    }
}

/* What was sent and what arrived. */
static enum exit_status tell_both(struct tale *t, const struct lab_capture capture[LAB_ENDS])
{
    const struct options options = {
        .command = FOR_COMPARE, .report = t->request->report,
        .source = { .file = capture[LAB_CLIENT].path, .name = source_name(capture[LAB_CLIENT].source) },
        .second = capture[LAB_SERVER].path, .second_name = source_name(capture[LAB_SERVER].source),
    };
    text_string(&t->out.text, "\n");
    return compare_run(&options, &t->out);
}

static void free_tale(struct tale *t)
{
    for (unsigned i = 0; i < STORIES; i++)
        if (t->story[i])
            story_free(t->story[i]);
    if (t->report)
        report_free(t->report);
    decoder_free(t->decoder);
    if (t->source)
        source_close(t->source);
}

enum exit_status lab_tell(const struct lab_request *request, const struct session *session,
                          const struct lab_capture capture[LAB_ENDS])
{
    enum lab_end at = request->at[LAB_CLIENT] ? LAB_CLIENT : LAB_SERVER;
    struct tale t = { .request = request, .session = session, .capture = &capture[at], .at = at };
    const struct source_options again = { .file = capture[at].path, .name = source_name(capture[at].source) };
    output_open(&t.out, STDOUT_FILENO);
    if ((t.source = source_open(&again, &t.error)) && open_decoder(&t)) {
        run_decoder(t.source, NULL, t.decoder, &t.out);
        tell(&t);
    }
    enum exit_status status = t.error.text[0] ? error_print(&t.error) : EXIT_DONE;
    if (capture[LAB_CLIENT].source && capture[LAB_SERVER].source && decoder_find(t.decoder, 1))
        status = tell_both(&t, capture);
    lab_tell_questions(&t.out.text, request->session.scenario);
    struct error written = { 0 };
    if (output_close(&t.out, &written) != EXIT_DONE)
        status = t.out.failed == EPIPE ? status : error_print(&written);
    free_tale(&t);
    return status;
}

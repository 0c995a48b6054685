/* What is told of a run of the lab: what was captured is read again, now that all calls beside it are known. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/lab_looks.h"
#include "cmd/run.h"
#include "ui/traffic_words.h"
#include "report/words.h"

enum {
    STORIES = 3,                      /* of so many rows, and the report's sink: as many as a decoder takes */
    COLUMNS = 80,
};

struct story_run {
    const struct lab_tale *tale;
    enum lab_end at;
    struct source *source;
    struct decoder *decoder;
    struct report *report;
    struct story *story[STORIES];
    struct report_output out;
    struct error error;
};

static bool open_decoder(struct story_run *t)
{
    struct decoder_options options = { .msl = LAB_MSL };
    if (getrandom(&options.secret, sizeof options.secret, GRND_NONBLOCK) < 0)
        options.secret = (uint64_t)clock_wall();
    t->report = report_new(&t->out, &t->tale->request->report);
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

/* What the programs wrote, and what the wire did; of a recorded lesson nobody knows. */
static void tell_run(struct story_run *t)
{
    const struct session *session = t->tale->session;
    struct text *text = &t->out.text;
    if (!session) {
        text_string(text, "Recorded in the lab earlier, and not run here.\n\n");
        return;
    }
    for (unsigned end = LAB_ENDS; end--;)
        lab_tell_speech(text, end, session_speech(session, end));
    lab_tell_wire(text, &session_options(session)->lab.wire, lab_wire(session_lab(session)), session_begun(session));
    text_char(text, '\n');
}

static void tell(struct story_run *t)
{
    const struct lab_request *request = t->tale->request;
    const struct report_source about = {
        .name = source_name(t->source), .file = request->write_to[t->at], .dropped = t->tale->dropped[t->at],
        .dropped_known = t->tale->session, .complete = !source_problem(t->source) && !t->tale->dropped[t->at],
    };
    traffic_lesson(&t->out.text, request->session.scenario, COLUMNS);
    tell_run(t);
    report_finish(t->report, &about);
    for (unsigned i = 0; i < STORIES; i++) {
        struct error none;
        if (!decoder_find(t->decoder, i + 1))
            continue;
        text_char(&t->out.text, '\n');
        report_explain(&t->out, t->decoder, t->story[i], &request->report, &about, &none);
    }
}

/* What was sent and what arrived; that nothing arrived at all is a lesson too. */
static enum exit_status tell_both(struct story_run *t)
{
    struct error error = { 0 };
    const struct source_options *capture = t->tale->capture;
    const struct options options = {
        .command = FOR_COMPARE, .report = t->tale->request->report, .source = capture[LAB_CLIENT],
        .second = capture[LAB_SERVER].file, .second_name = capture[LAB_SERVER].name,
        .one_clock = true,
    };
    text_char(&t->out.text, '\n');
    if (compare_run(&options, &t->out, &error))
        return EXIT_DONE;
    if (error.status != EXIT_USAGE)
        return error_print(&error);
    words_wrap(&t->out.text, error.text, strlen(error.text), 0, 0, COLUMNS);
    return EXIT_DONE;
}

static void free_story(struct story_run *t)
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

static bool open_tale(struct story_run *t)
{
    t->source = source_open(&t->tale->capture[t->at], &t->error);
    return t->source && open_decoder(t);
}

enum exit_status lab_tell(const struct lab_tale *tale)
{
    struct story_run t = { .tale = tale, .at = tale->capture[LAB_CLIENT].file ? LAB_CLIENT : LAB_SERVER };
    if (tale->request->report.format == REPORT_JSONL)
        return lab_looks_objects(tale);
    output_open(&t.out, STDOUT_FILENO);
    if (open_tale(&t)) {
        run_decoder(t.source, tale->calls, t.decoder, &t.out);
        tell(&t);
    }
    enum exit_status status = t.error.text[0] ? error_print(&t.error) : EXIT_DONE;
    if (tale->capture[LAB_CLIENT].file && tale->capture[LAB_SERVER].file && t.decoder && decoder_find(t.decoder, 1))
        status = tell_both(&t);
    lab_looks_tell(&t.out.text, tale);
    if (status == EXIT_DONE)
        traffic_questions(&t.out.text, tale->request->session.scenario, COLUMNS);
    struct error written = { 0 };
    if (output_close(&t.out, &written) != EXIT_DONE)
        status = t.out.failed == EPIPE ? status : error_print(&written);
    free_story(&t);
    return status;
}

/* synfin explain: the story of one connection or flow. */
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"

static const char usage[] =
    "usage: synfin explain [-r] FILE [--id ID] [FILTER]\n"
    "       the story of one connection or flow: ladder, states, socket calls,\n"
    "       and the reason for each, with frame and RFC section\n"
    "\n"
    "  --id ID              which one, as numbered by synfin report (1)\n"
    "  -r, -f, -c, --calls  as for synfin report\n"
    "  --format FORMAT      text (the whole story), or the ladder alone as mermaid\n"
    "                       (sequenceDiagram, for Markdown) or svg (for a page)\n"
    "  --all                every segment, however many there are\n"
    "  --ascii              no characters beyond ASCII\n"
    "  --msl SECONDS        maximum segment lifetime, half of TIME-WAIT (120)\n";

static uint32_t id_of(const struct options *options)
{
    return options->report.only ? options->report.only : 1;
}

/* The story, or the ladder alone. An error where the capture has no such row. */
static bool tell(struct report_output *out, const struct options *options, const struct decoder *decoder,
                 const struct story *story, const struct source *source, struct error *error)
{
    struct report_source about = run_source(options, source);
    if (options->ladder == LADDER_TEXT || !decoder_find(decoder, id_of(options)))
        return report_explain(out, decoder, story, &options->report, &about, error);
    if (report_ladder(&out->text, decoder, story, options->ladder, about.name, &options->report))
        return true;
    error_set(error, EXIT_UNREADABLE, "There is not enough memory for this ladder.");
    return false;
}

int command_explain(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    if (!options_read(&options, FOR_EXPLAIN, argc, argv, &error))
        return (int)error_print(&error);
    if (options.help)
        return (int)run_print(usage);
    if (!options_need_source(&options, &error))
        return (int)error_print(&error);
    struct calls *calls;
    struct source *source = run_open(&options, &calls, &error);
    if (!source)
        return (int)error_print(&error);
    struct report_output out;
    output_open(&out, STDOUT_FILENO);
    struct decoder *decoder = decoder_new(&options.decoder);
    struct story *story = story_new(id_of(&options));
    enum exit_status status = EXIT_DONE;
    if (decoder && story) {
        struct sink sink = story_sink(story);
        decoder_attach(decoder, &sink);
        run_decoder(source, calls, decoder, &out);
        if (!run_read_nothing(source) && !tell(&out, &options, decoder, story, source, &error))
            status = error_print(&error);
    } else {
        error_set(&error, EXIT_UNREADABLE, "Not enough memory to begin.");
        status = error_print(&error);
    }
    status = run_finish(source, calls, &out, status);
    if (story)
        story_free(story);
    decoder_free(decoder);
    return (int)status;
}

/* synfin events: the stream itself, one JSON object a line. */
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "cmd/ways.h"

static const char usage[] =
    "usage: synfin events [-r] FILE [FILTER]     event by event, as JSON Lines\n"
    "       synfin events -i INTERFACE [FILTER]  live, flushed when no frame waits\n"
    "       synfin events --list                 every kind, and what it means\n"
    "\n"
    "  -r, -i, -f, -c, -w, -D   as for synfin report\n"
    "  --calls FILE             true calls, recorded (FILE.calls.jsonl beside FILE); none\n"
    "  --only KIND,KIND         these kinds alone, by name: tcp.state,call\n"
    "  --id ID                  of this connection or flow alone\n"
    "  --verify-checksums       leave out what has a wrong checksum, as receivers do\n"
    "  --max-connections N      rows kept at once (1048576)\n"
    "  --msl SECONDS            maximum segment lifetime (120)\n";

static enum exit_status list(const struct options *options)
{
    struct report_output out;
    struct error error = { 0 };
    output_open(&out, STDOUT_FILENO);
    report_event_list(&out, &options->report);
    return output_close(&out, &error) == EXIT_DONE ? EXIT_DONE : error_print(&error);
}

int command_events(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    if (!options_read(&options, FOR_EVENTS, argc, argv, &error))
        return (int)error_print(&error);
    if (options.help)
        return (int)run_print(usage);
    if (options.list)
        return (int)list(&options);
    if (options.list_interfaces)
        return (int)(source_list_interfaces(&error) == EXIT_DONE ? EXIT_DONE : error_print(&error));
    if (!options_need_source(&options, &error))
        return (int)error_print(&error);
    struct calls *calls;
    struct source *source = run_open(&options, &calls, &error);
    if (!source)
        return (int)ways_error(&options, &error);
    struct decoder *decoder = decoder_new(&options.decoder);
    if (!decoder) {
        source_close(source);
        calls_free(calls);
        error_set(&error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return (int)error_print(&error);
    }
    struct report_output out;
    output_open(&out, run_words_to(&options));
    struct report_events events = { .out = &out, .only = options.report.only };
    struct sink sink = report_events_sink(&events, options.event_kinds);
    decoder_attach(decoder, &sink);
    run_decoder(source, calls, decoder, &out);
    decoder_free(decoder);
    return (int)run_finish(source, calls, &out, EXIT_DONE);
}

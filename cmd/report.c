/* synfin report: every connection and flow of a capture, in one of four formats. */
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "cmd/ways.h"

static const char usage[] =
    "usage: synfin report [-r] FILE [FILTER]     every connection and flow of it\n"
    "       synfin report -i INTERFACE [FILTER]  live, until Ctrl-C\n"
    "\n"
    "  -r FILE              pcap or pcapng, also gzipped; - reads a pipe\n"
    "  -i INTERFACE         capture live (-D lists them); -w FILE keeps the frames\n"
    "  --buffer MIB         live: the kernel's buffer for frames (32)\n"
    "  -f FILTER            a BPF filter, as for tcpdump; trailing words are one too\n"
    "  -c COUNT             stop after COUNT frames that pass the filter\n"
    "  --calls FILE         true calls, recorded (FILE.calls.jsonl beside FILE); none\n"
    "  --format FORMAT      text (for people), jsonl, csv or zeek (a conn.log)\n"
    "  --summary            the capture alone, as text or with --format jsonl\n"
    "  --id ID              this row alone\n"
    "  --all                text: every row, however many there are\n"
    "  --ascii              no characters beyond ASCII\n"
    "  --verify-checksums   leave out what has a wrong checksum, as the receiver does\n"
    "  --max-connections N  rows kept at once (1048576); more are given up, counted\n"
    "  --msl SECONDS        maximum segment lifetime, half of TIME-WAIT (120)\n"
    "\n"
    "then: synfin explain FILE --id ID     the story of one connection\n"
    "      synfin help WORD                what a word of the report means\n";

int report_run(struct options *options)
{
    struct error error = { 0 };
    struct calls *calls;
    struct source *source = run_open(options, &calls, &error);
    if (!source)
        return (int)ways_error(options, &error);
    struct kernel_host host = { .diag = -1 };
    if (options->source.interface && options->report.format == REPORT_JSONL)
        kernel_host_open(&host);
    struct report_output out;
    output_open(&out, run_words_to(options));
    struct report *report = options->summary ? NULL : report_new(&out, &options->report);
    if (report) {
        options->decoder.given_up = report_given_up;
        options->decoder.given_up_self = report;
    }
    struct decoder *decoder = decoder_new(&options->decoder);
    enum exit_status status = EXIT_DONE;
    if (!decoder || !(report || options->summary)) {
        error_set(&error, EXIT_UNREADABLE, "Not enough memory to begin.");
        status = error_print(&error);
    } else {
        if (report) {
            struct sink sink = report_sink(report);
            report_read(report, decoder);
            decoder_attach(decoder, &sink);
        }
        run_decoder(source, calls, decoder, &out);
        struct report_source about = run_source(options, source);
        kernel_host_read(&host);
        if (host.table.tcp || host.table.udp)
            about.kernel = &host;
        if (run_read_nothing(source)) {
            /* run_finish() tells why */
        } else if (options->summary) {
            report_summary(&out, decoder, &options->report, &about);
        } else if (!report_finish(report, &about)) {
            error_set(&error, EXIT_USAGE, "The capture has no connection or flow %u.", options->report.only);
            status = error_print(&error);
        }
    }
    status = run_finish(source, calls, &out, status);
    if (report)
        report_free(report);
    decoder_free(decoder);
    kernel_host_close(&host);
    return (int)status;
}

int command_report(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    if (!options_read(&options, FOR_REPORT, argc, argv, &error))
        return (int)error_print(&error);
    if (options.help)
        return (int)run_print(usage);
    if (options.list_interfaces)
        return (int)(source_list_interfaces(&error) == EXIT_DONE ? EXIT_DONE : error_print(&error));
    if (!options_need_source(&options, &error))
        return (int)error_print(&error);
    return report_run(&options);
}

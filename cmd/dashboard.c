/* synfin FILE, synfin -i INTERFACE: the dashboard, or the report where there is no terminal. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "cmd/start.h"
#include "cmd/ways.h"
#include "ui/app.h"

static const char usage[] =
    "usage: synfin                         what there is to look at, to choose from\n"
    "       synfin [-r] FILE [FILTER]      the dashboard over a capture\n"
    "       synfin -i INTERFACE [FILTER]   live\n"
    "       where there is no terminal, both print the report (synfin report --help)\n"
    "\n"
    "  -r FILE              pcap or pcapng, also gzipped; - reads a pipe\n"
    "  -i INTERFACE         capture live (-D lists them); -w FILE keeps the frames\n"
    "  --calls FILE         true calls, recorded (FILE.calls.jsonl beside FILE); none\n"
    "  --play               begin at the first frame and play\n"
    "  --theme NAME         dark, light, contrast or mono (NO_COLOR: mono)\n"
    "  --ascii              no characters beyond ASCII\n"
    "  -f FILTER, -c COUNT, --buffer MIB, --max-connections N, --msl SECONDS,\n"
    "  --verify-checksums   as for synfin report\n"
    "\n"
    "  ? in the dashboard lists its keys; q leaves it.\n";

static bool on_a_terminal(const struct options *options)
{
    bool words = options->source.write_to && strcmp(options->source.write_to, "-") == 0;
    return isatty(STDOUT_FILENO) && !words && !options->report_asked;
}

int command_dashboard(int argc, char **argv)
{
    struct options options;
    struct error error = { 0 };
    if (!options_read(&options, FOR_DASHBOARD, argc, argv, &error))
        return (int)error_print(&error);
    if (options.help)
        return (int)run_print(usage);
    if (options.list_interfaces)
        return (int)(source_list_interfaces(&error) == EXIT_DONE ? EXIT_DONE : error_print(&error));
    const char *no_colour = getenv("NO_COLOR");
    bool mono = no_colour && *no_colour;
    if (!options.source.file && !options.source.interface && !options.source.write_to && on_a_terminal(&options) &&
        isatty(STDIN_FILENO))
        return (int)start_screen(&options, mono, argc, argv);
    if (!options_need_source(&options, &error))
        return (int)error_print(&error);
    if (!on_a_terminal(&options))
        return report_run(&options);
    struct kernel_host host = { .diag = -1 };
    bool asks = options.source.interface && kernel_host_open(&host);
    const struct app_options app = {
        .trace = { .source = options.source, .decoder = options.decoder, .calls = options.calls },
        .screen = { .ascii = options.report.ascii, .play = options.play, .theme = options.theme,
                    .name = options.source.file ? options.source.file : options.source.interface,
                    .hosts = &host, .host_count = asks },
        .mono = mono,
        .traffic = options.source.interface && strcmp(options.source.interface, "lo") == 0 ? TRAFFIC_HERE : TRAFFIC_NOWHERE,
    };
    enum exit_status status = app_run(&app, NULL);
    kernel_host_close(&host);
    if (status == EXIT_PERMISSION && options.source.interface)
        ways_refused(options.source.interface);
    return (int)status;
}

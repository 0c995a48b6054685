#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "cmd/command.h"
#include "cmd/run.h"
#include "report/lessons.h"

static const char usage[] =
    "synfin watches TCP and UDP from SYN to FIN and says what happened, and why.\n"
    "\n"
    "  synfin                       what there is to look at, to choose from\n"
    "  synfin FILE                  the dashboard over a capture: pcap, pcapng, .gz\n"
    "  synfin -i INTERFACE          live; -D lists the interfaces\n"
    "  synfin handshake             a bundled trace; synfin help lessons lists them\n"
    "\n"
    "  synfin report FILE           every connection and flow; --format jsonl, csv\n"
    "  synfin explain FILE --id 1   the story of one: ladder, states, reasons\n"
    "  synfin compare A B           one conversation captured at both its ends\n"
    "  synfin events FILE           the stream of events as JSON Lines\n"
    "  synfin lab                   lessons on a network of your own; no root\n"
    "  synfin traffic run NAME      the same programs over loopback, or to a machine\n"
    "  synfin grade RUBRIC FILE...  marks captures and answers by a rubric in Lua\n"
    "  synfin answers SHEET FILE    a sheet's answers; handout: one for each\n"
    "  synfin help WORD             what a word means: help TIME-WAIT, help backlog\n"
    "  synfin doctor                what works here, and what mends the rest\n"
    "\n"
    "  Where there is no terminal, synfin FILE is synfin report FILE; - reads a pipe.\n"
    "  Words after the file are a BPF filter: synfin report lab.pcap tcp port 6666\n"
    "  Each command has --help (the dashboard: synfin -r FILE --help); man synfin\n"
    "\n"
    "  exit status: 0 done, 2 usage or filter, 3 input unreadable, 4 input cut short,\n"
    "               5 no permission, 6 output could not be written\n";

command *command_find(const char *name)
{
    static const struct {
        const char *name;
        command *run;
    } commands[] = {
        { "report", command_report }, { "events", command_events }, { "explain", command_explain },
        { "compare", command_compare }, { "lab", command_lab }, { "grade", command_grade },
        { "answers", command_answers }, { "handout", command_handout },
        { "traffic", command_traffic }, { "doctor", command_doctor }, { "help", command_help },
    };
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run;
    return NULL;
}

static int nothing_called(const char *word)
{
    struct error error = { 0 };
    struct text near = { 0 };
    lesson_near(&near, word);
    error_set(&error, EXIT_UNREADABLE, "There is neither a command nor a file nor a bundled trace called %.100s. The "
              "commands: report, events, explain, compare, lab, traffic, grade, answers, handout, doctor, help (synfin "
              "--help says more); traces near it: %.*s "
              "(synfin help lessons lists all).", word, (int)near.used, near.used ? near.bytes : "");
    text_free(&near);
    return (int)error_print(&error);
}

/* Where 0, 1 or 2 is closed, the next file to be opened would get that number, and what is printed would go into a
 * capture or the lab's wire. Instead nothing is read, and writing fails as to what is closed. */
static void fill_closed_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            open("/", O_RDONLY);
}

int main(int argc, char **argv)
{
    fill_closed_descriptors();
    signal(SIGXFSZ, SIG_IGN);         /* a file that may not grow is told as one that cannot be written */
    if (argc > 1 && options_asks_help(argv[1]))
        return (int)run_print(usage);
    if (argc < 2 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return command_dashboard(argc, argv);
    if (argc < 2) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0)
        return (int)run_print("synfin " SYNFIN_VERSION "\n");
    command *run = command_find(argv[1]);
    if (run)
        return run(argc - 1, argv + 1);
    if (argv[1][0] != '-' && !strpbrk(argv[1], "./") && access(argv[1], F_OK) != 0 && !lesson_find(argv[1]))
        return nothing_called(argv[1]);
    /* No command: options or a file of the dashboard. */
    return command_dashboard(argc, argv);
}

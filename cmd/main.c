#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/command.h"

#define VERSION "0.1"

static const char usage[] =
    "synfin watches TCP and UDP from SYN to FIN and says what happened, and why.\n"
    "\n"
    "  synfin FILE                    what is in a capture (the same as synfin report FILE)\n"
    "  synfin report FILE             every connection and flow; --format jsonl, csv, zeek\n"
    "  synfin explain FILE --id 1     the story of one connection: ladder, states, reasons\n"
    "  synfin events FILE             the stream of events as JSON Lines; --list names them\n"
    "  synfin help WORD               what a word means: help TIME-WAIT, help backlog\n"
    "  synfin doctor                  what works on this machine, and what mends the rest\n"
    "  synfin -D                      the interfaces that can be captured on\n"
    "\n"
    "  FILE is pcap or pcapng, gzipped or not; - reads a pipe; -i INTERFACE captures live.\n"
    "  Words after the file are a BPF filter: synfin report lab.pcap tcp port 6666\n"
    "  Each command has --help. The manual: man synfin\n"
    "\n"
    "  exit status: 0 done, 2 usage or filter, 3 input unreadable, 4 input cut short,\n"
    "               5 no permission, 6 output could not be written\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "report", command_report }, { "events", command_events }, { "explain", command_explain },
    { "doctor", command_doctor }, { "help", command_help },
};

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        FILE *to = argc < 2 ? stderr : stdout;
        fputs(usage, to);
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("synfin " VERSION);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    /* No command: options or a file of the report. */
    return command_report(argc, argv);
}

/* synfin lab: a private network with real kernels at both ends, for any user. */
#include "cmd/lab.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "traffic/join.h"

static const char usage[] =
    "usage: synfin lab --server CMD --client CMD   two programs on two hosts\n"
    "       synfin lab open                        the network alone, until Ctrl-C\n"
    "       synfin lab sh client|server [CMD...]   on a host of an open lab\n"
    "       a client at 10.9.0.2 (fd09::2) and a server at 10.9.0.1 (fd09::1), joined\n"
    "       by a wire: real TCP, no root, nothing left behind. Then the report and\n"
    "       the story of what was captured.\n"
    "\n"
    "  --fault FAULT        'drop server SYN,ACK 2': the second that matches; also\n"
    "                       duplicate, reorder, corrupt, 'delay 50ms'; of client,\n"
    "                       server, either; SYN, FIN, RST, ACK, data, segment,\n"
    "                       datagram, arp, any; port N, len N; then 2, 2-4, 3-, 5%\n"
    "  --seed N             for faults by chance (1)\n"
    "  --delay TIME         from host to host, each way: 15ms\n"
    "  --rate BYTES         a second, each way: 125k, 1M\n"
    "  --at client|server   where it captures (client)\n"
    "  -w FILE              keeps the frames\n"
    "  --time TIME          the client's time, then it is ended (60s)\n"
    "  --ascii              no characters beyond ASCII\n"
    "\n"
    "e.g.: synfin lab --server 'nc -l 6666' --client 'echo hi | nc -N 10.9.0.1 6666'\n";

enum { OPTION_SERVER = 256, OPTION_CLIENT, OPTION_FAULT, OPTION_SEED, OPTION_DELAY, OPTION_RATE, OPTION_AT, OPTION_TIME,
       OPTION_TEXT, OPTION_ASCII, CLIENT_S = 60, DELAY_MOST_S = 10, TIME_MOST_S = 86400 };

static const struct option long_options[] = {
    { "server", required_argument, NULL, OPTION_SERVER }, { "client", required_argument, NULL, OPTION_CLIENT },
    { "fault", required_argument, NULL, OPTION_FAULT }, { "seed", required_argument, NULL, OPTION_SEED },
    { "delay", required_argument, NULL, OPTION_DELAY }, { "rate", required_argument, NULL, OPTION_RATE },
    { "at", required_argument, NULL, OPTION_AT }, { "write", required_argument, NULL, 'w' },
    { "time", required_argument, NULL, OPTION_TIME }, { "text", no_argument, NULL, OPTION_TEXT },
    { "ascii", no_argument, NULL, OPTION_ASCII }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

/* "15ms", "0.2s", "3s" */
static bool read_time(const char *word, const char *what, int most_s, nanoseconds *time, struct error *error)
{
    char *end;
    double n = strtod(word, &end), unit = strcmp(end, "ms") == 0 ? 1e6 : strcmp(end, "us") == 0 ? 1e3
                                          : strcmp(end, "s") == 0 ? 1e9 : 0;
    double ns = n * unit;
    if (end == word || !(ns >= 1) || ns > most_s * 1e9) {
        error_set(error, EXIT_USAGE, "%s takes a time with its unit, as 15ms or 2s, up to %d s, not \"%.100s\".", what,
                  most_s, word);
        return false;
    }
    *time = (nanoseconds)ns;
    return true;
}

/* "125k", "1M", "9600" */
static bool read_rate(const char *word, uint64_t *rate, struct error *error)
{
    char *end;
    double n = strtod(word, &end);
    double unit = strcmp(end, "k") == 0 ? 1e3 : strcmp(end, "M") == 0 ? 1e6 : *end ? 0 : 1;
    if (end == word || !(n * unit >= 100) || n * unit > 1e9) {
        error_set(error, EXIT_USAGE, "--rate takes bytes a second, 100 to 1000M, as 125k or 1M, not \"%.100s\".", word);
        return false;
    }
    *rate = (uint64_t)(n * unit);
    return true;
}

static bool read_seed(const char *word, uint64_t *seed, struct error *error)
{
    char *end;
    *seed = strtoull(word, &end, 10);
    if (end != word && !*end && *word != '-')
        return true;
    error_set(error, EXIT_USAGE, "--seed takes a whole number, not \"%.100s\".", word);
    return false;
}

static bool read_end(const char *word, const char *what, enum lab_end *end, struct error *error)
{
    for (unsigned i = 0; i < LAB_ENDS; i++)
        if (strcmp(word, lab_end_names[i]) == 0) {
            *end = i;
            return true;
        }
    error_set(error, EXIT_USAGE, "%s is client or server, not \"%.100s\".", what, word);
    return false;
}

static bool take(struct lab_request *r, int option, struct error *error)
{
    struct wire_options *wire = &r->lab.wire;
    switch (option) {
    case OPTION_SERVER: r->command[LAB_SERVER] = optarg; return true;
    case OPTION_CLIENT: r->command[LAB_CLIENT] = optarg; return true;
    case OPTION_FAULT: return faults_add(&wire->faults, optarg, error);
    case OPTION_SEED: return read_seed(optarg, &wire->faults.chance, error);
    case OPTION_DELAY: return read_time(optarg, "--delay", DELAY_MOST_S, &wire->delay, error);
    case OPTION_RATE: return read_rate(optarg, &wire->rate, error);
    case OPTION_AT: return read_end(optarg, "--at", &r->at, error);
    case OPTION_TIME: return read_time(optarg, "--time", TIME_MOST_S, &r->limit, error);
    case OPTION_ASCII: r->report.ascii = true; return true;
    case OPTION_TEXT: return true;
    default: r->write_to = optarg; return true;
    }
}

static bool read_options(struct lab_request *r, int argc, char **argv, bool *help, struct error *error)
{
    int option;
    optind = 0;                       /* anew, with GNU's order of words */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":w:h", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%.100s needs a value. See synfin lab --help."
                                                       : "%.100s is not an option here. See synfin lab --help.",
                      argv[optind - 1]);
            return false;
        }
        if (option == 'h')
            *help = true;
        else if (!take(r, option, error))
            return false;
    }
    if (r->write_to && strcmp(r->write_to, "-") == 0) {
        error_set(error, EXIT_USAGE, "-w takes a file here: the report goes to standard output.");
        return false;
    }
    return true;
}

static int be_in_shell(int argc, char **argv)
{
    struct error error = { 0 };
    enum lab_end end = LAB_CLIENT;
    const char *shell = getenv("SHELL");
    char *own[] = { strdup(shell && *shell ? shell : "/bin/sh"), NULL };
    int status = -1;
    pid_t lab = 0;
    if (argc < 2)
        error_set(&error, EXIT_USAGE, "On which host? synfin lab sh client, or synfin lab sh server.");
    else if (read_end(argv[1], "The host", &end, &error) && !(lab = join_find()))
        error_set(&error, EXIT_UNREADABLE, "No lab of this user is open. In another terminal: synfin lab open");
    else if (lab)
        status = join_run(lab, end, argc > 2 ? argv + 2 : own, &error);
    free(own[0]);
    return status >= 0 ? status : (int)error_print(&error);
}

int command_lab(int argc, char **argv)
{
    struct lab_request request = { .limit = CLIENT_S * NS_PER_S, .lab.wire.faults.chance = 1 };
    struct error error = { 0 };
    bool help = false;
    if (argc > 1 && strcmp(argv[1], "sh") == 0)
        return argc > 2 && options_asks_help(argv[2]) ? (int)run_print(usage) : be_in_shell(argc - 1, argv + 1);
    if (!read_options(&request, argc, argv, &help, &error))
        return (int)error_print(&error);
    if (help)
        return (int)run_print(usage);
    bool open = optind < argc && strcmp(argv[optind], "open") == 0, programs = request.command[0] || request.command[1];
    if (optind + open < argc)
        error_set(&error, EXIT_USAGE, "\"%.100s\" is nothing that the lab knows: open, sh, or --server and --client. "
                  "See synfin lab --help.", argv[optind + open]);
    else if (!open && !programs)
        error_set(&error, EXIT_USAGE, "What shall the lab do? synfin lab open, or --server CMD and --client CMD. See "
                  "synfin lab --help.");
    if (error.text[0])
        return (int)error_print(&error);
    request.report.ascii |= isatty(STDOUT_FILENO) && !options_utf8(NULL);
    return (int)lab_run(&request);
}

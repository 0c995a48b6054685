#include "cmd/lab_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/options.h"
#include "report/words.h"

enum { OPTION_SERVER = 256, OPTION_CLIENT, OPTION_FAULT, OPTION_SEED, OPTION_DELAY, OPTION_WIRE_RATE, OPTION_AT,
       OPTION_TIME, OPTION_TEXT, OPTION_ALL, OPTION_STEP, OPTION_TO, OPTION_CALLS, OPTION_ASCII, OPTION_FORMAT,
       OPTION_NUMBER,
       DELAY_MOST_S = 10, TIME_MOST_S = 86400 };

#define NUMBERS \
    { "port", required_argument, NULL, OPTION_NUMBER + ACTOR_PORT }, \
    { "clients", required_argument, NULL, OPTION_NUMBER + ACTOR_CLIENTS }, \
    { "count", required_argument, NULL, OPTION_NUMBER + ACTOR_COUNT }, \
    { "size", required_argument, NULL, OPTION_NUMBER + ACTOR_SIZE }, \
    { "messages", required_argument, NULL, OPTION_NUMBER + ACTOR_RATE }, \
    { "seed", required_argument, NULL, OPTION_SEED }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }

static const struct option lab_list[] = {
    { "server", required_argument, NULL, OPTION_SERVER }, { "client", required_argument, NULL, OPTION_CLIENT },
    { "fault", required_argument, NULL, OPTION_FAULT }, { "delay", required_argument, NULL, OPTION_DELAY },
    { "rate", required_argument, NULL, OPTION_WIRE_RATE }, { "at", required_argument, NULL, OPTION_AT },
    { "write", required_argument, NULL, 'w' }, { "time", required_argument, NULL, OPTION_TIME },
    { "text", no_argument, NULL, OPTION_TEXT }, { "all", no_argument, NULL, OPTION_ALL },
    { "step", no_argument, NULL, OPTION_STEP },
    { "ascii", no_argument, NULL, OPTION_ASCII }, { "format", required_argument, NULL, OPTION_FORMAT }, NUMBERS,
};

static const struct option traffic_list[] = {
    { "to", required_argument, NULL, OPTION_TO }, { "calls", required_argument, NULL, OPTION_CALLS },
    { "rate", required_argument, NULL, OPTION_NUMBER + ACTOR_RATE }, NUMBERS,
};

static const struct {
    const char *name, *letters;
    const struct option *list;
} commands[] = {
    [LAB_LINE_LAB] = { "lab", ":w:h", lab_list }, [LAB_LINE_TRAFFIC] = { "traffic", ":h", traffic_list },
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

static bool read_whole(const char *word, const char *what, uint64_t most, uint64_t *number, struct error *error)
{
    char *end;
    errno = 0;                        /* beyond its range strtoull() gives the largest */
    *number = strtoull(word, &end, 10);
    if (end != word && !*end && *word != '-' && !errno && *number <= most)
        return true;
    error_set(error, EXIT_USAGE, "--%s takes a whole number, not \"%.100s\".", what, word);
    return false;
}

bool lab_options_end(const char *word, const char *what, enum lab_end *end, struct error *error)
{
    for (unsigned i = 0; i < LAB_ENDS; i++)
        if (strcmp(word, lab_end_names[i]) == 0) {
            *end = i;
            return true;
        }
    error_set(error, EXIT_USAGE, "%s is client or server, not \"%.100s\".", what, word);
    return false;
}

static bool read_at(const char *word, bool at[LAB_ENDS], struct error *error)
{
    enum lab_end end;
    at[LAB_CLIENT] = at[LAB_SERVER] = strcmp(word, "both") == 0;
    if (at[LAB_CLIENT])
        return true;
    if (!lab_options_end(word, "--at", &end, error)) {
        error_set(error, EXIT_USAGE, "--at is client, server or both, not \"%.100s\".", word);
        return false;
    }
    return at[end] = true;
}

static bool read_format(const char *word, enum report_format *format, struct error *error)
{
    if (report_format_find(word, format) && (*format == REPORT_TEXT || *format == REPORT_JSONL))
        return true;
    error_set(error, EXIT_USAGE, "--format is text or jsonl here, not \"%.100s\".", word);
    return false;
}

static bool take_number(struct lab_line *line, enum actor_number which, const char *name, struct error *error)
{
    uint64_t number;
    if (!read_whole(optarg, name, UINT32_MAX, &number, error))
        return false;
    if (number == 0)
        error_set(error, EXIT_USAGE, "--%s begins at 1.", name);
    line->request.session.number[which] = (uint32_t)number;
    return number != 0;
}

static bool take(struct lab_line *line, int option, const char *name, struct error *error)
{
    struct lab_request *r = &line->request;
    struct wire_options *wire = &r->session.lab.wire;
    switch (option) {
    case OPTION_SERVER: r->session.command[LAB_SERVER] = optarg; return true;
    case OPTION_CLIENT: r->session.command[LAB_CLIENT] = optarg; return true;
    case OPTION_FAULT: return faults_add(&wire->faults, optarg, error);
    case OPTION_SEED: return read_whole(optarg, "seed", UINT64_MAX, &r->session.seed, error);
    case OPTION_DELAY: return read_time(optarg, "--delay", DELAY_MOST_S, &wire->delay, error);
    case OPTION_WIRE_RATE: return read_rate(optarg, &wire->rate, error);
    case OPTION_AT: return read_at(optarg, r->at, error);
    case OPTION_TIME: return read_time(optarg, "--time", TIME_MOST_S, &r->session.limit, error);
    case OPTION_ASCII: r->report.ascii = true; return true;
    case OPTION_TEXT: line->text = true; return true;
    case OPTION_ALL: return line->text = r->report.all = true;
    case OPTION_FORMAT: return line->text = read_format(optarg, &r->report.format, error);
    case OPTION_STEP: line->step = true; return true;
    case OPTION_TO: line->to = optarg; return true;
    case OPTION_CALLS: line->beside = optarg; return true;
    case 'h': line->help = true; return true;
    case 'w': r->write_to[LAB_CLIENT] = optarg; return true;
    default: return take_number(line, (enum actor_number)(option - OPTION_NUMBER), name, error);
    }
}

/* x.pcap with both ends: x-client.pcap and x-server.pcap. A dot that a name begins with begins no ending. */
static bool name_captures(struct lab_line *line, struct error *error)
{
    const char *name = line->request.write_to[LAB_CLIENT];
    if (!name)
        return true;
    if (strcmp(name, "-") == 0) {
        error_set(error, EXIT_USAGE, "-w takes a file here: the report goes to standard output.");
        return false;
    }
    line->request.write_to[LAB_SERVER] = name;
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *dot = strrchr(base, '.');
    if (dot == base)
        dot = NULL;
    int stem = (int)(dot ? (size_t)(dot - name) : strlen(name));
    for (unsigned end = 0; line->request.at[LAB_CLIENT] && line->request.at[LAB_SERVER] && end < LAB_ENDS; end++) {
        snprintf(line->both[end], PATH_MAX, "%.*s-%s%s", stem, name, lab_end_names[end], dot ? dot : "");
        line->request.write_to[end] = line->both[end];
    }
    return true;
}

bool lab_options_read(struct lab_line *line, enum lab_line_of command, int argc, char **argv, struct error *error)
{
    int option, which = 0;
    *line = (struct lab_line){ .request.session.seed = 1 };
    optind = 0;                       /* anew, with GNU's order of words */
    opterr = 0;
    while ((option = getopt_long(argc, argv, commands[command].letters, commands[command].list, &which)) != -1) {
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%.100s needs a value. See synfin %s --help."
                                                       : "%.100s is not an option here. See synfin %s --help.",
                      argv[optind - 1], commands[command].name);
            return false;
        }
        if (!take(line, option, commands[command].list[which].name, error))
            return false;
    }
    struct lab_request *r = &line->request;
    r->session.lab.wire.faults.chance = r->session.seed;
    if (!r->at[LAB_CLIENT] && !r->at[LAB_SERVER])
        r->at[LAB_CLIENT] = true;
    r->report.ascii |= isatty(STDOUT_FILENO) && !options_utf8(NULL);
    for (int i = 0; optind + i < argc; i++) {
        if (i == LAB_WORDS) {
            error_set(error, EXIT_USAGE, "\"%.100s\" is one word too many. See synfin %s --help.",
                      argv[optind + i], commands[command].name);
            return false;
        }
        line->word[i] = argv[optind + i];
    }
    return name_captures(line, error);
}

const struct scenario *lab_options_find(const char *name, struct error *error)
{
    const struct scenario *s = scenario_find(name), *near = scenarios[0];
    unsigned least = UINT_MAX;
    for (unsigned i = 0; !s && scenarios[i]; i++) {
        unsigned d = words_distance(name, strnlen(name, 100), scenarios[i]->name, strlen(scenarios[i]->name));
        if (d < least) {
            least = d;
            near = scenarios[i];
        }
    }
    if (!s)
        error_set(error, EXIT_USAGE, "No lesson is called \"%.100s\"; %s is near. synfin lab lists all; beside them "
                  "there are open, sh, and --server and --client.", name, near->name);
    return s;
}

bool lab_options_scenario(struct lab_line *line, const struct scenario *s, struct error *error)
{
    struct session_options *o = &line->request.session;
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++) {
        const struct scenario_number *n = &s->number[i];
        if (!o->number[i])
            continue;
        if (!n->most) {
            error_set(error, EXIT_USAGE, "%s has no --%s%s.", s->name, actor_number_names[i], actor_number_says[i]);
            return false;
        }
        if (o->number[i] < n->least || o->number[i] > n->most) {
            error_set(error, EXIT_USAGE, "--%s%s of %s is %u to %u, not %u.", actor_number_names[i],
                      actor_number_says[i], s->name, n->least, n->most, o->number[i]);
            return false;
        }
    }
    o->scenario = s;
    return scenario_wire(s, &o->lab, error);
}

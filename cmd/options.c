#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "report/lessons.h"

enum long_option {
    OPTION_FORMAT = 256, OPTION_SUMMARY, OPTION_ID, OPTION_ALL, OPTION_ASCII, OPTION_MAX_CONNECTIONS, OPTION_MSL,
    OPTION_VERIFY_CHECKSUMS, OPTION_LIST, OPTION_ONLY, OPTION_BUFFER, OPTION_PLAY, OPTION_THEME, OPTION_CALLS,
};

static const struct {
    struct option option;
    unsigned commands;            /* enum command_bit */
} known[] = {
    { { "read", required_argument, NULL, 'r' }, FOR_ALL },
    { { "interface", required_argument, NULL, 'i' }, FOR_REPORT | FOR_EVENTS | FOR_DASHBOARD },
    { { "filter", required_argument, NULL, 'f' }, FOR_ALL | FOR_COMPARE },
    { { "count", required_argument, NULL, 'c' }, FOR_ALL },
    { { "write", required_argument, NULL, 'w' }, FOR_REPORT | FOR_EVENTS | FOR_DASHBOARD },
    { { "list-interfaces", no_argument, NULL, 'D' }, FOR_REPORT | FOR_EVENTS | FOR_DASHBOARD },
    { { "help", no_argument, NULL, 'h' }, FOR_ALL | FOR_COMPARE },
    { { "buffer", required_argument, NULL, OPTION_BUFFER }, FOR_REPORT | FOR_EVENTS | FOR_DASHBOARD },
    { { "calls", required_argument, NULL, OPTION_CALLS }, FOR_ALL },
    { { "format", required_argument, NULL, OPTION_FORMAT }, FOR_REPORT | FOR_EXPLAIN | FOR_COMPARE },
    { { "summary", no_argument, NULL, OPTION_SUMMARY }, FOR_REPORT },
    { { "id", required_argument, NULL, OPTION_ID }, FOR_ALL | FOR_COMPARE },
    { { "all", no_argument, NULL, OPTION_ALL }, FOR_REPORT | FOR_EXPLAIN | FOR_COMPARE },
    { { "ascii", no_argument, NULL, OPTION_ASCII }, FOR_REPORT | FOR_EXPLAIN | FOR_COMPARE | FOR_DASHBOARD },
    { { "list", no_argument, NULL, OPTION_LIST }, FOR_EVENTS },
    { { "only", required_argument, NULL, OPTION_ONLY }, FOR_EVENTS },
    { { "play", no_argument, NULL, OPTION_PLAY }, FOR_DASHBOARD },
    { { "theme", required_argument, NULL, OPTION_THEME }, FOR_DASHBOARD },
    { { "max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS }, FOR_ALL | FOR_COMPARE },
    { { "msl", required_argument, NULL, OPTION_MSL }, FOR_ALL | FOR_COMPARE },
    { { "verify-checksums", no_argument, NULL, OPTION_VERIFY_CHECKSUMS }, FOR_ALL | FOR_COMPARE },
};

enum { KNOWN = sizeof known / sizeof *known };

static bool number(const char *text, uint64_t least, uint64_t most, const char *what, uint64_t *value,
                   struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || n < least || n > most) {
        if (most < UINT32_MAX)
            error_set(error, EXIT_USAGE, "%s takes a whole number from %llu to %llu, not \"%s\".", what,
                      (unsigned long long)least, (unsigned long long)most, text);
        else
            error_set(error, EXIT_USAGE, "%s takes a whole number, %llu or more, not \"%s\".", what,
                      (unsigned long long)least, text);
        return false;
    }
    *value = n;
    return true;
}

static bool seconds(const char *text, const char *what, nanoseconds *value, struct error *error)
{
    char *end;
    double s = strtod(text, &end);
    if (end == text || *end || !(s > 0) || s > 1e6) {
        error_set(error, EXIT_USAGE, "%s takes seconds, more than 0, not \"%s\".", what, text);
        return false;
    }
    *value = (nanoseconds)(s * (double)NS_PER_S);
    return true;
}

static bool event_kinds(const char *text, uint32_t *kinds, struct error *error)
{
    char name[64];
    while (*text) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof name)
            length = sizeof name - 1;
        memcpy(name, text, length);
        name[length] = 0;
        enum event_kind kind = report_event_find(name);
        if (kind == EVENT_COUNT) {
            error_set(error, EXIT_USAGE, "There is no event \"%s\". synfin events --list names them all.", name);
            return false;
        }
        *kinds |= 1u << kind;
        text += length + (text[length] == ',');
    }
    return true;
}

static bool take_number(struct options *o, int option, struct error *error)
{
    uint64_t n = 0;
    switch (option) {
    case 'c':
        return number(optarg, 1, UINT64_MAX / 2, "-c", &o->source.limit, error);
    case OPTION_ID:
        if (!number(optarg, 1, UINT32_MAX, "--id", &n, error))
            return false;
        o->report.only = (uint32_t)n;
        return true;
    case OPTION_MAX_CONNECTIONS:
        if (!number(optarg, 16, 1u << 30, "--max-connections", &n, error))
            return false;
        o->decoder.max_connections = (uint32_t)n;
        if (n > DECODER_CONNECTIONS_MOST)
            fprintf(stderr, "synfin: --max-connections: %u are kept at most, so that memory stays under 1.5 GB\n",
                    (unsigned)DECODER_CONNECTIONS_MOST);
        return true;
    default:
        if (!number(optarg, 1, 1024, "--buffer (MiB)", &n, error))
            return false;
        o->source.buffer_mib = (unsigned)n;
        return true;
    }
}

static bool format(struct options *o, const char *name, struct error *error)
{
    const char *known_here = "text, jsonl, csv or zeek";
    bool found;
    if (o->command == FOR_EXPLAIN) {
        found = ladder_format_find(name, &o->ladder);
        known_here = "text, mermaid or svg here";
    } else if (o->command == FOR_COMPARE) {
        found = compare_format_find(name, &o->compare);
        known_here = "text or jsonl here";
    } else {
        found = report_format_find(name, &o->report.format);
    }
    if (!found)
        error_set(error, EXIT_USAGE, "--format is %s, not \"%s\".", known_here, name);
    return found;
}

static bool take(struct options *o, int option, struct error *error)
{
    switch (option) {
    case 'r': o->source.file = optarg; return true;
    case 'i': o->source.interface = optarg; return true;
    case 'f': o->source.filter = optarg; return true;
    case 'w': o->source.write_to = optarg; return true;
    case 'D': o->list_interfaces = true; return true;
    case 'h': o->help = true; return true;
    case OPTION_SUMMARY: o->summary = true; return true;
    case OPTION_ALL: o->report.all = true; return true;
    case OPTION_PLAY: o->play = true; return true;
    case OPTION_CALLS:
        o->calls_asked = true;
        o->calls.file = strcmp(optarg, "none") == 0 ? NULL : optarg;
        return true;
    case OPTION_THEME:
        if (theme_find(optarg, &o->theme))
            return true;
        error_set(error, EXIT_USAGE, "--theme is dark, light, contrast or mono, not \"%s\".", optarg);
        return false;
    case OPTION_ASCII: o->report.ascii = true; return true;
    case OPTION_LIST: o->list = true; return true;
    case OPTION_VERIFY_CHECKSUMS: o->decoder.verify_checksums = true; return true;
    case OPTION_ONLY: return event_kinds(optarg, &o->event_kinds, error);
    case OPTION_MSL: return seconds(optarg, "--msl", &o->decoder.msl, error);
    case OPTION_FORMAT: return format(o, optarg, error);
    default:
        return take_number(o, option, error);
    }
}

/* The words that are no options: the file, unless one is named already, then a filter. */
static bool take_words(struct options *o, int argc, char **argv, struct error *error)
{
    int at = optind;
    if (at < argc && !o->source.file && !o->source.interface)
        o->source.file = argv[at++];
    if (at < argc && o->command == FOR_COMPARE)
        o->second = argv[at++];
    size_t used = 0;
    for (; at < argc; at++) {
        size_t length = strlen(argv[at]);
        if (used + length + 2 > sizeof o->filter) {
            error_set(error, EXIT_USAGE, "The filter is longer than %zu characters.", sizeof o->filter - 2);
            return false;
        }
        if (used)
            o->filter[used++] = ' ';
        memcpy(o->filter + used, argv[at], length + 1);
        used += length;
    }
    if (used && o->source.filter) {
        error_set(error, EXIT_USAGE, "Two filters: -f \"%.100s\" and the words \"%.100s\". Join them with \"and\".",
                  o->source.filter, o->filter);
        return false;
    }
    if (used)
        o->source.filter = o->filter;
    return true;
}

bool options_asks_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool options_utf8(const char **variable)
{
    static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (unsigned i = 0; i < 3; i++) {
        const char *locale = getenv(variables[i]);
        if (!locale || !*locale)
            continue;
        if (variable)
            *variable = variables[i];
        return strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8");
    }
    if (variable)
        *variable = NULL;
    return false;
}

/* ASCII where the locale does not speak UTF-8; a hash secret that no capture can know. */
static void defaults(struct options *o)
{
    *o = (struct options){ 0 };
    o->report.ascii = !options_utf8(NULL) && isatty(STDOUT_FILENO);
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        o->report.width = size.ws_col;
    if (getrandom(&o->decoder.secret, sizeof o->decoder.secret, GRND_NONBLOCK) < 0)
        o->decoder.secret = (uint64_t)getpid();
}

static unsigned commands_of(int option)
{
    for (unsigned i = 0; i < KNOWN; i++)
        if (known[i].option.val == option)
            return known[i].commands;
    return 0;
}

bool options_read(struct options *o, enum command_bit command, int argc, char **argv, struct error *error)
{
    struct option list[KNOWN + 1];
    unsigned count = 0;
    unsigned commands = command == FOR_DASHBOARD ? FOR_DASHBOARD | FOR_REPORT : command;
    for (unsigned i = 0; i < KNOWN; i++)
        if (known[i].commands & commands)
            list[count++] = known[i].option;
    list[count] = (struct option){ 0 };
    char letters[2 * KNOWN + 3] = "+:";
    size_t used = 2;
    for (unsigned i = 0; i < count; i++)
        if (list[i].val < OPTION_FORMAT) {
            letters[used++] = (char)list[i].val;
            if (list[i].has_arg)
                letters[used++] = ':';
        }
    letters[used] = 0;
    defaults(o);
    o->command = command;
    optind = 1;
    opterr = 0;
    /* Options may stand after the file too, so words before them are stepped over. */
    char *words[256];
    int word_count = 0;
    while (optind < argc) {
        int option = getopt_long(argc, argv, letters, list, NULL);
        if (option == -1) {
            bool rest = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
            while (optind < argc && word_count < 255) {
                words[word_count++] = argv[optind++];
                if (!rest)
                    break;
            }
            if (word_count == 255)
                break;
            continue;
        }
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%s needs a value. See synfin %s --help."
                                                       : "%s is not an option here. See synfin %s --help.",
                      argv[optind - 1], argv[0]);
            return false;
        }
        if (!take(o, option, error))
            return false;
        if (command == FOR_DASHBOARD && !(commands_of(option) & FOR_DASHBOARD))
            o->report_asked = true;
    }
    optind = 0;
    if (!take_words(o, word_count, words, error) || !(o->help || options_bundled(&o->source, error)))
        return false;
    options_calls(o);
    return true;
}

void options_calls(struct options *o)
{
    const char *file = o->source.file;
    if (o->calls_asked || !file)
        return;
    o->calls = (struct calls_source){ 0 };
    const struct lesson *lesson = o->source.bytes ? lesson_find(file) : NULL;
    if (lesson && lesson->calls)
        o->calls = (struct calls_source){ .file = file, .bytes = lesson->calls, .length = lesson->calls_length };
    else if (!o->source.bytes && calls_beside(o->calls_name, sizeof o->calls_name, file))
        o->calls.file = o->calls_name;
}

bool options_bundled(struct source_options *source, struct error *error)
{
    const char *file = source->file;
    if (!file || strcmp(file, "-") == 0 || strpbrk(file, "./") || access(file, F_OK) == 0 || errno != ENOENT)
        return true;
    const struct lesson *lesson = lesson_find(file);
    if (lesson) {
        source->bytes = lesson->bytes;
        source->length = lesson->length;
        return true;
    }
    struct text near = { 0 };
    lesson_near(&near, file);
    error_set(error, EXIT_UNREADABLE, "There is neither a file nor a bundled trace called %.100s. Near it: %.*s. "
              "synfin help lessons lists all.", file, (int)near.used, near.used ? near.bytes : "");
    text_free(&near);
    return false;
}

bool options_need_source(const struct options *o, struct error *error)
{
    if (o->source.file && o->source.interface)
        error_set(error, EXIT_USAGE, "Either a file (-r) or an interface (-i), not both.");
    else if (!o->source.file && o->command == FOR_EXPLAIN)
        error_set(error, EXIT_USAGE, "Which capture? Name a file: synfin explain FILE --id 1.");
    else if (!o->source.file && !o->source.interface)
        error_set(error, EXIT_USAGE, "Which capture? Name a file, or an interface with -i (synfin -D lists them).");
    else if (o->source.write_to && !o->source.interface)
        error_set(error, EXIT_USAGE, "-w writes what is captured live; it needs -i.");
    else if (o->source.write_to && strcmp(o->source.write_to, "-") == 0 && isatty(STDOUT_FILENO))
        error_set(error, EXIT_USAGE, "-w - writes frames to standard output, and that is a terminal: send it to a file "
                  "or a program.");
    else
        return true;
    return false;
}

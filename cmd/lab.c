/* synfin lab: a private network with real kernels at both ends, for any user. */
#include "cmd/lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/lab_options.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "report/lessons.h"
#include "report/words.h"
#include "traffic/join.h"

static const char usage[] =
    "usage: synfin lab                      the lessons that run, by topic\n"
    "       synfin lab NAME                 runs one: a client at 10.9.0.2 and a\n"
    "       server at 10.9.0.1 (fd09::2, fd09::1), a wire between them: no root\n"
    "       synfin lab --server CMD --client CMD    your own programs (or one of them\n"
    "                                       against the other end of NAME)\n"
    "       synfin lab open                 the network alone, until Ctrl-C\n"
    "       synfin lab sh client|server [CMD]       on a host of an open lab: a line for\n"
    "                                       the shell, or a program and its arguments\n"
    "\n"
    "  --fault FAULT        'drop server SYN,ACK 2': the second that matches; also\n"
    "                       duplicate, reorder, corrupt, 'delay 50ms'; of client,\n"
    "                       server, either; SYN, FIN, RST, ACK, data, segment,\n"
    "                       datagram, arp, any; port N, len N; then 2, 2-4, 3-, 5%\n"
    "  --seed N             for what is left to chance (1)\n"
    "  --delay TIME, --rate BYTES    of the wire, each way: 15ms, 125k a second\n"
    "  --port, --clients, --count, --size, --messages N    of the lesson\n"
    "  --at client|server|both       where it captures (client)\n"
    "  -w FILE              keeps the frames, and the calls in FILE.calls.jsonl\n"
    "  --time TIME          then programs are ended (lesson 15s, a client's CMD 60s)\n"
    "  --step               by hand: each call waits for a key\n"
    "  --text, --all        no dashboard: the story as text; with every segment\n"
    "  --ascii              no characters beyond ASCII\n"
    "  --format jsonl       its rows, and the kernels' sockets in quiet moments\n";

/* One word is a line for the shell, as with --client; several are a program and its arguments. */
static int be_in_shell(int argc, char **argv)
{
    struct error error = { 0 };
    enum lab_end end = LAB_CLIENT;
    const char *shell = getenv("SHELL");
    char *own[] = { strdup(shell && *shell ? shell : "/bin/sh"), NULL };
    char sh[] = "/bin/sh", option[] = "-c", *line[] = { sh, option, argc == 3 ? argv[2] : NULL, NULL };
    int status = -1;
    pid_t lab = 0;
    if (argc < 2)
        error_set(&error, EXIT_USAGE, "On which host? synfin lab sh client, or synfin lab sh server.");
    else if (lab_options_end(argv[1], "The host", &end, &error) && !(lab = join_find()))
        error_set(&error, EXIT_UNREADABLE, "No lab of this user is open. In another terminal: synfin lab open");
    else if (lab)
        status = join_run(lab, end, argc > 3 ? argv + 2 : argc == 3 ? line : own, &error);
    free(own[0]);
    return status >= 0 ? status : (int)error_print(&error);
}

/* The lessons, a line each under their topics. */
static enum exit_status list(void)
{
    struct text t = { 0 };
    const char *topic = "";
    for (unsigned i = 0; scenarios[i]; i++) {
        if (strcmp(topic, scenarios[i]->topic) != 0)
            text_format(&t, "%s%s\n", i ? "\n" : "", topic = scenarios[i]->topic);
        text_format(&t, "  %-19s ", scenarios[i]->name);
        words_wrap(&t, scenarios[i]->says, strlen(scenarios[i]->says), 22, 22, 80);
    }
    text_string(&t, "\nsynfin lab NAME runs one; synfin lab --help tells of the wire and of programs of\nyour own.\n");
    enum exit_status status = run_print(text_ended(&t));
    text_free(&t);
    return status;
}

static enum exit_status tell_recorded(const struct lab_request *request)
{
    const struct lesson *l = lab_recorded(request->session.scenario);
    char name[100];
    snprintf(name, sizeof name, "%s (recorded)", l->name);
    const struct calls_source calls = { .file = l->name, .bytes = l->calls, .length = l->calls_length };
    struct error error = { 0 };
    struct calls *recorded = l->calls ? calls_read(&calls, &error) : NULL;
    if (l->calls && !recorded)
        return error_print(&error);
    const struct lab_tale tale = {
        .request = request,
        .capture[LAB_CLIENT] = { .file = l->name, .bytes = l->bytes, .length = l->length, .name = name },
        .calls = recorded,
    };
    enum exit_status status = lab_tell(&tale);
    calls_free(recorded);
    return status;
}

/* The way that there is here; why it is not the lab is said first. */
static enum exit_status run(struct lab_request *request)
{
    struct error refused = { 0 };
    const char *instead;
    enum lab_way way = lab_way_find(request, &refused, &instead);
    if (way != LAB_WAY_LAB)
        error_print(&refused);
    if (instead)
        fprintf(stderr, "%s\n", instead);
    switch (way) {
    case LAB_WAY_LAB: case LAB_WAY_HERE: return lab_run(request);
    case LAB_WAY_RECORDED: return tell_recorded(request);
    case LAB_WAY_NONE: break;
    }
    return refused.status;
}

int command_lab(int argc, char **argv)
{
    struct lab_line line;
    struct error error = { 0 };
    if (argc > 1 && strcmp(argv[1], "sh") == 0)
        return argc > 2 && options_asks_help(argv[2]) ? (int)run_print(usage) : be_in_shell(argc - 1, argv + 1);
    if (!lab_options_read(&line, LAB_LINE_LAB, argc, argv, &error))
        return (int)error_print(&error);
    if (line.help)
        return (int)run_print(usage);
    const char *const *program = line.request.session.command;
    bool open = line.word[0] && strcmp(line.word[0], "open") == 0;
    bool programs = program[LAB_CLIENT] || program[LAB_SERVER];
    if (!line.word[0] && !programs)
        return (int)list();
    if (line.word[1])
        error_set(&error, EXIT_USAGE, "\"%.100s\" is one word too many. See synfin lab --help.", line.word[1]);
    const struct scenario *s = line.word[0] && !open && !line.word[1] ? lab_options_find(line.word[0], &error) : NULL;
    if (error.text[0] || (s && !lab_options_scenario(&line, s, &error)))
        return (int)error_print(&error);
    bool dashboard = !open && !line.text && isatty(STDOUT_FILENO) && (isatty(STDIN_FILENO) || !program[LAB_CLIENT]);
    if (line.step && !dashboard) {
        error_set(&error, EXIT_USAGE, "--step makes calls by keys of the dashboard: it needs a terminal, and neither open "
                  "nor --text.");
        return (int)error_print(&error);
    }
    line.request.session.by_hand = line.step;
    return (int)(dashboard ? lab_dashboard(&line.request) : run(&line.request));
}

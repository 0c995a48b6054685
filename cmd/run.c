#include "cmd/run.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* A signal handler has no argument of its own: the one variable of the program that changes. */
static struct source *volatile running;

static void stop(int signal_number)
{
    (void)signal_number;
    struct source *source = running;
    if (source)
        source_stop(source);
}

/* Once each: who presses Ctrl-C again does not want to wait for the report. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* An interface, or a pipe that another program may be capturing into: it ends when its reader says so. */
static bool endless(const struct options *options)
{
    const char *file = options->source.file;
    struct stat status;
    if (options->source.bytes)
        return false;
    if (!file)
        return true;
    int known = strcmp(file, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(file, &status);
    return known == 0 && !S_ISREG(status.st_mode);
}

struct source *run_open(const struct options *options, struct calls **calls, struct error *error)
{
    bool recorded = options->calls.file || options->calls.bytes;
    signal(SIGPIPE, SIG_IGN);     /* a closed pipe is an error of write(2), told once at the end */
    *calls = recorded ? calls_read(&options->calls, error) : NULL;
    struct source *source = recorded && !*calls ? NULL : source_open(&options->source, error);
    if (!source) {
        calls_free(*calls);
        *calls = NULL;
    }
    running = source;
    if (source && endless(options))
        catch_signals();
    if (source && source_is_live(source) && options->command & (FOR_REPORT | FOR_DASHBOARD) && isatty(STDERR_FILENO))
        fprintf(stderr, "synfin: capturing on %s; Ctrl-C ends it with the report\n", source_name(source));
    return source;
}

int run_words_to(const struct options *options)
{
    return options->source.write_to && strcmp(options->source.write_to, "-") == 0 ? STDERR_FILENO : STDOUT_FILENO;
}

void run_decoder(struct source *source, const struct calls *calls, struct decoder *decoder, struct report_output *out)
{
    struct frame batch[FRAME_BATCH];
    struct call_queue queue = { .moments = calls ? calls->moments : NULL, .count = calls ? calls->count : 0 };
    for (;;) {
        unsigned count = 0;
        enum source_state state = source_next(source, batch, &count);
        decoder_feed_between(decoder, batch, count, &queue);
        if (state == SOURCE_END)
            break;
        if (state == SOURCE_IDLE) {
            if (source_is_live(source))
                decoder_time(decoder, clock_wall());
            if (!output_flush(out))
                break;
        } else if (!output_some(out)) {
            break;
        }
    }
    decoder_feed_rest(decoder, &queue);
    decoder_end(decoder);
}

struct report_source run_source(const struct options *options, const struct source *source)
{
    struct source_counts counts = source_counts(source);
    return (struct report_source){
        .name = source_name(source), .file = options->source.file,
        .dropped = counts.dropped, .dropped_known = counts.dropped_known,
        .filtered = options->source.filter != NULL,
        .complete = !source_problem(source) && counts.dropped == 0,
    };
}

bool run_read_nothing(const struct source *source)
{
    const struct error *problem = source_problem(source);
    return problem && problem->status == EXIT_UNREADABLE && source_counts(source).frames == 0;
}

enum exit_status run_print(const char *text)
{
    struct report_output out;
    struct error error = { 0 };
    output_open(&out, STDOUT_FILENO);
    text_string(&out.text, text);
    return output_close(&out, &error) == EXIT_DONE ? EXIT_DONE : error_print(&error);
}

enum exit_status run_finish(struct source *source, struct calls *calls, struct report_output *out,
                            enum exit_status status)
{
    struct error error = { 0 };
    enum exit_status written = output_close(out, &error);
    bool quiet = out->failed == EPIPE;        /* the reader has had enough: report | head */
    if (written != EXIT_DONE && !quiet)
        error_print(&error);
    const struct error *problem = source_problem(source);
    if (problem)
        status = error_print(problem);
    else if (calls && calls->problem.text[0])
        status = error_print(&calls->problem);
    running = NULL;
    source_close(source);
    calls_free(calls);
    return written != EXIT_DONE ? written : status;
}

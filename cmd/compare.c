/* synfin compare: one conversation captured at both ends. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "report/compare.h"

static const char usage[] =
    "usage: synfin compare A B [--id ID] [FILTER]\n"
    "       one conversation captured at both ends: which segment was lost, late or\n"
    "       changed on the way, how far the clocks are apart, and a ladder of both\n"
    "\n"
    "  A, B                 two captures, one made at the client's host, one at the\n"
    "                       server's; which is which is found out\n"
    "  --id ID              which one, as numbered by synfin report A (the first\n"
    "                       that is in both)\n"
    "  --format FORMAT      text, or jsonl: one object for each segment\n"
    "  --all                every segment, however many there are\n"
    "  -f FILTER            a BPF filter for both, as for tcpdump; trailing words too\n"
    "  --ascii              no characters beyond ASCII\n"
    "  --max-connections N  rows kept at once of each (1048576)\n";

/* One capture: read once to find the conversation in it, once more to keep what happened to it. */
struct side {
    const char *file, *name;      /* name: for headings instead of the file's; NULL */
    struct source *source;
    struct calls *calls;          /* NULL: none */
    struct decoder *decoder;
    struct story *story;
    struct seen_list list;
    struct report_source about;
    struct error problem;         /* what ended the input early; status EXIT_DONE: nothing */
};

static void forget(struct side *s)
{
    if (s->source)
        source_close(s->source);
    calls_free(s->calls);
    decoder_free(s->decoder);
    if (s->story)
        story_free(s->story);
    free(s->list.seen);
    *s = (struct side){ .file = s->file, .name = s->name, .problem = s->problem };
}

/* id 0: only the rows are wanted. False: `error` says why. */
static bool read_capture(struct side *s, const struct options *options, uint32_t id, struct error *error)
{
    struct options one = *options;
    struct report_output nowhere = { .fd = -1 };
    one.source.file = s->file;
    one.source.name = s->name;
    one.source.bytes = NULL;          /* of the first, where that is a bundled one */
    bool there = options_bundled(&one.source, error);
    options_calls(&one);
    s->source = there ? run_open(&one, &s->calls, error) : NULL;
    if (!s->source)
        return false;
    s->decoder = decoder_new(&options->decoder);
    s->list.id = id;
    s->story = id ? story_new(id) : NULL;
    if (!s->decoder || (id && !s->story)) {
        error_set(error, EXIT_UNREADABLE, "Not enough memory to begin.");
        return false;
    }
    if (id) {
        struct sink sinks[] = { story_sink(s->story), seen_sink(&s->list) };
        decoder_attach(s->decoder, &sinks[0]);
        decoder_attach(s->decoder, &sinks[1]);
    }
    run_decoder(s->source, s->calls, s->decoder, &nowhere);
    s->about = run_source(&one, s->source);
    const struct error *problem = source_problem(s->source);
    if (problem)
        s->problem = *problem;
    else if (s->calls && s->calls->problem.text[0])
        s->problem = s->calls->problem;
    if (!run_read_nothing(s->source))
        return true;
    *error = s->problem;
    return false;
}

static bool find(struct side sides[2], const struct options *options, struct match *match, struct error *error)
{
    bool well = read_capture(&sides[0], options, 0, error) && read_capture(&sides[1], options, 0, error);
    if (well) {
        const struct decoder *const decoders[2] = { sides[0].decoder, sides[1].decoder };
        const char *const names[2] = { sides[0].about.name, sides[1].about.name };
        well = compare_match(decoders, options->report.only, names, match, error);
    }
    forget(&sides[0]);
    forget(&sides[1]);
    return well;
}

static bool tell(struct side sides[2], const struct options *options, const struct match *match,
                 struct report_output *out, struct error *error)
{
    struct compare_capture captures[2];
    for (unsigned i = 0; i < 2; i++) {
        struct side *s = &sides[i];
        if (!read_capture(s, options, match->id[i], error))
            return false;
        captures[i] = (struct compare_capture){ .decoder = s->decoder, .story = s->story, .list = &s->list,
                                                .about = s->about };
        captures[i].about.one_clock = options->one_clock;
    }
    return report_compare(out, captures, match, options->compare, &options->report, error);
}

/* Each is read twice, so a pipe will not do. */
static bool files(const struct options *options, struct error *error)
{
    const char *names[2] = { options->source.file, options->second };
    struct stat status;
    if (!names[0] || !names[1]) {
        error_set(error, EXIT_USAGE, "Which captures? Name two files: synfin compare CLIENT.pcap SERVER.pcap.");
        return false;
    }
    for (unsigned i = 0; i < 2; i++)
        if (strcmp(names[i], "-") == 0 || (stat(names[i], &status) == 0 && S_ISFIFO(status.st_mode))) {
            error_set(error, EXIT_USAGE, "compare reads each capture twice, so it needs files; %.200s is a pipe.",
                      names[i]);
            return false;
        }
    return true;
}

bool compare_run(const struct options *options, struct report_output *out, struct error *error)
{
    struct match match;
    struct side sides[2] = { { .file = options->source.file, .name = options->source.name },
                             { .file = options->second, .name = options->second_name } };
    bool good = find(sides, options, &match, error) && tell(sides, options, &match, out, error);
    for (unsigned i = 0; i < 2; i++) {
        if (good && sides[i].problem.status != EXIT_DONE) {
            *error = sides[i].problem;
            good = false;
        }
        forget(&sides[i]);
    }
    return good;
}

int command_compare(int argc, char **argv)
{
    struct options options;
    struct report_output out;
    struct error error = { 0 };
    if (!options_read(&options, FOR_COMPARE, argc, argv, &error))
        return (int)error_print(&error);
    if (options.help)
        return (int)run_print(usage);
    if (!files(&options, &error))
        return (int)error_print(&error);
    output_open(&out, STDOUT_FILENO);
    enum exit_status status = compare_run(&options, &out, &error) ? EXIT_DONE : error_print(&error);
    if (output_close(&out, &error) != EXIT_DONE)
        return (int)error_print(&error);
    return (int)status;
}

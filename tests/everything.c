#include "tests/everything.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void everything_open(struct everything *all, const struct decoder_options *options, enum report_format format)
{
    *all = (struct everything){ .options = { .format = format }, .list = { .id = 1 }, .events = { .out = &all->out } };
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    output_open(&all->out, nowhere);
    all->report = report_new(&all->out, &all->options);
    all->story = story_new(1);
    struct decoder_options ours = *options;
    ours.given_up = report_given_up;
    ours.given_up_self = all->report;
    all->decoder = decoder_new(&ours);
    if (nowhere < 0 || !all->report || !all->story || !all->decoder)
        abort();
    report_read(all->report, all->decoder);
    struct sink sinks[] = { report_events_sink(&all->events, 0), story_sink(all->story), seen_sink(&all->list) };
    decoder_attach(all->decoder, &sinks[0]);
    decoder_attach(all->decoder, &sinks[1]);
    decoder_attach(all->decoder, &sinks[2]);
}

/* Row 1 as if both of its ends had captured it alike. */
static void compare_with_itself(struct everything *all, const struct report_source *about)
{
    struct error error = { 0 };
    const struct conversation *of = decoder_find(all->decoder, 1);
    struct compare_capture one = { .decoder = all->decoder, .story = all->story, .list = &all->list, .about = *about };
    struct compare_capture captures[2] = { one, one };
    struct match match = { .id = { 1, 1 } };
    if (!of)
        return;
    match.client[0] = match.client[1] = of->client;
    for (unsigned format = 0; format < COMPARE_FORMATS; format++)
        report_compare(&all->out, captures, &match, (enum compare_format)format, &all->options, &error);
}

void everything_close(struct everything *all, const struct report_source *about)
{
    struct error error = { 0 };
    decoder_end(all->decoder);
    report_finish(all->report, about);
    report_summary(&all->out, all->decoder, &all->options, about);
    report_explain(&all->out, all->decoder, all->story, &all->options, about, &error);
    for (unsigned format = 0; format < LADDER_FORMATS; format++)
        report_ladder(&all->out.text, all->decoder, all->story, (enum ladder_format)format, about->name, &all->options);
    compare_with_itself(all, about);
    int nowhere = all->out.fd;
    output_close(&all->out, &error);
    close(nowhere);
    free(all->list.seen);
    story_free(all->story);
    report_free(all->report);
    decoder_free(all->decoder);
}

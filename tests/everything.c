#include "tests/everything.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void everything_open(struct everything *all, const struct decoder_options *options, enum report_format format)
{
    *all = (struct everything){ .options = { .format = format }, .events = { .out = &all->out } };
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
    struct sink sinks[] = { report_events_sink(&all->events, 0), story_sink(all->story) };
    decoder_attach(all->decoder, &sinks[0]);
    decoder_attach(all->decoder, &sinks[1]);
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
    int nowhere = all->out.fd;
    output_close(&all->out, &error);
    close(nowhere);
    story_free(all->story);
    report_free(all->report);
    decoder_free(all->decoder);
}

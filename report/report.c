#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "report/rows.h"

const char *const report_format_names[REPORT_FORMATS] = { "text", "jsonl", "csv", "zeek" };

bool report_format_find(const char *name, enum report_format *format)
{
    for (unsigned i = 0; i < REPORT_FORMATS; i++)
        if (strcmp(report_format_names[i], name) == 0) {
            *format = i;
            return true;
        }
    return false;
}

struct report *report_new(struct report_output *out, const struct report_options *options)
{
    struct report *report = calloc(1, sizeof *report);
    if (!report)
        return NULL;
    report->out = out;
    report->options = *options;
    if (!report->options.width)
        report->options.width = 80;
    if (options->format == REPORT_JSONL)
        json_layout_make(&report->json);
    return report;
}

void report_free(struct report *report)
{
    free(report);
}

void report_read(struct report *report, const struct decoder *decoder)
{
    report->decoder = decoder;
}

static void begin(struct report *report)
{
    if (report->begun)
        return;
    report->begun = true;
    if (report->options.format == REPORT_CSV)
        csv_header(&report->out->text);
    else if (report->options.format == REPORT_ZEEK)
        zeek_header(&report->out->text, decoder_totals(report->decoder).first_time);
}

static void write_row(struct report *report, const struct conversation *of)
{
    struct row row;
    row_bind(&row, report->decoder, of);
    begin(report);
    if (report->options.format == REPORT_JSONL)
        json_row(&report->out->text, &report->json, &row);
    else if (report->options.format == REPORT_CSV)
        csv_row(&report->out->text, &row);
    else
        zeek_row(&report->out->text, &row);
    output_some(report->out);
}

void report_given_up(void *self, const struct conversation *row)
{
    struct report *report = self;
    report->given_up++;
    if (report->options.only && report->options.only != row->id)
        return;
    report->only_written = true;
    if (report->options.format == REPORT_TEXT)
        text_given_up(report, row);
    else
        write_row(report, row);
}

static void on_event(void *self, const struct event *event)
{
    struct report *report = self;
    if (report->arp_count == REPORT_ARP)
        return;
    struct report_arp *arp = &report->arp[report->arp_count++];
    memcpy(arp->address, event->address, sizeof arp->address);
    arp->frame = event->frame;
    arp->because = event->because;
}

struct sink report_sink(struct report *report)
{
    return (struct sink){ .wants = UINT32_C(1) << EVENT_ARP_UNANSWERED, .event = on_event, .self = report };
}

static bool write_rows(struct report *report)
{
    if (report->options.only) {
        const struct conversation *row = decoder_find(report->decoder, report->options.only);
        if (row)
            write_row(report, row);
        return row || report->only_written;
    }
    const struct conversation *row = decoder_first(report->decoder);
    for (; row && !report->out->failed; row = decoder_after(report->decoder, row))
        write_row(report, row);
    return true;
}

bool report_finish(struct report *report, const struct report_source *source)
{
    if (report->options.format == REPORT_TEXT) {
        bool found = !report->options.only || decoder_find(report->decoder, report->options.only);
        if (found)
            text_report(report, source);
        return found || report->only_written;
    }
    bool found = write_rows(report);
    begin(report);
    if (report->options.format == REPORT_JSONL) {
        if (source->kernel && !report->options.only)
            json_sockets(&report->out->text, report->decoder, source->kernel, NULL, INT64_MAX);
        json_capture(&report->out->text, report->decoder, source);
    } else if (report->options.format == REPORT_ZEEK) {
        zeek_end(&report->out->text, decoder_totals(report->decoder).last_time);
    }
    return found;
}

void report_summary(struct report_output *out, const struct decoder *decoder, const struct report_options *options,
                    const struct report_source *source)
{
    if (options->format == REPORT_JSONL)
        json_capture(&out->text, decoder, source);
    else
        totals_text(&out->text, decoder, source, options->width ? options->width : 80);
}

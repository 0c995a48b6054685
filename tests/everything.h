/* everything.h - a decoder with all that reads it, the words going nowhere: for feeding it what nobody would send.
 */
#ifndef SYNFIN_TESTS_EVERYTHING_H
#define SYNFIN_TESTS_EVERYTHING_H

#include "report/compare.h"
#include "report/report.h"

struct everything {
    struct decoder *decoder;
    struct story *story;          /* of row 1 */
    struct seen_list list;        /* of row 1 */
    struct report *report;
    struct report_output out;     /* to /dev/null */
    struct report_events events;
    struct report_options options;
};

/* Aborts where memory runs out. The struct must stay where it is. */
void everything_open(struct everything *all, const struct decoder_options *options, enum report_format format);

/* Ends the decoder, writes every report and frees. */
void everything_close(struct everything *all, const struct report_source *about);

#endif

/* run.h - one loop: frames from a source into a decoder, until the source ends or a signal stops it.
 */
#ifndef SYNFIN_CMD_RUN_H
#define SYNFIN_CMD_RUN_H

#include "cmd/options.h"

/* Opens the source that the options name; tells a person at a terminal that a live capture has begun. *calls: the true
 * calls that are named or lie beside the capture, for run_finish() to free; NULL: none. NULL: `error` says why. */
struct source *run_open(const struct options *options, struct calls **calls, struct error *error);

/* Where words go: standard output, or standard error where -w - takes the former for frames. */
int run_words_to(const struct options *options);

/* Feeds the decoder, and hands it the calls (NULL: none) between the frames, by time; flushes `out` whenever no
 * frame is waiting. On an interface or a pipe SIGINT, SIGTERM and SIGHUP end it as the end of a file does. */
void run_decoder(struct source *source, const struct calls *calls, struct decoder *decoder, struct report_output *out);

/* `synfin report`, with its options read. The exit status. */
int report_run(struct options *options);

/* `synfin compare`, with its options read; ends nothing of the output. False: `error`, EXIT_USAGE where nothing is in
 * both. */
bool compare_run(const struct options *options, struct report_output *out, struct error *error);

/* What the source knows for reports, once it has ended. */
struct report_source run_source(const struct options *options, const struct source *source);

/* The input turned out to be no capture at all (a pipe's header comes late): there is nothing to report. */
bool run_read_nothing(const struct source *source);

/* Prints a usage on standard output. */
enum exit_status run_print(const char *text);

/* Ends the output, closes the source and frees the calls; prints what went wrong with each. The exit status of the
 * command: `status`, or a worse one. */
enum exit_status run_finish(struct source *source, struct calls *calls, struct report_output *out,
                            enum exit_status status);

#endif

/* report.h - the door of report/: what the decoder knows, as text, JSON Lines, CSV, Zeek's table, and the story of one
 * row.
 *
 * All is written through a struct report_output, which collects text and writes it in large pieces. A write that fails
 * is kept, what follows is thrown away, and output_close() tells it: nothing here prints errors or ends the program.
 * Reports read the decoder; they ask no clock, so the same capture gives the same bytes.
 */
#ifndef SYNFIN_REPORT_REPORT_H
#define SYNFIN_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "kernel/sockets.h"

/* --- output --- */

enum { OUTPUT_PIECE = 64 * 1024 };

struct report_output {
    struct text text;             /* not written yet */
    int fd;                       /* borrowed */
    int failed;                   /* errno of the write that failed, ENOMEM; 0 */
};

void output_open(struct report_output *out, int fd);

/* Writes what has collected: all of it, or only from OUTPUT_PIECE on. False once anything failed. Waits for a
 * descriptor that is full. A closed pipe is EPIPE here if the program ignores SIGPIPE. */
bool output_flush(struct report_output *out);

static inline bool output_some(struct report_output *out)
{
    return out->text.used < OUTPUT_PIECE ? !out->failed : output_flush(out);
}

/* Flushes and frees. EXIT_DONE, or EXIT_OUTPUT with `error` set. */
enum exit_status output_close(struct report_output *out, struct error *error);

/* --- rows and the capture: synfin report --- */

enum report_format { REPORT_TEXT, REPORT_JSONL, REPORT_CSV, REPORT_ZEEK, REPORT_FORMATS };
extern const char *const report_format_names[REPORT_FORMATS];   /* "text", "jsonl", "csv", "zeek" */

/* False where no format has that name. */
bool report_format_find(const char *name, enum report_format *format);

struct report_options {
    enum report_format format;
    uint32_t only;                /* id of the one row wanted; 0: all */
    bool all;                     /* text: every row, however many there are; explain: every segment */
    bool ascii;                   /* lines and arrows without characters beyond ASCII */
    unsigned width;               /* columns of text; 0: 80 */
};

/* What only the source knows. */
struct report_source {
    const char *name;             /* source_name(): for headings */
    const char *file;             /* as given on the command line, for the commands that go on; NULL: live */
    uint64_t dropped;
    bool dropped_known;
    bool filtered;                /* a filter was given */
    bool one_clock;               /* to be compared with another of the same host: their times are of one clock */
    bool complete;                /* the input ended where it should, and nothing was dropped */
    const struct kernel_host *kernel; /* live: what this host's kernel said at the end (JSON Lines); NULL: it was not asked */
};

struct report;

/* NULL when memory ran out. `out` is borrowed. */
struct report *report_new(struct report_output *out, const struct report_options *options);
void report_free(struct report *report);

/* The decoder that all rows come from; to be set before the first frame is fed. */
void report_read(struct report *report, const struct decoder *decoder);

/* struct decoder_options.given_up, with the report as its self: writes a row that is given up early. */
void report_given_up(void *report, const struct conversation *row);

/* To be attached to the decoder: what the text tells of the capture that no row holds, as addresses that ARP asked for
 * in vain. Without it that is only counted. */
struct sink report_sink(struct report *report);

/* The capture is over: writes all rows that are left, in the order of their first frames, then what is said of the
 * capture as a whole. False where `only` names no row (nothing is written then but the capture). */
bool report_finish(struct report *report, const struct report_source *source);

/* `synfin report --summary`: the capture alone, as text or (REPORT_JSONL) as one JSON object. */
void report_summary(struct report_output *out, const struct decoder *decoder, const struct report_options *options,
                    const struct report_source *source);

/* --- events: synfin events --- */

/* Writes each event as one line of JSON. The caller flushes whenever no frame is waiting. */
struct report_events {
    struct report_output *out;
    uint64_t count;               /* events told: numbers the lines */
    uint32_t only;                /* id of the one row wanted; 0: all */
};

/* `events` must outlive the sink. wants: bits of 1 << enum event_kind; 0: all. */
struct sink report_events_sink(struct report_events *events, uint32_t wants);

/* `synfin events --list`: the catalogue, one kind a line with its meaning and section. */
void report_event_list(struct report_output *out, const struct report_options *options);

/* The kind of that name, or EVENT_COUNT. */
enum event_kind report_event_find(const char *name);

/* --- the story of one connection or flow: synfin explain --- */

struct story;

/* Keeps what happens to the row `id`: its first and its last segments where there are too many. NULL when memory ran
 * out. */
struct story *story_new(uint32_t id);
void story_free(struct story *story);

/* To be attached to the decoder before the first frame is fed. */
struct sink story_sink(struct story *story);

/* Tells it. False where the capture has no such row: `error` says so. */
bool report_explain(struct report_output *out, const struct decoder *decoder, const struct story *story,
                    const struct report_options *options, const struct report_source *source, struct error *error);

/* --- its ladder alone, to be taken elsewhere: synfin explain --format mermaid --- */

enum ladder_format { LADDER_TEXT, LADDER_MERMAID, LADDER_SVG, LADDER_FORMATS };
extern const char *const ladder_format_names[LADDER_FORMATS];   /* "text", "mermaid", "svg" */

/* False where no format has that name. */
bool ladder_format_find(const char *name, enum ladder_format *format);

/* Appends the ladder of the story's row: heading and rows as text (of options->width columns, 76 at least), Mermaid's
 * sequenceDiagram, or an SVG document. name: of the capture, made harmless here; NULL: not told. options->all: every
 * segment. False where the decoder has no such row or memory ran out. */
bool report_ladder(struct text *t, const struct decoder *decoder, const struct story *story, enum ladder_format format,
                   const char *name, const struct report_options *options);

/* --- help: synfin help [WORD] --- */

/* What WORD means (case, blanks, - and _ do not matter); without a word, what there is to ask for. EXIT_USAGE for an
 * unknown word: the nearest ones are named. */
enum exit_status report_help(struct report_output *out, const char *word, const struct report_options *options);

#endif

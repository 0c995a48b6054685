/* lessons.h - the bundled captures, compiled in: name, topic, one sentence, the bytes of the file, and of the true
 * calls beside it.
 *
 * The table is made at build time by traces/bundle from traces/README.md, which is the one place where they are
 * described, and traces/NAME.pcap with traces/NAME.pcap.calls.jsonl; the lab's lessons lie in traces/recorded. Topics
 * follow one another as there; nothing else is needed at run time.
 */
#ifndef SYNFIN_REPORT_LESSONS_H
#define SYNFIN_REPORT_LESSONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct lesson {
    const char *name;             /* "handshake" */
    const char *topic;            /* "Opening a connection" */
    const char *says;             /* what it shows: a phrase without a full stop */
    const uint8_t *bytes;         /* of a capture file */
    size_t length;
    const uint8_t *calls;         /* of its calls file; NULL: it has none */
    size_t calls_length;
};

extern const struct lesson lessons[];
extern const unsigned lesson_count;

/* NULL: none has that name. */
const struct lesson *lesson_find(const char *name);

/* The lab's lessons as they were recorded there, by name, with neither topic nor sentence: those are the scenario's. */
extern const struct lesson recordings[];
extern const unsigned recording_count;

const struct lesson *recording_find(const char *name);

/* Appends the names nearest to a word, at most five, nearest first: "handshake, lost-syn". Always at least one. */
void lesson_near(struct text *t, const char *word);

#endif

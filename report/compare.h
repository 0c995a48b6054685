/* compare.h - one conversation captured at both ends: which segment arrived, when, and as what.
 *
 * Each capture has a decoder of its own. First the conversation that is in both is found (compare_match.c), then each
 * capture is read once more into a story and a list of what was seen of it (compare_seen.c); segments are paired
 * (compare_pair.c), the two clocks lined up (compare_clock.c), and what is missing or changed is judged
 * (compare_judge.c). What the two captures cannot decide is said to be undecidable.
 *
 * Times are nanoseconds. "Common" times are those of the client's end: the server's clock is taken back by the offset.
 */
#ifndef SYNFIN_REPORT_COMPARE_H
#define SYNFIN_REPORT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decoder.h"
#include "report/ladder.h"
#include "report/report.h"
#include "report/scenes.h"
#include "report/story.h"

/* --- the conversation that is in both --- */

enum { SEEN_MAX = 1 << 20 };      /* units of the conversation kept of each capture; what is beyond is counted */

enum match_kind {
    MATCH_TUPLE,                  /* same addresses and ports, and initial sequence numbers where both are known */
    MATCH_NUMBERS,                /* same initial sequence numbers, other addresses or ports: NAT */
    MATCH_SHIFTED,                /* same addresses and ports, the only one, but other initial sequence numbers */
};

struct match {
    uint32_t id[2];               /* by capture, in the order given: A, B */
    uint8_t client[2];            /* which end of its key is the client */
    uint8_t kind;                 /* enum match_kind */
};

/* The conversation `only` of A (0: the first that is in both) and the one of B that is the same. False: `error` names
 * what each capture has. names: of the captures, for messages. */
bool compare_match(const struct decoder *const decoders[2], uint32_t only, const char *const names[2],
                   struct match *match, struct error *error);

/* --- what was seen of it --- */

/* One segment or datagram as one capture has it. */
struct seen {
    nanoseconds time;             /* by that capture's clock */
    uint32_t frame;
    uint32_t seq, ack, tsval;     /* absolute */
    uint32_t payload;             /* bytes */
    uint32_t head, content;       /* fingerprints of the first SEEN_HEAD bytes captured, and of all of them */
    uint32_t twice;               /* frame that this one is a second capture of; 0 */
    uint32_t notes;               /* enum unit_note */
    uint16_t flags, window, ip_id, mss;
    uint8_t from;                 /* end of the key, in that capture */
    uint8_t window_scale, ttl, checksum;
    bool again;                   /* our marks say that it was sent before */
    bool coalesced;
};

enum { SEEN_HEAD = 16 };

struct seen_list {
    uint32_t id;                  /* of the conversation */
    struct seen *seen;            /* owned, in the order of frames */
    size_t count, room;
    uint64_t beyond;              /* not kept */
    bool failed;                  /* memory ran out */
};

/* Captures may hold any time: those before 1823 or after 2116 are taken to be then, so that differences of two always
 * fit. */
static inline nanoseconds time_bounded(nanoseconds time)
{
    const nanoseconds most = INT64_MAX / 2;
    return time > most ? most : time < -most ? -most : time;
}

/* Collects; to be attached to the decoder before the first frame is fed. Free list->seen. */
struct sink seen_sink(struct seen_list *list);

/* --- both read: what came of it --- */

struct compare_capture {
    const struct decoder *decoder;
    const struct story *story;
    const struct seen_list *list;
    struct report_source about;
};

enum compare_format { COMPARE_TEXT, COMPARE_JSONL, COMPARE_FORMATS };
bool compare_format_find(const char *name, enum compare_format *format);

/* Writes the comparison. captures: A and B. options: width, ascii, all. False: memory ran out. */
bool report_compare(struct report_output *out, const struct compare_capture captures[2], const struct match *match,
                    enum compare_format format, const struct report_options *options, struct error *error);

/* The ladder of both ends alone. *client: which of the captures was made at the client's end. Frees of the caller:
 * ladder_free(), scenes_free() of both; captures, with all they name, are borrowed until then. False: memory ran
 * out. */
bool report_compare_ladder(const struct compare_capture captures[2], const struct match *match,
                           const struct report_options *options, struct ladder *ladder, struct scenes scenes[2],
                           unsigned *client);

#endif

/* compare_parts.h - what the files of the comparison share behind the door of compare.h.
 *
 * Everything that exists once per end is indexed by side, CLIENT or SERVER; a unit from CLIENT is sent at the client's
 * end and arrives at the server's.
 */
#ifndef SYNFIN_REPORT_COMPARE_PARTS_H
#define SYNFIN_REPORT_COMPARE_PARTS_H

#include "report/compare.h"
#include "report/fields.h"
#include "report/ladder.h"

/* What is remarkable about a unit that was sent or arrived. */
#define CHANGES(X) \
    X(LATE, "late") X(AFTER_AGAIN, "late") X(CORRUPTED, "corrupted") X(PAYLOAD, "altered") X(WINDOW, "altered") \
    X(OPTIONS, "altered") X(HEADER, "altered") X(PIECES, "in pieces") X(REORDERED, "overtaken") X(NEEDLESS, "needless")

enum change_index {
#define X(id, name) CHANGE_INDEX_##id,
    CHANGES(X)
#undef X
    CHANGE_COUNT
};
enum change {
#define X(id, name) CHANGE_##id = 1 << CHANGE_INDEX_##id,
    CHANGES(X)
#undef X
    CHANGES_ALTERED = CHANGE_PAYLOAD | CHANGE_WINDOW | CHANGE_OPTIONS | CHANGE_HEADER
};

struct pair {
    const struct seen *sent, *arrived;   /* one of them may be NULL */
    nanoseconds sent_at, arrived_at;     /* common; set where the unit is */
    uint8_t from;                 /* side */
    uint8_t fate;                 /* enum fate of ladder.h */
    uint16_t changes;             /* enum change */
    bool guessed;                 /* several copies are alike: which of them arrived is a guess */
};

/* How one capture counts: what relative numbers begin at, and which end is whose. */
struct view_of {
    const struct compare_capture *capture;
    const struct conversation *of;
    uint8_t client;               /* end of its key */
    uint32_t base[2];             /* by side: subtracted from its sequence numbers */
    nanoseconds first, last;      /* of the whole capture, by its clock */
};

struct delays {
    nanoseconds least, median, most;
    size_t count;
};

enum told_by { TOLD_BY_ROUND_TRIP, TOLD_BY_TTL, TOLD_BY_OFFLOAD, TOLD_BY_CLOCK, TOLD_BY_NOTHING };

struct comparison {
    const struct match *match;
    struct view_of at[2];         /* by side: the capture made there */
    uint8_t order[2];             /* by side: 0 for A, 1 for B */
    uint8_t told_by;              /* enum told_by: how it is known which is which */
    bool tcp;
    bool shifted[2];              /* by side: its sequence numbers differ between the captures */
    bool ids_hold, stamps_hold;   /* the IP identification, the TSval are the same in both captures */
    bool heads_hold;              /* enough of every payload was captured to tell datagrams by it */
    struct pair *pairs;           /* owned, in the order of sending */
    size_t count, room;
    bool failed;

    bool clock_known;             /* pairs each way, or one clock: the offset is decided, else lined up without delay */
    bool one_clock;               /* both are known to have been made on one host, and nothing else tells */
    bool drifts;
    nanoseconds offset;           /* server's clock minus client's, at `since` of the server's clock */
    nanoseconds since;
    double drift;                 /* seconds a second */
    struct delays delay[2];       /* one way, by side of the sender */
};

/* At most 36 years, so that a few of them can be added up. */
static inline nanoseconds time_between(nanoseconds earlier, nanoseconds later)
{
    const nanoseconds most = INT64_MAX / 8;
    nanoseconds t = later - earlier;
    return t > most ? most : t < -most ? -most : t;
}

/* How long a unit that was sent and arrived was on the way. */
static inline nanoseconds way_of(const struct pair *p)
{
    return time_between(p->sent_at, p->arrived_at);
}

static inline unsigned side_at(const struct view_of *view, const struct seen *s)
{
    return s->from == view->client ? CLIENT : SERVER;
}

struct pair *pair_add(struct comparison *c, unsigned from, const struct seen *sent, const struct seen *arrived);

/* Which capture was made at the client's end (compare_ends.c). Sets at, order, told_by, the bases and what holds. */
bool compare_ends(struct comparison *c, const struct compare_capture captures[2]);

/* Does a number that both captures have for a unit hold for it from one to the other? */
static inline uint32_t relative_seq(const struct view_of *view, const struct seen *s)
{
    return s->seq - view->base[side_at(view, s)];
}

/* One unit of a direction with a key that is the same in both captures. */
struct keyed {
    uint64_t key;
    const struct seen *seen;
    bool taken;
};

/* The units from one side in one capture, sorted by key and time; those captured twice left out. *count: how many.
 * NULL when memory ran out. Owned by the caller. */
struct keyed *keyed_units(const struct comparison *c, const struct view_of *view, unsigned from, size_t *count);

/* Pairs what was sent with what arrived, each way; the rest become pairs of one (compare_pair.c). */
bool compare_pairs(struct comparison *c);

/* The server's clock against the client's, and the delays (compare_clock.c). */
bool compare_clocks(struct comparison *c);
nanoseconds common_time(const struct comparison *c, unsigned side, nanoseconds time);

/* Fates and changes (compare_judge.c). */
bool compare_judge(struct comparison *c);

/* The ladder of both ends (compare_ladder.c), the words (compare_text.c), JSON Lines (compare_json.c). */
bool compare_ladder(struct comparison *c, const struct report_options *options, struct ladder *ladder,
                    struct scenes scenes[2]);
bool compare_text(struct report_output *out, struct comparison *c, const struct report_options *options);
void compare_json(struct report_output *out, const struct comparison *c);

#endif

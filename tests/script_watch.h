/* script_watch.h - a script's frames fed to a decoder, and what the decoder said of them.
 */
#ifndef SYNFIN_TESTS_SCRIPT_WATCH_H
#define SYNFIN_TESTS_SCRIPT_WATCH_H

#include "decode/decoder.h"
#include "tests/script.h"

/* What was told of one frame. */
struct observed {
    bool told;                    /* some event was about this frame's conversation */
    bool segment;                 /* there was a TCP_SEGMENT */
    bool strayed;                 /* an event named another conversation than the script's */
    uint8_t state[2];             /* of client and server; of the TCP_SEGMENT, else of the last event */
    uint8_t last_state[2];        /* of the last event */
    uint32_t marks, wireshark, duplicate_of;
    bool said[SENTENCE_COUNT];    /* sentences that were given as reasons */
};

/* How the frames are cut into batches, and whether the decoder is told the time in between. */
enum feeding { FEED_ONE_BY_ONE, FEED_FULL_BATCHES, FEED_RANDOM_BATCHES, FEED_WITH_TIME, FEEDINGS };

struct watch {
    const struct script *script;
    struct decoder *decoder;
    struct observed *frames;      /* one for each of the script's */
    struct text told;             /* every event in a line: equal texts, equal results */
    uint64_t arcs;                /* bits: index of tcp_arcs, those that were taken */
};

/* Feeds the whole script. False when memory ran out. To be closed in any case. */
bool watch_script(struct watch *watch, const struct script *script, enum feeding how);
void watch_close(struct watch *watch);

/* Which end of the canonical 4-tuple the conversation's client is. */
unsigned script_client_end(const struct script_conversation *c);

/* The row of a script's conversation, its incarnation regarded, or NULL. */
const struct conversation *watch_row(const struct watch *watch, int conversation);

/* What the decoder says where the script makes this claim, in the claim's own form: equal texts, claim kept. */
void watch_claim(const struct watch *watch, const struct script_claim *claim, struct text *actual);

#endif

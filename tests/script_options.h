/* script_options.h - TCP options of a script's segment: <mss 1460,sackOK,TS,nop,wscale 7>.
 */
#ifndef SYNFIN_TESTS_SCRIPT_OPTIONS_H
#define SYNFIN_TESTS_SCRIPT_OPTIONS_H

#include "tests/craft.h"
#include "tests/script_read.h"

/* What the options of a segment depend on. */
struct script_options_for {
    struct script_end *sender, *receiver;
    uint32_t milliseconds;        /* since the script's start: the clock behind TS without numbers */
    bool acks;                    /* the segment has ACK: TS echoes */
    bool server;
};

/* Reads `<...>` and writes the options into the segment, filled up to a multiple of four with zeros. */
bool script_options(struct reader *r, const struct script_options_for *with, struct craft_segment *segment);

#endif

/* script_unit.h - one line of a script that stands for a segment, a datagram, an ICMP error, an ARP message or a frame
 * captured again: its values read, its frame made and put behind the script's others.
 */
#ifndef SYNFIN_TESTS_SCRIPT_UNIT_H
#define SYNFIN_TESTS_SCRIPT_UNIT_H

#include "tests/craft.h"
#include "tests/script_read.h"

/* Room to work in, kept from line to line. */
struct workshop {
    nanoseconds now;              /* of the line before */
    uint8_t payload[CRAFT_ROOM], body[CRAFT_ROOM], frame[CRAFT_ROOM];
};

/* Reads the line from its time on; `conversation` is the index that its prefix names, SCRIPT_CAPTURE where there is
 * none. */
bool script_unit(struct script *script, int conversation, struct reader *r, struct workshop *w);

#endif

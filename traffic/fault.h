/* fault.h - the fault language: what the wire does to which frame, exactly or by chance.
 *
 *     ACTION FROM WHAT [port N] [len N] [HOW MANY]
 *
 *     ACTION    drop, duplicate, reorder (swap with the next), corrupt (its checksum comes out wrong), delay 50ms
 *     FROM      client, server, either: who sent it
 *     WHAT      SYN; SYN,ACK; FIN; RST; ACK; PSH...: a segment's flags. Of SYN, FIN and RST it has exactly those named;
 *               SYN alone is without ACK; ACK alone carries no data. Or: data (a segment with payload), segment,
 *               datagram, arp, any (segment or datagram)
 *     HOW MANY  2: the second that matches in the run, counted from 1; 2-4; 3-: from the third on; 5%: by chance;
 *               nothing: each
 *
 * Every frame is shown to every fault, whatever another one does with it, so each counts for itself: `drop server
 * SYN,ACK 2` drops the second SYN,ACK whatever the timing. Chance comes from a seed: the same frames in the same order
 * have the same fate.
 */
#ifndef SYNFIN_TRAFFIC_FAULT_H
#define SYNFIN_TRAFFIC_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "decode/segment.h"

/* The lab's two hosts, wherever something exists for both. */
enum lab_end { LAB_CLIENT, LAB_SERVER, LAB_ENDS };
extern const char *const lab_end_names[LAB_ENDS];         /* "client", "server" */

enum fault_action { FAULT_DROP, FAULT_DUPLICATE, FAULT_REORDER, FAULT_CORRUPT, FAULT_DELAY, FAULT_ACTIONS };
extern const char *const fault_action_names[FAULT_ACTIONS];   /* "drop", ... */

enum fault_what {
    FAULT_FLAGS,                  /* a segment with `flags` */
    FAULT_DATA, FAULT_SEGMENT, FAULT_DATAGRAM, FAULT_ARP, FAULT_ANY,
};

enum { FAULT_CHANCE_ALL = 1000000, FAULT_NONE = -1, FAULT_DELAY_MOST_S = 60 };

struct fault {
    enum fault_action action;
    enum fault_what what;
    nanoseconds delay;            /* FAULT_DELAY */
    bool from[LAB_ENDS];
    uint16_t flags;               /* enum tcp_flag */
    int32_t port;                 /* of either end; FAULT_NONE: any */
    int32_t length;               /* bytes of payload; FAULT_NONE: any */
    uint64_t first, last;         /* of those that match, counted from 1; last UINT64_MAX: no end */
    uint32_t chance;              /* in a million; FAULT_CHANCE_ALL: certain */
};

/* Reads one fault. False: `error` (EXIT_USAGE) names the word that is wrong and what may stand there. */
bool fault_read(struct fault *fault, const char *text, struct error *error);

/* The fault as one would write it, for a log. */
void fault_write(struct text *t, const struct fault *fault);

/* Does it speak of such a unit of the host `from`? Counts nothing. */
bool fault_speaks_of(const struct fault *fault, const struct unit *unit, enum lab_end from);

/* --- all faults of a run, with what they have counted --- */

enum { FAULTS_MOST = 16 };

struct faults {
    struct fault fault[FAULTS_MOST];
    unsigned count;
    uint64_t matched[FAULTS_MOST];
    uint64_t chance;              /* state of the generator; set to the seed before the first frame */
};

/* Reads and appends; false also where there are too many. */
bool faults_add(struct faults *faults, const char *text, struct error *error);

/* Shows the run's next frame to every fault, in the order of arrival; bit i of the answer: fault i happens to it. */
uint32_t faults_meet(struct faults *faults, const struct unit *units, unsigned count, enum lab_end from);

#endif

/* lab_looks.h - the kernels' own view of a run of the lab: both hosts' sockets, asked for while nothing moves, and held
 * against the states that the capture at the same host tells by then.
 *
 * A moment is quiet when no frame was captured, carried or waiting for a while. Each quiet moment is looked at once,
 * and again each second that it goes on, sooner once a program has made a call or one has returned. Looks are kept
 * until the run is told; how many is bounded.
 */
#ifndef SYNFIN_CMD_LAB_LOOKS_H
#define SYNFIN_CMD_LAB_LOOKS_H

#include "cmd/lab.h"
#include "report/beside.h"

enum { LAB_LOOKS_MOST = 64, LAB_LOOKS_SOCKETS = 1 << 17 };     /* moments; sockets of all of them */

struct lab_look {
    enum lab_end end;
    nanoseconds took;                 /* the table's time is when it began */
    struct kernel_table table;        /* owned */
};

struct lab_looks;

/* NULL: there is no lab (the run is on loopback, whose sockets are everybody's), or no memory. The session is
 * borrowed. */
struct lab_looks *lab_looks_new(const struct session *session);
void lab_looks_free(struct lab_looks *looks);

/* To be called at least every SESSION_LOOK_MS. frames: some were captured since the last time. */
void lab_looks_work(struct lab_looks *looks, bool frames);

/* "The kernels' own view: ...": a paragraph, with what is not as inferred; nothing where nothing was looked at. */
void lab_looks_tell(struct text *t, const struct lab_tale *tale);

/* The run as JSON Lines: for each end that was captured its rows and the capture as `synfin report` gives them, then a
 * `socket` object for each socket of each look there. */
enum exit_status lab_looks_objects(const struct lab_tale *tale);

#endif

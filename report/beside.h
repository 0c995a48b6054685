/* beside.h - an end of a connection as its segments tell it, beside the socket that its kernel has.
 *
 * The kernel knows its own state. What is inferred may be another one and both be right: a FIN that waits behind data
 * is no segment yet, a time-out sends nothing, a segment that passed here may be lost behind us. And a table is read at
 * one moment while frames come at theirs: with frames just before or since, one is only ahead of the other.
 */
#ifndef SYNFIN_REPORT_BESIDE_H
#define SYNFIN_REPORT_BESIDE_H

#include "base/text.h"
#include "decode/decoder.h"
#include "kernel/sockets.h"

enum agreement {
    BESIDE_UNKNOWN,               /* another host's end, a state that is not known, or the kernel does not tell */
    BESIDE_SAME,
    BESIDE_DIFFERS,
    BESIDE_MOVING,                /* they differ, and frames came too near to the reading to say so */
};

/* Why they may differ; the words in at most 34 columns. */
#define DIFFERENCES(X) \
    X(NONE, "") \
    X(FIN_QUEUED, "its FIN waits behind data") \
    X(QUEUE_FULL, "the accept queue is full") \
    X(WAITS_LESS, "this kernel waits less long") \
    X(WAITS_LONGER, "this kernel waits longer") \
    X(GAVE_UP, "given up: a time-out sends nothing") \
    X(ENDED_UNSEEN, "ended without a captured segment") \
    X(NOT_ARRIVED, "what passed here did not get there") \
    X(NOT_CAPTURED, "what it saw was not captured") \
    X(NO_SEGMENT, "no segment of it was captured")

enum difference {
#define X(id, words) DIFFERS_##id,
    DIFFERENCES(X)
#undef X
    DIFFERENCE_COUNT
};

extern const char *const difference_words[DIFFERENCE_COUNT];

struct beside {
    enum agreement agreement;
    enum difference why;          /* with BESIDE_DIFFERS */
    const struct kernel_socket *socket;   /* NULL: the kernel has none of these four numbers */
    enum tcp_state kernel, wire;
};

/* told: all frames up to this time have been told. */
struct beside beside_of(const struct kernel_host *host, const struct connection *c, unsigned end, nanoseconds told);

/* A socket of this host's table, by itself: one that listens, where somebody came to it; one of four numbers. */
struct beside beside_of_socket(const struct kernel_host *host, const struct kernel_socket *socket,
                               const struct decoder *decoder, nanoseconds told);

/* One of the host's TCP sockets beside what was captured of it; or an end of this host that should be one, and is
 * none. */
struct beside_pair {
    struct beside beside;
    struct kernel_end local, remote;
    uint8_t version;
};

/* All of them, of a host all of whose frames to others are captured; those of which nothing can be said
 * (BESIDE_UNKNOWN) left out. told: as above. */
void beside_each(const struct kernel_host *host, const struct decoder *decoder, nanoseconds told,
                 void (*each)(void *self, const struct beside_pair *pair), void *self);

/* The same state in the decoder's words. */
enum tcp_state beside_state(enum kernel_state state);

/* "kernel: FIN-WAIT-1, wire: ESTABLISHED"; a kernel without a socket: "kernel: no socket, .."; a capture without a
 * segment of it: ".., wire: nothing". */
void beside_words(struct text *t, const struct beside *beside);

/* The two ends as the kernel names them: what is local at this end of the key. */
void beside_ends(const struct tuple *key, unsigned end, struct kernel_end *local, struct kernel_end *remote);

#endif

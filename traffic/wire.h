/* wire.h - the wire between the lab's two hosts: a process with one AF_PACKET socket on each end.
 *
 * It carries frames both ways, each direction for itself: faults first (traffic/fault.h; in the order of arrival, so
 * that counts are exact whatever the timing), then the rate, a queue that overflows at its end as a router's does,
 * then the delay. What it did stands in a page that it shares with its parent: counters, and each fault with the
 * frame it met.
 */
#ifndef SYNFIN_TRAFFIC_WIRE_H
#define SYNFIN_TRAFFIC_WIRE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "traffic/fault.h"

enum {
    WIRE_QUEUE = 1000,            /* frames that wait in one direction, at most */
    WIRE_LOG = 4096,              /* faults that are logged; beyond that they are only counted */
    WIRE_FRAME_MOST = 65536,
};

struct wire_options {
    nanoseconds delay;            /* from one host to the other, each way */
    uint64_t rate;                /* bytes a second, each way; 0: no limit */
    struct faults faults;
};

/* A fault that happened. */
struct wire_deed {
    nanoseconds time;             /* when the frame came to the wire, since the epoch */
    uint64_t frame;               /* of this host, counted from 1 over all that it sent */
    uint64_t matched;             /* how many had matched this fault by then */
    uint8_t from;                 /* enum lab_end */
    uint8_t fault;                /* its place in the options */
    uint8_t kind;                 /* enum unit_kind */
    uint16_t flags;               /* TCP */
    uint16_t port[LAB_ENDS];      /* of the frame's sender and of its receiver (TCP, UDP) */
    uint32_t seq;                 /* TCP */
    uint32_t payload;             /* bytes */
};

/* Written by the wire, read by anybody; lies in memory shared by both. */
struct wire_page {
    _Atomic uint64_t frames[LAB_ENDS];        /* that came from this host */
    _Atomic uint64_t delivered[LAB_ENDS];     /* that were given to the other one */
    _Atomic uint64_t waiting[LAB_ENDS];       /* that are on their way now */
    _Atomic uint64_t overflowed[LAB_ENDS];    /* dropped because the queue was full */
    _Atomic uint64_t missed[LAB_ENDS];        /* that the kernel could not give the wire: then counts are not exact */
    _Atomic uint64_t matched[FAULTS_MOST];    /* frames that each fault speaks of, whether it happened to them or not */
    _Atomic uint64_t deeds;                   /* all of them; the first WIRE_LOG are in log[] */
    struct wire_deed log[WIRE_LOG];
};

/* NULL where there is no memory. */
struct wire_page *wire_page_new(void);
void wire_page_free(struct wire_page *page);

/* A packet socket bound to the interface of this network namespace, nonblocking; -1: errno. */
int wire_socket(const char *interface);

/* An MLD report (IPv6 with hop-by-hop options), which each host's kernel sends when its address is set: neither
 * carried nor counted, so that numbers are those of what programs caused. LAB_FILTER leaves them out of a capture. */
bool wire_is_set_up(const uint8_t *frame, size_t length);

/* Carries frames until `lifeline` (a descriptor) can be read or its other end is closed. socket[LAB_CLIENT] is the
 * client's end. False: errno. */
bool wire_run(const int socket[LAB_ENDS], const struct wire_options *options, struct wire_page *page, int lifeline);

#endif

#include "traffic/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
    ETHERNET = 1,                 /* LINKTYPE_ETHERNET of the file format's registry */
    BUFFER = 16 * 1024 * 1024,    /* of the kernel, for each socket */
    AT_ONCE = 64,                 /* frames taken from one end before the other is looked at */
    HOLD_MS = 1000,               /* a frame to be swapped with the next waits so long for it */
};

/* A frame on its way. */
struct carried {
    uint8_t *bytes;               /* owned */
    uint32_t length;
    nanoseconds due;              /* by the steady clock */
};

/* One direction, named after the host it comes from. */
struct lane {
    int in, out;                  /* sockets; borrowed */
    struct carried queue[WIRE_QUEUE];     /* by due time, the next one first */
    unsigned waiting;
    struct carried held;          /* to be swapped with the next; bytes NULL: none */
    nanoseconds busy_until;       /* the rate: when the last frame will have left */
    uint64_t frames;
};

struct wire {
    struct lane lane[LAB_ENDS];
    struct wire_page *page;
    const struct wire_options *options;
    struct faults faults;
    struct parser *parser;
    uint8_t frame[WIRE_FRAME_MOST];
};

/* --- memory --- */

struct wire_page *wire_page_new(void)
{
    void *page = mmap(NULL, sizeof(struct wire_page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

void wire_page_free(struct wire_page *page)
{
    if (page)
        munmap(page, sizeof *page);
}

/* --- the sockets --- */

int wire_socket(const char *interface)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int one = 1, buffer = BUFFER;
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = (int)if_nametoindex(interface),
    };
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);     /* since Linux 4.20; see take() */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* --- what becomes of a frame --- */

static void deliver(struct wire *w, enum lab_end from, struct carried *c)
{
    /* A full device is waited for, as a wire would be; a host that is gone takes nothing. */
    struct pollfd ready = { .fd = w->lane[from].out, .events = POLLOUT };
    ssize_t sent = send(w->lane[from].out, c->bytes, c->length, 0);
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
        poll(&ready, 1, HOLD_MS);
        sent = send(w->lane[from].out, c->bytes, c->length, 0);
    }
    if (sent >= 0)
        atomic_fetch_add(&w->page->delivered[from], 1);
    free(c->bytes);
    c->bytes = NULL;
}

/* Frames of equal time keep their order. */
static void enqueue(struct wire *w, enum lab_end from, struct carried c)
{
    struct lane *lane = &w->lane[from];
    if (lane->waiting == WIRE_QUEUE || !c.bytes) {
        atomic_fetch_add(&w->page->overflowed[from], 1);
        free(c.bytes);
        return;
    }
    unsigned place = lane->waiting++;
    for (; place && lane->queue[place - 1].due > c.due; place--)
        lane->queue[place] = lane->queue[place - 1];
    lane->queue[place] = c;
}

static struct carried copy_of(const struct carried *c)
{
    struct carried copy = *c;
    copy.bytes = malloc(c->length);
    if (copy.bytes)
        memcpy(copy.bytes, c->bytes, c->length);
    return copy;
}

/* The rate: when the last byte of it has left, then the way. */
static nanoseconds arrival(struct wire *w, struct lane *lane, uint32_t length, nanoseconds now)
{
    if (w->options->rate) {
        nanoseconds begin = lane->busy_until > now ? lane->busy_until : now;
        lane->busy_until = begin + (nanoseconds)((uint64_t)length * (uint64_t)NS_PER_S / w->options->rate);
        now = lane->busy_until;
    }
    return now + w->options->delay;
}

/* One bit of the last byte of payload, or of the checksum where there is none: the sum must be wrong then. */
static void corrupt(uint8_t *frame, uint32_t length, const struct unit *u)
{
    if (u->kind != UNIT_TCP && u->kind != UNIT_UDP)
        return;
    if (u->payload_length) {
        uintptr_t begin = (uintptr_t)frame, end = (uintptr_t)u->payload + u->payload_captured;
        bool inside = u->payload_captured && end > begin && end - begin <= length;   /* not a reassembled one */
        frame[(inside ? end - begin : length) - 1] ^= 0x01;
        return;
    }
    size_t header = u->key.version == 4 ? ETH_HLEN + 4 * (frame[ETH_HLEN] & 0xfu) : ETH_HLEN + 40;
    size_t low = header + (u->kind == UNIT_TCP ? 17 : 7);
    if (low < length)
        frame[low] ^= frame[low] == 0x01 ? 0x02 : 0x01;     /* of UDP, 0 would mean: no checksum */
}

static void log_deed(struct wire *w, enum lab_end from, unsigned fault, const struct unit *units, unsigned count)
{
    uint64_t n = atomic_load(&w->page->deeds);
    if (n < WIRE_LOG) {
        const struct unit *u = units;
        for (unsigned i = 0; i < count; i++)
            if (fault_speaks_of(&w->faults.fault[fault], &units[i], from)) {
                u = &units[i];
                break;
            }
        w->page->log[n] = (struct wire_deed){
            .time = clock_wall(), .frame = w->lane[from].frames, .matched = w->faults.matched[fault],
            .from = (uint8_t)from, .fault = (uint8_t)fault, .kind = u->kind,
            .flags = u->kind == UNIT_TCP ? u->flags : 0, .seq = u->kind == UNIT_TCP ? u->seq : 0,
        };
        if (u->kind == UNIT_TCP || u->kind == UNIT_UDP) {
            w->page->log[n].port[0] = u->key.port[u->from];
            w->page->log[n].port[1] = u->key.port[!u->from];
            w->page->log[n].payload = u->payload_length;
        }
    }
    atomic_store(&w->page->deeds, n + 1);
}

/* All that happens to this frame, as bits of the action, and the delay beyond the wire's own. */
static unsigned meet_faults(struct wire *w, enum lab_end from, const struct unit *units, unsigned count,
                            nanoseconds *delay)
{
    uint32_t happen = faults_meet(&w->faults, units, count, from);
    unsigned actions = 0;
    for (unsigned i = 0; i < w->faults.count; i++)
        atomic_store(&w->page->matched[i], w->faults.matched[i]);
    *delay = 0;
    for (unsigned i = 0; happen; i++, happen >>= 1)
        if (happen & 1) {
            const struct fault *f = &w->faults.fault[i];
            actions |= 1u << f->action;
            *delay += f->action == FAULT_DELAY ? f->delay : 0;
            log_deed(w, from, i, units, count);
        }
    return actions;
}

/* What is held goes behind this one; a later frame to be held takes the place of one that still is. */
static void send_on(struct wire *w, enum lab_end from, struct carried c, unsigned actions)
{
    struct lane *lane = &w->lane[from];
    struct carried held = lane->held;
    lane->held.bytes = NULL;
    if (held.bytes) {
        held.due = held.due > c.due ? held.due : c.due;
        c.due = held.due;
    }
    struct carried again = actions & 1u << FAULT_DUPLICATE ? copy_of(&c) : (struct carried){ 0 };
    if (actions & 1u << FAULT_REORDER && !held.bytes)
        lane->held = c;
    else
        enqueue(w, from, c);
    if (again.bytes)
        enqueue(w, from, again);
    if (held.bytes)
        enqueue(w, from, held);
}

static void carry(struct wire *w, enum lab_end from, uint32_t length)
{
    struct lane *lane = &w->lane[from];
    struct unit units[FRAME_UNITS_MAX];
    struct frame frame = {
        .bytes = w->frame, .number = (uint32_t)++lane->frames, .caplen = length, .len = length, .linktype = ETHERNET,
    };
    struct parsed parsed = parse_frame(w->parser, &frame, units);
    nanoseconds delay, now = clock_steady();
    unsigned actions = parsed.units ? meet_faults(w, from, units, parsed.units, &delay) : (delay = 0, 0u);
    atomic_store(&w->page->frames[from], lane->frames);
    if (actions & 1u << FAULT_DROP)
        return;
    if (actions & 1u << FAULT_CORRUPT)
        corrupt(w->frame, length, &units[0]);
    if (lane->waiting == WIRE_QUEUE) {
        atomic_fetch_add(&w->page->overflowed[from], 1);
        return;
    }
    struct carried c = { .bytes = w->frame, .length = length, .due = arrival(w, lane, length, now) + delay };
    c = copy_of(&c);
    if (c.bytes)
        send_on(w, from, c, actions);
}

/* --- the loop --- */

bool wire_is_set_up(const uint8_t *frame, size_t length)
{
    struct cursor c = cursor_on(frame, length);
    cursor_skip(&c, ETH_HLEN - 2);
    return cursor_be16(&c) == ETH_P_IPV6 && cursor_peek(&c, 6) == 0;
}

static void take(struct wire *w, enum lab_end from)
{
    for (unsigned i = 0; i < AT_ONCE; i++) {
        struct sockaddr_ll address;
        socklen_t size = sizeof address;
        ssize_t length = recvfrom(w->lane[from].in, w->frame, sizeof w->frame, MSG_TRUNC, (struct sockaddr *)&address,
                                  &size);
        if (length < 0)
            return;
        if (address.sll_pkttype == PACKET_OUTGOING || length < ETH_HLEN || (size_t)length > sizeof w->frame)
            continue;
        if (!wire_is_set_up(w->frame, (size_t)length))
            carry(w, from, (uint32_t)length);
    }
}

static void count_missed(struct wire *w, enum lab_end from)
{
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;
    if (getsockopt(w->lane[from].in, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
        atomic_fetch_add(&w->page->missed[from], stats.tp_drops);
}

/* Sends what is due. When the next one will be, or INT64_MAX. */
static nanoseconds send_due(struct wire *w, enum lab_end from)
{
    struct lane *lane = &w->lane[from];
    nanoseconds now = clock_steady();
    if (lane->held.bytes && lane->held.due + HOLD_MS * NS_PER_MS <= now) {
        struct carried held = lane->held;
        lane->held.bytes = NULL;
        enqueue(w, from, held);
    }
    unsigned sent = 0;
    while (sent < lane->waiting && lane->queue[sent].due <= now)
        deliver(w, from, &lane->queue[sent++]);
    lane->waiting -= sent;
    memmove(lane->queue, lane->queue + sent, lane->waiting * sizeof *lane->queue);
    atomic_store(&w->page->waiting[from], lane->waiting + (lane->held.bytes != NULL));
    nanoseconds next = lane->waiting ? lane->queue[0].due : INT64_MAX;
    nanoseconds held = lane->held.bytes ? lane->held.due + HOLD_MS * NS_PER_MS : INT64_MAX;
    return next < held ? next : held;
}

static bool loop(struct wire *w, int lifeline)
{
    struct pollfd polled[] = {
        { .fd = w->lane[LAB_CLIENT].in, .events = POLLIN }, { .fd = w->lane[LAB_SERVER].in, .events = POLLIN },
        { .fd = lifeline, .events = POLLIN },
    };
    for (;;) {
        nanoseconds client = send_due(w, LAB_CLIENT), server = send_due(w, LAB_SERVER);
        nanoseconds next = client < server ? client : server, wait = next - clock_steady();
        wait = wait > 0 ? wait : 0;
        struct timespec timeout = { .tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S };
        if (ppoll(polled, 3, next == INT64_MAX ? NULL : &timeout, NULL) < 0 && errno != EINTR)
            return false;
        if (polled[2].revents)
            return true;
        for (unsigned end = 0; end < LAB_ENDS; end++)
            if (polled[end].revents) {
                take(w, end);
                count_missed(w, end);
            }
    }
}

bool wire_run(const int sockets[LAB_ENDS], const struct wire_options *options, struct wire_page *page, int lifeline)
{
    struct wire *w = calloc(1, sizeof *w);
    if (!w || !(w->parser = parser_new(0))) {
        free(w);
        errno = ENOMEM;
        return false;
    }
    w->page = page;
    w->options = options;
    w->faults = options->faults;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        w->lane[end].in = sockets[end];
        w->lane[end].out = sockets[!end];
    }
    bool good = loop(w, lifeline);
    parser_free(w->parser);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        for (unsigned i = 0; i < w->lane[end].waiting; i++)
            free(w->lane[end].queue[i].bytes);
        free(w->lane[end].held.bytes);
    }
    free(w);
    return good;
}

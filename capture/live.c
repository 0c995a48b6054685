#include "capture/live.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/filter.h"
#include "capture/interfaces.h"
#include "capture/linktype.h"

enum {
    SNAPSHOT = 262144,
    ARENA = FRAME_BATCH * SNAPSHOT,   /* only what is used of it takes memory */
    TIMEOUT_MS = 10,          /* no immediate mode: it loses frames as soon as drawing takes its time */
    BUFFER_MIB = 32,
    BUFFER_MIB_MOST = 2047,
    WRITE_BUFFER = 256 * 1024,
};

/* Stopped, it waits so long for a block that the kernel hands over TIMEOUT_MS after its first frame; and so long in
 * all. */
#define REST_WAIT (2 * TIMEOUT_MS * NS_PER_MS)
#define REST_MOST NS_PER_S

struct live {
    pcap_t *handle;
    pcap_dumper_t *dump;      /* NULL: nothing is written */
    const char *write_to;     /* borrowed from the options; for messages */
    char *write_buffer;       /* owned */
    uint8_t *arena;           /* owned */
    size_t used;              /* of the arena */
    struct frame *frames;     /* the batch being filled; borrowed */
    unsigned count;
    uint32_t number;
    nanoseconds unit;         /* of the fraction in libpcap's time stamps */
    nanoseconds time;
    uint16_t linktype;
    int fd;
    nanoseconds stopped, stopped_wall;  /* when, by the steady and the wall clock; 0: not yet */
    bool never_wait;
    bool unwritten;           /* frames wait in the write buffer */
    char *interface;          /* owned */
    struct error problem;
};

static void explain(const char *interface, int result, const char *detail, struct error *error)
{
    char names[200];
    switch (result) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        error_set(error, EXIT_PERMISSION, "cannot listen on %.40s: this user may not capture (exit status 5).",
                  interface);
        break;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        interfaces_names(names, sizeof names);
        error_set(error, EXIT_UNREADABLE, "there is no interface %.40s to capture on; there are: %s", interface, names);
        break;
    case PCAP_ERROR_IFACE_NOT_UP:
        error_set(error, EXIT_UNREADABLE, "interface %.40s is down; bring it up: ip link set %.40s up", interface,
                  interface);
        break;
    default:
        error_set(error, EXIT_UNREADABLE, "cannot capture on %.40s: %.300s", interface,
                  *detail ? detail : pcap_statustostr(result));
    }
}

/* As tcpdump does: on "any" the newer cooked header, which names the interface. */
static void choose_link(pcap_t *handle)
{
    int *offered = NULL;
    int count = pcap_list_datalinks(handle, &offered);
    for (int i = 0; i < count; i++)
        if (offered[i] == DLT_LINUX_SLL2 && pcap_datalink(handle) == DLT_LINUX_SLL)
            pcap_set_datalink(handle, DLT_LINUX_SLL2);
    if (count >= 0)
        pcap_free_datalinks(offered);
}

static bool activate_here(struct live *live, const struct source_options *options, struct error *error)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    live->handle = pcap_create(options->interface, detail);
    if (!live->handle) {
        explain(options->interface, PCAP_ERROR, detail, error);
        return false;
    }
    unsigned mib = options->buffer_mib ? options->buffer_mib : BUFFER_MIB;
    mib = mib > BUFFER_MIB_MOST ? BUFFER_MIB_MOST : mib;
    pcap_set_snaplen(live->handle, SNAPSHOT);
    pcap_set_promisc(live->handle, 1);
    pcap_set_timeout(live->handle, TIMEOUT_MS);
    pcap_set_buffer_size(live->handle, (int)(mib * 1024 * 1024));
    pcap_set_tstamp_precision(live->handle, PCAP_TSTAMP_PRECISION_NANO);
    int result = pcap_activate(live->handle);
    if (result < 0) {
        explain(options->interface, result, pcap_geterr(live->handle), error);
        return false;
    }
    choose_link(live->handle);
    if (pcap_setnonblock(live->handle, 1, detail) < 0) {
        explain(options->interface, PCAP_ERROR, detail, error);
        return false;
    }
    live->unit = pcap_get_tstamp_precision(live->handle) == PCAP_TSTAMP_PRECISION_NANO ? 1 : NS_PER_US;
    live->linktype = linktype_of_dlt(pcap_datalink(live->handle));
    live->fd = pcap_get_selectable_fd(live->handle);
    return true;
}

/* A socket stays in the network namespace that it was made in: ours is left for as long as that takes. */
static bool activate(struct live *live, const struct source_options *options, struct error *error)
{
    if (!options->netns)
        return activate_here(live, options, error);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || setns(options->netns, CLONE_NEWNET) < 0) {
        error_set(error, EXIT_PERMISSION, "cannot enter the network that %.40s is in: %s", live->interface,
                  strerror(errno));
        if (home >= 0)
            close(home);
        return false;
    }
    bool good = activate_here(live, options, error);
    if (setns(home, CLONE_NEWNET) < 0) {
        error_set(error, EXIT_PERMISSION, "cannot come back from the network that %.40s is in: %s", live->interface,
                  strerror(errno));
        good = false;
    }
    close(home);
    return good;
}

/* Here the kernel filters: what it rejects costs us nothing, and frame numbers count what is seen. */
static bool set_filter(struct live *live, const char *expression, struct error *error)
{
    if (!expression)
        return true;
    if (!filter_without_names(expression, error))
        return false;
    struct bpf_program code;
    bool compiled = pcap_compile(live->handle, &code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    bool set = compiled && pcap_setfilter(live->handle, &code) == 0;
    if (compiled)
        pcap_freecode(&code);
    if (!set)
        error_set(error, EXIT_USAGE, "filter '%.150s': %.200s; see pcap-filter(7)", expression,
                  pcap_geterr(live->handle));
    return set;
}

static void cannot_write(const char *path, const char *why, struct error *error)
{
    error_set(error, EXIT_OUTPUT, "cannot write what is captured to %.200s: %s", path, why);
}

static bool open_dump(struct live *live, const char *path, struct error *error)
{
    if (!path)
        return true;
    int out = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : -1;
    FILE *file = out >= 0 ? fdopen(out, "wb") : fopen(path, "wbe");
    live->write_buffer = malloc(WRITE_BUFFER);
    if (!file || !live->write_buffer) {
        cannot_write(path, strerror(errno), error);
        if (file)
            fclose(file);
        return false;
    }
    setvbuf(file, live->write_buffer, _IOFBF, WRITE_BUFFER);
    live->write_to = path;
    live->dump = pcap_dump_fopen(live->handle, file);
    if (!live->dump) {
        cannot_write(path, pcap_geterr(live->handle), error);
        fclose(file);
        return false;
    }
    if (live_flush(live))
        return true;
    *error = live->problem;
    return false;
}

struct live *live_open(const struct source_options *options, struct error *error)
{
    struct live *live = calloc(1, sizeof *live);
    if (live) {
        live->arena = malloc(ARENA);
        live->interface = strdup(options->interface);
        live->never_wait = options->never_wait;
    }
    if (!live || !live->arena || !live->interface) {
        error_set(error, EXIT_UNREADABLE, "out of memory");
        live_close(live);
        return NULL;
    }
    if (!activate(live, options, error) || !set_filter(live, options->filter, error)
        || !open_dump(live, options->write_to, error)) {
        live_close(live);
        return NULL;
    }
    return live;
}

void live_close(struct live *live)
{
    if (!live)
        return;
    if (live->dump)
        pcap_dump_close(live->dump);
    if (live->handle)
        pcap_close(live->handle);
    free(live->write_buffer);
    free(live->interface);
    free(live->arena);
    free(live);
}

static void take_frame(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct live *live = (struct live *)(void *)user;
    uint32_t caplen = header->caplen < SNAPSHOT ? header->caplen : SNAPSHOT;
    if (live->dump)
        pcap_dump((u_char *)live->dump, header, bytes);
    uint8_t *copy = live->arena + live->used;
    memcpy(copy, bytes, caplen);
    live->used += (caplen + 15) & ~UINT32_C(15);
    live->time = header->ts.tv_sec * NS_PER_S + header->ts.tv_usec * live->unit;
    live->frames[live->count++] = (struct frame){
        .bytes = copy, .time = live->time, .number = ++live->number, .caplen = caplen, .len = header->len,
        .linktype = live->linktype,
    };
}

static void wait_a_little(const struct live *live)
{
    struct pollfd p = { .fd = live->fd, .events = POLLIN };
    poll(&p, 1, LIVE_WAIT_MS);
}

bool live_flush(struct live *live)
{
    live->unwritten = false;
    if (!live->dump || (pcap_dump_flush(live->dump) == 0 && !ferror(pcap_dump_file(live->dump))))
        return true;
    if (!live_problem(live))
        cannot_write(live->write_to, strerror(errno), &live->problem);
    return false;
}

enum source_state live_frames(struct live *live, struct frame *frames, unsigned room, unsigned *count)
{
    live->frames = frames;
    live->count = 0;
    live->used = 0;
    *count = 0;
    if (live_problem(live))
        return SOURCE_END;
    if (room > UINT32_MAX - live->number) {
        error_set(&live->problem, EXIT_CUT_SHORT, "more frames came than can be numbered; start a new capture");
        return SOURCE_END;
    }
    int result = pcap_dispatch(live->handle, (int)room, take_frame, (u_char *)live);
    if (result == 0 && !live->never_wait) {
        wait_a_little(live);
        result = pcap_dispatch(live->handle, (int)room, take_frame, (u_char *)live);
    }
    *count = live->count;
    live->unwritten |= live->count > 0 && live->dump;
    if (result < 0)
        error_set(&live->problem, EXIT_CUT_SHORT, "capturing on %.40s ended: %.300s", live->interface,
                  pcap_geterr(live->handle));
    else if (live->dump && (ferror(pcap_dump_file(live->dump)) || (live->count == 0 && live->unwritten)))
        live_flush(live);
    if (live->count > 0)
        return SOURCE_MORE;       /* a problem is told after the frames */
    return live_problem(live) ? SOURCE_END : SOURCE_IDLE;
}

enum source_state live_rest(struct live *live, struct frame *frames, unsigned room, unsigned *count)
{
    if (!live->stopped) {
        live->stopped = clock_steady();
        live->stopped_wall = clock_wall();
        live->never_wait = true;
    }
    *count = 0;
    for (;;) {
        nanoseconds waited = clock_steady() - live->stopped;
        if (live->time > live->stopped_wall || waited > REST_MOST)
            return SOURCE_END;
        enum source_state state = live_frames(live, frames, room, count);
        if (state != SOURCE_IDLE)
            return state;
        if (waited > REST_WAIT)
            return SOURCE_END;
        wait_a_little(live);
    }
}

int live_descriptor(const struct live *live)
{
    return live->fd;
}

const struct error *live_problem(const struct live *live)
{
    return live->problem.text[0] ? &live->problem : NULL;
}

bool live_dropped(const struct live *live, uint64_t *dropped)
{
    struct pcap_stat stat;
    if (pcap_stats(live->handle, &stat) < 0)
        return false;
    *dropped = stat.ps_drop;
    return true;
}

#include "traffic/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/sockets.h"
#include "traffic/keeper.h"
#include "traffic/network.h"
#include "traffic/refused.h"

const char *const lab_addresses[LAB_ENDS] = { "10.9.0.2", "10.9.0.1" };
const char *const lab_addresses_here[LAB_ENDS] = { "127.0.0.2", "127.0.0.1" };
const char *const lab_addresses6[LAB_ENDS] = { "fd09::2", "fd09::1" };

enum { LAST_OF_ADDRESS_CLIENT = 2, LAST_OF_ADDRESS_SERVER = 1, NETWORK = 0x0a090000, BITS4 = 24, BITS6 = 64 };

static const uint8_t last_of_address[LAB_ENDS] = { LAST_OF_ADDRESS_CLIENT, LAST_OF_ADDRESS_SERVER };

struct lab {
    struct lab_options options;
    bool here;                    /* on this host as it is */
    struct wire_page *page;
    int network[LAB_ENDS];        /* network namespaces; -1: not yet */
    int wire_network;
    int diag[LAB_ENDS];
    int wire[LAB_ENDS];           /* packet sockets, until the wire has them */
    int control;
    pid_t keeper;
    unsigned programs;            /* started so far: the last one's number */
    unsigned settings_refused;
    bool ended;
    struct lab_refusal refusal;
};

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* --- the set-up, step by step; each in lab->refusal where it fails --- */

static bool refuse(struct lab *lab, enum lab_step step)
{
    lab->refusal = (struct lab_refusal){ .step = step, .why = errno };
    return false;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

/* Only a process that may be dumped owns its files in /proc, and both a program file with capabilities and new
 * credentials take that away. */
static bool enter_user_namespace(struct lab *lab)
{
    char uid[64], gid[64];
    snprintf(uid, sizeof uid, "%u %u 1", geteuid(), geteuid());
    snprintf(gid, sizeof gid, "%u %u 1", getegid(), getegid());
    if (unshare(CLONE_NEWUSER) < 0)
        return refuse(lab, STEP_USER);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", uid)
        || !write_file("/proc/self/gid_map", gid))
        return refuse(lab, STEP_MAPS);
    write_file("/proc/sys/user/max_user_namespaces", "0");    /* of this one: none below it (deny.h, once more) */
    return true;
}

static bool enter(int network)
{
    return setns(network, CLONE_NEWNET) == 0;
}

/* This process is then in it. */
static int new_network(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool make_networks(struct lab *lab)
{
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        lab->network[end] = new_network();
        if (lab->network[end] < 0)
            return refuse(lab, STEP_NETWORK);
        lab->diag[end] = sockets_open();
        if (!network_up("lo"))
            return refuse(lab, STEP_LINK);
    }
    lab->wire_network = new_network();
    return lab->wire_network >= 0 || refuse(lab, STEP_NETWORK);
}

/* The wire's own kernel shall say nothing on it. */
static bool make_links(struct lab *lab)
{
    network_setting("ipv6/conf/default/disable_ipv6", "1");
    for (unsigned end = 0; end < LAB_ENDS; end++)
        if (!network_pair(lab_end_names[end], LAB_INTERFACE, lab->network[end])
            || !network_offloads_off(lab_end_names[end]) || !network_up(lab_end_names[end]))
            return refuse(lab, STEP_LINK);
    return true;
}

static void set_up_kernel(struct lab *lab, enum lab_end end)
{
    char group[64];
    snprintf(group, sizeof group, "%u %u", getegid(), getegid());
    network_setting("ipv4/ping_group_range", group);
    for (unsigned i = 0; i < lab->options.setting_count; i++) {
        const struct lab_setting *s = &lab->options.settings[i];
        if (!s->not_on[end] && !network_setting(s->name, s->value))
            lab->settings_refused++;
    }
}

/* IPv6 may be switched off in this kernel. No duplicate address detection, no link-local address, no router to be
 * asked for: each would put frames of its own on the wire. */
static bool set_up_host(struct lab *lab, enum lab_end end)
{
    uint8_t last = last_of_address[end];
    const uint8_t link[6] = { 0x02, 0x09, 0, 0, 0, last };
    const uint8_t ipv6[16] = { 0xfd, 0x09, [15] = last };
    if (!enter(lab->network[end]))
        return refuse(lab, STEP_NETWORK);
    network_setting("ipv6/conf/" LAB_INTERFACE "/accept_dad", "0");
    network_setting("ipv6/conf/" LAB_INTERFACE "/dad_transmits", "0");
    network_setting("ipv6/conf/" LAB_INTERFACE "/addr_gen_mode", "1");
    network_setting("ipv6/conf/" LAB_INTERFACE "/accept_ra", "0");
    network_setting("ipv6/conf/" LAB_INTERFACE "/router_solicitations", "0");
    if (!network_link_address(LAB_INTERFACE, link) || !network_offloads_off(LAB_INTERFACE) || !network_up(LAB_INTERFACE)
        || !network_ipv4(LAB_INTERFACE, NETWORK | last, BITS4) || !network_wait_running(LAB_INTERFACE))
        return refuse(lab, STEP_LINK);
    network_ipv6(LAB_INTERFACE, ipv6, BITS6);
    set_up_kernel(lab, end);
    return true;
}

static bool open_wire(struct lab *lab)
{
    if (!enter(lab->wire_network))
        return refuse(lab, STEP_NETWORK);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        if (!network_wait_running(lab_end_names[end]))
            return refuse(lab, STEP_LINK);
        lab->wire[end] = wire_socket(lab_end_names[end]);
        if (lab->wire[end] < 0)
            return refuse(lab, STEP_SOCKET);
    }
    return true;
}

static bool wait_for_keeper(struct lab *lab)
{
    struct keeper_notice notice;
    ssize_t length;
    do
        length = recv(lab->control, &notice, sizeof notice, 0);
    while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof notice) {
        errno = ECHILD;
        return refuse(lab, STEP_PROCESS);
    }
    if (!notice.ready) {
        errno = notice.notice.status;
        return refuse(lab, (enum lab_step)notice.failed_step);
    }
    return true;
}

static bool start_keeper(struct lab *lab)
{
    int control[2];
    if ((!lab->here && unshare(CLONE_NEWPID) < 0) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
        return refuse(lab, STEP_PROCESS);
    const struct keeper_start start = {
        .here = lab->here,
        .fd = { [KEEPER_CONTROL] = control[1], [KEEPER_CLIENT] = lab->network[LAB_CLIENT],
                [KEEPER_SERVER] = lab->network[LAB_SERVER], [KEEPER_WIRE_CLIENT] = lab->wire[LAB_CLIENT],
                [KEEPER_WIRE_SERVER] = lab->wire[LAB_SERVER] },
        .wire = &lab->options.wire, .page = lab->page, .walls = lab->options.walls,
    };
    lab->keeper = fork();
    if (lab->keeper == 0)
        keeper_run(&start);
    int why = errno;
    close(control[1]);
    lab->control = control[0];
    errno = why;
    if (lab->keeper < 0)
        return refuse(lab, STEP_PROCESS);
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        close_if_open(lab->wire[end]);
        lab->wire[end] = -1;
    }
    return wait_for_keeper(lab);
}

static bool set_up(struct lab *lab)
{
    return enter_user_namespace(lab) && make_networks(lab) && make_links(lab) && set_up_host(lab, LAB_CLIENT)
           && set_up_host(lab, LAB_SERVER) && open_wire(lab) && start_keeper(lab);
}

/* --- opening and closing --- */

static struct lab *lab_new(const struct lab_options *options)
{
    struct lab *lab = calloc(1, sizeof *lab);
    if (!lab)
        return NULL;
    lab->options = *options;
    lab->wire_network = lab->control = -1;
    for (unsigned end = 0; end < LAB_ENDS; end++)
        lab->network[end] = lab->diag[end] = lab->wire[end] = -1;
    lab->page = wire_page_new();
    if (lab->page)
        return lab;
    free(lab);
    return NULL;
}

void lab_close(struct lab *lab)
{
    if (!lab)
        return;
    close_if_open(lab->control);
    if (lab->keeper > 0)
        while (waitpid(lab->keeper, NULL, 0) < 0 && errno == EINTR)
            ;
    for (unsigned end = 0; end < LAB_ENDS; end++) {
        close_if_open(lab->network[end]);
        close_if_open(lab->diag[end]);
        close_if_open(lab->wire[end]);
    }
    close_if_open(lab->wire_network);
    wire_page_free(lab->page);
    free(lab);
}

/* In the child: what was refused goes through the pipe. */
static _Noreturn void try_in_child(int out)
{
    struct lab *lab = lab_new(&(struct lab_options){ 0 });
    struct lab_refusal refusal = { .step = STEP_PROCESS, .why = ENOMEM };
    if (lab) {
        refusal = set_up(lab) ? (struct lab_refusal){ .step = STEP_NONE } : lab->refusal;
        lab_close(lab);
    }
    ssize_t written = write(out, &refusal, sizeof refusal);
    _exit(written == (ssize_t)sizeof refusal ? 0 : 1);
}

bool lab_try(struct error *error)
{
    int ends[2];
    struct lab_refusal refusal = { .step = STEP_PROCESS };
    pid_t child = -1;
    if (pipe2(ends, O_CLOEXEC) == 0) {
        child = fork();
        if (child == 0)
            try_in_child(ends[1]);
        close(ends[1]);
    }
    if (child < 0) {
        error_set(error, EXIT_PERMISSION, "The lab cannot be set up: %s.", strerror(errno));
        return false;
    }
    ssize_t length;
    do
        length = read(ends[0], &refusal, sizeof refusal);
    while (length < 0 && errno == EINTR);
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (length != (ssize_t)sizeof refusal)
        refusal = (struct lab_refusal){ .step = STEP_PROCESS, .why = ECHILD };
    if (refusal.step == STEP_NONE)
        return true;
    struct lab_facts facts = refused_facts();
    refused_tell(&refusal, &facts, error);
    return false;
}

struct lab *lab_open(const struct lab_options *options, struct error *error)
{
    struct lab *lab = lab_new(options);
    if (!lab) {
        error_set(error, EXIT_UNREADABLE, "Not enough memory for the lab.");
        return NULL;
    }
    if (set_up(lab))
        return lab;
    struct lab_facts facts = refused_facts();
    refused_tell(&lab->refusal, &facts, error);
    lab_close(lab);
    return NULL;
}

struct lab *lab_open_here(const struct lab_walls *walls, struct error *error)
{
    struct lab *lab = lab_new(&(struct lab_options){ .walls = walls });
    if (lab)
        lab->here = true;
    if (lab && start_keeper(lab))
        return lab;
    error_set(error, EXIT_PERMISSION, "Programs cannot be started here: %s.",
              strerror(lab ? lab->refusal.why : ENOMEM));
    lab_close(lab);
    return NULL;
}

/* --- what is known of it --- */

bool lab_is_here(const struct lab *lab)
{
    return lab->here;
}

const char *lab_address(const struct lab *lab, enum lab_end end)
{
    return lab->here ? lab_addresses_here[end] : lab_addresses[end];
}

int lab_network(const struct lab *lab, enum lab_end end)
{
    return lab->network[end];
}

const struct wire_page *lab_wire(const struct lab *lab)
{
    return lab->page;
}

unsigned lab_settings_refused(const struct lab *lab)
{
    return lab->settings_refused;
}

int lab_diag(const struct lab *lab, enum lab_end end)
{
    return lab->diag[end];
}

int lab_descriptor(const struct lab *lab)
{
    return lab->control;
}

/* --- programs --- */

/* The words one after the other behind the request, or the data. False: there is too much of it. */
static bool pack(const struct lab_program *p, struct keeper_request *r, char bytes[LAB_WORDS_ROOM])
{
    if (p->run) {
        if (p->length > LAB_WORDS_ROOM)
            return false;
        if (p->length)
            memcpy(bytes, p->data, p->length);
        r->length = p->length;
        return true;
    }
    for (; p->words[r->words]; r->words++) {
        size_t length = strlen(p->words[r->words]) + 1;
        if (length > LAB_WORDS_ROOM - r->length)
            return false;
        memcpy(bytes + r->length, p->words[r->words], length);
        r->length += length;
    }
    return r->words > 0;
}

static bool ask(struct lab *lab, const struct keeper_request *r, char *bytes, const int *fd, unsigned fds)
{
    union {
        char room[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr aligned;
    } control = { 0 };
    struct iovec io[2] = {
        { .iov_base = (void *)(uintptr_t)r, .iov_len = sizeof *r }, { .iov_base = bytes, .iov_len = r->length },
    };
    struct msghdr message = { .msg_iov = io, .msg_iovlen = 2 };
    if (fds) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fds * sizeof *fd);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fds * sizeof *fd);
        memcpy(CMSG_DATA(c), fd, fds * sizeof *fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(lab->control, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

unsigned lab_start(struct lab *lab, const struct lab_program *p, struct error *error)
{
    struct keeper_request r = { .program = lab->programs + 1, .end = p->end, .run = p->run, .limit = p->limit,
                                .hold = p->hold };
    const int fd[] = { p->input, p->output, p->errors, p->calls };
    char *bytes = malloc(LAB_WORDS_ROOM);
    bool fits = bytes && pack(p, &r, bytes);
    bool asked = fits && ask(lab, &r, bytes, fd, p->calls ? 4 : 3);
    free(bytes);
    if (asked)
        return ++lab->programs;
    if (!fits)
        error_set(error, EXIT_USAGE, "The command for the %s host is empty, or longer than %d bytes.",
                  lab_end_names[p->end], LAB_WORDS_ROOM);
    else
        error_set(error, EXIT_PERMISSION, "Nothing can be started on the %s host any more: the lab has ended.",
                  lab_end_names[p->end]);
    return 0;
}

void lab_signal(struct lab *lab, unsigned program, int signal_number)
{
    ask(lab, &(struct keeper_request){ .program = program, .signal_number = signal_number }, NULL, NULL, 0);
}

bool lab_notice(struct lab *lab, struct lab_notice *notice)
{
    struct keeper_notice told;
    if (lab->ended)
        return false;
    ssize_t length = recv(lab->control, &told, sizeof told, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length != (ssize_t)sizeof told) {
        lab->ended = true;
        *notice = (struct lab_notice){ .kind = LAB_ENDED };
        return true;
    }
    *notice = told.notice;
    return true;
}

/* lab.h - the lab: a client host and a server host with this kernel's TCP, joined by a wire, for any user.
 *
 * In user, network, mount, PID and IPC namespaces of our own: client host 10.9.0.2/24 and fd09::2, server host
 * 10.9.0.1/24 and fd09::1, each with lo and eth0. The user is mapped to itself. What runs there holds no capability,
 * cannot get one, nor a user namespace that would have them, and ends with the lab; the lab's init ends with the
 * process that opened it, however that ends, so nothing outlives kill -9. No file is written, no other program is
 * needed, nothing of this host's own network or settings is changed.
 *
 * The process that opens a lab must have one thread. It is then itself in the user namespace, and its own network is
 * the one that the wire runs in: files stay what they were, but it cannot capture on this host's interfaces any more.
 * Captures (struct source_options: netns, interface) and sockets of the hosts' networks are opened before
 * privileges_drop(); programs can be started before and after.
 */
#ifndef SYNFIN_TRAFFIC_LAB_H
#define SYNFIN_TRAFFIC_LAB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/time.h"
#include "traffic/walls.h"
#include "traffic/wire.h"

#define LAB_INTERFACE "eth0"
#define LAB_FILTER "not (ip6 and ip6[6] = 0)"     /* for captures: without what setting it up put there */
#define LAB_MSL (30 * NS_PER_S)                   /* of the hosts' kernel: Linux stays in TIME-WAIT for 60 s */
extern const char *const lab_addresses[LAB_ENDS];         /* "10.9.0.2", "10.9.0.1" */
extern const char *const lab_addresses6[LAB_ENDS];
extern const char *const lab_addresses_here[LAB_ENDS];    /* "127.0.0.2", "127.0.0.1" */

/* A kernel setting below /proc/sys/net of the hosts: { "ipv4/tcp_syn_retries", "2" }. */
struct lab_setting {
    const char *name, *value;
    bool not_on[LAB_ENDS];        /* left as it is on this host */
};

struct lab_options {
    struct wire_options wire;
    const struct lab_setting *settings;
    unsigned setting_count;
    const struct lab_walls *walls;    /* around the commands of one end; NULL: none */
};

struct lab;

/* Does the whole set-up in a child process and takes it down again. False: `error` (EXIT_PERMISSION) says what was
 * refused, why, and the ways out. This process stays as it is. */
bool lab_try(struct error *error);

/* NULL: `error`. Where it fails half way this process is not what it was: lab_try() before tells whether it will. */
struct lab *lab_open(const struct lab_options *options, struct error *error);

/* Programs as on a lab, on this host as it is: no namespaces, no wire (its page stays empty), no settings; both
 * hosts are loopback addresses. They hold no capability, and end with this process as those of a lab do. walls:
 * NULL, or of the options. NULL: `error`. */
struct lab *lab_open_here(const struct lab_walls *walls, struct error *error);

bool lab_is_here(const struct lab *lab);

/* IPv4, as text. */
const char *lab_address(const struct lab *lab, enum lab_end end);

/* Ends everything on it and waits until it has ended. */
void lab_close(struct lab *lab);

/* A host's network namespace, for struct source_options; valid until lab_close(). */
int lab_network(const struct lab *lab, enum lab_end end);

/* What the wire counted and did so far. */
const struct wire_page *lab_wire(const struct lab *lab);

/* Settings that this kernel does not have or give. */
unsigned lab_settings_refused(const struct lab *lab);

/* Has a program on this host a TCP socket in LISTEN or a bound UDP socket? */
bool lab_listens(const struct lab *lab, enum lab_end end);

/* The same at one port. On this host as it is `there` alone tells, for others listen too. False: the kernel does not
 * tell. */
struct lab_listening {
    bool there;
    bool inward;                  /* but at a loopback address, where the other host never comes */
    uint16_t elsewhere;           /* a TCP port that something listens at; 0: none */
};
bool lab_listens_at(const struct lab *lab, enum lab_end end, uint16_t port, struct lab_listening *found);

/* Is a TCP connection under way at either end, not yet closed by both? On this host as it is: with that port. True
 * where the kernel does not tell. */
bool lab_talks(const struct lab *lab, uint16_t port);

/* What asks this host's kernel for its sockets (kernel/sockets.h), whatever privileges are left; valid until
 * lab_close(). */
int lab_diag(const struct lab *lab, enum lab_end end);

/* --- programs --- */

enum { LAB_PROGRAMS = 64, LAB_WORDS_ROOM = 64 * 1024 };

struct lab_program {
    enum lab_end end;
    char *const *words;           /* ends with NULL; the first one is looked for in PATH */
    /* Instead of words: runs in the new process and gives its exit status; `data` is a copy. */
    int (*run)(const void *data, size_t length);
    const void *data;
    size_t length;                /* LAB_WORDS_ROOM at most, as all words together */
    int input, output, errors;    /* become descriptors 0, 1, 2; the caller keeps and closes its own */
    int calls;                    /* recording_new()'s other end: its calls are recorded (record.h); 0: they are not */
    bool hold;                    /* then each waits for leave */
    nanoseconds limit;            /* killed after so long; 0: never */
};

/* Starts it in a session of its own, in this process's folder. Its number (from 1), or 0: `error`. */
unsigned lab_start(struct lab *lab, const struct lab_program *program, struct error *error);

/* To the program and all that it started in its process group. */
void lab_signal(struct lab *lab, unsigned program, int signal_number);

enum lab_notice_kind {
    LAB_PROGRAM_ENDED,
    LAB_PROGRAM_FAILED,           /* could not be started: status is errno */
    LAB_WIRE_ENDED,               /* somebody killed it: no frame gets through any more */
    LAB_ENDED,                    /* somebody killed its init, and with it everything */
};

struct lab_notice {
    enum lab_notice_kind kind;
    unsigned program;
    int status;                   /* as of waitpid(2) */
    bool timed_out;               /* its limit was over */
};

/* What to poll for reading; then lab_notice() gives one, without waiting, until it gives false. */
int lab_descriptor(const struct lab *lab);
bool lab_notice(struct lab *lab, struct lab_notice *notice);

#endif

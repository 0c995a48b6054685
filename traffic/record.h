/* record.h - the socket calls that a program makes, whoever wrote it and in whatever language, as it makes them.
 *
 * By ptrace(2), with a seccomp filter so that it stops for socket calls only. That sees statically linked programs and
 * languages that make their system calls themselves (a preloaded library does not), sees what each call returned (a
 * seccomp notification does not), can hold a call before it is made, and needs no privilege.
 *
 * Two processes and a socket pair between them. The recorder takes the program's place: it starts the program as its
 * child, in a session of its own, traces it with all its threads and children, passes signals on to it, and ends as it
 * ended, once all that it traced has ended; nothing traced outlives it. The other side is a struct recording.
 *
 * Recorded are the calls on TCP and UDP sockets over IPv4 and IPv6. What closes a socket without close() (dup2() onto
 * it, execve()) is told as a close() with the arguments "by dup2()". Not seen: 32-bit programs under a 64-bit kernel
 * (said), io_uring, preadv2() and pwritev2(), sockets in the messages of sendmmsg(). As under any ptrace, epoll_wait()
 * may return EINTR for a signal that the program ignores, a debugger cannot be used on the program, and set-user-ID
 * programs gain nothing.
 *
 * What it costs (a virtual machine, otherwise idle): each recorded call takes 25 us longer, each read() or write() of a
 * file or pipe 7 us, other system calls nothing; five times that and more where program and recorder are on different
 * processors that sleep in between.
 */
#ifndef SYNFIN_TRAFFIC_RECORD_H
#define SYNFIN_TRAFFIC_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/call.h"
#include "capture/calls.h"

#define RECORDER_NAME "synfin-record"     /* its comm */

enum recorded_kind {
    RECORDED_HELD,                /* about to be made: waits until recording_release(call.number) */
    RECORDED_MADE,                /* at call.time. CALL_EXIT: of each socket that the kernel closes with a process */
    RECORDED_KNOWN,               /* it goes on, and its ends are known by now: a connect() that waits */
    RECORDED_RETURNED,            /* at call.end, with result and error; its ends as far as they are known by now */
    RECORDED_ENDED,               /* the process call.pid has ended */
    RECORDED_PROGRAM_ENDED,       /* the program's first process has ended; others may go on */
    RECORDED_REFUSED,             /* this system does not let it: the program runs unrecorded. status: errno */
    RECORDED_FOREIGN,             /* the process call.pid runs a program for another kind of processor: unrecorded */
    RECORDED_KINDS
};

/* Of call: number (from 1, the same in each message about one call), pid (the process) and program always; fd, protocol
 * and ends as far as they are known; args from HELD and MADE (from RETURNED where
 * it tells more), result and error from RETURNED. `who` is for the caller
 * to set. The texts point into this struct: NULL or its own arrays. */
struct recorded {
    enum recorded_kind kind;
    struct true_call call;
    int32_t thread;               /* which made it */
    int32_t status;               /* of what ended, as of waitpid(2); errno */
    uint64_t lost;                /* messages so far that the reader was too slow for */
    char args[CALLS_TEXT_MOST + 1], result[24], error[24], program[64];
};

/* The recorder: in a process of one thread made for it. Runs `program` in a child and ends, with its exit status or by
 * its signal. `socket` is recording_new()'s other end, and is not seen by the program. hold: each call waits for leave,
 * each thread for itself. Whatever becomes of the reader, the program goes on: where it is gone, at once, and where it
 * is slow, what it has no room for is lost and counted. */
_Noreturn void record_run(int socket, bool hold, int (*program)(void *self), void *self);

/* Can calls be recorded on this system? A program that calls nothing is tried, in a child. False: errno says why. */
bool record_try(void);

/* --- the other side --- */

struct recording;

/* NULL: there is no memory or descriptor left. *theirs is for the recorder; the caller closes its own copy. */
struct recording *recording_new(int *theirs);
void recording_free(struct recording *recording);

/* What to poll for reading; -1 once it has ended. */
int recording_descriptor(const struct recording *recording);

/* The next message, without waiting; false: none now. */
bool recording_next(struct recording *recording, struct recorded *recorded);

/* All that was recorded has ended, and was read. */
bool recording_ended(const struct recording *recording);

/* Lets a held call be made. */
void recording_release(struct recording *recording, uint32_t number);

#endif

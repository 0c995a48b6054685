/* The recorder's messages. Whatever becomes of the reader, the program goes on. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "traffic/record_parts.h"

enum { PATIENCE_MS = 1000 };      /* for a reader that is slow, until it has read again */

static bool send_all(struct recorder *r, struct recorded *m)
{
    struct pollfd polled = { .fd = r->socket, .events = POLLOUT };
    while (!r->gone) {
        m->lost = r->lost;
        if (send(r->socket, m, sizeof *m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof *m) {
            r->slow = false;
            return true;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != ENOBUFS) {
            r->gone = true;
            break;
        }
        if (r->slow || poll(&polled, 1, PATIENCE_MS) == 0) {
            r->slow = true;
            break;
        }
    }
    r->lost++;
    return false;
}

/* By /proc, where that is this namespace's. The name is asked for once, and again after execve(). */
static const char *name_of(struct holder *process)
{
    char path[32], self[16] = "";
    if (process->name[0])
        return process->name;
    snprintf(path, sizeof path, "%d", getpid());
    if (readlink("/proc/self", self, sizeof self - 1) < 0 || strcmp(path, self) != 0)
        return "";
    snprintf(path, sizeof path, "/proc/%d/comm", process->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, process->name, sizeof process->name - 1);
    if (fd >= 0)
        close(fd);
    process->name[length > 0 ? length : 0] = '\0';
    process->name[strcspn(process->name, "\n")] = '\0';
    return process->name;
}

static void fill(struct recorded *m, const struct tracee *t, const struct going *going)
{
    if (going)
        m->call = going->call;
    m->call.pid = t->process->pid;
    m->thread = t->thread;
    snprintf(m->program, sizeof m->program, "%s", name_of(t->process));
}

bool tell(struct recorder *r, enum recorded_kind kind, const struct tracee *t, const struct going *going, int status)
{
    struct recorded m = { .kind = kind, .call.fd = -1, .call.pid = -1, .status = status };
    if (kind == RECORDED_PROGRAM_ENDED)
        m.call.pid = r->program;
    if (t)
        fill(&m, t, going);
    if (going && (kind == RECORDED_HELD || kind == RECORDED_MADE) && going->call.call != CALL_EXIT)
        asked_words(m.args, &going->asked);
    return send_all(r, &m);
}

void tell_returned(struct recorder *r, const struct tracee *t, const struct going *going, int64_t result)
{
    struct recorded m = { .kind = RECORDED_RETURNED };
    fill(&m, t, going);
    const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;
    snprintf(m.result, sizeof m.result, "%lld", result < 0 ? -1LL : (long long)result);
    if (result < 0)
        snprintf(m.error, sizeof m.error, "%s", name ? name : "unknown");
    else
        returned_words(m.args, &going->asked);
    send_all(r, &m);
}

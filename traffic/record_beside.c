/* What a system call does to other sockets than the one that it is about: it closes them, or takes them along in a
 * message to another process. */
#include <linux/close_range.h>

#include "base/clock.h"
#include "traffic/record_parts.h"

/* --- closing --- */

void beside_close_range(struct recorder *r, struct tracee *t)
{
    const uint64_t *arg = t->going.asked.arg;
    struct holder *process = t->process;
    for (unsigned i = process->count; i-- > 0 && !((unsigned)arg[2] & CLOSE_RANGE_CLOEXEC);) {
        struct going one = { .told = true, .asked = t->going.asked };
        struct socket_facts facts;
        if (i >= process->count)  /* others were found closed on the way */
            continue;
        one.call = (struct true_call){ .call = CALL_CLOSE, .fd = process->held[i].fd, .number = r->number + 1 };
        if ((unsigned)one.call.fd < (unsigned)arg[0] || (unsigned)one.call.fd > (unsigned)arg[1])
            continue;
        look(r, t, one.call.fd, &facts);
        if (!facts.protocol)
            continue;
        r->number++;
        take_facts(&one.call, &facts);
        close_begins(r, t, &one);
        one.call.time = one.call.end = clock_wall();
        one.call.returned = true;
        tell(r, RECORDED_MADE, t, &one, 0);
        tell_returned(r, t, &one, 0);
    }
}

/* By the call `by`, which has succeeded: only then it is known, and told as made when that was. As at a process's end,
 * what another descriptor has too is not told. */
static void tell_closed(struct recorder *r, struct tracee *t, const struct going *by, const struct held *held)
{
    if (holders_share(&r->holders, t->process, held->fd, held->cookie))
        return;
    struct going one = { .told = true, .asked = by->asked, .call = {
        .call = CALL_CLOSE, .fd = held->fd, .protocol = held->protocol, .local = held->local, .remote = held->remote,
        .time = by->call.time, .end = clock_wall(), .returned = true, .number = ++r->number,
    } };
    tell(r, RECORDED_MADE, t, &one, 0);
    tell_returned(r, t, &one, 0);
}

void beside_executed(struct recorder *r, struct tracee *t, const struct going *going)
{
    for (unsigned i = t->process->count; i-- > 0;) {
        struct socket_facts facts;
        if (i >= t->process->count)
            continue;
        const struct held held = t->process->held[i];
        look(r, t, held.fd, &facts);
        if (facts.seen && !facts.protocol)
            tell_closed(r, t, going, &held);
    }
}

/* --- messages between processes --- */

static unsigned sockets_in(struct recorder *r, struct tracee *t, const struct going *going,
                           void (*each)(struct holders *holders, uint64_t cookie))
{
    int32_t fds[RIGHTS_MOST];
    unsigned count = asked_rights(&going->asked, fds), sockets = 0;
    for (unsigned i = 0; i < count; i++) {
        struct socket_facts facts;
        look(r, t, fds[i], &facts);
        if (!facts.protocol || !facts.cookie)
            continue;
        each(&r->holders, facts.cookie);
        sockets++;
    }
    return sockets;
}

/* --- before and after --- */

bool beside_begins(struct recorder *r, struct tracee *t, struct going *going)
{
    const uint64_t *arg = going->asked.arg;
    const struct held *over;
    struct socket_facts facts;
    if (going->told && going->call.protocol)
        return false;             /* it is told for its own */
    switch (going->asked.meaning->shape) {
    case SHAPE_DUP_TO:
        if (arg[0] != arg[1] && holder_find(t->process, (int32_t)arg[1])) {
            look(r, t, (int32_t)arg[1], &facts);
            if ((over = holder_find(t->process, (int32_t)arg[1])))
                going->over = *over;
        }
        return true;
    case SHAPE_SENDMSG:
        going->told = false;
        return t->process->count && sockets_in(r, t, going, holders_send);
    case SHAPE_RECVMSG:
        going->told = false;
        return asked_for_rights(&going->asked);
    default: return false;
    }
}

void beside_returns(struct recorder *r, struct tracee *t, struct going *going, int64_t result)
{
    struct socket_facts facts;
    switch (going->asked.meaning->shape) {
    case SHAPE_DUP_TO:
        if (result >= 0 && going->over.protocol) {
            holder_drop(&r->holders, t->process, going->over.fd);
            tell_closed(r, t, going, &going->over);
        }
        /* fall through */
    case SHAPE_DUP:
    case SHAPE_FCNTL:
        if (result >= 0)
            look(r, t, (int32_t)result, &facts);
        break;
    case SHAPE_SENDMSG:
        if (result < 0)
            sockets_in(r, t, going, holders_receive);
        break;
    case SHAPE_RECVMSG:
        if (result >= 0)
            sockets_in(r, t, going, holders_receive);
        break;
    default: break;
    }
}

#include "ui/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "decode/sequence.h"
#include "ui/pane.h"

enum { WAITING_MAX = 256 };       /* segments of one direction that wait for what is before them */

/* One direction of a connection. */
struct direction {
    bool known;                   /* next and first are */
    uint32_t next;                /* sequence number behind all that is in order */
    uint32_t first;               /* of its first byte */
    uint32_t placed;              /* the latest frame placed */
    unsigned waiting;             /* steps in order of their sequence numbers */
    const struct step *early[WAITING_MAX];
};

struct ordering {
    struct pieces *pieces;
    unsigned only;
    struct direction to[2];       /* by sending end */
};

static void add(struct ordering *o, struct piece piece)
{
    struct pieces *p = o->pieces;
    if (piece.step && o->only < NO_END && piece.step->who != o->only)
        return;
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 64;
        struct piece *all = realloc(p->all, room * sizeof *all);
        if (!all) {
            p->failed = true;
            return;
        }
        p->all = all;
        p->room = room;
    }
    p->all[p->count++] = piece;
}

static uint32_t payload_seq(const struct step *step)
{
    return step->segment.seq + (step->segment.flags & TCP_SYN ? 1 : 0);
}

/* Its payload reaches to, or beyond, what is in order; or bytes before it are missing. */
static void place(struct ordering *o, const struct step *step)
{
    struct direction *d = &o->to[step->who];
    bool early = step->frame < d->placed;
    uint32_t seq = payload_seq(step), end = seq + step->segment.payload;
    d->placed = early ? d->placed : step->frame;
    if (!seq_after(end, d->next)) {
        add(o, (struct piece){ .step = step, .kind = PIECE_AGAIN, .early = early });
        return;
    }
    uint32_t skip = seq_before(seq, d->next) ? d->next - seq : 0;
    add(o, (struct piece){ .step = step, .kind = PIECE_NEW, .early = early, .skip = skip, .length = end - seq - skip,
                           .missing = seq + skip - d->next, .offset = seq + skip - d->first });
    d->next = end;
}

/* Those that wait no longer: what was before them has come, or (`before`) will not come. */
static void release(struct ordering *o, unsigned who, uint32_t before, bool all)
{
    struct direction *d = &o->to[who];
    unsigned n = 0;
    while (n < d->waiting) {
        uint32_t seq = payload_seq(d->early[n]);
        if (!all && seq_after(seq, d->next) && !seq_before(seq, before))
            break;
        place(o, d->early[n++]);
    }
    d->waiting -= n;
    memmove(d->early, d->early + n, d->waiting * sizeof *d->early);
}

static void wait(struct ordering *o, const struct step *step)
{
    struct direction *d = &o->to[step->who];
    if (d->waiting == WAITING_MAX)
        release(o, step->who, 0, true);
    unsigned at = d->waiting++;
    for (; at && seq_before(payload_seq(step), payload_seq(d->early[at - 1])); at--)
        d->early[at] = d->early[at - 1];
    d->early[at] = step;
}

static void order_segment(struct ordering *o, const struct scene *scene)
{
    const struct step *step = scene->unit;
    struct direction *d = &o->to[step->who];
    if (step->segment.flags & TCP_RST)
        return;
    if (!d->known) {
        d->known = true;
        d->next = d->first = payload_seq(step);
    }
    if (step->segment.payload == 0)
        return;
    if (step->segment.duplicate_of)
        add(o, (struct piece){ .step = step, .kind = PIECE_TWICE });
    else if (scene->refused)
        add(o, (struct piece){ .step = step, .kind = PIECE_IGNORED });
    else if (seq_after(payload_seq(step), d->next))
        wait(o, step);
    else
        place(o, step);
    release(o, step->who, d->next, false);
}

/* What the peer acknowledges has arrived, captured or not. */
static void note_ack(struct ordering *o, const struct scene *scene)
{
    const struct step *step = scene->unit;
    if (step->segment.flags & TCP_ACK && !(step->segment.flags & TCP_RST) && !scene->refused &&
        step->segment.known >= 12 && o->to[!step->who].waiting)
        release(o, !step->who, step->segment.ack, false);
}

static void give_up_waiting(struct ordering *o)
{
    release(o, 0, 0, true);
    release(o, 1, 0, true);
}

static void order_scene(struct ordering *o, const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (!unit || unit->who >= NO_END)
        return;
    if (unit->kind == EVENT_UDP_DATAGRAM) {
        add(o, (struct piece){ .step = unit, .kind = PIECE_NEW, .length = unit->datagram.payload });
        return;
    }
    note_ack(o, scene);
    order_segment(o, scene);
}

/* The present's own piece; where its segment has none, one is put behind the last piece that is not later. */
static void find_now(struct ordering *o, const struct present *present)
{
    struct pieces *p = o->pieces;
    const struct scenes *s = present->scenes;
    const struct scene *scene = present->scene < s->count ? &s->scenes[present->scene] : NULL;
    size_t behind = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (scene && scene->unit && p->all[i].step == scene->unit) {
            p->now = i;
            return;
        }
        if (scene && (!p->all[i].step || p->all[i].step->frame <= present->frame))
            behind = i + 1;
    }
    p->now = behind;
    add(o, (struct piece){ .kind = PIECE_NOW });
    if (p->count > behind + 1) {
        struct piece now = p->all[p->count - 1];
        memmove(&p->all[behind + 1], &p->all[behind], (p->count - 1 - behind) * sizeof *p->all);
        p->all[behind] = now;
    }
}

void pieces_make(struct pieces *pieces, const struct present *present, unsigned only)
{
    *pieces = (struct pieces){ .now = 0 };
    const struct scenes *s = present->scenes;
    struct ordering *o = calloc(1, sizeof *o);
    if (!o) {
        pieces->failed = true;
        return;
    }
    o->pieces = pieces;
    o->only = only;
    size_t count = !present->hide_later ? s->count : present->scene < s->count ? present->scene + 1 : 0;
    for (size_t i = 0; i < count; i++) {
        if (i == s->gap) {
            give_up_waiting(o);
            add(o, (struct piece){ .kind = PIECE_LEFT_OUT });
            o->to[0].known = o->to[1].known = false;
        }
        order_scene(o, &s->scenes[i]);
    }
    give_up_waiting(o);
    find_now(o, present);
    free(o);
}

void pieces_free(struct pieces *pieces)
{
    free(pieces->all);
    *pieces = (struct pieces){ .now = 0 };
}

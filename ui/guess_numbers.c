/* Sequence numbers of the next data, and what acknowledges it. All numbers here are relative. */
#include <stdio.h>

#include "report/words.h"
#include "ui/guess_make.h"

static bool relative(const struct guess_world *w, unsigned end, uint32_t seq, uint32_t *n)
{
    return words_relative_seq(as_connection(w->of), end, seq, true, n);
}

static void offer(struct guess *g, const char *name, uint32_t n)
{
    char what[GUESS_WHAT];
    snprintf(what, sizeof what, "%s=%u", name, n);
    guess_offer(g, what, "%s", "");
}

/* `wrong`: what the number is easily taken for. Where it is asked it follows from the question. */
static void offer_numbers(struct guess *g, const char *name, uint32_t right, const uint32_t *wrong, unsigned count)
{
    offer(g, name, right);
    for (unsigned i = 0; i < count; i++)
        offer(g, name, wrong[i]);
    offer(g, name, right + 1);
}

/* The other end's segment that ends where this ACK says. */
static const struct step *acknowledged(const struct guess_world *w)
{
    for (size_t i = w->at, far = 0; i-- && far < GUESS_BACK; far++) {
        const struct step *unit = w->scenes->scenes[i].unit;
        if (unit && unit->kind == EVENT_TCP_SEGMENT && unit->who == w->other && unit->segment.known >= 14 &&
            unit->segment.payload && guess_behind(unit) == w->unit->segment.ack)
            return unit;
    }
    return NULL;
}

static bool duplicate(struct guess *g, const struct guess_world *w, uint32_t right)
{
    const struct step *last = guess_last_unit(w, w->other);
    uint32_t behind;
    if (!last || !relative(w, w->other, guess_behind(last), &behind) || behind == right)
        return false;
    guess_says(g, "Something reaches the %s, but not the segment that is next in order. Which number is in its ACK?",
               guess_side(w, w->who));
    offer_numbers(g, "ack", right, (uint32_t[]){ behind, right ? right - 1 : right + 2 }, 2);
    guess_lesson(g, "ack=%u says: everything before byte %u is here, byte %u is not. That stays so until it comes.",
                 right, right, right);
    return true;
}

static bool acknowledges(struct guess *g, const struct guess_world *w)
{
    uint32_t right, seq;
    char words[GUESS_SEGMENT];
    if (!relative(w, w->other, w->unit->segment.ack, &right))
        return false;
    if (w->unit->segment.marks & MARK_DUPLICATE_ACK)
        return duplicate(g, w, right);
    const struct step *data = acknowledged(w);
    if (!data || w->unit->segment.marks || right < 2 || !relative(w, w->other, data->segment.seq, &seq))
        return false;
    guess_says(g, "The %s acknowledges frame %u (%s) and all before it. Which number is in its ACK?",
               guess_side(w, w->who), data->frame, guess_segment(w, data, words));
    offer_numbers(g, "ack", right, (uint32_t[]){ right - 1, seq, data->segment.payload, seq + 1 }, 4);
    guess_lesson(g, "seq=%u and %u bytes: the next byte that the %s expects is %u, and ack always names that.", seq,
                 data->segment.payload, guess_side(w, w->who), right);
    return true;
}

/* The segment of its sender, believed, that reaches furthest; NULL: none that is near. */
static const struct step *furthest(const struct guess_world *w)
{
    const struct step *found = NULL;
    for (size_t i = w->at, far = 0; i-- && far < GUESS_BACK; far++) {
        const struct step *unit = w->scenes->scenes[i].refused ? NULL : w->scenes->scenes[i].unit;
        if (unit && unit->kind == EVENT_TCP_SEGMENT && unit->who == w->who && unit->segment.known >= 14 &&
            !(unit->segment.marks & (MARK_ZERO_WINDOW_PROBE | MARK_KEEP_ALIVE)) &&
            (!found || (int32_t)(guess_behind(unit) - guess_behind(found)) > 0))
            found = unit;
    }
    return found;
}

static bool sends(struct guess *g, const struct guess_world *w)
{
    const struct step *last = furthest(w);
    uint32_t seq, length = w->unit->segment.payload, before;
    char words[GUESS_SEGMENT];
    if (w->unit->segment.marks || !last || guess_behind(last) != w->unit->segment.seq ||
        !relative(w, w->who, w->unit->segment.seq, &seq) || !relative(w, w->who, last->segment.seq, &before) || !seq)
        return false;
    if (w->pick & 1) {
        guess_says(g, "The program of the %s sends %u bytes that it has not sent before. Which seq has the segment?",
                   guess_side(w, w->who), length);
        offer_numbers(g, "seq", seq, (uint32_t[]){ before, seq + length, length, seq - 1 }, 4);
        guess_lesson(g, "Frame %u was seq=%u and took %u: the next byte has the number %u.", last->frame, before,
                     guess_behind(last) - last->segment.seq, seq);
    } else {
        guess_says(g, "The %s sends %s. Which ack of the %s will say that all of it has arrived?",
                   guess_side(w, w->who), guess_segment(w, w->unit, words), guess_side(w, w->other));
        offer_numbers(g, "ack", seq + length, (uint32_t[]){ seq + length - 1, seq, length, seq + 1 }, 4);
        guess_lesson(g, "seq=%u and %u bytes: ack=%u, the next byte that the %s expects.", seq, length, seq + length,
                     guess_side(w, w->other));
    }
    return true;
}

bool guess_numbers(struct guess *g, const struct guess_world *w)
{
    unsigned flags = w->unit->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
    if (flags != TCP_ACK || w->scene->refused)
        return false;
    return w->unit->segment.payload ? sends(g, w) : acknowledges(g, w);
}

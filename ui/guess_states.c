/* Where a segment takes an end, in the states of figure 5. */
#include "ui/guess_make.h"

static const char *const meanings[STATE_COUNT] = {
    [STATE_CLOSED] = "there is no connection",
    [STATE_LISTEN] = "waits for a SYN",
    [STATE_SYN_SENT] = "has sent a SYN",
    [STATE_SYN_RECEIVED] = "has answered a SYN with its own",
    [STATE_ESTABLISHED] = "open, both ways",
    [STATE_FIN_WAIT_1] = "its FIN is not acknowledged yet",
    [STATE_FIN_WAIT_2] = "its FIN is acknowledged, the other is to come",
    [STATE_CLOSE_WAIT] = "got a FIN, and its program has not closed",
    [STATE_CLOSING] = "both FINs sent, they crossed",
    [STATE_LAST_ACK] = "closed second, its FIN is not acknowledged yet",
    [STATE_TIME_WAIT] = "all is acknowledged; waits 2 MSL",
};

static void offer(struct guess *g, unsigned state)
{
    if (meanings[state])
        guess_offer(g, tcp_state_names[state], "%s", meanings[state]);
}

/* The right one, where other events would have led from the state before, the one before, and what else there is. */
static void offer_states(struct guess *g, const struct guess_world *w, unsigned end)
{
    static const uint8_t rest[] = { STATE_CLOSE_WAIT, STATE_FIN_WAIT_2, STATE_CLOSED, STATE_ESTABLISHED };
    unsigned before = w->before[end], offset = w->pick % 4, wrong = 0;
    offer(g, w->after[end]);
    for (unsigned i = 0; i < tcp_arc_count && wrong < 2; i++) {
        const struct arc *arc = &tcp_arcs[(i + offset) % tcp_arc_count];
        if (arc->from == before && arc->to != w->after[end]) {
            offer(g, arc->to);
            wrong++;
        }
    }
    offer(g, before);
    for (unsigned i = 0; i < sizeof rest; i++)
        offer(g, rest[i]);
}

/* A segment that is not believed moves nobody. */
static bool ignored(struct guess *g, const struct guess_world *w)
{
    char words[GUESS_SEGMENT];
    unsigned end = w->other;
    if (!w->scene->refused || w->scene->state[end] || w->after[end] == STATE_UNKNOWN || w->after[end] != w->before[end])
        return false;
    guess_says(g, "A segment of the %s comes: %s. Which state is the %s in then? Look at the numbers.",
               guess_side(w, w->who), guess_segment(w, w->unit, words), guess_side(w, end));
    offer_states(g, w, end);
    return true;
}

/* Which end to ask about, or NO_END. Of a FIN it is its sender: that the other end has it, only its answer shows. */
static unsigned end_asked(const struct guess_world *w)
{
    bool sender = w->scene->state[w->who], receiver = w->scene->state[w->other];
    unsigned flags = w->unit->segment.flags;
    if (flags & TCP_RST)
        return receiver ? w->other : sender ? w->who : NO_END;
    if (flags & (TCP_FIN | TCP_SYN))
        return sender ? w->who : NO_END;
    if (sender && receiver)
        return w->pick & 1 ? w->who : w->other;
    return receiver ? w->other : sender ? w->who : NO_END;
}

static bool moved(struct guess *g, const struct guess_world *w)
{
    char words[GUESS_SEGMENT];
    unsigned end = end_asked(w), flags = w->unit->segment.flags;
    if (end == NO_END || w->after[end] == STATE_UNKNOWN)
        return false;
    const char *because = flags & TCP_FIN ? " (its program sends no more)" : "";
    guess_says(g, "Now the %s sends %s%s. Which state is the %s in then?", guess_side(w, w->who),
               guess_segment(w, w->unit, words), because, guess_side(w, end));
    offer_states(g, w, end);
    return true;
}

bool guess_states(struct guess *g, const struct guess_world *w)
{
    return w->scene->refused ? ignored(g, w) : moved(g, w);
}

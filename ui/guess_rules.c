/* What comes next where TCP's rules decide it. What a program decides is said in the question. */
#include "report/words.h"
#include "ui/guess_make.h"

/* RFC 9293 3.10.7.2: a SYN to a socket that listens. */
static bool syn_answered(struct guess *g, const struct guess_world *w)
{
    unsigned syn_ack = TCP_SYN | TCP_ACK;
    if ((w->unit->segment.flags & (syn_ack | TCP_RST)) != syn_ack || w->before[w->other] != STATE_SYN_SENT ||
        w->after[w->who] != STATE_SYN_RECEIVED || w->before[w->who] > STATE_LISTEN)
        return false;
    const char *who = guess_side(w, w->who), *other = guess_side(w, w->other);
    guess_says(g, "A program listens on port %u. What does the %s send, and which end comes to which state?",
               w->of->key.port[w->who], who);
    guess_offer(g, "SYN,ACK", "%s: SYN-RECEIVED", who);
    guess_offer(g, "ACK", "%s: ESTABLISHED", who);
    guess_offer(g, "RST,ACK", "%s: CLOSED", other);
    guess_offer(g, "SYN", "%s: SYN-SENT", who);
    return true;
}

/* RFC 9293 3.10.7.1. */
static bool syn_refused(struct guess *g, const struct guess_world *w)
{
    if (!(w->unit->segment.flags & TCP_RST) || w->before[w->other] != STATE_SYN_SENT ||
        w->scene->state[w->other] != STATE_CLOSED || w->before[w->who] > STATE_LISTEN)
        return false;
    const char *who = guess_side(w, w->who), *other = guess_side(w, w->other);
    char flags[WORDS_FLAGS_MAX];
    *words_flags_write(flags, w->unit->segment.flags) = '\0';
    guess_says(g, "Suppose no socket listens on port %u. What does the TCP of the %s answer, and which end comes to "
               "which state?", w->of->key.port[w->who], who);
    guess_offer(g, flags, "%s: CLOSED", other);
    guess_offer(g, "SYN,ACK", "%s: SYN-RECEIVED", who);
    guess_offer(g, "FIN,ACK", "%s: CLOSE-WAIT", other);
    guess_offer(g, "nothing", "%s: SYN-SENT, until it gives up", other);
    return true;
}

static bool pure_ack(const struct step *unit)
{
    return (unit->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK && !unit->segment.payload;
}

/* RFC 9293 3.10.7.3. */
static bool syn_ack_answered(struct guess *g, const struct guess_world *w)
{
    const struct step *last = guess_last_unit(w, w->other);
    if (!pure_ack(w->unit) || w->before[w->who] != STATE_SYN_SENT || w->scene->state[w->who] != STATE_ESTABLISHED ||
        !last || !(last->segment.flags & TCP_SYN))
        return false;
    const char *who = guess_side(w, w->who);
    guess_says(g, "The SYN,ACK has reached the %s. What does its kernel send, and where does that take it?", who);
    guess_offer(g, "ACK", "%s: ESTABLISHED", who);
    guess_offer(g, "SYN,ACK", "%s: SYN-RECEIVED", who);
    guess_offer(g, "nothing", "%s: ESTABLISHED without it", who);
    guess_offer(g, "cannot be known", "it depends on what its program calls next");
    return true;
}

/* An ACK of a FIN, by the states that its sender goes between; the first option is the right one. */
struct ack_of_fin {
    uint8_t from, to;
    uint8_t other;                    /* the other end comes to it; STATE_UNKNOWN: stays */
    const char *says;                 /* of its sender */
    struct { const char *what, *state; bool others; } options[GUESS_OPTIONS];
};

static const struct ack_of_fin acks_of_fin[] = {
    { STATE_ESTABLISHED, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2,
      "The FIN has reached the %s, whose program does not call close() yet. What does its kernel send, and which end "
      "comes to which state?",
      { { "ACK", "FIN-WAIT-2", true }, { "FIN,ACK", "TIME-WAIT", true }, { "RST", "CLOSED", true },
        { "nothing", "ESTABLISHED, until its program closes", false } } },
    { STATE_FIN_WAIT_2, STATE_TIME_WAIT, STATE_CLOSED,
      "The FIN has reached the %s, too. What does its kernel send, and where does that take it?",
      { { "ACK", "TIME-WAIT", false }, { "ACK", "CLOSED", false }, { "FIN,ACK", "LAST-ACK", false },
        { "nothing", "CLOSED", false } } },
    { STATE_FIN_WAIT_1, STATE_CLOSING, STATE_UNKNOWN,
      "A FIN has reached the %s and acknowledges nothing of its own: they crossed. What does its kernel send?",
      { { "ACK", "CLOSING", false }, { "ACK", "FIN-WAIT-2", false }, { "FIN,ACK", "LAST-ACK", false },
        { "RST", "CLOSED", false } } },
};

static bool fin_answered(struct guess *g, const struct guess_world *w)
{
    for (unsigned i = 0; i < sizeof acks_of_fin / sizeof *acks_of_fin; i++) {
        const struct ack_of_fin *a = &acks_of_fin[i];
        if (!pure_ack(w->unit) || w->before[w->who] != a->from || w->after[w->who] != a->to ||
            w->scene->state[w->other] != a->other)
            continue;
        guess_says(g, a->says, guess_side(w, w->who));
        for (unsigned j = 0; j < GUESS_OPTIONS; j++)
            guess_offer(g, a->options[j].what, "%s: %s", guess_side(w, a->options[j].others ? w->other : w->who),
                        a->options[j].state);
        return true;
    }
    return false;
}

/* RFC 9293 3.6.1: data for a socket that its program has closed. */
static bool dead_socket(struct guess *g, const struct guess_world *w)
{
    size_t from = 0;
    const struct step *move;
    while ((move = scene_step(w->story, w->scene, EVENT_TCP_STATE, &from)))
        if (move->because.sentence == SENTENCE_ABORT_AFTER_CLOSE)
            break;
    if (!move || !(w->unit->segment.flags & TCP_RST) || w->after[w->other] != STATE_CLOSED)
        return false;
    const char *who = guess_side(w, w->who), *other = guess_side(w, w->other);
    guess_says(g, "Data reaches the %s, whose program has closed the socket: nobody can read it. What does its kernel "
               "send?", who);
    guess_offer(g, "RST", "%s: CLOSED", other);
    guess_offer(g, "ACK", "the data waits until a program reads it");
    guess_offer(g, "FIN,ACK", "%s: CLOSE-WAIT", other);
    guess_offer(g, "nothing", "the %s sends it again and again", other);
    return true;
}

/* Nothing is on its way, and no byte of payload was sent: only a program can go on. */
static bool open_and_idle(struct guess *g, const struct guess_world *w)
{
    const struct step *last = guess_last_unit(w, NO_END);
    if (!w->unit->segment.payload || w->unit->segment.marks || w->unit->segment.flags & (TCP_SYN | TCP_FIN | TCP_RST) ||
        w->before[0] != STATE_ESTABLISHED || w->before[1] != STATE_ESTABLISHED || !last || !pure_ack(last))
        return false;
    for (size_t i = 0; i < w->at; i++) {
        const struct step *unit = w->scenes->scenes[i].unit;
        if (i > 8 || (unit && unit->segment.payload))
            return false;
    }
    guess_says(g, "The connection is open, and nothing waits for an answer. What does TCP say comes next?");
    guess_offer(g, "cannot be known", "it depends on what the programs call next");
    guess_offer(g, "data of the client", "who opened it speaks first");
    guess_offer(g, "data of the server", "a server greets first");
    guess_offer(g, "another ACK", "every ACK is acknowledged in its turn");
    guess_lesson(g, "TCP is silent until a program calls send() or close(). Here that of the %s did.",
                 guess_side(w, w->who));
    return true;
}

bool guess_rules(struct guess *g, const struct guess_world *w)
{
    if (w->scene->refused || w->unit->segment.marks & MARKS_SENT_AGAIN)
        return false;
    return syn_answered(g, w) || syn_refused(g, w) || syn_ack_answered(g, w) || fin_answered(g, w) ||
           dead_socket(g, w) || open_and_idle(g, w);
}

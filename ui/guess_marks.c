/* What is remarkable about a segment, by the names of decode/marks.h. */
#include "report/words.h"
#include "ui/guess_make.h"

/* What a segment can be taken for. Never offered as wrong where it is one of the segment's own marks. */
struct kind {
    uint32_t mark;                    /* 0: none of them */
    const char *what, *effect;
};

enum {
    AGAIN, NEEDLESS, PROBE, PROBE_ANSWER, ALIVE, ALIVE_ANSWER, WINDOW_0, GAP, OVERTAKEN, UNSEEN, UPDATE, FULL, NEW,
    DUPLICATE
};

static const struct kind kinds[] = {
    [AGAIN] = { MARK_RETRANSMISSION | MARK_FAST_RETRANSMISSION, "sent again",
                "it was sent before, and is not acknowledged" },
    [NEEDLESS] = { MARK_SPURIOUS_RETRANSMISSION, "sent needlessly", "it had been acknowledged already" },
    [PROBE] = { MARK_ZERO_WINDOW_PROBE, "window probe", "has the closed window opened?" },
    [PROBE_ANSWER] = { MARK_ZERO_WINDOW_PROBE_ACK, "probe answered", "the window is still closed" },
    [ALIVE] = { MARK_KEEP_ALIVE, "keep-alive", "is the other end still there?" },
    [ALIVE_ANSWER] = { MARK_KEEP_ALIVE_ACK, "keep-alive answered", "still here" },
    [WINDOW_0] = { MARK_ZERO_WINDOW, "window closed", "its receive buffer is full" },
    [GAP] = { MARK_LOST_SEGMENT, "behind a gap", "bytes before it are missing" },
    [OVERTAKEN] = { MARK_OUT_OF_ORDER, "overtaken", "sent earlier than what was captured before" },
    [UNSEEN] = { MARK_ACK_LOST_SEGMENT, "ACK of unseen bytes", "they arrived, and were not captured" },
    [UPDATE] = { MARK_WINDOW_UPDATE, "window update", "there is room again, nothing new has arrived" },
    [FULL] = { MARK_WINDOW_FULL, "fills the window", "no byte more fits into it" },
    [NEW] = { 0, "new data", "the next bytes in order" },
    [DUPLICATE] = { MARK_DUPLICATE_ACK, "duplicate ACK", "something came, but not what is next in order" },
};

/* What is asked, the most telling first; and what it is easily taken for. */
static const struct { uint8_t right, wrong[3]; } asked[] = {
    { NEEDLESS, { NEW, ALIVE, UPDATE } }, { AGAIN, { NEW, NEEDLESS, ALIVE } }, { PROBE, { NEW, UPDATE, DUPLICATE } },
    { PROBE_ANSWER, { UPDATE, ALIVE, GAP } }, { ALIVE, { NEW, UPDATE, DUPLICATE } },
    { ALIVE_ANSWER, { AGAIN, UPDATE, NEW } }, { WINDOW_0, { UPDATE, ALIVE, AGAIN } }, { GAP, { NEW, ALIVE, NEEDLESS } },
    { OVERTAKEN, { NEW, UPDATE, ALIVE } }, { UNSEEN, { DUPLICATE, ALIVE, UPDATE } },
    { UPDATE, { DUPLICATE, ALIVE, AGAIN } }, { FULL, { AGAIN, ALIVE, UPDATE } },
};

/* " seq=1 ack=6 len=0, window 0" is what the question may tell. */
static void what_is_it(struct guess *g, const struct guess_world *w, const struct kind *right, const uint8_t wrong[3])
{
    char words[GUESS_SEGMENT];
    guess_says(g, "The %s sends %s, window %u. What is that?", guess_side(w, w->who), guess_segment(w, w->unit, words),
               w->unit->segment.window);
    guess_offer(g, right->what, "%s", right->effect);
    for (unsigned i = 0; i < 3; i++)
        if (!(kinds[wrong[i]].mark & w->unit->segment.marks))
            guess_offer(g, kinds[wrong[i]].what, "%s", kinds[wrong[i]].effect);
}

static bool any_mark(struct guess *g, const struct guess_world *w)
{
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++)
        if (kinds[asked[i].right].mark & w->unit->segment.marks) {
            what_is_it(g, w, &kinds[asked[i].right], asked[i].wrong);
            return true;
        }
    return false;
}

static bool timer_ran_out(struct guess *g, const struct guess_world *w)
{
    const struct because *because = &w->unit->because;
    struct text time = { 0 };
    char words[GUESS_SEGMENT];
    bool again = because->sentence == SENTENCE_MARK_TIMER_AGAIN;
    if (!(again || because->sentence == SENTENCE_MARK_TIMER) || !(w->unit->segment.marks & MARK_RETRANSMISSION))
        return false;
    words_duration(&time, because->value[0]);
    text_char(&time, '\0');
    const char *who = guess_side(w, w->who);
    guess_says(g, "%s after the %s %s sent %s nothing acknowledges it. What does the %s do?",
               time.failed ? "Long" : time.bytes, who, again ? "last" : "first", guess_segment(w, w->unit, words), who);
    text_free(&time);
    guess_offer(g, "the same again", "its retransmission timer has run out");
    guess_offer(g, "nothing", "it waits for as long as it takes");
    guess_offer(g, "RST", "it gives up at once");
    if (w->unit->segment.payload)
        guess_offer(g, "the next data", "the other end will ask for what is missing");
    else
        guess_offer(g, "ACK", "to ask what has arrived");
    return true;
}

static bool fast(struct guess *g, const struct guess_world *w)
{
    const struct because *because = &w->unit->because;
    bool fast = because->sentence == SENTENCE_MARK_FAST || because->sentence == SENTENCE_MARK_FAST_SACK;
    if (!fast || !(w->unit->segment.marks & MARK_FAST_RETRANSMISSION))
        return false;
    guess_says(g, "%lld duplicate ACKs have told the %s that something is missing. What does it send next?",
               (long long)because->value[0], guess_side(w, w->who));
    guess_offer(g, "the missing one again", "at once, its timer still runs");
    guess_offer(g, "the next data", "the missing one when its timer runs out");
    guess_offer(g, "nothing", "until its timer runs out");
    guess_offer(g, "everything again", "from the first byte of the stream on");
    return true;
}

static bool captured_twice(struct guess *g, const struct guess_world *w)
{
    if (!w->unit->segment.duplicate_of)
        return false;
    guess_says(g, "Frame %u comes again, the same in every field, down to its IP identification. What is that?",
               w->unit->segment.duplicate_of);
    guess_offer(g, "captured twice", "a mirror port, or two interfaces");
    guess_offer(g, "sent again", "the sender's timer has run out");
    guess_offer(g, "keep-alive", "is the other end still there?");
    guess_offer(g, "overtaken", "the network changed the order");
    return true;
}

/* RFC 9293 3.1: what is damaged counts as lost. */
static bool damaged(struct guess *g, const struct guess_world *w)
{
    char words[GUESS_SEGMENT];
    if (!w->scene->refused || w->scene->refused->because.sentence != SENTENCE_MARK_CHECKSUM_BAD)
        return false;
    guess_says(g, "The %s sends %s. A bit was changed on the way: the checksum is wrong. What does the %s do?",
               guess_side(w, w->who), guess_segment(w, w->unit, words), guess_side(w, w->other));
    guess_offer(g, "nothing", "it drops the segment without a word");
    guess_offer(g, "RST", "the stream is broken");
    guess_offer(g, "ICMP error", "so that it is sent again at once");
    guess_offer(g, "ACK", "the numbers in the header are all it needs");
    return true;
}

bool guess_marks(struct guess *g, const struct guess_world *w)
{
    if (captured_twice(g, w) || damaged(g, w))
        return true;
    return !w->scene->refused && (timer_ran_out(g, w) || fast(g, w) || any_mark(g, w));
}

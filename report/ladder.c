#include "report/ladder.h"

#include <stdlib.h>

#include "base/text.h"
#include "decode/sequence.h"
#include "report/fields.h"

enum { SILENCE_ROUND_TRIPS = 5, CALLS_SHOWN = 4, NARROW = 100, WIDEST = 120, ARROW_LEAST = 15, ARROW_MOST = 40 };

#define SILENCE_LEAST (100 * NS_PER_MS)

/* --- columns --- */

static unsigned digits_of(uint32_t n)
{
    char digits[DIGITS_WRITE_MAX];
    return (unsigned)(digits_write(digits, n) - digits);
}

static void lay_out(struct ladder *l, unsigned width)
{
    bool tcp = conversation_is_tcp(l->of);
    if (width > WIDEST)
        width = WIDEST;
    unsigned frame = digits_of(l->of->last_frame);
    l->at.frame_width = frame < 3 ? 3 : frame;
    l->at.time_width = width < NARROW ? 5 : 6;
    l->at.call_width = width < NARROW ? 9 : 16;
    unsigned state = tcp ? 12 : 6;
    unsigned fixed = 1 + l->at.frame_width + 1 + l->at.time_width + 1 + 2 * (l->at.call_width + 1 + 1 + state + 1);
    unsigned arrow = width > fixed + ARROW_LEAST ? width - fixed : ARROW_LEAST;
    if (arrow > ARROW_MOST)
        arrow = ARROW_MOST;
    l->at.time = 1 + l->at.frame_width + 1;
    l->at.left_call = l->at.time + l->at.time_width + 1;
    l->at.left_bracket = l->at.left_call + l->at.call_width;
    l->at.left_state = l->at.left_bracket + 2;
    l->at.left_line = l->at.left_state + state;
    l->at.right_line = l->at.left_line + arrow + 1;
    l->at.right_state = l->at.right_line + 2;
    l->at.right_bracket = l->at.right_state + state;
    l->at.right_call = l->at.right_bracket + 1;
    l->at.width = l->at.right_call + l->at.call_width;
}

/* --- rows --- */

struct builder {
    struct ladder *ladder;
    bool connecting[2];           /* by side: its connect() has not returned */
    bool sending[2];              /* by side: its last payload had no PSH, so one send() may still be at work */
    nanoseconds silence;          /* as long as this is worth a row */
    nanoseconds time;             /* of the scene before */
    bool first, failed;
    uint64_t left_out;            /* segments since the last row */
};

static struct ladder_row *row_add(struct builder *b, enum ladder_kind kind, const struct scene *scene)
{
    struct ladder *l = b->ladder;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        struct ladder_row *rows = realloc(l->rows, room * sizeof *rows);
        if (!rows) {
            b->failed = true;
            return NULL;
        }
        l->rows = rows;
        l->room = room;
    }
    struct ladder_row *row = &l->rows[l->count++];
    *row = (struct ladder_row){ .kind = (uint8_t)kind, .scene = scene };
    for (unsigned side = 0; side < 2; side++)
        row->bracket[side] = b->connecting[side] ? BRACKET_RUNS : BRACKET_NONE;
    return row;
}

static unsigned side_of(const struct ladder *l, unsigned end)
{
    return end == l->of->client ? CLIENT : SERVER;
}

/* close() and shutdown() send the same FIN: what the end did later tells which, where anything does. */
static const char *close_word(struct ladder *l, unsigned end)
{
    uint32_t facts = as_connection(l->of)->peer[end].facts;
    if (facts & PEER_SHUTDOWN)
        return "shutdown";
    if (facts & PEER_CLOSE)
        return "close()";
    l->used |= USED_CLOSE;
    return "close()?";
}

static const char *call_word(struct ladder *l, const struct step *step)
{
    switch (step->call.call) {
    case CALL_CONNECT: return "connect()";
    case CALL_SEND: return "send()";
    case CALL_SENDTO: return "sendto()";
    case CALL_CLOSE:
        l->used |= USED_CLOSE;
        return "close()?";
    case CALL_SHUTDOWN: return "shutdown";
    case CALL_CLOSE_OR_SHUTDOWN: return close_word(l, step->who);
    case CALL_LISTEN:
        l->used |= USED_BY_NOW;
        return "listen()?";
    case CALL_ACCEPT:
        l->used |= USED_BY_NOW;
        return "accept()?";
    default: return "";
    }
}

/* The calls of a scene on one side: all but the last get rows of their own, before it. Gives the last. */
static const char *place_calls(struct builder *b, const struct scene *scene, unsigned side)
{
    const char *calls[CALLS_SHOWN];
    unsigned count = 0;
    size_t from = 0;
    for (const struct step *step; (step = scene_step(b->ladder->story, scene, EVENT_CALL, &from));) {
        if (step->who >= NO_END || side_of(b->ladder, step->who) != side || count == CALLS_SHOWN)
            continue;
        if (step->call.call == CALL_SEND && b->sending[side])
            b->ladder->used |= USED_SENDING;
        else
            calls[count++] = call_word(b->ladder, step);
    }
    for (unsigned i = 0; i + 1 < count; i++) {
        struct ladder_row *row = row_add(b, LADDER_CALL, NULL);
        if (row)
            row->call[side] = calls[i];
    }
    return count ? calls[count - 1] : NULL;
}

static bool has_connect(const struct ladder *l, const struct scene *scene, unsigned side)
{
    size_t from = 0;
    for (const struct step *step; (step = scene_step(l->story, scene, EVENT_CALL, &from));)
        if (step->call.call == CALL_CONNECT && step->who < NO_END && side_of(l, step->who) == side)
            return true;
    return false;
}

/* The bracket of connect() opens at its SYN and closes where its end leaves the opening states. */
static void bracket(struct builder *b, struct ladder_row *row, unsigned side)
{
    unsigned state = row->state[side];
    if (has_connect(b->ladder, row->scene, side) && !b->connecting[side]) {
        b->connecting[side] = true;
        row->bracket[side] = BRACKET_OPENS;
        return;
    }
    if (!b->connecting[side] || state == STATE_UNKNOWN || state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED)
        return;
    b->connecting[side] = false;
    row->bracket[side] = BRACKET_CLOSES;
    const struct step *unit = row->scene->unit;
    bool rst = unit && unit->segment.flags & TCP_RST;
    if (!row->call[side])
        row->call[side] = state != STATE_CLOSED ? "returns" : rst ? "refused" : "fails";
}

/* PSH: the send queue was empty then (RFC 9293 3.9.1.2). Payload after one without it may come from the same send(). */
static void note_sending(struct builder *b, const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (unit && unit->kind == EVENT_TCP_SEGMENT && unit->segment.payload)
        b->sending[side_of(b->ladder, unit->who)] = !(unit->segment.flags & TCP_PSH);
}

static void note_used(struct ladder *l, const struct scene *scene)
{
    const struct step *unit = scene->unit;
    if (scene->refused)
        l->used |= scene->refused->because.sentence == SENTENCE_MARK_CHECKSUM_BAD ? USED_BAD_SUM : USED_IGNORED;
    if (!unit || unit->kind != EVENT_TCP_SEGMENT)
        return;
    if (unit->segment.marks & MARKS_SENT_AGAIN)
        l->used |= USED_AGAIN;
    if (unit->segment.duplicate_of)
        l->used |= USED_TWICE;
    bool numbers = !(unit->segment.flags & TCP_RST) && !unit->segment.duplicate_of;
    if (numbers && !(as_connection(l->of)->peer[unit->who].facts & PEER_ISS))
        l->used |= USED_GUESSED;
}

struct calls {
    const char *last[2];          /* by side; NULL */
};

static struct calls calls_before(struct builder *b, const struct scene *scene)
{
    return (struct calls){ .last = { place_calls(b, scene, CLIENT), place_calls(b, scene, SERVER) } };
}

/* The state that an end of a connection begun before the capture is taken to be in. */
static uint8_t begun_in(const struct conversation *of, unsigned end)
{
    if (!conversation_is_tcp(of) || !as_connection(of)->peer[end].path_length)
        return STATE_UNKNOWN;
    enum tcp_state state = peer_path(&as_connection(of)->peer[end], 0);
    return tcp_state_synchronised(state) ? (uint8_t)state : STATE_UNKNOWN;
}

static void place(struct builder *b, enum ladder_kind kind, const struct scene *scene, struct calls calls)
{
    struct ladder_row *row = row_add(b, kind, scene);
    if (!row)
        return;
    for (unsigned end = 0; end < 2; end++)
        row->state[side_of(b->ladder, end)] = scene->state[end] ? scene->state[end]
                                              : b->first ? begun_in(b->ladder->of, end) : STATE_UNKNOWN;
    for (unsigned side = 0; side < 2; side++) {
        row->call[side] = calls.last[side];
        bracket(b, row, side);
    }
    note_used(b->ladder, scene);
    note_sending(b, scene);
}

static void place_left_out(struct builder *b)
{
    struct ladder_row *row = b->left_out ? row_add(b, LADDER_LEFT_OUT, NULL) : NULL;
    if (row) {
        row->number = b->left_out;
        b->ladder->used |= USED_LEFT_OUT;
    }
    b->left_out = 0;
}

static void place_silence(struct builder *b, nanoseconds time)
{
    nanoseconds gap = time - b->time;
    struct ladder_row *row = !b->first && gap >= b->silence ? row_add(b, LADDER_SILENCE, NULL) : NULL;
    if (row)
        row->number = (uint64_t)gap;
}

/* --- crossings --- */

static bool flag_alone(const struct step *unit, unsigned flag, unsigned none)
{
    return unit && unit->kind == EVENT_TCP_SEGMENT && (unit->segment.flags & (flag | none | TCP_RST)) == flag &&
           !unit->segment.duplicate_of && !(unit->segment.marks & MARKS_SENT_AGAIN);
}

/* Two SYNs, or two FINs neither of which acknowledges the other: each was sent before the other arrived. */
static bool cross(const struct scene *a, const struct scene *b)
{
    const struct step *one = a->unit, *two = b->unit;
    if (!one || !two || one->who == two->who || !a->shown || !b->shown)
        return false;
    if (flag_alone(one, TCP_SYN, TCP_ACK) && flag_alone(two, TCP_SYN, TCP_ACK))
        return true;
    if (!flag_alone(one, TCP_FIN, TCP_SYN) || !flag_alone(two, TCP_FIN, TCP_SYN))
        return false;
    return seq_minus(two->segment.ack, one->segment.seq + one->segment.payload) <= 0 &&
           seq_minus(one->segment.ack, two->segment.seq + two->segment.payload) <= 0;
}

/* Four rows: both are sent, then both arrive. What an arrival changes is told where the event stream has it. */
static void place_crossing(struct builder *b, const struct scene *one, const struct scene *two)
{
    struct calls calls_one = calls_before(b, one), calls_two = calls_before(b, two);
    place(b, LADDER_CROSS_1, one, calls_one);
    place(b, LADDER_CROSS_2, two, calls_two);
    row_add(b, LADDER_CROSS_3, one);
    row_add(b, LADDER_CROSS_4, two);
}

static enum ladder_kind kind_of(const struct scene *scene)
{
    return scene->unit ? LADDER_UNIT : scene->icmp ? LADDER_ICMP : LADDER_TIME;
}

static nanoseconds silence_of(const struct conversation *of)
{
    nanoseconds rtt = 0;
    if (conversation_is_tcp(of)) {
        const struct connection *c = as_connection(of);
        const struct peer *measured = &c->peer[!c->peer[0].rtt_samples];
        rtt = connection_initial_rtt(c) >= 0 ? connection_initial_rtt(c) : duration_of(measured->rtt_min);
    } else if (as_flow(of)->exchanges) {
        rtt = duration_of(as_flow(of)->reply_min);
    }
    nanoseconds silence = rtt < 1000 * NS_PER_S ? rtt * SILENCE_ROUND_TRIPS : rtt;
    return silence > SILENCE_LEAST ? silence : SILENCE_LEAST;
}

bool ladder_make(struct ladder *ladder, const struct conversation *of, const struct story *story,
                 const struct scenes *scenes, unsigned width)
{
    *ladder = (struct ladder){ .of = of, .story = story, .unit_word = !conversation_is_tcp(of) };
    lay_out(ladder, width);
    struct builder b = { .ladder = ladder, .first = true, .silence = silence_of(of) };
    for (size_t i = 0; i < scenes->count && !b.failed; i++) {
        const struct scene *scene = &scenes->scenes[i];
        if (i == scenes->gap)
            b.left_out += story->dropped;
        if (!scene->shown) {
            b.left_out += scene->unit != NULL;
            continue;
        }
        nanoseconds time = story_step(story, scene->first)->time;
        if (b.left_out)
            place_left_out(&b);
        else
            place_silence(&b, time);
        if (i + 1 < scenes->count && i + 1 != scenes->gap && cross(scene, scene + 1))
            place_crossing(&b, scene, &scenes->scenes[++i]);
        else
            place(&b, kind_of(scene), scene, calls_before(&b, scene));
        b.time = story_step(story, scenes->scenes[i].first)->time;
        b.first = false;
    }
    if (b.failed)
        ladder_free(ladder);
    return !b.failed;
}

void ladder_free(struct ladder *ladder)
{
    free(ladder->rows);
    ladder->rows = NULL;
    ladder->count = ladder->room = 0;
}

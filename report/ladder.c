#include "report/ladder_build.h"

#include <stdlib.h>

#include "base/text.h"
#include "decode/sequence.h"
#include "report/fields.h"
#include "report/ladder_words.h"

enum { SILENCE_ROUND_TRIPS = 5, CALLS_SHOWN = 4, NARROW = 100, WIDEST = 120, ARROW_LEAST = 15, ARROW_MOST = 40 };

#define SILENCE_LEAST (100 * NS_PER_MS)

/* --- columns --- */

static unsigned digits_of(uint32_t n)
{
    char digits[DIGITS_WRITE_MAX];
    return (unsigned)(digits_write(digits, n) - digits);
}

void builder_lay_out(struct ladder *l, unsigned width, uint32_t last_frame)
{
    bool tcp = conversation_is_tcp(l->of);
    if (width > WIDEST)
        width = WIDEST;
    unsigned frame = digits_of(last_frame);
    l->at.frame_width = frame < 3 ? 3 : frame;
    l->at.time_width = width < NARROW ? 5 : 6;
    l->at.call_width = width >= NARROW ? 16 : l->both ? 0 : 9;
    if (!tcp && !l->both && l->recorded)
        l->at.call_width = 16;    /* no states, so there is room for what they say */
    unsigned state = tcp ? 12 : 6, call = l->at.call_width ? l->at.call_width + 2 : 0;
    unsigned clock = 1 + l->at.time_width + 1 + l->at.frame_width;
    unsigned fixed = clock + 1 + 2 * (call + state + 1) + (l->both ? clock : 0) + !l->at.call_width;
    unsigned arrow = width > fixed + ARROW_LEAST ? width - fixed : ARROW_LEAST;
    if (arrow > ARROW_MOST)
        arrow = ARROW_MOST;
    l->at.time = 1 + l->at.frame_width + 1;
    l->at.left_call = l->at.time + l->at.time_width + 1;
    l->at.left_bracket = l->at.left_call + l->at.call_width;
    l->at.left_state = l->at.left_call + call;
    l->at.left_line = l->at.left_state + state;
    l->at.right_line = l->at.left_line + arrow + 1;
    l->at.right_state = l->at.right_line + 2;
    l->at.right_bracket = l->at.right_state + state;
    l->at.right_call = l->at.right_bracket + 1;
    l->at.width = l->at.right_bracket + (l->at.call_width ? l->at.call_width + 1 : 0);
    l->at.right_time = l->at.width + 1;
    l->at.right_frame = l->at.right_time + l->at.time_width + 1;
    if (l->both)
        l->at.width = l->at.right_frame + l->at.frame_width;
}

/* --- rows --- */

struct ladder_row *builder_row(struct builder *b, enum ladder_kind kind, const struct scene *scene)
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
        row->bracket[side] = b->connecting[side] || b->open[side] ? BRACKET_RUNS : BRACKET_NONE;
    return row;
}

static unsigned side_of(const struct ladder_capture *capture, unsigned end)
{
    return end == capture->client ? CLIENT : SERVER;
}

/* close() and shutdown() send the same FIN: what the end did later tells which, where anything does. */
static const char *close_word(struct ladder *l, unsigned side, unsigned end)
{
    uint32_t facts = as_connection(l->capture[side].of)->peer[end].facts;
    if (facts & PEER_SHUTDOWN)
        return "shutdown";
    if (facts & PEER_CLOSE)
        return "close()";
    l->used |= USED_CLOSE;
    return "close()?";
}

static const char *inferred_word(struct ladder *l, unsigned side, const struct step *step)
{
    switch (step->call.call) {
    case CALL_CONNECT: return "connect()";
    case CALL_SEND: return "send()";
    case CALL_SENDTO: return "sendto()";
    case CALL_CLOSE:
        l->used |= USED_CLOSE;
        return "close()?";
    case CALL_SHUTDOWN: return "shutdown";
    case CALL_CLOSE_OR_SHUTDOWN: return close_word(l, side, step->who);
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
    const struct ladder_capture *capture = &b->ladder->capture[side];
    unsigned count = 0;
    size_t from = 0;
    for (const struct step *step; scene && (step = scene_step(capture->story, scene, EVENT_CALL, &from));) {
        if (step->who >= NO_END || side_of(capture, step->who) != side || count == CALLS_SHOWN)
            continue;
        if (b->recorded[side] && scenes_call_known(capture->scenes, step))
            continue;
        bool overtaken = scene->unit && scene->unit->kind == EVENT_TCP_SEGMENT &&
                         scene->unit->segment.marks & MARK_OUT_OF_ORDER;
        if (step->call.call == CALL_SEND && (b->sending[side] || overtaken))
            b->ladder->used |= USED_SENDING;
        else
            calls[count++] = inferred_word(b->ladder, side, step);
    }
    for (unsigned i = 0; i + 1 < count; i++) {
        struct ladder_row *row = builder_row(b, LADDER_CALL, NULL);
        if (row)
            row->call[side] = calls[i];
    }
    return count ? calls[count - 1] : NULL;
}

static bool has_connect(const struct ladder *l, const struct scene *scene, unsigned side)
{
    const struct ladder_capture *capture = &l->capture[side];
    size_t from = 0;
    for (const struct step *step; scene && (step = scene_step(capture->story, scene, EVENT_CALL, &from));)
        if (step->call.call == CALL_CONNECT && step->who < NO_END && side_of(capture, step->who) == side)
            return true;
    return false;
}

/* How connect() ended: where its end came to ESTABLISHED it returned, whatever came next; a RST of the other end
 * refuses what is in SYN-SENT (RFC 9293 3.10.7.3). */
static const char *connect_word(const struct ladder *l, const struct scene *scene, unsigned side)
{
    const struct ladder_capture *capture = &l->capture[side];
    const char *word = "fails";
    size_t from = 0;
    for (const struct step *move; scene && (move = scene_step(capture->story, scene, EVENT_TCP_STATE, &from));) {
        if (side_of(capture, move->who) != side)
            continue;
        if (move->moved.to != STATE_CLOSED)
            return "returns";
        bool rst = scene->unit && scene->unit->segment.flags & TCP_RST && scene->unit->who != move->who;
        if (rst && move->moved.from == STATE_SYN_SENT)
            word = "refused";
    }
    return word;
}

/* The bracket of connect() opens at its SYN and closes where its end leaves the opening states. */
static void bracket(struct builder *b, struct ladder_row *row, unsigned side)
{
    unsigned state = row->state[side];
    if (b->recorded[side])
        return;
    if (has_connect(b->ladder, row->seen[side], side) && !b->connecting[side]) {
        b->connecting[side] = true;
        row->bracket[side] = BRACKET_OPENS;
        return;
    }
    if (!b->connecting[side] || state == STATE_UNKNOWN || state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED)
        return;
    b->connecting[side] = false;
    row->bracket[side] = BRACKET_CLOSES;
    if (!row->call[side])
        row->call[side] = connect_word(b->ladder, row->seen[side], side);
}

/* Without PSH more was waiting (RFC 9293 3.9.1.2): payload after it may come from the same send(). */
static void note_sending(struct builder *b, const struct scene *scene, unsigned from)
{
    const struct step *unit = scene->unit;
    if (unit && unit->kind == EVENT_TCP_SEGMENT && unit->segment.payload &&
        !(unit->segment.marks & MARK_OUT_OF_ORDER))
        b->sending[side_of(&b->ladder->capture[from], unit->who)] = !(unit->segment.flags & TCP_PSH);
}

static void note_used(struct ladder *l, const struct scene *scene, unsigned from)
{
    const struct step *unit = scene->unit;
    if (scene->refused)
        l->used |= scene->refused->because.sentence == SENTENCE_MARK_CHECKSUM_BAD ? USED_BAD_SUM : USED_IGNORED;
    if (!unit || unit->kind != EVENT_TCP_SEGMENT)
        return;
    if (ladder_again(unit))
        l->used |= USED_AGAIN;
    if (unit->segment.duplicate_of)
        l->used |= USED_TWICE;
    bool numbers = !(unit->segment.flags & TCP_RST) && !unit->segment.duplicate_of;
    if (numbers && !(as_connection(l->capture[from].of)->peer[unit->who].facts & PEER_ISS))
        l->used |= USED_GUESSED;
}

struct calls builder_calls(struct builder *b, const struct scene *const seen[2])
{
    return (struct calls){ .last = { place_calls(b, seen[CLIENT], CLIENT), place_calls(b, seen[SERVER], SERVER) } };
}

/* The state that an end of a connection begun before the capture is taken to be in. */
static uint8_t begun_in(const struct conversation *of, unsigned end)
{
    if (!conversation_is_tcp(of) || !as_connection(of)->peer[end].path_length)
        return STATE_UNKNOWN;
    enum tcp_state state = peer_path(&as_connection(of)->peer[end], 0);
    return tcp_state_synchronised(state) ? (uint8_t)state : STATE_UNKNOWN;
}

struct ladder_row *builder_place(struct builder *b, unsigned kind, const struct scene *scene, unsigned from,
                                 const struct scene *const seen[2], struct calls calls)
{
    struct ladder_row *row = builder_row(b, (enum ladder_kind)kind, scene);
    if (!row)
        return NULL;
    row->from = (uint8_t)from;
    for (unsigned side = 0; side < 2; side++) {
        const struct ladder_capture *capture = &b->ladder->capture[side];
        unsigned end = side == CLIENT ? capture->client : !capture->client;
        row->seen[side] = seen[side];
        if (!seen[side])
            continue;
        row->time[side] = story_step(capture->story, seen[side]->first)->time;
        row->state[side] = seen[side]->state[end] ? seen[side]->state[end]
                           : b->begun[side] ? STATE_UNKNOWN : begun_in(capture->of, end);
        b->begun[side] = true;
        row->call[side] = calls.last[side];
        bracket(b, row, side);
    }
    note_used(b->ladder, scene, from);
    note_sending(b, scene, from);
    return row;
}

static struct ladder_row *place(struct builder *b, enum ladder_kind kind, const struct scene *scene, struct calls calls)
{
    const struct scene *const seen[2] = { scene, scene };
    return builder_place(b, kind, scene, CLIENT, seen, calls);
}

static struct calls calls_before(struct builder *b, const struct scene *scene)
{
    const struct scene *const seen[2] = { scene, scene };
    return builder_calls(b, seen);
}

void builder_left_out(struct builder *b)
{
    struct ladder_row *row = b->left_out ? builder_row(b, LADDER_LEFT_OUT, NULL) : NULL;
    if (row) {
        row->number = b->left_out;
        b->ladder->used |= USED_LEFT_OUT;
    }
    b->left_out = 0;
}

void builder_silence(struct builder *b, nanoseconds time)
{
    nanoseconds gap = time - b->time;
    struct ladder_row *row = !b->first && gap >= b->silence ? builder_row(b, LADDER_SILENCE, NULL) : NULL;
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
static void place_crossing(struct builder *b, const struct scenes *scenes, size_t i, size_t j)
{
    const struct scene *one = &scenes->scenes[i], *two = &scenes->scenes[j];
    struct beside beside_one = calls_before_arrow(b, i), beside_two = calls_before_arrow(b, j);
    struct calls calls_one = calls_before(b, one), calls_two = calls_before(b, two);
    calls_beside_arrow(b, place(b, LADDER_CROSS_1, one, calls_one), &beside_one);
    calls_beside_arrow(b, place(b, LADDER_CROSS_2, two, calls_two), &beside_two);
    builder_row(b, LADDER_CROSS_3, one);
    builder_row(b, LADDER_CROSS_4, two);
    calls_after_arrow(b, &beside_one);
    calls_after_arrow(b, &beside_two);
}

static enum ladder_kind kind_of(const struct scene *scene)
{
    return scene->unit ? LADDER_UNIT : scene->icmp ? LADDER_ICMP : LADDER_TIME;
}

static void place_scene(struct builder *b, const struct scenes *scenes, size_t i)
{
    const struct scene *scene = &scenes->scenes[i];
    struct beside beside = calls_before_arrow(b, i);
    struct calls calls = calls_before(b, scene);
    calls_beside_arrow(b, place(b, kind_of(scene), scene, calls), &beside);
    calls_after_arrow(b, &beside);
}

nanoseconds builder_silence_of(const struct conversation *of)
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
    nanoseconds took = of->last_time - of->first_time;     /* an ICMP error, or time alone, may come after it */
    size_t last = scenes->count;
    while (last > 0 && scenes->scenes[last - 1].call)
        last--;
    if (last > 0)
        took = story_step(story, scenes->scenes[last - 1].first)->time - of->first_time;
    *ladder = (struct ladder){ .of = of, .story = story, .unit_word = !conversation_is_tcp(of), .zero = of->first_time,
                               .milliseconds = took >= 0 && took < LADDER_BRIEF };
    for (unsigned side = 0; side < 2; side++)
        ladder->capture[side] = (struct ladder_capture){ .of = of, .story = story, .scenes = scenes,
                                                         .client = of->client };
    struct builder b = { .ladder = ladder, .first = true, .silence = builder_silence_of(of) };
    b.failed = !calls_place(&b, scenes);
    ladder->recorded = b.recorded[CLIENT] || b.recorded[SERVER];
    builder_lay_out(ladder, width, of->last_frame);
    for (size_t i = 0; i < scenes->count && !b.failed; i++) {
        const struct scene *scene = &scenes->scenes[i];
        if (i == scenes->gap)
            b.left_out += story->dropped;
        if (scene->call)
            continue;
        if (!scene->shown) {
            b.left_out += scene->unit != NULL;
            continue;
        }
        nanoseconds time = story_step(story, scene->first)->time;
        if (b.left_out)
            builder_left_out(&b);
        else
            builder_silence(&b, time);
        size_t next = i + 1;
        while (next < scenes->count && next != scenes->gap && scenes->scenes[next].call)
            next++;
        b.time = time;
        if (next < scenes->count && next != scenes->gap && cross(scene, &scenes->scenes[next])) {
            b.time = story_step(story, scenes->scenes[next].first)->time;
            place_crossing(&b, scenes, i, next);
            i = next;
        } else {
            place_scene(&b, scenes, i);
        }
        b.first = false;
    }
    free(b.placed);
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

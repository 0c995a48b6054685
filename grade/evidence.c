#include "grade/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "capture/source.h"
#include "report/lessons.h"

/* --- keeping --- */

static bool grow(void **list, size_t *room, size_t needed, size_t most, size_t size)
{
    if (needed <= *room)
        return true;
    size_t wanted = *room ? *room * 2 : 256;
    while (wanted < needed)
        wanted *= 2;
    if (wanted > most)
        wanted = most;
    if (needed > wanted)
        return false;
    void *grown = realloc(*list, wanted * size);
    if (!grown)
        return false;
    memset((char *)grown + *room * size, 0, (wanted - *room) * size);
    *list = grown;
    *room = wanted;
    return true;
}

static void keep_payload(struct evidence *e, struct happening *h, const struct unit *u)
{
    h->payload = u->payload_length;
    h->bad = u->checksum == CHECKSUM_BAD;
    h->ttl = u->ttl;
    uint32_t length = u->payload && u->payload_captured < u->payload_length ? u->payload_captured : u->payload_length;
    if (!u->payload || length == 0)
        return;
    if (!grow((void **)&e->payload, &e->payload_room, e->payload_used + length, EVIDENCE_PAYLOAD, 1)) {
        e->payload_left_out += length;
        h->no_room = true;
        return;
    }
    memcpy(e->payload + e->payload_used, u->payload, length);
    h->payload_at = e->payload_used;
    h->payload_kept = length;
    e->payload_used += length;
}

static void keep_segment(struct evidence *e, struct happening *h, const struct event *event)
{
    const struct unit *u = event->segment.unit;
    h->who = u->from;
    h->seq = u->seq;
    h->ack = u->ack;
    h->flags = u->flags;
    h->window = u->window;
    h->known = u->known;
    h->header_length = u->header_length;
    h->mss = u->notes & NOTE_MSS ? u->mss : 0;
    h->marks = event->segment.marks;
    h->duplicate_of = event->segment.duplicate_of;
    h->ack_rtt = event->segment.ack_rtt;
    h->in_flight = event->segment.bytes_in_flight;
    h->coalesced = event->segment.coalesced;
    keep_payload(e, h, u);
}

static void keep_parts(struct evidence *e, struct happening *h, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TCP_SEGMENT:
        keep_segment(e, h, event);
        break;
    case EVENT_UDP_DATAGRAM:
        h->who = event->unit->from;
        keep_payload(e, h, event->unit);
        break;
    case EVENT_TCP_STATE:
        h->from = event->moved.from;
        h->to = event->moved.to;
        break;
    case EVENT_CALL:
    case EVENT_CALL_RETURNED:
        h->call = event->call.call;
        break;
    default:
        break;
    }
}

/* The segment that an event of its own frame tells more about. */
static void refuse(struct evidence *e, uint32_t row, uint32_t frame)
{
    for (uint32_t n = (uint32_t)e->count; n && e->happenings[n - 1].frame == frame; n--)
        if (e->happenings[n - 1].row == row && e->happenings[n - 1].kind == EVENT_TCP_SEGMENT)
            e->happenings[n - 1].refused = true;
}

static void keep(void *self, const struct event *event)
{
    struct evidence *e = self;
    if (!event->of)
        return;
    uint32_t row = event->of->id;
    if (event->kind == EVENT_TCP_REFUSED_SEGMENT)
        refuse(e, row, event->frame);
    if (!grow((void **)&e->rows, &e->row_room, (size_t)row + 1, (size_t)1 << 22, sizeof *e->rows) ||
        !grow((void **)&e->happenings, &e->room, e->count + 1, EVIDENCE_HAPPENINGS, sizeof *e->happenings)) {
        e->left_out++;
        return;
    }
    struct happening *h = &e->happenings[e->count++];
    *h = (struct happening){ .time = event->time, .frame = event->frame, .row = row, .kind = event->kind,
                             .who = event->who, .inferred = event->inferred, .ack_rtt = -1, .in_flight = -1,
                             .state = { event->state[0], event->state[1] } };
    keep_parts(e, h, event);
    struct evidence_row *of = &e->rows[row];
    if (of->last)
        e->happenings[of->last - 1].next = (uint32_t)e->count;
    else
        of->first = (uint32_t)e->count;
    of->last = (uint32_t)e->count;
}

/* --- reading --- */

static void note_problem(struct evidence *e, const struct source *source)
{
    const struct error *problem = source_problem(source);
    if (problem)
        snprintf(e->problem, sizeof e->problem, "%s", problem->text);
    else if (e->dropped)
        snprintf(e->problem, sizeof e->problem, "%llu frames were dropped while capturing",
                 (unsigned long long)e->dropped);
    else if (e->totals.given_up_connections)
        snprintf(e->problem, sizeof e->problem, "it holds more than %d connections and flows: %llu were given up",
                 EVIDENCE_CONNECTIONS, (unsigned long long)e->totals.given_up_connections);
    else if (e->left_out)
        snprintf(e->problem, sizeof e->problem, "it is too large to be graded whole: only the first %d segments and "
                 "what they caused were kept", EVIDENCE_HAPPENINGS);
    for (size_t end = strlen(e->problem); end && e->problem[end - 1] == '.'; end--)
        e->problem[end - 1] = 0;  /* it becomes part of a sentence */
}

static void feed(struct evidence *e, struct source *source)
{
    struct call_queue queue = { .moments = e->calls ? e->calls->moments : NULL, .count = e->calls ? e->calls->count : 0 };
    struct frame batch[FRAME_BATCH];
    unsigned count;
    while (source_next(source, batch, &count) != SOURCE_END || count)
        decoder_feed_between(e->decoder, batch, count, &queue);
    decoder_feed_rest(e->decoder, &queue);
    decoder_end(e->decoder);
    e->totals = decoder_totals(e->decoder);
    e->dropped = source_counts(source).dropped;
}

/* decoder_find() goes along the rows; a rubric asks for all of them, each by its id. */
static bool list_conversations(struct evidence *e, struct error *error)
{
    size_t count = 0;
    for (const struct conversation *row = decoder_first(e->decoder); row; row = decoder_after(e->decoder, row))
        count++;
    e->conversations = malloc((count ? count : 1) * sizeof(const struct conversation *));
    if (!e->conversations)
        error_set(error, EXIT_UNREADABLE, "There is not enough memory to decode this capture.");
    for (const struct conversation *row = decoder_first(e->decoder); row && e->conversations;
         row = decoder_after(e->decoder, row))
        e->conversations[e->conversation_count++] = row;
    return e->conversations != NULL;
}

/* The calls beside the capture, or those of the bundled one. What cannot be read of them is left out: they add to the
 * capture, and a student may hand in anything. */
static void read_calls(struct evidence *e, const char *capture, const struct lesson *lesson)
{
    char name[4096];
    struct error error;
    struct calls_source source = { .file = name };
    if (lesson && lesson->calls)
        source = (struct calls_source){ .file = capture, .bytes = lesson->calls, .length = lesson->calls_length };
    else if (lesson || !calls_beside(name, sizeof name, capture))
        return;
    e->calls = calls_read(&source, &error);
}

static bool make_decoder(struct evidence *e, struct error *error)
{
    struct decoder_options options = { .max_connections = EVIDENCE_CONNECTIONS };
    if (getrandom(&options.secret, sizeof options.secret, GRND_NONBLOCK) < 0)
        options.secret = 1;
    e->decoder = decoder_new(&options);
    if (!e->decoder) {
        error_set(error, EXIT_UNREADABLE, "There is not enough memory to decode a capture.");
        return false;
    }
    struct sink sink = { .wants = (1u << EVENT_COUNT) - 1, .event = keep, .self = e };
    decoder_attach(e->decoder, &sink);
    return true;
}

bool evidence_read(struct evidence *e, const char *capture, bool over, struct error *error)
{
    *e = (struct evidence){ .read = capture != NULL, .over = over };
    if (!make_decoder(e, error))
        return false;
    if (!capture) {
        decoder_end(e->decoder);
        return true;
    }
    struct source_options options = { .file = capture };
    const struct lesson *lesson = strpbrk(capture, "./") ? NULL : lesson_find(capture);
    if (lesson) {
        options.bytes = lesson->bytes;
        options.length = lesson->length;
    }
    struct source *source = source_open(&options, error);
    if (!source)
        return false;
    read_calls(e, capture, lesson);
    feed(e, source);
    note_problem(e, source);
    const struct error *problem = source_problem(source);
    bool nothing = problem && problem->status == EXIT_UNREADABLE && e->totals.frames == 0;
    if (nothing)
        *error = *problem;
    source_close(source);
    return !nothing && list_conversations(e, error);
}

void evidence_free(struct evidence *e)
{
    decoder_free(e->decoder);
    calls_free(e->calls);
    free(e->happenings);
    free(e->payload);
    free(e->rows);
    free(e->conversations);
    *e = (struct evidence){ 0 };
}

const struct conversation *evidence_conversation(const struct evidence *e, uint32_t id)
{
    size_t from = 0, to = e->conversation_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (e->conversations[middle]->id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < e->conversation_count && e->conversations[from]->id == id ? e->conversations[from] : NULL;
}

const struct happening *evidence_first(const struct evidence *e, uint32_t row)
{
    return row < e->row_room && e->rows[row].first ? &e->happenings[e->rows[row].first - 1] : NULL;
}

const struct happening *evidence_next(const struct evidence *e, const struct happening *h)
{
    return h->next ? &e->happenings[h->next - 1] : NULL;
}

const char *evidence_unfinished(const struct evidence *e, const struct conversation *row)
{
    if (row->flags & CONVERSATION_GIVEN_UP)
        return "was given up for want of room";
    if (!conversation_is_tcp(row))
        return NULL;
    const struct connection *c = as_connection(row);
    enum ending ending = connection_ending(c);
    if (connection_handshake(c) == HANDSHAKE_MIDSTREAM)
        return "began before the capture did";
    if (e->over)
        return NULL;
    if (ending == ENDING_OPEN || ending == ENDING_HALF_CLOSED)
        return connection_handshake(c) == HANDSHAKE_NO_ANSWER ? "is still without an answer when the capture ends"
                                                              : "is still open when the capture ends";
    if (ending == ENDING_CLOSED && !c->moment_frame[MOMENT_LAST_ACK])
        return "has a FIN that is not acknowledged when the capture ends";
    return NULL;
}

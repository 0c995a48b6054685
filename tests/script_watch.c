#include "tests/script_watch.h"

#include <stdlib.h>
#include <string.h>

unsigned script_client_end(const struct script_conversation *c)
{
    struct tuple key;
    return tuple_make(&key, c->version, c->protocol, c->end[SCRIPT_CLIENT].address, c->end[SCRIPT_SERVER].address,
                      c->end[SCRIPT_CLIENT].port, c->end[SCRIPT_SERVER].port);
}

static bool is_row_of(const struct conversation *row, const struct script_conversation *c)
{
    struct tuple key;
    tuple_make(&key, c->version, c->protocol, c->end[SCRIPT_CLIENT].address, c->end[SCRIPT_SERVER].address,
               c->end[SCRIPT_CLIENT].port, c->end[SCRIPT_SERVER].port);
    return tuple_equal(&row->key, &key);
}

const struct conversation *watch_row(const struct watch *watch, int conversation)
{
    const struct script_conversation *c = &watch->script->conversations[conversation];
    unsigned incarnation = 0;
    const struct conversation *row = decoder_first(watch->decoder);
    for (; row; row = decoder_after(watch->decoder, row))
        if (is_row_of(row, c) && ++incarnation == c->incarnation)
            return row;
    return NULL;
}

static void tell(struct text *out, const struct event *e)
{
    text_format(out, "%s frame %u time %lld who %u inferred %d state %u %u", event_names[e->kind], e->frame,
                (long long)e->time, e->who, e->inferred, e->state[0], e->state[1]);
    if (e->because.sentence)
        text_format(out, " because %u who %u frames %u %u values %lld %lld", e->because.sentence, e->because.who,
                    e->because.frame[0], e->because.frame[1], (long long)e->because.value[0],
                    (long long)e->because.value[1]);
    if (e->of)
        text_format(out, " of %u", e->of->id);
    if (e->kind == EVENT_TCP_SEGMENT)
        text_format(out, " marks %x wireshark %x twice %u flight %lld rtt %lld coalesced %d", e->segment.marks,
                    e->segment.wireshark, e->segment.duplicate_of, (long long)e->segment.bytes_in_flight,
                    (long long)e->segment.ack_rtt, e->segment.coalesced);
    if (e->kind == EVENT_TCP_STATE)
        text_format(out, " arc %u from %u to %u", e->moved.arc, e->moved.from, e->moved.to);
    text_char(out, '\n');
}

static void on_event(void *self, const struct event *e)
{
    struct watch *watch = self;
    tell(&watch->told, e);
    if (e->kind == EVENT_TCP_STATE && e->moved.arc < 64)
        watch->arcs |= UINT64_C(1) << e->moved.arc;
    if (e->frame == 0 || e->frame > watch->script->frame_count)
        return;
    struct observed *o = &watch->frames[e->frame - 1];
    int conversation = watch->script->frames[e->frame - 1].conversation;
    o->said[e->because.sentence] = true;
    if (!e->of || conversation == SCRIPT_CAPTURE)
        return;
    const struct script_conversation *c = &watch->script->conversations[conversation];
    o->strayed |= !is_row_of(e->of, c);
    o->told = true;
    unsigned client = script_client_end(c);
    uint8_t state[2] = { e->state[client], e->state[!client] };
    memcpy(o->last_state, state, sizeof state);
    if (e->kind == EVENT_TCP_SEGMENT || !o->segment)
        memcpy(o->state, state, sizeof state);
    if (e->kind == EVENT_TCP_SEGMENT) {
        o->segment = true;
        o->marks = e->segment.marks;
        o->wireshark = e->segment.wireshark;
        o->duplicate_of = e->segment.duplicate_of;
    }
}

static unsigned batch_size(enum feeding how, uint32_t *random)
{
    if (how == FEED_FULL_BATCHES)
        return FRAME_BATCH;
    if (how != FEED_RANDOM_BATCHES)
        return 1;
    *random = *random * 1664525u + 1013904223u;
    return 1 + (*random >> 16) % FRAME_BATCH;
}

/* Tells the decoder the time in three steps up to the next frame; time never steps back. */
static void tell_time(struct decoder *decoder, nanoseconds from, nanoseconds to)
{
    for (int i = 1; i <= 3 && to > from; i++)
        decoder_time(decoder, from + (to - from) / 3 * i);
}

static void feed(struct watch *watch, enum feeding how)
{
    const struct script *s = watch->script;
    uint32_t random = 7;
    unsigned done = 0;
    while (done < s->frame_count) {
        struct frame batch[FRAME_BATCH];
        unsigned size = batch_size(how, &random), count = 0;
        while (count < size && done + count < s->frame_count) {
            batch[count] = s->frames[done + count].frame;
            count++;
        }
        if (how == FEED_WITH_TIME && done > 0)
            tell_time(watch->decoder, s->frames[done - 1].frame.time, batch[0].time);
        decoder_feed(watch->decoder, batch, count);
        done += count;
    }
    decoder_end(watch->decoder);
}

bool watch_script(struct watch *watch, const struct script *script, enum feeding how)
{
    *watch = (struct watch){ .script = script };
    watch->frames = calloc(script->frame_count ? script->frame_count : 1, sizeof *watch->frames);
    watch->decoder = decoder_new(&(struct decoder_options){ .secret = 1 });
    if (!watch->frames || !watch->decoder)
        return false;
    decoder_attach(watch->decoder, &(struct sink){ .wants = ~0u, .event = on_event, .self = watch });
    feed(watch, how);
    return !watch->told.failed;
}

void watch_close(struct watch *watch)
{
    if (watch->decoder)
        decoder_free(watch->decoder);
    free(watch->frames);
    text_free(&watch->told);
}

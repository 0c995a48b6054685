#include "grade/ladders.h"

#include <string.h>

#include "capture/source.h"
#include "decode/decoder.h"
#include "grade/evidence.h"
#include "grade/format.h"
#include "report/lessons.h"

static void want(struct ladders *l, uint32_t id)
{
    for (unsigned i = 0; i < l->count; i++)
        if (l->of[i].id == id)
            return;
    if (l->count < LADDERS_MOST)
        l->of[l->count++].id = id;
    else
        l->left_out++;
}

static void choose(struct ladders *l, const struct result *r)
{
    for (unsigned passed = 0; passed < 2; passed++)
        for (unsigned i = 0; i < r->count; i++) {
            const struct result_item *item = &r->items[i];
            for (unsigned k = 0; item_shown(item) && item_passed(item) == passed && k < item->connection_count; k++)
                want(l, item->connections[k]);
        }
}

static void feed(struct decoder *decoder, struct source *source)
{
    struct frame batch[FRAME_BATCH];
    unsigned count;
    while (source_next(source, batch, &count) != SOURCE_END)
        decoder_feed(decoder, batch, count);
    decoder_feed(decoder, batch, count);
    decoder_end(decoder);
}

static void draw(struct ladders *l, struct source *source, enum ladder_format format)
{
    struct decoder_options options = { .max_connections = EVIDENCE_CONNECTIONS };      /* ids are those of a worker */
    struct decoder *decoder = decoder_new(&options);
    struct story *stories[LADDERS_MOST] = { NULL };
    bool good = decoder != NULL;
    for (unsigned i = 0; i < l->count && good; i++) {
        good = (stories[i] = story_new(l->of[i].id)) != NULL;
        if (good) {
            struct sink sink = story_sink(stories[i]);
            decoder_attach(decoder, &sink);
        }
    }
    if (good)
        feed(decoder, source);
    struct report_options how = { .width = 80 };
    for (unsigned i = 0; i < l->count && good; i++)
        if (decoder_find(decoder, l->of[i].id))
            report_ladder(&l->of[i].drawn, decoder, stories[i], format, NULL, &how);
    for (unsigned i = 0; i < LADDERS_MOST; i++)
        if (stories[i])
            story_free(stories[i]);
    if (decoder)
        decoder_free(decoder);
}

void ladders_draw(struct ladders *l, const struct result *r, const char *capture, enum ladder_format format)
{
    *l = (struct ladders){ 0 };
    struct source_options options = { .file = capture };
    struct error error;
    choose(l, r);
    if (!l->count || !capture)
        return;
    const struct lesson *lesson = strpbrk(capture, "./") ? NULL : lesson_find(capture);
    if (lesson) {
        options.bytes = lesson->bytes;
        options.length = lesson->length;
    }
    struct source *source = source_open(&options, &error);
    if (source)
        draw(l, source, format);
    source_close(source);
}

void ladders_free(struct ladders *l)
{
    for (unsigned i = 0; i < l->count; i++)
        text_free(&l->of[i].drawn);
    *l = (struct ladders){ 0 };
}

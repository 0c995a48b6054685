/* One object for each unit, one for the whole. */
#include "report/compare_parts.h"
#include "report/words.h"

static const char *const fates[] = {
    [FATE_ARRIVES] = "arrived", [FATE_LOST] = "lost", [FATE_UNDECIDABLE] = "undecidable",
    [FATE_NOT_CAPTURED] = "not_captured", [FATE_INSERTED] = "inserted", [FATE_DUPLICATE] = "duplicated",
};

static const char *const changes[CHANGE_COUNT] = {
    [CHANGE_INDEX_LATE] = "late", [CHANGE_INDEX_AFTER_AGAIN] = "late_after_copy",
    [CHANGE_INDEX_CORRUPTED] = "corrupted",
    [CHANGE_INDEX_PAYLOAD] = "payload_altered", [CHANGE_INDEX_WINDOW] = "window_altered",
    [CHANGE_INDEX_OPTIONS] = "options_altered", [CHANGE_INDEX_HEADER] = "header_altered",
    [CHANGE_INDEX_PIECES] = "in_pieces", [CHANGE_INDEX_REORDERED] = "overtaken", [CHANGE_INDEX_NEEDLESS] = "needless",
};

static const char *const sides[] = { "client", "server" };

static void seconds(struct text *t, const char *name, nanoseconds duration)
{
    text_format(t, ",\"%s\":", name);
    text_seconds(t, duration);
}

static void seen_write(struct text *t, const char *name, const struct seen *s)
{
    text_format(t, ",\"%s\":", name);
    if (!s) {
        text_string(t, "null");
        return;
    }
    text_format(t, "{\"frame\":%u,\"time\":\"", s->frame);
    text_time(t, s->time);
    text_string(t, "\"}");
}

static void pair_write(struct text *t, const struct comparison *c, const struct pair *p)
{
    const struct seen *s = p->sent ? p->sent : p->arrived;
    const struct view_of *view = &c->at[p->sent ? p->from : !p->from];
    text_format(t, "{\"type\":\"pair\",\"from\":\"%s\"", sides[p->from]);
    seen_write(t, "sent", p->sent);
    seen_write(t, "arrived", p->arrived);
    text_string(t, ",\"delay\":");
    if (p->sent && p->arrived)
        text_seconds(t, way_of(p));
    else
        text_string(t, "null");
    text_format(t, ",\"fate\":\"%s\",\"changes\":[", fates[p->fate]);
    for (unsigned left = p->changes, any = 0; left; left &= left - 1, any = 1)
        text_format(t, "%s\"%s\"", any ? "," : "", changes[__builtin_ctz(left)]);
    text_format(t, "],\"guessed\":%s", p->guessed ? "true" : "false");
    if (c->tcp) {
        text_string(t, ",\"flags\":\"");
        words_flags(t, s->flags);
        text_format(t, "\",\"seq\":%u", relative_seq(view, s));
    }
    text_format(t, ",\"payload_bytes\":%u}\n", s->payload);
}

static void whole_write(struct text *t, const struct comparison *c)
{
    static const char *const kinds[] = { "addresses", "initial_numbers", "addresses_only" };
    text_format(t, "{\"type\":\"comparison\",\"client_capture\":%u,\"server_capture\":%u", c->order[CLIENT] + 1u,
                c->order[SERVER] + 1u);
    for (unsigned side = 0; side < 2; side++)
        text_format(t, ",\"%s_id\":%u", sides[side], c->match->id[c->order[side]]);
    text_format(t, ",\"matched_by\":\"%s\",\"pairs\":%zu,\"clock_offset\":", kinds[c->match->kind], c->count);
    if (c->clock_known)
        text_seconds(t, c->offset);
    else
        text_string(t, "null");
    if (c->drifts)
        text_format(t, ",\"drift\":%.9f", c->drift);
    for (unsigned from = 0; from < 2; from++) {
        const struct delays *d = &c->delay[from];
        text_format(t, ",\"from_%s\":{\"arrived\":%zu", sides[from], d->count);
        if (d->count && c->clock_known) {
            seconds(t, "delay_min", d->least);
            seconds(t, "delay_median", d->median);
            seconds(t, "delay_max", d->most);
        }
        text_char(t, '}');
    }
    text_string(t, "}\n");
}

void compare_json(struct report_output *out, const struct comparison *c)
{
    for (size_t i = 0; i < c->count && output_some(out); i++)
        pair_write(&out->text, c, &c->pairs[i]);
    whole_write(&out->text, c);
}

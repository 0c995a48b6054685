/* A ladder as a Mermaid sequenceDiagram: for Markdown, wikis and slides that draw it themselves. */
#include <string.h>

#include "report/export.h"
#include "report/fields.h"
#include "report/ladder_words.h"

static void escaped(struct text *t, struct text *words)
{
    if (words->used)
        text_mermaid(t, words->bytes, words->used);
    text_free(words);
}

static void participant(struct text *t, const struct ladder *l, unsigned side)
{
    struct text end = {0};
    text_string(t, side == CLIENT ? "    participant C as Client " : "    participant S as Server ");
    ladder_end(&end, l, side);
    escaped(t, &end);
    text_char(t, '\n');
}

static void note(struct text *t, const char *where, const char *words)
{
    text_format(t, "    Note %s: ", where);
    text_mermaid(t, words, strlen(words));
    text_char(t, '\n');
}

/* Calls stand outside, before the arrow that they cause; where one returns, behind the arrow that lets it. */
static void calls(struct text *t, const struct ladder_row *row, bool returning)
{
    static const char *const outside[] = { "left of C", "right of S" };
    for (unsigned side = 0; side < 2; side++) {
        bool closes = row->bracket[side] == BRACKET_CLOSES;
        char call[CALL_WORD_ROOM];
        ladder_call(call, row, side, CALL_WORD_ROOM, CALL_WORD_ROOM);
        if (!*call || closes != returning)
            continue;
        struct text words = {0};
        const struct true_call *recorded = row->recorded[side];
        if (closes)
            text_format(&words, "%s() ", recorded ? call_names[recorded->call] : "connect");
        text_string(&words, call);
        text_format(t, "    Note %s: ", outside[side]);
        escaped(t, &words);
        text_char(t, '\n');
    }
}

static void states(struct text *t, const struct ladder *l, const struct ladder_row *row)
{
    for (unsigned side = 0; side < 2; side++)
        if (row->state[side])
            note(t, side == CLIENT ? "over C" : "over S", tcp_state_names[row->state[side]]);
    if (!row->state[SERVER] && *ladder_unknown_state(l, row))
        note(t, "over S", ladder_unknown_state(l, row));
}

static void arrow(struct text *t, const struct ladder *l, const struct ladder_row *row)
{
    struct text label = {0};
    const struct step *step = story_step(l->story, row->scene->first);
    char time[16];
    ladder_time(time, l, step->time, 6);
    text_string(t, ladder_to_server(l, row) ? "    C" : "    S");
    text_string(t, ladder_dropped(row) ? "-x" : "->>");
    text_string(t, ladder_to_server(l, row) ? "S: " : "C: ");
    ladder_label(&label, l, row, 80);
    escaped(t, &label);
    text_format(t, " (frame %u, %s %s)\n", step->frame, time, ladder_in_milliseconds(l) ? "ms" : "s");
}

static void row_write(struct text *t, const struct ladder *l, const struct ladder_row *row)
{
    bool arrives_only = row->kind == LADDER_CROSS_3 || row->kind == LADDER_CROSS_4;
    bool quiet = row->kind == LADDER_SILENCE || row->kind == LADDER_LEFT_OUT || row->kind == LADDER_TIME;
    calls(t, row, false);
    if (quiet) {
        struct text words = {0};
        ladder_quiet(&words, l, row);
        text_string(t, "    Note over C,S: ");
        escaped(t, &words);
        text_char(t, '\n');
    } else if (row->kind != LADDER_CALL && !arrives_only) {
        arrow(t, l, row);
    }
    if ((row->scene || row->kind == LADDER_CALL) && !arrives_only)
        states(t, l, row);
    calls(t, row, true);
}

void ladder_mermaid(struct text *t, const struct ladder *l, const char *name)
{
    struct text title = {0};
    ladder_title(&title, l);
    if (name) {
        text_string(&title, ", in ");
        text_string(&title, name);
    }
    text_string(t, "sequenceDiagram\n    title ");
    escaped(t, &title);
    text_char(t, '\n');
    participant(t, l, CLIENT);
    participant(t, l, SERVER);
    for (size_t i = 0; i < l->count; i++)
        row_write(t, l, &l->rows[i]);
}

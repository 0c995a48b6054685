/* The keys, and what they do: the list of requests in two columns where there is room. */
#include <stdio.h>
#include <string.h>

#include "ui/screen_state.h"

enum { KEYS_WIDTH = 15 };

static unsigned lines_of(void)
{
    unsigned lines = 0;
    for (unsigned i = 1; i < REQUEST_COUNT; i++)
        if (requests[i].keys && requests[i].keys[0])
            lines += requests[i].group ? 3 : 1;
    return lines;
}

static void line_draw(struct canvas *canvas, unsigned line, unsigned from, unsigned rows, unsigned width,
                      const struct request_entry *entry)
{
    unsigned at = line - from, column = at / rows, y = 2 + at % rows;
    if (line < from || (column + 1) * width > canvas->width)
        return;
    if (!entry->keys) {
        canvas_text(canvas, column * width + 1, y, ROLE_HEADING, entry->says);
        return;
    }
    char keys[KEYS_WIDTH + 1];
    snprintf(keys, sizeof keys, "%s", entry->keys);
    canvas_text(canvas, column * width + 2, y, ROLE_KEY, keys);
    struct canvas words = canvas_new(width > KEYS_WIDTH + 4 ? width - KEYS_WIDTH - 3 : 1, 1);
    canvas_text(&words, 0, 0, ROLE_PLAIN, entry->says);
    canvas_copy(canvas, column * width + 2 + KEYS_WIDTH, y, &words);
    canvas_free(&words);
}

void help_draw(const struct screen *s, struct canvas *canvas)
{
    unsigned rows = canvas->height - 3, line = 0, lines = lines_of();
    unsigned width = canvas->width >= 150 ? canvas->width / 2 : canvas->width;
    unsigned shown = rows * (canvas->width / width), most = lines > shown ? lines - shown : 0;
    unsigned from = s->help_from < most ? s->help_from : most;
    canvas_text(canvas, 1, 0, ROLE_HEADING, "synfin: the keys");
    for (unsigned i = 1; i < REQUEST_COUNT; i++) {
        const struct request_entry *entry = &requests[i];
        if (!entry->keys || !entry->keys[0])
            continue;
        if (entry->group) {
            struct request_entry heading = { .says = entry->group };
            line += line > 0;
            line_draw(canvas, line++, from, rows, width, &heading);
        }
        line_draw(canvas, line++, from, rows, width, entry);
    }
    canvas_text(canvas, 1, canvas->height - 1, ROLE_PLAIN,
                most ? "Up and Down scroll; any other key goes back. Words: synfin help WORD"
                     : "Any key goes back. Words: synfin help WORD");
}

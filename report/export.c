#include "report/export.h"

#include <string.h>

#include "report/report.h"
#include "report/words.h"

enum { LEAST_WIDTH = 76 };

const char *const ladder_format_names[LADDER_FORMATS] = { "text", "mermaid", "svg" };

bool ladder_format_find(const char *name, enum ladder_format *format)
{
    for (unsigned i = 0; i < LADDER_FORMATS; i++)
        if (strcmp(name, ladder_format_names[i]) == 0) {
            *format = (enum ladder_format)i;
            return true;
        }
    return false;
}

/* --- escapes --- */

/* The two characters of the Basic Multilingual Plane that are UTF-8 and yet no XML (XML 1.0 2.2). */
static bool no_xml(const char *s, size_t left)
{
    return left >= 3 && memcmp(s, "\xef\xbf", 2) == 0 && ((uint8_t)s[2] == 0xbe || (uint8_t)s[2] == 0xbf);
}

void text_xml(struct text *t, const char *s, size_t length)
{
    struct text clean = {0};
    if (length)
        text_harmless(&clean, s, length);
    for (size_t i = 0; i < clean.used; i++) {
        switch (clean.bytes[i]) {
        case '&': text_string(t, "&amp;"); break;
        case '<': text_string(t, "&lt;"); break;
        case '>': text_string(t, "&gt;"); break;
        case '"': text_string(t, "&quot;"); break;
        case '\'': text_string(t, "&#39;"); break;
        default:
            if (no_xml(clean.bytes + i, clean.used - i)) {
                text_string(t, "\xef\xbf\xbd");
                i += 2;
            } else {
                text_char(t, clean.bytes[i]);
            }
        }
    }
    text_free(&clean);
}

/* Letters, digits and these mean nothing to Mermaid, in a message, a note or an alias. */
static bool plain_in_mermaid(char c)
{
    return (uint8_t)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           strchr(" ,.()=_/?[]:", c);
}

void text_mermaid(struct text *t, const char *s, size_t length)
{
    struct text clean = {0};
    if (length)
        text_harmless(&clean, s, length);
    for (size_t i = 0; i < clean.used; i++) {
        char c = clean.bytes[i];
        bool inside = c == '-' && i && i + 1 < clean.used && clean.bytes[i - 1] != '-';   /* FIN-WAIT-1, no arrow */
        bool leads = c == ':' && i == 0;
        if ((plain_in_mermaid(c) && !leads) || inside)
            text_char(t, c);
        else
            text_format(t, "#%u;", (unsigned)(uint8_t)c);
    }
    text_free(&clean);
}

/* --- what all say --- */

void ladder_title(struct text *t, const struct ladder *l)
{
    text_format(t, conversation_is_tcp(l->of) ? "Connection %u (TCP): " : "Flow %u (UDP): ", l->of->id);
    words_outcome(t, l->of);
}

void ladder_text(struct text *t, const struct ladder *ladder, bool ascii)
{
    struct canvas canvas = canvas_new(ladder->at.width, 2);
    if (!canvas.cells)
        t->failed = true;
    unsigned rows = ladder_heading(ladder, &canvas, 0);
    for (unsigned y = 0; y < rows; y++) {
        canvas_row(&canvas, y, ascii, t);
        text_char(t, '\n');
    }
    for (size_t i = 0; i < ladder->count; i++) {
        canvas_clear(&canvas);
        ladder_draw(ladder, i, &canvas, 0);
        canvas_row(&canvas, 0, ascii, t);
        text_char(t, '\n');
    }
    canvas_free(&canvas);
}

/* --- the door --- */

bool report_ladder(struct text *t, const struct decoder *decoder, const struct story *story, enum ladder_format format,
                   const char *name, const struct report_options *options)
{
    const struct conversation *of = decoder_find(decoder, story->id);
    struct scenes scenes = { 0 };
    struct ladder ladder;
    unsigned width = format != LADDER_TEXT ? 120 : options->width < LEAST_WIDTH ? 80 : options->width;
    if (!of || !scenes_make(&scenes, story, options->all) || !ladder_make(&ladder, of, story, &scenes, width)) {
        scenes_free(&scenes);
        return false;
    }
    if (format == LADDER_SVG)
        ladder_svg(t, &ladder, name);
    else if (format == LADDER_MERMAID)
        ladder_mermaid(t, &ladder, name);
    else
        ladder_text(t, &ladder, options->ascii);
    ladder_free(&ladder);
    scenes_free(&scenes);
    return !t->failed;
}

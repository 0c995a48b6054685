/* A result as a page for the student: whole in itself, no script, nothing from elsewhere, readable without colour
 * and on paper. What comes from outside is escaped by text_xml() of report/export.h. */
#include "grade/format.h"

#include <string.h>

#include "grade/ladders.h"
#include "report/export.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.05rem; margin: 0; } p, dl { margin: .3rem 0; }\n"
    ".total { font-size: 1.25rem; }\n"
    ".item { border: 1px solid #8888; border-left: .5rem solid #888; border-radius: .3rem; padding: .6rem .9rem;\n"
    "        margin: .8rem 0; break-inside: avoid; }\n"
    ".passed { border-left-color: #2a7; } .partial { border-left-color: #d90; }\n"
    ".failed, .error { border-left-color: #c33; } .undecidable { border-left-style: dashed; }\n"
    ".status { float: right; font-weight: bold; margin-left: 1rem; }\n"
    "dt { font-weight: bold; float: left; margin-right: .5rem; } dt::after { content: \":\"; }\n"
    "dd { margin: .15rem 0; overflow-wrap: anywhere; }\n"
    ".alert { border: 2px solid; padding: .6rem .9rem; }\n"
    "figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }\n"
    ".quiet { opacity: .75; font-size: .9rem; overflow-wrap: anywhere; }\n"
    "</style>\n";

static void words(struct text *t, const char *s)
{
    if (s)
        text_xml(t, s, strlen(s));
}

/* A sign beside the word, so that a glance finds what to look at. */
static const char *sign(const struct result_item *item)
{
    static const char *const signs[GRADE_STATUS_COUNT] = {
        [GRADE_PASSED] = "\u2713", [GRADE_PARTIAL] = "\u25d0", [GRADE_FAILED] = "\u2717", [GRADE_SKIPPED] = "\u2013",
        [GRADE_UNDECIDABLE] = "?", [GRADE_ERROR] = "!", [GRADE_HUMAN] = "\u270e",
    };
    return signs[item_status(item)];
}

static void item_html(struct text *t, const struct result_item *item)
{
    struct told told[TOLD_MOST];
    struct text room = {0};
    text_format(t, "<section class=\"item %s\">\n<span class=\"status\">%s %s",
                grade_status_names[item_status(item)], sign(item), item_status_words(item));
    if (item->most) {
        text_string(t, ", ");
        points_of(t, item->points, item->most);
    }
    text_string(t, "</span>\n<h2>");
    words(t, item->number);
    text_string(t, ". ");
    words(t, item->title ? item->title : item->id);
    text_string(t, "</h2>\n");
    unsigned count = item_told(item, told, &room);
    for (unsigned i = 0; i < count; i++) {
        text_format(t, told[i].label ? "<dl><dt>%s</dt><dd>" : "<p>", told[i].label);
        words(t, told[i].text);
        text_string(t, told[i].label ? "</dd></dl>\n" : "</p>\n");
    }
    text_string(t, "</section>\n");
    text_free(&room);
}

/* Which of the checks speak of a conversation. */
static void caption(struct text *t, const struct result *r, uint32_t id)
{
    const char *before = "<figcaption>Of check ";
    for (unsigned i = 0; i < r->count; i++) {
        const struct result_item *item = &r->items[i];
        for (unsigned k = 0; item_shown(item) && k < item->connection_count; k++)
            if (item->connections[k] == id) {
                text_string(t, before);
                words(t, item->number);
                before = ", ";
            }
    }
    text_string(t, "</figcaption>\n");
}

static void pictures(struct text *t, const struct result *r, const char *capture)
{
    struct ladders ladders;
    ladders_draw(&ladders, r, capture, LADDER_SVG);
    bool any = false;
    for (unsigned i = 0; i < ladders.count; i++) {
        if (!ladders.of[i].drawn.used)
            continue;
        text_string(t, any ? "" : "<h1>Your capture</h1>\n");
        text_string(t, "<figure>\n");
        caption(t, r, ladders.of[i].id);
        text_bytes(t, ladders.of[i].drawn.bytes, ladders.of[i].drawn.used);
        text_string(t, "</figure>\n");
        any = true;
    }
    if (any && ladders.left_out)
        text_string(t, "<p class=\"quiet\">The checks speak of more conversations; <code>synfin</code> shows all."
                       "</p>\n");
    ladders_free(&ladders);
}

static void heading(struct text *t, const struct result *r)
{
    struct text said = {0};
    text_string(t, "<title>");
    words(t, r->title ? r->title : "synfin grade");
    text_string(t, ": ");
    words(t, r->student ? r->student : r->name);
    text_string(t, "</title>\n</head>\n<body>\n<h1>");
    words(t, r->title ? r->title : "synfin grade");
    text_string(t, "</h1>\n<p>");
    words(t, r->name);
    if (r->student && (!r->name || strcmp(r->name, r->student) != 0)) {
        text_string(t, ", ");
        words(t, r->student);
    }
    text_string(t, "</p>\n<p class=\"total\"><strong>");
    points_of(t, result_points(r), result_most(r));
    text_string(t, "</strong> points</p>\n");
    result_lines(&said, r, " ");
    if (said.used) {
        text_string(t, "<p class=\"alert\">");
        text_xml(t, said.bytes, said.used);
        text_string(t, "</p>\n");
    }
    text_free(&said);
}

void format_html(struct text *t, const struct result *r, const struct format_options *options)
{
    unsigned hidden = 0;
    text_string(t, head);
    heading(t, r);
    for (unsigned i = 0; i < r->count; i++) {
        if (item_shown(&r->items[i]))
            item_html(t, &r->items[i]);
        else
            hidden++;
    }
    if (hidden)
        text_format(t, "<p>%u %s in the points and not shown here.</p>\n", hidden,
                    hidden == 1 ? "more check is" : "more checks are");
    if (options->ladders)
        pictures(t, r, options->capture ? options->capture : r->capture);
    text_string(t, "<p class=\"quiet\">");
    if (r->capture_sha256) {
        text_string(t, "Capture: SHA-256 ");
        words(t, r->capture_sha256);
        text_format(t, ", %llu frames. ", (unsigned long long)r->frames);
    }
    text_string(t, "Graded by synfin ");
    words(t, r->synfin);
    text_string(t, ".</p>\n</body>\n</html>\n");
}

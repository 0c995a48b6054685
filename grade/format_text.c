/* A result for people at a terminal: the instructor, with notes and right answers. */
#include "grade/format.h"

#include <string.h>

#include "grade/unlisted.h"

enum { WIDTH = 80, INDENT = 6 };

/* Characters that a terminal gives a cell each, nearly: bytes that do not go on with one. */
static unsigned columns(const char *s, size_t length)
{
    unsigned n = 0;
    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* Words from column `at` on; the next lines are indented. Ends the line. */
static void wrap(struct text *t, const char *s, unsigned at, unsigned indent)
{
    bool first = true;
    while (*s) {
        size_t length = strcspn(s, " ");
        unsigned wide = columns(s, length);
        if (!first && at + 1 + wide > WIDTH) {
            text_char(t, '\n');
            text_repeat(t, " ", indent);
            at = indent;
        } else if (!first) {
            text_char(t, ' ');
            at++;
        }
        text_bytes(t, s, length);
        at += wide;
        first = false;
        s += length;
        while (*s == ' ')
            s++;
    }
    text_char(t, '\n');
}

static void labelled(struct text *t, const char *label, const char *words)
{
    unsigned at = INDENT;
    text_repeat(t, " ", INDENT);
    if (label) {
        text_format(t, "%s: ", label);
        at += (unsigned)strlen(label) + 2;
    }
    wrap(t, words, at, INDENT + 2);
}

void format_item_text(struct text *t, const struct result_item *item)
{
    struct text head = {0}, room = {0};
    struct told told[TOLD_MOST];
    text_format(&head, "%s", item_status_words(item));
    if (item->most) {
        text_string(&head, ", ");
        points_of(&head, item->points, item->most);
    }
    if (item_status(item) == GRADE_UNDECIDABLE && item->full)
        text_string(&head, " for being undecidable");
    if (!item_shown(item))
        text_format(&head, " (%s)", grade_visibility_names[item->visibility % GRADE_VISIBILITY_COUNT]);
    text_format(t, "%3s  %s  ", item->number ? item->number : "", item->id ? item->id : "");
    text_format(t, "[%s]\n", text_ended(&head));
    labelled(t, NULL, item->title ? item->title : "");
    unsigned count = item_told(item, told, &room);
    for (unsigned i = 0; i < count; i++)
        labelled(t, told[i].label, told[i].text);
    if (item->expected)
        labelled(t, "Right answer", item->expected);
    if (item->note && item_status(item) != GRADE_PASSED)
        labelled(t, "Note", item->note);
    text_free(&head);
    text_free(&room);
}

void format_text(struct text *t, const struct result *r, const struct format_options *options)
{
    (void)options;                /* nothing of our own here is beyond ASCII */
    struct text said = {0};
    if (r->title)
        text_format(t, "%s: ", r->title);
    text_string(t, r->name ? r->name : "");
    if (r->student && (!r->name || strcmp(r->student, r->name) != 0))
        text_format(t, " (%s)", r->student);
    text_string(t, r->name && *r->name ? ", " : "");
    points_of(t, result_points(r), result_most(r));
    text_string(t, " points\n");
    result_lines(&said, r, " ");
    if (said.used && r->unlisted)
        text_char(&said, ' ');
    unlisted_sentence(&said, r);
    if (said.used)
        wrap(t, text_ended(&said), 0, 2);
    for (unsigned i = 0; i < r->count; i++) {
        text_char(t, '\n');
        format_item_text(t, &r->items[i]);
    }
    text_free(&said);
}

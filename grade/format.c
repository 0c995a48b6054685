/* What the formats share: their names, and what of an item is told to whom. */
#include "grade/format.h"

#include <string.h>

const char *const grade_format_names[FORMAT_COUNT] = {
#define X(id, name, ending) name,
    GRADE_FORMATS(X)
#undef X
};

const char *const grade_format_endings[FORMAT_COUNT] = {
#define X(id, name, ending) ending,
    GRADE_FORMATS(X)
#undef X
};

bool grade_format_find(const char *name, enum grade_format *format, struct error *error)
{
    struct text known = {0};
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(name, grade_format_names[i]) == 0) {
            *format = (enum grade_format)i;
            text_free(&known);
            return true;
        }
        text_string(&known, i == 0 ? "" : i + 1 < FORMAT_COUNT ? ", " : " or ");
        text_string(&known, grade_format_names[i]);
    }
    error_set(error, EXIT_USAGE, "--format is %s, not \"%.100s\".", text_ended(&known), name);
    text_free(&known);
    return false;
}

void grade_format_write(struct text *t, const struct result *r, enum grade_format format,
                        const struct format_options *o)
{
    switch (format) {
    case FORMAT_TEXT: format_text(t, r, o); break;
    case FORMAT_JSON: result_json(t, r); break;
    case FORMAT_CSV: break;       /* of a class: collect.h */
    case FORMAT_HTML: format_html(t, r, o); break;
    case FORMAT_JUNIT: format_junit(t, r); break;
    case FORMAT_TAP: format_tap(t, r); break;
    case FORMAT_GRADESCOPE: format_gradescope(t, r); break;
    case FORMAT_GITHUB: format_github(t, r); break;
    case FORMAT_CLASSROOM50: format_classroom50(t, r, o->now); break;
    default: format_prairielearn(t, r); break;
    }
}

const char *item_status_words(const struct result_item *item)
{
    static const char *const words[GRADE_STATUS_COUNT] = {
        [GRADE_PASSED] = "passed", [GRADE_PARTIAL] = "partly passed", [GRADE_FAILED] = "not passed",
        [GRADE_SKIPPED] = "skipped", [GRADE_UNDECIDABLE] = "undecidable", [GRADE_ERROR] = "error",
        [GRADE_HUMAN] = "for a person to judge",
    };
    return words[item_status(item)];
}

void item_title(struct text *t, const struct result_item *item, bool shown)
{
    if (shown)
        text_string(t, item->title ? item->title : item->id ? item->id : "");
    else
        text_format(t, "Check %s (not shown)", item->number ? item->number : "");
}

void points_of(struct text *t, uint32_t points, uint32_t most)
{
    result_points_text(t, points);
    text_string(t, " of ");
    result_points_text(t, most);
}

/* "1, 2, 3 and 4 more" */
static void frames(struct text *t, const struct result_item *item)
{
    for (unsigned i = 0; i < item->frame_count; i++)
        text_format(t, i ? ", %u" : "%u", item->frames[i]);
    if (item->frames_more)
        text_format(t, " and %u more", item->frames_more);
}

/* Has somebody read what was left to a person? Then what the rubric had to say of it holds no more. */
static bool is_read(const struct result_item *item)
{
    return item->marked && item->status == GRADE_HUMAN;
}

/* Appends to the room, and gives where; the room must not grow while what it gave is in use, so it is reserved
 * before. */
static const char *by_hand(struct text *room, const struct result_item *item)
{
    size_t at = room->used;
    points_of(room, item->points, item->most);
    if (!is_read(item)) {
        text_string(room, "; the rubric gave ");
        result_points_text(room, item->graded);
    }
    if (item->remark)
        text_format(room, ". %s", item->remark);
    text_char(room, '\0');
    return room->failed ? "" : room->bytes + at;
}

static const char *frames_named(struct text *room, const struct result_item *item)
{
    size_t at = room->used;
    frames(room, item);
    text_char(room, '\0');
    return room->failed ? "" : room->bytes + at;
}

unsigned item_told(const struct result_item *item, struct told told[TOLD_MOST], struct text *room)
{
    unsigned count = 0;
    room->used = 0;
    if (!text_reserve(room, RESULT_TEXT_MOST + 100 + 12 * (RESULT_FRAMES_MOST + 3)))
        return 0;
    if (item->message && !is_read(item))
        told[count++] = (struct told){ NULL, item->message };
    if (item->nearest)
        told[count++] = (struct told){ "Nearest", item->nearest };
    if (item->reason)
        told[count++] = (struct told){ item->status == GRADE_UNDECIDABLE ? "Undecidable" : "Why", item->reason };
    if (item->answer)
        told[count++] = (struct told){ "Your answer", item->answer };
    if (item->hint && !item_passed(item))
        told[count++] = (struct told){ "Hint", item->hint };
    if (item->marked)
        told[count++] = (struct told){ is_read(item) ? "Read by a person" : "Changed by a person", by_hand(room, item) };
    if (item->frame_count)
        told[count++] = (struct told){ item->frame_count > 1 ? "Frames" : "Frame", frames_named(room, item) };
    return count;
}

void item_lines(struct text *t, const struct result_item *item, bool shown, const char *end_of_line)
{
    struct told told[TOLD_MOST];
    struct text room = {0};
    unsigned count = shown ? item_told(item, told, &room) : 0;
    for (unsigned i = 0; i < count; i++) {
        text_string(t, i ? end_of_line : "");
        if (told[i].label)
            text_format(t, "%s: ", told[i].label);
        text_string(t, told[i].text);
    }
    text_free(&room);
}

static void full_stop(struct text *t)
{
    text_string(t, t->used && t->bytes[t->used - 1] != '.' ? "." : "");
}

void result_lines(struct text *t, const struct result *r, const char *end_of_line)
{
    if (r->error) {
        text_format(t, "This could not be graded%s: %s", r->count ? " to its end" : "", r->error);
        full_stop(t);
    }
    if (r->capture_problem) {
        text_format(t, "%sThe capture: %s", r->error ? end_of_line : "", r->capture_problem);
        full_stop(t);
    }
    if (r->unanswered)
        text_format(t, "%sThe answers: %s", t->used ? end_of_line : "", r->unanswered);
    if (r->ran)
        text_format(t, "%sThe program: %s", t->used ? end_of_line : "", r->ran);
    if (r->wrote)
        text_format(t, "%sIt wrote: %s", t->used ? end_of_line : "", r->wrote);
}

/* Results for platforms that read JSON: Gradescope, GitHub Classroom, Classroom 50, PrairieLearn. */
#include "grade/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>

#include "grade/unlisted.h"

/* --- one member each, a comma before it where it is not the first of its object --- */

static void key(struct text *t, const char *name)
{
    char last = t->used ? t->bytes[t->used - 1] : '{';
    text_string(t, last == '{' || last == '[' ? "" : ",");
    text_format(t, "\"%s\":", name);
}

static void string(struct text *t, const char *name, const char *value)
{
    key(t, name);
    text_json_string(t, value);
}

static void points(struct text *t, const char *name, uint32_t value)
{
    key(t, name);
    result_points_text(t, value);
}

/* A text that was made for this, and is freed here; at most `most` bytes of it. */
static void made(struct text *t, const char *name, struct text *value, size_t most)
{
    key(t, name);
    text_char(t, '"');
    if (value->used > most) {
        value->used = most;
        while (value->used && ((unsigned char)value->bytes[value->used] & 0xc0) == 0x80)
            value->used--;
        text_string(value, "...");
    }
    if (value->used)
        text_json(t, value->bytes, value->used);
    text_char(t, '"');
    text_free(value);
}

static void title(struct text *t, const char *name, const struct result_item *item, bool shown, size_t most)
{
    struct text words = {0};
    item_title(&words, item, shown);
    made(t, name, &words, most);
}

static void lines(struct text *t, const char *name, const struct result_item *item, bool shown, size_t most)
{
    struct text words = {0};
    item_lines(&words, item, shown, "\n");
    made(t, name, &words, most);
}

static void next(struct text *t)
{
    text_string(t, t->bytes && t->bytes[t->used - 1] == '[' ? "\n" : ",\n");
}

/* --- Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/ --- */

/* What only instructors see stands in a test that is hidden. */
static void gradescope_notes(struct text *t, const struct result *r)
{
    struct text notes = {0};
    unlisted_sentence(&notes, r);
    for (unsigned i = 0; i < r->count; i++) {
        const struct result_item *item = &r->items[i];
        if (!item->expected && (!item->note || item_passed(item)))
            continue;
        text_format(&notes, "%s%s:", notes.used ? "\n" : "", item->id ? item->id : "");
        if (item->expected)
            text_format(&notes, " right answer %s.", item->expected);
        if (item->note && !item_passed(item))
            text_format(&notes, " %s", item->note);
    }
    if (notes.used) {
        next(t);
        text_char(t, '{');
        string(t, "name", "For the instructor");
        string(t, "output_format", "text");
        string(t, "visibility", "hidden");
        made(t, "output", &notes, SIZE_MAX);
        text_char(t, '}');
    }
    text_free(&notes);
}

static void gradescope_test(struct text *t, const struct result_item *item)
{
    next(t);
    text_char(t, '{');
    points(t, "score", item->points);
    points(t, "max_score", item->most);
    if (item_status(item) != GRADE_HUMAN)
        string(t, "status", item_passed(item) ? "passed" : "failed");
    title(t, "name", item, true, SIZE_MAX);
    string(t, "name_format", "text");
    string(t, "number", item->number);
    lines(t, "output", item, true, SIZE_MAX);
    string(t, "output_format", "text");
    key(t, "tags");
    text_format(t, "[\"%s\"]", grade_status_names[item_status(item)]);
    string(t, "visibility", grade_visibility_names[item->visibility % GRADE_VISIBILITY_COUNT]);
    text_char(t, '}');
}

void format_gradescope(struct text *t, const struct result *r)
{
    struct text said = {0};
    text_char(t, '{');
    points(t, "score", result_points(r));
    key(t, "execution_time");
    text_format(t, "%.3f", r->seconds);
    result_lines(&said, r, "\n");
    made(t, "output", &said, SIZE_MAX);
    string(t, "output_format", "text");
    string(t, "test_output_format", "text");
    string(t, "test_name_format", "text");
    string(t, "visibility", "visible");
    string(t, "stdout_visibility", "hidden");
    key(t, "tests");
    text_char(t, '[');
    for (unsigned i = 0; i < r->count; i++)
        gradescope_test(t, &r->items[i]);
    gradescope_notes(t, r);
    text_string(t, "]}\n");
}

/* --- GitHub Classroom: what its reporter reads, and its notices --- */

static const char *github_status(const struct result_item *item)
{
    return item_passed(item) ? "pass" : item_status(item) == GRADE_ERROR ? "error" : "fail";
}

static void github_test(struct text *t, const struct result_item *item)
{
    bool shown = item_shown(item);
    next(t);
    text_char(t, '{');
    title(t, "name", item, shown, SIZE_MAX);
    string(t, "status", github_status(item));
    points(t, "score", item->points);
    lines(t, "message", item, shown, SIZE_MAX);
    string(t, "test_code", shown && item->id ? item->id : "");
    string(t, "filename", "");
    key(t, "line_no");
    text_string(t, "0");
    key(t, "duration");
    text_format(t, "%.0f", item->seconds * 1000);
    text_char(t, '}');
}

static void github_json(struct text *t, const struct result *r)
{
    enum grade_status status = result_status(r);
    bool all = true;
    for (unsigned i = 0; i < r->count; i++)
        all = all && item_passed(&r->items[i]);
    text_char(t, '{');
    key(t, "version");
    text_char(t, '1');
    string(t, "status", status == GRADE_ERROR ? "error" : all ? "pass" : "fail");
    points(t, "max_score", result_most(r));
    key(t, "tests");
    text_char(t, '[');
    if (r->error) {
        struct text said = {0};
        result_lines(&said, r, "\n");
        next(t);
        text_string(t, "{\"name\":\"Grading\",\"status\":\"error\",\"score\":0");
        made(t, "message", &said, SIZE_MAX);
        text_string(t, ",\"test_code\":\"\",\"filename\":\"\",\"line_no\":0,\"duration\":0}");
    }
    for (unsigned i = 0; i < r->count; i++)
        github_test(t, &r->items[i]);
    text_string(t, "]}");
}

void format_github(struct text *t, const struct result *r)
{
    struct text json = {0};
    github_json(&json, r);
    size_t length = BASE64_ENCODE_RAW_LENGTH(json.used);
    char *at = json.failed ? NULL : text_reserve(t, length);
    if (at) {
        base64_encode_raw(at, json.used, (const uint8_t *)json.bytes);
        t->used += length;
    }
    text_char(t, '\n');
    text_free(&json);
}

void github_notices(struct text *t, const struct result *r)
{
    text_string(t, "::notice title=Autograding complete::Points ");
    result_points_text(t, result_points(r));
    text_char(t, '/');
    result_points_text(t, result_most(r));
    text_string(t, "\n::notice title=Autograding report::{\"totalPoints\":");
    result_points_text(t, result_points(r));
    text_string(t, ",\"maxPoints\":");
    result_points_text(t, result_most(r));
    text_string(t, "}\n");
}

/* --- Classroom 50 --- */

/* What the runner's environment says; null where it says nothing. */
static void from_environment(struct text *t, const char *name, const char *variable)
{
    const char *value = getenv(variable);
    char *harmless = NULL;
    result_text(&harmless, value && *value ? value : NULL);
    string(t, name, harmless);
    free(harmless);
}

void format_classroom50(struct text *t, const struct result *r, time_t now)
{
    char when[40] = "";
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    text_char(t, '{');
    string(t, "schema", "classroom50/result/v1");
    from_environment(t, "classroom", "GITHUB_REPOSITORY_OWNER");
    string(t, "assignment", r->title);
    string(t, "submission", r->student ? r->student : r->name);
    from_environment(t, "commit", "GITHUB_SHA");
    from_environment(t, "release", "GITHUB_REF_NAME");
    string(t, "review", r->error);
    string(t, "datetime", when);
    points(t, "score", result_points(r));
    points(t, "max-score", result_most(r));
    key(t, "tests");
    text_char(t, '[');
    for (unsigned i = 0; i < r->count; i++) {
        const struct result_item *item = &r->items[i];
        next(t);
        text_char(t, '{');
        title(t, "test-name", item, item_shown(item), SIZE_MAX);
        key(t, "passed");
        text_string(t, item_passed(item) ? "true" : "false");
        points(t, "score", item->points);
        points(t, "max-score", item->most);
        text_char(t, '}');
    }
    text_string(t, "]}\n");
}

/* --- PrairieLearn --- */

static void prairielearn_test(struct text *t, const struct result_item *item, size_t most)
{
    bool shown = item_shown(item);
    next(t);
    text_char(t, '{');
    title(t, "name", item, shown, most);
    string(t, "description", shown ? item_status_words(item) : "");
    points(t, "points", item->points);
    points(t, "max_points", item->most);
    struct text hint = {0};
    text_string(&hint, shown && item->hint && !item_passed(item) ? item->hint : "");
    made(t, "message", &hint, most);
    lines(t, "output", item, shown, most);
    text_char(t, '}');
}

/* With at most so many bytes of each text of an item. False: it came out too large, and was given up. */
static bool prairielearn(struct text *t, const struct result *r, size_t most)
{
    size_t from = t->used;
    struct text said = {0};
    uint32_t full = result_most(r);
    bool unreadable = r->error && !r->count;
    text_format(t, "{\"gradable\":%s,\"score\":%.6f", unreadable ? "false" : "true",
                full ? result_points(r) / (double)full : 0.0);
    result_lines(&said, r, "\n");
    if (unreadable) {
        key(t, "format_errors");
        text_char(t, '[');
        text_json_string(t, text_ended(&said));
        text_char(t, ']');
    }
    struct text message = {0};
    points_of(&message, result_points(r), full);
    text_string(&message, " points");
    made(t, "message", &message, SIZE_MAX);
    made(t, "output", &said, SIZE_MAX);
    key(t, "tests");
    text_char(t, '[');
    for (unsigned i = 0; i < r->count && t->used - from <= PRAIRIELEARN_MOST; i++)
        prairielearn_test(t, &r->items[i], most);
    text_string(t, "]}\n");
    return t->used - from <= PRAIRIELEARN_MOST;
}

void format_prairielearn(struct text *t, const struct result *r)
{
    size_t from = t->used;
    for (size_t most = 64 * 1024; !prairielearn(t, r, most) && most; most /= 2)
        t->used = from;
}

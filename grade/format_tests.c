/* Results for test harnesses: JUnit XML and TAP version 13 (which Debian's prove reads; 14 it refuses). */
#include "grade/format.h"

#include <string.h>

#include "report/export.h"

/* --- JUnit --- */

static void attribute(struct text *t, const char *name, const char *value)
{
    text_format(t, " %s=\"", name);
    text_xml(t, value, strlen(value));
    text_char(t, '"');
}

static void seconds(struct text *t, double s)
{
    text_format(t, " time=\"%.3f\"", s);
}

/* Points are no part of the format: readers take them from properties, or from lines of this form in system-out. */
static void property(struct text *t, struct text *out, const char *name, const char *value)
{
    text_string(t, "   <property");
    attribute(t, "name", name);
    attribute(t, "value", value);
    text_string(t, "/>\n");
    text_format(out, "[[PROPERTY|%s=%s]]\n", name, value);
}

static void properties(struct text *t, struct text *out, const struct result_item *item)
{
    struct text number = {0};
    text_string(t, "  <properties>\n");
    result_points_text(&number, item->points);
    property(t, out, "score", text_ended(&number));
    number.used = 0;
    result_points_text(&number, item->most);
    property(t, out, "max_score", text_ended(&number));
    property(t, out, "status", grade_status_names[item_status(item)]);
    if (item->marked)
        property(t, out, "marked", "by a person");
    text_string(t, "  </properties>\n");
    text_free(&number);
}

/* What a case is: NULL where it passed. Who earns nothing for what the capture cannot tell has not passed. */
static const char *junit_element(const struct result_item *item)
{
    switch (item_status(item)) {
    case GRADE_ERROR: return "error";
    case GRADE_SKIPPED: case GRADE_HUMAN: return "skipped";
    default: return item_passed(item) ? NULL : "failure";
    }
}

/* text_xml() would write the end of a line as \x0a. */
static void lines_xml(struct text *t, const char *lines)
{
    for (const char *end; *lines; lines = *end ? end + 1 : end) {
        end = strchrnul(lines, '\n');
        text_xml(t, lines, (size_t)(end - lines));
        text_string(t, *end ? "\n" : "");
    }
}

static void junit_case(struct text *t, const struct result *r, const struct result_item *item)
{
    struct text name = {0}, out = {0}, lines = {0};
    const char *element = junit_element(item);
    item_title(&name, item, item_shown(item));
    item_lines(&lines, item, item_shown(item), "\n");
    text_string(t, " <testcase");
    attribute(t, "name", text_ended(&name));
    attribute(t, "classname", r->title ? r->title : "synfin grade");
    seconds(t, item->seconds);
    text_string(t, ">\n");
    properties(t, &out, item);
    if (element) {
        text_format(t, "  <%s", element);
        attribute(t, "message", item_shown(item) && item->message ? item->message : item_status_words(item));
        if (strcmp(element, "skipped") == 0) {
            text_string(t, "/>\n");
        } else {
            attribute(t, "type", grade_status_names[item_status(item)]);
            text_char(t, '>');
            lines_xml(t, text_ended(&lines));
            text_format(t, "</%s>\n", element);
        }
    }
    text_format(t, "  <system-out>%s</system-out>\n </testcase>\n", text_ended(&out));
    text_free(&name);
    text_free(&out);
    text_free(&lines);
}

void format_junit(struct text *t, const struct result *r)
{
    unsigned failures = 0, errors = r->error != NULL, skipped = 0;
    for (unsigned i = 0; i < r->count; i++) {
        const char *element = junit_element(&r->items[i]);
        failures += element && element[0] == 'f';
        errors += element && element[0] == 'e';
        skipped += element && element[0] == 's';
    }
    unsigned tests = r->count + (r->error != NULL);
    text_string(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attribute(t, "name", "synfin grade");
    text_format(t, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", tests, failures, errors, skipped);
    seconds(t, r->seconds);
    text_string(t, ">\n<testsuite");
    attribute(t, "name", r->title ? r->title : r->rubric ? r->rubric : "synfin grade");
    text_format(t, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", tests, failures, errors, skipped);
    seconds(t, r->seconds);
    text_string(t, ">\n");
    if (r->error) {
        text_string(t, " <testcase name=\"Grading\" classname=\"synfin grade\">\n  <error type=\"error\"");
        attribute(t, "message", r->error);
        text_string(t, "/>\n </testcase>\n");
    }
    for (unsigned i = 0; i < r->count; i++)
        junit_case(t, r, &r->items[i]);
    text_string(t, "</testsuite>\n</testsuites>\n");
}

/* --- TAP --- */

/* A # would begin a directive, and a backslash an escape. */
static void tap_words(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (*s == '#' || *s == '\\')
            text_char(t, '\\');
        text_char(t, *s);
    }
}

/* A string of JSON is one of YAML too. */
static void yaml_string(struct text *t, const char *key, const char *value)
{
    text_format(t, "  %s: ", key);
    text_json_string(t, value);
    text_char(t, '\n');
}

static void yaml_points(struct text *t, const char *key, uint32_t points)
{
    text_format(t, "  %s: ", key);
    result_points_text(t, points);
    text_char(t, '\n');
}

static void tap_item(struct text *t, const struct result_item *item, unsigned number)
{
    struct text title = {0}, room = {0};
    struct told told[TOLD_MOST];
    bool aside = item_status(item) == GRADE_SKIPPED || item_status(item) == GRADE_HUMAN, shown = item_shown(item);
    item_title(&title, item, shown);
    text_format(t, "%s %u - ", item_passed(item) || aside ? "ok" : "not ok", number);
    tap_words(t, text_ended(&title));
    if (aside) {
        text_string(t, " # SKIP ");
        tap_words(t, shown && item->reason ? item->reason : item_status_words(item));
    }
    text_string(t, "\n  ---\n");
    yaml_string(t, "status", grade_status_names[item_status(item)]);
    yaml_points(t, "score", item->points);
    yaml_points(t, "max_score", item->most);
    unsigned count = shown ? item_told(item, told, &room) : 0;
    for (unsigned i = 0; i < count; i++) {
        struct text key = {0};
        text_string(&key, told[i].label ? told[i].label : "message");
        for (size_t at = 0; at < key.used; at++)
            key.bytes[at] = key.bytes[at] == ' ' ? '_' : (char)(key.bytes[at] | 0x20);
        yaml_string(t, text_ended(&key), told[i].text);
        text_free(&key);
    }
    text_string(t, "  ...\n");
    text_free(&title);
    text_free(&room);
}

void format_tap(struct text *t, const struct result *r)
{
    unsigned tests = r->count + (r->error != NULL), number = 0;
    text_format(t, "TAP version 13\n1..%u\n", tests);
    for (unsigned i = 0; i < r->count; i++)
        tap_item(t, &r->items[i], ++number);
    if (r->error) {
        text_format(t, "not ok %u - Grading\n  ---\n", ++number);
        yaml_string(t, "message", r->error);
        text_string(t, "  ...\n");
    }
}

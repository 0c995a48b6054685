/* The result as JSON, and read back: one table of members for both ways. */
#include "grade/result.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole.h"

enum member_kind { MEMBER_TEXT, MEMBER_POINTS, MEMBER_NUMBER, MEMBER_LONG, MEMBER_TRUTH, MEMBER_STATUS,
                   MEMBER_VISIBILITY, MEMBER_SECONDS, MEMBER_FRAMES, MEMBER_CONNECTIONS };

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
};

#define OF_ITEM(name, kind) { #name, MEMBER_##kind, offsetof(struct result_item, name) }
#define OF_RESULT(name, kind) { #name, MEMBER_##kind, offsetof(struct result, name) }

static const struct member item_members[] = {
    OF_ITEM(id, TEXT), OF_ITEM(number, TEXT), OF_ITEM(title, TEXT), OF_ITEM(type, TEXT), OF_ITEM(needs, TEXT),
    OF_ITEM(line, NUMBER), OF_ITEM(points, POINTS), OF_ITEM(most, POINTS), OF_ITEM(status, STATUS),
    OF_ITEM(visibility, VISIBILITY), OF_ITEM(decided, TRUTH), OF_ITEM(full, TRUTH), OF_ITEM(message, TEXT),
    OF_ITEM(hint, TEXT), OF_ITEM(note, TEXT), OF_ITEM(nearest, TEXT), OF_ITEM(reason, TEXT), OF_ITEM(answer, TEXT),
    OF_ITEM(expected, TEXT), OF_ITEM(key, TEXT), OF_ITEM(marked, TRUTH), OF_ITEM(graded, POINTS),
    OF_ITEM(remark, TEXT), OF_ITEM(frames, FRAMES), OF_ITEM(frames_more, NUMBER),
    OF_ITEM(connections, CONNECTIONS), OF_ITEM(seconds, SECONDS),
};

static const struct member result_members[] = {
    OF_RESULT(name, TEXT), OF_RESULT(student, TEXT), OF_RESULT(unlisted, TEXT),
    OF_RESULT(capture, TEXT), OF_RESULT(capture_sha256, TEXT),
    OF_RESULT(program, TEXT), OF_RESULT(program_sha256, TEXT), OF_RESULT(ran, TEXT), OF_RESULT(wrote, TEXT),
    OF_RESULT(answers, TEXT), OF_RESULT(answers_sha256, TEXT), OF_RESULT(unanswered, TEXT),
    OF_RESULT(rubric, TEXT), OF_RESULT(rubric_sha256, TEXT),
    OF_RESULT(title, TEXT), OF_RESULT(synfin, TEXT), OF_RESULT(prints, TEXT), OF_RESULT(frames, LONG),
        OF_RESULT(complete, TRUTH),
    OF_RESULT(capture_problem, TEXT), OF_RESULT(error, TEXT), OF_RESULT(seconds, SECONDS),
};

enum {
    ITEM_MEMBERS = sizeof item_members / sizeof *item_members,
    RESULT_MEMBERS = sizeof result_members / sizeof *result_members,
};

/* --- writing --- */

static void list_json(struct text *t, const uint32_t *list, unsigned count)
{
    text_char(t, '[');
    for (unsigned i = 0; i < count; i++) {
        text_string(t, i ? "," : "");
        text_u64(t, list[i]);
    }
    text_char(t, ']');
}

static void member_json(struct text *t, const struct member *member, const void *object)
{
    const char *at = (const char *)object + member->offset;
    const struct result_item *item = object;
    text_format(t, "\"%s\":", member->name);
    switch (member->kind) {
    case MEMBER_TEXT:
        text_json_string(t, *(char *const *)(const void *)at);
        break;
    case MEMBER_POINTS:
        result_points_text(t, *(const uint32_t *)(const void *)at);
        break;
    case MEMBER_NUMBER:
        text_u64(t, *(const unsigned *)(const void *)at);
        break;
    case MEMBER_LONG:
        text_u64(t, *(const uint64_t *)(const void *)at);
        break;
    case MEMBER_TRUTH:
        text_string(t, *(const bool *)at ? "true" : "false");
        break;
    case MEMBER_STATUS:
        text_json_string(t, grade_status_names[*(const uint8_t *)at % GRADE_STATUS_COUNT]);
        break;
    case MEMBER_VISIBILITY:
        text_json_string(t, grade_visibility_names[*(const uint8_t *)at % GRADE_VISIBILITY_COUNT]);
        break;
    case MEMBER_SECONDS:
        text_format(t, "%.6f", *(const double *)(const void *)at);
        break;
    case MEMBER_FRAMES:
        list_json(t, item->frames, item->frame_count);
        break;
    case MEMBER_CONNECTIONS:
        list_json(t, item->connections, item->connection_count);
        break;
    }
}

static void members_json(struct text *t, const struct member *members, unsigned count, const void *object)
{
    for (unsigned i = 0; i < count; i++) {
        text_string(t, i ? "," : "");
        member_json(t, &members[i], object);
    }
}

void result_item_json(struct text *t, const struct result_item *item)
{
    text_char(t, '{');
    members_json(t, item_members, ITEM_MEMBERS, item);
    text_char(t, '}');
}

void result_json(struct text *t, const struct result *result)
{
    text_format(t, "{\"version\":%d,", RESULT_VERSION);
    members_json(t, result_members, RESULT_MEMBERS, result);
    text_format(t, ",\"error_status\":%u,\"status\":\"%s\",\"points\":", result->error_status,
                grade_status_names[result_status(result)]);
    result_points_text(t, result_points(result));
    text_string(t, ",\"most\":");
    result_points_text(t, result_most(result));
    text_string(t, ",\"items\":[");
    for (unsigned i = 0; i < result->count; i++) {
        text_string(t, i ? ",\n" : "\n");
        result_item_json(t, &result->items[i]);
    }
    text_string(t, "]}\n");
}

/* --- reading --- */

static bool find_name(const char *const *names, unsigned count, const char *name, uint8_t *found)
{
    for (unsigned i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0) {
            *found = (uint8_t)i;
            return true;
        }
    return false;
}

static bool whole_number(const json_t *value, uint64_t most, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > most)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static bool points_read(uint32_t *points, const json_t *value)
{
    double number = json_is_number(value) ? json_number_value(value) : -1;
    if (!(number >= 0 && number * 100 <= RESULT_POINTS_MOST))
        return false;
    *points = (uint32_t)lround(number * 100);
    return true;
}

static bool list_read(struct result_item *item, const json_t *list, void (*add)(struct result_item *, uint32_t))
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        uint64_t number;
        if (!whole_number(json_array_get(list, i), UINT32_MAX, &number))
            return false;
        add(item, (uint32_t)number);
    }
    return json_is_array(list);
}

static bool text_read(char **text, const json_t *value)
{
    if (!json_is_string(value))
        return json_is_null(value);
    result_text(text, json_string_value(value));
    return true;
}

static bool member_read(const struct member *member, void *object, const json_t *value)
{
    char *at = (char *)object + member->offset;
    struct result_item *item = object;
    uint64_t number = 0;
    if (!value)                   /* written by a version that did not know it yet */
        return true;
    switch (member->kind) {
    case MEMBER_TEXT:
        return text_read((char **)(void *)at, value);
    case MEMBER_POINTS:
        return points_read((uint32_t *)(void *)at, value);
    case MEMBER_NUMBER:
        if (!whole_number(value, UINT32_MAX, &number))
            return false;
        *(unsigned *)(void *)at = (unsigned)number;
        return true;
    case MEMBER_LONG:
        return whole_number(value, INT64_MAX, (uint64_t *)(void *)at);
    case MEMBER_TRUTH:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value);
    case MEMBER_STATUS:
        return find_name(grade_status_names, GRADE_STATUS_COUNT, json_string_value(value), (uint8_t *)at);
    case MEMBER_VISIBILITY:
        return find_name(grade_visibility_names, GRADE_VISIBILITY_COUNT, json_string_value(value), (uint8_t *)at);
    case MEMBER_SECONDS:
        *(double *)(void *)at = json_number_value(value);
        return json_is_number(value) && json_number_value(value) >= 0;
    case MEMBER_FRAMES:
        return list_read(item, value, result_frame);
    default:
        return list_read(item, value, result_connection);
    }
}

static bool members_read(const struct member *members, unsigned count, void *object, const json_t *from,
                         struct error *error)
{
    if (!json_is_object(from)) {
        error_set(error, EXIT_UNREADABLE, "This is no result of synfin grade: an object is missing.");
        return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (!member_read(&members[i], object, json_object_get(from, members[i].name))) {
            error_set(error, EXIT_UNREADABLE, "This is no result of synfin grade: \"%s\" has a value that it cannot "
                      "have.",
                      members[i].name);
            return false;
        }
    return true;
}

bool result_item_read(struct result_item *item, const json_t *object, struct error *error)
{
    *item = (struct result_item){ 0 };
    bool well = members_read(item_members, ITEM_MEMBERS, item, object, error);
    if (well && (!item->id || item->points > item->most)) {
        error_set(error, EXIT_UNREADABLE, "This is no result of synfin grade: a check has no id, or more points than "
                  "it can.");
        well = false;
    }
    if (!well)
        result_item_free(item);
    return well;
}

static bool items_read(struct result *result, const json_t *items, struct error *error)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct result_item item;
        if (!result_item_read(&item, json_array_get(items, i), error))
            return false;
        struct result_item *added = result_add(result);
        if (!added) {
            result_item_free(&item);
            error_set(error, EXIT_UNREADABLE, "This result has more than %d checks.", RESULT_ITEMS_MOST);
            return false;
        }
        *added = item;
    }
    return true;
}

bool result_read(struct result *result, const json_t *object, struct error *error)
{
    *result = (struct result){ 0 };
    uint64_t version = 0, status = 0;
    bool well = members_read(result_members, RESULT_MEMBERS, result, object, error);
    if (well && (!whole_number(json_object_get(object, "version"), RESULT_VERSION, &version) || version == 0)) {
        error_set(error, EXIT_UNREADABLE, "This is no result that this version of synfin reads: its \"version\" is not "
                  "%d.",
                  RESULT_VERSION);
        well = false;
    }
    if (whole_number(json_object_get(object, "error_status"), EXIT_OUTPUT, &status))
        result->error_status = (uint8_t)status;
    if (!well || !items_read(result, json_object_get(object, "items"), error)) {
        result_free(result);
        return false;
    }
    return true;
}

bool result_load(struct result *result, const char *file, struct error *error)
{
    *result = (struct result){ 0 };
    FILE *in = whole_open(file);
    char *bytes = in ? malloc(RESULT_JSON_MOST + 1) : NULL;
    if (!bytes) {
        error_set(error, EXIT_UNREADABLE, "%.200s cannot be read: %s.", file, strerror(errno));
        if (in)
            fclose(in);
        return false;
    }
    size_t length = fread(bytes, 1, RESULT_JSON_MOST + 1, in);
    json_error_t problem;
    json_t *object = ferror(in) || length > RESULT_JSON_MOST ? NULL : json_loadb(bytes, length, 0, &problem);
    bool well = object && result_read(result, object, error);
    if (!object)
        error_set(error, EXIT_UNREADABLE, "%.200s is no result of synfin grade: it is not whole JSON.", file);
    json_decref(object);
    free(bytes);
    fclose(in);
    return well;
}

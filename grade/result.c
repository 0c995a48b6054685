/* The result as an object: setting, finding, adding up. */
#include "grade/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const grade_status_names[GRADE_STATUS_COUNT] = {
#define X(id, name) name,
    GRADE_STATUSES(X)
#undef X
};

const char *const grade_visibility_names[GRADE_VISIBILITY_COUNT] = {
#define X(id, name) name,
    GRADE_VISIBILITIES(X)
#undef X
};

void result_text(char **text, const char *value)
{
    free(*text);
    *text = NULL;
    if (!value)
        return;
    struct text line = {0}, harmless = {0};
    text_bytes(&line, value, strnlen(value, RESULT_TEXT_MOST + 4));
    for (size_t i = 0; i < line.used; i++)     /* a rubric's long sentences go over several lines */
        if (line.bytes[i] == '\n' || line.bytes[i] == '\t' || line.bytes[i] == '\r')
            line.bytes[i] = ' ';
    text_harmless(&harmless, line.used ? line.bytes : "", line.used);
    if (harmless.used > RESULT_TEXT_MOST + 3) {    /* so that what was read back stays what it is */
        harmless.used = RESULT_TEXT_MOST;
        while (harmless.used && ((unsigned char)harmless.bytes[harmless.used] & 0xc0) == 0x80)
            harmless.used--;
        text_string(&harmless, "...");
    }
    const char *made = text_ended(&harmless);
    *text = line.failed || harmless.failed ? NULL : strdup(made);
    text_free(&line);
    text_free(&harmless);
}

void result_format(char **text, const char *format, ...)
{
    char made[RESULT_TEXT_MOST + 4];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    result_text(text, made);
}

void result_item_free(struct result_item *item)
{
    char *const texts[] = { item->id, item->number, item->title, item->type, item->needs, item->message, item->hint,
                            item->note, item->nearest, item->reason, item->answer, item->expected, item->key,
                            item->remark };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free(item->frames);
    free(item->connections);
    *item = (struct result_item){ 0 };
}

void result_free(struct result *result)
{
    char *const texts[] = { result->name, result->student, result->capture, result->capture_sha256, result->answers,
                            result->answers_sha256, result->rubric, result->rubric_sha256, result->title,
                            result->synfin, result->prints, result->program, result->program_sha256,
                            result->ran, result->wrote, result->capture_problem, result->error, result->unlisted,
                            result->unanswered };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (unsigned i = 0; i < result->count; i++)
        result_item_free(&result->items[i]);
    free(result->items);
    *result = (struct result){ 0 };
}

struct result_item *result_add(struct result *result)
{
    if (result->count == RESULT_ITEMS_MOST)
        return NULL;
    if ((result->count & (result->count - 1)) == 0) {
        size_t room = result->count ? result->count * 2u : 1;
        struct result_item *items = realloc(result->items, room * sizeof *items);
        if (!items)
            return NULL;
        result->items = items;
    }
    struct result_item *item = &result->items[result->count++];
    *item = (struct result_item){ 0 };
    return item;
}

/* Puts a number into a sorted list that has room for `most`. False: no room, or no memory. */
static bool insert(uint32_t **list, unsigned *count, unsigned most, uint32_t number)
{
    unsigned at = *count;
    while (at && (*list)[at - 1] > number)
        at--;
    if (at && (*list)[at - 1] == number)
        return true;
    if (*count == most)
        return false;
    if ((*count & (*count - 1)) == 0) {
        uint32_t *grown = realloc(*list, (*count ? *count * 2u : 1) * sizeof *grown);
        if (!grown)
            return false;
        *list = grown;
    }
    memmove(*list + at + 1, *list + at, (*count - at) * sizeof **list);
    (*list)[at] = number;
    ++*count;
    return true;
}

void result_frame(struct result_item *item, uint32_t frame)
{
    if (frame && !insert(&item->frames, &item->frame_count, RESULT_FRAMES_MOST, frame))
        item->frames_more++;
}

void result_connection(struct result_item *item, uint32_t id)
{
    if (id)
        insert(&item->connections, &item->connection_count, RESULT_CONNECTIONS_MOST, id);
}

struct result_item *result_find(const struct result *result, const char *id)
{
    for (unsigned i = 0; i < result->count; i++)
        if (result->items[i].id && strcmp(result->items[i].id, id) == 0)
            return &result->items[i];
    return NULL;
}

uint32_t result_points(const struct result *result)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < result->count; i++)
        sum += result->items[i].points;
    return sum;
}

uint32_t result_most(const struct result *result)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < result->count; i++)
        sum += result->items[i].most;
    return sum;
}

enum grade_status item_status(const struct result_item *item)
{
    if (!item->marked)
        return item->status % GRADE_STATUS_COUNT;
    return item->points == item->most ? GRADE_PASSED : item->points ? GRADE_PARTIAL : GRADE_FAILED;
}

enum grade_status result_status(const struct result *result)
{
    static const uint8_t rank[GRADE_STATUS_COUNT] = {
        [GRADE_PASSED] = 0, [GRADE_HUMAN] = 1, [GRADE_UNDECIDABLE] = 2, [GRADE_PARTIAL] = 3, [GRADE_FAILED] = 4,
        [GRADE_SKIPPED] = 4, [GRADE_ERROR] = 5,
    };
    enum grade_status worst = GRADE_PASSED;
    for (unsigned i = 0; i < result->count; i++) {
        enum grade_status status = item_status(&result->items[i]);
        if (result->items[i].most && rank[status] > rank[worst])
            worst = status;
    }
    if (result->error)
        return GRADE_ERROR;
    if (worst == GRADE_SKIPPED)
        worst = GRADE_FAILED;
    return worst == GRADE_FAILED && result_points(result) > 0 ? GRADE_PARTIAL : worst;
}

void result_mark(struct result_item *item, uint32_t points, const char *remark)
{
    if (!item->marked)
        item->graded = item->points;
    item->marked = true;
    item->points = points < item->most ? points : item->most;
    result_text(&item->remark, remark);
}

void result_unmark(struct result_item *item)
{
    if (!item->marked)
        return;
    item->marked = false;
    item->points = item->graded;
    item->graded = 0;
    result_text(&item->remark, NULL);
}

void result_points_text(struct text *t, uint32_t points)
{
    text_u64(t, points / 100);
    if (points % 10)
        text_format(t, ".%02u", points % 100);
    else if (points % 100)
        text_format(t, ".%u", points % 100 / 10);
}

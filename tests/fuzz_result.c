/* fuzz_result.c - any bytes as a result of synfin grade: read, or refused with a reason; what is read comes back the
 * same from its own JSON, and every format takes it.
 */
#include <stdlib.h>
#include <string.h>

#include "grade/format.h"
#include "grade/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held)
{
    if (!held)
        abort();
}

static bool read_json(struct result *result, const char *bytes, size_t length)
{
    struct error error = { 0 };
    json_error_t problem;
    json_t *object = json_loadb(bytes, length, 0, &problem);
    bool well = result_read(result, object, &error);
    json_decref(object);
    demand(well || (error.text[0] && !result->items && !result->name));
    return well;
}

static void look_at(const struct result *result)
{
    demand(result->count <= RESULT_ITEMS_MOST && result_points(result) <= result_most(result));
    for (unsigned i = 0; i < result->count; i++) {
        const struct result_item *item = &result->items[i];
        demand(item->id && item->frame_count <= RESULT_FRAMES_MOST && item->status < GRADE_STATUS_COUNT);
        for (unsigned j = 1; j < item->frame_count; j++)
            demand(item->frames[j - 1] < item->frames[j]);
        for (const char *c = item->title ? item->title : ""; *c; c++)
            demand((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result result, again;
    struct text first = {0}, second = {0}, format = {0};
    if (!read_json(&result, (const char *)data, size))
        return 0;
    look_at(&result);
    result_json(&first, &result);
    demand(read_json(&again, first.bytes, first.used));
    result_json(&second, &again);
    demand(first.used == second.used && memcmp(first.bytes, second.bytes, first.used) == 0);
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        if (i == FORMAT_CSV)
            continue;             /* of a class */
        format.used = 0;
        grade_format_write(&format, &result, (enum grade_format)i, &(struct format_options){ .ascii = true });
        demand(format.used > 0);
    }
    text_free(&first);
    text_free(&second);
    text_free(&format);
    result_free(&result);
    result_free(&again);
    return 0;
}

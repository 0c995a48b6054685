/* Questions in Moodle's GIFT format. */
#include "grade/handout.h"

#include <string.h>

/* What has a meaning of its own there is escaped. */
static void gift_text(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (strchr("~=#{}:\\", *s))
            text_char(t, '\\');
        text_char(t, *s);
    }
}

static bool is_word(const struct result_item *item, const char *type)
{
    return strcmp(item->type, type) == 0;
}

/* A number exactly; yes or no; else words, in either spelling of a state. */
static void gift_answer(struct text *t, const struct result_item *item)
{
    if (is_word(item, "number") || is_word(item, "port") || is_word(item, "frame")) {
        text_format(t, "{#%s:0}", item->key);
    } else if (is_word(item, "truth")) {
        text_string(t, strcmp(item->key, "true") == 0 ? "{TRUE}" : "{FALSE}");
    } else {
        text_string(t, "{=");
        gift_text(t, item->key);
        if (strchr(item->key, '-')) {
            text_string(t, " =");
            for (const char *at = item->key; *at; at++)
                text_char(t, *at == '-' ? '_' : *at);
        }
        text_char(t, '}');
    }
}

void handout_gift(struct text *t, const char *id, const struct result *sheet)
{
    text_string(t, "$CATEGORY: ");
    text_harmless(t, id, strlen(id));
    text_string(t, "\n");
    for (unsigned i = 0; i < sheet->count; i++) {
        const struct result_item *item = &sheet->items[i];
        if (item->status != GRADE_PASSED || !item->type || !item->key)
            continue;
        text_string(t, "\n::");
        gift_text(t, id);
        text_char(t, ' ');
        gift_text(t, item->id);
        text_string(t, "::");
        gift_text(t, item->title);
        text_char(t, ' ');
        gift_answer(t, item);
        text_char(t, '\n');
    }
}

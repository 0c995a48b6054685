#include "grade/names.h"

#include <string.h>

static const char ending[] = ".json";

int names_by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int names_result(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), last = strlen(ending);
    return entry->d_name[0] != '.' && length > last && strcmp(entry->d_name + length - last, ending) == 0;
}

const char *names_last(const char *path, size_t *length)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t from = end;
    while (from && path[from - 1] != '/')
        from--;
    *length = end - from;
    return path + from;
}

void names_add(struct names *names, const char *name, size_t length)
{
    if (names->count++ >= NAMES_SAID)
        return;
    text_string(&names->said, names->said.used ? ", " : "");
    text_harmless(&names->said, name, length);
}

void names_say(struct text *t, struct names *names)
{
    text_bytes(t, text_ended(&names->said), names->said.used);
    if (names->count > NAMES_SAID)
        text_format(t, " and %u more", names->count - NAMES_SAID);
    text_free(&names->said);
    *names = (struct names){ 0 };
}

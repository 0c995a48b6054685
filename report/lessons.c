#include "report/lessons.h"

#include <string.h>

#include "report/words.h"

enum { NEAREST = 5, NAME_MOST = 63 };

static const struct lesson *find(const struct lesson *list, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

const struct lesson *lesson_find(const char *name)
{
    return find(lessons, lesson_count, name);
}

const struct lesson *recording_find(const char *name)
{
    return find(recordings, recording_count, name);
}

/* Words to change, and less where one holds the other: "syn" is near "lost-syn", "handshake.pcap" near "handshake". */
static unsigned far_from(const char *word, size_t length, const char *name)
{
    unsigned far = words_distance(word, length, name, strlen(name));
    bool holds = length >= 3 && (strstr(name, word) || strstr(word, name));
    return holds && far > 2 ? 2 : far;
}

void lesson_near(struct text *t, const char *word)
{
    struct { unsigned lesson, far; } nearest[NEAREST];
    unsigned count = 0, length = (unsigned)strnlen(word, NAME_MOST);
    for (unsigned i = 0; i < lesson_count; i++) {
        unsigned far = far_from(word, length, lessons[i].name), place = count;
        while (place && far < nearest[place - 1].far)
            place--;
        if (place == NEAREST)
            continue;
        count += count < NEAREST;
        memmove(&nearest[place + 1], &nearest[place], (count - 1 - place) * sizeof nearest[0]);
        nearest[place].lesson = i;
        nearest[place].far = far;
    }
    for (unsigned i = 0; i < count && (i == 0 || nearest[i].far <= nearest[0].far + 3); i++) {
        text_string(t, i ? ", " : "");
        text_string(t, lessons[nearest[i].lesson].name);
    }
}

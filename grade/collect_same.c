/* What more than one handed in. */
#include "grade/collect.h"

#include <stdlib.h>
#include <string.h>

enum { PRINTS_OF_ALL_MOST = 2000000, GROUPS_MOST = 200 };

/* A print, and whose capture has it. */
struct mine {
    const char *print;
    unsigned length;              /* of what has to be the same: without the time, where there are numbers */
    unsigned whole;               /* with the time */
    unsigned of;                  /* result */
};

/* Submissions that share conversations. */
struct group {
    struct text names;
    unsigned shared;              /* conversations */
    bool shifted;                 /* of one of them the times differ */
};

static const char *who(const struct collected *r)
{
    return r->student ? r->student : r->name;
}

/* --- the same file --- */

struct file {
    const char *sha256;
    unsigned of;
};

static int by_file(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    int order = strcmp(x->sha256, y->sha256);
    return order ? order : (x->of > y->of) - (x->of < y->of);
}

static void same_files(struct text *t, const struct collection *c)
{
    struct file *files = calloc(c->count ? c->count : 1, sizeof *files);
    unsigned count = 0;
    for (unsigned i = 0; i < c->count && files; i++)
        if (c->results[i].sha256 && c->results[i].frames)      /* empty ones are all the same */
            files[count++] = (struct file){ c->results[i].sha256, i };
    if (files)
        qsort(files, count, sizeof *files, by_file);
    for (unsigned i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && strcmp(files[i].sha256, files[end].sha256) == 0; end++)
            ;
        for (unsigned k = i; end - i > 1 && k < end; k++)
            text_format(t, "%s%s%s", k == i ? "The same capture file: " : ", ", who(&c->results[files[k].of]),
                        k + 1 == end ? "\n" : "");
    }
    free(files);
}

/* --- the same conversations in other files --- */

static struct mine *prints(const struct collection *c, size_t *count)
{
    size_t room = 0;
    struct mine *list = NULL;
    *count = 0;
    for (unsigned i = 0; i < c->count; i++)
        for (const char *at = c->results[i].prints; at && *at && *count < PRINTS_OF_ALL_MOST;) {
            unsigned whole = (unsigned)strcspn(at, " "), numbers = (unsigned)strcspn(at, "@ ");
            if (*count == room) {
                room = room ? room * 2 : 1024;
                struct mine *grown = realloc(list, room * sizeof *list);
                if (!grown)
                    return list;
                list = grown;
            }
            bool udp = strncmp(at, "udp:", 4) == 0;
            list[(*count)++] = (struct mine){ at, udp ? whole : numbers, whole, i };
            at += whole;
            at += strspn(at, " ");
        }
    return list;
}

static int compare_prints(const struct mine *x, const struct mine *y)
{
    unsigned shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->print, y->print, shorter);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static int by_print(const void *a, const void *b)
{
    const struct mine *x = a, *y = b;
    int order = compare_prints(x, y);
    return order ? order : (x->of > y->of) - (x->of < y->of);
}

/* One conversation that several have: to the group of just these. */
static void add_shared(struct group *groups, unsigned *count, const struct collection *c, const struct mine *of,
                       size_t many)
{
    struct text names = {0};
    bool files_differ = false, shifted = false;
    unsigned people = 0;
    for (size_t i = 0; i < many; i++) {
        if (i && of[i].of == of[i - 1].of)
            continue;
        const char *first = c->results[of[0].of].sha256, *this_one = c->results[of[i].of].sha256;
        files_differ = files_differ || !first || !this_one || strcmp(first, this_one) != 0;
        shifted = shifted || of[i].whole != of[0].whole || memcmp(of[i].print, of[0].print, of[0].whole) != 0;
        text_format(&names, "%s%s", people++ ? ", " : "", who(&c->results[of[i].of]));
    }
    unsigned at = 0;
    while (at < *count && strcmp(text_ended(&groups[at].names), text_ended(&names)) != 0)
        at++;
    if (people < 2 || !files_differ || at == GROUPS_MOST) {
        text_free(&names);
        return;
    }
    if (at == *count)
        groups[(*count)++] = (struct group){ .names = names };
    else
        text_free(&names);
    groups[at].shared++;
    groups[at].shifted = groups[at].shifted || shifted;
}

static void same_conversations(struct text *t, const struct collection *c)
{
    size_t count;
    struct mine *list = prints(c, &count);
    struct group groups[GROUPS_MOST];
    unsigned group_count = 0;
    if (list)
        qsort(list, count, sizeof *list, by_print);
    for (size_t i = 0, end; list && i < count; i = end) {
        for (end = i + 1; end < count && compare_prints(&list[i], &list[end]) == 0; end++)
            ;
        if (end - i > 1)
            add_shared(groups, &group_count, c, list + i, end - i);
    }
    for (unsigned i = 0; i < group_count; i++) {
        text_format(t, "The same recording in other files: %s share %u %s (initial sequence numbers, %s times)\n",
                    text_ended(&groups[i].names), groups[i].shared,
                    groups[i].shared == 1 ? "conversation" : "conversations", groups[i].shifted ? "other" : "same");
        text_free(&groups[i].names);
    }
    free(list);
}

void collect_same(struct text *t, const struct collection *c)
{
    same_files(t, c);
    same_conversations(t, c);
}

#include "grade/unlisted.h"

#include <stdlib.h>
#include <string.h>

void unlisted_add(struct unlisted *u, const char *name, const char *where)
{
    unsigned i = 0;
    if (!where || !*where)
        return;
    while (i < UNLISTED_KINDS - 1 && u->kinds[i].where && strcmp(u->kinds[i].where, where) != 0)
        i++;
    if (!u->kinds[i].where)
        u->kinds[i].where = strdup(where);
    names_add(&u->kinds[i].names, name, strlen(name));
}

void unlisted_tell(struct text *t, struct unlisted *u)
{
    for (unsigned i = 0; i < UNLISTED_KINDS && u->kinds[i].where; i++) {
        unsigned count = u->kinds[i].names.count;
        text_format(t, "%u %s ", count, count == 1 ? "submission is" : "submissions are");
        text_harmless(t, u->kinds[i].where, strlen(u->kinds[i].where));
        text_string(t, ": ");
        names_say(t, &u->kinds[i].names);
        text_string(t, ".\n");
        free(u->kinds[i].where);
    }
    *u = (struct unlisted){ 0 };
}

void unlisted_sentence(struct text *t, const struct result *r)
{
    if (r->unlisted)
        text_format(t, "This submission is %s: its port and token are derived from its name.", r->unlisted);
}

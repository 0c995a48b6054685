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
    if (u->kinds[i].count++ < UNLISTED_NAMED) {
        text_string(&u->kinds[i].names, u->kinds[i].count > 1 ? ", " : "");
        text_harmless(&u->kinds[i].names, name, strlen(name));
    }
}

void unlisted_tell(struct text *t, struct unlisted *u)
{
    for (unsigned i = 0; i < UNLISTED_KINDS && u->kinds[i].where; i++) {
        unsigned count = u->kinds[i].count;
        text_format(t, "%u %s ", count, count == 1 ? "submission is" : "submissions are");
        text_harmless(t, u->kinds[i].where, strlen(u->kinds[i].where));
        text_format(t, ": %s", text_ended(&u->kinds[i].names));
        if (count > UNLISTED_NAMED)
            text_format(t, " and %u more", count - UNLISTED_NAMED);
        text_string(t, ".\n");
        free(u->kinds[i].where);
        text_free(&u->kinds[i].names);
    }
    *u = (struct unlisted){ 0 };
}

void unlisted_sentence(struct text *t, const struct result *r)
{
    if (r->unlisted)
        text_format(t, "This submission is %s: its port and token are derived from its name.", r->unlisted);
}

#include "ui/request.h"

#include <stddef.h>
#include <string.h>

/* A heading fills the entry that the request before it has opened. */
#define GROUP(title) .group = title,
#define X(id, word, keyed, told) .name = word, .keys = keyed, .says = told }, {
const struct request_entry requests[REQUEST_COUNT] = {
    { .name = "", .keys = "", .says = "" }, {
    REQUESTS(GROUP, X)
    .name = "", .keys = "", .says = "" }
};
#undef X
#undef GROUP

static const struct { const char *name; uint32_t code; } named_keys[] = {
    { "Tab", PRESS_TAB }, { "Shift-Tab", PRESS_BACKTAB }, { "Enter", PRESS_ENTER }, { "Esc", PRESS_ESCAPE },
    { "Backspace", PRESS_BACKSPACE }, { "Delete", PRESS_DELETE }, { "Space", ' ' },
    { "Up", PRESS_UP }, { "Down", PRESS_DOWN }, { "Left", PRESS_LEFT }, { "Right", PRESS_RIGHT },
    { "PgUp", PRESS_PAGE_UP }, { "PgDn", PRESS_PAGE_DOWN }, { "Home", PRESS_HOME }, { "End", PRESS_END },
    { "F1", PRESS_F1 }, { "F2", PRESS_F2 }, { "F3", PRESS_F3 }, { "F4", PRESS_F4 }, { "F5", PRESS_F5 },
    { "F6", PRESS_F6 }, { "F7", PRESS_F7 }, { "F8", PRESS_F8 }, { "F9", PRESS_F9 }, { "F10", PRESS_F10 },
    { "F11", PRESS_F11 }, { "F12", PRESS_F12 },
};

uint32_t key_named(const char *name, unsigned *length)
{
    size_t bytes = strcspn(name, " ");
    *length = (unsigned)bytes;
    if (bytes == 1 && *name > ' ' && *name < 127)
        return (uint32_t)*name;
    if (bytes == 6 && memcmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z')
        return (uint32_t)(name[5] - 'A' + 1);
    for (size_t i = 0; i < sizeof named_keys / sizeof *named_keys; i++)
        if (strlen(named_keys[i].name) == bytes && memcmp(named_keys[i].name, name, bytes) == 0)
            return named_keys[i].code;
    return PRESS_NONE;
}

static bool keys_have(const char *keys, uint32_t code)
{
    while (*keys) {
        unsigned length;
        if (key_named(keys, &length) == code)
            return true;
        keys += length;
        keys += strspn(keys, " ");
    }
    return false;
}

/* From `first` on, before `end`. */
static enum request among(const struct key *key, unsigned first, unsigned end)
{
    for (unsigned request = first; request < end; request++)
        if (keys_have(requests[request].keys, key->code))
            return (enum request)request;
    return REQUEST_NONE;
}

enum request request_of(const struct key *key)
{
    if (key->pasted || key->code == PRESS_NONE)
        return REQUEST_NONE;
    switch (key->code) {
    case PRESS_CLICK:
    case PRESS_DOUBLE_CLICK: return REQUEST_CLICK;
    case PRESS_WHEEL_UP: return REQUEST_UP;
    case PRESS_WHEEL_DOWN: return REQUEST_DOWN;
    default: break;
    }
    return among(key, REQUEST_NONE + 1, REQUEST_CALL_NEXT);
}

enum request request_by_hand(const struct key *key)
{
    return key->pasted ? REQUEST_NONE : among(key, REQUEST_CALL_NEXT, REQUEST_CLICK);
}

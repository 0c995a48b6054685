/* What the language says to the parent, item by item, and what it asks of the submission: the student, her answers,
 * what is decided already.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "grade/worker.h"

enum {
    SAID_MOST = 200,              /* lines that a rubric may print */
    ANSWER_MOST = 2 * RESULT_TEXT_MOST,   /* bytes of an answer: a result shows that it was longer than it has room for */
};

/* --- items --- */

/* A field of the table at `argument` as text; of numbers too. */
static void take_text(lua_State *lua, int argument, const char *name, char **text)
{
    lua_getfield(lua, argument, name);
    result_text(text, lua_isnil(lua, -1) ? NULL : luaL_tolstring(lua, -1, NULL));
    lua_settop(lua, argument);
}

static uint32_t take_points(lua_State *lua, int argument, const char *name)
{
    lua_getfield(lua, argument, name);
    double points = lua_isnil(lua, -1) ? 0 : luaL_checknumber(lua, -1);
    lua_settop(lua, argument);
    if (!(points >= 0 && points * 100 <= RESULT_POINTS_MOST))
        luaL_error(lua, "points are from 0 to %d", RESULT_POINTS_MOST / 100);
    return (uint32_t)lround(points * 100);
}

static void take_numbers(lua_State *lua, int argument, const char *name, struct result_item *item,
                         void (*add)(struct result_item *, uint32_t))
{
    lua_getfield(lua, argument, name);
    for (lua_Integer i = 1; lua_istable(lua, -1) && i <= 10000; i++) {
        lua_rawgeti(lua, -1, i);
        if (lua_isnil(lua, -1))
            break;
        lua_Integer number = lua_tointeger(lua, -1);
        if (number > 0 && number <= UINT32_MAX)
            add(item, (uint32_t)number);
        lua_pop(lua, 1);
    }
    lua_settop(lua, argument);
}

static uint8_t take_word(lua_State *lua, int argument, const char *name, const char *const *words, unsigned count)
{
    lua_getfield(lua, argument, name);
    const char *word = lua_tostring(lua, -1);
    unsigned found = 0;
    for (unsigned i = 0; word && i < count; i++)
        if (strcmp(words[i], word) == 0)
            found = i;
    lua_settop(lua, argument);
    return (uint8_t)found;
}

static void take_item(lua_State *lua, int argument, struct result_item *item)
{
    uint32_t points = take_points(lua, argument, "points"), most = take_points(lua, argument, "most");
    *item = (struct result_item){ .points = points, .most = most };
    if (item->points > item->most)
        item->points = item->most;
    take_text(lua, argument, "id", &item->id);
    take_text(lua, argument, "number", &item->number);
    take_text(lua, argument, "title", &item->title);
    take_text(lua, argument, "type", &item->type);
    take_text(lua, argument, "needs", &item->needs);
    take_text(lua, argument, "message", &item->message);
    take_text(lua, argument, "hint", &item->hint);
    take_text(lua, argument, "note", &item->note);
    take_text(lua, argument, "nearest", &item->nearest);
    take_text(lua, argument, "reason", &item->reason);
    take_text(lua, argument, "answer", &item->answer);
    take_text(lua, argument, "expected", &item->expected);
    take_text(lua, argument, "key", &item->key);
    item->status = take_word(lua, argument, "status", grade_status_names, GRADE_STATUS_COUNT);
    item->visibility = take_word(lua, argument, "visibility", grade_visibility_names, GRADE_VISIBILITY_COUNT);
    lua_getfield(lua, argument, "decided");
    item->decided = lua_toboolean(lua, -1);
    lua_getfield(lua, argument, "line");
    item->line = (unsigned)lua_tointeger(lua, -1);
    lua_settop(lua, argument);
    take_numbers(lua, argument, "frames", item, result_frame);
    take_numbers(lua, argument, "connections", item, result_connection);
}

static int send_item(lua_State *lua, enum worker_message kind)
{
    struct result_item item;
    struct text t = {0};
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    take_item(lua, 1, &item);
    result_item_json(&t, &item);
    worker_send(worker_of(lua), kind, t.bytes, t.used);
    text_free(&t);
    result_item_free(&item);
    return 0;
}

/* declare(item), result(item) */
static int declare(lua_State *lua) { return send_item(lua, MESSAGE_DECLARED); }
static int result(lua_State *lua) { return send_item(lua, MESSAGE_RESULT); }

/* begin(number): the time of the item begins */
static int begin(lua_State *lua)
{
    char number[16];
    int length = snprintf(number, sizeof number, "%u", (unsigned)luaL_checkinteger(lua, 1));
    worker_send(worker_of(lua), MESSAGE_BEGIN, number, (size_t)length);
    return 0;
}

static int send_text(lua_State *lua, enum worker_message kind)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    worker_send(worker_of(lua), kind, text, length < RESULT_TEXT_MOST ? length : RESULT_TEXT_MOST);
    return 0;
}

/* A table of texts at `argument` as a JSON object. */
static void table_json(lua_State *lua, int argument, struct text *t)
{
    bool any = false;
    text_char(t, '{');
    lua_pushnil(lua);
    while (lua_next(lua, argument)) {
        text_string(t, any ? "," : "");
        text_json_string(t, luaL_checkstring(lua, -2));
        text_char(t, ':');
        text_json_string(t, lua_tostring(lua, -1));
        lua_pop(lua, 1);
        any = true;
    }
    text_char(t, '}');
}

/* about({title, captures, answers, program, seed}, lab): what rubric { } says */
static int about(lua_State *lua)
{
    struct text t = {0};
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checktype(lua, 2, LUA_TTABLE);
    lua_settop(lua, 2);
    text_string(&t, "{\"rubric\":");
    table_json(lua, 1, &t);
    text_string(&t, ",\"lab\":");
    table_json(lua, 2, &t);
    text_char(&t, '}');
    worker_send(worker_of(lua), MESSAGE_ABOUT, t.bytes, t.used);
    text_free(&t);
    return 0;
}

static int ready(lua_State *lua)
{
    worker_send(worker_of(lua), MESSAGE_READY, "", 0);
    return 0;
}

/* say(text): a line for who wrote the rubric */
static int say(lua_State *lua)
{
    struct worker *worker = worker_of(lua);
    if (worker->said++ >= SAID_MOST)
        return 0;
    return send_text(lua, MESSAGE_SAID);
}

/* --- the submission --- */

/* decided(number): the status of an item that an earlier worker has decided, or nil */
static int decided(lua_State *lua)
{
    const struct result *so_far = worker_of(lua)->order->so_far;
    lua_Integer number = luaL_checkinteger(lua, 1);
    bool is = so_far && number >= 0 && number < (lua_Integer)so_far->count && so_far->items[number].decided;
    lua_pushstring(lua, is ? grade_status_names[so_far->items[number].status] : NULL);
    return 1;
}

/* student(): {id, port, token, and each column of the class list} */
static int student(lua_State *lua)
{
    const struct student *who = worker_of(lua)->order->student;
    lua_newtable(lua);
    for (unsigned i = 0; i < who->columns; i++) {
        lua_pushstring(lua, who->value[i]);
        lua_setfield(lua, -2, who->name[i]);
    }
    lua_pushstring(lua, who->id);
    lua_setfield(lua, -2, "id");
    lua_pushinteger(lua, who->port);
    lua_setfield(lua, -2, "port");
    lua_pushstring(lua, who->token);
    lua_setfield(lua, -2, "token");
    return 1;
}

static void push_json_answer(lua_State *lua, const json_t *value)
{
    char *made = json_is_string(value) ? NULL : json_dumps(value,
                                                           JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    const char *text = json_is_string(value) ? json_string_value(value) : made;
    lua_pushlstring(lua, text ? text : "", text ? strnlen(text, ANSWER_MOST) : 0);
    free(made);
}

/* Pushes a table of texts and nil; where it is no JSON object nil and why. */
static void push_json(lua_State *lua, const char *text, size_t length)
{
    json_error_t error = { .text = "no object" };
    json_t *object = json_loadb(text, length, 0, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        lua_pushnil(lua);
        lua_pushfstring(lua, "line %d: %s", error.line, error.text);
        return;
    }
    const char *id;
    json_t *value;
    lua_newtable(lua);
    json_object_foreach(object, id, value) {
        push_json_answer(lua, value);
        lua_setfield(lua, -2, id);
    }
    json_decref(object);
    lua_pushnil(lua);
}

/* answers(): a table of texts by id, of a JSON object; or nil, the text that was handed in, and, where it begins like an
 * object, why it is none */
static int answers(lua_State *lua)
{
    const struct worker *worker = worker_of(lua);
    const char *text = worker->answers ? worker->answers : "";
    size_t length = worker->answers ? worker->answers_length : 0;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {     /* Windows' editor writes one */
        text += 3;
        length -= 3;
    }
    size_t first = 0;
    while (first < length && strchr(" \t\r\n", text[first]))
        first++;
    lua_settop(lua, 0);
    if (first < length && text[first] == '{')
        push_json(lua, text, length);
    lua_settop(lua, 2);
    lua_pushlstring(lua, text, length);
    lua_insert(lua, 2);
    return 3;
}

/* mode(): "grade", "answers", "lint" */
static int mode(lua_State *lua)
{
    static const char *const names[] = { [WORKER_GRADE] = "grade", [WORKER_ANSWERS] = "answers",
                                         [WORKER_LINT] = "lint" };
    lua_pushstring(lua, names[worker_of(lua)->order->mode]);
    return 1;
}

/* where(): "FILE:LINE" and LINE of the rubric's own line that is being run, whatever of the language it has called */
static int where(lua_State *lua)
{
    lua_Debug debug;
    for (int level = 1; lua_getstack(lua, level, &debug); level++) {
        lua_getinfo(lua, "Sl", &debug);
        if (debug.source[0] == '@' && debug.currentline > 0) {
            lua_pushfstring(lua, "%s:%d", debug.source + 1, debug.currentline);
            lua_pushinteger(lua, debug.currentline);
            return 2;
        }
    }
    lua_pushstring(lua, worker_of(lua)->order->rubric->name);
    lua_pushinteger(lua, 0);
    return 2;
}

/* lines(function): the first and the last one, of the rubric */
static int lines(lua_State *lua)
{
    lua_Debug debug;
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_getinfo(lua, ">S", &debug);
    lua_pushinteger(lua, debug.linedefined);
    lua_pushinteger(lua, debug.lastlinedefined);
    return 2;
}

/* text(): the rubric's own */
static int rubric_text(lua_State *lua)
{
    const struct rubric *rubric = worker_of(lua)->order->rubric;
    lua_pushlstring(lua, rubric->text, rubric->length);
    return 1;
}

void native_results_register(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        { "declare", declare }, { "result", result }, { "begin", begin }, { "about", about },
        { "ready", ready }, { "say", say }, { "decided", decided }, { "student", student }, { "answers", answers },
        { "mode", mode }, { "where", where }, { "lines", lines }, { "rubric_text", rubric_text }, { NULL, NULL },
    };
    luaL_setfuncs(lua, functions, 0);
}

/* Bytes as a rubric's values: a stream, or the payload of one segment or datagram.
 *
 *   b.length  b.whole  b.missing     bytes known; are they all; what is missing, in words
 *   b:contains(text)  b:count(text)  b:begins_with(text)  b:equals(other)  b:first_difference(other)  b:hash()
 *   b:show(at)  b:sub(from, to)  b:frame(at)       places count from 1
 *
 * Where the answer depends on bytes that are not known, it is not made up: undecidable is raised.
 */
#include <string.h>

#include <lauxlib.h>

#include "grade/worker.h"
#include "report/words.h"

struct handle {
    struct stream stream;         /* owned */
};

enum { SUB_MOST = 1 << 20, SHOWN = 16, STREAM_BYTES_MOST = 2 * EVIDENCE_PAYLOAD };

static const struct stream *stream_at(lua_State *lua, int argument)
{
    return &((const struct handle *)luaL_checkudata(lua, argument, "bytes"))->stream;
}

/* Raises what the language takes for undecidable(). */
static int not_known(lua_State *lua, const struct stream *s)
{
    lua_createtable(lua, 0, 2);
    lua_pushliteral(lua, "undecidable");
    lua_setfield(lua, -2, "status");
    lua_pushstring(lua, s->missing);
    lua_setfield(lua, -2, "message");
    return lua_error(lua);
}

/* Streams are not the allocator's, so that what is garbage by now is asked for before more is made. */
static void push(lua_State *lua, struct worker *worker, const struct stream *made)
{
    struct handle *handle = lua_newuserdatauv(lua, sizeof *handle, 0);
    handle->stream = *made;
    luaL_setmetatable(lua, "bytes");
    worker->stream_bytes += made->length;
    if (worker->stream_bytes > STREAM_BYTES_MOST)
        lua_gc(lua, LUA_GCCOLLECT);
    if (worker->stream_bytes > STREAM_BYTES_MOST)
        luaL_error(lua, "more than %d MiB of streams are held at once", STREAM_BYTES_MOST >> 20);
}

static int collect(lua_State *lua)
{
    struct handle *handle = luaL_checkudata(lua, 1, "bytes");
    worker_of(lua)->stream_bytes -= handle->stream.length;
    stream_free(&handle->stream);
    return 0;
}

void native_push_stream(lua_State *lua, const struct conversation *row, unsigned end)
{
    struct worker *worker = worker_of(lua);
    struct stream stream;
    if (!stream_make(&stream, &worker->evidence, row, end))
        luaL_error(lua, "there is not enough memory for this stream");
    push(lua, worker, &stream);
}

void native_push_unit(lua_State *lua, const struct happening *happening)
{
    struct worker *worker = worker_of(lua);
    struct stream stream;
    if (!stream_of_unit(&stream, &worker->evidence, happening))
        luaL_error(lua, "there is not enough memory for this payload");
    push(lua, worker, &stream);
}

/* stream(id, "client" | "server") */
static int stream(lua_State *lua)
{
    static const char *const sides[] = { "client", "server", NULL };
    const struct conversation *row = native_row(lua, 1);
    unsigned server = (unsigned)luaL_checkoption(lua, 2, NULL, sides);
    native_push_stream(lua, row, server ? !row->client : row->client);
    return 1;
}

/* The frame that a verdict rests on where its function names none: the last one that a comparison came to. */
static void touch(lua_State *lua, const struct stream *s, size_t at)
{
    worker_of(lua)->touched = stream_frame(s, at);
}

/* touched(): that frame or nil, and forgets it */
static int touched(lua_State *lua)
{
    struct worker *worker = worker_of(lua);
    if (worker->touched)
        lua_pushinteger(lua, worker->touched);
    else
        lua_pushnil(lua);
    worker->touched = 0;
    return 1;
}

/* --- methods --- */

/* A place that may lie one behind the end; from 0. */
static size_t place(lua_State *lua, const struct stream *s, int argument)
{
    lua_Integer at = luaL_checkinteger(lua, argument);
    luaL_argcheck(lua, at >= 1 && (uint64_t)at <= s->length + 1, argument, "no such place in these bytes");
    return (size_t)at - 1;
}

static int contains(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    size_t length;
    const char *text = luaL_checklstring(lua, 2, &length);
    const uint8_t *found = length ? memmem(s->bytes, s->length, text, length) : s->bytes;
    if (!found && s->missing[0])
        return not_known(lua, s);
    lua_pushboolean(lua, found != NULL);
    if (!found)
        return 1;
    touch(lua, s, (size_t)(found - s->bytes));
    lua_pushinteger(lua, (lua_Integer)(found - s->bytes) + 1);
    return 2;
}

static int count(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    size_t length;
    lua_Integer n = 0;
    const char *text = luaL_checklstring(lua, 2, &length);
    luaL_argcheck(lua, length > 0, 2, "a text to count is needed");
    if (s->missing[0])
        return not_known(lua, s);
    const uint8_t *end = s->bytes + s->length;
    for (const uint8_t *at = s->bytes; (at = memmem(at, (size_t)(end - at), text, length)); at += length)
        n++;
    lua_pushinteger(lua, n);
    return 1;
}

static int begins_with(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    size_t length;
    const char *text = luaL_checklstring(lua, 2, &length);
    size_t both = length < s->length ? length : s->length;
    bool same = memcmp(s->bytes, text, both) == 0;
    if (same && both < length && s->missing[0])
        return not_known(lua, s);
    lua_pushboolean(lua, same && both == length);
    touch(lua, s, 0);
    return 1;
}

/* The other side of a comparison: bytes, or a text of the rubric, which is whole. */
static struct stream other_side(lua_State *lua, int argument)
{
    size_t length;
    if (lua_isuserdata(lua, argument))
        return *stream_at(lua, argument);
    const char *text = luaL_checklstring(lua, argument, &length);
    return (struct stream){ .bytes = (uint8_t *)(uintptr_t)text, .length = length };
}

/* Pushes the first place where they differ, or nil where they are the same. */
static int first_difference(lua_State *lua)
{
    const struct stream *a = stream_at(lua, 1);
    struct stream b = other_side(lua, 2);
    size_t both = a->length < b.length ? a->length : b.length, at = 0;
    while (at < both && a->bytes[at] == b.bytes[at])
        at++;
    if (at == both) {
        if (a->length == b.length && !a->missing[0] && !b.missing[0]) {
            lua_pushnil(lua);
            touch(lua, a, a->length);
            return 1;
        }
        if (a->length <= b.length && a->missing[0])
            return not_known(lua, a);
        if (b.length <= a->length && b.missing[0])
            return not_known(lua, &b);
    }
    touch(lua, at < b.length && b.pieces ? &b : a, at);
    lua_pushinteger(lua, (lua_Integer)at + 1);
    return 1;
}

static int equals(lua_State *lua)
{
    first_difference(lua);
    bool same = lua_isnil(lua, -1);
    lua_pushboolean(lua, same);
    return 1;
}

static int hash(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    char digits[DIGEST_TEXT];
    if (s->missing[0])
        return not_known(lua, s);
    digest_bytes(digits, s->bytes, s->length);
    lua_pushstring(lua, digits);
    return 1;
}

/* Some bytes from this place on, in quotes; "nothing" behind the last. */
static int show(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    size_t at = place(lua, s, 2), length = s->length - at < SHOWN ? s->length - at : SHOWN;
    struct text t = {0};
    if (length == 0) {
        lua_pushstring(lua, s->missing[0] ? "what is not known" : "nothing");
        return 1;
    }
    text_char(&t, '"');
    for (size_t i = at; i < at + length; i++) {
        uint8_t byte = s->bytes[i];
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\')
            text_char(&t, (char)byte);
        else if (byte == '\n' || byte == '\r' || byte == '\t')
            text_string(&t, byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : "\\t");
        else
            text_format(&t, "\\x%02x", byte);
    }
    text_string(&t, at + length < s->length ? "\"..." : "\"");
    lua_pushstring(lua, text_ended(&t));
    text_free(&t);
    return 1;
}

static int sub(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    lua_Integer from = luaL_optinteger(lua, 2, 1), to = luaL_optinteger(lua, 3, (lua_Integer)s->length);
    from = from < 1 ? 1 : from;
    to = to > (lua_Integer)s->length ? (lua_Integer)s->length : to;
    if (to - from >= SUB_MOST)
        return luaL_error(lua, "at most %d bytes become a text; compare the bytes themselves", SUB_MOST);
    if (to < from)
        lua_pushliteral(lua, "");
    else
        lua_pushlstring(lua, (const char *)s->bytes + from - 1, (size_t)(to - from + 1));
    return 1;
}

static int frame(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    uint32_t number = stream_frame(s, place(lua, s, 2));
    if (number)
        lua_pushinteger(lua, number);
    else
        lua_pushnil(lua);
    return 1;
}

static const luaL_Reg methods[] = {
    { "contains", contains }, { "count", count }, { "begins_with", begins_with }, { "equals", equals },
    { "first_difference", first_difference }, { "hash", hash }, { "show", show }, { "sub", sub }, { "frame", frame },
    { NULL, NULL },
};

/* Raised, and said to who tries the rubric out: its own pcall may catch it. */
static int no_such_name(lua_State *lua, const char *name)
{
    const struct worker *worker = worker_of(lua);
    luaL_where(lua, 1);
    lua_pushfstring(lua, "bytes have no `%s`; they have length, whole, missing, contains, count, begins_with, equals, "
                    "first_difference, hash, show, sub and frame", name);
    lua_concat(lua, 2);
    if (worker->order->mode == WORKER_LINT) {
        size_t length;
        const char *text = lua_tolstring(lua, -1, &length);
        worker_send(worker, MESSAGE_SAID, text, length);
    }
    return lua_error(lua);
}

static int look_up(lua_State *lua)
{
    const struct stream *s = stream_at(lua, 1);
    const char *name = luaL_checkstring(lua, 2);
    if (strcmp(name, "length") == 0)
        lua_pushinteger(lua, (lua_Integer)s->length);
    else if (strcmp(name, "whole") == 0)
        lua_pushboolean(lua, s->missing[0] == 0);
    else if (strcmp(name, "missing") == 0)
        lua_pushstring(lua, s->missing[0] ? s->missing : NULL);
    else {
        const luaL_Reg *method = methods;
        while (method->name && strcmp(method->name, name) != 0)
            method++;
        if (!method->name)
            return no_such_name(lua, name);
        lua_pushcfunction(lua, method->func);
    }
    return 1;
}

static int length_of(lua_State *lua)
{
    lua_pushinteger(lua, (lua_Integer)stream_at(lua, 1)->length);
    return 1;
}

/* --- hashes of texts --- */

static int sha256(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    char digits[DIGEST_TEXT];
    digest_bytes(digits, text, length);
    lua_pushstring(lua, digits);
    return 1;
}

/* hmac(key, text) */
static int hmac(lua_State *lua)
{
    size_t length;
    const char *key = luaL_checkstring(lua, 1), *text = luaL_checklstring(lua, 2, &length);
    char digits[DIGEST_TEXT];
    digest_keyed(digits, key, text, length);
    lua_pushstring(lua, digits);
    return 1;
}

void native_bytes_register(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        { "stream", stream }, { "touched", touched }, { "sha256", sha256 }, { "hmac", hmac }, { NULL, NULL },
    };
    luaL_newmetatable(lua, "bytes");
    lua_pushcfunction(lua, look_up);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, collect);
    lua_setfield(lua, -2, "__gc");
    lua_pushcfunction(lua, length_of);
    lua_setfield(lua, -2, "__len");
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
    luaL_setfuncs(lua, functions, 0);
}

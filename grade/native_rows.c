/* What the language asks of connections, flows and the capture: the field table behind names, the decoder behind
 * values. */
#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include <lauxlib.h>

#include "grade/worker.h"
#include "report/fields.h"
#include "report/query_parts.h"
#include "report/words.h"

const struct conversation *native_row(lua_State *lua, int argument)
{
    lua_Integer id = luaL_checkinteger(lua, argument);
    const struct conversation *row = NULL;
    if (id > 0 && id <= UINT32_MAX)
        row = evidence_conversation(&worker_of(lua)->evidence, (uint32_t)id);
    if (!row)
        luaL_error(lua, "there is no connection or flow %d", (int)id);
    return row;
}

static double in_seconds(nanoseconds time)
{
    return (double)time / (double)NS_PER_S;
}

void native_push_time(lua_State *lua, nanoseconds time)
{
    lua_pushnumber(lua, in_seconds(time - worker_of(lua)->evidence.totals.first_time));
}

/* --- the field table --- */

static void set_text(lua_State *lua, const char *key, const char *value)
{
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, key);
}

static void push_words(lua_State *lua, const struct query_words *words)
{
    lua_createtable(lua, (int)words->count, 0);
    for (unsigned i = words->first, n = 1; i < words->count; i++, n++) {
        lua_pushstring(lua, words->word[i]);
        lua_rawseti(lua, -2, (lua_Integer)n);
    }
}

/* fields(): for each field of the table {name, of, kind, words, place}, in order */
static int fields_list(lua_State *lua)
{
    static const char *const kinds[] = {
        [VALUE_NUMBER] = "number", [VALUE_SECONDS] = "duration", [VALUE_TIME] = "time", [VALUE_BOOL] = "truth",
        [VALUE_TEXT] = "text", [VALUE_ADDRESS] = "address", [VALUE_STATES] = "list", [VALUE_TUNNELS] = "list",
        [VALUE_CALLS] = "calls", [VALUE_CHECKS] = "list",
    };
    lua_createtable(lua, (int)field_count, 0);
    for (unsigned i = 0; i < field_count; i++) {
        struct query_words words = query_words(&fields[i]);
        lua_createtable(lua, 0, 5);
        set_text(lua, "name", fields[i].name);
        set_text(lua, "of", fields[i].of == FIELD_TCP ? "tcp" : fields[i].of == FIELD_UDP ? "udp" : "both");
        set_text(lua, "kind", kinds[fields[i].kind]);
        lua_pushinteger(lua, i);
        lua_setfield(lua, -2, "place");
        if (words.word && fields[i].kind != VALUE_BOOL) {
            push_words(lua, &words);
            lua_setfield(lua, -2, "words");
        }
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void push_calls(lua_State *lua, const struct row *row, const struct value *value)
{
    lua_createtable(lua, (int)value->count, 0);
    for (unsigned i = 0; i < value->count; i++) {
        const struct row_call *call = &value->calls[i];
        lua_createtable(lua, 0, 4);
        set_text(lua, "who", words_side(row->of, call->who));
        set_text(lua, "call", call_names[call->call]);
        set_text(lua, "certainty", call->recorded ? "true" : "inferred");
        if (call->frame) {
            lua_pushinteger(lua, call->frame);
            lua_setfield(lua, -2, "frame");
        }
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

static void push_list(lua_State *lua, const struct value *value)
{
    lua_Integer n = 0;
    lua_newtable(lua);
    if (value->kind == VALUE_CHECKS) {
        for (unsigned i = 0; i < CHECK_COUNT; i++)
            if (value->number >> i & 1) {
                lua_pushstring(lua, check_names[i]);
                lua_rawseti(lua, -2, ++n);
            }
        return;
    }
    for (unsigned i = 0; i < value->count; i++) {
        lua_pushstring(lua, value->kind == VALUE_STATES ? tcp_state_names[value->number >> (4 * i) & 15]
                                                        : tunnel_names[value->address[i]]);
        lua_rawseti(lua, -2, ++n);
    }
}

static void push_value(lua_State *lua, const struct row *row, const struct value *value)
{
    char address[ADDRESS_WRITE_MAX];
    switch (value->kind) {
    case VALUE_NULL:
        lua_pushnil(lua);
        break;
    case VALUE_NUMBER:
        lua_pushinteger(lua, (lua_Integer)value->number);
        break;
    case VALUE_SECONDS:
        lua_pushnumber(lua, in_seconds(value->time));
        break;
    case VALUE_TIME:
        native_push_time(lua, value->time);
        break;
    case VALUE_BOOL:
        lua_pushboolean(lua, value->number != 0);
        break;
    case VALUE_TEXT:
        lua_pushstring(lua, value->text);
        break;
    case VALUE_ADDRESS:
        lua_pushlstring(lua, address, (size_t)(address_write(address, value->address, value->count) - address));
        break;
    case VALUE_CALLS:
        push_calls(lua, row, value);
        break;
    default:
        push_list(lua, value);
    }
}

/* get(id, place): a field's value; nil where it is not known, or not of this kind of row */
static int get(lua_State *lua)
{
    const struct conversation *of = native_row(lua, 1);
    lua_Integer place = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, place >= 0 && place < (lua_Integer)field_count, 2, "no such field");
    const struct field *field = &fields[place];
    struct row row;
    row_bind(&row, worker_of(lua)->evidence.decoder, of);
    if (!(field->of & (row.tcp ? FIELD_TCP : FIELD_UDP))) {
        lua_pushnil(lua);
        return 1;
    }
    struct value value = field_value(field, &row);
    push_value(lua, &row, &value);
    return 1;
}

/* rows(): ids of the connections, ids of the flows */
static int rows(lua_State *lua)
{
    const struct decoder *decoder = worker_of(lua)->evidence.decoder;
    lua_Integer count[2] = { 0, 0 };
    lua_newtable(lua);
    lua_newtable(lua);
    for (const struct conversation *row = decoder_first(decoder); row; row = decoder_after(decoder, row)) {
        bool tcp = conversation_is_tcp(row);
        lua_pushinteger(lua, row->id);
        lua_rawseti(lua, tcp ? -3 : -2, ++count[tcp]);
    }
    return 2;
}

/* unfinished(id): why later frames could change it, or nil */
static int unfinished(lua_State *lua)
{
    lua_pushstring(lua, evidence_unfinished(&worker_of(lua)->evidence, native_row(lua, 1)));
    return 1;
}

/* lacks(id): bytes of the client, and of the server, that were acknowledged and not captured */
static int lacks(lua_State *lua)
{
    const struct conversation *row = native_row(lua, 1);
    for (unsigned server = 0; server < 2; server++)
        lua_pushinteger(lua, (lua_Integer)stream_lacks(&worker_of(lua)->evidence, row, server ? !row->client : row->client));
    return 2;
}

/* answered(id): the frame of the first payload that the server sent, or nil */
static int answered(lua_State *lua)
{
    const struct conversation *row = native_row(lua, 1);
    uint32_t frame = 0;
    if (conversation_is_tcp(row)) {
        frame = as_connection(row)->peer[!row->client].first_data_frame;
    } else {
        const struct happening *h = evidence_first(&worker_of(lua)->evidence, row->id);
        while (h && !(h->kind == EVENT_UDP_DATAGRAM && h->who != row->client))
            h = evidence_next(&worker_of(lua)->evidence, h);
        frame = h ? h->frame : 0;
    }
    if (frame)
        lua_pushinteger(lua, frame);
    else
        lua_pushnil(lua);
    return 1;
}

/* --- the display filter --- */

/* query(text): a compiled one, or nil and what is wrong */
static int query(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    struct query_error error;
    struct query *made = query_parse(text, length, &error);
    if (!made) {
        lua_pushnil(lua);
        lua_pushstring(lua, error.text);
        return 2;
    }
    struct query *kept = lua_newuserdatauv(lua, sizeof *kept, 0);
    *kept = *made;
    query_free(made);
    luaL_setmetatable(lua, "query");
    return 1;
}

/* matches(query, id) */
static int matches(lua_State *lua)
{
    const struct query *made = luaL_checkudata(lua, 1, "query");
    struct row row;
    row_bind(&row, worker_of(lua)->evidence.decoder, native_row(lua, 2));
    lua_pushboolean(lua, query_match(made, &row));
    return 1;
}

/* --- the capture --- */

struct total {
    const char *name;
    size_t offset;
};

static const struct total totals[] = {
#define TOTAL(name) { #name, offsetof(struct totals, name) }
    TOTAL(frames), TOTAL(frame_bytes), TOTAL(captured_bytes), TOTAL(tcp_segments), TOTAL(udp_datagrams),
    TOTAL(connections), TOTAL(flows), TOTAL(other), TOTAL(cut_frames), TOTAL(malformed), TOTAL(fragments),
    TOTAL(bad_checksum), TOTAL(duplicates), TOTAL(arp_unanswered),
};

/* capture(): a table of the totals, by SCHEMA's names */
static int capture(lua_State *lua)
{
    const struct evidence *e = &worker_of(lua)->evidence;
    struct text t = {0};
    lua_newtable(lua);
    for (unsigned i = 0; i < sizeof totals / sizeof *totals; i++) {
        lua_pushinteger(lua,
                        (lua_Integer)*(const uint64_t *)(const void *)((const char *)&e->totals + totals[i].offset));
        lua_setfield(lua, -2, totals[i].name);
    }
    lua_pushinteger(lua, (lua_Integer)e->dropped);
    lua_setfield(lua, -2, "dropped");
    lua_pushboolean(lua, e->problem[0] == 0);
    lua_setfield(lua, -2, "complete");
    lua_pushnumber(lua, in_seconds(e->totals.last_time - e->totals.first_time));
    lua_setfield(lua, -2, "duration");
    text_time(&t, e->totals.first_time);
    set_text(lua, "first_time", text_ended(&t));
    t.used = 0;
    text_time(&t, e->totals.last_time);
    set_text(lua, "last_time", text_ended(&t));
    text_free(&t);
    return 1;
}

/* problem(): why the capture is not whole, or nil; read(): is there one */
static int problem(lua_State *lua)
{
    const struct evidence *e = &worker_of(lua)->evidence;
    lua_pushstring(lua, e->problem[0] ? e->problem : NULL);
    return 1;
}

static int is_read(lua_State *lua)
{
    lua_pushboolean(lua, worker_of(lua)->evidence.read);
    return 1;
}

/* --- words --- */

/* distance(a, b): letters that differ */
static int distance(lua_State *lua)
{
    size_t a_length, b_length;
    const char *a = luaL_checklstring(lua, 1, &a_length), *b = luaL_checklstring(lua, 2, &b_length);
    unsigned letters = words_distance(a, a_length, b, b_length);
    lua_pushinteger(lua, letters == UINT_MAX ? 1000 : (lua_Integer)letters);
    return 1;
}

/* address(text): in the one form that addresses are written in, or nil */
static int address(lua_State *lua)
{
    const char *text = luaL_checkstring(lua, 1);
    uint8_t bytes[16];
    unsigned version = inet_pton(AF_INET, text, bytes) == 1 ? 4 : inet_pton(AF_INET6, text, bytes) == 1 ? 6 : 0;
    char made[ADDRESS_WRITE_MAX];
    if (version)
        lua_pushlstring(lua, made, (size_t)(address_write(made, bytes, version) - made));
    else
        lua_pushnil(lua);
    return 1;
}

void native_rows_register(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        { "fields", fields_list }, { "get", get }, { "rows", rows }, { "unfinished", unfinished },
        { "lacks", lacks }, { "answered", answered }, { "query", query }, { "matches", matches }, { "capture", capture },
        { "problem", problem }, { "is_read", is_read }, { "distance", distance }, { "address", address },
        { NULL, NULL },
    };
    luaL_newmetatable(lua, "query");
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
    luaL_setfuncs(lua, functions, 0);
}

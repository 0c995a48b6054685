/* What the language asks of segments, datagrams and events: SCHEMA's names for the values of one record. */
#include <string.h>

#include <lauxlib.h>

#include "decode/sequence.h"
#include "grade/worker.h"
#include "report/words.h"

enum { KNOWN_SEQ = 8, KNOWN_FLAGS = 14, KNOWN_WINDOW = 16 };   /* bytes of the TCP header that it takes */

static const struct happening *happening(lua_State *lua, int argument)
{
    const struct evidence *e = &worker_of(lua)->evidence;
    lua_Integer n = luaL_checkinteger(lua, argument);
    luaL_argcheck(lua, n > 0 && (uint64_t)n <= e->count, argument, "no such segment");
    return &e->happenings[n - 1];
}

static const struct conversation *row_of(lua_State *lua, const struct happening *h)
{
    return evidence_conversation(&worker_of(lua)->evidence, h->row);
}

static void number_if(lua_State *lua, bool known, uint64_t number)
{
    if (known)
        lua_pushinteger(lua, (lua_Integer)number);
    else
        lua_pushnil(lua);
}

/* --- getters: each pushes one value --- */

static void get_frame(lua_State *lua, const struct happening *h) { number_if(lua, h->frame, h->frame); }
static void get_row(lua_State *lua, const struct happening *h) { lua_pushinteger(lua, h->row); }
static void get_type(lua_State *lua, const struct happening *h) { lua_pushstring(lua, event_names[h->kind]); }
static void get_time(lua_State *lua, const struct happening *h) { native_push_time(lua, h->time); }
static void get_payload(lua_State *lua, const struct happening *h) { lua_pushinteger(lua, h->payload); }
static void get_window(lua_State *lua, const struct happening *h)
{
    number_if(lua, h->known >= KNOWN_WINDOW, h->window);
}
static void get_seq(lua_State *lua, const struct happening *h) { number_if(lua, h->known >= KNOWN_SEQ, h->seq); }
static void get_header(lua_State *lua, const struct happening *h)
{
    number_if(lua, h->known >= KNOWN_FLAGS, h->header_length);
}
static void get_mss(lua_State *lua, const struct happening *h) { number_if(lua, h->mss, h->mss); }
static void get_duplicate(lua_State *lua, const struct happening *h)
{
    number_if(lua, h->duplicate_of, h->duplicate_of);
}
static void get_accepted(lua_State *lua, const struct happening *h) { lua_pushboolean(lua, !h->refused); }
static void get_ttl(lua_State *lua, const struct happening *h) { lua_pushinteger(lua, h->ttl); }
static void get_bad(lua_State *lua, const struct happening *h) { lua_pushboolean(lua, h->bad); }
static void get_coalesced(lua_State *lua, const struct happening *h) { lua_pushboolean(lua, h->coalesced); }
static void get_call(lua_State *lua, const struct happening *h) { lua_pushstring(lua, call_names[h->call]); }

static void get_in_flight(lua_State *lua, const struct happening *h)
{
    number_if(lua, h->in_flight >= 0, (uint64_t)h->in_flight);
}

static bool has_ack(const struct happening *h)
{
    return h->known >= KNOWN_FLAGS && h->flags & TCP_ACK;
}

static void get_ack(lua_State *lua, const struct happening *h)
{
    number_if(lua, has_ack(h), h->ack);
}

static void get_relative(lua_State *lua, const struct happening *h, bool known, unsigned end, uint32_t number)
{
    const struct conversation *row = row_of(lua, h);
    uint32_t relative = 0;
    known = known && row && words_relative_seq(as_connection(row), end, number, false, &relative);
    number_if(lua, known, relative);
}

static void get_seq_rel(lua_State *lua, const struct happening *h)
{
    get_relative(lua, h, h->known >= KNOWN_SEQ, h->who, h->seq);
}

static void get_ack_rel(lua_State *lua, const struct happening *h)
{
    get_relative(lua, h, has_ack(h), !h->who, h->ack);
}

static void get_window_size(lua_State *lua, const struct happening *h)
{
    const struct conversation *row = row_of(lua, h);
    uint32_t size = 0;
    bool known = row && h->known >= KNOWN_WINDOW &&
                 connection_window(as_connection(row), h->who, h->flags, h->window, &size);
    number_if(lua, known, size);
}

static void get_flags(lua_State *lua, const struct happening *h)
{
    char words[WORDS_FLAGS_MAX];
    if (h->known < KNOWN_FLAGS)
        lua_pushnil(lua);
    else
        lua_pushlstring(lua, words, (size_t)(words_flags_write(words, h->flags) - words));
}

static void get_who(lua_State *lua, const struct happening *h)
{
    const struct conversation *row = row_of(lua, h);
    lua_pushstring(lua, row && h->who < NO_END ? words_side(row, h->who) : NULL);
}

static void push_state(lua_State *lua, enum tcp_state state)
{
    lua_pushstring(lua, state == STATE_UNKNOWN ? NULL : tcp_state_names[state]);
}

static void get_client_state(lua_State *lua, const struct happening *h)
{
    const struct conversation *row = row_of(lua, h);
    push_state(lua, row ? h->state[row->client] : STATE_UNKNOWN);
}

static void get_server_state(lua_State *lua, const struct happening *h)
{
    const struct conversation *row = row_of(lua, h);
    push_state(lua, row ? h->state[!row->client] : STATE_UNKNOWN);
}

static void get_from_state(lua_State *lua, const struct happening *h) { push_state(lua, h->from); }
static void get_to_state(lua_State *lua, const struct happening *h) { push_state(lua, h->to); }

static void get_certainty(lua_State *lua, const struct happening *h)
{
    bool call = h->kind == EVENT_CALL || h->kind == EVENT_CALL_RETURNED;
    lua_pushstring(lua, h->inferred ? "inferred" : call ? "true" : "seen");
}

static void get_ack_rtt(lua_State *lua, const struct happening *h)
{
    if (h->ack_rtt < 0)
        lua_pushnil(lua);
    else
        lua_pushnumber(lua, (double)h->ack_rtt / (double)NS_PER_S);
}

/* The first segment of the other end that acknowledges all of this one, with what it takes of the sequence space;
 * NULL. */
static const struct happening *acknowledged(lua_State *lua, const struct happening *h)
{
    const struct evidence *e = &worker_of(lua)->evidence;
    uint32_t end = h->seq + h->payload + !!(h->flags & TCP_SYN) + !!(h->flags & TCP_FIN);
    if (h->known < KNOWN_FLAGS || end == h->seq)
        return NULL;
    for (const struct happening *a = evidence_next(e, h); a; a = evidence_next(e, a))
        if (a->kind == EVENT_TCP_SEGMENT && a->who != h->who && has_ack(a) && !a->refused && !seq_before(a->ack, end))
            return a;
    return NULL;
}

static void get_acked_by(lua_State *lua, const struct happening *h)
{
    const struct happening *a = acknowledged(lua, h);
    number_if(lua, a != NULL, a ? a->frame : 0);
}

static void get_acked_after(lua_State *lua, const struct happening *h)
{
    const struct happening *a = acknowledged(lua, h);
    if (a)
        lua_pushnumber(lua, (double)(a->time - h->time) / (double)NS_PER_S);
    else
        lua_pushnil(lua);
}

static void get_analysis(lua_State *lua, const struct happening *h)
{
    lua_Integer n = 0;
    lua_newtable(lua);
    for (uint32_t marks = h->marks; marks; marks &= marks - 1) {
        lua_pushstring(lua, mark_names[__builtin_ctz(marks)]);
        lua_rawseti(lua, -2, ++n);
    }
}

/* --- the table --- */

enum { OF_SEGMENT = 1, OF_DATAGRAM = 2, OF_EVENT = 4, OF_UNIT = 3, OF_ALL = 7 };

static const struct {
    const char *name;
    void (*push)(lua_State *lua, const struct happening *h);
    const char *kind;
    unsigned of;
} values[] = {
    { "frame", get_frame, "number", OF_ALL }, { "time", get_time, "time", OF_ALL },
    { "connection", get_row, "number", OF_SEGMENT | OF_EVENT }, { "flow", get_row, "number", OF_DATAGRAM | OF_EVENT },
    { "type", get_type, "event", OF_EVENT }, { "who", get_who, "side", OF_EVENT }, { "from", get_who, "side", OF_UNIT },
    { "flags", get_flags, "flags", OF_SEGMENT }, { "seq", get_seq, "number", OF_SEGMENT },
    { "ack", get_ack, "number", OF_SEGMENT }, { "seq_rel", get_seq_rel, "number", OF_SEGMENT },
    { "ack_rel", get_ack_rel, "number", OF_SEGMENT }, { "payload", get_payload, "number", OF_UNIT },
    { "window", get_window, "number", OF_SEGMENT }, { "window_size", get_window_size, "number", OF_SEGMENT },
    { "mss", get_mss, "number", OF_SEGMENT }, { "header_length", get_header, "number", OF_SEGMENT },
    { "analysis", get_analysis, "marks", OF_SEGMENT },
    { "ack_rtt", get_ack_rtt, "duration", OF_SEGMENT }, { "bytes_in_flight", get_in_flight, "number", OF_SEGMENT },
    { "acked_by", get_acked_by, "number", OF_SEGMENT }, { "acked_after", get_acked_after, "duration", OF_SEGMENT },
    { "coalesced", get_coalesced, "truth", OF_SEGMENT }, { "duplicate_of", get_duplicate, "number", OF_SEGMENT },
    { "accepted", get_accepted, "truth", OF_SEGMENT }, { "checksum_bad", get_bad, "truth", OF_UNIT },
    { "ttl", get_ttl, "number", OF_UNIT },
    { "state.client", get_client_state, "state", OF_SEGMENT | OF_EVENT },
    { "state.server", get_server_state, "state", OF_SEGMENT | OF_EVENT },
    { "from_state", get_from_state, "state", OF_EVENT }, { "to_state", get_to_state, "state", OF_EVENT },
    { "call", get_call, "call", OF_EVENT }, { "certainty", get_certainty, "certainty", OF_EVENT },
};

enum { VALUES = sizeof values / sizeof *values };

/* Words that a value of this kind can be, or 0. */
static unsigned words_of(const char *kind, const char *const **words)
{
    static const char *const sides[] = { "client", "server" }, *const certainties[] = { "seen", "inferred", "true" };
    static const struct {
        const char *kind;
        const char *const *words;
        unsigned count;
    } known[] = {
        { "event", event_names, EVENT_COUNT }, { "side", sides, 2 }, { "state", tcp_state_names + 1, STATE_COUNT - 1 },
        { "call", call_names, CALL_COUNT }, { "certainty", certainties, 3 }, { "marks", mark_names, MARK_COUNT },
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].kind, kind) == 0) {
            *words = known[i].words;
            return known[i].count;
        }
    return 0;
}

/* values("segment" | "datagram" | "event"): {name, kind, words, place} of each value of such a record */
static int values_list(lua_State *lua)
{
    static const char *const records[] = { "segment", "datagram", "event", NULL };
    unsigned of = 1u << luaL_checkoption(lua, 1, NULL, records);
    lua_newtable(lua);
    for (unsigned i = 0, n = 0; i < VALUES; i++) {
        if (!(values[i].of & of))
            continue;
        const char *const *words = NULL;
        unsigned count = words_of(values[i].kind, &words);
        lua_createtable(lua, 0, 4);
        lua_pushstring(lua, values[i].name);
        lua_setfield(lua, -2, "name");
        bool list = strcmp(values[i].kind, "marks") == 0, flags = strcmp(values[i].kind, "flags") == 0;
        lua_pushstring(lua, list ? "list" : count ? "text" : flags ? "flags" : values[i].kind);
        lua_setfield(lua, -2, "kind");
        lua_pushinteger(lua, i);
        lua_setfield(lua, -2, "place");
        if (count) {
            lua_createtable(lua, (int)count, 0);
            for (unsigned word = 0; word < count; word++) {
                lua_pushstring(lua, words[word]);
                lua_rawseti(lua, -2, (lua_Integer)word + 1);
            }
            lua_setfield(lua, -2, "words");
        }
        lua_rawseti(lua, -2, (lua_Integer)++n);
    }
    return 1;
}

/* value(number, place) */
static int value(lua_State *lua)
{
    const struct happening *h = happening(lua, 1);
    lua_Integer place = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, place >= 0 && place < VALUES, 2, "no such value");
    values[place].push(lua, h);
    return 1;
}

/* marks(): their names; marked(number, mark's place from 1) */
static int marks(lua_State *lua)
{
    lua_createtable(lua, MARK_COUNT, 0);
    for (unsigned i = 0; i < MARK_COUNT; i++) {
        lua_pushstring(lua, mark_names[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int marked(lua_State *lua)
{
    const struct happening *h = happening(lua, 1);
    lua_Integer mark = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, mark >= 1 && mark <= MARK_COUNT, 2, "no such mark");
    lua_pushboolean(lua, h->marks >> (mark - 1) & 1);
    return 1;
}

static bool wanted(const struct happening *h, int record)
{
    return record == 0 ? h->kind == EVENT_TCP_SEGMENT : record == 1 ? h->kind == EVENT_UDP_DATAGRAM : true;
}

/* happenings("segment" | "datagram" | "event", id | nil): numbers of the records, of one row or of all */
static int happenings(lua_State *lua)
{
    static const char *const records[] = { "segment", "datagram", "event", NULL };
    const struct evidence *e = &worker_of(lua)->evidence;
    int record = luaL_checkoption(lua, 1, NULL, records);
    lua_Integer n = 0;
    if (lua_isnoneornil(lua, 2)) {
        lua_newtable(lua);
        for (size_t i = 0; i < e->count; i++)
            if (wanted(&e->happenings[i], record)) {
                lua_pushinteger(lua, (lua_Integer)i + 1);
                lua_rawseti(lua, -2, ++n);
            }
        return 1;
    }
    const struct conversation *row = native_row(lua, 2);
    lua_newtable(lua);
    for (const struct happening *h = evidence_first(e, row->id); h; h = evidence_next(e, h))
        if (wanted(h, record)) {
            lua_pushinteger(lua, (lua_Integer)(h - e->happenings) + 1);
            lua_rawseti(lua, -2, ++n);
        }
    return 1;
}

/* data(number): the payload of one segment or datagram */
static int data(lua_State *lua)
{
    native_push_unit(lua, happening(lua, 1));
    return 1;
}

void native_happenings_register(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        { "values", values_list }, { "value", value }, { "marks", marks }, { "marked", marked },
        { "happenings", happenings }, { "data", data }, { NULL, NULL },
    };
    luaL_setfuncs(lua, functions, 0);
}

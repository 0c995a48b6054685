-- selections.lua - what a rubric speaks of: connections, flows, sockets, segments, datagrams, events; and some of them,
-- by conditions.
--
-- Items and selections are empty tables with a metatable; what belongs to them is kept here, out of the rubric's
-- reach.

local native, language = ...
local ipairs, pairs, setmetatable, tostring, type = ipairs, pairs, setmetatable, tostring, type
local concat, insert, move, remove, sort = table.concat, table.insert, table.move, table.remove, table.sort
local format, match, sub = string.format, string.match, string.sub
local wrong, no_such, did_you_mean, schemas =
    language.wrong, language.no_such, language.did_you_mean, language.schemas
local environment = language.environment

local QUOTED_MOST = 200               -- bytes of a filter, or of what a selection is called

local parts = setmetatable({}, { __mode = "k" })    -- item, path or selection -> what it is made of

-- --- items ---

local item_meta = { __metatable = false, __name = "item" }

function language.item(of, key, prefix)
    local made = setmetatable({}, item_meta)
    parts[made] = { schema = of, key = key, prefix = prefix }
    return made
end
local item = language.item

-- Its schema and key; nil for anything else.
function language.item_parts(value)
    local of = parts[value]
    if of and of.key and not of.prefix then
        return of.schema, of.key
    end
end

local stream_names = { "client", "server", "whole", "missing" }
local stream_meta = { __metatable = false, __index = function(_, name)
    if name ~= "missing" then
        no_such("a connection's stream has no `%s`%s It has: %s", tostring(name),
                did_you_mean(tostring(name), stream_names), concat(stream_names, ", "))
    end
end }

local function whole_streams(id)
    local made = { client = native.stream(id, "client"), server = native.stream(id, "server") }
    made.missing = made.client.missing or made.server.missing
    made.whole = made.missing == nil
    return setmetatable(made, stream_meta)
end

-- What an item has beside its fields.
local function more_of(of, key, name)
    if of.schema.row then
        if name == "stream" then
            of.streams = of.streams or whole_streams(key)
            return of.streams
        elseif name == "segments" and of.schema == schemas.tcp then
            return language.selection(schemas.segment, { rows = { key }, counts = of.schema })
        elseif name == "datagrams" and of.schema == schemas.udp then
            return language.selection(schemas.datagram, { rows = { key }, counts = of.schema })
        elseif name == "events" then
            return language.selection(schemas.event, { rows = { key } })
        end
    elseif name == "data" and of.schema.record and of.schema ~= schemas.event then
        return native.data(key)
    end
end

local function names_of(schema_of)
    local names = { "stream", "segments", "datagrams", "events", "data" }
    for prefix in pairs(schema_of.prefixes) do
        names[#names + 1] = prefix
    end
    sort(names)
    for _, name in ipairs(schema_of.names) do
        names[#names + 1] = name
    end
    return names
end

function item_meta.__index(self, name)
    local of = parts[self]
    if type(name) ~= "string" then
        wrong("%s has names, and %s is none", language.a(of.schema.what), tostring(name))
    end
    local path = of.prefix and of.prefix .. "." .. name or name
    local field = of.schema.fields[path]
    if field then
        language.note_read(of.schema, field, of.key)
        return field.get(of.key)
    end
    local more = not of.prefix and more_of(of, of.key, name)
    if more then
        return more
    elseif of.schema.prefixes[path] then
        return item(of.schema, of.key, path)
    end
    no_such("%s has no `%s`%s", language.a(of.schema.what), path, did_you_mean(path, names_of(of.schema)))
end

function item_meta.__newindex(_, name)
    wrong("what the capture shows cannot be changed: `%s`", tostring(name))
end

function item_meta.__tostring(self)
    local of = parts[self]
    return of.schema.name(of.key) .. (of.prefix and "." .. of.prefix or "")
end

function item_meta.__eq(a, b)
    return parts[a].schema == parts[b].schema and parts[a].key == parts[b].key and parts[a].prefix == parts[b].prefix
end

-- --- selections ---

local selection_meta = { __metatable = false, __name = "selection" }
local methods = {}
language.methods = methods            -- filled by asking.lua

-- from: { rows = list of ids, or nil: all; of = selection of rows }, tests: list of { field, comparison, name },
-- named: { says, covers = set of the tests that these words stand for }, or nil
function language.selection(of, from, tests, named)
    local made = setmetatable({}, selection_meta)
    parts[made] = { schema = of, from = from, tests = tests or {}, named = named, selection = true }
    return made
end

function language.selection_parts(value)
    local of = parts[value]
    return of and of.selection and of or nil
end

-- Conditions as a rubric writes them, in nested tables, one after the other.
local function add_tests(of, tests, wanted, prefix)
    local names = {}
    for name in pairs(wanted) do
        if type(name) ~= "string" then
            wrong("conditions have names: { server = { port = 6666 } }")
        end
        names[#names + 1] = name
    end
    sort(names)                   -- so that messages come in the same order each time
    for _, name in ipairs(names) do
        local path, value = prefix and prefix .. "." .. name or name, wanted[name]
        local field = of.fields[path]
        if field then
            tests[#tests + 1] = { field = field, test = language.comparison(field, value) }
        elseif of.prefixes[path] and type(value) == "table" and not language.is_condition(value) then
            add_tests(of, tests, value, path)
        elseif of.prefixes[path] then
            wrong("`%s` is written with a table: %s", path, language.spelt(path .. ".client"))
        else
            no_such("%s has no `%s`%s", language.a(of.what), path, did_you_mean(path, of.names, true))
        end
    end
    return tests
end
language.add_tests = add_tests

-- A display filter as it is quoted in messages: its beginning is enough to know it by.
local function quoted_filter(text)
    return format("where = \"%s\"", #text > QUOTED_MOST and sub(text, 1, QUOTED_MOST) .. "..." or text)
end

-- where: a display filter as text, or a function of the item.
local function where_test(of, where)
    local holds
    if type(where) == "string" and of.row then
        local query, problem = native.query(where)
        if not query then
            wrong("%s: %s", quoted_filter(where), problem)
        end
        holds = function(key) return native.matches(query, key) end
    elseif type(where) == "function" then
        holds = function(key) return where(item(of, key)) end
    else
        wrong("where takes a function%s", of.row and ", or a display filter in quotes" or type(where) == "string" and
              " here: display filters are for connections and flows, so write of = tcp { where = \"...\" }" or "")
    end
    local field = { name = "where", kind = "truth", last = true, settled = function() return false end }
    field.get = function(key)             -- what it reads is its own matter, not that of a function that asks for all
        local before = language.lacked
        language.lacked = nil
        local value = holds(key)
        field.lacked, language.lacked = language.lacked, before
        return value
    end
    local quoted = type(where) == "string" and quoted_filter(where) or "the function of where"
    return { field = field, test = { says = quoted, whole = quoted .. " does not hold", wanted = true,
                                     test = function(value) return value and true or false end } }
end

-- What a student reads instead of all these tests.
local function named_by(says, tests)
    if type(says) ~= "string" or says == "" or #says > QUOTED_MOST then
        wrong("says takes up to %d bytes in quotes, what these are called: says = \"connections that were reset\"",
              QUOTED_MOST)
    end
    local covers = {}
    for _, one in ipairs(tests) do
        covers[one] = true
    end
    return { says = says, covers = covers }
end

local function narrowed(of, wanted)
    if type(wanted) ~= "table" or language.is_condition(wanted) or parts[wanted] then
        wrong("a selection is narrowed with a table: %s { ... }", of.schema.row and "tcp" or of.schema.what .. "s")
    end
    local tests, rest, from = {}, {}, of.from
    for i, test in ipairs(of.tests) do
        tests[i] = test
    end
    for name, value in pairs(wanted) do
        if name == "where" then
            tests[#tests + 1] = where_test(of.schema, value)
        elseif name == "of" and of.schema.record then
            local rows = language.selection_parts(value)
            if not rows or not rows.schema.row then
                wrong("of takes a selection of connections or flows")
            end
            from = { of = value }
        elseif name ~= "says" then
            rest[name] = value
        end
    end
    add_tests(of.schema, tests, rest)
    local last = {}                       -- where comes behind all others: it is asked only of what meets them
    for i = #tests, 1, -1 do
        if tests[i].field.last then
            insert(last, 1, remove(tests, i))
        end
    end
    move(last, 1, #last, #tests + 1, tests)
    return language.selection(of.schema, from, tests, wanted.says ~= nil and named_by(wanted.says, tests) or of.named)
end

function selection_meta.__call(self, wanted)
    return narrowed(parts[self], wanted)
end

-- Keys of all items that the conditions are asked about.
function language.base(of)
    if of.all then
        return of.all
    end
    local all = {}
    if of.schema.ids then
        all = of.from.rows or of.schema.ids
    elseif of.from.rows or of.from.of then
        local rows = of.from.rows or language.keys(parts[of.from.of])
        for _, id in ipairs(rows) do
            for _, number in ipairs(native.happenings(of.schema.record, id)) do
                all[#all + 1] = number
            end
        end
        sort(all)
    else
        all = native.happenings(of.schema.record)
    end
    of.all = all
    return all
end

-- Does it hold for this key? How many conditions do not, and the first of them; is that settled, whatever comes later;
-- and is it firm, whatever was not captured?
function language.judge(of, key)
    local missed, first, settled, refuted, firm, denied = 0, nil, true, false, true, false
    local lacks = of.schema.lacks and of.schema.lacks(key)
    for _, one in ipairs(of.tests) do
        if one.field.last and missed > 0 then
            break
        end
        local value = one.field.get(key)
        local holds = one.test.test(value) and true or false
        local fixed = one.field.settled(key, value, one.test, holds)
        local sure = not lacks or language.firm(one.field, value, one.test, holds)
        if not holds then
            missed = missed + 1
            first = first or { name = one.field.name, value = value, test = one.test }
            refuted, denied = refuted or fixed, denied or sure
        end
        settled, firm = settled and fixed, firm and sure
    end
    return missed == 0, missed, first, missed == 0 and settled or refuted, missed == 0 and firm or denied
end

-- Why what was said of the selections that a function has looked at may still change, or nil.
function language.spoken_reason(at_end)
    local problem = native.problem()
    if problem then
        return "the capture is not whole (" .. problem .. ")"
    end
    for _, of in ipairs(at_end and {} or language.spoken) do
        for _, key in ipairs(language.base(of)) do
            local reason = of.schema.unfinished(key)
            if reason and language.speaks_of(of, key) then
                return format("%s %s", of.schema.name(key), reason)
            end
        end
        local reason = language.open_reason(of)
        if reason then
            return reason
        end
    end
end

language.spoken = {}

-- The moments that show what a field says; the first one that was seen.
local shows = { handshake = { "established", "reset" }, ending = { "reset", "last_ack", "second_fin", "first_fin" },
                closed_by = { "first_fin", "reset" }, opened_by = { "syn" }, path = { "last_ack", "reset" },
                state = { "last_ack", "reset", "second_fin", "first_fin" }, mss = { "syn" }, window_scale = { "syn" } }

-- Adds the frames that the conditions on an item rest on, or its first one.
function language.add_frames(frames, of, key, tests)
    local fields, before = of.schema.fields, #frames
    for _, one in ipairs(tests) do
        local moment, what = match(one.field.name, "^moments%.([^.]+)%.(%a+)$")
        if not moment then
            what, moment = match(one.field.name, "^(%a+)%.([^.]+)$")
        end
        if one.field.name == "answered" then
            frames[#frames + 1] = native.answered(key)
        elseif what == "frame" or what == "time" then
            local field = fields["moments." .. moment .. ".frame"]
            frames[#frames + 1] = field and field.get(key)
        else
            for _, name in ipairs(of.schema == schemas.tcp and shows[match(one.field.name, "^[^.]+")] or {}) do
                local frame = fields["moments." .. name .. ".frame"].get(key)
                if frame then
                    frames[#frames + 1] = frame
                    break
                end
            end
        end
    end
    if #frames == before then
        frames[#frames + 1] = of.schema.frame(key)
    end
end

-- Is it one that the selection is about, by what never changes of it: its ends?
function language.speaks_of(of, key)
    for _, one in ipairs(of.tests) do
        local head = match(one.field.name, "^[^.]+")
        if language.always[head] or head == "client" or head == "server" then
            local value = one.field.get(key)
            local holds = one.test.test(value) and true or false
            if not holds and one.field.settled(key, value, one.test, holds) then
                return false
            end
        end
    end
    return true
end

-- Keys of the items for which it holds.
function language.keys(of)
    language.spoken[#language.spoken + 1] = #language.spoken < 1000 and of or nil
    if not of.keys then
        local keys = {}
        for _, key in ipairs(language.base(of)) do
            local holds, _, _, _, firm = language.judge(of, key)
            if holds then
                keys[#keys + 1] = key
            end
            of.lacked = of.lacked or not firm and language.lacks_words(key) or nil
        end
        of.keys = keys
        of.lacked = of.lacked or of.schema.record and language.missing_of(of, language.rows_of(of)) or nil
    end
    language.lacked = language.lacked or of.lacked
    return of.keys
end

-- Ids of the connections and flows whose segments, datagrams or events a selection is of.
function language.rows_of(of)
    return of.from.rows or of.from.of and language.keys(parts[of.from.of]) or move(schemas.udp.ids, 1, #schemas.udp.ids,
        #schemas.tcp.ids + 1, move(schemas.tcp.ids, 1, #schemas.tcp.ids, 1, {}))
end

-- Why there could be more items than are seen, or nil.
function language.open_reason(of)
    local problem = native.problem()
    if problem then
        return "the capture is not whole (" .. problem .. ")"
    end
    if of.schema.ids then
        return nil
    end
    local rows = language.rows_of(of)
    for _, id in ipairs(rows) do
        local reason = native.unfinished(id)
        if reason then
            return format("connection %d %s", id, reason)
        end
    end
    return language.missing_of(of, rows)
end

-- Why an item may still come out otherwise, or nil.
function language.item_reason(of, key)
    local problem = native.problem()
    if problem then
        return "the capture is not whole (" .. problem .. ")"
    end
    local lacks = of.schema.lacks and of.schema.lacks(key)
    local reason = of.schema.unfinished(key) or lacks and lacks.reason
    return reason and format("%s %s", of.schema.name(key), reason)
end

-- " of these connections", " of connection 3"; "" where it is of all
local function of_which(of)
    local rows = of.from.of and parts[of.from.of]
    if rows and rows.named then
        return " of " .. language.described(rows)
    elseif rows then
        return format(" of %s %ss", #rows.tests > 0 and "these" or "all", rows.schema.what)
    end
    local id = of.from.rows and of.from.rows[1]
    return id and format(" of %s %d", schemas.tcp.fields.handshake.get(id) and "connection" or "flow", id) or ""
end

-- "connections with server.port 6666, handshake complete", "segments of these connections with flags SYN"; what it is
-- called, and what was added to that: "connections to port 6666 with handshake complete"
function language.described(of)
    local says, named = {}, of.named
    for _, one in ipairs(of.tests) do
        says[#says + 1] = not (named and named.covers[one]) and
                          (one.test.whole and one.test.says or one.field.name .. " " .. one.test.says) or nil
    end
    return (named and named.says or of.schema.what .. "s") .. of_which(of) ..
           (#says > 0 and " with " .. concat(says, ", ") or "")
end

function selection_meta.__index(self, name)
    local of = parts[self]
    if math.type(name) == "integer" then
        local key = language.keys(of)[name]
        return key and item(of.schema, key) or nil
    elseif methods[name] then
        return methods[name]
    elseif of.from.counts and (name == "client" or name == "server") then
        local field = of.from.counts.fields[of.schema.what .. "s." .. name]       -- c.segments.client
        language.note_read(of.from.counts, field, of.from.rows[1])
        return field.get(of.from.rows[1])
    end
    local names = {}
    for method in pairs(methods) do
        names[#names + 1] = method
    end
    sort(names)
    no_such("a selection has no `%s`%s It has: %s", tostring(name), did_you_mean(tostring(name), names), concat(names,
        ", "))
end

function selection_meta.__len(self)
    return #language.keys(parts[self])
end

function selection_meta.__newindex()
    wrong("a selection cannot be changed; narrow it: selection { ... }")
end

function selection_meta.__tostring(self)
    return language.described(parts[self])
end

-- --- what a rubric begins with ---

environment.tcp = language.selection(schemas.tcp, {})
environment.udp = language.selection(schemas.udp, {})
environment.sockets = language.selection(schemas.socket, {})
environment.segments = language.selection(schemas.segment, {})
environment.datagrams = language.selection(schemas.datagram, {})
environment.events = language.selection(schemas.event, {})

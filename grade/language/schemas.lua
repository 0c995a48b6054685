-- schemas.lua - what can be read of each kind of item: its fields by name, how a value is got, and whether later
-- frames could still change it.

local native, language = ...
local ipairs, pairs = ipairs, pairs
local find, format, gmatch, match, sub = string.find, string.format, string.gmatch, string.match, string.sub
local shown = language.shown

-- fields: list of { name, kind, words, get(key), settled(key, value, test, holds) }
local function schema(what, fields, with)
    local made = { what = what, fields = {}, names = {}, prefixes = {} }
    for _, field in ipairs(fields) do
        made.fields[field.name] = field
        made.names[#made.names + 1] = field.name
        for at in gmatch(field.name, "()%.") do
            made.prefixes[sub(field.name, 1, at - 1)] = true
        end
    end
    for key, value in pairs(with) do
        made[key] = value
    end
    return made
end

local function set(...)
    local made = {}
    for _, name in ipairs({ ... }) do
        made[name] = true
    end
    return made
end

-- What later frames cannot change: always; once it is known; once the row is over; or while it can only grow.
language.always = set("type", "id", "incarnation", "vlan", "tunnel", "within", "first_frame", "first_time")
local once_known = set("isn", "mss", "window_scale", "sack_permitted", "timestamps", "moments")
local once_over = set("ending", "closed_by", "opened_by", "handshake")
local growing = set("frames", "frame_bytes", "segments", "datagrams", "payload_bytes", "stream_bytes", "analysis",
                    "duration", "exchanges", "max_window", "last_frame", "path")

local function row_settled(field)
    local head = match(field.name, "^[^.]+")
    return function(id, value, test, holds)
        if language.always[head] then
            return true
        elseif once_known[head] then
            return value ~= nil and not find(field.name, "last_data", 1, true)
        elseif head == "client" or head == "server" then
            -- who is the client may be a guess: what neither end has is settled all the same
            return field.udp or native.get(id, language.opened_by) ~= nil or
                   not holds and not test.test(native.get(id, field.other_place))
        elseif once_over[head] then
            return head == "handshake" and value == "complete" or native.unfinished(id) == nil and not field.udp
        end
        return growing[head] and test.grows and holds
    end
end

local function row_field(from, kind, places)
    local field = { name = from.name, kind = from.kind, words = from.words, udp = kind == "udp" }
    local side, rest = match(from.name, "^(%a+)(%..*)$")
    field.other_place = places[(side == "client" and "server" or "client") .. (rest or "")]
    field.get = function(id) return native.get(id, from.place) end
    field.settled = row_settled(field)
    field.counted = language.counts(field)
    return field
end

local function alias(name, field)
    local made = {}
    for key, value in pairs(field) do
        made[key] = value
    end
    made.name = name
    return made
end

-- frame.first_fin, time.first_fin are moments.first_fin.frame and .time; frame.first, time.first the first frame's.
local function aliases_of(field)
    local moment, what = match(field.name, "^moments%.([^.]+)%.([^.]+)$")
    if moment then
        return alias(what .. "." .. moment, field)
    end
    local end_of, part = match(field.name, "^(first)_([^.]+)$")
    if not end_of then
        end_of, part = match(field.name, "^(last)_(frame)$")
    end
    return end_of and alias(part .. "." .. end_of, field)
end

local function row_fields(kind)
    local made, places = {}, {}
    local all = native.fields()
    for _, from in ipairs(all) do
        places[from.name] = from.place
    end
    for _, from in ipairs(all) do
        if from.of == kind or from.of == "both" then
            local field = row_field(from, kind, places)
            made[#made + 1] = field
            made[#made + 1] = aliases_of(field)
        end
    end
    language.opened_by = places.opened_by
    made[#made + 1] = { name = "time.last", kind = "time", settled = function() return false end, get = function(id)
        return native.get(id, places.first_time) + native.get(id, places.duration)
    end }
    made[#made + 1] = { name = "frame.answered", kind = "number", get = native.answered,
                        settled = function(_, value) return value ~= nil end }
    made[#made + 1] = { name = "answered", kind = "truth", get = function(id) return native.answered(id) ~= nil end,
                        settled = function(_, value) return value end }
    made[#made + 1] = { name = "unfinished", kind = "text", settled = function(_, value) return value == nil end,
                        get = native.unfinished }
    return made
end

local function record_fields(record)
    local made = {}
    for _, from in ipairs(native.values(record)) do
        local later = find(from.name, "^acked_")     -- by a frame that may not be captured yet
        made[#made + 1] = { name = from.name, kind = from.kind, words = from.words,
                            settled = function(_, value) return not later or value ~= nil end,
                            get = function(number) return native.value(number, from.place) end }
    end
    if record == "segment" then
        for place, mark in ipairs(native.marks()) do
            made[#made + 1] = { name = mark, kind = "truth", settled = function() return true end,
                                get = function(number) return native.marked(number, place) end }
        end
    end
    return made
end

local tcp_ids, udp_ids = native.rows()
local schemas = {}

local function endpoints(schema_of, id)
    local fields = schema_of.fields
    return format("%s:%d to %s:%d", fields["client.addr"].get(id), fields["client.port"].get(id),
                  fields["server.addr"].get(id), fields["server.port"].get(id))
end

local function record_name(record)
    return function(number)
        return format("%s of frame %s", record, shown(schemas[record].fields.frame.get(number)))
    end
end

schemas.tcp = schema("connection", row_fields("tcp"), { ids = tcp_ids, unfinished = native.unfinished, row = true,
    lacks = language.lacks,
    name = function(id) return format("connection %d (%s)", id, endpoints(schemas.tcp, id)) end,
    id = function(id) return id end, frame = function(id) return schemas.tcp.fields.first_frame.get(id) end })
schemas.udp = schema("flow", row_fields("udp"), { ids = udp_ids, unfinished = native.unfinished, row = true,
    name = function(id) return format("flow %d (%s)", id, endpoints(schemas.udp, id)) end,
    id = function(id) return id end, frame = function(id) return schemas.udp.fields.first_frame.get(id) end })
for _, record in ipairs({ "segment", "datagram", "event" }) do
    schemas[record] = schema(record, record_fields(record), { record = record, name = record_name(record),
        unfinished = function() return nil end,
        id = function(number) return schemas[record].fields[record == "datagram" and "flow" or
            "connection"].get(number) end,
        frame = function(number) return schemas[record].fields.frame.get(number) end })
end

-- --- sockets, as the segments tell of them: a listening one for each port that answered a SYN, a connected one at each
-- end of each connection, and one of UDP for each address and port, however many peers it has ---

local held = {}                   -- key (1, 2, ...) -> its fields' values

local function hold(values)
    held[#held + 1] = values
end

local function ends_of(schema_of, id, host)
    local fields, other = schema_of.fields, host == "client" and "server" or "client"
    return { host = host, connection = id, ["local.addr"] = fields[host .. ".addr"].get(id),
             ["local.port"] = fields[host .. ".port"].get(id), ["remote.addr"] = fields[other .. ".addr"].get(id),
             ["remote.port"] = fields[other .. ".port"].get(id) }
end

-- Of no one peer: once for all rows that have this local end.
local function hold_once(seen, values, protocol, kind)
    local place = format("%s %s %d", protocol, values["local.addr"], values["local.port"])
    if not seen[place] then
        seen[place] = true
        values.protocol, values.kind, values["remote.addr"], values["remote.port"] = protocol, kind, nil, nil
        hold(values)
    end
end

local answered = set("complete", "half", "fast_open")
local connected = set("complete", "fast_open", "simultaneous", "midstream")

local function hold_all()
    local listening, bound = {}, {}
    for _, id in ipairs(tcp_ids) do
        local handshake = schemas.tcp.fields.handshake.get(id)
        if answered[handshake] then
            hold_once(listening, ends_of(schemas.tcp, id, "server"), "tcp", "listening")
        end
        for _, host in ipairs(connected[handshake] and { "client", "server" } or {}) do
            local values = ends_of(schemas.tcp, id, host)
            values.protocol, values.kind = "tcp", "connected"
            hold(values)
        end
    end
    for _, id in ipairs(udp_ids) do
        hold_once(bound, ends_of(schemas.udp, id, "client"), "udp", "datagram")
        if schemas.udp.fields["datagrams.server"].get(id) > 0 then
            hold_once(bound, ends_of(schemas.udp, id, "server"), "udp", "datagram")
        end
    end
end

local function socket_fields()
    local made = {}
    for _, from in ipairs({ { "host", "text", { "client", "server" } }, { "protocol", "text", { "tcp", "udp" } },
                            { "kind", "text", { "listening", "connected", "datagram" } },
                            { "local.addr", "address" }, { "local.port", "number" }, { "remote.addr", "address" },
                            { "remote.port", "number" }, { "connection", "number" } }) do
        made[#made + 1] = { name = from[1], kind = from[2], words = from[3], settled = function() return true end,
                            get = function(key) return held[key][from[1]] end }
    end
    return made
end

local function socket_name(key)
    local of = held[key]
    return format("%s %s socket %s:%d", of.kind, of.protocol, of["local.addr"], of["local.port"])
end

hold_all()
schemas.socket = schema("socket", socket_fields(), { ids = {}, name = socket_name,
    unfinished = function(key) return native.unfinished(held[key].connection) end,
    id = function(key) return held[key].connection end,
    frame = function(key)
        local row = held[key].protocol == "tcp" and schemas.tcp or schemas.udp
        return row.fields.first_frame.get(held[key].connection)
    end })
for key in ipairs(held) do
    schemas.socket.ids[key] = key
end
language.schemas = schemas

-- holes.lua - what arrived and was not captured: bytes that were acknowledged, and that no captured segment carries.
--
-- Counts of a connection's segments and bytes are not settled then, unless the missing ones cannot change what is
-- asked. Where a function counts them is noted while it runs: language.lacked.

local native, language = ...
local ipairs, pairs = ipairs, pairs
local concat, find, format, match = table.concat, string.find, string.format, string.match

-- Values of a connection that the missing segments would have changed; those that they could only have made greater.
local counted = { frames = true, frame_bytes = true, segments = true, payload_bytes = true, stream_bytes = true,
                  max_window = true, analysis = false, min_window = false }

local rows = {}                   -- id -> what it lacks; false: nothing

-- { client = bytes, server = bytes, reason }; nil where a connection's capture has no hole.
function language.lacks(id)
    if rows[id] == nil then
        local made, says = { client = 0, server = 0 }, {}
        made.client, made.server = native.lacks(id)
        for _, side in ipairs({ "client", "server" }) do
            says[#says + 1] = made[side] > 0 and format("%d bytes of the %s", made[side], side) or nil
        end
        made.reason = format("lacks %s: acknowledged, but not captured", concat(says, " and "))
        rows[id] = #says > 0 and made
    end
    return rows[id] or nil
end

-- "connection 3 lacks 1000 bytes of the client: ..."
function language.lacks_words(id)
    return format("connection %d %s", id, language.lacks(id).reason)
end

-- Does a field count what could be missing? The marks of a hole tell of it, whatever it is.
function language.counts(field)
    return counted[match(field.name, "^[^.]+")] ~= nil and not find(field.name, "lost_segment", 1, true)
end

-- Of a connection with a hole: would the missing segments leave this comparison as it is?
function language.firm(field, value, test, holds)
    if field.last then
        return field.lacked == nil
    elseif not field.counted or value == nil then
        return not field.counted
    end
    return counted[match(field.name, "^[^.]+")] and (test.grows and holds or test.falls and not holds) or false
end

-- Notes that a function has read a value which counts what is missing.
function language.note_read(of, field, key)
    if field.counted and of.row and not language.lacked and language.lacks(key) then
        language.lacked = language.lacks_words(key)
    end
end

local data_flags = { "ACK", "PSH,ACK", "FIN,ACK", "FIN,PSH,ACK" }

-- Could a segment with data of this side, that was not captured, be one of these?
function language.could_be_missing(of, side)
    for _, one in ipairs(of.tests) do
        local name, test, any = one.field.name, one.test, true
        if name == "from" or name == "type" or name == "who" then
            any = test.test(name == "type" and "tcp.segment" or side)
        elseif name == "payload" then
            any = test.wanted ~= 0
        elseif name == "flags" then
            any = false
            for _, flags in ipairs(data_flags) do
                any = any or test.test(flags)
            end
        end
        if not any then
            return false
        end
    end
    return true
end

-- Of these connections, which one lacks segments that would be of the selection? In words, or nil.
function language.missing_of(of, ids)
    for _, id in ipairs(ids) do
        local lacks = language.lacks(id)
        for side in pairs(lacks and { client = true, server = true } or {}) do
            if lacks[side] > 0 and language.could_be_missing(of, side) then
                return language.lacks_words(id)
            end
        end
    end
end

-- values.lua - names, and what a value is compared with.
--
-- Every chunk of the language is called with two tables: `native`, the functions of grade/native_*.c, and `language`,
-- what the chunks have for one another. A rubric sees neither, only language.environment. Nothing here calls a method
-- of a string or a function that a rubric could have replaced.

local native, language = ...
local error, ipairs, select, setmetatable, tostring, type = error, ipairs, select, setmetatable, tostring, type
local concat = table.concat
local find, format, gsub, gmatch, lower, match, upper =
    string.find, string.format, string.gsub, string.gmatch, string.lower, string.match, string.upper
local abs, floor, mathtype = math.abs, math.floor, math.type

language.mistakes = {}        -- all that was ever raised, so that lint misses none that a pcall has caught

language.guessing = false     -- a function is tried on items that it is not for: values may well be nil there

language.line = nil           -- of the check that is asked: where a mistake stands that no line of the rubric is at

local function raised(kept, text, ...)
    local place, line = native.where()
    place = line == 0 and language.line and place .. ":" .. language.line or place
    local said = place .. ": " .. (select("#", ...) > 0 and format(text, ...) or text)
    language.mistakes[#language.mistakes + 1] = kept and said or nil
    error(said, 0)
end

-- The rubric is wrong: says where, and ends what is being run.
function language.wrong(text, ...)
    raised(not language.guessing, text, ...)
end

-- There is no such name or word, whatever it is looked for in.
function language.no_such(text, ...)
    raised(true, text, ...)
end
local wrong, no_such = language.wrong, language.no_such

-- --- words ---

-- "a segment", "an event"
function language.a(noun)
    return (find(noun, "^[aeiou]") and "an " or "a ") .. noun
end

-- What is called otherwise elsewhere, and would be near to none of our names, or to a wrong one.
local ELSEWHERE = { kind = "type", type = "kind", ip = "addr", address = "addr", host = "addr", len = "payload",
                    length = "payload", size = "payload" }

local function called_elsewhere(word, names)
    local before, last = match(lower(word), "^(.-)([^.]*)$")
    for _, name in ipairs(ELSEWHERE[last] and names or {}) do
        if name == before .. ELSEWHERE[last] then
            return name
        end
    end
end

-- The name that is nearest to a word, or nil where none is near. Its last part alone counts too.
function language.nearest(word, names)
    local known = called_elsewhere(word, names)
    if known then
        return known
    end
    local best, least = nil, 1000
    local small = lower(word)
    for _, name in ipairs(names) do
        local tail = match(name, "([^.]+)$")
        local letters = native.distance(small, lower(name))
        if tail ~= name then
            local alone = native.distance(small, lower(tail)) + 1
            letters = alone < letters and alone or letters
        end
        if letters < least then
            best, least = name, letters
        end
    end
    return least <= #word / 2 + 1 and best or nil
end

-- "server.port" as it is written in a rubric: server = { port = ... }
function language.spelt(name)
    local opened, parts = 0, {}
    for part in gmatch(name, "[^.]+") do
        parts[#parts + 1] = part
        opened = opened + 1
    end
    return concat(parts, " = { ") .. " = ..." .. string.rep(" }", opened - 1)
end

function language.did_you_mean(word, names, spelt)
    local near = language.nearest(word, names)
    return near and ("; did you mean " .. (spelt and language.spelt(near) or near) .. "?") or ""
end
local did_you_mean = language.did_you_mean

local function folded(word)
    return (gsub(lower(word), "[ _-]+", "_"))
end

-- "0.00004", where %g has 4e-05
local function plain_float(value)
    local text = format("%.9g", value)
    return abs(value) > 1e-9 and find(text, "e-", 1, true) and gsub(format("%.12f", value), "0+$", "") or text
end

-- A value as a person reads it.
function language.shown(value)
    if value == nil then
        return "not known"
    elseif type(value) == "table" then
        local parts = {}
        for i, part in ipairs(value) do
            parts[i] = type(part) == "table" and tostring(part.call) or tostring(part)
        end
        return #parts > 0 and concat(parts, " ") or "empty"
    elseif mathtype(value) == "float" then
        return value == floor(value) and abs(value) < 1e15 and format("%d", value) or plain_float(value)
    end
    return tostring(value)
end
local shown = language.shown

-- "3 connections", "1 connection"
function language.counted(number, noun)
    return format("%d %s%s", number, noun, number == 1 and "" or "s")
end

-- "port is 80, not 6666": what a condition found instead of what it asks for. missed: { name, value,
-- test }
function language.missed_words(missed)
    local test, value = missed.test, shown(missed.value)
    if test.whole then                     -- no value of the item: `where`
        return test.whole
    elseif missed.value == nil and test.says == "known" then
        return missed.name .. " is not known"
    end
    local misses = test.misses or find(test.says, "^not ") and "as it should not be" or "not " .. test.says
    return format("%s is %s, %s", missed.name, value, misses)
end

-- --- flags ---

local flag_order = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE" }
local flag_letters = { F = "FIN", S = "SYN", R = "RST", P = "PSH", A = "ACK", U = "URG", E = "ECE", W = "CWR",
                       ["."] = "ACK" }

-- "syn-ack", "ACK, SYN", "[S.]" -> "SYN,ACK", from the lowest bit up; nil where it is no set of flags.
function language.flags(text)
    local set, known = {}, {}
    for _, flag in ipairs(flag_order) do
        known[flag] = true
    end
    local clean = gsub(upper(text), "[%[%]()]", " ")
    for word in gmatch(clean, "[^%s,+|/&-]+") do
        if known[word] then
            set[word] = true
        else
            for letter in gmatch(word, ".") do
                if not flag_letters[letter] then
                    return nil, word
                end
                set[flag_letters[letter]] = true
            end
        end
    end
    local made = {}
    for _, flag in ipairs(flag_order) do
        if set[flag] then
            made[#made + 1] = flag
        end
    end
    return concat(made, ",")
end

-- Can it be a part of what flags are written as: "SYN", "ACK", ",ACK", "SYN,ACK"?
function language.part_of_flags(text)
    local bits = 2 ^ #flag_order
    for set = 1, bits - 1 do
        local made = {}
        for at, flag in ipairs(flag_order) do
            made[#made + 1] = set >> (at - 1) & 1 == 1 and flag or nil
        end
        if find(concat(made, ","), text, 1, true) then
            return true
        end
    end
    return false
end

-- --- one value against one field ---

local numeric = { number = true, duration = true, time = true }
local wants = { number = "a number", duration = "seconds", time = "seconds after the first frame",
                truth = "true or false",
                text = "a word in quotes", address = "an address in quotes", list = "a word in quotes",
                flags = "flags in quotes, like \"SYN,ACK\"", calls = "the name of a socket call in quotes" }

local function check_word(field, value)
    if not field.words then
        return value
    end
    for _, word in ipairs(field.words) do
        if folded(word) == folded(value) then
            return word
        end
    end
    no_such("%s is never \"%s\"%s It can be: %s", field.name, value,
          did_you_mean(value, field.words) == "" and "." or did_you_mean(value, field.words), concat(field.words, ", "))
end

-- What is written in the rubric, as the field has it; raises where it never can be that.
function language.literal(field, value)
    local kind = field.kind
    local is = type(value)
    if numeric[kind] and is == "number" or kind == "truth" and is == "boolean" then
        if find(field.name, "%f[%w]port$") and not (value >= 0 and value <= 65535 and value == floor(value)) then
            no_such("%s is a port, from 0 to 65535, and never %s", field.name, shown(value))
        end
        return value
    elseif is == "string" and kind == "address" then
        local address = native.address(value)
        return address or wrong("%s takes an address, and \"%s\" is none", field.name, value)
    elseif is == "string" and kind == "flags" then
        local flags, bad = language.flags(value)
        return flags or no_such("%s takes flags, and \"%s\" is none of %s", field.name, bad, concat(flag_order, ", "))
    elseif is == "string" and not numeric[kind] and kind ~= "truth" then
        return check_word(field, value)
    end
    wrong("%s takes %s, not %s", field.name, wants[kind] or "a value",
          is == "string" and "\"" .. value .. "\" in quotes" or is == "number" and shown(value) or is == "table" and
              "a table" or
          tostring(value))
end

local function holds(field, list, value)
    for _, member in ipairs(list) do
        if member == value or field.kind == "calls" and member.call == value then
            return true
        end
    end
    return false
end

-- { says, test(value), grows, misses }: grows where more of the capture can only keep it true; misses: how the value is
-- that does not hold, where that is not "not" and what it says.
local function equal_to(field, value)
    value = language.literal(field, value)
    if field.kind == "list" or field.kind == "calls" then
        return { says = "containing " .. value, misses = "without " .. value, grows = true, test = function(list)
            return list ~= nil and holds(field, list, value)
        end }
    end
    return { says = shown(value), wanted = value, test = function(is) return is == value end }
end

local conditions = setmetatable({}, { __mode = "k" })   -- condition object -> function(field): what equal_to() gives

local function condition(make)
    local made = setmetatable({}, { __metatable = false, __name = "condition" })
    conditions[made] = make
    return made
end

-- What a field is compared with: a value, one of several ({1, 2}), a condition, or a function of the value.
function language.comparison(field, wanted)
    if conditions[wanted] then
        return conditions[wanted](field)
    elseif type(wanted) == "function" then
        return { says = "as the rubric's function wants", test = wanted }
    elseif type(wanted) == "table" then
        return conditions[language.environment.one_of(wanted)](field)
    end
    return equal_to(field, wanted)
end
local comparison = language.comparison

-- grows: more can only keep it true; or else, keep it false (falls).
local function limit(says, grows, test)
    return function(bound)
        if type(bound) ~= "number" then
            wrong("%s takes a number", says)
        end
        return condition(function(field)
            if not numeric[field.kind] then
                wrong("%s is no number, so it cannot be %s %s", field.name, says, shown(bound))
            end
            return { says = says .. " " .. shown(bound), grows = grows, falls = not grows, test = function(value)
                return value ~= nil and test(value, bound)
            end }
        end)
    end
end

local environment = {}
language.environment = environment

environment.at_least = limit("at least", true, function(value, bound) return value >= bound end)
environment.at_most = limit("at most", false, function(value, bound) return value <= bound end)
environment.more_than = limit("more than", true, function(value, bound) return value > bound end)
environment.less_than = limit("less than", false, function(value, bound) return value < bound end)

function environment.between(least, most)
    if type(least) ~= "number" or type(most) ~= "number" then
        wrong("between takes two numbers")
    end
    return condition(function(field)
        if not numeric[field.kind] then
            wrong("%s is no number", field.name)
        end
        return { says = "from " .. shown(least) .. " to " .. shown(most), test = function(value)
            return value ~= nil and value >= least and value <= most
        end }
    end)
end

-- about(0.2, 0.1): within a tenth of it; without a tolerance within a twentieth
function environment.about(value, tolerance)
    tolerance = tolerance or 0.05
    if type(value) ~= "number" or type(tolerance) ~= "number" then
        wrong("about takes a number and a tolerance: about(0.2, 0.1) is within a tenth of 0.2")
    end
    local width = abs(value) * tolerance
    return environment.between(value - width, value + width)
end

function environment.one_of(first, ...)
    local values = type(first) == "table" and not conditions[first] and first or { first, ... }
    if #values == 0 then
        wrong("one_of takes values: one_of(80, 8080)")
    end
    return condition(function(field)
        local tests, says = {}, {}
        for i, value in ipairs(values) do
            tests[i] = comparison(field, value)
            says[i] = tests[i].says
        end
        local list = tests[1].misses
        return { says = list and concat(says, " or ") or "one of " .. concat(says, ", "), test = function(value)
            for _, one in ipairs(tests) do
                if one.test(value) then
                    return true
                end
            end
            return false
        end }
    end)
end

-- False where nothing is known, as every comparison is.
function environment.is_not(wanted)
    return condition(function(field)
        local one = comparison(field, wanted)
        return { says = one.misses or "not " .. one.says, misses = one.misses and one.says, test = function(value)
            return value ~= nil and not one.test(value)
        end }
    end)
end

-- A list that is exactly this one: path = { server = sequence("LISTEN", "SYN-RECEIVED", "ESTABLISHED") }
function environment.sequence(...)
    local wanted = { ... }
    return condition(function(field)
        if field.kind ~= "list" then
            wrong("%s is no list, so it is no sequence", field.name)
        end
        local words = {}
        for i, word in ipairs(wanted) do
            words[i] = language.literal(field, word)
        end
        return { says = "exactly " .. concat(words, " "), test = function(list)
            return list ~= nil and #list == #words and concat(list, " ") == concat(words, " ")
        end }
    end)
end

-- A part of a text: history = contains("R")
function environment.contains(text)
    if type(text) ~= "string" then
        wrong("contains takes a text in quotes")
    end
    return condition(function(field)
        if numeric[field.kind] or field.kind == "truth" then
            wrong("%s is no text, so it cannot contain \"%s\"", field.name, text)
        elseif field.kind == "list" or field.kind == "calls" then
            return comparison(field, text)
        elseif field.kind == "flags" and not language.part_of_flags(text) then
            no_such("%s never contains \"%s\": they are some of %s, in this order", field.name, text,
                    concat(flag_order, ","))
        end
        local quoted = "\"" .. text .. "\""
        return { says = "containing " .. quoted, misses = "without " .. quoted, test = function(value)
            return value ~= nil and find(value, text, 1, true) ~= nil
        end }
    end)
end

environment.known = condition(function()
    return { says = "known", grows = true, test = function(value) return value ~= nil end }
end)
environment.unknown = condition(function()
    return { says = "not known", test = function(value) return value == nil end }
end)

language.is_condition = function(value) return conditions[value] ~= nil end

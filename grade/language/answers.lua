-- answers.lua - the kinds of answers: how what a student wrote is read, and when it is right.
--
-- A kind has read(text, question): the value, or nil and why it is none; same(value, right, question); shown(value);
-- and plain(value), the one spelling that a hashed key is made of. Students write "27.46 ms", "SYN, ACK", "TIME_WAIT",
-- "0x1f": spellings.lua.

local native, language = ...
local ipairs, tonumber, tostring, type = ipairs, tonumber, tostring, type
local concat = table.concat
local find, format, gsub, lower, match, sub =
    string.find, string.format, string.gsub, string.lower, string.match, string.sub
local abs, floor, max = math.abs, math.floor, math.max
local shown, spellings = language.shown, language.spellings
local leading_number, trimmed, squeezed = spellings.number, spellings.trimmed, spellings.squeezed

local kinds = {}
language.kinds = kinds

-- tolerance: a share of the right value; margin: so much of its unit. Where both are given, the larger one counts.
local function close(value, right, question, usual)
    local share = question.tolerance or question.margin and 0 or usual
    return abs(value - right) <= max(abs(right) * share, question.margin or 0) + 1e-12
end

-- --- numbers ---

-- m is no thousandth: nobody sends millibits.
local prefixes = { k = 1e3, K = 1e3, kilo = 1e3, m = 1e6, M = 1e6, mega = 1e6, G = 1e9, Ki = 1024, Mi = 1048576,
                   Gi = 1073741824 }
local unit_names = { byte = "B", bytes = "B", b = "bit", bits = "bit", bit = "bit", B = "B", bps = "bit/s",
                     Bps = "B/s" }

-- "kB/s" -> 1000, "B/s"; a unit that is not known is a word and changes nothing.
local function split_unit(text)
    local head, per = match(text, "^(%a+)%s*(/?.*)$")
    if not head then
        return 1, nil
    end
    per = gsub(gsub(gsub(per, "%s+", ""), "per", "/"), "^/second$", "/s")
    per = gsub(per, "^/sec$", "/s")
    for _, length in ipairs({ 4, 2, 1, 0 }) do
        local start = sub(head, 1, length)
        local factor = length == 0 and 1 or prefixes[start] or prefixes[lower(start)]
        local name = sub(head, length + 1)
        local unit = unit_names[name] or #name > 1 and unit_names[lower(name)]      -- KByte, kBytes, MBit
        if factor and unit then
            return factor, unit .. per
        end
    end
    return 1, nil
end

local seconds_of               -- units of time, below

local function is_unit(word)
    local _, unit = split_unit(word)
    return unit ~= nil or seconds_of[word] ~= nil or seconds_of[lower(word)] ~= nil
end

-- The one number that an answer holds and what stands behind it; nil and why not.
local function one_number(text, what)
    text = spellings.counted_once(text)
    local number, rest = leading_number(text)
    local other = spellings.bracketed_other(text)
    if not number then
        return nil, what
    elseif other or not spellings.leaves_alone(rest, number, is_unit) then
        return nil, spellings.one_please(other or rest)
    end
    return number, rest
end

local function unit_number(text, question)
    local number, rest = one_number(text, "this is no number")
    if not number then
        return nil, rest
    end
    local factor, unit = split_unit(rest)
    local wanted_factor, wanted = split_unit(question.unit or "")
    if unit and wanted and unit ~= wanted then
        local bits = { ["B"] = 8, ["B/s"] = 8, ["bit"] = 1, ["bit/s"] = 1 }
        if bits[unit] and bits[wanted] and (#unit > 3) == (#wanted > 3) or bits[unit] and bits[wanted] then
            factor = factor * bits[unit] / bits[wanted]
        end
    end
    return unit and number * factor / (wanted and wanted_factor or 1) or number
end

kinds.number = {
    says = "a number",
    read = unit_number,
    same = function(value, right, question)
        local whole = right == floor(right) and not question.tolerance and not question.margin
        return whole and value == right or not whole and close(value, right, question, 0.01)
    end,
    plain = function(value) return shown(value + 0.0) end,
    shown = function(value, question) return shown(value) .. (question.unit and " " .. question.unit or "") end,
}

local function whole(least, most, what)
    return {
        says = "a " .. what,
        read = function(text)
            local named, rest = match(spellings.without_address(text), "^([%a%s:#.]*)(.*)$")
            if spellings.joined(named) then
                return nil, spellings.one_please(named)
            end
            local number, problem = one_number(rest, "this is no " .. what)
            if not number then
                return nil, problem
            elseif number ~= floor(number) or number < least or number > most then
                return nil, "this is no " .. what
            end
            return floor(number)
        end,
        same = function(value, right) return value == right end,
        plain = function(value) return format("%d", value) end,
    }
end
kinds.port = whole(0, 65535, "port number")
kinds.frame = whole(1, 4294967295, "frame number")

-- --- durations ---

seconds_of = { s = 1, sec = 1, secs = 1, second = 1, seconds = 1, ms = 1e-3, msec = 1e-3, millisecond = 1e-3,
                     milliseconds = 1e-3, us = 1e-6, ["\u{b5}s"] = 1e-6, ["\u{3bc}s"] = 1e-6, usec = 1e-6,
                     microsecond = 1e-6, microseconds = 1e-6, ns = 1e-9, nanoseconds = 1e-9, min = 60, minute = 60,
                     minutes = 60, h = 3600, hour = 3600, hours = 3600 }

kinds.duration = {
    says = "a duration, like 27.46 ms or 0.02746 s",
    read = function(text, question)
        local number, rest = leading_number(text)
        local other = spellings.bracketed_other(text)
        if number and (other or find(rest, "%d") or spellings.joined(rest)) then
            return nil, spellings.one_please(other or rest)
        end
        rest = rest and gsub(rest, "[.!]+$", "")
        local unit = rest ~= "" and rest or question.unit or "s"
        unit = match(unit, "^(%S+)$") or unit
        local factor = seconds_of[unit] or seconds_of[lower(unit)]
        if not number or not factor then
            return nil, number and "\"" .. unit .. "\" is no unit of time" or "this is no duration"
        end
        return number * factor
    end,
    same = function(value, right, question) return close(value, right, question, 0.01) end,
    plain = function(value) return format("%.6g", value) end,
    shown = function(value)
        if value ~= 0 and abs(value) < 1 then
            return format("%s ms (%s s)", shown(value * 1000 + 0.0), shown(value + 0.0))
        end
        return shown(value + 0.0) .. " s"
    end,
}

-- --- words ---

kinds.address = {
    says = "an address",
    read = function(text)
        local address = spellings.address(text)
        return address, address == nil and "this is no address" or nil
    end,
    same = function(value, right) return value == (native.address(right) or right) end,
    plain = tostring,
}

local states, state_words = {}, language.schemas.tcp.fields["state.client"].words
for _, word in ipairs(state_words) do
    states[gsub(lower(word), "[^%l%d]", "")] = word
end
states.synrcvd, states.synrecv, states.estab, states.closewait = "SYN-RECEIVED", "SYN-RECEIVED", "ESTABLISHED",
    "CLOSE-WAIT"
states.finwait, states.timewait = nil, "TIME-WAIT"

kinds.state = {
    says = "a state of RFC 9293",
    read = function(text)
        local state = states[gsub(lower(text), "[^%l%d]", "")]
        if not state then
            return nil, "this is no state of TCP" .. language.did_you_mean(text, state_words)
        end
        return state
    end,
    same = function(value, right) return value == (states[gsub(lower(right), "[^%l%d]", "")] or right) end,
    plain = tostring,
}

kinds.flags = {
    says = "flags, like SYN,ACK",
    read = function(text)
        local flags, bad = language.flags(spellings.flags(text))
        return flags, not flags and "\"" .. tostring(bad) .. "\" is no flag" or nil
    end,
    same = function(value, right) return value == (language.flags(right) or right) end,
    plain = tostring,
}

kinds.text = {
    says = "a text",
    read = function(text) return trimmed(text) end,
    same = function(value, right)
        return squeezed(value) == squeezed(right) or squeezed(spellings.without_brackets(value)) == squeezed(right)
    end,
    plain = squeezed,
}

local truths = { yes = true, y = true, ["true"] = true, t = true, ["1"] = true, no = false, n = false,
                 ["false"] = false, f = false, ["0"] = false, never = false, none = false }
kinds.truth = {
    says = "yes or no",
    read = function(text)
        local first, rest = match(lower(text), "^%s*(%w+)(.*)$")
        local truth = truths[first]
        if truth == nil then
            return nil, "this is neither yes nor no"
        end
        local second = match(gsub(rest, "^%s+and%f[%A]", ""), "^[%s/|]+(%w+)")         -- behind a comma is its reason
        if truths[second] == not truth or find(rest, "^[%s,;]+or%f[%A]") then
            return nil, spellings.one_please(rest)
        end
        return truth
    end,
    same = function(value, right) return value == right end,
    plain = tostring,
    shown = function(value) return value and "yes" or "no" end,
}

local function bare(text)
    return (gsub(gsub(gsub(squeezed(text), "[.!]+$", ""), "-", " "), "^the ", ""))
end

-- The choice that words are: all of one, or what one alone begins with; nil.
local function choice_of_words(text, choices)
    local all, start = bare(text), bare(spellings.without_brackets(text))
    local begins, many
    for i, choice in ipairs(choices) do
        local words = bare(choice)
        if words == all then
            return i
        elseif #start > 2 and sub(words, 1, #start) == start then
            begins, many = i, begins ~= nil
        end
    end
    return not many and begins or nil
end

-- One of the question's choices: by its letter, its number, its words, or as it is printed: "a) the client".
kinds.choice = {
    says = "one of the choices",
    read = function(text, question)
        local choices, other = question.choices, spellings.bracketed_other(text)
        local by_words = choice_of_words(text, choices)
        local mark, behind = match(squeezed(text), "^%(?(%w%w?)[%).:]*%s*(.*)$")
        if not match(squeezed(text), "^%(?%w%w?[%).:]") and behind ~= "" then
            mark = nil                   -- "a client": no mark stands behind the letter
        end
        local place = mark and (tonumber(mark) or match(mark, "^%l$") and mark:byte() - 96)
        if other then
            return nil, spellings.one_please(other)
        elseif by_words then
            return by_words
        elseif place and choices[place] and (behind == "" or choice_of_words(behind, choices) == place) then
            return place
        elseif find(lower(text), "%f[%a]or%f[%A]") or place and choices[place] and choice_of_words(behind, choices) then
            return nil, "give one answer"
        end
        return nil, "this is none of the " .. #choices .. " choices"
    end,
    same = function(value, right, question)
        if type(right) == "string" then
            return squeezed(question.choices[value]) == squeezed(right)
        end
        return value == right
    end,
    plain = tostring,
    shown = function(value, question)
        return type(value) == "number" and question.choices[value] and
               format("%s) %s", string.char(96 + value), question.choices[value]) or tostring(value)
    end,
}

-- Several values of one kind, in order: "7, 607, 1207".
kinds.list = {
    says = "several values with commas between",
    read = function(text, question)
        local of, made = kinds[question.of], {}
        local numeric = question.of ~= "text" and question.of ~= "flags"
        for _, part in ipairs(spellings.share_unit(spellings.parts(text, numeric))) do
            local value, problem = of.read(part, question)
            if value == nil then
                return nil, format("\"%s\": %s", part, problem)
            end
            made[#made + 1] = value
        end
        return made
    end,
    -- The share of the right answer's values that stand in their place (any_order: that are there).
    same = function(values, right, question)
        local of, well, taken = kinds[question.of], 0, {}
        for i, one in ipairs(right) do
            for j = question.any_order and 1 or i, question.any_order and #values or i do
                if values[j] ~= nil and not taken[j] and of.same(values[j], one, question) then
                    well, taken[j] = well + 1, true
                    break
                end
            end
        end
        local share = #right > 0 and well / #right or 0
        return share == 1 and #values == #right, share
    end,
    plain = function(values, question)
        local made = {}
        for i, value in ipairs(values) do
            made[i] = kinds[question.of].plain(value, question)
        end
        return concat(made, ",")
    end,
    shown = function(values, question)
        local made = {}
        for i, value in ipairs(values) do
            made[i] = (kinds[question.of].shown or shown)(value, question)
        end
        return concat(made, ", ")
    end,
}

-- A person reads it.
kinds.human = { says = "an answer that a person judges", read = function(text) return text end, plain = tostring }

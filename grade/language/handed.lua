-- handed.lua - the answers that were handed in: as lines "q1: 3", each question's until the next one begins, or as one
-- JSON object.

local native, language = ...
local ipairs, pairs, next = ipairs, pairs, next
local concat = table.concat
local find, gmatch, gsub, lower, match, sub =
    string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub
local trimmed = language.spellings.trimmed

local ANSWER_MOST = 8000          -- bytes of an answer: a result shows that it was longer than it has room for

local handed                      -- text by id; nil: not read yet
local alike = {}                  -- by the small letters of each id that is no question's; false: several
local any                         -- something like an answer was handed in
local broken                      -- why a JSON object is none; nil

-- --- lines ---

-- The question that a line begins with, and what stands behind; nil where it begins with none.
local function beginning(line, ids, small)
    local at = find(line, "[:=]")
    local id = trimmed(sub(line, 1, (at or 1) - 1))
    any = any or at ~= nil
    if at and (ids[id] or small[lower(id)]) then
        return id, trimmed(sub(line, at + 1))
    end
    local behind
    id, behind = match(line, "^([^%s)]+)%)(.*)$")            -- "Q1) 3"; "q1. 3"
    if not (id and (ids[id] or small[lower(id)])) then
        id, behind = match(line, "^(%S+)%.%s+(.*)$")
    end
    if id and (ids[id] or small[lower(id)]) then
        any = true
        return id, trimmed(behind)
    end
end

-- # begins a comment. The last of several answers to one question counts.
local function read_lines(text, ids, small)
    local made, id, from = {}, nil, 1
    while from <= #text do
        local till = find(text, "\n", from, true) or #text + 1
        local line = trimmed(sub(text, from, till - 1 < from + ANSWER_MOST and till - 1 or from + ANSWER_MOST))
        from = till + 1
        if sub(line, 1, 1) ~= "#" then
            local begun, behind = beginning(line, ids, small)
            id = begun or id
            if begun then
                made[id] = { behind, bytes = #behind }
            elseif id and line ~= "" and made[id].bytes < ANSWER_MOST then
                made[id][#made[id] + 1], made[id].bytes = line, made[id].bytes + #line
            end
        end
    end
    for name, lines in pairs(made) do
        made[name] = concat(lines, "\n")
    end
    return made
end

-- --- taking them ---

-- By id, and by the small letters of each that is no question's: "Q1: ..." answers q1. Of several alike none counts.
local function take()
    local ids, small = {}, {}
    for _, item in ipairs(language.items) do
        ids[item.id], small[lower(item.id)] = true, true
    end
    local by_id, text, problem = native.answers()
    handed, broken = by_id or read_lines(text, ids, small), problem
    any = any or next(handed) ~= nil
    for id, answer in pairs(handed) do
        local name = not ids[id] and lower(id)
        if name then
            alike[name] = alike[name] == nil and answer
        end
    end
end

local function text_of(question)
    return handed[question.id] or alike[lower(question.id)]
end

-- The first line of an answer that holds anything.
function language.first_line(question)
    for line in gmatch(text_of(question), "[^\n]+") do
        if find(line, "%S") then
            return trimmed(line)
        end
    end
end

-- What was answered; or nil, and why there is nothing. A person reads all lines, and so does who compares texts; of any
-- other answer the first one counts.
function language.handed_in(question)
    if not handed then
        take()
    end
    local text = text_of(question)
    if text and find(text, "%S") and (question.type == "human" or question.type == "text") then
        return trimmed((gsub(text, "%s*\n%s*", " ")))
    elseif text and find(text, "%S") then
        return language.first_line(question)
    elseif text then
        return nil, "not answered"
    elseif broken then
        return nil, "not answered: what was handed in begins like JSON and is none (" .. broken .. ")"
    elseif not any then
        return nil, "not answered: no answers were handed in, which are lines like \"" .. question.id .. ": ...\""
    end
    return nil, "not answered: no line that was handed in begins with \"" .. question.id .. ":\""
end

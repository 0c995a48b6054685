-- outcomes.lua - pass, fail, undecidable; and counting with three answers.
--
-- For every item: it holds, it does not, or the capture cannot tell. A condition on what later frames cannot change is
-- settled. Where the capture shows that it is not whole, or an item began before it or is still open at its end,
-- whatever is not settled is undecidable, and the reason is told.

local native, language = ...
local error, ipairs, pcall, setmetatable, type, select = error, ipairs, pcall, setmetatable, type, select
local unpack, format, gsub, min = table.unpack, string.format, string.gsub, math.min
local wrong = language.wrong
local environment = language.environment

-- --- outcomes: pass, fail, undecidable ---

-- Numbers are frames; an item is its frame and its id; a text is added to the message.
local function add_evidence(outcome, value)
    local of, key = language.item_parts(value)
    if of then
        outcome.frames[#outcome.frames + 1] = of.frame(key)
        outcome.connections[#outcome.connections + 1] = of.id(key)
    elseif math.type(value) == "integer" then
        outcome.frames[#outcome.frames + 1] = value
    elseif type(value) == "string" then
        outcome.message = outcome.message and outcome.message .. ": " .. value or value
    elseif type(value) == "table" then
        for _, one in ipairs(value) do
            add_evidence(outcome, one)
        end
    end
end

language.add_evidence = add_evidence

local function directives(text)
    local _, count = gsub(gsub(text, "%%%%", ""), "%%", "")
    return count
end

local outcomes = setmetatable({}, { __mode = "k" })

local function outcome_maker(status)
    return function(...)
        local made = { status = status, frames = {}, connections = {} }
        local from, given = 1, { ... }
        if type(given[1]) == "string" then
            local taken = directives(given[1])
            local well, text = pcall(format, given[1], unpack(given, 2, 1 + taken))
            if not well then
                wrong("%s: its text does not fit its values: %s", status == "passed" and "pass" or "fail", text)
            end
            made.message = text
            from = 2 + taken
        end
        for i = from, select("#", ...) do
            add_evidence(made, given[i])
        end
        outcomes[made] = true
        return made
    end
end

environment.pass = outcome_maker("passed")
environment.fail = outcome_maker("failed")
environment.undecidable = outcome_maker("undecidable")

-- What a function of the rubric gave back, as an outcome. `reason`: why its verdict might change, unless it rests on
-- frames.
function language.outcome_of(value, reason, what)
    local outcome = value
    if value == true or value == false then
        outcome = { status = value and "passed" or "failed" }
    elseif type(value) == "number" and value >= 0 and value <= 1 then
        outcome = { status = value == 1 and "passed" or value == 0 and "failed" or "partial", share = value }
    elseif type(value) ~= "table" or not outcomes[value] then
        wrong("%s must give back pass(...), fail(...), undecidable(...), true or false, not %s", what,
              value == nil and "nothing" or "a " .. type(value))
    end
    outcome.frames, outcome.connections = outcome.frames or {}, outcome.connections or {}
    local touched = native.touched()
    if #outcome.frames == 0 and touched then
        outcome.frames[1] = touched
    end
    if type(reason) == "function" then
        reason = reason()
    end
    reason = reason or language.lacked
    if reason and #outcome.frames == 0 and outcome.status ~= "undecidable" then
        return { status = "undecidable", message = reason, frames = {}, connections = {} }
    end
    return outcome
end

-- Calls it; "undecidable" that was raised on the way is an outcome like another.
function language.ask(what, reason, asked, ...)
    native.touched()
    language.spoken, language.lacked = {}, nil
    local given = { pcall(asked, ...) }
    if given[1] then
        return language.outcome_of(given[2], reason, what)
    elseif type(given[2]) == "table" and given[2].status == "undecidable" then
        return { status = "undecidable", message = given[2].message, frames = {}, connections = {} }
    end
    error(given[2], 0)
end

-- --- counting with three answers ---

-- Why there may be more items, or items may come out otherwise: the capture is not whole, or one that the selection
-- speaks of (by its ends: ports, addresses) goes on, which shows that the capture ended too early or began too late.
local function open_reason(of, at_end)
    if at_end and not native.problem() then
        return nil
    end
    local reason = language.open_reason(of)
    for _, key in ipairs(reason and {} or language.base(of)) do
        local goes_on = of.schema.unfinished(key)
        if goes_on and language.speaks_of(of, key) then
            return format("%s %s", of.schema.name(key), goes_on)
        end
    end
    return reason
end

-- yes, no, maybe: lists of keys; open: why there may be more; near: the nearest of those that do not hold.
function language.tally(of, at_end)
    local made = { yes = {}, no = {}, maybe = {}, holds = {}, open = open_reason(of, at_end) }
    local least
    for _, key in ipairs(language.base(of)) do
        local holds, missed, first, settled, firm = language.judge(of, key)
        made.holds[key] = holds
        local list = (not settled and made.open or not firm) and made.maybe or holds and made.yes or made.no
        list[#list + 1] = key
        if not holds and (least == nil or missed < least) then
            least = missed
            made.near = { key = key, missed = first }
        end
    end
    made.reason = made.maybe[1] and language.item_reason(of, made.maybe[1]) or made.open
    return made
end

function language.add_nearest(outcome, of, near)
    if near then
        outcome.nearest = format("%s: %s", of.schema.name(near.key), language.missed_words(near.missed))
        outcome.frames = outcome.frames or {}
        language.add_frames(outcome.frames, of, near.key, of.tests)
    end
end

function language.with_evidence(of, outcome, keys)
    outcome.frames, outcome.connections = outcome.frames or {}, outcome.connections or {}
    for i = 1, min(#keys, 200) do
        language.add_frames(outcome.frames, of, keys[i], of.tests)
        outcome.connections[#outcome.connections + 1] = of.schema.id(keys[i])
    end
    return outcome
end

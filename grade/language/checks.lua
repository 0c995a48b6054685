-- checks.lua - the forms of check { ... }: what each asks, and how it is decided.

local native, language = ...
local ipairs, tostring, type = ipairs, tostring, type
local concat, sort, format, huge, min = table.concat, table.sort, string.format, math.huge, math.min
local wrong, shown, counted = language.wrong, language.shown, language.counted
local tally, add_nearest, with_evidence = language.tally, language.add_nearest, language.with_evidence
local environment = language.environment

local function selection_of(check, form)
    local of = language.selection_parts(check[form])
    return of or wrong("%s takes a selection: %s = tcp { ... }", form, form)
end

-- "at least 3", and whether a number is enough, too many
local function bounds_of(check, form)
    local least, most = check.at_least, check.at_most
    if check.exactly then
        least, most = check.exactly, check.exactly
    end
    if not least and not most then
        wrong("%s needs at_least, at_most or exactly: how many?", form)
    elseif least and most and least > most then
        wrong("at_least %s is more than at_most %s: no number is both", shown(least), shown(most))
    end
    local says = check.exactly and "exactly " .. shown(check.exactly) or
                 least and most and "from " .. shown(least) .. " to " .. shown(most) or
                 least and "at least " .. shown(least) or "at most " .. shown(most)
    return least or 0, most or huge, says
end

-- Some of what was asked for is there, and shares count.
local function shared(check, outcome, sure, least)
    if check.partial and least > 0 then
        outcome.share = sure / least
        outcome.status = outcome.status == "failed" and sure > 0 and "partial" or outcome.status
    end
end

-- Between so many for sure and so many at most: passed, failed or undecidable.
local function decide(sure, possible, least, most)
    if sure >= least and possible <= most then
        return "passed"
    elseif possible < least or sure > most then
        return "failed"
    end
    return "undecidable"
end

local forms = {}
language.forms, language.bounds_of = forms, bounds_of

function forms.count(check)
    local of = selection_of(check, "count")
    local least, most, says = bounds_of(check, "count")
    local counts = tally(of, check.at_end)
    local sure = #counts.yes
    local possible = counts.open and huge or sure + #counts.maybe
    local outcome = { status = decide(sure, possible, least, most) }
    outcome.message = format("%s found: %s; asked: %s", #counts.yes == 0 and "none" or tostring(sure),
                             language.described(of), says)
    outcome.reason = outcome.status == "undecidable" and counts.reason or nil
    if sure < least then
        add_nearest(outcome, of, counts.near)
        shared(check, outcome, sure, least)
    end
    return with_evidence(of, outcome, counts.yes)
end

local NAMED = 3

-- "connection 1 (...), connection 2 (...) and 4 more"
local function names_of(of, keys)
    local names = {}
    for i = 1, min(#keys, NAMED) do
        names[i] = of.schema.name(keys[i])
    end
    return concat(names, ", ") .. (#keys > NAMED and format(" and %d more", #keys - NAMED) or "")
end

function forms.none(check)
    local of = selection_of(check, "none")
    local counts = tally(of, check.at_end)
    local possible = counts.open and huge or #counts.yes + #counts.maybe
    local outcome = { status = decide(#counts.yes, possible, 0, 0) }
    if outcome.status == "failed" then
        outcome.message = format("%s there: %s", #counts.yes == 1 and "this should not be" or "these should not be",
                                 names_of(of, counts.yes))
    else
        outcome.message = "no " .. language.described(of)
    end
    outcome.reason = outcome.status == "undecidable" and counts.reason or nil
    return with_evidence(of, outcome, counts.yes)
end

-- --- at the same time ---

local function asks_answer(of)
    for _, one in ipairs(of.tests) do
        if one.field.name == "answered" then
            return true
        end
    end
end

-- From the handshake (or, where the selection asks for answers, the first one) to the first FIN or RST, in frames.
local function life_of(of, key, answered)
    local fields = of.schema.fields
    local from
    if answered then
        from = native.answered(key)
    elseif of.schema == language.schemas.tcp then
        from = fields["moments.established.frame"].get(key) or
               fields.handshake.get(key) == "midstream" and fields.first_frame.get(key) or nil
    else
        from = fields.first_frame.get(key)
    end
    local to
    if of.schema == language.schemas.tcp then
        to = min(fields["moments.first_fin.frame"].get(key) or huge, fields["moments.reset.frame"].get(key) or huge)
    else
        to = fields.last_frame.get(key) + 1
    end
    return from, to
end

-- The most that live at once, the frame where that begins, and who they are.
local function most_at_once(of, keys)
    local answered, lives = asks_answer(of), {}
    for _, key in ipairs(keys) do
        local from, to = life_of(of, key, answered)
        if from and from < to then
            lives[#lives + 1] = { key = key, from = from, to = to }
        end
    end
    sort(lives, function(a, b) return a.from < b.from or a.from == b.from and a.key < b.key end)
    local most, at, who = 0, nil, {}
    local open = {}
    for _, life in ipairs(lives) do
        local still = {}
        for _, other in ipairs(open) do
            if other.to > life.from then
                still[#still + 1] = other
            end
        end
        still[#still + 1] = life
        open = still
        if #open > most then
            most, at, who = #open, life.from, {}
            for i, one in ipairs(open) do
                who[i] = one.key
            end
        end
    end
    return most, at, who
end

function forms.at_once(check)
    local of = selection_of(check, "at_once")
    if not of.schema.row then
        wrong("at_once takes connections or flows")
    end
    local least, most, says = bounds_of(check, "at_once")
    local counts = tally(of, check.at_end)
    local sure, at, who = most_at_once(of, counts.yes)
    local possible = counts.open and huge or sure + #counts.maybe
    local outcome = { status = decide(sure, possible, least, most), frames = { at }, connections = who }
    outcome.message = format("at most %s at the same time%s; asked: %s", counted(sure, of.schema.what),
                             at and format(" (from frame %d on)", at) or "", says)
    outcome.reason = outcome.status == "undecidable" and counts.reason or nil
    if sure < least then
        add_nearest(outcome, of, counts.near)
        shared(check, outcome, sure, least)
    end
    return outcome
end

-- --- each, all, any ---

-- What came of all items together. parts: list of { key, outcome }
local function together(check, of, counts, list)
    local passed, failed, unsure, total = 0, nil, nil, #list
    for _, one in ipairs(list) do
        local share = one.outcome.share or one.outcome.status == "passed" and 1 or 0
        passed = passed + share
        if one.outcome.status == "undecidable" then
            unsure = unsure or one
        elseif share < 1 then
            failed = failed or one
        end
    end
    local outcome = { total = total, share = check.partial and total > 0 and passed / total or nil }
    local first = failed or unsure
    local doubt = unsure and (unsure.outcome.message or unsure.outcome.reason) or counts.open
    if failed and not (check.partial and doubt) then
        outcome.status = check.partial and passed > 0 and "partial" or "failed"
    else
        outcome.status = doubt and "undecidable" or "passed"
        outcome.reason = doubt
    end
    local name = first and of.schema.name(first.key)
    local says = first and (first.outcome.message or "it does not hold")
    if says and says:sub(1, #name) ~= name then
        says = name .. ": " .. says
    end
    outcome.message = format("%s of %s%s", shown(passed), counted(total, of.schema.what), says and "; " .. says or "")
    if outcome.status == "passed" and total == 1 and list[1].outcome.message then
        outcome.message = list[1].outcome.message
    end
    outcome.frames, outcome.connections = {}, {}
    for _, one in ipairs(failed and { failed } or unsure and { unsure } or list) do
        for _, frame in ipairs(one.outcome.frames or {}) do
            outcome.frames[#outcome.frames + 1] = frame
        end
        outcome.connections[#outcome.connections + 1] = of.schema.id(one.key)
        if failed and #outcome.frames == 0 then
            outcome.frames[1] = of.schema.frame(one.key)
        end
    end
    return outcome
end

local function nothing_found(of, counts)
    local outcome = { status = (counts.open or #counts.maybe > 0) and "undecidable" or "failed" }
    outcome.message = "none found: " .. language.described(of)
    outcome.reason = outcome.status == "undecidable" and counts.reason or nil
    add_nearest(outcome, of, counts.near)
    return outcome
end

-- Asks of every item that holds, and counts one that might still hold as not decided. ask(key): an outcome
local function over_items(check, form, ask)
    local of = selection_of(check, form)
    local counts = tally(of, check.at_end)
    local list, unsure = {}, {}
    for _, key in ipairs(counts.maybe) do
        unsure[key] = true
    end
    for _, key in ipairs(language.base(of)) do
        if counts.holds[key] then
            list[#list + 1] = { key = key, outcome = ask(of, key, counts.open) }
            if unsure[key] and list[#list].outcome.status ~= "undecidable" then
                list[#list].outcome = { status = "undecidable", message = counts.reason }
            end
        elseif unsure[key] then
            list[#list + 1] = { key = key, outcome = { status = "undecidable", message = counts.reason } }
        end
    end
    if #list == 0 then
        return of, counts, nil, nothing_found(of, counts)
    end
    return of, counts, list
end

local function verified(check, form)
    if type(check.verify) ~= "function" then
        wrong("%s needs verify = function(%s) ... end, or have", form, "c")
    end
    return function(of, key, open)
        local reason = open and (language.item_reason(of, key) or open)
        return language.ask("verify", reason, check.verify, language.item(of.schema, key))
    end
end

-- have = { ending = "closed" }: the same conditions as in a selection, of each item
local function having(check, form)
    local of = selection_of(check, form)
    local wanted = { schema = of.schema, tests = language.add_tests(of.schema, {}, check.have) }
    return function(_, key, open)
        local holds, _, first, settled, firm = language.judge(wanted, key)
        local frames = {}
        language.add_frames(frames, wanted, key, wanted.tests)
        if open and not settled or not firm then
            return { status = "undecidable", message = language.item_reason(of, key) or open }
        elseif holds then
            return { status = "passed", frames = frames }
        end
        return { status = "failed", frames = frames,
                 message = language.missed_words(first) }
    end
end

local function asked_of_each(check, form)
    return check.have and having(check, form) or verified(check, form)
end

local function for_all(form)
    return function(check)
        local of, counts, list, nothing = over_items(check, form, asked_of_each(check, form))
        return nothing or together(check, of, counts, list)
    end
end
forms.each = for_all("each")
forms.all = for_all("all")

function forms.any(check)
    local of, counts, list, nothing = over_items(check, "any", asked_of_each(check, "any"))
    if nothing then
        return nothing
    end
    local unsure, last
    for _, one in ipairs(list) do
        if one.outcome.status == "passed" then
            local outcome = one.outcome
            outcome.connections = { of.schema.id(one.key) }
            outcome.message = outcome.message or of.schema.name(one.key)
            if #(outcome.frames or {}) == 0 then
                outcome.frames = { of.schema.frame(one.key) }
            end
            return outcome
        end
        unsure = one.outcome.status == "undecidable" and (unsure or one) or unsure
        last = last or one
    end
    local reason = unsure and unsure.outcome.message or counts.open
    return { status = reason and "undecidable" or "failed", reason = reason,
             message = format("none of %s; %s: %s", counted(#list, of.schema.what), of.schema.name(last.key),
                              last.outcome.message or "it does not hold") }
end

-- --- order, values, functions ---

-- The first item of a selection; nil where there is none, or where one that is not decided lies before it.
local function first_of(check, form)
    local of = selection_of(check, form)
    local counts = tally(of, check.at_end)
    local first, doubtful = counts.yes[1], counts.maybe[1]
    if first and doubtful and doubtful < first then         -- keys go up with time
        first = nil
    end
    return of, first, counts
end

local function time_of(schema, key)
    return schema.fields[schema.row and "time.first" or "time"].get(key)
end

local function moment_words(of, key, frame)
    return format("%s (%s)", frame and format("frame %d", frame) or shown(time_of(of.schema, key)) .. " s",
                  language.described(of))
end

function forms.first(check)
    local of, key, counts = first_of(check, "first")
    local later, then_key, then_counts = first_of(check, "before")
    if not key or not then_key then
        local missing = key and { later, then_counts } or { of, counts }
        return nothing_found(missing[1], missing[2])
    end
    local frame, then_frame = of.schema.frame(key), later.schema.frame(then_key)
    local apart = time_of(later.schema, then_key) - time_of(of.schema, key)
    local before = apart > 0
    if frame and then_frame then              -- a call has a time only
        before = frame < then_frame
    end
    local outcome = { status = before and "passed" or "failed", frames = {},
                      connections = { of.schema.id(key), later.schema.id(then_key) } }
    outcome.frames[1] = frame
    outcome.frames[#outcome.frames + 1] = then_frame
    outcome.message = format("%s comes %s %s", moment_words(of, key, frame), before and "before" or "after",
                             moment_words(later, then_key, then_frame))
    if before and check.within then
        outcome.status = apart <= check.within and "passed" or "failed"
        outcome.message = format("%s, %s s later; asked: within %s s", outcome.message, shown(apart),
                                 shown(check.within))
    end
    return outcome
end

local function about_bounds(check)
    if check.about then
        local width = math.abs(check.about) * (check.tolerance or 0.05)
        return check.about - width, check.about + width, format("%s, give or take %s", shown(check.about), shown(width))
    end
    return bounds_of(check, "value")
end

language.about_bounds = about_bounds

function forms.value(check)
    local least, most, says = about_bounds(check)
    local made
    local outcome = language.ask("value", nil, function()
        local value, evidence = check.value, nil
        if type(value) == "function" then
            value, evidence = value()
        end
        if type(value) ~= "number" then
            return environment.undecidable("the capture does not hold what is asked for")
        end
        local verdict = value >= least and value <= most and environment.pass or environment.fail
        made = verdict("%s; asked: %s", shown(value), says)
        language.add_evidence(made, evidence)
        return made
    end)
    local reason = language.spoken_reason(check.at_end) or language.lacked
    if reason and made then
        outcome = { status = "undecidable", message = made.message, reason = reason }
    end
    return outcome
end

function forms.verify(check)
    return language.ask("verify", function() return language.spoken_reason(check.at_end) end, check.verify,
                        environment.capture)
end

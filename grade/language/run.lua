-- run.lua - the environment of a rubric, rubric { ... }, and the way through its items.

local native, language = ...
local error, ipairs, next, pairs, pcall, rawget, rawset, setmetatable, tostring, type =
    error, ipairs, next, pairs, pcall, rawget, rawset, setmetatable, tostring, type
local concat, sort = table.concat, table.sort
local format = string.format
local floor = math.floor
local wrong, no_such, did_you_mean = language.wrong, language.no_such, language.did_you_mean
local environment = language.environment

-- --- what a rubric may use ---

local function copy(from)
    local made = {}
    for name, value in pairs(from) do
        made[name] = value
    end
    return made
end

for _, name in ipairs({ "assert", "error", "getmetatable", "ipairs", "next", "pcall", "rawequal", "rawget", "rawlen",
                        "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall" }) do
    environment[name] = _G[name]
end
for _, name in ipairs({ "string", "table", "math", "utf8" }) do
    environment[name] = copy(_G[name])
end

local ranks = { number = 1, string = 2 }

-- In the order of the keys, numbers before names: Lua's own is another in each process, and so would the questions be
-- that a loop declares.
function environment.pairs(given)
    local keys, places, at = {}, {}, 0
    for key in pairs(given) do
        keys[#keys + 1], places[key] = key, #keys
    end
    sort(keys, function(a, b)
        local one, other = ranks[type(a)] or 3, ranks[type(b)] or 3
        if one ~= other then
            return one < other
        end
        return one == 3 and places[a] < places[b] or one < 3 and a < b
    end)
    return function()
        repeat
            at = at + 1
        until keys[at] == nil or given[keys[at]] ~= nil
        local key = keys[at]
        if key ~= nil then
            return key, given[key]
        end
    end
end

function environment.print(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
        parts[i] = tostring(parts[i])
    end
    native.say(native.where() .. ": " .. concat(parts, " "))
end

environment.capture = setmetatable({}, { __metatable = false, __index = function(_, name)
    local capture = native.capture()
    if capture[name] == nil then
        local names = {}
        for known in pairs(capture) do
            names[#names + 1] = known
        end
        sort(names)
        no_such("the capture has no `%s`%s It has: %s", tostring(name), did_you_mean(tostring(name), names),
              concat(names, ", "))
    end
    return capture[name]
end })

environment.student = setmetatable({}, { __metatable = false, __index = function(_, name)
    local student = native.student()
    if student[name] == nil and native.mode() ~= "lint" then
        local names = {}
        for known in pairs(student) do
            names[#names + 1] = known
        end
        sort(names)
        no_such("student has no `%s`%s It has: %s", tostring(name), did_you_mean(tostring(name), names), concat(names,
            ", "))
    end
    return student[name]
end })

environment.sha256 = native.sha256
environment.hmac = native.hmac

local missing = { load = "a rubric runs no other text", require = "a rubric is one file",
                  dofile = "a rubric is one file",
                  io = "a rubric reads and writes no files", os = "a rubric asks nothing of the system",
                  debug = "it is not given to rubrics", coroutine = "it is not given to rubrics" }

local globals = {}         -- the rubric's own: a word of the language means the same in each check

setmetatable(environment, { __metatable = false, __index = function(_, name)
    if missing[name] then
        no_such("there is no `%s`: %s", name, missing[name])
    end
    local names = {}
    for _, words in ipairs({ environment, globals }) do
        for known in next, words do
            names[#names + 1] = tostring(known)
        end
    end
    sort(names)
    no_such("there is nothing called `%s` here%s", tostring(name), did_you_mean(tostring(name), names))
end })

local function keep_global(_, name, value)
    if rawget(environment, name) ~= nil then
        wrong("`%s` is a word of this language: give yours another name, or write local before it", tostring(name))
    end
    rawset(globals, name, value)
end

language.globals = setmetatable(globals, { __metatable = false, __index = environment, __newindex = keep_global })

-- --- rubric { ... } ---

local submission_keys = { "capture", "answers", "program" }
local lab_keys = { "scenario", "port", "clients", "count", "size", "messages", "overlap", "seed", "fault", "command",
                   "seconds", "memory", "processes", "files" }
local rubric_keys = { "synfin", "title", "submission", "lab", "seed" }
local begun

function environment.rubric(given)
    if type(given) ~= "table" then
        wrong("rubric is written with a table: rubric { title = \"...\" }")
    elseif begun then
        wrong("rubric stands there once, and it did already")
    end
    begun = given
    language.check_keys("rubric", given, rubric_keys)
    if given.synfin ~= nil and given.synfin ~= 1 then
        wrong("rubric: synfin = %s, and this program knows version 1 of the language", tostring(given.synfin))
    elseif type(given.title) ~= "string" then
        wrong("rubric needs a title in quotes")
    elseif #given.title > 1000 then
        wrong("rubric: its title has %d bytes, and room is for 1000", #given.title)
    end
    for _, part in ipairs({ "submission", "lab" }) do
        if given[part] ~= nil and type(given[part]) ~= "table" then
            wrong("rubric: %s is written with a table", part)
        end
    end
    for _, name in ipairs(lab_keys) do
        if given.submission and given.submission[name] ~= nil then
            wrong("rubric: submission: `%s` is written in lab, as in lab = { scenario = \"many-clients\", command = " ..
                  "\"make -s && exec ./server $PORT\" }", name)
        end
    end
    language.check_keys("rubric: submission", given.submission or {}, submission_keys)
    language.check_keys("rubric: lab", given.lab or {}, lab_keys)
    if given.submission and given.submission.program and not given.lab then
        wrong("rubric: a program is run in a lesson: lab = { scenario = \"many-clients\", port = 6666 }")
    end
    for name, value in pairs(given.submission or {}) do
        if type(value) ~= "string" then
            wrong("rubric: submission: %s takes a name in quotes", name)
        end
    end
end

local function about()
    if not begun then
        wrong("a rubric begins with rubric { title = \"...\" }, and this one has none")
    elseif #language.items == 0 then
        wrong("this rubric has no check and no question")
    end
    local submission, lab = begun.submission or {}, {}
    for name, value in pairs(begun.lab or {}) do
        lab[tostring(name)] = tostring(value)
    end
    native.about({ title = begun.title, captures = submission.capture, answers = submission.answers,
                   program = submission.program, seed = begun.seed }, lab)
end

-- --- from item to item ---

local passed = { passed = true, partial = true, undecidable = true, human = true }

-- The check that an item needs and that did not pass, as a student may know it: a hidden one has no name.
local function blocked_by(item, statuses)
    for _, other in ipairs(language.items) do
        for _, id in ipairs(item.needs) do
            if other.id == id and not passed[statuses[id]] then
                local shown = other.visibility == nil or other.visibility == "visible"
                return shown and format("\"%s\"", id) or format("check %s, which is not shown", other.number), shown
            end
        end
    end
end

-- What is undecidable earns nothing, whatever share of it is seen: later frames could change that.
local function points_of(item, outcome)
    local share = outcome.status ~= "undecidable" and outcome.share or outcome.status == "passed" and 1 or 0
    return floor(item.most * 100 * share + 0.5) / 100
end

local function decided(item, outcome)
    local made = { decided = true, points = points_of(item, outcome) }
    for _, name in ipairs({ "id", "number", "title", "type", "line", "most", "hint", "note", "visibility" }) do
        made[name] = item[name]
    end
    made.needs = #item.needs > 0 and concat(item.needs, ", ") or nil
    for _, name in ipairs({ "status", "message", "reason", "nearest", "frames", "connections", "answer",
                            "expected", "key" }) do
        made[name] = outcome[name]
    end
    if made.status == "undecidable" then
        made.reason = made.reason or made.message or "the capture cannot tell"
    end
    return made
end

local function outcome_of(item, statuses)
    local blocker, shown
    if native.mode() ~= "answers" then
        blocker, shown = blocked_by(item, statuses)
    end
    if blocker then
        return { status = "skipped",
                 reason = format("needs %s%s did not pass", blocker, shown and ", which" or " and") }
    end
    local well, outcome = pcall(item.ask)
    if not well and outcome == "not enough memory" then
        outcome = "it needs more memory than it may have"
    end
    if well then
        return outcome
    elseif type(outcome) == "table" and outcome.status == "undecidable" then
        return { status = "undecidable", reason = outcome.message }
    end
    return { status = "error", reason = type(outcome) == "string" and outcome or
             "the rubric raised an error that is no text" }
end

local function grade()
    local statuses = {}
    local answers = native.mode() == "answers"     -- questions alone, whatever they need
    for place, item in ipairs(language.items) do
        local status = native.decided(place - 1)
        if not status and (item.kind == "question" or not answers) then
            native.begin(place - 1)
            language.line = item.line
            local outcome = outcome_of(item, statuses)
            native.result(decided(item, outcome))
            status = outcome.status
        end
        statuses[item.id] = status
    end
end

function language.run(rubric)
    local well, problem = pcall(rubric)
    if not well and type(problem) == "table" and problem.status == "undecidable" then
        wrong("the rubric looks at the capture while it is read (%s): put that into a function",
              tostring(problem.message))
    elseif not well then
        error(type(problem) == "string" and problem or "the rubric raised an error that is no text", 0)
    end
    about()
    for _, item in ipairs(language.items) do
        local declared = decided(item, { status = "failed" })
        declared.decided = false
        native.declare(declared)
    end
    native.ready()
    if native.mode() == "lint" then
        language.lint()
    elseif native.is_read() then
        grade()
    end
end

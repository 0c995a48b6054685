-- questions.lua - question { ... }: an answer of the student's beside the one that her own capture gives.
--
-- The right answer is a value, or a function that gives it with the frames it rests on: return value, frame, "why". A
-- also = { ... } are other answers that are as right: the raw number beside the relative one. A
-- published sheet can hold a salted hash instead: answer = { salt = "...", sha256 = "..." }, the hash of the salt, the
-- question's id and the answer's one spelling, with a zero byte between each.

local native, language = ...
local error, ipairs, pairs, pcall, tostring, type = error, ipairs, pairs, pcall, tostring, type
local concat, sort = table.concat, table.sort
local format, max = string.format, math.max
local wrong, shown, did_you_mean = language.wrong, language.shown, language.did_you_mean
local kinds, environment = language.kinds, language.environment

local keys = { "id", "points", "type", "ask", "answer", "tolerance", "unit", "choices", "of", "wrong", "hint", "note",
               "needs", "visibility", "partial", "why", "correct", "also", "any_order", "margin" }
local kind_names = {}
for name in pairs(kinds) do
    kind_names[#kind_names + 1] = name
end
sort(kind_names)

local function words(value, question)
    return (kinds[question.type].shown or shown)(value, question)
end

local function hashed(question, value)
    local key = question.answer
    return native.sha256(concat({ key.salt, question.id, kinds[question.type].plain(value, question) },
                                "\0")) == key.sha256
end

local function is_hash(answer)
    return type(answer) == "table" and answer.sha256 ~= nil
end

-- A value, or what a function finds; nil where it finds nothing.
local function found(value)
    if type(value) ~= "function" then
        return value
    end
    local well, got = pcall(value)
    return well and got or nil
end

-- A wrong answer that the rubric has a sentence for.
local function known_mistake(question, value)
    for _, one in ipairs(question.wrong or {}) do
        local mistake = found(one[1])
        if mistake ~= nil and kinds[question.type].same(value, mistake, question) == true then
            return one[2]
        end
    end
end

-- --- the right answer ---

-- The other right answers that this capture has, as a list.
local function others(question)
    local made = {}
    for _, one in ipairs(question.also or {}) do
        made[#made + 1] = found(one)
    end
    return made
end

-- value, frames, why; or nil and the reason why the capture does not tell
local function right_answer(question)
    local answer = question.answer
    if type(answer) ~= "function" then
        return answer, nil, question.why
    end
    native.touched()
    local given = { pcall(answer) }
    if not given[1] then
        if type(given[2]) == "table" and given[2].status == "undecidable" then
            return nil, given[2].message
        end
        error(given[2], 0)
    end
    local value = given[2]
    if type(value) == "table" and value.status == "undecidable" then
        return nil, value.message
    elseif value == nil then
        return nil, "this capture does not hold what is asked for"
    end
    local item = given[3]
    return value, item, type(given[4]) == "string" and given[4] or question.why
end

-- By its number, or its words.
local function is_choice(question, value)
    for i in ipairs(question.choices) do
        if value == i or type(value) == "string" and kinds.choice.same(i, value, question) then
            return true
        end
    end
    return false
end

local function check_right(question, value)
    local wanted = { number = "number", port = "number", frame = "number", duration = "number", list = "table",
                     truth = "boolean", address = "string", state = "string", flags = "string", text = "string" }
    local is = wanted[question.type]
    if is and type(value) ~= is then
        wrong("question \"%s\": its answer must be a %s, and it is %s", question.id, is, shown(value))
    elseif question.type == "choice" and not is_choice(question, value) then
        wrong("question \"%s\": its answer is none of its %d choices: %s", question.id, #question.choices,
              type(value) == "string" and "\"" .. value .. "\"" or shown(value))
    elseif question.type == "port" and not (value >= 0 and value <= 65535) then
        wrong("question \"%s\": its answer is no port: %s", question.id, shown(value))
    end
end

local function frames_of(evidence)
    local outcome = environment.pass(evidence)
    return outcome.frames, outcome.connections, outcome.message
end

-- --- judging ---

-- Is it right, and how much of it: by the one answer or the best of the others.
local function compared(question, value, right)
    local same, share = kinds[question.type].same(value, right, question)
    for _, other in ipairs(others(question)) do
        local is, part = kinds[question.type].same(value, other, question)
        same, share = same or is, part and share and max(part, share) or share
    end
    return same, share
end

-- "0, or 232129012"
local function all_words(question, right)
    local made = { words(right, question) }
    local said = { [made[1]] = true }
    for _, other in ipairs(others(question)) do
        local one = words(other, question)
        made[#made + 1] = not said[one] and one or nil
        said[one] = true
    end
    return concat(made, ", or ")
end

-- A frame that was asked for is the answer itself: a student who was wrong is not told it as evidence.
local function gives_it_away(question)
    return question.type == "frame" or question.type == "list" and question.of == "frame"
end

local function judged(question, value, right, evidence, why)
    local same, share = compared(question, value, right)
    local outcome = { status = same and "passed" or "failed", expected = all_words(question, right) }
    outcome.frames, outcome.connections = frames_of(evidence)
    if same then
        outcome.message = "right"
    else
        outcome.message = known_mistake(question, value) or "this is not what the capture shows"
        if question.partial and share and share > 0 then
            outcome.status, outcome.share = "partial", share
            outcome.message = known_mistake(question, value) or format("%.0f %% of it is right", share * 100)
        end
    end
    outcome.reason = why
    if outcome.status ~= "passed" and gives_it_away(question) then
        outcome.frames = nil
    end
    return outcome
end

-- correct = function(answer): a judgement of the rubric's own
local function judged_by_function(question, value)
    return language.ask("correct", nil, question.correct, value)
end

local function mark_text(question, text)
    local value, problem = kinds[question.type].read(text, question)
    local outcome
    if value == nil then
        outcome = { status = "failed", message = problem .. "; asked is " .. kinds[question.type].says }
    elseif question.correct then
        outcome = judged_by_function(question, value)
    elseif is_hash(question.answer) then
        local well = hashed(question, value)
        outcome = { status = well and "passed" or "failed",
                    message = well and "right" or known_mistake(question, value) or "this is not the right answer" }
    else
        local right, evidence, why = right_answer(question)
        if right == nil then
            outcome = { status = "undecidable", reason = evidence, message = evidence }
        else
            check_right(question, right)
            outcome = judged(question, value, right, evidence, why)
            outcome.reason = nil
        end
    end
    outcome.answer = text
    return outcome
end

-- A text may be its first line alone: what follows can be anybody's name.
local function mark(question)
    local text, why_none = language.handed_in(question)
    if not text then
        return { status = "failed", message = why_none }
    elseif question.type == "human" then
        return { status = "human", message = "a person will read this answer", answer = text }
    end
    local outcome = mark_text(question, text)
    local first = language.first_line(question)
    if question.type == "text" and outcome.status == "failed" and first ~= text then
        local of_first = mark_text(question, first)
        outcome = of_first.status == "passed" and of_first or outcome
    end
    return outcome
end

-- The sheet with its answers: for instructors, and for who checks herself.
local function tell(question)
    if question.type == "human" or question.correct or is_hash(question.answer) then
        return { status = "human", message = question.type == "human" and question.why or
                 "the sheet does not give its answer" }
    end
    local right, evidence, why = right_answer(question)
    if right == nil then
        return { status = "undecidable", reason = evidence, message = evidence }
    end
    check_right(question, right)
    local outcome = { status = "passed", expected = all_words(question, right), message = why,
                      key = kinds[question.type].plain(right, question) }
    outcome.frames, outcome.connections = frames_of(evidence)
    return outcome
end

-- --- question { ... } ---

local function check_type(what, given)
    if given.type == nil then
        wrong("%s needs a type: %s", what, concat(kind_names, ", "))
    elseif not kinds[given.type] then
        wrong("%s: there is no type \"%s\"%s", what, tostring(given.type), did_you_mean(tostring(given.type),
            kind_names))
    elseif given.type == "choice" and (type(given.choices) ~= "table" or #given.choices < 2 or #given.choices > 26) then
        wrong("%s needs choices = { \"...\", \"...\" }, from 2 to 26", what)
    elseif given.type == "list" and (not kinds[given.of] or given.of == "list" or given.of == "human") then
        wrong("%s needs of = \"number\", or another type, for what its list holds", what)
    end
end

local function check_answer(what, given)
    local answer = given.answer
    if given.type ~= "human" and answer == nil and not given.correct then
        wrong("%s needs answer: a value, a function that finds it in the capture, or { salt, sha256 }", what)
    elseif is_hash(answer) and (type(answer.salt) ~= "string" or type(answer.sha256) ~= "string" or
                                #answer.sha256 ~= 64) then
        wrong("%s: a hashed answer is { salt = \"...\", sha256 = \"64 digits\" }", what)
    elseif answer ~= nil and type(answer) ~= "function" and not is_hash(answer) then
        check_right(given, answer)
    end
    if given.also ~= nil and (type(given.also) ~= "table" or is_hash(answer) or given.correct) then
        wrong("%s: also is written { value, function() ... end }, beside an answer", what)
    end
    for _, one in ipairs(given.wrong or {}) do
        if type(one) ~= "table" or one[1] == nil or type(one[2]) ~= "string" then
            wrong("%s: wrong is written { { value, \"sentence\" }, ... }", what)
        end
    end
end

-- " a) the client; b) the server"
local function choices_of(given)
    local made = {}
    for i, choice in ipairs(given.type == "choice" and given.choices or {}) do
        made[i] = format("%s %s) %s", i == 1 and "" or ";", string.char(96 + i), tostring(choice))
    end
    return concat(made)
end

function environment.question(given)
    if type(given) ~= "table" then
        wrong("question is written with a table: question { id = \"...\", ... }")
    end
    local what = format("question \"%s\"", tostring(given.id))
    language.check_keys(what, given, keys)
    if type(given.ask) ~= "string" then
        wrong("%s needs ask: the question in words", what)
    end
    check_type(what, given)
    check_answer(what, given)
    local made = language.declare("question", given, given.ask .. choices_of(given))
    made.type = given.type
    made.try = function()
        local right = right_answer(given)
        if right ~= nil and not is_hash(right) then
            check_right(given, right)
        end
    end
    made.ask = function() return native.mode() == "answers" and tell(given) or mark(given) end
end

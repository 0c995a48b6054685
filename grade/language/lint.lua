-- lint.lua - what is wrong with a rubric, found without a submission: its functions are tried on captures of ours, and
-- what no trial shows, a word that a field never is, is looked for in its text.

local native, language = ...
local ipairs, pairs, pcall, tonumber, type = ipairs, pairs, pcall, tonumber, type
local find, format, gmatch, gsub, match, sub =
    string.find, string.format, string.gmatch, string.gsub, string.match, string.sub
local environment = language.environment

local SAMPLES = 50                -- items that a function is tried on

-- Comments are blanked out, each newline kept.
local function without_comments(text)
    local function blank(comment)
        return (gsub(comment, "[^\n]", " "))
    end
    return (gsub(gsub(text, "%-%-%[%[.-%]%]", blank), "%-%-[^\n]*", blank))
end

-- --- functions, tried out ---

-- Items of ours that a function is for, and others: those have the same names, but it may find nothing in them.
local function samples(of)
    local meant, mine, others = {}, {}, {}
    local well, keys = pcall(language.keys, of)
    for _, key in ipairs(well and table.move(keys, 1, SAMPLES, 1, {}) or {}) do
        meant[#meant + 1], mine[key] = key, true
    end
    local all = of.schema.row and of.schema.ids or of.schema.ids and keys or language.base(of)
    for _, key in ipairs(table.move(type(all) == "table" and all or {}, 1, SAMPLES, 1, {})) do
        others[#others + 1] = not mine[key] and key or nil
    end
    return meant, others
end

local function returns(asked)
    local first, last = native.lines(asked)
    local line = 0
    for text in gmatch(language.rubric_text, "([^\n]*)\n?") do
        line = line + 1
        if line >= first and line <= last and find(text, "%f[%w_]return%f[^%w_]") then
            return true
        end
    end
    return false
end

-- Whatever fails on a capture of ours is no mistake, but what is said to be wrong; nor is what a function says of items
-- that it is not for, but names that do not exist.
local function try_verify(given, of)
    local meant, others = { false }, {}
    if of then
        meant, others = samples(of)
    end
    local function item(key)
        return key and language.item(of.schema, key) or environment.capture
    end
    for _, key in ipairs(meant) do
        local well, value = pcall(given.verify, item(key))
        if well then
            pcall(language.outcome_of, value, nil, "verify")
        end
    end
    language.guessing = true
    for _, key in ipairs(others) do
        pcall(given.verify, item(key))
    end
    language.guessing = false
    if not returns(given.verify) then
        pcall(language.outcome_of, nil, nil, "verify")
    end
end

local function try_out(item)
    local given = item.given
    if type(given.verify) == "function" then
        try_verify(given, language.selection_parts(given.each or given.all or given.any))
    end
    if type(given.value) == "function" then
        pcall(given.value)
    end
    if item.try then
        pcall(item.try)
    end
    language.guessing = true
    if type(given.correct) == "function" then
        pcall(given.correct, environment.capture)
    end
    for _, one in ipairs(type(given.wrong) == "table" and given.wrong or {}) do
        if type(one[1]) == "function" then
            pcall(one[1])
        end
    end
    language.guessing = false
end

-- Each mistake names its check.
local function try_items()
    for place, item in ipairs(language.items) do
        native.begin(place - 1)
        language.line = item.line
        local before = #language.mistakes
        try_out(item)
        for i = before + 1, #language.mistakes do
            local at, what = match(language.mistakes[i], "^(.-:%d+: )(.*)$")
            if at and not find(what, item.what, 1, true) then
                language.mistakes[i] = at .. item.what .. ": " .. what
            end
        end
    end
end

-- --- words in comparisons: c.ending == "closd" raises nothing, and is never true ---

-- Field names by any item: which words they can be. A name that means different fields can be the words of each.
local function fields_with_words()
    local made = {}
    for _, of in pairs(language.schemas) do
        for name, field in pairs(of.fields) do
            for _, word in ipairs(field.words or {}) do
                made[name] = made[name] or { list = {} }
                made[name][word] = true
                made[name].list[#made[name].list + 1] = word
            end
        end
    end
    return made
end

-- The longest end of "c.state.client" that is a field with words.
local function field_at(path, known)
    for at in gmatch(path, "%.()") do
        local words = known[sub(path, at)]
        if words then
            return sub(path, at), words
        end
    end
end

local function line_at(text, at)
    local line = 1
    for _ in gmatch(sub(text, 1, at - 1), "\n") do
        line = line + 1
    end
    return line
end

local function mistake(text, at, ...)
    language.mistakes[#language.mistakes + 1] = format("%s:%d: ", native.where(), line_at(text, at)) .. format(...)
end

local usual_flags = { "SYN", "SYN,ACK", "ACK", "PSH,ACK", "FIN,ACK", "FIN,PSH,ACK", "RST", "RST,ACK" }

local function check_comparison(text, at, path, word, known)
    local field, words = field_at(path, known)
    if match(path, "%.flags$") then
        local flags = language.flags(word)
        if flags ~= word then
            mistake(text, at, "flags is never \"%s\"%s", word, flags and "; write \"" .. flags .. "\"" or
                    language.did_you_mean(word, usual_flags))
        end
    elseif field and not words[word] then
        mistake(text, at, "%s is never \"%s\"%s", field, word, language.did_you_mean(word, words.list))
    end
end

local function check_comparisons(text)
    local known = fields_with_words()
    for at, path, _, word in gmatch(text, "()([%a_][%w_]*%.[%w_.%[%]]+)%s*[=~]=%s*([\"'])([^\"'\n]*)%3") do
        check_comparison(text, at, path, word, known)
    end
    for at, _, word, path in gmatch(text, "()([\"'])([^\"'\n]*)%2%s*[=~]=%s*([%a_][%w_]*%.[%w_.%[%]]+)") do
        check_comparison(text, at, path, word, known)
    end
    for at, _, word in gmatch(text, "()%f[%w_]flags:find%(([\"'])([%a,]*)%2") do
        if not language.part_of_flags(word) then
            mistake(text, at, "flags never contain \"%s\"%s", word, language.did_you_mean(word, usual_flags))
        end
    end
    for at, path, number in gmatch(text, "()([%a_][%w_.]*%.port)%s*[=~]=%s*(%d+)") do
        if tonumber(number) > 65535 then
            mistake(text, at, "%s is a port, and never %s", path, number)
        end
    end
end

-- `local s = selection:first()`, and then is it asked whether there is one: but first() ends the check where there is
-- none.
local function check_nil(text)
    for at, name, method, behind in gmatch(text, "()%f[%w_]local%s+([%a_][%w_]*)%s*=[^\n]*:(%a+)%(%)%s*;?%s*()") do
        local rest = sub(text, behind, behind + 80)
        local asked = match(rest, "^if%s+not%s+([%a_][%w_]*)%s+then") or match(rest, "^if%s+([%a_][%w_]*)%s+then") or
                      match(rest, "^if%s+([%a_][%w_]*)%s*[=~]=%s*nil")
        if asked == name and (method == "first" or method == "last") then
            mistake(text, at, "%s is never nil: %s() makes the check undecidable where there is none%s", name, method,
                    method == "first" and ", and [1] is nil there" or "; ask # before")
        end
    end
end

function language.lint()
    language.rubric_text = without_comments(native.rubric_text())
    try_items()
    language.line = nil
    check_comparisons(language.rubric_text)
    check_nil(language.rubric_text)
    local told = {}
    for _, one in ipairs(language.mistakes) do
        if not told[one] then
            told[one] = true
            native.say(one)
        end
    end
end

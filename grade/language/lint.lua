-- lint.lua - what is wrong with a rubric, found without a submission: its functions are tried on captures of ours, and
-- what no trial shows, a word that a field never is, is looked for in its text.

local native, language = ...
local ipairs, pairs, pcall, type = ipairs, pairs, pcall, type
local format, gmatch, gsub, sub = string.format, string.gmatch, string.gsub, string.sub
local environment = language.environment

-- What a function is tried on: whatever has the same names, so only sockets need be of the right kind.
local function samples(of)
    if of.schema.row then
        return of.schema.ids
    end
    return table.move(of.schema.ids and language.keys(of) or language.base(of), 1, 50, 1, {})
end

-- Functions are tried on a capture of ours: only names that do not exist are mistakes then, and whatever else fails is
-- not.
local function try_out(given)
    for _, name in ipairs({ "verify", "answer", "value", "correct" }) do
        if type(given[name]) == "function" then
            local form = given.each or given.all or given.any
            local of = language.selection_parts(form)
            for _, key in ipairs(of and samples(of) or { false }) do
                pcall(given[name], key and language.item(of.schema, key) or environment.capture)
            end
        end
    end
    for _, one in ipairs(type(given.wrong) == "table" and given.wrong or {}) do
        if type(one[1]) == "function" then
            pcall(one[1])
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

-- Comments are blanked out, each newline kept.
local function without_comments(text)
    local function blank(comment)
        return (gsub(comment, "[^\n]", " "))
    end
    return (gsub(gsub(text, "%-%-%[%[.-%]%]", blank), "%-%-[^\n]*", blank))
end

local function line_at(text, at)
    local line = 1
    for _ in gmatch(sub(text, 1, at - 1), "\n") do
        line = line + 1
    end
    return line
end

local function check_comparison(name, text, at, path, word, known)
    local field, words = field_at(path, known)
    if field and not words[word] then
        language.mistakes[#language.mistakes + 1] = format("%s:%d: %s is never \"%s\"%s", name, line_at(text, at),
            field, word, language.did_you_mean(word, words.list))
    end
end

local function check_comparisons()
    local known, name, text = fields_with_words(), native.where(), without_comments(native.rubric_text())
    for at, path, _, word in gmatch(text, "()([%a_][%w_]*%.[%w_.]+)%s*[=~]=%s*([\"'])([^\"'\n]*)%3") do
        check_comparison(name, text, at, path, word, known)
    end
    for at, _, word, path in gmatch(text, "()([\"'])([^\"'\n]*)%2%s*[=~]=%s*([%a_][%w_]*%.[%w_.]+)") do
        check_comparison(name, text, at, path, word, known)
    end
end

function language.lint()
    for place, item in ipairs(language.items) do
        native.begin(place - 1)
        try_out(item.given)
    end
    check_comparisons()
    local told = {}
    for _, mistake in ipairs(language.mistakes) do
        if not told[mistake] then
            told[mistake] = true
            native.say(mistake)
        end
    end
end

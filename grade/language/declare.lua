-- declare.lua - check { ... } as it is written: its keys, what they hold, and that each mistake is said where it
-- stands.

local native, language = ...
local ipairs, pairs, tostring, type = ipairs, pairs, tostring, type
local concat, sort, format = table.concat, table.sort, string.format
local wrong, shown, did_you_mean = language.wrong, language.shown, language.did_you_mean
local forms, bounds_of, about_bounds = language.forms, language.bounds_of, language.about_bounds
local environment = language.environment

-- Keys that go with each form, in the order in which the form is found out.
local form_order = { "count", "at_once", "each", "all", "any", "none", "first", "value", "verify" }
local form_keys = {
    count = { "at_least", "at_most", "exactly" }, at_once = { "at_least", "at_most", "exactly" },
    each = { "verify", "have" }, all = { "have", "verify" }, any = { "verify", "have" }, none = {},
    first = { "before", "within" }, value = { "at_least", "at_most", "exactly", "about", "tolerance" }, verify = {},
}
local common = { "id", "title", "points", "needs", "hint", "note", "visibility", "partial", "at_end" }
local kinds = { id = "string", title = "string", points = "number", hint = "string", note = "string",
                visibility = "string",
                partial = "boolean", at_end = "boolean", at_least = "number", at_most = "number", exactly = "number",
                within = "number", tolerance = "number", about = "number", verify = "function", have = "table" }
local visibilities = { "visible", "hidden", "after_due_date", "after_published" }

language.items = {}
local by_id = {}

local function check_kind(what, key, value)
    if kinds[key] and type(value) ~= kinds[key] then
        wrong("%s: %s takes a %s, not %s", what, key, kinds[key], type(value) == "string" and "\"" .. value .. "\"" or
              "a " .. type(value))
    end
end
language.check_kind = check_kind

function language.check_keys(what, given, ...)
    local names, known = {}, {}
    for _, list in ipairs({ ... }) do
        for _, name in ipairs(list) do
            names[#names + 1] = name
            known[name] = true
        end
    end
    local keys = {}
    for key in pairs(given) do
        keys[#keys + 1] = tostring(key)
        if type(key) ~= "string" then
            wrong("%s: %s stands there without a name", what, shown(given[key]))
        end
    end
    sort(keys)
    for _, key in ipairs(keys) do
        if not known[key] then
            wrong("%s: there is no `%s` here%s", what, key, did_you_mean(key, names))
        end
        check_kind(what, key, given[key])
    end
end

local function check_needs(what, given)
    local needs = type(given.needs) == "string" and { given.needs } or given.needs or {}
    if type(needs) ~= "table" then
        wrong("%s: needs takes the id of a check above it", what)
    end
    for _, id in ipairs(needs) do
        if not by_id[id] then
            local ids = {}
            for _, one in ipairs(language.items) do
                ids[#ids + 1] = one.id
            end
            wrong("%s: it needs \"%s\", and no check above it has that id%s", what, tostring(id),
                  did_you_mean(tostring(id), ids))
        end
    end
    return needs
end

-- What checks and questions have in common; the item is kept, in order.
function language.declare(kind, given, title)
    local what = type(given.id) == "string" and format("%s \"%s\"", kind, given.id) or kind
    if type(given.id) ~= "string" or given.id == "" then
        wrong("a %s needs an id in quotes", kind)
    elseif by_id[given.id] then
        wrong("%s: that id is taken, in line %d", what, by_id[given.id].line)
    end
    if given.points and not (given.points >= 0 and given.points <= 10000) then
        wrong("%s: points are from 0 to 10000", what)
    elseif #language.items == 500 then
        wrong("%s: a rubric has at most 500 checks and questions", what)
    end
    if given.visibility and not concat(visibilities, " "):find(given.visibility, 1, true) then
        wrong("%s: visibility is one of %s%s", what, concat(visibilities, ", "),
              did_you_mean(given.visibility, visibilities))
    end
    local _, line = native.where()
    local made = { id = given.id, kind = kind, what = what, title = title or given.id, most = given.points or 0,
                   hint = given.hint, note = given.note, visibility = given.visibility, line = line, given = given,
                   needs = check_needs(what, given), number = tostring(#language.items + 1) }
    language.items[#language.items + 1] = made
    by_id[given.id] = made
    return made
end

local function form_of(what, given)
    for _, form in ipairs(form_order) do
        if given[form] ~= nil then
            return form
        end
    end
    local keys, forms_named = {}, concat(form_order, ", ")
    for key in pairs(given) do
        local near = type(key) == "string" and language.nearest(key, form_order)
        if near and not kinds[key] then
            keys[1] = format("; did you mean %s, where it says %s?", near, key)
        end
    end
    wrong("%s asks nothing%s It needs one of: %s", what, keys[1] or ".", forms_named)
end

-- Asks for what can be known without a capture: selections, bounds, conditions.
local function check_form(what, form, given)
    if form ~= "value" and form ~= "verify" then
        local of = language.selection_parts(given[form])
        if not of then
            wrong("%s: %s takes a selection: %s = tcp { ... }", what, form, form)
        end
        if given.have then
            language.add_tests(of.schema, {}, given.have)
        end
    end
    if form == "count" or form == "at_once" then
        bounds_of(given, form)
    elseif form == "value" then
        about_bounds(given)
    elseif form == "first" and not language.selection_parts(given.before) then
        wrong("%s: first needs before, another selection", what)
    elseif (form == "each" or form == "all" or form == "any") and not given.have and not given.verify then
        wrong("%s: %s needs have = { ... } or verify = function(c) ... end", what, form)
    end
end

function environment.check(given)
    if type(given) ~= "table" then
        wrong("check is written with a table: check { id = \"...\", ... }")
    end
    local what = format("check \"%s\"", tostring(given.id))
    local form = form_of(what, given)
    language.check_keys(what, given, common, { form }, form_keys[form])
    check_form(what, form, given)
    local made = language.declare("check", given, given.title)
    made.ask = function() return forms[form](given) end
end

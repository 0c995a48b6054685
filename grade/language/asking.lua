-- asking.lua - what can be asked of a selection: its items in some order, sums and means of their values.

local _, language = ...
local error, ipairs, tostring, type = error, ipairs, tostring, type
local sort = table.sort
local no_such, did_you_mean, item = language.no_such, language.did_you_mean, language.item
local methods, selection_parts = language.methods, language.selection_parts

-- Nothing can be said: ends what is being run with this outcome.
local function undecidable(text)
    error({ status = "undecidable", message = text }, 0)
end

-- There is none at all, or none that has this value.
local function none_known(of, path)
    undecidable("the capture holds no " .. language.described(of) ..
                (#language.keys(of) > 0 and " of which " .. path .. " is known" or ""))
end

local function field_of(of, path, method)
    local field = type(path) == "string" and of.schema.fields[path]
    if not field then
        no_such("%s takes the name of a value: \"%s\" is none of %s%s", method, tostring(path),
              language.a(of.schema.what), did_you_mean(tostring(path), of.schema.names))
    end
    return { get = function(key)
        language.note_read(of.schema, field, key)
        return field.get(key)
    end }
end

local function numbers_of(self, path, method)
    local of, made = selection_parts(self), {}
    local field = field_of(of, path, method)
    for _, key in ipairs(language.keys(of)) do
        local value = field.get(key)
        if type(value) == "number" then
            made[#made + 1] = value
        end
    end
    return made
end

local function some_numbers(self, path, method)
    local made = numbers_of(self, path, method)
    if #made == 0 then
        none_known(selection_parts(self), path)
    end
    return made
end

-- The item whose value is least (or greatest); the earlier one where two are the same.
local function extreme(self, path, method, better)
    local of, best, at = selection_parts(self), nil, nil
    local field = field_of(of, path, method)
    for _, key in ipairs(language.keys(of)) do
        local value = field.get(key)
        if value ~= nil and (best == nil or better(value, best)) then
            best, at = value, key
        end
    end
    if not at then
        none_known(of, path)
    end
    return item(of.schema, at)
end

function methods.earliest(self, path)
    return extreme(self, path or selection_parts(self).schema.row and "time.first" or "time", "earliest", function(a,
        b) return a < b end)
end
function methods.latest(self, path)
    return extreme(self, path or selection_parts(self).schema.row and "time.first" or "time", "latest", function(a,
        b) return a > b end)
end
methods.least = function(self, path) return extreme(self, path, "least", function(a, b) return a < b end) end
methods.greatest = function(self, path) return extreme(self, path, "greatest", function(a, b) return a > b end) end

function methods.count(self)
    return #language.keys(selection_parts(self))
end

function methods.sum(self, path)
    local sum = 0
    for _, value in ipairs(numbers_of(self, path, "sum")) do
        sum = sum + value
    end
    return sum
end

local function best_number(self, path, method, better)
    local best
    for _, value in ipairs(some_numbers(self, path, method)) do
        if best == nil or better(value, best) then
            best = value
        end
    end
    return best
end

function methods.min(self, path)
    return best_number(self, path, "min", function(a, b) return a < b end)
end
function methods.max(self, path)
    return best_number(self, path, "max", function(a, b) return a > b end)
end

function methods.mean(self, path)
    local values = some_numbers(self, path, "mean")
    local sum = 0
    for _, value in ipairs(values) do
        sum = sum + value
    end
    return sum / #values
end

function methods.all(self)
    local of, made = selection_parts(self), {}
    for i, key in ipairs(language.keys(of)) do
        made[i] = item(of.schema, key)
    end
    return made
end

function methods.values(self, path)
    local of, made = selection_parts(self), {}
    local field = field_of(of, path, "values")
    for _, key in ipairs(language.keys(of)) do
        made[#made + 1] = field.get(key)
    end
    return made
end

-- A list of items by one of their values, the least first.
function methods.sorted(self, path)
    local of = selection_parts(self)
    local field = field_of(of, path, "sorted")
    local keys, made = {}, {}
    for i, key in ipairs(language.keys(of)) do
        keys[i] = { key = key, value = field.get(key), place = i }
    end
    sort(keys, function(a, b)
        if a.value == nil or b.value == nil or a.value == b.value then
            return a.value ~= nil and b.value == nil or (a.value == nil) == (b.value == nil) and a.place < b.place
        end
        return a.value < b.value
    end)
    for i, one in ipairs(keys) do
        made[i] = item(of.schema, one.key)
    end
    return made
end

function methods.each(self)
    local all, at = methods.all(self), 0
    return function()
        at = at + 1
        return all[at]
    end
end

function methods.first(self)
    local of = selection_parts(self)
    local key = language.keys(of)[1]
    return key and item(of.schema, key) or undecidable("the capture holds no " .. language.described(of))
end

function methods.last(self)
    local of = selection_parts(self)
    local keys = language.keys(of)
    return #keys > 0 and item(of.schema, keys[#keys]) or undecidable("the capture holds no " .. language.described(of))
end

-- spellings.lua - how students write numbers, lists, flags and addresses: "Seq = 0 (relative)", "164090 / 5.43 = 30.2
-- kB/s", "SYN flag is set to 1". What remains is what a kind of answer reads.

local native, language = ...
local ipairs, tonumber = ipairs, tonumber
local concat = table.concat
local find, gmatch, gsub, lower, match, rep, sub =
    string.find, string.gmatch, string.gsub, string.lower, string.match, string.rep, string.sub

local spellings = {}
language.spellings = spellings

local function words(text)
    local made = {}
    for word in gmatch(text, "%S+") do
        made[word] = true
    end
    return made
end

function spellings.trimmed(text)
    return (gsub(gsub(text, "^%s+", ""), "%s+$", ""))
end
local trimmed = spellings.trimmed

-- Without what stands in brackets, where something like this is left: "0 (relative)" with a digit, "SSDP (Simple
-- Service Discovery Protocol)" with a letter.
function spellings.without_brackets(text, like)
    local rest = trimmed(gsub(text, "%b()", " "))
    return find(rest, like or "%w") and rest or gsub(text, "[()]", " ")
end

-- --- numbers ---

-- What may stand before a number and says nothing about it; "not" is none of these.
local labels = words("about approx approximately around roughly circa ca exactly the is it seq sequence ack " ..
                     "acknowledgement acknowledgment number no value relative raw len length win window size udp tcp")

local function without_labels(text)
    while true do
        local word, behind = match(text, "^[%s~\u{2248}]*(%a+)[.:#=%s]+(.*)$")
        if not word or not labels[lower(word)] then
            return (gsub(text, "^[%s~=\u{2248}]+", ""))
        end
        text = behind
    end
end

-- What a calculation or a name comes to: "65535 - 8 = 65527", "RTT = 27 ms". But 6 = 7 is none of both.
local function outcome(text)
    local at = find(gsub(text, "%b()", function(inner) return rep("_", #inner) end), "=[^=]*$")
    local before, behind = sub(text, 1, (at or 1) - 1), sub(text, (at or 0) + 1)
    if at and find(behind, "%d") and (not find(before, "%d") or find(before, "%d[%s%a]*[-+*/^][%s(]*%d")) then
        return behind
    end
    return text
end

-- 1,234 is a thousand and more; 27,46 and 0,054 are as much of Europe writes them.
local function without_commas(digits)
    digits = gsub(digits, "'", "")
    local head, groups, decimals = match(digits, "^([-+]?[1-9]%d?%d?)([,%d]*)(%.?%d*)$")
    if head and #groups % 4 == 0 and not find(gsub(groups, ",%d%d%d", ""), ".") then
        return head .. gsub(groups, ",", "") .. decimals
    end
    return find(digits, "^[-+]?%d*,%d+$") and gsub(digits, ",", ".") or digits
end

-- 152 000 is written so too, with any of several spaces between.
local function without_spaces(text)
    text = gsub(gsub(gsub(text, "\u{a0}", " "), "\u{202f}", " "), "\u{2009}", " ")
    local head, behind = match(text, "^([-+]?[1-9]%d?%d?)(.*)$")
    while head do
        local group, rest = match(behind, "^ (%d%d%d)(.*)$")
        if not group or find(rest, "^%d") then
            return head .. behind
        end
        head, behind = head .. group, rest
    end
    return text
end

-- The number that a text holds, and what stands behind it: "1,234 bytes", "0x1f", "-2.5e3", "27,46 ms".
function spellings.number(text)
    text = without_spaces(without_labels(spellings.without_brackets(outcome(text), "%d")))
    local hex, behind = match(text, "^(0[xX]%x+)(.*)$")
    if hex then
        return tonumber(hex), trimmed(behind)
    end
    local digits, rest = match(text, "^([-+]?[%d.,']*%d[%d.,']*)(.*)$")
    if not digits then
        return nil
    end
    local exponent, after = match(rest, "^([eE][-+]?%d+)(.*)$")
    local number = tonumber(without_commas(digits) .. (exponent or ""))
    return number, trimmed(after or rest)
end

-- --- one answer, and not two ---

local joins = words("or and to not either neither maybe perhaps but then some more less than until through plus vs")
local named = words("a all an at bytes captured client connections data datagrams decimal each ethernet flows " ..
                    "frames from header headers hex in ip long of on only packets payload per seconds segments sent " ..
                    "server the there total were with")

-- The words of an answer that make two of it: "or 443"; nil where there are none.
function spellings.joined(text)
    for word in gmatch(lower(text), "%a+") do
        if joins[word] then
            return word
        end
    end
end

-- Does what stands behind a number leave it alone: nothing, units, what it is a number of, the same number once more?
-- is_unit(word).
function spellings.leaves_alone(rest, number, is_unit)
    local strange = 0
    rest = gsub(rest, "%f[%w.]%d[%w.]*", function(digits)
        return tonumber((gsub(digits, "%.$", ""))) == number and "" or nil
    end)
    if find(rest, "%d") or find(rest, "^[-+*^<>]") or spellings.joined(rest) then
        return false
    end
    for word in gmatch(rest, "[^%s,;.!:/=\"']+") do
        local known = named[lower(word)] or named[lower(word) .. "s"] or labels[lower(word)] or is_unit(word)
        strange = strange + (known and 0 or 1)
    end
    return strange <= 1               -- "3 handshakes"
end

local LABELLED_MOST = 100          -- bytes of an answer with two labels

-- "1 (relative), 4236649188 (raw)" is one number counted from two places: the first of them.
function spellings.counted_once(text)
    for _, labelled in ipairs(#text < LABELLED_MOST and { "^(.-%d.-relative%)?)[,;/%s]+(.-raw%)?)$",
                                                          "^(.-%d.-raw%)?)[,;/%s]+(.-relative%)?)$" } or {}) do
        local first, second = match(text, labelled)
        if first and find(second, "^%D*%d+%D*$") and find(first, "^%D*%d+%D*$") then
            return first
        end
    end
    return text
end

-- What is in brackets is passed over, but not another answer: "5 (or 6)".
function spellings.bracketed_other(text)
    for inner in gmatch(text, "%b()") do
        if find(lower(inner), "^%(%s*or%f[%A]") then
            return inner
        end
    end
end

function spellings.one_please(behind)
    return "give one answer: \"" .. trimmed(behind) .. "\" makes it another"
end

-- --- lists ---

-- Are these parts, with a comma and a space between, decimals with a comma: "0,054 s, 0,077 s"?
local function decimal_commas(text)
    for part in gmatch(text .. ", ", "(.-),%s+") do
        if not find(part, "^%s*%d+,%d+%s*%a*%s*$") then
            return false
        end
    end
    return true
end

-- "1; 566", "1, 566 and 2026", "0,054 s, 0,077 s", "1 566 2026" (where numbers are asked): its parts.
function spellings.parts(text, numeric)
    local made, from, separator = {}, 1, "[,;]"
    text = gsub(text, "^%s*%[(.*)%]%s*$", "%1")
    if numeric then
        text = gsub(text, "%s+and%s+", find(text, ";") and "; " or ", ")
        text = find(text, separator) and text or gsub(text, "%s+([%d.])", "; %1")
        if find(text, ";") and not find(text, ",%D") then
            separator = ";"
        elseif decimal_commas(text) then
            separator = ",%s+"
        end
    end
    while from <= #text + 1 do
        local at, till = find(text, separator, from)
        local part = trimmed(sub(text, from, (at or #text + 1) - 1))
        made[#made + 1] = part ~= "" and part or nil
        from = (till or #text + 1) + 1
    end
    return made
end

-- "27.5, 35.6, 70 ms": a unit that only the last has is that of all.
function spellings.share_unit(parts)
    local unit = #parts > 1 and match(parts[#parts], "^[%d.,]+%s*(%a[%a/]*)$")
    for i = 1, unit and #parts - 1 or 0 do
        if not find(parts[i], "^[%d.,]+$") then
            return parts
        end
    end
    for i = 1, unit and #parts - 1 or 0 do
        parts[i] = parts[i] .. " " .. unit
    end
    return parts
end

-- --- flags and addresses ---

local about_flags = words("flag flags bit bits is are the both set to only tcp and on true 1")

-- "0x012 (SYN, ACK)", "SYN flag is set to 1", "SYN=1, ACK=0", "SYNACK" -> "syn,ack"
function spellings.flags(text)
    local bits = match(text, "0[xX](%x+)")
    local made = {}
    if bits then
        local number = tonumber(bits, 16)
        for at, flag in ipairs({ "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE" }) do
            made[#made + 1] = number >> (at - 1) & 1 == 1 and flag or nil
        end
        return concat(made, ",")
    end
    text = gsub(gsub(lower(text), "%a+%s*[=:]%s*0", " "), "%a+%s*[=:]%s*not set", " ")
    text = gsub(gsub(text, "acknowledge?ment", "ack"), "%f[%a]synack%f[%A]", "syn,ack")
    text = gsub(text, "[=:\"']", " ")
    for word in gmatch(text, "[^%s]+") do
        made[#made + 1] = not about_flags[gsub(word, "[,;.]+$", "")] and word or nil
    end
    return concat(made, ",")
end

-- The one address in a text: "[::1]", "192.168.1.102:1161", "128.119.245.12 (gaia.cs.umass.edu)"; nil.
function spellings.address(text)
    local found
    for word in gmatch(text, "[^%s,;()]+") do
        word = gsub(word, "%.$", "")
        word = gsub(gsub(word, "^%[(.*)%]$", "%1"), "^(%d+%.%d+%.%d+%.%d+):%d+$", "%1")
        local address = native.address(word)
        if address and found and found ~= address then
            return nil
        end
        found = address or found
    end
    return found
end

-- Without "192.168.1.102:" before a port.
function spellings.without_address(text)
    return (gsub(text, "^%s*%d+%.%d+%.%d+%.%d+:", ""))
end

-- What two spellings of the same words have in common: small letters, one space.
function spellings.squeezed(text)
    return (gsub(trimmed(lower(text)), "%s+", " "))
end

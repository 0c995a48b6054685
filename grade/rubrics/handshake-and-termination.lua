-- Handshake and termination, segment by segment.
-- Each segment that opens and closes one connection, and the bytes between.

rubric { title = "Handshake and termination", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local opened = tcp { says = "connections that were opened in three steps", handshake = "complete" }

-- The first connection that was opened and closed in this capture; else the first one that was opened.
local function connection()
    local whole = opened { ending = "closed" }
    return (#whole > 0 and whole or opened):first()
end

local function segment(moment)
    local c = connection()
    local frame = c.frame[moment] or error(undecidable("connection %d has no such segment in this capture", c.id))
    return c.segments { frame = frame }:first(), c
end

-- --- checks: is it a capture that shows what is asked? ---

check { id = "opened", points = 1, title = "A connection is opened in three steps",
    count = opened, at_least = 1, hint = "Begin to capture before you start the client." }
check { id = "closed", points = 1, title = "Both ends close it, and each FIN is acknowledged", needs = "opened",
        any = opened, have = { ending = "closed" },
        hint = "Let both programs end, and stop the capture only then." }

-- --- the segments, one after the other ---

local function ask(id, moment, form)
    local get, why = form.get, form.why
    form.get, form.why, form.id, form.points, form.needs = nil, nil, id, 1, "opened"
    form.answer = function()
        local s, c = segment(moment)
        return get(s, c), s, why
    end
    question(form)
end

for _, step in ipairs { { "syn", "SYN", "client", "server" }, { "syn_ack", "SYN-ACK", "server", "client" } } do
    local moment, name, from, to = table.unpack(step)
    local hint = "The segment with " .. (from == "client" and "SYN alone" or "SYN and ACK") .. ": "
    ask(moment .. "-source", moment, { type = "port", ask = name .. ": source port", hint = hint .. "`Source Port`.",
        get = function(_, c) return c[from].port end, why = "the " .. from .. "'s" })
    ask(moment .. "-destination", moment, { type = "port", ask = name .. ": destination port",
        hint = hint .. "`Destination Port`.", get = function(_, c) return c[to].port end, why = "the " .. to .. "'s" })
    ask(moment .. "-seq", moment, { type = "number", ask = name .. ": sequence number (raw)",
        hint = hint .. "`Sequence Number (raw)`.", get = function(s) return s.seq end, why = "the ISN of the " ..
            from })
    ask(moment .. "-flags", moment, { type = "flags", ask = name .. ": flags", hint = hint .. "`Flags`.",
        get = function(s) return s.flags end, why = "as they stand in its header" })
    ask(moment .. "-window", moment, { type = "number", unit = "B", ask = name .. ": window",
        hint = hint .. "`Window`; in a SYN it is never scaled.", get = function(s) return s.window end,
        why = "what the " .. from .. " can take before it must be told of more (RFC 7323 2.2: not scaled)" })
    ask(moment .. "-mss", moment, { type = "number", unit = "B", ask = name .. ": maximum segment size",
        hint = hint .. "`Options`.", get = function(_, c) return c.mss[from] end,
        why = "the most payload that the " .. from .. " wants in one segment" })
    ask(moment .. "-options", moment, { type = "list", of = "text", any_order = true, partial = true,
        ask = name .. ": which of these options are there? mss, wscale, sackok, timestamps", hint = hint ..
            "`Options`.",
        get = function(_, c)
            local made = {}
            made[#made + 1] = c.mss[from] and "mss" or nil
            made[#made + 1] = c.window_scale[from] and "wscale" or nil
            made[#made + 1] = c.sack_permitted[from] and "sackok" or nil
            made[#made + 1] = c.timestamps[from] and "timestamps" or nil
            return made
        end, why = "in the header behind its first 20 bytes (RFC 9293 3.2)" })
end

question { id = "syn-ack-zero", points = 1, type = "choice", ask = "Why is the acknowledgement number of the SYN 0?",
    choices = { "the server's ISN is 0", "it acknowledges byte 0",
                "ACK is not set: nothing has been received that it could acknowledge",
                "it is a mistake of the client" },
    answer = 3, why = "without ACK the field means nothing (RFC 9293 3.1)", hint = "See which flags this segment has." }
ask("syn_ack-ack", "syn_ack", { type = "number", ask = "SYN-ACK: acknowledgement number (raw)",
    wrong = { { function() return (segment("syn")).seq end, "The SYN takes one sequence number: add 1." } },
    hint = "`Acknowledgment Number (raw)`; compare it with the SYN's sequence number.",
        get = function(s) return s.ack end,
    why = "the client's ISN + 1" })
ask("ack-ack", "established", { type = "number", ask = "The ACK that ends the handshake: acknowledgement number (raw)",
    hint = "The third segment; compare it with the SYN-ACK's sequence number.", get = function(s) return s.ack end,
    why = "the server's ISN + 1" })

-- --- the end ---

question { id = "closes-first", points = 1, type = "choice", needs = "opened", ask = "Which end closes first?",
    choices = { "the client", "the server", "both at once" },
    answer = function()
        local s, c = segment("first_fin")
        return c.closed_by == "client" and 1 or c.closed_by == "server" and 2 or 3, s, "the first FIN is its"
    end,
    hint = "The first segment with FIN: who sends it?" }
question { id = "closing-segments", points = 1, type = "number", needs = "closed",
    ask = "In how many segments is it closed: three or four?",
    answer = function()
        local _, c = segment("second_fin")
        local first, second, last = c.frame.first_fin, c.frame.second_fin, c.frame.last_ack
        local closer = c.segments { frame = first }:first()
        local between = c.segments { frame = between(first + 1, second - 1), from = is_not(closer.from),
                                     ack_rel = at_least(closer.seq_rel + closer.payload + 1) }
        return #between > 0 and 4 or 3, { first, second, last },
               #between > 0 and "the ACK of the first FIN came before the other FIN" or
               "the second FIN acknowledges the first one at the same time"
    end,
    hint = "Does the other end acknowledge the FIN at once, or with its own FIN?" }
for _, side in ipairs { "client", "server" } do
    question { id = "bytes-" .. side, points = 1, type = "number", unit = "B", needs = "opened",
        ask = "Bytes of data that the " .. side .. " sent",
        answer = function()
            local c = connection()
            return c.stream_bytes[side], { c.frame.first_fin or c.last_frame }, "payload, each byte once"
        end,
        wrong = { { function() return connection().stream_bytes[side] + 1 end,
                    "One too many: SYN and FIN each take a number, and are no bytes." },
                  { function() return connection().stream_bytes[side] + 2 end,
                    "Two too many: SYN and FIN each take a number, and are no bytes." } },
        hint = "The sequence number of its FIN less that of its first byte; neither SYN nor FIN is a byte." }
end

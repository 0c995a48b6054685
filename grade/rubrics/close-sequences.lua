-- Close sequences: active, passive, simultaneous.
-- By the states that each end passes through.

rubric { title = "Who closes, and through which states", submission = { capture = "*.pcap*", answers = "answers.txt" } }

-- The states after ESTABLISHED, as RFC 9293 figure 5 has them.
local active = { "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT" }
local passive = { "CLOSE-WAIT", "LAST-ACK", "CLOSED" }
local simultaneous = { "FIN-WAIT-1", "CLOSING", "TIME-WAIT" }

local function after_established(path)
    local made = {}
    for _, state in ipairs(path) do
        if state == "ESTABLISHED" then
            made = {}
        else
            made[#made + 1] = state
        end
    end
    return table.concat(made, " ")
end

-- The path may end in CLOSED, where the trace is long enough for 2 MSL.
local function passes(path, wanted)
    local way = after_established(path)
    return way == table.concat(wanted, " ") or way == table.concat(wanted, " ") .. " CLOSED"
end

local function sides_of(c)
    return { c.path.client, c.path.server }
end

local function some_end(wanted, what)
    return function(c)
        if not c.frame.second_fin then
            return fail("%s has no second FIN", tostring(c), c.frame.first_fin)
        end
        for _, path in ipairs(sides_of(c)) do
            if passes(path, wanted) then
                return pass("%s: %s", what, after_established(path), c.frame.first_fin, c.frame.second_fin,
                    c.frame.last_ack)
            end
        end
        return fail("%s; the client: %s; the server: %s", what, after_established(c.path.client),
                    after_established(c.path.server), c.frame.first_fin, c.frame.second_fin)
    end
end

local opened = tcp { says = "connections that were opened", handshake = one_of("complete", "simultaneous") }

check { id = "active", points = 2, title = "An active close: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT", any = opened,
        verify = some_end(active, "active"), hint = "close() at one end first; the other one closes when recv() " ..
            "gives 0." }
check { id = "passive", points = 2, title = "A passive close: CLOSE-WAIT, LAST-ACK, CLOSED", any = opened,
        verify = some_end(passive, "passive"), hint = "Its end: recv() returns 0, then close()." }
check { id = "simultaneous", points = 2, title = "A simultaneous close: FIN-WAIT-1, CLOSING, TIME-WAIT at both ends",
        any = opened, verify = function(c)
            if passes(c.path.client, simultaneous) and passes(c.path.server, simultaneous) then
                return pass(c.frame.first_fin, c.frame.second_fin, c.frame.last_ack)
            end
            return fail("the client: %s; the server: %s", after_established(c.path.client),
                after_established(c.path.server),
                        c.frame.first_fin)
        end, hint = "Both call close() before the FIN of the other can have arrived: delay the wire." }
check { id = "closed", points = 1, title = "Every connection is closed by both ends", all = opened, partial = true,
        have = { ending = "closed" }, hint = "CLOSE-WAIT at the end: close() was forgotten." }

question { id = "first", points = 1, type = "choice", ask = "Which end closed the first connection first?",
    choices = { "the client", "the server", "both at once" },
    answer = function()
        local c = opened { says = "connections that were opened and ended", closed_by = known }:first()
        local why = not c.frame.first_fin and "no end sent a FIN: its RST ended the connection" or
                    c.closed_by == "both" and "each sent its FIN before it had that of the other" or "the first FIN is its"
        return c.closed_by == "client" and 1 or c.closed_by == "server" and 2 or 3, c.frame.first_fin or c.frame.reset, why
    end, hint = "The first segment with FIN; where there is none, the RST." }
question { id = "waits", points = 1, type = "choice", ask = "Which end of it is in TIME-WAIT when both have closed?",
    choices = { "the client", "the server", "both", "neither" },
    answer = function()
        local c = opened { says = "connections that both ends closed", ending = "closed" }:first()
        local client, server = c.path.client, c.path.server
        local function waits(path)
            return (" " .. table.concat(path, " ") .. " "):find(" TIME-WAIT ", 1, true) ~= nil
        end
        return waits(client) and waits(server) and 3 or waits(client) and 1 or waits(server) and 2 or 4,
            c.frame.last_ack,
               "who closes first waits, so that its last ACK can be sent again"
    end, hint = "Who sent the first FIN? Who sends the last ACK?" }

-- What chiTCP of UChicago looks for.

rubric { title = "chiTCP" }

-- Does an end's path hold these states, one behind the other and nothing else of closing?
local function closes(path, wanted)
    local way = " " .. table.concat(path, " ") .. " "
    return way:find(" ESTABLISHED " .. wanted .. " ", 1, true) ~= nil or
           way:find(" SYN-RECEIVED " .. wanted .. " ", 1, true) ~= nil
end

local function path_check(id, title, wanted)
    check { id = id, points = 1, title = title, any = tcp, at_end = true, verify = function(c)
        local found = closes(c.path.client, wanted) or closes(c.path.server, wanted)
        return (found and pass or fail)("%s; %s", table.concat(c.path.client, " "), table.concat(c.path.server, " "),
                                        c.frame.first_fin, c.frame.second_fin, c.frame.last_ack)
    end }
end

path_check("35", "Active close", "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT")
path_check("36", "Passive close", "CLOSE-WAIT LAST-ACK CLOSED")
path_check("37", "Simultaneous close", "FIN-WAIT-1 CLOSING TIME-WAIT")

-- Sent again, and got over: the connection ends closed.
local function recovered(id, title, wanted, which)
    check { id = id, points = 1, title = title, any = tcp { ending = "closed" }, verify = function(c)
        for s in c.segments(wanted):each() do
            if s.retransmission and (not which or (which == "first") == (s.from == c.closed_by)) then
                return pass(s)
            end
        end
        return fail("nothing of that kind was sent again", c)
    end }
end

local fin = function(flags) return flags and flags:find("FIN") ~= nil end
recovered("38-syn", "A lost SYN", { flags = "SYN" })
recovered("38-syn-ack", "A lost SYN-ACK", { flags = "SYN,ACK" })
recovered("38-first-fin", "A lost first FIN", { flags = fin }, "first")
recovered("38-second-fin", "A lost second FIN", { flags = fin }, "second")
check { id = "38-ack", points = 1, title = "A lost ACK of the handshake", any = tcp { ending = "closed" },
    verify = function(c)
    local again = c.segments { flags = "SYN,ACK", frame = more_than(c.frame.established or 0) }[1]
    local ack = again and c.segments { from = "client", flags = "ACK", ack_rel = 1, frame = more_than(again.frame) }[1]
    return ack and pass(again, ack) or fail("the SYN-ACK does not come again behind the ACK", c)
end }

check { id = "39-echo", points = 1, title = "Echoes at the edges of segment and buffer", verify = function()
    for _, size in ipairs { 1, 10, 535, 536, 537, 1072, 4096, 4097, 32768 } do
        local c = tcp { stream_bytes = { client = size } }[1]
        if not c then
            return fail("none of %d bytes", size)
        elseif not c.stream.client:equals(c.stream.server) then
            return fail("%d bytes do not come back as they were sent", size, c)
        end
    end
    return pass("all nine sizes")
end }
check { id = "39-half-duplex", points = 1, title = "While one end sends, the other one sends nothing", each = tcp,
        verify = function(c)
            local turns, last = 0, nil
            for s in c.segments { payload = at_least(1) }:each() do
                turns, last = turns + (s.from ~= last and 1 or 0), s.from
            end
            return turns <= 2 and pass(c) or fail("%d turns", turns, c)
        end }
check { id = "40-persist", points = 1, title = "A closed window is probed, and opens again", any = tcp,
    verify = function(c)
    local probe = c.segments { zero_window_probe = true }[1]
    local open = probe and c.segments { from = is_not(probe.from), window = at_least(1),
        frame = more_than(probe.frame) }[1]
    return open and pass(probe, open) or fail("no probe, or no window behind it", c)
end }
check { id = "40-estimate", points = 1, title = "The timer follows round trips of 0.75, 1.5 and 3 s", any = tcp,
        verify = function(c)
            local trips = c.segments { from = "server", ack_rtt = at_least(0.5) }:values("ack_rtt")
            local again = c.segments { where = function(s) return s.retransmission or s.spurious_retransmission end }
            local right = #trips == 3 and math.abs(trips[1] - 0.75) < 0.05 and math.abs(trips[2] - 1.5) < 0.05 and
                          math.abs(trips[3] - 3) < 0.05
            if #again > 0 then
                return fail("sent again while the ACK was on its way", again[1])
            end
            return (right and pass or fail)("%d round trips", #trips, c)
        end }

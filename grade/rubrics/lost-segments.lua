-- Lost SYN, SYN-ACK, ACK, FIN and data: recovered.

rubric { title = "Lost segments are recovered", submission = { capture = "*.pcap*", answers = "answers.txt" } }

-- A segment that was sent again (marked so), of a connection that got over it.
local function again(wanted, recovered, what)
    return function(c)
        for s in c.segments(wanted):each() do
            if s.retransmission or s.fast_retransmission or s.spurious_retransmission then
                if recovered(c) then
                    return pass("%s was sent again", what, s)
                end
                return fail("%s was sent again, and the connection did not get over it: it ends %s", what, c.ending, s)
            end
        end
        return fail("%s was not sent again", what, c.frame.first)
    end
end

local function opened(c) return c.handshake == "complete" end
local function closed(c) return c.ending == "closed" end
local has_fin = function(flags) return flags ~= nil and flags:find("FIN") ~= nil end

-- The FIN of the end that closes first, or of the other one.
local function fin_of(first)
    return function(c)
        if not c.closed_by or c.closed_by == "both" or not c.frame.first_fin then
            return fail("no end closed first", c.frame.first)
        end
        local other = c.closed_by == "client" and "server" or "client"
        return again({ from = first and c.closed_by or other, flags = has_fin }, closed, "the FIN")(c)
    end
end

check { id = "syn", points = 1, title = "A lost SYN is sent again, and the connection opened", any = tcp,
        verify = again({ flags = "SYN" }, opened, "the SYN"), hint = "The first SYN must not reach the server: the " ..
            "wire drops it." }
check { id = "syn-ack", points = 1, title = "A lost SYN-ACK is sent again, and the connection opened", any = tcp,
        verify = again({ flags = "SYN,ACK" }, opened, "the SYN-ACK"),
        hint = "Drop the server's first segment; either end's timer may send first." }
check { id = "ack", points = 1, title = "The ACK of the handshake is lost: the server sends its SYN-ACK again, or " ..
    "data repairs it",
        any = tcp { says = "connections that were opened", handshake = "complete" }, verify = function(c)
            local acks = c.segments { from = "client", flags = "ACK", payload = 0, ack_rel = 1 }
            if #acks >= 2 and #c.segments { flags = "SYN,ACK" } >= 2 then
                return pass("the SYN-ACK came again, and the ACK too", acks[2])
            end
            return fail("the handshake's ACK came once", c.frame.established)
        end, hint = "Drop the client's second segment, and let the client stay silent." }
check { id = "data", points = 1, title = "Lost data is sent again", any = tcp,
        verify = again({ payload = at_least(1) }, function(c) return c.frame.last_data ~= nil end, "data"),
        hint = "Drop one segment with payload." }
check { id = "first-fin", points = 1, title = "A lost first FIN is sent again, and both ends close", any = tcp,
        verify = fin_of(true), hint = "Drop the FIN of the end that closes first." }
check { id = "second-fin", points = 1, title = "A lost second FIN is sent again, and both ends close", any = tcp,
        verify = fin_of(false), hint = "Drop the FIN of the end that closes last." }

-- Does a segment carry the first number of this one: a byte, the SYN, or the FIN? PSH may be another the second time.
local function carried(again)
    return function(s)
        local flags = s.flags or ""
        local takes = s.payload + (flags:find("SYN") and 1 or 0) + (flags:find("FIN") and 1 or 0)
        return s.seq and (again.seq - s.seq) & 0xffffffff < takes
    end
end

question { id = "timer", points = 1, type = "duration", tolerance = 0.1,
    ask = "How long did the first segment that was sent again wait for that?",
    answer = function()
        local second = segments { says = "segments that were sent again", where = function(s)
            return s.retransmission or s.fast_retransmission
        end }:first()
        local c = tcp { id = second.connection }:first()
        local first = c.segments { from = second.from, frame = less_than(second.frame), where = carried(second) }[1]
        if not first then
            error(undecidable("frame %d is sent again, and what it repeats was not captured", second.frame))
        end
        return second.time - first.time, { first.frame, second.frame }, "from the first time to the second"
    end, hint = "The two segments with the same sequence number: the difference of their times." }

-- What the sheets of Rose-Hulman (STCP) and Purdue (PA2) look for.

rubric { title = "STCP" }

check { id = "41-start", points = 7, title = "A start in three steps", count = tcp { handshake = "complete" },
    at_least = 1,
        at_end = true }
check { id = "41-end", points = 5, title = "An end in four steps", any = tcp { ending = "closed" }, verify = function(c)
    local closer = c.segments { frame = c.frame.first_fin }:first()
    local acks = c.segments { from = is_not(closer.from), ack_rel = closer.seq_rel + closer.payload + 1,
                              frame = less_than(c.frame.second_fin or 0) }
    return #acks > 0 and pass(c.frame.first_fin, acks[1], c.frame.second_fin, c.frame.last_ack) or
           fail("the second FIN comes with the first ACK: three steps", c.frame.second_fin)
end }
check { id = "42", points = 1, title = "No segment above 536 bytes", none = segments { payload = more_than(536) },
    at_end = true }
-- What has come in order, counted segment by segment, and what each ACK says.
check { id = "43-in-order", points = 1, title = "ACKs say the last byte in order", each = tcp, at_end = true,
    verify = function(c)
    local come, next_byte = {}, 1
    for s in c.segments { seq_rel = known }:each() do
        if s.from == "client" and s.payload > 0 then
            come[s.seq_rel] = math.max(come[s.seq_rel] or 0, s.payload)
            while come[next_byte] do
                next_byte = next_byte + come[next_byte]
            end
        elseif s.from == "server" and s.ack_rel and s.ack_rel > next_byte + (c.frame.first_fin and 1 or 0) then
            return fail("it acknowledges up to %d, and %d is missing", s.ack_rel, next_byte, s)
        end
    end
    return pass(c)
end }
-- The right edge of the window that the other end has told so far.
local function edges(c, see)
    local edge
    for s in c.segments { seq_rel = known }:each() do
        local found = edge and see(s, edge)
        if found then
            return found
        elseif s.from == "server" and s.ack_rel then
            edge = math.max(edge or 0, s.ack_rel + s.window_size)
        end
    end
end
check { id = "43-window", points = 1, title = "Nothing outside the window is acknowledged", each = tcp,
    verify = function(c)
    return edges(c, function(s, edge)
        return s.from == "server" and s.ack_rel > edge and fail("ACK %d, and the window ends at %d", s.ack_rel, edge, s)
    end) or pass(c)
end }
check { id = "44", points = 1, title = "What reaches over the edge of the window is split there", each = tcp,
        verify = function(c)
            local over = edges(c, function(s, edge)
                return s.from == "client" and s.payload > 0 and s.seq_rel + s.payload > edge and s
            end)
            local cut = edges(c, function(s, edge)
                return s.from == "client" and s.payload > 0 and s.seq_rel + s.payload == edge and s
            end)
            if over then
                return fail("%d bytes from %d on", over.payload, over.seq_rel, over)
            end
            return cut and pass("it ends at the edge", cut) or fail("no segment comes near the edge", c)
        end }
check { id = "45-buffered", points = 1, title = "What came behind a gap is kept: one ACK covers it all", any = tcp,
        verify = function(c)
            local again = c.segments { retransmission = true, payload = at_least(1) }[1]
            if not again then
                return fail("no gap was filled", c)
            end
            local ack = c.segments { from = is_not(again.from), frame = more_than(again.frame),
                                     ack_rel = more_than(again.seq_rel) }:first()
            local kept = ack.ack_rel > again.seq_rel + again.payload
            return (kept and pass or fail)("the ACK goes up to %d", ack.ack_rel, again, ack)
        end }
check { id = "45-duplicates", points = 1, title = "Duplicates are acknowledged",
    count = segments { duplicate_ack = true },
        at_least = 1, at_end = true }
check { id = "46-isn", points = 1, title = "Neither end begins at 0 or 1", each = tcp, verify = function(c)
    local well = c.isn.client > 1 and c.isn.server > 1
    return (well and pass or fail)("%d and %d", c.isn.client, c.isn.server, c.frame.syn, c.frame.syn_ack)
end }
check { id = "46-numbers", points = 1, title = "A SYN takes one number, a pure ACK none",
    each = tcp { handshake = "complete" },
        verify = function(c)
            local data = c.segments { from = "client", payload = at_least(1) }:first()
            local well = c.segments { flags = "SYN,ACK" }:first().ack_rel == 1 and data.seq_rel == 1
            return (well and pass or fail)("the first byte has the number %d", data.seq_rel, data)
        end }
check { id = "47", points = 1, title = "Gives up after 6 timeouts", at_end = true,
    each = tcp { handshake = is_not("complete") },
        verify = function(c)
            local again = c.segments { flags = "SYN", retransmission = true }
            return (#again == 6 and pass or fail)("sent again %d times", #again, again:all())
        end }

-- What the starter test of CMU's 15-441 "TCP in the Wild" looks for.

rubric { title = "TCP in the Wild" }

check { id = "21", points = 1, title = "More than 10 " ..
    "packets", verify = function(capture) return capture.frames > 10 end,
        at_end = true }
check { id = "22", points = 1, title = "None larger than 1400", none = segments { payload = more_than(1400) },
    at_end = true }
check { id = "23", points = 1, title = "Every segment with data is acknowledged: all of them, not only the last one",
        each = tcp, verify = function(c)
            for s in c.segments { payload = at_least(1) }:each() do
                local acks = c.segments { from = is_not(s.from), frame = more_than(s.frame),
                                          ack_rel = at_least(s.seq_rel + s.payload) }
                if #acks == 0 then
                    return fail("%d is never acknowledged", s.seq_rel + s.payload, s)
                end
            end
            return pass(c)
        end }
check { id = "24", points = 1, title = "The initiator begins with a proper SYN", each = tcp, verify = function(c)
    local first = c.segments:first()
    local proper = first.from == "client" and first.flags == "SYN" and not first.ack and not first.checksum_bad
    return (proper and pass or fail)("it begins with %s", first.flags, first)
end }
check { id = "25", points = 1, title = "A valid SYN gets a valid SYN-ACK", each = tcp, verify = function(c)
    local answer = c.segments { from = "server" }[1]
    local valid = answer and answer.flags == "SYN,ACK" and answer.ack_rel == 1
    return (valid and pass or fail)("the answer is %s of %s", answer and answer.flags or "none",
                                    tostring(answer and answer.ack_rel), answer or c)
end }
check { id = "26", points = 1, title = "An invalid SYN gets no SYN-ACK", each = segments { flags = "SYN",
    checksum_bad = true },
        verify = function(syn)
            local c = tcp { id = syn.connection }:first()
            local next_syn = c.segments { flags = "SYN", frame = more_than(syn.frame) }[1]
            local behind = next_syn and next_syn.frame or c.last_frame + 1
            local answers = c.segments { flags = "SYN,ACK", frame = between(syn.frame, behind) }
            return #answers == 0 and pass("nobody answers", syn) or fail("it is answered", syn, answers[1])
        end }
check { id = "27", points = 1, title = "A lost SYN-ACK is sent again",
        count = segments { flags = "SYN,ACK", retransmission = true }, at_least = 1, at_end = true }
check { id = "28-ack", points = 1, title = "An ACK of what was never sent does not open the connection", at_end = true,
        each = segments { from = "client", ack_lost_segment = true }, verify = function(bad)
            local c = tcp { id = bad.connection }:first()
            local reply = c.segments { from = "server", frame = more_than(bad.frame) }[1]
            local refused = not reply or reply.flags == "RST" and reply.seq_rel == bad.ack_rel or
                reply.flags == "SYN,ACK"
            return (refused and pass or fail)("then comes %s", reply and reply.flags or "nothing", bad, reply or bad)
        end }
check { id = "28-syn-ack", points = 1, title = "A SYN-ACK that acknowledges nothing is refused", at_end = true,
        each = segments { flags = "SYN,ACK", ack_rel = is_not(1) }, verify = function(bad)
            local c = tcp { id = bad.connection }:first()
            local reply = c.segments { from = "client", frame = more_than(bad.frame) }[1]
            local refused = not reply or reply.flags == "RST" or reply.flags == "SYN"
            return (refused and pass or fail)("then comes %s", reply and reply.flags or "nothing", bad, reply or bad)
        end }
check { id = "29", points = 1, title = "No data before the handshake ends", at_end = true,
        none = segments { payload = at_least(1), state = { server = one_of("LISTEN", "SYN-RECEIVED") } } }
check { id = "30", points = 1, title = "Sent again after 1 to 3 round trips",
        each = segments { retransmission = true, payload = at_least(1) }, verify = function(again)
            local c = tcp { id = again.connection }:first()
            local first = c.segments { from = again.from, seq = again.seq, frame = less_than(again.frame) }:last()
            local trips = (again.time - first.time) / c.initial_rtt
            return (trips >= 1 and trips <= 3 and pass or fail)("after %.1f round trips", trips, first, again)
        end }
check { id = "31-answered", points = 1, title = "Each FIN is answered by an ACK", any = tcp,
    have = { ending = "closed" } }
check { id = "31-again", points = 1, title = "A FIN is sent again when the timer runs out", at_end = true,
        count = segments { flags = contains("FIN"), retransmission = true }, at_least = 1 }
check { id = "32", points = 1, title = "One side still sends after the other has closed", any = tcp,
    verify = function(c)
    local closer = c.frame.first_fin and c.segments { frame = c.frame.first_fin }:first()
    local after = closer and c.segments { from = is_not(closer.from), payload = at_least(1),
        frame = more_than(closer.frame) }
    return after and #after > 0 and pass(closer, after[1]) or fail("nothing is sent after the first FIN", c)
end }
check { id = "33", points = 1, title = "More than one segment in flight", at_least = 1, at_end = true,
        count = segments { payload = at_least(1), where = function(s) return (s.bytes_in_flight or
            0) > s.payload end } }
-- Random cannot be proved; what is regular can.
check { id = "34-random", points = 1, title = "Initial sequence numbers follow no pattern", at_end = true,
    verify = function()
    local isns, steps = tcp { isn = { client = known } }:values("isn.client"), {}
    for i = 2, #isns do
        steps[#steps + 1] = isns[i] - isns[i - 1] & 0xffffffff
        if steps[#steps] < 65536 then
            return fail("one follows %d behind the other", steps[#steps])
        end
    end
    return #isns >= 2 and pass("%d numbers", #isns) or fail("one connection shows no pattern")
end }
check { id = "34-synchronised", points = 1, title = "Each end begins where the other one expects it", each = tcp,
        verify = function(c)
            local answer, ack = c.segments { flags = "SYN,ACK" }[1], c.segments { from = "client",
                flags = contains("ACK") }[1]
            local well = answer and ack and answer.ack_rel == 1 and ack.ack_rel == 1 and ack.seq_rel == 1
            return (well and pass or fail)(answer or c, ack or c)
        end }

-- What Stony Brook CSE 310 asks of a sender's flows.

rubric { title = "Stony Brook CSE 310" }

local sender = tcp { client = { addr = "10.9.0.2" }, opened_by = "client" }

check { id = "14", points = 1, title = "Four flows, from SYN to FIN", count = sender { ending = "closed" }, exactly = 4,
        at_end = true }
check { id = "15", points = 1, title = "Ports and addresses of the flow", count = tcp {
    client = { addr = "10.9.0.2", port = 40000 }, server = { addr = "10.9.0.1", port = 6666 } }, exactly = 1,
        at_end = true }
check { id = "16", points = 1, title = "The first two transactions: sequence number, ACK, scaled window", any = sender,
        verify = function(c)
            local said = {}
            local after = c.segments { frame = more_than(c.frame.established or 0), payload = at_least(1) }
            for i = 1, math.min(#after, 2) do
                local s = after[i]
                local ack = c.segments { from = is_not(s.from), ack_rel = at_least(s.seq_rel + s.payload) }:first()
                said[#said + 1] = string.format("%d %d %d/%d %d %d", s.seq_rel, s.ack_rel, s.window_size, ack.seq_rel,
                                                ack.ack_rel, ack.window_size)
            end
            local all = table.concat(said, ", ")
            local right = all == "1 1 64256/1 6 65280, 1 6 65280/6 6 64256"
            return (right and pass or fail)(all, after:all())
        end }
-- Payload alone, or with headers: students disagree, and both are right.
check { id = "17", points = 1, title = "Throughput of the " ..
    "flow", any = sender { stream_bytes = { client = at_least(1) } },
        at_end = true, verify = function(c)
    local data = c.segments { from = "client", payload = at_least(1) }
    local seconds = c.segments { from = "server",
        ack_rel = at_least(c.stream_bytes.client + 1) }:first().time - data:first().time
    local plain, whole = c.stream_bytes.client / seconds, c.frame_bytes.client / seconds
    local right = math.abs(plain - 70000) < 700
    return (right and whole > plain and pass or fail)("%.0f B/s, with headers %.0f", plain, whole, data:first())
end }
-- Bytes that left in each of the first three round trips after the handshake.
check { id = "18", points = 1, title = "Three estimates of the congestion window, each at least the one before",
        any = sender { stream_bytes = { client = at_least(1) } },
        at_end = true, verify = function(c)
            local sums = { 0, 0, 0 }
            local data = c.segments { from = "client", payload = at_least(1) }
            local start = data:first().time
            for s in data:each() do
                local trip = math.floor((s.time - start) / c.initial_rtt) + 1
                sums[trip] = sums[trip] and sums[trip] + s.payload
            end
            local grows = sums[1] > 0 and sums[2] >= sums[1] and sums[3] >= sums[2]
            return (grows and pass or fail)("%d, %d, %d B", sums[1], sums[2], sums[3], data:first())
        end }
check { id = "19", points = 1, title = "One retransmission after three duplicate ACKs",
        count = segments { fast_retransmission = true }, exactly = 1, at_end = true }
check { id = "20", points = 1, title = "Retransmissions by timeout", at_least = 1, at_end = true,
        count = segments { retransmission = true, fast_retransmission = false, payload = at_least(1) } }

-- Kurose & Ross, TCP lab: a file sent over HTTP.
-- One upload of a text file, captured at the client.
-- The numbers are those of the lab's questions. Sequence numbers count from the SYN (0), as Wireshark shows them; the
-- raw ones are as right.

rubric { title = "Kurose & Ross, TCP lab", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local WANTED = 6                    -- segments that the lab follows

local found                         -- the upload, once it is found: its connection, what was sent, the ACKs

-- Where the first bytes were not captured, it is not known to be one: other connections may have the upload.
local function posts(c)
    local known_bytes, begins = pcall(function() return c.stream.client:begins_with("POST") end)
    return known_bytes and begins
end

-- The upload: who sent a POST, of these who sent most; a lone SYN to another host, or a short request, is none.
local function upload()
    if not found then
        local data = tcp { stream_bytes = { client = at_least(1) } }
        local post = data { where = posts }
        found = { c = (#post > 0 and post or data):greatest("stream_bytes.client") }
    end
    return found.c
end

-- The client's segments with data, in the order in which they were sent, as plain tables: a capture may hold many.
local function sent()
    local c = upload()
    if not found.sent then
        local made = {}
        for s in c.segments { from = "client", payload = at_least(1) }:each() do
            if not s.seq_rel then
                error(undecidable("the SYN of connection %d was not captured: its data cannot be numbered", c.id))
            end
            made[#made + 1] = { seq_rel = s.seq_rel, seq = s.seq, payload = s.payload, frame = s.frame, time = s.time }
        end
        found.sent = #made > 0 and made or error(undecidable("connection %d carries no data of the client's", c.id))
    end
    return found.sent
end

local function no_reset(flags)
    return flags and not flags:find("RST")
end

-- The server's acknowledgements.
local function acks()
    local c = upload()
    if not found.acks then
        local made = {}
        for s in c.segments { from = "server", ack_rel = known, flags = no_reset }:each() do
            made[#made + 1] = { ack_rel = s.ack_rel, frame = s.frame, time = s.time }
        end
        found.acks = made
    end
    return found.acks
end

-- The first segments with data, each as it was sent first: what was sent again is left out.
local function data_segments(most)
    local made, behind = {}, 1
    for _, s in ipairs(sent()) do
        if s.seq_rel >= behind and #made < most then
            made[#made + 1], behind = s, s.seq_rel + s.payload
        end
    end
    return made
end

-- The first ACK of the server's that covers a segment of the client's.
local function ack_of(s)
    for _, ack in ipairs(acks()) do
        if ack.frame > s.frame and ack.ack_rel >= s.seq_rel + s.payload then
            return ack
        end
    end
    error(undecidable("no ACK of frame %d was captured", s.frame))
end

-- What is asked of each of the first six, as a list: what(segment, the value of the one before): value, its frame.
local function of_six(what, why)
    return function()
        local values, frames = {}, {}
        for i, s in ipairs(data_segments(WANTED)) do
            local value, frame = what(s, values[i - 1])
            values[i], frames[#frames + 1] = value, s.frame
            frames[#frames + 1] = frame
        end
        return values, frames, why
    end
end

-- From a segment to its ACK. Where it was sent again in between, nobody knows which of the two is answered (Karn).
local function rtt(s)
    local ack = ack_of(s)
    for _, again in ipairs(sent()) do
        if again.frame > s.frame and again.frame < ack.frame and again.seq_rel <= s.seq_rel and
           again.seq_rel + again.payload > s.seq_rel then
            error(undecidable("frame %d was sent again in frame %d: which of them its ACK answers, cannot be told",
                              s.frame, again.frame))
        end
    end
    return ack.time - s.time, ack.frame
end

-- --- 1 to 3: who talks to whom ---

local function end_of(side, part)
    return function()
        local c = upload()
        return c[side][part], c.first_frame, "the " .. side .. " of the upload, connection " .. c.id
    end
end

local function other_end(side, part)
    return { { function() return upload()[side][part] end, "That is the other end's." } }
end

question { id = "1-address", points = 1, type = "address", ask = "1. IP address of the client that sent the file",
    answer = end_of("client", "addr"), wrong = other_end("server", "addr"),
    hint = "Find the segment with POST in it (filter: http or tcp.port == 80) and look at the source in its IP " ..
        "header." }
question { id = "1-port", points = 1, type = "port", ask = "1. TCP port of the client that sent the file",
    answer = end_of("client", "port"), wrong = other_end("server", "port"),
    hint = "The same segment: the source port in its TCP header." }
question { id = "2-address", points = 1, type = "address", ask = "2. IP address of the server",
    answer = end_of("server", "addr"), wrong = other_end("client", "addr"),
    hint = "Where the client's segments go: the destination in their IP headers." }
question { id = "2-port", points = 1, type = "port", ask = "2. TCP port of the server for this connection",
    answer = end_of("server", "port"), wrong = other_end("client", "port"),
    hint = "The destination port of the client's segments; HTTP has one of its own." }
question { id = "3-address", points = 1, type = "address", ask = "3. In your own capture: IP address of your computer",
    answer = end_of("client", "addr"), wrong = other_end("server", "addr"),
    hint = "As 1, in the capture that you have made yourself." }
question { id = "3-port", points = 1, type = "port", ask = "3. In your own capture: TCP port of your computer",
    answer = end_of("client", "port"), wrong = other_end("server", "port"),
    hint = "As 1; your system chose it when the browser called connect()." }

-- --- 4 and 5: the handshake ---

-- What get() finds in the segment of a moment: "syn", "syn_ack".
local function of_moment(name, get, why)
    return function()
        local c = upload()
        local frame = c.frame[name] or error(undecidable("the handshake of connection %d was not captured whole", c.id))
        local s = c.segments { frame = frame }:first()
        return get(s), s, why
    end
end

question { id = "4-seq", points = 1, type = "number", ask = "4. Sequence number of the SYN that opens the connection",
    answer = of_moment("syn", function(s) return s.seq_rel end, "relative numbers count from the client's ISN: the " ..
        "SYN has 0"),
    also = { of_moment("syn", function(s) return s.seq end) },
    hint = "The first segment of the connection, `Sequence Number`: relative, or the raw number below it." }
question { id = "4-flags", points = 1, type = "flags", ask = "4. What in the segment makes it a SYN? (flags that " ..
    "are set)",
    answer = of_moment("syn", function(s) return s.flags end, "SYN is set, and ACK is not: nothing has been " ..
        "received yet"),
    hint = "Open `Flags` in the TCP header, and see which bits are 1." }
question { id = "5-seq", points = 1, type = "number", ask = "5. Sequence number of the SYN-ACK",
    answer = of_moment("syn_ack", function(s) return s.seq_rel end, "the server counts from an ISN of its own: its " ..
        "SYN has 0"),
    also = { of_moment("syn_ack", function(s) return s.seq end) },
    hint = "The server's first segment; it numbers its own bytes, from a start of its own." }
question { id = "5-ack", points = 1, type = "number", ask = "5. Acknowledgement number in the SYN-ACK",
    answer = of_moment("syn_ack", function(s) return s.ack_rel end, "the SYN takes one number: the client's ISN + " ..
        "1 is expected next"),
    also = { of_moment("syn_ack", function(s) return s.ack end) },
    wrong = { { 0, "A SYN takes one sequence number, so what is expected next is one more." } },
    hint = "`Acknowledgment Number` of the same segment: what the server expects next." }
question { id = "5-how", points = 1, type = "choice", ask = "5. How did the server determine that acknowledgement " ..
    "number?",
    choices = { "sequence number of the SYN", "its own sequence number + 1", "sequence number of the SYN + 1",
                "it was chosen at random" },
    answer = 3, why = "the SYN takes one sequence number, though it carries no data",
    hint = "Compare it with the sequence number of the SYN, raw numbers with raw numbers." }
question { id = "5-flags", points = 1, type = "flags", ask = "5. What in the segment makes it a SYN-ACK? (flags " ..
    "that are set)",
    answer = of_moment("syn_ack", function(s) return s.flags end, "SYN and ACK are set in one segment"),
    hint = "Open `Flags` in the server's first segment." }

-- --- 6 to 8: the first six segments with data ---

question { id = "6-seq", points = 1, type = "number", ask = "6. Sequence number of the segment that holds the HTTP " ..
    "POST",
    answer = function()
        local first = data_segments(1)[1]
        return first.seq_rel, first.frame, "the first byte of the stream, behind the SYN"
    end,
    also = { function() return data_segments(1)[1].seq end },
    wrong = { { 0, "0 is the SYN's number; the first byte of data comes behind it." } },
    hint = "Look into the bytes at the foot of the window: the segment whose data begins with POST." }
question { id = "7-seq", points = 2, type = "list", of = "number", partial = true,
    ask = "7. Sequence numbers of the first six segments with data (the POST is the first)",
    answer = of_six(function(s) return s.seq_rel end, "each is the one before, plus its bytes"),
    also = { of_six(function(s) return s.seq end) },
    hint = "Only segments from the client with Len above 0; those without are ACKs." }
question { id = "7-sent", points = 2, type = "list", of = "duration", tolerance = 0.02, partial = true,
    ask = "7. When was each of the six sent? (seconds after the first frame)",
    answer = of_six(function(s) return s.time end, "the times of these frames, from the first frame on"),
    hint = "The time column, as seconds since the beginning of the capture." }
question { id = "7-acked", points = 2, type = "list", of = "duration", tolerance = 0.02, partial = true,
    ask = "7. When did the ACK of each of the six come? (seconds after the first frame)",
    answer = of_six(function(s)
        local ack = ack_of(s)
        return ack.time, ack.frame
    end, "the first segment of the server whose acknowledgement number covers the last byte"),
    hint = "The first ACK whose number is at least sequence number + length of the segment." }
question { id = "7-rtt", points = 2, type = "list", of = "duration", tolerance = 0.02, partial = true,
    ask = "7. RTT of each of the six",
    answer = of_six(rtt, "from the segment to the first ACK that covers it"),
    hint = "When its ACK came, less when it was sent." }
question { id = "7-estimated", points = 2, type = "list", of = "duration", tolerance = 0.02, partial = true,
    ask = "7. EstimatedRTT after the ACK of each of the six (alpha 0.125; the first RTT is the first estimate)",
    answer = of_six(function(s, before)
        local sample, frame = rtt(s)
        return before and 0.875 * before + 0.125 * sample or sample, frame
    end, "EstimatedRTT = 0.875 * EstimatedRTT + 0.125 * SampleRTT (RFC 6298 2)"),
    hint = "Begin with the first RTT; then 7/8 of the estimate so far and 1/8 of the new RTT." }
question { id = "8-lengths", points = 2, type = "list", of = "number", partial = true,
    ask = "8. Length (bytes of data) of each of the six",
    answer = of_six(function(s) return s.payload end, "bytes behind the TCP header, without Ethernet's padding"),
    hint = "`TCP Segment Len`: headers, and what Ethernet puts behind a short frame, do not count." }

-- --- 9 to 12: window, losses, ACKs, throughput ---

question { id = "9-window", points = 1, type = "number", unit = "B", ask = "9. The least buffer space that the " ..
    "server advertised",
    answer = function()
        local c = upload()
        local told = c.segments { from = "server", window_size = known, flags = no_reset }
        if #told == 0 then
            return undecidable("the SYNs of connection %d were not captured, so the scale of its windows is not known",
                c.id)
        end
        local least = told:least("window_size")
        return least.window_size, least, "the least `Window` of the server's segments, scaled where a scale was " ..
            "agreed on"
    end,
    also = { function()
        return upload().segments { from = "server", flags = no_reset }:min("window")
    end },
    hint = "Sort the server's segments by `Calculated window size`; it often starts low and grows." }
question { id = "9-throttled", points = 1, type = "truth", ask = "9. Did the lack of receiver buffer ever throttle " ..
    "the sender?",
    answer = function()
        local c = upload()
        local full = c.segments { where = function(s)
            return s.from == "client" and s.window_full or s.from == "server" and s.zero_window
        end }
        if #full > 0 then
            return true, full:first(), "the window was full: nothing more could be sent until the server opened it"
        elseif #c.segments { from = "server", window_size = known, flags = no_reset } == 0 then
            return undecidable("the SYNs of connection %d were not captured, so the scale of its windows is not known",
                c.id)
        end
        return false, nil, "no segment filled the window that the server had advertised, and it was never 0"
    end,
    hint = "Compare the bytes in flight with the window; Wireshark marks `TCP Window Full` and `TCP ZeroWindow`." }

local function sent_again(c)
    return c.segments { from = "client", payload = at_least(1), where = function(s)
        return s.retransmission or s.fast_retransmission or s.spurious_retransmission
    end }
end

question { id = "10-retransmitted", points = 1, type = "truth", ask = "10. Were segments of the upload retransmitted?",
    answer = function()
        local again = sent_again(upload())
        if #again > 0 then
            return true, again:all(), "sequence numbers that had been sent before"
        end
        return false, nil, "the sequence numbers of the client only go up"
    end,
    hint = "In the time-sequence graph (Stevens) a point that lies lower than one to its left." }
question { id = "10-how", points = 1, type = "choice", ask = "10. What did you look for to find that out?",
    choices = { "an ACK with a number that was sent before",
                "a segment with a sequence number that was sent before", "a gap of more than a second",
                "a segment with the PSH flag" },
    answer = 2, why = "what is sent again has its old number; the same ACK twice shows only that something is missing",
    hint = "What does a retransmission have in common with what it repeats?" }

-- New data that each ACK of the server covers: list of { bytes, from, to, frame, time }.
local function ack_steps()
    local made, before, last = {}, 1, 1
    for _, s in ipairs(sent()) do
        last = math.max(last, s.seq_rel + s.payload)
    end
    for _, ack in ipairs(acks()) do
        local covered = math.min(ack.ack_rel, last)         -- a FIN takes a number, and is no byte
        if covered > before then
            made[#made + 1] = { bytes = covered - before, from = before, to = covered, frame = ack.frame, time = ack.time }
            before = covered
        end
    end
    return #made > 0 and made or error(undecidable("no ACK of the data was captured"))
end

-- How much one ACK covers, the most frequent amount first, and how often.
local function amounts()
    local counts, made = {}, {}
    for _, step in ipairs(ack_steps()) do
        if not counts[step.bytes] then
            made[#made + 1] = step.bytes
        end
        counts[step.bytes] = (counts[step.bytes] or 0) + 1
    end
    table.sort(made, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
    return made, counts
end

question { id = "11-bytes", points = 1, type = "number", unit = "B",
    ask = "11. How much data does the receiver typically acknowledge in an ACK? (the most frequent amount)",
    answer = function()
        local most, frames = amounts()[1], {}
        for _, step in ipairs(ack_steps()) do
            frames[#frames + 1] = step.bytes == most and step.frame or nil
        end
        return most, frames, "the difference between one acknowledgement number and the next"
    end,
    also = { function()             -- one segment or two: where both are frequent, both are typical
        local made, counts = amounts()
        return made[2] and 3 * counts[made[2]] >= counts[made[1]] and counts[made[2]] > 1 and made[2] or nil
    end },
    hint = "Subtract each acknowledgement number of the server's from the next one." }
question { id = "11-every-other", points = 1, type = "truth",
    ask = "11. Is there a case where the receiver acknowledges every other segment (two at once)?",
    answer = function()
        local segments_sent, at, frames = data_segments(math.huge), 1, {}
        for _, step in ipairs(ack_steps()) do
            local count = 0
            while segments_sent[at] and segments_sent[at].seq_rel + segments_sent[at].payload <= step.to do
                count, at = count + (segments_sent[at].seq_rel >= step.from and 1 or 0), at + 1
            end
            frames[#frames + 1] = count >= 2 and step.frame or nil
        end
        return #frames > 0, frames, #frames > 0 and "these ACKs cover two segments or more (RFC 1122 4.2.3.2)" or
               "each ACK covers one segment"
    end,
    hint = "An ACK whose number goes up by two segments' lengths." }
question { id = "12-throughput", points = 2, type = "number", unit = "B/s", tolerance = 0.03,
    ask = "12. Throughput of the upload (bytes of data per unit of time)",
    answer = function()
        local first, steps = data_segments(1)[1], ack_steps()
        local bytes, last = 0, steps[#steps]
        for _, step in ipairs(steps) do
            bytes = bytes + step.bytes
        end
        local seconds = last.time - first.time
        if seconds <= 0 then
            return undecidable("the whole upload took no time that this capture's clock shows")
        end
        return bytes / seconds, { first.frame, last.frame },
               string.format("%d bytes acknowledged in %.6g s: from the first data segment to the ACK of the last one",
                   bytes,
                             seconds)
    end,
    hint = "Bytes: the last acknowledgement number less the first sequence number of data. Time: between these two " ..
        "frames." }
question { id = "12-how", points = 1, type = "choice", ask = "12. How did you compute it?",
    choices = { "the length of one segment, divided by its RTT", "the greatest window, divided by the RTT",
                "all frames with their headers, divided by the RTT",
                "data acknowledged, divided by the time from the first data segment to the last ACK" },
    answer = 4, why = "throughput is what was delivered over how long it took",
    hint = "Which bytes were delivered, and between which two moments?" }
question { id = "13-phases", points = 2, type = "human",
    ask = "13. Where does slow start begin and end in the time-sequence graph, and where does congestion avoidance " ..
        "take over?",
    why = "a person judges what was read off the graph", hint = "synfin --play, key 7 (Graphs): groups of segments " ..
        "that double each RTT are slow start." }

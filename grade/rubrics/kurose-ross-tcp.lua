-- Kurose & Ross, TCP lab: an upload (versions 6.0 to 8.0).
-- One upload of a text file, captured at the client.
-- A question's id begins with its number in the versions 6.0, 7.0 and 8.0 of the lab. The versions 8.1 and 9, where it
-- has SACK in question 3, number and ask otherwise: kurose-ross-tcp-9. Their 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12 are 4,
-- 5, 6, 7, 8, 9, 10, 11, 12 and 13 here.
-- Sequence numbers count from the SYN (0), as Wireshark shows them; the raw ones are as right.

rubric { title = "Kurose & Ross, TCP lab", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local WANTED = 6                    -- segments that the lab follows

local found                         -- what the client sent, once it is looked for
local function sent()
    found = found or upload("POST ")
    return found
end

-- Why an answer is right; where no POST was found, what is looked at instead.
local function because(why)
    return why and sent().lacks and "no POST is here, so this is of the client that sends most: " .. why or why
end

local function first_of_post()
    return not sent().lacks and sent():segments(1)[1] or
           error(undecidable("no POST is here: no segment of a client's begins with it"))
end

-- What is asked of each of the first six, as a list: what(segment, the value of the one before): value, its frame.
local function of_six(what, why)
    return function()
        local values, frames = {}, {}
        for i, s in ipairs(sent():segments(WANTED)) do
            local value, frame = what(s, values[i - 1])
            values[i], frames[#frames + 1] = value, s.frame
            frames[#frames + 1] = frame
        end
        return values, frames, because(why)
    end
end

local function rtt(s)
    local seconds, ack = sent():round_trip(s)
    return seconds, ack.frame
end

-- --- 1 to 3: who talks to whom ---

local function end_of(side, part)
    return function()
        local c = sent().connection
        return c[side][part], c.first_frame, because("the " .. side .. " of the upload, connection " .. c.id)
    end
end

local function other_end(side, part)
    return { { function() return sent().connection[side][part] end, "That is the other end's." } }
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
        local s = sent():moment(name)
        return get(s), s, because(why)
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
    also = { "SYN" },               -- beside which ECE and CWR may be set (RFC 3168 6.1.1)
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
    also = { "SYN,ACK" },
    hint = "Open `Flags` in the server's first segment." }

-- --- 6 to 8: the first six segments with data ---

local WHERE_WHOLE = "There Wireshark shows the request put together; it begins many segments earlier."

local function last_segment()
    local all = sent():segments()
    return all[#all]
end

-- The lengths of the six by another count, which is not what is asked.
local function lengths(more)
    return function()
        local made = {}
        for i, s in ipairs(sent():segments(WANTED)) do
            made[i] = s.payload + s.header_length + more
        end
        return made
    end
end

question { id = "6-seq", points = 1, type = "number", ask = "6. Sequence number of the segment that holds the HTTP " ..
    "POST",
    answer = function()
        local first = first_of_post()
        return first.seq_rel, first.frame, "the first byte of the request; the stream's first is 1, behind the SYN"
    end,
    also = { function() return first_of_post().seq end },
    wrong = { { 0, "0 is the SYN's number; the first byte of data comes behind it." },
              { function() return last_segment().seq_rel end, WHERE_WHOLE },
              { function() return last_segment().seq end, WHERE_WHOLE } },
    hint = "Look into the bytes at the foot of the window: the segment whose data begins with POST." }
question { id = "7-seq", points = 2, type = "list", of = "number", partial = true,
    ask = "7. Sequence numbers of the first six segments with data (the POST is the first)",
    answer = of_six(function(s) return s.seq_rel end, "each is the one before, plus its bytes"),
    also = { of_six(function(s) return s.seq end) },
    hint = "Only segments from the client with Len above 0; those without are ACKs." }
question { id = "7-sent", points = 2, type = "list", of = "duration", margin = 0.001, partial = true,
    ask = "7. When was each of the six sent? (seconds after the first frame)",
    answer = of_six(function(s) return s.time end, "the times of these frames, from the first frame on"),
    hint = "The time column, as seconds since the beginning of the capture." }
question { id = "7-acked", points = 2, type = "list", of = "duration", margin = 0.001, partial = true,
    ask = "7. When did the ACK of each of the six come? (seconds after the first frame)",
    answer = of_six(function(s)
        local ack = sent():ack_of(s)
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
    wrong = { { lengths(0), "That is with the TCP header; its bytes are no data." },
              { lengths(20), "That is with the headers of IP and TCP; their bytes are no data." },
              { lengths(34), "That is the whole frame; the headers are no data." } },
    hint = "`TCP Segment Len`: headers, and what Ethernet puts behind a short frame, do not count." }

-- --- 9 to 12: window, losses, ACKs, throughput ---

local function no_reset(flags)
    return flags and not flags:find("RST")
end

question { id = "9-window", points = 1, type = "number", unit = "B", ask = "9. The least buffer space that the " ..
    "server advertised",
    answer = function()
        local c = sent().connection
        local told = c.segments { from = "server", window_size = known, flags = no_reset }
        if #told == 0 then
            return undecidable("the SYNs of connection %d were not captured, so the scale of its windows is not known",
                c.id)
        end
        must_be_whole()
        local least = told:least("window_size")
        return least.window_size, least, because("the least `Window` of the server's segments, scaled where a scale " ..
                                                 "was agreed on")
    end,
    also = { function()
        return sent().connection.segments { from = "server", flags = no_reset }:min("window")
    end },
    hint = "Sort the server's segments by `Calculated window size`; it often starts low and grows." }
question { id = "9-throttled", points = 1, type = "truth", ask = "9. Did the lack of receiver buffer ever throttle " ..
    "the sender?",
    answer = function()
        local c = sent().connection
        local full = c.segments { where = function(s)
            return s.from == "client" and s.window_full or s.from == "server" and s.zero_window
        end }
        if #full > 0 then
            return true, full:first(), because("the window was full: nothing more could be sent until the server " ..
                                               "opened it")
        elseif #c.segments { from = "server", window_size = known, flags = no_reset } == 0 then
            return undecidable("the SYNs of connection %d were not captured, so the scale of its windows is not known",
                c.id)
        end
        must_be_whole()
        return false, nil, because("no segment filled the window that the server had advertised, and it was never 0")
    end,
    hint = "Compare the bytes in flight with the window; Wireshark marks `TCP Window Full` and `TCP ZeroWindow`." }

local function sent_again(c)
    return c.segments { from = "client", payload = at_least(1), where = function(s)
        return s.retransmission or s.fast_retransmission or s.spurious_retransmission
    end }
end

question { id = "10-retransmitted", points = 1, type = "truth", ask = "10. Were segments of the upload retransmitted?",
    answer = function()
        local again = sent_again(sent().connection)
        if #again > 0 then
            return true, again:all(), because("sequence numbers that had been sent before")
        end
        must_be_whole()
        return false, nil, because("the sequence numbers of the client only go up")
    end,
    hint = "In the time-sequence graph (Stevens) a point that lies lower than one to its left." }
question { id = "10-how", points = 1, type = "choice", ask = "10. What did you look for to find that out?",
    choices = { "an ACK with a number that was sent before",
                "a segment with a sequence number that was sent before", "a gap of more than a second",
                "a segment with the PSH flag" },
    answer = 2, why = "what is sent again has its old number; the same ACK twice shows only that something is missing",
    hint = "What does a retransmission have in common with what it repeats?" }

question { id = "11-bytes", points = 1, type = "number", unit = "B",
    ask = "11. How much data does the receiver typically acknowledge in an ACK? (the most frequent amount)",
    answer = function()
        must_be_whole()
        local most, frames = sent():amounts()[1], {}
        for _, step in ipairs(sent():steps()) do
            frames[#frames + 1] = step.bytes == most and step.frame or nil
        end
        return most, frames, because("the difference between one acknowledgement number and the next")
    end,
    also = { function() return sent():typical(1) end, function() return sent():typical(2) end },
    hint = "Subtract each acknowledgement number of the server's from the next one." }
question { id = "11-every-other", points = 1, type = "truth",
    ask = "11. Is there a case where the receiver acknowledges every other segment (two at once)?",
    answer = function()
        local frames = {}
        for _, step in ipairs(sent():steps()) do
            frames[#frames + 1] = step.segments >= 2 and step.frame or nil
        end
        if #frames == 0 then
            must_be_whole()
        end
        return #frames > 0, frames, because(#frames > 0 and
                                            "these ACKs cover two segments or more (RFC 1122 4.2.3.2)" or
                                            "each ACK covers one segment")
    end,
    hint = "An ACK whose number goes up by two segments' lengths." }
question { id = "12-throughput", points = 2, type = "number", unit = "B/s", tolerance = 0.03,
    ask = "12. Throughput of the upload (bytes of data per unit of time)",
    answer = function()
        local bytes, seconds, first, last = sent():delivered()
        if seconds <= 0 then
            return undecidable("the whole upload took no time that this capture's clock shows")
        end
        return bytes / seconds, { first.frame, last.frame },
               because(string.format("%d bytes acknowledged in %.6g s: from the first data segment to the ACK of " ..
                                     "the last one", bytes, seconds))
    end,
    also = { function() return (sent():delivered()) / sent().connection.duration end },      -- of the whole connection
    wrong = { { function() return (sent():delivered()) / (last_segment().time - sent():segments(1)[1].time) end,
                "That is how fast it was sent; it is delivered when the last ACK has come." } },
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

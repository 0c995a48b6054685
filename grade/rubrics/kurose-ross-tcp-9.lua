-- Kurose & Ross, TCP lab: an upload (versions 8.1 and 9).
-- One upload of a text file, captured at the client.
-- A question's id begins with its number in the versions 8.1 and 9 of the lab, which ask for the raw sequence number,
-- SACK and the first four segments; 6.0 to 8.0 number and ask otherwise: kurose-ross-tcp.

rubric { title = "Kurose & Ross, TCP lab, versions 8.1 and 9",
         submission = { capture = "*.pcap*", answers = "answers.txt" } }

local FEW, MORE = 4, 10             -- segments that questions 7 and 8 look at, and question 10

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

local function data_segment(n)
    return sent():segments(n)[n] or
           error(undecidable("connection %d has no %d segments with data", sent().connection.id, n))
end

local function last_segment()
    local all = sent():segments()
    return all[#all]
end

local WHERE_WHOLE = "There Wireshark shows the request put together; it begins many segments earlier."

-- --- 1 and 2: who talks to whom ---

local function ends(number, side, who)
    local other = side == "client" and "server" or "client"
    for part, hint in pairs { addr = "IP header", port = "TCP header" } do
        local name = part == "addr" and "address" or "port"
        question { id = number .. "-" .. name, points = 1, type = name,
            ask = number .. ". " .. (part == "addr" and "IP address" or "TCP port") .. " of the " .. who,
            answer = function()
                local c = sent().connection
                return c[side][part], c.first_frame, because("the " .. side .. " of the upload, connection " .. c.id)
            end,
            wrong = { { function() return sent().connection[other][part] end, "That is the other end's." } },
            hint = "The segment whose data begins with POST: " .. (side == "client" and "source" or "destination") ..
                " in its " .. hint .. "." }
    end
end
ends(1, "client", "client that sent the file")
ends(2, "server", "server")

-- --- 3 and 4: the handshake ---

local function of_moment(name, get, why)
    return function()
        local s = sent():moment(name)
        return get(s), s, because(why)
    end
end

question { id = "3-seq", points = 1, type = "number", ask = "3. Sequence number of the SYN (the raw one)",
    answer = of_moment("syn", function(s) return s.seq end, "the client's initial sequence number"),
    wrong = { { 0, "That is the relative number; asked is what stands in the segment." } },
    hint = "`Sequence Number (raw)`, in the TCP header of the first segment." }
question { id = "3-flags", points = 1, type = "flags", ask = "3. What in it makes it a SYN? (flags that are set)",
    answer = of_moment("syn", function(s) return s.flags end, "SYN is set, and ACK is not"),
    also = { "SYN" },               -- beside which ECE and CWR may be set (RFC 3168 6.1.1)
    hint = "Open `Flags` in the TCP header, and see which bits are 1." }
question { id = "3-sack", points = 1, type = "truth",
    ask = "3. Will the receiver be able to use selective acknowledgements (SACK)?",
    answer = function()
        local c = sent().connection
        local syn, syn_ack = sent():moment("syn"), sent():moment("syn_ack")
        local both = c.sack_permitted.client and c.sack_permitted.server or false
        return both, { syn.frame, syn_ack.frame }, because(both and "both SYNs have the option SACK permitted" or
               "not both SYNs have the option SACK permitted (RFC 2018 2)")
    end,
    hint = "The options of the SYN and of the SYN-ACK: both must permit it." }
question { id = "4-seq", points = 1, type = "number", ask = "4. Sequence number of the SYN-ACK",
    answer = of_moment("syn_ack", function(s) return s.seq end, "the server's initial sequence number"),
    also = { of_moment("syn_ack", function(s) return s.seq_rel end) },
    hint = "The server's first segment; it numbers its own bytes, from a start of its own." }
question { id = "4-flags", points = 1, type = "flags", ask = "4. What in it makes it a SYN-ACK? (flags that are set)",
    answer = of_moment("syn_ack", function(s) return s.flags end, "SYN and ACK are set in one segment"),
    also = { "SYN,ACK" },
    hint = "Open `Flags` in the server's first segment." }
question { id = "4-ack", points = 1, type = "number", ask = "4. Acknowledgement number in the SYN-ACK",
    answer = of_moment("syn_ack", function(s) return s.ack end, "the SYN takes one number: the next one is expected"),
    also = { of_moment("syn_ack", function(s) return s.ack_rel end) },
    wrong = { { of_moment("syn", function(s) return s.seq end), "A SYN takes one sequence number, so what is " ..
        "expected next is one more." } },
    hint = "`Acknowledgment Number` of the same segment: what the server expects next." }
question { id = "4-how", points = 1, type = "choice", ask = "4. How did the server determine that number?",
    choices = { "sequence number of the SYN", "its own sequence number + 1", "sequence number of the SYN + 1",
                "it was chosen at random" },
    answer = 3, why = "the SYN takes one sequence number, though it carries no data",
    hint = "Compare it with the sequence number of the SYN, raw numbers with raw numbers." }

-- --- 5 and 6: the segment that holds the POST, and the one behind it ---

question { id = "5-seq", points = 1, type = "number", ask = "5. Sequence number of the segment with the header of " ..
    "the HTTP POST",
    answer = function()
        return first_of_post().seq, first_of_post().frame, "the segment whose data begins with POST"
    end,
    also = { function() return first_of_post().seq_rel end },
    wrong = { { function() return last_segment().seq end, WHERE_WHOLE },
              { function() return last_segment().seq_rel end, WHERE_WHOLE } },
    hint = "Look into the bytes at the foot of the window: the segment whose data begins with POST." }
question { id = "5-payload", points = 1, type = "number", unit = "B", ask = "5. Bytes of data in that segment",
    answer = function() return first_of_post().payload, first_of_post().frame, "bytes behind the TCP header" end,
    wrong = { { function() return last_segment().payload end, WHERE_WHOLE } },
    hint = "`TCP Segment Len` of that segment." }
question { id = "5-fits", points = 1, type = "truth", ask = "5. Did all of the file fit into this one segment?",
    answer = function()
        local first, all = first_of_post(), sent():segments()
        return #all == 1, all[2] and all[2].frame or first.frame, #all .. " segments carry the upload"
    end,
    hint = "Does the client send data after it?" }

-- A moment is asked to the millisecond; how long something takes, to a fiftieth.
local moment, span = { margin = 0.001 }, { tolerance = 0.02 }

local function timed(id, precision, ask, hint, get, why, wrong)
    question { id = id, points = 1, type = "duration", tolerance = precision.tolerance,
        margin = precision.margin, ask = ask, hint = hint, wrong = wrong,
        answer = function()
            local value, frames = get()
            return value, frames, because(why)
        end }
end

local function rtt(n)
    local s = data_segment(n)
    local seconds, ack = sent():round_trip(s)
    return seconds, { s.frame, ack.frame }
end

timed("6-sent", moment, "6. When was the first segment, the one with the POST, sent? (seconds after the first frame)",
    "The time column, as seconds since the beginning of the capture.",
    function() return data_segment(1).time, data_segment(1).frame end, "its time, from the first frame on",
    { { function() return last_segment().time end, WHERE_WHOLE } })
timed("6-acked", moment, "6. When did its ACK come?",
    "The first ACK whose number is at least sequence number + length.",
    function()
        local ack = sent():ack_of(data_segment(1))
        return ack.time, ack.frame
    end, "the first segment of the server whose acknowledgement number covers its last byte")
timed("6-rtt", span, "6. RTT of the first segment", "When its ACK came, less when it was sent.",
    function() return rtt(1) end, "from the segment to the first ACK that covers it")
timed("6-rtt-second", span, "6. RTT of the second segment with data", "The same for the second one, and its own ACK.",
    function() return rtt(2) end, "from the segment to the first ACK that covers it")
timed("6-estimated", span,
    "6. EstimatedRTT after the ACK of the second one (alpha 0.125; the first RTT is the first estimate)",
    "7/8 of the first RTT and 1/8 of the second.",
    function()
        local first, frames = rtt(1)
        local second, more = rtt(2)
        return 0.875 * first + 0.125 * second, { frames, more }
    end, "EstimatedRTT = 0.875 * EstimatedRTT + 0.125 * SampleRTT (RFC 6298 2)")

-- --- 7 to 11: lengths, window, losses, ACKs, throughput ---

-- Lengths of the first four: the payload, and what else is counted.
local function lengths(more)
    return function()
        local values, frames = {}, {}
        for i, s in ipairs(sent():segments(FEW)) do
            values[i], frames[i] = s.payload + more(s), s.frame
        end
        return values, frames, because("bytes of the TCP header, with its options, and of the payload")
    end
end

question { id = "7-lengths", points = 2, type = "list", of = "number", partial = true,
    ask = "7. Length (header plus payload) of each of the first four segments with data",
    answer = lengths(function(s) return s.header_length end),
    also = { lengths(function() return 0 end) },        -- what Wireshark calls the segment's length
    wrong = { { lengths(function(s) return s.header_length + 34 end), "That is the whole frame, with the headers of " ..
        "Ethernet and IP." } },
    hint = "`Header Length` of TCP and `TCP Segment Len`, added." }

-- The ACKs of the first four.
local function acks_of_few()
    local made, upload_sent = {}, sent()
    for i, s in ipairs(upload_sent:segments(FEW)) do
        made[i] = upload_sent:ack_of(s)
    end
    return made
end

-- The least window of these ACKs, by name: "window_size", scaled, or "window", as it stands there.
local function least(name)
    local best
    for _, ack in ipairs(acks_of_few()) do
        best = (not best or ack[name] and ack[name] < best[name]) and ack[name] and ack or best
    end
    return best and best[name], best and best.frame
end

question { id = "8-window", points = 1, type = "number", unit = "B",
    ask = "8. The least buffer space that the server advertised in the ACKs of these four",
    answer = function()
        local size, frame = least("window_size")
        if not size then
            return undecidable("the SYNs of connection %d were not captured, so the scale of its windows is not known",
                sent().connection.id)
        end
        return size, frame, because("the least `Calculated window size` of these ACKs")
    end,
    also = { function() return (least("window")) end },     -- "give the Window Size Value, to be multiplied"
    wrong = { { function() return sent().connection.segments { frame = data_segment(1).frame }:first().window_size end,
                "That is the client's own window; the server's stands in the ACKs." } },
    hint = "The server's ACKs: `Window`, and `Calculated window size`, which is that times the scaling factor." }
question { id = "8-throttled", points = 1, type = "truth", ask = "8. Did the lack of receiver buffer throttle the " ..
    "sender for these four?",
    answer = function()
        local acks = acks_of_few()
        local full = sent().connection.segments { frame = at_most(acks[#acks].frame), where = function(s)
            return s.from == "client" and s.window_full or s.from == "server" and s.zero_window
        end }
        if #full > 0 then
            return true, full:first(), because("the window was full: nothing more could be sent until the server " ..
                                               "opened it")
        end
        return false, acks[#acks].frame, because("none of them filled the window that the server had advertised")
    end,
    hint = "Compare the bytes in flight with the window; Wireshark marks `TCP Window Full` and `TCP ZeroWindow`." }

question { id = "9-retransmitted", points = 1, type = "truth", ask = "9. Were segments of the upload retransmitted?",
    answer = function()
        local again = sent().connection.segments { from = "client", payload = at_least(1), where = function(s)
            return s.retransmission or s.fast_retransmission or s.spurious_retransmission
        end }
        if #again > 0 then
            return true, again:all(), because("sequence numbers that had been sent before")
        end
        must_be_whole()
        return false, nil, because("the sequence numbers of the client only go up")
    end,
    hint = "In the time-sequence graph (Stevens) a point that lies lower than one to its left." }
question { id = "9-how", points = 1, type = "choice", ask = "9. What did you look for to find that out?",
    choices = { "an ACK with a number that was sent before",
                "a segment with a sequence number that was sent before", "a gap of more than a second",
                "a segment with the PSH flag" },
    answer = 2, why = "what is sent again has its old number; the same ACK twice shows only that something is missing",
    hint = "What does a retransmission have in common with what it repeats?" }

question { id = "10-bytes", points = 1, type = "number", unit = "B",
    ask = "10. How much data does an ACK typically acknowledge among the first ten segments? (the most frequent " ..
        "amount)",
    answer = function()
        local most, frames = sent():amounts(MORE)[1], {}
        for _, step in ipairs(sent():steps(MORE)) do
            frames[#frames + 1] = step.bytes == most and step.frame or nil
        end
        return most, frames, because("the difference between one acknowledgement number and the next")
    end,
    also = { function() return sent():typical(1, MORE) end, function() return sent():typical(2, MORE) end },
    hint = "Subtract each acknowledgement number of the server's from the next one." }
question { id = "10-every-other", points = 1, type = "truth",
    ask = "10. Among these, does the receiver ever acknowledge every other segment (two at once)?",
    answer = function()
        local frames, last = {}, nil
        for _, step in ipairs(sent():steps(MORE)) do
            frames[#frames + 1], last = step.segments >= 2 and step.frame or nil, step.frame
        end
        return #frames > 0, #frames > 0 and frames or last, because(#frames > 0 and
               "these ACKs cover two segments or more (RFC 1122 4.2.3.2)" or "each ACK covers one segment")
    end,
    hint = "An ACK whose number goes up by two segments' lengths." }
question { id = "11-throughput", points = 2, type = "number", unit = "B/s", tolerance = 0.03,
    ask = "11. Throughput of the connection (bytes of data per unit of time)",
    answer = function()
        local bytes, seconds, first, last = sent():delivered()
        if seconds <= 0 then
            return undecidable("the whole upload took no time that this capture's clock shows")
        end
        return bytes / seconds, { first.frame, last.frame },
               because(string.format("%d bytes acknowledged in %.6g s: from the first data segment to the ACK of " ..
                                     "the last one", bytes, seconds))
    end,
    also = { function() return (sent():delivered()) / sent().connection.duration end },
    wrong = { { function() return (sent():delivered()) / (last_segment().time - data_segment(1).time) end,
                "That is how fast it was sent; it is delivered when the last ACK has come." } },
    hint = "Bytes: the last acknowledgement number less the first sequence number of data. Time: between these two " ..
        "frames." }
question { id = "11-how", points = 1, type = "choice", ask = "11. How did you compute it?",
    choices = { "the length of one segment, divided by its RTT", "the greatest window, divided by the RTT",
                "all frames with their headers, divided by the RTT",
                "data acknowledged, divided by the time from the first data segment to the last ACK" },
    answer = 4, why = "throughput is what was delivered over how long it took",
    hint = "Which bytes were delivered, and between which two moments?" }
question { id = "12-phase", points = 1, type = "human",
    ask = "12. Do the fleets of segments look like slow start, congestion avoidance, or another phase?",
    why = "a person judges what was read off the graph", hint = "synfin --play, key 7 (Graphs): groups of segments " ..
        "that double each RTT are slow start." }
question { id = "13-period", points = 1, type = "choice", ask = "13. What is the period of these fleets?",
    choices = { "about one RTT", "the retransmission time-out", "the time of a delayed ACK", "there is none" },
    answer = 1, why = "what an ACK allows is sent when it comes, and it comes one RTT after what it acknowledges",
    hint = "What does the sender wait for, when it has sent all that its window allows?" }

-- UVic CSC 361: traffic analysis.
-- Connections in general, complete ones, and their statistics.
-- A connection is complete with at least one SYN and one FIN. Lists are in the order of the connections' first frames.

rubric { title = "TCP traffic analysis", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local complete = tcp { sxfy = function(state) return state:find("S[1-9]") ~= nil and state:find("F[1-9]") ~= nil end }
local in_order = "in the order of their first frames"

local function counted(selection, why)
    return function() return selection:count(), selection:all(), why end
end

-- Least, mean and greatest of a list.
local function spread(values)
    local least, greatest, sum = values[1], values[1], 0
    for _, value in ipairs(values) do
        least, greatest, sum = math.min(least, value), math.max(greatest, value), sum + value
    end
    return #values > 0 and { least, sum / #values, greatest } or error(undecidable("no complete connection holds " ..
        "what is asked for"))
end

local function values_of(path)
    return function()
        return complete:values(path), complete:all(), in_order
    end
end

local function both_ways(path)
    local made = {}
    for i, c in ipairs(complete:all()) do
        made[i] = c[path].client + c[path].server
    end
    return made
end

-- When each complete connection sent its last FIN, which some versions of the assignment take for its end; or how long
-- after its beginning.
local function until_fin(duration)
    local made = {}
    for i, c in ipairs(complete:all()) do
        made[i] = c.segments { flags = contains("FIN") }:last().time - (duration and c.time.first or 0)
    end
    return made
end

-- A value of every segment of the complete connections.
local function of_segments(path, wanted)
    local made = {}
    for c in complete:each() do
        for _, value in ipairs(c.segments(wanted):values(path)) do
            made[#made + 1] = value
        end
    end
    return made
end

-- --- A and C: in general ---

question { id = "connections", points = 2, type = "number", ask = "A. How many TCP connections are there?",
    answer = function() return #tcp, tcp:all(), "by addresses and ports, both directions together" end,
    also = { function()             -- where ports were used again, that is one connection for this assignment
        local count, seen = 0, {}
        for c in tcp:each() do
            local name = string.format("%s %d %s %d", c.client.addr, c.client.port, c.server.addr, c.server.port)
            count, seen[name] = count + (seen[name] and 0 or 1), true
        end
        return count
    end },
    wrong = { { function() return capture.tcp_segments end, "Those are segments; several make a connection." },
              { function() return 2 * #tcp end, "Both directions are one connection." } },
    hint = "Statistics, Conversations; or count the 4-tuples, whatever the direction." }
question { id = "states", points = 3, type = "list", of = "text", partial = true,
    ask = "B. The state of each (SxFy, with R where it was reset)",
    answer = function() return tcp:values("sxfy"), tcp:all(), "SYNs and FINs counted; a SYN-ACK is a SYN too" end,
    also = { function()             -- S2F1/R, as the assignment's sample of the output has it
        local made = {}
        for i, state in ipairs(tcp:values("sxfy")) do
            made[i] = state:gsub("R", "/R")
        end
        return made
    end },
    hint = "Count the segments with SYN and those with FIN, both ways; R where any has RST." }
question { id = "complete", points = 2, type = "number", ask = "C. How many connections are complete?",
    answer = counted(complete, "at least one SYN and at least one FIN"), hint = "At least one SYN and one FIN each." }
question { id = "reset", points = 2, type = "number", ask = "C. How many connections were reset?",
    answer = counted(tcp { sxfy = contains("R") }, "a RST was seen"), hint = "Those with a RST in either direction." }
question { id = "open", points = 2, type = "number", ask = "C. How many were still open when the capture ended?",
    answer = counted(tcp { sxfy = function(state) return state:find("F0") ~= nil and not state:find("R") end },
                     "no FIN and no RST was seen"),
    also = { function() return tcp { sxfy = contains("F0") }:count() end, function() return #tcp - #complete end },
    hint = "No FIN, no RST." }
question { id = "before", points = 2, type = "number", ask = "C. How many were established before the capture began?",
    answer = counted(tcp { sxfy = contains("S0") }, "no SYN was seen"),
        hint = "Those without a SYN in either direction." }

-- --- B: each complete connection ---

question { id = "start", points = 1, type = "list", of = "duration", tolerance = 0.01, partial = true,
    ask = "B. Start of each complete connection (seconds after the first frame)", answer = values_of("time.first"),
    hint = "The time of its first segment." }
question { id = "end", points = 1, type = "list", of = "duration", tolerance = 0.01, partial = true,
    ask = "B. End of each complete connection", answer = values_of("time.last"),
    hint = "The time of its last segment; the last FIN's in some versions of the assignment." ,
    also = { function() return until_fin(false) end } }
question { id = "duration", points = 1, type = "list", of = "duration", tolerance = 0.01, partial = true,
    ask = "B. Duration of each complete connection", answer = values_of("duration"), hint = "Its end less its start.",
    also = { function() return until_fin(true) end } }
for _, side in ipairs { "client", "server" } do
    local other = side == "client" and "server" or "client"
    question { id = "packets-" .. side, points = 1, type = "list", of = "number", partial = true,
        ask = "B. Packets from " .. side .. " to " .. other .. ", of each complete connection",
        answer = values_of("segments." .. side), hint = "Every segment counts, also one without data." }
    question { id = "bytes-" .. side, points = 1, type = "list", of = "number", unit = "B", partial = true,
        ask = "B. Data bytes from " .. side .. " to " .. other .. ", of each complete connection",
        answer = values_of("payload_bytes." .. side), also = { function() return complete:values("stream_bytes." ..
            side) end },
        hint = "Payload only: the IP total length less both headers, so that Ethernet's padding is not counted." }
end

-- --- D: least, mean and greatest ---

question { id = "durations", points = 2, type = "list", of = "duration", tolerance = 0.02, partial = true,
    ask = "D. Least, mean and greatest duration of complete connections",
    answer = function() return spread(complete:values("duration")), complete:all(), "over the complete connections" end,
    also = { function() return spread(until_fin(true)) end },
    hint = "Of the durations above." }
question { id = "rtt", points = 2, type = "list", of = "duration", tolerance = 0.05, partial = true,
    ask = "D. Least, mean and greatest RTT of complete connections",
    answer = function()
        return spread(of_segments("ack_rtt", { ack_rtt = known })), complete:all(),
               "from each segment that is acknowledged to its first ACK"
    end,
    also = { function() return spread(of_segments("ack_rtt", { ack_rtt = known, from = "server" })) end },
    hint = "A segment and the first one the other way that acknowledges it: the time between them." }
question { id = "packets", points = 2, type = "list", of = "number", tolerance = 0.01, partial = true,
    ask = "D. Least, mean and greatest number of packets, both ways, of complete connections",
    answer = function() return spread(both_ways("segments")), complete:all(), "both directions together" end,
    hint = "Both directions together, for each connection." }
question { id = "windows", points = 2, type = "list", of = "number", unit = "B", tolerance = 0.01, partial = true,
    ask = "D. Least, mean and greatest receive window, both sides, of complete connections",
    answer = function()
        return spread(of_segments("window_size", { window_size = known,
            flags = function(f) return not f:find("RST") end })),
               complete:all(), "scaled, of every segment but RST, which tells no window"
    end,
    also = { function() return spread(of_segments("window", { window = known })) end,
             function() return spread(of_segments("window_size", { window_size = known })) end },
    hint = "Every segment tells one, shifted by the window scale of its sender's SYN." }

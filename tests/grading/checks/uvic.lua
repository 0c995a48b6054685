-- What UVic CSC 361 asks, on a capture with two complete connections, an open one and a refused one.

rubric { title = "UVic CSC 361" }

local complete = tcp { sxfy = function(state) return state:find("S[1-9]") ~= nil and state:find("F[1-9]") ~= nil end }

-- Least, mean and greatest, each within a hundredth.
local function spread(of, least, mean, greatest)
    return function()
        local values = of()
        local low, high, sum = math.huge, -math.huge, 0
        for _, value in ipairs(values) do
            low, high, sum = math.min(low, value), math.max(high, value), sum + value
        end
        local function near(is, asked) return math.abs(is - asked) <= asked / 100 end
        local made = #values > 0 and near(low, least) and near(sum / #values, mean) and near(high, greatest) and pass or
            fail
        return made("least %g, mean %g, greatest %g", low, sum / math.max(#values, 1), high)
    end
end

local function of_segments(path, wanted)
    return function()
        local made = {}
        for c in complete:each() do
            for _, value in ipairs(c.segments(wanted):values(path)) do
                made[#made + 1] = value
            end
        end
        return made
    end
end

check { id = "1", points = 1, title = "Four connections, both directions together", count = tcp, exactly = 4,
    at_end = true }
check { id = "2", points = 1, title = "SxFy of each", at_end = true, verify = function()
    local states = table.concat(tcp:values("sxfy"), " ")
    return states == "S2F2 S2F0 S2F2 S1F0R" and pass(states) or fail(states)
end }
check { id = "3", points = 1, title = "Two are complete", count = complete, exactly = 2, at_end = true }
check { id = "4", points = 1, title = "Start, end and duration", at_end = true, any = complete, have = {
    time = { first = between(0.019, 0.021), last = about(0.33, 0.01) }, duration = about(0.31, 0.01) } }
check { id = "5", points = 1, title = "Packets each way, and all", at_end = true, any = complete, have = {
    segments = { client = 6, server = 3 }, frames = 9 } }
check { id = "6", points = 1, title = "Data bytes each way, and all: no headers", value = function()
    return complete:sum("payload_bytes.client") + complete:sum("payload_bytes.server")
end, exactly = 20, at_end = true }
check { id = "7", points = 1, title = "One was reset", count = tcp { sxfy = contains("R") }, exactly = 1,
    at_end = true }
check { id = "8", points = 1, title = "One is still open at the end", count = tcp { ending = "open" }, exactly = 1,
        at_end = true }
check { id = "9", points = 1, title = "One was established before the capture began",
        count = tcp { handshake = "midstream", sxfy = contains("S0") }, at_least = 1, at_end = true }
check { id = "10", points = 1, title = "Durations", at_end = true,
        verify = spread(function() return complete:values("duration") end, 0.23004, 0.27004, 0.31004) }
check { id = "11", points = 1, title = "RTTs", at_end = true,
        verify = spread(of_segments("ack_rtt", { ack_rtt = known, from = "server" }), 0.03, 0.03, 0.03) }
check { id = "12", points = 1, title = "Packets", at_end = true,
        verify = spread(function() return complete:values("frames") end, 9, 9, 9) }
check { id = "13", points = 1, title = "Receive windows", at_end = true,
        verify = spread(of_segments("window_size", { window_size = known }), 64240, 64582.2, 65280) }

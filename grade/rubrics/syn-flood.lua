-- SYN flood and forged RST.
-- Half-open connections counted, and who ended the others.

rubric { title = "SYN flood", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local half = tcp { says = "half-open connections", handshake = "half" }
local unanswered = tcp { handshake = "no_answer" }
local cut_off = tcp { says = "established connections that a RST ended", ending = "reset", handshake = "complete" }

check { id = "flood", points = 2, title = "At least three connections are half open at the end", count = half,
    at_least = 3,
        at_end = true, hint = "A SYN-ACK without the ACK that should follow: the sender of the SYN must not answer " ..
            "with RST." }
check { id = "many-sources", points = 1, title = "The SYNs come from several addresses or ports", needs = "flood",
    at_end = true,
        verify = function()
            local seen, count = {}, 0
            for c in half:each() do
                local source = c.client.addr .. ":" .. c.client.port
                count = count + (seen[source] and 0 or 1)
                seen[source] = true
            end
            local made = count >= 3 and pass or fail
            return made("%d different sources", count, half:first())
        end, hint = "Each SYN needs a source of its own, or it is the same connection." }

question { id = "half-open", points = 2, type = "number", ask = "How many connections are half open when the " ..
    "capture ends?",
    answer = function()
        return half { state = { server = "SYN-RECEIVED" } }:count(), half { state = { server = "SYN-RECEIVED" } }:all(),
               "a SYN-ACK was sent, and its ACK never came"
    end,
    hint = "SYN-RECEIVED at the server: netstat or ss calls it SYN_RECV." }
question { id = "unanswered", points = 1, type = "number", ask = "How many SYNs got no answer at all?",
    answer = function() return #unanswered, unanswered:all(), "the queue of the server was full, or nobody was " ..
        "there" end,
    hint = "Connections of which only the SYN was seen." }
question { id = "server", points = 1, type = "port", ask = "Which port is attacked?",
    answer = function()
        local counts, best = {}, nil
        for c in half:each() do
            counts[c.server.port] = (counts[c.server.port] or 0) + 1
            best = (not best or counts[c.server.port] > counts[best]) and c.server.port or best
        end
        return best or error(undecidable("no connection is half open")), half:first(),
            "most half-open connections are on it"
    end, hint = "The destination port of the SYNs." }
question { id = "cookies", points = 1, type = "human", ask = "With SYN cookies switched on: what changes, and why?",
    why = "with cookies the server keeps nothing for a SYN: the queue never fills, and its SYN-ACK is made from a hash",
    hint = "sysctl net.ipv4.tcp_syncookies; then look at the server's queue again." }
question { id = "reset-frame", points = 1, type = "frame", ask = "Which RST ended an established connection? " ..
    "(frame; none: leave it out)",
    answer = function()
        local c = cut_off:first()
        return c.frame.reset, c.frame.reset, "the first RST that its receiver believed"
    end, hint = "The filter tcp.flags.reset == 1; its sequence number must be the one that is expected." }
question { id = "reset-claims", points = 1, type = "choice", ask = "Which end does that RST claim to come from?",
    choices = { "the client", "the server" },
    answer = function()
        local c = cut_off:first()
        return c.segments { frame = c.frame.reset }:first().from == "client" and 1 or 2, c.frame.reset,
            "its source address and port"
    end, hint = "Its source address." }
question { id = "reset-forged", points = 1, type = "truth", ask = "Has somebody else sent it in that end's name?",
    answer = function()
        local c = cut_off:first()
        local rst = c.segments { frame = c.frame.reset }:first()
        local others = c.segments { from = rst.from, frame = less_than(rst.frame) }
        local alike = others { ttl = rst.ttl }
        if #others == 0 then
            error(undecidable("that end has sent nothing else that its RST could be compared with"))
        elseif #alike == 0 then
            return true, { others[1].frame, rst.frame },
                string.format("its TTL is %d, where that end's others have %d: it has come another way", rst.ttl,
                              others[1].ttl)
        end
        return false, { alike[1].frame, rst.frame }, "its TTL is that of the end's other segments: nothing speaks " ..
            "against it"
    end, hint = "Compare its TTL, IP identification and Ethernet address with those of that end's other segments." }
question { id = "reset-sender", points = 1, type = "human", ask = "Who has really sent it, and how do you know?",
    why = "a forged one differs in TTL, IP identification or Ethernet address; and the end that it names goes on " ..
        "sending",
    hint = "Who could see the connection's sequence numbers, or guess them?" }

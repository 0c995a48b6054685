-- Any lesson: what every capture can be asked.
-- Ports, bytes, frames and ends of its first connection or flow. Hand-outs are made of those that a capture answers.

rubric { title = "What this capture shows", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local function first()
    return tcp:first()
end

local function flow()
    return udp:first()
end

local function at(moment, why)
    return function()
        local c = first()
        return c.frame[moment] or error(undecidable("the first connection has no such segment")), c.frame[moment],
            why
    end
end

-- The first and the last frame with payload of that end.
local function with_bytes(side)
    local data = first().segments { from = side, payload = at_least(1) }
    return #data > 0 and { data:first().frame, data:last().frame } or first()
end

local function state_of(side)
    return function()
        return first().state[side], first().last_frame, "what RFC 9293 makes of all that passed up to here"
    end
end

-- --- TCP ---

question { id = "connections", points = 1, type = "number",
    ask = "How many TCP connections are there, tried ones included?",
    answer = function()
        return #tcp > 0 and #tcp or error(undecidable("there is none")), first(), "one for each SYN with numbers of its own"
    end,
    hint = "Four numbers make a connection: two addresses, two ports." }
question { id = "server-port", points = 1, type = "port",
    ask = "Which port does the server of the first connection have?",
    answer = function() return first().server.port, first(), "its SYN goes there" end,
    hint = "Where the first SYN goes to." }
question { id = "client-port", points = 1, type = "port",
    ask = "Which port does the client of the first connection have?",
    answer = function() return first().client.port, first(), "its SYN comes from there" end,
    hint = "Where the first SYN comes from.",
    wrong = { { function() return first().server.port end, "That is the server's." } } }
question { id = "established", points = 1, type = "frame",
    ask = "In which frame does the handshake of the first connection end?",
    answer = at("established", "with it both ends know that the other one has heard them"),
    hint = "The ACK of the SYN-ACK." }
question { id = "first-fin", points = 1, type = "frame", ask = "Which frame has the first FIN of the first connection?",
    answer = at("first_fin", "from here on one direction brings no more bytes"),
    hint = "The flag FIN, from either end." }
question { id = "client-closes", points = 1, type = "truth",
    ask = "Does the client of the first connection close it first?",
    answer = function()
        local c = first()
        if c.ending ~= "closed" or c.closed_by == "both" then
            error(undecidable("neither end is the first that closes"))
        end
        return c.closed_by == "client", c.frame.first_fin, "by the first FIN"
    end, hint = "Who sends the first FIN." }
question { id = "client-bytes", points = 1, type = "number",
    ask = "How many bytes of payload does the client send in the first connection?",
    answer = function() return first().stream_bytes.client, with_bytes("client"), "each byte of the stream once" end,
    hint = "What is sent again counts once." }
question { id = "server-bytes", points = 1, type = "number",
    ask = "How many bytes of payload does the server send in the first connection?",
    answer = function() return first().stream_bytes.server, with_bytes("server"), "each byte of the stream once" end,
    hint = "What is sent again counts once." }
question { id = "client-state", points = 1, type = "state",
    ask = "In which state is the client's end of the first connection after the last frame?",
    answer = state_of("client"),
    hint = "Follow RFC 9293's figure, segment by segment." }
question { id = "server-state", points = 1, type = "state",
    ask = "In which state is the server's end of the first connection after the last frame?",
    answer = state_of("server"),
    hint = "Follow RFC 9293's figure, segment by segment." }
question { id = "sent-again", points = 1, type = "number",
    ask = "How many segments are sent again, in all connections?",
    answer = function()
        local again = segments { retransmission = true }
        return #tcp > 0 and #again or error(undecidable("there is no connection")), again:values("frame"),
            "each that carries again what its end had sent"
    end, hint = "The same sequence number, with payload, SYN or FIN, a second time." }

-- --- UDP ---

question { id = "udp-port", points = 1, type = "port", ask = "Which port does the server of the first UDP flow have?",
    answer = function() return flow().server.port, flow().first_frame, "the first datagram goes there" end,
    hint = "Where the first datagram goes to." }
question { id = "datagrams", points = 1, type = "number", ask = "How many UDP datagrams are there, in all flows?",
    answer = function() return #udp > 0 and #datagrams or error(undecidable("there is none")), flow().first_frame,
            "each stands for itself" end,
    hint = "ICMP errors are none." }

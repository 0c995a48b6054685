-- Code tracing: each socket call, its segment, both states.
-- Predict first, then run two programs, capture, and compare: the first connection that is opened and closed.

rubric { title = "Socket calls, segments, states", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local function connection()
    return tcp { says = "connections that were opened, and closed by one end after the other", handshake = "complete",
                 ending = "closed", closed_by = one_of("client", "server") }:first()
end

local function segment(c, moment)
    return c.segments { frame = c.frame[moment] or error(undecidable("connection %d lacks a segment of it",
        c.id)) }:first()
end

-- The end that closes first, and the other one.
local function closer(c)
    return c.closed_by, c.closed_by == "client" and "server" or "client"
end

-- get(connection, segment): the answer
local function ask(id, moment, form)
    local get, why = form.get, form.why
    form.get, form.why, form.id, form.points = nil, nil, id, 1
    form.answer = function()
        local c = connection()
        local s = segment(c, moment)
        return get(c, s), s, why
    end
    question(form)
end

local figure = "Follow the arcs of RFC 9293 figure 5; synfin --play shows the states step by step."

ask("connect-segment", "syn", { type = "flags", ask = "connect() is called: which flags has the segment that leaves?",
    get = function(_, s) return s.flags end, why = "an active open sends a SYN", hint = "The first segment." })
ask("connect-client", "syn", { type = "state", ask = "... state of the client then",
    get = function(_, s) return s.state.client end, why = "its SYN is out, and nothing has come back", hint = figure })
ask("connect-server", "syn", { type = "state", ask = "... state of the server's socket, before the SYN has arrived",
    get = function(_, s) return s.state.server end, why = "it has called bind() and listen()", hint = figure })
ask("answer-segment", "syn_ack", { type = "flags", ask = "The SYN arrives: which flags has the answer?",
    get = function(_, s) return s.flags end, why = "the kernel answers; no call of the server's is needed",
    hint = "The server's first segment: no call of its program made it." })
ask("answer-server", "syn_ack", { type = "state", ask = "... state of the new connection at the server",
    get = function(_, s) return s.state.server end, why = "it waits for the ACK of its SYN", hint = figure })
ask("returns-client", "established", { type = "state", ask = "connect() returns: state of the client",
    get = function(_, s) return s.state.client end, why = "the SYN-ACK has arrived", hint = figure })
ask("returns-segment", "established", { type = "flags", ask = "... which flags has the segment that leaves then?",
    get = function(_, s) return s.flags end, why = "it acknowledges the server's SYN", hint = "The third segment." })
ask("close-who", "first_fin", { type = "choice", ask = "Which end calls close() (or shutdown) first?",
    choices = { "the server", "the client" }, get = function(c) return c.closed_by == "server" and 1 or 2 end,
    why = "the first FIN is its", hint = "The first segment with FIN." })
ask("close-segment", "first_fin", { type = "flags", ask = "... which flags has its segment? (without PSH)",
    get = function(_, s) return (s.flags:gsub("PSH,", "")) end, why = "a FIN, and an ACK as in every segment since " ..
        "the SYN",
    hint = "PSH may be there, where data goes along." })
ask("close-closer", "first_fin", { type = "state", ask = "... state of the end that closes first then",
    get = function(c, s) return s.state[closer(c)] end, why = "its FIN is not acknowledged yet", hint = figure })
question { id = "end-other", points = 1, type = "state", ask = "recv() of the other end returns 0: its state",
    answer = function()
        local c = connection()
        local _, other = closer(c)
        for state in c.events { type = "tcp.state", who = other, frame = more_than(c.frame.established) }:each() do
            if state.from_state == "ESTABLISHED" then
                return state.to_state, state.frame, "it has received the FIN, and has not closed"
            end
        end
        error(undecidable("its change of state was not seen"))
    end, hint = figure }
question { id = "close-other", points = 1, type = "state", ask = "It calls close() too: its state then",
    answer = function()
        local c = connection()
        local _, other = closer(c)
        local s = segment(c, "second_fin")
        return s.state[other], s, "its FIN is out, and not acknowledged"
    end, hint = figure }
ask("last-closer", "last_ack", { type = "state", ask = "The last ACK: state of the end that closed first",
    get = function(c, s) return s.state[closer(c)] end, why = "so that it can send this ACK again", hint = figure })
ask("last-other", "last_ack", { type = "state", ask = "... state of the other end",
    get = function(c, s)
        local _, other = closer(c)
        return s.state[other]
    end, why = "its FIN is acknowledged: nothing is left to do", hint = figure })

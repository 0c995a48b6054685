-- Cisco NetAcad: the three-way handshake.

rubric { title = "The three-way handshake", submission = { capture = "*.pcap*", answers = "answers.txt" } }

-- The lab opens a web page: a connection to port 80, if there is one, and not what the system does beside it.
local function connection()
    local all = tcp { says = "connections that were opened in three steps", handshake = "complete" }
    local web = all { server = { port = 80 } }
    return (#web > 0 and web or all):first()
end

-- Its SYN, SYN-ACK and the ACK of it.
local moments = { "syn", "syn_ack", "established" }
local function segment(n)
    local c = connection()
    local frame = c.frame[moments[n]]
    return c.segments { frame = frame or error(undecidable("one of the three segments was not captured")) }:first(), c
end

local function class_of(port)
    return port < 1024 and 1 or port < 49152 and 2 or 3
end
local classes = { "well-known (0 to 1023)", "registered (1024 to 49151)", "dynamic or private (49152 to 65535)" }

local names = { "the SYN", "the SYN-ACK", "the ACK" }
local hints = { "The first segment of the connection: it comes from the client.",
                "The second segment: the server answers, so the ports are the other way round.",
                "The third segment: the client again." }

-- of(segment, connection): the value; or what is wrong
local function ask(n, name, form)
    local of = form.of
    form.of, form.points, form.hint = nil, 1, hints[n] .. " " .. form.hint
    form.id, form.ask = n .. "-" .. name, n .. ". " .. names[n]:gsub("^t", "T") .. ": " .. form.ask
    local why = form.why
    form.answer = function()
        local s, c = segment(n)
        return of(s, c), s, why
    end
    question(form)
end

for n = 1, 3 do
    local from, to = n == 2 and "server" or "client", n == 2 and "client" or "server"
    ask(n, "source", { type = "port", ask = "source port", of = function(_, c) return c[from].port end,
        hint = "`Source Port` in its TCP header.", why = "the port of who sent it: the " .. from })
    ask(n, "source-class", { type = "choice", choices = classes, ask = "what kind of port is that?",
        of = function(_, c) return class_of(c[from].port) end, hint = "IANA divides the numbers into three ranges.",
        why = "by IANA's ranges (RFC 6335 6)" })
    ask(n, "destination", { type = "port", ask = "destination port", of = function(_, c) return c[to].port end,
        hint = "`Destination Port` in its TCP header.", why = "the port of who receives it: the " .. to })
    ask(n, "destination-class", { type = "choice", choices = classes, ask = "what kind of port is that?",
        of = function(_, c) return class_of(c[to].port) end, hint = "IANA divides the numbers into three ranges.",
        why = "by IANA's ranges (RFC 6335 6)" })
    ask(n, "flags", { type = "flags", ask = "which flags are set?", of = function(s) return s.flags end,
        hint = "Open `Flags` in its TCP header.", why = "as they stand in its header (RFC 9293 3.5)" })
    ask(n, "seq", { type = "number", ask = "relative sequence number", of = function(s) return s.seq_rel end,
        hint = "`Sequence Number`, the relative one.", why = "counted from the sender's initial sequence number" })
    if n > 1 then
        ask(n, "ack", { type = "number", ask = "relative acknowledgement number", of = function(s) return s.ack_rel end,
            hint = "`Acknowledgment Number`, the relative one.", why = "the SYN of the other end took one sequence " ..
                "number" })
    end
end

question { id = "4-next", points = 1, type = "number",
    ask = "4. What will the acknowledgement number be that answers the first segment with data? (relative)",
    answer = function()
        local data = connection().segments { payload = at_least(1), seq_rel = known }:first()
        return data.seq_rel + data.payload, data, string.format("sequence number %d and %d bytes", data.seq_rel,
            data.payload)
    end,
    hint = "The sequence number of that segment, and the bytes that it carries." }

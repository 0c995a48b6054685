-- A student's own token, by UDP and by TCP.
-- In a UDP payload to the student's port, and in a TCP payload behind an observed handshake.
-- With --class class.csv (columns id, port, token); without one both are derived from id and --seed. Columns `from` and
-- `until`, seconds since the epoch, say when the capture must have been made.

rubric { title = "Your own token, sent by UDP and by TCP", submission = { capture = "*.pcap*",
    answers = "answers.txt" } }

local to_port = udp { server = { port = student.port } }
local connections = tcp { server = { port = student.port } }

check { id = "udp-port", points = 1, title = "A datagram goes to your own port", count = to_port, at_least = 1,
        hint = "Your port is in the class list; nobody else's counts." }
check { id = "udp-token", points = 2, title = "It holds your token", needs = "udp-port", any = to_port,
    verify = function(c)
            for d in c.datagrams { from = "client" }:each() do
                if d.data:contains(student.token) then
                    return pass(d)
                end
            end
            return fail("no datagram to port %d holds it", student.port, c.frame.first)
        end, hint = "The token as text, exactly as it was given to you." }
check { id = "handshake", points = 1, title = "A connection to your own port is opened in this capture",
        count = connections { handshake = "complete" }, at_least = 1,
        hint = "Capture from before connect() on: all three segments must be there." }
check { id = "tcp-token", points = 2, title = "Its payload holds your token", needs = "handshake",
        any = connections { handshake = "complete" }, verify = function(c)
            if c.stream.client:contains(student.token) then
                return pass(c.frame.first_data)
            end
            return fail("the client does not send it: %s", c.stream.client:show(1), c.frame.established)
        end, hint = "The token as text, exactly as it was given to you." }
check { id = "others", points = 1, title = "Nobody else's port is used",
    none = udp { server = { port = is_not(student.port) },
        where = function(c) return c.server.port >= 1024 end },
        hint = "Traffic to another student's port is in your capture: is it yours?", at_end = true }

-- A column of the class list, as a number; nil where the list has none.
local function column(name)
    local there, value = pcall(function() return student[name] end)
    return there and tonumber(value) or nil
end

check { id = "in-time", points = 1, title = "It was captured in the time that was given", verify = function()
            local from, till = column("from"), column("until")
            local first, last = tonumber(capture.first_time), tonumber(capture.last_time)
            if from and first < from then
                return fail("it begins %.0f s too early", from - first, 1)
            elseif till and last > till then
                return fail("it ends %.0f s too late", last - till, capture.frames)
            end
            return pass((from or till) and "it is" or "the class list gives no time")
        end, hint = "A capture from before, or somebody else's, does not count." }

-- What ASE Bucharest looks for: a token that is a HMAC of the student's id, by UDP and by TCP, in a given time.

rubric { title = "ASE Bucharest" }

local token = function() return hmac("course secret", student.id):sub(1, 8) end

check { id = "54-token", points = 1, title = "The token of the class list is this student's", at_end = true,
    verify = function()
    return student.token == token() and pass("it is") or fail("it is another one")
end }
check { id = "54-udp", points = 1, title = "The token goes to the assigned port, by UDP",
    any = udp { server = { port = student.port } },
        verify = function(c)
            local first = c.datagrams { from = "client" }:first()
            return first.data:contains(token()) and pass(first) or fail("another text: %s", first.data:show(1), first)
        end }
check { id = "54-tcp", points = 1, title = "And by TCP, behind a handshake that was seen",
    any = tcp { server = { port = student.port } },
        verify = function(c)
            local well = c.handshake == "complete" and c.stream.client:contains(token())
            return (well and pass or fail)(c)
        end }
check { id = "54-time", points = 1, title = "In the time that was given", at_end = true, verify = function(capture)
    local well = tonumber(capture.first_time) >= tonumber(student.from) and
        tonumber(capture.last_time) <= tonumber(student["until"])
    return (well and pass or fail)("from %s on", capture.first_time, 1)
end }

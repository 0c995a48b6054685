-- UDP client and server on port 6666.
-- Every request has its reply, from the port that it was sent to.

rubric { title = "UDP client and server on port 6666", submission = { capture = "*.pcap*", answers = "answers.txt" } }

local flows = udp { says = "flows to port 6666", server = { port = 6666 } }

check { id = "asked", points = 1, title = "A client sends to port 6666", count = flows, at_least = 1,
        hint = "No datagrams? Is it the interface, and the port in network byte order: htons(6666)?" }
check { id = "replied", points = 2, title = "Every client has a reply", needs = "asked", all = flows, partial = true,
        have = { status = "replied" },
        hint = "Does the server reply to the address that recvfrom() gave it?" }
check { id = "bound", points = 1, title = "The port is open", needs = "asked", none = flows { status = "unreachable" },
        hint = "An ICMP port unreachable: nobody has called bind() on that port when the datagram came." }
check { id = "each-request", points = 2, title = "Each request has one reply", needs = "replied", each = flows,
    partial = true,
        verify = function(c)
            local asked, replied = c.datagrams { from = "client" }, c.datagrams { from = "server" }
            if #replied < #asked then
                return fail("%d requests, and %d replies", #asked, #replied, asked:last())
            end
            return pass("%d requests, and %d replies", #asked, #replied, replied:last())
        end,
        hint = "UDP loses, and nobody sends again but you: a timeout in the client, and the request once more." }
check { id = "echo", points = 2, title = "The reply holds what was sent", needs = "replied",
        each = flows { status = "replied" }, partial = true, verify = function(c)
            local asked, replied = c.datagrams { from = "client" }:first(), c.datagrams { from = "server" }:first()
            if replied.data:contains(asked.data:sub(1, asked.data.length)) then
                return pass(asked, replied)
            end
            return fail("sent %s, came back %s", asked.data:show(1), replied.data:show(1), asked, replied)
        end,
        hint = "Send as many bytes as recvfrom() returned, not as many as the buffer has." }
check { id = "several", points = 1, title = "One socket serves several clients", needs = "replied", partial = true,
        count = flows { status = "replied" }, at_least = 2,
        hint = "After the first reply, does the server go back to recvfrom()?" }
question { id = "q1", points = 1, type = "port", ask = "Which port did the system choose for the first client?",
    answer = function()
        local c = flows:first()
        return c.client.port, c.first_frame,
               "the source port of its first datagram: where no bind() chose one, the system does"
    end,
    wrong = { { 6666, "That is the server's." } }, hint = "The source port of the first datagram." }

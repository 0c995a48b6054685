-- Every kind of check, over whatever a capture holds: for tests/grade_prefixes, which compares what prefixes of a capture
-- are told with what the whole is told.

rubric { title = "Prefixes" }

local closed = { ending = "closed" }

check { id = "count-at-least", points = 1, count = tcp { handshake = "complete" }, at_least = 1 }
check { id = "count-two", points = 1, count = tcp { handshake = "complete" }, at_least = 2 }
check { id = "count-at-most", points = 1, count = tcp { handshake = "complete" }, at_most = 1 }
check { id = "count-exactly", points = 1, count = tcp(closed), exactly = 1 }
check { id = "count-client-first", points = 1, count = tcp { closed_by = "client" }, at_least = 1 }
check { id = "count-state", points = 1, count = tcp { state = { client = "TIME-WAIT" } }, at_least = 1 }
check { id = "count-busy", points = 1, count = tcp { segments = { client = at_least(4) } }, at_least = 1 }
check { id = "count-quiet", points = 1, count = tcp { segments = { client = at_most(4) } }, at_least = 1 }
check { id = "count-again", points = 1, count = tcp { analysis = { client = { retransmission = at_least(1) } } }, at_least = 1 }
check { id = "count-path", points = 1, count = tcp { path = { server = "CLOSE-WAIT" } }, at_least = 1 }
check { id = "count-midstream", points = 1, count = tcp { handshake = "midstream" }, at_least = 1 }
check { id = "only-port", points = 1, count = tcp { server = { port = 6666 } }, at_least = 1 }
check { id = "none-reset", points = 1, none = tcp { ending = "reset" } }
check { id = "none-refused", points = 1, none = tcp { handshake = "refused" } }
check { id = "none-where", points = 1, none = tcp { where = "duration > 1s" } }
check { id = "at-once", points = 1, at_once = tcp, at_least = 2 }
check { id = "at-once-answered", points = 1, at_once = tcp { answered = true }, at_least = 2 }
check { id = "at-once-most", points = 1, at_once = tcp, at_most = 1 }
check { id = "all-closed", points = 1, all = tcp, have = closed }
check { id = "all-partial", points = 2, all = tcp, have = { ending = "closed", closed_by = "client" }, partial = true }
check { id = "all-answered", points = 1, all = tcp, have = { answered = true } }
check { id = "all-mss", points = 1, all = tcp, have = { mss = { client = at_least(1) } } }
check { id = "any-half", points = 1, any = tcp, have = { ending = "half_closed" } }
check { id = "any-server-first", points = 1, any = tcp, have = { closed_by = "server" } }
check { id = "echo", points = 1, each = tcp, verify = function(c)
    local at = c.stream.client:first_difference(c.stream.server)
    return at and fail("byte %d", at) or pass()
end }
check { id = "few", points = 1, each = tcp, verify = function(c) return #c.segments < 10 end }
check { id = "says-hello", points = 1, any = tcp, verify = function(c) return (c.stream.client:contains("hello")) end }
check { id = "no-rst", points = 1, none = segments { flags = "RST" } }
check { id = "syns", points = 1, count = segments { flags = "SYN" }, at_least = 2 }
check { id = "syns-most", points = 1, count = segments { flags = "SYN" }, at_most = 2 }
check { id = "order", points = 1, first = segments { flags = "SYN" }, before = segments { payload = at_least(1) } }
check { id = "order-fins", points = 1, first = tcp { closed_by = "server" }, before = tcp { closed_by = "client" } }
check { id = "states", points = 1, count = events { type = "tcp.state", to_state = "ESTABLISHED" }, at_least = 2 }
check { id = "acked", points = 1, none = segments { payload = at_least(1), acked_by = unknown } }
check { id = "sequence", points = 1, any = tcp,
        have = { path = { server = sequence("LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED") } } }
check { id = "value-sum", points = 1, value = function() return tcp:sum("payload_bytes.client") end, at_least = 5 }
check { id = "value-most", points = 1, value = function() return tcp:sum("payload_bytes.client") end, at_most = 20 }
check { id = "verify", points = 1, verify = function() return tcp:count() <= 1 end }
check { id = "verify-frames", points = 1, verify = function()
    local syn = segments { flags = "SYN" }
    return #syn > 0 and pass(syn[1]) or fail("no SYN")
end }

-- What the tests of Princeton's COS 461, assignment 1, look for, on the wire between client and server.

rubric { title = "Princeton COS 461" }

local binary = string.rep("\x00\xff\n\r\x1b\x80%s\x00\x01", 2000)
local sent = {
    { "48-short", "A short text arrives, byte for byte", "Go Tigers!\r\n\0" },
    { "48-letters", "100 kB of letters and digits arrive, byte for byte", string.rep("0123456789", 10000) },
    { "48-binary", "100 kB of any bytes arrive, byte for byte", string.rep(binary, 5) },
}
for _, one in ipairs(sent) do
    local id, title, text = table.unpack(one)
    check { id = id, points = 1, title = title, any = tcp { ending = "closed" }, verify = function(c)
        local known = sha256(text)
        return c.stream.client:hash() == known and pass(c) or fail("%d bytes: %s", c.stream.client.length,
            c.stream.client:show(1), c)
    end }
end

local served = tcp { handshake = "complete", answered = true }

check { id = "49", points = 1, title = "Three clients are served, one after the other", verify = function()
    local before
    local count = 0
    for c in served:each() do
        if before and c.frame.established < (before.frame.last_ack or math.huge) then
            return fail("one is open while the next one begins", before, c)
        end
        before, count = c, count + 1
    end
    return (count >= 3 and pass or fail)("%d are served", count)
end }
check { id = "50-overlap", points = 1, title = "Overlapping clients are all served", at_once = served, at_least = 3 }
check { id = "50-partial", points = 1, title = "What is sent in parts comes back whole", each = served,
    verify = function(c)
    local at = c.stream.client:first_difference(c.stream.server)
    return at and fail("byte %d differs", at, c) or pass(c)
end }

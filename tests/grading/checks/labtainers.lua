-- What the labs of Labtainers look for.

rubric { title = "Labtainers", submission = { capture = "*.pcap*", answers = "answers.txt" } }

check { id = "51", points = 1, title = "The capture is larger than 200 bytes, and holds the password",
    verify = function(capture)
    if capture.captured_bytes <= 200 then
        return fail("%d bytes", capture.captured_bytes)
    end
    for c in tcp { stream_bytes = { client = at_least(1) } }:each() do
        if c.stream.client:contains("john-password") then
            return pass(c.frame.last_data)
        end
    end
    return fail("no connection holds it")
end }
question { id = "52", points = 1, type = "frame", ask = "Which frame holds your packet?", answer = function()
    local frame = 190 - tonumber(student.parameter)
    return frame, frame, "190 less your parameter"
end }
check { id = "53-half-open", points = 1, title = "More than 3 connections in SYN-RECEIVED", at_end = true,
        count = tcp { state = { server = "SYN-RECEIVED" } }, at_least = 4 }
check { id = "53-http", points = 1, title = "More than 10 segments with HTTP", at_end = true, at_least = 11,
        count = segments { payload = at_least(1), where = function(s) return (s.data:contains("HTTP")) end } }
-- The published key gives nothing away: sha256 of salt, id and answer with a zero byte between.
question { id = "53-hash", points = 1, type = "number", ask = "How many packets are there?",
    answer = { salt = "pcap-lib", sha256 = "6d74915bbca1a1bf5fe28b454a81e025ab402f578618d0ef6a2cbb2340c2a438" } }

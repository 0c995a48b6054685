-- Kurose & Ross, UDP lab (versions 6.1 to 8.0).
-- A question's id begins with its number in these versions of the lab; 8.1 and 9 ask for more: kurose-ross-udp-9.

rubric { title = "Kurose & Ross, UDP lab", submission = { capture = "*.pcap*", answers = "answers.txt" } }

-- The first exchange: a request with a reply.
local function exchange()
    return udp { says = "flows with a reply", status = "replied" }:first()
end

local function from(side)
    return exchange().datagrams { from = side }:first()
end

question { id = "1-count", points = 1, type = "number", ask = "1. How many fields has the UDP header?", answer = 4,
    why = "source port, destination port, length, checksum (RFC 768)",
    hint = "Open `User Datagram Protocol` in one datagram and count what stands below; what is in brackets is " ..
        "Wireshark's." }
question { id = "1-names", points = 1, type = "list", of = "text", any_order = true, partial = true,
    ask = "1. Their names, with commas between",
    answer = { "source port", "destination port", "length", "checksum" }, why = "as RFC 768 names them",
    also = { { "src port", "dst port", "length", "checksum" }, { "source", "destination", "length", "checksum" } },
    hint = "The same place." }
question { id = "2-length", points = 1, type = "number", unit = "B", ask = "2. Length of each of the fields, in bytes",
    answer = 2, why = "16 bits each: 8 bytes of header",
    hint = "Click on a field: the status line says how many bytes it takes." }
question { id = "3-counts", points = 1, type = "choice", ask = "3. What does the value in the Length field count?",
    choices = { "the payload of UDP", "header and payload of UDP", "the IP datagram with its header",
                "the whole frame" },
    answer = 2, why = "RFC 768: this user datagram, including this header and the data",
    hint = "Take one datagram, and compare Length with the bytes that you see behind the header." }
question { id = "3-value", points = 1, type = "number", unit = "B", ask = "3. Verify it: Length of the first " ..
    "datagram with a reply",
    answer = function()
        local d = from("client")
        return d.payload + 8, d, string.format("%d bytes of payload and 8 of header", d.payload)
    end,
    wrong = { { function() return from("client").payload end, "That is the payload alone; Length counts the header " ..
        "too." } },
    hint = "The bytes of the payload, and those of the header." }
question { id = "4-most", points = 1, type = "number", unit = "B", ask = "4. Most bytes that a UDP payload can " ..
    "have, by the Length field",
    answer = 65527, also = { 65507 }, why = "2^16 - 1 - 8; IPv4's own length leaves 65507 of it",
    wrong = { { 65535, "Length counts the header as well: 8 bytes of it are not payload." } },
    hint = "The greatest value that the Length field can hold, less what it counts besides the payload." }
question { id = "5-port", points = 1, type = "port", ask = "5. The largest source port", answer = 65535,
    why = "2^16 - 1",
    hint = "How many bits has the field?" }
question { id = "6-protocol", points = 1, type = "number", ask = "6. Protocol number of UDP", answer = 17,
    why = "17, or 0x11 (IANA)",
    hint = "`Protocol` in the header of the IP datagram that carries it." }
question { id = "7-ports", points = 1, type = "choice", ask = "7. How are the ports of a request and its reply " ..
    "related?",
    choices = { "they are the same", "the reply has two new ports",
                "the reply's source port is the request's destination port, and the other way round",
                "only the destination port is the same" },
    answer = function()
        local request, reply = from("client"), from("server")
        return 3, { request.frame, reply.frame }, string.format("the reply goes from %d back to %d",
            exchange().server.port,
                                                                exchange().client.port)
    end,
    hint = "Put the first datagram and the one that answers it side by side." }
question { id = "7-source", points = 1, type = "port", ask = "7. Source port of the reply",
    answer = function() return exchange().server.port, from("server"), "where the request went" end,
    wrong = { { function() return exchange().client.port end, "That is where it goes, not where it comes from." } },
    hint = "The first datagram of the other end." }

-- Kurose & Ross, UDP lab (versions 8.1 and 9).
-- A question's id begins with its number in these versions of the lab; 6.1 to 8.0 ask for less: kurose-ross-udp.

rubric { title = "Kurose & Ross, UDP lab, versions 8.1 and 9",
         submission = { capture = "*.pcap*", answers = "answers.txt" } }

-- What Wireshark calls the protocols of well-known ports, and other names that they have.
local protocols = {
    [53] = { "DNS", "Domain Name System" }, [67] = { "DHCP", "Dynamic Host Configuration Protocol", "BOOTP" },
    [69] = { "TFTP", "Trivial File Transfer Protocol" }, [123] = { "NTP", "Network Time Protocol" },
    [137] = { "NBNS", "NetBIOS Name Service" }, [161] = { "SNMP", "Simple Network Management Protocol" },
    [443] = { "QUIC", "HTTP/3" }, [500] = { "ISAKMP", "IKE" }, [514] = { "Syslog" },
    [1900] = { "SSDP", "Simple Service Discovery Protocol", "UPnP" }, [5353] = { "MDNS", "Multicast DNS", "DNS" },
    [5355] = { "LLMNR", "Link-Local Multicast Name Resolution" },
}
for port, as in pairs { [68] = 67, [162] = 161 } do
    protocols[port] = protocols[as]
end

local function first_datagram()
    local d = datagrams:first()
    return d, udp { id = d.flow }:first()
end

local function names()
    local d, flow = first_datagram()
    return protocols[flow.server.port] or protocols[flow.client.port], d, flow
end

local function other_name(n)
    return function()
        local known = names()
        return known and known[n]
    end
end

-- The first exchange, a request with a reply: of DNS, which the lab asks by nslookup, or of whatever there is.
local function exchange()
    local replied = udp { says = "flows with a reply", status = "replied" }
    local dns = replied { server = { port = 53 } }
    return (#dns > 0 and dns or replied):first()
end

local function from(side)
    return exchange().datagrams { from = side }:first()
end

question { id = "1-packet", points = 1, type = "frame", ask = "1. Packet number of the first UDP segment",
    answer = function()
        local d = first_datagram()
        return d.frame, d, "the first frame with UDP in it"
    end,
    hint = "Filter by udp; the `No.` column of the first one." }
question { id = "1-protocol", points = 1, type = "text", ask = "1. Which protocol's message does it carry?",
    answer = function()
        local known, d, flow = names()
        if not known then
            return undecidable("ports %d and %d belong to no protocol that this sheet knows", flow.client.port,
                flow.server.port)
        end
        return known[1], d, string.format("by its ports, %d and %d", flow.client.port, flow.server.port)
    end,
    also = { other_name(2), other_name(3) },
    hint = "The `Protocol` column; it goes by the ports." }
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
question { id = "3-value", points = 1, type = "number", unit = "B",
    ask = "3. Verify it: Length of the first UDP segment",
    answer = function()
        local d = first_datagram()
        return d.payload + 8, d, string.format("%d bytes of payload and 8 of header", d.payload)
    end,
    wrong = { { function() return (first_datagram()).payload end, "That is the payload alone; Length counts the " ..
        "header too." } },
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

-- --- 7: a request, and its reply ---

local whose = { { "first", "client", "server" }, { "second", "server", "client" } }
for _, one in ipairs(whose) do
    local name, side, other = table.unpack(one)
    question { id = "7-" .. name, points = 1, type = "frame", ask = "7. Packet number of the " ..
        (side == "client" and "first one: the request" or "second one: its reply"),
        answer = function() return from(side).frame, from(side), "the first exchange of DNS, or of all where there is none" end,
        hint = "The first datagram that is answered: the ports of the second are those of the first, exchanged." }
    question { id = "7-" .. name .. "-source", points = 1, type = "port", ask = "7. Its source port",
        answer = function() return exchange()[side].port, from(side), "the port of who sent it" end,
        wrong = { { function() return exchange()[other].port end, "That is where it goes, not where it comes from." } },
        hint = "`Source Port` in its UDP header." }
    question { id = "7-" .. name .. "-destination", points = 1, type = "port", ask = "7. Its destination port",
        answer = function() return exchange()[other].port, from(side), "the port of who receives it" end,
        wrong = { { function() return exchange()[side].port end, "That is where it comes from, not where it goes." } },
        hint = "`Destination Port` in its UDP header." }
end
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

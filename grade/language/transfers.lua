-- transfers.lua - transfer(c, "client"): what one end of a connection sent, segment by segment, and how it was
-- acknowledged; upload("POST "): that of the client who sent a file.
--
-- Segments and ACKs are plain tables here, since a capture may hold many and each is looked at often: { frame, time,
-- seq_rel, seq, payload, header_length } and { frame, time, ack_rel, window, window_size }. What the capture does not
-- tell is raised as undecidable.

local _, language = ...
local error, ipairs, pcall, setmetatable, type = error, ipairs, pcall, setmetatable, type
local find, huge, max, min, sort = string.find, math.huge, math.max, math.min, table.sort
local wrong, environment, schemas = language.wrong, language.environment, language.schemas

local transfers = {}
local transfer_meta = { __metatable = false, __name = "transfer", __index = transfers }

local ABOUT_AS_LARGE = 0.9          -- of the largest: an upload like it

local function undecidable(...)
    error(environment.undecidable(...), 0)
end

-- from: the first number of its bytes; 1, the one behind the SYN, where it is not given.
function environment.transfer(c, side, from)
    if language.item_parts(c) ~= schemas.tcp or side ~= "client" and side ~= "server" then
        wrong("transfer takes a connection and \"client\" or \"server\"")
    end
    return setmetatable({ connection = c, side = side, other = side == "client" and "server" or "client",
                          from = type(from) == "number" and from or 1 }, transfer_meta)
end

-- --- what was sent, and what was acknowledged ---

-- All segments with data, in the order in which they were sent.
function transfers:sent()
    local c = self.connection
    if not self.all then
        self.all = {}
        for s in c.segments { from = self.side, payload = environment.at_least(1) }:each() do
            local seq_rel = s.seq_rel
            if not seq_rel then
                undecidable("the SYN of connection %d was not captured: its data cannot be numbered", c.id)
            elseif seq_rel >= self.from then
                self.all[#self.all + 1] = { seq_rel = seq_rel, seq = s.seq, payload = s.payload, frame = s.frame,
                                            time = s.time, header_length = s.header_length }
            end
        end
    end
    return self.all[1] and self.all or undecidable("connection %d carries no data of the %s's", c.id, self.side)
end

-- The first `most` of them, or all, each as it was sent first: what was sent again is left out.
function transfers:segments(most)
    local made, behind = {}, self.from
    for _, s in ipairs(self:sent()) do
        if s.seq_rel >= behind and #made < (most or huge) then
            made[#made + 1], behind = s, s.seq_rel + s.payload
        end
    end
    return made
end

local function no_reset(flags)
    return flags ~= nil and not find(flags, "RST", 1, true)
end

-- What the other end acknowledged, its SYN-ACK and all.
function transfers:acks()
    if not self.answers then
        self.answers = {}
        local of = self.connection.segments { from = self.other, ack_rel = environment.known, flags = no_reset }
        for s in of:each() do
            self.answers[#self.answers + 1] = { ack_rel = s.ack_rel, frame = s.frame, time = s.time,
                                                window = s.window, window_size = s.window_size }
        end
    end
    return self.answers
end

-- The first ACK that covers a segment.
function transfers:ack_of(s)
    for _, ack in ipairs(self:acks()) do
        if ack.frame > s.frame and ack.ack_rel >= s.seq_rel + s.payload then
            return ack
        end
    end
    undecidable("no ACK of frame %d was captured", s.frame)
end

-- Seconds from a segment to its ACK, and that ACK. Where it was sent again in between, nobody knows which of the two is
-- answered (Karn).
function transfers:round_trip(s)
    local ack = self:ack_of(s)
    for _, again in ipairs(self:sent()) do
        if again.frame > s.frame and again.frame < ack.frame and again.seq_rel <= s.seq_rel and
           again.seq_rel + again.payload > s.seq_rel then
            undecidable("frame %d was sent again in frame %d: which of them its ACK answers, cannot be told", s.frame,
                        again.frame)
        end
    end
    return ack.time - s.time, ack
end

-- The ACKs that cover new data, until the first `most` segments are covered: list of { bytes, segments, from, to,
-- frame, time }, where `segments` counts those that end there.
function transfers:steps(most)
    local made, before, at, segments = {}, self.from, 1, self:segments(most)
    local last = segments[#segments].seq_rel + segments[#segments].payload
    for _, s in ipairs(most and {} or self:sent()) do
        last = max(last, s.seq_rel + s.payload)
    end
    for _, ack in ipairs(self:acks()) do
        local covered, count = min(ack.ack_rel, last), 0         -- a FIN takes a number, and is no byte
        while segments[at] and segments[at].seq_rel + segments[at].payload <= covered do
            count, at = count + (segments[at].seq_rel >= before and 1 or 0), at + 1
        end
        if covered > before then
            made[#made + 1] = { bytes = covered - before, segments = count, from = before, to = covered,
                                frame = ack.frame, time = ack.time }
            before = covered
        end
    end
    return made[1] and made or undecidable("no ACK of the data was captured")
end

-- How much one of these ACKs covers, the most frequent amount first; and how often.
function transfers:amounts(most)
    local counts, made = {}, {}
    for _, step in ipairs(self:steps(most)) do
        made[#made + 1] = not counts[step.bytes] and step.bytes or nil
        counts[step.bytes] = (counts[step.bytes] or 0) + 1
    end
    sort(made, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
    return made, counts
end

-- So many segments of the length that most have: that many bytes, where several ACKs cover as much; else nil.
function transfers:typical(segments, most)
    local lengths, best = {}, nil
    for _, s in ipairs(self:segments(most)) do
        lengths[s.payload] = (lengths[s.payload] or 0) + 1
        best = best and lengths[best] >= lengths[s.payload] and best or s.payload
    end
    local _, counts = self:amounts(most)
    return (counts[segments * best] or 0) > 1 and segments * best or nil
end

-- Bytes acknowledged, seconds from the first segment to the ACK of the last one, and these two.
function transfers:delivered()
    local first, steps = self:segments(1)[1], self:steps()
    local last = steps[#steps]
    return last.to - steps[1].from, last.time - first.time, first, last
end

-- The segment of one of its connection's moments: "syn", "syn_ack".
function transfers:moment(name)
    local c = self.connection
    local frame = c.frame[name] or undecidable("the handshake of connection %d was not captured whole", c.id)
    return c.segments { frame = frame }:first()
end

-- --- the transfer that a lab speaks of ---

-- Where the text stands at the beginning of a client's segment: true, and its first number; nil where that is not seen.
-- Bytes of a stream that began before the capture may be any.
local function begins_with(c, text)
    local well, begins = pcall(function() return c.stream.client:begins_with(text) end)
    if well and begins then
        return true, 1
    end
    local found
    well, found = pcall(function() return (c.stream.client:contains(text)) end)
    for s in (well and found and c.segments { from = "client", payload = environment.at_least(#text) } or
              c.segments { frame = 0 }):each() do
        well, begins = pcall(function() return s.data:begins_with(text) end)
        if well and begins then
            return true, s.seq_rel or 1
        end
    end
end

-- What a client sent from this text on, which one of its segments begins with: of several the first that is about as
-- large as the largest. Where nobody sent the text, the one who sent most.
function environment.upload(text)
    if type(text) ~= "string" or text == "" then
        wrong("upload takes the text that it begins with: upload(\"POST \")")
    end
    local data, starts, largest = environment.tcp { stream_bytes = { client = environment.at_least(1) } }, {}, 0
    for c in data:each() do
        local begins, from = begins_with(c, text)
        if begins then
            starts[#starts + 1] = { c = c, from = from, bytes = c.stream_bytes.client }
            largest = max(largest, c.stream_bytes.client)
        end
    end
    for _, start in ipairs(starts) do
        if start.bytes >= ABOUT_AS_LARGE * largest then
            return environment.transfer(start.c, "client", start.from)
        end
    end
    return environment.transfer(data:greatest("stream_bytes.client"), "client")
end

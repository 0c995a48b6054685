-- transfers.lua - transfer(c, "client"): what one end of a connection sent, segment by segment, and how it was
-- acknowledged; upload("POST "): that of the client who sent a file.
--
-- Segments and ACKs are plain tables here, since a capture may hold many and each is looked at often: { frame, time,
-- at, seq_rel, seq, payload, header_length } and { frame, time, covers, window, window_size }. Places are counted by
-- raw numbers, so that no SYN need be captured. What the capture does not tell is raised as undecidable.

local native, language = ...
local error, ipairs, pcall, setmetatable, type = error, ipairs, pcall, setmetatable, type
local find, huge, max, min, sort = string.find, math.huge, math.max, math.min, table.sort
local wrong, environment, schemas = language.wrong, language.environment, language.schemas

local transfers = {}
local transfer_meta = { __metatable = false, __name = "transfer", __index = transfers }

local ABOUT_AS_LARGE = 0.9          -- of the largest: an upload like it

local function undecidable(...)
    error(environment.undecidable(...), 0)
end

-- Raises where the file ends in the middle: what comes then can be anything.
local function must_be_whole()
    local problem = native.problem()
    if problem and environment.capture.dropped == 0 then
        undecidable("the capture is not whole (%s)", problem)
    end
end
environment.must_be_whole = must_be_whole

-- base: the raw number of its first byte; without it, the one behind the SYN. lacks: what it should begin with, and
-- does not.
local function transfer_from(c, side, base, lacks)
    return setmetatable({ connection = c, side = side, other = side == "client" and "server" or "client",
                          base = base or c.isn[side] and c.isn[side] + 1, lacks = lacks, stepped = {} }, transfer_meta)
end

function environment.transfer(c, side)
    if language.item_parts(c) ~= schemas.tcp or side ~= "client" and side ~= "server" then
        wrong("transfer takes a connection and \"client\" or \"server\"")
    end
    return transfer_from(c, side)
end

-- From one sequence number to another, modulo 2^32 (RFC 9293 3.4).
local function distance(from, to)
    local ahead = (to - from) & 0xffffffff
    return ahead < 0x80000000 and ahead or ahead - 0x100000000
end

-- --- what was sent, and what was acknowledged ---

-- The number that Wireshark counts from: the SYN's, or one before the first segment that was captured.
local function counted_from(c, side)
    if not c.isn[side] then
        return c.segments { from = side, seq = environment.known }:first().seq - 1
    end
    return c.isn[side]
end

-- All segments with data, in the order in which they were sent. at: bytes of the transfer before it.
function transfers:sent()
    local c, made = self.connection, self.all or {}
    if not self.base then
        undecidable("the SYN of connection %d was not captured: where its data begins is not known", c.id)
    end
    for s in (self.all and c.segments { frame = 0 } or
              c.segments { from = self.side, payload = environment.at_least(1), seq = environment.known }):each() do
        local seq = s.seq
        local at = distance(self.base, seq)
        self.zero = self.zero or counted_from(c, self.side)
        made[#made + 1] = at >= 0 and { at = at, seq_rel = distance(self.zero, seq), seq = seq, payload = s.payload,
                                        frame = s.frame, time = s.time, header_length = s.header_length } or nil
    end
    self.all = made
    return made[1] and made or undecidable("connection %d carries no data of the %s's", c.id, self.side)
end

-- The first `most` of them, or all, each as it was sent first: what was sent again is left out.
function transfers:segments(most)
    local made, behind = {}, 0
    for _, s in ipairs(self:sent()) do
        if s.at >= behind and #made < (most or huge) then
            made[#made + 1], behind = s, s.at + s.payload
        end
    end
    return made
end

local function no_reset(flags)
    return flags ~= nil and not find(flags, "RST", 1, true)
end

-- What the other end acknowledged. covers: bytes of the transfer.
function transfers:acks()
    if not self.answers then
        local made, base = {}, self.base
        local of = self.connection.segments { from = self.other, ack = environment.known, flags = no_reset }
        for s in of:each() do
            made[#made + 1] = { covers = distance(base, s.ack), frame = s.frame, time = s.time, window = s.window,
                                window_size = s.window_size }
        end
        self.answers = made
    end
    return self.answers
end

-- The first ACK that covers a segment.
function transfers:ack_of(s)
    for _, ack in ipairs(self:acks()) do
        if ack.frame > s.frame and ack.covers >= s.at + s.payload then
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
        if again.frame > s.frame and again.frame < ack.frame and again.at <= s.at and
           again.at + again.payload > s.at then
            undecidable("frame %d was sent again in frame %d: which of them its ACK answers, cannot be told", s.frame,
                        again.frame)
        end
    end
    return ack.time - s.time, ack
end

-- The ACKs that cover new data, until the first `most` segments are covered: list of { bytes, segments, from, to,
-- frame, time }, where `segments` counts those that end there.
function transfers:steps(most)
    local known = self.stepped[most or 0]
    if known then
        return known[1] and known or undecidable("no ACK of the data was captured")
    end
    local made, before, next_one, segments = {}, 0, 1, self:segments(most)
    local last = segments[#segments].at + segments[#segments].payload
    for _, s in ipairs(most and {} or self:sent()) do
        last = max(last, s.at + s.payload)
    end
    for _, ack in ipairs(self:acks()) do
        local covered, count = min(ack.covers, last), 0          -- a FIN takes a number, and is no byte
        while segments[next_one] and segments[next_one].at + segments[next_one].payload <= covered do
            count, next_one = count + (segments[next_one].at >= before and 1 or 0), next_one + 1
        end
        if covered > before then
            made[#made + 1] = { bytes = covered - before, segments = count, from = before, to = covered,
                                frame = ack.frame, time = ack.time }
            before = covered
        end
    end
    self.stepped[most or 0] = made
    return self:steps(most)
end

-- How much one of these ACKs covers, the most frequent amount first, of several the largest; and how often.
function transfers:amounts(most)
    local counts, made = {}, {}
    for _, step in ipairs(self:steps(most)) do
        made[#made + 1] = not counts[step.bytes] and step.bytes or nil
        counts[step.bytes] = (counts[step.bytes] or 0) + 1
    end
    sort(made, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a > b end)
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
    must_be_whole()
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

-- Does a client's segment begin with the text? True, and its raw number where it is not the first; nil where it is not
-- seen: bytes of a stream that began before the capture may be any.
local function begins_with(c, text)
    local well, begins = pcall(function() return c.stream.client:begins_with(text) end)
    if well and begins and c.isn.client then
        return true
    end
    local found
    well, found = pcall(function() return (c.stream.client:contains(text)) end)
    for s in (well and found and c.segments { from = "client", payload = environment.at_least(#text) } or
              c.segments { frame = 0 }):each() do
        well, begins = pcall(function() return s.data:begins_with(text) end)
        if well and begins then
            return true, s.seq
        end
    end
end

-- What a client sent from this text on, which one of its segments begins with: of several the first that is about as
-- large as the largest. Where nobody sent the text, the one who sent most, and more than came back: who asks for a
-- page uploads nothing.
function environment.upload(text)
    if type(text) ~= "string" or text == "" then
        wrong("upload takes the text that it begins with: upload(\"POST \")")
    end
    local data, starts, largest = environment.tcp { stream_bytes = { client = environment.at_least(1) } }, {}, 0
    for c in data:each() do
        local begins, base = begins_with(c, text)
        if begins then
            starts[#starts + 1] = { c = c, base = base, bytes = c.stream_bytes.client }
            largest = max(largest, c.stream_bytes.client)
        end
    end
    for _, start in ipairs(starts) do
        if start.bytes >= ABOUT_AS_LARGE * largest then
            return transfer_from(start.c, "client", start.base)
        end
    end
    local most = data[1] and data:greatest("stream_bytes.client")
    if not most or most.stream_bytes.client <= most.stream_bytes.server then
        undecidable("no client uploads anything here: none sends \"%s\", nor more than comes back", text)
    end
    return transfer_from(most, "client", nil, text)
end

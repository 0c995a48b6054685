"""From the kernel's events and two captures: which frame of which capture the kernel sent again.

An event carries the socket's 4-tuple and its time, no sequence number. It is written down right after the
segment went out, by the same processor with the socket locked, so at the *sender's* host the segment is the
last frame of that 4-tuple captured before the event. One event may be a burst of frames: the kernel keeps
several segments in one buffer and cuts it only on its way out. The receiver's capture gets its frame numbers
through the wire's log, by the bytes of the frame.
"""
import collections, json, os
import lab, packets, wire

SLACK = 1_000            # between two clocks read one after the other
ON_LO = 1_000_000        # on lo a frame is captured, and stamped, where it is received: after the event
LATE = 5_000_000         # an event this much after the frame is not about it
BURST = 300_000          # between the frames of one buffer, at most
LOOPBACK = ("127.0.0.1", "::1")
ENDS = {a: "client" for a in lab.CLIENT} | {a: "server" for a in lab.SERVER}


class Sender:
    """Frames of one 4-tuple in one direction, at the host that sent them."""

    def __init__(self, frames):
        self.frames, self.again, self.taken = frames, [], set()
        self.on_lo = frames[0].src in LOOPBACK
        top = None
        for f in frames:
            fresh = top is None or f.flags & packets.SYN and f.seq != self.isn
            if f.flags & packets.SYN: self.isn = f.seq
            if f.length and not fresh and not packets.before(top, f.end): self.again.append(f)
            if f.length and (fresh or packets.before(top, f.end)): top = f.end

    def take(self, time, synack):
        """The frames an event at this time speaks of."""
        if self.on_lo: return self.take_on_lo(time)
        found = []
        for f in reversed(self.again):
            if f.time > time + SLACK: continue
            if f.time < time - LATE: break
            if found and not self.continues(f, found[-1]): break
            if f.number in self.taken: break
            if synack and not is_synack(f): continue
            found.append(f)
        self.taken.update(f.number for f in found)
        return found[::-1]

    def take_on_lo(self, time):
        found = [f for f in self.again if f.number not in self.taken and abs(f.time - time) < ON_LO][:1]
        self.taken.update(f.number for f in found)
        return found

    @staticmethod
    def continues(f, later):
        """Both out of one buffer: adjacent numbers, one burst, the IP ids in a row."""
        follows = f.end == later.seq and later.time - f.time < BURST and f.payload
        return follows and (f.ip_id is None or (later.ip_id - f.ip_id) & 0xffff == 1)


class Carried:
    """Where a frame captured at its sender's host is in the other capture, by the wire's log."""

    def __init__(self, captures, log):
        self.other, self.copies, self.fate = {}, {}, {}
        for host in captures if len(captures) == 2 else ():
            peer = wire.OTHER[host]
            sent = self.by_hash(f for f in captures[host] if f.tcp and ENDS.get(f.src) == host)
            got = self.by_hash(f for f in captures[peer] if f.tcp and ENDS.get(f.src) == host)
            for who, deed, came, left in log:
                if who == host and sent[came]: self.carry(host, sent[came].popleft(), deed, left, got)
            if any(got.values()): self.merged(host, captures, sum(got.values(), collections.deque()))

    @staticmethod
    def by_hash(frames):
        found = collections.defaultdict(collections.deque)
        for f in frames: found[wire.frame_hash(f.raw)].append(f)
        return found

    def carry(self, host, f, deed, left, got):
        there = [got[h].popleft() for h in left if h and got[h]]
        self.fate[host, f.number] = deed
        self.other[host, f.number] = [g.number for g in there]
        for g in there[1:]: self.copies[wire.OTHER[host], g.number] = there[0].number

    def merged(self, host, captures, unknown):
        """Frames the receiver's host glued together (GRO): found by the sequence numbers they cover."""
        for g in unknown:
            for f in captures[host]:
                if f.tcp and f.flow == g.flow and f.length and 0 <= g.time - f.time < 500_000_000 and covers(g, f):
                    self.other.setdefault((host, f.number), [])
                    if not self.other[host, f.number]: self.other[host, f.number] = [g.number]


def is_synack(f):
    return f.flags & packets.SYN and f.flags & packets.ACK


def covers(g, f):
    return not packets.before(f.seq, g.seq) and not packets.before(g.end, f.end)


def senders(captures):
    flows = collections.defaultdict(list)
    for host, frames in captures.items():
        for f in frames:
            if f.tcp and ENDS.get(f.src, host) == host: flows[host, f.flow].append(f)
    return {key: Sender(frames) for key, frames in flows.items()}


def ours(event):
    return event["local"][0] in ENDS or event["remote"][0] in ENDS or event["local"][0] in LOOPBACK


def state_rows(events, stop):
    """State changes with whole 4-tuples: a new child's first event has no remote end yet; its next one has."""
    rows, named = [], {}
    for e in reversed([e for e in events if e["type"] == "inet_sock_set_state"]):
        if e["remote"][1]: named[e["socket"]] = (e["local"], e["remote"])
        elif e["old"] == "LISTEN" and e["new"] == "SYN-RECEIVED" and e["socket"] in named:
            e["local"], e["remote"] = named[e["socket"]]
        if e["old"] == "CLOSED": named.pop(e["socket"], None)
        if ours(e) and e["time"] <= stop: rows.append(e)
    return [{"type": "state", "time": e["time"], "end": ENDS.get(e["local"][0], "client"), "local": e["local"], "remote": e["remote"],
             "socket": e["socket"], "old": e["old"], "new": e["new"]} for e in reversed(rows)]


def retransmit_rows(events, flows, carried, stop):
    for e in events:
        if e["type"] == "inet_sock_set_state" or not ours(e) or e.get("err"): continue
        if e["time"] > stop + LATE: continue
        host, synack = ENDS.get(e["local"][0], "client"), e["type"] == "tcp_retransmit_synack"
        sender = flows.get((host, (*e["local"], *e["remote"])))
        found = sender.take(e["time"], synack) if sender else []
        yield row(e, host, "synack" if synack else "segment", found, carried, "kernel")


def row(e, host, what, found, carried, known_by):
    there = [n for f in found for n in carried.other.get((host, f.number), [])[:1]]       # further ones are the wire's copies
    return {"type": "probe" if what == "probe" else "retransmit", "time": e["time"], "what": what, "known_by": known_by, "from": host,
            "local": e["local"], "remote": e["remote"], "state": e.get("state"),
            "seq": found[0].seq if found else None, "end_seq": found[-1].end if found else None,
            "frames": {host: [f.number for f in found], wire.OTHER[host]: there}}


def other_synacks(flows, carried):
    """SYN-ACKs sent again that no event told of."""
    for (host, flow), sender in flows.items():
        for f in sender.again:
            if is_synack(f) and f.number not in sender.taken and any(is_synack(g) for g in sender.frames if g.number < f.number):
                sender.taken.add(f.number)
                yield row({"time": f.time, "local": flow[:2], "remote": flow[2:]}, host, "synack", [f], carried, "capture")


def probes(flows, carried):
    """Old sequence numbers on the wire that the kernel does not call a retransmission: keep-alives, window probes."""
    for (host, flow), sender in flows.items():
        for f in sender.again:
            if f.number not in sender.taken and not is_synack(f):
                yield row({"time": f.time, "local": flow[:2], "remote": flow[2:]}, host, "probe", [f], carried, "capture")


def build(folder, events, stop):
    """All rows of truth.jsonl, and a summary of what fitted and what did not."""
    captures = {host: packets.read_pcap(f"{folder}/{host}.pcap") for host in ("client", "server") if os.path.exists(f"{folder}/{host}.pcap")}
    with open(f"{folder}/wire.json") as f: log = json.load(f)
    flows, carried = senders(captures), Carried(captures, log)
    rows = state_rows(events, stop)
    rows += retransmit_rows(events, flows, carried, stop)
    rows += list(other_synacks(flows, carried))
    rows += list(probes(flows, carried))
    rows += [{"type": "copy", "at": host, "frame": n, "of": of} for (host, n), of in sorted(carried.copies.items())]
    again = [r for r in rows if r["type"] == "retransmit"]
    return rows, {"frames": {host: len(c) for host, c in captures.items()}, "retransmit_events": sum(r["known_by"] == "kernel" for r in again),
                  "retransmit_events_without_frame": sum(not r["frames"][r["from"]] for r in again),
                  "synacks_known_by_capture": sum(r["what"] == "synack" and r["known_by"] == "capture" for r in again),
                  "probes": sum(r["type"] == "probe" for r in rows)}


def save(path, rows):
    with open(path, "w") as f:
        for r in rows: f.write(json.dumps(r | ({"time": f"{r['time'] // 10**9}.{r['time'] % 10**9:09}"} if "time" in r else {})) + "\n")

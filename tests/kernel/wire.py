"""The wire: a process with a packet socket on one veth of each host, which hands frames over, or does not.

Faults come by chance, from a seeded generator, or exactly: the nth frame of a kind from one host. It keeps
a log of every TCP frame (a hash of its bytes as it came, a hash of each copy as it left), by which a frame
captured at the sender's host is found again in the capture made at the receiver's.
"""
import ctypes, hashlib, heapq, json, os, random, select, socket, struct, time
import lab

ETH_P_ALL, SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 3, 263, 15, 23
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
VNET = 10                                   # bytes of struct virtio_net_hdr before each frame
OTHER = {"client": "server", "server": "client"}


def frame_hash(raw):
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def kinds(raw):
    """Names by which an exact fault may call this frame; empty when it is not TCP."""
    if raw[12:14] == b"\x08\x00" and raw[23] == 6:
        at = 14 + (raw[14] & 15) * 4
        end = 14 + struct.unpack_from("!H", raw, 16)[0]
    elif raw[12:14] == b"\x86\xdd" and raw[20] == 6:
        at, end = 54, 54 + struct.unpack_from("!H", raw, 18)[0]
    else:
        return ()
    flags, data = raw[at + 13], end - at - (raw[at + 12] >> 4) * 4
    names = ["ANY"]
    if flags & 2: names.append("SYNACK" if flags & 16 else "SYN")
    if flags & 1: names.append("FIN")
    if flags & 4: names.append("RST")
    if data > 0: names.append("DATA")
    if flags & 0x17 == 16 and data == 0: names.append("ACK")
    return names


def corrupt(raw, rng):
    """One bit turned behind the IP header, where only TCP's checksum can tell."""
    raw = bytearray(raw)
    at = rng.randrange(34 if raw[12:14] == b"\x08\x00" else 54, len(raw))
    raw[at] ^= 1 << rng.randrange(8)
    return bytes(raw)


class Wire:
    """config: per host "client"/"server", for what it sends: delay, jitter, loss, duplicate, reorder (chance),
    reorder_by [low, high], corrupt, rate (bytes/s), queue (bytes); "exact": [{from, what, nth: [..], do, by}]."""

    def __init__(self, nets, config, shared, seed):
        self.config, self.shared, self.rng = config, shared, random.Random(seed)
        self.ports = {host: self.open(nets["wire"], f"to_{host}") for host in ("client", "server")}
        self.seen, self.log, self.heap, self.order = {}, [], [], 0
        self.free_at = {"client": 0.0, "server": 0.0}     # when the rate limit lets the next frame leave

    def open(self, net, device):
        with lab.inside(net):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        s.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
        s.bind((device, ETH_P_ALL))
        s.setblocking(False)
        return s

    def exact(self, host, names):
        """The exact fault for this frame, if any. Counts every name of the frame."""
        found = None
        for name in names:
            n = self.seen[host, name] = self.seen.get((host, name), 0) + 1
            for rule in self.config.get("exact", ()):
                if rule["from"] == host and rule["what"] == name and n in rule["nth"]: found = rule
        return found

    def queue_delay(self, host, size, c, now):
        """Seconds until the rate limit lets the frame out; None when the queue is full."""
        if not c.get("rate"): return 0.0
        start = max(now, self.free_at[host])
        if (start - now) * c["rate"] + size > c.get("queue", 1 << 30): return None
        self.free_at[host] = start + size / c["rate"]
        return self.free_at[host] - now

    def fate(self, host, raw, now):
        """(what was done, [(delay, bytes)...]) for one frame"""
        c, rng, names = self.config.get(host, {}), self.rng, kinds(raw)
        delay = c.get("delay", 0.0) + (rng.random() * c["jitter"] if c.get("jitter") else 0.0)
        if not names: return "other", [(c.get("delay", 0.0), raw)]
        if self.shared.cut(host): return "cut", []
        rule = self.exact(host, names)
        if rule: return self.obey(rule, delay, raw)
        queued = self.queue_delay(host, len(raw), c, now)
        if queued is None: return "drop", []
        delay += queued
        if rng.random() < c.get("loss", 0): return "drop", []
        if rng.random() < c.get("corrupt", 0): return "corrupt", [(delay, corrupt(raw, rng))]
        if rng.random() < c.get("duplicate", 0): return "duplicate", [(delay, raw), (delay + rng.uniform(*c.get("duplicate_by", (0, .002))), raw)]
        if rng.random() < c.get("reorder", 0): return "reorder", [(delay + rng.uniform(*c.get("reorder_by", (.001, .02))), raw)]
        return "pass", [(delay, raw)]

    def obey(self, rule, delay, raw):
        do, by = rule["do"], rule.get("by", 0.0)
        if do == "drop": return do, []
        if do == "hold": return do, [(delay + by, raw)]
        if do == "duplicate": return do, [(delay, raw), (delay + by, raw)]
        if do == "corrupt": return do, [(delay, corrupt(raw, self.rng))]
        raise ValueError(do)

    def receive(self, host):
        for _ in range(64):
            try: data = self.ports[host].recv(1 << 17)
            except BlockingIOError: return
            now = time.monotonic()
            head, raw = data[:VNET], data[VNET:]
            if not head[0] & 1 and not head[1]: head = bytes(VNET)    # keep only what sending needs
            deed, copies = self.fate(host, raw, now)
            entry = [host, deed, frame_hash(raw), [None] * len(copies)]
            if deed != "other":
                self.log.append(entry)
                self.shared.touch(now)
            for i, (delay, out) in enumerate(copies):
                self.order += 1
                heapq.heappush(self.heap, (now + delay, self.order, OTHER[host], head, out, entry, i))

    def send_due(self):
        now = time.monotonic()
        while self.heap and self.heap[0][0] <= now:
            _, _, to, head, raw, entry, i = heapq.heappop(self.heap)
            try:
                self.ports[to].send(head + raw)
                entry[3][i] = frame_hash(raw)
            except OSError as problem:
                entry[1] += f" ({problem.strerror})"

    def run(self, control):
        """Until `control` is closed by the other side."""
        while True:
            wait = max(0.0, self.heap[0][0] - time.monotonic()) if self.heap else None
            ready, _, _ = select.select([control, *self.ports.values()], [], [], wait)
            for host, port in self.ports.items():
                if port in ready: self.receive(host)
            self.send_due()
            self.shared.pending(len(self.heap))
            if control in ready and not os.read(control, 1): return

    def save(self, path):
        with open(path, "w") as f: json.dump(self.log, f)


class Shared:
    """A page both the wire and the scenario see: who is cut off, and when the last TCP frame passed."""

    def __init__(self):
        import mmap
        self.page = mmap.mmap(-1, 4096)

    def set_cut(self, host, on): self.page[0 if host == "client" else 1] = int(on)
    def cut(self, host): return self.page[0 if host == "client" else 1]
    def touch(self, now): struct.pack_into("d", self.page, 8, now)
    def last(self): return struct.unpack_from("d", self.page, 8)[0]
    def pending(self, n): struct.pack_into("I", self.page, 16, n)
    def waiting(self): return struct.unpack_from("I", self.page, 16)[0]


def start(nets, config, shared, seed, log_path):
    """Fork the wire; gives (pid, descriptor to close when it shall end)."""
    mine, his = os.pipe()
    pid = os.fork()
    if pid: 
        os.close(mine)
        return pid, his
    status = 1
    try:
        os.close(his)
        lab.libc.prctl(1, 9)                              # PR_SET_PDEATHSIG SIGKILL
        lab.libc.prctl(29, ctypes.c_ulong(1000))          # PR_SET_TIMERSLACK: 1 us
        wire = Wire(nets, config, shared, seed)
        shared.page[32] = 1                               # ready
        wire.run(mine)
        wire.save(log_path)
        status = 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(status)

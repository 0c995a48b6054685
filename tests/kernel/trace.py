"""The kernel's own record: three tracepoints in a trace instance of our own, so nobody else's tracing changes.

The buffers are read raw: the text form of inet_sock_set_state leaves out which socket it was, and all text
is cut off at microseconds.
"""
import os, re, socket, struct, time

TRACING = "/sys/kernel/tracing"
ROOT = TRACING + "/instances"
EVENTS = ("sock/inet_sock_set_state", "tcp/tcp_retransmit_skb", "tcp/tcp_retransmit_synack")
STATES = (None, "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED",
          "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED")
PAGE_HEADER = 16
INET6, TCP = 10, 6


class Trace:
    def __init__(self):
        self.path = f"{ROOT}/synfin-{os.getpid()}"
        os.mkdir(self.path)
        try:
            self.write("trace_clock", "tai")      # the wall clock, which the captures use, but for a constant
            self.write("buffer_size_kb", "4096")
            self.formats = dict(read_format(event) for event in EVENTS)
            for event in EVENTS: self.write(f"events/{event}/enable", "1")
        except BaseException:
            self.close()
            raise

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w") as f: f.write(value)

    def start(self):
        self.write("trace", "")
        self.write("tracing_on", "1")

    def stop(self):
        """All events as dicts, oldest first, times in ns since the epoch."""
        self.write("tracing_on", "0")
        tai = round(time.clock_gettime(time.CLOCK_TAI) - time.time()) * 1_000_000_000
        found = []
        for cpu in sorted(os.listdir(f"{self.path}/per_cpu")):
            self.complain_of_loss(cpu)
            for page in self.pages(cpu):
                found += (event(self.formats, t - tai, data) for t, data in page_events(page))
        return sorted((e for e in found if e), key=lambda e: e["time"])

    def complain_of_loss(self, cpu):
        with open(f"{self.path}/per_cpu/{cpu}/stats") as f: stats = f.read()
        if re.search(r"(overrun|dropped events): [1-9]", stats): raise RuntimeError("trace buffer too small: " + stats)

    def pages(self, cpu):
        fd = os.open(f"{self.path}/per_cpu/{cpu}/trace_pipe_raw", os.O_RDONLY | os.O_NONBLOCK)
        try:
            while page := os.read(fd, 4096): yield page
        except BlockingIOError: pass
        finally: os.close(fd)

    def close(self):
        for _ in range(20):                       # busy while a reader is leaving
            try: return os.rmdir(self.path)
            except OSError: time.sleep(.05)


def clean_up_after_the_dead():
    """Instances left by a recorder that was killed."""
    for name in os.listdir(ROOT):
        pid = name.rpartition("-")[2]
        if name.startswith("synfin-") and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            os.rmdir(f"{ROOT}/{name}")


def read_format(name):
    """(number, (name, {field: (offset, size)})) of a tracepoint"""
    with open(f"{TRACING}/events/{name}/format") as f: text = f.read()
    fields = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+)", text)}
    return int(re.search(r"ID: (\d+)", text)[1]), (name.rpartition("/")[2], fields)


def page_events(page):
    """(time, bytes) of each event in a page of the ring buffer: 5 bits of kind or length, 27 of time passed"""
    now, commit = struct.unpack_from("=QQ", page)
    at, end = PAGE_HEADER, PAGE_HEADER + (commit & 0xfffff)
    while at + 4 <= end:
        word, = struct.unpack_from("=I", page, at)
        kind, delta, at = word & 31, word >> 5, at + 4
        if kind in (29, 30, 31) or kind == 0:
            array, = struct.unpack_from("=I", page, at)
        if kind == 29:                            # padding, or a discarded event
            if not delta: return
            now, at = now + delta, at + array
        elif kind == 30:                          # a long time passed
            now, at = now + delta + (array << 27), at + 4
        elif kind == 31:                          # the whole time, but for its top bits
            now, at = now & ~((1 << 59) - 1) | delta + (array << 27), at + 4
        else:
            now += delta
            size = kind * 4 if kind else array
            yield now, page[at:at + size] if kind else page[at + 4:at + size]
            at += size


def event(formats, when, data):
    name, fields = formats[struct.unpack_from("=H", data)[0]]
    number = lambda field: int.from_bytes(data[fields[field][0]:][:fields[field][1]], "little")
    local, remote = addresses(data, fields, number("family") == INET6)
    e = {"type": name, "time": when, "local": [local, number("sport")], "remote": [remote, number("dport")], "socket": f"{number('skaddr'):x}"}
    if name == "inet_sock_set_state":
        return e | {"old": STATES[number("oldstate")], "new": STATES[number("newstate")]} if number("protocol") == TCP else None
    if "state" in fields: e |= {"state": STATES[number("state")], "err": number("err") if "err" in fields else 0}
    return e


def addresses(data, fields, v6):
    cut = lambda field: data[fields[field][0]:][:fields[field][1]]
    if not v6: return [socket.inet_ntoa(cut(f)) for f in ("saddr", "daddr")]
    return [socket.inet_ntop(socket.AF_INET6, cut(f)).removeprefix("::ffff:") for f in ("saddr_v6", "daddr_v6")]

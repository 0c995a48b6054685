"""Frames of a classic pcap file, as far as TCP over Ethernet and IP (the only thing the lab makes)."""
import socket, struct

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


class Frame:
    """One captured frame; the TCP fields are there only when `tcp` is true."""
    __slots__ = ("number", "time", "raw", "tcp", "v6", "src", "dst", "sport", "dport", "seq", "ack", "flags", "window",
                 "payload", "ip_id", "df", "ttl", "tsval", "tsecr", "sack", "tcp_options", "tos")

    def __init__(self, number, time, raw):
        self.number, self.time, self.raw, self.tcp = number, time, raw, False
        parse(self, raw)

    @property
    def flow(self):
        return (self.src, self.sport, self.dst, self.dport)

    @property
    def length(self):
        """Sequence numbers this segment takes."""
        return self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def end(self):
        return (self.seq + self.length) & 0xffffffff


def parse(f, raw):
    kind = raw[12:14]
    if kind == b"\x08\x00":
        first = 14 + (raw[14] & 15) * 4
        if raw[23] != 6 or len(raw) < first + 20: return
        total, f.ip_id, frag = struct.unpack_from("!HHH", raw, 16)
        f.v6, f.df, f.ttl, f.tos = False, bool(frag & 0x4000), raw[22], raw[15]
        f.src, f.dst = socket.inet_ntoa(raw[26:30]), socket.inet_ntoa(raw[30:34])
        end = 14 + total if total else len(raw)          # 0: longer than 64 KiB, by offload
    elif kind == b"\x86\xdd":
        first = 54
        if raw[20] != 6 or len(raw) < first + 20: return
        f.v6, f.ip_id, f.df, f.ttl, f.tos = True, None, True, raw[21], (raw[14] << 4 | raw[15] >> 4) & 255
        f.src, f.dst = socket.inet_ntop(socket.AF_INET6, raw[22:38]), socket.inet_ntop(socket.AF_INET6, raw[38:54])
        total = struct.unpack_from("!H", raw, 18)[0]
        end = 54 + total if total else len(raw)
    else:
        return
    parse_tcp(f, raw, first, end)


def parse_tcp(f, raw, at, end):
    f.sport, f.dport, f.seq, f.ack, offset, f.flags, f.window = struct.unpack_from("!HHIIBBH", raw, at)
    header = (offset >> 4) * 4
    f.payload = end - at - header
    f.tcp, f.tsval, f.tsecr, f.sack, f.tcp_options = True, None, None, (), raw[at + 20:at + header]
    parse_options(f, f.tcp_options)


def parse_options(f, options):
    at = 0
    while at < len(options):
        kind = options[at]
        if kind == 0: return
        if kind == 1:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options): return
        if kind == 8: f.tsval, f.tsecr = struct.unpack_from("!II", options, at + 2)
        if kind == 5: f.sack = tuple(struct.iter_unpack("!II", options[at + 2:at + size]))
        at += size


def read_pcap(path):
    """All whole frames; times in nanoseconds since the epoch."""
    data = open(path, "rb").read()
    if len(data) < 24: return []
    magic = struct.unpack_from("<I", data)[0]
    unit = {0xa1b23c4d: 1, 0xa1b2c3d4: 1000}[magic]
    frames, at = [], 24
    while at + 16 <= len(data):
        sec, frac, size, _ = struct.unpack_from("<IIII", data, at)
        at += 16
        if at + size > len(data): break
        frames.append(Frame(len(frames) + 1, sec * 1_000_000_000 + frac * unit, data[at:at + size]))
        at += size
    return frames


def before(a, b):
    """a < b modulo 2^32"""
    return 0 < (b - a) & 0xffffffff < 0x80000000

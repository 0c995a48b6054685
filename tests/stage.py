"""A program on a pseudo terminal of its own: what it sends, what then stands on the screen. And a network of our own.

Screen understands what terminfo's xterm-256color can make curses send, and nothing else: any other sequence, any
character that is not plainly visible and any byte that is no UTF-8 is kept in `foreign`. So what the dashboard lets
through from the wire is found without knowing what it could be.
"""
import ctypes, fcntl, os, pty, re, select, signal, socket, struct, sys, termios, time, unicodedata

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, SIOCSIFNAME = 0x8914, 0x8923
IFF_UP, IFF_LOOPBACK = 1, 8
KEYS = {"Up": "\033OA", "Down": "\033OB", "Right": "\033OC", "Left": "\033OD", "Home": "\033OH", "End": "\033OF",
        "PageDown": "\033[6~", "PageUp": "\033[5~", "Enter": "\r", "Escape": "\033", "Tab": "\t", "Space": " ",
        "BSpace": "\x7f", "C-l": "\x0c", "C-u": "\x15", "C-z": "\x1a"}
CLEARS = re.compile(rb"\033\[[0-3]?J")
SEQUENCE = re.compile(rb"\033\[([?>]?)([0-9;]*)([@-~])|\033[()][0AB]|\033[=>78MHc\\]|"
                      rb"\033\](52;c;[A-Za-z0-9+/=]*|104)\007|"
                      rb"[\x20-\x7e\x80-\xff]+|[\x00-\x1a\x1c-\x1f\x7f]")
TITLES = (b"\033[22;0;0t", b"\033[23;0;0t")       # the window's title kept and given back
CUT_OFF = re.compile(rb"\033(\[[?>]?[0-9;]*|[()]|\](5(2(;[^\007\033]*)?)?|1(0(4)?)?)?)?\Z")

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))        # so that what was started is ended


def own_network():
    """Moves this process into a network namespace where it may capture, its loopback interface up."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0: return False
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
                with open(f"/proc/self/{name}", "w") as f: f.write(text)
        set_up(b"lo", True)
    except OSError:
        return False
    return True


def set_up(interface, up):
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", interface, IFF_LOOPBACK | (IFF_UP if up else 0)))


def rename_interface(old, new):
    set_up(old, False)
    with socket.socket() as s: fcntl.ioctl(s, SIOCSIFNAME, struct.pack("16s16s8x", old, new))
    set_up(new, True)


def captures():
    """Packet sockets in this network."""
    with open("/proc/self/net/packet") as f: return len(f.readlines()) - 1


def visible(character):
    return character == " " or unicodedata.category(character)[0] in "LNPS"


class Screen:
    def __init__(self, width, height):
        self.resize(width, height)
        self.foreign, self.left = [], b""

    def resize(self, width, height):
        self.width, self.height = width, height
        self.rows = [[" "] * width for _ in range(height)]
        self.x = self.y = self.top = 0
        self.bottom, self.last, self.saved = height - 1, " ", (0, 0)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def row(self, y):
        return "".join(self.rows[y]).rstrip()

    def feed(self, data):
        data, at = self.left + data, 0
        self.left = b""
        while at < len(data):
            found = SEQUENCE.match(data, at)
            if not found and CUT_OFF.match(data, at): break
            if not found:
                self.foreign.append(data[at:at + 40])
                at += 1
                continue
            if found.end() == len(data) and data[-1] >= 0x80:      # perhaps in the middle of a character
                end = len(data) - next((i for i in range(1, 4) if data[-i:][0] >= 0xc0), 0)
                if len(data[end:]) < 4 and not whole(data[end:]):
                    self.take(data[at:end], None)
                    at = end
                    break
            self.take(found.group(), found)
            at = found.end()
        self.left = data[at:]

    def take(self, piece, found):
        if found and found.group(3): self.command(found.group(1), found.group(2), found.group(3).decode(), piece)
        elif piece[:1] == b"\033":
            if piece == b"\033M": self.up()
            elif piece == b"\0337": self.saved = self.x, self.y
            elif piece == b"\0338": self.x, self.y = self.saved
            elif piece[1:2] not in (b"(", b")", b"]", b"=", b">", b"\\"): self.foreign.append(piece)
        elif len(piece) == 1 and piece[0] < 32: self.control(piece)
        else: self.write(piece)

    def control(self, byte):
        if byte == b"\r": self.x = 0
        elif byte == b"\n": self.down()
        elif byte == b"\b": self.x = max(0, self.x - 1)
        elif byte == b"\t": self.x = min(self.width - 1, (self.x // 8 + 1) * 8)
        else: self.foreign.append(byte)

    def write(self, piece):
        for c in piece.decode("utf-8", "surrogateescape"):
            if not visible(c): self.foreign.append(repr(c))
            if self.x >= self.width:
                self.x = 0
                self.down()
            self.rows[self.y][self.x] = self.last = c
            self.x += 1

    def scroll(self, top, count):
        empty = [[" "] * self.width for _ in range(min(abs(count), self.bottom - top + 1))]
        part = self.rows[top:self.bottom + 1]
        self.rows[top:self.bottom + 1] = (part + empty)[len(empty):] if count > 0 else (empty + part)[:len(part)]

    def down(self):
        if self.y == self.bottom: self.scroll(self.top, 1)
        else: self.y = min(self.height - 1, self.y + 1)

    def up(self):
        if self.y == self.top: self.scroll(self.top, -1)
        else: self.y = max(0, self.y - 1)

    def command(self, private, words, final, piece):
        numbers = [int(w or 0) for w in words.split(b";")]
        n = numbers[0] or 1
        if final in "hlm" or private or piece in TITLES:
            if final not in "hlm" and piece not in TITLES: self.foreign.append(piece)
            if final == "h" and b"1049" in words: self.resize(self.width, self.height)
            return
        row = self.rows[self.y]
        self.x = min(self.x, self.width - 1) if final not in "b" else self.x
        if final in "Hf": self.y, self.x = n - 1, (numbers + [1])[1] - 1 if len(numbers) > 1 else 0
        elif final == "A": self.y -= n
        elif final == "B": self.y += n
        elif final == "C": self.x += n
        elif final == "D": self.x -= n
        elif final in "G`": self.x = n - 1
        elif final == "d": self.y = n - 1
        elif final == "J" and numbers[0] in (0, 2):
            if numbers[0] == 0: row[self.x:] = [" "] * (self.width - self.x)
            for y in range(self.y + 1 if numbers[0] == 0 else 0, self.height): self.rows[y] = [" "] * self.width
        elif final == "K":
            begin, end = self.x if numbers[0] == 0 else 0, self.x + 1 if numbers[0] == 1 else self.width
            row[begin:end] = [" "] * (end - begin)
        elif final == "X": row[self.x:self.x + n] = [" "] * len(row[self.x:self.x + n])
        elif final == "P": row[self.x:] = (row[self.x + n:] + [" "] * n)[:self.width - self.x]
        elif final == "@": row[self.x:] = ([" "] * n + row[self.x:])[:self.width - self.x]
        elif final == "b": self.write(self.last.encode("utf-8", "surrogateescape") * n)
        elif final == "L": self.scroll(self.y, -n)
        elif final == "M": self.scroll(self.y, n)
        elif final == "S": self.scroll(self.top, n)
        elif final == "T": self.scroll(self.top, -n)
        elif final == "r":
            self.top, self.bottom = (n - 1, (numbers + [self.height])[1] - 1) if words else (0, self.height - 1)
            self.x = self.y = 0
        else: self.foreign.append(piece)
        self.x, self.y = max(0, min(self.x, self.width)), max(0, min(self.y, self.height - 1))
        if final != "b": self.x = min(self.x, self.width - 1)


def whole(tail):
    try: tail.decode("utf-8")
    except UnicodeDecodeError as problem: return problem.reason != "unexpected end of data"
    return True


class Program:
    """`words`, started on a terminal of its own. Ended when the `with` is left, if it still runs."""

    def __init__(self, words, width=80, height=24, stdin=None, **environment):
        self.screen, self.sent, self.status = Screen(width, height), 0, None
        self.raw = bytearray()
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
                if stdin is not None: os.dup2(stdin, 0)
                for name in ("NO_COLOR", "TMUX", "STY"): os.environ.pop(name, None)
                os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment})
                os.execv(words[0], words)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(5)
        os.close(self.fd)

    def read(self, patience):
        """Takes what it sends within this time; whether anything came."""
        if not select.select([self.fd], [], [], max(0, patience))[0]: return False
        try: data = os.read(self.fd, 1 << 16)
        except OSError: data = b""
        self.sent += len(data)
        self.raw += data
        self.screen.feed(data)
        return bool(data)

    def until(self, good, patience=5):
        """Reads until good(screen's text). Seconds that it took; None: in vain."""
        begun = time.monotonic()
        while not good(self.screen.text()):
            if time.monotonic() - begun > patience or (not self.read(.05) and self.wait(0) is not None): return None
        return time.monotonic() - begun

    def settle(self, quiet=.06, most=5):
        """Reads until it is quiet."""
        end = time.monotonic() + most
        while self.read(quiet) and time.monotonic() < end: pass
        return self.screen.text()

    def type(self, text):
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())

    def press(self, *keys):
        """Each key, named as in KEYS or the characters themselves, and what comes of it."""
        for key in keys:
            self.type(KEYS.get(key, key))
            if self.read(.1 if key != "Escape" else .3): self.settle(.03)
        return self.screen.text()

    def resize(self, width, height):
        self.screen.resize(width, height)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait(self, patience):
        """Its exit status (128 + signal, as a shell says) once it is over; None: it still runs."""
        end = time.monotonic() + patience
        while self.status is None:
            pid, status, self.usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code
            elif time.monotonic() >= end: return None
            else: self.read(.005)
        return self.status


class Count:
    """check() counts; the last words are those that tests/check looks for."""
    passed = failed = 0


def check(good, what):
    if good: Count.passed += 1
    else:
        Count.failed += 1
        print("failed:", what, flush=True)
    return good


def verdict():
    print(f"{Count.passed} passed, {Count.failed} failed")
    return 1 if Count.failed else 0

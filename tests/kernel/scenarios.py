"""The scenarios: what the wire does, and what real programs do on it.

A scenario is a generator. Up to its first yield it only says what it wants (the Plan); the yield gives it
the two hosts (an Env) and it acts. A second yield says: stop the capture now, while the sockets are open.
The first line of its text is what `record --list` shows.
"""
import os, signal, socket, struct, subprocess, sys, threading, time
import lab

KINDS = {}
PORT = 6666
OLD_FASTOPEN, FASTOPEN_CONNECT = 23, 30


def kind(function):
    KINDS[function.__name__.rstrip("_").replace("_", "-")] = function
    return function


class Plan:
    """What a scenario asks of the lab before it begins."""

    def __init__(self, rng, v6=None):
        self.rng, self.mtu, self.offloads, self.gro, self.loopback = rng, 1500, False, False, False
        chance = rng.random() < .15
        self.v6, self.patience = chance if v6 is None else v6, 2.5
        self.sysctls, self.notes = {}, {}
        self.wire = {"client": {}, "server": {}, "exact": []}
        self.round_trip(rng.choice([.0001, .001, .003, .01, .02, .04]))
        if rng.random() < .15: self.sysctls["net.ipv4.tcp_timestamps"] = 0
        if rng.random() < .1: self.sysctls["net.ipv4.tcp_sack"] = 0
        self.congestion = rng.choice([None, None, None, "cubic", "cubic", "reno"])

    def round_trip(self, seconds):
        self.rtt = seconds
        for host in ("client", "server"): self.wire[host]["delay"] = seconds / 2

    def by_chance(self, hosts=("client", "server"), **faults):
        for host in hosts: self.wire[host].update(faults)

    def exactly(self, host, what, nth, do="drop", by=0.0):
        self.wire["exact"].append({"from": host, "what": what, "nth": [nth] if isinstance(nth, int) else list(nth), "do": do, "by": by})

    def about(self):
        return {"rtt": self.rtt, "mtu": self.mtu, "v6": self.v6, "offloads": self.offloads, "gro": self.gro, "loopback": self.loopback, "congestion": self.congestion,
                "sysctls": self.sysctls, "wire": self.wire, **self.notes}


class Host:
    def __init__(self, env, name):
        self.env, self.name = env, name
        self.net = env.nets["client" if env.plan.loopback else name]
        addresses = ("127.0.0.1", "::1") if env.plan.loopback else lab.CLIENT if name == "client" else lab.SERVER
        self.family = socket.AF_INET6 if env.plan.v6 else socket.AF_INET
        self.address = addresses[env.plan.v6]

    def socket(self, nodelay=False, **options):
        """options: SO_x or TCP_x = value"""
        lab.enter(self.net)
        s = socket.socket(self.family, socket.SOCK_STREAM)
        s.settimeout(6)
        if self.env.plan.congestion: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.env.plan.congestion.encode())
        if nodelay: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, value in options.items():
            level = socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP
            s.setsockopt(level, getattr(socket, name), value)
        return s

    def listen(self, port=PORT, backlog=16, **options):
        s = self.socket(SO_REUSEADDR=1, **options)
        s.bind((self.address, port))
        s.listen(backlog)
        return s

    def connect(self, to=None, port=PORT, bind=None, **options):
        s = self.socket(SO_REUSEADDR=1, **options)
        if bind: s.bind((self.address, bind))
        s.connect(((to or self.env.server).address, port))
        return s

    def run(self, *argv, **more):
        return subprocess.Popen(argv, preexec_fn=lambda: lab.enter(self.net), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


class Env:
    def __init__(self, plan, nets, shared):
        self.plan, self.rng, self.nets, self.shared, self.threads, self.kept = plan, plan.rng, nets, shared, [], []
        self.client, self.server = Host(self, "client"), Host(self, "server")

    def go(self, function, *args):
        def quietly():
            try: function(*args)
            except OSError: pass
        t = threading.Thread(target=quietly, daemon=True)
        t.start()
        self.threads.append(t)
        return t

    def join(self, seconds=6.0):
        end = time.monotonic() + seconds
        for t in self.threads: t.join(max(0, end - time.monotonic()))

    def pair(self, client={}, server={}, port=PORT):
        """A connected client and what accept() gave; the listening socket closed."""
        listening = self.server.listen(port, **server)
        c = self.client.connect(port=port, **client)
        s, _ = listening.accept()
        s.settimeout(6)
        listening.close()
        return c, s

    def other(self, host): return self.server if host is self.client else self.client
    def cut(self, *hosts): self.set_cut(hosts, 1)
    def mend(self, *hosts): self.set_cut(hosts, 0)

    def set_cut(self, hosts, on):
        for host in hosts or ("client", "server"): self.shared.set_cut(host, on)

    def nap(self, low, high=None): time.sleep(self.rng.uniform(low, high) if high else low)


def play(script, plan, nets, shared):
    """True when the sockets shall stay open while the capture is stopped."""
    try: script.send(Env(plan, nets, shared))
    except StopIteration: return False
    except OSError as problem:                   # a connection that broke is a recording too
        print(f"({problem})", file=sys.stderr)
        return False
    return True


# -- what programs do ---------------------------------------------------------------------------------------

def take(s, n):
    """Exactly n bytes, or fewer at the end of the stream."""
    got = b""
    while len(got) < n and (part := s.recv(n - len(got))): got += part
    return got


def drain(s):
    total = 0
    while part := s.recv(1 << 16): total += len(part)
    return total


def say(s, rng, n): s.sendall(rng.randbytes(n))


def pour(s, rng, n, seconds=4.0):
    """n bytes, or as many as the time allows"""
    end, block = time.monotonic() + seconds, rng.randbytes(1 << 14)
    while n > 0 and time.monotonic() < end:
        n -= s.send(block[:n])


def rounds(c, s, rng, n, low=1, high=600):
    """Question and answer, n times."""
    for _ in range(n):
        size = rng.randint(low, high)
        say(c, rng, size)
        take(s, size)
        say(s, rng, size)
        take(c, size)


def end(first, second):
    """An orderly close, first one first."""
    first.shutdown(socket.SHUT_WR)
    drain(second)
    second.close()
    drain(first)
    first.close()


def abort(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def serve_once(listening, act):
    s, _ = listening.accept()
    s.settimeout(6)
    act(s)


def transfer(env, n, up=True, client={}, server={}):
    """A stream of n bytes one way, then an orderly close by the side that sent it."""
    c, s = env.pair(client, server)
    a, b = (c, s) if up else (s, c)
    reader = env.go(drain, b)
    pour(a, env.rng, n)
    a.shutdown(socket.SHUT_WR)
    reader.join(5)
    b.close()
    a.close()


def many(env, n, port=PORT, size=200):
    """n short connections one after another; the server's thread answers each and closes."""
    listening = env.server.listen(port, 64)
    def serve():
        for _ in range(n):
            s, _ = listening.accept()
            s.settimeout(3)
            try:
                s.sendall(s.recv(1000))
                s.close()
            except OSError: pass
    env.go(serve)
    for _ in range(n):
        try:
            c = env.client.connect(port=port)
            say(c, env.rng, size)
            drain(c)
            c.close()
        except OSError: pass


# -- lifecycles ---------------------------------------------------------------------------------------------

@kind
def echo(plan):
    """question and answer a few times, the client closes first"""
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, env.rng.randint(1, 8))
    end(c, s)


@kind
def server_closes(plan):
    """the server closes first"""
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, env.rng.randint(1, 4))
    end(s, c)


@kind
def half_close(plan):
    """one side shuts down its sending half, data flows on the other way"""
    env = yield
    c, s = env.pair()
    a, b = (c, s) if env.rng.random() < .6 else (s, c)
    say(a, env.rng, 300)
    a.shutdown(socket.SHUT_WR)
    drain(b)
    for _ in range(env.rng.randint(2, 6)):
        say(b, env.rng, env.rng.randint(1, 3000))
        env.nap(.001, .05)
    b.close()
    drain(a)
    a.close()


@kind
def simultaneous_close(plan):
    """both sides close while the other's FIN is on its way"""
    plan.round_trip(plan.rng.choice([.02, .05, .1]))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 2)
    together = threading.Barrier(2)
    def close(x):
        together.wait()
        x.close()
    env.go(close, c)
    env.go(close, s)
    env.join()


@kind
def simultaneous_close_lost_fin(plan):
    """both sides close at once and one FIN, or both, are lost"""
    plan.round_trip(plan.rng.choice([.02, .05]))
    for host in plan.rng.sample(["client", "server"], plan.rng.randint(1, 2)): plan.exactly(host, "FIN", 1)
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 1)
    together = threading.Barrier(2)
    def close(x):
        together.wait()
        x.close()
    env.go(close, c)
    env.go(close, s)
    env.join()


@kind
def abort_linger(plan):
    """close() with SO_LINGER 0: a reset instead of a FIN"""
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, env.rng.randint(0, 3))
    abort(c if env.rng.random() < .6 else s)
    env.nap(.05)


@kind
def close_unread(plan):
    """close() with unread data: the kernel resets"""
    env = yield
    c, s = env.pair()
    say(c, env.rng, env.rng.randint(1, 4000))
    env.nap(plan.rtt + .01)
    if env.rng.random() < .5: say(s, env.rng, 100)
    s.close()
    env.nap(plan.rtt + .02)
    try: say(c, env.rng, 10)
    except OSError: pass
    c.close()


@kind
def refused(plan):
    """nobody listens"""
    env = yield
    for i in range(env.rng.randint(1, 3)):
        try: env.client.connect(port=PORT + i)
        except ConnectionRefusedError: pass


@kind
def simultaneous_open(plan):
    """both connect() to the other at once"""
    plan.round_trip(plan.rng.choice([.02, .04, .1]))
    plan.sysctls["net.ipv4.tcp_syn_linear_timeouts"] = 4
    if plan.rng.random() < .35: plan.exactly("server", "SYNACK", 1)
    env = yield
    together, ends = threading.Barrier(2), {}
    def connect(host):
        s = host.socket()
        s.bind((host.address, PORT))
        together.wait()
        s.connect((env.other(host).address, PORT))
        ends[host.name] = s
    for host in (env.client, env.server): env.go(connect, host)
    env.join()
    if len(ends) == 2:
        rounds(ends["client"], ends["server"], env.rng, 2)
        end(ends["client"], ends["server"])


@kind
def same_port_again(plan):
    """the same 4-tuple twice: a SYN meets TIME-WAIT"""
    env = yield
    for _ in range(env.rng.randint(2, 3)):
        listening = env.server.listen()
        c = env.client.connect(bind=40000)
        s, _ = listening.accept()
        listening.close()
        rounds(c, s, env.rng, 1)
        end(s, c)
        env.nap(plan.rtt + .01)


@kind
def half_open(plan):
    """one host forgot the connection; the other finds out"""
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 1)
    env.cut()
    abort(s)
    env.nap(plan.rtt + .02)
    env.mend()
    say(c, env.rng, 50)
    env.nap(plan.rtt + .05)


@kind
def left_open(plan):
    """the capture ends while the connection is open, perhaps with a forgotten close()"""
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 3)
    if env.rng.random() < .6:
        c.shutdown(socket.SHUT_WR)
        drain(s)
    env.nap(plan.rtt + .06)
    yield


@kind
def killed(plan):
    """SIGKILL in the middle of a transfer"""
    plan.round_trip(plan.rng.choice([.001, .01, .04]))
    plan.by_chance(rate=2_000_000, queue=100_000, loss=plan.rng.choice([0, .02]))
    env = yield
    listening = env.server.listen()
    sends = env.rng.random() < .5                        # does the one that dies send, or receive?
    pid = os.fork()
    if not pid:
        listening.close()
        c = env.client.connect()
        try: (pour(c, env.rng, 1 << 26, 3) if sends else drain(c))
        finally: os._exit(0)
    s, _ = listening.accept()
    env.go(drain, s) if sends else env.go(pour, s, env.rng, 1 << 26, 2)
    env.nap(.05 + plan.rtt * 3, .2 + plan.rtt * 5)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    env.join(2)


@kind
def urgent(plan):
    """out-of-band bytes among the others"""
    env = yield
    c, s = env.pair()
    for _ in range(4):
        say(c, env.rng, 20)
        c.send(b"!", socket.MSG_OOB)
        take(s, 20)
    s.setblocking(True)
    end(c, s)


# -- lost, exactly ------------------------------------------------------------------------------------------

@kind
def lost_syn(plan):
    """the SYN is lost, once or twice"""
    plan.exactly("client", "SYN", range(1, plan.rng.choice([2, 2, 3])))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 2)
    end(c, s)


@kind
def lost_synack(plan):
    """the SYN-ACK is lost, once or twice"""
    plan.exactly("server", "SYNACK", range(1, plan.rng.choice([2, 2, 3])))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 2)
    end(c, s)


@kind
def lost_first_ack(plan):
    """the handshake's last ACK is lost; who speaks first varies"""
    plan.exactly("client", "ACK", 1)
    first = plan.rng.choice(["client", "server", "nobody"])
    plan.notes["speaks_first"] = first
    env = yield
    listening = env.server.listen()
    def serve():
        s, _ = listening.accept()
        s.settimeout(4)
        if first == "server": say(s, env.rng, 100)
        if first == "client": s.sendall(take(s, 100))
        drain(s)
        s.close()
    env.go(serve)
    c = env.client.connect()
    if first == "client": say(c, env.rng, 100)
    if first != "nobody": take(c, 100)
    else: env.nap(1.2)
    c.shutdown(socket.SHUT_WR)
    drain(c)
    c.close()
    env.join()


@kind
def lost_data(plan):
    """one data segment of a short transfer is lost, perhaps the copy too"""
    nth, host = plan.rng.randint(1, 12), plan.rng.choice(["client", "server"])
    plan.exactly(host, "DATA", [nth] + ([nth + plan.rng.randint(1, 14)] if plan.rng.random() < .5 else []))
    env = yield
    transfer(env, 1448 * 14, up=host == "client")


@kind
def lost_question(plan):
    """a lone small segment is lost: nothing but the timer tells"""
    host = plan.rng.choice(["client", "server"])
    plan.exactly(host, "DATA", [plan.rng.randint(1, 4)] + [5] * plan.rng.randint(0, 1))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 5, 1, 40)
    end(c, s)


@kind
def lost_fin(plan):
    """a FIN is lost, once or twice"""
    plan.exactly(plan.rng.choice(["client", "server"]), "FIN", range(1, plan.rng.choice([2, 3])))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 2)
    end(c, s)


@kind
def lost_last_ack(plan):
    """the very last ACK is lost: the FIN comes again and TIME-WAIT answers"""
    first = plan.rng.choice(["client", "server"])
    rounds_ = plan.rng.randint(1, 3)
    env = yield
    c, s = env.pair()
    a, b = (c, s) if first == "client" else (s, c)
    rounds(c, s, env.rng, rounds_)
    a.shutdown(socket.SHUT_WR)
    drain(b)
    env.nap(plan.rtt + .05)
    env.cut(first)
    b.close()
    env.nap(plan.rtt + .1)
    env.mend(first)
    drain(a)
    a.close()


@kind
def lost_acks(plan):
    """only ACKs are lost"""
    plan.round_trip(plan.rng.choice([.001, .01, .03]))
    plan.by_chance(["server"], loss=plan.rng.choice([.1, .3, .5]))
    env = yield
    transfer(env, env.rng.randint(30, 300) * 1000)


@kind
def lost_tail(plan):
    """the last segments of a burst are lost: loss probe or timeout"""
    plan.round_trip(plan.rng.choice([.001, .01, .04]))
    lost = plan.rng.randint(1, 4)
    plan.notes["lost"] = lost
    plan.exactly("client", "DATA", range(11 - lost, 11))
    env = yield
    c, s = env.pair()
    got = env.go(take, s, 1400 * 10)
    for _ in range(10): say(c, env.rng, 1400)
    got.join(4)
    end(c, s)


@kind
def lost_tail_and_fin(plan):
    """the last data and the FIN are lost together"""
    plan.exactly("client", "DATA", range(plan.rng.randint(3, 5), 6))
    plan.exactly("client", "FIN", range(1, plan.rng.choice([2, 3])))
    env = yield
    c, s = env.pair(client={"nodelay": True})
    for _ in range(5): say(c, env.rng, env.rng.randint(1, 1000))
    end(c, s)


@kind
def blackout(plan):
    """the wire is dead for a while in the middle of a transfer: timeouts"""
    plan.round_trip(plan.rng.choice([.001, .02, .05]))
    env = yield
    c, s = env.pair()
    a, b, host = (c, s, "client") if env.rng.random() < .5 else (s, c, "server")
    reader = env.go(drain, b)
    pour(a, env.rng, 40000)
    env.cut(*([] if env.rng.random() < .5 else [host]))
    env.go(pour, a, env.rng, env.rng.randint(1, 30000))
    env.nap(.3, 1.2)
    env.mend()
    a.shutdown(socket.SHUT_WR)
    reader.join(4)
    b.close()
    a.close()


@kind
def nobody_there(plan):
    """every SYN is lost"""
    plan.by_chance(["client"], loss=1)
    plan.patience = .1
    env = yield
    s = env.client.socket()
    s.settimeout(env.rng.choice([.5, 1.5, 3.5]))
    try: s.connect((env.server.address, PORT))
    except OSError: pass
    s.close()


@kind
def user_timeout(plan):
    """the wire dies for good; TCP_USER_TIMEOUT ends it"""
    env = yield
    c, s = env.pair(client={"TCP_USER_TIMEOUT": 1500})
    rounds(c, s, env.rng, 1)
    env.cut()
    say(c, env.rng, env.rng.randint(1, 3000))
    env.nap(2.5)
    yield


# -- loss, order, copies by chance --------------------------------------------------------------------------

def bulk_plan(plan, hosts):
    plan.round_trip(plan.rng.choice([.0005, .002, .01, .02, .05, .1]))
    plan.by_chance(hosts, loss=plan.rng.choice([.005, .01, .02, .03, .05]))
    if plan.rng.random() < .3: plan.sysctls["net.ipv4.tcp_sack"] = 0
    if plan.rng.random() < .3: plan.sysctls["net.ipv4.tcp_timestamps"] = 0
    if plan.rng.random() < .2: plan.sysctls["net.ipv4.tcp_recovery"] = 0
    if plan.rng.random() < .15: plan.sysctls["net.ipv4.tcp_early_retrans"] = 0


@kind
def bulk_up(plan):
    """a transfer to the server with random loss"""
    bulk_plan(plan, ["client"])
    env = yield
    transfer(env, env.rng.randint(50, 400) * 1000)


@kind
def bulk_down(plan):
    """a transfer to the client with random loss"""
    bulk_plan(plan, ["server"])
    env = yield
    transfer(env, env.rng.randint(50, 400) * 1000, up=False)


@kind
def bulk_both(plan):
    """transfers both ways at once, loss both ways"""
    bulk_plan(plan, ["client", "server"])
    env = yield
    c, s = env.pair()
    both = [env.go(drain, c), env.go(drain, s)]
    for x in (c, s): env.go(lambda x=x: (pour(x, env.rng, env.rng.randint(30, 200) * 1000), x.shutdown(socket.SHUT_WR)))
    for t in both: t.join(5)
    c.close()
    s.close()


@kind
def clean_bulk(plan):
    """a transfer with nothing lost, RTT 0.1 to 100 ms"""
    plan.round_trip(plan.rng.choice([.0001, .001, .01, .03, .1]))
    env = yield
    transfer(env, env.rng.randint(50, 800) * 1000, up=env.rng.random() < .5)


@kind
def reorder(plan):
    """frames overtake each other, none is lost"""
    plan.round_trip(plan.rng.choice([.001, .01, .03]))
    plan.by_chance([plan.rng.choice(["client", "server"])], reorder=plan.rng.choice([.02, .05, .1]), reorder_by=(.001, .02))
    env = yield
    transfer(env, env.rng.randint(50, 300) * 1000, up=bool(plan.wire["client"].get("reorder")))


@kind
def overtaken(plan):
    """one segment is late enough to be sent again: the copy arrives first"""
    plan.round_trip(plan.rng.choice([.001, .002]))
    plan.exactly("client", "DATA", plan.rng.randint(3, 8), "hold", plan.rng.choice([.008, .015]))
    env = yield
    transfer(env, 1448 * 14)


@kind
def reorder_and_loss(plan):
    """frames overtake each other and some are lost"""
    bulk_plan(plan, ["client"])
    plan.by_chance(["client"], reorder=.05, reorder_by=(.001, .01))
    env = yield
    transfer(env, env.rng.randint(50, 200) * 1000)


@kind
def jitter(plan):
    """every frame takes its own time: heavy reordering"""
    plan.by_chance(jitter=plan.rng.choice([.001, .003, .01]))
    env = yield
    transfer(env, env.rng.randint(30, 150) * 1000, up=env.rng.random() < .5)


@kind
def duplicates(plan):
    """the wire doubles frames"""
    plan.by_chance(duplicate=plan.rng.choice([.05, .2]), duplicate_by=plan.rng.choice([(0, 0), (0, .002), (.001, .02)]))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 5)
    reader = env.go(drain, s)
    pour(c, env.rng, env.rng.randint(1, 60) * 1000)
    c.shutdown(socket.SHUT_WR)
    reader.join(4)
    s.close()
    c.close()


@kind
def duplicates_and_loss(plan):
    """the wire doubles some frames and loses others"""
    bulk_plan(plan, ["client"])
    plan.by_chance(duplicate=.03, duplicate_by=(0, .005))
    env = yield
    transfer(env, env.rng.randint(30, 200) * 1000)


@kind
def corrupted(plan):
    """bits turn over on the wire; the receiver drops such segments"""
    plan.by_chance(corrupt=plan.rng.choice([.01, .04]))
    env = yield
    transfer(env, env.rng.randint(30, 200) * 1000, up=env.rng.random() < .5)


@kind
def delay_spike(plan):
    """for a moment everything is late: needless retransmissions, found out by D-SACK or timestamps"""
    plan.round_trip(.01)
    plan.exactly("client", "DATA", range(20, 30), "hold", plan.rng.choice([.25, .4]))
    if plan.rng.random() < .3: plan.sysctls["net.ipv4.tcp_frto"] = 0
    if plan.rng.random() < .3: plan.sysctls["net.ipv4.tcp_dsack"] = 0
    env = yield
    transfer(env, env.rng.randint(40, 120) * 1000)


@kind
def late_acks(plan):
    """ACKs are held back longer than the timeout: everything sent again for nothing"""
    plan.exactly("server", "ACK", range(3, plan.rng.randint(5, 12)), "hold", plan.rng.choice([.3, .5]))
    env = yield
    c, s = env.pair(client={"nodelay": True})
    got = env.go(drain, s)
    for _ in range(8):
        say(c, env.rng, env.rng.randint(1, 800))
        env.nap(.01, .05)
    c.shutdown(socket.SHUT_WR)
    got.join(4)
    s.close()
    c.close()


@kind
def narrow(plan):
    """a slow link with a short queue: loss by congestion"""
    plan.round_trip(plan.rng.choice([.01, .04]))
    plan.by_chance(rate=plan.rng.choice([200_000, 1_000_000]), queue=plan.rng.choice([10_000, 40_000]))
    env = yield
    transfer(env, env.rng.randint(100, 500) * 1000, up=env.rng.random() < .5)


@kind
def small_segments(plan):
    """a small MSS, random loss"""
    plan.by_chance(["client"], loss=.03)
    env = yield
    transfer(env, env.rng.randint(10, 60) * 1000, client={"TCP_MAXSEG": env.rng.choice([100, 536])})


@kind
def jumbo(plan):
    """MTU 9000, random loss"""
    plan.mtu = 9000
    plan.by_chance(loss=.02)
    env = yield
    transfer(env, env.rng.randint(300, 900) * 1000)


@kind
def no_window_scaling(plan):
    """RFC 1323 switched off, random loss"""
    plan.sysctls |= {"net.ipv4.tcp_window_scaling": 0, "net.ipv4.tcp_timestamps": 0}
    plan.by_chance(loss=.02)
    env = yield
    transfer(env, env.rng.randint(50, 200) * 1000)


@kind
def ecn(plan):
    """ECN asked for and agreed, some loss"""
    plan.sysctls["net.ipv4.tcp_ecn"] = 1
    plan.by_chance(loss=plan.rng.choice([0, .02]))
    env = yield
    transfer(env, env.rng.randint(30, 150) * 1000)


# -- windows, timers, small segments ------------------------------------------------------------------------

@kind
def zero_window(plan):
    """a reader that sleeps: zero window, probes, update"""
    asleep = plan.rng.choice([.3, .8, 1.6])
    env = yield
    c, s = env.pair(server={"SO_RCVBUF": 4096})
    writer = env.go(pour, c, env.rng, 30000, 4)
    env.nap(asleep)
    reader = env.go(drain, s)
    writer.join(5)
    c.shutdown(socket.SHUT_WR)
    reader.join(5)
    s.close()
    c.close()


@kind
def zero_window_lost_update(plan):
    """the window update is lost: only a probe finds out"""
    env = yield
    c, s = env.pair(server={"SO_RCVBUF": 4096})
    writer = env.go(pour, c, env.rng, 30000, 4)
    env.nap(.4)
    env.cut("server")
    reader = env.go(drain, s)
    env.nap(.05, .3)
    env.mend("server")
    writer.join(5)
    c.shutdown(socket.SHUT_WR)
    reader.join(5)
    s.close()
    c.close()


@kind
def slow_reader(plan):
    """a reader that takes a little now and then, with loss"""
    plan.by_chance(loss=plan.rng.choice([0, .03]))
    env = yield
    c, s = env.pair(server={"SO_RCVBUF": 8192})
    env.go(lambda: (pour(c, env.rng, 60000, 4), c.shutdown(socket.SHUT_WR)))
    end_ = time.monotonic() + 5
    while time.monotonic() < end_ and s.recv(env.rng.randint(100, 6000)): env.nap(.005, .04)
    s.close()
    c.close()


@kind
def never_reads(plan):
    """the server never reads and closes at last"""
    env = yield
    c, s = env.pair(server={"SO_RCVBUF": 4096})
    env.go(pour, c, env.rng, 60000, 2)
    env.nap(.3, 1.0)
    s.close()
    env.nap(.1)


@kind
def keep_alive(plan):
    """keep-alive probes on an idle connection"""
    plan.round_trip(plan.rng.choice([.001, .02]))
    lost = plan.rng.random() < .4
    env = yield
    options = {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1}
    c, s = env.pair(client=options)
    rounds(c, s, env.rng, 2, 1, 3)
    if lost: env.cut("server")
    env.nap(2.3)
    env.mend()
    rounds(c, s, env.rng, 1)
    end(c, s)


@kind
def keep_alive_dead(plan):
    """keep-alive gives up: the peer is gone"""
    env = yield
    c, s = env.pair(client={"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2})
    rounds(c, s, env.rng, 1)
    env.cut()
    env.nap(3.4)
    yield


@kind
def telnet(plan):
    """one byte at a time, Nagle off, random loss"""
    plan.round_trip(plan.rng.choice([.001, .01, .03]))
    plan.by_chance(loss=plan.rng.choice([.03, .06, .1]))
    env = yield
    listening = env.server.listen()
    def serve(s):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while part := s.recv(100): s.sendall(part)
        s.close()
    env.go(serve_once, listening, serve)
    c = env.client.connect(nodelay=True)
    env.go(drain, c)
    end_ = time.monotonic() + 4
    for _ in range(60):
        if time.monotonic() > end_: break
        say(c, env.rng, 1)
        env.nap(.002, .05)
    c.shutdown(socket.SHUT_WR)
    env.join(4)
    c.close()


@kind
def one_byte_lost(plan):
    """one lone byte is lost: its copy looks like a keep-alive"""
    plan.exactly("client", "DATA", sorted({plan.rng.randint(1, 6), plan.rng.randint(1, 6)}))
    env = yield
    c, s = env.pair(client={"nodelay": True})
    rounds(c, s, env.rng, 5, 1, 1)
    end(c, s)


@kind
def delayed_acks(plan):
    """small segments against Nagle and the delayed ACK"""
    plan.by_chance(loss=plan.rng.choice([0, 0, .03]))
    env = yield
    c, s = env.pair()
    for _ in range(env.rng.randint(5, 15)):
        say(c, env.rng, 4)
        say(c, env.rng, env.rng.randint(4, 50))
        take(s, 8)
        if env.rng.random() < .3: say(s, env.rng, 1)
        env.nap(.0, .06)
    c.shutdown(socket.SHUT_WR)
    drain(s)
    s.close()
    drain(c)
    c.close()


@kind
def bursts(plan):
    """bursts of segments, pauses, loss: loss probes and restarts from idle"""
    plan.round_trip(plan.rng.choice([.002, .02, .05]))
    plan.by_chance(["server"], loss=.05)
    env = yield
    c, s = env.pair()
    reader = env.go(drain, c)
    for _ in range(6):
        pour(s, env.rng, env.rng.randint(1, 20) * 1000)
        env.nap(.02, .3)
    s.shutdown(socket.SHUT_WR)
    reader.join(4)
    c.close()
    s.close()


# -- openings -----------------------------------------------------------------------------------------------

@kind
def many_short(plan):
    """many short connections, now and then a frame lost"""
    plan.by_chance(loss=plan.rng.choice([0, 0, .02]))
    env = yield
    many(env, env.rng.randint(8, 25))


@kind
def many_at_once(plan):
    """short connections by several clients at once"""
    plan.by_chance(loss=plan.rng.choice([0, .03]))
    env = yield
    for i in range(4): env.go(many, env, 4, PORT + i)
    env.join(6)


@kind
def backlog_full(plan):
    """nobody calls accept() and the backlog is full: SYNs go unanswered"""
    plan.patience = .1
    if plan.rng.random() < .3: plan.sysctls["server:net.ipv4.tcp_abort_on_overflow"] = 1
    env = yield
    listening = env.server.listen(backlog=env.rng.choice([0, 1]))
    clients = []
    for _ in range(5):
        c = env.client.socket()
        c.setblocking(False)
        c.connect_ex((env.server.address, PORT))
        clients.append(c)
        env.nap(.02)
    if env.rng.random() < .5: clients[0].send(b"hello")
    env.nap(2.4)
    yield


@kind
def defer_accept(plan):
    """TCP_DEFER_ACCEPT: a silent client's ACK is not believed, the SYN-ACK comes again"""
    silent = plan.rng.choice([.1, 1.5])
    env = yield
    listening = env.server.listen(TCP_DEFER_ACCEPT=3)
    c = env.client.connect()
    env.nap(silent)
    say(c, env.rng, 40)
    s, _ = listening.accept()
    take(s, 40)
    end(c, s)


@kind
def syn_cookies(plan):
    """the server always answers with SYN cookies"""
    plan.sysctls["server:net.ipv4.tcp_syncookies"] = 2
    plan.by_chance(loss=plan.rng.choice([0, .05]))
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 3)
    end(c, s)


def fast_open(env, n, sizes, answer=True, listen=True):
    """n connections with the request in sendto(MSG_FASTOPEN); the first one fetches the cookie"""
    listening = env.server.listen(**({"TCP_FASTOPEN": 16} if listen else {}))
    def serve():
        for _ in range(n):
            s, _ = listening.accept()
            s.settimeout(4)
            got = s.recv(4000)
            if answer: s.sendall(got[:100])
            drain(s)
            s.close()
    env.go(serve)
    for size in sizes[:n]:
        c = env.client.socket()
        c.settimeout(None)                       # a timeout would make it non-blocking, and sendto() give up at once
        c.sendto(env.rng.randbytes(size), socket.MSG_FASTOPEN, (env.server.address, PORT))
        if answer: take(c, min(size, 100))
        c.shutdown(socket.SHUT_WR)
        drain(c)
        c.close()
        env.nap(.01)
    env.join(4)


def fast_open_plan(plan, client=3, server=3):
    plan.sysctls |= {"client:net.ipv4.tcp_fastopen": client, "server:net.ipv4.tcp_fastopen": server,
                     "net.ipv4.tcp_fastopen_blackhole_timeout_sec": 0}


@kind
def tfo(plan):
    """Fast Open: a cookie fetched, then data on the SYN"""
    fast_open_plan(plan)
    env = yield
    fast_open(env, 3, [60, env.rng.randint(1, 1200), env.rng.randint(1, 4000)])


@kind
def tfo_no_cookie(plan):
    """Fast Open without cookie: data on the first SYN is accepted"""
    fast_open_plan(plan, 0x5, 0x603)
    env = yield
    fast_open(env, 2, [env.rng.randint(1, 1000), 200])


@kind
def tfo_ignored(plan):
    """Fast Open data that the server does not take: it is sent again"""
    fast_open_plan(plan, 0x5, 0)
    env = yield
    fast_open(env, env.rng.randint(1, 3), [env.rng.choice([1, 60, 700]), 1200, 4000], listen=False)


@kind
def tfo_cookie_refused(plan):
    """a cookie the server has forgotten: the data is sent again"""
    fast_open_plan(plan)
    env = yield
    fast_open(env, 2, [60, 300])
    key = "-".join(f"{env.rng.getrandbits(32):08x}" for _ in range(4))
    with lab.inside(env.server.net), open("/proc/sys/net/ipv4/tcp_fastopen_key", "w") as f: f.write(key)
    env.threads.clear()
    fast_open(env, 2, [env.rng.choice([1, 400, 1300]), 500])


@kind
def tfo_lost_syn(plan):
    """the SYN that carries data is lost: the next SYN carries none"""
    fast_open_plan(plan, 0x5, 0x603)
    plan.exactly("client", "SYN", plan.rng.choice([1, 2]))
    env = yield
    fast_open(env, 2, [env.rng.randint(1, 1000), 300])


@kind
def tfo_lost_synack(plan):
    """the SYN-ACK that took Fast Open data is lost"""
    fast_open_plan(plan, 0x5, 0x603)
    plan.exactly("server", "SYNACK", plan.rng.choice([1, 2]))
    env = yield
    fast_open(env, 2, [env.rng.randint(1, 1000), 300])


# -- programs -----------------------------------------------------------------------------------------------

def http(env, urls, files):
    import tempfile
    with tempfile.TemporaryDirectory(prefix="synfin-http-") as folder:
        for name, size in files: open(f"{folder}/{name}", "wb").write(env.rng.randbytes(size))
        server = env.server.run("python3", "-m", "http.server", "8000", "--bind", env.server.address, cwd=folder)
        wait_listening(env.server, 8000)
        address = f"[{env.server.address}]" if env.plan.v6 else env.server.address
        for url in urls: env.client.run("curl", "-s", "-g", "-m", "4", "-o", "/dev/null", *[f"http://{address}:8000/{u}" for u in url]).wait()
        server.terminate()
        server.wait()


def wait_listening(host, port):
    """Until somebody listens, without touching the port."""
    for _ in range(300):
        with lab.inside(host.net):
            rows = open("/proc/thread-self/net/tcp6" if host.env.plan.v6 else "/proc/thread-self/net/tcp").read()
        if f":{port:04X} " in rows: return
        time.sleep(.01)


@kind
def http_get(plan):
    """curl from python's http.server: files and a 404"""
    env = yield
    http(env, [["a"], ["a", "none", "b"]], [("a", 500), ("b", 50000)])


@kind
def http_lossy(plan):
    """curl from python's http.server with loss"""
    plan.round_trip(plan.rng.choice([.005, .03]))
    plan.by_chance(loss=.02)
    env = yield
    http(env, [["a"], ["b"]], [("a", 20000), ("b", 150000)])


@kind
def curl_gives_up(plan):
    """curl ends in the middle of a download"""
    plan.by_chance(rate=150_000, queue=60_000)
    env = yield
    import tempfile
    with tempfile.TemporaryDirectory(prefix="synfin-http-") as folder:
        open(f"{folder}/a", "wb").write(env.rng.randbytes(3_000_000))
        server = env.server.run("python3", "-m", "http.server", "8000", "--bind", env.server.address, cwd=folder)
        wait_listening(env.server, 8000)
        address = f"[{env.server.address}]" if plan.v6 else env.server.address
        env.client.run("curl", "-s", "-g", "-m", "0.7", "-o", "/dev/null", f"http://{address}:8000/a").wait()
        env.nap(.2)
        server.terminate()
        server.wait()


# -- offload and loopback -----------------------------------------------------------------------------------

@kind
def offload(plan):
    """segmentation and checksums left to the device, nothing lost"""
    plan.offloads, plan.gro = True, plan.rng.random() < .5
    env = yield
    transfer(env, env.rng.randint(100, 900) * 1000, up=env.rng.random() < .5)


@kind
def offload_lossy(plan):
    """segmentation left to the device, big segments lost"""
    plan.offloads, plan.gro = True, plan.rng.random() < .3
    plan.round_trip(plan.rng.choice([.002, .02]))
    plan.by_chance(loss=.03)
    env = yield
    transfer(env, env.rng.randint(200, 900) * 1000, up=env.rng.random() < .5)


@kind
def loopback(plan):
    """client and server on one host's lo"""
    plan.loopback = True
    env = yield
    c, s = env.pair()
    rounds(c, s, env.rng, 3)
    reader = env.go(drain, s)
    pour(c, env.rng, env.rng.randint(10, 500) * 1000)
    c.shutdown(socket.SHUT_WR)
    reader.join(3)
    s.close()
    c.close()
    try: env.client.connect(env.client, port=PORT + 1)
    except ConnectionRefusedError: pass


@kind
def loopback_slow(plan):
    """lo with a sleeping reader and a full backlog"""
    plan.loopback = True
    env = yield
    c, s = env.pair(server={"SO_RCVBUF": 4096})
    writer = env.go(pour, c, env.rng, 200000, 2)
    env.nap(.6)
    reader = env.go(drain, s)
    writer.join(3)
    c.shutdown(socket.SHUT_WR)
    reader.join(3)
    s.close()
    c.close()
    listening = env.server.listen(PORT + 2, 0)
    for _ in range(3):
        x = env.client.socket()
        x.setblocking(False)
        x.connect_ex((env.server.address, PORT + 2))
        env.kept.append(x)
    env.nap(1.2)

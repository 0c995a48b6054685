"""Two hosts and a wire between them: three network namespaces that live no longer than this process.

The namespaces have no names and hold no process of their own: this process keeps them by open file
descriptors, so they and their interfaces are gone when it ends, however it ends.
"""
import ctypes, fcntl, os, socket, struct, subprocess

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
CLIENT, SERVER = ("10.77.0.2", "fd77::2"), ("10.77.0.1", "fd77::1")
MACS = {"client": "02:00:00:77:00:02", "server": "02:00:00:77:00:01"}


def check(result, what):
    if result != 0: raise OSError(ctypes.get_errno(), what)


def enter(net):
    """Move the calling thread into a network namespace."""
    check(libc.setns(net, CLONE_NEWNET), "setns")


def current_net():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def new_net():
    here = current_net()
    check(libc.unshare(CLONE_NEWNET), "unshare")
    made = current_net()
    enter(here)
    os.close(here)
    return made


class inside:
    """`with inside(net):` the calling thread is in that namespace meanwhile."""
    def __init__(self, net): self.net = net

    def __enter__(self):
        self.back = current_net()
        enter(self.net)

    def __exit__(self, *_):
        enter(self.back)
        os.close(self.back)


def ip_batch(net, lines):
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True,
                   preexec_fn=lambda: enter(net), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def sysctl(net, name, value):
    with inside(net), open("/proc/sys/" + name.replace(".", "/"), "w") as f:
        f.write(str(value))


# ethtool's commands of old, one feature each: no tool needed
OFFLOADS = {"rx": 0x15, "tx": 0x17, "sg": 0x19, "tso": 0x1f, "gso": 0x24, "gro": 0x2c}
SIOCETHTOOL = 0x8946


def offload(net, device, **features):
    with inside(net), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for name, on in features.items():
            value = ctypes.create_string_buffer(struct.pack("=II", OFFLOADS[name], int(on)))
            fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP8x", device.encode(), ctypes.addressof(value)))


class Lab:
    """client host, wire, server host; eth0 on each host leads to "to_client" / "to_server" at the wire."""

    def __init__(self, mtu=1500, offloads=False, gro=False, v6=False):
        self.nets = {name: new_net() for name in ("client", "wire", "server")}
        for host in ("client", "server"): self.join(host, mtu)
        for host, addresses in (("client", CLIENT), ("server", SERVER)): self.address(host, addresses, v6)
        self.offloads(offloads, gro)

    def join(self, host, mtu):
        ip_batch(self.nets["wire"], [
            f"link add to_{host} mtu {mtu} type veth peer name eth0 mtu {mtu} address {MACS[host]} netns /proc/{os.getpid()}/fd/{self.nets[host]}"])
        sysctl(self.nets["wire"], f"net.ipv6.conf.to_{host}.disable_ipv6", 1)
        ip_batch(self.nets["wire"], [f"link set to_{host} up"])

    def address(self, host, addresses, v6):
        net = self.nets[host]
        if not v6:
            for scope in ("all", "default"): sysctl(net, f"net.ipv6.conf.{scope}.disable_ipv6", 1)
        lines = [f"address add {addresses[0]}/24 dev eth0"]
        if v6: lines.append(f"address add {addresses[1]}/64 dev eth0 nodad")
        ip_batch(net, ["link set lo up"] + lines + ["link set eth0 up"])

    def offloads(self, on, gro):
        for host in ("client", "server"):
            offload(self.nets[host], "eth0", tso=on, gso=on, sg=on, tx=on, gro=gro)
            # the wire's own ends hand on what they get, whole
            offload(self.nets["wire"], f"to_{host}", gro=False)

    def open_sockets(self):
        """TCP sockets of both hosts that still have something to do (LISTEN and TIME-WAIT have not)."""
        count = 0
        for host in ("client", "server"):
            with inside(self.nets[host]):
                for table in ("tcp", "tcp6"):
                    try: rows = open(f"/proc/thread-self/net/{table}").read().splitlines()[1:]
                    except FileNotFoundError: continue
                    count += sum(row.split()[3] not in ("0A", "06") for row in rows)
        return count

    def close(self):
        for net in self.nets.values(): os.close(net)

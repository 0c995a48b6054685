"""What bench/run and bench/live share: the captures, the programs of PERF, the table of figures and bars.

Environment: SYNFIN (./synfin), PERF (../shared/perf: gen.c makes the captures, live.c sends them), BENCH_DIR
(/tmp/synfin-bench: where they lie).
"""
import os, shutil, subprocess, sys

SYNFIN = os.environ.get("SYNFIN", "./synfin")
PERF = os.environ.get("PERF", "../shared/perf")
DIR = os.environ.get("BENCH_DIR", "/tmp/synfin-bench")

CAPTURES = {
    "mix": "-m mix -c 200000 -o 10000 -S 1", "mix_1_10": "-m mix -c 20000 -o 1000 -S 1",
    "mix_1_100": "-m mix -c 2000 -o 100 -S 1",
    "small": "-m small -s 96 -c 500000 -o 10000 -S 1", "wide": "-m small -s 96 -c 600000 -o 400000 -S 7",
    "synflood": "-m syn -c 3000000", "syn1m": "-m syn -c 1000000",
}


def path(name):
    return f"{DIR}/{name}.pcap"


def make_captures(wanted, room):
    """`room`: bytes that they take."""
    missing = [name for name in wanted if not os.path.exists(path(name))]
    if missing and not os.path.exists(f"{PERF}/gen.c"):
        sys.exit(f"No {', '.join(missing)} in {DIR}, and no {PERF}/gen.c to make them with. "
                 "PERF and BENCH_DIR name other places.")
    if missing:
        os.makedirs(DIR, exist_ok=True)
        if shutil.disk_usage(DIR).free < room:
            sys.exit(f"{DIR} has not enough room: the captures take {room / 1e9:.1f} GB.")
        compile_tool("gen", "-lm")
    for name in missing:
        print(f"making {path(name)}", flush=True)
        subprocess.run([f"{DIR}/gen", *CAPTURES[name].split(), "-w", path(name) + ".part"], check=True,
                       stdout=subprocess.DEVNULL)
        os.rename(path(name) + ".part", path(name))


def compile_tool(name, *libraries):
    subprocess.run(["cc", "-O2", "-w", "-o", f"{DIR}/{name}", f"{PERF}/{name}.c", *libraries], check=True)
    return f"{DIR}/{name}"


class Table:
    missed = 0

    def row(self, what, figure, bar, good):
        Table.missed += not good
        print(f"{what:58} {figure:>16}  {bar:>12}  {'ok' if good else 'MISSED'}", flush=True)

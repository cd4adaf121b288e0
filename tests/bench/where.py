#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""where.py - in which functions the instructions of a call are spent, by following each of them in QEMU.

usage: tests/bench/where.py CALL KERNEL:SYSTEM.MAP:WORLD...

CALL is a part of a name of the table, WORLD one of host host+1 ns flat fake pid. Names of the tables of the network
have "net: " before them, and WORLD is one of host host+1 in to, with /lo behind it for the loopback. With several
columns their functions stand side by side. Needs what 'make bench' has left in build/bench; SYSTEM.MAP is in the
kernel's object folder.
"""
import bisect
import collections
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(os.environ.get("B", os.path.join(TOP, "build")), "bench")


def calls():
    text = open(os.path.join(TOP, "tests/bench/calls.c")).read()
    net = re.findall(r'^\t\{ "([^"]*)", listen_', open(os.path.join(TOP, "tests/bench/net.c")).read(), re.M)
    net = ["net: " + name + v6 for v6 in ("", ", v6") for name in net]
    return re.findall(r'^\t\{ "([^"]*)", \w+, \d+ \},$', text, re.M) + net


def symbols(name):
    table = sorted((int(a, 16), s) for a, t, s in (line.split() for line in open(name)) if t in "tTwW")
    return [a for a, _ in table], [s for _, s in table]


def follow(kernel, number, world, tmp):
    """Addresses of the instructions of some milliseconds."""
    log, serial, monitor = (os.path.join(tmp, f) for f in ("log", "serial", "monitor"))
    for f in (log, serial, monitor):
        if os.path.exists(f):
            os.unlink(f)
    qemu = subprocess.Popen(
        ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1", "-m", "1G",
         "-icount", "shift=0,sleep=off", "-seed", "1", "-nodefaults", "-display", "none", "-no-reboot",
         "-serial", "file:" + serial, "-monitor", "unix:%s,server,nowait" % monitor, "-D", log,
         "-kernel", kernel, "-initrd", os.path.join(BENCH, "initrd"), "-append",
         "console=ttyS0 quiet nokaslr norandmaps panic=-1 spin=%d,%s" % (number, world)])
    try:
        while True:
            time.sleep(0.2)
            text = open(serial).read() if os.path.exists(serial) else ""
            if "\nF " in text or text.startswith("F ") or qemu.poll() is not None:
                sys.exit("where.py: " + text)
            if "S " in text:
                break
        time.sleep(2)
        s = socket.socket(socket.AF_UNIX)
        s.connect(monitor)
        for command in ("singlestep on", "log exec,nochain"):
            s.sendall(command.encode() + b"\n")
        while not os.path.exists(log) or os.path.getsize(log) < 60e6:
            time.sleep(0.05)
        s.sendall(b"log none\nquit\n")
        qemu.wait(timeout=20)
    finally:
        if qemu.poll() is None:
            qemu.kill()
    pc = re.compile(r"^Trace \d+: \S+ \[\w+/(\w+)/")
    for line in open(log, errors="replace"):
        m = pc.match(line)
        if m:
            yield int(m.group(1), 16)


def profile(kernel, system_map, number, world, tmp):
    """Instructions by function in the median round; a round starts where the program does its first system call."""
    addresses, names = symbols(system_map)
    entry = addresses[names.index("entry_SYSCALL_64")]
    rounds, round_, last, site, sites = [], collections.Counter(), 0, 0, []
    for pc in follow(kernel, number, world, tmp):
        if pc == entry:
            site = site or last
            if last == site:
                rounds.append(round_)
                round_ = collections.Counter()
        if pc < 1 << 63:
            round_["(program)"] += 1
        else:
            round_[names[bisect.bisect_right(addresses, pc) - 1]] += 1
        last = pc
    rounds = sorted(rounds[1:], key=lambda r: sum(r.values()))
    if not rounds:
        sys.exit("where.py: no round of the call seen")
    return rounds[len(rounds) // 4]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    found = [i for i, name in enumerate(calls()) if sys.argv[1] in name]
    if not found:
        sys.exit("where.py: no call with '%s' in its name" % sys.argv[1])
    columns = []
    with tempfile.TemporaryDirectory() as tmp:
        for spec in sys.argv[2:]:
            kernel, system_map, world = spec.split(":")
            columns.append((world, profile(kernel, system_map, found[0], world, tmp)))
    print("%s, instructions by function" % calls()[found[0]])
    print("%-40s" % "" + "".join("%10s" % world for world, _ in columns))
    everything = {name for _, c in columns for name in c}
    first = columns[0][1]

    def difference(name):
        return max(abs(c[name] - first[name]) for _, c in columns) if len(columns) > 1 else first[name]

    for name in sorted(everything, key=lambda n: (-difference(n), n)):
        if difference(name):
            print("%-40s" % name + "".join("%10d" % c[name] for _, c in columns))
    print("%-40s" % "all" + "".join("%10d" % sum(c.values()) for _, c in columns))


main()

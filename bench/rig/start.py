"""How long a gateway takes from its start to the first frame, and what it takes while idle."""

import argparse
import ctypes
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cluster, spread
from .cables import CLIENT, NODE, EnclusterByAfPacket, EnclusterByAfXdp
from .process import RigError, run as run_program
from .profiles import Profile
from .session import CPUS, Sheet, add_common_options, compare
from .trial import fresh

PORT = cluster.SLICES[0] + 24  # of the first node's slice
LONGEST = 30  # seconds that a start may take
SETTLING = 3  # seconds of silence before idleness is measured
CLONE_NEWNET = 0x40000000
DESCRIPTION = (
    "Starts enclusterd with its default settings (no huge pages, mode sleep) between two hosts in\n"
    "network namespaces: milliseconds from its start until a datagram passes; then, without traffic,\n"
    "its resident memory and its part of a CPU."
)


class ByDefault:
    """Mixed into enclusterd: as it is where nothing is configured."""

    megabytes = 0

    def machine(self) -> str:
        return ""


class DefaultByAfPacket(ByDefault, EnclusterByAfPacket):
    pass


class DefaultByAfXdp(ByDefault, EnclusterByAfXdp):
    pass


DEVICES = {device.name: device for device in (DefaultByAfPacket, DefaultByAfXdp)}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_common_options(parser, DEVICES, rounds=7, seconds=10)


@dataclass
class Start:
    milliseconds: float  # from the program's start to the first datagram at the node
    megabytes: float  # resident when idle, shared pages included
    percent: float  # of a CPU when idle


def made_in(namespace: str, make: Callable):
    """What `make()` returns in a network namespace: a socket stays where it was made."""
    made: list = []

    def enter_and_make() -> None:
        with open(f"/run/netns/{namespace}", "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        made.append(make())

    thread = threading.Thread(target=enter_and_make)  # which ends, and the namespace with it
    thread.start()
    thread.join()
    if not made:
        raise RigError(f"no socket in {namespace}")
    return made[0]


def receiver() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((cluster.NODES[0], PORT))
    made.settimeout(0.001)
    return made


def sender() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect((cluster.CLUSTER, PORT))
    return made


def milliseconds_to_forwarding(device) -> float:
    """Starts it, and sends a datagram every millisecond until one arrives."""
    # Routers remember the cluster's MAC address; how long they take to ask is not the gateway's.
    known = ("lladdr", cluster.OUTSIDE_MAC, "dev", "outside", "nud", "permanent")
    run_program("ip", "neigh", "replace", cluster.CLUSTER, *known, namespace=CLIENT)
    with made_in(NODE, receiver) as incoming, made_in(CLIENT, sender) as outgoing:
        begin = time.monotonic()
        device.launch()
        while time.monotonic() < begin + LONGEST:
            outgoing.send(b"encluster")
            try:
                incoming.recv(64)
            except TimeoutError:
                device.process.require_running()
                continue
            return (time.monotonic() - begin) * 1000
    raise RigError(f"{device.name}: nothing arrives within {LONGEST} s")


def resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


def cpu_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def trial(kind, folder: Path, seconds: float) -> Start:
    device = kind(Profile([]), fresh(folder), folder, CPUS[1])
    device.prepare()
    for node in cluster.NODES[1:]:  # one host is them all: an idle cluster, not one that is down
        run_program("ip", "addr", "add", f"{node}/24", "dev", "inside", namespace=NODE)
    try:
        milliseconds = milliseconds_to_forwarding(device)
        time.sleep(min(SETTLING, seconds))
        before, begin = cpu_seconds(device.process.pid), time.monotonic()
        time.sleep(seconds)
        used = cpu_seconds(device.process.pid) - before
        percent = used / (time.monotonic() - begin) * 100
        return Start(milliseconds, resident_megabytes(device.process.pid), percent)
    finally:
        device.stop()


def figures(found: list, device: str) -> dict:
    names = ("milliseconds", "megabytes", "percent")
    spreads = {name: spread.of(getattr(one[device], name) for one in found) for name in names}
    return {**spreads, "rounds": len(found)}


HEADER = (
    f"{'device':<21} {'ms':>6} {'range':>13} {'MB':>6} {'range':>13} {'CPU %':>6} {'range':>13}"
)


def line(device: str, what: dict) -> str:
    return (
        f"{device:<21} {spread.cells(what['milliseconds'], 6, 0)} "
        f"{spread.cells(what['megabytes'], 6, 0)} {spread.cells(what['percent'], 6, 2)}"
    )


def run(chosen: argparse.Namespace, folder: Path) -> int:
    return compare(
        chosen,
        DEVICES,
        lambda device: trial(device, folder / "run", chosen.seconds),
        Sheet(HEADER, figures, line),
    )
